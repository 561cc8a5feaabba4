"""Tests that people write beside a mapping: rows of marts, a day, and what each key result must come to.

`<mappings_dir>/tests/*.yml`. Columns that a row leaves out are null, marts that are not mentioned are empty, and sources count as fresh.
Only what is written is compared: `value: null` means that there must be no number. A number matches when it lies within half of the last
decimal that is written, and of the third at most, so that 0.565 matches 52/92 and 0.5 does not match 0.52.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date as Date  # noqa: N812 - as in model.py
from datetime import datetime
from pathlib import Path
from typing import Annotated

from pydantic import Field, PlainValidator, WithJsonSchema

from okr_mappings.errors import MappingError, Problem
from okr_mappings.mappings import CyclePlan, KeyResult, Mappings, Objective
from okr_mappings.model import Block, Finite, Text
from okr_mappings.shapes import read_shape
from okr_mappings.snapshot import Snapshot
from okr_mappings.suggest import nearest
from okr_mappings.words import Status
from okr_mappings.yaml_lines import Place, Scalar, YamlFile, read_yaml

TESTS_FOLDER = "tests"
# at least so many decimals of a written number count
DECIMALS = 3


def _cell(raw: object) -> Scalar:
    if raw is None or isinstance(raw, str | int | float | bool | Date | datetime):
        return raw
    raise ValueError("Write one value.")


Cell = Annotated[Scalar, PlainValidator(_cell), WithJsonSchema({"type": ["string", "number", "boolean", "null"]})]
Row = dict[str, Cell]
Rows = dict[str, list[Row]]


class ExpectBlock(Block):
    """What one key result must come to; what is left out may be anything, null means that there is none."""

    value: Finite | None = Field(None, description="The metric's number.")
    n: int | None = Field(None, description="How many rows a ratio rests on.")
    baseline: Finite | None = Field(None, description="Where it starts.")
    target: Finite | None = Field(None, description="What it aims at, in the metric's unit.")
    progress: Finite | None = Field(None, description="How far from baseline to target, 0.5 for half of the way.")
    score: Finite | None = Field(None, description="Progress within 0 and 1.")
    expected: Finite | None = Field(None, description="How far it should be by then.")
    status: Status | None = Field(None, strict=False, description="The word the report shows.")


class CaseBlock(Block):
    """One test."""

    name: Text = Field(description="What is tested, as a sentence.")
    as_of: Date = Field(description="The last day included.")
    given: Rows = Field(default_factory=dict, description="Mart: its rows. What a row leaves out is null.")
    expect: dict[str, ExpectBlock] = Field(min_length=1, description="Id of a key result: what it must come to.")


class ExpectationsFile(Block):
    """tests/*.yml: what key results of one cycle must come to, given some rows."""

    cycle: str = Field(description="The id of the cycle.")
    given: Rows = Field(default_factory=dict, description="Rows that every test of the file starts from.")
    tests: list[CaseBlock] = Field(min_length=1, description="One after the other, each on its own.")


@dataclass(frozen=True, slots=True)
class Case:
    """One test, resolved. `given` maps a mart (without its schema) to rows, each with its place in the file."""

    name: str
    as_of: Date
    plan: CyclePlan
    given: Mapping[str, tuple[tuple[Row, Place], ...]]
    expect: Mapping[str, ExpectBlock]
    place: Place
    file: YamlFile

    @property
    def where(self) -> str:
        return f"{self.file.path}:{self.file.line(self.place)}"

    def subjects(self) -> Iterator[tuple[Objective, KeyResult]]:
        """The key results that something is expected of."""
        return ((objective, each) for objective, each in self.plan.pairs() if each.id in self.expect)

    def line_of(self, key_result_id: str) -> int:
        return self.file.line((*self.place, "expect", key_result_id))


@dataclass(frozen=True, slots=True)
class Difference:
    """One number or word that is not what was expected; `line` is where the key result's expectations stand."""

    key_result_id: str
    line: int
    field: str
    expected: float | str | None
    found: float | str | None


def load_cases(path: Path, mappings: Mappings) -> list[Case]:
    """Raises MappingError with every problem in the file."""
    try:
        file = read_yaml(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise MappingError([Problem(str(path), 1, f"The file cannot be read: {error}.")]) from error
    shape = read_shape(file, ExpectationsFile)
    cases = _cases(shape, file, mappings) if shape is not None else []
    if file.problems:
        raise MappingError(file.problems)
    return cases


def check_columns(case: Case, marts: Mapping[str, Collection[str]]) -> list[Problem]:
    """Marts and columns that do not exist; `marts` maps a mart, without its schema, to its columns."""
    return list(_unknown(case, marts))


def differences(case: Case, snapshots: Collection[Snapshot]) -> list[Difference]:
    found = []
    for snapshot in snapshots:
        block, line = case.expect[snapshot.key_result_id], case.line_of(snapshot.key_result_id)
        for field in type(block).model_fields:
            expected, actual = getattr(block, field), getattr(snapshot, field)
            if field in block.model_fields_set and not _matches(expected, actual):
                found.append(Difference(snapshot.key_result_id, line, field, expected, actual))
    return found


def _cases(shape: ExpectationsFile, file: YamlFile, mappings: Mappings) -> list[Case]:
    plans = {plan.cycle.id: plan for plan in mappings.cycles}
    plan = plans.get(shape.cycle)
    if plan is None:
        file.problem(("cycle",), f"There is no cycle `{shape.cycle}`.", nearest(shape.cycle, plans))
        return []
    known = [each.id for each in plan.key_results]
    cases = []
    for number, block in enumerate(shape.tests):
        place = ("tests", number)
        for key_result_id in block.expect:
            if key_result_id not in known:
                what = f"There is no key result `{key_result_id}` in {shape.cycle}."
                file.problem((*place, "expect", key_result_id), what, nearest(key_result_id, known))
        given = _rows(shape.given, ("given",), _rows(block.given, (*place, "given"), {}))
        cases.append(Case(block.name, block.as_of, plan, given, block.expect, place, file))
    return cases


def _rows(
    given: Rows, place: Place, more: Mapping[str, tuple[tuple[Row, Place], ...]]
) -> dict[str, tuple[tuple[Row, Place], ...]]:
    """These rows, then `more`."""
    found = {
        mart.removeprefix("marts."): tuple((row, (*place, mart, number)) for number, row in enumerate(rows))
        for mart, rows in given.items()
    }
    return {mart: (*found.get(mart, ()), *more.get(mart, ())) for mart in (*found, *(set(more) - set(found)))}


def _unknown(case: Case, marts: Mapping[str, Collection[str]]) -> Iterator[Problem]:
    path, line = case.file.path, case.file.line
    for mart, rows in case.given.items():
        if mart not in marts:
            place = rows[0][1][:-1] if rows else (*case.place, "given")
            yield Problem(path, line(place), f"There is no mart `{mart}`.", nearest(mart, marts))
            continue
        for row, place in rows:
            for column in row:
                if column not in marts[mart]:
                    what = f"`{mart}` has no column `{column}`."
                    yield Problem(path, line((*place, column)), what, nearest(column, marts[mart]))


def _matches(expected: object, found: object) -> bool:
    if isinstance(expected, str) or expected is None or found is None:
        return expected == found
    assert isinstance(expected, int | float) and isinstance(found, int | float)  # noqa: S101, PT018 - numbers or words
    decimals = len(repr(float(expected)).partition("e")[0].partition(".")[2])
    return abs(expected - found) <= 0.5 * 10.0 ** -max(DECIMALS, decimals) + 1e-12 * abs(expected)
