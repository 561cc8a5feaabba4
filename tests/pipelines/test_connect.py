"""`okr connect`: instructions, a test call, and files that keep what they had; refused values are never stored."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import click
import dlt
import pytest
from click.testing import CliRunner, Result

from connectors import registry
from connectors.contract import Connect
from connectors.sandbox.company.agency_mail import fill
from connectors.sandbox.company.files import Mention
from connectors.sandbox.faults import Fault
from connectors.sandbox.server import Sandbox
from pipelines import cli_sources
from pipelines.cli import app
from pipelines.connect import collect
from pipelines.errors import SettingsError
from pipelines.toml_files import store_values, stored_values
from tests.connectors.company import NOW, small_company

SECRETS = Path(".dlt") / "secrets.toml"
CONFIG = Path(".dlt") / "config.toml"
BEFORE = '# mine\n[sources.other]\napi_key = "k"  # keep\n\n[sources.hubspot]\nold = "x"\n'


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """An empty working folder in which only the addresses of the vendors are set."""
    monkeypatch.chdir(tmp_path)
    for name in ("HUBSPOT__ACCESS_TOKEN", "HUBSPOT__SKIP_OBJECTS", "GA4__PROPERTY_ID", "GA4__SERVICE_ACCOUNT_FILE"):
        monkeypatch.delenv(f"SOURCES__{name}", raising=False)
    with Sandbox(small_company(), now=NOW) as running:
        monkeypatch.setenv("SOURCES__HUBSPOT__API_BASE", running.url)
        monkeypatch.setenv("SOURCES__GA4__API_ENDPOINT", running.url)
        yield running


def okr(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(app, ["connect", *arguments], input=typed)


@pytest.mark.parametrize("source", ["hubspot", "ga4", "files", "mail"])
def test_every_walk_through_says_where_to_click_and_asks_for_known_settings(source: str) -> None:
    connect = registry.source_module(source).CONNECT
    assert isinstance(connect, Connect)
    assert "1. " in connect.text
    assert [asked for asked in connect.asked if asked.required]
    assert max(len(line) for line in connect.text.splitlines()) <= 140


def test_hubspot_without_questions(sandbox: Sandbox) -> None:
    result = okr("hubspot", "--set", "access_token=-", typed=sandbox.hubspot_token + "\n")
    assert result.exit_code == 0, result.output
    assert (
        "contacts, companies, deals, calls, meetings, tickets, feedback_submissions and owners can be read"
        in result.output
    )
    assert "access_token stored in .dlt/secrets.toml" in result.output
    assert sandbox.hubspot_token not in result.output
    assert stored_values(SECRETS, "hubspot") == {"access_token": sandbox.hubspot_token}
    assert stat.S_IMODE(SECRETS.stat().st_mode) == 0o600


def test_what_stands_in_the_file_stays_and_nobody_else_may_read_it(sandbox: Sandbox) -> None:
    SECRETS.parent.mkdir()
    SECRETS.write_text(BEFORE, encoding="utf-8")
    SECRETS.chmod(0o644)
    okr("hubspot", "--set", "access_token=-", typed=sandbox.hubspot_token + "\n")
    assert SECRETS.read_text(encoding="utf-8") == BEFORE + f'access_token = "{sandbox.hubspot_token}"\n'
    assert stat.S_IMODE(SECRETS.stat().st_mode) == 0o600
    assert [path.name for path in SECRETS.parent.iterdir()] == ["secrets.toml"]


def test_what_is_not_secret_lies_beside_it(sandbox: Sandbox) -> None:
    okr("hubspot", "--set", "access_token=-", "--set", "skip_objects=tickets", typed=sandbox.hubspot_token + "\n")
    assert stored_values(CONFIG, "hubspot") == {"skip_objects": "tickets"}


def test_dlt_finds_what_was_stored(sandbox: Sandbox) -> None:
    store_values(SECRETS, "hubspot", {"access_token": "stored"})
    from dlt.common.configuration.container import Container
    from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext

    Container()[PluggableRunContext].reload_providers()
    try:
        assert dlt.secrets.get("sources.hubspot.access_token") == "stored"
    finally:
        SECRETS.unlink()
        Container()[PluggableRunContext].reload_providers()


def test_a_refused_key_is_not_stored(sandbox: Sandbox) -> None:
    result = okr("hubspot", "--set", "access_token=pat-wrong")
    assert result.exit_code == 5
    assert "The token is not accepted. Check SOURCES__HUBSPOT__ACCESS_TOKEN" in result.output
    assert "pat-wrong" not in result.output
    assert not SECRETS.exists()


def test_every_missing_scope_is_named_at_once(sandbox: Sandbox) -> None:
    sandbox.hubspot.missing_scopes |= {"tickets", "feedback_submissions"}
    result = okr("hubspot", "--set", "access_token=-", typed=sandbox.hubspot_token + "\n")
    assert result.exit_code == 5
    assert "lacks the scopes tickets (for tickets); crm.objects.feedback_submissions.read" in result.output
    left_out = "skip_objects=tickets,feedback_submissions"
    again = okr("hubspot", "--set", "access_token=-", "--set", left_out, typed=sandbox.hubspot_token + "\n")
    assert again.exit_code == 0, again.output


def test_a_value_of_the_environment_is_tried_and_not_stored(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES__HUBSPOT__ACCESS_TOKEN", sandbox.hubspot_token)
    result = okr("hubspot")
    assert result.exit_code == 0, result.output
    assert "Nothing new to store." in result.output
    assert not SECRETS.exists()


def test_check_tries_what_is_set(sandbox: Sandbox) -> None:
    store_values(SECRETS, "hubspot", {"access_token": sandbox.hubspot_token})
    before = SECRETS.read_bytes()
    assert "can be read" in okr("hubspot", "--check").output
    sandbox.faults.add(Fault("/crm/", "401", times=None))
    assert okr("hubspot", "--check").exit_code == 5
    assert SECRETS.read_bytes() == before


def test_google_analytics(sandbox: Sandbox, tmp_path: Path) -> None:
    """100 direct and 10 referred sessions a day; the days are those of the real clock, so only the frame is looked at."""
    key = sandbox.service_account_file(tmp_path)
    result = okr("ga4", "--set", "property_id=330033003", "--set", f"service_account_file={key}")
    assert result.exit_code == 0, result.output
    assert "property 330033003 (Europe/Budapest, EUR) had" in result.output
    assert stored_values(CONFIG, "ga4") == {"property_id": "330033003", "service_account_file": str(key)}
    wrong = okr("ga4", "--set", "property_id=G-1", "--set", f"service_account_file={key}")
    assert (wrong.exit_code, "should be a number" in wrong.output) == (2, True)


def test_a_folder_of_files(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.write_files(tmp_path / "inbox")
    (tmp_path / "inbox" / "stray.txt").write_text("?", encoding="utf-8")
    result = okr("files", "--set", f"folder={tmp_path / 'inbox'}")
    assert "nps_responses 1 file," in result.output
    assert "stray.txt belongs to no table of files.yml and is not read." in result.output
    assert okr("files", "--set", "folder=/nowhere").exit_code == 2


def test_a_mailbox(sandbox: Sandbox, tmp_path: Path) -> None:
    """Of three mails one is the agency's report, one is about lunch, and one is no agency's."""
    fill(sandbox.imap.mailbox, [Mention("M-1", date(2026, 11, 20), "Index", "Grows", "positive")], date(2026, 11, 21))
    given = {name.partition("__")[2].lower(): value for name, value in sandbox.mail_settings(tmp_path).items()}
    password = given.pop("password")
    words = [word for name, value in given.items() for word in ("--set", f"{name}={value}")]
    result = okr("mail", *words, "--set", "password=-", typed=password + "\n")
    assert result.exit_code == 0, result.output
    assert "The mailbox answers: rule 1 (*@orbit-pr.example) 1 mail." in result.output
    assert "Senders are not checked by rule 1" in result.output
    assert password not in result.output
    assert stored_values(SECRETS, "mail") == {"password": password}
    wrong = okr("mail", *words, "--set", "password=-", typed="wrong\n")
    assert (wrong.exit_code, "refused user or password" in wrong.output) == (5, True)


def test_a_missing_value_says_how_to_give_it(sandbox: Sandbox) -> None:
    result = okr("hubspot")
    assert result.exit_code == 2
    assert "SOURCES__HUBSPOT__ACCESS_TOKEN in the environment, or with --set access_token=-" in result.output


def test_unknown_words_are_refused(sandbox: Sandbox) -> None:
    assert (
        "hubspot has no setting token. It has access_token, skip_objects." in okr("hubspot", "--set", "token=x").output
    )
    assert "there is no source named 'pipedrive'" in okr("pipedrive").output
    assert "should be NAME=VALUE" in okr("hubspot", "--set", "x").output


def test_questions_are_asked_until_answered_and_secrets_are_hidden(sandbox: Sandbox) -> None:
    asked: list[tuple[str, bool]] = []

    @click.command()
    def ask() -> None:
        answers = collect(
            "hubspot", {}, lambda each, known: asked.append((each.name, known)) or cli_sources._ask(each, known)
        )  # type: ignore[func-returns-value]
        click.echo(sorted(answers.new))

    result = CliRunner().invoke(ask, input="\npat-1\ntickets\n")
    assert asked == [("access_token", False), ("skip_objects", False)]
    assert "['access_token', 'skip_objects']" in result.output
    assert "pat-1" not in result.output


def test_enter_keeps_what_is_stored(sandbox: Sandbox) -> None:
    store_values(SECRETS, "hubspot", {"access_token": "kept"})
    answers = collect("hubspot", {}, lambda asked, known: "")
    assert (answers.values["access_token"], answers.new) == ("kept", frozenset())


def test_a_broken_file_is_left_alone(sandbox: Sandbox) -> None:
    SECRETS.parent.mkdir()
    SECRETS.write_text("[sources\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"secrets\.toml cannot be read"):
        store_values(SECRETS, "hubspot", {"access_token": "x"})
    assert SECRETS.read_text(encoding="utf-8") == "[sources\n"


def test_without_a_name_it_lists_what_can_be_set_up() -> None:
    result = CliRunner().invoke(app, ["connect"])
    assert result.exit_code == 0
    listed = {line.split()[0] for line in result.output.splitlines() if line}
    assert {*registry.source_names(), "google_sheets"} <= listed
    assert "hubspot        HubSpot\n" in result.output
