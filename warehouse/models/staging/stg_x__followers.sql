-- One row per company-local day and account that was counted: the last count of the day. A day without a reading has no row.
-- Source: raw_x.followers. A reading without a number (hidden followers) is no count.
with samples as (
    select
        account_id,
        account,
        observed_at,
        followers,
        is_rounded,
        staging.company_date(observed_at) as observed_date
    from raw_x.followers
    where followers is not null
),

ranked as (
    select
        observed_date,
        account_id,
        trim(account) as account,
        followers,
        coalesce(is_rounded, false) as is_rounded,
        row_number() over (partition by account_id, observed_date order by observed_at desc) as recency
    from samples
),

final as (
    select
        observed_date,
        account_id,
        account,
        followers,
        is_rounded
    from ranked
    where recency = 1
)

select * from final
