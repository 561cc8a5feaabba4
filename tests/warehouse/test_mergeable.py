"""Which metrics come apart into what may be added up, and which must not."""

from __future__ import annotations

import pytest

from warehouse.guard import check
from warehouse.mergeable import Mergeable, take_apart
from warehouse.moments import Moment

MARTS = {
    "marts.fct_leads": {
        "country": "VARCHAR",
        "score": "INTEGER",
        "created_date": "DATE",
        "customer_date": "DATE",
        "seen_at": "TIMESTAMP",
    },
    "marts.fct_deals": {"country": "VARCHAR", "close_date": "DATE"},
}
LEADS = "from marts.fct_leads where created_date between $window_start and $as_of"
ENDED = "from marts.fct_leads where created_date <= $as_of and (customer_date is null or customer_date >= $as_of)"


def apart(sql: str) -> Mergeable | None:
    return take_apart(check(sql, MARTS), MARTS)


@pytest.mark.parametrize(
    ("condition", "births", "start"),
    [
        ("created_date <= $as_of", [Moment("created_date")], None),
        ("created_date < $as_of + interval 1 day", [Moment("created_date")], None),
        ("created_date < $as_of", [Moment("created_date", 1)], None),
        ("$as_of >= created_date + 3", [Moment("created_date", 3)], None),
        ("CREATED_DATE - interval '2' days <= cast($as_of as date)", [Moment("created_date", -2)], None),
        ("created_date between $window_start and $as_of", [Moment("created_date")], Moment("created_date")),
        (
            "created_date > $window_start and (customer_date <= $as_of)",
            [Moment("customer_date")],
            Moment("created_date", -1),
        ),
    ],
)
def test_conditions_on_time_have_one_form(condition: str, births: list[Moment], start: Moment | None) -> None:
    found = apart(f"select count(*) as metric_value from marts.fct_leads where {condition}")
    assert found is not None
    (atom,) = found.shape.atoms
    assert (list(atom.rows.births), atom.rows.start, atom.rows.conditions) == (births, start, ())


def test_what_ends_is_all_without_what_is_over() -> None:
    found = apart(f"select count(*) as metric_value {ENDED}")
    assert found is not None
    assert found.shape.columns == (("metric_value", "((a0 - a1))"),)
    # over from the day after the end, which itself still counts
    assert found.shape.atoms[1].rows.births == (Moment("created_date"), Moment("customer_date", 1))
    assert found.shape.exact == {0, 1}


def test_equalities_are_filters_and_share_a_shape() -> None:
    one = apart(f"select count(*) as metric_value {LEADS} and country = 'Hungary' and score > 1")
    two = apart(f"select count(*) as metric_value {LEADS} and score > 1 and country in ('France', 'Spain')")
    assert one is not None
    assert two is not None
    assert one.shape == two.shape
    assert (one.chosen, two.chosen) == (
        (("country", frozenset({"Hungary"})),),
        (("country", frozenset({"France", "Spain"})),),
    )


@pytest.mark.parametrize(
    "sql",
    [
        f"select median(score) as metric_value {LEADS}",
        f"select sum(distinct score) as metric_value {LEADS}",
        f"select count(distinct (country, score)) as metric_value {LEADS}",
        f"select any_value(score) as metric_value {LEADS}",
        f"select count(*) as metric_value {LEADS} group by country",
        f"select count(*) as metric_value {LEADS} having count(*) > 1",
        f"select count(*) as metric_value {LEADS} limit 1",
        f"select distinct count(*) as metric_value {LEADS}",
        f"select score as metric_value {LEADS}",
        f"select count(*) + score as metric_value {LEADS} group by score",
        f"select 1 as metric_value {LEADS}",
        f"select count(country, score) as metric_value {LEADS}",
        f"select count(other.score) as metric_value {LEADS}",
        f"select count(nothing) as metric_value {LEADS}",
        f"select sum(count(*)) over () as metric_value {LEADS}",
        f"select sum(case when customer_date <= $as_of then 1 end) as metric_value {LEADS}",
        f"select count(*) filter (where score = (select max(score) from marts.fct_leads)) as metric_value {LEADS}",
        f"with found as (select * {LEADS}) select count(*) as metric_value from found",
        f"select count(*) as metric_value {LEADS} union all select 1 {LEADS}",
        "select count(*) as metric_value from marts.fct_leads natural join marts.fct_deals where close_date <= $as_of",
        "select count(*) as metric_value from marts.fct_leads, marts.fct_deals where close_date <= $as_of",
        "select count(*) as metric_value from marts.fct_leads where seen_at <= $as_of",
        "select count(*) as metric_value from marts.fct_leads where created_date <= $window_start and created_date <= $as_of",
        "select count(*) as metric_value from marts.fct_leads where created_date = $as_of",
        "select count(*) as metric_value from marts.fct_leads where not created_date > $as_of",
        "select count(*) as metric_value from marts.fct_leads where created_date < $as_of + interval 1 hour",
        "select count(*) as metric_value from marts.fct_leads where created_date + score <= $as_of",
        "select count(*) as metric_value from marts.fct_leads where created_date between symmetric $as_of and $window_start",
        "select count(*) as metric_value from marts.fct_leads where created_date is null or customer_date >= $as_of",
        f"select count(*) as metric_value {LEADS} and customer_date >= $window_start",
        f"select count(distinct country) as metric_value {ENDED}",
        f"select min(score) as metric_value {ENDED}",
        f"select count(*) filter (where created_date >= $as_of) as metric_value {ENDED}",
    ],
)
def test_what_cannot_be_added_up_stays_whole(sql: str) -> None:
    assert apart(sql) is None
