-- Sessions on the website inside the window; null when the vendor reports no day of it.
select sum(sessions) as metric_value
from marts.fct_web_traffic_daily
where traffic_date between $window_start and $as_of
