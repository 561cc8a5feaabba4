-- Page views inside the window; null when no day of it was counted.
select sum(page_views) as metric_value
from marts.fct_page_views_daily
where viewed_date between $window_start and $as_of
