-- One row per day (UTC) and page: what it gained, net of people who unfollowed.
-- Source: raw_linkedin.follower_gains. Not the change of the count: LinkedIn also removes accounts.
with gains as (
    select
        organization_id,
        date,
        organic_gain,
        paid_gain
    from raw_linkedin.follower_gains
),

final as (
    select
        date as gain_date,
        organization_id as account_id,
        coalesce(organic_gain, 0) as organic_gain,
        coalesce(paid_gain, 0) as paid_gain
    from gains
)

select * from final
