"""The company as one object: tables of CRM records, traffic and files, with the changes that people make to them."""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

from connectors.sandbox.clock import SandboxClock
from connectors.sandbox.company.columns import ColumnTable
from connectors.sandbox.company.emails import MarketingEmail
from connectors.sandbox.company.files import Files
from connectors.sandbox.company.moments import iso, to_ms
from connectors.sandbox.company.newsletter import Newsletter
from connectors.sandbox.company.people import EXAMPLE_OWNERS, Owner
from connectors.sandbox.company.record import (
    HistoryEntry,
    Properties,
    Record,
    When,
    contact,
    crm_record,
    stage_properties,
)
from connectors.sandbox.company.schema import OBJECT_TYPES, PIPELINES, Pipeline, PropertyDefinition
from connectors.sandbox.company.store import ObjectTable
from connectors.sandbox.company.surveys import Surveys
from connectors.sandbox.company.traffic import Traffic, TrafficRow


class Company:
    """`tables` by object type ("contacts", "deals", ...); everything may be changed while the server runs.

    `base` holds generated columns, the record lists hand-made ones; both together are allowed.
    """

    def __init__(  # noqa: PLR0913 - one argument for each thing a test may want to set up
        self,
        contacts: Iterable[Record] = (),
        companies: Iterable[Record] = (),
        deals: Iterable[Record] = (),
        *,
        calls: Iterable[Record] = (),
        meetings: Iterable[Record] = (),
        tickets: Iterable[Record] = (),
        feedback_submissions: Iterable[Record] = (),
        owners: Iterable[Owner] = EXAMPLE_OWNERS,
        pipelines: Mapping[str, tuple[Pipeline, ...]] = PIPELINES,
        traffic: Traffic | Iterable[TrafficRow] = (),
        files: Files | None = None,
        base: Mapping[str, ColumnTable] | None = None,
        time_zone: str = "Europe/Budapest",
        currency: str = "EUR",
        clock: SandboxClock | None = None,
    ) -> None:
        self.lock = threading.RLock()
        self.clock = clock or SandboxClock()
        self.zone = ZoneInfo(time_zone)
        self.currency = currency
        self.owners = list(owners)
        self.pipelines = dict(pipelines)
        self.traffic = traffic if isinstance(traffic, Traffic) else Traffic(traffic)
        self.files = files or Files()
        self.surveymonkey, self.typeform, self.newsletter = Surveys(), Surveys(), Newsletter()
        given = {
            "contacts": contacts,
            "companies": companies,
            "deals": deals,
            "calls": calls,
            "meetings": meetings,
            "tickets": tickets,
            "feedback_submissions": feedback_submissions,
        }
        generated = base or {}
        self.tables = {name: ObjectTable(self.lock, generated.get(name), given[name]) for name in OBJECT_TYPES}
        self.marketing_emails: list[MarketingEmail] = []
        self.properties = {name: dict(kind.properties) for name, kind in OBJECT_TYPES.items()}

        self._planned: list[tuple[int, int, Callable[[Company], object]]] = []
        self._plan_number = itertools.count()
        self._happening: int | None = None
        self.clock.watch(self._catch_up)

    def now_ms(self) -> int:
        """The clock's moment; while something planned happens, the moment that it was planned for."""
        return self.clock.now_ms() if self._happening is None else self._happening

    def plan(self, moment: When, change: Callable[[Company], object]) -> None:
        """Let `change(company)` happen when the clock gets to the moment or past it. Moving back undoes nothing."""
        with self.lock:
            heapq.heappush(self._planned, (to_ms(moment), next(self._plan_number), change))
            if self._happening is None:
                self._catch_up()

    def _catch_up(self) -> None:
        with self.lock:
            while self._planned and self._planned[0][0] <= self.clock.now_ms():
                self._happening, _, change = heapq.heappop(self._planned)
                try:
                    change(self)
                finally:
                    self._happening = None

    @classmethod
    def example(cls, contacts: int = 4000, seed: int = 7) -> Company:
        """Brightwater from 2024-11-01 to 2026-11-21, and two weeks more as the clock moves; the same for the same arguments."""
        from connectors.sandbox.company.generate import generate

        return generate(contacts, seed)

    def add_property(self, object_name: str, name: str, kind: str = "string") -> None:
        """A custom property of the account."""
        self.properties[object_name][name] = PropertyDefinition(name, kind)

    def add(self, object_name: str, record: Record) -> int:
        """Write a whole record now, whatever its own moments say: so a late one is one with older moments."""
        self.tables[object_name].put(record, self.now_ms())
        return record.id

    def add_contact(self, record_id: int | None = None, *, lifecycle: Iterable[tuple[str, When]] = (),
                    created: When | None = None, modified: When | None = None, **properties: str | None) -> int:  # fmt: skip
        """Created now unless said otherwise. Give an older `modified` for a record that arrives late."""
        entries = list(lifecycle)
        if created is None:
            created = entries[0][1] if entries else self.now_ms()
        record_id = self.tables["contacts"].next_id() if record_id is None else record_id
        if modified is None:
            modified = self.now_ms()
        record = contact(record_id, created=created, modified=modified, lifecycle=entries, **properties)
        return self.add("contacts", record)

    def add_record(self, object_name: str, record_id: int | None = None, *, created: When | None = None,
                   modified: When | None = None, **properties: str | None) -> int:  # fmt: skip
        record_id = self.tables[object_name].next_id() if record_id is None else record_id
        now = self.now_ms()
        created, modified = now if created is None else created, now if modified is None else modified
        return self.add(object_name, crm_record(record_id, created=created, modified=modified, **properties))

    def change(
        self, object_name: str, record_id: int, *, modified: When | None = None, **properties: str | None
    ) -> Record:
        """Set properties; a new `lifecyclestage` is added to its history at `modified`, which is now by default."""
        now = self.now_ms()
        moment = now if modified is None else to_ms(modified)

        def changed(record: Record) -> Record:
            if object_name == "contacts" and "lifecyclestage" in properties:
                record = _with_stage(record, HistoryEntry(properties["lifecyclestage"] or "", moment))
            return replace(record, modified=moment, properties=record.properties | properties)

        return self.tables[object_name].update(record_id, changed, now)

    def change_contact(self, record_id: int, *, modified: When | None = None, **properties: str | None) -> Record:
        return self.change("contacts", record_id, modified=modified, **properties)

    def redate_deal(self, record_id: int, closedate: When) -> Record:
        return self.change("deals", record_id, closedate=iso(to_ms(closedate)))

    def archive(self, object_name: str, record_id: int) -> None:
        """Deleted, restorable: gone from reading and searching, visible in the archived list."""
        now = self.now_ms()
        self.tables[object_name].update(record_id, lambda r: replace(r, archived_at=now, modified=now), now)

    def restore(self, object_name: str, record_id: int) -> None:
        now = self.now_ms()
        self.tables[object_name].update(record_id, lambda r: replace(r, archived_at=None, modified=now), now)

    def vanish(self, object_name: str, record_id: int) -> None:
        """Deleted for good, as privacy law asks: nothing is left to see."""
        self.tables[object_name].vanish(record_id, self.now_ms())

    def merge(self, object_name: str, winner: int, loser: int) -> Record:
        """The loser vanishes; the winner keeps its own values, takes the gaps from the loser, and names it."""
        now = self.now_ms()
        table = self.tables[object_name]
        lost = table.get(loser)
        if lost is None:
            raise KeyError(f"no record {loser} to merge into {winner}")
        merged = table.update(winner, lambda record: _merged(record, lost, now, object_name), now)
        table.vanish(loser, now)
        return merged

    def restate_traffic(self, day: date, channel: str, **numbers: int) -> None:
        """Set final numbers of a day and channel: `restate_traffic(day, "Direct", sessions=120)`."""
        known = next((row for row in self.traffic if (row.day, row.channel) == (day, channel)), None)
        self.traffic.restate((known or TrafficRow(day, channel, 0)).with_numbers(numbers))


def _with_stage(record: Record, entry: HistoryEntry) -> Record:
    entries = (*record.history.get("lifecyclestage", ()), entry)
    properties = {**record.properties, **stage_properties(entries)}
    return replace(record, properties=properties, history={**record.history, "lifecyclestage": entries})


def _merged(winner: Record, loser: Record, now: int, object_name: str) -> Record:
    properties: Properties = dict(winner.properties)
    for name, value in loser.properties.items():
        if properties.get(name) is None:
            properties[name] = value
    ids = (winner.properties.get("hs_merged_object_ids"), str(loser.id), loser.properties.get("hs_merged_object_ids"))
    properties["hs_merged_object_ids"] = ";".join(part for part in ids if part)
    if object_name == "contacts":
        vids = (winner.properties.get("hs_calculated_merged_vids"), f"{loser.id}:{now}")
        properties["hs_calculated_merged_vids"] = ";".join(part for part in vids if part)
    return replace(winner, modified=now, properties=properties)
