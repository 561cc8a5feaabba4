"""The closed vocabularies of the product, one enum each: a word that is not here does not exist.

`docs/semantics.md` explains every one of them; nothing else in the code spells these strings out.
"""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """How a key result's value relates to time."""

    TOTAL = "total"
    LEVEL = "level"
    RATIO = "ratio"
    RECURRING = "recurring"
    MILESTONE = "milestone"
    RANGE = "range"


class Better(StrEnum):
    """The direction in which a metric improves."""

    HIGHER = "higher"
    LOWER = "lower"


class Indicator(StrEnum):
    """Whether a metric moves before the result that people want, or is that result."""

    LEADING = "leading"
    LAGGING = "lagging"


class Status(StrEnum):
    """What the report says of a key result or an objective."""

    ACHIEVED = "achieved"
    ON_TRACK = "on_track"
    AT_RISK = "at_risk"
    OFF_TRACK = "off_track"
    TOO_EARLY = "too_early"
    NOT_STARTED = "not_started"
    NO_DATA = "no_data"
    STALE = "stale"
    MISSED = "missed"


class SourceState(StrEnum):
    """How far a source can be trusted at an `as_of`.

    fresh: loaded completely and recently. late: older than `warn_after`, younger than `error_after`.
    stale: older than `error_after`. failed: the last load failed or was cut short. never: no load ever succeeded.
    """

    FRESH = "fresh"
    LATE = "late"
    STALE = "stale"
    FAILED = "failed"
    NEVER = "never"
