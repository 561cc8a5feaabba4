"""Takes the pictures of the README anew: `python docs/screenshots.py data/demo` after `okr demo`.

Needs playwright and a Chromium; writes docs/report-*.png and docs/status.png.
"""

from __future__ import annotations

import io
import json
import re
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from rich.console import Console
from rich.text import Text

from okr_mappings.document import document_from_dict
from okr_mappings.snapshot import ProgressDocument
from pipelines.report import render
from pipelines.terminal import status_table

HERE = Path(__file__).parent
OPEN_FIRST = "document.querySelector('details.kr.on_track, details.kr').open = true"
VIEWS = (
    ("report-light", "light", 1280, 1500),
    ("report-dark", "dark", 1280, 1500),
    ("report-phone", "light", 390, 1700),
)


def main(data_dir: Path) -> None:
    document = document_from_dict(json.loads((data_dir / "feeds" / "progress.json").read_text(encoding="utf-8")))
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name, theme, width, height in VIEWS:
            report(browser, document, name, theme, width, height)
        status(browser, document)
        browser.close()


def report(browser: Browser, document: ProgressDocument, name: str, theme: str, width: int, height: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=theme)
    page.set_content(render(document))
    page.evaluate(OPEN_FIRST)
    page.screenshot(path=HERE / f"{name}.png")
    page.close()


def status(browser: Browser, document: ProgressDocument) -> None:
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(Text.from_ansi(status_table(document, width=118)))
    drawn = re.sub(r"@font-face \{.*?\}", "", console.export_svg(title="okr status"), flags=re.DOTALL)
    page = browser.new_page(viewport={"width": 1240, "height": 900}, device_scale_factor=1)
    page.set_content(f"<style>body {{ margin: 0; width: 1240px }}</style>{drawn}")
    page.locator("svg").first.screenshot(path=HERE / "status.png")
    page.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
