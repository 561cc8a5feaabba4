"""Reads `<language>/LC_MESSAGES/okr.po`. A message without a translation stays English.

The catalogue is compiled in memory when its language is first spoken (some ten milliseconds), so there is no compiled file to forget.
"""

from __future__ import annotations

import gettext
import io
from functools import cache
from importlib.resources import files

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

DOMAIN = "okr.po"


@cache
def translations(folder: str) -> gettext.GNUTranslations:
    compiled = io.BytesIO()
    write_mo(compiled, read_catalogue(folder))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def read_catalogue(folder: str) -> Catalog:
    path = files("pipelines.languages").joinpath(folder, "LC_MESSAGES", DOMAIN)
    with path.open("rb") as stream:
        return read_po(stream, locale=folder)
