"""Objectives and key results: from blocks of a file to resolved ones, noting in the file whatever does not make sense."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from okr_mappings.calendar import Cycle
from okr_mappings.checks import check
from okr_mappings.company import read_thresholds
from okr_mappings.draft import Draft
from okr_mappings.expected import Curve, Expected, Point
from okr_mappings.goals import Baseline, BaselineFrom, Bounds, Target, parse_number, parse_target
from okr_mappings.identity import mapping_hash
from okr_mappings.mappings import CheckIn, Company, KeyResult, Objective, Step
from okr_mappings.metric import MetricSpec
from okr_mappings.model import BoundsBlock, KeyResultBlock, ObjectiveBlock, PhasedBlock
from okr_mappings.status import DEFAULT_PRESET, PRESETS, Thresholds
from okr_mappings.suggest import nearest
from okr_mappings.words import Better, Kind
from okr_mappings.yaml_lines import Place, YamlFile


@dataclass(frozen=True, slots=True)
class Names:
    """What a cycle file may refer to; `company` is None when its file could not be read, and teams are not checked then."""

    folder: Path
    company: Company | None
    metrics: Mapping[str, MetricSpec]

    def thresholds(self, team_id: str) -> Thresholds:
        if self.company is None:
            return PRESETS[DEFAULT_PRESET]
        return next((team.thresholds for team in self.company.teams if team.id == team_id), self.company.thresholds)

    def relative(self, path: str) -> str:
        return Path(path).relative_to(self.folder).as_posix()


def build_objective(block: ObjectiveBlock, place: Place, file: YamlFile, cycle: Cycle, names: Names) -> Objective:
    _check_team(block, place, file, names)
    scene = _Scene(block, file, cycle, names, names.thresholds(block.team))
    built = (scene.key_result(each, (*place, "key_results", number)) for number, each in enumerate(block.key_results))
    return Objective(
        id=block.id,
        cycle_id=cycle.id,
        title=block.title,
        team_id=block.team,
        owner=block.owner,
        supports=block.supports,
        weight=block.weight,
        thresholds=scene.thresholds,
        key_results=tuple(key_result for key_result in built if key_result is not None),
        path=names.relative(file.path),
        line=file.line(place),
        supports_line=file.line((*place, "supports")),
        notes=block.notes,
        lessons=block.lessons,
    )


def _check_team(block: ObjectiveBlock, place: Place, file: YamlFile, names: Names) -> None:
    if names.company is None:
        return
    known = [team.id for team in names.company.teams]
    if block.team not in known:
        file.problem((*place, "team"), f"There is no team `{block.team}` in company.yml.", nearest(block.team, known))


@dataclass(frozen=True, slots=True)
class _Scene:
    """Where a key result stands."""

    objective: ObjectiveBlock
    file: YamlFile
    cycle: Cycle
    names: Names
    thresholds: Thresholds

    def key_result(self, block: KeyResultBlock, place: Place) -> KeyResult | None:
        """None when something is wrong with it."""
        before = len(self.file.problems)
        metric = self._metric(block, place)
        thresholds = (
            self.thresholds if block.status is None else read_thresholds(block.status, self.file, (*place, "status"))
        )
        unit = metric.unit if metric else block.unit or ("steps" if block.kind is Kind.MILESTONE else "")
        draft = Draft(
            block,
            place,
            self.file,
            self.cycle,
            metric,
            unit,
            _baseline(block, unit),
            _target(block, unit),
            _bounds(block, unit),
        )
        check(draft)
        if len(self.file.problems) > before:
            return None
        return self._resolved(draft, thresholds)

    def _metric(self, block: KeyResultBlock, place: Place) -> MetricSpec | None:
        if block.metric is None:
            return None
        metric = self.names.metrics.get(block.metric)
        if metric is None:
            what = f"There is no metric `{block.metric}`."
            self.file.problem((*place, "metric"), what, nearest(block.metric, self.names.metrics))
        return metric

    def _resolved(self, draft: Draft, thresholds: Thresholds) -> KeyResult:
        block, metric = draft.block, draft.metric
        return KeyResult(
            id=block.id,
            cycle_id=self.cycle.id,
            objective_id=self.objective.id,
            title=block.title,
            owners=block.owner or ((self.objective.owner,) if self.objective.owner else ()),
            kind=block.kind,
            unit=draft.unit,
            better=metric.better if metric else block.better or _direction(draft),
            thresholds=thresholds,
            path=self.names.relative(self.file.path),
            line=self.file.line(draft.place),
            mapping_hash=mapping_hash(block, self.cycle, draft.unit),
            metric=metric,
            sql=block.sql,
            check_ins=tuple(sorted(_check_ins(block), key=lambda check_in: check_in.day)),
            steps=tuple(Step(step.id, step.title, step.due or self.cycle.end, step.done) for step in block.steps or ()),
            by_hand=block.check_ins is not None or block.steps is not None,
            filters=tuple(sorted(block.filters.items())),
            baseline=draft.baseline,
            target=draft.target,
            bounds=draft.bounds,
            tolerance=block.tolerance,
            expected=_expected(block),
            every=block.every,
            window_days=block.window,
            min_n=_min_n(block, metric),
            stale_after_days=block.stale_after_days,
            weight=block.weight,
            source_link=block.source_link or (metric.source_link if metric and "{" not in metric.source_link else ""),
            notes=block.notes,
            lessons=block.lessons,
        )


def _baseline(block: KeyResultBlock, unit: str) -> Baseline | None:
    """None where none is written (a total then starts at 0) or where it cannot be read."""
    if block.baseline is None:
        starts_at_zero = block.kind is Kind.TOTAL
        return Baseline(BaselineFrom.NUMBER, 0.0) if starts_at_zero else None
    if (
        isinstance(block.baseline, str)
        and block.baseline in tuple(BaselineFrom)
        and block.baseline != BaselineFrom.NUMBER
    ):
        return Baseline(BaselineFrom(block.baseline))
    number = parse_number(block.baseline, unit)
    return None if number is None else Baseline(BaselineFrom.NUMBER, number)


def _target(block: KeyResultBlock, unit: str) -> Target | None:
    if block.target is None:
        return parse_target(len(block.steps), unit) if block.steps else None
    return None if isinstance(block.target, BoundsBlock) else parse_target(block.target, unit)


def _bounds(block: KeyResultBlock, unit: str) -> Bounds | None:
    if not isinstance(block.target, BoundsBlock):
        return None
    low, high = block.target.at_least, block.target.at_most
    return Bounds(None if low is None else parse_number(low, unit), None if high is None else parse_number(high, unit))


def _direction(draft: Draft) -> Better:
    """Which way is good for a key result kept by hand that does not say."""
    if draft.bounds is not None:
        return Better.HIGHER if draft.bounds.at_most is None else Better.LOWER
    if draft.target is not None and draft.target.is_relative:
        return Better.HIGHER if draft.target.goes_up else Better.LOWER
    start = draft.baseline.number if draft.baseline else None
    down = draft.target is not None and start is not None and draft.target.amount < start
    return Better.LOWER if down else Better.HIGHER


def _min_n(block: KeyResultBlock, metric: MetricSpec | None) -> int:
    """Only a ratio, or a range of one, rests on a sample."""
    if block.kind not in (Kind.RATIO, Kind.RANGE):
        return 0
    return block.min_n if block.min_n is not None else metric.min_n if metric else 0


def _check_ins(block: KeyResultBlock) -> Iterable[CheckIn]:
    return (
        CheckIn(check_in.date, check_in.value, check_in.note, check_in.author) for check_in in block.check_ins or ()
    )


def _expected(block: KeyResultBlock) -> Expected:
    if block.expected is None:
        return Expected()
    if isinstance(block.expected, PhasedBlock):
        return Expected(Curve.PHASED, tuple(Point(point.date, point.share) for point in block.expected.phased))
    return Expected(block.expected)
