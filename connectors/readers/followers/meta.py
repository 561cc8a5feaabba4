"""Meta's Graph API, for Facebook pages and Instagram accounts: one node, a few fields, a token that is exchanged for a younger one.

Throttling comes as a 400 or 403 with a code in the body, so the code decides, never the status. A token of a system user has no end; a
person's lasts 60 days and is exchanged when half of them are gone; whatever is exchanged, Meta lets an app see data only for 90
days after the person was last there (`data_access_expires_at`). The token goes into a header: an address ends up in logs.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import orjson
import pyarrow as pa

from connectors.contract import SourceRun
from connectors.errors import ConnectorError, ContractError, CredentialError, FatalError, ForbiddenError, RetriableError
from connectors.readers.followers.samples import Count
from connectors.readers.json_pages import parse
from connectors.readers.settings import environment_name
from connectors.readers.tokens.access import Access, RejectedTokenError, Renewal
from connectors.readers.tokens.grant import Grant
from connectors.readers.tokens.oauth import App, consent_of
from connectors.readers.web import Reply, Web, usual

API_VERSION = "v25.0"
API_SUNSET = date(2028, 7, 29)
HOST, LOGIN = "https://graph.facebook.com", "https://www.facebook.com"
RENEW_EARLY = timedelta(days=30)
_BUSY = {4, 17, 32, 341, 613, *range(80000, 80015)}
_PASSING = {1, 2}
_WHY = {
    458: "the app was removed by the person",
    459: "Meta wants the person to log in first",
    460: "the person's password has changed",
    463: "it has run out",
    467: "it was taken back",
}
_DEBUG = pa.schema(
    [
        (
            "data",
            pa.struct([("expires_at", pa.int64()), ("data_access_expires_at", pa.int64()), ("is_valid", pa.bool_())]),
        )
    ]
)
_EXCHANGED = pa.schema([("access_token", pa.string()), ("expires_in", pa.int64())])


@dataclass(frozen=True)
class MetaApp:
    """The app, and for which channel: `scopes` are what its token needs, `ids` the setting that names the accounts."""

    source: str
    scopes: str
    name_field: str
    app_id: str
    app_secret: str = field(repr=False)

    def oauth(self, api_base: str = "") -> App:
        """For the consent in a browser."""
        login = api_base.rstrip("/") or LOGIN
        return App(
            self.source,
            self.app_id,
            self.app_secret,
            f"{login}/{API_VERSION}/dialog/oauth",
            HOST,
            f"/{API_VERSION}/oauth/access_token",
            self.scopes,
        )


class MetaCalls:
    """The accounts of one token, during one run."""

    def __init__(self, app: MetaApp, access_token: str, web: Web, run: SourceRun) -> None:
        self._app = app
        self._web = web
        self._run = run
        self.access = Access(
            app.source, consent_of(access_token=access_token), Renewal(self.younger, RENEW_EARLY, self.known), run
        )

    def count(self, account: str) -> Count:
        """`followers_count` is what the network shows; a page's likes are another number."""
        name = self._app.name_field
        schema = pa.schema([("id", pa.string()), ("followers_count", pa.int64()), (name, pa.string())])
        found = self.access.call(lambda token: self._get(account, token, {"fields": f"followers_count,{name}"}, schema))
        if found["followers_count"] is None:
            raise ContractError(
                f"{self._app.source}: {account} answered without `followers_count`. Is it the id of the account? Nothing was loaded."
            )
        return Count(found["id"] or account, found[name] or account, found["followers_count"])

    def known(self, grant: Grant) -> Grant:
        """Until when a token lasts that the settings brought."""
        app_token = f"{self._app.app_id}|{self._app.app_secret}"
        form = {"input_token": grant.access_token}
        data = self._post("debug_token", form, {"Authorization": f"Bearer {app_token}"}, grant, _DEBUG)["data"]
        if data is None:
            raise ContractError(f"{self._app.source}: debug_token answered without `data`. Nothing was loaded.")
        ends, seen_until = (_moment(data[name]) for name in ("expires_at", "data_access_expires_at"))
        # what never ends is not exchanged
        again = grant.access_token if ends is not None else ""
        return replace(
            grant,
            refresh_token=again,
            access_ends=ends,
            refresh_ends=ends,
            consent_ends=seen_until,
            obtained_at=self._run.now,
        )

    def younger(self, grant: Grant) -> Grant:
        """The same token with a later end."""
        form = {
            "grant_type": "fb_exchange_token",
            "client_id": self._app.app_id,
            "client_secret": self._app.app_secret,
            "fb_exchange_token": grant.access_token,
        }
        found = self._post("oauth/access_token", form, {}, grant, _EXCHANGED)
        if not found["access_token"]:
            raise ContractError(f"{self._app.source}: oauth/access_token answered without `access_token`.")
        return replace(self.known(replace(grant, access_token=found["access_token"])), renewing_since=None)

    def _get(self, node: str, token: str, asked: Mapping[str, str], schema: Any) -> dict[str, Any]:
        proof = hmac.new(self._app.app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()
        path = f"/{API_VERSION}/{node}?{urlencode({**asked, 'appsecret_proof': proof})}"
        headers = {"Authorization": f"Bearer {token}"}
        read = self._reading(node, schema)
        return self._web.get(HOST, path, self._failure, read, headers=headers, secrets=(token, proof))

    def _post(
        self, path: str, form: Mapping[str, str], headers: Mapping[str, str], grant: Grant, schema: Any
    ) -> dict[str, Any]:
        hidden = (grant.access_token, self._app.app_secret)
        read = self._reading(path, schema)
        return self._web.post(
            HOST, f"/{API_VERSION}/{path}", self._failure, read, form=form, headers=headers, secrets=hidden
        )

    def _reading(self, what: str, schema: Any) -> Callable[[bytes], dict[str, Any]]:
        """An error may hide inside a 200."""

        def read(body: bytes) -> dict[str, Any]:
            if b'"error"' in body[:100]:
                raise ContractError(
                    f"{self._app.source}: {what} answered 200 with an error inside. Nothing was loaded."
                )
            row: dict[str, Any] = parse(body, schema, f"{self._app.source}: {what}").to_pylist()[0]
            return row

        return read

    def _failure(self, reply: Reply) -> ConnectorError:
        problem = reply.content.get("error")
        problem = problem if isinstance(problem, dict) else {}
        code, words = int(problem.get("code") or 0), problem.get("message")
        where = f"{reply.where}{reply.quoted(words)}"
        if code == 190 or (code == 0 and reply.status == 401):
            return self._rejected(where, int(problem.get("error_subcode") or 0))
        if code == 10 or 200 <= code < 300:
            return ForbiddenError(
                f"{where}. The token may not read this account: it needs the scopes {self._app.scopes} (permissions, Meta calls them), and "
                "the system user or person a role on it."
            )
        if code in _BUSY:
            return RetriableError(f"{where}. Too many calls; the next run reads again.", retry_after=_regained(reply))
        if code in _PASSING:
            return RetriableError(f"{where}. The vendor has a problem of its own; the next run reads again.")
        return _final(where, code) or usual(reply, words)

    def _rejected(self, where: str, subcode: int) -> CredentialError:
        why = f": {_WHY[subcode]}" if subcode in _WHY else ""
        return RejectedTokenError(
            f"{where}. The token is not accepted{why}. Check {environment_name(self._app.source, 'access_token')} (scopes "
            f"{self._app.scopes}), or consent again: `okr connect {self._app.source}`."
        )


def _final(where: str, code: int) -> ConnectorError | None:
    if code == 368:
        return FatalError(f"{where}. Meta has blocked the app for its policies: see the app's dashboard.")
    if code == 100:
        return ContractError(
            f"{where}. Meta does not know what is asked for. Check the ids of the accounts. Nothing was loaded."
        )
    return None


def _moment(seconds: int | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def _regained(reply: Reply) -> float:
    """Meta's own header, in minutes; else an hour, the length of its window."""
    if reply.asked_wait is not None:
        return reply.asked_wait
    text = next((v for name, v in reply.headers.items() if name.lower() == "x-business-use-case-usage"), "{}")
    try:
        uses = [use for each in orjson.loads(text).values() for use in each]
        minutes = max((float(use.get("estimated_time_to_regain_access") or 0) for use in uses), default=0.0)
    except (orjson.JSONDecodeError, AttributeError, TypeError, ValueError):
        minutes = 0.0
    return minutes * 60 or 3_600.0
