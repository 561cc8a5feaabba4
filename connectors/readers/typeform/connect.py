"""How a newcomer connects Typeform, and the calls that prove it: the list of forms, and the field found in each."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.contract import Asked, Connect, SourceRun
from connectors.errors import SettingError
from connectors.readers.typeform.account import TypeformAccount
from connectors.readers.typeform.calls import HOSTS, TypeformCalls

TEXT = """\
Typeform is read with a personal access token.

1. In Typeform: your picture (top right) > Your settings > Personal tokens > Generate a new token.
2. Custom scopes: Forms: Read and Responses: Read. Copy the token: it begins with tfp_ and is shown once.
3. Accounts with European data residency: answer eu when asked for the data centre."""


def host(data_centre: str) -> str:
    """SettingError unless it is one that exists; blank is the ordinary one."""
    found = HOSTS.get((data_centre or "us").strip().lower())
    if found is None:
        raise SettingError(
            f"typeform: SOURCES__TYPEFORM__DATA_CENTRE is {data_centre!r}. It is one of {', '.join(HOSTS)}."
        )
    return found


def attempt(run: SourceRun, given: Mapping[str, str]) -> str:
    """Looks for the recommendation field of every form; no answer is read."""
    calls = TypeformCalls(given["access_token"], host(given.get("data_centre", "")), given.get("api_base", ""), run)
    wanted = {part.strip() for part in given.get("form_ids", "").split(",")} - {""}
    found = TypeformAccount(calls, run, wanted, ()).surveys({})
    asking = [form["title"] for form in found.values() if form["question"]]
    if not asking:
        return f"Typeform answers, but none of its {len(found)} forms has a field on the scale from 0 to 10."
    return f"Typeform answers: of {len(found)} forms these ask for a recommendation: {', '.join(asking)}."


CONNECT = Connect(
    TEXT,
    (
        Asked("access_token", "Personal token", "tfp_...", secret=True),
        Asked("form_ids", "Ids of the only forms to read", "uOnb4rd1", required=False),
        Asked("data_centre", "Data centre: us or eu", "eu", required=False),
    ),
    attempt,
)
