"""`okr explain`: why a number is what it is, from the mapping's line to the rows behind it.

Everything is read from the published copy, so that it explains what people see and works while a run is writing.
"""

from __future__ import annotations

import csv
import io
import json
import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from okr_mappings.display import format_amount, format_share, format_value, status_label
from okr_mappings.document import to_plain
from okr_mappings.interval import sample_words
from okr_mappings.mappings import KeyResult
from okr_mappings.plan import VALUE, questions
from okr_mappings.snapshot import Snapshot
from okr_mappings.words import Kind
from pipelines.errors import NothingPublishedError, SettingsError
from pipelines.explain_past import past_of
from pipelines.find import find_key_result, published_copy
from pipelines.loaded import load_everything
from pipelines.settings import Settings
from warehouse import snapshot_store
from warehouse.atomic_files import write_file
from warehouse.errors import MetricError
from warehouse.evidence import Evidence, evidence
from warehouse.execute import bound_sql
from warehouse.feeds import csv_cell

WIDEST_CELL = 48
MOST_EXPORTED = 1_000_000


@dataclass(frozen=True)
class Account:
    """One snapshot and, where it comes from rows, those rows. `remark` says why there are none, or what has changed since;
    `past` what was restated and defined anew; `sql` what ran, filters included.
    """

    snapshot: Snapshot
    mappings_dir: Path
    evidence: Evidence | None
    remark: str
    past: tuple[str, ...] = ()
    sql: str = ""

    def as_text(self) -> str:
        """For people: what, how, how far it can be trusted, from which rows."""
        parts = [_headline(self.snapshot), _numbers(self.snapshot), _where(self), _sql(self), _freshness(self.snapshot)]
        parts += ["\n".join(self.past)] if self.past else []
        parts += [_rows(self.evidence)] if self.evidence and self.evidence.rows else []
        parts += [self.remark] if self.remark else []
        return "\n\n".join(part for part in parts if part)

    def as_json(self) -> str:
        """For programs: the whole snapshot and the evidence."""
        content = {
            "snapshot": to_plain(self.snapshot),
            "evidence": to_plain(self.evidence),
            "remark": self.remark,
            "past": list(self.past),
        }
        return json.dumps(content, ensure_ascii=False, indent=2, default=str)


def explain(settings: Settings, key_result_id: str, *, as_of: date | None, rows: int) -> Account:
    """The latest published snapshot, or the one of `as_of`. Raises SettingsError for an unknown key result."""
    loaded = load_everything(settings)
    plan, key_result = find_key_result(loaded.mappings, key_result_id, as_of)
    with published_copy(settings, of_any_version=True) as con:
        reported = snapshot_store.history(con, plan.cycle.id, key_result_id)
        snapshot = _of_day(reported, key_result_id, as_of)
        asked = [each for each in questions(key_result, plan.cycle, snapshot.as_of) if each.role == VALUE]
        proof: Evidence | None = None
        remark = _changed(snapshot, key_result)
        ran = snapshot.sql.strip()
        if asked:
            try:
                if key_result.filters:  # the metric's own text counts more than this key result does
                    ran = bound_sql(con, loaded.catalog, asked[0]).sql
                proof = evidence(con, loaded.catalog, asked[0], rows, seconds=settings.metric_timeout_seconds)
            except MetricError as error:
                remark = f"{remark}\nThe rows behind it cannot be shown: {error}".strip()
        past = past_of(con, settings, loaded, plan, snapshot)
    return Account(snapshot, settings.mappings_dir, proof, remark or _differs(snapshot, proof), past, ran)


def export_rows(account: Account, path: Path) -> str:
    """All rows behind the number as CSV, safe to open in a spreadsheet; returns what was written. Raises SettingsError."""
    proof = account.evidence
    if proof is None:
        raise SettingsError(f"{account.snapshot.key_result_id} has no rows to export. {account.remark}".strip())
    if len(proof.rows) < proof.total_rows:
        raise SettingsError(
            f"{proof.total_rows:,} rows are more than an export takes ({len(proof.rows):,}). Use `okr query`."
        )
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(proof.columns)
    writer.writerows([csv_cell(to_plain(cell)) for cell in row] for row in proof.rows)
    write_file(path, text.getvalue().encode())
    verdict = "they add up to" if proof.equals_value else "THEY DO NOT ADD UP TO"
    return f"{path}: {proof.total_rows:,} rows; {verdict} {format_value(proof.value, account.snapshot.unit)}"


def _of_day(reported: list[Snapshot], key_result_id: str, as_of: date | None) -> Snapshot:
    found = [each for each in reported if as_of in (None, each.as_of)]
    if not found:
        days = ", ".join(str(each.as_of) for each in reported) or "none"
        when = f" as of {as_of}" if as_of else ""
        raise NothingPublishedError(f"{key_result_id} has no published snapshot{when}. Published days: {days}.")
    return found[-1]


def _changed(snapshot: Snapshot, key_result: KeyResult) -> str:
    if snapshot.mapping_hash == key_result.mapping_hash:
        return ""
    return "The mapping has changed since this snapshot; the rows follow the mapping of today. Run `okr run` to bring both together."


def _differs(snapshot: Snapshot, proof: Evidence | None) -> str:
    """Said aloud whenever the rows do not add up to what was reported."""
    if proof is None or snapshot.value is None or proof.value == snapshot.value:
        return ""
    return (
        f"The same query gives {proof.value} today: the data behind {snapshot.as_of} has changed since it was reported."
    )


def _headline(snapshot: Snapshot) -> str:
    owner = f"\nowner: {snapshot.owner}" if snapshot.owner else ""
    return f"{snapshot.title}\n{status_label(snapshot.status)}: {snapshot.reason}{owner}"


def _numbers(snapshot: Snapshot) -> str:
    unit = snapshot.unit
    lines = [
        ("value", format_value(snapshot.value, unit) + (" (provisional)" if snapshot.provisional else "")),
        ("baseline", format_value(snapshot.baseline, unit)),
        ("target", format_value(snapshot.target, unit)),
        ("progress", f"{format_share(snapshot.progress)}   {snapshot.formula}"),
        ("expected", f"{format_share(snapshot.expected)} by {snapshot.as_of}"),
    ]
    if snapshot.numerator is not None and snapshot.denominator is not None:
        lines.insert(1, ("made of", f"{snapshot.numerator:,.10g} / {snapshot.denominator:,.10g}, n = {snapshot.n}"))
    if sample := sample_words(snapshot.n, snapshot.interval_low, snapshot.interval_high, unit):
        lines.insert(1, ("sample", sample))
    if snapshot.value is None and snapshot.last_good_value is not None:
        lines.insert(1, ("last good", f"{format_value(snapshot.last_good_value, unit)} on {snapshot.last_good_as_of}"))
    return "\n".join(f"{name:<13} {text}" for name, text in [*lines, *_forecast(snapshot)])


def _forecast(snapshot: Snapshot) -> list[tuple[str, str]]:
    """The middle never without its interval; where nothing is projected, why."""
    method = snapshot.projection_method or ""
    if snapshot.projected_p50 is None:
        return [("forecast", method)] if method else []
    low, middle = (format_amount(each, snapshot.unit) for each in (snapshot.projected_p10, snapshot.projected_p50))
    high = format_value(snapshot.projected_p90, snapshot.unit)
    lines = [("forecast", f"{middle} on {snapshot.cycle_end}; {low} to {high} in 8 of 10 cases"), ("method", method)]
    if snapshot.probability is not None:
        aim = "ending inside the bounds" if snapshot.kind is Kind.RANGE else "reaching the target"
        lines.insert(1, ("chance", f"{format_share(snapshot.probability)} of {aim}"))
    return lines


def _where(account: Account) -> str:
    snapshot = account.snapshot
    path = os.path.relpath(account.mappings_dir / snapshot.mapping_path)
    lines = [("mapping", f"{path}:{snapshot.mapping_line}")]
    lines += [("metric", snapshot.metric)] if snapshot.metric else []
    lines += [("look at it", snapshot.source_link)] if snapshot.source_link else []
    lines += [("notes", snapshot.notes)] if snapshot.notes else []
    return "\n".join(f"{name:<13} {text}" for name, text in lines)


def _sql(account: Account) -> str:
    snapshot = account.snapshot
    if not snapshot.sql:
        return "kept by hand: check-ins and steps stand in the mapping file"
    given = ", ".join(f"{name} = {value}" for name, value in snapshot.parameters.items())
    return f"{account.sql}\n-- {given}"


def _freshness(snapshot: Snapshot) -> str:
    lines = []
    for source in snapshot.sources:
        through = f"{source.data_through:%Y-%m-%d %H:%M} UTC" if source.data_through else "never loaded"
        lines.append(
            f"{source.source:<13} {source.state:<7} data through {through}{'  ' + source.note if source.note else ''}"
        )
    return "\n".join(lines)


def _rows(proof: Evidence) -> str:
    verdict = (
        "add up to the value" if proof.equals_value else f"DO NOT add up to the value: they give {proof.aggregate}"
    )
    head = f"The {proof.total_rows:,} rows behind it {verdict}. The first {len(proof.rows)}:"
    table = [proof.columns, *(tuple(_cell(cell) for cell in row) for row in proof.rows)]
    widths = [max(len(row[place]) for row in table) for place in range(len(proof.columns))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table]
    return "\n".join([head, *(f"  {line}" for line in lines)])


def _cell(cell: object) -> str:
    """On one line and not wider than a glance."""
    text = "" if cell is None else " ".join(str(cell).split())
    if text.startswith(("https://", "http://")):
        return text  # a link that is cut off leads nowhere
    return text if len(text) <= WIDEST_CELL else text[: WIDEST_CELL - 1] + "…"
