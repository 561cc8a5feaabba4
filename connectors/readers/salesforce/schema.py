"""What the org has, as the integration user sees it: which fields of an object can be asked for, and by which one news are found.

A hidden field is not an error to Salesforce: describe just does not have it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

import pyarrow as pa

from connectors.contract import SourceRun
from connectors.errors import ContractError, ForbiddenError
from connectors.readers.json_pages import parse
from connectors.readers.salesforce.calls import SalesforceCalls
from connectors.readers.salesforce.objects import ObjectType
from connectors.readers.salesforce.pages import Selection

CURSORS = ("SystemModstamp", "LastModifiedDate", "CreatedDate")
_PICKLIST = pa.list_(pa.struct([("value", pa.string())]))
_FIELD = pa.struct(
    [("name", pa.string()), ("type", pa.string()), ("filterable", pa.bool_()), ("picklistValues", _PICKLIST)]
)


@dataclass(frozen=True)
class Field:
    """`values` of a picklist, active or not."""

    type: str
    filterable: bool
    values: tuple[str, ...]


class OrgSchema:
    """Asks for each object once in a run, whichever thread is the first."""

    def __init__(self, calls: SalesforceCalls) -> None:
        self._calls = calls
        self._known: dict[str, dict[str, Field] | None] = {}
        self._locks: defaultdict[str, Lock] = defaultdict(Lock)

    def fields(self, name: str) -> dict[str, Field] | None:
        """None when the object is not there for this user."""
        with self._locks[name]:
            if name not in self._known:
                self._known[name] = self._fields(name)
            return self._known[name]

    def _fields(self, name: str) -> dict[str, Field] | None:
        what = f"salesforce: sobjects/{name}/describe"

        def read(body: bytes, _headers: Mapping[str, str]) -> dict[str, Field]:
            [fields] = parse(body, pa.schema([("fields", pa.list_(_FIELD))]), what)["fields"].to_pylist()
            if not fields:
                raise ContractError(f"{what} answered without `fields`. Nothing was loaded.")
            return {each["name"]: _field(each) for each in fields}

        return self._calls.describe(name, read)

    def select(self, kind: ObjectType, extra: Mapping[str, str], run: SourceRun) -> Selection | None:
        """What to ask of the object; `extra` are columns filled by fields of the org's own. None when it may be absent, and is."""
        known = self.fields(kind.name)
        if known is None:
            self._absent(kind, run)
            return None
        absent = kind.fields.keys() - known.keys()
        if hidden := sorted(absent - kind.optional):
            raise ForbiddenError(
                f"salesforce: the integration user may not see {kind.name}.{f', {kind.name}.'.join(hidden)}. Give read access in the"
                " permission set (Object Settings > Field Permissions); until then nothing of it is loaded."
            )
        run.warnings += [
            f"salesforce: {kind.name}.{name} is not there or not for this user; the column stays empty."
            for name in sorted(absent - {"CurrencyIsoCode"})
        ]
        return Selection(kind, {name.lower(): name for name in kind.fields if name in known} | dict(extra))

    def cursor(self, kind: ObjectType) -> str:
        """The field that every change moves. One that cannot be filtered by would silently find nothing."""
        known = self.fields(kind.name) or {}
        usable = [name for name in CURSORS if name in kind.fields and name in known and known[name].filterable]
        if not usable:
            raise ContractError(f"salesforce: {kind.name} has no moment of change to ask by. Nothing was loaded.")
        return usable[0]

    def _absent(self, kind: ObjectType, run: SourceRun) -> None:
        if not kind.may_be_absent:
            raise ForbiddenError(
                f"salesforce: the integration user may not see {kind.name}, or the org does not have it. Give read access, or leave it out"
                f" with SOURCES__SALESFORCE__SKIP_OBJECTS={kind.name}."
            )
        run.warnings.append(
            f"salesforce: {kind.name} is not there: history tracking is off, or the user may not see it. Its table stays as it is."
        )


def _field(shown: dict[str, Any]) -> Field:
    values = tuple(each["value"] for each in shown["picklistValues"] or ())
    return Field(str(shown["type"]), bool(shown["filterable"]), values)
