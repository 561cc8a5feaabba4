"""`files.yml`: which files belong to which table and how their cells are to be understood. Nothing is guessed from a file.

    tables:
      - table: nps_responses          # raw_files.nps_responses
        glob: "nps_*.csv"             # relative to the folder; later deliveries of a key win
        format: csv                   # csv, excel, parquet, json (a list) or jsonl (lines)
        key: [response_id]
        date_column: answered_at      # its latest day says how far the table's data go; optional
        finished: true                # nothing more will come (an old sheet that an API goes on with): never late; optional
        time_zone: Europe/Budapest    # of timestamps written without one; default: the company's
        encoding: utf-8               # csv, json and jsonl
        delimiter: ";"                # csv
        decimal: ","                  # csv and texts in a sheet; thousands: "." where they are written
        date_format: "%d.%m.%Y"       # and timestamp_format; default: ISO 8601
        sheet: answers                # excel; default: the first
        columns:
          response_id: varchar
          score: {type: bigint, min: 0, max: 10}
          respondent: {type: varchar, personal: true}
          comment: {type: varchar, from: "Any comment?"}

Types: varchar, bigint, double, decimal(18,2), boolean, date, timestamp. Options of a column: from (its heading in the file),
required, min, max, values, personal (it names a person, by e-mail address or otherwise: a code is loaded instead, the same one in every
source; varchar only). Columns of the key and `date_column` are required anyway. A file whose rows have nothing to tell them
apart, and may repeat word for word, says `key: [_file, _row]`: a row is then known by its place, and none is set aside as a repeat.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from connectors.errors import SettingError
from connectors.readers.columns import Kind

FILE_NAME = "files.yml"
FORMATS = ("csv", "excel", "parquet", "json", "jsonl")
TYPES = {
    "varchar": Kind.TEXT,
    "bigint": Kind.INTEGER,
    "double": Kind.NUMBER,
    "decimal(18,2)": Kind.MONEY,
    "boolean": Kind.FLAG,
    "date": Kind.DATE,
    "timestamp": Kind.MOMENT,
}
_OPTIONS = ("encoding", "delimiter", "decimal", "thousands", "date_format", "timestamp_format", "sheet", "time_zone")
_WORDS = {"table", "glob", "format", "key", "date_column", "finished", "columns", *_OPTIONS}
_COLUMN_WORDS = {"type", "from", "required", "min", "max", "values", "personal"}
_NAME = re.compile(r"[a-z][a-z0-9_]*")
OWN_TABLES = ("quarantine",)
PLACE = ("_file", "_row")


@dataclass(frozen=True)
class Column:
    """One declared column; `heading` is what the file calls it."""

    name: str
    kind: Kind
    heading: str
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    allowed: frozenset[str] = frozenset()
    personal: bool = False


@dataclass(frozen=True)
class Declaration:
    """One table. `digest` changes with every word of its declaration, so that its files are then read again."""

    table: str
    glob: str
    format: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    digest: str
    date_column: str | None = None
    finished: bool = False
    time_zone: str = ""
    encoding: str = "utf-8"
    delimiter: str = ","
    decimal: str = "."
    thousands: str = ""
    date_format: str = ""
    timestamp_format: str = ""
    sheet: str = ""

    @property
    def personal(self) -> frozenset[str]:
        """The columns that name a person."""
        return frozenset(column.name for column in self.columns if column.personal)

    @property
    def kinds(self) -> dict[str, Kind]:
        """The columns of the raw table, with those that say where a row comes from."""
        own = {"_file": Kind.TEXT, "_row": Kind.INTEGER, "_file_sha256": Kind.TEXT}
        return {column.name: column.kind for column in self.columns} | own


def read_declarations(folder: Path) -> list[Declaration]:
    """All tables of the folder's `files.yml`; SettingError says what is wrong in it."""
    path = folder / FILE_NAME
    if not path.exists():
        raise absent(str(folder))
    return declarations_of(read_yaml(path.read_bytes(), f"files: {path}"), path)


def absent(folder: str) -> SettingError:
    """What to say of a folder without declarations."""
    return SettingError(
        f"files: there is no {FILE_NAME} in {folder}. It declares which files belong to which table; "
        f"connectors/README.md has an example."
    )


def read_yaml(content: bytes, where: str) -> Any:
    """SettingError when it is none."""
    try:
        return yaml.safe_load(content.decode("utf-8-sig"))
    except (yaml.YAMLError, UnicodeDecodeError) as problem:
        raise SettingError(f"{where} is not YAML: {' '.join(str(problem).split())[:200]}") from None


def declarations_of(content: Any, path: Path | str) -> list[Declaration]:
    """The `tables:` of a file; `path` is where it lies, for messages."""
    tables = content.get("tables") if isinstance(content, dict) else None
    if not isinstance(tables, list) or not tables:
        raise SettingError(f"files: {path} should begin with `tables:` and a list of tables.")
    declarations = [_declaration(entry, path) for entry in tables]
    names = [declaration.table for declaration in declarations]
    if twice := {name for name in names if names.count(name) > 1}:
        raise SettingError(f"files: {path} declares {', '.join(sorted(twice))} twice.")
    return declarations


def _declaration(entry: Any, path: Path | str) -> Declaration:
    where = f"files: {path}"
    if not isinstance(entry, dict) or not _is_name(entry.get("table")) or entry["table"] in OWN_TABLES:
        raise SettingError(
            f"{where}: every table needs a `table:` in lower case, and not one of {', '.join(OWN_TABLES)}."
        )
    where = f"{where}: {entry['table']}"
    _only(entry, _WORDS, where)
    for word in ("glob", "format", "key", "columns"):
        if not entry.get(word):
            raise SettingError(f"{where}: `{word}` is missing.")
    if entry["format"] not in FORMATS:
        raise SettingError(f"{where}: format is one of {', '.join(FORMATS)}, not {entry['format']!r}.")
    if not isinstance(entry.get("finished", False), bool):
        raise SettingError(f"{where}: finished is true or false, not {entry['finished']!r}.")
    if ".." in str(entry["glob"]) or Path(str(entry["glob"])).is_absolute():
        raise SettingError(f"{where}: glob should name files below the folder, not {entry['glob']!r}.")
    key = tuple(entry["key"]) if isinstance(entry["key"], list) else (str(entry["key"]),)
    needed = {*key, entry.get("date_column")} - {None}
    columns = _columns(entry["columns"], needed, where)
    if unknown := needed - {column.name for column in columns} - set(PLACE if key == PLACE else ()):
        raise SettingError(f"{where}: {', '.join(sorted(unknown))} is in key or date_column, but not in columns.")
    _check_zone(entry.get("time_zone"), where)
    if str(entry.get("thousands", "")) == str(entry.get("decimal", ".")):
        raise SettingError(f"{where}: decimal and thousands are the same sign, so that 1.500 could be either.")
    return Declaration(
        table=entry["table"],
        glob=str(entry["glob"]),
        format=entry["format"],
        columns=columns,
        key=key,
        digest=hashlib.sha256(repr(entry).encode()).hexdigest()[:16],
        date_column=entry.get("date_column"),
        finished=entry.get("finished", False),
        **{word: str(entry[word]) for word in _OPTIONS if word in entry},
    )


def _columns(declared: Any, needed: set[str], where: str) -> tuple[Column, ...]:
    if not isinstance(declared, dict):
        raise SettingError(f"{where}: columns should be `name: type` pairs.")
    return tuple(_column(name, said, name in needed, where) for name, said in declared.items())


def _column(name: Any, said: Any, needed: bool, where: str) -> Column:
    if not _is_name(name):
        raise SettingError(
            f"{where}: a column is named in lower case, like `answered_at`, not {name!r}; `from:` tells its heading."
        )
    options = said if isinstance(said, dict) else {"type": said}
    _only(options, _COLUMN_WORDS, f"{where}.{name}")
    kind = TYPES.get(str(options.get("type")).replace(" ", ""))
    if kind is None:
        raise SettingError(f"{where}.{name}: type is one of {', '.join(TYPES)}, not {options.get('type')!r}.")
    if options.get("personal") and (kind is not Kind.TEXT or options.get("values")):
        raise SettingError(f"{where}.{name}: only a varchar without `values` can be personal, as its code is any text.")
    return Column(
        name=name,
        kind=kind,
        heading=str(options.get("from", name)),
        required=needed or bool(options.get("required")),
        minimum=_limit(options, "min", f"{where}.{name}"),
        maximum=_limit(options, "max", f"{where}.{name}"),
        allowed=frozenset(str(value) for value in options.get("values", ())),
        personal=bool(options.get("personal")),
    )


def _limit(options: Mapping[str, Any], word: str, where: str) -> float | None:
    value = options.get(word)
    if value is None or isinstance(value, int | float):
        return value
    raise SettingError(f"{where}: {word} should be a number, not {value!r}.")


def _only(entry: Mapping[Any, Any], words: set[str], where: str) -> None:
    if unknown := sorted(str(word) for word in entry if word not in words):
        raise SettingError(f"{where}: there is no option {', '.join(unknown)}. Known: {', '.join(sorted(words))}.")


def _check_zone(zone: Any, where: str) -> None:
    try:
        ZoneInfo(str(zone or "UTC"))
    except (ZoneInfoNotFoundError, ValueError):
        raise SettingError(f"{where}: there is no time zone {zone!r}; it should be like Europe/Budapest.") from None


def _is_name(text: Any) -> bool:
    return isinstance(text, str) and _NAME.fullmatch(text) is not None
