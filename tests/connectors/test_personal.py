"""E-mail addresses: codes instead of them, one code in all sources, and what becomes of data folders that hold plain ones."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.personal import Personal
from pipelines.errors import SettingsError
from pipelines.jobs.ingest import SourceResult, ingest
from pipelines.personal_key import FILE, personal
from tests.connectors.bench import Bench
from tests.connectors.small_org import lead_id

KEY = bytes(range(32))
CRMS = ("hubspot", "salesforce")
TABLES = {
    "raw_hubspot": ("contacts", "owners"),
    "raw_salesforce": ("leads", "contacts", "users"),
    "raw_files": ("nps_responses", "quarantine"),
}


@pytest.fixture(autouse=True)
def _one_key(tmp_path: Path) -> None:
    """The same codes in every test, and in what is loaded twice."""
    (tmp_path / FILE).write_text(KEY.hex() + "\n", encoding="ascii")


def load(bench: Bench, *sources: str, keep: bool = False) -> list[SourceResult]:
    results = list(ingest(replace(bench.request(sources), keep_email_addresses=keep)).sources)
    assert all(result.ok for result in results), [result.error for result in results]
    return results


def tables(bench: Bench, *schemas: str) -> dict[str, list[object]]:
    return {f"{s}.{t}": bench.table(f"{s}.{t}") for s in schemas or TABLES for t in TABLES[s]}


def test_a_code_is_the_keyed_hash_of_the_address_without_blanks_and_capitals() -> None:
    digest = hmac.new(KEY, b"anna@x.example", hashlib.sha256).hexdigest()[:32]
    persons = Personal(KEY)
    assert persons.hashed(" Anna@X.example ") == f"{persons.code_start}{digest}"
    assert persons.hashed("anna@x.example") != Personal.throwaway().hashed("anna@x.example")
    assert [persons.hashed(nobody) for nobody in (None, "", " ")] == [None, "", " "]
    assert Personal(KEY, keep=True).hashed("Anna@x.example") == "Anna@x.example"
    assert "0102" not in repr(persons), "a key is not shown"


def test_the_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    made = personal(tmp_path / "new", keep=False)
    assert personal(tmp_path / "new", keep=False) == made
    assert (tmp_path / "new" / FILE).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "new").iterdir()] == [FILE]
    assert len(made.key) == 32
    (tmp_path / "new" / FILE).write_text("abc", encoding="ascii")
    with pytest.raises(SettingsError, match="cannot be read as a key"):
        personal(tmp_path / "new", keep=False)


def test_no_address_arrives_and_one_person_has_one_code_everywhere(bench: Bench) -> None:
    bench.sandbox.salesforce.org.change(
        "Lead", lead_id(2), modified="2026-10-12T09:00:00Z", Email=" Person1@LEAD.example "
    )
    load(bench, *CRMS)
    shown = repr(tables(bench, "raw_hubspot", "raw_salesforce"))
    assert "@" not in shown.replace("@hubspot", "")
    code = Personal(KEY).hashed("person1@lead.example")
    assert bench.value(f"SELECT count(*) FROM raw_hubspot.contacts WHERE email = '{code}'") == 1
    assert bench.value(f"SELECT count(*) FROM raw_salesforce.leads WHERE email = '{code}'") == 2


def test_addresses_stay_where_a_company_asks_for_it(bench: Bench) -> None:
    load(bench, "hubspot", keep=True)
    assert bench.value("SELECT email FROM raw_hubspot.contacts WHERE id = '1001'") == "person1@lead.example"


def test_respondents_are_codes_and_the_quarantine_does_not_show_them_either(bench: Bench) -> None:
    (bench.inbox / "nps_responses.csv").write_text(
        "response_id,survey,respondent,answered_at,score,comment\n"
        "R-1,autumn,anna@x.example,2026-11-20 09:00,9,\n"
        "R-2,autumn,bela@x.example,2026-11-20 09:00,11,\n"
        "R-3,autumn,cecilia@x.example\n",
        encoding="utf-8",
    )
    load(bench, "files")
    assert bench.rows("SELECT respondent FROM raw_files.nps_responses") == [(Personal(KEY).hashed("anna@x.example"),)]
    shown = repr(bench.table("raw_files.quarantine"))
    assert "R-2" in shown
    assert "not kept, because rows of this table name persons" in shown
    assert "x.example" not in shown


def test_an_address_in_a_wrong_column_is_not_kept_in_the_quarantine_either(bench: Bench) -> None:
    (bench.inbox / "nps_responses.csv").write_text(
        "response_id,survey,respondent,answered_at,score,comment\n"
        "R-1,autumn,anna@x.example,2026-11-20 09:00,9,\n"
        "R-2,autumn,2026-11-20 09:00,bela@x.example,9,ask <cecilia@x.example>\n",
        encoding="utf-8",
    )
    (result,) = load(bench, "files")
    shown = repr(bench.table("raw_files.quarantine")) + repr(result.warnings)
    assert "R-2" in shown
    assert str(Personal(KEY).hashed("bela@x.example")) in shown
    assert str(Personal(KEY).hashed("cecilia@x.example")) in shown
    assert "x.example" not in shown


def test_a_folder_loaded_in_plain_text_ends_in_the_same_tables_and_keeps_no_address(
    bench: Bench, tmp_path: Path
) -> None:
    sources = (*CRMS, "files")
    load(bench, *sources, keep=True)
    plain = tables(bench)
    assert b"person3@lead.example" in bench.warehouse.read_bytes()
    results = load(bench, *sources)
    # five contacts and seven owners; five leads, a contact and a user; two respondents
    told = [f"{count} e-mail addresses of earlier loads were hashed" for count in (12, 7, 2)]
    assert [line for result in results for line in result.warnings if "were hashed" in line] == told
    migrated = tables(bench)
    bench.warehouse.unlink()
    load(bench, *sources)
    assert migrated == tables(bench) != plain
    assert b"lead.example" not in bench.warehouse.read_bytes()
    left = [path for path in tmp_path.rglob("*") if path.is_file() and b"@lead.example" in path.read_bytes()]
    assert not left


def test_a_lost_key_makes_a_new_one_and_everything_is_read_again(bench: Bench, tmp_path: Path) -> None:
    load(bench, *CRMS)
    bench.sandbox.salesforce.org.merge("Lead", lead_id(4), lead_id(5))
    bench.sandbox.clock.advance(hours=1)  # what is younger than two minutes is not read
    load(bench, "salesforce")
    bench.sandbox.salesforce.org.purge("Lead", lead_id(5))  # Salesforce tells of it never again
    (tmp_path / FILE).unlink()
    hubspot, salesforce = load(bench, *CRMS)
    new = personal(tmp_path, keep=False)
    assert any("personal.key is another one now" in each for each in (*hubspot.warnings, *salesforce.warnings))
    starts = f"starts_with(email, '{new.code_start}')"
    assert bench.value(f"SELECT count(*) FROM raw_hubspot.contacts WHERE NOT {starts}") == 0
    former = bench.rows("SELECT id FROM raw_salesforce.leads WHERE starts_with(email, 'person-former-')")
    assert former == [(lead_id(5),)]
    assert not any("another one" in each for result in load(bench, *CRMS) for each in result.warnings)


def test_codes_give_way_to_addresses_once_these_are_to_be_kept(bench: Bench) -> None:
    load(bench, "hubspot")
    [result] = load(bench, "hubspot", keep=True)
    assert any("because addresses are to be kept" in each for each in result.warnings)
    assert bench.value("SELECT email FROM raw_hubspot.contacts WHERE id = '1001'") == "person1@lead.example"
