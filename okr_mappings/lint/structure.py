"""Rules about the shape of a plan: how many, whose, for what, and where the number can be seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from okr_mappings.lint.finding import Severity
from okr_mappings.lint.rule import Check, Hits, Rule, Scene, per_key_result, per_objective
from okr_mappings.mappings import KeyResult, Objective
from okr_mappings.words import Indicator

MANY_OBJECTIVES, FAR_TOO_MANY_OBJECTIVES, MANY_KEY_RESULTS, FEW_KEY_RESULTS = 6, 8, 6, 2
_THREE_TO_FIVE = "Doerr, Measure What Matters; Google re:Work, Set goals with OKRs: three to five objectives, about three key results each."


def _objectives_per_team(is_too_many: Callable[[int], bool]) -> Check:
    def over_the_cycle(scene: Scene) -> Hits:
        last = {objective.team_id: objective for objective in scene.plan.objectives}
        for team, count in Counter(objective.team_id for objective in scene.plan.objectives).items():
            if is_too_many(count):
                yield last[team], f"Team `{team}` has {count} objectives in {scene.plan.cycle.label}."

    return over_the_cycle


def _many_key_results(objective: Objective) -> str:
    count = len(objective.key_results)
    return f"`{objective.id}` has {count} key results." if count >= MANY_KEY_RESULTS else ""


def _few_key_results(objective: Objective) -> str:
    count = len(objective.key_results)
    return f"`{objective.id}` has {'one key result' if count else 'no key result'}." if count < FEW_KEY_RESULTS else ""


def _no_owner(key_result: KeyResult) -> str:
    return "" if key_result.owners else f"`{key_result.id}` has no owner."


def _no_source_link(key_result: KeyResult) -> str:
    linked = key_result.source_link or (key_result.metric is not None and key_result.metric.source_link)
    return "" if linked or key_result.by_hand else f"`{key_result.id}` does not say where its number can be seen."


def _same_number_twice(scene: Scene) -> Hits:
    first: dict[tuple[object, ...], KeyResult] = {}
    for key_result in scene.plan.key_results:
        if key_result.metric is None:
            continue
        number = (key_result.metric.name, key_result.filters, key_result.every, key_result.window_days)
        other = first.setdefault(number, key_result)
        if other is not key_result:
            yield key_result, f"`{key_result.id}` is the same number as `{other.id}`: {key_result.metric.name}."


def _supports_nothing(scene: Scene) -> Hits:
    """An objective of a team that has a team above it, while that team has objectives to support."""
    parents = {team.id: team.parent for team in scene.mappings.company.teams}
    busy = {objective.team_id for objective in scene.plan.objectives}
    for objective in scene.plan.objectives:
        if parents.get(objective.team_id) in busy and not objective.supports:
            yield objective, f"`{objective.id}` supports no other objective."


def _only_lagging(scene: Scene) -> Hits:
    """An objective counts what supports it as its own: the leading number may be another team's."""
    for objective in scene.plan.objectives:
        known = [each.metric.indicator for each in objective.key_results if each.metric is not None]
        if len(known) >= 2 and set(known) == {Indicator.LAGGING} and not _has_leading(objective, scene):
            yield (
                objective,
                f"Every number of `{objective.id}` moves only when it is too late to do something about it.",
            )


def _has_leading(objective: Objective, scene: Scene) -> bool:
    below, waiting = [objective], [objective.id]
    while waiting:
        supported = waiting.pop()
        found = [each for each in scene.plan.objectives if supported in each.supports and each not in below]
        below += found
        waiting += [each.id for each in found]
    metrics = [each.metric for one in below for each in one.key_results if each.metric is not None]
    return any(metric.indicator is Indicator.LEADING for metric in metrics)


RULES = (
    Rule(
        "too-many-objectives",
        Severity.WARNING,
        _objectives_per_team(lambda count: MANY_OBJECTIVES <= count < FAR_TOO_MANY_OBJECTIVES),
        "Keep the three to five that matter most.",
        "A team that has more than five objectives has not chosen yet; attention is what the method is there to focus.",
        _THREE_TO_FIVE,
        "six objectives of team `sales` in one quarter",
        "three to five, the others in a list of ideas for later",
    ),
    Rule(
        "far-too-many-objectives",
        Severity.ERROR,
        _objectives_per_team(lambda count: count >= FAR_TOO_MANY_OBJECTIVES),
        "Keep the three to five that matter most.",
        "From eight objectives on nobody in the team can name them, and the plan is a list of tasks.",
        _THREE_TO_FIVE,
        "eight objectives of team `sales` in one quarter",
        "three to five, the others in a list of ideas for later",
    ),
    Rule(
        "too-many-key-results",
        Severity.WARNING,
        per_objective(_many_key_results),
        "Keep three to five; the others are metrics to watch.",
        "When six numbers say whether an objective is reached, none of them decides; and a score over many hides the one that lags.",
        _THREE_TO_FIVE,
        "six key results below one objective",
        "three to five; the others stay metrics that anybody can query",
    ),
    Rule(
        "too-few-key-results",
        Severity.HINT,
        per_objective(_few_key_results),
        "Two or three numbers show an objective from several sides.",
        "A single number can be reached at the cost of everything beside it: leads without quality, revenue without margin.",
        "Grove, High Output Management: pair an indicator with one that counts its side effects.",
        "`Give sales more leads` shown by the number of leads alone",
        "the number of leads, and the share of them that sales accepts",
    ),
    Rule(
        "no-owner",
        Severity.WARNING,
        per_key_result(_no_owner),
        "Write `owner:` here or at the objective.",
        "What belongs to everybody is asked of nobody. The owner explains the number in the weekly review, and need not do all the work.",
        "Doerr, Measure What Matters: every objective and key result has a name beside it.",
        "a key result without `owner:`, below an objective without one",
        "`owner: Bence Orbán`",
    ),
    Rule(
        "no-source-link",
        Severity.HINT,
        per_key_result(_no_source_link),
        "Write `source_link:` with the address of the view.",
        "People believe a number that they can look up where it comes from, and a wrong one is found there first.",
        "House style, section 9 of the semantics.",
        "`metric: website_sessions` and nothing else",
        "`source_link: https://analytics.example.com/traffic`",
    ),
    Rule(
        "same-number-twice",
        Severity.WARNING,
        _same_number_twice,
        "Keep one, and let its objective support the other.",
        "The same success would count twice in the company's score, and two owners would answer for one number.",
        "House style, section 9 of the semantics.",
        "marketing and sales both count `metric: new_customers` without a filter",
        "sales counts it; marketing's objective has `supports: win-new-business`",
    ),
    Rule(
        "supports-nothing",
        Severity.WARNING,
        _supports_nothing,
        "Write `supports:` with the objective it is good for.",
        "An objective of a team below that helps no objective above is either the wrong work or a missing line in the plan.",
        "Doerr, Measure What Matters: align and connect for teamwork.",
        "an objective of `marketing` without `supports:` while `company` has objectives",
        "`supports: grow-revenue`",
    ),
    Rule(
        "only-lagging",
        Severity.HINT,
        _only_lagging,
        "Add a number that moves earlier, or let an objective that has one support this.",
        "Revenue and customers move last. Without an early number the first bad news comes when the quarter is over.",
        "Kaplan and Norton, The Balanced Scorecard: outcome measures need performance drivers beside them.",
        "revenue, number of customers and recurring revenue, and nothing that supports them",
        "qualified leads beside them, or a marketing objective with leads that supports them",
    ),
)
