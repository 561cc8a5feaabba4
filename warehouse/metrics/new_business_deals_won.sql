-- Won deals with companies that were not customers before, closed inside the window.
select count(*) as metric_value
from marts.fct_deals
where is_won and deal_type = 'New business' and close_date between $window_start and $as_of
