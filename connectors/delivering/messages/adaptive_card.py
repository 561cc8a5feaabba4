"""Writes a message as the Adaptive Card that a Teams workflow posts.

A TextBlock reads Markdown, and titles are people's text, so everything stands in text runs, which do not. A mention needs an entity of
its own, so an @ in a title is only an @. Teams takes about 28 KB a message, some clients 25: pictures go first, then paragraphs.
"""

from __future__ import annotations

import base64
import json

from connectors.delivering.messages.message import Item, Message, fitted

MOST_BYTES = 24_000
Element = dict[str, object]


def body(message: Message) -> bytes:
    """The bytes to post, below the limit."""
    return _bytes(fitted(message, lambda each: len(_bytes(each)), MOST_BYTES))


def _bytes(message: Message) -> bytes:
    card: Element = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "lang": message.words.code,
        "fallbackText": message.title,
        "msteams": {"width": "Full"},
        "body": _elements(message),
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    posted = {"type": "message", "summary": message.title, "attachments": [attachment]}
    return json.dumps(posted, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8", "replace")


def _elements(message: Message) -> list[Element]:
    found = [_block(_run(message.title, weight="Bolder", size="Medium"))]
    if message.lead:
        found.append(_block(_run(message.lead)))
    for item in message.items:
        found += _item(item)
    return [*found, _block(_run(f"{message.foot} · {message.mark}", isSubtle=True, size="Small"), spacing="Medium")]


def _item(item: Item) -> list[Element]:
    found = [_block(_run(item.headline, weight="Bolder"), spacing="Medium")]
    found += [_block(_run(line), spacing="None") for line in item.lines]
    if item.link:
        found.append(
            _block(_run(item.link_text, selectAction={"type": "Action.OpenUrl", "url": item.link}), spacing="None")
        )
    if item.chart:
        url = "data:image/png;base64," + base64.b64encode(item.chart).decode("ascii")
        found.append({"type": "Image", "url": url, "altText": item.alt, "spacing": "Small"})
    return found


def _block(run: Element, spacing: str = "Default") -> Element:
    return {"type": "RichTextBlock", "inlines": [run], "spacing": spacing}


def _run(text: str, **style: object) -> Element:
    return {"type": "TextRun", "text": text, **style}
