-- One row per opportunity in Salesforce, with the currency it was agreed in and what turns that into the company's currency.
-- Source: stg_salesforce__opportunities, stg_salesforce__currency_rates. Rates are those of the closing day, where the org keeps
-- them by date; money is null where a rate is missing. An org with one currency is taken to have the company's.
with opportunities as (
    select
        opportunity_id,
        coalesce(currency, staging.company_currency()) as deal_currency,
        amount,
        monthly_recurring_revenue,
        coalesce(close_date, created_date) as rate_date
    from staging.stg_salesforce__opportunities
),

factors as (
    select
        opportunities.opportunity_id,
        opportunities.deal_currency,
        opportunities.amount,
        opportunities.monthly_recurring_revenue,
        case
            when opportunities.deal_currency = staging.company_currency() then 1.0
            else min(home.conversion_rate) / min(theirs.conversion_rate)
        end as factor
    from opportunities
    left join staging.stg_salesforce__currency_rates as theirs
        on
            opportunities.deal_currency = theirs.iso_code
            and opportunities.rate_date >= theirs.start_date
            and (theirs.next_start_date is null or opportunities.rate_date < theirs.next_start_date)
    left join staging.stg_salesforce__currency_rates as home
        on
            staging.company_currency() = home.iso_code
            and opportunities.rate_date >= home.start_date
            and (home.next_start_date is null or opportunities.rate_date < home.next_start_date)
    group by
        opportunities.opportunity_id,
        opportunities.deal_currency,
        opportunities.amount,
        opportunities.monthly_recurring_revenue
),

final as (
    select
        opportunity_id,
        deal_currency,
        coalesce(monthly_recurring_revenue <> 0, false) as is_recurring,
        cast(round(amount * factor * 100) as bigint) as amount_cents,
        cast(round(monthly_recurring_revenue * factor * 100) as bigint) as monthly_recurring_revenue_cents
    from factors
)

select * from final
