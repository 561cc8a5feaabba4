"""publish: the read-only copy of the database, the feeds, the report; each replaced whole, the progress document last."""

from __future__ import annotations

from okr_mappings.mappings import CyclePlan
from okr_mappings.rollup import roll_up
from okr_mappings.snapshot import SCHEMA_VERSION, ProgressDocument, Snapshot, SourceFreshness, TeamName
from pipelines.background import Ground, backgrounds
from pipelines.errors import NothingPublishedError
from pipelines.jobs.context import JobContext, StepOutcome
from pipelines.report.report import render
from pipelines.reports import write_folder
from pipelines.schedule.expected import next_run
from warehouse import possible_duplicates, snapshot_store
from warehouse.atomic_files import write_file
from warehouse.engine import Connection, open_published
from warehouse.feeds import write_feeds
from warehouse.filters import read_marts
from warehouse.publish import publish
from warehouse.restatement_store import restated_days
from warehouse.source_store import freshness, source_statuses, warned


def step(context: JobContext) -> StepOutcome:
    """The shortest running cycle is the one people look at; longer and just ended ones get feeds and a report of their own."""
    settings = context.settings
    published = publish(settings.warehouse_path, settings.published_path, wait_seconds=settings.lock_wait_seconds)
    (_, shown), *beside = context.days_to_report()
    with open_published(settings.published_path) as con:
        reported = {
            plan.cycle.id: snapshot_store.history(con, plan.cycle.id) for plan in (shown, *(p for _, p in beside))
        }
        seen = [(day, plan) for day, plan in beside if day is context or _was_graded(plan, reported[plan.cycle.id])]
        documents = [_document(con, day, plan, reported[plan.cycle.id]) for day, plan in (*seen, (context, shown))]
    for document in documents:
        main = document.cycle_id == shown.cycle.id
        report = settings.report_path if main else settings.data_dir / f"report-{document.cycle_id}.html"
        folder = settings.feeds_dir if main else settings.feeds_dir / document.cycle_id
        write_file(report, render(document, settings.language).encode())
        if main:
            write_folder(settings.reports_dir, document, settings.language)
        write_feeds(folder, document, reported[document.cycle_id])
    megabytes = published.bytes / 1_000_000
    return StepOutcome(f"{published.tables} tables ({megabytes:.1f} MB), feeds, report of {shown.cycle.label}")


def _was_graded(plan: CyclePlan, reported: list[Snapshot]) -> bool:
    known = {key_result.id for key_result in plan.key_results}
    return any(each.as_of == plan.cycle.end and each.key_result_id in known for each in reported)


def _document(con: Connection, context: JobContext, plan: CyclePlan, reported: list[Snapshot]) -> ProgressDocument:
    company = context.mappings.company
    snapshots = _of_the_day(context, plan, reported)
    wanted = {each.key_result_id for each in snapshots}
    history = snapshot_store.daily_values(con, plan.cycle.id)
    return ProgressDocument(
        schema_version=SCHEMA_VERSION,
        company=company.name,
        time_zone=company.time_zone,
        currency=company.currency,
        cycle_id=plan.cycle.id,
        cycle_label=plan.cycle.label,
        cycle_start=plan.cycle.start,
        cycle_end=plan.cycle.end,
        as_of=context.as_of,
        run_id=context.run_id,
        published_at=context.now,
        teams=tuple(TeamName(team.id, team.name, team.parent) for team in company.teams),
        objectives=roll_up(plan, snapshots, context.as_of),
        key_results=snapshots,
        sources=_sources(con, context),
        history={name: days for name, days in history.items() if name in wanted},
        restatements={name: days for name, days in restated_days(con, plan.cycle.id).items() if name in wanted},
        next_run=next_run(context.settings, company.time_zone, context.now),
        background=backgrounds(_ground(con, context, plan), snapshots, reported),
    )


def _ground(con: Connection, context: JobContext, plan: CyclePlan) -> Ground:
    return Ground(
        con,
        plan,
        context.catalog,
        context.limits(),
        context.mappings.company.time_zone,
        context.settings.metric_timeout_seconds,
    )


def _of_the_day(context: JobContext, plan: CyclePlan, reported: list[Snapshot]) -> tuple[Snapshot, ...]:
    """In the order of the mapping files; a key result that has left the mapping is history, not progress."""
    today = {each.key_result_id: each for each in reported if each.as_of == context.as_of}
    found = tuple(today[key_result.id] for key_result in plan.key_results if key_result.id in today)
    if not found and plan.key_results:
        raise NothingPublishedError(
            f"there is no snapshot of {plan.cycle.label} as of {context.as_of}. Run `okr snapshot` for that day first."
        )
    return found


def _sources(con: Connection, context: JobContext) -> tuple[SourceFreshness, ...]:
    """Every source that is configured or was ever tried, judged at the same day as the numbers."""
    judged = freshness(con, context.as_of, context.mappings.company.time_zone, context.limits())
    wanted = {*context.settings.sources, *source_statuses(con)}
    apart = {name.partition(".")[0] for name in wanted if "." in name}  # told table by table
    doubles = possible_duplicates.sentence(possible_duplicates.pairs(con, read_marts(con)))
    shown = tuple(judged[name] for name in sorted(wanted - apart) if name in judged)
    return warned(shown, possible_duplicates.TOLD_BY, doubles)
