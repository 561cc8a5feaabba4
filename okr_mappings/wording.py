"""How things are said to people: the interface that every language implements, and English, which needs nothing else.

Whoever writes to people (a page, a message, a tracker) is given a `Wording` and says everything through it; texts of the mapping
files pass through unchanged. The other languages live in `pipelines/languages`, because they rest on a library with their data.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Protocol

from okr_mappings import display
from okr_mappings.phrases import Aim, Day, Number, Phrase, Share, Value
from okr_mappings.restated import RestatedDays
from okr_mappings.words import Kind, Status


class Wording(Protocol):
    """`code` is what HTML calls the language: `en`, `hu`, `zh-Hans`."""

    @property
    def code(self) -> str:
        """As the `lang` attribute wants it."""

    def say(self, message: str, /, **values: object) -> str:
        """A message with `%(name)s` placeholders; a literal percent sign is doubled."""

    def count(self, one: str, many: str, number: int, /, **values: object) -> str:
        """The form that fits the number, which stands in it as `%(count)s`."""

    def tell(self, phrase: Phrase) -> str:
        """A stored sentence."""

    def whole(self, number: int) -> str:
        """A count, grouped."""

    def decimal(self, number: float, digits: int) -> str:
        """With at most so many decimals."""

    def amount(self, value: float | None, unit: str) -> str:
        """A value without its noun; money and percentages keep their sign."""

    def value(self, value: float | None, unit: str) -> str:
        """A value with its unit."""

    def change(self, change: float, unit: str) -> str:
        """A difference with its sign, without the noun."""

    def share(self, share: float | None) -> str:
        """A fraction as a whole percentage, never rounded up to all of it."""

    def score(self, score: float | None) -> str:
        """A grade between 0 and 1, with two decimals."""

    def target(self, kind: Kind, target: float | None, target_high: float | None, unit: str) -> str:
        """What is aimed at; for a range its bounds."""

    def restated(self, restated: RestatedDays, unit: str) -> str:
        """How many reported days are other numbers now; empty for none."""

    def status(self, status: Status) -> str:
        """As a label."""

    def short_day(self, day: date) -> str:
        """Day and month."""

    def full_day(self, day: date) -> str:
        """Day, month and year."""

    def moment(self, local: datetime) -> str:
        """A moment already in the zone of its readers."""


class English:
    """The language that everything is written in first."""

    code = "en"

    def say(self, message: str, /, **values: object) -> str:
        return message % values

    def count(self, one: str, many: str, number: int, /, **values: object) -> str:
        return (one if number == 1 else many) % {"count": self.whole(number), **values}

    def tell(self, phrase: Phrase) -> str:
        return told(self, phrase)

    def whole(self, number: int) -> str:
        return f"{number:,}"

    def decimal(self, number: float, digits: int) -> str:
        text = f"{number:,.{digits}f}"
        return text.rstrip("0").rstrip(".") if digits else text

    def amount(self, value: float | None, unit: str) -> str:
        return display.format_amount(value, unit)

    def value(self, value: float | None, unit: str) -> str:
        return display.format_value(value, unit)

    def change(self, change: float, unit: str) -> str:
        return display.format_change(change, unit)

    def share(self, share: float | None) -> str:
        return display.format_share(share)

    def score(self, score: float | None) -> str:
        return display.NOTHING if score is None else f"{score:.2f}"

    def target(self, kind: Kind, target: float | None, target_high: float | None, unit: str) -> str:
        return display.format_target(kind, target, target_high, unit)

    def restated(self, restated: RestatedDays, unit: str) -> str:
        return display.format_restated(restated, unit)

    def status(self, status: Status) -> str:
        return display.status_label(status)

    def short_day(self, day: date) -> str:
        return display.format_day(day).rpartition(" ")[0]

    def full_day(self, day: date) -> str:
        return display.format_day(day)

    def moment(self, local: datetime) -> str:
        return f"{self.full_day(local.date())}, {local:%H:%M}"


ENGLISH = English()


def told(wording: Wording, phrase: Phrase) -> str:
    """A phrase, its inner ones first. One without values is a fixed text, in which a percent sign is just that."""
    values = {name: _said(wording, value) for name, value in phrase.values.items()}
    if phrase.many:
        return wording.count(phrase.message, phrase.many, phrase.count, **values)
    return wording.say(phrase.message, **values)


def _said(wording: Wording, value: Value) -> str:
    match value:
        case Phrase():
            return told(wording, value) if value else ""
        case Number():
            return (wording.amount if value.bare else wording.value)(value.number, value.unit)
        case Share():
            return wording.share(value.share)
        case Day():
            return wording.full_day(value.day)
        case Aim():
            return wording.target(value.kind, value.target, value.target_high, value.unit)
        case _:
            return value
