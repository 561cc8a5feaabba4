-- 100 x (promoters - detractors) / answers, over the answers given inside the window. Scores 9-10 promote, 0-6 detract.
select
    100 * (count(*) filter (where score >= 9) - count(*) filter (where score <= 6)) as numerator,
    count(*) as denominator,
    count(*) as n
from marts.fct_nps_responses
where score is not null and answered_date between $window_start and $as_of
