-- One row per deal, call, meeting and ticket in Salesforce, with what it would have in common with its like in HubSpot.
-- Source: int_salesforce_deals, staging of calls, meetings, cases, users. Null looks: it says too little to look like anything.
with final as (
    select
        'Deal' as record_type,
        deal_key as record_key,
        lower(deal_name) || ' | ' || close_date as looks,
        record_url
    from intermediate.int_salesforce_deals
    union all
    select
        'Call' as record_type,
        staging.key_of('salesforce', calls.call_id) as record_key,
        lower(callers.email)
        || ' | '
        || calls.happened_date
        || ' | '
        || nullif(cast(round(calls.duration_seconds) as bigint), 0) as looks,
        staging.salesforce_url('Task', calls.call_id) as record_url
    from staging.stg_salesforce__calls as calls
    left join staging.stg_salesforce__users as callers on calls.owner_id = callers.user_id
    union all
    select
        'Meeting' as record_type,
        staging.key_of('salesforce', meetings.meeting_id) as record_key,
        lower(owners.email) || ' | ' || epoch(meetings.started_at) as looks,
        staging.salesforce_url('Event', meetings.meeting_id) as record_url
    from staging.stg_salesforce__meetings as meetings
    left join staging.stg_salesforce__users as owners on meetings.owner_id = owners.user_id
    union all
    select
        'Ticket' as record_type,
        staging.key_of('salesforce', case_id) as record_key,
        lower(subject) || ' | ' || created_date as looks,
        staging.salesforce_url('Case', case_id) as record_url
    from staging.stg_salesforce__cases
)

select * from final
