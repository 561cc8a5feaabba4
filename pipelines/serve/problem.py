"""What could not be answered: RFC 9457 for programs, a page with the same words for people."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from pipelines.languages import marked, say

TITLES = {
    400: marked("The question is not understood"),
    401: marked("A token is needed"),
    403: marked("Not allowed"),
    404: marked("There is no such thing here"),
    405: marked("Only reading is possible"),
    413: marked("Too much was sent"),
    421: marked("This name is not served here"),
    429: marked("Too much is asked at once"),
    500: marked("The server failed"),
    503: marked("Nothing is published yet"),
}
OTHERWISE = marked("Not possible")


@dataclass
class Problem(Exception):  # noqa: N818 - it is an answer, not a failure of ours
    """Raised by handlers. `detail` says what, why and what to do; `errors` one line per wrong parameter."""

    status: int
    detail: str
    errors: Sequence[str] = ()
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return say(self.plain_title)

    @property
    def plain_title(self) -> str:
        """In English, to be said."""
        return TITLES.get(self.status, OTHERWISE)

    def as_json(self, instance: str) -> bytes:
        content = {"type": "about:blank", "title": self.title, "status": self.status, "detail": self.detail}
        listed = {"errors": list(self.errors)} if self.errors else {}
        return json.dumps({**content, "instance": instance, **listed}, ensure_ascii=False).encode()
