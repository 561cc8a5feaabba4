-- What the contracts in force at the end of the day bring per month; null before the first recurring contract ever.
select
    case
        when count(monthly_recurring_revenue_cents) > 0
            then coalesce(
                sum(monthly_recurring_revenue_cents) filter (
                    where contract_end_date is null or contract_end_date >= $as_of
                ),
                0
            ) / 100.0
    end as metric_value,
    count(*) filter (
        where
        monthly_recurring_revenue_cents is null
        and (contract_end_date is null or contract_end_date >= $as_of)
    ) as n_unknown
from marts.fct_deals
where is_won and is_recurring and close_date <= $as_of
