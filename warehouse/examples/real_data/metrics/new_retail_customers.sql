-- Customer numbers whose first order falls inside the window.
select count(*) as metric_value
from marts.fct_retail_customers
where first_order_date between $window_start and $as_of
