-- One row per person and question answered, score 0 to 10.
-- Source: int_survey_answers__by_question.
with answers as (
    select
        respondent_number,
        interviewed_date,
        region,
        question,
        score
    from intermediate.int_survey_answers__by_question
),

final as (
    select
        staging.key_of('survey', respondent_number || ':' || question) as answer_key,
        staging.key_of('survey', respondent_number) as respondent_key,
        interviewed_date as answered_date,
        region,
        question,
        score
    from answers
)

select * from final
