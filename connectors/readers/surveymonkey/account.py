"""Which question of a survey asks for a recommendation, and the score in each response.

The question is a matrix with one row whose choices read 0 to 10, of the subtype `nps`, or `rating` where none has that. Its answers
carry a choice's id; the texts of the choices stand in the survey's details, which are read again only when the survey was changed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa

from connectors.contract import SourceRun
from connectors.errors import ContractError, SettingError
from connectors.readers.columns import Kind, from_text
from connectors.readers.surveymonkey.calls import PAGE_SIZE, GoneError, SurveyMonkeyCalls
from connectors.readers.surveys.scale import scores
from connectors.readers.surveys.tables import Known, Row

QUESTIONS_SETTING = "SOURCES__SURVEYMONKEY__NPS_QUESTIONS"
_TEXT = pa.string()
_LINKS = pa.struct([("next", _TEXT)])
_PAGED = [("total", pa.int64()), ("links", _LINKS)]
_SURVEY = pa.struct([("id", _TEXT), ("title", _TEXT), ("date_modified", _TEXT)])
_SURVEYS = pa.schema([("data", pa.list_(_SURVEY)), *_PAGED])
_CHOICE = pa.struct([("id", _TEXT), ("text", _TEXT), ("visible", pa.bool_()), ("is_na", pa.bool_())])
_ROW = pa.struct([("id", _TEXT)])
_OPTIONS = pa.struct([("rows", pa.list_(_ROW)), ("choices", pa.list_(_CHOICE))])
_QUESTION = pa.struct([("id", _TEXT), ("family", _TEXT), ("subtype", _TEXT), ("answers", _OPTIONS)])
_DETAILS = pa.schema([("id", _TEXT), ("pages", pa.list_(pa.struct([("questions", pa.list_(_QUESTION))])))])
_GIVEN = pa.struct([("choice_id", _TEXT)])
_ANSWERED = pa.struct([("id", _TEXT), ("answers", pa.list_(_GIVEN))])
_CONTACT = pa.struct([("email", pa.struct([("value", _TEXT)]))])
_RESPONSE = pa.struct(
    [
        *((name, _TEXT) for name in ("id", "response_status", "collection_mode", "date_created", "date_modified")),
        *((name, _TEXT) for name in ("custom_value", "recipient_id", "email_address")),
        ("metadata", pa.struct([("contact", _CONTACT)])),
        ("pages", pa.list_(pa.struct([("questions", pa.list_(_ANSWERED))]))),
    ]
)
_RESPONSES = pa.schema([("data", pa.list_(_RESPONSE)), *_PAGED])


class SurveyMonkeyAccount:
    """`wanted` are the only surveys to read, `named` the questions to take where several would do; empty: all, and none."""

    source = "surveymonkey"
    overlap = timedelta(hours=1)

    def __init__(
        self, calls: SurveyMonkeyCalls, run: SourceRun, wanted: Collection[str], named: Collection[str]
    ) -> None:
        self._calls = calls
        self._run = run
        self._wanted = wanted
        self._named = named

    @property
    def started(self) -> datetime | None:
        return self._calls.started

    def surveys(self, known: Known) -> dict[str, dict[str, Any]]:
        asked = {"per_page": "1000", "include": "date_modified"}
        every = [row for page in self._calls.pages("surveys", asked, _SURVEY, _SURVEYS) for row in page]
        if missing := sorted(set(self._wanted) - {row["id"] for row in every}):
            raise SettingError(
                f"surveymonkey: SOURCES__SURVEYMONKEY__SURVEY_IDS names {', '.join(missing)}, which the token's user does not see."
            )
        return {row["id"]: self._survey(row, known) for row in every if not self._wanted or row["id"] in self._wanted}

    def _survey(self, row: Mapping[str, Any], known: Known) -> dict[str, Any]:
        before = known.get(row["id"])
        named = sorted(self._named)
        if before and before.get("modified") == row["date_modified"] and before.get("named") == named:
            return dict(before)
        question, scale = self._question(row["id"], row["title"])
        return {
            "title": row["title"] or row["id"],
            "question": question,
            "scores": scale,
            "modified": row["date_modified"],
            "named": named,
        }

    def _question(self, survey_id: str, title: str) -> tuple[str, dict[str, int]]:
        details = self._calls.document(f"surveys/{survey_id}/details", _DETAILS)
        if details["pages"] is None:
            raise ContractError(
                f"surveymonkey: surveys/{survey_id}/details answered without `pages`. Nothing was loaded."
            )
        questions = [question for page in details["pages"] for question in page["questions"] or ()]
        found = {q["id"]: scale for q in questions if (scale := _scale(q))}
        declared = [q["id"] for q in questions if q["subtype"] == "nps"]
        if strange := [i for i in declared if i not in found]:
            raise ContractError(
                f"surveymonkey: the NPS question {strange[0]} of {title!r} has other choices than 0 to 10, so its answers cannot be read."
                " Nothing was loaded; leave the survey out with SOURCES__SURVEYMONKEY__SURVEY_IDS."
            )
        candidates = [i for i in found if i in self._named] or declared or list(found)
        if len(candidates) > 1:
            raise SettingError(
                f"surveymonkey: {title!r} has {len(candidates)} questions on the scale from 0 to 10: {', '.join(candidates)}. Name the one "
                f"that asks for a recommendation in {QUESTIONS_SETTING}."
            )
        return (candidates[0], found[candidates[0]]) if candidates else ("", {})

    def responses(self, survey_id: str, survey: dict[str, Any], since: datetime | None) -> Iterator[list[Row]]:
        asked = {"per_page": str(PAGE_SIZE), "sort_by": "date_modified", "sort_order": "ASC"}
        if since is not None:
            asked["start_modified_at"] = since.strftime("%Y-%m-%dT%H:%M:%S")
        path = f"surveys/{survey_id}/responses/bulk"
        try:
            for page in self._calls.pages(path, asked, _RESPONSE, _RESPONSES):
                yield [_row(response, survey_id, survey) for response in page]
        except GoneError:
            self._run.warnings.append(f"the survey {survey['title']!r} was deleted while it was read")


def _scale(question: Mapping[str, Any]) -> dict[str, int] | None:
    """Choice id -> score where this could be a recommendation question."""
    if question["family"] != "matrix" or question["subtype"] not in ("nps", "rating"):
        return None
    options = question["answers"] or {}
    shown = [c for c in options.get("choices") or () if not c["is_na"] and c["visible"] is not False]
    if len(options.get("rows") or ()) > 1:
        return None  # several things are rated, not one recommendation
    return scores({choice["id"]: choice["text"] or "" for choice in shown})


def _row(response: Mapping[str, Any], survey_id: str, survey: Mapping[str, Any]) -> Row:
    where = f"surveymonkey: surveys/{survey_id}/responses/bulk"
    moments = from_text(
        pa.array([response["date_created"], response["date_modified"]], pa.string()), Kind.MOMENT, f"{where} dates"
    ).to_pylist()
    if moments[0] is None:
        raise ContractError(f"{where} answered with a response without `date_created`. Nothing was loaded.")
    return {
        "id": response["id"],
        "survey_id": survey_id,
        "survey": survey["title"],
        "status": response["response_status"],
        "collection_mode": response["collection_mode"],
        "answered_at": moments[0],
        "modified_at": moments[1] or moments[0],
        "score": _score(response, survey, where),
        "respondent": _respondent(response),
    }


def _score(response: Mapping[str, Any], survey: Mapping[str, Any], where: str) -> int | None:
    """None when the question was skipped; ContractError for a choice that the survey does not have."""
    for page in response["pages"] or ():
        for question in page["questions"] or ():
            chosen = [a["choice_id"] for a in question["answers"] or () if a["choice_id"]]
            if question["id"] != survey["question"] or not chosen:
                continue
            if chosen[0] not in survey["scores"]:
                raise ContractError(
                    f"{where} answered with the choice {chosen[0]}, which the survey does not have. Nothing was loaded."
                )
            return int(survey["scores"][chosen[0]])
    return None


def _respondent(response: Mapping[str, Any]) -> str | None:
    """Who answered, as well as it is known: the address invited, the sender's own number, the recipient."""
    contact = ((response["metadata"] or {}).get("contact") or {}).get("email") or {}
    known = (contact.get("value"), response["email_address"], response["custom_value"], response["recipient_id"])
    return next((each for each in known if each), None)
