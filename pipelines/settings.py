"""Everything that can be set, from `okr.toml` in the working folder and from `OKR_...` variables (which win).

A data folder named with `--data` may carry an `okr.toml` of its own: the demos leave one, so that every command works on what they made.

What dlt runs (a source's credentials) is not here: it is configured dlt's way, `SOURCES__<SOURCE>__<NAME>` or `.dlt/secrets.toml`,
so that no value lives in two places.
"""

from __future__ import annotations

import difflib
import os
from importlib.resources import files
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from pipelines.errors import SettingsError
from pipelines.serve.settings import ServeSettings

FILE = "okr.toml"


def _packaged_mappings() -> Path:
    return Path(str(files("okr_mappings")))


Step = Literal["ingest", "transform", "snapshot", "publish", "track"]


class ScheduleSettings(BaseModel):
    """One schedule: `[schedules.<name>]` in okr.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cron: str = Field(description="a crontab line of five fields, names allowed: 15 6 * * mon-fri")
    time_zone: str = Field("", description="the zone whose clock the line follows; the company's by default")
    catch_up: Literal["latest", "all", "none"] = Field(
        "latest",
        description="what becomes of missed slots: the newest is run, all are (each as of its own day), none is",
    )
    max_catch_up: int = Field(14, ge=1, description="with catch_up = all, at most so many; the newest count")
    attempts: int = Field(3, ge=1, description="how often a slot is tried whose run was killed or failed as a whole")
    jitter_seconds: int = Field(
        0, ge=0, le=3600, description="start up to so many seconds late, always the same on one installation"
    )
    steps: tuple[Step, ...] = Field((), description="only these steps; all five by default")
    sources: tuple[str, ...] = Field((), description="ingest only these sources; all configured ones by default")

    @field_validator("cron")
    @classmethod
    def _crontab(cls, line: str) -> str:
        from pipelines.schedule.crontab import Crontab

        return Crontab(line, "UTC").line

    @field_validator("time_zone")
    @classmethod
    def _zone(cls, name: str) -> str:
        try:
            return ZoneInfo(name).key if name else name
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"{name!r} is no time zone; one looks like Europe/Budapest") from error


class InputSettings(BaseModel):
    """A tab with numbers kept by hand, read at the start of every run: `[inputs.<name>]` in okr.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    workbook: Path | None = Field(None, description="the path of an Excel workbook; or")
    spreadsheet: str = Field("", description="the link of a Google spreadsheet, or the long id in it; then also")
    service_account_file: str = Field(
        "", description="the JSON key of a service account that may look at the spreadsheet"
    )
    tab: str = Field("inputs", description="the tab with the headings key_result, date, value, note and author")
    author: str = Field("", description="who says so in rows without an author; the sheet's name by default")
    api_base: str = Field("", description="another address than Google's: the sandbox's")

    @model_validator(mode="after")
    def _one_place(self) -> InputSettings:
        if (self.workbook is None) == (not self.spreadsheet):
            raise ValueError("name either a `workbook` or a `spreadsheet`")
        if self.spreadsheet and not self.service_account_file:
            raise ValueError("a `spreadsheet` needs `service_account_file`, the key of an account that may look at it")
        return self


class Settings(BaseSettings):
    """One installation. Relative paths start at the working folder."""

    model_config = SettingsConfigDict(env_prefix="OKR_", env_nested_delimiter="__", extra="forbid", frozen=True)

    data_dir: Path = Field(Path("data"), description="everything the product writes lies here")
    mappings_dir: Path = Field(
        default_factory=_packaged_mappings,
        description="company.yml and cycles/*.yml; the example company's by default",
    )
    models_dir: Path | None = Field(None, description="your own models/ and metrics/, added to ours")
    sources: tuple[str, ...] = Field((), description="the sources to read, such as hubspot, ga4, files")
    trackers: dict[str, dict[str, str]] = Field(
        default_factory=dict, description="the trackers to keep, each with its own settings"
    )
    inputs: dict[str, InputSettings] = Field(
        default_factory=dict,
        description="tabs of spreadsheets with numbers kept by hand, each under its own name; see connectors/README.md",
    )
    language: Literal["en", "hu", "tr", "fi", "zh"] = Field(
        "en",
        description="the language of report, pages and messages: English, Hungarian, Turkish, Finnish or Simplified Chinese",
    )
    app_urls: dict[str, str] = Field(
        default_factory=dict,
        description="where a source's record pages lie, for links: hubspot = https://app.hubspot.com/contacts/<account id>",
    )
    keep_email_addresses: bool = Field(
        default=False, description="load e-mail addresses as they are, not their codes; see docs/personal-data.md"
    )
    metric_timeout_seconds: float = Field(60.0, gt=0, description="a metric query is interrupted after this long")
    metric_memory: str = Field("2GB", description="the most memory metric queries may use together")
    evidence_rows: int = Field(
        20_000, ge=0, description="remember which rows stood behind a value up to this many; 0 remembers none"
    )
    fast_path: bool = Field(
        default=True, description="many key results share scans of the tables; off, each is executed by itself"
    )
    lock_wait_seconds: float = Field(10.0, ge=0, description="how long a run waits for another one to end")

    schedules: dict[str, ScheduleSettings] = Field(
        default_factory=dict, description="when `okr schedule` runs what, each under its own name; see docs/schedule.md"
    )
    watchdog_slots: int = Field(
        2, ge=1, description="after so many due times without a successful run, report and trackers say so themselves"
    )
    stop_seconds: float = Field(
        20.0, ge=0, description="how long `okr schedule` lets a run finish when it is asked to stop"
    )

    serve: ServeSettings = Field(
        default_factory=ServeSettings,
        description="the dashboard and the API of `okr serve`: `host`, `port`, `allowed_hosts`, `evidence`, `tokens`; see docs/serve.md",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments beat the environment, which beats the data folder's own file, which beats the working folder's."""
        given = init_settings() if init_settings else {}
        places = [Path(FILE), *([Path(given["data_dir"]) / FILE] if "data_dir" in given else [])]
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, places)

    @property
    def check_ins_dir(self) -> Path:
        """Values kept by hand: beside the mappings, as they belong under version control; the example's beside its data."""
        home = self.data_dir if self.mappings_dir == _packaged_mappings() else self.mappings_dir
        return home / "check_ins"

    @property
    def warehouse_path(self) -> Path:
        """The file the pipeline owns; nobody else opens it."""
        return self.data_dir / "warehouse.duckdb"

    @property
    def published_path(self) -> Path:
        """The read-only copy for analysts, replaced whole."""
        return self.data_dir / "published.duckdb"

    @property
    def feeds_dir(self) -> Path:
        """The published progress as JSON, CSV and Parquet."""
        return self.data_dir / "feeds"

    @property
    def reports_dir(self) -> Path:
        """The pages for meetings, teams and people."""
        return self.data_dir / "reports"

    @property
    def report_path(self) -> Path:
        """The single-file HTML report."""
        return self.data_dir / "report.html"


def load_settings(**overrides: object) -> Settings:
    """Read the settings; SettingsError lists every problem at once. Overrides that are None are left out."""
    given = {name: value for name, value in overrides.items() if value is not None}
    problems = _unknown_variables()
    try:
        settings = Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        problems += [_problem(tuple(map(str, detail["loc"])), detail["msg"]) for detail in error.errors()]
    except ValueError as error:  # a broken okr.toml
        problems.append(f"{FILE} cannot be read: {error}")
    if problems:
        raise SettingsError("\n".join(problems))
    return settings


def _problem(place: tuple[str, ...], message: str) -> str:
    variable = "OKR_" + "__".join(place).upper()
    known = difflib.get_close_matches(place[0], Settings.model_fields, n=1) if place else []
    hint = f" Did you mean {known[0]}?" if known and place[0] not in Settings.model_fields else ""
    return f"setting {'.'.join(place)} ({variable}): {message.removeprefix('Value error, ')}.{hint}"


def _unknown_variables() -> list[str]:
    """A misspelt variable would otherwise be ignored in silence."""
    names = {f"OKR_{name.upper()}" for name in Settings.model_fields}
    problems = []
    for variable in sorted(os.environ):
        stem = variable.split("__", 1)[0]
        if variable.startswith("OKR_") and stem not in names:
            near = difflib.get_close_matches(stem, names, n=1)
            hint = f" Did you mean {near[0]}?" if near else f" Known: {', '.join(sorted(names))}."
            problems.append(f"{variable} is set, but there is no such setting.{hint}")
    return problems
