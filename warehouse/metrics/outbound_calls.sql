-- Calls made by us inside the window, answered or not; calls that are only planned or were called off stay out.
select count(*) as metric_value
from marts.fct_activities
where
    activity_type = 'Call'
    and direction = 'Outbound'
    and has_happened
    and activity_date between $window_start and $as_of
