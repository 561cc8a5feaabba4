-- One row per Google Analytics property, breakdown, day and value. Each breakdown splits the same visits: never add two of them.
-- Source: raw_ga4.traffic_breakdowns, which is there only when asked for. A null value is what Google calls "(not set)".
with breakdowns as (
    select
        property_id,
        breakdown,
        date,
        value,
        sessions,
        engaged_sessions,
        key_events,
        new_users
    from raw_ga4.traffic_breakdowns
),

final as (
    select
        property_id,
        breakdown,
        date as traffic_date,
        nullif(nullif(trim(value), ''), '(not set)') as breakdown_value,
        sessions,
        engaged_sessions,
        cast(key_events as double) as key_events,
        new_users
    from breakdowns
)

select * from final
