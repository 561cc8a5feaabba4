"""One CRM record as the vendor would hold it: texts or nulls, with the history of some properties.

Tests build a company by hand from these: `contact(7, lifecycle=[("lead", "2026-10-01T08:00Z")])`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from connectors.sandbox.company.moments import iso, to_ms

When = datetime | str | int
Properties = dict[str, str | None]


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """`value` was set at `ms`; an empty value means the property was cleared."""

    value: str
    ms: int
    source_type: str = "CRM_UI"
    source_id: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """`history` is oldest first. A record is never changed, only replaced by a newer version."""

    id: int
    created: int
    modified: int
    properties: Properties = field(default_factory=dict)
    history: Mapping[str, tuple[HistoryEntry, ...]] = field(default_factory=dict)
    archived_at: int | None = None

    @property
    def archived(self) -> bool:
        return self.archived_at is not None


def stage_properties(entries: Iterable[HistoryEntry]) -> Properties:
    """What HubSpot calculates from the history: the present stage, and the LATEST entry into each stage."""
    properties: Properties = {}
    for entry in entries:
        properties["lifecyclestage"] = entry.value or None
        if entry.value:
            properties[f"hs_v2_date_entered_{entry.value}"] = iso(entry.ms)
    return properties


def contact(
    id: int,  # noqa: A002
    *,
    created: When | None = None,
    modified: When | None = None,
    lifecycle: Iterable[tuple[str, When]] = (),
    archived_at: When | None = None,
    **properties: str | None,
) -> Record:
    """Dates left out follow from the life cycle: created at its first entry, modified at its last."""
    entries = tuple(HistoryEntry(stage, to_ms(moment)) for stage, moment in lifecycle)
    if created is None:
        if not entries:
            raise ValueError(f"contact {id} needs `created` or a life cycle")
        created = entries[0].ms
    last = max([to_ms(created), *(entry.ms for entry in entries)])
    record = _record(id, created, last if modified is None else modified, archived_at, properties)
    return replace(
        record,
        properties={**stage_properties(entries), **record.properties},
        history={"lifecyclestage": entries},
    )


def crm_record(
    id: int,  # noqa: A002
    *,
    created: When,
    modified: When | None = None,
    archived_at: When | None = None,
    **properties: str | None,
) -> Record:
    """Any other object: company, deal, call, meeting, ticket, feedback submission."""
    return _record(id, created, created if modified is None else modified, archived_at, properties)


def _record(
    identity: int, created: When, modified: When, archived_at: When | None, properties: Mapping[str, str | None]
) -> Record:
    return Record(
        identity,
        to_ms(created),
        to_ms(modified),
        dict(properties),
        archived_at=None if archived_at is None else to_ms(archived_at),
    )
