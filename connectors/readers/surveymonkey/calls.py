"""The calls to SurveyMonkey: paged, and never more than its limits allow, which it tells with every answer.

A private app has 120 calls a minute and 500 a day, until midnight GMT. It says no Retry-After; the headers count the seconds to the next
window. A page's `links.next` is followed by its path only, so that an answer can send nobody elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from connectors.contract import SourceRun
from connectors.errors import ConnectorError, ContractError, CredentialError, ForbiddenError, RetriableError
from connectors.readers.json_pages import parse
from connectors.readers.web import Reply, Web, usual

API_VERSION = "v3"
HOST = "https://api.surveymonkey.com"
TOKEN_SETTING = "SOURCES__SURVEYMONKEY__ACCESS_TOKEN"  # noqa: S105 - the name of the setting
PAGE_SIZE = 100
_MINUTE = 30.0
_DAY = 86_400.0


class GoneError(ContractError):
    """What is asked for is not there: deleted, or not shared with the token's user."""


class SurveyMonkeyCalls:
    """One account during one run."""

    def __init__(self, access_token: str, host: str, api_base: str, run: SourceRun) -> None:
        self._web = Web("surveymonkey", api_base, run)
        self._host = host.rstrip("/")
        self._token = access_token
        self._run = run
        self._pause = 0.0
        self._used_up = ""
        self.started: datetime | None = None

    def document(self, path: str, schema: Any) -> dict[str, Any]:
        """One object, `schema` naming the members wanted."""
        reply = self._ask(f"/{API_VERSION}/{path}")
        return dict(parse(reply.body, schema, f"surveymonkey: {path}").to_pylist()[0])

    def pages(self, path: str, asked: Mapping[str, str], item: Any, schema: Any) -> Iterator[list[dict[str, Any]]]:
        """Every page of a list of `item`s. ContractError when one is no list or when fewer come than it counts."""
        address = f"/{API_VERSION}/{path}?{urlencode(asked)}"
        ids: set[str] = set()
        while True:
            page = parse(self._ask(address).body, schema, f"surveymonkey: {path}").to_pylist()[0]
            rows = _items(page, path)
            ids.update(row["id"] for row in rows)
            yield rows
            following = (page["links"] or {}).get("next")
            if not following:
                break
            parts = urlsplit(following)
            if f"{parts.path}?{parts.query}" == address:
                raise ContractError(f"surveymonkey: {path} gave the same page twice. Nothing was loaded.")
            address = f"{parts.path}?{parts.query}"
        if len(ids) < (page["total"] or 0):
            raise RetriableError(
                f"surveymonkey: {path}: {len(ids)} of {page['total']} came, because the list moved while it was read. Nothing was loaded; "
                "the next run reads again."
            )

    def _ask(self, address: str) -> Reply:
        self._respect_limits()
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}
        reply = self._web.document(self._host, address, _failure, headers=headers, secrets=(self._token,))
        if "errmsg" in reply.content:
            raise _refused(reply, str(reply.content["errmsg"]))
        if self.started is None:
            self.started = reply.moment(self._run.now)
        self._note_limits(reply)
        return reply

    def _respect_limits(self) -> None:
        if self._used_up:
            raise RetriableError(self._used_up, retry_after=_DAY)
        if self._pause:
            self._run.wait(self._pause)
            self._pause = 0.0

    def _note_limits(self, reply: Reply) -> None:
        """Before the next call, not after it was refused: three days of overshooting within a month cost the app its access."""
        if _limit(reply, "Day", "Remaining") == 0:
            self._used_up = (
                "surveymonkey: the app's calls of today are used up (500 for a private app); the next run goes on."
            )
        if _limit(reply, "Minute", "Remaining") == 0:
            self._pause = _limit(reply, "Minute", "Reset") or _MINUTE


def _items(page: Mapping[str, Any], path: str) -> list[dict[str, Any]]:
    rows = page["data"]
    if rows is None:
        raise ContractError(f"surveymonkey: {path} answered without `data`. Nothing was loaded.")
    if any(row is None or not row["id"] for row in rows):
        raise ContractError(f"surveymonkey: {path} answered with an entry that has no id. Nothing was loaded.")
    return list(rows)


def _limit(reply: Reply, window: str, what: str) -> float | None:
    """A number of its headers; None where it is not told."""
    name = f"x-ratelimit-app-global-{window}-{what}".lower()
    text = next((value for header, value in reply.headers.items() if header.lower() == name), "")
    return float(text) if text.isdigit() else None


def _failure(reply: Reply) -> ConnectorError:
    said = reply.content.get("error")
    words = said.get("message") if isinstance(said, dict) else reply.content.get("errmsg")
    match reply.status:
        case 401:
            return _refused(reply, words)
        case 403:
            return ForbiddenError(
                f"{reply.where}{reply.quoted(words)}. The token may not read this. Give the app behind {TOKEN_SETTING} the scopes "
                "surveys_read and responses_read_detail; answers can be read with a paid plan only."
            )
        case 404:
            return GoneError(f"{reply.where}{reply.quoted(words)}. It is not there. Nothing was loaded.")
        case 429 if _limit(reply, "Day", "Remaining") == 0:
            pause = _limit(reply, "Day", "Reset") or _DAY
            return RetriableError(
                f"{reply.where}{reply.quoted(words)}. The app's calls of today are used up; the next run goes on.",
                retry_after=pause,
            )
    return usual(reply, words, pause=_limit(reply, "Minute", "Reset") or _MINUTE)


def _refused(reply: Reply, words: object) -> CredentialError:
    return CredentialError(
        f"{reply.where}{reply.quoted(words)}. The token is not accepted. Check {TOKEN_SETTING} (scopes surveys_read, "
        "responses_read_detail); an app that stays a draft loses its token after 90 days."
    )
