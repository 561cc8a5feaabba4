"""Salesforce Sales Cloud: leads, contacts, accounts, opportunities, calls, meetings, cases, campaigns and their members, users, histories.

Manual: https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/intro_rest.htm (query, queryAll) and
https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/bulk_api_2_0.htm
Grain: one row per record; the history tables one row per change of a lead's status or an opportunity's stage.
History: everything on the first load, activities archived after a year included; changes of fields only since tracking was switched on, and
Salesforce forgets them after 18 months: what was read before stays.
Delay: a record is seen when its transaction commits, under an older moment; every load ends two minutes before now and reads an hour
again, once a day 48 hours, once a week everything, because a record purged from the bin leaves no trace.
Deletes: deleted records stay, with isdeleted = true, and those merged into another with masterrecordid; staging drops them.
One that is purged from the bin before a load saw it there counts until the weekly read. getDeleted would tell of it sooner, but not who
survived a merge, and takes a call per object in every load; it is not asked.
Limits: 25 long calls at once (`readers/limits.py`),
100,000 calls a day and more, by licences; over 2,000 records the first load is a Bulk job. Says no Retry-After.
Credential: an External Client App with the scope api, and an integration user with 'API Enabled', View All Data and read access to
the fields. Client credentials: SOURCES__SALESFORCE__DOMAIN, CONSUMER_KEY and CONSUMER_SECRET. JWT bearer: CONSUMER_KEY, USERNAME and
PRIVATE_KEY_FILE. What marketing-qualified means: SOURCES__SALESFORCE__MARKETING_QUALIFIED (`readers/salesforce/stages.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import dlt
from dlt.common.configuration.specs import BaseConfiguration
from dlt.extract import DltResource

from connectors.contract import SourceRun
from connectors.errors import SettingError
from connectors.readers import settings
from connectors.readers.ahead import Readings
from connectors.readers.columns import Kind, dlt_columns
from connectors.readers.merge import replacing, replacing_everything, replacing_same, same_key
from connectors.readers.salesforce import calls as client
from connectors.readers.salesforce import connect
from connectors.readers.salesforce.calls import SalesforceCalls
from connectors.readers.salesforce.login import Login
from connectors.readers.salesforce.lookups import currency_rates
from connectors.readers.salesforce.objects import LEAD_HISTORY, OBJECT_TYPES, RATE_COLUMNS, RULE_COLUMNS, ObjectType
from connectors.readers.salesforce.pages import Page, empty_rows
from connectors.readers.salesforce.reader import ObjectReader
from connectors.readers.salesforce.schema import OrgSchema
from connectors.readers.salesforce.stages import (
    Meanings,
    hubspot_fields_from_settings,
    own_fields_from_settings,
    rules_from_settings,
)
from connectors.readers.salesforce.transport import open_session
from connectors.readers.salesforce.watermark import MARGIN, OVERLAP, Memory
from connectors.readers.state import resource_memory

LABEL = "Salesforce"
SECRETS = ("consumer_secret",)
CONNECT = connect.CONNECT
API_VERSION, API_SUNSET = client.API_VERSION, client.API_SUNSET
BULK_FROM = 2000
"""Salesforce recommends Bulk from so many records on."""


@dataclass(frozen=True)
class _Org:
    """One org during one run, and what its settings mean."""

    calls: SalesforceCalls
    schema: OrgSchema
    meanings: Meanings
    run: SourceRun
    bulk_from: int

    def end(self) -> datetime:
        """Up to where is read: what is younger may not be committed yet."""
        return (self.calls.started or self.run.now) - MARGIN


@dlt.source(name="salesforce", spec=BaseConfiguration)
def source(run: SourceRun) -> Iterator[DltResource]:
    """All resources; every setting is looked up as SOURCES__SALESFORCE__<NAME>."""
    org = _org(run)
    yield _lookup("stage_rules", org.meanings.table, RULE_COLUMNS, ["stage", "kind", "value"])
    yield _lookup(
        "currency_rates",
        lambda: currency_rates(org.calls, org.schema),
        RATE_COLUMNS,
        ["iso_code", "start_date", "is_dated"],
    )
    skip = _skipped()
    readings = Readings(org.calls.limiter.end)
    for kind in OBJECT_TYPES:
        if kind.name not in skip:
            yield _object(kind, org, readings)


def personal_columns() -> dict[str, Collection[str]]:
    """Where codes stand in place of e-mail addresses."""
    return {kind.table: kind.personal for kind in OBJECT_TYPES if kind.personal}


def _org(run: SourceRun) -> _Org:
    session = open_session(settings.optional("salesforce", "api_base"), run.answer_seconds)
    calls = SalesforceCalls(Login.from_settings(), session, run)
    schema = OrgSchema(calls)
    meanings = Meanings(rules_from_settings(), own_fields_from_settings(), schema, run, hubspot_fields_from_settings())
    return _Org(calls, schema, meanings, run, _bulk_from())


def _skipped() -> set[str]:
    names = {name.strip() for name in settings.optional("salesforce", "skip_objects").split(",") if name.strip()}
    known = {kind.name for kind in OBJECT_TYPES}
    if strange := sorted(names - known):
        raise SettingError(
            f"salesforce: SOURCES__SALESFORCE__SKIP_OBJECTS names {', '.join(strange)}. Known: {', '.join(sorted(known))}."
        )
    return names


def _bulk_from() -> int:
    text = settings.optional("salesforce", "bulk_from", str(BULK_FROM))
    if not text.isdigit():
        raise SettingError(f"salesforce: SOURCES__SALESFORCE__BULK_FROM = {text!r} is no whole number.")
    return int(text)


def _lookup(name: str, read: Callable[[], Any], columns: dict[str, Kind], key: list[str]) -> DltResource:
    """A small table that is read whole every time."""
    return dlt.resource(
        lambda: (yield read()),
        name=name,
        primary_key=key,
        write_disposition=replacing_everything(),
        columns=dlt_columns(columns),
    )


def _object(kind: ObjectType, org: _Org, readings: Readings) -> DltResource:
    memory = Memory.from_state(resource_memory(kind.table))
    if memory is not None and (org.run.full or memory.is_due_for_everything(org.run.now)):
        memory = None
    newest = "systemmodstamp" if "SystemModstamp" in kind.fields else "createddate"
    resource: DltResource = dlt.resource(
        _rows(_Reading(kind, org, memory), org, readings),
        name=kind.table,
        primary_key=["id"],
        write_disposition=_replaced(kind) if memory is None else replacing_same(["id"]),
        columns=dlt_columns(kind.columns, newest_by=newest),
    )
    return resource


def _replaced(kind: ObjectType) -> Any:
    """What makes room for a full read."""
    if kind.kept:
        return replacing_same(["id"])
    if kind.merges:
        return replacing(f'"masterrecordid" IS NULL OR {same_key(["id"])}')
    return replacing_everything()


def _rows(reading: _Reading, org: _Org, readings: Readings) -> Any:
    """Takes what comes, and remembers how far."""
    tables, run = readings.add(reading.tables()), org.run

    def read() -> Iterator[Any]:
        if reading.memory is None:
            yield empty_rows(reading.kind)
        yield from tables
        run.warnings.extend(reading.run.warnings)
        run.warnings.extend(text for text in org.calls.told() if text not in run.warnings)
        if reading.after is None:
            return
        if reading.untracked:
            org.meanings.tell_untracked()
        dlt.current.resource_state().update(reading.after.to_state())
        run.data_through = reading.after.through
        run.watermark = (reading.after.through - OVERLAP).isoformat()

    return read


class _Reading:
    """One object, read on a thread of its own; `after` is what is remembered when all came, None when the object is not there."""

    def __init__(self, kind: ObjectType, org: _Org, memory: Memory | None) -> None:
        self.kind = kind
        self.run = org.run.part()
        self.memory = memory
        self.after: Memory | None = None
        self.untracked = False
        self._org = org

    def tables(self) -> Iterator[Any]:
        kind, org, memory = self.kind, self._org, self.memory
        selection = org.schema.select(kind, org.meanings.columns(kind.name), self.run)
        if selection is None:
            return
        end = org.end()
        reader = ObjectReader(org.calls, selection, org.schema.cursor(kind), end, self.run)
        fields = tuple(selection.fields.values())
        # a field that is asked for since today has a past too
        fully = memory is None or memory.fields != fields
        rows = 0
        for page in reader.everything(org.bulk_from) if fully or memory is None else _news(reader, memory, self.run):
            rows += len(page)
            yield self.run.personal.hide(page.rows, kind.personal)
        self.untracked = kind is LEAD_HISTORY and fully and not rows
        widely = end if memory is None else memory.since(self.run.now)[1]
        self.after = Memory(end, widely, end if memory is None else memory.fully, fields)


def _news(reader: ObjectReader, memory: Memory, run: SourceRun) -> Iterator[Page]:
    since, _ = memory.since(run.now)
    return reader.news(since)
