"""Reads and replaces a CSV file that is ours as a whole: RFC 4180, UTF-8, CRLF, empty for missing, ISO days, UTC moments with Z.

A text that a spreadsheet would take for a formula gets an apostrophe in front. The file is replaced in one step, so a reader sees the
old or the new one; a file that already shows the rows is not touched. One that somebody has open is tried again; one that is not ours is
left alone.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from connectors.errors import FatalError, RetriableError

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class FlatFile:
    """One file with its columns. `mark`: begin with a byte order mark, without which Excel takes UTF-8 for something else."""

    path: Path
    columns: tuple[str, ...]
    delimiter: str = ","
    mark: bool = True

    def rows(self) -> list[list[str]]:
        """As texts, without the header; none when there is no file. FatalError when the columns are not ours."""
        self._refuse_while_open()
        try:
            content = self.path.read_bytes().decode("utf-8").removeprefix(_BOM)
        except FileNotFoundError:
            return []
        except UnicodeDecodeError as error:
            raise self._not_ours() from error
        except OSError as error:
            raise self._busy(error) from error
        found = list(csv.reader(io.StringIO(content, newline=""), delimiter=self.delimiter))
        if found and tuple(found[0]) != self.columns:
            raise self._not_ours()
        return found[1:]

    def replace(self, rows: Sequence[Sequence[str]]) -> bool:
        """Whether anything had to be written."""
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=self.delimiter, lineterminator="\r\n").writerows([self.columns, *rows])
        content = ((_BOM if self.mark else "") + text.getvalue()).encode("utf-8", "replace")
        self._refuse_while_open()
        temporary = self.path.with_name(f".{self.path.name}.part")
        try:
            if self.path.exists() and self.path.read_bytes() == content:
                return False
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with temporary.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self.path)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise self._busy(error) from error
        return True

    def _refuse_while_open(self) -> None:
        lock = self.path.with_name(f".~lock.{self.path.name}#")
        if lock.exists():
            raise RetriableError(
                f"{self.path.name} is open in a spreadsheet program. Close it; it will be tried again. "
                f"If nobody has it open, delete {lock.name}."
            )

    def _busy(self, error: OSError) -> RetriableError:
        return RetriableError(
            f"{self.path.name}: {error.strerror or error}. Close it where it is open; it will be tried again."
        )

    def _not_ours(self) -> FatalError:
        return FatalError(
            f"{self.path.name} has other columns than this tracker writes; nothing was changed. Move it away; a new one will be made."
        )


def written(value: object) -> str:
    """One cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat() + ("" if value.tzinfo else "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return "'" + value if value.lstrip(" ").startswith(_FORMULA_STARTS) else value
    return "" if value != value else str(value)  # noqa: PLR0124 - NaN is no number
