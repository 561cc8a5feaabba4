-- Articles and posts about the company published inside the window.
select count(*) as metric_value
from marts.fct_mentions
where published_date between $window_start and $as_of
