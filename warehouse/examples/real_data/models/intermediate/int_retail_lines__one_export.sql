-- One row per invoice line, once. The file is two exports, one after the other, which both contain 1 to 9 December 2010: where
-- the clock jumps back, the second export begins. An invoice that is in both is taken from the later one, whole.
with jumps as (
    select
        source_row,
        invoice_number,
        stock_code,
        customer_number,
        description,
        country,
        quantity,
        unit_price,
        invoiced_at,
        case when invoiced_at < lag(invoiced_at) over (order by source_row) then 1 else 0 end as is_export_start
    from staging.stg_files__retail_invoice_lines
),

-- the frame is spelled out: the default one compares rows and takes a hundred times as long
exports as (
    select
        source_row,
        invoice_number,
        stock_code,
        customer_number,
        description,
        country,
        quantity,
        unit_price,
        invoiced_at,
        1 + sum(is_export_start) over (
            order by source_row rows between unbounded preceding and current row
        ) as export_number
    from jumps
),

latest_exports as (
    select
        invoice_number,
        max(export_number) as export_number
    from exports
    group by invoice_number
),

final as (
    select exports.*
    from exports
    inner join latest_exports
        on exports.invoice_number = latest_exports.invoice_number and exports.export_number = latest_exports.export_number
)

select * from final
