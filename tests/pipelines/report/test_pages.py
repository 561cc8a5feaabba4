"""The pages for meetings, teams and people in a real browser: every width and theme, by keyboard, on paper, under attack, by axe-core."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from okr_mappings.snapshot import ProgressDocument
from pipelines.report import render
from pipelines.report.meetings import MEETINGS, folder, meeting_page
from tests.pipelines.report.states import STATES, attacked

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
LANGUAGES = ("en", "hu", "tr", "fi", "zh")
Theme = Literal["light", "dark"]
DENSE = ("weekly.html", "quarterly.html")
OTHER_STATES: dict[Theme, tuple[str, ...]] = {"light": ("one", "failed"), "dark": ("empty", "stale")}


def pages(shown: ProgressDocument, language: str = "en") -> dict[str, str]:
    """Every kind of page once, and the report."""
    found = {f"{meeting}.html": meeting_page(shown, meeting, language) for meeting in MEETINGS}
    linked = folder(shown, language)
    kinds = {name.partition("-")[0]: name for name in linked if "-" in name}
    return {"report.html": render(shown, language), **found, **{name: linked[name] for name in kinds.values()}}


@cache
def many(language: str) -> dict[str, str]:
    """Drawn once for all widths and themes."""
    return pages(STATES["many"], language)


class Looked:
    """One browser page that is shown one file after the other, and everything that was complained of."""

    def __init__(self, browser: Browser, place: Path, width: int = 1440, theme: Theme = "light") -> None:
        self.page: Page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=theme)
        self.place = place
        self.complaints: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append(dialog.message))

    def show(self, name: str, html: str, *, opened: bool = True) -> Page:
        path = self.place / name
        path.write_text(html, encoding="utf-8")
        self.page.goto(path.as_uri())
        if opened:
            self.page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        return self.page

    def overflow(self) -> int:
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
def test_every_page_fits_in_every_language(browser: Browser, tmp_path: Path, theme: Theme, width: int) -> None:
    looked = Looked(browser, tmp_path, width, theme)
    for language in LANGUAGES if theme == "light" else ("fi",):
        for name, html in many(language).items():
            page = looked.show(name, html)
            assert looked.overflow() <= 0, (language, name)
            assert page.evaluate("document.documentElement.lang") == {"zh": "zh-Hans"}.get(language, language)
    assert looked.complaints == []
    looked.page.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(browser: Browser, tmp_path: Path, theme: Theme) -> None:
    from axe_playwright_python.sync_playwright import Axe

    """Every kind of page light and wide; dark and narrow where most stands on it. Each of the other states once."""
    looked, found = Looked(browser, tmp_path, 1440 if theme == "light" else 360, theme), []
    shown = {name: html for name, html in many("en").items() if theme == "light" or name in DENSE}
    shown |= {f"{name}.html": render(STATES[name]) for name in OTHER_STATES[theme]}
    for name, html in shown.items():
        page = looked.show(name, html)
        result = Axe().run(page, options=RULES).response
        found += [
            f"{name}: {rule['id']} {rule['nodes'][0]['html'][:160]} {rule['nodes'][0]['failureSummary'][:200]}"
            for rule in result["violations"]
        ]
    assert found == []
    looked.page.close()


def test_by_keyboard_one_reaches_every_link_and_sees_where_one_is(browser: Browser, tmp_path: Path) -> None:
    looked = Looked(browser, tmp_path)
    for name, html in many("en").items():
        page = looked.show(name, html, opened=False)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip", name
        wanted = page.locator("a[href]:visible, summary:visible").count()
        seen = set()
        for _ in range(min(wanted, 12)):
            page.keyboard.press("Tab")
            seen.add(page.evaluate("[...document.querySelectorAll('a, summary')].indexOf(document.activeElement)"))
            width = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
            assert width == "2px", (name, seen)
        assert len(seen) == min(wanted, 12)
    looked.page.close()


def test_a_key_result_opens_with_enter_and_without_scripts(browser: Browser, tmp_path: Path) -> None:
    looked = Looked(browser, tmp_path)
    page = looked.show("report.html", render(STATES["one"]), opened=False)
    page.locator("details.kr > summary").focus()
    page.keyboard.press("Enter")
    assert page.locator(".panel").is_visible()
    for text in ("Definition", "A lead counts when it first enters", "as reported then", "SQL and parameters"):
        assert page.get_by_text(text).first.is_visible(), text
    assert page.locator("script").count() == 0
    looked.page.close()


def test_every_page_prints(browser: Browser, tmp_path: Path) -> None:
    looked = Looked(browser, tmp_path, theme="dark")
    for name, html in many("en").items():
        page = looked.show(name, html, opened=False)
        page.emulate_media(media="print")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        printed = page.pdf(prefer_css_page_size=True)
        assert printed.startswith(b"%PDF"), name
        sheets = printed.count(b"/Type /Page\n") or printed.count(b"/Type /Page ")
        assert 1 <= sheets <= 8, (name, sheets)
    looked.page.close()


def test_an_attack_does_nothing(browser: Browser, tmp_path: Path) -> None:
    """In every page and language: nothing runs, nothing is fetched, no link leads to a script, no file leaves the folder."""
    looked = Looked(browser, tmp_path)
    fetched: list[str] = []
    looked.page.on("request", lambda request: fetched.append(request.url))
    for language in ("en", "hu"):
        for name, html in pages(attacked(), language).items():
            assert "/" not in name
            assert "\\" not in name
            page = looked.show(name, html)
            assert page.title() != "owned"
            assert page.evaluate("document.querySelectorAll('script,img,iframe,object,form,base').length") == 0, name
            handlers = (
                "[...document.querySelectorAll('*')].some(e => [...e.attributes].some(a => a.name.startsWith('on')))"
            )
            assert page.evaluate(handlers) is False, name
            links = page.evaluate("[...document.querySelectorAll('a')].map(a => a.protocol)")
            assert set(links) <= {"file:", "https:", "http:", "mailto:"}, name
            assert "{{7*7}}" in page.content()
    assert looked.complaints == []
    assert [url for url in fetched if not url.startswith(("file:", "data:"))] == []
    looked.page.close()


def test_links_between_pages_lead_somewhere(tmp_path: Path, browser: Browser) -> None:
    (tmp_path / "reports").mkdir()
    shown = STATES["many"]
    (tmp_path / "report.html").write_text(render(shown), encoding="utf-8")
    for name, html in folder(shown).items():
        (tmp_path / "reports" / name).write_text(html, encoding="utf-8")
    page = browser.new_page()
    page.goto((tmp_path / "report.html").as_uri())
    anchors = set(page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)"))
    for path in sorted((tmp_path / "reports").glob("*.html")):
        page.goto(path.as_uri())
        for address in page.evaluate("[...document.querySelectorAll('a')].map(a => a.getAttribute('href'))"):
            file, _, anchor = address.partition("#")
            assert not file or (path.parent / file).resolve().exists(), (path.name, address)
            assert not (file == "../report.html" and anchor) or anchor in anchors, (path.name, address)
    page.close()
