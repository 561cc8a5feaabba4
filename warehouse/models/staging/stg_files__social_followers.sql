-- One row per day, network and account whose followers were counted.
-- Source: raw_files.social_followers. A day without a number is left out: nobody looked, so nothing was observed.
with followers as (
    select
        date,
        network,
        account,
        followers
    from raw_files.social_followers
),

final as (
    select
        date as observed_date,
        trim(network) as network,
        trim(account) as account,
        cast(followers as bigint) as followers
    from followers
    where followers is not null
)

select * from final
