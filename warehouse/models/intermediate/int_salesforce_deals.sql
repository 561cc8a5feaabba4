-- One row per opportunity in Salesforce that is not deleted, in the words of fct_deals; same_as is the deal in HubSpot that it
-- is.
-- Source: stg_salesforce__opportunities, int_opportunities_priced, int_salesforce_companies, int_opportunity_stages,
-- int_record_references.
with opportunities as (
    select
        opportunity_id,
        opportunity_name,
        account_id,
        opportunity_type,
        is_won,
        is_closed,
        created_date,
        close_date,
        contract_end_date,
        owner_id
    from staging.stg_salesforce__opportunities
),

final as (
    select
        staging.key_of('salesforce', opportunities.opportunity_id) as deal_key,
        pairs.hubspot_key as same_as,
        opportunities.opportunity_name as deal_name,
        coalesce(companies.company_key, staging.key_of('salesforce', opportunities.account_id)) as company_key,
        companies.company_name,
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
        entered.stage_entered_date,
        staging.key_of('salesforce', opportunities.owner_id) as owner_key,
        staging.salesforce_url('Opportunity', opportunities.opportunity_id) as record_url
    from opportunities
    inner join intermediate.int_opportunities_priced as priced on opportunities.opportunity_id = priced.opportunity_id
    left join intermediate.int_salesforce_companies as companies on opportunities.account_id = companies.account_id
    left join intermediate.int_opportunity_stages as entered on opportunities.opportunity_id = entered.opportunity_id
    left join intermediate.int_record_references as pairs
        on
            pairs.object_type = 'deal'
            and pairs.is_match
            and staging.key_of('salesforce', opportunities.opportunity_id) = pairs.salesforce_key
)

select * from final
