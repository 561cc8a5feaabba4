"""The calls to Typeform. About two a second are allowed; it says no Retry-After.

Responses come newest first and are paged backwards by the token of the last one read (`before`), which may not be combined with `sort`;
so answers that arrive meanwhile move nothing. `page_count` does not page, and `total_items` counts all that fit, not the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from connectors.contract import SourceRun
from connectors.errors import ConnectorError, ContractError, CredentialError, ForbiddenError, RetriableError
from connectors.readers.json_pages import parse
from connectors.readers.web import Reply, Web, usual

HOSTS = {"us": "https://api.typeform.com", "eu": "https://api.eu.typeform.com"}
TOKEN_SETTING = "SOURCES__TYPEFORM__ACCESS_TOKEN"  # noqa: S105 - the name of the setting
FORMS_A_PAGE, RESPONSES_A_PAGE = 200, 1000
_PAUSE = 2.0


class GoneError(ContractError):
    """What is asked for is not there: deleted, not the token's, or in another data centre."""


class TypeformCalls:
    """One account during one run."""

    def __init__(self, access_token: str, host: str, api_base: str, run: SourceRun) -> None:
        self._web = Web("typeform", api_base, run)
        self._host = host.rstrip("/")
        self._token = access_token
        self._run = run
        self.started: datetime | None = None

    def document(self, path: str, schema: Any) -> dict[str, Any]:
        """One object, `schema` naming the members wanted."""
        return self._ask(path, {}, schema)

    def forms(self, schema: Any) -> list[dict[str, Any]]:
        """Every form, by pages that are numbered."""
        found: list[dict[str, Any]] = []
        while True:
            asked = {"page_size": str(FORMS_A_PAGE), "page": str(len(found) // FORMS_A_PAGE + 1)}
            page = self._ask("forms", asked, schema)
            items = _items(page, "forms")
            found += items
            if len(items) < FORMS_A_PAGE:
                return _whole(found, page["total_items"], "forms")

    def responses(self, form_id: str, asked: Mapping[str, str], schema: Any) -> Iterator[list[dict[str, Any]]]:
        """Every page, newest first. A response that is deleted meanwhile makes a list that came short."""
        path = f"forms/{form_id}/responses"
        found: list[dict[str, Any]] = []
        expected: int | None = None
        before: dict[str, str] = {}
        while True:
            page = self._ask(path, {**asked, **before, "page_size": str(RESPONSES_A_PAGE)}, schema)
            items = _items(page, path)
            expected = page["total_items"] if expected is None else expected
            found += [{"id": item["token"]} for item in items]
            yield items
            if not items or len(found) >= (expected or 0):
                break
            if before.get("before") == items[-1]["token"]:
                raise ContractError(f"typeform: {path} gave the same page twice. Nothing was loaded.")
            before = {"before": items[-1]["token"]}
        _whole(found, expected, path)

    def _ask(self, path: str, asked: Mapping[str, str], schema: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}
        address = f"/{path}?{urlencode(asked)}" if asked else f"/{path}"
        reply = self._web.document(self._host, address, _failure, headers=headers, secrets=(self._token,))
        if self.started is None:
            self.started = reply.moment(self._run.now)
        return dict(parse(reply.body, schema, f"typeform: {path}").to_pylist()[0])


def _items(page: Mapping[str, Any], path: str) -> list[dict[str, Any]]:
    items = page["items"]
    if items is None:
        raise ContractError(f"typeform: {path} answered without `items`. Nothing was loaded.")
    if any(item is None or not (item.get("token") or item.get("id")) for item in items):
        raise ContractError(f"typeform: {path} answered with an entry that has no id. Nothing was loaded.")
    return list(items)


def _whole(found: list[dict[str, Any]], expected: int | None, path: str) -> list[dict[str, Any]]:
    if len({row["id"] for row in found}) < (expected or 0):
        raise RetriableError(
            f"typeform: {path}: {len(found)} of {expected} came, because the list moved while it was read. Nothing was loaded; the next "
            "run reads again."
        )
    return found


def _failure(reply: Reply) -> ConnectorError:
    words = reply.content.get("description")
    code = str(reply.content.get("code", ""))
    if reply.status == 401 or (reply.status == 403 and code == "AUTHENTICATION_FAILED"):
        return CredentialError(
            f"{reply.where}{reply.quoted(words)}. The token is not accepted. Check {TOKEN_SETTING} (scopes forms:read, responses:read); a "
            "token belongs to one data centre, see SOURCES__TYPEFORM__DATA_CENTRE."
        )
    if reply.status == 403:
        return ForbiddenError(
            f"{reply.where}{reply.quoted(words)}. The token may not read this. Give the one behind {TOKEN_SETTING} the scopes "
            "forms:read and responses:read."
        )
    if reply.status == 404:
        return GoneError(
            f"{reply.where}{reply.quoted(words)}. It is not there; forms of European accounts lie elsewhere, see "
            "SOURCES__TYPEFORM__DATA_CENTRE. Nothing was loaded."
        )
    return usual(reply, words, pause=_PAUSE)
