-- One row per invoice that asked a customer for money: at least one sale line that is revenue and has a price.
-- Source: fct_order_lines. A later cancellation is a document of its own, and is not taken off amount_cents.
with sale_lines as (
    select
        order_key,
        customer_key,
        country,
        invoiced_date,
        net_amount_cents
    from marts.fct_order_lines
    where document_type = 'Sale' and is_revenue and net_amount_cents > 0
),

final as (
    select
        order_key,
        max(customer_key) as customer_key,
        max(country) as country,
        min(invoiced_date) as ordered_date,
        count(*) as line_count,
        cast(sum(net_amount_cents) as bigint) as amount_cents
    from sale_lines
    group by order_key
)

select * from final
