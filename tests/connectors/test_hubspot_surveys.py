"""HubSpot's survey answers, ticket stages and marketing e-mails: read whole, with their types, and left out by name only."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from connectors.sandbox.company.emails import MarketingEmail
from connectors.sandbox.faults import Fault
from tests.connectors.bench import Bench
from tests.connectors.company import NOW

ANSWERS = "raw_hubspot.feedback_submissions"
EMAILS = "raw_hubspot.marketing_emails"


def answer(bench: Bench, number: int, kind: str, value: str, **more: str) -> None:
    bench.sandbox.company.add_record(
        "feedback_submissions",
        number,
        created=NOW - timedelta(days=2),
        modified=NOW - timedelta(days=2),
        hs_survey_type=kind,
        hs_value=value,
        hs_response_group="PROMOTER",
        hs_submission_timestamp="2026-11-20T04:59:58.000Z",
        **more,
    )


def test_answers_come_with_their_survey_type(bench: Bench) -> None:
    answer(bench, 8001, "NPS", "9", hs_survey_name="Relationship", hs_content="Köszönöm!")
    answer(bench, 8002, "CSAT", "2")
    bench.sandbox.clock.advance(minutes=1)
    bench.load("hubspot")
    found = bench.rows(
        f"SELECT id, hs_survey_type, hs_value, hs_response_group, hs_submission_timestamp FROM {ANSWERS} ORDER BY id"
    )
    moment = datetime(2026, 11, 20, 4, 59, 58, tzinfo=UTC)
    assert found == [("8001", "NPS", 9.0, "PROMOTER", moment), ("8002", "CSAT", 2.0, "PROMOTER", moment)]


def test_a_later_load_brings_new_and_corrected_answers(bench: Bench) -> None:
    answer(bench, 8001, "NPS", "9")
    bench.sandbox.clock.advance(minutes=1)
    bench.load("hubspot")
    bench.sandbox.clock.advance(hours=1)
    bench.sandbox.company.add_record("feedback_submissions", 8003, hs_survey_type="NPS", hs_value="3")
    bench.sandbox.company.change("feedback_submissions", 8001, hs_value="6")
    bench.sandbox.clock.advance(minutes=1)
    result = bench.load("hubspot")
    assert result.rows["feedback_submissions"] == 2
    assert bench.rows(f"SELECT id, hs_value FROM {ANSWERS} ORDER BY id") == [("8001", 6.0), ("8003", 3.0)]


def test_an_account_without_surveys_leaves_them_out_by_name(bench: Bench) -> None:
    """A table that is silently empty would be a score of nobody."""
    bench.sandbox.hubspot.missing_scopes.add("feedback_submissions")
    error = bench.attempt("hubspot").error
    assert "scope crm.objects.feedback_submissions.read" in error
    assert "SOURCES__HUBSPOT__SKIP_OBJECTS" in error
    bench.set("HUBSPOT__SKIP_OBJECTS", "feedback_submissions")
    assert "feedback_submissions" not in bench.load("hubspot").rows


def test_stages_of_tickets_know_whether_they_are_closed(bench: Bench) -> None:
    bench.load("hubspot")
    found = bench.rows(
        "SELECT pipeline_label, stage_id, stage_label, is_closed, probability FROM raw_hubspot.ticket_stages ORDER BY stage_id"
    )
    assert found == [
        ("Support", "1", "New", False, None),
        ("Support", "2", "Waiting on contact", False, None),
        ("Support", "3", "Waiting on us", False, None),
        ("Support", "4", "Closed", True, None),
    ]


def test_without_tickets_their_stages_are_not_read(bench: Bench) -> None:
    bench.set("HUBSPOT__SKIP_OBJECTS", "tickets")
    bench.load("hubspot")
    assert bench.sandbox.calls.to("/crm/v3/pipelines/tickets") == []


@pytest.fixture
def post(bench: Bench) -> Bench:
    """A bench that also reads marketing e-mails: 103 sent ones on two pages, a draft, and one that was archived."""
    sent = [
        MarketingEmail(n, f"News {n}", "Hír", "2026-10-01T08:00:00Z", "2026-10-02T08:00:00Z") for n in range(1, 104)
    ]
    draft = MarketingEmail(200, "Next", "Soon", "2026-11-01T08:00:00Z")
    old = MarketingEmail(300, "Old", "Old", "2025-01-01T08:00:00Z", "2025-01-02T08:00:00Z", archived=True)
    bench.sandbox.company.marketing_emails = [*sent, draft, old]
    bench.set("HUBSPOT__ALSO_READ", "marketing_emails")
    return bench


def test_marketing_emails_are_listed_on_request(post: Bench) -> None:
    assert post.load("hubspot").rows["marketing_emails"] == 105
    assert post.rows(f"SELECT state, is_published, archived, count(*) FROM {EMAILS} GROUP BY ALL ORDER BY ALL") == [
        ("DRAFT", False, False, 1),
        ("PUBLISHED", True, False, 103),
        ("PUBLISHED", True, True, 1),
    ]
    assert post.rows(f"SELECT name, publish_date FROM {EMAILS} WHERE id = '7'") == [
        ("News 7", datetime(2026, 10, 2, 8, tzinfo=UTC))
    ]


def test_marketing_emails_are_not_asked_for_otherwise(bench: Bench) -> None:
    bench.load("hubspot")
    assert bench.sandbox.calls.to("/marketing/") == []


def test_marketing_emails_need_a_scope_of_their_own(post: Bench) -> None:
    post.sandbox.hubspot.missing_scopes.add("content")
    error = post.attempt("hubspot").error
    assert "403 from /marketing/v3/emails" in error
    assert "scope content" in error


@pytest.mark.parametrize("field", ["results", "paging"])
def test_a_list_of_emails_without_its_frame_is_an_error(field: str, post: Bench) -> None:
    post.sandbox.faults.add(Fault("/marketing/", "missing_field", field=field, times=None))
    result = post.attempt("hubspot")
    assert "Nothing was loaded" in result.error


def test_a_word_that_nobody_knows_is_refused(bench: Bench) -> None:
    bench.set("HUBSPOT__ALSO_READ", "marketing_emails, newsletters")
    assert "SOURCES__HUBSPOT__ALSO_READ names newsletters" in bench.attempt("hubspot").error
