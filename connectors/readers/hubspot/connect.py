"""How a newcomer connects HubSpot, and the calls that prove it: one page of each object, so that every missing scope is named at once."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.contract import Asked, Connect, SourceRun
from connectors.errors import ForbiddenError
from connectors.readers.hubspot.calls import HOST, HubSpotCalls
from connectors.readers.hubspot.failures import TOKEN_SETTING
from connectors.readers.hubspot.objects import OBJECT_TYPES

TEXT = """\
HubSpot is read with a service key: a token of the account, not of a person, that can only read.

1. In HubSpot, as a super admin: Settings (the gear) > Integrations > Service Keys > Create service key.
2. Give it a name, and these scopes:
     crm.objects.contacts.read      crm.objects.companies.read     crm.objects.deals.read
     crm.objects.owners.read        tickets                        crm.objects.feedback_submissions.read
   Calls and meetings come with the contacts. Surveys need Service Hub Professional, and a marketing e-mail list (on request) the
   scope content. What your account does not have, name it below as left out.
3. Create it and copy the key: it begins with pat-.

A legacy private app's token works as well, until HubSpot ends them in September 2027."""


def attempt(run: SourceRun, given: Mapping[str, str]) -> str:
    """Reads the first page of each object that is not left out; nothing is kept."""
    calls = HubSpotCalls(given["access_token"], given.get("api_base") or HOST, run)
    left_out = {name.strip() for name in given.get("skip_objects", "").split(",")}
    kinds = [kind for kind in OBJECT_TYPES if kind.name not in left_out]
    missing: dict[str, list[str]] = {}
    for kind in kinds:
        try:
            calls.list_page(kind.name, kind.scope, bytes, properties=())
        except ForbiddenError:
            missing.setdefault(kind.scope, []).append(kind.name)
    try:
        calls.owners(bytes, after=None, archived=False)
    except ForbiddenError:
        missing["crm.objects.owners.read"] = ["owners"]
    if missing:
        told = "; ".join(f"{scope} (for {', '.join(names)})" for scope, names in missing.items())
        raise ForbiddenError(
            f"hubspot: the key behind {TOKEN_SETTING} is accepted, but lacks the scopes {told}. Add them in Settings > Integrations > "
            f"Service Keys, or leave the objects out with SOURCES__HUBSPOT__SKIP_OBJECTS."
        )
    return (
        f"HubSpot answers: {', '.join(kind.name for kind in kinds)} and owners can be read ({run.requests} calls made)."
    )


CONNECT = Connect(
    TEXT,
    (
        Asked("access_token", "Service key", "pat-eu1-...", secret=True),
        Asked("skip_objects", "Objects to leave out", "tickets, feedback_submissions", required=False),
    ),
    attempt,
)
