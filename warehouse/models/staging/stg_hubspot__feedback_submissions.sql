-- One row per survey answer in HubSpot and not deleted, whatever the survey: the scale depends on survey_type.
-- Source: raw_hubspot.feedback_submissions. Null score: not on the scale 0..10, or no number. The response group is left out:
-- HubSpot fills it for other scales as well.
with submissions as (
    select
        id,
        hs_survey_name,
        hs_survey_type,
        hs_survey_channel,
        hs_value,
        hs_content,
        hs_contact_id,
        hs_submission_timestamp,
        hs_createdate,
        archived
    from raw_hubspot.feedback_submissions
),

final as (
    select
        id as submission_id,
        nullif(trim(hs_survey_name), '') as survey,
        upper(nullif(trim(hs_survey_type), '')) as survey_type,
        nullif(trim(hs_survey_channel), '') as channel,
        case when hs_value between 0 and 10 and hs_value = floor(hs_value) then cast(hs_value as integer) end as score,
        nullif(trim(hs_content), '') as comment,
        hs_contact_id as respondent,
        staging.company_date(coalesce(hs_submission_timestamp, hs_createdate)) as answered_date
    from submissions
    where not coalesce(archived, false)
)

select * from final
