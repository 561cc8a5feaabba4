"""Records of two CRMs that may be one thing but count as two: how many there are, and how many of them one number counts twice.

A pair concerns a number only where BOTH its records stand among the rows behind it (its evidence): nobody needs to hear of two calls of
last year, and a filter may leave one of two deals out. What is said goes into the note of one source, beside what its load warned of
(`source_store.warned`). That is Salesforce's, because HubSpot alone has no doubles, so that everybody hears it once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import duckdb

from okr_mappings.questions import MetricQuestion
from warehouse.deadline import time_limit
from warehouse.engine import Connection
from warehouse.errors import MetricError
from warehouse.evidence import EvidencedMetric, evidence_query
from warehouse.execute import BoundQuery
from warehouse.filters import Marts
from warehouse.model_files import tables_of_text

TOLD_BY = "salesforce"
MART = "marts.fct_possible_duplicates"

# mart -> its key, the column by which evidence names a record, and what the records are; ids alone may be those of a deal and of a ticket
_COUNTED = {
    "marts.fct_deals": ("deal_key", ("Deal",)),
    "marts.fct_activities": ("activity_key", ("Call", "Meeting")),
    "marts.fct_tickets": ("ticket_key", ("Ticket",)),
    "marts.fct_customers": ("customer_key", ("Company",)),
}
_MANY = {"Company": "companies", "Deal": "deals", "Call": "calls", "Meeting": "meetings", "Ticket": "tickets"}


def pairs(con: Connection, marts: Marts) -> dict[str, int]:
    """How many pairs there are of each record type; empty when there are none, and before the first transform."""
    if MART not in marts:
        return {}
    rows = con.execute(f"select record_type, count(*) from {MART} group by record_type order by 1")  # noqa: S608
    return dict(rows.fetchall())


def pairs_behind(
    con: Connection,
    catalog: Mapping[str, EvidencedMetric],
    marts: Marts,
    question: MetricQuestion,
    known: Mapping[str, int],
    *,
    seconds: float,
) -> dict[str, int]:
    """Those of the `known` pairs whose two records both stand behind the question's number.

    Where it cannot be told which records do (SQL that shows no keys, or takes too long), all pairs of what it reads.
    """
    counted = _counted(question.sql or catalog[question.metric].sql, known)
    if not counted:
        return {}
    try:
        with time_limit(con, seconds):
            found = _both_behind(con, evidence_query(catalog, marts, question), counted)
    except (MetricError, duckdb.Error):
        found = None
    return {kind: known[kind] for kinds in counted.values() for kind in kinds} if found is None else found


def sentence(found: Mapping[str, int]) -> str:
    """`2 pairs of deals and 1 pair of calls may be one each, ...`; empty without pairs."""
    parts = [f"{count:,} {'pair' if count == 1 else 'pairs'} of {_MANY[kind]}" for kind, count in found.items()]
    if not parts:
        return ""
    said = " and ".join([part for part in (", ".join(parts[:-1]), parts[-1]) if part])
    return f"{said} in HubSpot and Salesforce may be one record each, but count as two (see {MART})"


def _counted(sql: str, known: Collection[str]) -> dict[str, tuple[str, ...]]:
    """By key column, what the SQL may count of the record types that have pairs."""
    read = tables_of_text(sql)
    found = {
        column: tuple(kind for kind in kinds if kind in known)
        for mart, (column, kinds) in _COUNTED.items()
        if mart in read
    }
    return {column: kinds for column, kinds in found.items() if kinds}


def _both_behind(con: Connection, rows: BoundQuery, counted: Mapping[str, tuple[str, ...]]) -> dict[str, int] | None:
    """None when the rows do not show the keys of what they count."""
    shown = con.sql(f"select * from (\n{rows.sql}\n) limit 0", params=rows.parameters).columns  # noqa: S608 - guarded
    if not all(column in shown for column in counted):
        return None
    either = " or ".join(_BOTH.format(_texts(kinds), column, column) for column, kinds in counted.items())
    return dict(con.execute(_BEHIND.format(rows.sql, MART, either), rows.parameters).fetchall())


def _texts(kinds: Collection[str]) -> str:
    return ", ".join(f"'{kind}'" for kind in kinds)


_BOTH = """(
    record_type in ({})
    and hubspot_key in (select {} from evidence)
    and salesforce_key in (select {} from evidence)
)"""
_BEHIND = """
with evidence as (
{}
)
select record_type, count(*) from {} where {} group by record_type order by 1
"""
