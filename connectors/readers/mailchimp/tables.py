"""The tables of Mailchimp, and its answers as their rows.

Opens: Apple's mail programs and other proxies open every letter; `proxy_excluded_...` leaves those out. Clicks: scanners click every
link; `subscriber_clicks_human` leaves those out, where Mailchimp tells it. Rates are not read: those of lists are percentages, those of
reports fractions, and none can be added up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa

from connectors.errors import ContractError
from connectors.readers.columns import Kind, arrow_schema, from_text

LIST_COLUMNS = {
    "list_id": Kind.TEXT,
    "list": Kind.TEXT,
    "observed_at": Kind.MOMENT,
    "member_count": Kind.INTEGER,
    "unsubscribe_count": Kind.INTEGER,
    "cleaned_count": Kind.INTEGER,
}
ACTIVITY_COLUMNS = {
    "list_id": Kind.TEXT,
    "day": Kind.DATE,
    "subs": Kind.INTEGER,
    "unsubs": Kind.INTEGER,
    "other_adds": Kind.INTEGER,
    "other_removes": Kind.INTEGER,
}
GROWTH_COLUMNS = {
    "list_id": Kind.TEXT,
    "month": Kind.TEXT,
    "subscribed": Kind.INTEGER,
    "unsubscribed": Kind.INTEGER,
    "cleaned": Kind.INTEGER,
    "deleted": Kind.INTEGER,
}
CAMPAIGN_COLUMNS = {
    "id": Kind.TEXT,
    "campaign_title": Kind.TEXT,
    "subject_line": Kind.TEXT,
    "type": Kind.TEXT,
    "list_id": Kind.TEXT,
    "list_name": Kind.TEXT,
    "send_time": Kind.MOMENT,
    "emails_sent": Kind.INTEGER,
    "bounces": Kind.INTEGER,
    "unsubscribed": Kind.INTEGER,
    "unique_opens": Kind.INTEGER,
    "proxy_excluded_unique_opens": Kind.INTEGER,
    "unique_subscriber_clicks": Kind.INTEGER,
    "subscriber_clicks_human": Kind.INTEGER,
    "read_at": Kind.MOMENT,
}
_TEXT, _WHOLE = pa.string(), pa.int64()


def _item(texts: Sequence[str], wholes: Sequence[str], *more: tuple[str, Any]) -> Any:
    return pa.struct([*((name, _TEXT) for name in texts), *((name, _WHOLE) for name in wholes), *more])


_STATS = _item((), ("member_count", "unsubscribe_count", "cleaned_count"))
LIST = _item(("id", "name"), (), ("stats", _STATS))
ACTIVITY = _item(("day",), ("subs", "unsubs", "other_adds", "other_removes"))
GROWTH = _item(("month",), ("subscribed", "unsubscribed", "cleaned", "deleted"))
_BOUNCES = _item((), ("hard_bounces", "soft_bounces", "syntax_errors"))
_OPENS = _item((), ("unique_opens", "proxy_excluded_unique_opens"))
_CLICKS = _item((), ("unique_subscriber_clicks", "subscriber_clicks_human"))
REPORT = _item(
    ("id", "campaign_title", "subject_line", "type", "list_id", "list_name", "send_time"),
    ("emails_sent", "unsubscribed"),
    ("bounces", _BOUNCES),
    ("opens", _OPENS),
    ("clicks", _CLICKS),
)


def sizes(lists: Sequence[Mapping[str, Any]], moment: datetime) -> Any:
    """One row per list, as counted at `moment`. ContractError for a list without a size."""
    rows = []
    for each in lists:
        stats = each["stats"] or {}
        if each["id"] is None or stats.get("member_count") is None:
            raise ContractError(
                "mailchimp: lists answered with a list that has no id or no member_count. Nothing was loaded."
            )
        rows.append({"list_id": each["id"], "list": each["name"] or each["id"], "observed_at": moment, **stats})
    return pa.Table.from_pylist(rows, schema=arrow_schema(LIST_COLUMNS))


def activity(list_id: str, days: Sequence[Mapping[str, Any]]) -> Any:
    """One row per day. A count that is left out is none."""
    names = ("subs", "unsubs", "other_adds", "other_removes")
    rows = [{name: each[name] or 0 for name in names} | {"list_id": list_id} for each in days]
    table = pa.Table.from_pylist(rows, schema=arrow_schema(ACTIVITY_COLUMNS))
    texts = pa.array([each["day"] for each in days], _TEXT)
    dates = from_text(texts, Kind.DATE, f"mailchimp: lists/{list_id}/activity day")
    if dates.null_count:
        raise ContractError(
            f"mailchimp: lists/{list_id}/activity answered with a row without `day`. Nothing was loaded."
        )
    return table.set_column(table.schema.get_field_index("day"), "day", dates)


def growth(list_id: str, months: Sequence[Mapping[str, Any]]) -> Any:
    """One row per month."""
    rows = [{**each, "list_id": list_id} for each in months]
    return pa.Table.from_pylist(rows, schema=arrow_schema(GROWTH_COLUMNS))


def campaigns(reports: Sequence[Mapping[str, Any]], moment: datetime) -> Any:
    """One row per campaign that was sent. ContractError where what was sent is missing."""
    rows = [_campaign(each, moment) for each in reports]
    texts = pa.array([each["send_time"] for each in reports], _TEXT)
    sent = from_text(texts, Kind.MOMENT, "mailchimp: reports send_time")
    table = pa.Table.from_pylist(rows, schema=arrow_schema(CAMPAIGN_COLUMNS))
    return table.set_column(table.schema.get_field_index("send_time"), "send_time", sent)


def _campaign(report: Mapping[str, Any], moment: datetime) -> dict[str, Any]:
    if report["id"] is None or report["emails_sent"] is None or report["send_time"] is None:
        raise ContractError(
            "mailchimp: reports answered with a campaign that has no id, emails_sent or send_time. Nothing was loaded."
        )
    plain = {name: report[name] for name in CAMPAIGN_COLUMNS if name in report and name not in ("send_time", "bounces")}
    bounces = report["bounces"] or {}
    return {
        **plain,
        **(report["opens"] or {}),
        **(report["clicks"] or {}),
        "bounces": sum(count or 0 for count in bounces.values()),
        "read_at": moment,
    }
