"""The requests of one visit to one Google spreadsheet: never more than four, and none repeated; whoever comes next tries again.

Over Google's own login library and plain REST: gspread looks for a maintainer and retries for ever, the official client
weighs 111 MB, and both hide the requests that are counted here. A 401 is not met with a new token, since tokens are signed on the spot.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlencode

import orjson
import requests
from google.auth.exceptions import GoogleAuthError
from google.auth.transport.requests import AuthorizedSession

from connectors.errors import CredentialError, RetriableError
from connectors.readers.patience import asked_wait
from connectors.spreadsheets.cells import Matrix
from connectors.spreadsheets.failures import Said, failure, said_in

READ_ONLY = "https://www.googleapis.com/auth/spreadsheets.readonly"
API = "https://sheets.googleapis.com"
MOST_REQUESTS = 4
CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 120.0  # Google itself ends a request after 180
_ID = re.compile(r"(?:/spreadsheets/(?:u/\d+/)?d/)?([A-Za-z0-9_-]{20,})")


def spreadsheet_id(text: str) -> str:
    """Out of the link in a browser, or the id itself; empty when it is neither. Links of published copies (/d/e/) name none."""
    found = _ID.search(text) if "/" in text else _ID.fullmatch(text)
    return "" if found is None or "/d/e/" in text else found[1]


class ReadingCalls:
    """Use it as a context manager; `used` counts the requests that left."""

    def __init__(
        self, account: Any, spreadsheet: str, key_setting: str, *, api_base: str = "", seconds: float = ANSWER_SECONDS
    ) -> None:
        self.email = str(account.service_account_email)
        self.used = 0
        self._session: Any = AuthorizedSession(  # type: ignore[no-untyped-call]
            account.with_always_use_jwt_access(True), refresh_status_codes=()
        )
        self._address = f"{api_base or API}/v4/spreadsheets/{quote(spreadsheet, safe='')}"
        self._key_setting = key_setting
        self._seconds = seconds

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session.close()

    @property
    def left(self) -> int:
        return MOST_REQUESTS - self.used

    def titles(self) -> list[str]:
        """The names of the tabs."""
        fields = urlencode({"fields": "sheets.properties"})
        found: list[str] = self.call(
            "GET", f"?{fields}", None, lambda answer: [str(each["properties"]["title"]) for each in answer["sheets"]]
        )
        return found

    def read(self, ranges: Sequence[str]) -> list[Matrix]:
        """What stands in each range, numbers as numbers, rows without their blank ends."""
        query = urlencode(
            {"ranges": ranges, "valueRenderOption": "UNFORMATTED_VALUE", "dateTimeRenderOption": "SERIAL_NUMBER"},
            doseq=True,
        )
        found = self.call("GET", f"/values:batchGet?{query}", None, lambda answer: answer["valueRanges"])
        return [each.get("values", []) for each in as_many(found, ranges)]

    def call(self, method: str, path: str, body: dict[str, Any] | None, understood: Callable[[Any], Any]) -> Any:
        """One request; `understood` takes the answer apart, KeyError and the like when it is another one."""
        if not self.left:
            raise RuntimeError("more requests than one run may make")
        self.used += 1
        content = None if body is None else orjson.dumps(body)
        try:
            response = self._session.request(
                method,
                self._address + path,
                data=content,
                headers={"content-type": "application/json", "user-agent": "okr-numbers (gzip)"},
                timeout=(CONNECT_SECONDS, self._seconds),
                allow_redirects=False,
            )
        except GoogleAuthError as problem:
            raise CredentialError(
                f"the key in {self._key_setting} signs no token ({type(problem).__name__})."
            ) from None
        except requests.RequestException as problem:
            raise RetriableError(
                f"no complete answer from Google Sheets ({type(problem).__name__}). Check the network; the next try goes on."
            ) from None
        return self._read_answer(response, understood, writing=method == "POST")

    def _read_answer(self, response: requests.Response, understood: Callable[[Any], Any], *, writing: bool) -> Any:
        try:
            content = orjson.loads(response.content)
        except orjson.JSONDecodeError:
            content = None
        words, reason = said_in(content)
        if response.status_code != 200 or words:
            status = response.status_code if response.status_code != 200 else 500
            said = Said(status, words or response.reason, reason, asked_wait(response.headers), writing)
            raise failure(said, self.email, self._key_setting)
        try:
            return understood(content)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError):
            raise RetriableError(
                "Google Sheets answered 200, but not with what was asked for. A proxy may stand between; the next try goes on."
            ) from None


def as_many(found: Sequence[Any], asked: Iterable[Any]) -> Sequence[Any]:
    """`found`, when it answers each of what was asked for."""
    if len(found) != len(list(asked)):
        raise RetriableError("Google Sheets answered 200, but left something out. The next try goes on.")
    return found
