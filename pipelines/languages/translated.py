"""One language other than English: its messages, and figures, dates and plurals as CLDR has them.

How many digits a number gets is the same in every language and is decided as `okr_mappings.display` decides it. Units stay as the
author of a metric wrote them; only those that the program itself knows (hours, days, points) are translated.
"""

from __future__ import annotations

import math
from copy import copy
from datetime import date, datetime
from decimal import Decimal

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time
from babel.numbers import NumberPattern, format_decimal, get_minus_sign_symbol, get_plus_sign_symbol

from okr_mappings.display import NOTHING, is_currency, status_label
from okr_mappings.phrases import Phrase
from okr_mappings.restated import RestatedDays
from okr_mappings.wording import told
from okr_mappings.words import Kind, Status
from pipelines.languages.catalogue import translations

NO_BREAK = "\u00a0"


class Translated:
    def __init__(self, folder: str, code: str) -> None:
        self.code = code
        self._locale = Locale.parse(folder)
        self._messages = translations(folder)

    def say(self, message: str, /, **values: object) -> str:
        return self._messages.gettext(message) % values if message else ""

    def count(self, one: str, many: str, number: int, /, **values: object) -> str:
        return self._messages.ngettext(one, many, number) % {"count": self.whole(number), **values}

    def tell(self, phrase: Phrase) -> str:
        return told(self, phrase)

    def whole(self, number: int) -> str:
        return self._decimal(number, 0)

    def decimal(self, number: float, digits: int) -> str:
        """With at most so many decimals."""
        return format_decimal(Decimal(repr(round(number, digits))), format="#,##0.######", locale=self._locale)

    def amount(self, value: float | None, unit: str) -> str:
        if value is None:
            return NOTHING
        if unit == "%":
            return self._percent(*_trimmed(value * 100, 1))
        if is_currency(unit):
            return self._money(value, unit)
        if unit in ("hours", "days"):
            return self._decimal(value, 1)
        sign = get_plus_sign_symbol(self._locale) if unit == "points" and round(value, 1) > 0 else ""
        return sign + self._decimal(*_trimmed(value, 1))

    def value(self, value: float | None, unit: str) -> str:
        amount = self.amount(value, unit)
        if value is None or unit == "%" or is_currency(unit) or not unit:
            return amount
        number = int(value) if value == math.floor(value) and abs(value) < 1e9 else 2  # a fraction counts like several
        match unit:
            case "hours":
                return self.count("%(amount)s hour", "%(amount)s hours", number, amount=amount)
            case "days":
                return self.count("%(amount)s day", "%(amount)s days", number, amount=amount)
            case "points":
                return self.count("%(amount)s point", "%(amount)s points", number, amount=amount)
            case _:
                return f"{amount} {unit}"

    def change(self, change: float, unit: str) -> str:
        plus = get_plus_sign_symbol(self._locale) if change > 0 else ""
        if unit == "%":
            amount = plus + self._decimal(*_trimmed(change * 100, 1))
            return self.count("%(amount)s point", "%(amount)s points", 2, amount=amount)
        text = self.amount(change, unit)
        return text if text.startswith(plus or "+") else plus + text

    def share(self, share: float | None) -> str:
        if share is None:
            return NOTHING
        return self._percent(99.0 if 0.99 < share < 1 - 1e-9 else share * 100, 0)

    def score(self, score: float | None) -> str:
        return NOTHING if score is None else self._decimal(score, 2)

    def target(self, kind: Kind, target: float | None, target_high: float | None, unit: str) -> str:
        if kind is not Kind.RANGE:
            return self.value(target, unit)
        if target is None:
            return (
                NOTHING if target_high is None else self.say("at most %(value)s", value=self.value(target_high, unit))
            )
        if target_high is None:
            return self.say("at least %(value)s", value=self.value(target, unit))
        return self.say("%(low)s to %(high)s", low=self.value(target, unit), high=self.value(target_high, unit))

    def restated(self, restated: RestatedDays, unit: str) -> str:
        if restated.days == 0:
            return ""
        if restated.largest is None:
            return self.count(
                "%(count)s day restated, a value is gone", "%(count)s days restated, a value is gone", restated.days
            )
        return self.count(
            "%(count)s day restated, largest %(change)s",
            "%(count)s days restated, largest %(change)s",
            restated.days,
            change=self.change(restated.largest, unit),
        )

    def status(self, status: Status) -> str:
        return self.say(status_label(status))

    def short_day(self, day: date) -> str:
        return str(format_skeleton("MMMd", day, locale=self._locale))

    def full_day(self, day: date) -> str:
        return str(format_date(day, "medium", locale=self._locale))

    def moment(self, local: datetime) -> str:
        return f"{self.full_day(local.date())} {format_time(local.time(), 'short', locale=self._locale)}"

    def _decimal(self, value: float, digits: int) -> str:
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        return self._signed(format_decimal(_exact(value, digits), format=pattern, locale=self._locale))

    def _percent(self, value: float, digits: int) -> str:
        return self._signed(self._applied(self._locale.percent_formats[None], _exact(value, digits) / 100, digits, ""))

    def _money(self, value: float, currency: str) -> str:
        digits = 0 if abs(value) >= 1000 or round(value, 2) == round(value) else 2
        pattern = self._locale.currency_formats["standard"]
        return self._signed(self._applied(pattern, _exact(value, digits), digits, currency))

    def _applied(self, pattern: NumberPattern, value: Decimal, digits: int, currency: str) -> str:
        exact = copy(pattern)
        exact.frac_prec = (digits, digits)
        return str(exact.apply(value, self._locale, currency=currency or None, currency_digits=False))

    def _signed(self, text: str) -> str:
        """A minus that every font has: typographic minus signs are for tables, ours stand in running text."""
        return text.replace(get_minus_sign_symbol(self._locale), "-")


def _exact(value: float, digits: int) -> Decimal:
    """Rounded, and never minus zero."""
    return Decimal(repr(round(value, digits) + 0.0))


def _trimmed(value: float, digits: int) -> tuple[float, int]:
    """At most so many decimals, none for a whole number or from 1,000 on."""
    kept = 0 if abs(value) >= 1000 else digits
    rounded = round(value, kept)
    return value, 0 if rounded == math.floor(rounded) else kept
