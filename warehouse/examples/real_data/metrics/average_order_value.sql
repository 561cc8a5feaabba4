-- Revenue of the window per order of the window; cancellations lower the revenue and leave the number of orders as it was.
select
    sum(net_amount_cents) / 100.0 as numerator,
    count(distinct order_key) filter (where document_type = 'Sale' and net_amount_cents > 0) as denominator,
    count(distinct order_key) filter (where document_type = 'Sale' and net_amount_cents > 0) as n
from marts.fct_order_lines
where is_revenue and invoiced_date between $window_start and $as_of
