"""The part of SOQL that readers of whole objects use: fields or COUNT() of one object, conditions, order, limit.

Not imitated: relationships, functions other than COUNT(), date words such as LAST_N_DAYS, LIKE, subqueries, GROUP BY.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.sandbox.company.moments import to_ms
from connectors.sandbox.salesforce_errors import refuse
from connectors.sandbox.salesforce_schema import SObject

Row = Mapping[str, Any]
Condition = Callable[[Row], bool]
_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\]|\\.)*')|(?P<moment>\d{4}-\d\d-\d\dT[0-9:.]+(?:Z|[+-]\d\d:?\d\d))|(?P<day>\d{4}-\d\d-\d\d)"
    r"|(?P<number>-?\d+(?:\.\d+)?)|(?P<word>[A-Za-z_][A-Za-z_0-9.]*)|(?P<sign><=|>=|!=|<>|[=<>(),]))"
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True)
class Query:
    """`fields` is empty for COUNT(); `order` holds (field, descending)."""

    object_name: str
    fields: tuple[str, ...]
    condition: Condition | None
    order: tuple[tuple[str, bool], ...] = ()
    limit: int | None = None


def object_of(text: str) -> str:
    """The object that is asked for, before anything else is understood."""
    found = re.search(r"\bFROM\s+(\w+)", text, re.IGNORECASE)
    if found is None:
        raise refuse("MALFORMED_QUERY", "unexpected token: '<EOF>'")
    return found[1]


def parse(text: str, kind: SObject, visible: Mapping[str, str]) -> Query:
    """`visible` are the fields that the user may see; any other name is an INVALID_FIELD."""
    return _Parser(text, kind, visible).query()


def run(query: Query, rows: Sequence[Row]) -> list[Row]:
    """The rows that fit, in the order that is asked for."""
    found = [row for row in rows if query.condition is None or query.condition(row)]
    for name, descending in reversed(query.order):
        found.sort(key=lambda row: (row.get(name) is not None, row.get(name) or 0), reverse=descending)
    return found if query.limit is None else found[: query.limit]


class _Parser:
    def __init__(self, text: str, kind: SObject, visible: Mapping[str, str]) -> None:
        self._tokens = _tokens(text)
        self._kind = kind
        self._visible = visible
        self._next = 0

    def query(self) -> Query:
        self._word("SELECT")
        fields = self._fields()
        self._word("FROM")
        self._take()
        condition = self._either() if self._try("WHERE") else None
        order = self._order() if self._try("ORDER") else ()
        limit = int(self._take()[1]) if self._try("LIMIT") else None
        if self._next < len(self._tokens):
            raise refuse("MALFORMED_QUERY", f"unexpected token: {self._tokens[self._next][1]}")
        return Query(self._kind.name, fields, condition, order, limit)

    def _fields(self) -> tuple[str, ...]:
        if self._try("COUNT"):
            self._word("(")
            self._word(")")
            return ()
        names = [self._field()]
        while self._try(","):
            names.append(self._field())
        if len(set(names)) < len(names):
            raise refuse("MALFORMED_QUERY", "duplicate field selected")
        return tuple(names)

    def _field(self) -> str:
        name = self._take()[1]
        if name not in self._visible:
            message = f"No such column '{name}' on entity '{self._kind.name}'. If you are attempting to use a custom field, be sure"
            raise refuse("INVALID_FIELD", message, name)
        return name

    def _order(self) -> tuple[tuple[str, bool], ...]:
        self._word("BY")
        found = []
        while True:
            name = self._field()
            descending = self._try("DESC")
            self._try("ASC")
            found.append((name, descending))
            if not self._try(","):
                return tuple(found)

    def _either(self) -> Condition:
        parts = [self._both()]
        while self._try("OR"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else lambda row: any(part(row) for part in parts)

    def _both(self) -> Condition:
        parts = [self._one()]
        while self._try("AND"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else lambda row: all(part(row) for part in parts)

    def _one(self) -> Condition:
        if self._try("("):
            inner = self._either()
            self._word(")")
            return inner
        name = self._field()
        if name in self._kind.unfilterable:
            raise refuse("INVALID_FIELD", f"field '{name}' can not be filtered in a query call", name)
        if self._try("IN"):
            values = self._list()
            return lambda row: row.get(name) in values
        sign, value = self._take()[1], self._value(self._visible[name])
        return _comparison(name, sign, value)

    def _list(self) -> list[Any]:
        self._word("(")
        values = [self._value("string")]
        while self._try(","):
            values.append(self._value("string"))
        self._word(")")
        return values

    def _value(self, kind: str) -> Any:
        form, text = self._take()
        if kind == "datetime" and form not in ("moment", "word"):
            raise refuse("INVALID_FIELD", f"value of filter criterion for field must be of type dateTime: {text}")
        match form:
            case "text":
                return re.sub(r"\\(.)", r"\1", text[1:-1])
            case "moment":
                return to_ms(text)
            case "number":
                return float(text)
            case "day":
                return text
        return {"true": True, "false": False, "null": None}[text.lower()]

    def _take(self) -> tuple[str, str]:
        if self._next >= len(self._tokens):
            raise refuse("MALFORMED_QUERY", "unexpected token: '<EOF>'")
        self._next += 1
        return self._tokens[self._next - 1]

    def _try(self, word: str) -> bool:
        if self._next < len(self._tokens) and self._tokens[self._next][1].upper() == word:
            self._next += 1
            return True
        return False

    def _word(self, word: str) -> None:
        if not self._try(word):
            raise refuse("MALFORMED_QUERY", f"expecting {word}")


def _comparison(name: str, sign: str, value: Any) -> Condition:
    if sign == "=":
        return lambda row: bool(row.get(name) == value)
    if sign in ("!=", "<>"):
        return lambda row: bool(row.get(name) != value)
    compare = _COMPARE.get(sign)
    if compare is None:
        raise refuse("MALFORMED_QUERY", f"unexpected token: {sign}")
    return lambda row: row.get(name) is not None and compare(row[name], value)


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens, place = [], 0
    text = text.strip()
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None or found.lastgroup is None:
            raise refuse("MALFORMED_QUERY", f"unexpected token: {text[place : place + 20]}")
        tokens.append((found.lastgroup, found[found.lastgroup]))
        place = found.end()
    return tokens
