"""Puts the example company together. Each part draws from its own random stream, so that changing one leaves the others."""

from __future__ import annotations

import numpy as np

from connectors.sandbox.company.activities import make_calls, make_feedback, make_meetings, make_tickets
from connectors.sandbox.company.aftermath import plan_aftermath
from connectors.sandbox.company.company import Company
from connectors.sandbox.company.contacts import make_companies, make_people
from connectors.sandbox.company.deals import make_deals
from connectors.sandbox.company.newsletter import make_newsletter
from connectors.sandbox.company.paper import make_files
from connectors.sandbox.company.surveys import make_surveymonkey, make_typeform
from connectors.sandbox.company.web import make_traffic

_STREAMS = (
    "people",
    "companies",
    "deals",
    "calls",
    "meetings",
    "tickets",
    "feedback",
    "web",
    "files",
    "aftermath",
    "surveymonkey",
    "typeform",
    "newsletter",
)


def generate(contacts: int, seed: int) -> Company:
    rng = {name: np.random.default_rng([seed, number]) for number, name in enumerate(_STREAMS)}
    people = make_people(rng["people"], contacts)
    companies, segment = make_companies(rng["companies"], people)
    deals, contracts = make_deals(rng["deals"], people, segment, companies)
    base = {
        "contacts": people.table,
        "companies": companies,
        "deals": deals,
        "calls": make_calls(rng["calls"]),
        "meetings": make_meetings(rng["meetings"]),
        "tickets": make_tickets(rng["tickets"]),
        "feedback_submissions": make_feedback(rng["feedback"]),
    }
    company = Company(base=base, traffic=make_traffic(rng["web"]), files=make_files(rng["files"], contracts))
    company.surveymonkey, company.typeform = make_surveymonkey(rng["surveymonkey"]), make_typeform(rng["typeform"])
    company.newsletter = make_newsletter(rng["newsletter"])
    plan_aftermath(rng["aftermath"], company, people, deals)
    return company
