-- One row per breakdown, day and value, all web properties together. Each breakdown splits the same visits: filter on one of them.
-- Source: stg_ga4__traffic_breakdowns. "(not set)" and "(other)" are Google's words: unknown, and too rare to be told apart.
with traffic as (
    select
        breakdown,
        traffic_date,
        coalesce(breakdown_value, '(not set)') as breakdown_value,
        sessions,
        engaged_sessions,
        key_events,
        new_users
    from staging.stg_ga4__traffic_breakdowns
),

final as (
    select
        breakdown,
        traffic_date,
        breakdown_value,
        cast(sum(sessions) as bigint) as sessions,
        cast(sum(engaged_sessions) as bigint) as engaged_sessions,
        sum(key_events) as key_events,
        cast(sum(new_users) as bigint) as new_users
    from traffic
    group by breakdown, traffic_date, breakdown_value
)

select * from final
