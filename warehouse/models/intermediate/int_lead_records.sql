-- One row per person as one CRM knows them: HubSpot's contacts, Salesforce's leads and contacts.
-- Source: int_hubspot_leads, int_salesforce_leads. email_key is the address in lower case without blanks around it; null matches
-- nobody.
with final as (
    select
        record_key,
        'hubspot' as crm,
        person_key,
        preference,
        nullif(lower(trim(email)), '') as email_key,
        full_name,
        country,
        first_touch_channel,
        lifecycle_stage,
        created_date,
        marketing_qualified_date,
        sales_qualified_date,
        opportunity_date,
        customer_date,
        owner_key,
        record_url
    from intermediate.int_hubspot_leads
    union all
    select
        record_key,
        'salesforce' as crm,
        person_key,
        preference,
        nullif(lower(trim(email)), '') as email_key,
        full_name,
        country,
        first_touch_channel,
        lifecycle_stage,
        created_date,
        marketing_qualified_date,
        sales_qualified_date,
        opportunity_date,
        customer_date,
        owner_key,
        record_url
    from intermediate.int_salesforce_leads
)

select * from final
