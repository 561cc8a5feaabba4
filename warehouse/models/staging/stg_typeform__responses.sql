-- One row per completed response to a form that asks for a recommendation.
-- Source: raw_typeform.responses. Null score: skipped.
with responses as (
    select
        id,
        survey,
        status,
        answered_at,
        score,
        respondent
    from raw_typeform.responses
),

final as (
    select
        id as response_id,
        nullif(trim(survey), '') as survey,
        respondent,
        staging.company_date(answered_at) as answered_date,
        case when score between 0 and 10 then cast(score as integer) end as score
    from responses
    where status = 'completed'
)

select * from final
