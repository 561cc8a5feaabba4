"""The sandbox's receiver: keeps a signed message once, refuses everything else."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest
from standardwebhooks import Webhook

from connectors.sandbox.server import Sandbox
from connectors.sandbox.webhooks import PATH, SECRET


def signed(identity: str, body: str, secret: str = SECRET) -> dict[str, str]:
    moment = datetime.now(UTC).replace(microsecond=0)
    signature = Webhook(secret).sign(msg_id=identity, timestamp=moment, data=body)
    return {
        "webhook-id": identity,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": signature,
    }


def test_a_repeated_message_is_kept_once() -> None:
    with Sandbox(contacts=10) as sandbox:
        answers = [httpx.post(sandbox.url + PATH, content='{"a":1}', headers=signed("m1", '{"a":1}')) for _ in range(2)]
        assert [each.status_code for each in answers] == [204, 204]
        assert httpx.get(f"{sandbox.url}/_sandbox/webhooks").json() == [{"a": 1}]


@pytest.mark.parametrize(
    "headers",
    [{}, signed("m1", '{"a":2}'), signed("m1", '{"a":1}', "whsec_YW5vdGhlci1zZWNyZXQtb2YtdHdlbnR5LWZvdXI=")],
    ids=["unsigned", "other body", "other secret"],
)
def test_what_nobody_signed_is_refused(headers: dict[str, str]) -> None:
    with Sandbox(contacts=10) as sandbox:
        answer = httpx.post(sandbox.url + PATH, content='{"a":1}', headers=headers)
        assert answer.status_code == 401
        assert sandbox.webhooks.messages == []
