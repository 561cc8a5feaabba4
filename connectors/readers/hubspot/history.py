"""Histories that HubSpot does not tell to the end: of a property it keeps the latest changes only, 45 of contacts and 20 of others.

That a history is cut cannot be seen from an answer but by its length. What must not get lost is the FIRST entry into a stage: rows read
before stay beside the told ones, and models also look at HubSpot's own date of entry (`int_hubspot_leads`). Both can be missing for
people who changed often before the first load, so they are named.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from connectors.contract import SourceRun
from connectors.readers.hubspot.objects import ObjectType
from connectors.readers.merge import same_key

KEY = ("contact_id", "entered_at", "stage")
MOST_TOLD = 45
PERHAPS_CUT = 20
"""From so many changes on rows read before are kept, whichever of the two limits holds: a change that took place stays true."""
_LONG = f"contact_id IN (SELECT contact_id FROM {{staging_table}} GROUP BY contact_id HAVING count(*) >= {PERHAPS_CUT})"  # noqa: S608


def keeping_what_was_told(condition: str) -> str:
    """SQL for the rows that make room: those that `condition` names, but of a long history only what comes again."""
    return f"(({condition}) AND NOT {_LONG}) OR {same_key(KEY)}"


class CutHistories:
    """Notes whose history may be cut, and says so in one warning."""

    def __init__(self, run: SourceRun) -> None:
        self._run = run
        self._ids: list[str] = []
        self._said = ""

    def look(self, records: Any, kind: ObjectType) -> None:
        told = pc.list_value_length(pc.struct_field(records, ["propertiesWithHistory", kind.history]))
        long = pc.struct_field(records, "id").filter(pc.fill_null(pc.greater_equal(told, MOST_TOLD), pa.scalar(False)))
        if len(long):
            self._ids += long.to_pylist()
            self._say(kind)

    def _say(self, kind: ObjectType) -> None:
        if self._said:
            self._run.warnings.remove(self._said)
        named = ", ".join(self._ids[:3]) + (", ..." if len(self._ids) > 3 else "")
        self._said = (
            f"hubspot: of {len(self._ids)} {kind.name} ({named}) HubSpot tells only the latest {MOST_TOLD} changes of {kind.history};"
            " their first day in a stage is the earliest that was ever read."
        )
        self._run.warnings.append(self._said)
