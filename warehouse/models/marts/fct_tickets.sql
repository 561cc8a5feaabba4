-- One row per service ticket that is not deleted.
-- Source: stg_hubspot__tickets, stg_hubspot__ticket_stages, stg_salesforce__cases. closed_at, closed_date and hours_to_close are
-- null while it is open; hours_to_close is null too where it was closed before it was opened. Cases have no pipeline.
with tickets as (
    select
        staging.key_of('hubspot', tickets.ticket_id) as ticket_key,
        tickets.subject,
        tickets.category,
        tickets.priority,
        tickets.created_at,
        tickets.closed_at,
        tickets.created_date,
        tickets.closed_date,
        staging.key_of('hubspot', tickets.owner_id) as owner_key,
        staging.record_url('hubspot', '0-5', tickets.ticket_id) as record_url,
        ticket_stages.pipeline_label as pipeline_name,
        ticket_stages.stage_label as stage_name
    from staging.stg_hubspot__tickets as tickets
    left join staging.stg_hubspot__ticket_stages as ticket_stages
        on tickets.pipeline_id = ticket_stages.pipeline_id and tickets.stage_id = ticket_stages.stage_id
    union all
    select
        staging.key_of('salesforce', case_id) as ticket_key,
        subject,
        category,
        priority,
        created_at,
        closed_at,
        created_date,
        closed_date,
        staging.key_of('salesforce', owner_id) as owner_key,
        staging.salesforce_url('Case', case_id) as record_url,
        null as pipeline_name,
        status as stage_name
    from staging.stg_salesforce__cases
),

final as (
    select
        ticket_key,
        subject,
        category,
        priority,
        created_at,
        closed_at,
        created_date,
        closed_date,
        case when closed_at >= created_at then (epoch(closed_at) - epoch(created_at)) / 3600.0 end as hours_to_close,
        owner_key,
        record_url,
        pipeline_name,
        stage_name
    from tickets
)

select * from final
