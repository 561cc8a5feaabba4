"""The tables that `publish` leaves as files: their columns, which stay, and their rows, which follow from the document.

A column's name, unit and type are a promise to spreadsheets and BI tools that nobody here knows of: columns are added at the end and
never renamed; a change that breaks this raises `SCHEMA_VERSION` in `okr_mappings.snapshot`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from okr_mappings.document import Plain, snapshot_to_dict, to_plain
from okr_mappings.snapshot import ProgressDocument, Snapshot
from okr_mappings.trust import CHECK_INS

TEXT, NUMBER, WHOLE, FLAG, DAY, MOMENT = "text", "number", "whole", "flag", "day", "moment"


@dataclass(frozen=True, slots=True)
class Column:
    """`kind` is one of the constants above; days are ISO dates, moments ISO in UTC."""

    name: str
    kind: str
    meaning: str


@dataclass(frozen=True, slots=True)
class FeedTable:
    name: str
    columns: tuple[Column, ...]
    rows: tuple[dict[str, Plain], ...]


_SNAPSHOT_COLUMNS = (
    Column("cycle_id", TEXT, "the OKR cycle, for example 2026-Q4"),
    Column("as_of", DAY, "the last day that counts"),
    Column("team_id", TEXT, "the team that owns it"),
    Column("objective_id", TEXT, "the objective it belongs to"),
    Column("key_result_id", TEXT, "unique within the cycle"),
    Column("title", TEXT, "the key result in words"),
    Column("owner", TEXT, "who answers for it"),
    Column("kind", TEXT, "total, level, ratio, recurring, milestone or range"),
    Column("metric", TEXT, "the metric behind it"),
    Column("unit", TEXT, "what one of the value is; with % the value is a fraction"),
    Column("better", TEXT, "higher or lower"),
    Column("value", NUMBER, "the metric at as_of; empty when there is none, never zero instead"),
    Column("interval_low", NUMBER, "lower end of the sampling interval of a ratio"),
    Column("interval_high", NUMBER, "upper end of it"),
    Column("numerator", NUMBER, "of a ratio"),
    Column("denominator", NUMBER, "of a ratio"),
    Column("n", WHOLE, "rows that entered a ratio"),
    Column("baseline", NUMBER, "value at the start"),
    Column("target", NUMBER, "value aimed at; the lower bound of a range"),
    Column("target_high", NUMBER, "upper bound of a range"),
    Column("progress", NUMBER, "way from baseline to target, 1 is the target; neither cut at 0 nor at 1"),
    Column("score", NUMBER, "progress cut to 0..1"),
    Column("expected", NUMBER, "progress that was due by as_of"),
    Column("status", TEXT, "achieved, on_track, at_risk, off_track, too_early, not_started, no_data, stale or missed"),
    Column("reason", TEXT, "why this status, in a sentence"),
    Column("provisional", FLAG, "the source may still correct this day"),
    Column("weight", NUMBER, "weight within the objective"),
    Column("data_through", MOMENT, "up to when the oldest source behind it is complete"),
    Column("last_good_value", NUMBER, "when stale: the last value that rested on complete data"),
    Column("last_good_as_of", DAY, "the day of that value"),
    Column("projected_p10", NUMBER, "value at the end of the cycle: one in ten chances to be lower"),
    Column("projected_p50", NUMBER, "the middle projection"),
    Column("projected_p90", NUMBER, "one in ten chances to be higher"),
    Column("probability", NUMBER, "chance of reaching the target, 0..1"),
    Column("source_link", TEXT, "where the rows can be seen at the vendor"),
    Column("notes", TEXT, "what the team wrote"),
    Column("error", TEXT, "why there is no value"),
    Column("mapping_hash", TEXT, "changes when the definition of the key result does"),
    Column("sql_hash", TEXT, "changes when the SQL of the metric does"),
    Column("snapshot_id", TEXT, "names the content of this row"),
    Column("run_id", TEXT, "the run that observed it"),
    Column("computed_at", MOMENT, "when it was observed"),
    Column("observation", TEXT, "observed by a run of that time; or later: reconstructed, not_reconstructable"),
    Column("check_in", TEXT, "of a value kept by hand: who entered it and their note, and what it corrects"),
)
_OBJECTIVE_COLUMNS = (
    Column("cycle_id", TEXT, "the OKR cycle"),
    Column("as_of", DAY, "the last day that counts"),
    Column("objective_id", TEXT, "unique within the cycle"),
    Column("title", TEXT, "the objective in words"),
    Column("team_id", TEXT, "the team that owns it"),
    Column("owner", TEXT, "who answers for it"),
    Column("supports", TEXT, "objectives it supports, separated by spaces"),
    Column("score", NUMBER, "weighted mean of what could be counted, 0..1"),
    Column("expected", NUMBER, "the score that was due by as_of"),
    Column("status", TEXT, "by the same rule as for key results"),
    Column("counted", WHOLE, "how many went into the score"),
    Column("total", WHOLE, "out of how many"),
    Column("key_result_ids", TEXT, "its key results, separated by spaces"),
    Column(
        "known_share",
        NUMBER,
        "share of the weight that has a number, 0..1; below a half the objective is stale or no_data",
    ),
)
_HISTORY_COLUMNS = (
    Column("cycle_id", TEXT, "the OKR cycle"),
    Column("key_result_id", TEXT, "unique within the cycle"),
    Column("day", DAY, "end of this day, company time"),
    Column("value", NUMBER, "the metric as it is known now; empty where the day has no number"),
)
_SOURCE_COLUMNS = (
    Column("source", TEXT, "the system the data comes from"),
    Column("state", TEXT, "fresh, late, stale, failed or never"),
    Column("data_through", MOMENT, "up to when it is complete"),
    Column("note", TEXT, "what a reader should know"),
)


def table_columns() -> dict[str, tuple[Column, ...]]:
    """The columns of each table, which stay."""
    return {
        "objectives": _OBJECTIVE_COLUMNS,
        "key_results": _SNAPSHOT_COLUMNS,
        "snapshots": _SNAPSHOT_COLUMNS,
        "history": _HISTORY_COLUMNS,
        "sources": _SOURCE_COLUMNS,
    }


def feed_tables(document: ProgressDocument, reported: Sequence[Snapshot]) -> list[FeedTable]:
    """`reported` are the snapshots of the cycle, the latest per key result and day."""
    return [
        FeedTable("objectives", _OBJECTIVE_COLUMNS, tuple(_objective_rows(document))),
        FeedTable("key_results", _SNAPSHOT_COLUMNS, _snapshot_rows(document.key_results)),
        FeedTable("snapshots", _SNAPSHOT_COLUMNS, _snapshot_rows(reported)),
        FeedTable("history", _HISTORY_COLUMNS, tuple(_history_rows(document))),
        FeedTable(
            "sources", _SOURCE_COLUMNS, tuple(_pick(to_plain(item), _SOURCE_COLUMNS) for item in document.sources)
        ),
    ]


def _snapshot_rows(snapshots: Sequence[Snapshot]) -> tuple[dict[str, Plain], ...]:
    return tuple(_pick(_with_check_in(snapshot), _SNAPSHOT_COLUMNS) for snapshot in snapshots)


def _with_check_in(snapshot: Snapshot) -> dict[str, Plain]:
    said = next((source.note for source in snapshot.sources if source.source == CHECK_INS), "")
    return {**snapshot_to_dict(snapshot), "check_in": said}


def _objective_rows(document: ProgressDocument) -> list[dict[str, Plain]]:
    rows = []
    for objective in document.objectives:
        lists = {"supports": " ".join(objective.supports), "key_result_ids": " ".join(objective.key_result_ids)}
        plain = to_plain(objective)
        assert isinstance(plain, dict)  # noqa: S101 - a dataclass becomes a dict
        rows.append(_pick({**plain, **lists, "as_of": document.as_of.isoformat()}, _OBJECTIVE_COLUMNS))
    return rows


def _history_rows(document: ProgressDocument) -> list[dict[str, Plain]]:
    return [
        {
            "cycle_id": document.cycle_id,
            "key_result_id": key,
            "day": point.day.isoformat(),
            "value": to_plain(point.value),
        }
        for key, points in sorted(document.history.items())
        for point in points
    ]


def _pick(content: Plain, columns: Sequence[Column]) -> dict[str, Plain]:
    assert isinstance(content, dict)  # noqa: S101 - a dataclass becomes a dict
    return {column.name: content[column.name] for column in columns}
