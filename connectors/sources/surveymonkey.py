"""SurveyMonkey: the surveys, and the score from 0 to 10 in each response to those that ask for a recommendation.

Manual: https://developer.surveymonkey.com/api/v3/
Grain: responses one row per response, whatever its status (staging keeps the completed ones of real respondents); surveys one row per
survey, also those without such a question.
History: all responses that the account keeps.
Delay: none to speak of; every load reads an hour again by the moment of change, so a response that was edited comes again. Once a week
everything, because a response or a survey that was deleted leaves no trace: its rows go then.
Limits: a private app has 120 calls a minute, for which a load waits, and 500 a day, which end it until midnight GMT. A load makes one
call per 1,000 surveys, one per survey changed, and one per 100 new responses of each survey, at least one.
Credential: the access token of a private app with the scopes surveys_read and responses_read_detail, and a paid plan, in
SOURCES__SURVEYMONKEY__ACCESS_TOKEN. Other data centres: SOURCES__SURVEYMONKEY__ACCESS_URL.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date

import dlt
from dlt.common.configuration.specs import BaseConfiguration
from dlt.extract import DltResource

from connectors.contract import SourceRun
from connectors.readers import settings
from connectors.readers.surveymonkey import calls, connect
from connectors.readers.surveymonkey.account import SurveyMonkeyAccount
from connectors.readers.surveys.tables import PERSONAL, resources

LABEL = "SurveyMonkey"
SECRETS = ("access_token",)
CONNECT = connect.CONNECT
API_VERSION = calls.API_VERSION
API_SUNSET: date | None = None
"""The only version there is; no end is announced."""


@dlt.source(name="surveymonkey", spec=BaseConfiguration)
def source(run: SourceRun) -> Iterator[DltResource]:
    """Both tables; every setting is looked up as SOURCES__SURVEYMONKEY__<NAME>, lists are comma-separated."""
    made = calls.SurveyMonkeyCalls(
        settings.secret("surveymonkey", "access_token", "the access token of a private app"),
        settings.optional("surveymonkey", "access_url", calls.HOST),
        settings.optional("surveymonkey", "api_base"),
        run,
    )
    account = SurveyMonkeyAccount(made, run, _listed("survey_ids"), _listed("nps_questions"))
    yield from resources(account, run)


def personal_columns() -> dict[str, Collection[str]]:
    """Where codes stand in place of people."""
    return dict(PERSONAL)


def _listed(name: str) -> set[str]:
    return {part.strip() for part in settings.optional("surveymonkey", name).split(",")} - {""}
