-- One row per person and question answered. A question left open is no row: it must not pull a score down as a 0 would.
with answers as (
    select
        respondent_number,
        interviewed_date,
        region,
        'Good for the economy' as question,
        good_for_economy as score
    from staging.stg_files__survey_answers
    union all
    select
        respondent_number,
        interviewed_date,
        region,
        'Enriches cultural life' as question,
        enriches_culture as score
    from staging.stg_files__survey_answers
    union all
    select
        respondent_number,
        interviewed_date,
        region,
        'Better place to live' as question,
        better_place_to_live as score
    from staging.stg_files__survey_answers
),

final as (
    select
        respondent_number,
        interviewed_date,
        region,
        question,
        score
    from answers
    where score is not null
)

select * from final
