-- One row per kind of dirt in the invoice file: how many lines, how much money, and what these models do about it. Kinds overlap.
-- Source: stg_files__retail_invoice_lines, fct_order_lines.
with dropped_lines as (
    select cast(round(written.quantity * written.unit_price * 100) as bigint) as net_amount_cents
    from staging.stg_files__retail_invoice_lines as written
    left join marts.fct_order_lines as kept
        on staging.key_of('retail', written.source_row) = kept.line_key
    where kept.line_key is null
),

found as (
    select 'Line in both exports' as finding, 'Second copy left out' as treatment, net_amount_cents
    from dropped_lines
    union all
    select 'Cancellation' as finding, 'Lowers revenue on its own day' as treatment, net_amount_cents
    from marts.fct_order_lines
    where document_type = 'Cancellation'
    union all
    select 'Customer unknown' as finding, 'Revenue, but no new customer' as treatment, net_amount_cents
    from marts.fct_order_lines
    where customer_key is null
    union all
    select 'Negative price' as finding, 'Bad debt, not revenue' as treatment, net_amount_cents
    from marts.fct_order_lines
    where unit_price < 0
    union all
    select 'Price of zero' as finding, 'Kept, adds nothing' as treatment, net_amount_cents
    from marts.fct_order_lines
    where unit_price = 0
    union all
    select 'Negative quantity, not a cancellation' as finding, 'Stock write-off, adds nothing' as treatment, net_amount_cents
    from marts.fct_order_lines
    where document_type = 'Stock write-off'
    union all
    select 'Line repeated in its invoice' as finding, 'Kept: billed twice for all we know' as treatment, net_amount_cents
    from marts.fct_order_lines
    where is_repeat
    union all
    select 'Neither goods nor postage' as finding, 'Not revenue' as treatment, net_amount_cents
    from marts.fct_order_lines
    where not is_revenue
),

final as (
    select
        finding,
        treatment,
        count(*) as line_count,
        cast(sum(net_amount_cents) as bigint) as amount_cents
    from found
    group by finding, treatment
)

select * from final
