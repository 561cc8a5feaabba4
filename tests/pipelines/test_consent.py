"""Consent in a browser, from `okr connect` to the first load, and what `okr check` and `okr status --sources` say of ends to come."""

from __future__ import annotations

import http.client
import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from connectors import registry
from connectors.errors import CredentialError, SettingError
from connectors.readers.tokens.grant import Grant
from connectors.readers.tokens.store import TokenStore
from connectors.sandbox.server import Sandbox
from connectors.sandbox.social import FACEBOOK, IDS, LINKEDIN, NAMES, X
from pipelines.check import sunsets
from pipelines.connect import Answers, consented, store, try_out, wants_consent
from pipelines.settings import Settings
from pipelines.source_status import source_report
from pipelines.toml_files import stored_values
from tests.connectors.company import NOW, small_company

SECRETS = Path(".dlt") / "secrets.toml"
TODAY = date(2026, 11, 21)


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """An empty working folder in which only the addresses of the vendors are set."""
    monkeypatch.chdir(tmp_path)
    with Sandbox(small_company(), now=NOW) as running:
        for source in ("LINKEDIN", "X", "FACEBOOK"):
            monkeypatch.setenv(f"SOURCES__{source}__API_BASE", running.url)
        yield running


def consent_in_browser(address: str) -> str:
    """A person who says yes: the address that the browser is sent to."""
    place = urlsplit(address)
    with closing(http.client.HTTPConnection(place.netloc, timeout=10)) as connection:
        connection.request("GET", f"{place.path}?{place.query}")
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 302
        return answer.headers["Location"]


def answers(sandbox: Sandbox, source: str) -> Answers:
    social = sandbox.social
    rules = {"linkedin": social.linkedin.oauth.rules, "x": social.x.oauth.rules}
    given = {"api_base": sandbox.url}
    if source == "facebook":
        given |= {"page_ids": IDS[FACEBOOK], "app_id": social.meta.app_id, "app_secret": social.meta.app_secret}
    else:
        given |= {"client_id": rules[source].client_id, "client_secret": rules[source].client_secret}
        given |= {"organization_ids": IDS[LINKEDIN], "usernames": NAMES[X]}
    return Answers(given, frozenset())


def pasted(sandbox: Sandbox, source: str, folder: Path) -> Answers:
    seen: list[str] = []
    return consented(source, answers(sandbox, source), folder, seen.append, lambda _: consent_in_browser(seen[0]))


@pytest.mark.parametrize(
    ("source", "brought", "says"),
    [
        ("linkedin", "refresh_token", "LinkedIn answers: brightwater has 1,180 followers."),
        ("x", "refresh_token", "X answers: @brightwater_eu has 498 followers."),
        ("facebook", "access_token", "Facebook answers: Brightwater has 301 followers."),
    ],
)
def test_a_consent_is_stored_and_serves(sandbox: Sandbox, tmp_path: Path, source: str, brought: str, says: str) -> None:
    assert wants_consent(source, answers(sandbox, source))
    found = pasted(sandbox, source, tmp_path)
    assert try_out(source, found, tmp_path) == says
    store(source, found)
    assert stored_values(SECRETS, source) == {brought: found.values[brought]}
    kept = tmp_path / "tokens" / f"{source}.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    # the single-use refresh token of X was not spent on the test call
    assert sandbox.social.x.oauth.renewals == 0


def test_an_app_without_refresh_tokens_gets_a_token_of_60_days(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.social.linkedin.oauth.gives_refresh_tokens = False
    found = pasted(sandbox, "linkedin", tmp_path)
    assert (found.values["refresh_token"], bool(found.values["access_token"])) == ("", True)
    grant = TokenStore(tmp_path / "tokens").read("linkedin")
    assert grant is not None
    assert grant.person_by == grant.access_ends
    assert "1,180" in try_out("linkedin", found, tmp_path)


def test_somebody_who_says_no_changes_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.social.linkedin.oauth.refuse_consent = True
    with pytest.raises(CredentialError, match="The user cancelled the authorization"):
        pasted(sandbox, "linkedin", tmp_path)
    assert not (tmp_path / "tokens").exists()


@pytest.mark.parametrize(
    "address", ["", "http://localhost:8765/callback?code=c&state=another", "?state=x", "no address"]
)
def test_an_answer_to_another_question_is_refused(sandbox: Sandbox, tmp_path: Path, address: str) -> None:
    with pytest.raises(SettingError, match="not the answer to this question"):
        consented("linkedin", answers(sandbox, "linkedin"), tmp_path, lambda _: None, lambda _: address)


def test_a_key_that_needs_nobody_asks_nobody() -> None:
    assert not wants_consent("x", Answers({"bearer_token": "b"}, frozenset()))
    assert not wants_consent("facebook", Answers({"access_token": "a"}, frozenset()))
    assert not wants_consent("hubspot", Answers({}, frozenset()))


def test_from_the_command_line_with_a_browser_on_this_machine(sandbox: Sandbox, tmp_path: Path) -> None:
    rules = sandbox.social.linkedin.oauth.rules
    given = [f"organization_ids={IDS[LINKEDIN]}", f"client_id={rules.client_id}", "client_secret=-"]
    command = [sys.executable, "-u", "-c", "from pipelines.cli import app; app()", "connect", "linkedin", "--consent"]
    for each in given:
        command += ["--set", each]
    repository = Path(registry.__file__).parents[1]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(repository)},
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(rules.client_secret + "\n")
        process.stdin.flush()
        address = next(line.strip() for line in process.stdout if line.strip().startswith("http"))
        back = urlsplit(consent_in_browser(address))
        with closing(http.client.HTTPConnection("127.0.0.1", back.port or 80, timeout=10)) as connection:
            connection.request("GET", f"{back.path}?{back.query}")
            assert b"You can close this page" in connection.getresponse().read()
        told = process.stdout.read()
    assert process.returncode == 0
    assert "brightwater has 1,180 followers" in told
    assert "stored in .dlt/secrets.toml, readable only by you" in told
    assert "refresh-linkedin" not in told
    assert stored_values(SECRETS, "linkedin")["refresh_token"].startswith("refresh-linkedin")
    assert (tmp_path / "data" / "tokens" / "linkedin.json").exists()


# ---- ends to come ----


def test_status_tells_of_a_consent_that_ends_soon(tmp_path: Path) -> None:
    feeds = tmp_path / "feeds"
    feeds.mkdir()
    load = {"last_try_at": "2026-11-21T05:00:00+00:00", "last_try_ok": True, "warnings": []}
    (feeds / "source_loads.json").write_text(json.dumps({"_meta": {}, "sources": {"linkedin": load, "x": load}}))
    now = datetime(2026, 11, 22, 5, tzinfo=UTC)
    tokens = TokenStore(tmp_path / "tokens")
    tokens.write("linkedin", Grant("c", "a", "r", refresh_ends=now + timedelta(days=13)))
    tokens.write("x", Grant("c", "a", "r", refresh_ends=now + timedelta(days=15)))
    told = source_report(tmp_path, now).as_text()
    assert "linkedin: the consent ends on 2026-12-05. A person must give it again before" in told
    assert "x: the consent" not in told


def test_check_warns_ninety_days_before_a_version_ends() -> None:
    settings = Settings(sources=("linkedin", "hubspot", "files", "ga4"))
    # LinkedIn 202609: 15 September 2027. HubSpot v3: 1 September 2027. Google has announced nothing
    assert sunsets(settings, TODAY) == ()
    assert [text.partition(":")[0] for text in sunsets(settings, date(2027, 6, 3))] == ["hubspot"]
    assert [text.partition(":")[0] for text in sunsets(settings, date(2027, 6, 17))] == ["linkedin", "hubspot"]
    assert "ends version 202609 of its API on 2027-09-15" in sunsets(settings, date(2027, 6, 17))[0]
    assert "ended version v3" in sunsets(settings, date(2027, 9, 1))[1]


@pytest.mark.parametrize("name", [name for name in registry.source_names() if name not in ("files", "mail")])
def test_every_vendor_has_its_version_and_sunset_in_one_place(name: str) -> None:
    version = registry.api_version(name)
    assert version is not None
    assert version.version
    assert version.sunset is None or version.sunset > date(2026, 11, 22)
