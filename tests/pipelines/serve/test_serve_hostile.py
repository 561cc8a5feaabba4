"""Texts that would like to be code: in titles, notes, units, links, names of files and sources, survey answers, and in addresses."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from tests.pipelines.report.documents import hostile
from tests.pipelines.serve.hostile import TEXTS
from tests.pipelines.serve.served import publish_by_hand, serving, settings_of

PAGES = (
    "/",
    *(f"/key-results/kr-{number}" for number in range(len(TEXTS))),
    "/sources",
    "/runs",
    "/lint",
    "/api",
    "/report.html",
)


@pytest.mark.parametrize("address", PAGES)
def test_no_text_becomes_markup(attacked: httpx.Client, address: str) -> None:
    page = attacked.get(address)
    assert page.status_code == 200
    text = page.text
    own = 0 if address == "/report.html" else 1
    assert text.count("<script") == own, "only our own"
    assert "<img" not in text
    assert "<svg onload" not in text
    assert "onerror=alert" not in text.replace("&#34;&gt;&lt;img src=x onerror=alert", "")
    assert 'href="javascript' not in text
    assert "49" not in text.split("{{ 7*7 }}")[0][-3:]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize(
    "address",
    [
        "/?q={}",
        "/?team={}",
        "/?owner={}",
        "/?status={}",
        "/?cycle={}",
        "/?as_of={}",
        "/key-results/{}",
        "/{}",
        "/?{}=1",
        "/login?next={}",
    ],
)
def test_no_address_comes_back_as_markup(attacked: httpx.Client, address: str, text: str) -> None:
    page = attacked.get(address.format(quote(text, safe="")))
    assert page.status_code in (200, 303, 400, 404)
    assert page.text.count("<script") <= 1
    assert "<img" not in page.text
    assert "<svg onload" not in page.text
    assert "\n" not in page.headers.get("location", "")


@pytest.mark.parametrize("text", TEXTS)
def test_json_and_problems_are_never_taken_for_pages(attacked: httpx.Client, text: str) -> None:
    for address in (f"/api/v1/key-results?q={quote(text)}", f"/api/v1/{quote(text, safe='')}", "/api/v1/sources"):
        answer = attacked.get(address)
        assert "json" in answer.headers["content-type"]
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_reports_own_hostile_document_is_served(tmp_path: Path) -> None:
    publish_by_hand(tmp_path, hostile())
    with serving(settings_of(tmp_path)) as client:
        page = client.get("/").text
        assert page.count("<script") == 1
        assert "<img" not in page
