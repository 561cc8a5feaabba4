"""One cell to one value, or a reason why not. Cells are texts (CSV), or what Excel, JSON and Parquet already know them to be."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import cache, lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from connectors.readers.columns import Kind
from connectors.readers.files.declaration import Declaration

_CENT = Decimal("0.01")
_LARGEST_MONEY = Decimal(10) ** 16
_FLAGS = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False}

Convert = Callable[[Any], Any]


def converter(kind: Kind, declaration: Declaration, company_zone: str) -> Convert:
    """A function that raises ValueError for a cell that does not fit; None and blank cells never reach it."""
    zone = ZoneInfo(declaration.time_zone or company_zone)
    convert: Convert = {
        Kind.TEXT: as_text,
        Kind.INTEGER: lambda cell: _integer(_number(cell, declaration)),
        Kind.NUMBER: lambda cell: float(_number(cell, declaration)),
        Kind.MONEY: lambda cell: _money(_number(cell, declaration)),
        Kind.FLAG: _flag,
        Kind.DATE: lambda cell: _day(cell, declaration.date_format),
        Kind.MOMENT: lambda cell: _moment(cell, declaration.timestamp_format, zone),
    }[kind]
    return convert if kind is Kind.TEXT else _remembering(convert)


def _remembering(convert: Convert) -> Convert:
    """Texts repeat in a column, and a date takes long to read: a million cells hold 50,000 moments. Only texts, as 1 == True."""
    remembered = lru_cache(maxsize=100_000)(convert)
    return lambda cell: remembered(cell) if isinstance(cell, str) else convert(cell)


def as_text(cell: Any) -> str:
    """What a person would have typed."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))  # Excel knows no whole numbers: 12345.0 was typed as 12345
    if isinstance(cell, date | datetime):
        return cell.isoformat()
    return orjson.dumps(cell, default=str).decode() if isinstance(cell, dict | list | bool) else str(cell)


def _number(cell: Any, declaration: Declaration) -> Decimal:
    is_number = isinstance(cell, int | float | Decimal) and not isinstance(cell, bool)
    number = Decimal(str(cell)) if is_number else _written_number(str(cell).strip(), declaration)
    if not number.is_finite():
        raise ValueError
    return number


def _written_number(text: str, declaration: Declaration) -> Decimal:
    """A separator that was not declared, or stands where it separates no thousands, is not guessed at: 12.34 is no 1234."""
    mark = declaration.thousands
    if mark and mark in text:
        if not re.fullmatch(_grouped(mark, declaration.decimal), text):
            raise ValueError
        text = text.replace(mark, "")
    if declaration.decimal != ".":
        if "." in text:
            raise ValueError
        text = text.replace(declaration.decimal, ".")
    if "_" in text:
        raise ValueError
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError from None


@cache
def _grouped(mark: str, decimal: str) -> str:
    """Groups of three before the decimal sign; of two above the thousands, as India counts."""
    group = re.escape(mark)
    return rf"[+-]?\d{{1,3}}({group}\d{{2,3}})*{group}\d{{3}}({re.escape(decimal)}\d*)?"


def _integer(number: Decimal) -> int:
    if number != number.to_integral_value() or abs(number) >= 2**63:
        raise ValueError
    return int(number)


def _money(number: Decimal) -> Decimal:
    if abs(number) >= _LARGEST_MONEY:
        raise ValueError
    return number.quantize(_CENT, ROUND_HALF_UP)


def _flag(cell: Any) -> bool:
    if isinstance(cell, float) and math.isfinite(cell):
        cell = int(cell) if cell.is_integer() else cell
    try:
        return _FLAGS[str(cell).strip().lower()]
    except KeyError:
        raise ValueError from None


def _day(cell: Any, written: str) -> date:
    if isinstance(cell, datetime):
        if cell.time() != datetime.min.time():
            raise ValueError
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = _only_text(cell)
    return datetime.strptime(text, written).date() if written else date.fromisoformat(text)  # noqa: DTZ007 - a date has no zone


def _moment(cell: Any, written: str, zone: ZoneInfo) -> datetime:
    moment = cell if isinstance(cell, datetime) else _written_moment(_only_text(cell), written)
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def _written_moment(text: str, written: str) -> datetime:
    return datetime.strptime(text, written) if written else datetime.fromisoformat(text)  # noqa: DTZ007 - the zone comes next


def _only_text(cell: Any) -> str:
    """A bare number for a date would be Excel's day count with a lost format: refused, not guessed."""
    if not isinstance(cell, str):
        raise ValueError  # noqa: TRY004 - every refusal of a cell is a ValueError
    return cell.strip()
