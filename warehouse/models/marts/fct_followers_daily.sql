-- One row per day, network and account whose followers were counted. A day on which nobody counted has no row.
-- Source: stg_files__social_followers. No nulls.
with followers as (
    select
        observed_date,
        network,
        account,
        followers
    from staging.stg_files__social_followers
),

final as (
    select
        observed_date,
        network,
        account,
        followers
    from followers
)

select * from final
