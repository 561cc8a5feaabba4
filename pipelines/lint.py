"""`okr lint`: house style for mappings, with the published numbers at hand where there are any.

The rules are pure and know no database; here the questions that they need answered are put to the published copy, which no run ever
locks, as of the day that was published.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path

from okr_mappings.display import format_day
from okr_mappings.lint import Finding, Severity, lint
from okr_mappings.lint.facts import Facts, Inquiry, facts_from, inquiry
from okr_mappings.lint.page import explain as explained
from okr_mappings.lint.profiles import DEFAULT, Profile, load_profile
from okr_mappings.lint.rules import BY_ID
from okr_mappings.mappings import CyclePlan, KeyResult
from okr_mappings.plan import VALUE
from okr_mappings.questions import MetricAnswer, MetricQuestion
from okr_mappings.snapshot import SourceFreshness
from okr_mappings.suggest import nearest
from okr_mappings.words import SourceState
from pipelines.errors import NothingPublishedError, SettingsError
from pipelines.exit_codes import ExitCode
from pipelines.loaded import Loaded, load_everything
from pipelines.places import near
from pipelines.published import read_document
from pipelines.settings import Settings
from warehouse.engine import Connection, open_guarded
from warehouse.execute import answer
from warehouse.history import SeriesRequest, daily_series
from warehouse.lineage import raw_tables_of
from warehouse.model_files import load_models
from warehouse.raw_tables import load_sources
from warehouse.source_store import SourceLimits, freshness, freshness_of

# a comparable past is worth this long; more would be felt
JOIN_SECONDS, DAYS_SECONDS = 5.0, 10.0


@dataclass(frozen=True)
class Advice:
    """What was found, and whether the numbers were looked at: `as_of` is None when they were not, and `why_not` says why."""

    findings: tuple[Finding, ...]
    profile: Profile
    folder: Path
    as_of: date | None
    why_not: str = ""

    @property
    def exit_code(self) -> ExitCode:
        """2 as soon as one finding is an error."""
        return ExitCode.INVALID if any(each.severity is Severity.ERROR for each in self.findings) else ExitCode.OK

    def as_text(self) -> str:
        """One line per finding, as compilers write them, and a summary."""
        lines = [str(replace(each, path=str(near(self.folder / each.path)))) for each in self.findings]
        return "\n".join([*lines, *([""] if lines else []), self.summary, self.data_note])

    @property
    def summary(self) -> str:
        """`4 findings: 1 error, 3 warnings. ...`"""
        if not self.findings:
            return f"Nothing to say (profile {self.profile.name})."
        counts = Counter(each.severity for each in self.findings)
        words = ", ".join(_counted(counts[each], each) for each in Severity if counts[each])
        return f"{_counted(len(self.findings), 'finding')}: {words}. `okr lint --explain {self.findings[0].rule}` says why."

    @property
    def data_note(self) -> str:
        """Whether the numbers were looked at."""
        return f"Numbers as of {format_day(self.as_of)}." if self.as_of else f"Without numbers: {self.why_not}"

    def as_json(self) -> str:
        """For programs; `as_of` is null when no numbers were looked at."""
        found = [{**asdict(each), "path": str(near(self.folder / each.path))} for each in self.findings]
        as_of = self.as_of.isoformat() if self.as_of else None
        return json.dumps(
            {"ok": self.exit_code is ExitCode.OK, "profile": self.profile.name, "as_of": as_of, "findings": found},
            indent=2,
            ensure_ascii=False,
        )


def advise(settings: Settings, profile: str = DEFAULT, *, with_data: bool = True) -> Advice:
    """Raises MappingError for mappings that cannot be loaded and for a bad profile."""
    chosen = load_profile(profile)
    loaded = load_everything(settings)
    as_of, why_not = _published_day(settings) if with_data else (None, "`--no-data` was given.")
    facts = _facts(settings, loaded, as_of) if as_of else {}
    return Advice(lint(loaded.mappings, chosen, facts), chosen, settings.mappings_dir, as_of, why_not)


def explain(rule_id: str) -> str:
    """What a rule wants and why; SettingsError for one that does not exist."""
    if rule_id not in BY_ID:
        raise SettingsError(f"there is no rule {rule_id}. {nearest(rule_id, BY_ID)}")
    return explained(BY_ID[rule_id])


def _published_day(settings: Settings) -> tuple[date | None, str]:
    try:
        day = read_document(settings.data_dir).as_of
    except NothingPublishedError:
        return None, f"nothing is published in {settings.data_dir} yet. `okr run` does it."
    if not settings.published_path.exists():
        return None, f"{settings.published_path} is not there."
    return day, ""


def _facts(settings: Settings, loaded: Loaded, day: date) -> dict[str, dict[str, Facts]]:
    """For the cycles that are not over; what a finished one should have said is nobody's concern any more."""
    plans = [plan for plan in loaded.mappings.cycles if plan.cycle.end >= day]
    with open_guarded(settings.published_path, memory_limit=settings.metric_memory) as con:
        silent = _silent_sources(con, loaded, plans, day)
        return {plan.cycle.id: _of_cycle(con, settings, loaded, plan, day, silent) for plan in plans}


def _of_cycle(
    con: Connection,
    settings: Settings,
    loaded: Loaded,
    plan: CyclePlan,
    day: date,
    silent: Mapping[tuple[str, str], tuple[str, ...]],
) -> dict[str, Facts]:
    inquiries = [inquiry(each, plan.cycle, day) for each in plan.key_results if not each.by_hand]
    questions = list(dict.fromkeys(question for each in inquiries for question in _questions(each)))
    found = answer(con, loaded.catalog, questions, seconds=settings.metric_timeout_seconds)
    answers = dict(zip(questions, found, strict=True))
    past = _past(con, loaded, inquiries, answers)
    return {
        each.key_result.id: replace(
            facts_from(each, answers, past.get(each.key_result.id, [])),
            silent=silent[plan.cycle.id, each.key_result.id],
        )
        for each in inquiries
    }


def _questions(asked: Inquiry) -> tuple[MetricQuestion, ...]:
    return (*asked.now, *asked.first_day, *asked.baselines.values())


def _past(
    con: Connection, loaded: Loaded, inquiries: list[Inquiry], answers: Mapping[MetricQuestion, MetricAnswer]
) -> dict[str, list[float | None]]:
    """The comparable numbers of what can be computed at all."""
    asked = [each for each in inquiries if each.comparable and not any(answers[one].error for one in each.now)]
    requests = [SeriesRequest(_value_question(each), each.comparable) for each in asked]
    found = daily_series(con, loaded.catalog, requests, join_seconds=JOIN_SECONDS, days_seconds=DAYS_SECONDS)
    return {each.key_result.id: [day.value for day in series.values] for each, series in zip(asked, found, strict=True)}


def _value_question(asked: Inquiry) -> MetricQuestion:
    return next(each for each in asked.now if each.role == VALUE)


def _silent_sources(
    con: Connection, loaded: Loaded, plans: list[CyclePlan], day: date
) -> dict[tuple[str, str], tuple[str, ...]]:
    limits = {
        name: SourceLimits(source.warn_after, source.error_after, source.settle)
        for name, source in load_sources(loaded.homes).items()
    }
    judged = freshness(con, day, loaded.mappings.company.time_zone, limits)
    return {
        (plan.cycle.id, each.id): _never_loaded(loaded, each, judged) for plan in plans for each in plan.key_results
    }


def _never_loaded(loaded: Loaded, key_result: KeyResult, judged: Mapping[str, SourceFreshness]) -> tuple[str, ...]:
    sql = loaded.catalog[key_result.metric.name].sql if key_result.metric else key_result.sql
    if sql is None:
        return ()
    behind = freshness_of(raw_tables_of(sql, load_models(loaded.homes), key_result.filters), judged)
    return tuple(each.source for each in behind if each.state is SourceState.NEVER)


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"
