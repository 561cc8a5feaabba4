"""Turns an exception into the one message a person sees and the exit code a scheduler sees."""

from __future__ import annotations

from connectors.errors import ConnectorError, SettingError
from okr_mappings.errors import MappingError
from pipelines.errors import PipelineError
from pipelines.exit_codes import ExitCode
from warehouse.errors import WarehouseError

OURS = (PipelineError, MappingError, WarehouseError, ConnectorError)


def exit_code_of(error: Exception) -> ExitCode:
    """2 for what the user wrote, 5 for a source, 3 for the database and for what we did not foresee."""
    if isinstance(error, PipelineError):
        return error.exit_code
    if isinstance(error, MappingError | SettingError):
        return ExitCode.INVALID
    if isinstance(error, ConnectorError):
        return ExitCode.SOURCE_FAILED
    return ExitCode.WAREHOUSE


def message_of(error: Exception) -> str:
    """Our own words where we raised it; otherwise what happened and how to see more."""
    if isinstance(error, OURS):
        return str(error)
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}. Check that the folder is there, may be written to, and has room."
    return f"unexpected {type(error).__name__}: {error}\nThis is a defect. Run the command again with --debug and report what it prints."
