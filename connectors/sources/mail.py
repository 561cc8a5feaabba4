"""Mail: reports that arrive as attachments (PR agencies, banks, ERP jobs), read from an IMAP mailbox by rules in a `mail.yml`.

Manual: RFC 3501, https://github.com/ikvk/imap_tools, and the head of connectors/readers/mail/rules.py for every word of a rule.
Grain: one row per row of an attachment, by the declared key; of two deliveries of a key the one that arrived later stays. messages has
one row per mail that a rule means, attachments one per file in it, with the reason where it was refused; quarantine as for files.
History: what lies in the mailbox of the last 400 days (SOURCES__MAIL__DAYS) at the first load, then news only. Mails deleted later: their
rows stay.
Delay: none. How far each table goes is the latest day in its `date_column`, as for files.
Limits: a mail of more than 40 MB (SOURCES__MAIL__MAX_MB) is refused, as are archives that would unfold into more. One refused mail stops
no other; it is named for 35 days.
Credential: user and app password of the mailbox, SOURCES__MAIL__HOST, USER, PASSWORD, and SOURCES__MAIL__RULES, the path of mail.yml.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import dlt
import pyarrow as pa
from dlt.common.configuration.specs import BaseConfiguration
from dlt.extract import DltResource

from connectors.contract import SourceRun
from connectors.readers import settings
from connectors.readers.columns import Kind, arrow_schema, dlt_columns
from connectors.readers.files.declaration import Declaration
from connectors.readers.files.rows import FileRows, read_rows
from connectors.readers.files.sizes import UnreadableFileError
from connectors.readers.files.tables import Reading, joined, reach, remark_on, table_resources
from connectors.readers.mail import connect
from connectors.readers.mail.attachments import Attachment
from connectors.readers.mail.reading import Letter, Memory, read_mail
from connectors.readers.mail.rules import Rules, read_rules
from connectors.readers.merge import replacing_same
from connectors.readers.state import is_loading, resource_memory

LABEL = "Mail"
SECRETS = ("password",)
CONNECT = connect.CONNECT
_READINGS = "mail_readings"
_TOLD_FOR = timedelta(days=35)
_MESSAGES = {
    "message_key": Kind.TEXT,
    "sent_at": Kind.MOMENT,
    "sender": Kind.TEXT,
    "subject": Kind.TEXT,
    "rule": Kind.INTEGER,
    "refused": Kind.TEXT,
}
_ATTACHMENTS = {
    "message_key": Kind.TEXT,
    "place": Kind.INTEGER,
    "name": Kind.TEXT,
    "table_name": Kind.TEXT,
    "file_sha256": Kind.TEXT,
    "bytes": Kind.INTEGER,
    "rows_good": Kind.INTEGER,
    "rows_bad": Kind.INTEGER,
    "refused": Kind.TEXT,
}


@dataclass(frozen=True)
class _Opened:
    """One attachment as it came out: rows, or why there are none."""

    letter: Letter
    attachment: Attachment
    rows: FileRows | None
    refused: str

    @property
    def file(self) -> str:
        """How its rows call it: senders give every month's report the same name, unless a rule says that this means a correction."""
        name = self.attachment.name
        return name if self.letter.rule.by_name else f"{self.letter.sent:%Y-%m-%d} {name}"


@dlt.source(name="mail", spec=BaseConfiguration)
def source(run: SourceRun) -> Iterator[DltResource]:
    """One resource per declared table, the quarantine, messages and attachments; every setting is SOURCES__MAIL__<NAME>."""
    account = connect.account_of(_settings())
    rules = read_rules(settings.required("mail", "rules", "the path of mail.yml"))
    state = resource_memory(_READINGS)
    memory, days, letters = Memory.from_state(state.get("mailbox", {})), connect.days(), list[Letter]()
    if is_loading():
        letters, memory = read_mail(account, rules, memory, run, days)
    opened = [_open(letter, attachment, run) for letter in letters for attachment in letter.attachments]
    readings = dlt.resource(_readings(opened, letters, rules, memory, run), name=_READINGS, selected=False)
    yield readings
    yield from table_resources(readings, rules.declarations, _outdated(opened, rules, state.get("names", {})))
    yield _listed("messages", _MESSAGES, ["message_key"], lambda: _message_rows(letters, run))
    yield _listed("attachments", _ATTACHMENTS, ["message_key", "place"], lambda: _attachment_rows(opened))


def personal_columns() -> dict[str, Collection[str]]:
    """Where codes stand in place of texts that name a person."""
    rules = read_rules(settings.required("mail", "rules", "the path of mail.yml"))
    return {"messages": ("sender",)} | {each.table: each.personal for each in rules.declarations}


def _settings() -> dict[str, str]:
    asked = {"host": "the IMAP server", "user": "the user of the mailbox"}
    found = {name: settings.required("mail", name, what) for name, what in asked.items()}
    found["password"] = settings.secret("mail", "password", "the app password of the mailbox")
    return found | {name: settings.optional("mail", name) for name in ("folder", "port", "security")}


def _open(letter: Letter, attachment: Attachment, run: SourceRun) -> _Opened:
    """One that makes no sense is refused, and stops no other."""
    declaration = attachment.declaration
    if declaration is None:
        return _Opened(letter, attachment, None, attachment.refused)
    named = _Opened(letter, attachment, None, "").file
    try:
        rows = read_rows(attachment.content, named, attachment.sha256, declaration, run.time_zone, run.personal)
    except UnreadableFileError as trouble:
        return _Opened(letter, attachment, None, str(trouble))
    return _Opened(letter, attachment, rows, "")


def _readings(opened: list[_Opened], letters: list[Letter], rules: Rules, memory: Memory, run: SourceRun) -> Any:
    def read() -> Iterator[Reading]:
        state = dlt.current.resource_state()
        through: dict[str, str] = state.setdefault("through", {})
        names: dict[str, dict[str, str]] = state.setdefault("names", {})
        for declaration in rules.declarations:
            found = _latest([each for each in opened if each.attachment.declaration is declaration and each.rows])
            yield joined(declaration, [each.rows for each in found if each.rows])
            run.on_rows(declaration.table, sum(len(each.rows.good) for each in found if each.rows), None)
            for each in found:
                names.setdefault(declaration.table, {})[each.file] = each.attachment.sha256
                if latest := _reach(declaration, each, run):
                    through[declaration.table] = max(latest.isoformat(), through.get(declaration.table, ""))
        state["notes"] = _notes(state.get("notes", []), opened, letters, run)
        state["mailbox"] = memory.to_state()
        run.warnings.extend(text for _, text in state["notes"])
        run.tables_through = {table: datetime.fromisoformat(moment) for table, moment in through.items()}
        run.data_through = min(run.tables_through.values(), default=None)
        run.watermark = f"UID {memory.uid}"

    return read


def _latest(opened: list[_Opened]) -> list[_Opened]:
    """Of one name the last, in the order of arrival."""
    by_name = {each.file: each for each in opened}
    return [each for each in opened if by_name[each.file] is each or not each.letter.rule.by_name]


def _reach(declaration: Declaration, each: _Opened, run: SourceRun) -> datetime | None:
    return reach(declaration, each.rows, each.letter.sent.timestamp(), run) if each.rows else None


def _outdated(opened: list[_Opened], rules: Rules, names: dict[str, dict[str, str]]) -> dict[str, list[str]]:
    """Contents whose rows make room: of what is read now, and of what a rule says that it corrects."""
    found: dict[str, set[str]] = {declaration.table: set() for declaration in rules.declarations}
    for each in opened:
        if each.rows is not None and each.attachment.declaration is not None:
            table = each.attachment.declaration.table
            before = names.get(table, {}).get(each.file) if each.letter.rule.by_name else None
            found[table] |= {each.attachment.sha256, *([before] if before else [])}
    return {table: sorted(hashes) for table, hashes in found.items()}


def _notes(earlier: list[list[str]], opened: list[_Opened], letters: list[Letter], run: SourceRun) -> list[list[str]]:
    """What people should know, with the moment from which it is told: refused mails and files, rows set aside."""
    now = run.now.isoformat()
    told = [[now, f"mail: {_called(letter)} {letter.refused}"] for letter in letters if letter.refused]
    for each in opened:
        declaration = each.attachment.declaration
        remark = remark_on(declaration, each.rows, run) if declaration and each.rows else each.refused
        if remark:
            told.append(
                [
                    now,
                    f"mail: {each.attachment.name} in {_called(each.letter)}: {remark}".replace(
                        "raw_files.", "raw_mail."
                    ),
                ]
            )
    kept = [note for note in earlier if run.now - datetime.fromisoformat(note[0]) < _TOLD_FOR]
    known = {text for _, text in kept}
    return [*kept, *(note for note in told if note[1] not in known)]


def _called(letter: Letter) -> str:
    return f"“{letter.subject[:80]}” of {letter.sent:%d %b %Y}"


def _message_rows(letters: list[Letter], run: SourceRun) -> list[dict[str, Any]]:
    return [
        {
            "message_key": letter.key,
            "sent_at": letter.sent,
            "sender": run.personal.hashed(letter.sender),
            "subject": letter.subject,
            "rule": letter.rule.number,
            "refused": letter.refused or None,
        }
        for letter in letters
    ]


def _attachment_rows(opened: list[_Opened]) -> list[dict[str, Any]]:
    return [
        {
            "message_key": each.letter.key,
            "place": each.attachment.place,
            "name": each.attachment.name,
            "table_name": each.attachment.declaration.table if each.attachment.declaration else None,
            "file_sha256": each.attachment.sha256,
            "bytes": len(each.attachment.content),
            "rows_good": len(each.rows.good) if each.rows else 0,
            "rows_bad": len(each.rows.bad) if each.rows else 0,
            "refused": each.refused or None,
        }
        for each in opened
    ]


def _listed(name: str, columns: dict[str, Kind], key: list[str], rows: Any) -> DltResource:
    def read() -> Iterator[Any]:
        yield pa.Table.from_pylist(rows(), schema=arrow_schema(columns))

    return dlt.resource(
        read, name=name, primary_key=key, write_disposition=replacing_same(key), columns=dlt_columns(columns)
    )
