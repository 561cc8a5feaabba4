"""Names for content: equal things get equal names, on every machine and in every run."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

from okr_mappings.calendar import Cycle
from okr_mappings.document import to_plain
from okr_mappings.model import KeyResultBlock
from okr_mappings.snapshot import OBSERVED, Snapshot
from okr_mappings.sql_tokens import sql_tokens

LENGTH = 16
# what one run adds to an observation without changing it, and what only says `reason` again
_NO_CONTENT = ("snapshot_id", "run_id", "computed_at", "reason_parts")


def content_hash(content: object) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of the canonical JSON."""
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()[:LENGTH]


def sql_hash(sql: str) -> str:
    """Equal for texts that differ in comments, layout and the case of words only; of a metric and of a key result's own SQL alike."""
    return content_hash(sql_tokens(sql))


def mapping_hash(block: KeyResultBlock, cycle: Cycle, unit: str) -> str:
    """Names what a key result aims at. Check-ins, finished steps, notes and lessons report on it and leave it as it is.

    Fields at their defaults are left out, so that a new optional field in a later version changes no hash.
    """
    content = block.model_dump(
        mode="json",
        warnings=False,
        exclude_defaults=True,
        exclude={"check_ins": True, "notes": True, "lessons": True, "steps": {"__all__": {"done"}}},
    )
    if block.sql is not None:
        content["sql"] = sql_tokens(block.sql)
    return content_hash({**content, "unit": unit, "cycle": [cycle.id, cycle.start.isoformat(), cycle.end.isoformat()]})


def seal(snapshot: Snapshot) -> Snapshot:
    """The snapshot with the id of its content. Whoever adds to a snapshot (a projection, say) seals it again."""
    content = to_plain(snapshot)
    assert isinstance(content, dict)  # noqa: S101 - a dataclass becomes a dict
    for name in _NO_CONTENT:
        content.pop(name)
    if snapshot.observation == OBSERVED:
        content.pop("observation")  # the names of what was observed stay what they were before there was another kind
    return replace(snapshot, snapshot_id=content_hash(content))
