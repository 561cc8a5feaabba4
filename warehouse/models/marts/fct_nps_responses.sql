-- One row per answer to a recommendation survey ("how likely are you to recommend us", 0 to 10).
-- Source: int_nps_answers. A null score is an answer that says nothing on that scale and counts nowhere. Of several answers by one
-- person to one survey within a calendar quarter the first counts; the others are repeats. The first and not the last, so that an
-- answer given tomorrow does not change what was reported yesterday. Who is unknown repeats nobody.
with answers as (
    select
        response_key,
        source,
        survey,
        respondent,
        answered_date,
        score,
        comment,
        answer_number
    from intermediate.int_nps_answers
),

final as (
    select
        response_key,
        source,
        survey,
        respondent as respondent_key,
        answered_date,
        score,
        case
            when score >= 9 then 'Promoter'
            when score >= 7 then 'Passive'
            when score >= 0 then 'Detractor'
        end as answer_group,
        respondent is not null and score is not null and answer_number > 1 as is_repeat,
        comment
    from answers
)

select * from final
