-- One row per opportunity in Salesforce that is not deleted, in the words of fct_deals.
-- Source: stg_salesforce__opportunities, int_opportunities_priced, stg_salesforce__accounts, int_survivors.
with survivors as (
    select
        merged_id,
        survivor_id
    from intermediate.int_survivors
    where object_type = 'salesforce account'
),

opportunities as (
    select
        opportunities.opportunity_id,
        opportunities.opportunity_name,
        coalesce(survivors.survivor_id, opportunities.account_id) as account_id,
        opportunities.opportunity_type,
        opportunities.is_won,
        opportunities.is_closed,
        opportunities.created_date,
        opportunities.close_date,
        opportunities.contract_end_date,
        opportunities.owner_id
    from staging.stg_salesforce__opportunities as opportunities
    left join survivors on opportunities.account_id = survivors.merged_id
),

final as (
    select
        staging.key_of('salesforce', opportunities.opportunity_id) as deal_key,
        opportunities.opportunity_name as deal_name,
        staging.key_of('salesforce', opportunities.account_id) as company_key,
        companies.account_name as company_name,
        companies.segment,
        case
            when lower(opportunities.opportunity_type) like 'new%' then 'New business'
            when lower(opportunities.opportunity_type) like 'existing%' then 'Existing business'
        end as deal_type,
        opportunities.is_won,
        opportunities.is_closed,
        opportunities.created_date,
        opportunities.close_date,
        priced.amount_cents,
        priced.deal_currency,
        priced.is_recurring,
        priced.monthly_recurring_revenue_cents,
        opportunities.contract_end_date,
        staging.key_of('salesforce', opportunities.owner_id) as owner_key,
        staging.salesforce_url('Opportunity', opportunities.opportunity_id) as record_url
    from opportunities
    inner join intermediate.int_opportunities_priced as priced on opportunities.opportunity_id = priced.opportunity_id
    left join staging.stg_salesforce__accounts as companies on opportunities.account_id = companies.account_id
)

select * from final
