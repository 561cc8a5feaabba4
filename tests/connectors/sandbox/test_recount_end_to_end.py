"""The whole chain against the recount: what the SQL says after a first load and after a load of news, metric by metric.

Between the two loads the company lives on for three days: people arrive, some of them late, stages change, deals are won and
postponed, a contact is archived, two are merged, and web traffic is restated.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from connectors.sandbox.company import truth
from connectors.sandbox.server import Sandbox
from pipelines.run import execute
from pipelines.settings import load_settings

WINDOWS = (
    (date(2026, 10, 1), date(2026, 11, 21)),
    (date(2025, 10, 1), date(2025, 12, 31)),
    # the clocks go back on the 25th
    (date(2026, 10, 25), date(2026, 10, 26)),
    (date(2024, 11, 1), date(2026, 11, 21)),
)
LATER = ((date(2026, 11, 1), date(2026, 11, 24)), (date(2026, 11, 23), date(2026, 11, 24)))


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    with Sandbox(contacts=600) as running:
        running.write_files(tmp_path / "inbox")
        settings = {
            "HUBSPOT__ACCESS_TOKEN": running.hubspot_token,
            "HUBSPOT__API_BASE": running.url,
            "GA4__PROPERTY_ID": running.ga4_property_id,
            "GA4__SERVICE_ACCOUNT_FILE": str(running.service_account_file(tmp_path)),
            "GA4__API_ENDPOINT": running.url,
            "FILES__FOLDER": str(tmp_path / "inbox"),
        }
        for name, value in settings.items():
            monkeypatch.setenv(f"SOURCES__{name}", value)
        yield running


def load(sandbox: Sandbox, folder: Path, as_of: date) -> None:
    settings = load_settings(data_dir=folder, sources=("hubspot", "ga4", "files"))
    execute(settings, ("ingest", "transform"), as_of=as_of, now=sandbox.clock.now())


def sql_value(con: duckdb.DuckDBPyConnection, metric: str, window: tuple[date, date]) -> float | None:
    answer = con.execute(f"select * from metrics.{metric}(?, ?)", window)
    names = [column[0] for column in answer.description or ()]
    row = dict(zip(names, answer.fetchone() or (), strict=True))
    if "metric_value" in row:
        return None if row["metric_value"] is None else float(row["metric_value"])
    return float(row["numerator"]) / float(row["denominator"]) if row["denominator"] else None


def differences(sandbox: Sandbox, folder: Path, windows: tuple[tuple[date, date], ...]) -> list[str]:
    found: list[str] = []
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as con:
        for name, recount in truth.METRICS.items():
            for window in windows:
                expected, value = recount(sandbox.company, *window), sql_value(con, name, window)
                # where there are no rows at all the SQL says null, the recount of a sum zero
                if not math.isclose(value or 0, expected or 0, rel_tol=1e-7, abs_tol=1e-6):
                    found.append(f"{name} {window[0]} to {window[1]}: SQL {value}, recount {expected}")
    return found


def test_sql_and_recount_agree(sandbox: Sandbox, tmp_path: Path) -> None:
    load(sandbox, tmp_path, date(2026, 11, 21))
    assert differences(sandbox, tmp_path, WINDOWS) == []
    sandbox.clock.advance(days=2, hours=20)
    sandbox.calls.clear()
    load(sandbox, tmp_path, date(2026, 11, 24))
    assert differences(sandbox, tmp_path, (*WINDOWS, *LATER)) == []
    # news only: no list of everything was read again
    assert len(sandbox.calls.to("/crm/v3/objects/contacts", "POST")) < 10
