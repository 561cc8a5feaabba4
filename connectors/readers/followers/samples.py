"""What every follower source writes: one row per account and reading.

A follower count is a gauge without a past: no network tells what it was yesterday. So every run takes a sample, and all samples are
kept; staging takes the last one of each company-local day. A day without a run stays without a row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from connectors.contract import SourceRun
from connectors.errors import SettingError
from connectors.readers.columns import Kind, arrow_schema, dlt_columns
from connectors.readers.merge import replacing_same
from connectors.readers.settings import environment_name

COLUMNS = {
    "account_id": Kind.TEXT,
    "account": Kind.TEXT,
    "observed_at": Kind.MOMENT,
    "followers": Kind.INTEGER,
    "is_rounded": Kind.FLAG,
}
KEY = ["account_id", "observed_at"]


@dataclass(frozen=True)
class Count:
    """`followers` is None where the account hides them; `account` is its name as people know it."""

    account_id: str
    account: str
    followers: int | None
    is_rounded: bool = False


def followers(read: Callable[[], Sequence[Count]], run: SourceRun) -> Any:
    """The table `followers`, a dlt resource. A sample taken again at the same moment replaces itself."""
    import dlt

    def sample() -> Iterator[Any]:
        moment = run.now.replace(microsecond=0)
        rows = [
            {
                "account_id": count.account_id,
                "account": count.account,
                "observed_at": moment,
                "followers": count.followers,
                "is_rounded": count.is_rounded,
            }
            for count in read()
        ]
        run.data_through = run.now
        yield pa.Table.from_pylist(rows, schema=arrow_schema(COLUMNS))

    return dlt.resource(
        sample, name="followers", primary_key=KEY, write_disposition=replacing_same(KEY), columns=dlt_columns(COLUMNS)
    )


def listed(source: str, name: str, text: str, *, looks_like: str, fits: Callable[[str], bool]) -> tuple[str, ...]:
    """The values of a comma-separated setting; SettingError names those that make no sense."""
    found = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if wrong := [part for part in found if not fits(part)] or ([] if found else [text]):
        raise SettingError(
            f"{source}: {environment_name(source, name)} should be like {looks_like} (several with commas), not {', '.join(wrong)!r}."
        )
    return found
