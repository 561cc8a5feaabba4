"""The survey answers that the example company collects with SurveyMonkey and Typeform, and what people do to them afterwards.

`Surveys` is one account of one tool. Moments are milliseconds of UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from connectors.sandbox.company import calendar
from connectors.sandbox.company.activities import SCORES
from connectors.sandbox.company.moments import MS_PER_DAY

NUMBERS = tuple(str(n) for n in range(11))
WORDED = ("0 - Not at all likely", *NUMBERS[1:10], "10 - Extremely likely")
HUNGARIAN = ("Egyáltalán nem valószínű: 0", *NUMBERS[1:10], "Nagyon valószínű: 10")
COMPLETED, PARTIAL, DISQUALIFIED = "completed", "partial", "disqualified"


@dataclass(frozen=True, slots=True)
class Question:
    """A rating: `labels` in the order of the scale. `kind` is the vendor's word for it."""

    id: str
    labels: tuple[str, ...] = NUMBERS
    kind: str = "nps"
    start_at_one: bool = False


@dataclass(frozen=True, slots=True)
class Survey:
    id: str
    title: str
    questions: tuple[Question, ...] = ()
    modified_ms: int = 0


@dataclass(frozen=True, slots=True)
class Response:
    """What one person answered. `score` is None where the question was skipped; `respondent` an e-mail address or customer number."""

    id: str
    survey_id: str
    answered_ms: int
    score: int | None
    respondent: str = ""
    status: str = COMPLETED
    mode: str = "default"
    modified_ms: int = 0
    question_id: str = ""

    @property
    def changed_ms(self) -> int:
        return max(self.answered_ms, self.modified_ms)


@dataclass(slots=True)
class Surveys:
    """By id; a test may change everything while the server runs."""

    surveys: dict[str, Survey] = field(default_factory=dict)
    responses: dict[str, Response] = field(default_factory=dict)

    def add_survey(self, survey: Survey) -> Survey:
        self.surveys[survey.id] = survey
        return survey

    def add(self, response: Response) -> Response:
        self.responses[response.id] = response
        return response

    def edit(self, response_id: str, score: int | None, now_ms: int) -> None:
        """The respondent changes the answer; the day of the answer stays."""
        self.responses[response_id] = replace(self.responses[response_id], score=score, modified_ms=now_ms)

    def delete(self, response_id: str) -> None:
        """Without a trace, as the tools do it."""
        del self.responses[response_id]

    def delete_survey(self, survey_id: str) -> None:
        del self.surveys[survey_id]
        self.responses = {r.id: r for r in self.responses.values() if r.survey_id != survey_id}

    def of(self, survey_id: str) -> list[Response]:
        return [response for response in self.responses.values() if response.survey_id == survey_id]

    def counted(self) -> list[Response]:
        """Completed answers of real respondents that have a score."""
        return [
            r for r in self.responses.values() if r.status == COMPLETED and r.mode == "default" and r.score is not None
        ]


def make_surveymonkey(rng: np.random.Generator) -> Surveys:
    """A customer pulse in two languages, one survey each, and a survey without a rating; some answers are partial, tests or edited."""
    account = Surveys()
    account.add_survey(Survey("510000001", "Customer pulse", (Question("8100001", WORDED),)))
    account.add_survey(Survey("510000002", "Ügyfélmérés", (Question("8100002", HUNGARIAN),)))
    account.add_survey(Survey("510000003", "Topics for the user day"))
    for survey, first, count in (("510000001", 118_000_001, 230), ("510000002", 119_000_001, 110)):
        for response in _answers(rng, survey, first, count, growth=1.6):
            account.add(response)
    return account


def make_typeform(rng: np.random.Generator) -> Surveys:
    """The survey that follows the onboarding; a second form asks on a scale from 1 to 10, which is no NPS."""
    account = Surveys()
    account.add_survey(Survey("uOnb4rd1", "After onboarding", (Question("recommend", kind="opinion_scale"),)))
    account.add_survey(
        Survey("uEv3nt01", "Event feedback", (Question("liked", kind="opinion_scale", start_at_one=True),))
    )
    for number, response in enumerate(_answers(rng, "uOnb4rd1", 1, 160, growth=1.3)):
        plain = replace(response, id=f"tf{number:022x}", status=COMPLETED, mode="default", modified_ms=0)
        account.add(replace(plain, score=5 if plain.score is None else plain.score))
    for number, response in enumerate(_answers(rng, "uEv3nt01", 1, 40, growth=1.0)):
        account.add(replace(response, id=f"te{number:022x}", status=COMPLETED, mode="default", score=7))
    return account


def _answers(rng: np.random.Generator, survey: str, first: int, count: int, *, growth: float) -> list[Response]:
    moments = calendar.moments(rng, count, calendar.busyness(weekend=0.3, holiday=0.3, growth=growth))
    scores = rng.choice(11, count, p=SCORES)
    chance, who = rng.random(count), rng.integers(0, 400, count)
    return [
        Response(
            str(first + n),
            survey,
            int(moments[n]) // 1000 * 1000,
            None if chance[n] > 0.98 else int(scores[n]),
            f"kunde{int(who[n])}@customer.example",
            PARTIAL if chance[n] < 0.06 else DISQUALIFIED if chance[n] < 0.07 else COMPLETED,
            "preview" if 0.07 <= chance[n] < 0.08 else "default",
            int(moments[n]) // 1000 * 1000 + (2 * MS_PER_DAY if 0.5 < chance[n] < 0.52 else 0),
        )
        for n in range(count)
    ]
