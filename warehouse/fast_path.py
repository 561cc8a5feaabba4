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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import duckdb
import numpy as np

from okr_mappings.questions import MetricAnswer, MetricQuestion, Window
from okr_mappings.snapshot import DayValue
from warehouse.cells import Numbers, Partial, StepAsideError
from warehouse.definitions import Definitions
from warehouse.engine import Connection
from warehouse.errors import MetricContractError
from warehouse.execute import DEFAULT_SECONDS, NamedMetric, answer, read_answer
from warehouse.filters import read_marts
from warehouse.history import Series, SeriesRequest, daily_series
from warehouse.mergeable import Atom, Shape
from warehouse.shared_scans import SharedScans, Work, worth_scanning
from warehouse.sweep import Batch, Choice, totals

_MERGED = "okr_merged_atoms"
_EPOCH = date(1970, 1, 1).toordinal()

Asked = tuple[MetricQuestion, tuple[Window, ...]]


def answer_with_history(
    con: Connection,
    catalog: Mapping[str, NamedMetric],
    questions: Sequence[MetricQuestion],
    requests: Sequence[SeriesRequest] = (),
    *,
    seconds: float = DEFAULT_SECONDS,
    fast_path: bool = True,
) -> tuple[list[MetricAnswer], list[Series]]:
    """One answer per question and one series per request, in order: what `answer` and `daily_series` give."""
    asked: list[Asked] = [(question, (question.window,)) for question in questions]
    asked += [(request.question, request.windows) for request in requests]
    found = merged_answers(con, catalog, asked, seconds=seconds) if fast_path else {}
    left = [index for index in range(len(questions)) if index not in found]
    plain = dict(zip(left, answer(con, catalog, [questions[index] for index in left], seconds=seconds), strict=True))
    answers = [found[index][0] if index in found else plain[index] for index in range(len(questions))]
    of_requests = {index - len(questions): each for index, each in found.items()}
    return answers, _series(con, catalog, requests, of_requests)


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


def _series(
    con: Connection,
    catalog: Mapping[str, NamedMetric],
    requests: Sequence[SeriesRequest],
    found: Mapping[int, list[MetricAnswer]],
) -> list[Series]:
    left = [index for index in range(len(requests)) if index not in found]
    plain = dict(zip(left, daily_series(con, catalog, [requests[index] for index in left]), strict=True))

    def merged(index: int) -> Series:
        days = zip(requests[index].windows, found[index], strict=True)
        return Series(tuple(DayValue(window.end, each.value) for window, each in days))

    return [plain[index] if index in plain else merged(index) for index in range(len(requests))]


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
