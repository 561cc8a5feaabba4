"""Columns of raw tables that name persons: plain texts replaced by their codes in place, and codes that no longer fit told apart.

The codes themselves are made by whoever has the key; here it is known only that they begin alike. Every table and column is looked up in
the catalogue first: a source may declare what was never loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from warehouse.engine import Connection
from warehouse.rows import arrow_table, read_count, read_rows
from warehouse.transaction import transaction

FORMER = "person-former-"
"""How a code begins that a lost key made and that nothing can match any more."""

Columns = Mapping[str, Collection[str]]
_OF_MODELS = ("staging", "intermediate", "marts")


def hide_plain(
    con: Connection, schema: str, columns: Columns, hashed: Callable[[str], str | None], code_start: str
) -> int:
    """Replace every text that is no code; how many rows had one. All of the schema or nothing.

    So are addresses that models have copied: the next transform would make them anew, but their old blocks would stay in the file.
    """
    changed = 0
    addresses: dict[str, str | None] = {}
    with transaction(con):
        for table, column in _present(con, schema, columns):
            plain = read_rows(
                con,
                f"select distinct {column} as plain from {table}"  # noqa: S608 - names quoted, out of the catalogue
                f" where trim({column}) <> '' and not {_is_code(column)}",
                {"start": code_start},
            )
            codes = {str(row["plain"]): hashed(str(row["plain"])) for row in plain}
            if codes:
                changed += _replace(con, table, column, codes)
            addresses |= {text: code for text, code in codes.items() if "@" in text}
        if addresses:
            _hide_copies(con, addresses)
    return changed


def _hide_copies(con: Connection, addresses: Mapping[str, str | None]) -> None:
    """Only what has an @: a respondent called C1 has namesakes in columns that are about something else."""
    written = {form: code for text, code in addresses.items() for form in (text, text.strip(), text.strip().lower())}
    columns = read_rows(
        con,
        "select c.schema_name, c.table_name, c.column_name from duckdb_columns() as c join duckdb_tables() as t using (table_oid)"
        " where c.database_name = current_database() and t.database_name = c.database_name and c.data_type = 'VARCHAR'"
        " and c.schema_name in (select unnest($schemas))",
        {"schemas": list(_OF_MODELS)},
    )
    for row in columns:
        _replace(con, f'"{row["schema_name"]}"."{row["table_name"]}"', f'"{row["column_name"]}"', written)


def count_codes(con: Connection, schema: str, columns: Columns, code_start: str, *, but: Collection[str]) -> int:
    """Codes that begin like none of `but`."""
    return sum(
        read_count(
            con,
            f"select count(*) from {table} where {_is_strange(column)}",  # noqa: S608 - as above
            {"start": code_start, "fitting": list(but)},
        )
        for table, column in _present(con, schema, columns)
    )


def mark_codes(con: Connection, schema: str, columns: Columns, code_start: str, *, but: Collection[str]) -> None:
    """Mark those as former."""
    for table, column in _present(con, schema, columns):
        con.execute(
            f"update {table} set {column} = $former || substr({column}, length($start) + 1) where {_is_strange(column)}",  # noqa: S608
            {"start": code_start, "fitting": list(but), "former": FORMER},
        )


def _replace(con: Connection, table: str, column: str, codes: Mapping[str, str | None]) -> int:
    pairs = [{"plain": plain, "code": code} for plain, code in codes.items()]
    con.register("codes_of_persons", arrow_table(pairs, {"plain": "str", "code": "str"}))
    try:
        where = f"from codes_of_persons where {table}.{column} = codes_of_persons.plain"
        return read_count(con, f"update {table} set {column} = codes_of_persons.code {where}")  # noqa: S608
    finally:
        con.unregister("codes_of_persons")


def _is_code(column: str) -> str:
    """A name may begin like a code, and still be a name."""
    return f"(starts_with({column}, $start) and regexp_matches({column}, '-[0-9a-f]{{4}}-[0-9a-f]{{32}}$'))"


def _is_strange(column: str) -> str:
    return f"{_is_code(column)} and not list_bool_or([starts_with({column}, x) for x in $fitting])"


def _present(con: Connection, schema: str, columns: Columns) -> Iterator[tuple[str, str]]:
    """Quoted names of those that exist."""
    found = read_rows(
        con,
        "select table_name, column_name from duckdb_columns() where database_name = current_database() and schema_name = $schema",
        {"schema": schema},
    )
    for row in found:
        if row["column_name"] in columns.get(str(row["table_name"]), ()):
            yield f'"{schema}"."{row["table_name"]}"', f'"{row["column_name"]}"'
