"""The account itself: its home currency, which HubSpot converts deals to, and which deals without a currency of their own are in.

The company may count in another one. Then what HubSpot calls the home amount of a foreign deal is no amount in the company's currency.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from connectors.contract import SourceRun
from connectors.errors import ContractError, ForbiddenError
from connectors.readers.columns import arrow_schema
from connectors.readers.hubspot.calls import HubSpotCalls
from connectors.readers.hubspot.objects import ACCOUNT_COLUMNS
from connectors.readers.json_pages import parse

_ACCOUNT = pa.schema([("portalId", pa.int64()), ("companyCurrency", pa.string()), ("timeZone", pa.string())])
_UNKNOWN = (
    "hubspot: deals without a currency of their own, and HubSpot's amounts for foreign deals, count as unknown money,"
    " because the account's currency "
)


def account(calls: HubSpotCalls, run: SourceRun) -> Any:
    """One row, or none where the account may not be read: then a warning says what that means."""
    rows = []
    try:
        rows.append(calls.account(_row))
    except ForbiddenError as problem:
        run.warnings.append(f"{_UNKNOWN}may not be read: {str(problem).partition('. ')[0].removeprefix('hubspot: ')}")
    run.warnings.extend(text for row in rows if (text := _told(row["company_currency"], run.currency)))
    return pa.Table.from_pylist(rows, schema=arrow_schema(ACCOUNT_COLUMNS))


def _row(body: bytes) -> dict[str, str | None]:
    found = parse(body, _ACCOUNT, "hubspot: account-info")
    number, currency, zone = (found[name][0].as_py() for name in _ACCOUNT.names)
    if number is None:
        raise ContractError("hubspot: account-info answered without `portalId`. Nothing was loaded.")
    return {"portal_id": str(number), "company_currency": currency or None, "time_zone": zone}


def _told(theirs: str | None, ours: str) -> str:
    if theirs is None:
        return f"{_UNKNOWN}is not told"
    if ours and theirs.upper() != ours.upper():
        return f"{_UNKNOWN}is {theirs}, not {ours}"
    return ""
