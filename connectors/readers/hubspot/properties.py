"""Whether the account still has every property that is asked for.

HubSpot ignores unknown names in a request without a word, so a renamed property would just turn null everywhere. In an answer it
shows null for what it knows and leaves out what it does not; only when something is left out is the account's own list asked.
"""

from __future__ import annotations

import pyarrow as pa

from connectors.contract import SourceRun
from connectors.errors import ContractError, SettingError
from connectors.readers.hubspot.calls import HubSpotCalls
from connectors.readers.hubspot.objects import ObjectType
from connectors.readers.hubspot.pages import Page
from connectors.readers.hubspot.references import REFERENCES
from connectors.readers.json_pages import parse

_LIST = pa.schema([("results", pa.list_(pa.struct([("name", pa.string())])))])


class PropertyCheck:
    """Looks at the first page with a record in it."""

    def __init__(self, calls: HubSpotCalls, kind: ObjectType, run: SourceRun) -> None:
        self._calls = calls
        self._kind = kind
        self._run = run
        self._done = False

    def look(self, page: Page) -> None:
        """A warning for a custom or calculated property that is not there, ContractError for any other."""
        if self._done or not len(page):
            return
        self._done = True
        wanted = set(self._kind.asked if self._kind.reference_known else self._kind.properties)
        if absent := wanted - page.known_properties():
            self._tell(absent - self._in_account())

    def _tell(self, absent: set[str]) -> None:
        if self._kind.reference in absent:
            raise SettingError(
                f"hubspot: {REFERENCES} names {self._kind.name}.{self._kind.reference}, which the account does not have. Look its internal"
                " name up in Settings > Properties. Nothing was loaded."
            )
        mine = self._kind.custom | self._kind.calculated
        for name in sorted(absent & mine):
            self._run.warnings.append(
                f"hubspot: the account has no property {self._kind.name}.{name}; the column stays empty."
            )
        if broken := sorted(absent - mine):
            raise ContractError(f"hubspot: {self._kind.name} no longer has {', '.join(broken)}. Nothing was loaded.")

    def _in_account(self) -> set[str]:
        what = f"hubspot: properties/{self._kind.name}"
        rows = self._calls.properties(self._kind.name, self._kind.scope, lambda body: parse(body, _LIST, what))
        return {entry["name"] for entry in rows["results"][0].as_py() or ()}
