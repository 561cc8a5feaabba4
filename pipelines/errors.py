"""What ends a command, each with its exit code.

PipelineError
|-- SettingsError     a setting is unknown, missing or senseless      -> 2
`-- NothingPublishedError  a reading command ran before the first publish  -> 3
"""

from __future__ import annotations

from pipelines.exit_codes import ExitCode


class PipelineError(Exception):
    """Ends the command with `exit_code`; the message says what, where, why, what to do."""

    exit_code = ExitCode.WAREHOUSE


class SettingsError(PipelineError):
    """A setting is unknown, missing or senseless."""

    exit_code = ExitCode.INVALID


class NothingPublishedError(PipelineError):
    """There is no published copy to read yet."""
