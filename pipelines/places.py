"""Paths as people and editors like them in messages."""

from __future__ import annotations

from pathlib import Path


def near(path: Path) -> Path:
    """Relative to the working folder where it lies in it."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
