-- One row per answer to a recommendation survey ("how likely are you to recommend us", 0 to 10).
-- Source: stg_files__nps_responses; of stg_hubspot__feedback_submissions the NPS surveys only, as others have other scales.
-- A null score is an answer that says nothing on that scale and counts nowhere. HubSpot does not say who answered.
with answers as (
    select
        staging.key_of('files', response_id) as response_key,
        survey,
        respondent as respondent_key,
        answered_date,
        score,
        comment
    from staging.stg_files__nps_responses
    union all
    select
        staging.key_of('hubspot', submission_id) as response_key,
        survey,
        null as respondent_key,
        answered_date,
        score,
        comment
    from staging.stg_hubspot__feedback_submissions
    where survey_type = 'NPS'
),

final as (
    select
        response_key,
        survey,
        respondent_key,
        answered_date,
        score,
        case
            when score >= 9 then 'Promoter'
            when score >= 7 then 'Passive'
            when score >= 0 then 'Detractor'
        end as answer_group,
        comment
    from answers
)

select * from final
