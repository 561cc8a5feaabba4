"""ed25519 beside HMAC, checked with the public key alone; and that 410 is told from other refusals."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from connectors.errors import SettingError
from connectors.trackers import webhook
from tests.connectors.trackers import receiver as r
from tests.connectors.trackers.documents import deliveries, document, snapshot

# RFC 8032, 7.1, test 1: secret and public key
SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
KEY = "whsk_" + base64.b64encode(SEED).decode()


@pytest.fixture
def receiver() -> Iterator[r.Receiver]:
    with r.receiving() as found:
        yield found


def send(receiver: r.Receiver, **more: str) -> r.Message:
    tracker = webhook.tracker(r.settings(receiver, **more), Path())
    tracker.send(document(snapshot()), deliveries(snapshot()), datetime.now(UTC))
    return receiver.accepted[-1]


def asymmetric(message: r.Message) -> list[bytes]:
    signatures = message.headers["webhook-signature"].split()
    return [base64.b64decode(each.removeprefix("v1a,")) for each in signatures if each.startswith("v1a,")]


def signed(message: r.Message) -> bytes:
    return f"{message.message_id}.{message.headers['webhook-timestamp']}.".encode() + message.body


def test_the_public_key_is_enough_to_check(receiver: r.Receiver) -> None:
    message = send(receiver, signing_key=KEY)
    (signature,) = asymmetric(message)
    Ed25519PublicKey.from_public_bytes(PUBLIC).verify(signature, signed(message))
    with pytest.raises(InvalidSignature):
        Ed25519PublicKey.from_public_bytes(PUBLIC).verify(signature, signed(message) + b" ")
    assert receiver.forged == 0  # the receiver that knows only HMAC takes it as well


def test_without_a_key_there_is_no_such_signature(receiver: r.Receiver) -> None:
    assert asymmetric(send(receiver)) == []


def test_both_keys_sign_while_one_replaces_the_other(receiver: r.Receiver) -> None:
    new = Ed25519PrivateKey.generate()
    text = "whsk_" + base64.b64encode(new.private_bytes_raw() + new.public_key().public_bytes_raw()).decode()
    message = send(receiver, signing_key=text, previous_signing_key=KEY)
    first, second = asymmetric(message)
    new.public_key().verify(first, signed(message))
    Ed25519PublicKey.from_public_bytes(PUBLIC).verify(second, signed(message))


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("hunter2", "is not an ed25519 key"),
        ("whsk_aHVudGVyMg==", "is not an ed25519 key"),
        ("whsk_" + base64.b64encode(SEED + SEED).decode(), "does not belong"),
    ],
)
def test_a_key_that_is_none_is_refused_unseen(receiver: r.Receiver, key: str, words: str) -> None:
    with pytest.raises(SettingError, match="OKR_TRACKERS__WEBHOOK__SIGNING_KEY") as caught:
        webhook.tracker(r.settings(receiver, signing_key=key), Path())
    assert words in str(caught.value)
    assert key not in str(caught.value)


@pytest.mark.parametrize(("status", "ended"), [(410, True), (404, False), (401, False), (503, False), (204, False)])
def test_only_410_ends_an_endpoint(receiver: r.Receiver, status: int, *, ended: bool) -> None:
    receiver.always = r.status(status)
    tracker = webhook.tracker(r.settings(receiver), Path())
    first = tracker.send(document(), deliveries(snapshot("a"), snapshot("b")), datetime.now(UTC))[0]
    assert first.ended is ended
