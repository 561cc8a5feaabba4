-- One row per article or post about the company that the press agency found.
-- Source: stg_files__pr_mentions, stg_mail__pr_mentions. An article that came both ways counts once, as it was mailed. A null
-- sentiment was not judged.
with mailed as (
    select
        mention_id,
        published_date,
        outlet,
        title,
        sentiment
    from staging.stg_mail__pr_mentions
),

dropped as (
    select
        files.mention_id,
        files.published_date,
        files.outlet,
        files.title,
        files.sentiment
    from staging.stg_files__pr_mentions as files
    left join mailed on files.mention_id = mailed.mention_id
    where mailed.mention_id is null
),

mentions as (
    select
        mention_id,
        published_date,
        outlet,
        title,
        sentiment
    from mailed
    union all
    select
        mention_id,
        published_date,
        outlet,
        title,
        sentiment
    from dropped
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
