"""SurveyMonkey as far as reading goes: /v3/surveys, details, and responses in bulk, with its limits and its error bodies.

An answer to a rating carries the id of a choice, never the number. Limits of a private app: 120 calls a minute and 500 a day, told in
headers; both windows follow the sandbox's clock.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from connectors.sandbox.answer import Answer, Request, VendorError, html_answer, json_answer
from connectors.sandbox.company.company import Company
from connectors.sandbox.company.moments import from_ms, to_ms
from connectors.sandbox.company.surveys import Question, Response, Survey

PREFIX = "/v3/surveys"
TOKEN = "sm-5A4DB0C5.brightwater.numbers"  # noqa: S105 - opens nothing but the sandbox
SCOPES_NEEDED = "The user or app has not been granted the scope responses_read_detail or surveys_read"
_WEIGHTS = (-100,) * 7 + (0, 0) + (100, 100)
"""What the tool gives the choices of an NPS question: good for its own average, wrong as a score."""


class SurveyMonkeyApi:
    """`minute_limit` and `day_limit` are an app's; `page_limit` is the most a page may hold."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self.minute_limit, self.day_limit, self.page_limit = 120, 500, 100
        self._used: dict[str, tuple[int, int]] = {}

    def answer(self, request: Request) -> Answer:
        if request.bearer != TOKEN:
            return error(401, "1011", "Authorization Error", "The authorization token provided was invalid.")
        limits, over = self._count()
        try:
            answer = error(429, "1040", "Rate limit reached", "Too many requests were made.") if over else None
            with self._company.lock:
                answer = answer or self._route(request)
        except VendorError as refused:
            answer = refused.answer
        answer.headers.update(limits)
        return answer

    def _count(self) -> tuple[dict[str, str], bool]:
        """The headers, and whether the call is one too many."""
        headers: dict[str, str] = {}
        now, over = self._company.clock.now_ms() // 1000, False
        for name, seconds, limit in (("Minute", 60, self.minute_limit), ("Day", 86_400, self.day_limit)):
            window, used = self._used.get(name, (0, 0))
            used = used + 1 if window == now // seconds else 1
            self._used[name] = (now // seconds, used)
            over = over or used > limit
            headers |= {
                f"X-Ratelimit-App-Global-{name}-Limit": str(limit),
                f"X-Ratelimit-App-Global-{name}-Remaining": str(max(limit - used, 0)),
                f"X-Ratelimit-App-Global-{name}-Reset": str(seconds - now % seconds),
            }
        return headers, over

    def _route(self, request: Request) -> Answer:
        match [part for part in request.path.removeprefix(PREFIX).split("/") if part]:
            case []:
                every = [_listed(each) for each in self._company.surveymonkey.surveys.values()]
                return _page(request, every, most=1000)
            case [survey_id, "details"]:
                return json_answer(_details(self._survey(survey_id), len(self._company.surveymonkey.of(survey_id))))
            case [survey_id, "responses", "bulk"]:
                return self._responses(request, self._survey(survey_id))
        raise VendorError(
            error(404, "1020", "Resource Not Found", "There was an error retrieving the requested resource.")
        )

    def _survey(self, survey_id: str) -> Survey:
        found = self._company.surveymonkey.surveys.get(survey_id)
        if found is None:
            raise VendorError(error(404, "1020", "Resource Not Found", "There was an error retrieving the resource."))
        return found

    def _responses(self, request: Request, survey: Survey) -> Answer:
        since = to_ms(_moment(request.query["start_modified_at"])) if "start_modified_at" in request.query else 0
        now = self._company.clock.now_ms()
        found = [r for r in self._company.surveymonkey.of(survey.id) if r.changed_ms >= since and r.answered_ms <= now]
        found.sort(key=lambda r: (r.changed_ms, r.id), reverse=request.query.get("sort_order") != "ASC")
        return _page(request, [_response(r, survey) for r in found], most=self.page_limit)


def error(status: int, number: str, name: str, message: str) -> Answer:
    """The shape of every refusal."""
    body = {"id": number, "name": name, "http_status_code": status, "message": message, "docs": ""}
    return json_answer({"error": body}, status)


def spoilt(kind: str, *, message: str, policy: str) -> Answer | None:
    match kind:
        case "401":
            return error(401, "1011", "Authorization Error", "The authorization token provided was invalid.")
        case "403":
            return error(403, "1014", "Permission Error", message or SCOPES_NEEDED)
        case "429":
            name, left = ("Day", "40000") if policy == "DAILY" else ("Minute", "20")
            answer = error(429, "1040", "Rate limit reached", "Too many requests were made.")
            answer.headers.update(
                {f"X-Ratelimit-App-Global-{name}-Remaining": "0", f"X-Ratelimit-App-Global-{name}-Reset": left}
            )
            return answer
        case "200_error":
            return json_answer({"status": 1, "errmsg": message or "Client revoked access grant"})
        case "200_html":
            return html_answer(200, "Log in")
    return None


def _page(request: Request, items: list[dict[str, Any]], *, most: int) -> Answer:
    size = max(1, min(most, int(request.query.get("per_page", "50"))))
    page = max(1, int(request.query.get("page", "1")))
    shown = items[(page - 1) * size : page * size]
    rest = "&".join(part for part in request.raw_query.split("&") if part and not part.startswith("page="))
    address = f"https://api.surveymonkey.com{request.path}?{rest}{'&' if rest else ''}page="
    links = {"self": f"{address}{page}"}
    if page * size < len(items):
        links["next"] = f"{address}{page + 1}"
    return json_answer({"data": shown, "per_page": size, "page": page, "total": len(items), "links": links})


def _listed(survey: Survey) -> dict[str, Any]:
    return {
        "id": survey.id,
        "title": survey.title,
        "nickname": "",
        "href": f"https://api.surveymonkey.com/v3/surveys/{survey.id}",
        "date_modified": _written(survey.modified_ms),
    }


def _details(survey: Survey, count: int) -> dict[str, Any]:
    questions = [_question(each, place) for place, each in enumerate(survey.questions, 1)]
    essay = {"id": f"{survey.id}9", "family": "open_ended", "subtype": "essay", "headings": [{"heading": "Why?"}]}
    page = {"id": f"{survey.id}1", "position": 1, "title": "", "questions": [*questions, essay]}
    return _listed(survey) | {"language": "en", "response_count": count, "page_count": 1, "pages": [page]}


def _question(question: Question, place: int) -> dict[str, Any]:
    choices = [
        {
            "id": choice_id(question, n),
            "text": text,
            "position": n + 1,
            "visible": True,
            "is_na": False,
            "weight": _WEIGHTS[n] if len(question.labels) == 11 else n + 1,
        }
        for n, text in enumerate(question.labels)
    ]
    return {
        "id": question.id,
        "position": place,
        "visible": True,
        "family": "matrix",
        "subtype": question.kind,
        "headings": [{"heading": "How likely is it that you would recommend us?"}],
        "answers": {"rows": [{"id": f"{question.id}77", "text": "", "position": 1}], "choices": choices},
    }


def choice_id(question: Question, place: int) -> str:
    """Ids say nothing: they do not even ascend with the scale."""
    return f"{question.id}{(place * 7) % 11:02d}"


def _response(response: Response, survey: Survey) -> dict[str, Any]:
    asked = next((q for q in survey.questions if q.id == response.question_id), None)
    asked = asked or (survey.questions[0] if survey.questions else None)
    answered: list[dict[str, Any]] = []
    if asked is not None and response.score is not None:
        answer = {"choice_id": choice_id(asked, response.score), "row_id": f"{asked.id}77"}
        answered = [{"id": asked.id, "answers": [answer]}]
    return {
        "id": response.id,
        "survey_id": survey.id,
        "recipient_id": "",
        "collector_id": f"{survey.id}5",
        "collection_mode": response.mode,
        "response_status": response.status,
        "custom_value": "",
        "ip_address": "192.0.2.7",
        "metadata": {
            "contact": {"email": {"type": "string", "value": response.respondent}} if response.respondent else {}
        },
        "date_created": _written(response.answered_ms),
        "date_modified": _written(response.changed_ms),
        "pages": [{"id": f"{survey.id}1", "questions": answered}],
    }


def _written(ms: int) -> str:
    return from_ms(ms).strftime("%Y-%m-%dT%H:%M:%S+00:00")


def _moment(text: str) -> datetime:
    """Its filters have no zone: they are in UTC."""
    try:
        return datetime.fromisoformat(f"{text.removesuffix('Z').partition('+')[0]}+00:00")
    except ValueError:
        raise VendorError(error(400, "1004", "Bad Request", f"Invalid start_modified_at {text!r}.")) from None
