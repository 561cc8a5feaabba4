"""What a question may cost, and what an answer carries when something goes wrong."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest

from okr_mappings.snapshot import Background, Changed, Moved, ReportedDay, TargetChange
from pipelines.serve import past
from pipelines.serve.answer import Answer
from pipelines.serve.app import Site
from pipelines.serve.making import AT_ONCE, MOST_WAITING, Making
from pipelines.serve.problem import Problem
from pipelines.serve.publication import OVERHEAD, Kept, Publication, load
from tests.pipelines.report.documents import AT, document, key_result, objective
from tests.pipelines.serve.served import publish_by_hand, settings_of

DAY = date(2026, 11, 21)


@pytest.mark.parametrize("address", ["/", "/api/v1/sources", "/pulse"])
def test_too_many_parameters_are_a_mistake_of_the_asker(client: httpx.Client, address: str) -> None:
    answer = client.get(f"{address}?" + "&".join(f"p{number}=1" for number in range(61)))
    assert answer.status_code == 400
    assert "More than 60 parameters" in answer.text


def test_a_parameter_against_caches_makes_no_answer_of_its_own(client: httpx.Client) -> None:
    page = client.get("/?_=first")
    assert "_=first" not in page.text
    assert client.get("/?_=second").headers["etag"] == page.headers["etag"] == client.get("/").headers["etag"]


def test_a_failure_carries_the_policy_too(tmp_path: Path) -> None:
    """The page says nothing of what went wrong, and is as strict as any other."""

    async def ask() -> httpx.Response:
        site = Site(settings_of(tmp_path), "127.0.0.1", lambda: AT)
        site.shelf.current = "no publication"  # type: ignore[assignment]  # whatever is asked of it fails
        transport = httpx.ASGITransport(site.application(), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.get("/")

    answer = asyncio.run(ask())
    assert answer.status_code == 500
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "publication" not in answer.text


def published(folder: Path) -> Publication:
    publish_by_hand(folder, document(key_result(), objectives=(objective(key_result_ids=("leads",)),)))
    found, _ = load(settings_of(folder))
    assert found is not None
    return found


def test_only_a_few_long_pages_are_made_at_once_and_short_ones_pass_them(tmp_path: Path) -> None:
    publication = published(tmp_path)
    go_on, running, most = threading.Event(), [], []

    def long_one(number: int) -> Callable[[], Answer]:
        def make() -> Answer:
            running.append(number)
            most.append(len(running))
            go_on.wait(20)
            running.remove(number)
            return Answer(str(number).encode())

        return make

    async def ask() -> list[bytes]:
        making = Making()
        tasks = [
            asyncio.ensure_future(making.made(publication, number, long_one(number), slow=True))
            for number in range(AT_ONCE + MOST_WAITING)
        ]
        while len(running) < AT_ONCE:
            await asyncio.sleep(0.01)
        short = await making.made(publication, "short", lambda: Answer(b"short"), slow=False)
        assert short.body == b"short"
        with pytest.raises(Problem) as refused:
            await making.made(publication, "one more", long_one(99), slow=True)
        assert refused.value.status == 429
        go_on.set()
        return [each.body for each in await asyncio.gather(*tasks)]

    assert asyncio.run(ask()) == [str(number).encode() for number in range(AT_ONCE + MOST_WAITING)]
    assert max(most) == AT_ONCE


def test_kept_answers_are_weighed_with_what_they_take_besides_their_bytes() -> None:
    kept = Kept(most_bytes=10 * OVERHEAD)
    for number in range(100):
        kept.put(number, Answer(b""))
    # each weighs 2,000, so ten of them fit
    assert [number for number in range(100) if kept.get(number)] == list(range(90, 100))


def test_an_earlier_day_is_told_nothing_of_later_ones(tmp_path: Path) -> None:
    """What the newest publication knows besides the numbers: changes that came later, and what is said of its own day only."""
    before, after = DAY - timedelta(days=3), DAY
    known = Background(
        definition="in words",
        lessons="learnt",
        provisional_from=DAY,
        restated=(ReportedDay(before, 1.0, 2.0, False), ReportedDay(after, 3.0, 4.0, False)),
        target_changes=(TargetChange(before, 100.0, 200.0), TargetChange(after, 200.0, 350.0)),
        changes=(Changed(before, "target", "100", "200"), Changed(after, "target", "200", "350")),
        next_check_in=DAY,
        moved=Moved(before, 1.0, 2.0, (), ""),
    )
    shown = document(key_result(), objectives=(objective(key_result_ids=("leads",)),), background={"leads": known})
    middle = DAY - timedelta(days=1)
    publish_by_hand(tmp_path, shown, before=[replace(key_result(), as_of=middle, snapshot_id="middle")])
    publication, _ = load(settings_of(tmp_path))
    assert publication is not None
    found = past.document_at(publication, shown.cycle_id, middle)
    assert found is not None
    assert found.background["leads"] == Background(
        definition="in words",
        lessons="learnt",
        restated=known.restated[:1],
        target_changes=known.target_changes[:1],
        changes=known.changes[:1],
    )
