-- Meetings held inside the window, by the day they began; booked, moved, missed and cancelled ones stay out.
select count(*) as metric_value
from marts.fct_activities
where activity_type = 'Meeting' and has_happened and activity_date between $window_start and $as_of
