-- Amounts of the deals won inside the window per company that bought; deals without amount or company stay out.
select
    sum(amount_cents) / 100.0 as numerator,
    count(distinct company_key) as denominator,
    count(*) as n
from marts.fct_deals
where
    is_won
    and amount_cents is not null
    and company_key is not null
    and close_date between $window_start and $as_of
