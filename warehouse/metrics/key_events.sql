-- Key events (the actions marked as important in web analytics) inside the window; null when no day of it is reported.
select sum(key_events) as metric_value
from marts.fct_web_traffic_daily
where traffic_date between $window_start and $as_of
