-- One row per lead or contact in Salesforce, in the words of fct_leads.
-- Source: int_salesforce_people, int_salesforce_qualified, stg_salesforce__opportunities. A lead became an opportunity on the day
-- on which the one it was converted into was made, and a customer on the day on which that one was won.
with people as (
    select
        people.object_name,
        people.record_id,
        people.became_id,
        people.email,
        coalesce(nullif(trim(concat_ws(' ', people.first_name, people.last_name)), ''), people.email) as full_name,
        people.country,
        people.lead_source,
        people.owner_id,
        people.created_date,
        qualified.marketing_qualified_date,
        qualified.sales_qualified_date,
        opportunities.created_date as opportunity_date,
        case when opportunities.is_won then opportunities.close_date end as customer_date
    from intermediate.int_salesforce_people as people
    left join intermediate.int_salesforce_qualified as qualified on people.record_id = qualified.record_id
    left join staging.stg_salesforce__opportunities as opportunities on people.opportunity_id = opportunities.opportunity_id
),

final as (
    select
        staging.key_of('salesforce', record_id) as record_key,
        staging.key_of('salesforce', coalesce(became_id, record_id)) as person_key,
        case object_name when 'Contact' then 2 else 3 end as preference,
        email,
        full_name,
        country,
        staging.lead_source_label(lead_source) as first_touch_channel,
        case
            when customer_date is not null then 'Customer'
            when opportunity_date is not null then 'Opportunity'
            when sales_qualified_date is not null then 'Sales-qualified lead'
            when marketing_qualified_date is not null then 'Marketing-qualified lead'
            when object_name = 'Lead' then 'Lead'
        end as lifecycle_stage,
        created_date,
        marketing_qualified_date,
        sales_qualified_date,
        opportunity_date,
        customer_date,
        staging.key_of('salesforce', owner_id) as owner_key,
        staging.salesforce_url(object_name, record_id) as record_url
    from people
)

select * from final
