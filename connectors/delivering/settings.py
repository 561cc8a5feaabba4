"""Reads a tracker's settings: text from the environment in, checked values or a SettingError naming the variable out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.contract import Setting
from connectors.errors import SettingError

_YES = frozenset({"1", "true", "yes", "on"})
_NO = frozenset({"", "0", "false", "no", "off"})


@dataclass(frozen=True, slots=True)
class TrackerSettings:
    """The settings of one tracker; a name that is not in `known` is refused, so that a typing mistake is never silent."""

    tracker: str
    values: Mapping[str, str]
    known: Mapping[str, Setting]

    def __post_init__(self) -> None:
        for name in sorted(set(self.values) - set(self.known)):
            raise self.fault(name, f"there is no such setting. Known: {', '.join(self.known)}.")
        for name, setting in self.known.items():
            if setting.required and not self.text(name):
                raise self.fault(name, f"is not set. It is {_lower_first(setting.description)}")

    def text(self, name: str) -> str:
        """The value without surrounding blanks; empty when it is not set."""
        return self.values.get(name, "").strip()

    def flag(self, name: str) -> bool:
        """True or false; false when it is not set."""
        text = self.text(name).lower()
        if text not in _YES | _NO:
            raise self.fault(name, f"is {text!r}. Write true or false.")
        return text in _YES

    def fault(self, name: str, what: str) -> SettingError:
        """The error that names the variable; `what` must not repeat a secret."""
        return SettingError(f"{self.tracker}: {variable(self.tracker, name)}: {what}")


def variable(tracker: str, name: str) -> str:
    """The environment variable behind a setting."""
    return f"OKR_TRACKERS__{tracker}__{name}".upper()


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
