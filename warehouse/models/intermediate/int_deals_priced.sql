-- One row per deal, with its money in the company's currency and the company it belongs to after merges.
-- Source: stg_hubspot__deals, stg_hubspot__account, int_survivors. HubSpot's home money is in the currency of the account, and
-- so is a deal without one of its own: both count only where the account is known to have the company's. Null money is unknown.
with account as (
    select max(account_currency) as account_currency
    from staging.stg_hubspot__account
),

deals as (
    select
        deals.deal_id,
        deals.amount,
        coalesce(deals.deal_currency, account.account_currency) as deal_currency,
        deals.monthly_recurring_revenue,
        deals.company_id,
        case
            when account.account_currency = staging.company_currency() then deals.amount_in_account_currency
        end as amount_at_rate
    from staging.stg_hubspot__deals as deals
    cross join account
),

survivors as (
    select
        merged_id,
        survivor_id
    from intermediate.int_survivors
    where object_type = 'company'
),

priced as (
    select
        deal_id,
        deal_currency,
        company_id,
        coalesce(monthly_recurring_revenue <> 0, false) as is_recurring,
        case
            when deal_currency = staging.company_currency() then amount
            else amount_at_rate
        end as amount,
        case
            when deal_currency = staging.company_currency() or monthly_recurring_revenue = 0 then monthly_recurring_revenue
            when amount <> 0 then monthly_recurring_revenue * amount_at_rate / amount
        end as monthly_recurring_revenue
    from deals
),

final as (
    select
        priced.deal_id,
        priced.deal_currency,
        priced.is_recurring,
        coalesce(survivors.survivor_id, priced.company_id) as company_id,
        cast(round(priced.amount * 100) as bigint) as amount_cents,
        cast(round(priced.monthly_recurring_revenue * 100) as bigint) as monthly_recurring_revenue_cents
    from priced
    left join survivors on priced.company_id = survivors.merged_id
)

select * from final
