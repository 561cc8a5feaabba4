"""Salesforce: every answer that is not what it should be ends in a new login, a wait, a warning or an error, never in fewer rows."""

from __future__ import annotations

import pytest

from connectors.contract import SourceRun
from connectors.errors import ForbiddenError, RetriableError, SettingError
from connectors.readers.limits import SALESFORCE
from connectors.readers.salesforce.calls import SalesforceCalls
from connectors.readers.salesforce.connect import CONNECT
from connectors.readers.salesforce.login import Login
from connectors.readers.salesforce.transport import open_session
from connectors.sandbox.faults import Fault
from connectors.sandbox.salesforce import MY_DOMAIN, USERNAME
from connectors.sandbox.salesforce_org import SalesforceOrg
from connectors.sandbox.server import Sandbox
from tests.connectors.bench import Bench
from tests.connectors.company import NOW
from tests.connectors.test_salesforce import LEADS, MANY, SKIP_ALL_BUT_LEADS, Meanwhile, add_leads

DATA, LOGIN = "/services/data/", "/services/oauth2/"


@pytest.fixture
def org(sandbox: Sandbox) -> SalesforceOrg:
    return sandbox.salesforce.org


@pytest.fixture
def people(bench: Bench) -> Bench:
    bench.set("SALESFORCE__SKIP_OBJECTS", SKIP_ALL_BUT_LEADS)
    return bench


def test_a_session_that_ends_midway_is_renewed_once(people: Bench, org: SalesforceOrg) -> None:
    add_leads(org, MANY)
    people.sandbox.salesforce.page_size = 200
    result = people.ingest("salesforce", watch=Meanwhile(200, people.sandbox.salesforce.expire_sessions))[0]
    assert result.ok, result.error
    assert people.value(LEADS) == MANY + 5
    assert len(people.sandbox.calls.to(LOGIN)) == 2
    assert [call.status for call in people.sandbox.calls].count(401) == 1
    assert people.waits == []


def test_a_session_that_ends_while_a_bulk_result_is_read(people: Bench, org: SalesforceOrg) -> None:
    """The library gives up here; the job and the place in its result are still good."""
    add_leads(org, 20)
    people.set("SALESFORCE__BULK_FROM", "1")
    people.sandbox.salesforce.bulk.page_size = 10
    result = people.ingest("salesforce", watch=Meanwhile(10, people.sandbox.salesforce.expire_sessions))[0]
    assert result.ok, result.error
    assert people.value(LEADS) == 25
    assert len(people.sandbox.calls.to("/services/data/v66.0/jobs/query", "POST")) == 1


def test_a_permanent_401_stops_after_one_new_login(bench: Bench) -> None:
    bench.sandbox.faults.add(Fault(DATA, "401", times=None))
    error = bench.attempt("salesforce").error
    assert "SOURCES__SALESFORCE__CONSUMER_KEY" in error
    assert (len(bench.sandbox.calls.to(DATA)), len(bench.sandbox.calls.to(LOGIN))) == (2, 2)


def test_a_permanent_401_midway_stops_too(bench: Bench) -> None:
    bench.load("salesforce")
    bench.sandbox.calls.clear()
    bench.sandbox.faults.add(Fault(DATA, "401", times=None, after=5))
    assert "A new login does not help" in bench.attempt("salesforce").error
    # five that went well; each of at most ten readings asks once, and once more after the one new login
    assert 7 <= len(bench.sandbox.calls.to(DATA)) <= 5 + 2 * SALESFORCE.at_once
    assert len(bench.sandbox.calls.to(LOGIN)) == 2


def test_a_refused_login_is_not_tried_again(bench: Bench) -> None:
    bench.set("SALESFORCE__CONSUMER_SECRET", "wrong")
    error = bench.attempt("salesforce").error
    assert 'the login was refused (invalid_client: "invalid client credentials")' in error
    assert "SOURCES__SALESFORCE__CONSUMER_SECRET" in error
    assert len(bench.sandbox.calls) == 1


def test_a_domain_that_is_not_the_orgs_own_is_named(bench: Bench) -> None:
    bench.set("SALESFORCE__DOMAIN", "somebody-else")
    error = bench.attempt("salesforce").error
    assert "SOURCES__SALESFORCE__DOMAIN" in error
    assert "request not supported on this domain" in error


@pytest.mark.parametrize(
    ("kind", "calls"), [("5xx", 4), ("200_html", 4), ("200_empty", 4), ("200_error", 4), ("reset", 4)]
)
def test_a_login_that_fails_by_accident_is_tried_again(kind: str, calls: int, bench: Bench) -> None:
    bench.sandbox.faults.add(Fault(LOGIN, kind, times=None))
    result = bench.attempt("salesforce")
    assert not result.ok
    assert "the login" in result.error
    assert len(bench.sandbox.calls) == calls
    assert bench.waits == [0.5, 1.0, 2.0]


@pytest.mark.parametrize("domain", ["", "https://brightwater.my.salesforce.com/", "brightwater.lightning.force.com"])
def test_a_signed_assertion_logs_in(domain: str, bench: Bench) -> None:
    jwt_login(bench)
    bench.set("SALESFORCE__DOMAIN", domain)
    assert bench.load("salesforce").rows["leads"] == 5


def test_an_assertion_of_somebody_else_is_refused(bench: Bench) -> None:
    jwt_login(bench)
    bench.set("SALESFORCE__USERNAME", "somebody@else.example")
    error = bench.attempt("salesforce").error
    assert "user hasn't approved this consumer" in error
    assert "pre-authorised" in error


@pytest.mark.parametrize(
    "content", [None, "no key at all", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_a_key_that_is_none_is_named(content: str | None, bench: Bench) -> None:
    jwt_login(bench)
    place = bench.folder / "other.pem"
    if content is not None:
        place.write_text(content, encoding="ascii")
    bench.set("SALESFORCE__PRIVATE_KEY_FILE", str(place))
    error = bench.attempt("salesforce").error
    assert "SOURCES__SALESFORCE__PRIVATE_KEY_FILE" in error
    assert "AAAA" not in error
    assert len(bench.sandbox.calls) == 0


def jwt_login(bench: Bench) -> None:
    bench.unset("SALESFORCE__CONSUMER_SECRET")
    bench.set("SALESFORCE__USERNAME", USERNAME)
    bench.set("SALESFORCE__PRIVATE_KEY_FILE", str(bench.sandbox.salesforce.private_key_file(bench.folder)))


def test_the_days_limit_ends_the_source_at_once(bench: Bench) -> None:
    bench.sandbox.salesforce.daily_limit = 3
    result = bench.attempt("salesforce")
    assert "REQUEST_LIMIT_EXCEEDED" in result.error
    assert "used up" in result.error
    assert bench.waits == []
    assert [call.status for call in bench.sandbox.calls].count(403) == 1


def test_too_many_calls_at_once_are_waited_out(people: Bench) -> None:
    people.sandbox.faults.add(Fault(DATA, "429", times=2))
    people.load("salesforce")
    assert people.waits == [30.0, 30.0]


def test_a_limit_that_is_near_is_said_once(people: Bench) -> None:
    needed = people.load("salesforce").requests
    people.sandbox.salesforce.daily_limit = 2 * needed
    result = people.load("salesforce", full=True)
    said = [warning for warning in result.warnings if "calls a day are used" in warning]
    assert len(said) == 1
    assert f"of the org's {2 * needed} calls a day are used." in said[0]


def test_a_hidden_field_is_an_error_that_names_it(bench: Bench, org: SalesforceOrg) -> None:
    org.hidden.add(("Lead", "Email"))
    error = bench.attempt("salesforce").error
    assert "may not see Lead.Email" in error
    assert "Field Permissions" in error


def test_a_hidden_field_that_models_can_do_without_is_a_warning(bench: Bench, org: SalesforceOrg) -> None:
    org.hidden.add(("Lead", "Country"))
    result = bench.load("salesforce")
    assert "salesforce: Lead.Country is not there or not for this user; the column stays empty." in result.warnings
    assert bench.rows("SELECT DISTINCT country FROM raw_salesforce.leads") == [(None,)]


def test_a_hidden_object_says_what_to_do(bench: Bench, org: SalesforceOrg) -> None:
    org.hidden.add("Case")
    assert "SOURCES__SALESFORCE__SKIP_OBJECTS=Case" in bench.attempt("salesforce").error
    bench.set("SALESFORCE__SKIP_OBJECTS", "Case")
    assert "cases" not in bench.load("salesforce").rows


def test_history_that_is_not_kept_is_a_warning(bench: Bench, org: SalesforceOrg) -> None:
    org.hidden |= {"LeadHistory", "OpportunityFieldHistory"}
    result = bench.load("salesforce")
    assert len([warning for warning in result.warnings if "history tracking is off" in warning]) == 2
    assert result.rows["leads"] == 5


def test_a_rule_on_a_history_that_is_not_kept_is_an_error(bench: Bench, org: SalesforceOrg) -> None:
    bench.set("SALESFORCE__MARKETING_QUALIFIED", "status: Marketing Qualified")
    org.hidden.add("LeadHistory")
    error = bench.attempt("salesforce").error
    assert (
        "SOURCES__SALESFORCE__MARKETING_QUALIFIED = 'status: Marketing Qualified', but the org has no LeadHistory"
        in error
    )
    org.hidden.clear()
    org.tables["LeadHistory"].clear()
    assert [warning for warning in bench.load("salesforce").warnings if "holds no change" in warning]


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("status: MQL", "Lead.Status knows no 'MQL'. It knows: Open - Not Contacted, Working - Contacted"),
        ("field: MQL_Date__c", "neither Lead nor Contact has a field MQL_Date__c"),
        ("field: Company", "Lead.Company is no date: its type is string"),
        ("campaign: Fair", "Campaign.Type knows no 'Fair'"),
        ("since always", "is none of `field: <one date field>`"),
        ("status:", "is none of `field: <one date field>`"),
    ],
)
def test_a_rule_that_names_what_is_not_there(rule: str, says: str, bench: Bench) -> None:
    bench.set("SALESFORCE__SALES_QUALIFIED", rule)
    error = bench.attempt("salesforce").error
    assert f"SOURCES__SALESFORCE__SALES_QUALIFIED = '{rule}'" in error
    assert says in error


def test_without_a_rule_it_is_said(bench: Bench) -> None:
    said = [warning for warning in bench.load("salesforce").warnings if "nobody is" in warning]
    assert len(said) == 2
    assert "SOURCES__SALESFORCE__MARKETING_QUALIFIED" in said[0]


@pytest.mark.parametrize("kind", ["cut_short", "cut_matching"])
def test_a_cut_bulk_result_is_asked_for_again_and_never_loaded_short(
    kind: str, people: Bench, org: SalesforceOrg
) -> None:
    add_leads(org, 40)
    people.set("SALESFORCE__BULK_FROM", "1")
    people.sandbox.faults.add(Fault("/services/data/v66.0/jobs/query/750", kind, times=1, after=3))
    people.load("salesforce")
    assert people.value(LEADS) == 45
    people.sandbox.faults.add(Fault("/services/data/v66.0/jobs/query/750", kind, times=None, after=3))
    error = people.attempt("salesforce", full=True).error
    assert "cut" in error if kind == "cut_matching" else "no complete answer" in error
    assert people.value(LEADS) == 45


def test_a_bulk_job_that_fails_says_why(people: Bench) -> None:
    people.set("SALESFORCE__BULK_FROM", "1")
    people.sandbox.salesforce.bulk.problem = "InternalServerError : retried 15 times"
    assert "the Bulk job of Lead failed: InternalServerError : retried 15 times" in people.attempt("salesforce").error


@pytest.mark.parametrize("field", ["records", "done", "totalSize", "Email"])
def test_an_answer_without_what_was_asked_for_is_an_error(field: str, people: Bench) -> None:
    people.sandbox.faults.add(Fault("/services/data/v66.0/queryAll", "missing_field", field=field, times=None))
    error = people.attempt("salesforce").error
    assert f"{field}" in error
    assert "Nothing was loaded" in error


def test_a_list_that_ends_too_soon_is_an_error(people: Bench, org: SalesforceOrg) -> None:
    """`done` is true after the first page of 200, but the query found 455."""
    add_leads(org, MANY)
    people.sandbox.salesforce.page_size = 200
    fault = Fault("/services/data/v66.0/queryAll", "wrong_type", field="done", value=True, contains="FROM+Lead+ORDER")
    people.sandbox.faults.add(fault)
    error = people.attempt("salesforce").error
    assert error == "salesforce: Lead: 200 came, but the org counts 455. The read was cut; nothing was loaded."


@pytest.mark.parametrize(("field", "value"), [("IsDeleted", "no"), ("Email", 12), ("records", {"a": 1})])
def test_another_type_is_an_error(field: str, value: object, people: Bench) -> None:
    people.sandbox.faults.add(
        Fault("/services/data/v66.0/queryAll", "wrong_type", field=field, value=value, times=None, contains="ORDER+BY")
    )
    assert "another type than the vendor documents" in people.attempt("salesforce").error


def test_a_moment_that_is_none_is_an_error(people: Bench) -> None:
    people.sandbox.faults.add(
        Fault(
            "/services/data/v66.0/queryAll",
            "wrong_type",
            field="CreatedDate",
            value="yesterday",
            times=None,
            contains="ORDER+BY",
        )
    )
    assert "Lead.createddate should hold a date with time" in people.attempt("salesforce").error


def test_a_new_field_is_ignored(people: Bench) -> None:
    people.sandbox.faults.add(
        Fault(
            "/services/data/v66.0/queryAll",
            "new_field",
            field="Brand_New__c",
            value={"deep": [1]},
            times=None,
            contains="ORDER+BY",
        )
    )
    people.load("salesforce")
    assert people.value(LEADS) == 5


def test_an_answer_that_is_too_slow_is_no_answer(sandbox: Sandbox) -> None:
    """simple-salesforce has no timeout; the session has, for the login too."""
    sandbox.faults.add(Fault(LOGIN, "slow", seconds=1.0))
    session = open_session(sandbox.url, 0.2)
    with pytest.raises(RetriableError, match="ReadTimeout"):
        login(sandbox).open(session)


def test_nobody_there_is_retriable(sandbox: Sandbox) -> None:
    waits: list[float] = []
    calls = SalesforceCalls(
        login(sandbox), open_session("http://127.0.0.1:9", 1.0), SourceRun(now=NOW, wait=waits.append)
    )
    with pytest.raises(RetriableError, match="no complete answer from the login"):
        calls.create_job("SELECT Id FROM Lead")
    assert waits == [0.5, 1.0, 2.0]


def test_sessions_that_end_at_once_do_not_log_in_for_ever(people: Bench, org: SalesforceOrg) -> None:
    """Each page works once after a login. Salesforce locks users who log in again and again."""
    add_leads(org, MANY)
    people.sandbox.salesforce.page_size = 4
    watch = Always(people.sandbox.salesforce.expire_sessions)
    result = people.ingest("salesforce", watch=watch)[0]
    assert "sessions end as soon as they begin" in result.error
    assert len(people.sandbox.calls.to(LOGIN)) == 24


class Always(Meanwhile):
    def __init__(self, deed: object) -> None:
        self._always = deed

    def rows(self, source: str, resource: str, rows: int, expected: int | None) -> None:
        self._always()  # type: ignore[operator]


def test_where_the_records_are_asked_for_is_the_orgs_own_host(people: Bench) -> None:
    """The adapter changes the address, not the name: a proxy or a log still sees whom it was for."""
    people.load("salesforce")
    assert people.sandbox.salesforce.hosts == {MY_DOMAIN}


def login(sandbox: Sandbox) -> Login:
    settings = sandbox.salesforce.settings(sandbox.url)
    return Login(settings["SALESFORCE__CONSUMER_KEY"], "brightwater.my", settings["SALESFORCE__CONSUMER_SECRET"])


def test_a_login_shows_no_secret() -> None:
    assert "hidden" not in repr(Login("key", "acme.my", "hidden", "", "hidden"))


def test_a_newcomer_is_told_what_can_be_read(sandbox: Sandbox) -> None:
    said = CONNECT.attempt(SourceRun(now=NOW), given(sandbox) | {"marketing_qualified": "status: Marketing Qualified"})
    assert said.startswith("Salesforce answers: User, Account, Lead, LeadHistory, Contact")
    assert len(sandbox.calls.to(DATA)) == 13  # one describe per object


def test_a_newcomer_is_told_everything_that_is_hidden_at_once(sandbox: Sandbox, org: SalesforceOrg) -> None:
    org.hidden |= {("Lead", "Email"), "Case"}
    with pytest.raises(ForbiddenError, match=r"(?s)Lead\.Email.*may not see Case"):
        CONNECT.attempt(SourceRun(now=NOW), given(sandbox))
    assert CONNECT.attempt(SourceRun(now=NOW), given(sandbox) | {"skip_objects": "Case, Lead"})


def test_a_newcomer_with_half_a_login_is_told_what_is_missing(sandbox: Sandbox) -> None:
    with pytest.raises(SettingError, match=r"CONSUMER_SECRET and .*DOMAIN, or"):
        CONNECT.attempt(SourceRun(now=NOW), {"consumer_key": "key", "username": "somebody"})


def given(sandbox: Sandbox) -> dict[str, str]:
    settings = sandbox.salesforce.settings(sandbox.url)
    return {name.removeprefix("SALESFORCE__").lower(): value for name, value in settings.items()}
