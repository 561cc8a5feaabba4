"""Every message of the program is in every catalogue, whole: all plural forms, the same placeholders, nothing that HTML would read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Message

from pipelines import languages
from pipelines.languages import DEFAULT, LANGUAGES
from pipelines.languages.catalogue import read_catalogue
from pipelines.languages.extract import messages, missing

FOLDERS = [folder for code, (folder, _, _) in LANGUAGES.items() if code != DEFAULT]
PLACEHOLDER = re.compile(r"%\((\w+)\)s|%%|%")
ADVICE = "run `python -m pipelines.languages.extract` and translate what it lists"


def key(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def placeholders(text: str) -> set[str]:
    """Names, and `%` for a percent sign that is not doubled and would break the formatting."""
    return {found.group(1) or found.group(0) for found in PLACEHOLDER.finditer(text)} - {"%%"}


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_message_is_translated_and_nothing_is_left_over(folder: str) -> None:
    catalogue = read_catalogue(folder)
    wanted = {key(each) for each in messages() if each.id}
    known = {key(each) for each in catalogue if each.id}
    assert wanted - known == set(), ADVICE
    assert known - wanted == set(), ADVICE
    assert missing(catalogue) == [], ADVICE


@pytest.mark.parametrize("folder", FOLDERS)
def test_placeholders_are_those_of_the_message(folder: str) -> None:
    for message in read_catalogue(folder):
        if not message.id:
            continue
        english = (message.id,) if isinstance(message.id, str) else message.id
        allowed = set().union(*map(placeholders, english))
        for text in (message.string,) if isinstance(message.string, str) else message.string:
            # a language without a singular may leave the number out of one form, never a value
            assert placeholders(text) - {"count"} == allowed - {"count"}, (folder, key(message), text)
            assert "<" not in text


@pytest.mark.parametrize("folder", FOLDERS)
def test_plural_forms_are_as_many_as_the_language_has(folder: str) -> None:
    catalogue = read_catalogue(folder)
    assert catalogue.num_plurals == {"hu": 1, "tr": 1, "fi": 2, "zh_Hans": 1}[folder]
    for message in catalogue:
        if message.id and not isinstance(message.id, str):
            assert len(message.string) == catalogue.num_plurals, message.id


def test_every_message_of_the_english_templates_can_be_formatted() -> None:
    """A percent sign that is not doubled would be found by the first reader of that page."""
    for message in messages():
        for text in (message.id,) if isinstance(message.id, str) else message.id:
            assert "%" not in placeholders(text), text


def test_every_language_has_a_catalogue_in_the_package() -> None:
    root = Path(languages.__file__).parent
    assert all((root / folder / "LC_MESSAGES" / "okr.po").is_file() for folder in FOLDERS)
