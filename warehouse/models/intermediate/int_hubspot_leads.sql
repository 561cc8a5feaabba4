-- One row per contact in HubSpot, in the words of fct_leads.
-- Source: stg_hubspot__contacts, int_lead_stage_dates. A stage date is the FIRST entry: by the history, or HubSpot's own date of
-- entry where that is earlier, as it is of people whose history HubSpot does not tell to the end. A skipped stage stays null.
with contacts as (
    select
        contact_id,
        email,
        first_name,
        last_name,
        lifecycle_stage,
        analytics_source,
        country,
        owner_id,
        created_date,
        property_marketing_qualified_date,
        property_sales_qualified_date,
        property_opportunity_date,
        property_customer_date
    from staging.stg_hubspot__contacts
),

stage_dates as (
    select
        contact_id,
        marketing_qualified_date,
        sales_qualified_date,
        opportunity_date,
        customer_date
    from intermediate.int_lead_stage_dates
),

final as (
    select
        staging.key_of('hubspot', contacts.contact_id) as record_key,
        staging.key_of('hubspot', contacts.contact_id) as person_key,
        1 as preference,
        contacts.email,
        coalesce(nullif(trim(concat_ws(' ', contacts.first_name, contacts.last_name)), ''), contacts.email) as full_name,
        contacts.country,
        case
            when contacts.analytics_source is not null then staging.channel_label(contacts.analytics_source)
        end as first_touch_channel,
        staging.lifecycle_stage_label(contacts.lifecycle_stage) as lifecycle_stage,
        contacts.created_date,
        least(stage_dates.marketing_qualified_date, contacts.property_marketing_qualified_date) as marketing_qualified_date,
        least(stage_dates.sales_qualified_date, contacts.property_sales_qualified_date) as sales_qualified_date,
        least(stage_dates.opportunity_date, contacts.property_opportunity_date) as opportunity_date,
        least(stage_dates.customer_date, contacts.property_customer_date) as customer_date,
        staging.key_of('hubspot', contacts.owner_id) as owner_key,
        staging.record_url('hubspot', '0-1', contacts.contact_id) as record_url
    from contacts
    left join stage_dates on contacts.contact_id = stage_dates.contact_id
)

select * from final
