-- One row per day on which the bank took calls. Weekends and holidays have no row: it was closed, not idle.
-- Source: stg_files__customer_calls.
with final as (
    select
        called_date,
        cast(sum(calls) as bigint) as calls,
        count(*) as interval_count
    from staging.stg_files__customer_calls
    group by called_date
)

select * from final
