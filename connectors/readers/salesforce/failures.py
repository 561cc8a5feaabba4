"""What an error answer of Salesforce means for us.

There is no Retry-After and, as documented, no 429: limits are a 403 whose code and words tell the daily one from too many at once.
"""

from __future__ import annotations

from typing import Any

from connectors.errors import ConnectorError, ContractError, ForbiddenError, RetriableError

KEY_SETTING = "SOURCES__SALESFORCE__CONSUMER_KEY"
_DAY = 86_400.0
_AT_ONCE = 30.0
_CROWDED = "Too many calls at once. Check what else reads the org at this hour; the next run reads again."
ABSENT = ("NOT_FOUND", "INVALID_TYPE")


class SessionEndedError(ConnectorError):
    """The token is not accepted any more; a new one may be."""


class LocatorLostError(ConnectorError):
    """The place in a list is not known any more (after two days, or when the server forgot): ask for the list again."""


class AbsentError(ContractError):
    """What is asked for is not there, or not for this user."""


class NotInBulkError(ContractError):
    """The object cannot be read by the Bulk API."""


def failure(where: str, status: int, content: Any) -> ConnectorError:
    """The error to raise for an answer; `content` is its JSON, or its text."""
    code, message = _code(content)
    text = f"salesforce: {status} from {where}" + (f' ({code}: "{message}")' if code else "")
    if status == 401:
        return SessionEndedError(text)
    if status == 403:
        return _forbidden(text, code, message)
    return _passing(text, status, code) or _refused(text, status, code)


def _forbidden(text: str, code: str, message: str) -> ConnectorError:
    if code == "REQUEST_LIMIT_EXCEEDED" and "Concurrent" in message:
        return RetriableError(f"{text}. {_CROWDED}", retry_after=_AT_ONCE)
    if code == "REQUEST_LIMIT_EXCEEDED":
        return RetriableError(
            f"{text}. The org's calls of today are used up; a later run goes on. Check who makes them (Setup > System Overview > API"
            " Usage), or make runs rarer.",
            retry_after=_DAY,
        )
    return ForbiddenError(
        f"{text}. Give the integration user 'API Enabled' and read access to the object, and the app behind {KEY_SETTING} the scope api;"
        " or leave the object out with SOURCES__SALESFORCE__SKIP_OBJECTS."
    )


def _passing(text: str, status: int, code: str) -> ConnectorError | None:
    if code == "INVALID_QUERY_LOCATOR":
        return LocatorLostError(text)
    if code == "QUERY_TIMEOUT":
        return RetriableError(f"{text}. The query took too long.")
    if status == 429:
        return RetriableError(f"{text}. {_CROWDED}", retry_after=_AT_ONCE)
    if status >= 500:
        return RetriableError(f"{text}. Salesforce has a problem of its own.")
    return None


def _refused(text: str, status: int, code: str) -> ConnectorError:
    if code in ABSENT:
        return AbsentError(f"{text}. The integration user may not see it, or the org does not have it.")
    if code == "INVALIDENTITY":
        return NotInBulkError(text)
    if code == "INVALID_FIELD":
        return ForbiddenError(
            f"{text}. Give the integration user read access to the field (permission set > Object Settings)."
        )
    if status == 410:
        return ContractError(f"{text}. Salesforce has retired the API version that this source speaks; update it.")
    return ContractError(f"{text}. Salesforce refuses a request that used to be right; nothing was loaded.")


def _code(content: Any) -> tuple[str, str]:
    """Salesforce's own words, short. An answer that is no error list (HTML) has none."""
    first = content[0] if isinstance(content, list) and content else None
    if not isinstance(first, dict):
        return "", ""
    return str(first.get("errorCode", "")), " ".join(str(first.get("message", "")).split())[:200]
