-- Amounts of the new-business deals won inside the window. No deal won is 0; deals won without any amount are unknown.
select
    case when count(*) = 0 then 0 else sum(amount_cents) / 100.0 end as metric_value,
    count(*) filter (where amount_cents is null) as n_unknown
from marts.fct_deals
where is_won and deal_type = 'New business' and close_date between $window_start and $as_of
