"""What the social networks say instead, for the faults that each words in its own way."""

from __future__ import annotations

from collections.abc import Callable

from connectors.sandbox import linkedin, meta, x, youtube
from connectors.sandbox.answer import Answer, Request, json_answer


def spoilt(kind: str, request: Request, *, message: str, retry_after: str | None, policy: str) -> Answer | None:
    """None where the fault is worded alike for everybody, or the address is none of theirs."""
    for prefix, say in _VENDORS:
        if request.path.startswith(prefix):
            headers = {} if retry_after is None else {"Retry-After": retry_after}
            found = say(kind, message, policy)
            return None if found is None else Answer(found.status, found.body, found.headers | headers)
    return None


def _linkedin(kind: str, message: str, _policy: str) -> Answer | None:
    match kind:
        case "401":
            return linkedin.refused(
                401, "REVOKED_ACCESS_TOKEN", message or "The token used in the request has been revoked"
            )
        case "403":
            return linkedin.refused(
                403, "ACCESS_DENIED", message or "Not enough permissions to access: networkSizes.GET"
            )
        case "429":
            return linkedin.refused(
                429, "TOO_MANY_REQUESTS", "Resource level throttle APPLICATION DAY limit for calls is reached."
            )
        case "200_error":
            return json_answer({"status": 500, "code": "INTERNAL", "message": "internal error"})
    return None


def _x(kind: str, message: str, policy: str) -> Answer | None:
    match kind:
        case "401":
            return x.problem(401, "Unauthorized", message or "Unauthorized", "about:blank")
        case "403":
            return x.problem(
                403,
                "Client Forbidden",
                message or "client-not-enrolled",
                "https://api.x.com/2/problems/client-forbidden",
            )
        case "429" if policy == "DAILY":
            return x.problem(429, "UsageCapExceeded", "Usage cap exceeded", "https://api.x.com/2/problems/usage-capped")
        case "429":
            reset = {"x-rate-limit-reset": policy} if policy.isdigit() else {}
            return x.problem(429, "Too Many Requests", "Too Many Requests", "about:blank", reset)
        case "200_error":
            return json_answer({"errors": [{"title": "Service Unavailable", "detail": "internal error"}]})
    return None


def _meta(kind: str, message: str, policy: str) -> Answer | None:
    match kind:
        case "401":
            return meta.error(400, 190, message or "Error validating access token", subcode=460)
        case "403":
            return meta.error(403, 10, message or "(#10) This endpoint requires the 'pages_read_engagement' permission")
        case "429":
            minutes = policy if policy.isdigit() else "30"
            usage = f'{{"104857600500100":[{{"type":"pages","call_count":100,"estimated_time_to_regain_access":{minutes}}}]}}'
            return meta.error(400, 32, "(#32) Page request limit reached", headers={"X-Business-Use-Case-Usage": usage})
        case "200_error":
            found = meta.error(200, 1, "An unknown error occurred")
            return Answer(200, found.body)
    return None


def _youtube(kind: str, message: str, policy: str) -> Answer | None:
    match kind:
        case "401":
            return youtube.error(401, "authError", message or "Request had invalid authentication credentials.")
        case "403":
            words = "YouTube Data API v3 has not been used in project 1234 before or it is disabled."
            return youtube.error(403, "accessNotConfigured", message or words)
        case "429" if policy == "DAILY":
            return youtube.error(
                403, "quotaExceeded", "The request cannot be completed because you have exceeded your quota."
            )
        case "429":
            return youtube.error(429, "rateLimitExceeded", "Too many requests")
        case "200_error":
            return Answer(200, youtube.error(500, "backendError", "internal error").body)
    return None


_VENDORS: tuple[tuple[str, Callable[[str, str, str], Answer | None]], ...] = (
    ("/rest/", _linkedin),
    ("/2/users", _x),
    ("/v25.0/", _meta),
    ("/youtube/v3/", _youtube),
)
