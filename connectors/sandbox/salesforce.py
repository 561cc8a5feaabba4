"""Salesforce as far as reading goes: OAuth tokens, REST query and queryAll, describe, and Bulk API 2.0 query jobs.

Whoever asks is told by the Host header: login.salesforce.com or the org's My Domain, which a client reaches here through an adapter that
rewrites https addresses. Sessions end when the clock says so or `expire_sessions()` is called.
"""

from __future__ import annotations

import base64
import itertools
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from connectors.sandbox.answer import Answer, Request, VendorError, json_answer
from connectors.sandbox.company.moments import MS_PER_DAY, MS_PER_HOUR, from_ms
from connectors.sandbox.salesforce_bulk import BulkJobs
from connectors.sandbox.salesforce_errors import TOO_MANY_TODAY, error, login_error, refuse, session_expired
from connectors.sandbox.salesforce_org import SalesforceOrg
from connectors.sandbox.salesforce_soql import Query, object_of, parse, run

MY_DOMAIN = "brightwater.my.salesforce.com"
CONSUMER_KEY = "3MVG9sandbox.brightwater"
CONSUMER_SECRET = "5A1E5F0C5A4DB0C5"  # noqa: S105 - opens nothing but the sandbox
USERNAME = "okr-numbers@brightwater.example"
VERSIONS = range(41, 69)
SESSION_MS, LOCATOR_MS = 2 * MS_PER_HOUR, 2 * MS_PER_DAY
_JWT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_making = threading.Lock()
_key: list[Any] = []


def _private_key() -> Any:
    """One for the process, made when first asked for: that takes a tenth of a second."""
    from cryptography.hazmat.primitives.asymmetric import rsa

    with _making:
        if not _key:
            _key.append(rsa.generate_private_key(public_exponent=65537, key_size=2048))
        return _key[0]


def login_settings(url: str) -> dict[str, str]:
    """What a user with client credentials sets, without the prefix SOURCES__."""
    return {
        "SALESFORCE__DOMAIN": MY_DOMAIN,
        "SALESFORCE__CONSUMER_KEY": CONSUMER_KEY,
        "SALESFORCE__CONSUMER_SECRET": CONSUMER_SECRET,
        "SALESFORCE__API_BASE": url,
    }


class SalesforceApi:
    """Answers for one org. `page_size` caps the pages of queries; they vary below it, as Salesforce's do for wide rows."""

    def __init__(self, org: SalesforceOrg) -> None:
        self.org = org
        self.bulk = BulkJobs(self._select)
        self.page_size = 2000
        self.daily_limit = 100_000
        self.hosts: set[str] = set()
        """Whom the records were asked of, by the Host header."""
        self._used = 0
        self._tokens: dict[str, int] = {}
        self._locators: dict[str, tuple[Query, list[str], int]] = {}
        self._numbers = itertools.count(1)

    def settings(self, url: str) -> dict[str, str]:
        """What a user with client credentials sets, without the prefix SOURCES__."""
        return login_settings(url)

    def private_key_file(self, folder: Path) -> Path:
        """The key whose certificate the org's app knows, for JWT bearer logins."""
        from cryptography.hazmat.primitives import serialization

        path = folder / "salesforce_key.pem"
        path.touch(mode=0o600)
        form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        path.write_bytes(_private_key().private_bytes(*form))
        return path

    def expire_sessions(self) -> None:
        """Every token handed out so far is refused from now on."""
        self._tokens.clear()

    def expire_locators(self) -> None:
        """Every list that somebody is in the middle of must be asked for anew."""
        self._locators.clear()

    def answer(self, request: Request) -> Answer:
        try:
            if request.path == "/services/oauth2/token":
                return self._log_in(request)
            if self._tokens.get(request.bearer or "", 0) <= self.org.clock.now_ms():
                return session_expired()
            self._used += 1
            self.hosts.add(request.headers.get("host", ""))
            if self._used > self.daily_limit:
                return error(403, "REQUEST_LIMIT_EXCEEDED", TOO_MANY_TODAY)
            with self.org.lock:
                answer = self._route(request)
        except VendorError as refused:
            answer = refused.answer
        answer.headers["Sforce-Limit-Info"] = f"api-usage={self._used}/{self.daily_limit}"
        return answer

    def _log_in(self, request: Request) -> Answer:
        host = request.headers.get("host", "")
        form = {name: values[-1] for name, values in parse_qs(request.body.decode()).items()}
        match form.get("grant_type"):
            case "client_credentials":
                refusal = _client_refusal(request, form, host)
            case grant if grant == _JWT:
                refusal = _assertion_refusal(form.get("assertion", ""))
            case _:
                refusal = login_error("unsupported_grant_type", "grant type not supported")
        if refusal is not None:
            return refusal
        token = f"00DR0000000sandbox!{next(self._numbers):024d}"
        self._tokens[token] = self.org.clock.now_ms() + SESSION_MS
        return json_answer(
            {"access_token": token, "instance_url": f"https://{MY_DOMAIN}", "token_type": "Bearer", "scope": "api"}
        )

    def _route(self, request: Request) -> Answer:
        parts = request.path.strip("/").split("/")
        match (request.method, *parts):
            case (_, "services", "data", version, *rest) if version[1:-2].isdigit():
                if int(version[1:-2]) not in VERSIONS:
                    return error(410, "UNSUPPORTED_API_VERSION", f"The requested version {version} is not supported.")
                return self._versioned(request, version, [part for part in rest if part])
        return error(404, "NOT_FOUND", "The requested resource does not exist")

    def _versioned(self, request: Request, version: str, rest: Sequence[str]) -> Answer:
        match (request.method, *rest):
            case ("GET", "query" | "queryAll" as way):
                return self._query(request, version, everything=way == "queryAll")
            case ("GET", "query" | "queryAll", locator):
                return self._more(locator, version)
            case ("GET", "sobjects", name, "describe"):
                return self._describe(name)
            case (_, "jobs", "query", *job):
                return self.bulk.answer(request, job)
        return error(404, "NOT_FOUND", "The requested resource does not exist")

    def _parsed(self, text: str) -> Query:
        name = object_of(text)
        if not self.org.sees(name):
            raise refuse("INVALID_TYPE", f"sObject type '{name}' is not supported.")
        return parse(text, self.org.objects[name], self.org.fields(name))

    def _select(self, text: str, everything: bool) -> tuple[str, tuple[str, ...], Mapping[str, str], Sequence[Any]]:
        query = self._parsed(text)
        found = run(query, self.org.rows(query.object_name, everything=everything))
        return query.object_name, query.fields, self.org.fields(query.object_name), found

    def _query(self, request: Request, version: str, *, everything: bool) -> Answer:
        query = self._parsed(request.query.get("q", ""))
        found = run(query, self.org.rows(query.object_name, everything=everything))
        if not query.fields:
            return json_answer({"totalSize": len(found), "done": True, "records": []})
        locator = f"0r8R{next(self._numbers):011d}AAA"
        self._locators[locator] = (query, [row["Id"] for row in found], self.org.clock.now_ms() + LOCATOR_MS)
        return self._page(locator, 0, _batch_size(request), version)

    def _more(self, place: str, version: str) -> Answer:
        locator, _, rest = place.partition("-")
        begin, _, size = rest.partition("-")
        known = self._locators.get(locator)
        if known is None or known[2] <= self.org.clock.now_ms() or not begin.isdigit():
            raise refuse("INVALID_QUERY_LOCATOR", "invalid query locator")
        return self._page(locator, int(begin), int(size or 2000), version)

    def _page(self, locator: str, begin: int, batch: int, version: str) -> Answer:
        """The list of ids stands from the first page on; the values are those of the moment at which a page is asked for."""
        query, ids, _ = self._locators[locator]
        size = min(self.page_size, batch)
        size -= (begin // 7) % max(1, size // 4)
        table = self.org.tables[query.object_name]
        chosen = [table[i] for i in ids[begin : begin + size] if i in table]
        kinds = self.org.objects[query.object_name].fields
        records = [_record(query, row, kinds, version) for row in chosen]
        content: dict[str, Any] = {"totalSize": len(ids), "done": begin + size >= len(ids), "records": records}
        if not content["done"]:
            # always /query/, also for queryAll
            content["nextRecordsUrl"] = f"/services/data/{version}/query/{locator}-{begin + size}-{batch}"
        return json_answer(content)

    def _describe(self, name: str) -> Answer:
        if not self.org.sees(name):
            raise refuse("NOT_FOUND", "The requested resource does not exist", status=404)
        kind = self.org.objects[name]
        fields = [
            {
                "name": field,
                "type": of,
                "label": field,
                "filterable": field not in kind.unfilterable,
                "custom": field.endswith("__c"),
                "picklistValues": [{"value": v, "active": True, "label": v} for v in kind.picklists.get(field, ())],
            }
            for field, of in self.org.fields(name).items()
        ]
        return json_answer({"name": name, "queryable": True, "keyPrefix": kind.prefix, "fields": fields})


def _batch_size(request: Request) -> int:
    options = request.headers.get("sforce-query-options", "")
    asked = options.removeprefix("batchSize=")
    return min(2000, max(200, int(asked))) if asked.isdigit() else 2000


def _record(query: Query, row: Mapping[str, Any], kinds: Mapping[str, str], version: str) -> dict[str, Any]:
    path = f"/services/data/{version}/sobjects/{query.object_name}/{row['Id']}"
    shown: dict[str, Any] = {"attributes": {"type": query.object_name, "url": path}}
    return shown | {name: _value(row.get(name), kinds[name]) for name in query.fields}


def _value(value: Any, kind: str) -> Any:
    if kind == "datetime" and value is not None:
        return from_ms(value).isoformat(timespec="milliseconds").replace("+00:00", "+0000")
    return value


def _client_refusal(request: Request, form: Mapping[str, str], host: str) -> Answer | None:
    """Only the org's own My Domain hands out client-credential tokens."""
    if host != MY_DOMAIN:
        return login_error("invalid_grant", "request not supported on this domain")
    basic = request.headers.get("authorization", "").removeprefix("Basic ")
    given = base64.b64decode(basic).decode() if basic else f"{form.get('client_id')}:{form.get('client_secret')}"
    return (
        None
        if given == f"{CONSUMER_KEY}:{CONSUMER_SECRET}"
        else login_error("invalid_client", "invalid client credentials")
    )


def _assertion_refusal(assertion: str) -> Answer | None:
    """The signature, the app, the user and the audience; not the time, as clients sign with the real one."""
    import jwt

    try:
        claims = jwt.decode(
            assertion,
            _private_key().public_key(),
            algorithms=["RS256"],
            options={"verify_exp": False, "verify_aud": False},
        )
    except jwt.InvalidTokenError:
        return login_error("invalid_grant", "invalid assertion")
    if claims.get("iss") != CONSUMER_KEY:
        return login_error("invalid_client_id", "client identifier invalid")
    if claims.get("aud") not in ("https://login.salesforce.com", "https://test.salesforce.com"):
        return login_error("invalid_grant", "audience is invalid")
    return None if claims.get("sub") == USERNAME else login_error("invalid_grant", "user hasn't approved this consumer")
