"""The scale of a recommendation question: exactly the whole numbers from 0 to 10, read from what people see.

Never from a choice's position (the order may be turned round) or its weight: SurveyMonkey gives the choices of an NPS question the
weights -100, 0 and 100, so that its own average comes out right.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

SCALE = frozenset(range(11))
_NUMBERS = re.compile(r"\d+")  # "10 - Extremely likely" has the one number 10


def scores(choices: Mapping[str, str]) -> dict[str, int] | None:
    """Choice id -> score, from choice id -> text in whatever language; None when that is not the scale from 0 to 10."""
    found: dict[str, int] = {}
    for choice, text in choices.items():
        numbers = _NUMBERS.findall(text)
        if len(numbers) != 1:
            return None
        found[choice] = int(numbers[0])
    return found if len(found) == len(SCALE) and set(found.values()) == SCALE else None
