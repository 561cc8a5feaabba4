-- One row per completed response of a real respondent to a survey that asks for a recommendation.
-- Source: raw_surveymonkey.responses. Left out: partial and disqualified responses, and those of the preview. Null score: skipped.
with responses as (
    select
        id,
        survey,
        status,
        collection_mode,
        answered_at,
        score,
        respondent
    from raw_surveymonkey.responses
),

final as (
    select
        id as response_id,
        nullif(trim(survey), '') as survey,
        respondent,
        staging.company_date(answered_at) as answered_date,
        case when score between 0 and 10 then cast(score as integer) end as score
    from responses
    where
        status = 'completed'
        and coalesce(collection_mode, 'default') not in ('preview', 'survey_preview')
)

select * from final
