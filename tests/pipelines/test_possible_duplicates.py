"""Deals of two CRMs that look like one: every key result that counts both says so, and nobody else. All numbers are counted on paper.

HubSpot has won deals 701 (21 October, 1,000), 702 (10 November, 2,000), 703 (20 November, 500) and 704 (11 August, 300); Salesforce
701 (the same), 702 (the same day, but lost) and 704 (the same). Three pairs in all, as nothing looks like 703.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.sandbox.salesforce_org import SalesforceOrg
from connectors.sandbox.server import Sandbox
from pipelines.explain import explain
from pipelines.published import read_document
from pipelines.settings import load_settings
from pipelines.source_log import read_loads
from pipelines.source_status import source_report
from pipelines.terminal import status_plain
from tests.pipelines.job import NOW, pointed_at, progress, run_job
from tests.pipelines.small import CYCLE, company, deal, mappings

SOURCES = ("hubspot", "salesforce", "ga4")
MORE = """\
      - id: closed
        title: Bring 10 deals to an end
        kind: total
        sql: select count(*) as metric_value from marts.fct_deals where close_date between $window_start and $as_of
        unit: deals
        better: higher
        target: 10
      - id: closed_small
        title: Win 5,000 euros from small companies
        kind: total
        metric: won_revenue
        filters: {segment: Small}
        target: 5000
"""
STAGES = {
    "SALESFORCE__MARKETING_QUALIFIED": "status: Marketing Qualified",
    "SALESFORCE__SALES_QUALIFIED": "status: Sales Qualified",
}
TEXT = "in HubSpot and Salesforce may be one record each, but count as two (see marts.fct_possible_duplicates)"


@dataclass(frozen=True)
class Both:
    """The running sandbox with its org; `alike` are the ids of what looks like 701, 702 and 704."""

    sandbox: Sandbox
    org: SalesforceOrg
    alike: tuple[str, ...]
    folder: Path

    def run(self, *steps: str, hours: int = 0) -> None:
        run_job(
            self.folder,
            steps or ("ingest", "transform", "snapshot", "publish"),
            now=NOW + timedelta(hours=hours),
            sources=SOURCES,
            trackers={},
            mappings_dir=mappings(self.folder / "mappings", CYCLE + MORE),
        )

    def notes(self) -> dict[str, str]:
        """By key result, what its sources say."""
        found = read_document(self.folder).key_results
        return {each.key_result_id: "".join(source.note for source in each.sources) for each in found}


@contextmanager
def both_crms(folder: Path) -> Iterator[Both]:
    in_hubspot = company()
    in_hubspot.add("deals", deal(704, "2026-08-11", "300"))
    org = SalesforceOrg(clock=in_hubspot.clock)
    lead = org.add("Lead", created="2026-09-01T08:00:00Z", LastName="Early", Status="Open")
    org.change("Lead", lead, modified="2026-09-02T08:00:00Z", Status="Marketing Qualified")  # before the cycle
    alike = (
        _opportunity(org, "DEAL 701", "2026-10-21", 1000, won=True),
        _opportunity(org, "Deal 702", "2026-11-10", 2000, won=False),
        _opportunity(org, "Deal 704", "2026-08-11", 300, won=True),
    )
    with (
        Sandbox(in_hubspot, now=NOW, salesforce=org) as sandbox,
        pytest.MonkeyPatch.context() as patch,
        pointed_at(sandbox, folder),
    ):
        for name, value in (sandbox.salesforce.settings(sandbox.url) | STAGES).items():
            patch.setenv(f"SOURCES__{name}", value)
        yield Both(sandbox, org, alike, folder)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    with both_crms(tmp_path_factory.mktemp("alike")) as both:
        both.run()
        yield both


def _opportunity(org: SalesforceOrg, name: str, day: str, amount: int, *, won: bool) -> str:
    return org.add(
        "Opportunity",
        created="2026-09-01T08:00:00Z",
        Name=name,
        Amount=amount,
        CloseDate=day,
        StageName="Closed Won" if won else "Closed Lost",
        IsClosed=True,
        IsWon=won,
    )


def test_key_results_that_count_both_records_say_how_many(published: Both) -> None:
    """Revenue counts both 701s; of 702 only HubSpot's, which is won, and 704 lies before the cycle. All that closed counts 701 and 702.

    Of small companies only HubSpot's deals are: Salesforce's have no company. Recurring revenue is that of HubSpot's 702 alone.
    """
    found = progress(published.folder)
    assert found["revenue"]["value"] == 1000 + 2000 + 500 + 1000
    assert found["closed"]["value"] == 3 + 2
    assert found["closed_small"]["value"] == 1000 + 2000 + 500
    assert published.notes() == {
        "leads": "",
        "revenue": f"1 pair of deals {TEXT}",
        "sessions": "",
        "recurring": "",
        "closed": f"2 pairs of deals {TEXT}",
        "closed_small": "",
    }


def test_everybody_who_reads_sources_is_told_of_all_of_them(published: Both) -> None:
    """Three pairs for the source; for the number itself one."""
    folder = published.folder
    everything = f"3 pairs of deals {TEXT}"
    assert f"salesforce: {everything}" in source_report(folder).as_text()
    assert f"~ salesforce: {everything}" in status_plain(read_document(folder))
    settings = load_settings(data_dir=folder, sources=SOURCES, mappings_dir=folder / "mappings")
    assert f"1 pair of deals {TEXT}" in explain(settings, "revenue", as_of=None, rows=1).as_text()
    assert f"1 pair of deals {TEXT}" in (folder / "report.html").read_text(encoding="utf-8")


def test_it_is_said_until_nothing_looks_alike_any_more(tmp_path: Path) -> None:
    """A load alone finds out nothing: what the last transform found stays until the next."""
    with both_crms(tmp_path) as both:
        both.run("ingest", "transform")
        both.run("ingest", hours=1)
        assert source_report(tmp_path).as_text().count(f"3 pairs of deals {TEXT}") == 1
        both.sandbox.clock.set(NOW + timedelta(hours=1))
        both.org.change("Opportunity", both.alike[0], Name="Renewal")
        both.org.delete("Opportunity", both.alike[1])
        both.org.change("Opportunity", both.alike[2], CloseDate="2026-08-12")
        both.sandbox.clock.set(NOW + timedelta(hours=2))
        both.run(hours=2)
        assert set(both.notes().values()) == {""}
        assert "possible_duplicates" not in source_report(tmp_path).as_text()
        assert "possible_duplicates" not in status_plain(read_document(tmp_path))
        assert "found" not in read_loads(tmp_path / "feeds")["salesforce"]
