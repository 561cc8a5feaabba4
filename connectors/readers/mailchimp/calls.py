"""The calls to Mailchimp, one at a time: ten at once are allowed for the whole account, and everybody else uses it too.

Lists are paged by offset, ten to a page unless asked for more, and sorted explicitly, because the order is not promised. Too much traffic
is answered with a 429 or, at the wall in front, with a bare 403 that has no JSON. That one is about time, a 403 with JSON about rights.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from connectors.contract import SourceRun
from connectors.errors import (
    ConnectorError,
    ContractError,
    CredentialError,
    ForbiddenError,
    RetriableError,
    SettingError,
)
from connectors.readers.json_pages import parse
from connectors.readers.web import Reply, Web, usual

API_VERSION = "3.0"
KEY_SETTING = "SOURCES__MAILCHIMP__API_KEY"
PAGE_SIZE = 1000
_PAUSE = 10.0


def data_centre(api_key: str) -> str:
    """The end of the key says where the account lies: `...-us21`."""
    _, dash, name = api_key.rpartition("-")
    if not dash or not name.isalnum() or not name[:2].isalpha() or not name[2:].isdigit():
        raise SettingError(
            f"mailchimp: {KEY_SETTING} does not end like a key: with a dash and the data centre, as in -us21. Copy the whole key."
        )
    return name


class MailchimpCalls:
    """One account during one run."""

    def __init__(self, api_key: str, api_base: str, run: SourceRun) -> None:
        self._web = Web("mailchimp", api_base, run)
        self._host = f"https://{data_centre(api_key)}.api.mailchimp.com"
        self._key = api_key
        self._run = run
        self.started: datetime | None = None

    def listed(self, path: str, member: str, asked: Mapping[str, str], item: Any) -> list[dict[str, Any]]:
        """Everything in a list of `item`s. ContractError when it is no list, RetriableError when fewer come than it counts."""
        import pyarrow as pa

        schema = pa.schema([(member, pa.list_(item)), ("total_items", pa.int64())])
        found: list[dict[str, Any]] = []
        while True:
            paged = {**asked, "count": str(PAGE_SIZE), "offset": str(len(found))}
            page = self._ask(path, paged, schema)
            items = page[member]
            if items is None:
                raise ContractError(f"mailchimp: {path} answered without `{member}`. Nothing was loaded.")
            found += items
            self._run.on_rows(path, len(found), page["total_items"])
            if not items or len(found) >= (page["total_items"] or 0):
                break
        if len(found) < (page["total_items"] or 0):
            raise RetriableError(
                f"mailchimp: {path}: {len(found)} of {page['total_items']} came, because the list moved while it was read. Nothing was "
                "loaded; the next run reads again."
            )
        return found

    def _ask(self, path: str, asked: Mapping[str, str], schema: Any) -> dict[str, Any]:
        login = base64.b64encode(f"okr:{self._key}".encode()).decode()
        address = f"/{API_VERSION}/{path}?{urlencode(asked)}"
        headers = {"Authorization": f"Basic {login}", "Accept": "application/json"}
        reply = self._web.document(self._host, address, _failure, headers=headers, secrets=(self._key, login))
        if self.started is None:
            self.started = reply.moment(self._run.now)
        return dict(parse(reply.body, schema, f"mailchimp: {path}").to_pylist()[0])


def _failure(reply: Reply) -> ConnectorError:
    words = reply.content.get("detail") or reply.content.get("title")
    if reply.status == 401:
        return CredentialError(
            f"{reply.where}{reply.quoted(words)}. The key is not accepted. Check {KEY_SETTING}: it must not be revoked, and ends with the "
            "account's data centre."
        )
    if reply.status == 403 and not reply.content:
        return RetriableError(
            f"{reply.where}. Too much traffic from this account; the next run reads again.", retry_after=_PAUSE
        )
    if reply.status == 403:
        return ForbiddenError(
            f"{reply.where}{reply.quoted(words)}. The key may not read this. Its user needs the role (scope) Viewer or more, and must not "
            "be disabled."
        )
    return usual(reply, words, pause=_PAUSE)
