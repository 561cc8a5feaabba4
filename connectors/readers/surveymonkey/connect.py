"""How a newcomer connects SurveyMonkey, and the calls that prove it: the list of surveys, and the question found in each."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.contract import Asked, Connect, SourceRun
from connectors.readers.surveymonkey.account import SurveyMonkeyAccount
from connectors.readers.surveymonkey.calls import HOST, SurveyMonkeyCalls

TEXT = """\
SurveyMonkey is read with the access token of a private app.

1. At developer.surveymonkey.com, signed in as a user who sees the surveys: My Apps > Add a New App > Private App.
2. Settings > Scopes: View Surveys (surveys_read) and View Response Details (responses_read_detail). Answers need a paid plan.
3. Copy the Access Token below the scopes. Deploy the app: one that stays a draft loses its token after 90 days.

Accounts in the European or Canadian data centre: give the address that the app page shows, such as https://api.eu.surveymonkey.com."""


def attempt(run: SourceRun, given: Mapping[str, str]) -> str:
    """Looks for the recommendation question of every survey; no answer is read."""
    calls = SurveyMonkeyCalls(given["access_token"], given.get("access_url") or HOST, given.get("api_base", ""), run)
    wanted = {part.strip() for part in given.get("survey_ids", "").split(",")} - {""}
    found = SurveyMonkeyAccount(calls, run, wanted, ()).surveys({})
    asking = [survey["title"] for survey in found.values() if survey["question"]]
    if not asking:
        return f"SurveyMonkey answers, but none of its {len(found)} surveys has a question on the scale from 0 to 10."
    return f"SurveyMonkey answers: of {len(found)} surveys these ask for a recommendation: {', '.join(asking)}."


CONNECT = Connect(
    TEXT,
    (
        Asked("access_token", "Access token of the app", "a long line of letters", secret=True),
        Asked("survey_ids", "Ids of the only surveys to read", "510000001, 510000002", required=False),
        Asked("access_url", "Address of another data centre", "https://api.eu.surveymonkey.com", required=False),
    ),
    attempt,
)
