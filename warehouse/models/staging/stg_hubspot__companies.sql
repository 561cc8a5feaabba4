-- One row per company that exists in HubSpot: not deleted and not merged away into another company.
-- Source: raw_hubspot.companies. Null means that HubSpot holds no value; empty text is null.
with companies as (
    select
        id,
        name,
        domain,
        country,
        segment,
        createdate,
        hubspot_owner_id,
        hs_merged_object_ids,
        salesforce_id,
        archived
    from raw_hubspot.companies
),

merged_away as (
    select
        companies.id as survivor_id,
        unnest(staging.merged_ids(companies.hs_merged_object_ids, null)) as company_id
    from companies
),

final as (
    select
        companies.id as company_id,
        nullif(trim(companies.name), '') as company_name,
        nullif(trim(companies.domain), '') as domain,
        nullif(trim(companies.country), '') as country,
        nullif(companies.segment, '') as segment,
        nullif(companies.hubspot_owner_id, '') as owner_id,
        nullif(left(trim(companies.salesforce_id), 15), '') as salesforce_id,
        staging.company_date(companies.createdate) as created_date
    from companies
    left join merged_away on companies.id = merged_away.company_id and companies.id <> merged_away.survivor_id
    where not coalesce(companies.archived, false) and merged_away.company_id is null
)

select * from final
