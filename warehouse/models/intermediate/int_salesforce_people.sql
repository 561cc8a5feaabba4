-- One row per lead or contact in Salesforce, under one set of names.
-- Source: stg_salesforce__leads, stg_salesforce__contacts, int_survivors. A converted lead points to the contact that it became.
with survivors as (
    select
        merged_id,
        survivor_id
    from intermediate.int_survivors
    where object_type = 'salesforce contact'
),

final as (
    select
        'Lead' as object_name,
        leads.lead_id as record_id,
        coalesce(survivors.survivor_id, leads.contact_id) as became_id,
        leads.email,
        leads.first_name,
        leads.last_name,
        leads.country,
        leads.lead_source,
        leads.owner_id,
        leads.status,
        leads.opportunity_id,
        leads.created_date,
        leads.marketing_qualified_date,
        leads.sales_qualified_date
    from staging.stg_salesforce__leads as leads
    left join survivors on leads.contact_id = survivors.merged_id
    union all
    select
        'Contact' as object_name,
        contact_id as record_id,
        null as became_id,
        email,
        first_name,
        last_name,
        country,
        lead_source,
        owner_id,
        null as status,
        null as opportunity_id,
        created_date,
        marketing_qualified_date,
        sales_qualified_date
    from staging.stg_salesforce__contacts
)

select * from final
