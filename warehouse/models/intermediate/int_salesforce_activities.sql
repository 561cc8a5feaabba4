-- One row per call or meeting in Salesforce, in the words of fct_activities.
-- Source: stg_salesforce__calls, stg_salesforce__meetings. Salesforce knows no outcome of a meeting: people delete those that are
-- called off, so one that is there has taken place, or will on its day.
with final as (
    select
        staging.key_of('salesforce', call_id) as activity_key,
        'Call' as activity_type,
        direction,
        outcome,
        has_happened,
        happened_date as activity_date,
        staging.key_of('salesforce', owner_id) as owner_key,
        duration_seconds,
        staging.salesforce_url('Task', call_id) as record_url
    from staging.stg_salesforce__calls
    union all
    select
        staging.key_of('salesforce', meeting_id) as activity_key,
        'Meeting' as activity_type,
        null as direction,
        null as outcome,
        true as has_happened,
        happened_date as activity_date,
        staging.key_of('salesforce', owner_id) as owner_key,
        duration_seconds,
        staging.salesforce_url('Event', meeting_id) as record_url
    from staging.stg_salesforce__meetings
)

select * from final
