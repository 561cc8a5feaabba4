"""What a tracker promises beside `Tracker` that counts its requests per run, not per running cycle: it is given all documents at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from connectors.contract import Delivery, DeliveryResult, Tracker
from okr_mappings.snapshot import ProgressDocument


@dataclass(frozen=True, slots=True)
class RunAnswer:
    """What a tracker made of a whole run; `remarks` are for people, though everything may have arrived."""

    results: list[DeliveryResult]
    remarks: tuple[str, ...] = ()


@runtime_checkable
class WholeRunTracker(Tracker, Protocol):
    """Called once a run, also when nothing is owed."""

    def send_run(
        self, documents: Sequence[ProgressDocument], deliveries: Sequence[Delivery], now: datetime
    ) -> RunAnswer:
        """As `send`, for the documents of all running cycles, the one that people look at last."""
        ...
