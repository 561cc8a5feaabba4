"""The API's answers: the feeds' tables, cut to what the viewer may see, with paging; and one key result whole.

A table has the same columns as the feed of its name, so that a sheet may be pointed at either. `snapshots` has `seq` besides, which is what
a follower remembers; `history` of one key result is the same table with one key result in it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC
from urllib.parse import quote, urlencode

from okr_mappings.document import to_plain
from pipelines.serve.answer import CSV, JSON, PARQUET, Answer
from pipelines.serve.asking import FILTERS, Asking
from pipelines.serve.evidence import evidence_of, evidence_table
from pipelines.serve.problem import Problem
from warehouse.feed_tables import WHOLE, Column, FeedTable, feed_tables
from warehouse.feeds import table_bytes
from warehouse.snapshot_feed import Numbered, snapshots_since

KINDS = {"json": JSON, "csv": CSV, "parquet": PARQUET}
TABLES = {"objectives": "objectives", "key-results": "key_results", "history": "history", "sources": "sources"}
SNAPSHOTS, MOST_SNAPSHOTS = 1_000, 10_000
MOST_ROWS = 1_000_000
EVIDENCE, MOST_EVIDENCE = 1_000, 100_000
_SEQ = Column("seq", WHOLE, "the order in which it was appended; ask on with cursor=<the last one>")
_DOCUMENT = (*FILTERS, "as_of", "cycle", "limit", "offset")

Meta = dict[str, str]


def split(name: str) -> tuple[str, str]:
    """`key-results.csv` is the table `key-results` as `csv`; without an ending it is JSON. Raises Problem for another ending."""
    stem, dot, ending = name.rpartition(".")
    if not dot:
        return name, "json"
    if ending not in KINDS:
        raise Problem(404, f"There is no {name!r}; the endings are .json, .csv and .parquet.")
    return stem, ending


def table(asking: Asking) -> Answer:
    """`/api/v1/<table>`"""
    name, ending = split(asking.path["table"])
    if name == "snapshots":
        return _snapshots(asking, ending)
    if name == "cycles" and ending == "json":
        return _cycles(asking)
    if name not in TABLES:
        known = ", ".join(["cycles", *TABLES, "snapshots"])
        raise Problem(404, f"There is no table {name!r}. Known: {known}, each as .json, .csv or .parquet.")
    asking.allow(*_DOCUMENT)
    found = next(each for each in feed_tables(asking.document, ()) if each.name == TABLES[name])
    return _paged(asking, found, ending)


def of_key_result(asking: Asking) -> Answer:
    """`/api/v1/key-results/<id>/<history or evidence>`"""
    name, ending = split(asking.path["part"])
    makers: dict[str, Callable[[Asking, str], Answer]] = {"history": _history, "evidence": _evidence}
    if name not in makers:
        raise Problem(404, f"A key result has no {name!r}. Known: {', '.join(makers)}.")
    return makers[name](asking, ending)


def key_result(asking: Asking) -> Answer:
    """`/api/v1/key-results/<id>`: everything of it as one JSON document."""
    asking.allow("as_of", "cycle")
    found, document = asking.key_result(), asking.everything
    restated = document.restatements.get(found.key_result_id)
    content = {
        "_meta": _meta(asking),
        "key_result": to_plain(found),
        "history": [to_plain(each) for each in document.history.get(found.key_result_id, ())],
        "restated": to_plain(restated) if restated else None,
    }
    return _json(content)


def _history(asking: Asking, ending: str) -> Answer:
    asking.allow("as_of", "cycle", "limit", "offset")
    wanted = asking.key_result().key_result_id
    document = asking.everything
    only = replace(document, history={wanted: document.history.get(wanted, ())})
    found = next(each for each in feed_tables(only, ()) if each.name == "history")
    return _paged(asking, found, ending)


def _evidence(asking: Asking, ending: str) -> Answer:
    asking.allow("as_of", "cycle", "limit")
    found = asking.key_result()
    proof = evidence_of(asking, found, asking.number("limit", EVIDENCE, MOST_EVIDENCE))
    told = {"total_rows": str(proof.total_rows), "adds_up": "true" if proof.equals_value else "false"}
    return _written(evidence_table(proof), ending, {**_meta(asking), **told}, {})


def _snapshots(asking: Asking, ending: str) -> Answer:
    """Of every cycle, in the order of appending. Always has a cursor to go on from, also when nothing is new."""
    asking.allow("cursor", "limit")
    if asking.publication.copy is None:
        raise Problem(503, "The published database is not there; `okr publish` writes it.")
    seq = asking.number("cursor", 0, 10**18, least=0)
    limit = asking.number("limit", SNAPSHOTS, MOST_SNAPSHOTS)
    with asking.publication.copy.cursor() as con:
        found = snapshots_since(con, seq, limit + 1, asking.viewer.teams)
    shown, more = found[:limit], len(found) > limit
    last = shown[-1].seq if shown else seq
    following = f"/api/v1/snapshots.{ending}?{urlencode({'cursor': last, 'limit': limit})}"
    meta = {**_meta(asking), "next_cursor": str(last), "has_more": "true" if more else "false", "next": following}
    headers = {"x-next-cursor": str(last), **({"link": f'<{following}>; rel="next"'} if more else {})}
    return _written(_numbered(asking, shown), ending, meta, headers)


def _numbered(asking: Asking, shown: list[Numbered]) -> FeedTable:
    tables = feed_tables(asking.everything, [each.snapshot for each in shown])
    found = next(each for each in tables if each.name == "snapshots")
    rows = tuple({"seq": each.seq, **row} for each, row in zip(shown, found.rows, strict=True))
    return FeedTable("snapshots", (_SEQ, *found.columns), rows)


def _cycles(asking: Asking) -> Answer:
    """Which cycles are published, and of which days there is a report: what `cycle` and `as_of` may be."""
    asking.allow()
    cycles = [
        {
            "cycle_id": each.cycle_id,
            "label": each.cycle_label,
            "start": str(each.cycle_start),
            "end": str(each.cycle_end),
            "as_of": str(each.as_of),
            "reported_days": [str(day) for day in replace(asking, query={"cycle": [each.cycle_id]}).days],
        }
        for each in asking.publication.documents.values()
    ]
    return _json({"_meta": _meta(asking), "rows": cycles})


def _paged(asking: Asking, found: FeedTable, ending: str) -> Answer:
    """All rows, unless `limit` is given: a sheet that shows the first thousand of more looks complete."""
    limit = asking.number("limit", MOST_ROWS, MOST_ROWS)
    offset = asking.number("offset", 0, 10**9, least=0)
    shown = found.rows[offset : offset + limit]
    meta = {**_meta(asking), "total_rows": str(len(found.rows))}
    headers = {}
    if offset + limit < len(found.rows):
        kept = {name: list(values) for name, values in asking.query.items()}
        following = urlencode({**kept, "limit": [str(limit)], "offset": [str(offset + limit)]}, doseq=True)
        meta["next"] = f"{quote(asking.address)}?{following}"
        headers["link"] = f'<{meta["next"]}>; rel="next"'
    return _written(replace(found, rows=shown), ending, meta, headers)


def _written(found: FeedTable, ending: str, meta: Meta, headers: dict[str, str]) -> Answer:
    named = {"content-disposition": f'inline; filename="{found.name}.{ending}"'}
    return Answer(table_bytes(found, ending, meta), KINDS[ending], 200, {**named, **headers})


def _meta(asking: Asking) -> Meta:
    document = asking.everything
    return {
        "schema_version": str(document.schema_version),
        "run_id": document.run_id,
        "generated_at": document.published_at.astimezone(UTC).isoformat(),
        "cycle_id": document.cycle_id,
        "as_of": str(document.as_of),
    }


def _json(content: Mapping[str, object]) -> Answer:
    return Answer(json.dumps(content, ensure_ascii=False, allow_nan=False).encode(), JSON)
