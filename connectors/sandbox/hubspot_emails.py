"""HubSpot's list of marketing e-mails: /marketing/v3/emails, 100 to a page, archived ones a list of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.sandbox.answer import Answer, json_answer
from connectors.sandbox.company.company import Company
from connectors.sandbox.company.emails import MarketingEmail
from connectors.sandbox.hubspot_errors import refuse

PATH = "/marketing/v3/emails"
MAX_EMAILS = 100


def emails_page(company: Company, query: Mapping[str, str]) -> Answer:
    """In the order of creation, whatever is asked."""
    archived = query.get("archived", "false").lower() == "true"
    limit, after = int(query.get("limit") or MAX_EMAILS), int(query.get("after") or 0)
    if limit > MAX_EMAILS:
        raise refuse(f"Invalid query parameter: limit must be at most {MAX_EMAILS}, was {limit}")
    emails = sorted((e for e in company.marketing_emails if e.archived == archived), key=lambda e: e.created)
    content: dict[str, Any] = {"total": len(emails), "results": [_email(e) for e in emails[after : after + limit]]}
    if after + limit < len(emails):
        content["paging"] = {"next": {"after": str(after + limit)}}
    return json_answer(content)


def _email(email: MarketingEmail) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": str(email.id),
        "name": email.name,
        "subject": email.subject,
        "type": "BATCH_EMAIL",
        "state": "DRAFT" if email.published is None else "PUBLISHED",
        "isPublished": email.published is not None,
        "createdAt": email.created,
        "updatedAt": email.published or email.created,
        "archived": email.archived,
        "content": {"templatePath": "@hubspot/email/dnd/welcome.html"},
    }
    return shown if email.published is None else shown | {"publishDate": email.published}
