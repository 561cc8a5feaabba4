-- Subscribers at the end of the day: for every list the last count on or before it; null before the first count.
with observed as (
    select
        list_name,
        subscribers,
        row_number() over (partition by list_name order by observed_date desc) as recency
    from marts.fct_newsletter_subscribers_daily
    where observed_date <= $as_of
)

select sum(subscribers) as metric_value
from observed
where recency = 1
