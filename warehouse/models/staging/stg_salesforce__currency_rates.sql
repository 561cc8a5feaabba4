-- One row per currency and span of days: units of it for one of the corporate currency. A null end has none, and is not included.
-- Source: raw_salesforce.currency_rates. Where an org keeps rates by date, those; else the one that it has. None with one currency.
with rates as (
    select
        iso_code,
        start_date,
        next_start_date,
        conversion_rate,
        is_dated
    from raw_salesforce.currency_rates
    where conversion_rate > 0
),

dated as (
    select distinct iso_code
    from rates
    where is_dated
),

final as (
    select
        rates.iso_code,
        rates.start_date,
        rates.next_start_date,
        rates.conversion_rate
    from rates
    left join dated on rates.iso_code = dated.iso_code
    where rates.is_dated or dated.iso_code is null
)

select * from final
