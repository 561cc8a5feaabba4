"""YAML text to plain values, with the line of every key and item.

YAML 1.1 reads some things differently from what people mean; here `+1000` stays the text that was written (a relative target,
not the number 1000), and so do `1:30` and `010`. A key written twice is a problem, not a silent overwrite.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime

import yaml

from okr_mappings.errors import Problem

try:
    from yaml import CSafeLoader as Loader
except ImportError:  # pragma: no cover - PyYAML without libyaml
    from yaml import SafeLoader as Loader  # type: ignore[assignment]

Scalar = str | int | float | bool | date | datetime | None
Value = Scalar | list["Value"] | dict[str, "Value"]
Place = tuple[str | int, ...]

_STR = "tag:yaml.org,2002:str"
_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
# "+1000", "1:30" and "010" would become 1000, 90 and 8
_MISREAD_NUMBER = re.compile(r"^(\+|.*:|[-+]?0[0-9])")


@dataclass(slots=True)
class YamlFile:
    """The content of one file and the line (from 1) of every place in it; `data` is None where the text is not YAML."""

    path: str
    data: Value = None
    lines: dict[Place, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, place: Place) -> int:
        """The line of `place`, or of the nearest enclosing one that exists."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def problem(self, place: Place, what: str, advice: str = "") -> None:
        self.problems.append(Problem(self.path, self.line(place), what, advice))


def read_yaml(text: str, path: str) -> YamlFile:
    """Never raises: whatever is wrong with the text is in `problems`."""
    file = YamlFile(path)
    try:
        loader = Loader(text)
        node = loader.get_single_node()
        if node is not None:
            file.data = _Reader(loader, file).value(node, (), ())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        file.problems.append(
            Problem(path, mark.line + 1 if mark else 1, f"This is not YAML: {error.problem}.", _advice(error))
        )
    except yaml.YAMLError as error:
        file.problems.append(Problem(path, 1, f"This is not YAML: {' '.join(str(error).split())}."))
    return file


def _advice(error: yaml.MarkedYAMLError) -> str:
    if "\\t" in str(error.problem):
        return "Indent with spaces, not with tabs."
    return "Check the indentation and the colon on this line and on the one above; put text with a colon in quotes."


class _Reader:
    """Walks the nodes of one file; `above` are the nodes being walked, to notice an alias that contains itself."""

    def __init__(self, loader: yaml.SafeLoader | yaml.CSafeLoader, file: YamlFile) -> None:
        self._loader = loader
        self._file = file

    def value(self, node: yaml.Node, place: Place, above: tuple[int, ...]) -> Value:
        self._file.lines.setdefault(place, node.start_mark.line + 1)
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        if id(node) in above:
            self._file.problem(place, "This alias contains itself.", "Write the content out.")
            return None
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place, (*above, id(node)))
        assert isinstance(node, yaml.SequenceNode)  # noqa: S101 - YAML has three kinds of nodes
        return [self.value(item, (*place, number), (*above, id(node))) for number, item in enumerate(node.value)]

    def _mapping(self, node: yaml.MappingNode, place: Place, above: tuple[int, ...]) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            line = key_node.start_mark.line + 1
            if key in found:
                first = self._file.lines[(*place, key)]
                self._file.problems.append(
                    Problem(
                        self._file.path, line, f"`{key}` is written twice (first on line {first}).", "Keep one of them."
                    )
                )
                continue
            self._file.lines[(*place, key)] = line
            found[key] = self.value(value_node, (*place, key), above)
        return found

    def _scalar(self, node: yaml.ScalarNode) -> Scalar:
        if node.tag == _STR or (node.tag in _NUMBERS and _MISREAD_NUMBER.match(node.value)):
            return str(node.value)
        try:
            scalar: Scalar = self._loader.construct_object(node)
        except (ValueError, yaml.YAMLError):
            return str(node.value)  # 2026-13-45: whoever wants a date here will say what is wrong
        return scalar
