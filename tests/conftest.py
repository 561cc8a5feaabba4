"""What every test may lean on: golden files, and the rule that a test talks to this machine only.

A golden file is the exact text that a person approved by reading `git diff`. Keep them few.
"""

from __future__ import annotations

import difflib
import ipaddress
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

GOLDEN = Path(__file__).parent / "golden"
DIFF_LINES = 60

Golden = Callable[[str, str], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write tests/golden/ anew from what the code produces"
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of a file marked `in_order` keep the order of its lines; all others run in any order."""
    stories: dict[Path, list[int]] = {}
    for place, item in enumerate(items):
        if item.get_closest_marker("in_order"):
            stories.setdefault(item.path, []).append(place)
    for places in stories.values():
        told = sorted((items[place] for place in places), key=lambda item: item.location[1] or 0)
        for place, item in zip(places, told, strict=True):
            items[place] = item


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """`golden(name, text)`: the text equals the file of that name in `tests/golden/`."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
            return
        approved = path.read_text(encoding="utf-8") if path.exists() else ""
        if text != approved:
            pytest.fail(_difference(name, approved, text), pytrace=False)

    return compare


def _difference(name: str, approved: str, text: str) -> str:
    diff = list(
        difflib.unified_diff(approved.splitlines(), text.splitlines(), "approved", "produced", lineterm="", n=1)
    )
    rest = [f"... and {len(diff) - DIFF_LINES} more lines"] if len(diff) > DIFF_LINES else []
    return "\n".join([*diff[:DIFF_LINES], *rest, f"{name} differs: run `pytest --update-golden` and read `git diff`"])


_guard = {"on": True}


def pytest_runtest_setup(item: pytest.Item) -> None:
    _guard["on"] = item.get_closest_marker("real_data") is None


@pytest.fixture(scope="session", autouse=True)
def loopback_only() -> Iterator[None]:
    """A test that dials out fails here, with the address in the message, instead of passing on one machine only."""
    patch = pytest.MonkeyPatch()
    for method in ("connect", "connect_ex"):
        patch.setattr(socket.socket, method, _guarded(getattr(socket.socket, method)))
    yield
    patch.undo()


def _guarded(dial: Callable[..., Any]) -> Callable[..., Any]:
    def connect(self: socket.socket, address: Any) -> Any:
        if _guard["on"] and self.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(str(address[0])):
            pytest.fail(f"this test dials {address[0]}:{address[1]}; tests talk to 127.0.0.1 only", pytrace=False)
        return dial(self, address)

    return connect


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
