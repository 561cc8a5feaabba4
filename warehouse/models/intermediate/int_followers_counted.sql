-- One row per day, network and account that a network's API told, under the account's latest name. No nulls.
with counts as (
    select
        'LinkedIn' as network,
        observed_date,
        account_id,
        account,
        followers,
        is_rounded
    from staging.stg_linkedin__followers
    union all
    select
        'X' as network,
        observed_date,
        account_id,
        account,
        followers,
        is_rounded
    from staging.stg_x__followers
    union all
    select
        'Facebook' as network,
        observed_date,
        account_id,
        account,
        followers,
        is_rounded
    from staging.stg_facebook__followers
    union all
    select
        'Instagram' as network,
        observed_date,
        account_id,
        account,
        followers,
        is_rounded
    from staging.stg_instagram__followers
    union all
    select
        'YouTube' as network,
        observed_date,
        account_id,
        account,
        followers,
        is_rounded
    from staging.stg_youtube__followers
),

final as (
    select
        network,
        observed_date,
        account_id,
        first_value(account) over (partition by network, account_id order by observed_date desc) as account,
        followers,
        is_rounded
    from counts
)

select * from final
