"""The dashboard's pages as people meet them: by axe-core, by keyboard, on paper, and beside pictures that somebody has looked at.

Pictures are made and compared as those of the report are (`tests/pipelines/report/test_pictures.py`): `--update-golden` draws them anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import httpx
import pytest

from okr_mappings.snapshot import ProgressDocument
from okr_mappings.words import Status
from tests.pipelines.report.conftest import browser  # noqa: F401 - the fixture
from tests.pipelines.report.documents import brightwater
from tests.pipelines.report.states import STATES
from tests.pipelines.report.test_pages import RULES
from tests.pipelines.report.test_pictures import HEIGHT, WIDTH, approved
from tests.pipelines.serve.served import publish_by_hand, serving, settings_of, tokens

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
FIRST = brightwater().key_results[0].key_result_id
ADDRESSES = ("/", f"/key-results/{FIRST}", "/reports", "/sources", "/runs", "/lint", "/api", "/nowhere")
Theme = Literal["light", "dark"]


@contextmanager
def showing(browser: Browser, base: httpx.URL, theme: Theme, width: int) -> Iterator[Page]:  # noqa: F811
    page = browser.new_page(
        base_url=str(base), viewport={"width": width, "height": 900}, color_scheme=theme, locale="en-GB"
    )
    yield page
    page.close()


def opened(page: Page, address: str) -> None:
    page.goto(address)
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
def test_axe_finds_nothing(client: httpx.Client, browser: Browser, theme: Theme, width: int) -> None:  # noqa: F811
    """Every page in both themes and at both widths: half of them light on the phone and dark on the desk, half the other way round.

    That nothing is wider than the screen is looked at everywhere, in another language each time; axe takes ten times as long.
    """
    from axe_playwright_python.sync_playwright import Axe

    found = []
    looked_at = ADDRESSES[(theme == "light") == (width == 360) :: 2]
    language = {("light", 1440): "en", ("dark", 1440): "zh", ("light", 360): "fi", ("dark", 360): "hu"}[theme, width]
    with showing(browser, client.base_url, theme, width) as page:
        for address in ADDRESSES:
            opened(page, f"{address}?language={language}")
            over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert over <= 0, (address, language, over)
            violations = Axe().run(page, options=RULES).response["violations"] if address in looked_at else []
            found += [
                f"{address}: {rule['id']} {rule['nodes'][0]['html'][:160]} {rule['nodes'][0]['failureSummary'][:200]}"
                for rule in violations
            ]
    assert found == [], "\n".join(found)


def test_every_control_is_reached_by_keyboard_and_shows_where_one_is(client: httpx.Client, browser: Browser) -> None:  # noqa: F811
    """Menu, languages, search, filters; the page is in another language after Enter."""
    with showing(browser, client.base_url, "light", 1440) as page:
        page.goto("/")
        controls = page.locator(".bar-top a, .filters input, .filters select, .filters button").count()
        reached = set()
        for _ in range(controls + 4):
            page.keyboard.press("Tab")
            place, width = page.evaluate(
                "[[...document.querySelectorAll('.bar-top a, .filters *')].indexOf(document.activeElement),"
                " getComputedStyle(document.activeElement).outlineWidth]"
            )
            assert width in ("2px", "3px"), page.evaluate("document.activeElement.outerHTML")
            reached.add(place)
        assert len(reached - {-1}) >= controls - 3  # a date has parts of its own
        page.get_by_role("link", name="Suomi").press("Enter")
        page.wait_for_url("**/?language=fi")
        page.goto("/sources")
        assert page.evaluate("document.documentElement.lang") == "fi"


def test_every_page_prints(client: httpx.Client, browser: Browser) -> None:  # noqa: F811
    with showing(browser, client.base_url, "dark", 1440) as page:
        for address in ADDRESSES:
            page.goto(address)
            page.emulate_media(media="print")
            assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)", address
            assert page.locator(".bar-top:visible, .filters:visible").count() == 0
            printed = page.pdf(prefer_css_page_size=True)
            sheets = printed.count(b"/Type /Page\n") or printed.count(b"/Type /Page ")
            assert 1 <= sheets <= 8, (address, sheets)


def achieved() -> ProgressDocument:
    shown = STATES["one"]
    return replace(
        shown, key_results=tuple(replace(each, status=Status.ACHIEVED, value=360.0) for each in shown.key_results)
    )


PICTURES: dict[str, tuple[ProgressDocument, str, Theme]] = {
    "empty": (STATES["empty"], "/", "light"),
    "one": (STATES["one"], "/", "dark"),
    "many": (STATES["many"], "/", "light"),
    "stale": (STATES["stale"], "/", "light"),
    "failed": (STATES["failed"], "/", "dark"),
    "too_early": (STATES["too_early"], "/", "light"),
    "achieved": (achieved(), "/", "light"),
    "key_result": (STATES["one"], f"/key-results/{STATES['one'].key_results[0].key_result_id}", "light"),
    "sources": (STATES["many"], "/sources", "dark"),
    "runs": (STATES["many"], "/runs", "light"),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_state_looks_as_it_was_approved(
    browser: Browser,  # noqa: F811
    tmp_path: Path,
    name: str,
    request: pytest.FixtureRequest,
) -> None:
    shown, address, theme = PICTURES[name]
    publish_by_hand(tmp_path, shown)
    with serving(settings_of(tmp_path)) as client, showing(browser, client.base_url, theme, WIDTH) as page:
        page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
        page.goto(address)
        approved(page, f"serve-{name}", request)


def test_the_form_for_a_token_looks_as_it_was_approved(
    browser: Browser,  # noqa: F811
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    publish_by_hand(tmp_path, STATES["one"])
    settings = settings_of(tmp_path, {"tokens": tokens(board=None)})
    with serving(settings) as client, showing(browser, client.base_url, "dark", WIDTH) as page:
        page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
        page.goto("/")
        approved(page, "serve-login", request)
