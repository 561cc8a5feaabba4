-- One row per meeting in HubSpot and not deleted.
-- Source: raw_hubspot.meetings. The meeting's day is its start; where none is given, the time of the calendar entry.
with meetings as (
    select
        id,
        hs_timestamp,
        hs_meeting_start_time,
        hs_meeting_end_time,
        hs_meeting_outcome,
        hubspot_owner_id,
        salesforce_id,
        archived
    from raw_hubspot.meetings
),

final as (
    select
        id as meeting_id,
        nullif(upper(hs_meeting_outcome), '') as outcome,
        nullif(hubspot_owner_id, '') as owner_id,
        nullif(left(trim(salesforce_id), 15), '') as salesforce_id,
        epoch(hs_meeting_end_time) - epoch(hs_meeting_start_time) as duration_seconds,
        coalesce(hs_meeting_start_time, hs_timestamp) as happened_at,
        staging.company_date(coalesce(hs_meeting_start_time, hs_timestamp)) as happened_date
    from meetings
    where not coalesce(archived, false)
)

select * from final
