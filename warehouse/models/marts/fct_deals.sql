-- One row per deal that is not deleted; deals merged together, or held in both CRMs under each other's ids, count once.
-- Source: int_hubspot_deals, int_salesforce_deals (same_as: the rule of int_record_references). Of a deal in both, Salesforce
-- says what became of it and what it is worth, as integrations let Salesforce's values win; HubSpot fills the gaps, and gives
-- key, company, owner and link. Null money is unknown, never zero.
with final as (
    select
        coalesce(hubspot.deal_key, salesforce.deal_key) as deal_key,
        coalesce(hubspot.deal_name, salesforce.deal_name) as deal_name,
        coalesce(hubspot.company_key, salesforce.company_key) as company_key,
        case when hubspot.company_key is null then salesforce.company_name else hubspot.company_name end as company_name,
        staging.segment_label(
            case when hubspot.company_key is null then salesforce.segment else hubspot.segment end
        ) as segment,
        coalesce(salesforce.deal_type, hubspot.deal_type) as deal_type,
        coalesce(salesforce.is_won, hubspot.is_won, false) as is_won,
        coalesce(salesforce.is_closed, hubspot.is_closed, false) as is_closed,
        least(salesforce.created_date, hubspot.created_date) as created_date,
        coalesce(salesforce.close_date, hubspot.close_date) as close_date,
        coalesce(salesforce.amount_cents, hubspot.amount_cents) as amount_cents,
        staging.company_currency() as currency,
        case
            when salesforce.amount_cents is not null or hubspot.deal_key is null then salesforce.deal_currency
            else coalesce(hubspot.deal_currency, salesforce.deal_currency)
        end as deal_currency,
        coalesce(salesforce.is_recurring, false) or coalesce(hubspot.is_recurring, false) as is_recurring,
        coalesce(
            salesforce.monthly_recurring_revenue_cents, hubspot.monthly_recurring_revenue_cents
        ) as monthly_recurring_revenue_cents,
        coalesce(salesforce.contract_end_date, hubspot.contract_end_date) as contract_end_date,
        salesforce.stage_entered_date,
        coalesce(hubspot.owner_key, salesforce.owner_key) as owner_key,
        coalesce(hubspot.record_url, salesforce.record_url) as record_url,
        concat_ws(
            ', ',
            case when hubspot.deal_key is not null then 'hubspot' end,
            case when salesforce.deal_key is not null then 'salesforce' end
        ) as sources
    from intermediate.int_hubspot_deals as hubspot
    full outer join intermediate.int_salesforce_deals as salesforce on hubspot.deal_key = salesforce.same_as
)

select * from final
