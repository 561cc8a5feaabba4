-- 100 x (promoters - detractors) / answers, over the answers given inside the window. Scores 9-10 promote, 0-6 detract.
-- Pooled over all surveys, never an average of averages. With fewer than 10 answers (n_least) no score is shown.
select
    100 * (count(*) filter (where score >= 9) - count(*) filter (where score <= 6)) as numerator,
    count(*) as denominator,
    count(*) as n,
    count(*) filter (where score >= 9 or score <= 6) as n_decided,
    10 as n_least
from marts.fct_nps_responses
where score is not null and is_repeat is not true and answered_date between $window_start and $as_of
