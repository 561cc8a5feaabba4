"""What can go wrong outside, named for what the caller should do.

    ConnectorError
    |-- RetriableError      the same call may succeed later; `retry_after` seconds when the other side said so
    `-- FatalError          a person must act
        |-- CredentialError     not accepted: names the setting and the scope
        |-- ForbiddenError      accepted, but not allowed
        |-- ContractError       the answer is not what the vendor documents (cut, HTML, missing field)
        `-- SettingError        a setting is missing or makes no sense

Messages say what, where, why, what to do, and never contain a secret.
"""

from __future__ import annotations


class ConnectorError(Exception):
    """Anything that went wrong between us and an outside system."""


class RetriableError(ConnectorError):
    """The same call may succeed later; wait `retry_after` seconds where it is given."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class FatalError(ConnectorError):
    """Trying again changes nothing; a person must act."""


class CredentialError(FatalError):
    """The credential is missing, wrong or expired."""


class ForbiddenError(FatalError):
    """The credential is accepted but lacks a scope or a role."""


class ContractError(FatalError):
    """The other side answered with something it does not document; nothing of it was loaded."""


class SettingError(FatalError):
    """A setting is missing or makes no sense."""
