"""The webhook's outside: a receiver on this machine."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from connectors.contract import Tracker
from connectors.trackers import webhook
from tests.connectors.trackers.harness import SHOWN, State
from tests.connectors.trackers.receiver import PATH, Receiver, receiving, settings, status


class WebhookHarness:
    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver

    def tracker(self, folder: Path) -> Tracker:
        return webhook.tracker(settings(self._receiver), folder)

    def state(self) -> State:
        state: State = {}
        for message in self._receiver.by_id.values():
            facts = message.event["data"]["snapshot"]
            state[facts["cycle_id"], facts["key_result_id"]] = {name: facts[name] for name in SHOWN}
        return state

    def touches(self) -> int:
        return self._receiver.calls

    def refuse(self) -> None:
        self._receiver.always = status(404)

    def be_busy(self) -> None:
        self._receiver.always = status(503)

    def recover(self) -> None:
        self._receiver.always = None

    def secrets(self) -> tuple[str, ...]:
        return (self._receiver.secret, self._receiver.secret.removeprefix("whsec_"), PATH)


@contextlib.contextmanager
def opened(folder: Path) -> Iterator[WebhookHarness]:
    with receiving() as receiver:
        yield WebhookHarness(receiver)
