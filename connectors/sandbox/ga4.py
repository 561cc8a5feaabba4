"""Google Analytics' Data API, as far as `runReport` on daily traffic goes.

Values are texts, int64 fields JSON texts; an empty report has neither `rows` nor `rowCount`; the last days still grow.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import orjson

from connectors.sandbox.answer import Answer, Request, VendorError, json_answer
from connectors.sandbox.company.company import Company
from connectors.sandbox.ga4_report import METRICS, Report, build_rows, check, matches
from connectors.sandbox.google_keys import ServiceAccount

_STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
}
_STATUS |= {500: "INTERNAL", 503: "UNAVAILABLE"}
_PATH = re.compile(r"^/v1beta/properties/([^/:]+):runReport$")
DEFAULT_LIMIT, MAX_LIMIT = 10_000, 250_000
TOKENS_PER_DAY, TOKENS_PER_HOUR = 200_000, 40_000


def google_error(status: int, message: str, **details: Any) -> Answer:
    """`details` become an ErrorInfo, e.g. reason="SERVICE_DISABLED"."""
    body: dict[str, Any] = {"code": status, "message": message, "status": _STATUS.get(status, "UNKNOWN")}
    if details:
        body["details"] = [
            {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "domain": "googleapis.com", "metadata": {}, **details}
        ]
    return json_answer({"error": body}, status)


def invalid(message: str) -> VendorError:
    return VendorError(google_error(400, message))


class Ga4Api:
    """Answers for one property; `metadata` is put into every report, e.g. {"subjectToThresholding": True}, `quota` into its quota."""

    def __init__(self, company: Company, account: ServiceAccount, property_id: str) -> None:
        self.company = company
        self.account = account
        self.property_id = property_id
        self.metadata: dict[str, Any] = {}
        self.quota: dict[str, Any] = {}
        self._tokens = 0

    def answer(self, request: Request) -> Answer:
        if why := self.account.refusal(request.bearer):
            return google_error(401, why, reason="ACCESS_TOKEN_INVALID")
        found = _PATH.match(request.path)
        if found is None or request.method != "POST":
            return google_error(404, f"Method not found: {request.path}")
        if found[1] != self.property_id:
            return google_error(403, "User does not have sufficient permissions for this property.")
        try:
            with self.company.lock:
                return json_answer(self._report(_object(request.body)))
        except VendorError as refused:
            return refused.answer

    def _report(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        report = self._parse(asked)
        rows = build_rows(report, self.company)
        rows = [
            row for row in rows if matches(asked.get("metricFilter"), dict(zip(report.metrics, row[1], strict=True)))
        ]
        content: dict[str, Any] = {
            "dimensionHeaders": [{"name": name} for name in report.headers],
            "metricHeaders": [{"name": name, "type": METRICS[name]} for name in report.metrics],
        }
        limit = _int64(asked, "limit", DEFAULT_LIMIT)
        if limit > MAX_LIMIT:
            raise invalid(f"The limit must be at most {MAX_LIMIT}.")
        offset = _int64(asked, "offset", 0)
        shown = [_row(*row) for row in rows[offset : offset + limit]]
        # proto3 JSON leaves out what is empty or zero
        content |= {"rows": shown} if shown else {}
        content |= {"rowCount": len(rows)} if rows else {}
        content["metadata"] = self._metadata(asked, empty=not rows)
        if asked.get("returnPropertyQuota"):
            content["propertyQuota"] = self._quota()
        return content | {"kind": "analyticsData#runReport"}

    def _parse(self, asked: Mapping[str, Any]) -> Report:
        dimensions = [str(item.get("name")) for item in asked.get("dimensions") or ()]
        metrics = [str(item.get("name")) for item in asked.get("metrics") or ()]
        ranges = [
            (
                str(item.get("name") or f"date_range_{n}"),
                self._day(item.get("startDate")),
                self._day(item.get("endDate")),
            )
            for n, item in enumerate(asked.get("dateRanges") or ())
        ]
        report = Report(
            dimensions, metrics, ranges, asked.get("dimensionFilter"), asked.get("orderBys") or [],
            keep_empty=bool(asked.get("keepEmptyRows")),
        )  # fmt: skip
        if why := check(report):
            raise invalid(why)
        return report

    def _day(self, text: object) -> date:
        today = self.company.clock.now().astimezone(self.company.zone).date()
        if text in ("today", "yesterday"):
            return today - timedelta(days=int(text == "yesterday"))
        if found := re.fullmatch(r"(\d+)daysAgo", str(text)):
            return today - timedelta(days=int(found[1]))
        try:
            return date.fromisoformat(str(text))
        except ValueError:
            raise invalid(
                f"Invalid startDate or endDate: {text}. Use YYYY-MM-DD, today, yesterday or NdaysAgo."
            ) from None

    def _metadata(self, asked: Mapping[str, Any], *, empty: bool) -> dict[str, Any]:
        metadata = {
            "currencyCode": asked.get("currencyCode") or self.company.currency,
            "timeZone": self.company.zone.key,
        }
        return metadata | ({"emptyReason": "no_data"} if empty else {}) | self.metadata

    def _quota(self) -> dict[str, Any]:
        self._tokens += 3
        day, hour = TOKENS_PER_DAY - self._tokens, TOKENS_PER_HOUR - self._tokens % TOKENS_PER_HOUR
        return {
            "tokensPerDay": {"consumed": 3, "remaining": max(0, day)},
            "tokensPerHour": {"consumed": 3, "remaining": hour},
            "concurrentRequests": {"remaining": 10},
            "serverErrorsPerProjectPerHour": {"remaining": 10},
            "potentiallyThresholdedRequestsPerHour": {"remaining": 120},
            "tokensPerProjectPerHour": {"consumed": 3, "remaining": 14_000 - self._tokens % 14_000},
            **self.quota,
        }


def _row(dimensions: tuple[str, ...], metrics: tuple[float, ...]) -> dict[str, Any]:
    shown = {"metricValues": [{"value": f"{v:g}" if isinstance(v, float) else str(v)} for v in metrics]}
    return ({"dimensionValues": [{"value": v} for v in dimensions]} if dimensions else {}) | shown


def _int64(asked: Mapping[str, Any], name: str, default: int) -> int:
    text = str(asked.get(name) or default)
    if not text.isdigit():
        raise invalid(f"Invalid value at '{name}' (TYPE_INT64), {text!r}")
    return int(text)


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError as wrong:
        raise invalid(f"Invalid JSON payload received. {wrong}") from None
    if not isinstance(content, dict):
        raise invalid("Invalid JSON payload received. Expected an object.")
    return content
