"""A small mapping folder and the metrics it may name; every test starts from here and changes one thing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent, indent

from okr_mappings.assess import Observed, RunContext, Subject, assess
from okr_mappings.load import load_mappings
from okr_mappings.mappings import KeyResult, Mappings
from okr_mappings.metric import MetricSpec
from okr_mappings.plan import questions
from okr_mappings.questions import MetricAnswer
from okr_mappings.snapshot import Snapshot
from okr_mappings.words import Better, Kind

FLOW, GAUGE, RATIO = (Kind.TOTAL, Kind.RECURRING), (Kind.LEVEL,), (Kind.RATIO, Kind.RANGE)


def _metric(name: str, unit: str, kinds: tuple[Kind, ...], **more: object) -> MetricSpec:
    settings = {"better": Better.HIGHER, **more}
    return MetricSpec(name=name, label=name, definition="", unit=unit, kinds=kinds, **settings)  # type: ignore[arg-type]


_ALL = (
    _metric("leads_created", "leads", FLOW, dimensions=("country", "first_touch_channel")),
    _metric("tickets_opened", "tickets", (Kind.TOTAL,), better=Better.LOWER),
    _metric("website_sessions", "sessions", FLOW),
    _metric("invoiced_revenue", "EUR", FLOW, rows="invoices"),
    _metric("social_followers", "followers", GAUGE, dimensions=("network",)),
    _metric("lead_to_customer_rate", "%", RATIO),
    _metric("answer_rate", "%", (*RATIO, Kind.RECURRING), min_n=20),
    _metric("complaint_hours", "hours", RATIO, better=Better.LOWER),
    _metric("net_promoter_score", "points", RATIO, signed=True, min_n=30),
)
METRICS = {metric.name: metric for metric in _ALL}

COMPANY = """\
name: Brightwater
time_zone: Europe/Budapest
currency: EUR
teams:
  - id: company
    name: Company
  - id: sales
    name: Sales
    parent: company
"""

HEAD = """\
cycle: 2026-Q4
objectives:
  - id: grow
    title: Grow
    team: company
    owner: Réka
    key_results:
"""
# the line on which the first key result begins
FIRST_LINE = HEAD.count("\n") + 1
RUN = RunContext("run-1", datetime(2026, 11, 22, 5, 0, tzinfo=UTC))


def cycle_text(key_results: str) -> str:
    """A cycle file whose only objective has these key results; they start on FIRST_LINE."""
    return HEAD + indent(dedent(key_results).strip("\n"), "      ") + "\n"


def write_folder(folder: Path, cycle: str, company: str = COMPANY) -> Path:
    (folder / "cycles").mkdir(parents=True, exist_ok=True)
    (folder / "company.yml").write_text(company, encoding="utf-8")
    (folder / "cycles" / "q4.yml").write_text(cycle, encoding="utf-8")
    return folder


def load(folder: Path, cycle: str, company: str = COMPANY) -> Mappings:
    return load_mappings(write_folder(folder, cycle, company), METRICS)


def one(folder: Path, key_result: str) -> KeyResult:
    """The first key result, loaded from the lines of a mapping file."""
    return load(folder, cycle_text(key_result)).cycles[0].key_results[0]


def subject(mappings: Mappings, place: int = 0) -> Subject:
    plan = mappings.cycles[0]
    objective, key_result = list(plan.pairs())[place]
    return Subject(mappings.company, plan.cycle, objective, key_result)


def assessed(
    folder: Path, key_result: str, as_of: str, answers: dict[str, float | MetricAnswer], **observed: object
) -> Snapshot:
    """A snapshot of the first key result; a bare number in `answers` is an answer with nothing but a value."""
    about = subject(load(folder, cycle_text(key_result)))
    full = {role: each if isinstance(each, MetricAnswer) else MetricAnswer(each) for role, each in answers.items()}
    day = datetime.fromisoformat(as_of).date()
    asked = {question.role for question in questions(about.key_result, about.cycle, day)}
    assert set(full) <= asked, f"answers to what was not asked: {set(full) - asked}"
    return assess(about, Observed(full, **observed), day, RUN)  # type: ignore[arg-type]
