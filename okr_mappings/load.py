"""A folder of mapping files to `Mappings`, or every problem in them at once.

Layout: `<folder>/company.yml` and `<folder>/cycles/*.yml`. Several files may describe the same cycle, one per team; ids of objectives
and key results are unique within a cycle, whatever file they stand in. A problem in one place hides no problem in another, except
that a block whose shape is wrong is not looked into any further.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from okr_mappings import check_ins as check_in_files
from okr_mappings.blocks import Names, build_objective
from okr_mappings.calendar import Cycle, FiscalYear, cycle_from_shorthand
from okr_mappings.check_ins import with_check_ins
from okr_mappings.company import build_company
from okr_mappings.errors import MappingError, Problem
from okr_mappings.mappings import Company, CyclePlan, Mappings, Objective
from okr_mappings.metric import MetricSpec
from okr_mappings.model import CompanyFile, CycleBlock, CycleFile
from okr_mappings.references import check_references
from okr_mappings.shapes import read_shape
from okr_mappings.yaml_lines import YamlFile, read_yaml

COMPANY_FILE = "company.yml"
CYCLES_FOLDER = "cycles"
_FALLBACK_FISCAL_YEAR = FiscalYear()


def load_mappings(folder: Path, metrics: Mapping[str, MetricSpec], check_ins: Path | None = None) -> Mappings:
    """Raises MappingError with all problems found; paths in it are `folder` plus the file's place in it.

    `check_ins` is the folder of values kept by hand, `<folder>/check_ins` unless it is named.
    """
    company_file = _read(folder / COMPANY_FILE)
    shape = read_shape(company_file, CompanyFile)
    company = build_company(shape, company_file) if shape else None
    names = Names(folder, company, metrics)
    cycle_files = [_read(path) for path in _cycle_paths(folder)]
    loaded = [_load_cycle(file, names) for file in cycle_files]
    problems = [problem for file in (company_file, *cycle_files) for problem in file.problems]
    if not cycle_files:
        problems.append(
            Problem(str(folder / CYCLES_FOLDER), 1, "There is no cycle file.", "Add one, e.g. cycles/2026-q4.yml.")
        )
    merged = _merge([pair for pair in loaded if pair is not None], folder, problems)
    entered = [with_check_ins(plan, check_ins or folder / check_in_files.FOLDER) for plan in merged]
    plans = tuple(plan for plan, _ in entered)
    if not problems:  # a block that cannot be read would make its check-ins look like those of nothing
        problems = [problem for _, found in entered for problem in found]
    if problems or company is None:
        raise MappingError(problems)
    return Mappings(company, plans)


def load_company(folder: Path) -> Company | None:
    """The company file alone; None where it is not usable, for reasons that `load_mappings` tells."""
    file = _read(folder / COMPANY_FILE)
    shape = read_shape(file, CompanyFile)
    company = build_company(shape, file) if shape else None
    return None if file.problems else company


def _cycle_paths(folder: Path) -> list[Path]:
    found = (folder / CYCLES_FOLDER).glob("*")
    return sorted(path for path in found if path.suffix in (".yml", ".yaml"))


def _read(path: Path) -> YamlFile:
    try:
        return read_yaml(path.read_text(encoding="utf-8"), str(path))
    except FileNotFoundError:
        return YamlFile(
            str(path),
            problems=[Problem(str(path), 1, "The file does not exist.", "Create it; see okr_mappings/README.md.")],
        )
    except UnicodeDecodeError:
        return YamlFile(str(path), problems=[Problem(str(path), 1, "The file is not UTF-8 text.", "Save it as UTF-8.")])
    except OSError as error:
        return YamlFile(str(path), problems=[Problem(str(path), 1, f"The file cannot be read: {error.strerror}.")])


def _load_cycle(file: YamlFile, names: Names) -> tuple[Cycle, list[Objective]] | None:
    shape = read_shape(file, CycleFile)
    if shape is None:
        return None
    cycle = _cycle(shape, file, names.company)
    if cycle is None:
        return None
    return cycle, [
        build_objective(block, ("objectives", place), file, cycle, names)
        for place, block in enumerate(shape.objectives)
    ]


def _cycle(shape: CycleFile, file: YamlFile, company: Company | None) -> Cycle | None:
    fiscal = company.fiscal_year if company else _FALLBACK_FISCAL_YEAR
    if isinstance(shape.cycle, CycleBlock):
        return _cycle_with_dates(shape.cycle, file, fiscal)
    cycle = cycle_from_shorthand(shape.cycle, fiscal)
    if cycle is None:
        advice = "Write 2026, 2026-H2, 2026-Q4, 2026-11, FY2026, FY2026-Q1, or `id:`, `start:` and `end:`."
        file.problem(("cycle",), f"`{shape.cycle}` is not a cycle.", advice)
    return cycle


def _cycle_with_dates(block: CycleBlock, file: YamlFile, fiscal: FiscalYear) -> Cycle | None:
    if block.end < block.start:
        file.problem(
            ("cycle", "end"),
            f"The cycle ends on {block.end}, before it starts on {block.start}.",
            "Swap the two dates.",
        )
        return None
    return Cycle(block.id, block.label or block.id, block.start, block.end, fiscal.start_month)


def _merge(loaded: list[tuple[Cycle, list[Objective]]], folder: Path, problems: list[Problem]) -> tuple[CyclePlan, ...]:
    """One plan per cycle id, with what can only be checked across files."""
    plans: dict[str, tuple[Cycle, list[Objective]]] = {}
    for cycle, objectives in loaded:
        first, together = plans.setdefault(cycle.id, (cycle, []))
        together.extend(objectives)
        if (first.start, first.end) != (cycle.start, cycle.end) and objectives:
            what = f"Cycle `{cycle.id}` has other dates in another file: {first.start} to {first.end}."
            problems.append(
                Problem(str(folder / objectives[0].path), 1, what, "Give it the same dates, or another id.")
            )
    ordered = sorted(plans.values(), key=lambda plan: (plan[0].start, plan[0].end, plan[0].id))
    for _, objectives in ordered:
        problems.extend(check_references(objectives, folder))
    return tuple(CyclePlan(cycle, tuple(objectives)) for cycle, objectives in ordered)
