"""HubSpot's error bodies, as its clients parse them."""

from __future__ import annotations

import uuid
from typing import Any

from connectors.sandbox.answer import Answer, VendorError, json_answer

_SPACE = uuid.UUID("6f2b6c1e-0000-4000-8000-000000000000")


def error(status: int, message: str, category: str, **more: Any) -> Answer:
    """`more` are further members, such as errors=[{"message": ..., "context": {...}}]."""
    correlation = str(uuid.uuid5(_SPACE, message))
    return json_answer(
        {"status": "error", "message": message, "correlationId": correlation, "category": category, **more}, status
    )


def refuse(message: str, category: str = "VALIDATION_ERROR", status: int = 400) -> VendorError:
    return VendorError(error(status, message, category))


def invalid_token() -> Answer:
    message = (
        "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more details "
        "at https://developers.hubspot.com/docs/methods/auth/oauth-overview"
    )
    return error(401, message, "INVALID_AUTHENTICATION")


def missing_scopes(scope: str) -> Answer:
    message = "This app hasn't been granted all required scopes to make this call."
    context = {"requiredGranularScopes": [scope]}
    explanation = {"message": "One or more of the following scopes are required.", "context": context}
    return error(403, message, "MISSING_SCOPES", errors=[explanation])


def rate_limited(policy: str = "TEN_SECONDLY_ROLLING") -> Answer:
    """`policy`: TEN_SECONDLY_ROLLING, SECONDLY (search) or DAILY."""
    word = {"TEN_SECONDLY_ROLLING": "ten_secondly_rolling", "SECONDLY": "secondly", "DAILY": "daily"}[policy]
    answer = error(429, f"You have reached your {word} limit.", "RATE_LIMITS")
    body = {
        "status": "error",
        "message": f"You have reached your {word} limit.",
        "errorType": "RATE_LIMIT",
        "policyName": policy,
        "groupName": "publicapi:private-apps:api-calls-per-ten-seconds:brightwater",
        "correlationId": str(uuid.uuid5(_SPACE, policy)),
    }
    return json_answer(body, answer.status)
