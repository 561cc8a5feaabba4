-- Calls inside the window per day on which the bank took calls.
select
    sum(calls) as numerator,
    count(*) as denominator,
    count(*) as n
from marts.fct_customer_calls_daily
where called_date between $window_start and $as_of
