"""What SQL a person may hand us: one SELECT over known tables, made of parts that are on a list.

First of two layers (the second is `engine.open_guarded`). It is an allow-list over the whole syntax tree: a part that is not
listed is refused, so a new feature of DuckDB is refused until somebody thought about it. Three things are not obvious:

* What runs is the text written back from the checked tree, never the text that came in, so that a difference between sqlglot's
  reading and DuckDB's (comments, quoting, dollar strings) cannot smuggle anything past the check.
* A table name without a schema must be a CTE that is visible at that very place. `with duckdb_tables as (select * from
  duckdb_tables)` would otherwise read DuckDB's own view.
* Functions that grow their input without bound are off the list (`repeat('x', 1e10)` ignores an interrupt for most of a minute and
  takes 8 GB); `||` and `concat` double a string, so a statement gets only a few of them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import TokenType

from warehouse.errors import MetricRefusedError
from warehouse.vocabulary import ALLOWED, ALLOWED_BY_NAME, CLOCK, CLOCK_BY_NAME, SYSTEM_COLUMNS, TYPES

DIALECT = "duckdb"
MAX_CHARACTERS = 20_000
MAX_TOKENS = 4_000
MAX_NESTING = 40
MAX_DEPTH = 120
MAX_TABLES = 16
MAX_CONCATENATIONS = 12

PARAMETERS = frozenset({"window_start", "as_of"})

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
_OPENING = {TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE}
_CLOSING = {TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE}
_FIRST_WORDS = {TokenType.SELECT, TokenType.WITH, TokenType.L_PAREN}


def check(sql: str, tables: Collection[str], parameters: Collection[str] = PARAMETERS) -> exp.Query:
    """The syntax tree of a statement that may run; its `sql(dialect=DIALECT)` is what to run.

    `tables` are the readable ones as `schema.table`. Raises MetricRefusedError with one plain sentence.
    """
    query = _parse(sql)
    _check_depth(query)
    for node in query.walk():
        _check_node(node)
        node.comments = None  # sqlglot nests comments and DuckDB does not: what one skips the other would run
    _check_parameters(query, parameters)
    _check_concatenations(query)
    _check_tables(query, tables)
    return query


def mart_references(query: exp.Expr) -> Iterator[exp.Table]:
    """Every place where a checked statement reads a table that is not a CTE of its own."""
    return (table for table in query.find_all(exp.Table) if table.db)


def _parse(sql: str) -> exp.Query:
    if len(sql) > MAX_CHARACTERS:
        raise MetricRefusedError(f"the SQL is {len(sql)} characters long; {MAX_CHARACTERS} are allowed.")
    try:
        _check_tokens(sql)
        parsed = sqlglot.parse(sql, dialect=DIALECT)
    except SqlglotError as error:
        raise MetricRefusedError(f"the SQL cannot be read: {_plain(str(error))}") from error
    except RecursionError as error:
        raise MetricRefusedError("the SQL is nested too deeply.") from error
    # a comment after the last semicolon becomes a statement of its own
    statements = [statement for statement in parsed if statement and not isinstance(statement, exp.Semicolon)]
    if len(statements) != 1:
        raise MetricRefusedError(f"exactly one SELECT is allowed, found {len(statements)} statements.")
    statement = statements[0]
    if not isinstance(statement, exp.Select | exp.SetOperation):
        raise MetricRefusedError(f"only SELECT is allowed, found {_name_of(statement).upper()}.")
    return statement


def _check_tokens(sql: str) -> None:
    """Cheap limits before the parser, which recurses; DuckDB's own reading of odd characters never gets a chance."""
    tokens = sqlglot.tokenize(sql, dialect=DIALECT)
    if not tokens:
        raise MetricRefusedError("the SQL is empty.")
    if len(tokens) > MAX_TOKENS:
        raise MetricRefusedError(f"the SQL has {len(tokens)} words and signs; {MAX_TOKENS} are allowed.")
    if tokens[0].token_type not in _FIRST_WORDS:
        raise MetricRefusedError(f"only SELECT is allowed, found {tokens[0].text.upper()}.")
    depth = deepest = 0
    for token in tokens:
        depth += (token.token_type in _OPENING) - (token.token_type in _CLOSING)
        deepest = max(deepest, depth)
    if deepest > MAX_NESTING:
        raise MetricRefusedError(f"brackets are nested {deepest} deep; {MAX_NESTING} are allowed.")


def _check_depth(query: exp.Expr) -> None:
    level = [query]
    depth = 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise MetricRefusedError(f"the SQL is nested too deeply; {MAX_DEPTH} levels are allowed.")
        level = [child for node in level for child in node.iter_expressions()]


def _check_node(node: exp.Expr) -> None:
    if type(node) in CLOCK or _name_of(node) in CLOCK_BY_NAME:
        raise MetricRefusedError("a metric may not read the clock, or its past would change. Use $as_of.")
    if isinstance(node, exp.Column) and not node.table and node.name.lower() in SYSTEM_COLUMNS:
        raise MetricRefusedError(f"{node.name} is read from the system, not from a mart. Use $as_of for a day.")
    if isinstance(node, exp.Anonymous) and _name_of(node) in ALLOWED_BY_NAME:
        return
    if type(node) not in ALLOWED:
        kind = "function" if isinstance(node, exp.Func) else "keyword"
        raise MetricRefusedError(f"the {kind} {_name_of(node)} is not allowed in a metric.")
    if isinstance(node, exp.With) and node.args.get("recursive"):
        raise MetricRefusedError("WITH RECURSIVE is not allowed in a metric.")
    if isinstance(node, exp.DataType):
        _check_type(node)


def _check_type(node: exp.DataType) -> None:
    name = str(getattr(node.this, "name", node.this))
    if name not in TYPES or node.args.get("nested"):
        raise MetricRefusedError(f"the type {node.sql(dialect=DIALECT)} is not allowed in a metric.")


def _check_parameters(query: exp.Expr, parameters: Collection[str]) -> None:
    for placeholder in query.find_all(exp.Placeholder):
        if placeholder.name not in parameters:
            allowed = ", ".join(f"${name}" for name in sorted(parameters))
            found = f"${placeholder.name}" if placeholder.name else "?"
            raise MetricRefusedError(f"the parameter {found} is not declared. Allowed are {allowed}.")


def _check_concatenations(query: exp.Expr) -> None:
    found = sum(1 for _ in query.find_all(exp.DPipe))
    found += sum(len(node.expressions) for node in query.find_all(exp.Concat))
    if found > MAX_CONCATENATIONS:
        raise MetricRefusedError(f"the SQL joins strings {found} times; {MAX_CONCATENATIONS} are allowed.")


def _check_tables(query: exp.Expr, tables: Collection[str]) -> None:
    references = list(query.find_all(exp.Table))
    for table in references:
        _check_table(table, tables)
    for alias in query.find_all(exp.CTE):
        if not _NAME.fullmatch(alias.alias):
            raise MetricRefusedError(f"{alias.alias!r} is not a plain name for a WITH query.")
    if len(references) > MAX_TABLES:
        raise MetricRefusedError(f"the SQL reads tables in {len(references)} places; {MAX_TABLES} are allowed.")
    if not any(table.db for table in references):
        raise MetricRefusedError("the SQL reads no table: a number that comes from nowhere cannot be trusted.")


def _check_table(table: exp.Table, tables: Collection[str]) -> None:
    if not isinstance(table.this, exp.Identifier):
        raise MetricRefusedError(f"the table function {_name_of(table.this)} is not allowed in a metric.")
    full = ".".join(part.name for part in table.parts)
    if not all(_NAME.fullmatch(part.name) for part in table.parts):
        raise MetricRefusedError(f"{full!r} is not a table; files cannot be read from a metric.")
    if len(table.parts) == 1 and table.name in _visible_ctes(table):
        return
    if full not in tables:
        raise MetricRefusedError(f"{full} cannot be read by a metric.{_hint(table.name, tables)}")


def _hint(name: str, tables: Collection[str]) -> str:
    schemas = sorted({table.partition(".")[0] for table in tables})
    matches = [table for table in tables if table.rpartition(".")[2] == name]
    if matches:
        return f" Did you mean {matches[0]}?"
    return f" Only tables of {', '.join(schemas)} can." if schemas else ""


def _visible_ctes(node: exp.Expr) -> set[str]:
    """Names of the WITH queries that DuckDB would resolve at this place: earlier siblings, and all of the enclosing statements."""
    names: set[str] = set()
    child: exp.Expr = node
    while (parent := child.parent) is not None:
        if isinstance(parent, exp.With):
            names.update(sibling.alias for sibling in parent.expressions[: child.index or 0])
            # on from the statement that owns this WITH, which must not add its later names
            child = parent.parent or parent
        else:
            owned = parent.args.get("with_")
            names.update(cte.alias for cte in (owned.expressions if owned else ()))
            child = parent
    return names


def _name_of(node: object) -> str:
    if isinstance(node, exp.Anonymous):
        return node.name.lower()
    if isinstance(node, exp.Func):
        return node.sql_name().lower()
    return type(node).__name__.lower()


def _plain(message: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", message).partition("\n")[0]
