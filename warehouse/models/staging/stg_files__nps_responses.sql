-- One row per answer to a recommendation survey.
-- Source: raw_files.nps_responses. A score that is missing or outside 0..10 is null: the answer says nothing on that scale.
with responses as (
    select
        response_id,
        survey,
        respondent,
        answered_at,
        score,
        comment
    from raw_files.nps_responses
),

final as (
    select
        response_id,
        nullif(trim(survey), '') as survey,
        nullif(lower(trim(respondent)), '') as respondent,
        staging.company_date(answered_at) as answered_date,
        case when score between 0 and 10 then cast(score as integer) end as score,
        nullif(trim(comment), '') as comment
    from responses
)

select * from final
