-- One row per lead that exists in Salesforce: not deleted and not merged away into another lead. Converted leads stay.
-- Source: raw_salesforce.leads. The qualified dates are those of the org's own date fields, where a setting names them.
with leads as (
    select
        id,
        firstname,
        lastname,
        email,
        country,
        status,
        leadsource,
        ownerid,
        convertedcontactid,
        convertedopportunityid,
        createddate,
        marketing_qualified_on,
        marketing_qualified_at,
        sales_qualified_on,
        sales_qualified_at,
        masterrecordid,
        isdeleted
    from raw_salesforce.leads
),

final as (
    select
        id as lead_id,
        nullif(trim(email), '') as email,
        nullif(trim(firstname), '') as first_name,
        nullif(trim(lastname), '') as last_name,
        nullif(trim(country), '') as country,
        nullif(status, '') as status,
        nullif(trim(leadsource), '') as lead_source,
        nullif(ownerid, '') as owner_id,
        nullif(convertedcontactid, '') as contact_id,
        nullif(convertedopportunityid, '') as opportunity_id,
        staging.company_date(createddate) as created_date,
        coalesce(marketing_qualified_on, staging.company_date(marketing_qualified_at)) as marketing_qualified_date,
        coalesce(sales_qualified_on, staging.company_date(sales_qualified_at)) as sales_qualified_date
    from leads
    where not coalesce(isdeleted, false) and masterrecordid is null
)

select * from final
