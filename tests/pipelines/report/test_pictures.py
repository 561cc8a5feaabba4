"""The states of a report as small pictures that somebody has looked at: `--update-golden` draws them anew.

A picture is a grey thumbnail, so that it stays a few kilobytes and a shifted pixel is no difference; what moves, vanishes or loses its
colour is. Letters have other widths in other fonts, so a machine whose fonts differ from those of the pictures skips them.
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image, ImageChops, ImageStat

from pipelines.report import render
from tests.conftest import GOLDEN
from tests.pipelines.report.states import STATES

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
PICTURES = GOLDEN / "pictures"
FONTS = PICTURES / "fonts.json"
WIDTH, HEIGHT, SMALLER = 900, 1500, 4
MOST_DIFFERENT = 2.5  # mean difference per pixel, of 255; one line of text more or less comes to about 4
THEMES = {"empty": "light", "one": "dark", "many": "light", "stale": "light", "failed": "dark", "too_early": "light"}


@pytest.mark.parametrize("name", STATES)
def test_a_state_looks_as_it_was_approved(
    browser: Browser, tmp_path: Path, name: str, request: pytest.FixtureRequest
) -> None:
    page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme=THEMES.get(name, "light"))  # type: ignore[arg-type]
    path = tmp_path / "report.html"
    path.write_text(render(STATES[name]), encoding="utf-8")
    page.goto(path.as_uri())
    page.evaluate("document.querySelectorAll('details.kr').forEach((each, place) => each.open = place === 0)")
    try:
        approved(page, name, request)
    finally:
        page.close()


def approved(page: Page, name: str, request: pytest.FixtureRequest) -> None:
    """The page as it is now beside the picture of that name."""
    seen, fonts = _thumbnail(page), _fonts(page)
    if request.config.getoption("--update-golden"):
        PICTURES.mkdir(exist_ok=True)
        seen.save(PICTURES / f"{name}.png", optimize=True)
        FONTS.write_text(json.dumps(fonts) + "\n", encoding="utf-8")
        return
    if fonts != json.loads(FONTS.read_text(encoding="utf-8")):
        pytest.skip("the fonts of this machine are not those of the pictures")
    with Image.open(PICTURES / f"{name}.png") as known:
        different = ImageStat.Stat(ImageChops.difference(seen, known)).mean[0]
    assert different <= MOST_DIFFERENT, f"{name}: {different:.1f}; look at it, then run `pytest --update-golden`"


def _thumbnail(page: Page) -> Image.Image:
    whole = Image.open(io.BytesIO(page.screenshot())).convert("L")
    return whole.resize((WIDTH // SMALLER, HEIGHT // SMALLER), Image.Resampling.BOX).quantize(32).convert("L")


def _fonts(page: Page) -> list[float]:
    """The widths of some letters as this machine writes them."""
    script = """() => ['body', 'code'].map(kind => {
      const probe = document.createElement(kind === 'code' ? 'code' : 'span');
      probe.textContent = 'Hamburgefonstiv 0123456789 áőşß';
      document.body.append(probe);
      const width = probe.getBoundingClientRect().width;
      probe.remove();
      return Math.round(width);
    })"""
    return [float(width) for width in page.evaluate(script)]
