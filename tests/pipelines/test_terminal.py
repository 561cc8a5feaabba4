"""`okr status`: aligned at every width, plain in a pipe, quick to start."""

from __future__ import annotations

import io
import json
import subprocess
import sys

import pytest

from okr_mappings.document import document_from_dict
from okr_mappings.words import Status
from pipelines import terminal
from pipelines.report.cells import cells, clean, wrap
from pipelines.terminal import bar, lines, status_json, status_plain, status_table
from tests.conftest import Golden
from tests.pipelines.report.documents import brightwater, document, hostile, key_result, many, objective


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def text(width: int | None) -> list[str]:
    return ["".join(piece.text for piece in line) for line in lines(brightwater(), width)]


def test_golden(golden: Golden) -> None:
    golden("status.txt", status_plain(brightwater()))


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 200])
@pytest.mark.parametrize(
    "shown", [brightwater(), document(), document(key_result(title="語" * 90)), many(60)], ids=["16", "0", "wide", "60"]
)
def test_no_line_is_wider_than_the_screen(shown: object, width: int) -> None:
    for line in lines(shown, width):  # type: ignore[arg-type]
        assert cells("".join(piece.text for piece in line).rstrip()) <= width


def test_columns_appear_as_room_allows() -> None:
    beside = [line for line in text(80) if "→" in line]
    assert not any("│" in line for line in beside)
    assert any("→ 350 leads" in line for line in text(80))
    assert any("214 leads" in line for line in text(60))
    assert any("│" in line for line in text(100))
    assert any("17 Nov" in line and "sessions" in line for line in text(120))


def test_what_has_no_room_beside_the_title_stands_under_it() -> None:
    under = next(line for line in text(80) if line.strip().endswith("  mrr"))
    assert "│" in under  # the bar with its expected mark
    assert "21 Nov" in under
    assert "→" not in under


def test_marks_are_explained_wherever_they_stand() -> None:
    assert any(line.startswith("│ expected by now") for line in text(80))
    assert not any("expected by now" in line for line in text(40))  # no room for bars


def test_a_title_wraps_under_itself() -> None:
    found = text(80)
    row = next(index for index, line in enumerate(found) if "Three sign-offs" in line)
    place = found[row].index("Three sign-offs")
    assert found[row + 1].startswith(" " * place + "website:")


def test_the_first_lines_say_how_it_stands_and_what_not_to_trust() -> None:
    found = text(120)
    assert found[0] == "9 of 16 on track (2 achieved), 2 at risk, 2 off track, 2 stale, 1 too early, 3 days restated"
    assert found[1] == "Brightwater · Q4 2026 · as of 21 Nov 2026, day 52 of 92 (57 %)"
    assert found[2].startswith("! ga4 failed, data through 17 Nov 2026: 429 from /runReport")
    assert found[3].startswith("! files late")


def test_the_bar_marks_what_is_expected() -> None:
    # half of ten is five; 57 % of ten lies in the sixth cell
    assert bar(0.5, 0.57, 10) == "━━━━━│····"
    assert bar(-0.3, 0.0, 10) == "│·········"
    assert bar(9.0, 1.0, 10) == "━━━━━━━━━│"
    assert bar(None, None, 4) == "····"


def test_a_pipe_gets_one_line_per_key_result_with_its_id() -> None:
    plain = status_plain(document(key_result(title="long " * 60), objectives=(objective(),)))
    assert "\x1b" not in plain
    assert "\t" not in plain
    row = next(line for line in plain.splitlines() if "long long" in line)
    assert row.endswith("leads")
    assert "61 %" in row


def test_status_goes_plain_to_a_pipe_and_coloured_to_a_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    pipe, screen = io.StringIO(), Screen()
    terminal.show_status(brightwater(), pipe)
    terminal.show_status(brightwater(), screen)
    assert pipe.getvalue() == status_plain(brightwater())
    assert "\x1b[" in screen.getvalue()
    assert "\x1b[" in status_table(brightwater(), width=100)


def test_hostile_titles_cannot_move_the_cursor() -> None:
    shown = document(
        key_result(title="a\x1b[2Jb\nc\u202ed [red]e[/red]"), objectives=(objective(title="x\x1b]0;owned\x07"),)
    )
    assert clean("a\x1b[2Jb\nc\u202ed") == "a [2Jb c d"
    assert "[red]e[/red]" in status_table(shown, width=120)
    for drawn in (status_plain(shown), status_plain(hostile())):
        assert not {c for c in drawn if ord(c) < 32 and c != "\n"}


def test_wide_characters_count_twice() -> None:
    assert cells("語a") == 3
    assert cells("e\u0301") == 1
    assert wrap("語語語語 語語", 8) == ["語語語語", "語語"]


def test_lines_break_at_spaces_but_never_before_a_percent_sign() -> None:
    assert wrap("grow by 15 % or more", 10) == ["grow by", "15 % or", "more"]
    assert wrap("abcdefgh", 3) == ["abc", "def", "gh"]
    assert wrap("one two three", 7, "  ") == ["one two", "  three"]
    assert wrap("", 5) == [""]


def test_json_is_the_whole_document() -> None:
    assert document_from_dict(json.loads(status_json(brightwater()))) == brightwater()


def test_missing_numbers_are_dashes() -> None:
    shown = document(
        key_result(value=None, target=None, progress=None, expected=None, status=Status.NO_DATA, data_through=None)
    )
    row = next(line for line in status_plain(shown).splitlines() if "No data" in line)
    assert row.count("–") == 3
    assert "never" in row


def test_starts_without_the_heavy_libraries() -> None:
    code = "import sys, pipelines.terminal; print(sorted({'rich', 'jinja2', 'dlt', 'duckdb', 'pydantic', 'yaml'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
