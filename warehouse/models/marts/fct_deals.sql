-- One row per deal that is not deleted; deals merged together count once. A deal lives in one CRM: nothing is matched between them.
-- Source: int_hubspot_deals, int_salesforce_deals. Null money is unknown, never zero.
with final as (
    select
        deal_key,
        deal_name,
        company_key,
        company_name,
        staging.segment_label(segment) as segment,
        deal_type,
        is_won,
        is_closed,
        created_date,
        close_date,
        amount_cents,
        staging.company_currency() as currency,
        deal_currency,
        coalesce(is_recurring, false) as is_recurring,
        monthly_recurring_revenue_cents,
        contract_end_date,
        owner_key,
        record_url
    from intermediate.int_hubspot_deals
    union all
    select
        deal_key,
        deal_name,
        company_key,
        company_name,
        staging.segment_label(segment) as segment,
        deal_type,
        is_won,
        is_closed,
        created_date,
        close_date,
        amount_cents,
        staging.company_currency() as currency,
        deal_currency,
        coalesce(is_recurring, false) as is_recurring,
        monthly_recurring_revenue_cents,
        contract_end_date,
        owner_key,
        record_url
    from intermediate.int_salesforce_deals
)

select * from final
