-- One row per day (UTC) and page: followers won less followers lost, as the network tells them. A day without a row has no gain.
-- Source: stg_linkedin__follower_gains, under the page's latest name, or its number where it was never counted. A flow of twelve
-- months back, where the count of fct_followers_daily begins with the first reading; they need not add up, as LinkedIn also removes
-- accounts.
with names as (
    select
        account_id,
        account
    from staging.stg_linkedin__followers
    qualify row_number() over (partition by account_id order by observed_date desc) = 1
),

final as (
    select
        gains.gain_date,
        'LinkedIn' as network,
        gains.account_id,
        coalesce(names.account, gains.account_id) as account,
        gains.organic_gain,
        gains.paid_gain,
        gains.organic_gain + gains.paid_gain as net_gain
    from staging.stg_linkedin__follower_gains as gains
    left join names on gains.account_id = names.account_id
)

select * from final
