-- One row per line of the shop's order file, nothing left out.
-- Source: raw_files.store_orders (CDNOW). Amounts are US dollars, never added to the company's money.
with orders as (
    select
        _row,
        customer_id,
        order_date,
        cds,
        dollars
    from raw_files.store_orders
),

final as (
    select
        cast(_row as bigint) as source_row,
        customer_id as customer_number,
        order_date as ordered_date,
        cds as cd_count,
        cast(round(dollars * 100) as bigint) as amount_us_cents
    from orders
)

select * from final
