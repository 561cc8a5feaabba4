"""Sends each key result's news as one signed message to a URL of yours.

Manual: Standard Webhooks 1.0.0, https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
Grain: one POST per delivery, that is per snapshot of a key result; type `key_result.progress`, described by
`webhook.schema.json` beside this file.
Repeats: at least once. `webhook-id` is the same on every attempt, so a receiver that has seen it answers 2xx and does nothing.
Order: not promised. The message with the greatest (`as_of`, `computed_at`) is the present state of a key result.
Limits: 20 KB a message, 15 seconds an exchange, no redirects, no proxies. Addresses inside a private network are refused
unless `allow_private_networks` names them. After the first failure that concerns the endpoint (no connection, throttling, wrong
URL) the remaining messages of the call are answered without calling, so that a dead endpoint costs 15 seconds once.
Secrets: `whsec_` and base64 of 24 to 64 random bytes. While `previous_secret` is set each message carries both signatures. With
`signing_key` (`whsk_`, ed25519) each carries a `v1a` signature too, which a receiver checks with the public key and could not have
made itself.
End: 410 switches the tracker off until another URL is set or a person calls `okr redeliver webhook`.
Oddity: `standardwebhooks` 1.1 signs an aware time of another zone with the wrong seconds; only whole UTC seconds are handed to it.
"""

from __future__ import annotations

import base64
import binascii
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from standardwebhooks import Webhook as Signer

from connectors.contract import Delivery, DeliveryResult, DeliveryState, Setting, Tracker
from connectors.delivering.address import AddressRefusedError, Endpoint, address_of, resolve
from connectors.delivering.answers import Verdict, verdict
from connectors.delivering.posting import TIMEOUT_SECONDS, Answer, DeadlineError, Poster
from connectors.delivering.progress_event import Names, TooLargeError, event_body, names_in
from connectors.delivering.settings import TrackerSettings
from connectors.delivering.signing_key import SigningKey, signing_key
from connectors.errors import RetriableError
from okr_mappings.errors import DocumentError
from okr_mappings.snapshot import ProgressDocument

LABEL = "Signed webhook"

SETTINGS = {
    "url": Setting("Where the messages go, like https://hooks.example.com/okr.", required=True, secret=True),
    "secret": Setting("The signing secret: whsec_ and base64 of 24 to 64 random bytes.", required=True, secret=True),
    "previous_secret": Setting(
        "The secret before this one, while receivers change over; messages then carry both signatures.", secret=True
    ),
    "signing_key": Setting(
        "An ed25519 key that signs as well: whsk_ and base64 of its 32 bytes; receivers need only the public key.",
        secret=True,
    ),
    "previous_signing_key": Setting("The ed25519 key before this one, while receivers change over.", secret=True),
    "allow_private_networks": Setting(
        "Private networks that may be sent to, as a comma-separated list like 10.20.0.0/16; none by default."
    ),
    "allow_http": Setting("true to send without encryption, for a receiver on this machine; false by default."),
}

_PREFIX = "whsec_"
_MESSAGE_ID = re.compile(r"[!-\-/-~]+")  # printable ASCII without the dot, which separates the signed parts
_EXCERPT = 120
RUN_SECONDS = 600.0  # of one run for all messages: 10,000 take a receiver's usual few milliseconds a minute or two


def tracker(settings: Mapping[str, str], folder: Path) -> Tracker:  # noqa: ARG001 - a webhook keeps nothing on disk
    """The webhook as set; SettingError names what is wrong."""
    given = TrackerSettings("webhook", settings, SETTINGS)
    secrets = [_secret(given, name) for name in ("secret", "previous_secret") if given.text(name)]
    keys = [signing_key(given, name) for name in ("signing_key", "previous_signing_key") if given.text(name)]
    return _Webhook(address_of(given, "url", given.text("url")), tuple(dict.fromkeys(secrets)), tuple(keys))


def _secret(given: TrackerSettings, name: str) -> str:
    text = given.text(name)
    try:
        key = base64.b64decode(text.removeprefix(_PREFIX) + "==", validate=False) if text.startswith(_PREFIX) else b""
    except (binascii.Error, ValueError):
        key = b""
    if not 24 <= len(key) <= 64:
        raise given.fault(
            name, f"is not a signing secret. It is {_PREFIX} followed by the base64 of 24 to 64 random bytes."
        )
    return text


@dataclass(frozen=True, slots=True)
class _Webhook:
    place: Endpoint = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    keys: tuple[SigningKey, ...] = field(repr=False, default=())
    name: str = "webhook"
    timeout: float = TIMEOUT_SECONDS
    patience: float = RUN_SECONDS

    def send(self, document: ProgressDocument, deliveries: Sequence[Delivery], now: datetime) -> list[DeliveryResult]:
        """One call per delivery, until one shows that the endpoint does not take any."""
        if not deliveries:
            return []
        try:
            addresses = resolve(self.place)
        except AddressRefusedError as error:
            return _all(deliveries, Verdict(DeliveryState.PERMANENT), f"webhook: the URL {error}")
        except RetriableError as error:
            return _all(deliveries, Verdict(DeliveryState.RETRIABLE), f"webhook: {error}")
        with Poster(self.place, addresses, timeout=self.timeout) as poster:
            return self._send_each(poster, document, deliveries, now)

    def _send_each(
        self, poster: Poster, document: ProgressDocument, deliveries: Sequence[Delivery], now: datetime
    ) -> list[DeliveryResult]:
        started, names = time.monotonic(), names_in(document)
        results: list[DeliveryResult] = []
        for place, delivery in enumerate(deliveries):
            spent = time.monotonic() - started
            if spent > self.patience:
                results += _all(deliveries[place:], _UNREACHABLE, self._slow(len(deliveries) - place))
                break
            moment = now + timedelta(seconds=spent)
            found, message = self._send_one(poster, names, delivery, moment)
            results.append(DeliveryResult(delivery.delivery_id, found.state, message, found.retry_after, found.ended))
            if found.of_endpoint:
                results += _all(deliveries[place + 1 :], found, f"not tried, because the one before failed: {message}")
                break
        return results

    def _slow(self, left: int) -> str:
        return (
            f"webhook: {self.place.host} answers so slowly that {left} messages had to wait for the next run, after {self.patience:g} "
            "seconds. Let the receiver answer first and work afterwards."
        )

    def _send_one(self, poster: Poster, names: Names, delivery: Delivery, moment: datetime) -> tuple[Verdict, str]:
        if not _MESSAGE_ID.fullmatch(delivery.delivery_id):
            return Verdict(
                DeliveryState.PERMANENT
            ), "webhook: a delivery id must be printable ASCII without dots and blanks."
        try:
            body = event_body(names, delivery.snapshot)
            answer = poster.post(body, self._headers(delivery, body, moment))
        except (TooLargeError, DocumentError) as error:
            return Verdict(DeliveryState.PERMANENT), f"webhook: {error}"
        except (DeadlineError, httpx.TimeoutException):
            return (
                _UNREACHABLE,
                f"webhook: {self.place.host} did not answer within {self.timeout:g} seconds. It will be tried again.",
            )
        except httpx.HTTPError as error:
            return (
                _UNREACHABLE,
                f"webhook: no connection to {self.place.host}:{self.place.port} ({_why(error)}). It will be tried again.",
            )
        found = verdict(answer.status, answer.headers.get("retry-after"), moment)
        return found, "" if found.state is DeliveryState.SENT else self._explain(answer, found)

    def _headers(self, delivery: Delivery, body: bytes, moment: datetime) -> dict[str, str]:
        seconds = moment.astimezone(UTC).replace(microsecond=0)
        text = body.decode("utf-8")
        signatures = [Signer(secret).sign(delivery.delivery_id, seconds, text) for secret in self.secrets]
        signatures += [key.sign(delivery.delivery_id, int(seconds.timestamp()), body) for key in self.keys]
        return {
            "content-type": "application/json",
            "user-agent": "okr-numbers",
            "webhook-id": delivery.delivery_id,
            "webhook-timestamp": str(int(seconds.timestamp())),
            "webhook-signature": " ".join(signatures),
        }

    def _explain(self, answer: Answer, found: Verdict) -> str:
        excerpt = self._redacted(answer.body)
        said = f" It said: {excerpt!r}." if excerpt else ""
        return f"webhook: {answer.status} from {self.place.host}.{said} {found.advice}"

    def _redacted(self, body: bytes) -> str:
        """A few words of the answer, without control characters and without anything secret that it may repeat."""
        text = body[: 4 * _EXCERPT].decode("utf-8", "replace")
        target = self.place.url.raw_path.decode("ascii", "replace")
        secrets = (*self.secrets, *(key.text for key in self.keys))
        hidden = (
            *secrets,
            *(secret.partition("_")[2] for secret in secrets),
            str(self.place.url),
            target if len(target) > 1 else "",
        )
        for secret in hidden:
            text = text.replace(secret, "***") if secret else text
        words = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
        return words if len(words) <= _EXCERPT else words[:_EXCERPT] + "…"


_UNREACHABLE = Verdict(DeliveryState.RETRIABLE, of_endpoint=True)


def _all(deliveries: Sequence[Delivery], found: Verdict, message: str) -> list[DeliveryResult]:
    shared = DeliveryResult("", found.state, message, found.retry_after)
    return [replace(shared, delivery_id=delivery.delivery_id) for delivery in deliveries]


def _why(error: httpx.HTTPError) -> str:
    return str(error) or type(error).__name__
