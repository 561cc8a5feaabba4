-- One row per HubSpot account that is read: its home currency and its time zone. No row where HubSpot would not say.
-- Source: raw_hubspot.account.
with account as (
    select
        portal_id,
        company_currency,
        time_zone
    from raw_hubspot.account
),

final as (
    select
        portal_id as account_id,
        nullif(upper(trim(company_currency)), '') as account_currency,
        nullif(trim(time_zone), '') as time_zone
    from account
)

select * from final
