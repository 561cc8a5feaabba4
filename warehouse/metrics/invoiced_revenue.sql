-- Net amounts invoiced inside the window, credit memos subtracted, cancelled documents left out. No document is 0.
select
    case when count(*) = 0 then 0 else sum(net_amount_cents) / 100.0 end as metric_value,
    count(*) filter (where net_amount_cents is null) as n_unknown
from marts.fct_invoices
where posting_date between $window_start and $as_of
