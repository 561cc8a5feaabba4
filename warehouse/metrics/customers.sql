-- Companies with a contract in force at the end of the day; null before the first customer ever.
select
    case
        when count(*) > 0
            then count(*) filter (where last_contract_end_date is null or last_contract_end_date >= $as_of)
    end as metric_value
from marts.fct_customers
where first_won_date <= $as_of
