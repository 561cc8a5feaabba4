"""Small tables that are read whole: the org's exchange rates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pyarrow as pa

from connectors.readers.columns import Kind, arrow_schema
from connectors.readers.salesforce.calls import SalesforceCalls
from connectors.readers.salesforce.objects import RATE_COLUMNS, ObjectType
from connectors.readers.salesforce.pages import Page, Selection, query_reader
from connectors.readers.salesforce.schema import OrgSchema

_ALWAYS = date(1900, 1, 1)
_RATES = ObjectType(
    "CurrencyType",
    "currency_rates",
    {"Id": Kind.TEXT, "IsoCode": Kind.TEXT, "ConversionRate": Kind.NUMBER, "IsCorporate": Kind.FLAG},
)
_DATED_RATES = ObjectType(
    "DatedConversionRate",
    "currency_rates",
    {
        "Id": Kind.TEXT,
        "IsoCode": Kind.TEXT,
        "ConversionRate": Kind.NUMBER,
        "StartDate": Kind.DATE,
        "NextStartDate": Kind.DATE,
    },
)


def currency_rates(calls: SalesforceCalls, schema: OrgSchema) -> Any:
    """Units of a currency for one of the corporate one, by the days from which they hold; none in an org with one currency."""
    rows = [_row(each, is_dated=False) for each in _all(calls, schema, _RATES)]
    rows += [_row(each, is_dated=True) for each in _all(calls, schema, _DATED_RATES)]
    return pa.Table.from_pylist(rows, schema=arrow_schema(RATE_COLUMNS))


def _all(calls: SalesforceCalls, schema: OrgSchema, kind: ObjectType) -> list[Mapping[str, Any]]:
    known = schema.fields(kind.name)
    if known is None:
        return []
    selection = Selection(kind, {name.lower(): name for name in kind.fields})
    read = query_reader(selection, f"salesforce: query {kind.name}")
    page: Page = calls.query(selection.soql(order="Id"), read)
    rows = page.rows.to_pylist()
    while page.following:
        page = calls.more(page.following, read)
        rows += page.rows.to_pylist()
    return list(rows)


def _row(shown: Mapping[str, Any], *, is_dated: bool) -> dict[str, Any]:
    return {
        "iso_code": shown["isocode"],
        "start_date": shown.get("startdate") or _ALWAYS,
        "next_start_date": shown.get("nextstartdate"),
        "conversion_rate": shown["conversionrate"],
        "is_corporate": bool(shown.get("iscorporate")),
        "is_dated": is_dated,
    }
