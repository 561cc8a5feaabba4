-- Surveys that at least 10 people answered inside the window; a survey that runs on counts once in every window.
with answered as (
    select
        survey,
        count(*) as answers
    from marts.fct_nps_responses
    where score is not null and is_repeat is not true and answered_date between $window_start and $as_of
    group by survey
)

select count(*) as metric_value
from answered
where answers >= 10
