-- One row per person interviewed, with three questions answered from 0 to 10.
-- Source: raw_files.survey_answers (European Social Survey 9, Great Britain). Null: no answer. The day is the interview's first.
with interviews as (
    select
        respondent,
        interviewed_on,
        region,
        imbgeco,
        imueclt,
        imwbcnt
    from raw_files.survey_answers
),

final as (
    select
        respondent as respondent_number,
        interviewed_on as interviewed_date,
        region,
        imbgeco as good_for_economy,
        imueclt as enriches_culture,
        imwbcnt as better_place_to_live
    from interviews
)

select * from final
