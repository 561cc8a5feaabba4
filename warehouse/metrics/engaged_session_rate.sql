-- Engaged sessions as a share of all sessions inside the window, from the sums, never from daily shares.
select
    sum(engaged_sessions) as numerator,
    sum(sessions) as denominator,
    coalesce(sum(sessions), 0) as n
from marts.fct_web_traffic_daily
where traffic_date between $window_start and $as_of
