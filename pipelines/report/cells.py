"""Text on the grid of a terminal, where a character may fill two cells, one, or none."""

from __future__ import annotations

import unicodedata

NO_BREAK = "\u00a0"


def clean(text: str) -> str:
    """One line without control characters: a title must not be able to move the cursor."""
    return " ".join("".join(" " if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") else c for c in text).split())


def cells(text: str) -> int:
    """How many columns a terminal gives the text: two for wide characters, none for combining ones."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def padded(text: str, size: int, *, right: bool) -> str:
    space = " " * max(size - cells(text), 0)
    return space + text if right else text + space


def wrap(text: str, width: int, indent: str = "") -> list[str]:
    """Lines of at most `width` cells, broken at spaces (never before a percent sign), or inside a word that is longer than a line."""
    found = [""]
    for word in text.replace(" %", NO_BREAK + "%").split(" "):
        space = " " if found[-1].strip() else ""
        if cells(found[-1] + space + word) <= width:
            found[-1] += space + word
            continue
        if space:
            found.append(indent)
        for character in word:
            if cells(found[-1] + character) > width:
                found.append(indent)
            found[-1] += character
    return [part.replace(NO_BREAK, " ") for part in found]
