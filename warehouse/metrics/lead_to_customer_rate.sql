-- Of the people created inside the window, the share that became customers by its end.
select
    count(*) filter (where customer_date <= $as_of) as numerator,
    count(*) as denominator,
    count(*) as n
from marts.fct_leads
where created_date between $window_start and $as_of
