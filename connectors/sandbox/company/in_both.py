"""Which of Brightwater's records in HubSpot are in Salesforce too, and under which id there.

Only these letters are the same in both worlds, so HubSpot's half can be made without Salesforce's. Half of the ids are written with 15
letters, as some tools do, and half with 18.
"""

from __future__ import annotations

from connectors.sandbox.company.columns import Computed
from connectors.sandbox.company.moments import Longs

EVERY = {"companies": 7, "deals": 11, "calls": 41, "meetings": 37, "tickets": 23}
PREFIXES = {"companies": "001", "deals": "006", "calls": "00T", "meetings": "00U", "tickets": "500"}
PROPERTIES = {
    "companies": "salesforceaccountid",
    "deals": "hs_salesforceopportunityid",
    "calls": "salesforce_task_id",
    "tickets": "salesforcecaseid",
}
"""Meetings have none: their events in Salesforce name them."""


def salesforce_id(table: str, record_id: int) -> str:
    """With 18 letters, as Salesforce shows it."""
    return f"{PREFIXES[table]}H{record_id:011d}AAA"


def is_in_both(table: str, record_id: int) -> bool:
    """Known from the id alone, and spread over the records whatever the steps between ids are."""
    return (record_id // 3) % EVERY[table] == 3


def reference_column(table: str, ids: Longs) -> Computed:
    def text(row: int) -> str | None:
        record_id = int(ids[row])
        if not is_in_both(table, record_id):
            return None
        return salesforce_id(table, record_id)[: 15 if record_id % 2 else 18]

    return Computed(text)
