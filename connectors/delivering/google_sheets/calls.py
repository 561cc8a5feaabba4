"""The requests of one run to the tracker's spreadsheet: reading as everywhere, and changes; none is repeated, the outbox tries again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from connectors.delivering.google_sheets.book import FIELDS, Book, book_from
from connectors.delivering.google_sheets.cells import Block
from connectors.spreadsheets.calls import ReadingCalls, as_many

SCOPE = "https://www.googleapis.com/auth/spreadsheets"


class SheetCalls(ReadingCalls):
    """What may be read may be changed as well."""

    def describe(self) -> Book:
        """The tabs, without their cells."""
        book: Book = self.call("GET", f"?{urlencode({'fields': FIELDS})}", None, book_from)
        return book

    def change(self, requested: Sequence[dict[str, Any]]) -> None:
        """Tabs and formats, in one step."""
        self.call("POST", ":batchUpdate", {"requests": requested}, lambda answer: answer["replies"])

    def write(self, blocks: Sequence[Block], *, answer: bool) -> list[Sequence[Any]]:
        """All blocks in one step, stored as they are (RAW); with `answer` what each holds afterwards, else nothing."""
        body: dict[str, Any] = {"valueInputOption": "RAW", "data": [block.as_request() for block in blocks]}
        if answer:
            body |= {"includeValuesInResponse": True, "responseValueRenderOption": "UNFORMATTED_VALUE"}
        found = self.call("POST", "/values:batchUpdate", body, lambda told: told["responses"])
        if not answer:
            return []
        return [(each["updatedData"].get("values") or [[]])[0] for each in as_many(found, blocks)]
