-- One row per five minutes in which the bank took calls.
-- Source: raw_files.customer_calls. The clock is the bank's own; it is not converted, so 21:00 stays on its day.
with intervals as (
    select
        called_on,
        interval_start,
        calls
    from raw_files.customer_calls
),

final as (
    select
        called_on as called_date,
        interval_start as started_at_clock,
        calls
    from intervals
)

select * from final
