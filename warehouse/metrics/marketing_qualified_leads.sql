-- People who were marketing-qualified for the first time inside the window.
select count(*) as metric_value
from marts.fct_leads
where marketing_qualified_date between $window_start and $as_of
