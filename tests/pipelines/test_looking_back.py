"""Two nights are reported, the past changes at the vendor and in the mapping, a third night is reported: what is told of it.

On paper (`small.py`), as reported on the 19th and the 20th, and what the changes make of it:

| key result | 19 Nov | 20 Nov | change | 19 Nov now | 20 Nov now | 21 Nov |
|---|---|---|---|---|---|---|
| revenue | 3,000 | 3,500 | 703 (500) goes to 30 Nov, 704 (800) turns up on 15 Nov, 702 is 1,900 instead of 2,000 | 3,700 | 3,700 | 3,700 |
| leads | 3 | 3 | contacts 1 and 2 become one | 2 | 2 | 1 |
| sessions | 300 | 300 | 50 come to 20 Nov, a day that was provisional | 300 | 350 | 350 |
| recurring | 50 | 50 | none | 50 | 50 | 50 |

In the mapping the target of revenue falls from 10,000 to 6,000, and leads count only those from organic search: 1 of the 2.
"""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import duckdb
import pytest

from pipelines.backfill import backfill
from pipelines.changes import changes
from pipelines.errors import NothingPublishedError, SettingsError
from pipelines.explain import explain, export_rows
from pipelines.history import history
from pipelines.history_chart import chart
from pipelines.movement import Moved, moved
from pipelines.restatements import Restated, restatements
from pipelines.settings import Settings, load_settings
from tests.pipelines import small
from tests.pipelines.bench import D19, D20, D21, DAY, SOURCES, Bench, bench
from tests.pipelines.job import NOW

pytestmark = pytest.mark.in_order

CHANGED = small.CYCLE.replace("target: 10000", "target: 6000").replace(
    "metric: marketing_qualified_leads\n",
    "metric: marketing_qualified_leads\n        filters: {first_touch_channel: [Organic search]}\n",
)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with bench(tmp_path_factory.mktemp("story")) as found:
        found.write(small.CYCLE, "Réka", "2026-11-01T09:00:00Z")
        found.run(D19)
        found.run(D20)
        found.company.redate_deal(703, "2026-11-30T10:00:00Z")
        found.company.add("deals", small.deal(704, "2026-11-15", "800", modified="2026-11-21T08:00:00Z"))
        found.company.change("deals", 702, amount="1900", amount_in_home_currency="1900")
        found.company.merge("contacts", 1, 2)
        found.company.restate_traffic(D20, "Direct", sessions=50)
        found.write(CHANGED, "Anna", "2026-11-21T09:00:00Z")
        found.run(D21)
        yield found


@pytest.fixture
def settings(story: Bench) -> Settings:
    return story.settings


def told(found: Restated) -> list[tuple[object, ...]]:
    return [(each.key_result_id, each.day, each.reported_value, each.value_now) for each in found.found]


def test_the_days_that_are_other_numbers_now(settings: Settings) -> None:
    assert told(restatements(settings, None)) == [
        ("revenue", D19, 3000.0, 3700.0),
        ("revenue", D20, 3500.0, 3700.0),
        ("sessions", D20, 300.0, 350.0),
    ]
    text = restatements(settings, "revenue").as_text()
    assert "2 days restated, largest +€700" in text
    assert json.loads(restatements(settings, "revenue").as_json())[1]["difference"] == 200.0


def test_the_records_behind_them(settings: Settings) -> None:
    first, second, traffic = restatements(settings, None).found
    assert first.records == {"added": ["hubspot:704"], "changed": ["hubspot:702"]}
    assert second.records == {"added": ["hubspot:704"], "removed": ["hubspot:703"], "changed": ["hubspot:702"]}
    assert (second.records_added, second.records_removed, second.records_changed) == (1, 1, 1)
    assert traffic.records == {"added": ["2026-11-20 · Direct"]}
    assert traffic.was_provisional


def test_another_filter_makes_another_number_and_no_restatement(settings: Settings) -> None:
    assert restatements(settings, "leads").as_text() == "Every reported day still has the value that was reported."


def test_the_document_counts_settled_and_provisional_days_apart(story: Bench) -> None:
    document = json.loads((story.folder / "feeds" / "progress.json").read_text(encoding="utf-8"))
    assert document["restatements"] == {
        "revenue": {"days": 2, "largest": 700.0, "provisional": 0},
        "sessions": {"days": 0, "largest": None, "provisional": 1},
    }
    assert "2 days restated, largest +€700" in (story.folder / "report.html").read_text(encoding="utf-8")


def test_the_history_marks_what_was_restated_provisional_and_aimed_at_anew(settings: Settings) -> None:
    found = history(settings, "revenue", None)
    assert [(day.value, day.reported, day.restated) for day in found.days[-3:]] == [
        (3700.0, 3000.0, True),
        (3700.0, 3500.0, True),
        (3700.0, 3700.0, False),
    ]
    assert [day.target for day in found.days[-3:]] == [10000.0, 10000.0, 6000.0]
    assert found.as_table().splitlines()[-1].endswith("target changed")
    # the 22nd of 92 days: 22 / 92 of 10,000
    assert found.days[21].expected == pytest.approx(22 / 92 * 10000)
    assert history(settings, "sessions", None).days[-1].provisional
    assert [day.day for day in history(settings, "revenue", D20).days][-1] == D20


def test_the_chart_fits_the_terminal_and_says_what_its_signs_mean(settings: Settings) -> None:
    for width in (40, 80, 160):
        lines = chart(history(settings, "revenue", None), width)
        assert max(len(line) for line in lines[1:-1]) <= width
        assert "◆ restated since it was reported" in lines[-1]
        assert "▲ target changed" in lines[-1]


def test_changes_are_dated_signed_and_shown_under_both_targets(settings: Settings) -> None:
    leads, revenue = changes(settings, None).found
    assert (leads.change.field, leads.change.old, leads.change.new) == (
        "filters",
        "none",
        "first_touch_channel = Organic search",
    )
    assert (revenue.change.as_of, revenue.change.old, revenue.change.new) == (D21, "10000", "6000")
    assert revenue.author is not None
    assert (revenue.author.name, revenue.author.subject) == ("Anna", "Anna was here")
    # 3,700 of 10,000 is 0.37, of 6,000 0.617, where 52 / 92 = 0.565 is expected: 0.65 and 1.09 of it
    assert revenue.before is not None
    assert revenue.after is not None
    assert (revenue.before.status.value, revenue.before.progress) == ("off_track", pytest.approx(0.37))
    assert (revenue.after.status.value, revenue.after.progress) == ("on_track", pytest.approx(3700 / 6000))
    assert "under the old target of €10,000 off track (37 %)" in changes(settings, "revenue").as_text()


def parts(found: Moved) -> dict[str, float]:
    assert found.movement.adds_up
    return {part.name: float(part.amount) for part in found.movement.parts}


def test_a_movement_adds_up_by_hand(settings: Settings) -> None:
    # 3,000 was reported; the same day is 3,700 now; since then nothing came, and only the target moved
    revenue = moved(settings, "revenue", D19)
    assert parts(revenue) == {"restated": 700, "definition": 0, "new": 0, "lost": 0, "target": 0}
    assert (revenue.movement.progress_start, revenue.movement.progress_end) == (Fraction(3, 10), Fraction(37, 60))
    # +700 of 10,000 and the target: 37/60 - 37/100
    shares = [part.progress for part in revenue.movement.parts]
    assert shares == [Fraction(7, 100), 0, 0, 0, Fraction(37, 60) - Fraction(37, 100)]
    # 3 leads were reported, 2 people they are now, 1 of them from organic search; none came
    assert parts(moved(settings, "leads", D19)) == {"restated": -1, "definition": -1, "new": 0, "lost": 0, "target": 0}
    # 300 sessions; 50 more came, on a day after the 19th
    assert parts(moved(settings, "sessions", D19)) == {
        "restated": 0,
        "definition": 0,
        "new": 50,
        "lost": 0,
        "target": 0,
    }
    with pytest.raises(NothingPublishedError, match="was not reported with a value on 2026-11-01"):
        moved(settings, "revenue", D19.replace(day=1))


def test_explain_tells_the_past_and_exports_every_row(settings: Settings, tmp_path: Path) -> None:
    text = explain(settings, "revenue", as_of=D20, rows=1).as_text()
    assert "was reported with €3,500 and has €3,700 (+€200) now: 1 added (hubspot:704)" in text
    assert "target: 10000 → 6000  (Anna," in text
    account = explain(settings, "revenue", as_of=None, rows=1000)
    target = tmp_path / "rows.csv"
    assert export_rows(account, target).endswith("3 rows; they add up to €3,700")
    with target.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["deal_key"] for row in rows] == ["hubspot:701", "hubspot:702", "hubspot:704"]


def test_a_backfill_marks_its_days_leaves_the_observed_and_sends_nothing(story: Bench, tmp_path: Path) -> None:
    shutil.copytree(story.folder, tmp_path / "copy")
    copy = load_settings(
        data_dir=tmp_path / "copy",
        sources=SOURCES,
        mappings_dir=story.mappings,
        trackers={"excel": {"workbook": "t.xlsx"}},
    )
    # 17 to 20 November, four key results: two days of each were observed
    first = backfill(copy, D19 - 2 * DAY, D20, now=NOW)
    assert "8 reconstructed, 0 not reconstructable, 8 observed before and left alone" in first
    assert "8 of them were there already" in backfill(copy, D19 - 2 * DAY, D20, now=NOW)
    with duckdb.connect(str(copy.published_path), read_only=True) as con:
        found = con.execute(
            "select as_of, value, observation from okr.progress_history where key_result_id = 'revenue' order by 1"
        ).fetchall()
        assert found == [
            (D19 - 2 * DAY, 3700.0, "reconstructed"),
            (D19 - DAY, 3700.0, "reconstructed"),
            (D19, 3000.0, "observed"),
            (D20, 3500.0, "observed"),
            (D21, 3700.0, "observed"),
        ]
        assert con.execute("select count(*) from okr.deliveries").fetchall() == [(0,)]
    assert history(copy, "revenue", None).days[-4].observation == "reconstructed"
    assert "reconstructed: computed on 2026-11-22" in explain(copy, "revenue", as_of=D19 - DAY, rows=0).as_text()
    with pytest.raises(SettingsError, match="is not over yet"):
        backfill(copy, D20, D21 + DAY, now=NOW)


def test_running_again_tells_nothing_twice_and_a_day_that_comes_back_is_struck_off(story: Bench) -> None:
    """Last in this file: it moves the story on."""
    before = restatements(story.settings, None).found
    assert "restated" not in story.run(D21).lines[2]
    assert restatements(story.settings, None).found == before
    story.company.redate_deal(703, "2026-11-20T10:00:00Z")
    story.company.archive("deals", 704)
    story.company.change("deals", 702, amount="2000", amount_in_home_currency="2000")
    story.run(D21 + DAY)
    # the 19th and the 20th are back at 3,000 and 3,500; the 21st was reported with 3,700 and is at 3,500 now
    assert told(restatements(story.settings, "revenue")) == [("revenue", D21, 3700.0, 3500.0)]
