"""A sentence as a message and the numbers in it, so that it can be said in another language than English later.

`Phrase("%(value)s of %(target)s", value=Amount(214, "leads"), ...)`: the message is the English text, which is also its key in the
catalogues. A value is a number with its unit, a share, a day, another phrase, or text that is never translated. Stored as JSON beside
the English sentence, because a snapshot outlives the program that wrote it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from okr_mappings.words import Kind


@dataclass(frozen=True, slots=True)
class Number:
    """A number with its unit; without its noun where the sentence names that once elsewhere."""

    number: float | None
    unit: str
    bare: bool = False


@dataclass(frozen=True, slots=True)
class Share:
    """A fraction, written as a percentage."""

    share: float | None


@dataclass(frozen=True, slots=True)
class Day:
    day: date


@dataclass(frozen=True, slots=True)
class Aim:
    """The number aimed at, or the bounds of a range."""

    kind: Kind
    target: float | None
    target_high: float | None
    unit: str


class Phrase:
    """`many` is the plural of `message`, chosen by `count`."""

    __slots__ = ("count", "many", "message", "values")

    def __init__(self, message: str, /, **values: Value) -> None:
        self.message = message
        self.values: Mapping[str, Value] = values
        self.many = ""
        self.count = 1

    def __bool__(self) -> bool:
        return bool(self.message)


def counted(message: str, many: str, count: int, /, **values: Value) -> Phrase:
    """`%(count)s` stands for the count itself."""
    found = Phrase(message, **values)
    found.many, found.count = many, count
    return found


Value = Number | Share | Day | Aim | Phrase | str


def to_json(phrase: Phrase) -> str:
    return json.dumps(_plain(phrase), ensure_ascii=False, separators=(",", ":"))


def from_json(text: str) -> Phrase | None:
    """None for what cannot be read: whoever asks still has the English sentence."""
    try:
        found = _value(json.loads(text)) if text else None
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return found if isinstance(found, Phrase) else None


def _plain(value: Value) -> Any:
    match value:
        case Phrase():
            inner = {name: _plain(each) for name, each in value.values.items()}
            return {"say": value.message, "with": inner} | (
                {"many": value.many, "count": value.count} if value.many else {}
            )
        case Number():
            return {"number": value.number, "unit": value.unit, "bare": value.bare}
        case Share():
            return {"share": value.share}
        case Day():
            return {"day": value.day.isoformat()}
        case Aim():
            return {"aim": [value.kind.value, value.target, value.target_high, value.unit]}
        case _:
            return value


def _value(plain: Any) -> Value:
    if isinstance(plain, str):
        return plain
    if "say" in plain:
        inner = {str(name): _value(each) for name, each in plain["with"].items()}
        return counted(plain["say"], plain.get("many", ""), int(plain.get("count", 1)), **inner)
    if "number" in plain:
        return Number(plain["number"], str(plain["unit"]), bool(plain["bare"]))
    if "share" in plain:
        return Share(plain["share"])
    if "day" in plain:
        return Day(date.fromisoformat(plain["day"]))
    kind, target, target_high, unit = plain["aim"]
    return Aim(Kind(kind), target, target_high, str(unit))
