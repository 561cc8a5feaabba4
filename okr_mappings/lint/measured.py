"""Rules about a key result beside its numbers: can it be computed, was it reached before it began, can it be reached, can it be noticed."""

from __future__ import annotations

from okr_mappings.display import format_day, format_value
from okr_mappings.goals import BaselineFrom
from okr_mappings.interval import interval
from okr_mappings.lint.facts import Facts
from okr_mappings.lint.finding import Severity
from okr_mappings.lint.rule import Rule, measured
from okr_mappings.mappings import KeyResult
from okr_mappings.plan import VALUE, baseline_role, baseline_window
from okr_mappings.questions import MetricAnswer, Window
from okr_mappings.words import Better, Kind

# a stated baseline this far from the measured one is another number
BASELINE_TOLERANCE = 0.05
_KEPT = (Kind.RANGE, Kind.MILESTONE)


def _query_fails(key_result: KeyResult, facts: Facts) -> str:
    """Several rows or none, a timeout, whatever the database said."""
    errors = [answer.error for answer in facts.now.values() if answer.error]
    return f"`{key_result.id}` has no number: {errors[0].rstrip('.')}." if errors else ""


def _no_data(key_result: KeyResult, facts: Facts) -> str:
    if facts.silent:
        return f"`{key_result.id}` reads {' and '.join(facts.silent)}, of which nothing was ever loaded."
    window = _empty_baseline(key_result, facts)
    if window is not None and not _begins_late(key_result, facts):
        days = f"from {format_day(window.start)} to {format_day(window.end)}"
        when = f"at the end of {format_day(window.end)}" if key_result.kind is Kind.LEVEL else days
        return f"`{key_result.id}` has nothing to start from: there are no data {when}."
    if facts.inquiry.has_started and not key_result.every and _is_missing(facts.now.get(VALUE)):
        return f"`{key_result.id}` has no number yet: nothing was found in its window."
    return ""


def _begins_late(key_result: KeyResult, facts: Facts) -> str:
    """K1: followers cannot be counted for the past; see `first_observation.py`."""
    measured_gauge = key_result.kind is Kind.LEVEL and facts.inquiry.asks_for(BaselineFrom.MEASURED)
    value = facts.now.get(VALUE)
    window = _empty_baseline(key_result, facts)
    if not measured_gauge or window is None or value is None or value.value is None:
        return ""
    return f"`{key_result.id}` was first counted after {format_day(window.end)}: its baseline is that first count."


def _empty_baseline(key_result: KeyResult, facts: Facts) -> Window | None:
    """The window of an asked baseline, when it is over and nothing was found in it."""
    role, window = baseline_role(key_result), baseline_window(key_result, facts.inquiry.cycle)
    if role is None or window is None or window.end > facts.inquiry.day:
        return None
    return window if _is_empty(facts.now.get(role), key_result) else None


def _is_empty(answer: MetricAnswer | None, key_result: KeyResult) -> bool:
    """For a flow a baseline of 0 is a whole cycle in which nothing was counted."""
    return _is_missing(answer) or (answer is not None and key_result.is_flow and answer.value == 0)


def _is_missing(answer: MetricAnswer | None) -> bool:
    return answer is not None and not answer.error and answer.value is None


def _met_on_day_one(key_result: KeyResult, facts: Facts) -> str:
    """A total that should stay low is low on its first day; a range is meant to hold from the first day on."""
    first = facts.first_day.get(VALUE)
    stays_low = key_result.kind is Kind.TOTAL and key_result.better is Better.LOWER
    if (
        first is None
        or first.value is None
        or facts.target is None
        or key_result.kind in _KEPT
        or stays_low
        or key_result.every
    ):
        return ""
    higher = key_result.better is Better.HIGHER
    if not (first.value >= facts.target if higher else first.value <= facts.target):
        return ""
    value, target = (format_value(each, key_result.unit) for each in (first.value, facts.target))
    when = format_day(min(facts.inquiry.cycle.start, facts.inquiry.day))
    return f"`{key_result.id}` aims at {target} and stood at {value} on {when}."


def _baseline_differs(key_result: KeyResult, facts: Facts) -> str:
    stated = key_result.baseline
    if stated is None or stated.source is not BaselineFrom.NUMBER or not stated.number:
        return ""
    known = {source: answer.value for source, answer in facts.measured.items() if answer.value is not None}
    if not known or any(abs(stated.number - value) <= BASELINE_TOLERANCE * abs(value) for value in known.values()):
        return ""
    written = format_value(stated.number, key_result.unit)
    found = " and ".join(f"{format_value(value, key_result.unit)} ({source})" for source, value in known.items())
    return f"`{key_result.id}` says that it starts at {written}; the warehouse has {found}."


def _beyond_history(key_result: KeyResult, facts: Facts) -> str:
    if not facts.seen or facts.target is None or key_result.kind in _KEPT:
        return ""
    higher, is_gauge = key_result.better is Better.HIGHER, key_result.kind is Kind.LEVEL
    if is_gauge and facts.baseline is None:
        return ""
    wanted = facts.target - (facts.baseline or 0) if is_gauge else facts.target
    best = max(facts.seen) if higher else min(facts.seen)
    if wanted <= best if higher else wanted >= best:
        return ""
    shown, known = (format_value(each, key_result.unit) for each in (wanted, best))
    if is_gauge:
        return f"`{key_result.id}` is to change by {shown}; the most it ever did in as many days is {known}."
    return f"`{key_result.id}` aims at {shown}; the best in two years was {known}."


def _inside_noise(key_result: KeyResult, facts: Facts) -> str:
    """Whether the sample could show the target without anything having changed; see `interval.py`."""
    if key_result.kind is not Kind.RATIO or facts.baseline is None or facts.target is None:
        return ""
    answers = (*_asked_baseline(key_result, facts), *facts.measured.values(), facts.now.get(VALUE))
    sample = next((answer for answer in answers if answer and answer.n), MetricAnswer(None, n=0))
    n = sample.n
    low, high = interval(MetricAnswer(facts.baseline, n=n, n_decided=sample.n_decided), key_result.unit)
    if low is None or high is None or not low <= facts.target <= high:
        return ""
    unit = key_result.unit
    start, end, down, up = (format_value(each, unit) for each in (facts.baseline, facts.target, low, high))
    return (
        f"`{key_result.id}` goes from {start} to {end}, but a sample of {n} wavers between {down} and {up} by chance."
    )


def _asked_baseline(key_result: KeyResult, facts: Facts) -> tuple[MetricAnswer | None, ...]:
    return (facts.now.get(baseline_role(key_result) or ""),)


RULES = (
    Rule(
        "query-fails",
        Severity.ERROR,
        measured(_query_fails),
        "Let the SQL return exactly one row with one number; `okr explain` shows what is run.",
        "A key result without a number is a line in every report that says so. Several rows mean a join that doubles something.",
        "Section 8 of the semantics: the contract of a metric.",
        "`select segment, count(*) as metric_value from marts.fct_customers group by segment`",
        "`select count(*) as metric_value from marts.fct_customers` with `filters: {segment: Enterprise}`",
        needs_data=True,
    ),
    Rule(
        "no-data",
        Severity.WARNING,
        measured(_no_data),
        "Load the source from an earlier day, choose another baseline, or write the number.",
        "A baseline over days for which nothing is loaded is not small, it is unknown; growth from it is a fantasy.",
        "Section 1 of the semantics: missing is never zero.",
        "`baseline: same_cycle_last_year` when the source begins this year",
        "`baseline: previous_cycle`, or the number from the old system",
        needs_data=True,
    ),
    Rule(
        "baseline-begins-late",
        Severity.HINT,
        measured(_begins_late),
        "Nothing to do when it could not be counted earlier; a number from another record can be written as `baseline`.",
        "What it grew between the start of the cycle and the first count is lost, and growth is counted from then on. Snapshot and report "
        "say so.",
        "Section 9 of the semantics; followers, for one, cannot be fetched for the past.",
        "a quarter from 1 October whose followers are counted from the fifth on",
        "the first count in September",
        needs_data=True,
    ),
    Rule(
        "met-on-day-one",
        Severity.WARNING,
        measured(_met_on_day_one),
        "Aim higher, or use a `range` when the level is to be held.",
        "A target that was met before anything was done rewards nobody and hides what could be reached.",
        "Section 9 of the semantics.",
        "`target: 9000` subscribers when there were 9,400 on the first day",
        '`target: "+1000"` with `baseline: measured`',
        needs_data=True,
    ),
    Rule(
        "baseline-differs",
        Severity.WARNING,
        measured(_baseline_differs),
        "Write `baseline: measured`, or say in `notes` where the number comes from.",
        f"When they differ by more than {BASELINE_TOLERANCE:.0%}, progress starts above or below nothing, and every status is wrong.",
        "Section 9 of the semantics.",
        "`baseline: 20` when the quarter before had 31",
        "`baseline: previous_cycle`",
        needs_data=True,
    ),
    Rule(
        "beyond-history",
        Severity.HINT,
        measured(_beyond_history),
        "Fine for a moonshot; otherwise say what will be done that was never done before.",
        "Totals are compared with every window as long as the cycle, ratios with their own window, sub-periods with whole ones, "
        "and a gauge by how much it changed within as many days, over the two years before the cycle.",
        "Section 9 of the semantics.",
        "`target: 900` leads when the best quarter had 410",
        "`target: 450`, or 900 and a note on the new channel",
        needs_data=True,
    ),
    Rule(
        "inside-noise",
        Severity.WARNING,
        measured(_inside_noise),
        "Aim farther away, ask more people, or average over a longer window.",
        "A score from a sample moves by itself. When the target lies within the 95 % interval around the baseline, it can be met, "
        "and missed, by luck alone. Known for shares (Wilson's interval) and for net promoter scores (the adjusted Wald interval; from the "
        "largest variance that the score allows where nobody counted promoters and detractors).",
        "Wilson 1927; for the net promoter score Rocks, The American Statistician 70, 2016.",
        "from +24 to +32 points with 150 answers a quarter (the interval is 15 points either way)",
        "the same with 600 answers, or +20 points",
        needs_data=True,
    ),
)
