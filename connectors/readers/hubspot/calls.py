"""The calls to HubSpot: each answers fully or raises, and none can hang, retry behind our back or keep an old token.

hubspot-api-client 12 has no timeout, sends no POST twice, sleeps on `Retry-After` as seconds where HubSpot means milliseconds,
and turns a 200 with a login page into "no results, last page". So it only builds and sends the requests here: its retries are
off, its parsing is off (`_preload_content=False` hands over the raw response), and its API objects are kept, because each
access to one opens a new connection pool.

API_VERSION is v3, the only one this client speaks. HubSpot stops supporting v1-v3 in September 2027; its dated versions
(2026-09) are the successor, and the official SDK that speaks them is still an alpha.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any

import hubspot
import urllib3
from hubspot.crm.objects import ApiException as ObjectsError
from hubspot.crm.owners import ApiException as OwnersError
from hubspot.crm.pipelines import ApiException as PipelinesError
from hubspot.crm.properties import ApiException as PropertiesError
from hubspot.marketing.emails import ApiException as EmailsError

from connectors.contract import SourceRun
from connectors.errors import RetriableError
from connectors.readers.hubspot.failures import failure
from connectors.readers.limits import HUBSPOT, Limiter, hubspot_rate
from connectors.readers.patience import Answer, patiently

API_VERSION = "v3"
API_SUNSET = date(2027, 9, 1)
"""HubSpot says September 2027, and no day."""
HOST = "https://api.hubapi.com"
CONNECT_SECONDS = 10.0
LIST_LIMIT = 100
HISTORY_LIMIT = 50
"""With `propertiesWithHistory` HubSpot answers 400 to anything bigger, both in lists and in batches."""
SEARCH_LIMIT = 200


class HubSpotCalls:
    """One account during one run, for all threads. `read` turns a body into what the caller wants, and is part of what is tried again."""

    def __init__(self, access_token: str, api_base: str, run: SourceRun) -> None:
        client = hubspot.HubSpot(access_token=access_token, host=api_base.rstrip("/"), retry=False)
        self._lists = client.crm.objects.basic_api
        self._searches = client.crm.objects.search_api
        self._batches = client.crm.objects.batch_api
        self._owners = client.crm.owners.owners_api
        self._pipelines = client.crm.pipelines.pipelines_api
        self._properties = client.crm.properties.core_api
        self._emails = client.marketing.emails.marketing_emails_api
        self._token = access_token
        self._run = run
        self.limiter = Limiter(HUBSPOT, run)
        self.started: datetime | None = None

    def list_page(
        self,
        kind: str,
        scope: str,
        read: Callable[[bytes], Answer],
        *,
        properties: Sequence[str],
        history: Sequence[str] = (),
        after: str | None = None,
        archived: bool = False,
    ) -> Answer:
        """One page of the primary store, which knows everything at once and has no cap."""
        asked: dict[str, Any] = {
            "properties": [",".join(properties)],
            "limit": HISTORY_LIMIT if history else LIST_LIMIT,
        }
        asked |= {"properties_with_history": [",".join(history)]} if history else {}
        asked |= {"after": after} if after else {}
        asked |= {"archived": "true"} if archived else {}
        return self._answer(
            f"/crm/{API_VERSION}/objects/{kind}", scope, lambda **how: self._lists.get_page(kind, **asked, **how), read
        )

    def search(self, kind: str, scope: str, body: dict[str, Any], read: Callable[[bytes], Answer]) -> Answer:
        """One search. It never shows archived records, and lags some moments behind the primary store."""
        path = f"/crm/{API_VERSION}/objects/{kind}/search"
        return self._answer(path, scope, lambda **how: self._searches.do_search(kind, body, **how), read, search=True)

    def batch(
        self,
        kind: str,
        scope: str,
        ids: Sequence[str],
        read: Callable[[bytes], Answer],
        *,
        properties: Sequence[str],
        history: Sequence[str],
    ) -> Answer:
        """Up to `LIST_LIMIT` records (`HISTORY_LIMIT` with history) by id, from the primary store; unknown ids are left out."""
        body = {
            "inputs": [{"id": i} for i in ids],
            "properties": list(properties),
            "propertiesWithHistory": list(history),
        }
        path = f"/crm/{API_VERSION}/objects/{kind}/batch/read"
        return self._answer(path, scope, lambda **how: self._batches.read(kind, body, **how), read)

    def owners(self, read: Callable[[bytes], Answer], *, after: str | None, archived: bool) -> Answer:
        """One page of owners; those who left are a list of their own."""
        asked: dict[str, Any] = (
            {"limit": LIST_LIMIT} | ({"after": after} if after else {}) | ({"archived": "true"} if archived else {})
        )
        path = f"/crm/{API_VERSION}/owners"
        return self._answer(path, "crm.objects.owners.read", lambda **how: self._owners.get_page(**asked, **how), read)

    def account(self, read: Callable[[bytes], Answer]) -> Answer:
        """What the account is; the client has no method for it, so its own way of sending a request is used."""
        path = f"/account-info/{API_VERSION}/details"
        ask = partial(self._owners.api_client.call_api, path, "GET", header_params={"Accept": "application/json"})
        return self._answer(path, "oauth", lambda **how: ask(auth_settings=["oauth2"], **how), read)

    def pipelines(self, kind: str, scope: str, read: Callable[[bytes], Answer]) -> Answer:
        """All pipelines of an object type, in one answer."""
        path = f"/crm/{API_VERSION}/pipelines/{kind}"
        return self._answer(path, scope, lambda **how: self._pipelines.get_all(kind, **how), read)

    def properties(self, kind: str, scope: str, read: Callable[[bytes], Answer]) -> Answer:
        """All properties of an object type, in one answer."""
        path = f"/crm/{API_VERSION}/properties/{kind}"
        return self._answer(path, scope, lambda **how: self._properties.get_all(kind, **how), read)

    def marketing_emails(self, read: Callable[[bytes], Answer], *, after: str | None, archived: bool) -> Answer:
        """One page of the marketing e-mails; archived ones are a list of their own."""
        asked: dict[str, Any] = {"limit": LIST_LIMIT, "sort": ["createdAt"]} | ({"after": after} if after else {})
        asked |= {"archived": "true"} if archived else {}
        path = f"/marketing/{API_VERSION}/emails"
        return self._answer(path, "content", lambda **how: self._emails.get_page(**asked, **how), read)

    def _answer(
        self,
        path: str,
        scope: str,
        send: Callable[..., Any],
        read: Callable[[bytes], Answer],
        *,
        search: bool = False,
    ) -> Answer:
        def once() -> Answer:
            try:
                with self.limiter.call(search=search):
                    response = send(
                        _preload_content=False, _request_timeout=(CONNECT_SECONDS, self._run.answer_seconds)
                    )
                    body: bytes = response.data
            except (ObjectsError, OwnersError, PipelinesError, PropertiesError, EmailsError) as problem:
                raise failure(path, scope, problem, self._token) from None
            except UnicodeDecodeError as problem:
                # The client decodes the body of an error before it raises it; the error itself is then the context.
                raise failure(path, scope, problem.__context__, self._token) from None
            except urllib3.exceptions.HTTPError as problem:
                raise RetriableError(
                    f"hubspot: no complete answer from {path} ({type(problem).__name__}). "
                    "Check the network and SOURCES__HUBSPOT__API_BASE; the next run reads again."
                ) from None
            self._note_moment(response.headers.get("Date"))
            self.limiter.learn(hubspot_rate(response.headers))
            return read(body)

        return patiently(once, self._run.wait)

    def _note_moment(self, date_header: str | None) -> None:
        """The server's clock at the first answer: everything changed before it is read by the end of the run."""
        if self.started is None:
            self.started = parsedate_to_datetime(date_header).astimezone(UTC) if date_header else self._run.now
