"""Keeps a Google spreadsheet at the state of what was published, beside whatever people write in it.

Manual: Sheets API v4, https://developers.google.com/workspace/sheets/api/reference/rest
Grain: `okr_data`, a row per key result; `okr_history`, a row per snapshot; on request tabs of people's own, where the rows are found by a
key column and only the named columns are written.
Repeats: cells are set, not added to, and only those that differ; `okr_history` is keyed by snapshot and key result.
Login: a service account. It cannot own files, so a person makes the spreadsheet and shares it with the account as Editor.
Limits: 60 reads and 60 writes a minute for all that one account does, 10 million cells, 50,000 characters a cell, about 2 MB a request. A
run makes four requests at the most, however many key results there are, and repeats none; the outbox tries again.
Oddities: each request is applied as a whole or not at all, but nothing can be locked between two; so keys are read just before the
write and once more after it. An editor of the file may still be shut out of a protected range, which is a 400.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from connectors.contract import Delivery, DeliveryResult, DeliveryState, Setting, Tracker
from connectors.delivering.google_sheets.calls import SCOPE, SheetCalls
from connectors.delivering.google_sheets.columns import OFFERED, Key
from connectors.delivering.google_sheets.connect import walk_through
from connectors.delivering.google_sheets.data_tab import DATA
from connectors.delivering.google_sheets.history_tab import HISTORY
from connectors.delivering.google_sheets.people_tab import Owned
from connectors.delivering.google_sheets.run import Wanted, bring
from connectors.delivering.google_sheets.writing import Outcome
from connectors.delivering.settings import TrackerSettings, variable
from connectors.errors import ConnectorError, RetriableError
from connectors.google_account import credentials
from connectors.spreadsheets.calls import ANSWER_SECONDS, spreadsheet_id
from connectors.whole_run import RunAnswer
from okr_mappings.snapshot import ProgressDocument, Snapshot

LABEL = "Google Sheets"

SETTINGS = {
    "spreadsheet": Setting("The link of the spreadsheet, or the long id in it.", required=True),
    "service_account_file": Setting(
        "The path of the JSON key of a service account that is Editor of the spreadsheet.", required=True
    ),
    "tabs": Setting("Tabs of people's own that show numbers too, as a comma-separated list; none by default."),
    "key_column": Setting("In those tabs, the heading above the ids of the key results; KR ID by default."),
    "columns": Setting(
        "In those tabs, our columns: a list of heading = what; by default Current = current, Progress = progress, Status = status, "
        "As of = as_of."
    ),
    "history": Setting("false to keep no okr_history; true by default."),
    "api_base": Setting("Another address than Google's: the sandbox's."),
}

_COLUMNS = "Current = current, Progress = progress, Status = status, As of = as_of"
_log = logging.getLogger(__name__)


def tracker(settings: Mapping[str, str], folder: Path) -> Tracker:  # noqa: ARG001 - a sheet keeps nothing on disk
    """The spreadsheet as set; SettingError names what is wrong. Nothing is sent."""
    return _sheet(settings)


def _sheet(settings: Mapping[str, str]) -> _GoogleSheet:
    given = TrackerSettings("google_sheets", settings, SETTINGS)
    setting = variable("google_sheets", "service_account_file")
    key_file = str(Path(given.text("service_account_file")).expanduser())
    account = credentials(key_file, SCOPE, who="google_sheets", setting=setting)
    history = given.flag("history") if given.text("history") else True
    return _GoogleSheet(_identity(given), account, _owned(given), history, given.text("api_base").rstrip("/"))


def _identity(given: TrackerSettings) -> str:
    text = given.text("spreadsheet")
    found = spreadsheet_id(text)
    if not found:
        raise given.fault(
            "spreadsheet",
            f"{text!r} is not the link of a spreadsheet. Copy it from the browser: https://docs.google.com/spreadsheets/d/.../edit",
        )
    return found


def _owned(given: TrackerSettings) -> Owned:
    tabs = tuple(dict.fromkeys(name.strip() for name in given.text("tabs").split(",") if name.strip()))
    if ours := [name for name in tabs if name.casefold() in {DATA, HISTORY}]:
        raise given.fault("tabs", f"{ours[0]} is ours already. Name tabs of your own.")
    columns = {}
    for part in (given.text("columns") or _COLUMNS).split(","):
        heading, _, name = (piece.strip() for piece in part.partition("="))
        if not heading or name not in OFFERED:
            raise given.fault(
                "columns",
                f"{part.strip()!r} should be a heading, =, and one of {', '.join(OFFERED)}; as in {_COLUMNS!r}.",
            )
        columns[heading] = name
    key = given.text("key_column") or Owned().key
    if key.casefold() in {heading.casefold() for heading in columns}:
        raise given.fault("columns", f"{key} is the key column; it is never written.")
    return Owned(tabs, key, columns)


@dataclass(frozen=True, slots=True)
class _GoogleSheet:
    spreadsheet: str
    account: Any = field(repr=False)
    owned: Owned
    history: bool = True
    api_base: str = ""
    name: str = "google_sheets"
    seconds: float = ANSWER_SECONDS

    def send(self, document: ProgressDocument, deliveries: Sequence[Delivery], now: datetime) -> list[DeliveryResult]:
        """One document; what a run with several running cycles wants is `send_run`."""
        return self.send_run([document], deliveries, now).results

    def send_run(
        self, documents: Sequence[ProgressDocument], deliveries: Sequence[Delivery], now: datetime
    ) -> RunAnswer:
        """Bring the whole spreadsheet to the documents; looks even when nothing is owed, and writes only what differs."""
        snapshots = _snapshots(documents, deliveries)
        if not snapshots:
            return RunAnswer([])
        owed = frozenset(_key(delivery.snapshot) for delivery in deliveries)
        wanted = Wanted(documents, snapshots, owed, self.owned, self.history)
        try:
            with self.calls() as calls:
                outcome = bring(calls, wanted)
        except ConnectorError as error:
            return self._failed(error, deliveries)
        _log.info(
            "track tracker=google_sheets key_results=%d requests=%d remarks=%d",
            len(snapshots),
            calls.used,
            len(outcome.remarks),
        )
        results = [self._result(delivery, outcome) for delivery in deliveries]
        return RunAnswer(results, tuple(f"google_sheets: {told}" for told in self._remarks(outcome, owed)))

    def calls(self) -> SheetCalls:
        """A fresh budget of requests."""
        setting = variable(self.name, "service_account_file")
        return SheetCalls(self.account, self.spreadsheet, setting, api_base=self.api_base, seconds=self.seconds)

    def _failed(self, error: ConnectorError, deliveries: Sequence[Delivery]) -> RunAnswer:
        retriable = isinstance(error, RetriableError)
        state = DeliveryState.RETRIABLE if retriable else DeliveryState.PERMANENT
        wait = error.retry_after if isinstance(error, RetriableError) else None
        message = f"google_sheets: {error}"
        _log.warning("track tracker=google_sheets state=%s message=%r", state.value, message)
        results = [DeliveryResult(delivery.delivery_id, state, message, wait) for delivery in deliveries]
        return RunAnswer(results, () if deliveries else (message,))

    def _result(self, delivery: Delivery, outcome: Outcome) -> DeliveryResult:
        key = _key(delivery.snapshot)
        if key in outcome.later:
            return DeliveryResult(delivery.delivery_id, DeliveryState.RETRIABLE, f"google_sheets: {outcome.later[key]}")
        why = outcome.refused.get(key) or " ".join(outcome.stopped)
        if why:
            return DeliveryResult(delivery.delivery_id, DeliveryState.PERMANENT, f"google_sheets: {why}")
        return DeliveryResult(delivery.delivery_id, DeliveryState.SENT)

    def _remarks(self, outcome: Outcome, owed: frozenset[Key]) -> list[str]:
        """With what no delivery would tell, because none is owed."""
        silent = {**outcome.refused, **outcome.later}
        untold = [why for key, why in silent.items() if key not in owed]
        return [*outcome.remarks, *(outcome.stopped if not owed else []), *dict.fromkeys(untold)]


def _snapshots(documents: Sequence[ProgressDocument], deliveries: Sequence[Delivery]) -> dict[Key, Snapshot]:
    """What is owed about cycles that are over first, so that an id without a cycle means the newest."""
    running = {document.cycle_id for document in documents}
    late = [delivery.snapshot for delivery in deliveries if delivery.snapshot.cycle_id not in running]
    return {_key(item): item for item in [*late, *(item for document in documents for item in document.key_results)]}


def _key(snapshot: Snapshot) -> Key:
    return snapshot.cycle_id, snapshot.key_result_id


CONNECT = walk_through(lambda settings: _sheet(settings).calls())
