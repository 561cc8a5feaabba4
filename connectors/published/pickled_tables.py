"""Reads a table out of a pickled pandas DataFrame without pandas, and without letting the pickle run anything.

A pickle is a program: whoever loads it does what it says. Here every name that it may call is in `_ALLOWED`, most of them
replaced by a stand-in that only keeps what it is given; any other name is refused. pandas itself (60 MB) is not needed:
a frame is a list of blocks (one array each, rows across) with the positions of their columns, and an index of names.
"""

from __future__ import annotations

import io
import lzma
import pickle  # only through _Reader, which refuses every name that is not on the list
from typing import Any, cast

import numpy as np

from connectors.errors import ContractError

Column = list[object]


class _Kept:
    """Stands in for a pandas class: keeps what the pickle hands to it, does nothing."""

    def __init__(self, *parts: Any) -> None:
        self.parts = parts
        self.state: dict[str, Any] = {}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.state = state


def _block(values: Any, positions: Any, dimensions: int) -> tuple[Any, Any, int]:
    return values, positions, dimensions


def _index(_kind: str, content: dict[str, Any]) -> dict[str, Any]:
    return content


def _array_from_bytes(content: bytes, dtype: Any, shape: tuple[int, ...], order: Any, *_: Any) -> Any:
    return np.frombuffer(content, dtype=dtype).reshape(shape, order=order)


def _empty_array(_kind: Any, _shape: Any, _dtype: Any) -> Any:
    return np.ndarray((0,), dtype="b")  # filled by the pickle's own next step


_ALLOWED: dict[tuple[str, str], Any] = {
    ("builtins", "slice"): slice,
    ("numpy", "dtype"): np.dtype,
    ("numpy", "ndarray"): np.ndarray,
    ("numpy.core.multiarray", "_reconstruct"): _empty_array,
    ("numpy.core.numeric", "_frombuffer"): _array_from_bytes,
    ("pandas._libs.internals", "_unpickle_block"): _block,
    ("pandas.core.frame", "DataFrame"): _Kept,
    ("pandas.core.indexes.base", "Index"): "Index",
    ("pandas.core.indexes.base", "_new_Index"): _index,
    ("pandas.core.indexes.range", "RangeIndex"): "RangeIndex",
    ("pandas.core.internals.managers", "BlockManager"): _Kept,
}


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        try:
            return _ALLOWED[module, name]
        except KeyError:
            raise ContractError(
                f"a pickled table asks for {module}.{name}, which a table has no need of. Not read."
            ) from None


def read_table(compressed: bytes) -> dict[str, Column]:
    """The columns, by name, of an xz-compressed pickled DataFrame. A missing number is NaN, as pandas has it."""
    frame = _Reader(io.BytesIO(lzma.decompress(compressed))).load()
    try:
        blocks, axes = frame.state["_mgr"].parts
        names = [str(name) for name in axes[0]["data"]]
        columns = [pair for values, positions, _ in blocks for pair in _named(values, positions, names)]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ContractError("a pickled table is not laid out as pandas 2 does it. Not read.") from error
    return dict(columns)


def _named(values: Any, positions: Any, names: list[str]) -> list[tuple[str, Column]]:
    numbers = range(*positions.indices(len(names))) if isinstance(positions, slice) else positions
    return [(names[number], cast("Column", row.tolist())) for number, row in zip(numbers, values, strict=True)]
