"""Whatever stands in a mapping file, loading ends with mappings or with a MappingError that names lines of that file."""

from __future__ import annotations

from datetime import date
from importlib.resources import files
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from okr_mappings.assess import Observed, assess
from okr_mappings.errors import MappingError
from okr_mappings.load import load_mappings
from okr_mappings.mappings import Mappings
from okr_mappings.plan import questions
from okr_mappings.questions import MetricAnswer
from okr_mappings.yaml_lines import read_yaml
from tests.okr_mappings.builders import COMPANY, METRICS, RUN, cycle_text, subject, write_folder

TEXT = cycle_text(
    """
    - id: a
      title: A
      kind: total
      metric: leads_created
      filters:
        country: [HU, AT]
      baseline: previous_cycle
      target: "+20%"
      expected:
        phased:
          - date: 2026-10-31
            share: 0.25
    - id: b
      title: B
      kind: range
      metric: complaint_hours
      window: trailing 30 days
      target:
        at_most: 24
    - id: c
      title: C
      kind: milestone
      steps:
        - id: x
          title: X
          due: 2026-11-10
          done: 2026-11-08
    - id: d
      title: D
      kind: recurring
      every: week
      unit: calls
      check_ins:
        - date: 2026-10-10
          value: 3
      target: 20
    """
)
LINES = TEXT.splitlines()
VALUES = [
    "",
    "yes",
    "5",
    "-5",
    "0",
    ".nan",
    "2026-10-31",
    "2026-13-01",
    "[]",
    "{}",
    "[a, {b: c}]",
    '"+20%"',
    "x",
    "*a",
    "!!binary x",
    "~",
    "1e400",
]
edits = st.tuples(st.integers(0, len(LINES) - 1), st.sampled_from(["drop", "twice", "value"]), st.sampled_from(VALUES))


def edited(changes: list[tuple[int, str, str]]) -> str:
    lines: list[str | None] = list(LINES)
    for place, how, value in changes:
        line = lines[place] or ""
        if how == "drop":
            lines[place] = None
        elif how == "twice":
            lines[place] = f"{line}\n{line}"
        else:
            lines[place] = f"{line.split(':')[0]}: {value}"
    return "\n".join(line for line in lines if line is not None)


def problems_of(folder: Path, text: str, company: str = COMPANY) -> int:
    """How many problems; where there are none, every key result can be assessed, whatever the warehouse answers."""
    try:
        mappings = load_mappings(write_folder(folder, text, company), METRICS)
    except MappingError as error:
        found = error.problems
    else:
        _assess_everything(mappings)
        return 0
    lines = [problem.line for problem in found if problem.path.endswith("q4.yml")]
    assert all(1 <= line <= text.count("\n") + 2 for line in lines)
    assert all(problem.what for problem in found)
    return len(found)


def _assess_everything(mappings: Mappings) -> None:
    for place, (_, key_result) in enumerate(mappings.cycles[0].pairs()):
        about = subject(mappings, place)
        for as_of in (date(2026, 9, 1), date(2026, 10, 2), date(2026, 11, 21), date(2027, 1, 5)):
            asked = questions(key_result, about.cycle, as_of)
            for value in (None, 0.0, -5.0, 1e300, float("nan")):
                found = assess(about, Observed({each.role: MetricAnswer(value, n=5) for each in asked}), as_of, RUN)
                assert found.reason.endswith(".")
                assert (found.progress is None) == (found.score is None)


def test_the_text_itself_is_fine(tmp_path: Path) -> None:
    assert problems_of(tmp_path, TEXT) == 0


@settings(max_examples=300)
@given(st.lists(edits, min_size=1, max_size=3))
def test_edited_files(tmp_path_factory: object, changes: list[tuple[int, str, str]]) -> None:
    problems_of(_folder(tmp_path_factory), edited(changes))


@given(st.text(max_size=60))
def test_any_text(tmp_path_factory: object, text: str) -> None:
    assert problems_of(_folder(tmp_path_factory), text) > 0
    read_yaml(text, "x")


def test_every_single_edit(tmp_path: Path) -> None:
    for place in range(len(LINES)):
        for value in VALUES[::3]:
            problems_of(tmp_path, edited([(place, "value", value)]))


def test_every_edit_of_a_company(tmp_path: Path) -> None:
    company = (Path(str(files("okr_mappings"))) / "company.yml").read_text(encoding="utf-8").splitlines()
    for place, line in enumerate(company):
        for value in VALUES[::4]:
            changed = [*company[:place], f"{line.split(':')[0]}: {value}", *company[place + 1 :]]
            problems_of(tmp_path, TEXT, "\n".join(changed))


def _folder(factory: object) -> Path:
    return factory.mktemp("mappings", numbered=True)  # type: ignore[attr-defined, no-any-return]
