-- Customers who had ordered on a second day by the end of as_of; null before the first order ever.
select case when count(*) > 0 then count(*) filter (where order_number = 2) end as metric_value
from marts.fct_store_orders
where ordered_date <= $as_of
