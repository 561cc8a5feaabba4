-- One row per service ticket that is not deleted.
-- Source: stg_hubspot__tickets. closed_at, closed_date and hours_to_close are null while the ticket is open;
-- hours_to_close is null too where the record says that it was closed before it was opened.
with tickets as (
    select
        ticket_id,
        subject,
        category,
        priority,
        owner_id,
        created_at,
        closed_at,
        created_date,
        closed_date
    from staging.stg_hubspot__tickets
),

final as (
    select
        staging.key_of('hubspot', ticket_id) as ticket_key,
        subject,
        category,
        priority,
        created_at,
        closed_at,
        created_date,
        closed_date,
        case when closed_at >= created_at then (epoch(closed_at) - epoch(created_at)) / 3600.0 end as hours_to_close,
        staging.key_of('hubspot', owner_id) as owner_key,
        staging.record_url('hubspot', '0-5', ticket_id) as record_url
    from tickets
)

select * from final
