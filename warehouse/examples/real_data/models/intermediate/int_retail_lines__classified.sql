-- One row per invoice line, with what kind of document and line it is. The first letter of the invoice number says cancellation (C)
-- or ledger adjustment (A); the stock code column also holds postage, fees, write-offs and tests. Pence, rounded per line.
with lines as (
    select
        source_row,
        invoice_number,
        stock_code,
        customer_number,
        description,
        country,
        quantity,
        unit_price,
        invoiced_at
    from intermediate.int_retail_lines__one_export
),

final as (
    select
        source_row,
        invoice_number,
        stock_code,
        customer_number,
        description,
        country,
        quantity,
        unit_price,
        cast(round(quantity * unit_price * 100) as bigint) as net_amount_cents,
        staging.company_date(invoiced_at) as invoiced_date,
        case
            when invoice_number like 'C%' then 'Cancellation'
            when invoice_number like 'A%' then 'Adjustment'
            when quantity < 0 then 'Stock write-off'
            else 'Sale'
        end as document_type,
        case
            when stock_code in ('POST', 'DOT', 'C2', 'C3') then 'Postage'
            when stock_code = 'D' then 'Discount'
            when stock_code in ('M', 'm') then 'Manual'
            when stock_code in ('BANK CHARGES', 'AMAZONFEE', 'CRUK') then 'Fee'
            when stock_code = 'B' then 'Bad debt'
            when stock_code = 'S' then 'Sample'
            when stock_code in ('ADJUST', 'ADJUST2') then 'Adjustment'
            when lower(stock_code) like 'gift%' then 'Gift voucher'
            when stock_code like 'TEST%' then 'Test'
            else 'Product'
        end as line_type,
        row_number() over (
            partition by invoice_number, stock_code, customer_number, description, country, quantity, unit_price, invoiced_at
            order by source_row
        ) > 1 as is_repeat
    from lines
)

select * from final
