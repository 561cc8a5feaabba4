"""Addresses hashed where they stand, also where models copied them; codes of a lost key told apart."""

from __future__ import annotations

from pathlib import Path

from warehouse.engine import open_warehouse
from warehouse.personal_columns import FORMER, count_codes, hide_plain, mark_codes
from warehouse.rewriting import rewrite

START = "person-"
COLUMNS = {"contacts": ("email",), "never_loaded": ("email",)}


def code(text: str) -> str:
    return f"person-abcd-{text.strip().lower().encode().hex():0>32}"[:44]


def test_plain_texts_and_their_copies_become_codes_and_leave_the_file(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    with open_warehouse(path) as con:
        con.execute("create schema raw_crm; create schema marts; create schema staging")
        con.execute(
            "create table raw_crm.contacts as select * from (values (' Anna@x.example '), ('C1'), (null)) as t(email)"
        )
        con.execute(
            "create table marts.fct_leads as select * from (values ('anna@x.example', 'C1')) as t(full_name, customer_id)"
        )
        con.execute("create view staging.people as select email from raw_crm.contacts")
        con.execute("create macro staging.plus(a) as a + 1")
        con.execute("comment on table marts.fct_leads is 'leads'")
        assert hide_plain(con, "raw_crm", COLUMNS, code, START) == 2
        assert hide_plain(con, "raw_crm", COLUMNS, code, START) == 0
        assert con.execute("select * from marts.fct_leads").fetchall() == [(code("anna@x.example"), "C1")]
    rewrite(path)
    assert b"x.example" not in path.read_bytes()
    with open_warehouse(path) as con:
        assert con.execute("select count(*), count(email), staging.plus(1) from staging.people").fetchall() == [
            (3, 2, 2)
        ]
        assert con.execute("select comment from duckdb_tables() where table_name = 'fct_leads'").fetchall() == [
            ("leads",)
        ]


def test_codes_of_another_key_are_counted_and_marked(tmp_path: Path) -> None:
    with open_warehouse(tmp_path / "warehouse.duckdb") as con:
        con.execute("create schema raw_crm")
        old, new = f"person-aaaa-{'0' * 32}", f"person-bbbb-{'0' * 32}"
        con.execute(
            f"create table raw_crm.contacts as select * from (values ('{old}'), ('{new}'), ('person-17')) as t(email)"
        )
        assert count_codes(con, "raw_crm", COLUMNS, START, but=("person-bbbb-", FORMER)) == 1
        mark_codes(con, "raw_crm", COLUMNS, START, but=("person-bbbb-", FORMER))
        assert count_codes(con, "raw_crm", COLUMNS, START, but=("person-bbbb-", FORMER)) == 0
        marked = con.execute("select email from raw_crm.contacts order by 1").fetchall()
        assert marked == [("person-17",), (new,), (f"person-former-aaaa-{'0' * 32}",)]
