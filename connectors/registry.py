"""Finds sources and trackers by their file names, so that a new one changes no shared Python file."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from datetime import date, timedelta
from types import ModuleType

import connectors.sources
import connectors.trackers
from connectors.errors import SettingError

SUNSET_NOTICE = timedelta(days=90)
"""So long before a vendor ends a version, people are told."""


def source_names() -> list[str]:
    """Every source that exists, in alphabetical order; imports none of them."""
    return sorted(module.name for module in pkgutil.iter_modules(connectors.sources.__path__))


def tracker_names() -> list[str]:
    """Every tracker that exists, in alphabetical order; imports none of them."""
    return sorted(module.name for module in pkgutil.iter_modules(connectors.trackers.__path__))


def source_module(name: str) -> ModuleType:
    """The module of one source; SettingError when there is no such source."""
    return _module("sources", name, source_names())


def tracker_module(name: str) -> ModuleType:
    """The module of one tracker; SettingError when there is no such tracker."""
    return _module("trackers", name, tracker_names())


@dataclass(frozen=True, slots=True)
class ApiVersion:
    """Which version of a vendor's API a source speaks; `sunset` is the day on which the vendor ends it, None where none is announced."""

    source: str
    label: str
    version: str
    sunset: date | None

    def warning(self, today: date) -> str:
        """What a person should know when its end is near or past; else nothing."""
        if self.sunset is None or self.sunset - today > SUNSET_NOTICE:
            return ""
        ends = "ended" if self.sunset <= today else "ends"
        return (
            f"{self.source}: {self.label} {ends} version {self.version} of its API on {self.sunset}. Update this product before; it "
            "says in connectors/README.md which versions it speaks."
        )


def api_version(name: str) -> ApiVersion | None:
    """From the constants API_VERSION and API_SUNSET of the source's module; None for one that asks no vendor (files, mail)."""
    module = source_module(name)
    version = getattr(module, "API_VERSION", None)
    return None if version is None else ApiVersion(name, module.LABEL, version, module.API_SUNSET)


def _module(folder: str, name: str, known: list[str]) -> ModuleType:
    if name not in known:
        raise SettingError(f"there is no {folder.removesuffix('s')} named {name!r}. Known: {', '.join(known)}.")
    return importlib.import_module(f"connectors.{folder}.{name}")
