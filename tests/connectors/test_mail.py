"""Mail: attachments by rules, each once, nothing in the mailbox touched, and what is dangerous refused with the reason."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from connectors.sandbox.company.agency_mail import letter
from connectors.sandbox.imap import ImapFault, ImapServer
from tests.connectors.bench import Bench

RULES = """\
rules:
  - from: "*@orbit-pr.example"
    subject: "Media report*"
    tables: [mentions]
  - from: "signed@bank.example"
    tables: [rates]
    authenticated: mx.brightwater.example
    corrects: file
tables:
  - table: mentions
    glob: "*.csv"
    format: csv
    key: [id]
    date_column: published_on
    columns: {id: varchar, published_on: date, outlet: varchar}
  - table: rates
    glob: "rates*.csv"
    format: csv
    key: [currency]
    columns: {currency: varchar, rate: double}
"""
HEAD = "id,published_on,outlet\n"
AGENCY, BANK = "reports@orbit-pr.example", "signed@bank.example"
SIGNED = "mx.brightwater.example; dkim=pass (2048-bit key) header.d=bank.example; spf=pass"


@pytest.fixture
def box(bench: Bench, tmp_path: Path) -> Iterator[Bench]:
    """A mailbox of its own, still empty."""
    (tmp_path / "rules.yml").write_text(RULES, encoding="utf-8")
    with ImapServer() as server:
        for name, value in {**server.settings(), "MAIL__RULES": str(tmp_path / "rules.yml")}.items():
            bench.set(name, value)
        bench.server = server  # type: ignore[attr-defined]
        yield bench


def server(box: Bench) -> ImapServer:
    return box.server  # type: ignore[attr-defined,no-any-return]


def mail(number: int, sender: str = AGENCY, subject: str = "Media report") -> EmailMessage:
    return letter(sender, f"{subject} {number}", datetime(2026, 11, number, 8, tzinfo=UTC), f"m{number}")


def attach(message: EmailMessage, name: str, content: str | bytes) -> EmailMessage:
    data = content.encode() if isinstance(content, str) else content
    message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message


def send(box: Bench, message: EmailMessage | bytes) -> None:
    server(box).mailbox.deliver(message, datetime(2026, 11, 20, tzinfo=UTC))


def mentions(box: Bench) -> list[object]:
    return box.rows("SELECT id, outlet FROM raw_mail.mentions ORDER BY id")


def zipped(name: str, content: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return made.getvalue()


def test_attachments_arrive_by_rules_and_nothing_looks_read(box: Bench) -> None:
    send(box, attach(mail(1), "october.csv", HEAD + "A,2026-10-01,Index\nB,2026-10-02,Index\n"))
    send(box, attach(mail(2, subject="Lunch"), "menu.csv", HEAD + "X,2026-10-01,Index\n"))
    send(box, attach(mail(3, sender="thief@other.example"), "october.csv", HEAD + "Y,2026-10-01,Index\n"))
    send(box, attach(mail(4), "november.csv", HEAD + "B,2026-10-02,Corrected\nC,2026-11-20,Index\n"))
    result = box.load("mail")
    assert mentions(box) == [("A", "Index"), ("B", "Corrected"), ("C", "Index")]
    assert result.warnings == ()
    assert box.value("SELECT count(*) FROM raw_mail.messages") == 2, "other mails leave no trace"
    assert "@" not in box.value("SELECT max(sender) FROM raw_mail.messages")
    files = box.rows("SELECT DISTINCT _file FROM raw_mail.mentions ORDER BY 1")
    assert files == [("2026-11-01 october.csv",), ("2026-11-04 november.csv",)]
    assert not any(mail.flags for mail in server(box).mailbox.mails)
    opened = {call.split()[0] for call in server(box).calls}
    assert "EXAMINE" in opened
    assert "SELECT" not in opened
    assert all("PEEK" in call for call in server(box).calls if call.startswith("UID FETCH"))


def test_each_mail_is_taken_once_also_after_the_server_renumbered(box: Bench) -> None:
    send(box, attach(mail(1), "a.csv", HEAD + "A,2026-10-01,Index\n"))
    send(box, attach(mail(2), "b.csv", HEAD + "B,2026-10-01,Index\n"))
    assert box.load("mail").rows["mentions"] == 2
    before = len(server(box).calls)
    assert box.load("mail").rows.get("mentions", 0) == 0
    assert not [call for call in server(box).calls[before:] if call.startswith("UID FETCH")], "no news, nothing fetched"
    del server(box).mailbox.mails[0]
    server(box).mailbox.renumber()
    send(box, attach(mail(3), "c.csv", HEAD + "C,2026-10-01,Index\n"))
    before = len(server(box).calls)
    assert box.load("mail").rows["mentions"] == 1
    whole = [call for call in server(box).calls[before:] if "PEEK[]" in call]
    assert len(whole) == 1, "known mails are not fetched again"
    assert [row[0] for row in mentions(box)] == ["A", "B", "C"], "rows of a deleted mail stay"


def test_a_changed_rule_looks_at_all_mails_again(box: Bench, tmp_path: Path) -> None:
    send(box, attach(mail(1, subject="Lunch"), "a.csv", HEAD + "A,2026-10-01,Index\n"))
    box.load("mail")
    assert mentions(box) == []
    (tmp_path / "rules.yml").write_text(RULES.replace("Media report*", "Lunch*"), encoding="utf-8")
    box.load("mail")
    assert mentions(box) == [("A", "Index")]


def test_names_in_every_encoding(box: Bench) -> None:
    rows = [f"{n},2026-10-0{n},Index\n" for n in range(1, 5)]
    send(box, attach(mail(1), "Médiafigyelés október.csv", HEAD + rows[0]))  # RFC 2231
    older = attach(mail(2), "plain.csv", HEAD + rows[1]).as_bytes()
    send(
        box, older.replace(b'filename="plain.csv"', b'filename="=?utf-8?Q?M=C3=A9dia=2Ecsv?="')
    )  # RFC 2047, as Outlook
    send(box, attach(mail(3), "../../etc/nest.csv", HEAD + rows[2]))
    outer = letter("secretary@orbit-pr.example", "Media report forwarded", datetime(2026, 11, 4, tzinfo=UTC), "m4")
    outer.add_attachment(attach(mail(5, subject="Inner"), "inner.csv", HEAD + rows[3]))
    send(box, outer)
    box.load("mail")
    assert box.rows("SELECT _file FROM raw_mail.mentions ORDER BY id") == [
        ("2026-11-01 Médiafigyelés október.csv",),
        ("2026-11-02 Média.csv",),
        ("2026-11-03 nest.csv",),
        ("2026-11-04 inner.csv",),
    ]


def test_bad_rows_are_set_aside_and_bad_files_refused_while_others_load(box: Bench) -> None:
    send(box, attach(mail(1), "a.csv", HEAD + "A,2026-10-01,Index\nB,yesterday,Index\n"))
    send(box, attach(mail(2), "b.csv", "other,headings\n1,2\n"))
    send(box, attach(mail(3), "bomb.zip", zipped("c.csv", b"0" * 60_000_000)))
    send(box, attach(mail(4), "d.csv.gz", gzip.compress((HEAD + "D,2026-10-04,Index\n").encode())))
    send(box, attach(mail(5), "report.pdf", b"%PDF"))
    box.set("MAIL__MAX_MB", "1")
    send(box, attach(mail(6), "f.csv", HEAD + "F,2026-10-04,Index\n" * 80_000))
    result = box.load("mail")
    assert mentions(box) == [("A", "Index"), ("D", "Index")]
    told = "\n".join(result.warnings)
    for part in (
        "a.csv in “Media report 1” of 01 Nov 2026: 1 of 2 rows are set aside in raw_mail.quarantine (row 3: published_on",
        "b.csv in “Media report 2” of 02 Nov 2026: has no column id",
        "bomb.zip in “Media report 3” of 03 Nov 2026: unfolds into 57 MB, more than 1 MB",
        "“Media report 5” of 05 Nov 2026 has no attachment called *.csv; attached: report.pdf",
        "“Media report 6” of 06 Nov 2026 has 2 MB, more than 1 MB",
    ):
        assert part in told
    assert box.load("mail").warnings == result.warnings, "until somebody may have seen it"
    box.sandbox.clock.advance(days=36)
    assert box.load("mail").warnings == ()
    states = box.rows("SELECT name, rows_good, rows_bad, refused IS NULL FROM raw_mail.attachments ORDER BY name")
    assert states == [
        ("a.csv", 1, 1, True),
        ("b.csv", 0, 0, False),
        ("bomb.zip", 0, 0, False),
        ("d.csv.gz/d.csv", 1, 0, True),
    ]


def test_a_sender_must_be_genuine_where_a_rule_says_so(box: Bench) -> None:
    for number, results in enumerate(
        (
            SIGNED,
            None,
            "mx.attacker.example; dmarc=pass header.from=bank.example",
            "mx.brightwater.example; dkim=pass header.d=attacker.example; dmarc=fail header.from=bank.example",
            "mx.brightwater.example; dkim=pass header.d=example",
        ),
        1,
    ):
        message = attach(mail(number, BANK), "rates.csv", f"currency,rate\nEUR,{number}\n")
        if results:
            message["Authentication-Results"] = results
        send(box, message)
    two = attach(mail(6, BANK), "rates.csv", "currency,rate\nEUR,6\n")
    del two["From"]
    two["From"] = f"{BANK}, attacker@other.example"
    send(box, two)
    result = box.load("mail")
    assert box.rows("SELECT currency, rate FROM raw_mail.rates") == [("EUR", 1.0)]
    assert len([text for text in result.warnings if "the sender may be forged" in text]) == 2
    assert len([text for text in result.warnings if "did not say whether the sender is genuine" in text]) == 2


def test_where_a_rule_says_so_a_later_file_replaces_the_rows_of_the_earlier(box: Bench) -> None:
    for number, rows in ((1, "EUR,1\nHUF,400\n"), (2, "EUR,2\n")):
        message = attach(mail(number, BANK), "rates.csv", f"currency,rate\n{rows}")
        message["Authentication-Results"] = SIGNED
        send(box, message)
        box.load("mail")
    assert box.rows("SELECT currency, rate, _file FROM raw_mail.rates") == [("EUR", 2.0, "rates.csv")]
    box.load("mail", full=True)
    assert box.rows("SELECT currency, rate FROM raw_mail.rates") == [("EUR", 2.0)]


@pytest.mark.parametrize("kind", ["no", "bye", "reset", "slow", "cut"])
@pytest.mark.parametrize("command", ["LOGIN", "EXAMINE", "UID SEARCH", "UID FETCH"])
def test_an_accident_is_tried_again_and_one_that_lasts_is_reported(box: Bench, kind: str, command: str) -> None:
    if kind == "cut" and command != "UID FETCH":
        pytest.skip("only an answer with a literal can be cut in it")
    if (kind, command) == ("no", "EXAMINE"):
        pytest.skip("a folder that is refused is a wrong setting")
    box.answer_seconds = 0.15
    send(box, attach(mail(1), "a.csv", HEAD + "A,2026-10-01,Index\n"))
    server(box).faults.append(ImapFault(command, kind, times=1, seconds=0.3))
    box.load("mail")
    assert mentions(box) == [("A", "Index")]
    assert box.waits == [0.5]
    server(box).faults[:] = [ImapFault(command, kind, times=None, seconds=0.3)]
    send(box, attach(mail(2), "b.csv", HEAD + "B,2026-10-01,Index\n"))
    result = box.attempt("mail")
    assert not result.ok
    assert result.error.startswith("mail: INBOX of reports@brightwater.example at 127.0.0.1: no complete answer")
    assert server(box).password not in result.error
    assert mentions(box) == [("A", "Index")], "the tables stay"
    server(box).faults.clear()
    box.load("mail")
    assert [row[0] for row in mentions(box)] == ["A", "B"]


def test_a_wrong_setting_says_which(box: Bench, tmp_path: Path) -> None:
    box.set("MAIL__PASSWORD", "wrong-password")
    error = box.attempt("mail").error
    assert "refused user or password. Check SOURCES__MAIL__USER and SOURCES__MAIL__PASSWORD" in error
    assert "wrong-password" not in error
    assert box.waits == []
    box.set("MAIL__PASSWORD", server(box).password)
    for name, value, says in (
        ("FOLDER", "Reports", "there is no such folder"),
        ("SECURITY", "ssl", "is one of tls, starttls, none"),
        ("PORT", "imap", "SOURCES__MAIL__PORT = 'imap' is no number"),
        ("DAYS", "all", "SOURCES__MAIL__DAYS = 'all' is no number"),
        ("RULES", "/nowhere.yml", "names /nowhere.yml, and there is no such file"),
    ):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(f"SOURCES__MAIL__{name}", value)
            assert says in box.attempt("mail").error
    box.set("MAIL__HOST", "imap.example.com")
    assert "would send the password to imap.example.com in the clear" in box.attempt("mail").error


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("rules:\n", "rule:\n", "should have `rules:`"),
        ("tables: [mentions]", "tables: [mention]", "rule 1: `tables` should name some of mentions, rates"),
        ('from: "*@orbit-pr.example"', "from: orbit", "`from` should be an address"),
        ("corrects: file", "corrects: all", "rule 2: corrects is rows or file"),
        ("subject:", "betreff:", "rule 1: there is no option betreff"),
        ("table: rates", "table: messages", "messages is a table of the source itself"),
        ("format: csv", "format: pdf", "format is one of csv"),
    ],
)
def test_a_wrong_rule_says_what_is_wrong(box: Bench, tmp_path: Path, old: str, new: str, says: str) -> None:
    (tmp_path / "rules.yml").write_text(RULES.replace(old, new), encoding="utf-8")
    error = box.attempt("mail").error
    assert "rules.yml" in error
    assert says in error
