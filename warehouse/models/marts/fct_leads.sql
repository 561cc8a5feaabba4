-- One row per person in the CRMs who is not deleted; people merged together, or known to both CRMs under one address, count once.
-- Source: int_lead_records, int_lead_matches (the matching rule). Of several dates the earliest counts, and *_source names the CRM
-- it comes from (HubSpot where both say the same day). Of names, country, channel, stage, owner HubSpot's count, where it has any.
with records as (
    select
        matches.lead_key,
        records.crm,
        records.full_name,
        records.country,
        records.first_touch_channel,
        records.lifecycle_stage,
        records.created_date,
        records.marketing_qualified_date,
        records.sales_qualified_date,
        records.opportunity_date,
        records.customer_date,
        records.owner_key,
        records.record_url,
        concat(records.preference, records.record_key) as ranked
    from intermediate.int_lead_records as records
    inner join intermediate.int_lead_matches as matches on records.record_key = matches.record_key
),

final as (
    select
        lead_key,
        arg_min(full_name, ranked) as full_name,
        arg_min(country, ranked) as country,
        coalesce(arg_min(first_touch_channel, ranked), 'Other') as first_touch_channel,
        arg_min(lifecycle_stage, ranked) as lifecycle_stage,
        min(created_date) as created_date,
        min(marketing_qualified_date) as marketing_qualified_date,
        min(sales_qualified_date) as sales_qualified_date,
        min(opportunity_date) as opportunity_date,
        min(customer_date) as customer_date,
        arg_min(owner_key, ranked) as owner_key,
        arg_min(record_url, ranked) as record_url,
        string_agg(distinct crm, ', ' order by crm) as sources,
        arg_min(crm, (created_date, ranked)) filter (where created_date is not null) as created_source,
        arg_min(crm, (marketing_qualified_date, ranked))
        filter (where marketing_qualified_date is not null) as marketing_qualified_source,
        arg_min(crm, (sales_qualified_date, ranked)) filter (where sales_qualified_date is not null) as sales_qualified_source,
        arg_min(crm, (opportunity_date, ranked)) filter (where opportunity_date is not null) as opportunity_source,
        arg_min(crm, (customer_date, ranked)) filter (where customer_date is not null) as customer_source
    from records
    group by lead_key
)

select * from final
