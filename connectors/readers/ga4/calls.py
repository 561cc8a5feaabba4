"""The report call of the Data API, over REST, with every failure named for what to do.

The client's `run_report` retries nothing by default; that is kept, `patiently` decides. Over REST a quota answer is
`TooManyRequests` and a refused one `Forbidden`, over gRPC their subclasses, so the numeric code is asked, not the class.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from datetime import date
from threading import Lock
from typing import Any

import requests
from google.analytics.data_v1beta import BetaAnalyticsDataClient
from google.analytics.data_v1beta.types import RunReportRequest, RunReportResponse
from google.api_core.exceptions import GoogleAPICallError
from google.auth.exceptions import GoogleAuthError, RefreshError
from google.protobuf.json_format import ParseError

from connectors.contract import SourceRun
from connectors.errors import (
    ConnectorError,
    ContractError,
    CredentialError,
    ForbiddenError,
    RetriableError,
)
from connectors.google_account import credentials
from connectors.readers.ga4.quota import Quota, exhausted
from connectors.readers.limits import GA4, Limiter
from connectors.readers.patience import UnreadableError, asked_wait, patiently

API_VERSION = "v1beta"
API_SUNSET: date | None = None
"""No end announced; the client speaks this version and no other."""
KEY_SETTING = "SOURCES__GA4__SERVICE_ACCOUNT_FILE"
_SCOPE = "https://www.googleapis.com/auth/analytics.readonly"


class ReportCalls:
    """One property during one run, for all threads. `api_endpoint` is empty for Google itself."""

    def __init__(self, property_id: str, key_file: str, api_endpoint: str, run: SourceRun) -> None:
        account = credentials(key_file, _SCOPE, who="ga4", setting=KEY_SETTING)
        # a key of another universe (a sovereign cloud, our sandbox) is refused unless the client is told of it
        options = {"universe_domain": account.universe_domain}
        options |= {"api_endpoint": api_endpoint} if api_endpoint else {}
        self._client = BetaAnalyticsDataClient(credentials=account, transport="rest", client_options=options)
        self._property = property_id
        self._run = run
        self.limiter = Limiter(GA4, run)
        self._quota = Quota()
        self._alone = Lock()

    def report(self, asked: dict[str, Any]) -> Any:
        """The answer as a plain protobuf message. RetriableError when the quota would not pay for it."""
        request = RunReportRequest(property=f"properties/{self._property}", return_property_quota=True, **asked)
        # what is left is known after each report only, so where little is left they go one after the other
        with self._alone if self._quota.is_short else nullcontext():
            self._quota.respect(self._run.wait)
            answer = patiently(lambda: self._once(request), self._run.wait)
            self._quota = Quota.of(answer)
        return answer

    def _once(self, request: Any) -> Any:
        with self.limiter.call():
            return self._named(
                lambda: RunReportResponse.pb(
                    self._client.run_report(request, retry=None, timeout=self._run.answer_seconds)
                )
            )

    def _named(self, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except GoogleAPICallError as problem:
            raise self._failure(problem) from None
        except RefreshError as problem:
            raise self._rejected(str(problem)) from None
        except (ParseError, UnicodeDecodeError):
            raise UnreadableError("ga4: runReport answered 200, but not with a whole report.") from None
        except (GoogleAuthError, requests.RequestException) as problem:
            raise RetriableError(
                f"ga4: no complete answer from runReport ({type(problem).__name__}). "
                "Check the network and SOURCES__GA4__API_ENDPOINT; the next run reads again."
            ) from None

    def _failure(self, problem: Any) -> ConnectorError:
        code, words = int(problem.code or 0), " ".join(str(problem.message).split())[:300]
        where = f'ga4: {code} from properties/{self._property}:runReport ("{words}")'
        if code == 401:
            return self._rejected(words)
        if code == 403:
            return ForbiddenError(f"{where}. {_how_to_allow(problem)}")
        if code == 429:
            return exhausted(where, words, asked_wait(dict(getattr(problem.response, "headers", None) or {})))
        if code >= 500:
            return RetriableError(f"{where}. Google has a problem of its own.")
        return ContractError(
            f"{where}. Google refuses the report; check SOURCES__GA4__PROPERTY_ID. Nothing was loaded."
        )

    def _rejected(self, words: str) -> CredentialError:
        return CredentialError(
            f'ga4: 401 from properties/{self._property}:runReport ("{words}"). The key is not accepted. Check {KEY_SETTING} '
            f"(scope {_SCOPE}); a revoked key must be replaced."
        )


def _how_to_allow(problem: Any) -> str:
    if getattr(problem, "reason", None) == "SERVICE_DISABLED" or "SERVICE_DISABLED" in str(problem):
        return 'Enable the "Google Analytics Data API" in the Google Cloud project of the key.'
    return "Add the e-mail of the service account as Viewer in Analytics > Admin > Property access management."
