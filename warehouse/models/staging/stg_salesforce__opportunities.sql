-- One row per opportunity that exists in Salesforce and is not deleted.
-- Source: raw_salesforce.opportunities. Money is in the opportunity's own currency; the closing date is a day, without a time zone.
with opportunities as (
    select
        id,
        name,
        accountid,
        ownerid,
        type,
        stagename,
        currencyisocode,
        amount,
        isclosed,
        iswon,
        closedate,
        createddate,
        monthly_recurring_revenue,
        contract_end_date,
        hubspot_id,
        isdeleted
    from raw_salesforce.opportunities
),

final as (
    select
        id as opportunity_id,
        nullif(trim(name), '') as opportunity_name,
        nullif(accountid, '') as account_id,
        nullif(ownerid, '') as owner_id,
        nullif(trim(type), '') as opportunity_type,
        nullif(stagename, '') as stage_name,
        nullif(trim(hubspot_id), '') as hubspot_id,
        nullif(upper(trim(currencyisocode)), '') as currency,
        amount,
        monthly_recurring_revenue,
        contract_end_date,
        coalesce(isclosed, false) as is_closed,
        coalesce(iswon, false) as is_won,
        closedate as close_date,
        staging.company_date(createddate) as created_date
    from opportunities
    where not coalesce(isdeleted, false)
)

select * from final
