"""The history of a key result as a drawing of characters, as wide as the terminal.

Every character cell is one place of the grid; where several things fall into it, the value wins over the expected path, and that over
the target. Colour only repeats what the characters say.
"""

from __future__ import annotations

from collections.abc import Sequence

from okr_mappings.display import format_value
from okr_mappings.words import Kind
from pipelines.history import History, HistoryDay
from pipelines.report.cells import clean
from pipelines.report.charts import span
from pipelines.report.dates import full_day, short_day
from pipelines.report.key_result import tick_label
from pipelines.report.large_chart import ticks

ROWS = 14
NARROWEST = 24
VALUE, RESTATED, PROVISIONAL, RECONSTRUCTED, EXPECTED, TARGET, CHANGED = "●", "◆", "○", "▪", "·", "─", "▲"
STYLES = {VALUE: "bold", RESTATED: "magenta", PROVISIONAL: "cyan", EXPECTED: "dim", TARGET: "green", CHANGED: "yellow"}
LEGEND = {
    VALUE: "value",
    RESTATED: "restated since it was reported",
    PROVISIONAL: "provisional",
    RECONSTRUCTED: "reconstructed later",
    EXPECTED: "expected",
    TARGET: "target",
    CHANGED: "target changed",
}


def chart(history: History, width: int) -> list[str]:
    """The whole page as lines no wider than `width` (as long as that leaves room for a drawing)."""
    latest = history.latest
    low, high = span(_shown(history))
    marks = ticks(low, high)
    labels = {_row(tick, low, high): tick_label(tick, latest.unit) for tick in marks}
    margin = max(len(text) for text in labels.values()) + 2
    columns = max(width - margin, NARROWEST)
    grid = _grid(history, columns, low, high)
    drawn = [
        f"{labels.get(row, ''):>{margin - 2}} {'┤' if row in labels else '│'}{''.join(grid[row])}"
        for row in range(ROWS)
    ]
    value = format_value(latest.value if latest.value is not None else latest.last_good_value, latest.unit)
    head = f"{clean(latest.title)}: {value} as of {full_day(latest.as_of)}"
    foot = [_axis(history, columns, margin), _dates(history, columns, margin)]
    return [head, "", *(line.rstrip() for line in drawn), *foot, "", _legend(grid, foot[0])]


def _shown(history: History) -> list[float | None]:
    numbers = [number for day in history.days for number in (day.value, day.expected, day.target)]
    return [*numbers, *history.target_lines]


def _grid(history: History, columns: int, low: float, high: float) -> list[list[str]]:
    grid = [[" "] * columns for _ in range(ROWS)]
    for column in range(columns):
        day = _day_at(history, columns, column)
        for level in _aims(history, day):
            grid[_row(level, low, high)][column] = TARGET
        if day and day.expected is not None:
            grid[_row(day.expected, low, high)][column] = EXPECTED
        if day and day.value is not None:
            grid[_row(day.value, low, high)][column] = mark(day)
    return grid


def _aims(history: History, day: HistoryDay | None) -> tuple[float, ...]:
    """What was aimed at on the day; bounds do not move."""
    if history.latest.kind is not Kind.RANGE and day is not None and day.target is not None:
        return (day.target,)
    return history.target_lines


def mark(day: HistoryDay) -> str:
    if day.restated:
        return RESTATED
    if day.provisional:
        return PROVISIONAL
    return VALUE if day.observation in ("", "observed") else RECONSTRUCTED


def _day_at(history: History, columns: int, column: int) -> HistoryDay | None:
    """The last day that falls into the column; None after the last known one."""
    number = ((column + 1) * history.cycle.days - 1) // columns
    return history.days[number] if number < len(history.days) else None


def _row(value: float, low: float, high: float) -> int:
    """From the top."""
    return min(max(round((high - value) / (high - low) * (ROWS - 1)), 0), ROWS - 1)


def _axis(history: History, columns: int, margin: int) -> str:
    line = ["─"] * columns
    for number, day in enumerate(history.days):
        if day.target_changed:
            line[_column(number, history.cycle.days, columns)] = CHANGED
    return " " * (margin - 1) + "└" + "".join(line)


def _column(number: int, days: int, columns: int) -> int:
    return min(number * columns // days, columns - 1)


def _dates(history: History, columns: int, margin: int) -> str:
    first, last = short_day(history.cycle.start), short_day(history.cycle.end)
    line = list(first.ljust(columns - len(last)) + last)
    today = short_day(history.latest.as_of)
    place = _column((history.latest.as_of - history.cycle.start).days, history.cycle.days, columns) - len(today) // 2
    if len(first) + 1 < place < columns - len(last) - len(today) - 1:
        line[place : place + len(today)] = today
    return " " * margin + "".join(line)


def _legend(grid: Sequence[Sequence[str]], axis: str) -> str:
    used = {cell for row in grid for cell in row} | ({CHANGED} if CHANGED in axis else set())
    return "   ".join(f"{sign} {meaning}" for sign, meaning in LEGEND.items() if sign in used)


def styled(lines: Sequence[str]) -> list[object]:
    """The lines for rich: drawings coloured, words left as they are."""
    from rich.text import Text

    found: list[object] = []
    for number, line in enumerate(lines):
        text = Text(line, style="bold" if number == 0 else "")
        for place, sign in enumerate(line):
            if number > 0 and sign in STYLES:
                text.stylize(STYLES[sign], place, place + 1)
        found.append(text)
    return found
