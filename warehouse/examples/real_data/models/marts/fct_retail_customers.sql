-- One row per customer number, with the day of its first order. Orders without a number belong to nobody and make no customer.
-- Source: fct_orders. The file begins on 2009-12-01: whoever bought before that looks new in its first months.
with orders as (
    select
        order_key,
        customer_key,
        country,
        ordered_date,
        amount_cents
    from marts.fct_orders
    where customer_key is not null
),

final as (
    select
        customer_key,
        min_by(country, cast(ordered_date as varchar) || order_key) as country,
        min(ordered_date) as first_order_date,
        count(*) as order_count,
        cast(sum(amount_cents) as bigint) as amount_cents
    from orders
    group by customer_key
)

select * from final
