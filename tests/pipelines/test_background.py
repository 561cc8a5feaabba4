"""What a report tells besides the snapshots: which days count, and where a target changed."""

from __future__ import annotations

from datetime import date

from pipelines.background import _a_week_ago, _targets
from tests.pipelines.report.documents import key_result


def on(day: int, **changes: object) -> object:
    return key_result(as_of=date(2026, 11, day), **changes)


def test_the_report_nearest_to_a_week_ago_is_taken() -> None:
    days = [on(7), on(13), on(16), on(20)]
    found = _a_week_ago(days, date(2026, 11, 21))  # type: ignore[arg-type]
    assert found is not None
    assert found.as_of == date(2026, 11, 13)  # 14 is wanted; 13 is nearer than 16, and 7 is two weeks back


def test_without_an_earlier_report_there_is_nothing_to_compare_with() -> None:
    assert _a_week_ago([on(21)], date(2026, 11, 21)) is None  # type: ignore[list-item]
    assert _a_week_ago([on(14, value=None)], date(2026, 11, 21)) is None  # type: ignore[list-item]


def test_a_target_changes_where_two_reports_differ() -> None:
    days = [on(3, target=300.0), on(4, target=None), on(5, target=350.0), on(6, target=350.0)]
    found = _targets(days)  # type: ignore[arg-type]
    assert [(each.day.day, each.old, each.new) for each in found] == [(5, 300.0, 350.0)]
