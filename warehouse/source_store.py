"""How loading went, source by source, and what that means for a number at some `as_of`.

A source is judged at the END of `as_of` in the company's time zone: age = end of as_of - `data_through`. Data that reaches past the end of
as_of has no age. The last attempt counts before any age: when it failed or was cut short, the rows in the database may be half of
what the vendor has, so the source is `failed` even if an earlier load was recent. Never a silent green.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from okr_mappings.snapshot import SourceFreshness
from okr_mappings.trust import end_of_day
from okr_mappings.words import SourceState
from warehouse.engine import Connection
from warehouse.lineage import unions
from warehouse.rows import read_rows

NEVER_TRIED = "never loaded"
NO_SUCH_FILE = "no such file ever arrived"


@dataclass(frozen=True, slots=True)
class SourceLoad:
    """One attempt. `success` is False also for a load that was cut short; `error` says why in one sentence, without secrets.

    `watermark` is the moment or day from which the next load goes on, as the source wrote it.
    """

    source: str
    started_at: datetime
    finished_at: datetime
    success: bool
    rows: int = 0
    requests: int = 0
    data_through: datetime | None = None
    error: str = ""
    warnings: tuple[str, ...] = ()
    watermark: str = ""


@dataclass(frozen=True, slots=True)
class SourceLimits:
    """When a source is late, when it is stale, and for how long the vendor still corrects a day."""

    warn_after: timedelta
    error_after: timedelta
    settle: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """The last attempt and the last success of one source."""

    source: str
    last_try_at: datetime
    last_try_succeeded: bool
    last_try_rows: int
    last_try_requests: int
    last_error: str
    warnings: tuple[str, ...]
    last_success_at: datetime | None
    last_success_rows: int | None
    data_through: datetime | None
    watermark: str


def record_loads(con: Connection, run_id: str, loads: Sequence[SourceLoad]) -> None:
    for load in loads:
        con.execute(
            "insert into okr.source_loads values ($run_id, $source, $started_at, $finished_at, $success, $rows, $requests,"
            " $data_through, $error, $warnings, $watermark)",
            {
                "run_id": run_id,
                "source": load.source,
                "started_at": load.started_at,
                "finished_at": load.finished_at,
                "success": load.success,
                "rows": load.rows,
                "requests": load.requests,
                "data_through": load.data_through,
                "error": load.error,
                "warnings": json.dumps(load.warnings, ensure_ascii=False),
                "watermark": load.watermark,
            },
        )


def source_statuses(con: Connection) -> dict[str, SourceStatus]:
    """Every source that was ever tried."""
    statuses = {}
    for row in read_rows(con, "select * from okr.sources order by source"):
        row["warnings"] = tuple(json.loads(str(row["warnings"])))
        statuses[str(row["source"])] = SourceStatus(**row)  # type: ignore[arg-type]
    return statuses


def rows_set_aside(con: Connection) -> dict[str, dict[str, int]]:
    """How many rows lie in the quarantine of each source that has one, by the table that they were meant for."""
    schemas = con.execute(
        "select schema_name from duckdb_tables() where database_name = current_database() and table_name = 'quarantine'"
        " and starts_with(schema_name, 'raw_') order by schema_name"
    ).fetchall()
    return {
        schema.removeprefix("raw_"): dict(
            con.execute(
                f'select table_name, count(*) from "{schema}".quarantine group by table_name order by table_name'  # noqa: S608 - out of the catalogue
            ).fetchall()
        )
        for (schema,) in schemas
    }


def freshness(
    con: Connection,
    as_of: date,
    time_zone: str,
    limits: Mapping[str, SourceLimits],
    configured: Collection[str] = (),
) -> dict[str, SourceFreshness]:
    """Every source that has limits, judged at the end of `as_of`; and `<source>.<table>` for tables that arrive separately.

    A table without limits of its own has its source's. A source that never delivered and is not among those `configured` counts as never
    tried, whatever went wrong while it was: with none configured nothing is known about that.
    """
    statuses = source_statuses(con)
    end = end_of_day(as_of, time_zone)
    names = dict.fromkeys((*limits, *(name for name in statuses if name.partition(".")[0] in limits)))
    given_up = {
        name
        for name, status in statuses.items()
        if configured and status.last_success_at is None and name.partition(".")[0] not in configured
    }
    return {
        name: _judge(name, None if name in given_up else statuses.get(name), end, limits_of(name, limits))
        for name in names
    }


def freshness_of(raw_tables: Collection[str], judged: Mapping[str, SourceFreshness]) -> tuple[SourceFreshness, ...]:
    """Of what lies behind a number: `raw_hubspot.deals` is as fresh as hubspot; a table that arrives separately, as itself.

    A table that never arrived is `never`, whatever else its source has; a source without limits is left out. Where a mart
    is the union of several sources (survey answers of files and of the CRM), one that this company never used is left out too,
    as long as another one of them delivers: its part of the union is empty, and that is no gap.
    """
    by_table = {table: each for table in sorted(raw_tables) if (each := _behind(table, judged))}
    found = {each.source: each for table, each in by_table.items() if not _unused(table, by_table, judged)}
    return tuple(found.values())


def _behind(table: str, judged: Mapping[str, SourceFreshness]) -> SourceFreshness | None:
    name = table.removeprefix("raw_")
    source = name.partition(".")[0]
    apart = any(each.startswith(f"{source}.") and judged[each].state != SourceState.NEVER for each in judged)
    if apart:
        return judged.get(name, SourceFreshness(name, SourceState.NEVER, None, NO_SUCH_FILE))
    return judged.get(source)


def _unused(table: str, by_table: Mapping[str, SourceFreshness], judged: Mapping[str, SourceFreshness]) -> bool:
    """Never even tried, in a union of which another part is there. A first load that failed is a gap."""
    mine = by_table[table]
    source = judged.get(mine.source.partition(".")[0])
    failed = source is not None and source.state == SourceState.FAILED
    if mine.state != SourceState.NEVER or mine.note not in (NEVER_TRIED, NO_SUCH_FILE) or failed:
        return False
    beside = {each for group in unions() if table in group for each in group} & by_table.keys()
    return any(by_table[each].state != SourceState.NEVER for each in beside)


def warned(sources: Sequence[SourceFreshness], source: str, text: str) -> tuple[SourceFreshness, ...]:
    """With what the transform found out about a source, beside what its load warned of; one that is not there has other troubles."""
    without = (SourceState.NEVER, SourceState.FAILED)
    return tuple(
        replace(each, note="; ".join(filter(None, (each.note, text))))
        if text and each.source == source and each.state not in without
        else each
        for each in sources
    )


def limits_of(name: str, limits: Mapping[str, SourceLimits]) -> SourceLimits:
    """Those of the table, else those of its source; KeyError when neither has any."""
    return limits[name] if name in limits else limits[name.partition(".")[0]]


def _judge(source: str, status: SourceStatus | None, end: datetime, limits: SourceLimits) -> SourceFreshness:
    if status is None or status.last_success_at is None:
        why = status.last_error if status else ""
        return SourceFreshness(source, SourceState.NEVER, None, f"{NEVER_TRIED}: {why}" if why else NEVER_TRIED)
    through = status.data_through
    if not status.last_try_succeeded:
        return SourceFreshness(source, SourceState.FAILED, through, f"the last load failed: {status.last_error}")
    if through is None:
        return SourceFreshness(source, SourceState.STALE, None, "the source did not say up to when it is complete")
    age = max(end - through, timedelta(0))
    note = "; ".join(status.warnings)
    if age > limits.error_after:
        return SourceFreshness(source, SourceState.STALE, through, _too_old(age, limits.error_after, note))
    if age > limits.warn_after:
        return SourceFreshness(source, SourceState.LATE, through, _too_old(age, limits.warn_after, note))
    return SourceFreshness(source, SourceState.FRESH, through, note)


def _too_old(age: timedelta, allowed: timedelta, note: str) -> str:
    text = f"{_span(age)} old at the end of the day, {_span(allowed)} allowed"
    return f"{text}; {note}" if note else text


def _span(length: timedelta) -> str:
    hours = length.total_seconds() / 3600
    return f"{hours / 24:.1f} days" if hours >= 48 else f"{hours:.0f} h"
