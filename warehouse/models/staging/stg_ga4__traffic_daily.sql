-- One row per Google Analytics property, day and channel group. The day is the property's own, never converted.
-- Source: raw_ga4.traffic_daily. A day without a row had no traffic that Google reports; a null channel is 'Unassigned'.
with traffic as (
    select
        property_id,
        date,
        session_default_channel_group,
        sessions,
        engaged_sessions,
        key_events,
        new_users
    from raw_ga4.traffic_daily
),

final as (
    select
        property_id,
        date as traffic_date,
        coalesce(nullif(trim(session_default_channel_group), ''), 'Unassigned') as channel,
        sessions,
        engaged_sessions,
        cast(key_events as double) as key_events,
        new_users
    from traffic
)

select * from final
