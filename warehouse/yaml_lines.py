"""Strict YAML: a file becomes a typed object, or every mistake in it is named with its line.

Unknown keys, wrong types and keys given twice are mistakes. pydantic judges, the node tree of the YAML parser knows the lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError

from warehouse.errors import DescriptionError

T = TypeVar("T")
Location = tuple[str | int, ...]


def load_yaml(path: Path, adapter: TypeAdapter[T]) -> T:
    """The file's content as the adapter's type; DescriptionError lists every mistake as `file:line: what`."""
    text = path.read_text(encoding="utf-8")
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise DescriptionError([f"{path}:{line}: {error.problem}"]) from error
    if root is None:
        raise DescriptionError([f"{path}:1: the file is empty"])
    twice = [f"{path}:{line}: {key!r} is given twice" for key, line in _repeated_keys(root)]
    if twice:
        raise DescriptionError(twice)
    try:
        return adapter.validate_python(data)
    except ValidationError as error:
        raise DescriptionError([_finding(path, root, dict(item)) for item in error.errors()]) from error


def line_of(root: yaml.Node, location: Location) -> int:
    """The line (from 1) of the deepest node along `location` that exists."""
    line, node = root.start_mark.line, root
    for step in location:
        entry = next(((key, value) for name, key, value in _children(node) if name == step), None)
        if entry is None:
            break
        line, node = entry[0].start_mark.line, entry[1]
    return line + 1


def line_of_text(path: Path, text: str) -> int:
    """The first line (from 1) of a file that contains `text`; 1 when none does."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((number for number, line in enumerate(lines, start=1) if text in line), 1)


def _finding(path: Path, root: yaml.Node, item: dict[str, object]) -> str:
    location = item["loc"]
    if not isinstance(location, tuple):
        location = ()
    where = ".".join(str(step) for step in location if step != "[key]")
    return f"{path}:{line_of(root, location)}: {where}: {item['msg']}" if where else f"{path}:1: {item['msg']}"


def _children(node: yaml.Node) -> Iterator[tuple[str | int, yaml.Node, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        yield from ((key.value, key, value) for key, value in node.value)
    elif isinstance(node, yaml.SequenceNode):
        yield from ((index, value, value) for index, value in enumerate(node.value))


def _repeated_keys(node: yaml.Node) -> Iterator[tuple[str, int]]:
    seen: set[str | int] = set()
    for name, key, value in _children(node):
        if name in seen:
            yield str(name), key.start_mark.line + 1
        seen.add(name)
        yield from _repeated_keys(value)
