-- One row per answer to a recommendation survey, with its place among those of one person to one survey in a calendar quarter.
-- Sources: four tools; of HubSpot the NPS surveys only, others have other scales. Null score: nothing on the scale from 0 to 10.
with answers as (
    select
        'Files' as source,
        staging.key_of('files', response_id) as response_key,
        survey,
        respondent,
        answered_date,
        score,
        comment
    from staging.stg_files__nps_responses
    union all by name
    select
        'HubSpot' as source,
        staging.key_of('hubspot', submission_id) as response_key,
        survey,
        respondent,
        answered_date,
        score,
        comment
    from staging.stg_hubspot__feedback_submissions
    where survey_type = 'NPS'
    union all by name
    select
        'SurveyMonkey' as source,
        staging.key_of('surveymonkey', response_id) as response_key,
        survey,
        respondent,
        answered_date,
        score
    from staging.stg_surveymonkey__responses
    union all by name
    select
        'Typeform' as source,
        staging.key_of('typeform', response_id) as response_key,
        survey,
        respondent,
        answered_date,
        score
    from staging.stg_typeform__responses
),

final as (
    select
        source,
        response_key,
        survey,
        respondent,
        answered_date,
        score,
        comment,
        row_number() over (
            partition by source, survey, respondent, date_trunc('quarter', answered_date), score is null
            order by answered_date, response_key
        ) as answer_number
    from answers
)

select * from final
