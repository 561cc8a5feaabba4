"""Google's refusals, named for what to do; every message that a share can cure names the address to share with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from connectors.errors import (
    ConnectorError,
    ContractError,
    CredentialError,
    FatalError,
    ForbiddenError,
    RetriableError,
)

_MINUTE = 60.0
_TRY_LATER = frozenset({408, 409, 425})


@dataclass(frozen=True, slots=True)
class Said:
    """What Google answered instead of a result; `writing` when it was asked to change something."""

    status: int
    words: str
    reason: str
    retry_after: float | None
    writing: bool


def failure(said: Said, email: str, key_setting: str) -> ConnectorError:
    """The error to raise."""
    where = f'{said.status} from Google Sheets ("{said.words}")'
    if said.status == 401:
        return CredentialError(
            f"{where}. The key is not accepted. Check the file in {key_setting}; a revoked key must be replaced."
        )
    if said.status == 403:
        return ForbiddenError(f"{where}. {_how_to_allow(said, email)}")
    if said.status == 404:
        return FatalError(
            f"{where}. There is no such spreadsheet, or it was deleted. Check the link in the settings, and that the "
            f"spreadsheet is shared with {email} as Editor."
        )
    if said.status == 429:
        wait = _MINUTE if said.retry_after is None else said.retry_after
        return RetriableError(f"{where}. The quota of this minute is used up; the next try goes on.", retry_after=wait)
    if said.status >= 500 or said.status in _TRY_LATER:
        return RetriableError(f"{where}. Google has a problem of its own.", retry_after=said.retry_after)
    return _refused(said, where, email)


def _how_to_allow(said: Said, email: str) -> str:
    if said.reason == "SERVICE_DISABLED" or "has not been used in project" in said.words:
        return 'Enable the "Google Sheets API" in the Google Cloud project of the key (APIs & Services > Library).'
    if said.writing:
        return f"{email} may only look at the spreadsheet. Open Share and make it Editor."
    return f"The spreadsheet is not shared with the service account. Open Share and add {email} as Editor."


def _refused(said: Said, where: str, email: str) -> ConnectorError:
    """The 400s that have a cause we know of. The batch as a whole was not applied."""
    if "protected cell" in said.words:
        return ForbiddenError(
            f"{where}. A cell of ours is protected. Under Data > Protect sheets and ranges let {email} edit it, or remove the protection."
        )
    if "Unable to parse range" in said.words or "No grid with id" in said.words or "exceeds grid limits" in said.words:
        return RetriableError(
            f"{where}. A tab was deleted, renamed or cut short while it was written. The next try looks again."
        )
    if "already exists" in said.words:
        return RetriableError(f"{where}. Somebody made the same tab in this moment. The next try looks again.")
    if "10000000 cells" in said.words:
        return FatalError(
            f"{where}. The spreadsheet is full. Delete tabs, or empty rows and columns, that nobody needs."
        )
    return ContractError(f"{where}. Google refuses the request as a whole; nothing was written. Please report it.")


def said_in(body: Any) -> tuple[str, str]:
    """The words and the reason of an error body, as far as it is one."""
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return "", ""
    details = [each for each in error.get("details") or [] if isinstance(each, dict)]
    reason = next((str(each["reason"]) for each in details if each.get("reason")), "")
    return " ".join(str(error.get("message", "")).split())[:300], reason
