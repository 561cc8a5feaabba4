"""Who may read what: tokens, sessions, names, and that a token of one team learns nothing of another, at any address."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import quote

import httpx
import pyarrow.parquet as pq
import pytest

from okr_mappings.restated import RestatedDays
from okr_mappings.snapshot import SourceFreshness, TeamName
from okr_mappings.words import SourceState, Status
from pipelines.errors import SettingsError
from pipelines.serve.app import FRESH, PAGES
from pipelines.serve.guard import is_loopback
from pipelines.serve.server import _check, token_lines
from tests.pipelines.report.documents import HUBSPOT, document, history, key_result, objective
from tests.pipelines.serve.served import NOW, publish_by_hand, serving, settings_of, tokens

SECRET = "zxqsecret"
CYCLE = f"""\
cycle: 2026-Q4
objectives:
  - id: demand
    title: Be found
    team: marketing
    owner: Anna
    supports: [{SECRET}-objective]
    key_results:
      - {{id: leads, title: 350 leads, kind: total, metric: marketing_qualified_leads, target: 350}}
  - id: {SECRET}-objective
    title: {SECRET} title of an objective
    team: sales
    owner: {SECRET} owner
    key_results:
      - {{id: {SECRET}-leads, title: 10 {SECRET} leads, kind: total, metric: marketing_qualified_leads, target: 10}}
"""
COMPANY = f"""\
name: Small
time_zone: Europe/Budapest
currency: EUR
teams:
  - {{id: marketing, name: Marketing}}
  - {{id: sales, name: {SECRET} team}}
"""


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Two teams; everything that is written about the other one has a word in it that must never be seen."""
    folder = tmp_path_factory.mktemp("two_teams")
    (folder / "okrs/cycles").mkdir(parents=True)
    (folder / "okrs/company.yml").write_text(COMPANY, encoding="utf-8")
    (folder / "okrs/cycles/2026-q4.yml").write_text(CYCLE, encoding="utf-8")
    mine = key_result("leads")
    source = SourceFreshness(f"{SECRET}-source", SourceState.FAILED, None, f"{SECRET} note of a source")
    texts = {
        name: f"{SECRET} {name}"
        for name in ("title", "owner", "metric", "unit", "sql", "reason", "formula", "notes", "error", "mapping_path")
    }
    theirs = key_result(
        f"{SECRET}-leads",
        team_id="sales",
        objective_id=f"{SECRET}-objective",
        status=Status.OFF_TRACK,
        sources=(source,),
        source_link=f"https://{SECRET}.example",
        **texts,
    )
    made = document(
        mine,
        theirs,
        objectives=(
            objective(key_result_ids=("leads",), supports=(f"{SECRET}-objective",)),
            objective(
                f"{SECRET}-objective", title=f"{SECRET} objective", team_id="sales", key_result_ids=(f"{SECRET}-leads",)
            ),
        ),
        sources=(HUBSPOT, source),
        teams=(TeamName("marketing", "Marketing"), TeamName("sales", f"{SECRET} team")),
        history={"leads": history(1, 214), f"{SECRET}-leads": history(1, 99)},
        restatements={f"{SECRET}-leads": RestatedDays(3, 4.0, 1)},
    )
    day_before = date(2026, 11, 20)
    earlier = [replace(each, as_of=day_before, snapshot_id=f"{each.snapshot_id}-before") for each in (mine, theirs)]
    publish_by_hand(folder, made, before=earlier, said=f"{SECRET} what the run said")
    serve = {"tokens": tokens(board=None, marketing=["marketing"], ghost=["no-such-team"]), "evidence": True}
    with serving(settings_of(folder, serve, folder / "okrs")) as client:
        yield client


def headers(name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer token-of-{name}"}


PARTS = ("history", "evidence", "history.csv", "evidence.parquet")
TABLES = ("objectives", "key-results", "history", "snapshots", "sources", "cycles")
ADDRESSES = sorted(
    {
        *(address for address in (*PAGES, *FRESH) if "{" not in address),
        *(f"/api/v1/{table}" for table in TABLES),
        *(f"/api/v1/{table}.{ending}" for table in TABLES[:-1] for ending in ("csv", "parquet")),
        *(f"/key-results/leads{query}" for query in ("", "?as_of=2026-11-20")),
        *(f"/api/v1/key-results/leads{query}" for query in ("", "?as_of=2026-11-20")),
        *(f"/api/v1/key-results/leads/{part}" for part in PARTS),
        *(f"{page}?as_of=2026-11-20" for page in ("/", "/report.html", "/api/v1/key-results", "/api/v1/objectives")),
        *(f"/reports/{page}.html" for page in ("weekly", "monthly", "quarterly", "team-marketing", "team-sales")),
        "/?team=sales",
        "/?status=off_track",
        "/api/v1/key-results?team=sales",
        "/api/v1/history?offset=52",
        "/api/v1/snapshots?cursor=1",
        "/pulse",
        "/api/v1/health",
        "/api/v1/readiness",
    }
)


def said(answer: httpx.Response) -> str:
    """Everything of it in words, headers included."""
    body = answer.text
    if answer.headers.get("content-type", "").endswith("parquet"):
        table = pq.read_table(io.BytesIO(answer.content))
        body = f"{table.to_pylist()} {table.schema.metadata}"
    return f"{answer.headers} {body}"


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_team_learns_nothing_of_another(guarded: httpx.Client, address: str) -> None:
    answer = guarded.get(address, headers=headers("marketing"))
    assert answer.status_code in (200, 404), answer.text  # the evidence of a folder without marts cannot be told
    assert SECRET not in said(answer)


@pytest.mark.parametrize(
    "address", ["/", "/api/v1/key-results.csv", "/metrics", "/runs", "/lint", "/sources", "/api/v1/snapshots"]
)
def test_who_sees_all_sees_it(guarded: httpx.Client, address: str) -> None:
    # otherwise the test above proves nothing
    assert SECRET in said(guarded.get(address, headers=headers("board")))


@pytest.mark.parametrize("part", ["", "/history", "/evidence.csv"])
def test_the_key_result_of_another_team_is_as_unknown_as_none(guarded: httpx.Client, part: str) -> None:
    theirs, none = (
        guarded.get(f"/api/v1/key-results/{name}{part}", headers=headers("marketing"))
        for name in (f"{SECRET}-leads", f"{SECRET}-nobody")
    )
    assert theirs.status_code == none.status_code == 404
    assert theirs.json()["detail"].replace("-leads", "") == none.json()["detail"].replace("-nobody", "")


def test_a_near_miss_does_not_name_what_may_not_be_seen(guarded: httpx.Client) -> None:
    answer = guarded.get(f"/api/v1/key-results/{SECRET[:-1]}-leads", headers=headers("marketing"))
    assert f"{SECRET}-leads" not in answer.text
    assert "Did you mean" in guarded.get(f"/api/v1/key-results/{SECRET[:-1]}-leads", headers=headers("board")).text


def test_a_team_that_does_not_exist_sees_nothing(guarded: httpx.Client) -> None:
    assert guarded.get("/api/v1/key-results", headers=headers("ghost")).json()["rows"] == []
    assert guarded.get("/api/v1/snapshots", headers=headers("ghost")).json()["rows"] == []
    assert guarded.get("/", headers=headers("ghost")).status_code == 200


def test_an_answer_kept_for_one_is_not_given_to_another(guarded: httpx.Client) -> None:
    for name in ("board", "marketing", "board", "marketing"):
        seen = SECRET in guarded.get("/api/v1/key-results", headers=headers(name)).text
        assert seen is (name == "board")
    etag = guarded.get("/api/v1/key-results", headers=headers("board")).headers["etag"]
    other = guarded.get("/api/v1/key-results", headers={**headers("marketing"), "If-None-Match": etag})
    assert other.status_code == 200


@pytest.mark.parametrize("address", [each for each in ADDRESSES if each not in ("/api/v1/health", "/api/v1/readiness")])
def test_nobody_learns_anything(guarded: httpx.Client, address: str) -> None:
    answer = guarded.get(address)
    assert answer.status_code in (303, 401)
    assert SECRET not in said(answer)
    assert "350" not in answer.text


@pytest.mark.parametrize(
    "given",
    ["Bearer wrong", "Bearer", "Bearer token-of-marketin", "Basic !!!", "Basic Zm9v", "Digest token-of-board", "x"],
)
def test_a_wrong_token_is_refused_with_a_problem(guarded: httpx.Client, given: str) -> None:
    for address in ("/api/v1/sources", "/", "/metrics"):
        answer = guarded.get(address, headers={"Authorization": given})
        assert answer.status_code == 401
        assert "Basic" in answer.headers["www-authenticate"]


def test_the_token_may_be_the_password_of_basic(guarded: httpx.Client) -> None:
    assert guarded.get("/api/v1/sources", auth=("anybody", "token-of-board")).status_code == 200


def test_a_browser_signs_in_looks_and_signs_out(guarded: httpx.Client) -> None:
    sent = guarded.get("/?team=marketing")
    assert (sent.status_code, sent.headers["location"]) == (303, "/login?next=" + quote("/?team=marketing", safe=""))
    form = guarded.get(sent.headers["location"])
    assert 'type="password"' in form.text
    assert guarded.post("/login", data={"token": "wrong"}).status_code == 401
    entered = guarded.post(sent.headers["location"], data={"token": " token-of-marketing "})
    assert (entered.status_code, entered.headers["location"]) == (303, "/?team=marketing")
    cookie = entered.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "token-of" not in cookie
    held = {"Cookie": cookie.partition(";")[0]}
    page = guarded.get("/", headers=held)
    assert page.status_code == 200
    assert "signed in as" in page.text
    assert SECRET not in page.text
    out = guarded.post("/logout", headers=held)
    assert 'okr_session=""' in out.headers["set-cookie"]
    guarded.cookies.clear()


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/%0d%0aSet-Cookie: a=b"],
)
def test_signing_in_leads_nowhere_else(guarded: httpx.Client, wanted: str) -> None:
    answer = guarded.post("/login", params={"next": wanted}, data={"token": "token-of-board"})
    guarded.cookies.clear()
    assert answer.headers["location"].startswith("/")
    assert "evil" not in answer.headers["location"] or answer.headers["location"] == "/"
    assert answer.headers.get_list("set-cookie")[0].startswith("okr_session=")


def test_a_forged_or_spent_session_is_nobody(guarded: httpx.Client, tmp_path: Path) -> None:
    from pipelines.serve.access import COOKIE, Door, Viewer

    settings = settings_of(tmp_path, {"tokens": tokens(board=None, sales=["sales"])}).serve
    door = Door(settings)
    content, seconds = door.session(Viewer("sales"), NOW)
    assert seconds == 12 * 3600
    found = door.viewer({}, {COOKIE: content}, NOW)
    assert found is not None
    assert found.teams == {"sales"}
    assert door.viewer({}, {COOKIE: content}, NOW + timedelta(hours=12)) is None
    name, ends, signature = content.split(".")
    other, _ = door.session(Viewer("board"), NOW)
    for forged in (
        f"{other.split('.')[0]}.{ends}.{signature}",
        f"{name}.{int(ends) + 9999}.{signature}",
        f"{name}.{ends}.",
        "..",
        "é.1.2",
        "a",
        "",
    ):
        assert door.viewer({}, {COOKIE: forged}, NOW) is None
    assert Door(settings).viewer({}, {COOKIE: content}, NOW) is None, "a restart signs everybody out"


def test_a_strangers_form_signs_nobody_in_or_out(guarded: httpx.Client) -> None:
    for extra in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert guarded.post("/login", data={"token": "token-of-board"}, headers=extra).status_code == 403
    answer = guarded.post("/login", content=b"token=" + b"x" * 10_000)
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8420", "127.0.0.1.evil.example", "localhost.evil.example", "", "[::1].evil"]
)
def test_a_rebound_name_is_refused(client: httpx.Client, host: str) -> None:
    for address in ("/", "/api/v1/key-results", "/assets/okr.css", "/login"):
        answer = client.get(address, headers={"Host": host})
        assert answer.status_code in (400, 421)
        assert "leads" not in answer.text


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:99", "127.0.0.1", "[::1]:8420", "127.8.9.1"])
def test_this_machines_own_names_are_served(client: httpx.Client, host: str) -> None:
    assert client.get("/", headers={"Host": host}).status_code == 200


def test_others_need_a_token_before_we_listen_to_them(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="okr token"):
        _check(settings_of(tmp_path), "0.0.0.0")
    with pytest.raises(SettingsError, match=r"okr\.example\.com"):
        _check(settings_of(tmp_path, {"allowed_hosts": ["okr.example.com"]}), "127.0.0.1")
    _check(settings_of(tmp_path, {"tokens": tokens(board=None)}), "0.0.0.0")
    _check(settings_of(tmp_path), "::1")
    assert not is_loopback("localhost.evil.example")


def test_a_printed_token_opens_and_its_settings_do_not_tell_it() -> None:
    import tomllib

    from pipelines.serve.access import hash_of

    text = token_lines('a"b', ["sales"])
    token = next(line.strip() for line in text.splitlines() if line.strip().startswith("okr_"))
    content = tomllib.loads(text[text.index("[serve") :])
    assert content["serve"]["tokens"]['a"b'] == {"sha256": hash_of(token), "teams": ["sales"]}
    assert token not in text[text.index("[serve") :]
    assert len(token) > 40


def test_a_token_of_no_team_is_refused_rather_than_read_as_all(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="teams"):
        settings_of(tmp_path, {"tokens": {"x": {"sha256": "0" * 64, "teams": []}}})


def test_compressed_answers_are_as_scoped_as_plain_ones(guarded: httpx.Client) -> None:
    with guarded.stream("GET", "/", headers={**headers("marketing"), "Accept-Encoding": "gzip"}) as answer:
        body = gzip.decompress(b"".join(answer.iter_raw()))
    assert SECRET.encode() not in body
