"""The languages in which pages and messages speak: `with speaking("hu"): ...`, then `say`, `count` and the figures of `wording()`.

English needs nothing but itself; the others are loaded when they are first spoken, because their library takes a moment that
`okr status` should not pay. The language is that of the running task or thread (a context variable), so that a server can answer two
readers in two languages at the same time. Whatever lies below `pipelines` is handed a `Wording` instead: `wording_of("hu")`.

    catalogue.py   <language>/LC_MESSAGES/okr.po, read as it is: nothing is compiled ahead
    translated.py  figures, dates and plurals by CLDR
    extract.py     `python -m pipelines.languages.extract` brings the catalogues up to date with the program
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache

from okr_mappings.phrases import from_json
from okr_mappings.snapshot import Snapshot
from okr_mappings.wording import ENGLISH, Wording

# what a setting or an address calls a language -> (folder of its catalogue and name in CLDR, what HTML calls it, its own name)
LANGUAGES = {
    "en": ("en", "en", "English"),
    "hu": ("hu", "hu", "Magyar"),
    "tr": ("tr", "tr", "Türkçe"),
    "fi": ("fi", "fi", "Suomi"),
    "zh": ("zh_Hans", "zh-Hans", "简体中文"),
}
DEFAULT = "en"

_spoken: ContextVar[Wording] = ContextVar("language", default=ENGLISH)


@cache
def wording_of(language: str) -> Wording:
    """Raises ValueError for a language that is not spoken here."""
    code = known(language)
    if code is None:
        raise ValueError(f"the language {language!r} is not spoken here; known are {', '.join(LANGUAGES)}")
    if code == DEFAULT:
        return ENGLISH
    from pipelines.languages.translated import Translated

    folder, html, _ = LANGUAGES[code]
    return Translated(folder, html)


def known(language: str) -> str | None:
    """The code of LANGUAGES for `hu`, `hu-HU`, `zh_CN`, `zh-Hans-SG`; None for a language that is not spoken here.

    Traditional Chinese is another script, so its readers get English rather than characters they did not ask for.
    """
    parts = language.strip().replace("_", "-").lower().split("-")
    if parts[0] == "zh" and {"hant", "tw", "hk", "mo"} & set(parts[1:]):
        return None
    return parts[0] if parts[0] in LANGUAGES else None


def preferred(accept_language: str, default: str = DEFAULT) -> str:
    """The best match for a browser's Accept-Language; the installation's language where nothing matches."""
    wanted = []
    for place, entry in enumerate(accept_language.split(",")[:20]):
        name, _, quality = entry.partition(";")
        wanted.append((-_weight(quality), place, name))
    for weight, _, name in sorted(wanted):
        code = known(name)
        if code is not None and weight < 0:
            return code
    return default


def _weight(text: str) -> float:
    name, _, number = text.strip().partition("=")
    if name != "q":
        return 1.0
    try:
        return min(max(float(number), 0.0), 1.0)
    except ValueError:
        return 0.0


@contextmanager
def speaking(language: str) -> Iterator[Wording]:
    """Everything said inside is said in that language. Raises ValueError for one that is not spoken here."""
    found = wording_of(language)
    token = _spoken.set(found)
    try:
        yield found
    finally:
        _spoken.reset(token)


def wording() -> Wording:
    """The language being spoken."""
    return _spoken.get()


def marked(message: str) -> str:
    """The message as it is: marks one that is kept in a table and said later, so that the catalogues get it."""
    return message


def say(message: str, /, **values: object) -> str:
    return _spoken.get().say(message, **values)


def count(one: str, many: str, number: int, /, **values: object) -> str:
    return _spoken.get().count(one, many, number, **values)


def reason_of(snapshot: Snapshot) -> str:
    """Why it has its status. What an older version stored has its English sentence only."""
    spoken = _spoken.get()
    phrase = None if spoken is ENGLISH else from_json(snapshot.reason_parts)
    return snapshot.reason if phrase is None else spoken.tell(phrase)
