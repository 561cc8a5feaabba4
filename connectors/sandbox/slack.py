"""A workspace of Slack with one channel: an incoming webhook, and the methods of the Web API that a bot needs.

Refuses what Slack refuses (wrong token, unknown or archived channel, too many or unknown blocks, missing scope) with Slack's own words,
keeps every message in order and counts. `render` shows a message as a person would read it, with what would have woken people up
written out as such.
"""

from __future__ import annotations

import json
import re
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from connectors.sandbox.answer import Answer, Request, json_answer

HOOK = "/hooks/slack/T0SANDBOX/B0SANDBOX/x7Qm2sandboxonly"
API = "/slack/api/"
UPLOAD = "/slack/upload/"
TOKEN = "xoxb-0000-sandbox-only"  # noqa: S105 - opens nothing but the sandbox
CHANNEL = "C0SANDBOX1"
SCOPES = frozenset({"chat:write", "channels:history", "files:write"})
_MOST_BLOCKS, _MOST_SECTION, _MOST_HEADER = 50, 3000, 150
_KNOWN_BLOCKS = frozenset({"header", "rich_text", "context", "section", "divider", "image"})
_MENTION = re.compile(r"<!(channel|here|everyone)>|<@[UW][A-Z0-9]+>|<!subteam")


@dataclass
class SlackWorkspace:
    """`messages` as they were posted, `files` by id. `error` makes every method answer so; `archived` and `gone` concern the channel.

    The answers of `instead` are given to the next posts, one each, and nothing is kept of those.
    """

    scopes: frozenset[str] = SCOPES
    error: str = ""
    archived: bool = False
    gone: bool = False
    messages: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    instead: deque[Answer] = field(default_factory=deque)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, request: Request) -> Answer:
        with self._lock:
            if self.instead and request.path in (HOOK, API + "chat.postMessage"):
                return self.instead.popleft()
            if request.path == HOOK:
                return self._hooked(request)
            if request.path.startswith(UPLOAD):
                return self._uploaded(request)
            return json_answer(self._method(request))

    def rendered(self) -> list[str]:
        """Every message as it reads in the channel."""
        return [render(message) for message in self.messages]

    def _hooked(self, request: Request) -> Answer:
        """Plain words and HTTP codes, as incoming webhooks answer."""
        if self.gone:
            return _plain("no_service", 404)
        if self.archived:
            return _plain("channel_is_archived", 410)
        try:
            message = json.loads(request.body)
        except ValueError:
            return _plain("invalid_payload", 400)
        if wrong := _fault(message):
            return _plain(wrong, 400)
        self._keep(message)
        return _plain("ok", 200)

    def _method(self, request: Request) -> dict[str, Any]:
        method = request.path.removeprefix(API)
        if request.bearer != TOKEN:
            return _no("invalid_auth")
        if self.error:
            return _no(self.error)
        content = _arguments(request)
        acts = {
            "chat.postMessage": self._post,
            "conversations.history": self._history,
            "files.getUploadURLExternal": self._ticket,
            "files.completeUploadExternal": self._complete,
        }
        return acts[method](content, request) if method in acts else _no("unknown_method")

    def _in_channel(self, content: Mapping[str, Any], scope: str, name: str = "channel") -> str:
        if scope not in self.scopes:
            return "missing_scope"
        if self.gone or content.get(name) != CHANNEL:
            return "channel_not_found"
        return "is_archived" if self.archived else ""

    def _post(self, content: dict[str, Any], _request: Request) -> dict[str, Any]:
        wrong = self._in_channel(content, "chat:write") or _fault(content)
        if wrong:
            return _no(wrong, "chat:write")
        return {"ok": True, "channel": CHANNEL, "ts": self._keep(content)}

    def _history(self, content: dict[str, Any], _request: Request) -> dict[str, Any]:
        if wrong := self._in_channel(content, "channels:history"):
            return _no(wrong, "channels:history")
        limit = int(content.get("limit", 100))
        shown = [dict(each) for each in reversed(self.messages)][:limit]
        if content.get("include_all_metadata") not in ("true", True):
            for each in shown:
                each.pop("metadata", None)
        return {"ok": True, "messages": shown, "has_more": len(self.messages) > limit}

    def _ticket(self, content: dict[str, Any], request: Request) -> dict[str, Any]:
        if "files:write" not in self.scopes:
            return _no("missing_scope", "files:write")
        if not content.get("filename") or not str(content.get("length", "")).isdigit():
            return _no("invalid_arguments")
        name = f"F{len(self.files):08}"
        self.files[name] = {"length": int(content["length"]), "title": "", "bytes": b"", "thread": ""}
        return {"ok": True, "file_id": name, "upload_url": f"http://{request.headers['host']}{UPLOAD}{name}"}

    def _uploaded(self, request: Request) -> Answer:
        file = self.files.get(request.path.removeprefix(UPLOAD))
        if file is None or len(request.body) != file["length"]:
            return _plain("not the promised file", 400)
        file["bytes"] = request.body
        return _plain(f"OK - {len(request.body)}", 200)

    def _complete(self, content: dict[str, Any], _request: Request) -> dict[str, Any]:
        if wrong := self._in_channel(content, "files:write", "channel_id"):
            return _no(wrong, "files:write")
        for each in content.get("files", []):
            if not self.files.get(each["id"], {}).get("bytes"):
                return _no("file_not_found")
            self.files[each["id"]].update(title=each.get("title", ""), thread=content.get("thread_ts", ""))
        return {"ok": True, "files": content.get("files", [])}

    def _keep(self, message: dict[str, Any]) -> str:
        stamp = f"1795000000.{len(self.messages):06}"
        self.messages.append({**message, "ts": stamp})
        return stamp


def render(message: Mapping[str, Any]) -> str:
    """As it reads; anything that would notify people becomes `[WAKES EVERYBODY]`."""
    lines = [text for block in message.get("blocks", []) for text in _lines(block)]
    return "\n".join(lines or [_unescaped(str(message.get("text", "")))])


def _lines(block: Mapping[str, Any]) -> list[str]:
    if block["type"] == "rich_text":
        parts = [part for section in block["elements"] for part in section["elements"]]
        return ["".join(_part(part) for part in parts)]
    texts = [block["text"]] if "text" in block else block.get("elements", [])
    return [each["text"] if each["type"] == "plain_text" else _unescaped(each["text"]) for each in texts]


def _part(part: Mapping[str, Any]) -> str:
    if part["type"] in ("broadcast", "user", "usergroup"):
        return "[WAKES EVERYBODY]"
    text = str(part.get("text", part.get("url", "")))
    return f"*{text}*" if part.get("style", {}).get("bold") else text


def _unescaped(text: str) -> str:
    woken = _MENTION.sub("[WAKES EVERYBODY]", text)
    return woken.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _fault(message: Any) -> str:
    """Slack's word for what is wrong with a message; '' for nothing."""
    if not isinstance(message, dict) or not (message.get("text") or message.get("blocks")):
        return "no_text"
    blocks = message.get("blocks", [])
    if len(blocks) > _MOST_BLOCKS or any(block.get("type") not in _KNOWN_BLOCKS for block in blocks):
        return "invalid_blocks"
    for block in blocks:
        length = len(block["text"]["text"]) if isinstance(block.get("text"), dict) else 0
        if length > (_MOST_HEADER if block["type"] == "header" else _MOST_SECTION):
            return "invalid_blocks"
    return "msg_blocks_too_long" if len(json.dumps(blocks, ensure_ascii=False)) > 13_200 else ""


def _arguments(request: Request) -> dict[str, Any]:
    if request.headers.get("content-type", "").startswith("application/json"):
        content = json.loads(request.body or b"{}")
        return content if isinstance(content, dict) else {}
    return dict(parse_qsl(request.body.decode()))


def _no(word: str, needed: str = "") -> dict[str, Any]:
    return {"ok": False, "error": word, **({"needed": needed} if word == "missing_scope" else {})}


def _plain(text: str, status: int) -> Answer:
    return Answer(status, text.encode(), content_type="text/plain")
