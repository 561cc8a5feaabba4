"""A message as every channel can show it: a title, a line, items, a foot. Texts are plain; each channel escapes in its own way.

Texts come from mapping files and are untrusted: `flat` takes out line breaks, control and direction characters and cuts, nothing else.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from okr_mappings.wording import ENGLISH, Wording

LONGEST_TEXT = 240


@dataclass(frozen=True, slots=True)
class Item:
    """One paragraph: a bold `headline`, lines below, a link, a picture."""

    headline: str
    lines: tuple[str, ...] = ()
    link: str = ""
    chart: bytes = b""
    alt: str = ""
    link_text: str = "Source"


@dataclass(frozen=True, slots=True)
class Message:
    """`keys` name what is told, `mark` names the message; both are the same on every attempt. `words` is its language."""

    title: str
    lead: str
    items: tuple[Item, ...]
    foot: str
    keys: tuple[str, ...]
    words: Wording = field(default=ENGLISH, compare=False, repr=False)

    @property
    def mark(self) -> str:
        return mark_of(self.keys)


def mark_of(keys: Iterable[str]) -> str:
    """Short enough to stand at the end of a message, long enough to tell two apart."""
    return hashlib.sha256("\n".join(sorted(keys)).encode()).hexdigest()[:8]


def flat(text: str, longest: int = LONGEST_TEXT) -> str:
    """One line, without characters that steer instead of show."""
    shown = "".join(" " if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") else c for c in text)
    line = " ".join(shown.split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


def web_link(text: str) -> str:
    """The link of a key result, if it is one that a channel may show."""
    link = text.strip()
    is_web = link.startswith(("https://", "http://")) and len(link) <= 1000
    return link if is_web and not any(c.isspace() or c in '<>|"' or not c.isprintable() for c in link) else ""


def plain(message: Message) -> str:
    """The whole message as text: for previews, notifications and screens."""
    blocks = [message.title, *([message.lead] if message.lead else [])]
    blocks += ["\n".join([item.headline, *(f"  {line}" for line in item.lines)]) for item in message.items]
    return "\n\n".join([*blocks, f"{message.foot} · {message.mark}"])


def fitted(message: Message, size: Callable[[Message], int], most: int) -> Message:
    """The message cut to `most`: first pictures go, from the end, then whole paragraphs, which are counted instead."""
    found = message
    for place in reversed(range(len(message.items))):
        if size(found) <= most:
            return found
        if found.items[place].chart:
            items = list(found.items)
            items[place] = replace(items[place], chart=b"")
            found = replace(found, items=tuple(items))
    kept = len(found.items)
    whole = found
    while size(found) > most and kept > 0:
        kept -= 1
        left = len(whole.items) - kept
        rest = Item(
            message.words.count(
                "and %(count)s more that does not fit into a message, see the report",
                "and %(count)s more that do not fit into a message, see the report",
                left,
            )
        )
        found = replace(whole, items=(*whole.items[:kept], rest))
    return found
