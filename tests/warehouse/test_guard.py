"""The attack suite: what a mapping file's SQL may not do, each attempt refused with a sentence, plus the second wall behind it."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.warehouse.tiny_marts import METRIC_SQL, TABLES, tiny_marts
from warehouse.engine import open_guarded, open_warehouse
from warehouse.errors import MetricRefusedError
from warehouse.filters import read_marts
from warehouse.guard import DIALECT, MAX_CONCATENATIONS, MAX_TABLES, check

TABLE_NAMES = frozenset({"marts.fct_leads", "marts.fct_deals", "marts.dim_dates"})
DOUBLINGS = ", ".join(f"w{i} as (select s || s as s from w{i - 1})" for i in range(1, MAX_CONCATENATIONS + 3))

ATTACKS = {
    # files
    "read_csv": ("select * from read_csv('/etc/passwd')", "function read_csv is not allowed"),
    "read_text": ("select content from read_text('/etc/passwd')", "function read_text is not allowed"),
    "read_blob": ("select * from read_blob('/etc/passwd')", "function read_blob is not allowed"),
    "read_parquet": ("select count(*) from read_parquet('s3://bucket/x')", "function read_parquet is not allowed"),
    "read_json": ("select * from read_json_auto('http://127.0.0.1/x')", "is not allowed"),
    "glob": ("select * from glob('/home/*')", "function glob is not allowed"),
    "scalar file function": ("select read_text('/etc/passwd') from marts.fct_leads", "is not allowed"),
    "file as table": ("select * from '/etc/passwd'", "files cannot be read"),
    "quoted file as table": ('select * from "data.parquet"', "files cannot be read"),
    "file behind a schema": ("select * from marts.'x.csv'", ""),
    "quoted file behind a schema": ('select * from marts."../x.csv"', "files cannot be read"),
    "sniff": ("select * from sniff_csv('x')", "function sniff_csv is not allowed"),
    # leaving the database
    "copy out": ("copy marts.fct_leads to '/tmp/x.csv'", "only SELECT is allowed, found COPY"),
    "copy query": ("copy (select * from marts.fct_leads) to '/tmp/x'", "found COPY"),
    "export": ("export database '/tmp/x'", "only SELECT is allowed"),
    "import": ("import database '/tmp/x'", "only SELECT is allowed"),
    "attach": ("attach '/tmp/x.db' as x", "found ATTACH"),
    "detach": ("detach x", "found DETACH"),
    "use": ("use other", "found USE"),
    "install": ("install httpfs", "found INSTALL"),
    "load": ("load httpfs", "found LOAD"),
    "force install": ("force install httpfs", "found FORCE"),
    "other database": ("select * from other.marts.fct_leads", "other.marts.fct_leads cannot be read"),
    # settings and secrets
    "pragma": ("pragma database_list", "found PRAGMA"),
    "pragma function": ("select * from pragma_table_info('marts.fct_leads')", "is not allowed"),
    "set": ("set memory_limit='99GB'", "found SET"),
    "set variable": ("set variable x = 1", "found SET"),
    "reset": ("reset memory_limit", "found RESET"),
    "current_setting": (
        "select current_setting('threads') from marts.fct_leads",
        "function current_setting is not allowed",
    ),
    "getenv": ("select getenv('HOME') from marts.fct_leads", "function getenv is not allowed"),
    "getvariable": ("select getvariable('x') from marts.fct_leads", "function getvariable is not allowed"),
    "settings table": ("select * from duckdb_settings()", "function duckdb_settings is not allowed"),
    "secrets table": ("select * from duckdb_secrets()", "function duckdb_secrets is not allowed"),
    "which secret": ("select * from which_secret('s3://x', 's3')", "function which_secret is not allowed"),
    "create secret": ("create secret (type s3)", "found CREATE"),
    "information schema": ("select * from information_schema.tables", "information_schema.tables cannot be read"),
    "pg_catalog": ("select * from pg_catalog.pg_class", "pg_catalog.pg_class cannot be read"),
    "pg_class": ("select * from pg_class", "pg_class cannot be read"),
    "sqlite_master": ("select * from sqlite_master", "sqlite_master cannot be read"),
    "duckdb_tables view": ("select * from duckdb_tables", "duckdb_tables cannot be read"),
    "view behind a CTE": (
        "with duckdb_tables as (select * from duckdb_tables) select count(*) from marts.fct_leads, duckdb_tables",
        "duckdb_tables cannot be read",
    ),
    "CTE used before it is there": (
        "with a as (select * from pg_class), pg_class as (select * from marts.fct_leads) select * from a, marts.fct_leads",
        "pg_class cannot be read",
    ),
    "CTE of another branch": (
        "select * from (with pg_class as (select * from marts.fct_leads) select 1 from pg_class) as x, pg_class",
        "pg_class cannot be read",
    ),
    # SQL within SQL
    "query": ("select * from query('select 1')", "function query is not allowed"),
    "query_table": ("select * from query_table('marts.fct_leads')", "function query_table is not allowed"),
    "serialized SQL": ("select * from json_execute_serialized_sql('{}')", "is not allowed"),
    "serialize": ("select json_serialize_sql('select 1') from marts.fct_leads", "is not allowed"),
    "explain": ("explain select 1", "found EXPLAIN"),
    "describe": ("describe marts.fct_leads", "found DESCRIBE"),
    "summarize": ("summarize marts.fct_leads", "found SUMMARIZE"),
    "show": ("show tables", "found SHOW"),
    "from first": ("from marts.fct_leads", "found FROM"),
    "prepare": ("prepare x as select 1", "only SELECT is allowed"),
    "execute": ("execute x", "found EXECUTE"),
    "call": ("call pragma_version()", "found CALL"),
    # several statements
    "two statements": ("select 1 from marts.fct_leads; select 2 from marts.fct_leads", "found 2 statements"),
    "hidden statement": ("select 1 from marts.fct_leads; -- x\ndrop table marts.fct_leads", "found 2 statements"),
    "transaction": ("begin; select 1", "only SELECT is allowed"),
    "empty": ("  -- nothing\n", "the SQL is empty"),
    # writing
    "insert": ("insert into marts.fct_leads select * from marts.fct_leads", "found INSERT"),
    "update": ("update marts.fct_leads set country = 'X'", "found UPDATE"),
    "delete": ("delete from marts.fct_leads", "found DELETE"),
    "merge": ("merge into marts.fct_leads using marts.fct_deals on true when matched then delete", "found MERGE"),
    "truncate": ("truncate marts.fct_leads", "found TRUNCATE"),
    "drop": ("drop table marts.fct_leads", "found DROP"),
    "alter": ("alter table marts.fct_leads add column x int", "found ALTER"),
    "create table": ("create table x as select 1", "found CREATE"),
    "create macro": ("create macro x() as 1", "found CREATE"),
    "select into": ("select 1 as a into x from marts.fct_leads", "keyword into is not allowed"),
    "delete in CTE": ("with d as (delete from marts.fct_leads returning *) select count(*) from d", "is not allowed"),
    "insert in CTE": ("with d as (insert into marts.fct_leads values (1) returning 1) select * from d", ""),
    "update in CTE": ("with d as (update marts.fct_leads set country = 'X' returning *) select * from d", ""),
    "nextval": ("select nextval('s') from marts.fct_leads", "function nextval is not allowed"),
    "for update": ("select * from marts.fct_leads for update", "is not allowed"),
    "brackets around it all": ("(select 1 from marts.fct_leads)", "found SUBQUERY"),
    "allowed function as table": ("select * from abs(1)", "table function abs is not allowed"),
    "strange WITH name": (
        'with "a b" as (select 1 from marts.fct_leads) select 1 from marts.fct_leads',
        "not a plain name",
    ),
    # names from outside
    "python variable": ("select * from some_data_frame", "some_data_frame cannot be read"),
    "raw table": ("select * from raw_hubspot.contacts", "raw_hubspot.contacts cannot be read"),
    "staging table": ("select * from staging.stg_hubspot__contacts", "cannot be read"),
    "snapshots": ("select * from okr.snapshots", "okr.snapshots cannot be read"),
    "unqualified": ("select * from fct_leads", "Did you mean marts.fct_leads?"),
    "no table": ("select 42 as metric_value", "reads no table"),
    "positional parameter": ("select ? from marts.fct_leads", "is not declared"),
    "numbered parameter": ("select $1 from marts.fct_leads", "$1 is not declared"),
    "other parameter": (
        "select $secret from marts.fct_leads",
        "$secret is not declared. Allowed are $as_of, $window_start.",
    ),
    # clocks and chance
    "current_date": ("select current_date from marts.fct_leads", "may not read the clock"),
    "quoted clock": ('select max("current_date") from marts.fct_leads', "current_date is read from the system"),
    "quoted clock in capitals": ('select max("LocalTimestamp") from marts.fct_leads', "is read from the system"),
    "user": ("select user from marts.fct_leads", "user is read from the system"),
    "now": ("select now() from marts.fct_leads", "may not read the clock"),
    "today": ("select today() from marts.fct_leads", "may not read the clock"),
    "random": ("select random() from marts.fct_leads", "is not allowed"),
    "uuid": ("select uuid() from marts.fct_leads", "is not allowed"),
    "sample": ("select * from marts.fct_leads tablesample 10%", "is not allowed"),
    "using sample": ("select * from marts.fct_leads using sample 3", "is not allowed"),
    # bombs
    "recursion": (
        "with recursive a as (select 1 as x from marts.fct_leads union all select x + 1 from a) select * from a",
        "RECURSIVE",
    ),
    "range": ("select * from range(1000000000)", "is not allowed"),
    "generate_series": ("select * from generate_series(1, 1000000000)", "is not allowed"),
    "scalar range": ("select range(1000000000) from marts.fct_leads", "is not allowed"),
    "unnest": ("select unnest([1, 2]) from marts.fct_leads", "is not allowed"),
    "repeat": ("select length(repeat('x', 10000000000)) from marts.fct_leads", "function repeat is not allowed"),
    "lpad": ("select lpad('x', 1000000000, 'y') from marts.fct_leads", "is not allowed"),
    "replace": ("select replace('aa', 'a', 'aaaa') from marts.fct_leads", "is not allowed"),
    "string_agg": ("select string_agg(country, ',') from marts.fct_leads", "is not allowed"),
    "list": ("select list(country) from marts.fct_leads", "is not allowed"),
    "printf": ("select printf('%1000000000d', 1) from marts.fct_leads", "is not allowed"),
    "doubling": (
        f"with w0 as (select country as s from marts.fct_leads), {DOUBLINGS} select count(*) from w0",
        "joins strings",
    ),
    "array type": ("select cast(country as varchar[1000000]) from marts.fct_leads", "type"),
    "nested type": ("select cast(country as struct(a int)) from marts.fct_leads", "type"),
    "huge brackets": (f"select {'(' * 5000}1{')' * 5000} from marts.fct_leads", ""),
    "brackets": (f"select {'(' * 60}1{')' * 60} from marts.fct_leads", "brackets are nested 60 deep"),
    "huge recursion": (f"select {'not ' * 3900}true from marts.fct_leads", "nested too deeply"),
    "long chain": (f"select {'1 + ' * 1500}1 from marts.fct_leads", "nested too deeply"),
    "many words": (f"select {'1,' * 4500}1 from marts.fct_leads", "words and signs"),
    "long text": (f"select '{'x' * 30000}' from marts.fct_leads", "characters long"),
    "many tables": (
        f"select 1 from {', '.join(f'marts.fct_leads as t{i}' for i in range(MAX_TABLES + 1))}",
        "tables in 17 places",
    ),
    "lateral": ("select * from marts.fct_leads, lateral (select 1)", "is not allowed"),
    "columns": ("select columns(*) from marts.fct_leads", "is not allowed"),
    "pivot": ("select * from (pivot marts.fct_leads on country using count(*))", ""),
    # tricks of writing
    "unclosed text": ("select 'a from marts.fct_leads", "cannot be read"),
    "dollar text": ("select * from $$/etc/passwd$$", ""),
    "capitals": ("SELECT * FROM READ_CSV('/etc/passwd')", "function read_csv is not allowed"),
    "qualified function": ("select main.getenv('HOME') from marts.fct_leads", "is not allowed"),
    "method call": ("select 'HOME'.getenv() from marts.fct_leads", ""),
    "lambda": ("select list_transform([1], x -> x) from marts.fct_leads", "is not allowed"),
    "struct": ("select {'a': 1} from marts.fct_leads", "is not allowed"),
    "at version": ("select * from marts.fct_leads at (version => 1)", ""),
    "positional join to file": ("select * from marts.fct_leads positional join '/etc/passwd'", ""),
    "trailing statement without space": (
        "select 1 from marts.fct_leads;copy marts.fct_leads to 'x'",
        "found 2 statements",
    ),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_refused_with_a_sentence(attack: str) -> None:
    sql, message = ATTACKS[attack]
    with pytest.raises(MetricRefusedError) as refused:
        check(sql, TABLE_NAMES)
    text = str(refused.value)
    assert message in text
    assert text.endswith((".", "?")) or "cannot be read" in text
    assert "\n" not in text


def test_every_metric_passes_and_means_the_same_afterwards() -> None:
    window = {"window_start": "2026-10-01", "as_of": "2026-11-21"}
    with tiny_marts() as con:
        for sql in METRIC_SQL.values():
            used = {name: value for name, value in window.items() if f"${name}" in sql}
            rewritten = check(sql, read_marts(con)).sql(dialect=DIALECT)
            casts = sql.replace("$window_start", "cast($window_start as date)").replace(
                "$as_of", "cast($as_of as date)"
            )
            rewritten_casts = rewritten.replace("$window_start", "cast($window_start as date)").replace(
                "$as_of", "cast($as_of as date)"
            )
            assert con.execute(rewritten_casts, used).fetchall() == con.execute(casts, used).fetchall()


def test_without_any_mart_nothing_can_be_read() -> None:
    with pytest.raises(MetricRefusedError, match=r"^marts\.fct_leads cannot be read by a metric\.$"):
        check("select count(*) from marts.fct_leads", ())


def test_what_runs_carries_no_comments() -> None:
    # sqlglot takes all of it for a comment; DuckDB ends the comment at the first star-slash and would run the DROP
    sql = "select count(*) as n /* /* */ ; drop table marts.fct_leads; -- */\nfrom marts.fct_leads"
    assert check(sql, TABLE_NAMES).sql(dialect=DIALECT) == "SELECT COUNT(*) AS n FROM marts.fct_leads"


ALLOWED = [
    "select count(*) filter (where country in ('Hungary', 'France')) from marts.fct_leads",
    "select median(date_diff('day', created_date, marketing_qualified_date)) from marts.fct_leads",
    "select quantile_cont(amount_cents, 0.9) from marts.fct_deals",
    "select sum(case when is_won then amount_cents else 0 end)::double / nullif(count(*), 0) from marts.fct_deals",
    "select count(distinct company_key || country) from marts.fct_deals",
    "select count(*) from marts.fct_leads where created_date >= date_trunc('month', $as_of) - interval 1 month",
    "select country from marts.fct_leads qualify row_number() over (partition by country order by created_date desc) = 1",
    "select max(n) from (select count(*) as n from marts.fct_leads group by country having count(*) > 1) as x",
    "with a as (select country from marts.fct_leads union all select country from marts.fct_deals) select count(*) from a",
    "select count(*) from marts.dim_dates as d left join marts.fct_leads as l on l.created_date = d.date_day",
    "select count(*) from marts.fct_leads where lower(trim(country)) like 'h%' and regexp_matches(channel, '^S')",
    "select count(*) from marts.fct_leads where exists (select 1 from marts.fct_deals as d where d.country = fct_leads.country)",
    "select round(avg(amount_cents), 2), stddev(amount_cents), arg_max(amount_cents, close_date) from marts.fct_deals",
    "select extract(year from created_date), date_part('dow', created_date), last_day(created_date) from marts.fct_leads",
    'select count(*) as "metric_value" from "marts"."fct_leads" -- a comment; with a semicolon',
    "select count(*) from marts.fct_leads where country = 'it''s; drop table x'",
    "select count(*) from marts.fct_leads; -- done",
]


@pytest.mark.parametrize("sql", ALLOWED)
def test_what_metrics_need_is_allowed_and_runs(sql: str) -> None:
    with tiny_marts() as con:
        text = check(sql, TABLE_NAMES).sql(dialect=DIALECT)
        parameters = {"as_of": "2026-11-21"} if "$as_of" in text else {}
        con.execute(text.replace("$as_of", "cast($as_of as date)"), parameters).fetchall()


SECOND_WALL = [
    "select * from read_csv('/etc/passwd')",
    "select * from read_text('/etc/passwd')",
    "copy marts.fct_leads to '/tmp/okr-attack.csv'",
    "attach '/tmp/okr-attack.db' as x",
    "install httpfs",
    "load httpfs",
    "set threads = 8",
    "set memory_limit = '99GB'",
    "reset memory_limit",
    "set enable_external_access = true",
    "set lock_configuration = false",
    "create table marts.x as select 1",
    "insert into marts.fct_leads select * from marts.fct_leads",
    "drop table marts.fct_leads",
    "select * from frame",
]


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("guarded") / "warehouse.duckdb"
    with open_warehouse(path) as con:
        con.execute(TABLES)
    return path


@pytest.mark.parametrize("sql", SECOND_WALL)
def test_what_gets_past_the_first_wall_stops_at_the_second(database: Path, sql: str) -> None:
    frame = duckdb.sql("select 1 as a").arrow()  # noqa: F841 - a Python variable that must not become a table
    with open_guarded(database) as con, pytest.raises(duckdb.Error):
        con.execute(sql).fetchall()


def test_memory_and_time_are_bounded(database: Path) -> None:
    big = "select count(distinct a.date_day || b.date_day || c.date_day) from marts.dim_dates a, marts.dim_dates b, marts.dim_dates c"
    with open_guarded(database, memory_limit="64MB", threads=1) as con:
        with pytest.raises(duckdb.OutOfMemoryException):
            con.execute(big).fetchall()
        assert con.execute("select count(*) from marts.fct_leads").fetchall() == [(12,)]
