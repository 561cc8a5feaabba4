"""One JSON answer to one Arrow row, strictly.

What vendors and their libraries get wrong is caught here: a 200 with a login page, a body cut where the length header agrees,
two documents in one body, a number where a text was. Fields that nobody declared are ignored; a declared one that is absent
is null, and the caller decides whether it may be.
"""

from __future__ import annotations

import io
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.json as arrow_json

from connectors.errors import ContractError
from connectors.readers.patience import UnreadableError


def parse(body: bytes, schema: Any, what: str) -> Any:
    """The body as a table of one row; `what` names the call in messages."""
    text = body.strip()
    # Arrow dies, with the process, of a body that is just `null`: look before asking it.
    if text[:1] != b"{" or text[-1:] != b"}":
        raise UnreadableError(f"{what} answered 200, but not with JSON: it begins with {_beginning(text)}.")
    try:
        table = arrow_json.read_json(
            io.BytesIO(text),
            read_options=arrow_json.ReadOptions(block_size=len(text) + 1, use_threads=False),
            parse_options=arrow_json.ParseOptions(
                explicit_schema=schema, unexpected_field_behavior="ignore", newlines_in_values=True
            ),
        )
    except pa.ArrowInvalid as problem:
        raise _reason(text, what, problem) from problem
    if table.num_rows != 1:
        raise UnreadableError(f"{what} answered with {table.num_rows} JSON documents instead of one.")
    try:
        table.validate(
            full=True
        )  # the parser takes any bytes; looking at what it kept is four times quicker than decoding all
    except pa.ArrowInvalid as problem:
        raise ContractError(f"{what} answered with bytes that are not UTF-8. Nothing was loaded.") from problem
    return table


def _reason(text: bytes, what: str, problem: Exception) -> Exception:
    """Cut JSON is worth another try, JSON with another type is not."""
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return UnreadableError(f"{what} answered 200 with JSON that is cut or broken.")
    return ContractError(f"{what} answered with another type than the vendor documents: {problem}. Nothing was loaded.")


def _beginning(text: bytes) -> str:
    return repr(text[:40].decode("utf-8", "replace")) if text else "nothing at all"
