"""Writes a message as Slack's blocks.

Titles are people's text, and `<!channel>` in mrkdwn would wake everybody. So everything stands in `rich_text` and `plain_text`, where
nothing is markup; only the fallback (`text`, for notifications) is mrkdwn: there the three characters that Slack reads are escaped.
Limits: 150 characters in a header, 50 blocks, about 13,000 characters in all.
"""

from __future__ import annotations

import json

from connectors.delivering.messages.message import Item, Message, fitted

MOST_CHARACTERS = 12_000
MOST_FALLBACK = 1_500
MOST_IN_HEADER = 150
Block = dict[str, object]


def payload(message: Message) -> dict[str, object]:
    """What both ways of posting take; nothing in it is looked through for names, links or previews."""
    shown = fitted(message, lambda each: len(json.dumps(_blocks(each), ensure_ascii=False)), MOST_CHARACTERS)
    return {"text": fallback(message), "blocks": _blocks(shown), "unfurl_links": False, "unfurl_media": False}


def fallback(message: Message) -> str:
    """One line for notifications and for clients that show no blocks."""
    told = [message.title, message.lead, *(item.headline for item in message.items)]
    text = escaped(" · ".join(part for part in told if part))
    return text if len(text) <= MOST_FALLBACK else text[:MOST_FALLBACK].rpartition(" ")[0] + " …"


def escaped(text: str) -> str:
    """As https://docs.slack.dev/messaging/formatting-message-text asks: these three, nothing else."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _blocks(message: Message) -> list[Block]:
    title = message.title if len(message.title) <= MOST_IN_HEADER else message.title[: MOST_IN_HEADER - 1] + "…"
    lead = [_rich([_text(message.lead)])] if message.lead else []
    foot: Block = {"type": "context", "elements": [_plain(f"{message.foot} · {message.mark}")]}
    return [{"type": "header", "text": _plain(title)}, *lead, *map(_item, message.items), foot]


def _item(item: Item) -> Block:
    parts = [_text(item.headline, bold=True), *([_text("\n" + "\n".join(item.lines))] if item.lines else [])]
    if item.link:
        parts += [_text("\n"), {"type": "link", "url": item.link, "text": item.link_text}]
    return _rich(parts)


def _rich(parts: list[Block]) -> Block:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": parts}]}


def _text(text: str, *, bold: bool = False) -> Block:
    return {"type": "text", "text": text, **({"style": {"bold": True}} if bold else {})}


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": False}
