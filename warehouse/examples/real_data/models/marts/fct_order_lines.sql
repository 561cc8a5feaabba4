-- One row per invoice line: sales, cancellations (negative, on their own day), adjustments and stock write-offs.
-- Source: int_retail_lines__classified. customer_key is null where the till knew no customer; the line is revenue all the same.
with lines as (
    select
        source_row,
        invoice_number,
        document_type,
        line_type,
        stock_code,
        description,
        customer_number,
        country,
        invoiced_date,
        quantity,
        unit_price,
        net_amount_cents,
        is_repeat
    from intermediate.int_retail_lines__classified
),

final as (
    select
        staging.key_of('retail', source_row) as line_key,
        staging.key_of('retail', invoice_number) as order_key,
        document_type,
        line_type,
        line_type in ('Product', 'Postage', 'Discount', 'Manual') as is_revenue,
        is_repeat,
        stock_code,
        description,
        staging.key_of('retail', customer_number) as customer_key,
        country,
        invoiced_date,
        quantity,
        unit_price,
        net_amount_cents
    from lines
)

select * from final
