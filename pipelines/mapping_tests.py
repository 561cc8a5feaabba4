"""`okr test`: what people expect of their key results, held against what the product computes from the rows they give."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, time
from pathlib import Path

from okr_mappings.assess import Observed, RunContext, Subject, assess
from okr_mappings.errors import MappingError, Problem
from okr_mappings.expectations import TESTS_FOLDER, Case, Difference, check_columns, differences, load_cases
from okr_mappings.plan import questions
from okr_mappings.snapshot import Snapshot
from pipelines.exit_codes import ExitCode
from pipelines.loaded import Loaded, load_everything
from pipelines.places import near
from pipelines.settings import Settings
from warehouse.engine import Connection
from warehouse.errors import FixtureError
from warehouse.execute import answer
from warehouse.fixture_marts import columns_of, empty_marts, rows_in


@dataclass(frozen=True)
class CaseResult:
    """One test: it passed when there is no difference. `snapshots` are those of the key results it names."""

    case: Case
    differences: tuple[Difference, ...]
    snapshots: tuple[Snapshot, ...]

    @property
    def lines(self) -> list[str]:
        """The difference as a person reads it: each key result that differs, and what the product says about it."""
        lines = [f"{self.case.where}: failed: {self.case.name}"]
        for snapshot in self.snapshots:
            own = [each for each in self.differences if each.key_result_id == snapshot.key_result_id]
            if own:
                lines.append(f"  {self.case.file.path}:{own[0].line}: {snapshot.key_result_id}")
                width = max(len(each.field) for each in own)
                lines += [
                    f"    {each.field:<{width}}  expected {_shown(each.expected)}, found {_shown(each.found)}"
                    for each in own
                ]
                lines.append(f"    {snapshot.formula or snapshot.reason}")
        return lines


@dataclass(frozen=True)
class Tested:
    """All tests that ran."""

    results: tuple[CaseResult, ...]
    looked_in: str

    @property
    def failed(self) -> tuple[CaseResult, ...]:
        return tuple(each for each in self.results if each.differences)

    @property
    def exit_code(self) -> ExitCode:
        """2 as soon as one test fails."""
        return ExitCode.INVALID if self.failed else ExitCode.OK

    def as_text(self) -> str:
        """What failed, and how many did not."""
        if not self.results:
            return f"There is no test in {self.looked_in}. okr_mappings/README.md shows how to write one."
        passed = len(self.results) - len(self.failed)
        lines = [line for each in self.failed for line in each.lines]
        return "\n".join([*lines, f"{passed} of {len(self.results)} tests passed"])

    def as_json(self) -> str:
        """For programs."""
        found = [
            {
                "name": each.case.name,
                "path": each.case.file.path,
                "line": each.case.file.line(each.case.place),
                "passed": not each.differences,
                "differences": [asdict(one) for one in each.differences],
            }
            for each in self.results
        ]
        return json.dumps({"ok": not self.failed, "tests": found}, indent=2, ensure_ascii=False)


def run_tests(settings: Settings, paths: Sequence[Path] = ()) -> Tested:
    """The tests in these files, or all beside the mappings. MappingError names everything that is wrong in the files."""
    loaded = load_everything(settings)
    folder = settings.mappings_dir / TESTS_FOLDER
    chosen = list(paths) or sorted(path for path in folder.glob("*") if path.suffix in (".yml", ".yaml"))
    cases = _load(chosen, loaded)
    company = loaded.mappings.company
    if not cases:
        return Tested((), str(folder))
    with empty_marts(loaded.homes, company.time_zone, company.currency) as con:
        columns = columns_of(con)
        problems = [problem for case in cases for problem in check_columns(case, columns)]
        if problems:
            raise MappingError(problems)
        return Tested(tuple(_run(con, case, loaded) for case in cases), str(folder))


def _load(paths: Sequence[Path], loaded: Loaded) -> list[Case]:
    cases: list[Case] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            cases += load_cases(near(path), loaded.mappings)
        except MappingError as error:
            problems += error.problems
    if problems:
        raise MappingError(problems)
    return cases


def _run(con: Connection, case: Case, loaded: Loaded) -> CaseResult:
    try:
        with rows_in(con, {mart: [row for row, _ in rows] for mart, rows in case.given.items()}):
            snapshots = tuple(_snapshots(con, case, loaded))
    except FixtureError as error:
        _, place = case.given[error.mart][error.row]
        problem = Problem(case.file.path, case.file.line(place), f"This row does not fit `{error.mart}`: {error.said}.")
        raise MappingError([problem]) from error
    return CaseResult(case, tuple(differences(case, snapshots)), snapshots)


def _snapshots(con: Connection, case: Case, loaded: Loaded) -> list[Snapshot]:
    asked = [each for _, key_result in case.subjects() for each in questions(key_result, case.plan.cycle, case.as_of)]
    found = dict(zip(asked, answer(con, loaded.catalog, asked), strict=True))
    run = RunContext("test", datetime.combine(case.as_of, time.min, UTC))
    snapshots = []
    for objective, key_result in case.subjects():
        answers = {each.role: found[each] for each in asked if each.key_result_id == key_result.id}
        subject = Subject(loaded.mappings.company, case.plan.cycle, objective, key_result)
        snapshots.append(assess(subject, Observed(answers), case.as_of, run))
    return snapshots


def _shown(value: float | str | None) -> str:
    if value is None:
        return "nothing"
    return f"{value:.10g}" if isinstance(value, int | float) else str(value)
