"""What a source remembers from load to load: dlt's state, committed together with the rows of the load that changed it."""

from __future__ import annotations

from typing import Any


def remembered() -> dict[str, Any]:
    """The state of the source under construction, to be read only; empty without a pipeline."""
    return _state() or {}


def is_loading() -> bool:
    """Whether a pipeline waits for the rows; without one the source is only built, to see whether its settings are there."""
    return _state() is not None


def _state() -> dict[str, Any] | None:
    import dlt
    from dlt.common.configuration.exceptions import ContextDefaultCannotBeCreated
    from dlt.common.exceptions import PipelineStateNotAvailable

    try:
        return dict(dlt.current.source_state())
    except (PipelineStateNotAvailable, ContextDefaultCannotBeCreated):
        return None


def resource_memory(resource: str) -> dict[str, Any]:
    """What one resource remembers, to be read only."""
    return dict(remembered().get("resources", {}).get(resource, {}))
