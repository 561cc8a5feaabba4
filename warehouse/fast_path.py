"""Answers and daily histories of many key results together: what merges comes from shared cells, the rest is executed as it stands.

The way of a question: `definitions` (take its metric apart), `shared_scans` and `cells` (one grouped scan for many questions), `sweep`
(running totals over the days), and here the metric's own columns over what came out.

The fast path is an optimisation only. It never gives an error of its own: a question for which it cannot promise the same number, or that
is wrong, goes to `execute.answer` and `history.daily_series`, which say what there is to say. Whole numbers and decimals come out
identical. Floating-point sums and averages agree within 1e-9 of the magnitudes added up, as they are added in another order (so are those
of two plain runs on two threads).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

import duckdb
import numpy as np

from okr_mappings.questions import MetricAnswer, MetricQuestion, Window
from okr_mappings.snapshot import DayValue
from warehouse import history
from warehouse.cells import Numbers, Partial, StepAsideError
from warehouse.definitions import Definitions
from warehouse.engine import Connection
from warehouse.errors import MetricContractError
from warehouse.execute import DEFAULT_SECONDS, NamedMetric, answer, read_answer
from warehouse.filters import read_marts
from warehouse.history import DAYS_SECONDS, JOIN_SECONDS, Series, SeriesRequest
from warehouse.mergeable import Atom, Shape
from warehouse.shared_scans import SharedScans, Work, worth_scanning
from warehouse.sweep import Batch, Choice, totals

_MERGED = "okr_merged_atoms"
_EPOCH = date(1970, 1, 1).toordinal()

Asked = tuple[MetricQuestion, tuple[Window, ...]]
_A = TypeVar("_A")
_B = TypeVar("_B")


def answer_with_history(
    con: Connection,
    catalog: Mapping[str, NamedMetric],
    questions: Sequence[MetricQuestion],
    requests: Sequence[SeriesRequest] = (),
    *,
    seconds: float = DEFAULT_SECONDS,
    fast_path: bool = True,
) -> tuple[list[MetricAnswer], list[Series]]:
    """One answer per question and one series per request, in order: what `execute.answer` and `history.daily_series` give."""
    asked = [(question, (question.window,)) for question in questions] + _asked(requests)
    merged = merged_answers(con, catalog, asked, seconds=seconds) if fast_path else {}
    first = len(questions)

    def plain(left: Sequence[MetricQuestion]) -> list[MetricAnswer]:
        return answer(con, catalog, left, seconds=seconds)

    answers = _completed(questions, {index: each[0] for index, each in merged.items() if index < first}, plain)
    histories = {index - first: each for index, each in merged.items() if index >= first}
    return answers, _series(con, catalog, requests, histories, (JOIN_SECONDS, DAYS_SECONDS))


def daily_series(
    con: Connection,
    catalog: Mapping[str, NamedMetric],
    requests: Sequence[SeriesRequest],
    *,
    join_seconds: float = JOIN_SECONDS,
    days_seconds: float = DAYS_SECONDS,
    fast_path: bool = True,
) -> list[Series]:
    """What `history.daily_series` gives; a shared scan may take `days_seconds`."""
    merged = merged_answers(con, catalog, _asked(requests), seconds=days_seconds) if fast_path else {}
    return _series(con, catalog, requests, merged, (join_seconds, days_seconds))


def merged_answers(
    con: Connection, catalog: Mapping[str, NamedMetric], asked: Sequence[Asked], *, seconds: float = DEFAULT_SECONDS
) -> dict[int, list[MetricAnswer]]:
    """By position in `asked` one answer per window, for those questions that merge; the question's own window plays no part."""
    work = worth_scanning(_work(Definitions(catalog, read_marts(con)), asked))
    scans = SharedScans(con, work, seconds)
    found: dict[int, list[MetricAnswer]] = {}
    for each in work:
        try:
            names, rows = _computed(con, each, scans)
        except (StepAsideError, duckdb.Error):
            continue
        found |= _read(each, names, rows)
    return found


def _asked(requests: Sequence[SeriesRequest]) -> list[Asked]:
    return [(request.question, request.windows) for request in requests]


def _series(
    con: Connection,
    catalog: Mapping[str, NamedMetric],
    requests: Sequence[SeriesRequest],
    merged: Mapping[int, list[MetricAnswer]],
    limits: tuple[float, float],
) -> list[Series]:
    def plain(left: Sequence[SeriesRequest]) -> list[Series]:
        return history.daily_series(con, catalog, left, join_seconds=limits[0], days_seconds=limits[1])

    return _completed(requests, {index: _points(requests[index], each) for index, each in merged.items()}, plain)


def _points(request: SeriesRequest, answers: Sequence[MetricAnswer]) -> Series:
    days = zip(request.windows, answers, strict=True)
    return Series(tuple(DayValue(window.end, each.value) for window, each in days))


def _completed(asked: Sequence[_A], known: Mapping[int, _B], plain: Callable[[Sequence[_A]], Sequence[_B]]) -> list[_B]:
    """What is known, and what plain execution says about the rest, in the order asked."""
    left = [index for index in range(len(asked)) if index not in known]
    found = dict(zip(left, plain([asked[index] for index in left]), strict=True)) if left else {}
    return [known[index] if index in known else found[index] for index in range(len(asked))]


@dataclass(slots=True)
class _Gathering:
    """A batch in the making. All rows of one question lie together."""

    shape: Shape
    columns: tuple[str, ...]
    choices: dict[Choice, int] = field(default_factory=dict)
    of: list[int] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    windows: list[Window] = field(default_factory=list)

    def add(self, position: int, choice: Choice, windows: tuple[Window, ...]) -> None:
        index = self.choices.setdefault(choice, len(self.choices))
        self.of += [index] * len(windows)
        self.positions += [position] * len(windows)
        self.windows += windows

    def work(self) -> Work:
        starts = np.array([window.start.toordinal() for window in self.windows], dtype=np.int64)
        ends = np.array([window.end.toordinal() for window in self.windows], dtype=np.int64)
        batch = Batch(self.columns, list(self.choices), np.array(self.of, dtype=np.int64), starts, ends)
        return Work(self.shape, batch, self.positions)


def _work(definitions: Definitions, asked: Sequence[Asked]) -> list[Work]:
    gathered: dict[tuple[int, tuple[str, ...]], _Gathering] = {}
    for position, (question, windows) in enumerate(asked):
        recipe = definitions.recipe(question)
        if recipe is not None and windows:
            key = (id(recipe.shape), recipe.columns)
            if key not in gathered:
                gathered[key] = _Gathering(recipe.shape, recipe.columns)
            gathered[key].add(position, recipe.choice, windows)
    return [each.work() for each in gathered.values()]


def _computed(con: Connection, work: Work, scans: SharedScans) -> tuple[list[str], list[tuple[object, ...]]]:
    """The metric's columns for every row of the batch, by the database."""
    numbers: dict[Atom, Numbers] = {}
    partials: dict[Atom, Partial] = {}
    for cells, atoms in scans.of(work):
        numbers |= totals(cells, atoms, work.batch)
        partials |= {atom: cells.partials[atom] for atom in atoms}
    shape = work.shape
    if not all(partials[shape.atoms[index]].is_whole for index in shape.exact):
        raise StepAsideError
    rows = {f"v{index}": numbers[atom] for index, atom in enumerate(shape.atoms)}
    rows |= {"place": np.arange(len(work.batch.of))}
    rows |= {"first_day": work.batch.starts - _EPOCH, "last_day": work.batch.ends - _EPOCH}
    con.register(_MERGED, rows)
    try:
        cursor = con.execute(_columns_sql(shape, [partials[atom] for atom in shape.atoms]))
        return [name for name, _ in shape.columns], cursor.fetchall()
    finally:
        con.unregister(_MERGED)


def _columns_sql(shape: Shape, partials: Sequence[Partial]) -> str:
    atoms = [f"{partial.back.format(f'v{index}')} as a{index}" for index, partial in enumerate(partials)]
    days = [
        f"date '1970-01-01' + cast({number} as integer) as {name}"
        for number, name in (("first_day", "window_start"), ("last_day", "as_of"))
    ]
    columns = [f'{sql} as "{name}"' for name, sql in shape.columns]
    inner = ", ".join(["place", *atoms, *days])
    return f"select {', '.join(columns)} from (select {inner} from {_MERGED}) as atoms order by atoms.place"  # noqa: S608


def _read(work: Work, names: Sequence[str], rows: Sequence[tuple[object, ...]]) -> dict[int, list[MetricAnswer]]:
    """Without the questions of which a number cannot be reported: plain execution says why."""
    answers: dict[int, list[MetricAnswer]] = defaultdict(list)
    refused: set[int] = set()
    for position, row in zip(work.positions, rows, strict=True):
        try:
            answers[position].append(read_answer(names, [row]))
        except MetricContractError:
            refused.add(position)
    return {position: each for position, each in answers.items() if position not in refused}
