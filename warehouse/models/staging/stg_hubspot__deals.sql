-- One row per deal that exists in HubSpot: not deleted and not merged away into another deal.
-- Source: raw_hubspot.deals. Null means that HubSpot holds no value; money is still in the deal's own currency.
with deals as (
    select
        id,
        dealname,
        amount,
        deal_currency_code,
        amount_in_home_currency,
        hs_mrr,
        closedate,
        createdate,
        dealstage,
        pipeline,
        dealtype,
        hs_is_closed,
        hs_is_closed_won,
        associated_company_id,
        contract_end_date,
        hubspot_owner_id,
        hs_merged_object_ids,
        salesforce_id,
        archived
    from raw_hubspot.deals
),

merged_away as (
    select
        deals.id as survivor_id,
        unnest(staging.merged_ids(deals.hs_merged_object_ids, null)) as deal_id
    from deals
),

final as (
    select
        deals.id as deal_id,
        nullif(trim(deals.dealname), '') as deal_name,
        deals.amount,
        nullif(upper(trim(deals.deal_currency_code)), '') as deal_currency,
        deals.amount_in_home_currency as amount_in_account_currency,
        deals.hs_mrr as monthly_recurring_revenue,
        nullif(deals.dealtype, '') as deal_type,
        deals.pipeline as pipeline_id,
        deals.dealstage as stage_id,
        deals.hs_is_closed as is_closed,
        deals.hs_is_closed_won as is_closed_won,
        nullif(deals.associated_company_id, '') as company_id,
        deals.contract_end_date,
        nullif(deals.hubspot_owner_id, '') as owner_id,
        nullif(left(trim(deals.salesforce_id), 15), '') as salesforce_id,
        staging.company_date(deals.createdate) as created_date,
        staging.company_date(deals.closedate) as close_date
    from deals
    left join merged_away on deals.id = merged_away.deal_id and deals.id <> merged_away.survivor_id
    where not coalesce(deals.archived, false) and merged_away.deal_id is null
)

select * from final
