-- One row per contact that exists in HubSpot: not deleted and not merged away into another contact.
-- Source: raw_hubspot.contacts. Null means that HubSpot holds no value; empty text is null. Dates are company-local.
-- The property_*_date columns are HubSpot's own "date entered" properties: the latest entry, only a fallback for the history.
with contacts as (
    select
        id,
        email,
        firstname,
        lastname,
        lifecyclestage,
        hs_analytics_source,
        country,
        hubspot_owner_id,
        createdate,
        hs_v2_date_entered_lead,
        hs_v2_date_entered_marketingqualifiedlead,
        hs_v2_date_entered_salesqualifiedlead,
        hs_v2_date_entered_opportunity,
        hs_v2_date_entered_customer,
        hs_merged_object_ids,
        hs_calculated_merged_vids,
        archived
    from raw_hubspot.contacts
),

merged_away as (
    select
        contacts.id as survivor_id,
        unnest(staging.merged_ids(contacts.hs_merged_object_ids, contacts.hs_calculated_merged_vids)) as contact_id
    from contacts
),

final as (
    select
        contacts.id as contact_id,
        nullif(trim(contacts.email), '') as email,
        nullif(trim(contacts.firstname), '') as first_name,
        nullif(trim(contacts.lastname), '') as last_name,
        nullif(contacts.lifecyclestage, '') as lifecycle_stage,
        nullif(contacts.hs_analytics_source, '') as analytics_source,
        nullif(trim(contacts.country), '') as country,
        nullif(contacts.hubspot_owner_id, '') as owner_id,
        staging.company_date(contacts.createdate) as created_date,
        staging.company_date(contacts.hs_v2_date_entered_lead) as property_lead_date,
        staging.company_date(contacts.hs_v2_date_entered_marketingqualifiedlead) as property_marketing_qualified_date,
        staging.company_date(contacts.hs_v2_date_entered_salesqualifiedlead) as property_sales_qualified_date,
        staging.company_date(contacts.hs_v2_date_entered_opportunity) as property_opportunity_date,
        staging.company_date(contacts.hs_v2_date_entered_customer) as property_customer_date
    from contacts
    left join merged_away on contacts.id = merged_away.contact_id and contacts.id <> merged_away.survivor_id
    where not coalesce(contacts.archived, false) and merged_away.contact_id is null
)

select * from final
