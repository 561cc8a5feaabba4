-- Newsletters sent, by the day on which they went out.
select count(*) as metric_value
from marts.fct_newsletter_campaigns
where sent_date between $window_start and $as_of
