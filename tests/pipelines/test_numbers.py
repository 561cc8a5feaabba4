"""Every metric, after the real job over HTTP, against a recount of the same company in plain Python.

The recount (`connectors.sandbox.company.truth`) reads the records themselves and shares no line with the SQL. Four windows: a quarter, the
same one a year before, a month, and a single day around the change of the clocks.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import duckdb
import pytest

from connectors.sandbox.company import truth
from connectors.sandbox.company.company import Company
from connectors.sandbox.server import Sandbox
from tests.pipelines.job import AS_OF, NOW, SOURCES, pointed_at, run_job

EVERYTHING = (*SOURCES, "surveymonkey", "typeform", "mailchimp")
WINDOWS = (
    (date(2026, 10, 1), AS_OF),
    (date(2025, 10, 1), date(2025, 12, 31)),
    (date(2026, 6, 1), date(2026, 6, 30)),
    (date(2026, 10, 25), date(2026, 10, 25)),
)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Company, duckdb.DuckDBPyConnection]]:
    """One run, in two loads with changes between them: what comes late or changes must be in the numbers too."""
    folder = tmp_path_factory.mktemp("numbers")
    with Sandbox(contacts=1500, now=NOW) as sandbox:
        with pointed_at(sandbox, folder):
            run_job(folder, ("ingest",), sources=EVERYTHING)
            change(sandbox.company)
            sandbox.clock.advance(hours=1)
            run_job(folder, trackers={}, sources=EVERYTHING)
        with duckdb.connect(str(folder / "published.duckdb"), read_only=True) as con:
            yield sandbox.company, con


def change(company: Company) -> None:
    """Between two loads: contacts archived and merged, a deal re-dated out of the quarter."""
    contacts = list(company.tables["contacts"])
    company.archive("contacts", contacts[-5].id)
    company.merge("contacts", contacts[-20].id, contacts[-30].id)
    deal = next(deal for deal, day in truth._won(company) if WINDOWS[0][0] <= day <= WINDOWS[0][1])
    company.change("deals", deal.id, closedate="2026-09-15T10:00:00.000Z")


@pytest.mark.parametrize("window", WINDOWS, ids=lambda window: f"{window[0]}..{window[1]}")
@pytest.mark.parametrize("metric", sorted(truth.METRICS))
def test_metric_equals_the_recount(
    published: tuple[Company, duckdb.DuckDBPyConnection], metric: str, window: tuple[date, date]
) -> None:
    company, con = published
    expected = truth.METRICS[metric](company, *window)
    cursor = con.execute(f"select * from metrics.{metric}(?::date, ?::date)", list(window))
    row = dict(zip([column[0] for column in cursor.description], cursor.fetchone(), strict=True))
    value = row.get("metric_value")
    if "metric_value" not in row:
        value = row["numerator"] / row["denominator"] if row["denominator"] else None
    assert value == (None if expected is None else pytest.approx(float(expected), rel=1e-9))
