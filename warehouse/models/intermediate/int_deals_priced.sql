-- One row per deal, with its money in the company's currency and the company it belongs to after merges.
-- Source: stg_hubspot__deals, int_survivors. Money is null where HubSpot knows no amount in the company's currency.
with deals as (
    select
        deal_id,
        amount,
        coalesce(deal_currency, staging.company_currency()) as deal_currency,
        amount_in_company_currency,
        monthly_recurring_revenue,
        company_id
    from staging.stg_hubspot__deals
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
        case
            when deal_currency = staging.company_currency() then amount
            else amount_in_company_currency
        end as amount,
        case
            when deal_currency = staging.company_currency() then monthly_recurring_revenue
            when amount <> 0 then monthly_recurring_revenue * amount_in_company_currency / amount
        end as monthly_recurring_revenue
    from deals
),

final as (
    select
        priced.deal_id,
        priced.deal_currency,
        coalesce(survivors.survivor_id, priced.company_id) as company_id,
        cast(round(priced.amount * 100) as bigint) as amount_cents,
        cast(round(priced.monthly_recurring_revenue * 100) as bigint) as monthly_recurring_revenue_cents
    from priced
    left join survivors on priced.company_id = survivors.merged_id
)

select * from final
