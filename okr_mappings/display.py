"""Numbers, shares and statuses as people read them; the same everywhere, in English, whatever the machine's locale."""

from __future__ import annotations

import math
from datetime import date

from okr_mappings.restated import RestatedDays
from okr_mappings.words import Better, Kind, Status

NOTHING = "–"
_SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥"}
_LABELS = {
    Status.ACHIEVED: "Achieved",
    Status.ON_TRACK: "On track",
    Status.AT_RISK: "At risk",
    Status.OFF_TRACK: "Off track",
    Status.TOO_EARLY: "Too early",
    Status.NOT_STARTED: "Not started",
    Status.NO_DATA: "No data",
    Status.STALE: "Stale",
    Status.MISSED: "Missed",
}
_SIGNS = {
    Status.ACHIEVED: "★",
    Status.ON_TRACK: "●",
    Status.AT_RISK: "◐",
    Status.OFF_TRACK: "○",
    Status.TOO_EARLY: "…",
    Status.NOT_STARTED: "·",
    Status.NO_DATA: "?",
    Status.STALE: "!",
    Status.MISSED: "✕",
}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def format_value(value: float | None, unit: str) -> str:
    """`1,234 leads`, `€12,345`, `23.4 %` (the value is a fraction), `+32 points`, `24.0 hours`; `–` for None."""
    if value is None:
        return NOTHING
    if unit == "%" or is_currency(unit):
        return format_amount(value, unit)
    return f"{format_amount(value, unit)} {_singular(value, unit)}".strip()


def format_amount(value: float | None, unit: str) -> str:
    """The same without the noun, for sentences that name it once; money and percentages keep their sign."""
    if value is None:
        return NOTHING
    if unit == "%":
        return f"{_trim(value * 100, 1)} %"
    if is_currency(unit):
        return _money(value, unit)
    if unit in ("hours", "days"):
        return f"{_nonzero(value, 1):,.1f}"
    return f"{'+' if unit == 'points' and round(value, 1) > 0 else ''}{_trim(value, 1)}"


def format_change(change: float, unit: str) -> str:
    """A difference with its sign and without the noun: `-4`, `+€3,692`; of percentages in points: `+1.2 points`."""
    if unit == "%":
        return f"{'+' if change > 0 else ''}{_trim(change * 100, 1)} points"
    text = format_amount(change, unit)
    return text if change <= 0 or text.startswith("+") else f"+{text}"


def format_restated(restated: RestatedDays, unit: str) -> str:
    """`3 days restated, largest -4`; empty where every day that moved was provisional, and so expected to."""
    if restated.days == 0:
        return ""
    days = f"{restated.days} day{'' if restated.days == 1 else 's'} restated"
    return (
        f"{days}, a value is gone"
        if restated.largest is None
        else f"{days}, largest {format_change(restated.largest, unit)}"
    )


def format_share(share: float | None) -> str:
    """0.62 -> `62 %`. A share just short of 1 is never rounded up to 100 %."""
    if share is None:
        return NOTHING
    percent = 99.0 if 0.99 < share < 1 - 1e-9 else share * 100
    return f"{_nonzero(percent, 0):,.0f} %"


def format_target(kind: Kind, target: float | None, target_high: float | None, unit: str) -> str:
    """The number aimed at; for a range its bounds: `at most 24.0 hours`, `1 % to 2 %`."""
    if kind is not Kind.RANGE:
        return format_value(target, unit)
    if target is None:
        return NOTHING if target_high is None else f"at most {format_value(target_high, unit)}"
    if target_high is None:
        return f"at least {format_value(target, unit)}"
    return f"{format_value(target, unit)} to {format_value(target_high, unit)}"


def format_day(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def status_label(status: Status) -> str:
    return _LABELS[status]


def status_symbol(status: Status) -> str:
    """One character, distinct without colour."""
    return _SIGNS[status]


def arrow(better: Better) -> str:
    return "↑" if better is Better.HIGHER else "↓"


def is_currency(unit: str) -> bool:
    """Three capitals, as in ISO 4217."""
    return len(unit) == 3 and unit.isascii() and unit.isalpha() and unit.isupper()


def _money(value: float, currency: str) -> str:
    symbol = _SYMBOLS.get(currency, f"{currency} ")
    digits = 0 if abs(value) >= 1000 or round(value, 2) == round(value) else 2
    amount = _nonzero(value, digits)
    return f"{'-' if amount < 0 else ''}{symbol}{abs(amount):,.{digits}f}"


def _trim(value: float, digits: int) -> str:
    """At most so many decimals, none for a whole number or from 1,000 on."""
    rounded = _nonzero(value, 0 if abs(value) >= 1000 else digits)
    return f"{rounded:,.0f}" if rounded == math.floor(rounded) else f"{rounded:,.{digits}f}"


def _nonzero(value: float, digits: int) -> float:
    """Rounded, and never minus zero."""
    return round(value, digits) + 0.0


def _singular(value: float, unit: str) -> str:
    if value != 1 or not unit.endswith("s") or unit.endswith("ss"):
        return unit
    return f"{unit[:-3]}y" if unit.endswith("ies") else unit[:-1]
