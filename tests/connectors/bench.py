"""Runs the ingest job against a sandbox and looks into the warehouse afterwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from connectors.sandbox.company.agency_mail import fill
from connectors.sandbox.company.files import Mention
from connectors.sandbox.server import Sandbox
from pipelines.jobs.ingest import IngestRequest, SourceResult, Watch, ingest


def _at_once(_seconds: float) -> None:
    """The sandbox has no limits."""


@dataclass
class Bench:
    """One data folder, one sandbox. `waits` collects the seconds that a source wanted to sleep; nothing sleeps, not even
    for a vendor's limits."""

    sandbox: Sandbox
    folder: Path
    monkeypatch: pytest.MonkeyPatch
    time_zone: str = "Europe/Budapest"
    currency: str = "EUR"
    waits: list[float] = field(default_factory=list)
    answer_seconds: float = 60.0
    pause: Callable[[float], None] = _at_once

    @property
    def inbox(self) -> Path:
        return self.folder / "inbox"

    @property
    def warehouse(self) -> Path:
        return self.folder / "warehouse.duckdb"

    def configure(self) -> None:
        """The environment of a user with all sources."""
        self.inbox.mkdir(exist_ok=True)
        for name, value in {
            "HUBSPOT__ACCESS_TOKEN": self.sandbox.hubspot_token,
            "HUBSPOT__API_BASE": self.sandbox.url,
            "GA4__PROPERTY_ID": self.sandbox.ga4_property_id,
            "GA4__SERVICE_ACCOUNT_FILE": str(self.sandbox.service_account_file(self.folder)),
            "GA4__API_ENDPOINT": self.sandbox.url,
            "FILES__FOLDER": str(self.inbox),
            **self.sandbox.salesforce.settings(self.sandbox.url),
            **self.sandbox.survey_settings(),
            **self.sandbox.mail_settings(self.folder),
            **self.sandbox.social.settings(self.sandbox.url),
        }.items():
            self.set(name, value)
        mentions = [Mention("M-1", date(2026, 11, 20), "Index", "Brightwater grows", "positive")]
        fill(self.sandbox.imap.mailbox, mentions, self.sandbox.clock.now().date())

    def set(self, name: str, value: str) -> None:
        self.monkeypatch.setenv(f"SOURCES__{name}", value)

    def unset(self, name: str) -> None:
        self.monkeypatch.delenv(f"SOURCES__{name}", raising=False)

    def request(self, sources: Sequence[str], *, full: bool = False, now: datetime | None = None) -> IngestRequest:
        moment = now or self.sandbox.clock.now()
        return IngestRequest(
            self.folder,
            self.warehouse,
            tuple(sources),
            "run-1",
            moment,
            self.time_zone,
            full,
            self.waits.append,
            self.answer_seconds,
            self.currency,
            pause=self.pause,
        )

    def ingest(self, *sources: str, full: bool = False, watch: Watch | None = None) -> list[SourceResult]:
        return list(ingest(self.request(sources, full=full), watch).sources)

    def load(self, source: str, *, full: bool = False) -> SourceResult:
        """One source, which must go well."""
        result = self.attempt(source, full=full)
        assert result.ok, result.error
        return result

    def attempt(self, source: str, *, full: bool = False) -> SourceResult:
        return self.ingest(source, full=full)[0]

    def rows(self, sql: str) -> list[Any]:
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            return connection.execute(sql).fetchall()

    def value(self, sql: str) -> Any:
        return self.rows(sql)[0][0]

    def table(self, name: str) -> list[Any]:
        """All rows without the load id, in a fixed order."""
        return self.rows(f"SELECT * EXCLUDE (_dlt_load_id) FROM {name} ORDER BY ALL")
