"""What all channels do alike: one message for all changes, nothing said twice that the channel is known to show, one POST at a time."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import httpx

from connectors.contract import Delivery, DeliveryResult, DeliveryState
from connectors.delivering.address import AddressRefusedError, Endpoint, resolve
from connectors.delivering.answers import verdict
from connectors.delivering.messages.compose import of_changes
from connectors.delivering.messages.message import Message
from connectors.delivering.posting import TIMEOUT_SECONDS, Answer, DeadlineError, Poster
from connectors.errors import RetriableError
from connectors.messenger import Change
from okr_mappings.snapshot import ProgressDocument
from okr_mappings.wording import ENGLISH, Wording

SECONDS_BETWEEN = 1.0  # Slack and Teams both take about one message a second
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one message ended, in the words of `DeliveryResult`."""

    state: DeliveryState
    message: str = ""
    retry_after: float | None = None


class NotPostedError(Exception):
    """There is no usable answer; `outcome` says what that means."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.message)
        self.outcome = outcome


SAID = Outcome(DeliveryState.SENT)


def send_changes(
    document: ProgressDocument,
    deliveries: Sequence[Delivery],
    told: Callable[[], Collection[str]],
    post: Callable[[Message], Outcome],
    words: Wording = ENGLISH,
) -> list[DeliveryResult]:
    """All changes in one message, without those that `told` finds in the channel; every other delivery is acknowledged in silence."""
    changes = [each for each in deliveries if isinstance(each, Change) and each.news]
    outcome = SAID
    if changes:
        try:
            known = told()
            fresh = [replace(each, news=tuple(news for news in each.news if news.key not in known)) for each in changes]
            fresh = [each for each in fresh if each.news]
            outcome = post(of_changes(document, fresh, words)) if fresh else SAID
        except NotPostedError as error:
            outcome = error.outcome
    loud = {each.delivery_id for each in changes}
    return [
        DeliveryResult(each.delivery_id, used.state, used.message, used.retry_after)
        for each in deliveries
        for used in (outcome if each.delivery_id in loud else SAID,)
    ]


class Line:
    """Posts for one tracker, no faster than the channel takes it. Remembers only when it spoke last."""

    def __init__(self, tracker: str, *, timeout: float = TIMEOUT_SECONDS) -> None:
        self._tracker = tracker
        self._timeout = timeout
        self._spoke_at: float | None = None

    def pause(self) -> None:
        """Wait for what is missing of a second since the last message."""
        if self._spoke_at is not None:
            time.sleep(max(0.0, SECONDS_BETWEEN - (time.monotonic() - self._spoke_at)))
        self._spoke_at = time.monotonic()

    def post(self, place: Endpoint, content: bytes, headers: Mapping[str, str]) -> Answer:
        """One POST; NotPostedError when there is no answer."""
        try:
            with Poster(place, resolve(place), timeout=self._timeout) as poster:
                return poster.post(content, {"user-agent": "okr-numbers", **headers})
        except AddressRefusedError as error:
            raise self._failed(DeliveryState.PERMANENT, f"the address {error}") from error
        except RetriableError as error:
            raise self._failed(DeliveryState.RETRIABLE, str(error)) from error
        except (DeadlineError, httpx.TimeoutException) as error:
            said = f"{place.host} did not answer within {self._timeout:g} seconds. It will be tried again."
            raise self._failed(DeliveryState.RETRIABLE, said) from error
        except httpx.HTTPError as error:
            said = f"no connection to {place.host}:{place.port} ({type(error).__name__}). It will be tried again."
            raise self._failed(DeliveryState.RETRIABLE, said) from error

    def judged(self, answer: Answer, place: Endpoint, advice: Mapping[int, str], now: datetime) -> Outcome:
        """The meaning of an HTTP status, with the channel's own advice."""
        found = verdict(answer.status, answer.headers.get("retry-after"), now)
        if found.state is DeliveryState.SENT:
            return SAID
        own = advice.get(answer.status) or (found.advice if found.state is DeliveryState.RETRIABLE else "")
        said = (
            f"{self._tracker}: {answer.status} from {place.host}. {own or 'The message is refused; please report it.'}"
        )
        return Outcome(found.state, said, found.retry_after)

    def _failed(self, state: DeliveryState, why: str) -> NotPostedError:
        return NotPostedError(Outcome(state, f"{self._tracker}: {why}"))
