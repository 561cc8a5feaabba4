"""The page in a real browser: both themes, phone to desk, by keyboard, on paper, with scripts in its texts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from okr_mappings.snapshot import ProgressDocument
from pipelines.report import render
from tests.pipelines.report.documents import brightwater, document, hostile, key_result, many

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

DOCUMENTS = {
    "empty": document(sources=()),
    "one": document(key_result()),
    "sixteen": brightwater(),
    "hostile": hostile(),
}


class Opened:
    """A page with everything its console said; a refused style, script or request shows up there."""

    def __init__(self, page: Page, folder: Path, shown: ProgressDocument) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        page.on("request", lambda request: self._note(request.url))
        (folder / "report.html").write_text(render(shown), encoding="utf-8")
        page.goto((folder / "report.html").as_uri())

    def _note(self, url: str) -> None:
        if not url.endswith("report.html") and not url.startswith("data:"):
            self.complaints.append(f"fetched {url}")

    def open_all(self) -> None:
        self.page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")

    def overflow(self) -> int:
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 768, 1440])
def test_fits_every_screen_in_both_themes(browser: Browser, tmp_path: Path, name: str, theme: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=theme)  # type: ignore[arg-type]
    opened = Opened(page, tmp_path, DOCUMENTS[name])
    assert opened.overflow() <= 0
    opened.open_all()
    assert opened.overflow() <= 0
    assert opened.complaints == []
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == ("rgb(255, 255, 255)" if theme == "light" else "rgb(15, 18, 22)")
    page.close()


def test_works_without_scripts_and_by_keyboard(browser: Browser, tmp_path: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    opened = Opened(context.new_page(), tmp_path, document(key_result(notes="a note")))
    opened.page.keyboard.press("Tab")
    assert opened.page.locator(".skip").is_visible()
    assert not opened.page.get_by_text("a note").is_visible()
    opened.page.keyboard.press("Tab")
    opened.page.keyboard.press("Enter")
    assert opened.page.get_by_text("a note").is_visible()
    opened.page.keyboard.press("Tab")
    opened.page.keyboard.press("Tab")
    opened.page.keyboard.press("Space")
    assert opened.page.get_by_text("from marts.fct_leads").is_visible()
    context.close()


def test_a_link_to_a_key_result_opens_it(browser: Browser, tmp_path: Path) -> None:
    opened = Opened(browser.new_page(), tmp_path, brightwater())
    assert not opened.page.locator("#kr-traffic").is_visible()
    opened.page.locator(".concerns a").first.click()
    assert opened.page.locator("#kr-traffic").is_visible()
    opened.page.close()


def test_hostile_texts_do_nothing(browser: Browser, tmp_path: Path) -> None:
    opened = Opened(browser.new_page(), tmp_path, hostile())
    opened.open_all()
    for link in opened.page.locator("main a:not([href^='#'])").all():
        assert (link.get_attribute("href") or "").startswith(("https://", "http://", "mailto:"))
    opened.page.mouse.move(200, 400)
    assert "owned" not in opened.page.title()[:5]
    assert opened.page.evaluate("document.querySelectorAll('script, main img').length") == 0
    assert opened.complaints == []
    opened.page.close()


def test_texts_and_marks_have_contrast(browser: Browser, tmp_path: Path) -> None:
    for theme in ("light", "dark"):
        page = browser.new_page(color_scheme=theme)  # type: ignore[arg-type]
        opened = Opened(page, tmp_path, brightwater())
        opened.open_all()
        poor = page.evaluate(CONTRAST)
        assert poor == []
        page.close()


def test_prints_on_paper(browser: Browser, tmp_path: Path) -> None:
    opened = Opened(browser.new_page(color_scheme="dark"), tmp_path, brightwater())
    opened.page.emulate_media(media="print")
    assert opened.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    printed = opened.page.pdf(prefer_css_page_size=True)
    assert printed.startswith(b"%PDF")
    pages = printed.count(b"/Type /Page\n") or printed.count(b"/Type /Page ")
    assert 2 <= pages <= 5
    opened.page.close()


def test_a_thousand_key_results_open_quickly(browser: Browser, tmp_path: Path) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    opened = Opened(page, tmp_path, many(1000))
    assert page.locator("details.kr").count() == 1000
    assert opened.overflow() <= 0
    took = page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
    assert took < 10_000
    page.close()


# Every visible text against the nearest ground behind it, by the WCAG formula; returns what falls short of 4.5:1.
CONTRAST = """() => {
  const parts = colour => colour.match(/[\\d.]+/g).map(Number);
  const light = colour => parts(colour).slice(0, 3).map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = element => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (parts(colour)[3] !== 0) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  const poor = [];
  for (const element of document.querySelectorAll('body *')) {
    const text = [...element.childNodes].filter(n => n.nodeType === 3).map(n => n.textContent.trim()).join('');
    if (!text || !element.getClientRects().length) continue;
    const style = getComputedStyle(element);
    const colour = element instanceof SVGElement ? style.fill : style.color;
    const [a, b] = [light(colour), light(ground(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) poor.push(`${ratio.toFixed(2)} ${element.className.baseVal ?? element.className} ${text.slice(0, 30)}`);
  }
  return [...new Set(poor)];
}"""
