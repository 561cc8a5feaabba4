"""All or nothing: statements inside are one transaction on the connection, also when the process is killed halfway."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from warehouse.engine import Connection


@contextmanager
def transaction(con: Connection) -> Iterator[None]:
    con.execute("begin")
    try:
        yield
    except BaseException:
        con.execute("rollback")
        raise
    con.execute("commit")
