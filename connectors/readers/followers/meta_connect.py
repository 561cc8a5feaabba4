"""How a newcomer connects Facebook and Instagram, and the calls that prove it: one read of each account.

Two channels, one kind of app: what is given for the one serves the other, but each keeps its own token and renews it by itself.
"""

from __future__ import annotations

from collections.abc import Mapping

from connectors.contract import Asked, Connect, Consent, SourceRun
from connectors.errors import SettingError
from connectors.readers.followers.meta import MetaApp, MetaCalls
from connectors.readers.followers.meta_consent import MetaQuestion
from connectors.readers.followers.samples import listed
from connectors.readers.tokens.browser import PORT
from connectors.readers.web import Web

REDIRECT = f"http://localhost:{PORT}/callback"
_FACEBOOK_SCOPES = "pages_read_engagement,pages_show_list"
_INSTAGRAM_SCOPES = "instagram_basic,pages_read_engagement,pages_show_list"
_SYSTEM_USER = """\
1. Create an app of type "Business" at https://developers.facebook.com/apps, in your company's business portfolio. App settings > Basic has
   its App ID and App Secret.
2. Business settings (business.facebook.com/settings) > Users > System users > Add: a system user with the role Employee.
3. Assign assets: {asset}, with the permission to view insights; and the app of step 1.
4. Generate token: choose the app, "Never" expires, and the permissions {scopes}.
{where}

Without a system user leave the token empty: a browser opens, in which somebody with a role on it consents (redirect address, to be put into
the app under Facebook Login > Settings: {redirect}). That token lasts 60 days and is exchanged in time, but Meta
wants to see the person every 90 days; `okr status --sources` reminds you 14 days before."""
_FACEBOOK_TEXT = (
    "A Facebook page is read with the token of a system user of your business, which has no end.\n\n"
    + _SYSTEM_USER.format(
        asset="the page",
        scopes=_FACEBOOK_SCOPES.replace(",", ", "),
        where="5. The number of the page: its page > About > Page transparency.",
        redirect=REDIRECT,
    )
)
_INSTAGRAM_TEXT = (
    "Instagram tells the followers of a professional account that is linked to a Facebook page, by Meta's Graph API.\n\n"
    + _SYSTEM_USER.format(
        asset="the page and the Instagram account",
        scopes=_INSTAGRAM_SCOPES.replace(",", ", "),
        where="5. The id of the account: Business settings > Accounts > Instagram accounts. It begins with 17841.",
        redirect=REDIRECT,
    )
)


def facebook_app(app_id: str, app_secret: str) -> MetaApp:
    """For pages."""
    return MetaApp("facebook", _FACEBOOK_SCOPES, "name", app_id, app_secret)


def instagram_app(app_id: str, app_secret: str) -> MetaApp:
    """For professional accounts."""
    return MetaApp("instagram", _INSTAGRAM_SCOPES, "username", app_id, app_secret)


_APPS = {"facebook": facebook_app, "instagram": instagram_app}
_IDS = {"facebook": ("page_ids", "104857612345678"), "instagram": ("account_ids", "17841405309211844")}
_LABELS = {"facebook": "Facebook", "instagram": "Instagram"}


def _attempt(source: str, run: SourceRun, given: Mapping[str, str]) -> str:
    name, example = _IDS[source]
    accounts = listed(source, name, given[name], looks_like=example, fits=str.isdigit)
    if not given.get("access_token"):
        raise SettingError(
            f"{source}: there is no token yet. Give that of a system user, or run `okr connect {source} --consent`."
        )
    web = Web(source, given.get("api_base", ""), run)
    calls = MetaCalls(_APPS[source](given["app_id"], given["app_secret"]), given["access_token"], web, run)
    found = [calls.count(account) for account in accounts]
    told = ", ".join(f"{each.account} has {each.followers:,} followers" for each in found)
    return f"{_LABELS[source]} answers: {told}."


def _question(source: str, run: SourceRun, given: Mapping[str, str]) -> MetaQuestion:
    base = given.get("api_base", "")
    app = _APPS[source](given["app_id"], given["app_secret"])
    return MetaQuestion(app, REDIRECT, base, run)


def _connect(source: str, text: str, prompt: str) -> Connect:
    name, example = _IDS[source]
    asked = (
        Asked(name, prompt, example),
        Asked("app_id", "App ID", "1234567890123456"),
        Asked("app_secret", "App Secret", secret=True),
        Asked("access_token", "Token of the system user", secret=True, required=False),
    )
    return Connect(
        text,
        asked,
        lambda run, given: _attempt(source, run, given),
        Consent(lambda run, given: _question(source, run, given), ("access_token",), unless="access_token"),
    )


FACEBOOK = _connect("facebook", _FACEBOOK_TEXT, "Number of the page")
INSTAGRAM = _connect("instagram", _INSTAGRAM_TEXT, "Id of the account")
