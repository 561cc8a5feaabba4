-- One row per call logged in HubSpot and not deleted.
-- Source: raw_hubspot.calls. The call's day is when it took place (hs_timestamp), not when somebody typed it in.
with calls as (
    select
        id,
        hs_timestamp,
        hs_call_direction,
        hs_call_disposition,
        hs_call_duration,
        hs_call_status,
        hubspot_owner_id,
        salesforce_id,
        archived
    from raw_hubspot.calls
),

final as (
    select
        id as call_id,
        nullif(upper(hs_call_direction), '') as direction,
        nullif(lower(hs_call_disposition), '') as disposition_id,
        nullif(upper(hs_call_status), '') as call_status,
        cast(hs_call_duration as double) / 1000.0 as duration_seconds,
        nullif(hubspot_owner_id, '') as owner_id,
        nullif(left(trim(salesforce_id), 15), '') as salesforce_id,
        hs_timestamp as happened_at,
        staging.company_date(hs_timestamp) as happened_date
    from calls
    where not coalesce(archived, false)
)

select * from final
