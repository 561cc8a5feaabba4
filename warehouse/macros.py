"""The few SQL functions that models share, and the only place where the company's time zone and currency enter the SQL.

They live in the schema `staging` and are stored in the database, so the published copy answers the same way. Everything
vendor-specific about labels (channels, stages, call outcomes) is here once instead of in several models.
"""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import duckdb

from warehouse.errors import WarehouseError

CHANNELS = {
    "ORGANIC_SEARCH": "Organic search",
    "PAID_SEARCH": "Paid search",
    "SOCIAL_MEDIA": "Social",
    "PAID_SOCIAL": "Social",
    "REFERRALS": "Referral",
    "AI_REFERRALS": "Referral",
    "EMAIL_MARKETING": "Email",
    "DIRECT_TRAFFIC": "Direct",
    "OFFLINE": "Events",
}
# Salesforce's picklist Lead Source: its standard values and what orgs commonly add, in lower case. "Web" says only that a form was sent.
LEAD_SOURCES = {
    "organic search": "Organic search",
    "paid search": "Paid search",
    "google ads": "Paid search",
    "google adwords": "Paid search",
    "social": "Social",
    "social media": "Social",
    "linkedin": "Social",
    "referral": "Referral",
    "partner": "Referral",
    "partner referral": "Referral",
    "employee referral": "Referral",
    "external referral": "Referral",
    "customer referral": "Referral",
    "word of mouth": "Referral",
    "email": "Email",
    "newsletter": "Email",
    "direct": "Direct",
    "event": "Events",
    "conference": "Events",
    "trade show": "Events",
    "seminar": "Events",
    "seminar - internal": "Events",
    "seminar - partner": "Events",
    "webinar": "Events",
}
LIFECYCLE_STAGES = {
    "subscriber": "Subscriber",
    "lead": "Lead",
    "marketingqualifiedlead": "Marketing-qualified lead",
    "salesqualifiedlead": "Sales-qualified lead",
    "opportunity": "Opportunity",
    "customer": "Customer",
    "evangelist": "Evangelist",
}
SEGMENTS = {"enterprise": "Enterprise", "mid_market": "Mid-market", "small": "Small"}
# HubSpot's built-in call outcomes have the same ids in every account; outcomes that an account adds are "Other".
CALL_OUTCOMES = {
    "9d9162e7-6cf3-4944-bf63-4dff82258764": "Busy",
    "f240bbac-87c9-4f6e-bf70-924b57d47db7": "Connected",
    "a4c4c377-d246-4b32-a13b-75a56a4cd0ff": "Left live message",
    "b2cf5968-551e-4856-9783-52b3da59a7d0": "Left voicemail",
    "73a0d17f-1163-4015-bdd5-ec830791da20": "No answer",
    "17b47fee-58de-441e-a44c-c6300d46f273": "Wrong number",
}


def install_macros(
    con: duckdb.DuckDBPyConnection, time_zone: str, currency: str, app_urls: Mapping[str, str] | None = None
) -> None:
    """(Re)create every shared macro. `app_urls` maps a source to the address its record pages start with; none, no links."""
    _known_zone(time_zone)
    for signature, body in _macros(time_zone, currency, app_urls or {}).items():
        con.execute(f"create or replace macro staging.{signature} as {body}")


def _macros(time_zone: str, currency: str, app_urls: Mapping[str, str]) -> dict[str, str]:
    return {
        "company_date(moment)": f"cast(moment at time zone {_text(time_zone)} as date)",
        "company_currency()": _text(currency),
        "key_of(source, id)": "source || ':' || id",
        "record_url(source, object_type, id)": f"{_case('source', app_urls, 'null')} || '/record/' || object_type || '/' || id",
        "salesforce_url(object_name, id)": (
            f"{_case(_text('salesforce'), app_urls, 'null')} || '/lightning/r/' || object_name || '/' || id || '/view'"
        ),
        # 'A_FEW_words' -> 'A few words'; empty is null
        "sentence_case(text)": "nullif(upper(substr(trim(text), 1, 1)) || lower(replace(substr(trim(text), 2), '_', ' ')), '')",
        # ('11;12', '13:1790000000000;11:17') -> every id that was merged into the record
        "merged_ids(ids, ids_with_times)": (
            "[split_part(trim(entry), ':', 1)"
            " for entry in string_split(concat_ws(';', ids, ids_with_times), ';') if trim(entry) <> '']"
        ),
        "channel_label(analytics_source)": _case("analytics_source", CHANNELS, "'Other'"),
        "lead_source_label(source)": _case(
            "lower(trim(source))", LEAD_SOURCES, "case when source is not null then 'Other' end"
        ),
        "lifecycle_stage_label(stage)": _case(
            "stage", LIFECYCLE_STAGES, "case when stage is not null then 'Other' end"
        ),
        "segment_label(segment)": _case("segment", SEGMENTS, "'Unknown'"),
        "call_outcome(disposition)": _case(
            "disposition", CALL_OUTCOMES, "case when disposition is not null then 'Other' end"
        ),
    }


def _case(subject: str, labels: Mapping[str, str], otherwise: str) -> str:
    if not labels:
        return f"cast({otherwise} as varchar)"
    branches = " ".join(f"when {_text(key)} then {_text(label)}" for key, label in labels.items())
    return f"case {subject} {branches} else {otherwise} end"


def _text(value: str) -> str:
    escaped = value.replace("'", "''")
    return f"'{escaped}'"


def _known_zone(time_zone: str) -> None:
    try:
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise WarehouseError(f"{time_zone!r} is no time zone. Use a name such as Europe/Budapest.") from error
