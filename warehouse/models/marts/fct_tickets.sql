-- One row per service ticket that is not deleted.
-- Source: stg_hubspot__tickets, stg_hubspot__ticket_stages. closed_at, closed_date and hours_to_close are null while it is open;
-- hours_to_close is null too where it was closed before it was opened. Unknown stages have no name.
with tickets as (
    select
        ticket_id,
        subject,
        category,
        priority,
        pipeline_id,
        stage_id,
        owner_id,
        created_at,
        closed_at,
        created_date,
        closed_date
    from staging.stg_hubspot__tickets
),

stages as (
    select
        pipeline_id,
        stage_id,
        pipeline_label,
        stage_label
    from staging.stg_hubspot__ticket_stages
),

final as (
    select
        staging.key_of('hubspot', tickets.ticket_id) as ticket_key,
        tickets.subject,
        tickets.category,
        tickets.priority,
        tickets.created_at,
        tickets.closed_at,
        tickets.created_date,
        tickets.closed_date,
        case
            when tickets.closed_at >= tickets.created_at then (epoch(tickets.closed_at) - epoch(tickets.created_at)) / 3600.0
        end as hours_to_close,
        staging.key_of('hubspot', tickets.owner_id) as owner_key,
        staging.record_url('hubspot', '0-5', tickets.ticket_id) as record_url,
        stages.pipeline_label as pipeline_name,
        stages.stage_label as stage_name
    from tickets
    left join stages on tickets.pipeline_id = stages.pipeline_id and tickets.stage_id = stages.stage_id
)

select * from final
