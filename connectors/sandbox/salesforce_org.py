"""The records of one Salesforce org, and what people do to them: create, change, delete, merge, convert, archive, erase.

Moments are kept as milliseconds; the API writes them as REST or as Bulk does. A record with an older `SystemModstamp` than ones already
served is what a long transaction leaves behind: `add(..., modified=<earlier>)`.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Mapping
from typing import Any

from connectors.sandbox.clock import SandboxClock
from connectors.sandbox.company.moments import from_ms, to_ms
from connectors.sandbox.company.record import When
from connectors.sandbox.salesforce_schema import CURRENCIES, MONEY_OBJECTS, OBJECTS, SObject

Values = dict[str, Any]
_STAMPS = ("CreatedDate", "LastModifiedDate", "SystemModstamp")


class SalesforceOrg:
    """`hidden` are (object, field) pairs, and objects, that the integration user may not see; `tracked` fields keep a history."""

    def __init__(self, *, currencies: Mapping[str, float] | None = None, clock: SandboxClock | None = None) -> None:
        """With `currencies` (ISO code -> units for one of the corporate currency, which has 1) the org is multi-currency."""
        self.lock = threading.RLock()
        self.clock = clock or SandboxClock()
        self.objects = dict(OBJECTS)
        self.hidden: set[str | tuple[str, str]] = set()
        self.tracked = {("Lead", "Status"), ("Opportunity", "StageName"), ("Opportunity", "Amount")}
        self._numbers = itertools.count(1)
        if currencies:
            self._many_currencies()
        self.tables: dict[str, dict[str, Values]] = {name: {} for name in self.objects}
        for code, rate in (currencies or {}).items():
            self.add("CurrencyType", IsoCode=code, ConversionRate=rate, IsCorporate=rate == 1, IsActive=True)

    def _many_currencies(self) -> None:
        for name in MONEY_OBJECTS:
            self.add_field(name, "CurrencyIsoCode", "picklist")
        self.objects |= {each.name: each for each in CURRENCIES}

    def add_field(self, object_name: str, field: str, kind: str) -> None:
        """A custom field, such as MQL_Date__c; records have no value in it yet."""
        known = self.objects[object_name]
        self.objects[object_name] = SObject(
            known.name, known.prefix, {**known.fields, field: kind}, known.picklists, known.history, known.unfilterable
        )

    def fields(self, object_name: str) -> dict[str, str]:
        """What the user may see."""
        return {
            name: kind
            for name, kind in self.objects[object_name].fields.items()
            if (object_name, name) not in self.hidden
        }

    def sees(self, object_name: str) -> bool:
        return object_name in self.objects and object_name not in self.hidden

    def add(self, object_name: str, *, created: When | None = None, modified: When | None = None, **values: Any) -> str:
        """The new id. Created now unless said otherwise."""
        kind = self.objects[object_name]
        record_id = str(values.pop("Id", "")) or f"{kind.prefix}{next(self._numbers):012d}AAA"
        born = self.clock.now_ms() if created is None else to_ms(created)
        last = born if modified is None else to_ms(modified)
        stamps = dict(zip(_STAMPS, (born, last, last), strict=True))
        record: Values = {
            name: (False if of == "boolean" else stamps.get(name)) for name, of in kind.fields.items()
        } | {"Id": record_id}
        with self.lock:
            self.tables[object_name][record_id] = record | self._stored(kind, values)
        return record_id

    def change(self, object_name: str, record_id: str, *, modified: When | None = None, **values: Any) -> None:
        """Set fields now; a tracked field that changes leaves a row in the history."""
        now = self.clock.now_ms() if modified is None else to_ms(modified)
        kind = self.objects[object_name]
        with self.lock:
            record = self.tables[object_name][record_id]
            for name, value in values.items():
                if (object_name, name) in self.tracked and record.get(name) != value:
                    self._note(kind, record_id, name, (record.get(name), value), now)
            record |= self._stored(kind, values) | {
                name: now for name in ("LastModifiedDate", "SystemModstamp") if name in kind.fields
            }

    def _note(self, kind: SObject, record_id: str, field: str, values: tuple[Any, Any], moment: int) -> None:
        if kind.history is not None:
            about: dict[str, Any] = {f"{kind.name}Id": record_id, "Field": field, "DataType": "Text"}
            self.add(kind.history, created=moment, OldValue=values[0], NewValue=values[1], **about)

    def get(self, object_name: str, record_id: str) -> Values:
        return dict(self.tables[object_name][record_id])

    def delete(self, object_name: str, record_id: str) -> None:
        """Into the recycle bin: seen by queryAll only."""
        self.change(object_name, record_id, IsDeleted=True)

    def purge(self, object_name: str, record_id: str) -> None:
        """Emptied from the bin: no query shows it any more."""
        with self.lock:
            del self.tables[object_name][record_id]

    def merge(self, object_name: str, winner: str, loser: str) -> None:
        self.change(object_name, loser, IsDeleted=True, MasterRecordId=winner)
        self.change(object_name, winner)

    def convert(self, lead_id: str, *, contact: str | None = None, opportunity: str | None = None) -> None:
        """ConvertedDate is a day without a time, as the vendor keeps it."""
        self.change(
            "Lead",
            lead_id,
            Status="Closed - Converted",
            IsConverted=True,
            ConvertedDate=from_ms(self.clock.now_ms()).date().isoformat(),
            ConvertedContactId=contact,
            ConvertedOpportunityId=opportunity,
        )

    def rows(self, object_name: str, *, everything: bool) -> list[Values]:
        """By id. Without `everything` neither what is in the bin nor archived activities."""
        with self.lock:
            table = [dict(self.tables[object_name][key]) for key in sorted(self.tables[object_name])]
        return [row for row in table if everything or not (row.get("IsDeleted", False) or row.get("IsArchived", False))]

    def _stored(self, kind: SObject, values: Mapping[str, Any]) -> Values:
        unknown = values.keys() - kind.fields.keys()
        if unknown:
            raise KeyError(f"{kind.name} has no {', '.join(sorted(unknown))}")
        return {
            name: to_ms(value) if kind.fields[name] == "datetime" and value is not None else value
            for name, value in values.items()
        }
