"""What only the CSV tracker has: its bytes, its history, and what it does not write over."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.contract import DeliveryState
from connectors.delivering.flat_file import written
from connectors.errors import SettingError
from connectors.trackers import csv
from tests.connectors.trackers.documents import deliveries, document, snapshot

NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)


def send(folder: Path, *snapshots: object, **settings: str) -> list[DeliveryState]:
    shown = document(*snapshots)  # type: ignore[arg-type]
    return [each.state for each in csv.tracker(settings, folder).send(shown, deliveries(*shown.key_results), NOW)]


def test_the_bytes_are_what_excel_and_rfc_4180_expect(tmp_path: Path) -> None:
    send(tmp_path, snapshot(title='=1+1 "quoted", árvíz\nnext', progress=-0.25))
    content = (tmp_path / "tracker/okr_data.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbfcycle_id,as_of,key_result_id,key_result,")
    assert '"\'=1+1 ""quoted"", árvíz\nnext"'.encode() in content
    assert b",-0.25," in content  # a number is no formula
    assert b"2026-11-21T22:30:00Z" in content
    assert content.count(b"\r\n") == 2


@pytest.mark.parametrize(("delimiter", "sign"), [(";", b";"), ("tab", b"\t")])
def test_other_delimiters(tmp_path: Path, delimiter: str, sign: bytes) -> None:
    send(tmp_path, snapshot(), delimiter=delimiter, byte_order_mark="false")
    assert (tmp_path / "tracker/okr_data.csv").read_bytes().startswith(b"cycle_id" + sign + b"as_of")


def test_the_history_grows_by_a_row_per_snapshot(tmp_path: Path) -> None:
    for number in ("s1", "s1", "s2"):
        send(tmp_path, snapshot(snapshot_id=number), snapshot("b", snapshot_id=f"b{number}"))
    lines = (tmp_path / "tracker/okr_history.csv").read_text(encoding="utf-8-sig").splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == ["s1", "bs1", "s2", "bs2"]


def test_what_left_the_mapping_leaves_and_another_cycle_stays(tmp_path: Path) -> None:
    send(tmp_path, snapshot("a"), snapshot("b"))
    shown = document(snapshot("c", cycle_id="2027-Q1"), cycle_id="2027-Q1")
    csv.tracker({}, tmp_path).send(shown, [], NOW)
    send(tmp_path, snapshot("a"))
    lines = (tmp_path / "tracker/okr_data.csv").read_text(encoding="utf-8-sig").splitlines()
    assert [tuple(line.split(",")[0:3:2]) for line in lines[1:]] == [("2026-Q4", "a"), ("2027-Q1", "c")]


def test_a_folder_that_may_not_be_written_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    send(tmp_path, snapshot())
    before = (tmp_path / "tracker/okr_data.csv").read_bytes()

    def refuse(_from: Path, _to: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", refuse)  # as Windows answers while a program has the file open
    assert send(tmp_path, snapshot(value=1.0)) == [DeliveryState.RETRIABLE]
    assert (tmp_path / "tracker/okr_data.csv").read_bytes() == before
    assert [each.name for each in (tmp_path / "tracker").iterdir() if each.name.endswith(".part")] == []


@pytest.mark.parametrize(
    ("settings", "words"),
    [({"folder": "a.txt"}, "is a file"), ({"delimiter": "|"}, "a semicolon"), ({"x": "1"}, "no such")],
)
def test_settings_that_make_no_sense(tmp_path: Path, settings: dict[str, str], words: str) -> None:
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(SettingError, match="OKR_TRACKERS__CSV__") as caught:
        csv.tracker(settings, tmp_path)
    assert words in str(caught.value)


def test_cells() -> None:
    values = [None, float("nan"), True, 0.1, 3, datetime(2026, 1, 1, tzinfo=UTC), "plain", " =x"]
    assert [written(value) for value in values] == [
        "",
        "",
        "true",
        "0.1",
        "3",
        "2026-01-01T00:00:00+00:00",
        "plain",
        "' =x",
    ]
