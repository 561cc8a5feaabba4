"""The nearest valid name for one that does not exist."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(word: str, names: Iterable[str]) -> str:
    """A sentence for people: the nearest name, or all of them where none is near; empty when there are none."""
    known = sorted(set(names))
    close = get_close_matches(word, known, n=1, cutoff=0.6)
    if close:
        return f"Did you mean `{close[0]}`?"
    if not known:
        return ""
    shown = ", ".join(f"`{name}`" for name in known[:12])
    return f"Known: {shown}{', ...' if len(known) > 12 else ''}."
