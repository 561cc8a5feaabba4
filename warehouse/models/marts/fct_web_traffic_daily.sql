-- One row per day and channel group, all web properties together.
-- Source: stg_ga4__traffic_daily. A day without a row had no traffic that the vendor reports.
with traffic as (
    select
        traffic_date,
        channel,
        sessions,
        engaged_sessions,
        key_events,
        new_users
    from staging.stg_ga4__traffic_daily
),

final as (
    select
        traffic_date,
        channel,
        cast(sum(sessions) as bigint) as sessions,
        cast(sum(engaged_sessions) as bigint) as engaged_sessions,
        sum(key_events) as key_events,
        cast(sum(new_users) as bigint) as new_users
    from traffic
    group by traffic_date, channel
)

select * from final
