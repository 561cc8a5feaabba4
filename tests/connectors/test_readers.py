"""The parts that all sources share: strict JSON, declared columns, patience, settings, and what a load replaces."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from connectors.errors import ContractError, CredentialError, RetriableError, SettingError
from connectors.readers import settings
from connectors.readers.ahead import Readings
from connectors.readers.columns import Kind, from_text
from connectors.readers.hubspot.pages import merged_ids
from connectors.readers.json_pages import parse
from connectors.readers.merge import literal, same_key
from connectors.readers.patience import UnreadableError, asked_wait, patiently

SCHEMA = pa.schema([("results", pa.list_(pa.struct([("id", pa.string())])))])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"<html></html>",
        b'{"results":[{"id":"1"',
        b'{"results":[]}{"results":[]}',
        b'{"results":[}',
    ],
)
def test_what_is_not_one_json_document_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableError, match=r"^a call answered"):
        parse(body, SCHEMA, "a call")


@pytest.mark.parametrize(
    "body",
    [
        b'{"results":[{"id":1}]}',
        b'{"results":{}}',
        b'{"results":[{"id":"1","id":"2"}]}',
        b'{"results":[{"id":"\xff"}]}',
    ],
)
def test_json_that_is_not_as_documented_breaks_the_contract(body: bytes) -> None:
    with pytest.raises(ContractError, match="Nothing was loaded"):
        parse(body, SCHEMA, "a call")


def test_blanks_line_breaks_and_new_fields_do_not_matter() -> None:
    body = b'\n {\n "new": {"a": [1, {"b": 2}]}, "results": [\n {"id": "\\u00e1\\u0000\\n", "more": 1} ]\n}\n'
    assert parse(body, SCHEMA, "a call").to_pylist() == [{"results": [{"id": "á\0\n"}]}]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("60000.0", Kind.INTEGER, 60000),
        ("", Kind.INTEGER, None),
        ("1e3", Kind.MONEY, Decimal("1000.00")),
        ("-0.005", Kind.MONEY, Decimal("-0.01")),
        ("1.004999", Kind.MONEY, Decimal("1.00")),
        ("true", Kind.FLAG, True),
        ("0.25", Kind.NUMBER, 0.25),
        ("", Kind.TEXT, ""),
    ],
)
def test_texts_become_values(text: str, kind: Kind, value: Any) -> None:
    assert from_text(pa.array([text]), kind, "column").to_pylist() == [value]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("1.5", Kind.INTEGER),
        ("1,5", Kind.MONEY),
        ("99999999999999999999", Kind.MONEY),
        ("2026-13-01", Kind.DATE),
        ("2026-11-21T10:00:00", Kind.MOMENT),
    ],
)
def test_texts_that_do_not_fit_name_their_column(text: str, kind: Kind) -> None:
    with pytest.raises(ContractError, match=r"^deals\.x should hold"):
        from_text(pa.array([text]), kind, "deals.x")


def test_merged_ids_of_both_notations() -> None:
    assert merged_ids(["1; 2;", "3:1699000000000;1:1700000000000", None, ""]) == {"1", "2", "3"}


class Moody:
    """Fails as told, then answers."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        if self.failures:
            raise self.failures.pop(0)
        return "fine"


def test_patience_waits_longer_each_time_or_as_long_as_asked() -> None:
    waits: list[float] = []
    call = Moody(RetriableError("a"), RetriableError("b", retry_after=7), RetriableError("c"))
    assert patiently(call, waits.append) == "fine"
    assert waits == [0.5, 7, 2.0]


def test_patience_ends() -> None:
    call = Moody(*[RetriableError("never")] * 9)
    with pytest.raises(RetriableError, match="never"):
        patiently(call, lambda _: None)
    assert call.calls == 4


@pytest.mark.parametrize(
    "error", [RetriableError("tomorrow", retry_after=61), CredentialError("no"), ContractError("odd")]
)
def test_what_waiting_does_not_cure_is_not_waited_for(error: Exception) -> None:
    waits: list[float] = []
    call = Moody(error)
    with pytest.raises(type(error)):
        patiently(call, waits.append)
    assert (call.calls, waits) == (1, [])


def test_what_stays_unreadable_breaks_the_contract() -> None:
    with pytest.raises(ContractError, match=r"HTML\. Tried 4 times; nothing was loaded\."):
        patiently(Moody(*[UnreadableError("HTML.")] * 4), lambda _: None)


def test_reading_ahead_keeps_the_order_and_the_bounds() -> None:
    made: list[int] = []

    def numbers() -> Iterator[int]:
        for number in range(50):
            made.append(number)
            yield number

    found = []
    for number in Readings(most=3).add(numbers()):
        found.append(number)
        # one in hand, three waiting, one about to be put
        assert len(made) <= number + 1 + 3 + 1
    assert found == list(range(50))


def test_reading_ahead_raises_what_was_raised_where_it_was_raised() -> None:
    def broken() -> Iterator[int]:
        yield 1
        yield 2
        raise ContractError("cut")

    items = Readings().add(broken())
    assert (next(items), next(items)) == (1, 2)
    with pytest.raises(ContractError, match="cut"):
        next(items)


def test_who_stops_reading_stops_the_thread() -> None:
    before = threading.active_count()
    items = Readings(most=2).add(iter(range(10_000)))
    assert next(items) == 0
    items.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"retry-after": "Sun, 22 Nov 2026 05:00:30 GMT", "date": "Sun, 22 Nov 2026 05:00:00 GMT"}, 30.0),
        ({"Retry-After": "Sun, 22 Nov 2026 04:00:00 GMT", "Date": "Sun, 22 Nov 2026 05:00:00 GMT"}, 0.0),
        ({"Retry-After": "Sun, 22 Nov 2026 05:00:30 GMT"}, None),
        ({"Retry-After": "soon", "Date": "Sun, 22 Nov 2026 05:00:00 GMT"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_seconds_or_a_date_by_the_answers_own_clock(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert asked_wait(headers) == seconds


def test_bare_names_are_not_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACCESS_TOKEN", "stray")
    monkeypatch.setenv("SOURCES__ACCESS_TOKEN", "stray")
    monkeypatch.delenv("SOURCES__HUBSPOT__ACCESS_TOKEN", raising=False)
    with pytest.raises(
        SettingError, match=r"SOURCES__HUBSPOT__ACCESS_TOKEN is not set\. Give it a key, .* in \.dlt/secrets\.toml"
    ):
        settings.secret("hubspot", "access_token", "a key")


@pytest.mark.parametrize("key", [["id"], ["id", "day"]])
def test_the_scope_of_a_key_is_sql(key: list[str]) -> None:
    """dlt fills in the names; of three rows the one with a loaded key goes."""
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE t AS SELECT * FROM (VALUES ('a', 1), ('b', 2), ('c', 3)) AS v(id, day)")
        connection.execute("CREATE TABLE staged AS SELECT 'b' AS id, 2 AS day")
        connection.execute(f"DELETE FROM t WHERE {same_key(key).format(table='t', staging_table='staged')}")
        assert connection.execute("SELECT id FROM t ORDER BY id").fetchall() == [("a",), ("c",)]


def test_literals_survive_quotes_and_braces() -> None:
    with duckdb.connect() as connection:
        assert connection.execute(f"SELECT {literal(chr(39) + '{x}')}".format()).fetchall() == [("'{x}",)]
