"""The HTTP session that simple-salesforce is given: it has timeouts, and can be sent to another address than Salesforce's.

simple-salesforce builds https addresses from host names, has no setting for another base, and no timeout anywhere. An adapter
mends both, for the logins too. The Host header keeps the name that was meant.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

CONNECT_SECONDS = 10.0


def open_session(api_base: str, answer_seconds: float) -> requests.Session:
    """`api_base` is empty for the real addresses, else where all of them are answered instead."""
    session = requests.Session()
    session.mount("https://", _Adapter(api_base.rstrip("/"), (CONNECT_SECONDS, answer_seconds)))
    if api_base:
        # a proxy for the vendor is none for this machine
        session.trust_env = False
    return session


class _Adapter(HTTPAdapter):
    def __init__(self, api_base: str, timeout: tuple[float, float]) -> None:
        super().__init__(max_retries=0)
        self._api_base = api_base
        self._timeout = timeout

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: dict[str, str] | None = None,
    ) -> requests.Response:
        if self._api_base and request.url:
            request.headers["Host"] = urlsplit(request.url).netloc
            request.url = self._api_base + request.path_url
        return super().send(request, stream, timeout or self._timeout, verify, cert, proxies)
