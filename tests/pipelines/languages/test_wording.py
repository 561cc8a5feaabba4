"""Figures, days, plurals and sentences in five languages; what was expected is CLDR's, or follows from the rule named beside it."""

from __future__ import annotations

import threading
from datetime import date, datetime

import pytest

from okr_mappings.display import format_value
from okr_mappings.phrases import Aim, Day, Number, Phrase, Share, counted, from_json, to_json
from okr_mappings.restated import RestatedDays
from okr_mappings.words import Kind, Status
from pipelines.languages import known, preferred, reason_of, say, speaking, wording, wording_of
from tests.pipelines.report.documents import key_result

NB, NNB = "\u00a0", "\u202f"


def plain(text: str) -> str:
    return text.replace(NB, " ").replace(NNB, " ")


@pytest.mark.parametrize(
    ("language", "leads", "money", "share", "hours"),
    [
        ("en", "1,234 leads", "€12,345", "62 %", "24.0 hours"),
        ("hu", "1 234 leads", "12 345 EUR", "62%", "24,0 óra"),
        ("tr", "1.234 leads", "€12.345", "%62", "24,0 saat"),
        ("fi", "1 234 leads", "12 345 €", "62 %", "24,0 tuntia"),
        ("zh", "1,234 leads", "€12,345", "62%", "24.0 小时"),
    ],
)
def test_figures(language: str, leads: str, money: str, share: str, hours: str) -> None:
    found = wording_of(language)
    assert plain(found.value(1234.0, "leads")) == leads
    assert plain(found.value(12345.0, "EUR")) == money
    assert plain(found.share(0.62)) == share
    assert plain(found.value(24.0, "hours")) == hours


@pytest.mark.parametrize("language", ["hu", "tr", "fi", "zh"])
@pytest.mark.parametrize("value", [0.0, -0.04, 0.994, 999.95, 1000.4, -12.34, 1234567.0])
@pytest.mark.parametrize("unit", ["leads", "%", "EUR", "points"])
def test_no_language_has_other_digits_than_english(language: str, value: float, unit: str) -> None:
    digits = [c for c in wording_of(language).value(value, unit) if c.isdigit()]
    assert digits == [c for c in format_value(value, unit) if c.isdigit()]


def test_a_share_just_short_of_all_is_never_rounded_up() -> None:
    assert {plain(wording_of(each).share(0.999)) for each in ("hu", "fi")} == {"99%", "99 %"}


@pytest.mark.parametrize(
    ("language", "day", "moment"),
    [
        ("en", "21 Nov 2026", "21 Nov 2026, 06:15"),
        ("hu", "2026. nov. 21.", "2026. nov. 21. 6:15"),
        ("tr", "21 Kas 2026", "21 Kas 2026 06:15"),
        ("fi", "21.11.2026", "21.11.2026 6.15"),
        ("zh", "2026年11月21日", "2026年11月21日 06:15"),
    ],
)
def test_days(language: str, day: str, moment: str) -> None:
    assert wording_of(language).full_day(date(2026, 11, 21)) == day
    assert plain(wording_of(language).moment(datetime(2026, 11, 21, 6, 15))) == moment


def test_plurals() -> None:
    finnish = wording_of("fi")
    assert finnish.restated(RestatedDays(1, -4.0, 0), "leads") == "1 päivä oikaistu, suurin -4"
    assert finnish.restated(RestatedDays(3, -4.0, 0), "leads") == "3 päivää oikaistu, suurin -4"
    assert wording_of("zh").restated(RestatedDays(3, None, 0), "leads") == "3 天已修订，有数值消失"


def test_every_status_has_a_word_of_its_own() -> None:
    for language in ("hu", "tr", "fi", "zh"):
        found = wording_of(language)
        assert len({found.status(status) for status in Status}) == len(Status)


def test_a_reason_is_told_again_in_another_language() -> None:
    phrase = Phrase(
        "%(state)s, %(way)s of the way where %(expected)s is expected by now.",
        state=Phrase(
            "%(value)s of %(target)s",
            value=Number(214.0, "leads", bare=True),
            target=Aim(Kind.TOTAL, 350.0, None, "leads"),
        ),
        way=Share(0.61),
        expected=Share(0.57),
    )
    snapshot = key_result(reason="214 of 350 leads", reason_parts=to_json(phrase))
    assert reason_of(snapshot) == "214 of 350 leads"
    with speaking("hu"):
        assert plain(reason_of(snapshot)) == "214, cél: 350 leads; az út 61%, mostanra várt: 57%."
        assert reason_of(key_result(reason="kept as it was stored")) == "kept as it was stored"


def test_a_phrase_survives_being_stored() -> None:
    phrase = counted("%(count)s day by %(day)s", "%(count)s days by %(day)s", 3, day=Day(date(2026, 11, 21)))
    again = from_json(to_json(phrase))
    assert again is not None
    assert wording_of("en").tell(again) == "3 days by 21 Nov 2026"
    assert from_json("") is None
    assert from_json('{"number"') is None
    assert from_json("[1]") is None


def test_a_percent_sign_in_a_value_is_just_that() -> None:
    with speaking("fi"):
        assert say("%(text)s", text="100 %s") == "100 %s"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("fr-FR, hu;q=0.8, tr;q=0.9", "tr"),
        ("zh-TW, zh-Hant;q=0.9", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("FI", "fi"),
        ("hu;q=0", "en"),
        ("hu;q=nonsense", "en"),
        ("", "en"),
        ("," * 500, "en"),
    ],
)
def test_the_reader_is_answered_in_the_language_wanted_most(header: str, expected: str) -> None:
    assert preferred(header) == expected


def test_names_of_languages() -> None:
    assert (known("zh_CN"), known("TR-tr"), known("xx"), known("zh-HK")) == ("zh", "tr", None, None)
    with pytest.raises(ValueError, match="known are en, hu, tr, fi, zh"):
        wording_of("klingon")


def test_two_threads_speak_two_languages() -> None:
    found: dict[str, str] = {}
    together = threading.Barrier(2)

    def speak(language: str) -> None:
        with speaking(language):
            together.wait(timeout=10)
            found[language] = say("Teams")
            together.wait(timeout=10)

    threads = [threading.Thread(target=speak, args=(language,)) for language in ("hu", "fi")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {"hu": "Csapatok", "fi": "Tiimit"}
    assert wording().code == "en"
