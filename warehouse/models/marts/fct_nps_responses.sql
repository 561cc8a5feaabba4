-- One row per answer to a recommendation survey ("how likely are you to recommend us", 0 to 10).
-- Source: stg_files__nps_responses. A null score is an answer that says nothing on that scale and counts nowhere.
with responses as (
    select
        response_id,
        survey,
        respondent,
        answered_date,
        score,
        comment
    from staging.stg_files__nps_responses
),

final as (
    select
        staging.key_of('files', response_id) as response_key,
        survey,
        respondent as respondent_key,
        answered_date,
        score,
        case
            when score >= 9 then 'Promoter'
            when score >= 7 then 'Passive'
            when score >= 0 then 'Detractor'
        end as answer_group,
        comment
    from responses
)

select * from final
