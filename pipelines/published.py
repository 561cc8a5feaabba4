"""Reads what `publish` left: the progress documents, without database, lock or waiting."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from datetime import date
from pathlib import Path

from okr_mappings.document import document_from_dict
from okr_mappings.errors import DocumentError
from okr_mappings.snapshot import ProgressDocument
from pipelines.errors import NothingPublishedError


def progress_path(data_dir: Path) -> Path:
    """Where the whole document lies."""
    return data_dir / "feeds" / "progress.json"


def read_document(data_dir: Path | None) -> ProgressDocument:
    """The latest published document; NothingPublishedError before the first publish.

    The data folder is looked up by hand: reading all settings would cost this most frequent of commands a third of its time.
    """
    path = progress_path(data_folder(data_dir))
    try:
        return _document(path)
    except FileNotFoundError:
        raise NothingPublishedError(
            f"{path}: nothing is published yet. Run `okr run` (or `okr demo`, then add --data data/demo)."
        ) from None
    except (ValueError, DocumentError) as error:
        raise NothingPublishedError(f"{path}: cannot be read ({error}). `okr publish` writes it anew.") from error


def published_documents(data_dir: Path) -> tuple[ProgressDocument, ...]:
    """The published documents of all running cycles, the one that people look at last. Raises NothingPublishedError."""
    main = read_document(data_dir)
    beside = [_document(path) for path in sorted((data_dir / "feeds").glob("*/progress.json"))]
    longer = [each for each in beside if each.as_of == main.as_of and each.cycle_id != main.cycle_id]
    return (*longer, main)


def newest_days(data_dir: Path) -> dict[str, date]:
    """By cycle, the newest day that is out; a document that cannot be read shows nothing."""
    days: dict[str, date] = {}
    for path in (progress_path(data_dir), *(data_dir / "feeds").glob("*/progress.json")):
        with suppress(OSError, ValueError, KeyError, TypeError):
            content = json.loads(path.read_text(encoding="utf-8"))
            cycle_id, day = str(content["cycle_id"]), date.fromisoformat(content["as_of"])
            days[cycle_id] = max(day, days.get(cycle_id, day))
    return days


def data_folder(data_dir: Path | None) -> Path:
    """The folder named on the command line, or else the installation's."""
    return data_dir or _data_dir()


def _document(path: Path) -> ProgressDocument:
    return document_from_dict(json.loads(path.read_text(encoding="utf-8")))


def _data_dir() -> Path:
    if "OKR_DATA_DIR" in os.environ:
        return Path(os.environ["OKR_DATA_DIR"])
    if Path("okr.toml").exists():
        from pipelines.settings import load_settings

        return load_settings().data_dir
    return Path("data")
