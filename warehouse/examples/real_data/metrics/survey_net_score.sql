-- 100 x (scores of 9 and 10 - scores of 0 to 6) / answers, over the answers given inside the window.
select
    100 * (count(*) filter (where score >= 9) - count(*) filter (where score <= 6)) as numerator,
    count(*) as denominator,
    count(*) as n
from marts.fct_survey_answers
where answered_date between $window_start and $as_of
