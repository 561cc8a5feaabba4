-- Goods and postage invoiced inside the window, less discounts, manual corrections and what was cancelled inside it. No line is 0.
select case when count(*) = 0 then 0 else sum(net_amount_cents) / 100.0 end as metric_value
from marts.fct_order_lines
where is_revenue and invoiced_date between $window_start and $as_of
