"""snapshot: every key result of every running or just ended cycle, appended once, queued for the trackers in the same transaction.

Metrics are answered over a guarded reading connection; only then the file is opened for writing. Asked baselines are frozen before
anything is judged, so that the first run and the second say the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from okr_mappings.assess import LastGood, Observed, RunContext, Subject, assess, end_of_day
from okr_mappings.course import Past
from okr_mappings.first_observation import first_observation
from okr_mappings.forecast import with_projections
from okr_mappings.identity import content_hash, seal
from okr_mappings.mappings import CyclePlan, KeyResult
from okr_mappings.plan import VALUE, baseline_role, baseline_window, questions
from okr_mappings.questions import MetricAnswer, MetricQuestion
from okr_mappings.reason import with_remark
from okr_mappings.restated import ReportedDay
from okr_mappings.snapshot import OBSERVED, DayValue, Snapshot, SourceFreshness
from okr_mappings.trust import last_whole_day
from okr_mappings.words import SourceState, Status
from pipelines.exit_codes import ExitCode
from pipelines.jobs import restate
from pipelines.jobs.context import JobContext, StepOutcome
from pipelines.jobs.daily import by_key_result, series_wanted
from pipelines.jobs.earlier import earlier_days
from warehouse import baseline_store, possible_duplicates, snapshot_store
from warehouse.engine import Connection, open_guarded, open_warehouse
from warehouse.fast_path import answer_with_history
from warehouse.filter_values import FilterValues
from warehouse.filters import read_marts
from warehouse.lineage import raw_tables_of
from warehouse.model_files import Model, load_models
from warehouse.source_store import SourceLimits, freshness, freshness_of, limits_of, warned

NOT_FRESH = (Status.STALE, Status.NO_DATA)
USABLE = (SourceState.FRESH, SourceState.LATE)


@dataclass(frozen=True)
class CycleFacts:
    """What one guarded reading found for a cycle: answers by (key result, role), days of it and before it, and the sources' freshness."""

    plan: CyclePlan
    answers: Mapping[tuple[str, str], MetricAnswer]
    history: Mapping[str, tuple[DayValue, ...]]
    pasts: Mapping[str, Past]
    freshness: Mapping[str, SourceFreshness]
    raw_tables: Mapping[str, frozenset[str]]
    remarks: Mapping[str, str] = field(default_factory=dict)
    doubles: Mapping[str, str] = field(default_factory=dict)

    def sources_of(self, key_result: KeyResult) -> tuple[SourceFreshness, ...]:
        """Of exactly what lies behind its SQL."""
        behind = freshness_of(self.raw_tables[key_result.id], self.freshness)
        return warned(behind, possible_duplicates.TOLD_BY, self.doubles.get(key_result.id, ""))


def step(context: JobContext) -> StepOutcome:
    """Compute and store; key results without a fresh value are counted, never hidden."""
    limits = context.limits()
    settings = context.settings
    with open_guarded(
        settings.warehouse_path, memory_limit=settings.metric_memory, wait_seconds=settings.lock_wait_seconds
    ) as con:
        found = [(day, _read(con, day, plan, limits)) for day, plan in context.days_to_report()]
        news = [
            restate.look(con, day, each.plan, each.history, _usable(each), _baselines(con, day, each))
            for day, each in found
        ]
    snapshots: list[Snapshot] = []
    with open_warehouse(settings.warehouse_path, wait_seconds=settings.lock_wait_seconds) as con:
        for day, facts in found:
            freeze_baselines(con, day, facts)
            graded = _graded(con, context, facts.plan)
            assessed = assess_cycle(con, day, facts, limits)
            snapshots += [x for x in assessed if x.status not in NOT_FRESH or x.key_result_id not in graded]
        appended = snapshot_store.append_snapshots(con, snapshots, list(settings.trackers), context.now)
        for _, facts in found:
            snapshot_store.replace_daily_values(con, facts.plan.cycle.id, facts.history, context.run_id)
        told = [restate.store(con, context, each) for each in news]
    not_fresh = [each for each in snapshots if each.status in NOT_FRESH]
    many = "" if len(snapshots) == 1 else "s"
    line = (
        f"{len(snapshots)} key result{many} as of {context.as_of}: "
        f"{appended.appended} new, {appended.unchanged} unchanged" + "".join(told)
    )
    problems = tuple(f"{each.key_result_id}: {each.error or each.reason}" for each in not_fresh)
    problems += tuple(f"{name}: {remark}" for _, facts in found for name, remark in facts.remarks.items())
    return StepOutcome(line, problems, frozenset({ExitCode.SOME_NOT_FRESH} if not_fresh else ()))


def _graded(con: Connection, context: JobContext, plan: CyclePlan) -> frozenset[str]:
    """Key results of an ended cycle that have a number for its last day: corrections still move it, a failing source does not."""
    if context.as_of <= plan.cycle.end:
        return frozenset()
    last = [each for each in snapshot_store.history(con, plan.cycle.id) if each.as_of == plan.cycle.end]
    return frozenset(x.key_result_id for x in last if x.observation == OBSERVED and x.status not in NOT_FRESH)


def _read(con: Connection, context: JobContext, plan: CyclePlan, limits: Mapping[str, SourceLimits]) -> CycleFacts:
    asked = [question for each in plan.key_results for question in questions(each, plan.cycle, context.as_of)]
    seconds = context.settings.metric_timeout_seconds
    answers, series = answer_with_history(
        con,
        context.catalog,
        asked,
        series_wanted(plan, context.as_of),
        seconds=seconds,
        fast_path=context.settings.fast_path,
    )
    context.watch.rows("key results", plan.cycle.id, len(plan.key_results), len(plan.key_results))
    models = load_models(context.homes)
    time_zone = context.mappings.company.time_zone
    known = freshness(con, context.as_of, time_zone, limits, context.settings.sources)
    behind = {each.id: raw_tables_behind(context, each, models) for each in plan.key_results}
    through = {
        each.id: last_whole_day(list(freshness_of(behind[each.id], known)), context.as_of, time_zone)
        for each in plan.key_results
    }
    return CycleFacts(
        plan,
        {(question.key_result_id, question.role): found for question, found in zip(asked, answers, strict=True)},
        by_key_result(plan, context.as_of, series),
        earlier_days(con, context.catalog, plan, context.as_of, through, fast_path=context.settings.fast_path),
        known,
        behind,
        _remarks(con, context, plan),
        _doubles(con, context, asked),
    )


def _doubles(con: Connection, context: JobContext, asked: Sequence[MetricQuestion]) -> dict[str, str]:
    """What each key result's value may count twice. Equal questions are asked once."""
    marts = read_marts(con)
    known = possible_duplicates.pairs(con, marts)
    told: dict[MetricQuestion, str] = {}
    found = {}
    for question in (each for each in asked if each.role == VALUE) if known else ():
        same = replace(question, key_result_id="")
        if same not in told:
            behind = possible_duplicates.pairs_behind(
                con, context.catalog, marts, same, known, seconds=context.settings.metric_timeout_seconds
            )
            told[same] = possible_duplicates.sentence(behind)
        found[question.key_result_id] = told[same]
    return found


def _remarks(con: Connection, context: JobContext, plan: CyclePlan) -> dict[str, str]:
    """What a reader of the number must know beside its status: filters that ask for what nothing has."""
    values = FilterValues(con, context.catalog)
    remarks = {each.id: values.remark(each) for each in plan.key_results}
    return {name: remark for name, remark in remarks.items() if remark}


def raw_tables_behind(context: JobContext, key_result: KeyResult, models: dict[str, Model]) -> frozenset[str]:
    if key_result.metric is not None:
        return raw_tables_of(context.catalog[key_result.metric.name], models, key_result.filters)
    return raw_tables_of(key_result.sql, models) if key_result.sql else frozenset()


def _usable(facts: CycleFacts) -> frozenset[str]:
    """Key results whose sources were all loaded completely: what half a load changes is no restatement."""
    complete = (each for each in facts.plan.key_results if all(x.state in USABLE for x in facts.sources_of(each)))
    return frozenset(each.id for each in complete)


def _baselines(con: Connection, context: JobContext, facts: CycleFacts) -> list[restate.FrozenNow]:
    """Every frozen baseline beside what the same question gives today."""
    known = baseline_store.frozen_baselines(con, facts.plan.cycle.id)
    found = []
    for key_result in facts.plan.key_results:
        frozen = known.get((key_result.id, definition_hash(context, key_result, facts.plan)))
        _, answer_now = _measured(facts, key_result)
        if frozen is not None and answer_now is not None and not answer_now.error:
            day = ReportedDay(frozen.day, frozen.value, frozen.definition_hash)
            found.append(restate.FrozenNow(key_result.id, day, answer_now.value))
    return found


def _measured(facts: CycleFacts, key_result: KeyResult) -> tuple[date | None, MetricAnswer | None]:
    """The baseline that is asked of the warehouse, and its last day: before the cycle, or a gauge's first observation inside it."""
    role, window = baseline_role(key_result), baseline_window(key_result, facts.plan.cycle)
    found = facts.answers.get((key_result.id, role or ""))
    if role is None or window is None or found is None:
        return None, None
    first = first_observation(key_result, {role: found}, facts.history.get(key_result.id, ()))
    return (first.day, MetricAnswer(first.value)) if first else (window.end, found)


def freeze_baselines(con: Connection, context: JobContext, facts: CycleFacts) -> None:
    """A baseline is worth freezing only when every source behind it was loaded completely, and beyond the baseline's last day."""
    known = baseline_store.frozen_baselines(con, facts.plan.cycle.id)
    limits = context.limits()
    for key_result in facts.plan.key_results:
        day, found = _measured(facts, key_result)
        if day is None or found is None or found.value is None:
            continue
        definition = definition_hash(context, key_result, facts.plan)
        stands_at = end_of_day(day, context.mappings.company.time_zone)
        sources = facts.sources_of(key_result)
        if (key_result.id, definition) in known or not all(
            _covers(each, stands_at, _settle(key_result, each.source, limits)) for each in sources
        ):
            continue
        baseline_store.freeze_baseline(
            con,
            baseline_store.FrozenBaseline(
                cycle_id=facts.plan.cycle.id,
                key_result_id=key_result.id,
                definition_hash=definition,
                day=day,
                value=found.value,
                numerator=found.numerator,
                denominator=found.denominator,
                n=found.n,
                sql_hash=context.sql_of(key_result)[1],
                evidence_hash=content_hash([found.value, found.numerator, found.denominator, found.n]),
                evidence_rows=found.n or 0,
                run_id=context.run_id,
                frozen_at=context.now,
            ),
        )


def _covers(source: SourceFreshness, moment: datetime, settle: timedelta) -> bool:
    """Whether the vendor will not add to what was before `moment`. Fresh is not enough: a monthly report is fresh for weeks."""
    if source.state not in USABLE or source.data_through is None:
        return False
    return source.data_through >= moment + settle


def _settle(key_result: KeyResult, source: str, limits: Mapping[str, SourceLimits]) -> timedelta:
    """For how long a day may still move: as the source says, or as the metric does where that is longer."""
    own = key_result.metric.settle_hours if key_result.metric else 0.0
    return max(limits_of(source, limits).settle, timedelta(hours=own))


def definition_hash(context: JobContext, key_result: KeyResult, plan: CyclePlan) -> str:
    """Names what the baseline measures: SQL, filters and window. Another target does not move a baseline."""
    window = baseline_window(key_result, plan.cycle)
    days = [window.start.isoformat(), window.end.isoformat()] if window else []
    return content_hash(
        [context.sql_of(key_result)[1], [[name, list(values)] for name, values in key_result.filters], days]
    )


def assess_cycle(
    con: Connection, context: JobContext, facts: CycleFacts, limits: Mapping[str, SourceLimits]
) -> list[Snapshot]:
    cycle = facts.plan.cycle
    frozen = baseline_store.frozen_baselines(con, cycle.id)
    last_good = snapshot_store.last_good(con, cycle.id, context.as_of)
    run = RunContext(context.run_id, context.now)
    snapshots = []
    for objective, key_result in facts.plan.pairs():
        sql, sql_hash = context.sql_of(key_result)
        baseline = frozen.get((key_result.id, definition_hash(context, key_result, facts.plan)))
        good = last_good.get(key_result.id)
        observed = Observed(
            answers={role: found for (name, role), found in facts.answers.items() if name == key_result.id},
            sources=facts.sources_of(key_result),
            settle_hours={name: _settle(key_result, name, limits).total_seconds() / 3600 for name in facts.freshness},
            frozen_baseline=baseline.value if baseline else None,
            baseline_day=baseline.day if baseline else None,
            last_good=LastGood(good.value, good.as_of) if good else None,
            history=facts.history.get(key_result.id, ()),
            sql=sql,
            sql_hash=sql_hash,
        )
        snapshot = assess(Subject(context.mappings.company, cycle, objective, key_result), observed, context.as_of, run)
        if remark := facts.remarks.get(key_result.id):
            snapshot = seal(with_remark(snapshot, remark))
        snapshots.append(snapshot)
    pairs = list(zip(facts.plan.key_results, snapshots, strict=True))
    return with_projections(pairs, facts.pasts, cycle)
