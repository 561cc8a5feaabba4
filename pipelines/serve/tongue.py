"""In which language a page answers: `?language=`, which a cookie remembers, then what the browser asks for, then the installation's.

Only pages are told in it. The API speaks English always: programs compare its words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from pipelines.languages import DEFAULT, LANGUAGES, known, preferred

PARAMETER = "language"
COOKIE = "okr_language"
COOKIE_SECONDS = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of the switch: `words` is the language's own name, `code` what HTML calls it."""

    short: str
    words: str
    code: str
    address: str
    current: bool


def is_page(path: str) -> bool:
    return not path.startswith("/api/") and path != "/metrics"


def spoken(
    path: str, asked: Sequence[str], cookies: Mapping[str, str], headers: Mapping[str, str], installed: str
) -> str:
    """A code of LANGUAGES. One that nobody speaks here counts for nothing; `unknown` finds it in the address."""
    if not is_page(path):
        return DEFAULT
    for wanted in (*asked[-1:], cookies.get(COOKIE, "")):
        code = known(wanted)
        if code is not None:
            return code
    return preferred(headers.get("accept-language", ""), installed)


def unknown(asked: Sequence[str]) -> str:
    """What was asked for and is not spoken here; '' where all is well."""
    return next((each for each in asked if each and known(each) is None), "")


def choices(query: Mapping[str, Sequence[str]], current: str) -> list[Choice]:
    """The same page in every language."""
    return [
        Choice(code, name, html, f"?{urlencode({**query, PARAMETER: code}, doseq=True)}", code == current)
        for code, (_, html, name) in LANGUAGES.items()
    ]
