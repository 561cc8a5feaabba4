-- What the contracts in force at the end of the day bring per month; null before the first recurring contract ever.
select
    case
        when count(*) > 0
            then coalesce(
                sum(monthly_recurring_revenue_cents) filter (
                    where contract_end_date is null or contract_end_date >= $as_of
                ),
                0
            ) / 100.0
    end as metric_value
from marts.fct_deals
where is_won and monthly_recurring_revenue_cents is not null and close_date <= $as_of
