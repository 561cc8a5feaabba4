"""The page as text: complete, self-contained, escaped, and light for a thousand key results."""

from __future__ import annotations

import base64
import hashlib
import re
import time
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

from okr_mappings.restated import RestatedDays
from okr_mappings.snapshot import ProgressDocument
from okr_mappings.words import SourceState, Status
from pipelines.report import render
from tests.conftest import Golden
from tests.pipelines.report.documents import (
    GA4,
    HUBSPOT,
    brightwater,
    document,
    history,
    hostile,
    key_result,
    many,
    months,
    objective,
)

SECONDS, MEGABYTES = 5, 5


class Page(HTMLParser):
    """Tags with their attributes, and the text between them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, attribute: str) -> list[str]:
        return [value for _, attributes in self.tags if (value := attributes.get(attribute)) is not None]


def small() -> ProgressDocument:
    return document(
        key_result(projected_p10=340.0, projected_p50=368.0, projected_p90=396.0, probability=0.81),
        key_result(
            "monthly",
            title="50 new customers every month",
            unit="customers",
            sources=(GA4,),
            status=Status.STALE,
            sub_periods=months(60, 20, None),
        ),
        objectives=(objective(key_result_ids=("leads", "monthly"), counted=1, total=2),),
        sources=(HUBSPOT, GA4),
        history={"leads": history(3, 214, seed=4, days=10)},
        restatements={"leads": RestatedDays(3, -4.0, 1), "monthly": RestatedDays(0, None, 2)},
    )


def test_golden(golden: Golden) -> None:
    """Without the stylesheet, which is looked at rather than read."""
    golden("report.html", re.sub(r"<style>.*?</style>|sha256-[^&]*", "", render(small()), flags=re.DOTALL))


def test_the_same_document_gives_the_same_bytes() -> None:
    assert render(brightwater()) == render(brightwater())


def test_the_policy_lets_in_the_stylesheet_and_nothing_else() -> None:
    html = render(small())
    style = html.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src &#39;sha256-{digest}&#39;" in html
    assert "default-src &#39;none&#39;" in html
    assert "unsafe" not in html


def test_nothing_is_fetched_and_nothing_runs() -> None:
    page = Page(render(brightwater()))
    assert not {"script", "iframe", "img", "object", "form"} & {tag for tag, _ in page.tags}
    assert [a["href"] for tag, a in page.tags if tag == "link"] == ["data:,"]
    assert not page.all("style")
    assert not page.all("src")
    style = render(brightwater()).partition("<style>")[2].partition("</style>")[0]
    assert not re.search(r"url\(|@import|https?:", style)


def test_hostile_texts_stay_texts() -> None:
    html = render(hostile())
    page = Page(html)
    assert {"script", "img", "b", "i"} & {tag for tag, _ in page.tags} <= {"b", "i"}
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    assert all(href.startswith(("#", "https://", "http://", "mailto:", "data:,")) for href in page.all("href"))
    assert "<script>document.title='owned'</script>" in page.text


def test_every_fragment_leads_somewhere_and_every_id_is_unique() -> None:
    for each in (brightwater(), hostile(), many(40)):
        page = Page(render(each))
        ids = Counter(page.all("id"))
        assert [identity for identity, count in ids.items() if count > 1] == []
        assert {href[1:] for href in page.all("href") if href.startswith("#")} <= set(ids)


def test_every_drawing_has_words() -> None:
    page = Page(render(brightwater()))
    drawings = [a for tag, a in page.tags if tag == "svg" and a.get("role") == "img"]
    assert len(drawings) > 40
    assert all(drawing["aria-label"] for drawing in drawings)
    silent = [a for tag, a in page.tags if tag == "svg" and "role" not in a and a.get("aria-hidden") != "true"]
    assert all("preserveaspectratio" in a or "overflow" in a for a in silent)


def test_landmarks_and_headings_come_in_order() -> None:
    page = Page(render(brightwater()))
    tags = [tag for tag, _ in page.tags]
    assert {"header", "main", "nav", "footer"} <= set(tags)
    levels = [int(tag[1]) for tag in tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))


def test_unfresh_sources_stand_above_the_key_results() -> None:
    html = render(brightwater())
    assert html.index("Not up to date") < html.index("the property&#39;s tokens are spent") < html.index('class="team"')
    assert "Not up to date" not in render(document(key_result()))


def test_a_fully_known_document_says_through_when() -> None:
    assert "<dt>All sources through</dt><dd>21 Nov 2026</dd>" in render(document(key_result()))
    never = replace(HUBSPOT, state=SourceState.NEVER, data_through=None)
    assert "not all sources loaded" in render(document(key_result(), sources=(HUBSPOT, never)))


def test_an_empty_document_explains_itself() -> None:
    html = render(document(sources=()))
    assert "No key results yet" in html
    assert "This cycle has no objectives yet" in html
    assert "No source is connected" in html


def test_a_value_far_beyond_its_target_does_no_harm() -> None:
    far = key_result("far", value=1e15, progress=1e12, baseline=-5.0, target=-4.0)
    assert "far" in render(document(far, history={"far": history(0, 1e15)}))


def test_a_thousand_key_results_are_quick_and_light() -> None:
    thousand = many(1250)
    started = time.process_time()
    html = render(thousand)
    assert time.process_time() - started < SECONDS
    assert len(html.encode()) < MEGABYTES * 1_000_000


def test_sql_that_many_share_stands_once() -> None:
    """More than five: six share it, five have it beside them each."""
    base = document(key_result(), objectives=(objective(key_result_ids=("leads",)),))
    for number, places in ((5, 5), (6, 1)):
        alike = tuple(replace(base.key_results[0], key_result_id=f"kr-{n}", sql="select 40 + 2") for n in range(number))
        page = render(replace(base, key_results=alike))
        assert page.count("select 40 + 2") == places
        assert page.count('href="#sql-1"') == (number if places == 1 else 0)
        assert page.count("id=sql-1>") == (places == 1)
