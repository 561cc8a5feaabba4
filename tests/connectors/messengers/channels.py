"""The channels of the sandbox as the messenger suite sees them: how to set one up, what it shows, how to make it fail."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from connectors.messenger import Messenger
from connectors.sandbox import slack as slack_sandbox
from connectors.sandbox import teams as teams_sandbox
from connectors.sandbox.answer import Answer
from connectors.sandbox.company.company import Company
from connectors.sandbox.faults import Fault
from connectors.sandbox.server import Sandbox
from connectors.trackers import slack, teams

LOCAL = {"allow_http": "true", "allow_private_networks": "127.0.0.0/8"}
NAMES = ("slack bot", "slack webhook", "teams")


class Channel:
    """One channel, fresh for each test."""

    def __init__(self, name: str, sandbox: Sandbox) -> None:
        self.name = name
        self.sandbox = sandbox

    @property
    def settings(self) -> dict[str, str]:
        url = self.sandbox.url
        if self.name == "slack bot":
            return {
                "token": slack_sandbox.TOKEN,
                "channel": slack_sandbox.CHANNEL,
                "api_url": f"{url}/slack/api",
                **LOCAL,
            }
        if self.name == "slack webhook":
            return {"webhook_url": url + slack_sandbox.HOOK, **LOCAL}
        return {"url": f"{url}{teams_sandbox.HOOK}?api-version=1&sig={teams_sandbox.SIGNATURE}", **LOCAL}

    @property
    def reads_back(self) -> bool:
        return self.name == "slack bot"

    @property
    def tracker_name(self) -> str:
        return self.name.split()[0]

    def messenger(self, **more: str) -> Messenger:
        module = slack if self.tracker_name == "slack" else teams
        return module.tracker({**self.settings, **more}, Path())

    def shown(self) -> list[str]:
        """Each message as a person reads it."""
        return self.sandbox.teams.rendered() if self.name == "teams" else self.sandbox.slack.rendered()

    def charts(self) -> list[bytes]:
        if self.name == "teams":
            return self.sandbox.teams.pictures()
        return [each["bytes"] for each in self.sandbox.slack.files.values()]

    def calls(self) -> int:
        return self.sandbox.calls.total

    @property
    def path(self) -> str:
        """Where a message is posted."""
        return "/slack/api/chat.postMessage" if self.reads_back else "/hooks/"

    def fail(self, kind: str, **how: Any) -> None:
        """Let the next message meet a fault of the sandbox."""
        self.sandbox.faults.add(Fault(self.path, kind, **how))

    def answer_instead(self, status: int, headers: dict[str, str] | None = None) -> None:
        """Answer the next message so, and keep nothing of it."""
        side = self.sandbox.teams if self.name == "teams" else self.sandbox.slack
        side.instead.append(Answer(status, b"", headers or {}))

    def be_gone(self) -> None:
        """The channel, or the workflow behind it, no longer exists."""
        self.sandbox.slack.gone = self.sandbox.teams.gone = True

    def secrets(self) -> tuple[str, ...]:
        return (slack_sandbox.TOKEN, slack_sandbox.HOOK, teams_sandbox.SIGNATURE)


@contextmanager
def channel(name: str) -> Iterator[Channel]:
    with Sandbox(Company()) as sandbox:
        yield Channel(name, sandbox)
