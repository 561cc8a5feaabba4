"""The list of marketing e-mails: read whole every time, because it is short and has no search.

hubspot-api-client 12 offers it as /marketing/v3/emails (`client.marketing.emails`), with a scope of its own, `content`. Accounts
without Marketing Hub answer 403, so it is read only when SOURCES__HUBSPOT__ALSO_READ names it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from connectors.contract import SourceRun
from connectors.errors import ContractError
from connectors.readers.columns import Kind, arrow_schema, from_text
from connectors.readers.hubspot.calls import HubSpotCalls
from connectors.readers.hubspot.objects import EMAIL_COLUMNS
from connectors.readers.json_pages import parse

NAME = "marketing_emails"
_TEXTS = ("id", "name", "subject", "type", "state", "publishDate", "createdAt", "updatedAt")
_EMAIL = pa.struct([*((name, pa.string()) for name in _TEXTS), ("isPublished", pa.bool_()), ("archived", pa.bool_())])
_PAGE = pa.schema(
    [
        ("results", pa.list_(_EMAIL)),
        ("total", pa.int64()),
        ("paging", pa.struct([("next", pa.struct([("after", pa.string())]))])),
    ]
)
_FIELDS = {"is_published": "isPublished", "publish_date": "publishDate"} | {
    "created_at": "createdAt",
    "updated_at": "updatedAt",
}


def marketing_emails(calls: HubSpotCalls, run: SourceRun) -> Any:
    """One row per e-mail, drafts and archived ones included; ContractError when fewer come than HubSpot counts."""
    pages = [page for archived in (False, True) for page in _pages(calls, run, archived=archived)]
    table = pa.concat_tables([arrow_schema(EMAIL_COLUMNS).empty_table(), *(_rows(page) for page in pages)])
    if len(table["id"].unique()) != len(table):
        raise ContractError("hubspot: emails gave an e-mail twice. Nothing was loaded; try again later.")
    return table


def _pages(calls: HubSpotCalls, run: SourceRun, *, archived: bool) -> Iterator[Any]:
    after: str | None = None
    read = 0
    while True:
        row = calls.marketing_emails(lambda body: parse(body, _PAGE, "hubspot: emails"), after=after, archived=archived)
        records = _records(row)
        read += len(records)
        total = row["total"][0].as_py()
        run.on_rows(NAME, read, total)
        yield records
        following = ((row["paging"][0].as_py() or {}).get("next") or {}).get("after")
        if following is None:
            break
        if following == after:
            raise ContractError(f"hubspot: emails gave the same page twice (after={after}). Nothing was loaded.")
        after = following
    if total is not None and read < total:
        raise ContractError(f"hubspot: emails: {read} listed, but the account has {total}. Nothing was loaded.")


def _records(row: Any) -> Any:
    results = row["results"].combine_chunks()
    if results.null_count:
        raise ContractError("hubspot: emails answered without `results`. Nothing was loaded.")
    records = results.flatten()
    if pc.struct_field(records, "id").null_count:
        raise ContractError("hubspot: emails answered with one that has no id. Nothing was loaded.")
    return records


def _rows(records: Any) -> Any:
    columns = {}
    for name, kind in EMAIL_COLUMNS.items():
        values = pc.struct_field(records, _FIELDS.get(name, name))
        flag = kind is Kind.FLAG
        columns[name] = pc.fill_null(values, False) if flag else from_text(values, kind, f"hubspot: emails.{name}")
    return pa.table(columns, schema=arrow_schema(EMAIL_COLUMNS))
