"""How a newcomer connects LinkedIn, and the calls that prove it: the network size of the first page."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.contract import Asked, Connect, Consent, SourceRun
from connectors.errors import SettingError
from connectors.readers.followers.linkedin import API_VERSION, LinkedInCalls, access, app, organizations
from connectors.readers.tokens.browser import PORT, Question
from connectors.readers.web import Web

REDIRECT = f"http://localhost:{PORT}/callback"
TEXT = f"""\
LinkedIn lets an app read a company page on behalf of a super admin of that page, who consents in a browser once a year.

1. Create an app at https://www.linkedin.com/developers/apps for your company page, and let a super admin verify it.
2. Products > Community Management API > Request access. LinkedIn reviews the request (registered company, a business address); the
   development tier that it grants first is enough.
3. Auth > OAuth 2.0 settings > Authorized redirect URLs: {REDIRECT}
4. Auth > Application credentials: copy the Client ID and the Client Secret.
5. The number of the page stands in the address of its admin view: linkedin.com/company/12345678/admin.

Then a browser opens, in which a super admin of the page consents to the scope rw_organization_admin. The consent lasts 365 days when
LinkedIn gives your app refresh tokens, 60 days otherwise; `okr status --sources` reminds you 14 days before."""


def attempt(run: SourceRun, given: Mapping[str, str]) -> str:
    """Reads each page once."""
    pages = organizations(given["organization_ids"])
    if not (given.get("refresh_token") or given.get("access_token")):
        raise SettingError(
            "linkedin: there is no consent yet. Run `okr connect linkedin` in a terminal, or with --consent."
        )
    web = Web("linkedin", given.get("api_base", ""), run)
    token = access(web, run, lambda name: given.get(name, ""))
    calls = LinkedInCalls(web, token, given.get("api_version") or API_VERSION, run)
    found = [calls.count(page) for page in pages]
    told = ", ".join(f"{each.account} has {each.followers:,} followers" for each in found)
    return f"LinkedIn answers: {told}."


def _question(run: SourceRun, given: Mapping[str, str]) -> Question:
    base = given.get("api_base", "")
    return Question(app(given["client_id"], given["client_secret"], base), REDIRECT, Web("linkedin", base, run), run)


CONNECT = Connect(
    TEXT,
    (
        Asked("organization_ids", "Number of the page", "12345678"),
        Asked("client_id", "Client ID of the app", "86abcdef12345"),
        Asked("client_secret", "Client Secret of the app", secret=True),
        Asked("refresh_token", "Refresh token", secret=True, required=False),
        Asked("access_token", "Access token", secret=True, required=False),
        Asked("api_version", "LinkedIn-Version", API_VERSION, required=False),
    ),
    attempt,
    Consent(_question, ("refresh_token", "access_token")),
)
