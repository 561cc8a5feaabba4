-- One row per call or meeting in Salesforce, in the words of fct_activities; same_as is the one in HubSpot that it is.
-- Source: stg_salesforce__calls, stg_salesforce__meetings, int_record_references. Salesforce knows no outcome of a meeting: people
-- delete those that are called off, so one that is there has taken place, or will on its day.
with activities as (
    select
        call_id as record_id,
        'Call' as activity_type,
        direction,
        outcome,
        has_happened,
        happened_date,
        owner_id,
        duration_seconds,
        staging.salesforce_url('Task', call_id) as record_url
    from staging.stg_salesforce__calls
    union all
    select
        meeting_id as record_id,
        'Meeting' as activity_type,
        null as direction,
        null as outcome,
        true as has_happened,
        happened_date,
        owner_id,
        duration_seconds,
        staging.salesforce_url('Event', meeting_id) as record_url
    from staging.stg_salesforce__meetings
),

final as (
    select
        staging.key_of('salesforce', activities.record_id) as activity_key,
        pairs.hubspot_key as same_as,
        activities.activity_type,
        activities.direction,
        activities.outcome,
        activities.has_happened,
        activities.happened_date as activity_date,
        staging.key_of('salesforce', activities.owner_id) as owner_key,
        activities.duration_seconds,
        activities.record_url
    from activities
    left join intermediate.int_record_references as pairs
        on
            pairs.object_type = 'activity'
            and pairs.is_match
            and staging.key_of('salesforce', activities.record_id) = pairs.salesforce_key
)

select * from final
