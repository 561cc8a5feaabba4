"""Column types of the raw tables, and the way from a vendor's texts to them.

Vendors send numbers, moments and flags as JSON strings. Arrow would guess, and guess anew for each page; so every column is
declared, read as text and cast here, and a text that does not fit names its column instead of becoming null.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from connectors.errors import ContractError


class Kind(StrEnum):
    """What a column holds. Money has two decimals (rounded half away from zero), moments are UTC."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    MONEY = "money"
    FLAG = "flag"
    DATE = "date"
    MOMENT = "moment"


WORDS = {
    Kind.TEXT: "a text",
    Kind.INTEGER: "a whole number",
    Kind.NUMBER: "a number",
    Kind.MONEY: "an amount",
    Kind.FLAG: "true or false",
    Kind.DATE: "a date",
    Kind.MOMENT: "a date with time",
}
"""What a person reads when a cell does not fit."""
ARROW_TYPES: dict[Kind, Any] = {
    Kind.TEXT: pa.string(),
    Kind.INTEGER: pa.int64(),
    Kind.NUMBER: pa.float64(),
    Kind.MONEY: pa.decimal128(18, 2),
    Kind.FLAG: pa.bool_(),
    Kind.DATE: pa.date32(),
    Kind.MOMENT: pa.timestamp("us", "UTC"),
}
_DLT_TYPES: dict[Kind, dict[str, Any]] = {
    Kind.TEXT: {"data_type": "text"},
    Kind.INTEGER: {"data_type": "bigint"},
    Kind.NUMBER: {"data_type": "double"},
    Kind.MONEY: {"data_type": "decimal", "precision": 18, "scale": 2},
    Kind.FLAG: {"data_type": "bool"},
    Kind.DATE: {"data_type": "date"},
    Kind.MOMENT: {"data_type": "timestamp", "timezone": True, "precision": 6},
}


def arrow_schema(kinds: Mapping[str, Kind]) -> Any:
    """The Arrow schema of these columns, in their order."""
    return pa.schema([(name, ARROW_TYPES[kind]) for name, kind in kinds.items()])


def dlt_columns(kinds: Mapping[str, Kind], *, newest_by: str | None = None) -> dict[str, Any]:
    """The same for dlt; of two rows with one primary key in a load, the one with the higher `newest_by` stays."""
    columns = {name: {"name": name, **_DLT_TYPES[kind]} for name, kind in kinds.items()}
    if newest_by is not None:
        columns[newest_by]["dedup_sort"] = "desc"
    return columns


def from_text(values: Any, kind: Kind, column: str) -> Any:
    """Cast an Arrow array of texts; an empty text is no value. ContractError names `column` when a text does not fit."""
    if kind is Kind.TEXT:
        return values
    values = pc.if_else(pc.equal(values, ""), pa.scalar(None, pa.string()), values)
    try:
        return _cast(values, kind)
    except pa.ArrowInvalid as problem:
        raise ContractError(f"{column} should hold {WORDS[kind]}: {problem}. Nothing was loaded.") from problem


def _cast(values: Any, kind: Kind) -> Any:
    if kind is Kind.MONEY:
        exact = values.cast(pa.decimal128(38, 10))
        return pc.round(exact, ndigits=2, round_mode="half_towards_infinity").cast(ARROW_TYPES[kind])
    if kind is Kind.INTEGER:
        return _whole(values)
    return values.cast(ARROW_TYPES[kind])


def _whole(values: Any) -> Any:
    """HubSpot sends some counts as `60000.0`; a fraction that is not zero is refused."""
    try:
        return values.cast(pa.int64())
    except pa.ArrowInvalid:
        return values.cast(pa.decimal128(38, 10)).cast(pa.int64())
