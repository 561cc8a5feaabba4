-- One row per call or meeting, under one set of names.
-- Source: stg_hubspot__calls, stg_hubspot__meetings. Outcome is null where nobody chose one; meetings have no direction.
with calls as (
    select
        call_id,
        direction,
        disposition_id,
        call_status,
        duration_seconds,
        owner_id,
        happened_date
    from staging.stg_hubspot__calls
),

meetings as (
    select
        meeting_id,
        outcome,
        duration_seconds,
        owner_id,
        happened_date
    from staging.stg_hubspot__meetings
),

final as (
    select
        'Call' as activity_type,
        call_id as record_id,
        staging.sentence_case(direction) as direction,
        staging.call_outcome(disposition_id) as outcome,
        coalesce(call_status in ('COMPLETED', 'BUSY', 'NO_ANSWER', 'MISSED', 'FAILED'), true) as has_happened,
        happened_date as activity_date,
        owner_id,
        duration_seconds
    from calls
    union all
    select
        'Meeting' as activity_type,
        meeting_id as record_id,
        null as direction,
        staging.sentence_case(outcome) as outcome,
        coalesce(outcome = 'COMPLETED', false) as has_happened,
        happened_date as activity_date,
        owner_id,
        duration_seconds
    from meetings
)

select * from final
