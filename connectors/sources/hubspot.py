"""HubSpot CRM: contacts with the history of their life-cycle stage, companies, deals, calls, meetings, tickets, survey answers,
owners, pipeline stages; on request the list of marketing e-mails (SOURCES__HUBSPOT__ALSO_READ=marketing_emails).

Manual: https://developers.hubspot.com/docs/api-reference/crm-contacts-v3/guide
Grain: one row per record; account the account itself, whose currency deals are converted to; contact_lifecycle_history one row
per contact, moment and stage; deal_stages and ticket_stages one row per stage; feedback_submissions every kind of survey, of which
only NPS is on the scale from 0 to 10.
History: everything on the first load; life-cycle changes as far back as HubSpot keeps them (about 45 per contact; what was read
before stays, and a warning names those whose history is that long).
Delay: search, and so a load of news, lags some moments behind; every load reads 15 minutes again, once a day 48 hours, once
a week everything, because a record erased for good leaves no trace.
Deletes: archived records stay, with archived = true (also those merged into another); staging drops them. That list
cannot be asked for news: where it is longer than 1,000, it is read when the number of live records is not what it was plus the new ones,
and once a day in any case, so a record archived in the same hour in which another was restored may be seen a day late. The history of a
contact merged into another stays; that of one erased for good goes with the next weekly read.
Limits: 100-190 calls in 10 seconds, 5 searches a second for the whole account, 250,000 calls a day (`readers/limits.py`).
Credential: a service key (Settings > Integrations > Service Keys) with the scopes crm.objects.{contacts,companies,deals,owners,
feedback_submissions}.read and tickets, in SOURCES__HUBSPOT__ACCESS_TOKEN. What the account does not have is left out by name, because
a table that is silently empty would be a zero: SOURCES__HUBSPOT__SKIP_OBJECTS=tickets,feedback_submissions.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import partial
from typing import Any

import dlt
import pyarrow as pa
from dlt.common.configuration.specs import BaseConfiguration
from dlt.extract import DltResource

from connectors.contract import SourceRun
from connectors.errors import SettingError
from connectors.readers import settings
from connectors.readers.ahead import Readings
from connectors.readers.columns import dlt_columns
from connectors.readers.hubspot import calls as client
from connectors.readers.hubspot import connect, emails, lookups, pages
from connectors.readers.hubspot.account import account
from connectors.readers.hubspot.calls import HOST, HubSpotCalls
from connectors.readers.hubspot.history import KEY, CutHistories, keeping_what_was_told
from connectors.readers.hubspot.objects import (
    ACCOUNT_COLUMNS,
    DEALS,
    EMAIL_COLUMNS,
    HISTORY_COLUMNS,
    OBJECT_TYPES,
    OWNER_COLUMNS,
    PERSONAL_OF_OWNERS,
    STAGE_COLUMNS,
    TICKETS,
    ObjectType,
)
from connectors.readers.hubspot.reader import ObjectReader, batches
from connectors.readers.hubspot.references import SETTING, referring
from connectors.readers.hubspot.watermark import FEW_ARCHIVED, NOT_COUNTED, OVERLAP, Memory
from connectors.readers.merge import replacing, replacing_everything, replacing_same, same_key
from connectors.readers.state import resource_memory

LABEL = "HubSpot"
SECRETS = ("access_token",)
CONNECT = connect.CONNECT
API_VERSION, API_SUNSET = client.API_VERSION, client.API_SUNSET
_MERGED = f"source_type = '{pages.MERGED_AWAY}'"
_ALL_BUT_MERGED = f"{_MERGED} OR contact_id NOT IN (SELECT contact_id FROM {{staging_table}} WHERE {_MERGED})"  # noqa: S608
"""A full read replaces the whole history, except that of contacts merged away: HubSpot no longer tells it, and a person who
qualified before the merge has qualified. That of erased contacts goes."""


@dlt.source(name="hubspot", spec=BaseConfiguration)
def source(
    run: SourceRun,
    access_token: str | None = None,
    api_base: str | None = None,
    skip_objects: str | None = None,
    also_read: str | None = None,
) -> Iterator[DltResource]:
    """All resources. Settings not given are looked up as SOURCES__HUBSPOT__<NAME>; lists are comma-separated."""
    token = access_token or settings.secret("hubspot", "access_token", "a HubSpot service key")
    calls = HubSpotCalls(token, api_base or settings.optional("hubspot", "api_base", HOST), run)
    skipped = skip_objects if skip_objects is not None else settings.optional("hubspot", "skip_objects")
    skip = {name.strip() for name in skipped.split(",")}
    yield _lookup("owners", partial(_owners, run=run), OWNER_COLUMNS, ["id"], calls)
    if DEALS.name not in skip:
        yield _lookup("account", partial(account, run=run), ACCOUNT_COLUMNS, ["portal_id"], calls)
    for kind, name in ((DEALS, "deal_stages"), (TICKETS, "ticket_stages")):
        if kind.name not in skip:
            read = partial(lookups.stages, kind=kind)
            yield _lookup(name, read, STAGE_COLUMNS, ["pipeline_id", "stage_id"], calls)
    if emails.NAME in _also_read(also_read):
        yield _lookup(emails.NAME, partial(emails.marketing_emails, run=run), EMAIL_COLUMNS, ["id"], calls)
    readings = Readings(calls.limiter.end)
    for kind in referring(OBJECT_TYPES, settings.optional("hubspot", SETTING)):
        if kind.name not in skip:
            yield from _object(kind, calls, run, readings)


def personal_columns() -> dict[str, Collection[str]]:
    """Where codes stand in place of e-mail addresses."""
    return {"owners": (PERSONAL_OF_OWNERS,)} | {kind.name: kind.personal for kind in OBJECT_TYPES if kind.personal}


def _owners(calls: HubSpotCalls, run: SourceRun) -> Any:
    return run.personal.hide(lookups.owners(calls), (PERSONAL_OF_OWNERS,))


def _also_read(given: str | None) -> set[str]:
    asked = given if given is not None else settings.optional("hubspot", "also_read")
    names = {name.strip() for name in asked.split(",")} - {""}
    if unknown := names - {emails.NAME}:
        raise SettingError(
            f"hubspot: SOURCES__HUBSPOT__ALSO_READ names {', '.join(sorted(unknown))}. It knows only {emails.NAME}."
        )
    return names


def _lookup(name: str, read: Any, columns: Any, key: list[str], calls: HubSpotCalls) -> DltResource:
    """A small table that is read whole every time."""
    return dlt.resource(
        lambda: (yield read(calls)),
        name=name,
        primary_key=key,
        write_disposition=replacing_everything(),
        columns=dlt_columns(columns),
    )


def _object(kind: ObjectType, calls: HubSpotCalls, run: SourceRun, readings: Readings) -> Iterator[DltResource]:
    memory = Memory.from_state(resource_memory(_records_name(kind)))
    if memory is not None and (run.full or memory.is_due_for_everything(run.now) or memory.reference != kind.reference):
        memory = None
    records = dlt.resource(
        _records(_Reading(kind, calls, run, memory), run, readings), name=_records_name(kind), selected=False
    )
    yield records
    yield dlt.transformer(
        lambda batch: run.personal.hide(_with_tombstones(batch, kind), kind.personal),
        data_from=records,
        name=kind.name,
        primary_key=["id"],
        write_disposition=replacing_everything() if memory is None else replacing_same(["id"]),
        columns=dlt_columns(kind.columns, newest_by=kind.modified),
    )
    if kind.history:
        cut = CutHistories(run)
        replaced = _ALL_BUT_MERGED if memory is None else same_key(["contact_id"])
        yield dlt.transformer(
            lambda batch: _history(batch, kind, cut, everything=memory is None),
            data_from=records,
            name="contact_lifecycle_history",
            primary_key=list(KEY),
            write_disposition=replacing(keeping_what_was_told(replaced)),
            columns=dlt_columns(HISTORY_COLUMNS),
        )


def _records_name(kind: ObjectType) -> str:
    return f"{kind.name}_records"


def _records(reading: _Reading, run: SourceRun, readings: Readings) -> Any:
    """Reads the records once for all tables made of them, and remembers how far."""
    batches = readings.add(reading.batches())

    def read() -> Iterator[Any]:
        if reading.memory is None:
            yield pages.empty_records(reading.kind)  # the table is there also when the account has no such record
        yield from batches
        run.warnings.extend(reading.run.warnings)
        dlt.current.resource_state().update(reading.after.to_state())
        run.data_through = reading.after.through
        run.watermark = (reading.after.through - OVERLAP).isoformat()

    return read


class _Reading:
    """One object type, read on a thread of its own; `after` is what is remembered when all came."""

    after: Memory

    def __init__(self, kind: ObjectType, calls: HubSpotCalls, run: SourceRun, memory: Memory | None) -> None:
        self.kind = kind
        self.run = run.part()
        self.memory = memory
        self._calls = calls

    def batches(self) -> Iterator[Any]:
        kind, memory, now = self.kind, self.memory, self.run.now
        reader = ObjectReader(self._calls, kind, self.run)
        yield from batches(reader.everything() if memory is None else self._news(reader, memory), kind)
        archived: list[str] = []
        sweeps = memory is None or memory.reads_archived(now) or reader.misses_some(memory.live)
        if memory is None or sweeps:
            yield from batches(_noting(reader.archived(), archived), kind)
        else:
            archived = list(memory.archived)
        if memory is not None:
            yield from batches(reader.by_id(sorted(set(memory.archived) - set(archived))), kind)
        started = self._calls.started or now
        _, widely = memory.since(now) if memory is not None else (started, started)
        fully = memory.fully if memory is not None else started
        on_list = len(archived) if memory is None or sweeps else memory.on_list
        live = reader.live() if on_list > FEW_ARCHIVED else NOT_COUNTED
        self.after = Memory(started, widely, fully, tuple(archived), on_list, kind.reference, live)

    def _news(self, reader: ObjectReader, memory: Memory) -> Iterator[pages.Page]:
        since, _ = memory.since(self.run.now)
        return reader.news(since, memory.through)


def _noting(found: Iterator[pages.Page], ids: list[str]) -> Iterator[pages.Page]:
    for page in found:
        ids.extend(page.ids)
        yield page


def _with_tombstones(batch: Any, kind: ObjectType) -> Any:
    """In one table: dlt checks the whole schema again for each that it is handed."""
    return pa.concat_tables([pages.rows(batch, kind), pages.tombstones(batch, kind)])


def _history(batch: Any, kind: ObjectType, cut: CutHistories, *, everything: bool) -> Iterator[Any]:
    cut.look(batch, kind)
    yield pages.history_rows(batch, kind)
    if everything:
        yield pages.merge_marks(batch, kind)
