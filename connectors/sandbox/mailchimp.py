"""Mailchimp's Marketing API as far as reading goes: lists, their activity and growth history, campaign reports.

Offset paging with ten to a page unless asked for more. Too much traffic is answered with 429, and behind the wall with a bare 403 that has
no JSON; a 403 with JSON is about rights.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from connectors.sandbox.answer import Answer, Request, VendorError, html_answer, json_answer
from connectors.sandbox.company.company import Company
from connectors.sandbox.company.moments import from_ms, to_ms
from connectors.sandbox.company.newsletter import Audience, Campaign, local_day

PREFIX = "/3.0/"
API_KEY = "5a4db0c5000000000000000000000000-us21"
ACTIVITY_DAYS = 180


class MailchimpApi:
    """`page_limit` is the most a page may hold; `tells_humans`: whether reports tell people's clicks from scanners'."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self.page_limit, self.tells_humans = 1000, True

    def answer(self, request: Request) -> Answer:
        given = request.headers.get("authorization", "").removeprefix("Basic ")
        if base64.b64decode(given).decode().partition(":")[2] != API_KEY:
            return error(
                401,
                "API Key Invalid",
                "Your API key may be invalid, or you've attempted to access the wrong datacenter.",
            )
        try:
            with self._company.lock:
                return self._route(request)
        except VendorError as refused:
            return refused.answer

    def _route(self, request: Request) -> Answer:
        audiences = {each.id: each for each in self._company.newsletter.audiences}
        match [part for part in request.path.removeprefix(PREFIX).split("/") if part]:
            case ["lists"]:
                return self._page(request, "lists", [self._list(each) for each in audiences.values()])
            case ["lists", list_id, "activity"] if list_id in audiences:
                return self._page(request, "activity", self._activity(audiences[list_id]))
            case ["lists", list_id, "growth-history"] if list_id in audiences:
                return self._page(request, "history", self._history(audiences[list_id]))
            case ["reports"]:
                return self._reports(request)
        raise VendorError(error(404, "Resource Not Found", "The requested resource could not be found."))

    def _page(self, request: Request, name: str, items: Sequence[dict[str, Any]]) -> Answer:
        count, offset = int(request.query.get("count", "10")), int(request.query.get("offset", "0"))
        shown = items[offset : offset + min(count, self.page_limit)]
        return json_answer({name: list(shown), "total_items": len(items)})

    def _list(self, audience: Audience) -> dict[str, Any]:
        today = local_day(self._company.clock.now_ms())
        left = sum(each.unsubs for each in audience.days if each.day <= today)
        stats = {"member_count": audience.size(today), "unsubscribe_count": left, "cleaned_count": 3, "open_rate": 48.2}
        return {"id": audience.id, "name": audience.name, "date_created": "2024-10-01T08:00:00+00:00", "stats": stats}

    def _activity(self, audience: Audience) -> list[dict[str, Any]]:
        """Newest first, today's so far included."""
        today = local_day(self._company.clock.now_ms())
        first = today - timedelta(days=ACTIVITY_DAYS - 1)
        return [
            {
                "day": each.day.isoformat(),
                "subs": each.subs,
                "unsubs": each.unsubs,
                "other_adds": 0,
                "other_removes": 0,
                "emails_sent": 0,
                "unique_opens": 0,
                "recipient_clicks": 0,
            }
            for each in sorted(audience.days, key=lambda each: each.day, reverse=True)
            if first <= each.day <= today
        ]

    def _history(self, audience: Audience) -> list[dict[str, Any]]:
        """Per month, newest first; the last three members are relics."""
        today = local_day(self._company.clock.now_ms())
        months: dict[str, list[int]] = {}
        for each in audience.days:
            if each.day <= today:
                sums = months.setdefault(f"{each.day:%Y-%m}", [0, 0])
                sums[0] += each.subs
                sums[1] += each.unsubs
        relics = {"existing": 0, "imports": 0, "optins": 0}
        rest = {"cleaned": 0, "pending": 0, "reconfirm": 0, "deleted": 0, "transactional": 0}
        return [
            {"list_id": audience.id, "month": month, "subscribed": came, "unsubscribed": left} | rest | relics
            for month, (came, left) in sorted(months.items(), reverse=True)
        ]

    def _reports(self, request: Request) -> Answer:
        now = self._company.clock.now_ms()
        since = to_ms(request.query["since_send_time"]) if "since_send_time" in request.query else 0
        sent = [each for each in self._company.newsletter.campaigns if since < each.sent_ms <= now]
        sent.sort(key=lambda each: (each.sent_ms, each.id), reverse=request.query.get("sort_dir") != "ASC")
        return self._page(request, "reports", [self._report(each, now) for each in sent])

    def _report(self, campaign: Campaign, now: int) -> dict[str, Any]:
        share = campaign.share(now)
        opens, machines = int(campaign.opens * share), int(campaign.machine_opens * share)
        clicks, scans = int(campaign.clicks * share), int(campaign.machine_clicks * share)
        delivered = max(campaign.emails_sent - campaign.bounces, 1)
        name = next((a.name for a in self._company.newsletter.audiences if a.id == campaign.audience_id), "")
        human = {"subscriber_clicks_human": clicks - scans} if self.tells_humans else {}
        return {
            "id": campaign.id,
            "campaign_title": campaign.title,
            "type": campaign.kind,
            "list_id": campaign.audience_id,
            "list_name": name,
            "subject_line": campaign.title,
            "emails_sent": campaign.emails_sent,
            "abuse_reports": 0,
            "unsubscribed": campaign.unsubscribed,
            "send_time": from_ms(campaign.sent_ms).strftime("%Y-%m-%dT%H:%M:%S+00:00"),
            "bounces": {"hard_bounces": campaign.bounces, "soft_bounces": 0, "syntax_errors": 0},
            "opens": {
                "opens_total": opens * 2,
                "unique_opens": opens,
                "open_rate": opens / delivered,
                "proxy_excluded_opens": (opens - machines) * 2,
                "proxy_excluded_unique_opens": opens - machines,
                "proxy_excluded_open_rate": (opens - machines) / delivered,
            },
            "clicks": {
                "clicks_total": clicks * 3,
                "unique_clicks": clicks * 2,
                "unique_subscriber_clicks": clicks,
                "click_rate": clicks / delivered,
            }
            | human,
        }


def error(status: int, title: str, detail: str) -> Answer:
    """The shape of every refusal: problem details."""
    kind = "https://mailchimp.com/developer/marketing/docs/errors/"
    body = {"type": kind, "title": title, "status": status, "detail": detail, "instance": "5a4db0c5"}
    return json_answer(body, status)


def spoilt(kind: str, *, message: str, policy: str) -> Answer | None:
    match kind:
        case "401":
            return error(
                401,
                "API Key Invalid",
                "Your API key may be invalid, or you've attempted to access the wrong datacenter.",
            )
        case "403":
            # `policy` BARE: the wall in front of the API, which means too much traffic
            return (
                html_answer(403, "Forbidden")
                if policy == "BARE"
                else error(403, "User Disabled", message or "This account has been disabled.")
            )
        case "429":
            detail = "You have exceeded the limit of 10 simultaneous connections."
            return error(429, "Too Many Requests", detail)
        case "200_error":
            return error(200, "Internal Server Error", message or "An unexpected internal error has occurred.")
    return None
