"""A key result between the file and its resolved form: what the checks look at."""

from __future__ import annotations

from dataclasses import dataclass

from okr_mappings.calendar import Cycle
from okr_mappings.goals import Baseline, Bounds, Target
from okr_mappings.metric import MetricSpec
from okr_mappings.model import KeyResultBlock
from okr_mappings.words import Better, Kind
from okr_mappings.yaml_lines import Place, YamlFile

GROWING = (Kind.TOTAL, Kind.LEVEL, Kind.RATIO)
_FEEDS = ("metric", "sql", "check_ins", "steps")


@dataclass(frozen=True, slots=True)
class Draft:
    """A key result as written, with what could be read from it; `metric` is None when it has none or an unknown one."""

    block: KeyResultBlock
    place: Place
    file: YamlFile
    cycle: Cycle
    metric: MetricSpec | None
    unit: str
    baseline: Baseline | None
    target: Target | None
    bounds: Bounds | None

    @property
    def feeds(self) -> list[str]:
        return [name for name in _FEEDS if getattr(self.block, name) is not None]

    @property
    def better(self) -> Better | None:
        return self.metric.better if self.metric else self.block.better

    def note(self, key: str, what: str, advice: str = "") -> None:
        """At the line of `key` where it is written, else at the key result's first line."""
        self.file.problem((*self.place, *key.split(".")), what, advice)
