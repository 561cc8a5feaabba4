-- One row per customer and day of the CD shop. Its file has several lines for 2,000 customer-days, some word for word the same, and
-- no order number to tell a second order from a line entered twice: a day counts once, its amounts add up.
-- Source: stg_files__store_orders.
with days as (
    select
        customer_number,
        ordered_date,
        count(*) as line_count,
        cast(sum(cd_count) as bigint) as cd_count,
        cast(sum(amount_us_cents) as bigint) as amount_us_cents
    from staging.stg_files__store_orders
    group by customer_number, ordered_date
),

final as (
    select
        staging.key_of('cdnow', customer_number || ':' || cast(ordered_date as varchar)) as order_key,
        staging.key_of('cdnow', customer_number) as customer_key,
        ordered_date,
        row_number() over (partition by customer_number order by ordered_date) as order_number,
        line_count,
        cd_count,
        amount_us_cents
    from days
)

select * from final
