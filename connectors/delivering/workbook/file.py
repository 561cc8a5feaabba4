"""The workbook on disk: opened with care, replaced as a whole, kept once as it was before we changed what a person had edited.

A new version is written beside the old one, flushed and put in its place in one step, so that whoever opens the file sees the
old or the new state. If a person saves while we compute, nothing is replaced and the caller starts again from what they saved.
What our library would silently drop is carried over (`carried`), or, where that is not possible, refused.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import stat
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from openpyxl import Workbook, load_workbook

from connectors.delivering.workbook.carried import carry_over, left_behind
from connectors.errors import FatalError, RetriableError

WRITER = "okr-numbers"
_COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # what Office wraps an encrypted workbook in, and the .xls of old
_LOST_PARTS = {
    "xl/vbaProject": "macros",
    "xl/slicers/": "slicers",
    "xl/timelines/": "timelines",
    "xl/media/": "pictures",
    "xl/diagrams/": "diagrams",
    "xl/ctrlProps/": "form controls",
    "xl/embeddings/": "embedded documents",
    "xl/charts/chartEx": "charts of the newer kinds",
    "xl/richData/": "data types or pictures in cells",
    "xl/connections.xml": "data connections",
    "xl/model/": "a data model",
}
_SHAPES = re.compile(rb"<xdr:(sp|cxnSp|grpSp)[ >]")
_PROGRAM = "docProps/app.xml"

Stamp = tuple[int, int, int]


class ChangedMeanwhileError(RetriableError):
    """A person saved the file after it was read."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The workbook as read. `stamp` is None when there was no file; `by_person`: somebody else saved it last."""

    workbook: Workbook
    stamp: Stamp | None
    by_person: bool


def open_workbook(path: Path) -> Opened:
    """The workbook, or a new one when there is no file. RetriableError when it is locked, FatalError when it is not usable."""
    with _translated(path):
        stamp = _stamp(path)
        if stamp is None:
            workbook = Workbook()
            workbook.remove(workbook.worksheets[0])
            workbook.properties.creator = WRITER
            return Opened(workbook, None, by_person=False)
        with path.open("rb") as file:
            _check_kind(path, file.read(len(_COMPOUND_FILE)))
        workbook = _load(path)
    return Opened(workbook, stamp, by_person=not _saved_by_us(path, workbook))


def replace_workbook(path: Path, opened: Opened, today: date) -> None:
    """Put the changed workbook in the place of the file that was read."""
    _refuse_while_open(path)
    opened.workbook.properties.lastModifiedBy = WRITER
    opened.workbook.calculation.fullCalcOnLoad = True  # formulas lose their stored results
    temporary = path.with_name(f".{path.stem}.new.xlsx")
    with _translated(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            _write(opened, path, temporary)
            if _stamp(path) != opened.stamp:
                raise ChangedMeanwhileError(
                    f"{path.name} was saved by somebody while it was being updated. It will be tried again."
                )
            if opened.stamp is not None:
                temporary.chmod(stat.S_IMODE(path.stat().st_mode))
            if opened.by_person:
                _back_up(path, today)
            temporary.replace(path)
            _flush_folder(path.parent)
        finally:
            temporary.unlink(missing_ok=True)


def _saved_by_us(path: Path, workbook: Workbook) -> bool:
    """Whether this program saved the file last. LibreOffice keeps the name of the last writer, but not that of the program."""
    with zipfile.ZipFile(path) as parts:
        program = parts.read(_PROGRAM) if _PROGRAM in parts.namelist() else b""
    return workbook.properties.lastModifiedBy == WRITER and b"openpyxl" in program.lower()


def _load(path: Path) -> Workbook:
    with zipfile.ZipFile(path) as parts:
        _refuse_loss(path, _lost_parts(parts))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of what `carried` puts back
        return load_workbook(path, rich_text=True)


def _lost_parts(parts: zipfile.ZipFile) -> list[str]:
    names = parts.namelist()
    lost = [what for part, what in _LOST_PARTS.items() if any(name.startswith(part) for name in names)]
    drawings = [name for name in names if name.startswith("xl/drawings/drawing")]
    if any(_SHAPES.search(parts.read(name)) for name in drawings):
        lost.append("shapes or text boxes")
    return lost + [f"an extension on sheet '{title}'" for title in left_behind(parts)]


def _refuse_loss(path: Path, lost: list[str]) -> None:
    if lost:
        raise FatalError(
            f"{path.name} contains {', '.join(dict.fromkeys(lost))}, which would be lost if it were rewritten here; nothing was written. "
            "Keep them in a workbook of your own that reads this one's okr_data sheet, or set another workbook."
        )


def _check_kind(path: Path, beginning: bytes) -> None:
    if beginning == _COMPOUND_FILE:
        raise FatalError(
            f"{path.name} is protected by a password or of the format of before 2007. Save it as .xlsx without a password."
        )
    if not beginning.startswith(b"PK"):
        raise FatalError(
            f"{path.name} is not an Excel workbook. Move it away, or set another workbook; a new one will be made."
        )


def _refuse_while_open(path: Path) -> None:
    for lock in (
        path.with_name(f"~${path.name}"),
        path.with_name(f"~${path.name[2:]}"),
        path.with_name(f".~lock.{path.name}#"),
    ):
        if lock.exists():
            raise RetriableError(
                f"{path.name} is open in a spreadsheet program. Close it; it will be tried again. "
                f"If nobody has it open, delete {lock.name}."
            )


def _write(opened: Opened, path: Path, temporary: Path) -> None:
    try:
        opened.workbook.save(temporary)
        if opened.stamp is not None:
            carry_over(path, temporary)
    except (OSError, RetriableError):
        raise
    except Exception as error:  # its writers raise anything for a sheet they do not understand
        raise FatalError(
            f"the workbook cannot be written ({type(error).__name__}: {error}). Nothing was changed."
        ) from error
    with temporary.open("rb+") as file:
        os.fsync(file.fileno())


def _back_up(path: Path, today: date) -> None:
    """Keep the file as the person left it; earlier backups go once this one is complete."""
    backup = path.with_name(f"{path.stem}.backup-{today.isoformat()}{path.suffix}")
    partial = backup.with_name(f".{backup.name}.part")
    shutil.copy2(path, partial)
    partial.replace(backup)
    for old in path.parent.glob(f"{_literal(path.stem)}.backup-????-??-??{path.suffix}"):
        if old != backup:
            old.unlink()


def _literal(name: str) -> str:
    return re.sub(r"([*?\[])", r"[\1]", name)


def _stamp(path: Path) -> Stamp | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _flush_folder(folder: Path) -> None:
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def _translated(path: Path) -> Iterator[None]:
    """Whatever the system or the library raises, as an error that says what to do."""
    try:
        yield
    except (RetriableError, FatalError):
        raise
    except PermissionError as error:
        raise RetriableError(
            f"{path.name} may not be read or written now. Close it where it is open, and check the permissions of its folder."
        ) from error
    except OSError as error:
        raise RetriableError(f"{path.name}: {error.strerror or error}. It will be tried again.") from error
    except Exception as error:  # openpyxl raises anything for a damaged file
        raise FatalError(
            f"{path.name} cannot be read as an Excel workbook ({type(error).__name__}). Repair it in Excel, or move it away."
        ) from error
