"""pydantic's findings in the words of a person who edits YAML."""

from __future__ import annotations

import re
from typing import TypeVar, cast, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from okr_mappings.model import Block
from okr_mappings.suggest import nearest
from okr_mappings.yaml_lines import Place, YamlFile

FileModel = TypeVar("FileModel", bound=Block)

_DATE = re.compile(r"^\d{4}-\d{1,2}-\d{1,2}$")  # 2026-10-32

_SENTENCES = {
    "string_type": "This must be text: put it in quotes.",
    "string_too_short": "This must not be empty.",
    "date_type": "This must be a date like 2026-10-31, without quotes.",
    "date_from_datetime_inexact": "This must be a date like 2026-10-31, without a time.",
    "int_type": "This must be a whole number.",
    "float_type": "This must be a number, without quotes, thousands separators or unit.",
    "finite_number": "This must be a finite number.",
    "list_type": "This must be a list: start each item with a dash.",
    "dict_type": "This must be `name: value` lines.",
    "model_type": "This must be `name: value` lines.",
    "too_short": "This list must not be empty.",
}


def read_shape(file: YamlFile, model: type[FileModel]) -> FileModel | None:
    """The file as its model; None, with the problems noted in the file, where it does not fit."""
    if file.data is None:
        if not file.problems:
            file.problem((), "The file is empty.", f"It needs {_required(model)}.")
        return None
    try:
        return model.model_validate(file.data)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            _note(file, model, detail)
        return None


def _note(file: YamlFile, model: type[Block], detail: ErrorDetails) -> None:
    place = _place(file, detail["loc"])
    key = str(detail["loc"][-1]) if detail["loc"] else ""
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        file.problem(
            place, f"There is no key `{key}` here.", nearest(key, _block_at(model, detail["loc"][:-1]).model_fields)
        )
    elif kind == "missing":
        file.problem(place, f"`{key}` is missing.", _description(model, detail["loc"]))
    elif kind == "value_error":
        file.problem(place, f"`{_last_key(place)}` cannot be read: {_shown(detail['input'])}.", str(context["error"]))
    elif kind == "enum":
        file.problem(
            place, f"`{_last_key(place)}` cannot be {_shown(detail['input'])}.", f"Write {context['expected']}."
        )
    elif kind == "string_pattern_mismatch":
        file.problem(
            place, f"`{_last_key(place)}` cannot be {_shown(detail['input'])}.", _pattern_advice(_last_key(place))
        )
    elif kind == "date_type" and _DATE.match(str(detail["input"])):
        file.problem(place, f"`{detail['input']}` is not a date that exists.", "Look at the calendar.")
    else:
        sentence = _SENTENCES.get(kind, f"{detail['msg']}.")
        file.problem(place, f"`{_last_key(place)}` is {_shown(detail['input'])}.", sentence)


def _place(file: YamlFile, loc: tuple[int | str, ...]) -> Place:
    """The location without the names of union branches that pydantic puts in between."""
    place: Place = ()
    for part in loc:
        if (*place, part) in file.lines:
            place = (*place, part)
    return place


def _last_key(place: Place) -> str:
    keys = [part for part in place if isinstance(part, str)]
    return keys[-1] if keys else "the file"


def _shown(value: object) -> str:
    if isinstance(value, dict | list):
        return "a list" if isinstance(value, list) else "a block of keys"
    return f"`{value}`" if value is not None else "empty"


def _pattern_advice(key: str) -> str:
    if key == "currency":
        return "Write an ISO code of three capitals, such as EUR."
    return "Use letters, digits, `-`, `_` and `.`, starting with a letter or a digit."


def _required(model: type[Block]) -> str:
    return ", ".join(f"`{name}`" for name, field in model.model_fields.items() if field.is_required())


def _block_at(model: type[Block], loc: tuple[int | str, ...]) -> type[Block]:
    """The model of the block at `loc`, found by walking the annotations."""
    for part in loc:
        if isinstance(part, str) and part in model.model_fields:
            model = _block_in(model.model_fields[part].annotation) or model
    return model


def _block_in(annotation: object) -> type[Block] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return cast("type[Block]", annotation)
    for argument in get_args(annotation):
        found = _block_in(argument)
        if found is not None:
            return found
    return None


def _description(model: type[Block], loc: tuple[int | str, ...]) -> str:
    field = _block_at(model, loc[:-1]).model_fields.get(str(loc[-1]))
    return field.description or "" if field else ""
