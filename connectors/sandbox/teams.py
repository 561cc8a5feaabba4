"""A channel of Microsoft Teams behind a workflow's URL: takes Adaptive Cards up to 28 KB, keeps them in order and counts.

Answers 202 like a workflow that has started. `render` shows a card as a person reads it; a TextBlock is read as Markdown there, so a title
that got into one is shown as `[MARKDOWN]`.
"""

from __future__ import annotations

import base64
import json
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.sandbox.answer import Answer, Request, json_answer

HOOK = "/hooks/teams/workflows/0a1b2c/triggers/manual/paths/invoke"
SIGNATURE = "sig-sandbox-only"
_MOST_BYTES = 28 * 1024
_CARD = "application/vnd.microsoft.card.adaptive"


@dataclass
class TeamsChannel:
    """`cards` as they were posted. `gone`: the workflow was deleted; `instead`: what the next posts are answered."""

    gone: bool = False
    cards: list[dict[str, Any]] = field(default_factory=list)
    instead: deque[Answer] = field(default_factory=deque)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, request: Request) -> Answer:
        if self.instead:
            return self.instead.popleft()
        if self.gone:
            return _no("WorkflowNotFound", "The workflow could not be found.", 404)
        if request.query.get("sig") != SIGNATURE:
            return _no("DirectApiAuthorizationRequired", "The request must be authenticated.", 401)
        if len(request.body) > _MOST_BYTES:
            return _no("RequestEntityTooLarge", "The message is too large.", 413)
        try:
            posted = json.loads(request.body)
            card = posted["attachments"][0]
            fine = (
                posted["type"] == "message"
                and card["contentType"] == _CARD
                and card["content"]["type"] == "AdaptiveCard"
            )
        except (ValueError, KeyError, IndexError, TypeError):
            fine = False
        if not fine:
            return _no("TriggerInputSchemaMismatch", "The input body does not match the schema.", 400)
        with self._lock:
            self.cards.append(card["content"])
        return Answer(202, b"")

    def rendered(self) -> list[str]:
        return [render(card) for card in self.cards]

    def pictures(self) -> list[bytes]:
        """Every chart that was shown, decoded."""
        return [
            base64.b64decode(element["url"].partition(",")[2])
            for card in self.cards
            for element in card["body"]
            if element["type"] == "Image"
        ]


def render(card: Mapping[str, Any]) -> str:
    return "\n".join(_line(element) for element in card["body"])


def _line(element: Mapping[str, Any]) -> str:
    if element["type"] == "RichTextBlock":
        return "".join(str(run["text"]) for run in element["inlines"])
    if element["type"] == "Image":
        return f"[picture: {element.get('altText', '')}]"
    return f"[MARKDOWN] {element.get('text', '')}"


def _no(code: str, message: str, status: int) -> Answer:
    return json_answer({"error": {"code": code, "message": message}}, status)
