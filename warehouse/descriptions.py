"""The shapes of the YAML beside the models: `_staging.yml`, `_intermediate.yml`, `_marts.yml`.

A model's `key` columns are always checked to be unique and never null; what else must hold is said per column. A check of
severity `error` stops the transform and leaves the previous tables; one of severity `warn` is reported and lets it pass: for
promises that only the vendor can keep.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Relationship(_Strict):
    """Every value that is not null exists in `to` (`marts.dim_owners.owner_key`)."""

    to: str = Field(pattern=r"^[a-z][a-z0-9_]*\.[a-z0-9_]+\.[a-z0-9_]+$")


class ColumnCheck(_Strict):
    """One promise about one column; exactly one of the four kinds is given."""

    not_null: bool = False
    unique: bool = False
    accepted_values: tuple[str, ...] = ()
    relationships: Relationship | None = None
    severity: Literal["error", "warn"] = "error"


def _check_by_name(value: object) -> object:
    return {value: True} if isinstance(value, str) else value


class ColumnDescription(_Strict):
    """One column for people; `unit` is empty where the value is not a quantity.

    `comes_from` names for a value the only source that brings rows with it (`LinkedIn: linkedin`). A source named for other values only
    says nothing about these rows; one that is not named at all may say something about any.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    description: str = Field(min_length=1)
    unit: str = ""
    comes_from: dict[str, str] = {}
    checks: tuple[Annotated[ColumnCheck, BeforeValidator(_check_by_name)], ...] = ()


class ModelDescription(_Strict):
    """One model: what one row is (`grain`), which columns identify it (`key`), what one can ask of it (`questions`).

    `alarm` says what its rows are where there should be none: then every transform warns, with their number.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    description: str = Field(min_length=1)
    grain: str = Field(min_length=1)
    key: tuple[str, ...] = Field(min_length=1)
    columns: tuple[ColumnDescription, ...] = Field(min_length=1)
    questions: tuple[str, ...] = ()
    alarm: str = ""


class Layer(_Strict):
    """One `_<layer>.yml`."""

    models: tuple[ModelDescription, ...]


LAYER_FILE = TypeAdapter(Layer)
