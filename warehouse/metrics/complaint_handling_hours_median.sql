-- The median of the hours from opening to closing, over the complaints closed inside the window; open ones are not in yet.
select
    median(hours_to_close) as metric_value,
    count(*) as n
from marts.fct_tickets
where
    category = 'Complaint'
    and hours_to_close is not null
    and closed_date between $window_start and $as_of
