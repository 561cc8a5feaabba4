-- People who became known to us: created in the CRM inside the window.
select count(*) as metric_value
from marts.fct_leads
where created_date between $window_start and $as_of
