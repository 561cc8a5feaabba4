-- One row per article or post that the press agency mailed.
-- Source: raw_mail.pr_mentions. published_on is a calendar date as the agency writes it; a null sentiment was not judged.
with mentions as (
    select
        mention_id,
        published_on,
        outlet,
        title,
        sentiment
    from raw_mail.pr_mentions
),

final as (
    select
        mention_id,
        published_on as published_date,
        nullif(trim(outlet), '') as outlet,
        nullif(trim(title), '') as title,
        staging.sentence_case(sentiment) as sentiment
    from mentions
)

select * from final
