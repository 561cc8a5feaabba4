-- One row per call or meeting that is not deleted, whether it has taken place or not (see has_happened).
-- Source: int_activities (HubSpot), int_salesforce_activities. Null outcome: nobody chose one.
-- Null direction: a meeting, or a call logged without one.
with activities as (
    select
        activity_type,
        record_id,
        direction,
        outcome,
        has_happened,
        activity_date,
        owner_id,
        duration_seconds
    from intermediate.int_activities
),

final as (
    select
        staging.key_of('hubspot', concat(lower(activity_type), ':', record_id)) as activity_key,
        activity_type,
        direction,
        outcome,
        has_happened,
        activity_date,
        staging.key_of('hubspot', owner_id) as owner_key,
        duration_seconds,
        staging.record_url('hubspot', case activity_type when 'Call' then '0-48' else '0-47' end, record_id) as record_url
    from activities
    union all
    select
        activity_key,
        activity_type,
        direction,
        outcome,
        has_happened,
        activity_date,
        owner_key,
        duration_seconds,
        record_url
    from intermediate.int_salesforce_activities
)

select * from final
