"""The company behind the imitated vendors: its CRM, its web traffic and its files, changeable while the server runs.

`Company.example(contacts=4000, seed=7)` makes Brightwater; `Company(contacts=[...], deals=[...])` one by hand for a test.
All changes are made at the sandbox clock's moment unless a moment is given.
"""

from __future__ import annotations

from connectors.sandbox.company.company import Company
from connectors.sandbox.company.files import Files, Invoice, Mention, Observation, SurveyAnswer
from connectors.sandbox.company.people import Owner
from connectors.sandbox.company.record import HistoryEntry, Record, contact, crm_record
from connectors.sandbox.company.traffic import Traffic, TrafficRow

__all__ = [
    "Company",
    "Files",
    "HistoryEntry",
    "Invoice",
    "Mention",
    "Observation",
    "Owner",
    "Record",
    "SurveyAnswer",
    "Traffic",
    "TrafficRow",
    "contact",
    "crm_record",
]
