-- One row per line of the invoice file, in the file's order, nothing left out.
-- Source: raw_files.retail_invoice_lines. Customer numbers come as "13085.0"; an empty one is null: the till knew no customer.
with lines as (
    select
        _row,
        invoice,
        stock_code,
        description,
        quantity,
        invoice_date,
        price,
        customer_id,
        country
    from raw_files.retail_invoice_lines
),

final as (
    select
        -- ids
        cast(_row as bigint) as source_row,
        invoice as invoice_number,
        stock_code,
        nullif(split_part(customer_id, '.', 1), '') as customer_number,

        -- words
        nullif(trim(description), '') as description,
        country,

        -- numbers
        quantity,
        cast(price as decimal(18, 3)) as unit_price,

        -- time
        invoice_date as invoiced_at
    from lines
)

select * from final
