"""The other end of a webhook: accepts what is signed as Standard Webhooks says, keeps each message once, refuses the rest.

Not a vendor of anybody's, but what a receiver of ours should look like; `okr demo` sends to it.
"""

from __future__ import annotations

import threading
from typing import Any

import orjson
from standardwebhooks import Webhook, WebhookVerificationError

from connectors.sandbox.answer import Answer, Request, json_answer

PATH = "/webhooks/okr"
SECRET = "whsec_c2FuZGJveC1vbmx5LW5vdC1hLXNlY3JldC0wMTIz"  # noqa: S105 - opens nothing but this receiver


class WebhookReceiver:
    """Messages by id: a repeat is acknowledged and changes nothing."""

    def __init__(self, secret: str = SECRET) -> None:
        self._webhook = Webhook(secret)
        self._messages: dict[str, Any] = {}
        self._lock = threading.Lock()

    @property
    def messages(self) -> list[Any]:
        """In the order of their first arrival."""
        with self._lock:
            return list(self._messages.values())

    def answer(self, request: Request) -> Answer:
        """204 for a message, new or repeated; 401 for one that nobody with the secret signed."""
        if request.method != "POST":
            return json_answer({"error": "POST messages here"}, 405)
        try:
            self._webhook.verify(request.body, dict(request.headers))
        except (WebhookVerificationError, ValueError) as refused:
            return json_answer({"error": f"the signature is not accepted: {refused}"}, 401)
        with self._lock:
            self._messages.setdefault(request.headers["webhook-id"], orjson.loads(request.body))
        return Answer(204, b"")
