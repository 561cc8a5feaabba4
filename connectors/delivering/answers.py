"""Reads an HTTP answer as a result: what is sent, what may be tried again and when, what a person must look at.

The rules are those of Standard Webhooks 1.0.0: redirects are failures, 410 ends the endpoint, 429 and 503 may say when to return.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from connectors.contract import DeliveryState

_TRY_LATER = frozenset({408, 425, 429})
_OVERLOADED = frozenset({429, 502, 503, 504})
_WRONG_PLACE = frozenset({401, 403, 404, 405, 410})
_GONE = 410
LONGEST_WAIT = 24 * 3600.0

_ADVICE = {
    401: "The signature is not accepted. Check that both sides have the same secret.",
    403: "The signature is not accepted, or the receiver is not open to this sender. Check the secret and the receiver's rules.",
    404: "There is nothing at this address. Check the URL.",
    405: "The receiver does not take POST at this address. Check the URL.",
    410: "The receiver asked for no more messages, so nothing more is sent. Remove it from the trackers, or give it a new URL.",
    413: "The receiver does not take messages of this size. Raise its limit to 20 KB.",
    429: "The receiver asks to slow down.",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one answer means. `of_endpoint`: the next message would meet the same answer, so it is not sent. `ended`: nor any later one."""

    state: DeliveryState
    advice: str = ""
    retry_after: float | None = None
    of_endpoint: bool = False
    ended: bool = False


def verdict(status: int, retry_after: str | None, now: datetime) -> Verdict:
    """The meaning of a status code. `retry_after` is the header's text."""
    if 200 <= status < 300:
        return Verdict(DeliveryState.SENT)
    if status in _TRY_LATER or status >= 500:
        advice = _ADVICE.get(status, "The receiver is in trouble; the message will be sent again.")
        return Verdict(
            DeliveryState.RETRIABLE, advice, seconds_to_wait(retry_after, now), of_endpoint=status in _OVERLOADED
        )
    if 300 <= status < 400:
        return Verdict(
            DeliveryState.PERMANENT, "Redirects are not followed. Set the URL it leads to.", of_endpoint=True
        )
    advice = _ADVICE.get(status, "The receiver refuses this message. Its log will say why.")
    return Verdict(DeliveryState.PERMANENT, advice, of_endpoint=status in _WRONG_PLACE, ended=status == _GONE)


def seconds_to_wait(header: str | None, now: datetime) -> float | None:
    """Retry-After in either form (seconds, HTTP date) as seconds from `now`; None when absent or unreadable.

    At most a day: a mistake at the other side must not silence a tracker for good.
    """
    text = (header or "").strip()
    if not text:
        return None
    if text.isascii() and text.isdigit():
        return min(float(text[:12]), LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:  # "-0000", which RFC 9110 does not allow but servers send
        moment = moment.replace(tzinfo=UTC)
    return min(max((moment - now).total_seconds(), 0.0), LONGEST_WAIT)
