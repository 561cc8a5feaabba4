"""In which language a page answers, and that no reader gets another one's."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.pipelines.report.documents import brightwater

PAGES = ("/", "/key-results/{first}", "/reports", "/sources", "/runs", "/lint", "/api")


@pytest.fixture
def first() -> str:
    return brightwater().key_results[0].key_result_id


def language_of(answer: httpx.Response) -> str:
    found = re.search(r'<html lang="([^"]+)"', answer.text)
    assert found, answer.text[:200]
    return found[1]


def ask(client: httpx.Client, address: str, accept: str = "", cookie: str = "") -> httpx.Response:
    """Without the cookies of the questions before."""
    client.cookies.clear()
    headers = {"accept-language": accept, **({"cookie": cookie} if cookie else {})}
    return client.get(address, headers=headers)


def test_the_address_comes_before_the_cookie_and_that_before_the_browser(client: httpx.Client) -> None:
    assert language_of(ask(client, "/sources")) == "en"
    assert language_of(ask(client, "/sources", "hu-HU,en;q=0.5")) == "hu"
    assert language_of(ask(client, "/sources", "hu", "okr_language=fi")) == "fi"
    assert language_of(ask(client, "/sources?language=zh", "hu", "okr_language=fi")) == "zh-Hans"
    assert language_of(ask(client, "/sources", "tr", "okr_language=klingon")) == "tr"
    remembered = ask(client, "/sources?language=tr").headers["set-cookie"]
    assert remembered.startswith("okr_language=tr;")
    assert "HttpOnly" in remembered
    assert "set-cookie" not in ask(client, "/sources", "tr").headers


@pytest.mark.parametrize("address", PAGES)
def test_every_page_is_told_in_the_language(client: httpx.Client, address: str, first: str) -> None:
    english, finnish = (ask(client, address.format(first=first), each) for each in ("en", "fi"))
    assert (language_of(english), language_of(finnish)) == ("en", "fi")
    assert english.headers["etag"] != finnish.headers["etag"]
    assert "Accept-Language" in finnish.headers["vary"]
    assert ">Yleiskuva</a>" in finnish.text
    held = client.get(
        address.format(first=first), headers={"accept-language": "hu", "if-none-match": finnish.headers["etag"]}
    )
    assert held.status_code == 200  # what one holds in Finnish is not the Hungarian page
    assert language_of(held) == "hu"


def test_the_switch_keeps_what_was_asked(client: httpx.Client) -> None:
    page = ask(client, "/?status=off_track&language=hu").text
    assert '<a href="?status=off_track&amp;language=fi" lang="fi" hreflang="fi"' in page
    assert page.count('aria-current="true"') == 1
    assert ask(client, "/?status=off_track&language=fi").status_code == 200


def test_problems_are_told_in_the_language_and_programs_get_english(client: httpx.Client) -> None:
    unknown = ask(client, "/key-results/nothing", "hu")
    assert (unknown.status_code, language_of(unknown)) == (404, "hu")
    assert "Itt nincs ilyen" in unknown.text
    assert "Nincs ilyen oldal." in ask(client, "/nowhere", "hu").text
    strange = ask(client, "/?language=klingon", "fi")
    assert strange.status_code == 400
    assert "Kieltä &#39;klingon&#39; ei puhuta täällä." in strange.text
    told = ask(client, "/api/v1/key-results/nothing", "hu").json()
    assert told["title"] == "There is no such thing here"
    assert ask(client, "/api/v1/key-results?language=hu").status_code == 400


def test_the_report_and_the_meetings_speak_too(client: httpx.Client) -> None:
    assert language_of(ask(client, "/report.html", "zh-CN")) == "zh-Hans"
    assert language_of(ask(client, "/reports/weekly.html", "tr")) == "tr"
