-- One row per five minutes in which the bank took calls.
-- Source: raw_files.customer_calls. The clock is the bank's own; it is not converted, so 21:00 stays on its day.
with intervals as (
    select
        interval_start,
        calls
    from raw_files.customer_calls
),

final as (
    select
        cast(strptime(interval_start, '%Y-%m-%dT%H:%M:%S') as date) as called_date,
        strptime(interval_start, '%Y-%m-%dT%H:%M:%S') as started_at_local,
        calls
    from intervals
)

select * from final
