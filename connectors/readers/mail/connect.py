"""How a newcomer connects a mailbox, and the look into it that proves it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from connectors.contract import Asked, Connect, SourceRun
from connectors.errors import SettingError
from connectors.readers import settings
from connectors.readers.mail.mailbox import Account
from connectors.readers.mail.reading import Memory, read_mail
from connectors.readers.mail.rules import Rules, read_rules

DAYS = 400
TEXT = """\
Reports that arrive as attachments are read from an IMAP mailbox. Nothing in it is changed: no mail is marked as read, moved or deleted.

1. Have a mailbox of its own for reports, such as reports@acme.com, and let the senders write to it (or forward to it by a rule).
2. Allow IMAP for it and make an app password: Google Workspace and Gmail: Account > Security > App passwords. Fastmail, Zoho, iCloud and
   others likewise. Exchange Online takes no passwords over IMAP: let it forward the reports elsewhere, or save them to a folder.
3. Write mail.yml: which sender and subject mean which table, and how its files are written; connectors/README.md ("Mail") has an example.
   Anybody can forge a sender: name your receiving server with `authenticated:` so that it is checked."""


def account_of(given: Mapping[str, str]) -> Account:
    """From the settings of the source by name."""
    port = given.get("port") or "0"
    if not port.isdigit():
        raise SettingError(f"mail: {settings.environment_name('mail', 'port')} = {port!r} is no number.")
    return Account(
        given["host"],
        given["user"],
        given["password"],
        given.get("folder") or "INBOX",
        given.get("security") or "tls",
        int(port),
    )


def days() -> int:
    """How far back the first look goes."""
    text = settings.optional("mail", "days", str(DAYS))
    if not text.isdigit():
        raise SettingError(f"mail: {settings.environment_name('mail', 'days')} = {text!r} is no number of days.")
    return int(text)


def attempt(run: SourceRun, given: Mapping[str, str]) -> str:
    """Reads the mails of the last days as a run would."""
    rules = read_rules(given["rules"])
    letters, _ = read_mail(account_of(given), rules, Memory(), replace(run, full=True), min(days(), DAYS))
    counted = Counter(letter.rule.number for letter in letters if not letter.refused)
    told = ", ".join(f"rule {rule.number} ({rule.sender}) {_mails(counted[rule.number])}" for rule in rules.rules)
    refused = [f"{letter.subject!r} of {letter.sent:%Y-%m-%d} {letter.refused}" for letter in letters if letter.refused]
    return (
        f"The mailbox answers: {told}."
        + (f" Refused: {'; '.join(refused[-3:])}." if refused else "")
        + _unsigned(rules)
    )


def _mails(count: int) -> str:
    return f"{count} mail{'' if count == 1 else 's'}"


def _unsigned(rules: Rules) -> str:
    open_rules = [str(rule.number) for rule in rules.rules if not rule.authenticated]
    return f" Senders are not checked by rule {', '.join(open_rules)} (no `authenticated:`)." if open_rules else ""


CONNECT = Connect(
    TEXT,
    (
        Asked("host", "IMAP server", "imap.example.com"),
        Asked("user", "User name, mostly the address", "reports@acme.com"),
        Asked("password", "App password", secret=True),
        Asked("rules", "Path of mail.yml", "/srv/okr/mail.yml"),
        Asked("folder", "Folder", "INBOX", required=False),
        Asked("port", "Port, unless the usual one", "993", required=False),
        Asked("security", "tls, starttls, or none for a server on this machine", "tls", required=False),
    ),
    attempt,
)
