"""Salesforce's error bodies: a list of {message, errorCode, fields} from the API, {error, error_description} from its login."""

from __future__ import annotations

from connectors.sandbox.answer import Answer, VendorError, json_answer

TOO_MANY_TODAY = "TotalRequests Limit exceeded."
TOO_MANY_AT_ONCE = "ConcurrentRequests (Concurrent API Requests) Limit exceeded."


def error(status: int, code: str, message: str, *fields: str) -> Answer:
    shown: dict[str, object] = {"message": message, "errorCode": code}
    return json_answer([shown | ({"fields": list(fields)} if fields else {})], status)


def refuse(code: str, message: str, *fields: str, status: int = 400) -> VendorError:
    return VendorError(error(status, code, message, *fields))


def login_error(kind: str, description: str) -> Answer:
    return json_answer({"error": kind, "error_description": description}, 400)


def session_expired() -> Answer:
    return error(401, "INVALID_SESSION_ID", "Session expired or invalid")


def spoilt(kind: str, *, message: str, policy: str, login: bool) -> Answer | None:
    """What Salesforce says instead, for the faults that it words in its own way."""
    match kind:
        case "401":
            return login_error("invalid_client", "invalid client credentials") if login else session_expired()
        case "403":
            code = "INSUFFICIENT_ACCESS" if message else "API_DISABLED_FOR_ORG"
            return error(403, code, message or "This session is not valid for use with the REST API")
        case "429":
            # never with a Retry-After, and 403 rather than 429
            return error(403, "REQUEST_LIMIT_EXCEEDED", TOO_MANY_TODAY if policy == "DAILY" else TOO_MANY_AT_ONCE)
        case "200_error":
            return error(200, "UNKNOWN_EXCEPTION", message or "An unexpected error occurred.")
    return None
