-- One row per service ticket that is not deleted; one that both CRMs hold under each other's ids counts once.
-- Source: int_tickets (HubSpot), stg_salesforce__cases. Of one in both the case says what it is and how long it took, as tickets
-- are copied from cases and never the other way; an open case is open, whatever its copy says. closed_at, closed_date and
-- hours_to_close are null while it is open; hours_to_close is null too where it was closed before it was opened. Cases have no
-- pipeline.
with joined as (
    select
        coalesce(tickets.ticket_key, staging.key_of('salesforce', cases.case_id)) as ticket_key,
        coalesce(cases.subject, tickets.subject) as subject,
        coalesce(cases.category, tickets.category) as category,
        coalesce(cases.priority, tickets.priority) as priority,
        case when cases.case_id is null then tickets.created_at else cases.created_at end as created_at,
        case when cases.case_id is null then tickets.closed_at else cases.closed_at end as closed_at,
        case when cases.case_id is null then tickets.created_date else cases.created_date end as created_date,
        case when cases.case_id is null then tickets.closed_date else cases.closed_date end as closed_date,
        coalesce(tickets.owner_key, staging.key_of('salesforce', cases.owner_id)) as owner_key,
        coalesce(tickets.record_url, staging.salesforce_url('Case', cases.case_id)) as record_url,
        tickets.pipeline_name,
        coalesce(tickets.stage_name, cases.status) as stage_name,
        concat_ws(
            ', ',
            case when tickets.ticket_key is not null then 'hubspot' end,
            case when cases.case_id is not null then 'salesforce' end
        ) as sources
    from intermediate.int_tickets as tickets
    full outer join staging.stg_salesforce__cases as cases
        on tickets.copy_of = staging.key_of('salesforce', cases.case_id)
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
        stage_name,
        sources
    from joined
)

select * from final
