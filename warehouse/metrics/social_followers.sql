-- Followers at the end of the day: for every account the last count on or before it; null before the first count.
with observed as (
    select
        network,
        account,
        followers,
        row_number() over (partition by network, account order by observed_date desc) as recency
    from marts.fct_followers_daily
    where observed_date <= $as_of
)

select sum(followers) as metric_value
from observed
where recency = 1
