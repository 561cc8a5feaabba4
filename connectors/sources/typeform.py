"""Typeform: the forms, and the score from 0 to 10 in each response to those that ask for a recommendation.

Manual: https://www.typeform.com/developers/responses/
Grain: responses one row per completed response; surveys one row per form, also those without such a question.
History: all responses that the account keeps.
Delay: a response reaches the list up to half an hour late, under the moment at which it was given; every load reads a day again. Once a
week everything, because a response or a form that was deleted leaves no trace: its rows go then.
Limits: about two calls a second. A load makes one call per 200 forms, one per form changed, and one per 1,000 new responses of each form,
at least one.
Credential: a personal token with the scopes forms:read and responses:read in SOURCES__TYPEFORM__ACCESS_TOKEN; European accounts also
SOURCES__TYPEFORM__DATA_CENTRE=eu.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date

import dlt
from dlt.common.configuration.specs import BaseConfiguration
from dlt.extract import DltResource

from connectors.contract import SourceRun
from connectors.readers import settings
from connectors.readers.surveys.tables import PERSONAL, resources
from connectors.readers.typeform import calls, connect
from connectors.readers.typeform.account import TypeformAccount

LABEL = "Typeform"
SECRETS = ("access_token",)
CONNECT = connect.CONNECT
API_VERSION = "unversioned"
API_SUNSET: date | None = None
"""The API has no versions, and no end is announced."""


@dlt.source(name="typeform", spec=BaseConfiguration)
def source(run: SourceRun) -> Iterator[DltResource]:
    """Both tables; every setting is looked up as SOURCES__TYPEFORM__<NAME>, lists are comma-separated."""
    made = calls.TypeformCalls(
        settings.secret("typeform", "access_token", "a personal token"),
        connect.host(settings.optional("typeform", "data_centre")),
        settings.optional("typeform", "api_base"),
        run,
    )
    yield from resources(TypeformAccount(made, run, _listed("form_ids"), _listed("nps_fields")), run)


def personal_columns() -> dict[str, Collection[str]]:
    """Where codes stand in place of people."""
    return dict(PERSONAL)


def _listed(name: str) -> set[str]:
    return {part.strip() for part in settings.optional("typeform", name).split(",")} - {""}
