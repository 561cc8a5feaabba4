"""Reports read with Google's own client: values, paging, filters, restatement, metadata, tokens and errors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
from google.analytics.data_v1beta import BetaAnalyticsDataClient
from google.api_core import exceptions
from google.auth.credentials import AnonymousCredentials

from connectors.sandbox.google_keys import ServiceAccount
from connectors.sandbox.server import Sandbox
from tests.connectors.sandbox.conftest import analytics_client

OCTOBER = {"start_date": "2026-10-01", "end_date": "2026-10-31"}


@pytest.fixture
def analytics(small: Sandbox, tmp_path: Path) -> Iterator[BetaAnalyticsDataClient]:
    with analytics_client(small, tmp_path) as client:
        yield client


def report(
    client: BetaAnalyticsDataClient, sandbox: Sandbox, *names: str, dimensions: Sequence[str] = (), **more: Any
) -> Any:
    asked = {
        "property": f"properties/{sandbox.ga4_property_id}",
        "dimensions": [{"name": name} for name in dimensions],
        "metrics": [{"name": name} for name in names],
        "date_ranges": [OCTOBER],
    }
    return client.run_report(asked | more)


def values(answer: Any) -> list[tuple[str, ...]]:
    return [tuple(v.value for v in (*row.dimension_values, *row.metric_values)) for row in answer.rows]


def test_days_and_channels(small: Sandbox, analytics: BetaAnalyticsDataClient) -> None:
    by = [{"dimension": {"dimension_name": name}} for name in ("date", "sessionDefaultChannelGroup")]
    answer = report(
        analytics, small, "sessions", "engagedSessions", "keyEvents", "newUsers",
        dimensions=("date", "sessionDefaultChannelGroup"), order_bys=by,
    )  # fmt: skip
    assert values(answer) == [
        ("20261001", "Direct", "50", "20", "1", "25"),
        ("20261001", "Organic Search", "100", "60", "2", "70"),
        ("20261002", "Organic Search", "110", "66", "0", "77"),
    ]
    assert answer.row_count == 3
    assert (answer.metadata.time_zone, answer.metadata.currency_code) == ("Europe/Budapest", "EUR")
    assert [header.type_.name for header in answer.metric_headers] == [
        "TYPE_INTEGER",
        "TYPE_INTEGER",
        "TYPE_FLOAT",
        "TYPE_INTEGER",
    ]


def test_offset_and_limit(small: Sandbox, analytics: BetaAnalyticsDataClient) -> None:
    by = [{"dimension": {"dimension_name": "date"}}, {"metric": {"metric_name": "sessions"}, "desc": True}]
    dimensions = ("date", "sessionDefaultChannelGroup")
    answer = report(analytics, small, "sessions", dimensions=dimensions, order_bys=by, offset=1, limit=1)
    assert (values(answer), answer.row_count) == ([("20261001", "Direct", "50")], 3)


def test_filters(small: Sandbox, analytics: BetaAnalyticsDataClient) -> None:
    def one(**kind: Any) -> dict[str, Any]:
        return {"filter": {"field_name": "sessionDefaultChannelGroup", **kind}}

    organic = one(string_filter={"match_type": "BEGINS_WITH", "value": "organic"})
    direct = one(in_list_filter={"values": ["Direct"]})
    for asked, expected in (
        (organic, "210"),
        ({"not_expression": organic}, "50"),
        ({"or_group": {"expressions": [organic, direct]}}, "260"),
        (one(string_filter={"value": "Direct", "case_sensitive": True}), "50"),
    ):
        assert values(report(analytics, small, "sessions", dimension_filter=asked)) == [(expected,)]


def test_an_empty_report_has_no_rows_and_no_count(small: Sandbox, tmp_path: Path) -> None:
    with analytics_client(small, tmp_path) as client:
        years_ago = [{"start_date": "2020-01-01", "end_date": "2020-01-31"}]
        answer = report(client, small, "sessions", date_ranges=years_ago)
        assert (list(answer.rows), answer.row_count) == ([], 0)


def test_empty_days_on_request(small: Sandbox, analytics: BetaAnalyticsDataClient) -> None:
    three = [{"start_date": "2026-10-01", "end_date": "2026-10-03"}]
    by = [{"dimension": {"dimension_name": "date"}}]
    answer = report(
        analytics, small, "sessions", dimensions=("date",), date_ranges=three, keep_empty_rows=True, order_bys=by
    )
    assert values(answer) == [("20261001", "150"), ("20261002", "110"), ("20261003", "0")]


def test_users_do_not_add_up(small: Sandbox, analytics: BetaAnalyticsDataClient) -> None:
    by_day = sum(int(row[1]) for row in values(report(analytics, small, "totalUsers", dimensions=("date",))))
    (month,) = values(report(analytics, small, "totalUsers"))
    assert 120 <= int(month[0]) < by_day == 210


def test_recent_days_grow_and_change_channels(small: Sandbox, analytics: BetaAnalyticsDataClient) -> None:
    """The 21st ends at 23:00 UTC; at 05:00 next day it is 6 hours old: 91 % of 200, 2 % of that unassigned."""
    asked = {
        "dimensions": ("sessionDefaultChannelGroup",),
        "date_ranges": [{"start_date": "2026-11-21", "end_date": "today"}],
    }
    assert values(report(analytics, small, "sessions", **asked)) == [("Organic Search", "179"), ("Unassigned", "3")]
    small.clock.advance(hours=24)
    assert values(report(analytics, small, "sessions", **asked)) == [("Organic Search", "192"), ("Unassigned", "3")]
    small.clock.advance(hours=48)
    assert values(report(analytics, small, "sessions", **asked)) == [("Organic Search", "200")]


def test_relative_days_are_those_of_the_property(small: Sandbox, analytics: BetaAnalyticsDataClient) -> None:
    def days(word: str) -> list[tuple[str, ...]]:
        ranges = [{"start_date": word, "end_date": word}]
        return values(report(analytics, small, "sessions", dimensions=("date",), date_ranges=ranges))

    assert [row[0] for row in days("yesterday")] == ["20261121"]
    # 23:30 UTC on the 21st is already the 22nd in Budapest
    small.clock.advance(hours=-5.5)
    assert [row[0] for row in days("yesterday") + days("1daysAgo")] == ["20261121", "20261121"]


def test_restated_by_hand(small: Sandbox, analytics: BetaAnalyticsDataClient) -> None:
    from datetime import date

    small.company.restate_traffic(date(2026, 10, 2), "Organic Search", sessions=150)
    assert values(report(analytics, small, "sessions")) == [("300",)]


def test_quota_and_metadata(small: Sandbox, analytics: BetaAnalyticsDataClient) -> None:
    small.ga4.metadata = {
        "subjectToThresholding": True,
        "dataLossFromOtherRow": True,
        "samplingMetadatas": [{"samplesReadCount": "50", "samplingSpaceSize": "100"}],
        "dataTruncationReasons": [
            {"dataTruncationType": "DATA_DRIVEN_ATTRIBUTION", "dataTruncationMessage": "attribution"}
        ],
    }
    answer = report(analytics, small, "sessions", return_property_quota=True)
    assert answer.metadata.subject_to_thresholding
    assert answer.metadata.data_loss_from_other_row
    assert answer.metadata.sampling_metadatas[0].samples_read_count == 50
    assert len(answer.metadata.data_truncation_reasons) == 1
    assert answer.property_quota.tokens_per_day.remaining == 199_997


def test_several_ranges_add_a_dimension(small: Sandbox, analytics: BetaAnalyticsDataClient) -> None:
    two = [OCTOBER, {"start_date": "2026-10-02", "end_date": "2026-10-02", "name": "second"}]
    assert values(report(analytics, small, "sessions", date_ranges=two)) == [("date_range_0", "260"), ("second", "110")]


@pytest.mark.parametrize(
    "more",
    [
        {"dimensions": ["sessionCampaignName"]},
        {"metrics": [{"name": "conversions"}]},
        {"metrics": []},
        {"date_ranges": [{"start_date": "2026-10-32", "end_date": "today"}]},
        {"date_ranges": [{"start_date": "today", "end_date": "yesterday"}]},
        {"limit": 250_001},
    ],
)
def test_bad_requests(small: Sandbox, analytics: BetaAnalyticsDataClient, more: dict[str, Any]) -> None:
    with pytest.raises(exceptions.BadRequest):
        report(analytics, small, "sessions", **more)


def test_another_property_is_forbidden(small: Sandbox, analytics: BetaAnalyticsDataClient) -> None:
    with pytest.raises(exceptions.Forbidden):
        report(analytics, small, "sessions", property="properties/1")


def test_without_a_key_nobody_gets_in(small: Sandbox) -> None:
    options = {"api_endpoint": small.url}
    client = BetaAnalyticsDataClient(credentials=AnonymousCredentials(), transport="rest", client_options=options)
    with client, pytest.raises(Exception, match=r"nonymous|401"):
        report(client, small, "sessions")


def test_a_key_of_another_account_is_refused(small: Sandbox, tmp_path: Path) -> None:
    key = ServiceAccount("somebody-else").write(tmp_path)
    client = BetaAnalyticsDataClient.from_service_account_file(
        str(key), transport="rest", client_options={"api_endpoint": small.url}
    )
    with client, pytest.raises(Exception, match=r"signature|401"):
        report(client, small, "sessions")


@pytest.mark.parametrize("token", ["x", "a.b.c", "not a token"])
def test_broken_tokens(small: Sandbox, token: str) -> None:
    path = f"{small.url}/v1beta/properties/{small.ga4_property_id}:runReport"
    answer = httpx.post(path, headers={"Authorization": f"Bearer {token}"}, json={}, trust_env=False)
    assert (answer.status_code, answer.json()["error"]["status"]) == (401, "UNAUTHENTICATED")
