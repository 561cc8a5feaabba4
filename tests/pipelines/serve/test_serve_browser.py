"""The pages in a real browser: what really happens, both themes, phone and desk, by keyboard, without scripts."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.pipelines.report.conftest import browser  # noqa: F401 - the fixture
from tests.pipelines.report.documents import document, key_result, objective
from tests.pipelines.serve.served import publish_by_hand, serving, settings_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
def test_pages_do_nothing_they_should_not(attacked: httpx.Client, browser: Browser, theme: str, width: int) -> None:  # noqa: F811
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=theme)  # type: ignore[arg-type]
    complaints: list[str] = []
    base = str(attacked.base_url).rstrip("/")
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: complaints.append(dialog.message))
    page.on("request", lambda asked: None if asked.url.startswith((base, "data:")) else complaints.append(asked.url))
    for address in ("/", "/key-results/kr-0", "/key-results/kr-3", "/sources", "/runs", "/lint", "/api"):
        page.goto(base + address)
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, address
    page.close()
    assert complaints == []


def test_it_is_used_by_keyboard_and_renews_itself(browser: Browser, tmp_path: Path) -> None:  # noqa: F811
    first = document(key_result(), objectives=(objective(key_result_ids=("leads",)),))
    publish_by_hand(tmp_path, first)
    with serving(settings_of(tmp_path)) as client:
        page = browser.new_page()
        page.clock.install()
        page.goto(str(client.base_url))
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the key results"
        page.locator("summary").first.focus()
        page.keyboard.press("Enter")
        page.get_by_role("link", name="Chart, definition, SQL and history").press("Enter")
        page.wait_for_url("**/key-results/leads")
        page.goto(str(client.base_url))
        newer = {"run_id": "run-2", "published_at": first.published_at + timedelta(hours=1)}
        renewed = document(key_result(value=215.0, snapshot_id="s2"), objectives=first.objectives, **newer)
        pulse = client.get("/pulse").json()
        publish_by_hand(tmp_path, renewed)
        for _ in range(100):
            if client.get("/pulse").json() != pulse:
                break
            time.sleep(0.05)
        assert page.get_by_text("214").count() > 0, "it looks every five seconds only"
        page.clock.fast_forward(5_000)
        page.get_by_text("215").first.wait_for(timeout=15_000)
        page.get_by_text("Renewed: numbers as of 21 Nov 2026.").wait_for(timeout=5_000)
        page.close()


def test_without_scripts_filters_work_all_the_same(client: httpx.Client, browser: Browser) -> None:  # noqa: F811
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(str(client.base_url))
    page.get_by_label("Status").select_option("off_track")
    page.get_by_role("button", name="Show").click()
    assert "status=off_track" in page.url
    assert page.locator("details.kr.off_track").count() == page.locator("details.kr").count() > 0
    context.close()
