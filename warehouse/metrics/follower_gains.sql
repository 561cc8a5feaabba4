-- Followers won less followers lost inside the window. A window without a row is 0.
select coalesce(sum(net_gain), 0) as metric_value
from marts.fct_follower_gains_daily
where gain_date between $window_start and $as_of
