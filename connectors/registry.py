"""Finds sources and trackers by their file names, so that a new one changes no shared Python file."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

import connectors.sources
import connectors.trackers
from connectors.errors import SettingError


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


def _module(folder: str, name: str, known: list[str]) -> ModuleType:
    if name not in known:
        raise SettingError(f"there is no {folder.removesuffix('s')} named {name!r}. Known: {', '.join(known)}.")
    return importlib.import_module(f"connectors.{folder}.{name}")
