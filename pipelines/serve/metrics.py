"""What Prometheus scrapes: how every key result and every source stands, and how old it is. Text format 0.0.4."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time

from okr_mappings.snapshot import ProgressDocument, Snapshot
from pipelines.serve.answer import Answer
from pipelines.serve.asking import Asking
from pipelines.serve.scope import visible

KIND = "text/plain; version=0.0.4; charset=utf-8"
_NUMBERS = (
    ("value", "The metric at as_of, in the unit of the label"),
    ("target", "What is aimed at"),
    ("progress", "Way from baseline to target, 1 is the target"),
    ("expected", "Progress that is due by as_of"),
    ("probability", "Chance of reaching the target, 0 to 1"),
)
Sample = tuple[Sequence[tuple[str, str]], float]


def metrics(asking: Asking) -> Answer:
    asking.allow()
    documents = [visible(each, asking.viewer.teams) for each in asking.publication.documents.values()]
    main = documents[0]
    lines = [
        *_family(
            "okr_published_timestamp_seconds",
            "When these numbers were published",
            [((), main.published_at.timestamp())],
        ),
        *_family("okr_as_of_timestamp_seconds", "Midnight UTC of the last day that counts", [((), _midnight(main))]),
        *_key_results(documents),
        *_sources(main),
    ]
    return Answer(("\n".join(lines) + "\n").encode(), KIND)


def _midnight(document: ProgressDocument) -> float:
    return datetime.combine(document.as_of, time(0), UTC).timestamp()


def _key_results(documents: Sequence[ProgressDocument]) -> Iterable[str]:
    found = [each for document in documents for each in document.key_results]
    for name, text in _NUMBERS:
        samples = [(_labels(each), number) for each in found if (number := _finite(getattr(each, name))) is not None]
        yield from _family(f"okr_key_result_{name}", text, samples)
    status = [((*_labels(each), ("status", each.status.value)), 1.0) for each in found]
    yield from _family("okr_key_result_status", "1 for the status that it has", status)


def _sources(document: ProgressDocument) -> Iterable[str]:
    state = [((("source", each.source), ("state", each.state.value)), 1.0) for each in document.sources]
    yield from _family("okr_source_state", "1 for the state that it has", state)
    known = [
        ((("source", each.source),), each.data_through.timestamp()) for each in document.sources if each.data_through
    ]
    yield from _family("okr_source_data_through_timestamp_seconds", "Up to when the source is complete", known)


def _labels(each: Snapshot) -> tuple[tuple[str, str], ...]:
    return (
        ("cycle", each.cycle_id),
        ("team", each.team_id),
        ("objective", each.objective_id),
        ("key_result", each.key_result_id),
        ("unit", each.unit),
    )


def _finite(number: float | None) -> float | None:
    return number if number is not None and math.isfinite(number) else None


def _family(name: str, text: str, samples: Sequence[Sample]) -> list[str]:
    if not samples:
        return []
    return [f"# HELP {name} {text}", f"# TYPE {name} gauge", *(_line(name, labels, value) for labels, value in samples)]


def _line(name: str, labels: Sequence[tuple[str, str]], value: float) -> str:
    inner = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels)
    return f"{name}{f'{{{inner}}}' if inner else ''} {value!r}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
