-- Readers who clicked over letters delivered, over the newsletters sent inside the window. From the sums, never from rates.
select
    coalesce(sum(human_clicks), 0) as numerator,
    coalesce(sum(delivered), 0) as denominator,
    coalesce(sum(delivered), 0) as n
from marts.fct_newsletter_campaigns
where human_clicks is not null and sent_date between $window_start and $as_of
