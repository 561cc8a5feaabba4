"""What is turned away before anything is touched: days that would take faces back, sources and trackers that are not set up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from connectors.errors import SettingError
from pipelines.errors import SettingsError
from pipelines.published import newest_days
from pipelines.run import Claim, RunOutcome, execute
from pipelines.settings import load_settings
from tests.pipelines import small
from tests.pipelines.bench import D19, D20, D21, Bench, bench
from tests.pipelines.job import NOW

pytestmark = pytest.mark.in_order

AFTER_LOADING = ("snapshot", "publish")
JULY_TO_SEPTEMBER = small.CYCLE.replace("cycle: 2026-Q4", "cycle: 2026-Q3")
SLOT = Claim("morning", datetime(2026, 11, 21, 5, tzinfo=UTC))


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """The small company as of 20 November is out."""
    with bench(tmp_path_factory.mktemp("admission")) as made:
        made.run(D20)
        yield made


def again(made: Bench, day: date, steps: tuple[str, ...] = AFTER_LOADING, **more: object) -> RunOutcome:
    return execute(made.settings, steps, as_of=day, now=NOW, **more)  # type: ignore[arg-type]


def shown(made: Bench) -> tuple[str, str]:
    document = json.loads((made.folder / "feeds" / "progress.json").read_text(encoding="utf-8"))
    return document["cycle_id"], document["as_of"]


def test_an_older_day_is_refused_before_anything_is_touched(done: Bench) -> None:
    before = (done.folder / "warehouse.duckdb").read_bytes()
    with pytest.raises(
        SettingsError, match=r"2026-11-19 is older than what is published: 2026-Q4 as of 2026-11-20.*--republish"
    ):
        again(done, D19)
    assert (shown(done), (done.folder / "warehouse.duckdb").read_bytes()) == (("2026-Q4", "2026-11-20"), before)


def test_looking_at_an_older_day_without_showing_it(done: Bench) -> None:
    assert again(done, D19, ("snapshot",)).lines[0].startswith("snapshot")
    assert shown(done) == ("2026-Q4", "2026-11-20")


def test_a_planned_moment_that_is_late_leaves_the_showing_to_the_newer_day(done: Bench) -> None:
    outcome = again(done, D19, (*AFTER_LOADING, "track"), claim=SLOT)
    assert [line.split()[0] for line in outcome.lines] == ["snapshot"]
    assert shown(done) == ("2026-Q4", "2026-11-20")


def test_on_purpose_it_may_go_back_and_forth_again(done: Bench) -> None:
    again(done, D19, republish=True)
    assert shown(done) == ("2026-Q4", "2026-11-19")
    again(done, D20)
    again(done, D20)  # the same day is not older
    assert shown(done) == ("2026-Q4", "2026-11-20")


def test_another_cycle_is_another_matter(done: Bench) -> None:
    """The demo on real data looks at five cycles in no order: an older cycle may come out after a newer one, but not go back itself."""
    (done.mappings / "cycles" / "2026-q3.yml").write_text(JULY_TO_SEPTEMBER, encoding="utf-8")
    again(done, date(2026, 8, 31))
    assert shown(done) == ("2026-Q3", "2026-08-31")
    with pytest.raises(SettingsError, match="2026-Q3 as of 2026-08-31"):
        again(done, date(2026, 8, 30))
    again(done, D21)
    assert newest_days(done.folder)["2026-Q4"] == D21


def test_a_document_that_cannot_be_read_shows_nothing(tmp_path: Path) -> None:
    assert newest_days(tmp_path) == {}
    (tmp_path / "feeds" / "2026").mkdir(parents=True)
    (tmp_path / "feeds" / "progress.json").write_text('{"cycle_id": "2026-Q4", "as_of": "2026-11', encoding="utf-8")
    (tmp_path / "feeds" / "2026" / "progress.json").write_text('{"cycle_id": "2026", "as_of": "2026-11-20"}', "utf-8")
    assert newest_days(tmp_path) == {"2026": D20}


@pytest.mark.parametrize(
    ("sources", "trackers", "error", "told"),
    [
        ((), {}, SettingsError, "no source is configured"),
        (("hubspot",), {"webhook": {"url": "nowhere"}, "excel": {}}, SettingError, "OKR_TRACKERS__WEBHOOK__SECRET"),
    ],
)
def test_what_is_not_set_up_is_said_first(
    tmp_path: Path, sources: tuple[str, ...], trackers: dict[str, dict[str, str]], error: type[Exception], told: str
) -> None:
    mappings = small.mappings(tmp_path / "mappings")
    settings = load_settings(data_dir=tmp_path / "data", sources=sources, mappings_dir=mappings, trackers=trackers)
    with pytest.raises(error, match=told):
        execute(settings, as_of=D20, now=NOW)
    assert not settings.warehouse_path.exists()
