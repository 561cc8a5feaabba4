"""Strict YAML: a file becomes a typed object, or every mistake in it is named with its line.

Unknown keys, wrong types and keys given twice are mistakes. pydantic judges; the reader of the mapping files knows the lines.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from okr_mappings.yaml_lines import YamlFile, read_yaml
from warehouse.errors import DescriptionError

T = TypeVar("T")


def load_yaml(path: Path, adapter: TypeAdapter[T]) -> T:
    """The file's content as the adapter's type; DescriptionError lists every mistake as `file:line: what`."""
    file = read_yaml(path.read_text(encoding="utf-8"), str(path))
    if file.problems:
        raise DescriptionError([str(problem) for problem in file.problems])
    if file.data is None:
        raise DescriptionError([f"{path}:1: the file is empty"])
    try:
        return adapter.validate_python(file.data)
    except ValidationError as error:
        raise DescriptionError([_finding(file, item["loc"], item["msg"]) for item in error.errors()]) from error


def line_of_text(path: Path, text: str) -> int:
    """The first line (from 1) of a file that contains `text`; 1 when none does."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((number for number, line in enumerate(lines, start=1) if text in line), 1)


def _finding(file: YamlFile, place: tuple[str | int, ...], what: str) -> str:
    where = ".".join(str(step) for step in place if step != "[key]")
    return f"{file.path}:{file.line(place)}: {where}: {what}" if where else f"{file.path}:1: {what}"
