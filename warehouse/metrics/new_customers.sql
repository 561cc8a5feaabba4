-- Companies whose first deal was won inside the window.
select count(*) as metric_value
from marts.fct_customers
where first_won_date between $window_start and $as_of
