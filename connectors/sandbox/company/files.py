"""What the example company has only as files: survey answers, follower counts, subscribers, press mentions, invoices."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class SurveyAnswer:
    """`answered_at` is company-local, without a zone, as survey tools export it."""

    response_id: str
    survey: str
    respondent: str
    answered_at: datetime
    score: int
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Observation:
    """A gauge read on one day: followers of an account, or subscribers of a list (`account` empty)."""

    day: date
    name: str
    count: int
    account: str = ""


@dataclass(frozen=True, slots=True)
class Mention:
    """One article about the company, found by the press agency."""

    mention_id: str
    published_on: date
    outlet: str
    title: str
    sentiment: str


@dataclass(frozen=True, slots=True)
class Invoice:
    """A document of the ERP; `net_cents` is positive for credit memos as well."""

    document_id: str
    document_type: str
    customer_id: str
    posting_date: date
    net_cents: int
    currency: str = "EUR"
    is_cancelled: bool = False


@dataclass(slots=True)
class Files:
    """Lists that a test may fill or change before writing the files again."""

    nps_responses: list[SurveyAnswer] = field(default_factory=list)
    social_followers: list[Observation] = field(default_factory=list)
    newsletter_subscribers: list[Observation] = field(default_factory=list)
    pr_mentions: list[Mention] = field(default_factory=list)
    erp_invoices: list[Invoice] = field(default_factory=list)
