"""Cells as spreadsheets give them, and how a place among them is written.

Blank is None, in Google's answers a missing or empty cell. Days and moments of Google are serial numbers, days since 30 December 1899.
"""

from __future__ import annotations

from collections.abc import Sequence

CellValue = str | float | bool | None
Matrix = Sequence[Sequence[CellValue]]


def letters(column: int) -> str:
    """A for 0, AA for 26."""
    name, rest = "", column + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        name = chr(65 + digit) + name
    return name


def quoted(title: str) -> str:
    return "'" + title.replace("'", "''") + "'"
