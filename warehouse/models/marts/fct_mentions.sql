-- One row per article or post about the company that the press agency found.
-- Source: stg_files__pr_mentions. A null sentiment was not judged.
with mentions as (
    select
        mention_id,
        published_date,
        outlet,
        title,
        sentiment
    from staging.stg_files__pr_mentions
),

final as (
    select
        staging.key_of('files', mention_id) as mention_key,
        published_date,
        outlet,
        title,
        sentiment
    from mentions
)

select * from final
