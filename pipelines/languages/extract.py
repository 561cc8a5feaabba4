"""`python -m pipelines.languages.extract`: every message of the program into every catalogue; translations that fit are kept.

Messages are the first arguments of `say`, `count`, `marked`, `Phrase`, `counted` and `_`, in Python and in templates. Status labels are
said by looking them up, so they are listed here. It prints what is still untranslated, language by language.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import write_po

from okr_mappings.display import status_label
from okr_mappings.words import Status
from pipelines.languages import DEFAULT, LANGUAGES
from pipelines.languages.catalogue import DOMAIN, read_catalogue

ROOT = Path(__file__).parents[2]
KEYWORDS = {
    "_": None,
    "say": None,
    "marked": None,
    "count": (1, 2),
    "say_count": (1, 2),
    "Phrase": None,
    "counted": (1, 2),
    "gettext": None,
    "ngettext": (1, 2),
}
FOLDERS = ("pipelines/report", "pipelines/serve", "pipelines/languages", "connectors/delivering", "connectors/trackers")
FILES = ("okr_mappings/reason.py", "okr_mappings/news.py", "okr_mappings/interval.py", "pipelines/terminal.py")
TEMPLATES = {"trimmed": "true", "silent": "false"}
SPEAKERS = ("pipelines.languages", "okr_mappings.wording", "okr_mappings.phrases")


def messages() -> Catalog:
    """Every message of the program, in the order of its files."""
    found = Catalog(domain="okr", charset="utf-8")
    for status in Status:
        found.add(status_label(status))
    for path in _files():
        method = "jinja2" if path.suffix == ".j2" else "python"
        lines = extract_from_file(method, path, keywords=KEYWORDS, options=TEMPLATES if method == "jinja2" else {})
        _add(found, ((message, context) for _, message, _, context in lines))
    return found


def _files() -> list[Path]:
    """Templates, and the Python files that know of languages: elsewhere a function may be called `say` for another reason."""
    inside = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*"))]
    python = [path for path in inside if path.suffix == ".py" and _speaks(path)]
    return [*(ROOT / name for name in FILES), *python, *(path for path in inside if path.suffix == ".j2")]


def _speaks(path: Path) -> bool:
    text = path.read_text(encoding="utf-8")
    return any(f"from {name}" in text for name in SPEAKERS)


def _add(catalogue: Catalog, found: Iterable[tuple[str | tuple[str, ...], str | None]]) -> None:
    for message, context in found:
        if message and message != "" and (isinstance(message, str) or all(message)):
            catalogue.add(message, context=context)


def updated(folder: str, wanted: Catalog) -> Catalog:
    """The catalogue of one language with exactly the messages wanted: new ones empty, old ones gone, nothing guessed."""
    known = read_catalogue(folder) if _path(folder).exists() else Catalog()
    found = Catalog(
        locale=Locale.parse(folder),
        domain="okr",
        charset="utf-8",
        header_comment=f"# {LANGUAGES_BY_FOLDER[folder]}: `python -m pipelines.languages.extract` keeps this file up to date.",
    )
    found.revision_date = found.creation_date = known.creation_date if _path(folder).exists() else found.creation_date
    for message in wanted:
        if message.id:
            old = known.get(message.id)
            text = old.string if old is not None and _same_shape(old, message) else None
            found.add(message.id, text)
    return found


def _same_shape(one: Message, other: Message) -> bool:
    return isinstance(one.string, str) is isinstance(other.id, str)


LANGUAGES_BY_FOLDER = {folder: name for folder, _, name in LANGUAGES.values()}


def _path(folder: str) -> Path:
    return Path(__file__).parent / folder / "LC_MESSAGES" / DOMAIN


def missing(catalogue: Catalog) -> list[str]:
    """Messages without a translation, or without one of its plural forms."""
    found = []
    for message in catalogue:
        texts = (message.string,) if isinstance(message.string, str) else message.string
        if message.id and not (texts and all(texts)):
            found.append(message.id if isinstance(message.id, str) else message.id[0])
    return found


def main() -> None:
    wanted = messages()
    for code, (folder, _, name) in LANGUAGES.items():
        if code == DEFAULT:
            continue
        catalogue = updated(folder, wanted)
        _path(folder).parent.mkdir(parents=True, exist_ok=True)
        with _path(folder).open("wb") as stream:
            write_po(stream, catalogue, width=120, omit_header=False, sort_output=False, include_previous=False)
        without = missing(catalogue)
        sys.stdout.write(f"{name}: {len(catalogue)} messages, {len(without)} without a translation\n")
        sys.stdout.writelines(f"    {text}\n" for text in without)


if __name__ == "__main__":
    main()
