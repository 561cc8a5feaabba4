"""The published document to plain values and back, exactly.

Plain values are what JSON knows. Dates and times are ISO text, enums their words; a number that JSON cannot hold (NaN, infinity) is
refused rather than written. Imports neither pydantic nor YAML: `okr status` starts with this module and has to be instant.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Any, cast, get_args, get_origin, get_type_hints

from okr_mappings.errors import DocumentError
from okr_mappings.snapshot import SCHEMA_VERSION, ProgressDocument, Snapshot

Plain = str | int | float | bool | None | list["Plain"] | dict[str, "Plain"]
_Reader = Callable[[Any], Any]


def document_to_dict(document: ProgressDocument) -> dict[str, Plain]:
    """Raises DocumentError for a number that JSON cannot hold."""
    return cast("dict[str, Plain]", to_plain(document))


def document_from_dict(content: Mapping[str, Plain]) -> ProgressDocument:
    """Raises DocumentError when another version published it, or when something is missing or of the wrong type."""
    version = content.get("schema_version")
    if version != SCHEMA_VERSION:
        raise DocumentError(
            f"The document has schema version {version}; this program reads {SCHEMA_VERSION}. Run `okr publish` again."
        )
    return cast("ProgressDocument", _read(ProgressDocument, content))


def snapshot_to_dict(snapshot: Snapshot) -> dict[str, Plain]:
    return cast("dict[str, Plain]", to_plain(snapshot))


def snapshot_from_dict(content: Mapping[str, Plain]) -> Snapshot:
    return cast("Snapshot", _read(Snapshot, content))


def to_plain(value: object) -> Plain:
    """Any value made of dataclasses, tuples, dicts, enums, dates and JSON's own types."""
    if value is None or isinstance(value, bool | int) or type(value) is str:
        return value
    if isinstance(value, float):
        return _finite(value)
    if isinstance(value, date):
        return value.isoformat()
    return _compound_to_plain(value)


def _finite(number: float) -> float:
    if not math.isfinite(number):
        raise DocumentError(f"{number} is no number that can be published.")
    return number


def _compound_to_plain(value: object) -> Plain:
    if isinstance(value, Enum):
        return cast("Plain", value.value)
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain(item) for item in value]
    if is_dataclass(value):
        return {name: to_plain(getattr(value, name)) for name in _names(cast("type", type(value)))}
    raise DocumentError(f"A {type(value).__name__} cannot be published.")


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def _read(kind: type, content: object) -> object:
    try:
        return _reader(kind)(content)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DocumentError(f"The document is damaged: {error!r}. Run `okr publish` again.") from error


@cache
def _reader(kind: Any) -> _Reader:
    """The function that turns plain values into this type."""
    if is_dataclass(kind):
        return _dataclass_reader(cast("type", kind))
    if get_origin(kind) is not None:
        return _generic_reader(get_origin(kind), get_args(kind))
    if kind in (date, datetime):
        return cast("_Reader", kind.fromisoformat)
    return cast("_Reader", kind) if issubclass(kind, Enum) else _scalar_reader(kind)


def _generic_reader(origin: object, arguments: tuple[Any, ...]) -> _Reader:
    if origin is tuple:
        item = _reader(arguments[0])
        return lambda content: tuple(item(each) for each in _list(content))
    if origin is dict:
        value = _reader(arguments[1])
        return lambda content: {key: value(each) for key, each in content.items()}
    return _union_reader(arguments)


def _list(content: object) -> list[Any]:
    if not isinstance(content, list):
        raise TypeError(f"expected a list, not {content!r}")
    return content


def _dataclass_reader(kind: type) -> _Reader:
    hints = get_type_hints(kind)
    readers = {field.name: _reader(hints[field.name]) for field in fields(kind)}

    def read(content: dict[str, Any]) -> object:
        return kind(**{name: reader(content[name]) for name, reader in readers.items() if name in content})

    return read


def _union_reader(arguments: tuple[Any, ...]) -> _Reader:
    """`X | None`; a union of several plain types is taken as it is."""
    others = [argument for argument in arguments if argument is not type(None)]
    if len(others) > 1:
        return lambda content: content
    reader = _reader(others[0])
    return lambda content: None if content is None else reader(content)


def _scalar_reader(kind: type) -> _Reader:
    accepted = (int, float) if kind is float else (kind,)

    def read(content: object) -> object:
        if not isinstance(content, accepted) or (isinstance(content, bool) and kind is not bool):
            raise TypeError(f"expected {kind.__name__}, not {content!r}")
        return content

    return read
