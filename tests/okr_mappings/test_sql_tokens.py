"""What a text of SQL says, whatever its comments and layout."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okr_mappings.identity import sql_hash
from okr_mappings.sql_tokens import sql_tokens

PLAIN = "select count(*) as metric_value from marts.fct_leads where country = 'HU' and day <= $as_of"
TOKENS = [
    *("select", "count", "(", "*", ")", "as", "metric_value", "from", "marts", ".", "fct_leads"),
    *("where", "country", "=", "'HU'", "and", "day", "<", "=", "$as_of"),
]


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        f"-- one row, one column; $as_of isn't a clock\n{PLAIN}",
        PLAIN.replace(" from ", "\n  from  -- not 'deals'\n\t"),
        PLAIN.replace(" where ", " /* all /* of */ them -- */ where "),
        PLAIN.replace("select", "SELECT").replace("marts.fct_leads", "Marts . FCT_Leads"),
        f"{PLAIN} ;\n-- the end",
    ],
)
def test_layout_says_nothing(text: str) -> None:
    assert sql_tokens(text) == TOKENS
    assert sql_hash(text) == sql_hash(PLAIN)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("'HU'", "'hu'"),
        ("'HU'", "'H U'"),
        ("'HU'", "'HU -- not a comment'"),
        ("'HU'", '"HU"'),
        ("'HU'", "e'H\\'U'"),
        ("'HU'", "$$HU$$"),
        ("$as_of", "as_of"),
        ("$as_of", "$window_start"),
        ("<=", "<"),
        ("fct_leads", "fct_deals"),
    ],
)
def test_what_it_says_counts(before: str, after: str) -> None:
    assert before in PLAIN
    assert sql_hash(PLAIN.replace(before, after)) != sql_hash(PLAIN)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("1.5 + .5 - 2e3", ["1.5", "+", ".", "5", "-", "2e3"]),
        ("a - -1", ["a", "-", "-", "1"]),
        ("'it''s' || '/* no comment */'", ["'it''s'", "|", "|", "'/* no comment */'"]),
        ("e'it\\'s -- x' + 1", ["e'it\\'s -- x'", "+", "1"]),
        ("$x$ -- it's $x$ and $as_of", ["$x$ -- it's $x$", "and", "$as_of"]),
        ('"Größe" = größe', ['"Größe"', "=", "größe"]),
        ("1 /* never closed", ["1"]),
        ("'never closed", ["'", "never", "closed"]),
        ("", []),
    ],
)
def test_tokens(text: str, tokens: list[str]) -> None:
    assert sql_tokens(text) == tokens


@given(st.text())
def test_any_text_has_a_name_that_stays(text: str) -> None:
    assert sql_tokens(" ".join(sql_tokens(text))) is not None
    assert sql_hash(text) == sql_hash(f"  {text}\n")


def test_the_name_of_a_text_is_the_same_in_every_version() -> None:
    """printf '["select","1"]' | sha256sum | cut -c -16; another name would freeze every baseline anew."""
    assert sql_hash("select 1") == sql_hash("SELECT\n1 -- one")
    assert (sql_hash("select 1"), len(sql_hash(""))) == ("dbe305b8811fe22f", 16)
