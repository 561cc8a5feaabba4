-- One row per kind of dirt in the invoice file: how many lines, how much money, and what these models do about it. Kinds overlap.
-- Source: stg_files__retail_invoice_lines, fct_order_lines.
with kinds (finding, treatment) as (
    values
    ('Line in both exports', 'Second copy left out'),
    ('Cancellation', 'Lowers revenue on its own day'),
    ('Customer unknown', 'Revenue, but no new customer'),
    ('Negative price', 'Bad debt, not revenue'),
    ('Price of zero', 'Kept, adds nothing'),
    ('Negative quantity, not a cancellation', 'Stock write-off, adds nothing'),
    ('Line repeated in its invoice', 'Kept: billed twice for all we know'),
    ('Neither goods nor postage', 'Not revenue')
),

kept_lines as (
    select
        kinds.finding,
        kept.net_amount_cents
    from marts.fct_order_lines as kept
    inner join kinds on case kinds.finding
        when 'Cancellation' then kept.document_type = 'Cancellation'
        when 'Customer unknown' then kept.customer_key is null
        when 'Negative price' then kept.unit_price < 0
        when 'Price of zero' then kept.unit_price = 0
        when 'Negative quantity, not a cancellation' then kept.document_type = 'Stock write-off'
        when 'Line repeated in its invoice' then kept.is_repeat
        when 'Neither goods nor postage' then not kept.is_revenue
    end
),

dropped_lines as (
    select
        'Line in both exports' as finding,
        cast(round(written.quantity * written.unit_price * 100) as bigint) as net_amount_cents
    from staging.stg_files__retail_invoice_lines as written
    left join marts.fct_order_lines as kept on staging.key_of('retail', written.source_row) = kept.line_key
    where kept.line_key is null
),

found as (
    select * from kept_lines
    union all
    select * from dropped_lines
),

final as (
    select
        kinds.finding,
        kinds.treatment,
        count(found.finding) as line_count,
        cast(coalesce(sum(found.net_amount_cents), 0) as bigint) as amount_cents
    from kinds
    left join found on kinds.finding = found.finding
    group by kinds.finding, kinds.treatment
)

select * from final
