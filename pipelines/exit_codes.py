"""What `okr` tells the shell: one number per outcome a caller would handle differently."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Documented in the README; a scheduler may rely on it. When several apply, `worst` decides."""

    OK = 0
    SOME_NOT_FRESH = 1
    INVALID = 2
    WAREHOUSE = 3
    NOT_DELIVERED = 4
    SOURCE_FAILED = 5


def worst(codes: set[ExitCode]) -> ExitCode:
    """The one code to end with: what a person must look at first."""
    order = [
        ExitCode.INVALID,
        ExitCode.WAREHOUSE,
        ExitCode.SOURCE_FAILED,
        ExitCode.NOT_DELIVERED,
        ExitCode.SOME_NOT_FRESH,
    ]
    return next((code for code in order if code in codes), ExitCode.OK)
