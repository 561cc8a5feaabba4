"""Mailchimp: the size of the mailing lists, what came and left, and the campaigns sent with opens and clicks of people.

Manual: https://mailchimp.com/developer/marketing/api/
Grain: list_sizes one row per list and reading; list_activity one row per list and day; list_growth one row per list and month;
campaigns one row per campaign that was sent.
History: the size of a list is a gauge without a past, so it is read on every run; activity goes back 180 days, from which staging reckons
the sizes before the first reading; growth and campaigns go back to the beginning of the account.
Delay: the size is counted at most five minutes ago. Opens and clicks come in for weeks: campaigns of the last 30 days are read again by
every load, all of them on the first and with `--full`. Of activity and growth everything that Mailchimp still tells is read by every load.
Limits: ten calls at once for the whole account; a load makes them one after the other: one per 1,000 lists or campaigns, two per list.
Credential: an API key of a user with the role Viewer, in SOURCES__MAILCHIMP__API_KEY. Its end (-us21) says where the account lies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import dlt
from dlt.common.configuration.specs import BaseConfiguration
from dlt.extract import DltResource

from connectors.contract import SourceRun
from connectors.readers import settings
from connectors.readers.columns import Kind, arrow_schema, dlt_columns
from connectors.readers.mailchimp import calls, connect, tables
from connectors.readers.merge import replacing_same
from connectors.readers.state import resource_memory

LABEL = "Mailchimp"
SECRETS = ("api_key",)
CONNECT = connect.CONNECT
API_VERSION = calls.API_VERSION
API_SUNSET: date | None = None
"""The only version there is; no end is announced."""
SETTLES = timedelta(days=30)
"""So long opens and clicks of a campaign are read again."""
_OLDEST_FIRST = {"sort_field": "date_created", "sort_dir": "ASC"}


class _Account:
    """One account during one run. The lists are asked for once, for three tables."""

    def __init__(self, made: calls.MailchimpCalls, run: SourceRun, *, fully: bool) -> None:
        self._fully = fully
        self._calls = made
        self._run = run

    @cached_property
    def _lists(self) -> list[dict[str, Any]]:
        return self._calls.listed("lists", "lists", _OLDEST_FIRST, tables.LIST)

    def sizes(self) -> Iterator[Any]:
        yield tables.sizes(self._lists, self._run.now.replace(microsecond=0))
        self._run.data_through = self._calls.started or self._run.now

    def activity(self) -> Iterator[Any]:
        yield arrow_schema(tables.ACTIVITY_COLUMNS).empty_table()
        for each in self._lists:
            path = f"lists/{each['id']}/activity"
            yield tables.activity(each["id"], self._calls.listed(path, "activity", {}, tables.ACTIVITY))

    def growth(self) -> Iterator[Any]:
        yield arrow_schema(tables.GROWTH_COLUMNS).empty_table()
        for each in self._lists:
            path, newest_first = f"lists/{each['id']}/growth-history", {"sort_field": "month", "sort_dir": "DESC"}
            yield tables.growth(each["id"], self._calls.listed(path, "history", newest_first, tables.GROWTH))

    def campaigns(self) -> Iterator[Any]:
        asked = {"sort_field": "send_time", "sort_dir": "ASC"}
        if not self._fully:
            asked["since_send_time"] = (self._run.now - SETTLES).strftime("%Y-%m-%dT%H:%M:%S+00:00")
        found = self._calls.listed("reports", "reports", asked, tables.REPORT)
        moment = self._calls.started or self._run.now
        yield tables.campaigns(found, moment)
        dlt.current.resource_state()["everything"] = True
        self._run.watermark = (moment - SETTLES).isoformat()


@dlt.source(name="mailchimp", spec=BaseConfiguration)
def source(run: SourceRun) -> Iterator[DltResource]:
    """All tables; every setting is looked up as SOURCES__MAILCHIMP__<NAME>."""
    key = settings.secret("mailchimp", "api_key", "an API key (Profile > Extras > API keys)")
    made = calls.MailchimpCalls(key, settings.optional("mailchimp", "api_base"), run)
    account = _Account(made, run, fully=run.full or not resource_memory("campaigns").get("everything"))
    yield _table("list_sizes", account.sizes, tables.LIST_COLUMNS, ["list_id", "observed_at"])
    yield _table("list_activity", account.activity, tables.ACTIVITY_COLUMNS, ["list_id", "day"])
    yield _table("list_growth", account.growth, tables.GROWTH_COLUMNS, ["list_id", "month"])
    yield _table("campaigns", account.campaigns, tables.CAMPAIGN_COLUMNS, ["id"])


def _table(name: str, read: Callable[[], Iterator[Any]], columns: dict[str, Kind], key: list[str]) -> DltResource:
    """What Mailchimp no longer tells stays: days older than 180, campaigns older than 30 days."""
    return dlt.resource(
        lambda: read(),  # noqa: PLW0108 - dlt takes functions, no methods
        name=name,
        primary_key=key,
        write_disposition=replacing_same(key),
        columns=dlt_columns(columns),
    )
