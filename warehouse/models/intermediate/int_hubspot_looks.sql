-- One row per deal, call, meeting and ticket in HubSpot, with what it would have in common with its like in Salesforce.
-- Source: int_hubspot_deals, staging of calls, meetings, tickets, owners. Null looks: it says too little to look like anything;
-- calls that nobody answered last no second and would all look alike.
with final as (
    select
        'Deal' as record_type,
        deal_key as record_key,
        lower(deal_name) || ' | ' || close_date as looks,
        record_url
    from intermediate.int_hubspot_deals
    union all
    select
        'Call' as record_type,
        staging.key_of('hubspot', concat('call:', calls.call_id)) as record_key,
        lower(owners.email)
        || ' | '
        || calls.happened_date
        || ' | '
        || nullif(cast(round(calls.duration_seconds) as bigint), 0) as looks,
        staging.record_url('hubspot', '0-48', calls.call_id) as record_url
    from staging.stg_hubspot__calls as calls
    left join staging.stg_hubspot__owners as owners on calls.owner_id = owners.owner_id
    union all
    select
        'Meeting' as record_type,
        staging.key_of('hubspot', concat('meeting:', meetings.meeting_id)) as record_key,
        lower(owners.email) || ' | ' || epoch(meetings.happened_at) as looks,
        staging.record_url('hubspot', '0-47', meetings.meeting_id) as record_url
    from staging.stg_hubspot__meetings as meetings
    left join staging.stg_hubspot__owners as owners on meetings.owner_id = owners.owner_id
    union all
    select
        'Ticket' as record_type,
        staging.key_of('hubspot', ticket_id) as record_key,
        lower(subject) || ' | ' || created_date as looks,
        staging.record_url('hubspot', '0-5', ticket_id) as record_url
    from staging.stg_hubspot__tickets
)

select * from final
