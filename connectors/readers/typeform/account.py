"""Which field of a form asks for a recommendation, and the score in each response.

The field is an `opinion_scale` of eleven steps that starts at 0, or an `nps`. A scale that starts at 1 has other steps than people think
and is another question; a response carries its number plainly. Fields are known by their ref, which stays when a form is copied.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa

from connectors.contract import SourceRun
from connectors.errors import ContractError, SettingError
from connectors.readers.columns import Kind, from_text
from connectors.readers.surveys.scale import SCALE
from connectors.readers.surveys.tables import Known, Row
from connectors.readers.typeform.calls import GoneError, TypeformCalls

FIELDS_SETTING = "SOURCES__TYPEFORM__NPS_FIELDS"
WHO = ("email", "customer_id", "user_id", "contact_id")
"""Hidden fields that tell who answers, the first that is there."""
_TEXT = pa.string()
_FORM = pa.struct([("id", _TEXT), ("title", _TEXT), ("last_updated_at", _TEXT)])
_FORMS = pa.schema([("items", pa.list_(_FORM)), ("total_items", pa.int64())])
_PROPERTIES = pa.struct([("steps", pa.int64()), ("start_at_one", pa.bool_())])
_INNER = [("id", _TEXT), ("ref", _TEXT), ("type", _TEXT)]
_NESTED = pa.struct([*_INNER, ("properties", _PROPERTIES)])
_GROUP = pa.struct([("steps", pa.int64()), ("start_at_one", pa.bool_()), ("fields", pa.list_(_NESTED))])
_FIELD = pa.struct([*_INNER, ("properties", _GROUP)])
_DEFINITION = pa.schema([("id", _TEXT), ("fields", pa.list_(_FIELD))])
_ANSWER = pa.struct([("field", pa.struct(_INNER)), ("type", _TEXT), ("number", pa.float64())])
_RESPONSE = pa.struct(
    [
        ("token", _TEXT),
        ("landed_at", _TEXT),
        ("submitted_at", _TEXT),
        ("hidden", pa.struct([(name, _TEXT) for name in WHO])),
        ("answers", pa.list_(_ANSWER)),
    ]
)
_RESPONSES = pa.schema([("items", pa.list_(_RESPONSE)), ("total_items", pa.int64())])


class TypeformAccount:
    """`wanted` are the only forms to read, `named` the refs of the fields to take where several would do; empty: all, and none."""

    source = "typeform"
    overlap = timedelta(days=1)
    """Answers reach the list up to half an hour late, under the moment at which they were given."""

    def __init__(self, calls: TypeformCalls, run: SourceRun, wanted: Collection[str], named: Collection[str]) -> None:
        self._calls = calls
        self._run = run
        self._wanted = wanted
        self._named = named

    @property
    def started(self) -> datetime | None:
        return self._calls.started

    def surveys(self, known: Known) -> dict[str, dict[str, Any]]:
        every = self._calls.forms(_FORMS)
        if missing := sorted(set(self._wanted) - {row["id"] for row in every}):
            raise SettingError(
                f"typeform: SOURCES__TYPEFORM__FORM_IDS names {', '.join(missing)}, which the token does not see. Forms of European users "
                "lie elsewhere, see SOURCES__TYPEFORM__DATA_CENTRE."
            )
        if not every:
            self._run.warnings.append(
                "no form is there; forms of European accounts lie in their own data centre (SOURCES__TYPEFORM__DATA_CENTRE=eu)"
            )
        return {row["id"]: self._form(row, known) for row in every if not self._wanted or row["id"] in self._wanted}

    def _form(self, row: Mapping[str, Any], known: Known) -> dict[str, Any]:
        before, named = known.get(row["id"]), sorted(self._named)
        if before and before.get("modified") == row["last_updated_at"] and before.get("named") == named:
            return dict(before)
        return {
            "title": row["title"] or row["id"],
            "question": self._question(row["id"], row["title"]),
            "modified": row["last_updated_at"],
            "named": named,
        }

    def _question(self, form_id: str, title: str) -> str:
        """The ref of the field, '' where the form has none on the scale."""
        definition = self._calls.document(f"forms/{form_id}", _DEFINITION)
        if definition["fields"] is None:
            raise ContractError(f"typeform: forms/{form_id} answered without `fields`. Nothing was loaded.")
        found = [field["ref"] for field in _flat(definition["fields"]) if _asks(field)]
        candidates = [ref for ref in found if ref in self._named] or found
        if len(candidates) > 1:
            raise SettingError(
                f"typeform: {title!r} has {len(candidates)} fields on the scale from 0 to 10: {', '.join(candidates)}. Name the one that "
                f"asks for a recommendation in {FIELDS_SETTING}."
            )
        return candidates[0] if candidates else ""

    def responses(self, survey_id: str, survey: dict[str, Any], since: datetime | None) -> Iterator[list[Row]]:
        asked = {"response_type": "completed"}
        if since is not None:
            asked["since"] = since.strftime("%Y-%m-%dT%H:%M:%SZ")
        try:
            for page in self._calls.responses(survey_id, asked, _RESPONSES):
                yield [_row(response, survey_id, survey) for response in page]
        except GoneError:
            self._run.warnings.append(f"the form {survey['title']!r} was deleted while it was read")


def _flat(fields: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Those inside question groups too."""
    for field in fields:
        yield field
        yield from (field["properties"] or {}).get("fields") or ()


def _asks(field: Mapping[str, Any]) -> bool:
    properties = field["properties"] or {}
    if field["type"] == "nps":
        return True
    return (
        field["type"] == "opinion_scale"
        and properties.get("steps") == len(SCALE)
        and not properties.get("start_at_one")
    )


def _row(response: Mapping[str, Any], survey_id: str, survey: Mapping[str, Any]) -> Row:
    where = f"typeform: forms/{survey_id}/responses"
    given = response["submitted_at"] or response["landed_at"]
    moment = from_text(pa.array([given], pa.string()), Kind.MOMENT, f"{where} submitted_at").to_pylist()[0]
    if moment is None:
        raise ContractError(f"{where} answered with a response without `submitted_at`. Nothing was loaded.")
    hidden = response["hidden"] or {}
    return {
        "id": response["token"],
        "survey_id": survey_id,
        "survey": survey["title"],
        "status": "completed",
        "collection_mode": None,
        "answered_at": moment,
        "modified_at": moment,
        "score": _score(response, survey, where),
        "respondent": next((hidden[name] for name in WHO if hidden.get(name)), None),
    }


def _score(response: Mapping[str, Any], survey: Mapping[str, Any], where: str) -> int | None:
    for answer in response["answers"] or ():
        if (answer["field"] or {}).get("ref") == survey["question"] and answer["number"] is not None:
            if answer["number"] not in SCALE:
                raise ContractError(
                    f"{where} answered with {answer['number']:g} on the scale from 0 to 10. Nothing was loaded."
                )
            return int(answer["number"])
    return None
