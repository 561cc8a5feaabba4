"""Tokens that end: renewal, rotation, two at once, kills at the worst moment, and the notice to the person who must consent again."""

from __future__ import annotations

import json
import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.contract import SourceRun
from connectors.errors import ConnectorError, CredentialError, RetriableError
from connectors.readers.tokens.access import Access, RejectedTokenError, Renewal
from connectors.readers.tokens.grant import Grant, consent_notice, fingerprint
from connectors.readers.tokens.oauth import consent_of
from connectors.readers.tokens.store import TokenStore
from connectors.sandbox.faults import Fault
from tests.connectors.bench import Bench
from tests.connectors.company import NOW


def grant_of(bench: Bench, source: str) -> Grant:
    found = TokenStore(bench.folder / "tokens").read(source)
    assert found is not None
    return found


def as_person(bench: Bench) -> None:
    """X by a person's consent, whose refresh tokens are good for one use."""
    oauth = bench.sandbox.social.x.oauth
    bench.unset("X__BEARER_TOKEN")
    bench.set("X__CLIENT_ID", oauth.rules.client_id)
    bench.set("X__CLIENT_SECRET", oauth.rules.client_secret)
    bench.set("X__REFRESH_TOKEN", oauth.consented())


# ---- the store ----


def test_a_grant_comes_back_as_it_was_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    store = TokenStore(tmp_path / "tokens")
    grant = Grant("c", "a", "r", NOW, NOW + timedelta(days=1), None, NOW, NOW)
    store.write("x", grant)
    assert store.read("x") == grant
    assert stat.S_IMODE((tmp_path / "tokens" / "x.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "tokens").stat().st_mode) == 0o700
    assert [path.name for path in (tmp_path / "tokens").iterdir()] == ["x.json"]


@pytest.mark.parametrize(
    "content", ["", "{", '{"access_token": "a"}', '["x"]', '{"consent": "c", "access_ends": "soon"}']
)
def test_a_file_that_is_none_counts_as_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "x.json").write_text(content)
    assert TokenStore(tmp_path).read("x") is None


def test_no_token_is_printed() -> None:
    assert "secret" not in repr(Grant("c", "secret-a", "secret-r"))


# ---- renewal ----


def test_linkedin_renews_before_the_token_ends_and_the_year_goes_on(bench: Bench) -> None:
    bench.load("linkedin")
    first = grant_of(bench, "linkedin")
    assert first.access_ends == NOW + timedelta(days=60)
    assert first.refresh_ends == NOW + timedelta(days=365)
    bench.sandbox.clock.advance(days=54)  # six days are left, of which seven are wanted
    bench.load("linkedin")
    second = grant_of(bench, "linkedin")
    assert second.access_token != first.access_token
    assert second.refresh_token == first.refresh_token
    assert second.refresh_ends == first.refresh_ends, "renewing does not extend it"
    assert bench.sandbox.social.linkedin.oauth.renewals == 2


def test_a_stored_token_is_used_while_it_lasts(bench: Bench) -> None:
    for _ in range(3):
        bench.load("linkedin")
    assert bench.sandbox.social.linkedin.oauth.renewals == 1
    assert len(bench.sandbox.calls.to("/oauth/v2/accessToken")) == 1


def test_x_gets_a_new_refresh_token_each_time_and_it_is_the_one_that_is_stored(bench: Bench) -> None:
    as_person(bench)
    seen = set()
    for _ in range(3):
        bench.load("x")
        seen.add(grant_of(bench, "x").refresh_token)
        bench.sandbox.clock.advance(hours=3)  # a token lasts two
    assert len(seen) == 3
    assert bench.sandbox.social.x.oauth.renewals == 3


def test_a_token_rejected_before_its_end_is_renewed_once(bench: Bench) -> None:
    as_person(bench)
    bench.load("x")
    bench.sandbox.social.x.oauth.expire_access_tokens()
    bench.load("x")
    statuses = [call.status for call in bench.sandbox.calls.to("/2/users")]
    assert statuses == [200, 401, 200]


def test_a_consent_taken_back_says_to_consent_again_and_nothing_is_lost(bench: Bench) -> None:
    as_person(bench)
    bench.load("x")
    before = bench.table("raw_x.followers")
    bench.sandbox.social.x.oauth.revoke()
    error = bench.attempt("x").error
    assert "`okr connect x`" in error
    assert "SOURCES__X__REFRESH_TOKEN" in error
    assert bench.table("raw_x.followers") == before


def test_a_new_consent_in_the_settings_puts_the_stored_one_out_of_use(bench: Bench) -> None:
    as_person(bench)
    bench.load("x")
    bench.sandbox.social.x.oauth.revoke()
    assert not bench.attempt("x").ok
    bench.set("X__REFRESH_TOKEN", bench.sandbox.social.x.oauth.consented())
    bench.load("x")


def test_facebook_exchanges_a_token_of_a_person_when_half_of_it_is_gone(bench: Bench) -> None:
    meta = bench.sandbox.social.meta
    bench.set("FACEBOOK__ACCESS_TOKEN", meta.person())
    bench.load("facebook")
    assert (meta.exchanges, grant_of(bench, "facebook").access_ends) == (0, NOW + timedelta(days=60))
    bench.sandbox.clock.advance(days=31)
    bench.load("facebook")
    found = grant_of(bench, "facebook")
    assert (meta.exchanges, found.access_ends) == (1, NOW + timedelta(days=91))
    assert found.person_by == NOW + timedelta(days=90), (
        "Meta wants to see the person every 90 days, whatever is exchanged"
    )


def test_a_token_without_an_end_is_never_exchanged(bench: Bench) -> None:
    for _ in range(2):
        bench.load("facebook")
        bench.sandbox.clock.advance(days=400)
    assert bench.sandbox.social.meta.exchanges == 0
    assert grant_of(bench, "facebook").person_by is None


def test_google_renews_every_hour_with_the_same_refresh_token(bench: Bench) -> None:
    oauth = bench.sandbox.social.youtube.oauth
    bench.unset("YOUTUBE__API_KEY")
    bench.set("YOUTUBE__CLIENT_ID", oauth.rules.client_id)
    bench.set("YOUTUBE__CLIENT_SECRET", oauth.rules.client_secret)
    bench.set("YOUTUBE__REFRESH_TOKEN", consent := oauth.consented())
    bench.load("youtube")
    bench.sandbox.clock.advance(minutes=58)
    bench.load("youtube")
    assert oauth.renewals == 2
    assert grant_of(bench, "youtube").refresh_token == consent


def test_a_key_in_the_settings_is_not_copied_to_the_store(bench: Bench) -> None:
    bench.load("x")
    bench.load("youtube")
    assert not (bench.folder / "tokens" / "x.json").exists()
    assert not (bench.folder / "tokens" / "youtube.json").exists()


def test_an_early_renewal_that_fails_is_told_and_the_token_serves_on(bench: Bench) -> None:
    bench.load("linkedin")
    bench.sandbox.clock.advance(days=54)
    bench.sandbox.faults.add(Fault("/oauth/v2/", "5xx", times=None))
    warnings = bench.load("linkedin").warnings
    assert warnings
    assert all("could not be renewed yet" in warning for warning in warnings)


def test_a_wrong_app_secret_names_the_setting(bench: Bench) -> None:
    bench.set("LINKEDIN__CLIENT_SECRET", "wrong")
    error = bench.attempt("linkedin").error
    assert "SOURCES__LINKEDIN__CLIENT_SECRET" in error
    assert "wrong" not in error


# ---- kills and rivals ----


class Killed(BaseException):
    """Stands for the end of the process."""


def rotating(store: Path, log: list[str], *, die: bool = False) -> Access:
    """A vendor whose refresh tokens work once; it dies after the vendor has answered and before anything is stored."""

    def renew(grant: Grant) -> Grant:
        log.append(grant.refresh_token)
        if len(log) > 1 and log[-1] in log[:-1]:
            raise CredentialError("v: 400 from /token. The consent has ended.")
        if die:
            raise Killed
        number = len(log)
        return Grant(grant.consent, f"a{number}", f"r{number}", NOW + timedelta(hours=2))

    run = SourceRun(now=NOW, tokens_dir=store, wait=lambda seconds: threading.Event().wait(0.01))
    return Access("v", consent_of("r0"), Renewal(renew, timedelta(0)), run)


def test_killed_before_the_answer_is_stored_the_next_run_says_what_happened(tmp_path: Path) -> None:
    log: list[str] = []
    with pytest.raises(Killed):
        rotating(tmp_path, log, die=True).token()
    kept = json.loads((tmp_path / "v.json").read_text())
    assert kept["refresh_token"] == "r0", "the old token is tried again: many vendors take it"
    with pytest.raises(CredentialError, match="begun on 2026-11-22 05:00 UTC was cut off"):
        rotating(tmp_path, log).token()
    assert log == ["r0", "r0"]


def test_killed_before_the_vendor_was_asked_nothing_is_lost(tmp_path: Path) -> None:
    store = TokenStore(tmp_path)
    store.write("v", Grant(fingerprint("r0"), "", "r0", renewing_since=NOW))
    assert rotating(tmp_path, []).token() == "a1"
    found = store.read("v")
    assert found is not None
    assert (found.refresh_token, found.renewing_since) == ("r1", None)


def test_two_that_renew_at_once_renew_once(tmp_path: Path) -> None:
    log: list[str] = []
    found: list[str] = []
    workers = [threading.Thread(target=lambda: found.append(rotating(tmp_path, log).token())) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert log == ["r0"]
    assert found == ["a1"] * 4


def test_a_rival_that_does_not_end_is_not_waited_for_forever(tmp_path: Path) -> None:
    waited: list[float] = []
    with (
        TokenStore(tmp_path).locked("v"),
        pytest.raises(RetriableError, match="another run is renewing"),
        TokenStore(tmp_path).locked("v", waited.append),
    ):
        pass
    assert sum(waited) == 90


def test_what_a_vendor_rejects_twice_is_an_error(tmp_path: Path) -> None:
    log: list[str] = []

    def send(token: str) -> str:
        log.append(token)
        raise RejectedTokenError("v: 401")

    with pytest.raises(ConnectorError):
        rotating(tmp_path, []).call(send)
    assert log == ["a1"], "renewed a moment ago, so another one would be no better"


# ---- the person ----


def test_a_person_is_told_fourteen_days_before() -> None:
    end = datetime(2026, 12, 6, 5, tzinfo=UTC)
    assert consent_notice("x", end, end - timedelta(days=14, seconds=1)) == ""
    assert "ends on 2026-12-06" in consent_notice("x", end, end - timedelta(days=14))
    assert "`okr connect x --consent`" in consent_notice("x", end, end - timedelta(days=14))
    assert "ended on 2026-12-06" in consent_notice("x", end, end)
    assert consent_notice("x", None, end) == ""


def test_the_run_warns_when_the_year_of_linkedin_ends(bench: Bench) -> None:
    assert bench.load("linkedin").warnings == ()
    bench.sandbox.clock.advance(days=350)
    assert bench.load("linkedin").warnings == ()
    bench.sandbox.clock.advance(days=1)  # 365 days less 351 are 14
    assert bench.load("linkedin").warnings == (
        "the consent ends on 2027-11-22. A person must give it again before: `okr connect linkedin --consent`.",
    )
