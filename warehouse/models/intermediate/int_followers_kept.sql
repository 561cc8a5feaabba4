-- One row per day, network and account whose followers were kept by hand, under the name that the network's API has.
-- Source: stg_files__social_followers. Names are the same when they are so but for case and a leading @. No nulls.
with names as (
    select distinct
        network,
        account,
        lower(ltrim(account, '@')) as account_match
    from intermediate.int_followers_counted
),

final as (
    select
        coalesce(names.network, kept.network) as network,
        kept.observed_date,
        coalesce(names.account, kept.account) as account,
        kept.followers
    from staging.stg_files__social_followers as kept
    left join names
        on lower(kept.network) = lower(names.network) and lower(ltrim(kept.account, '@')) = names.account_match
)

select * from final
