"""The mapping files exactly as people write them: one pydantic model per block, strict, no unknown keys.

Only shapes are checked here; whether the words mean something together (units, dates, names) is checked in `checks.py`, where the
calendar and the metrics are known. The JSON Schema for editors is generated from these classes, so every field has a description.
"""

from __future__ import annotations

from datetime import date as Date  # noqa: N812 - a field is called date
from math import isfinite
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Discriminator, Field, PlainValidator, Tag, WithJsonSchema

from okr_mappings.calendar import Every, NamedAfter
from okr_mappings.expected import Curve
from okr_mappings.status import DEFAULT_PRESET, PRESETS
from okr_mappings.words import Better, Kind


def _number_or_text(raw: object) -> float | str:
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        raise ValueError('Write a number, or text such as "+20%".')  # noqa: TRY004 - pydantic collects it
    if isinstance(raw, float) and not isfinite(raw):
        raise ValueError("Write a finite number.")
    return raw


def _texts(raw: object) -> tuple[str, ...]:
    items = raw if isinstance(raw, list) else [raw]
    if not all(isinstance(item, str) and item.strip() for item in items):
        raise ValueError("Write text, or a list of texts.")
    return tuple(items)


def _filter_values(raw: object) -> tuple[str | int | float | bool, ...]:
    items = raw if isinstance(raw, list) else [raw]
    if not items or not all(isinstance(item, str | int | float | bool) for item in items):
        raise ValueError("Write one value, or a list of the values allowed.")
    return tuple(items)


def _window(raw: object) -> int | None:
    if raw == "cycle_to_date":
        return None
    words = raw.split() if isinstance(raw, str) else []
    if (
        len(words) == 3
        and words[0] == "trailing"
        and words[1].isdigit()
        and words[2] in ("day", "days")
        and int(words[1]) > 0
    ):
        return int(words[1])
    raise ValueError("Write `cycle_to_date` or `trailing 30 days`.")


def _curve(raw: object) -> Curve:
    if raw in (Curve.LINEAR, Curve.SEASONAL):
        return Curve(str(raw))
    raise ValueError("Write `linear`, `seasonal`, or `phased:` with a list of dates and shares.")


def _preset(raw: object) -> str:
    if isinstance(raw, str) and raw in PRESETS:
        return raw
    raise ValueError(f"Write one of {', '.join(PRESETS)}, or `on_track:` and `at_risk:` with a number each.")


def _shorthand(raw: object) -> str:
    if isinstance(raw, bool) or not isinstance(raw, str | int):
        raise ValueError("Write a cycle such as 2026-Q4, or `id:`, `start:` and `end:`.")  # noqa: TRY004 - pydantic collects it
    return str(raw)


def _block_or_plain(raw: object) -> str:
    return "block" if isinstance(raw, dict | BaseModel) else "plain"


_BLOCK = Tag("block")
_EITHER = Discriminator(_block_or_plain)
_TEXT_OR_LIST = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}
_FILTER = {
    "type": ["string", "number", "boolean", "array"],
    "items": {"type": ["string", "number", "boolean"]},
    "minItems": 1,
}
_WINDOW = {"type": "string", "pattern": r"^(cycle_to_date|trailing [0-9]+ days?)$"}
_SHORTHANDS = r"^(FY)?[0-9]{4}(-(Q[1-4]|H[12]|0[1-9]|1[0-2]))?$"

NumberOrText = Annotated[float | str, PlainValidator(_number_or_text), WithJsonSchema({"type": ["number", "string"]})]
Texts = Annotated[tuple[str, ...], PlainValidator(_texts), WithJsonSchema(_TEXT_OR_LIST)]
FilterValues = Annotated[tuple[str | int | float | bool, ...], PlainValidator(_filter_values), WithJsonSchema(_FILTER)]
WindowDays = Annotated[int | None, PlainValidator(_window), WithJsonSchema(_WINDOW)]
CurveWord = Annotated[Curve, PlainValidator(_curve), WithJsonSchema({"enum": ["linear", "seasonal"]})]
PresetWord = Annotated[str, PlainValidator(_preset), WithJsonSchema({"enum": list(PRESETS)})]
Shorthand = Annotated[
    str,
    PlainValidator(_shorthand),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": _SHORTHANDS}, {"type": "integer"}]}),
]
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.\-]*$")]
Text = Annotated[str, Field(min_length=1)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]


class Block(BaseModel):
    """What all blocks of a mapping file have in common."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class ThresholdsBlock(Block):
    """From which ratio of progress to expected progress a colour holds."""

    on_track: Weight = Field(description="On track from this ratio of progress to expected progress, e.g. 0.9.")
    at_risk: Weight = Field(description="At risk from this ratio, off track below it, e.g. 0.7.")


StatusRule = Annotated[Annotated[PresetWord, Tag("plain")] | Annotated[ThresholdsBlock, _BLOCK], _EITHER]


class TeamBlock(Block):
    """One team."""

    id: Identifier = Field(description="Short name used by objectives.")
    name: Text = Field(description="The team as people call it.")
    lead: str = Field("", description="Who answers for the team.")
    parent: Identifier | None = Field(None, description="The id of the team above.")
    status: StatusRule | None = Field(None, description="Thresholds of this team, if they differ from the company's.")


class CompanyFile(Block):
    """company.yml: who we are and when our days and years begin."""

    name: Text = Field(description="The company as it is shown.")
    time_zone: Text = Field(description="IANA time zone in which days begin and end, e.g. Europe/Budapest.")
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = Field(
        description="ISO code of the currency that money is shown in."
    )
    fiscal_year_start_month: Annotated[int, Field(ge=1, le=12)] = Field(
        1, description="Month in which the fiscal year starts."
    )
    fiscal_year_named_after: NamedAfter = Field(
        NamedAfter.END,
        strict=False,
        description="The calendar year that names a fiscal year: the one it starts or ends in.",
    )
    status: StatusRule = Field(DEFAULT_PRESET, description="A preset by name, or thresholds of your own.")
    teams: list[TeamBlock] = Field(min_length=1, description="The teams that own objectives.")


class CycleBlock(Block):
    """A cycle whose dates no shorthand describes."""

    id: Identifier = Field(description="Unique among the cycles.")
    label: str = Field("", description="As it is shown; the id when left out.")
    start: Date = Field(description="First day.")
    end: Date = Field(description="Last day, included.")


class CheckInBlock(Block):
    """One value entered by hand."""

    date: Date = Field(description="The day at whose end the value holds.")
    value: Finite = Field(description="How it stands by then, all told (not what was added since the last check-in).")
    note: str = Field("", description="What happened.")
    author: str = Field("", description="Who entered it.")


class StepBlock(Block):
    """One named step of a milestone."""

    id: Identifier = Field(description="Unique within the key result.")
    title: Text = Field(description="What will be finished.")
    due: Date | None = Field(None, description="Until when; the cycle's end when left out.")
    done: Date | None = Field(None, description="The day it was finished; leave out until then.")


class BoundsBlock(Block):
    """What a range must stay within; bounds are inclusive."""

    at_least: NumberOrText | None = Field(None, description="Lower bound.")
    at_most: NumberOrText | None = Field(None, description="Upper bound.")


class PointBlock(Block):
    """One point that expected progress passes through."""

    date: Date = Field(description="By the end of this day ...")
    share: Share = Field(description="... this share of the way, 0 to 1.")


class PhasedBlock(Block):
    """Expected progress through given points, straight lines between them."""

    phased: list[PointBlock] = Field(min_length=1, description="In order of the dates.")


TargetField = Annotated[Annotated[NumberOrText, Tag("plain")] | Annotated[BoundsBlock, _BLOCK], _EITHER]
ExpectedField = Annotated[Annotated[CurveWord, Tag("plain")] | Annotated[PhasedBlock, _BLOCK], _EITHER]
CycleField = Annotated[Annotated[Shorthand, Tag("plain")] | Annotated[CycleBlock, _BLOCK], _EITHER]


class KeyResultBlock(Block):
    """One key result: what is counted, from where to where."""

    id: Identifier = Field(description="Unique within the cycle; keep it when the wording changes.")
    title: Text = Field(description="As people say it.")
    owner: Texts | None = Field(None, description="A name or a list of names; the objective's owner when left out.")
    kind: Kind = Field(strict=False, description="How the value relates to time.")
    metric: Text | None = Field(None, description="A named metric; or use sql, check_ins or steps instead.")
    sql: Text | None = Field(None, description="A read-only SELECT of its own, under the same rules as a metric.")
    check_ins: list[CheckInBlock] | None = Field(
        None, description="Values entered by hand; an empty list until the first one."
    )
    steps: Annotated[list[StepBlock], Field(min_length=1)] | None = Field(
        None, description="The steps of a milestone kept by hand."
    )
    unit: Text | None = Field(None, description="What one of it is; only with sql or check_ins, a metric has its own.")
    better: Better | None = Field(None, strict=False, description="The good direction; only with sql or check_ins.")
    filters: dict[str, FilterValues] = Field(
        default_factory=dict, description="Dimension of the metric: value or values allowed."
    )
    baseline: NumberOrText | None = Field(
        None, description="Where it starts: a number, `measured`, `previous_cycle` or `same_cycle_last_year`."
    )
    target: TargetField | None = Field(
        None, description='A number; relative: "+20%", "-15%", "+1000", "x1.5"; for a range at_least and/or at_most.'
    )
    expected: ExpectedField | None = Field(None, description="linear (default), seasonal, or phased with points.")
    every: Every | None = Field(None, strict=False, description="The sub-period of a recurring key result.")
    window: WindowDays | None = Field(
        None, description="For ratio and range: cycle_to_date (default) or trailing N days."
    )
    tolerance: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = Field(
        None,
        description="For a range: how far outside the bounds the score reaches 0; 10 % of the bound when left out.",
    )
    weight: Weight = Field(1.0, description="Weight in the objective's score; 0 leaves it out.")
    status: StatusRule | None = Field(None, description="Thresholds of this key result alone.")
    min_n: Annotated[int, Field(ge=0)] | None = Field(None, description="Fewest answers before a ratio is judged.")
    stale_after_days: Annotated[int, Field(ge=1)] = Field(
        31, description="For check_ins: how long the last one counts as fresh."
    )
    source_link: str = Field("", description="Where the number can be seen in the source system.")
    notes: str = Field("", description="Anything a reader should know.")
    lessons: str = Field("", description="What was learned, written when the cycle ends; shown on the quarterly page.")


class ObjectiveBlock(Block):
    """One objective and its key results."""

    id: Identifier = Field(description="Unique within the cycle.")
    title: Text = Field(description="What should become true, in words.")
    team: Identifier = Field(description="The id of a team in company.yml.")
    owner: str = Field("", description="Who answers for it.")
    supports: Texts = Field((), description="The id, or ids, of the objectives of this cycle that it contributes to.")
    weight: Weight = Field(1.0, description="Weight in the score of an objective that it supports.")
    notes: str = Field("", description="Anything a reader should know.")
    lessons: str = Field("", description="What was learned, written when the cycle ends; shown on the quarterly page.")
    key_results: list[KeyResultBlock] = Field(default_factory=list, description="The numbers that show it.")


class CycleFile(Block):
    """cycles/*.yml: the objectives of one cycle, or one team's part of them."""

    cycle: CycleField = Field(description="2026, 2026-H2, 2026-Q4, 2026-11, FY2026-Q1, or id, start and end.")
    objectives: list[ObjectiveBlock] = Field(min_length=1, description="In the order in which they are shown.")
