"""How a newcomer connects Mailchimp, and the call that proves it: the lists with their sizes."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.contract import Asked, Connect, SourceRun
from connectors.readers.mailchimp.calls import MailchimpCalls
from connectors.readers.mailchimp.tables import LIST

TEXT = """\
Mailchimp is read with an API key.

1. In Mailchimp, as a user who may see reports (role Viewer or more): your picture > Profile > Extras > API keys > Create A Key.
2. Copy the whole key, the end included: -us21 says where your account lies."""


def attempt(run: SourceRun, given: Mapping[str, str]) -> str:
    """Reads the lists; nothing is kept."""
    calls = MailchimpCalls(given["api_key"], given.get("api_base", ""), run)
    found = calls.listed("lists", "lists", {"sort_field": "date_created", "sort_dir": "ASC"}, LIST)
    told = ", ".join(f"{each['name']} {(each['stats'] or {}).get('member_count') or 0:,}" for each in found)
    return f"Mailchimp answers: {len(found)} list{'' if len(found) == 1 else 's'}{f': {told}' if told else ''}."


CONNECT = Connect(TEXT, (Asked("api_key", "API key", "0123456789abcdef...-us21", secret=True),), attempt)
