-- One row per contact that exists in Salesforce: not deleted and not merged away into another contact.
-- Source: raw_salesforce.contacts. The qualified dates are those of the org's own date fields, where a setting names them.
with contacts as (
    select
        id,
        firstname,
        lastname,
        email,
        mailingcountry,
        leadsource,
        ownerid,
        createddate,
        marketing_qualified_on,
        marketing_qualified_at,
        sales_qualified_on,
        sales_qualified_at,
        masterrecordid,
        isdeleted
    from raw_salesforce.contacts
),

final as (
    select
        id as contact_id,
        nullif(trim(email), '') as email,
        nullif(trim(firstname), '') as first_name,
        nullif(trim(lastname), '') as last_name,
        nullif(trim(mailingcountry), '') as country,
        nullif(trim(leadsource), '') as lead_source,
        nullif(ownerid, '') as owner_id,
        staging.company_date(createddate) as created_date,
        coalesce(marketing_qualified_on, staging.company_date(marketing_qualified_at)) as marketing_qualified_date,
        coalesce(sales_qualified_on, staging.company_date(sales_qualified_at)) as sales_qualified_date
    from contacts
    where not coalesce(isdeleted, false) and masterrecordid is null
)

select * from final
