"""What can only be checked with all files of a cycle at hand: ids written twice, objectives that support nothing, or themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from okr_mappings.errors import Problem
from okr_mappings.mappings import KeyResult, Objective
from okr_mappings.suggest import nearest


def check_references(objectives: Sequence[Objective], folder: Path) -> Iterator[Problem]:
    yield from _twice("Objective", objectives, folder)
    yield from _twice(
        "Key result", (key_result for objective in objectives for key_result in objective.key_results), folder
    )
    yield from _unknown_supports(objectives, folder)
    yield from _circles(objectives, folder)


def _twice(what: str, things: Iterable[Objective | KeyResult], folder: Path) -> Iterator[Problem]:
    first: dict[str, Objective | KeyResult] = {}
    for thing in things:
        other = first.setdefault(thing.id, thing)
        if other is not thing:
            sentence = f"{what} `{thing.id}` exists already: {other.path}:{other.line}."
            yield Problem(
                str(folder / thing.path), thing.line, sentence, "Ids are unique within a cycle; give this one another."
            )


def _unknown_supports(objectives: Sequence[Objective], folder: Path) -> Iterator[Problem]:
    known = {objective.id for objective in objectives}
    for objective in objectives:
        for supported in objective.supports:
            if supported not in known:
                what = f"`{objective.id}` supports `{supported}`, which is no objective of this cycle."
                yield Problem(
                    str(folder / objective.path),
                    objective.supports_line,
                    what,
                    nearest(supported, known - {objective.id}),
                )


def _circles(objectives: Sequence[Objective], folder: Path) -> Iterator[Problem]:
    supports = {objective.id: objective.supports for objective in objectives}
    reported: set[str] = set()
    for objective in objectives:
        circle = _circle(objective.id, supports)
        if circle and not reported & set(circle):
            reported |= set(circle)
            what = f"Objectives support each other in a circle: {' -> '.join([*circle, circle[0]])}."
            yield Problem(
                str(folder / objective.path),
                objective.supports_line,
                what,
                "Let the one nearer to the company support nothing here.",
            )


def _circle(start: str, supports: dict[str, tuple[str, ...]]) -> list[str]:
    """A way from `start` back to itself along `supports`; empty when there is none."""
    came_from: dict[str, str] = {}
    waiting = [start]
    while waiting:
        here = waiting.pop()
        for there in supports.get(here, ()):
            if there == start:
                return _way_back(start, here, came_from)
            if there not in came_from:
                came_from[there] = here
                waiting.append(there)
    return []


def _way_back(start: str, last: str, came_from: dict[str, str]) -> list[str]:
    way = [last]
    while way[0] != start:
        way.insert(0, came_from[way[0]])
    return way
