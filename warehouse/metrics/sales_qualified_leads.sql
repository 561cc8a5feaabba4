-- People who were sales-qualified for the first time inside the window.
select count(*) as metric_value
from marts.fct_leads
where sales_qualified_date between $window_start and $as_of
