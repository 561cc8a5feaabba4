"""What an error answer of HubSpot means for us.

`Retry-After` is not promised, and where it is documented it counts milliseconds; it is read here and never by a library.
"""

from __future__ import annotations

from typing import Any

import orjson

from connectors.errors import ConnectorError, ContractError, CredentialError, ForbiddenError, RetriableError
from connectors.readers.patience import asked_wait

TOKEN_SETTING = "SOURCES__HUBSPOT__ACCESS_TOKEN"  # noqa: S105 - the name of the setting
_DAY = 86_400.0
_PAUSES = {"TEN_SECONDLY_ROLLING": 10.0, "SECONDLY": 1.0}


def failure(path: str, scope: str, problem: Any, token: str) -> ConnectorError:
    """The error to raise for an `ApiException` of the client; `scope` is what the call needs."""
    status = int(getattr(problem, "status", 0) or 0)
    body = _body(problem)
    says = _says(body, token)
    where = f"hubspot: {status} from {path}{says}"
    if status == 401:
        return CredentialError(f"{where}. The token is not accepted. Check {TOKEN_SETTING} (scope {scope}).")
    if status == 403:
        return ForbiddenError(
            f"{where}. The token may not read this. Give the service key behind {TOKEN_SETTING} the scope {scope}, or "
            f"leave the object out with SOURCES__HUBSPOT__SKIP_OBJECTS."
        )
    return _passing(where, status, body, problem) or ContractError(
        f"{where}. HubSpot refuses a request that used to be right; nothing was loaded."
    )


def _passing(where: str, status: int, body: dict[str, Any], problem: Any) -> RetriableError | None:
    if status == 429:
        return _too_many(where, body, problem)
    if status in (423, 477):
        return RetriableError(
            f"{where}. The account is locked for a moment; the next run reads again.",
            retry_after=_asked(problem) or 2.0,
        )
    if status == 0:
        return RetriableError(f"{where}. No secure connection.")
    if status >= 500:
        hint = f" A malformed token can cause this; check {TOKEN_SETTING}." if status == 530 else ""
        return RetriableError(f"{where}. HubSpot has a problem of its own.{hint}")
    return None


def _too_many(where: str, body: dict[str, Any], problem: Any) -> RetriableError:
    policy = str(body.get("policyName", ""))
    if policy == "DAILY":
        return RetriableError(
            f"{where}. The account's calls of today are used up; the next run goes on.", retry_after=_DAY
        )
    pause = _asked(problem) or _PAUSES.get(policy, 10.0)
    return RetriableError(f"{where}. Too many calls at once; the next run reads again.", retry_after=pause)


def _asked(problem: Any) -> float | None:
    """`Retry-After` in seconds; a number from 1,000 on can only have been milliseconds."""
    headers = {str(name): str(value) for name, value in dict(getattr(problem, "headers", None) or {}).items()}
    asked = asked_wait(headers)
    is_number = next((v for n, v in headers.items() if n.lower() == "retry-after"), "").strip().isdigit()
    return asked / 1000 if asked is not None and is_number and asked >= 1000 else asked


def _body(problem: Any) -> dict[str, Any]:
    raw = getattr(problem, "body", None)
    try:
        parsed = orjson.loads(raw) if raw else {}
    except (orjson.JSONDecodeError, TypeError):
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _says(body: dict[str, Any], token: str) -> str:
    """HubSpot's own words, short and without the token."""
    words = " ".join(str(body.get("message", "")).split())[:200]
    return f' ("{words.replace(token, "***")}")' if words else ""
