"""From a mailbox to the mails that rules mean: each once, also after the server has renumbered its messages.

A mailbox is remembered by UIDVALIDITY and the last UID seen. When UIDVALIDITY is another one, UIDs mean nothing any more: everything is
looked at again, and mails already loaded are known by their own Message-ID, date and sender. Mails that no rule means leave no trace.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from imap_tools import MailMessage

from connectors.contract import SourceRun
from connectors.readers.files.sizes import MEGABYTE, most_bytes, told
from connectors.readers.mail.attachments import Attachment, attachments
from connectors.readers.mail.mailbox import Account, Session, open_mailbox
from connectors.readers.mail.rules import Rule, Rules
from connectors.readers.mail.senders import doubt, sender
from connectors.readers.patience import patiently

MOST_MAIL = 40 * MEGABYTE
MOST_SEEN = 5_000


@dataclass(frozen=True)
class Letter:
    """One mail that a rule means. `sent` is what its header says, never later than now; `refused` is why nothing of it is taken."""

    key: str
    uid: int
    sent: datetime
    sender: str
    subject: str
    rule: Rule
    refused: str = ""
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True)
class Memory:
    """What is remembered from load to load."""

    uidvalidity: int = 0
    uid: int = 0
    seen: tuple[str, ...] = ()
    digest: str = ""

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Memory:
        return cls(**{**state, "seen": tuple(state["seen"])}) if state else cls()

    def to_state(self) -> dict[str, Any]:
        return {"uidvalidity": self.uidvalidity, "uid": self.uid, "seen": list(self.seen), "digest": self.digest}


@dataclass
class _Look:
    """A look into the mailbox, over several connections if need be: what was fetched need not be fetched again."""

    rules: Rules
    run: SourceRun
    most: int
    known: Collection[str]
    days: int
    letters: dict[tuple[int, int], Letter] = field(default_factory=dict)

    def once(self, account: Account, memory: Memory, *, everything: bool) -> tuple[int, int]:
        """UIDVALIDITY and the last UID."""
        with open_mailbox(account, self.run.answer_seconds) as session:
            try:
                anew = everything or session.uidvalidity != memory.uidvalidity
                after = 0 if anew else memory.uid
                since = (self.run.now - timedelta(days=self.days)).date() if anew and self.days else None
                uids = session.uids(after, since)
                for header in session.headers(uids):
                    self._at(header, session)
                return session.uidvalidity, max(uids, default=after)
            finally:
                self.run.requests += session.calls

    def _at(self, header: MailMessage, session: Session) -> None:
        uid = int(header.uid or 0)
        address, subject = sender(header.obj), " ".join(header.subject.split())
        rule = self.rules.for_mail(address, subject)
        place = (session.uidvalidity, uid)
        if rule is None or place in self.letters or (key := _key(header)) in self.known:
            return
        refused = doubt(header.obj, address, rule.authenticated) if rule.authenticated else ""
        if not refused and header.size_rfc822 > self.most:
            refused = f"has {told(header.size_rfc822)}, more than {told(self.most)} (SOURCES__MAIL__MAX_MB)"
        letter = Letter(key, uid, _sent(header, self.run.now), address, subject, rule, refused)
        if refused:
            self.letters[place] = letter
        elif (message := session.whole(str(uid))) is not None:
            self.letters[place] = self._opened(letter, message)

    def _opened(self, letter: Letter, message: MailMessage) -> Letter:
        declarations = self.rules.tables_of(letter.rule)
        found = tuple(attachments(message, declarations, self.most))
        refused = ""
        if not found:
            wanted = ", ".join(declaration.glob for declaration in declarations)
            there = ", ".join(each.filename for each in message.attachments if each.filename) or "nothing"
            refused = f"has no attachment called {wanted}; attached: {there}"
        return Letter(letter.key, letter.uid, letter.sent, letter.sender, letter.subject, letter.rule, refused, found)


def read_mail(account: Account, rules: Rules, memory: Memory, run: SourceRun, days: int) -> tuple[list[Letter], Memory]:
    """The mails that are news, in the order of their arrival, and what to remember."""
    everything = run.full or memory.digest != rules.digest
    known = frozenset() if everything else frozenset(memory.seen)
    looking = _Look(rules, run, most_bytes("mail", MOST_MAIL), known, days)
    uidvalidity, uid = patiently(lambda: looking.once(account, memory, everything=everything), run.wait)
    by_key: dict[str, Letter] = {}
    for (validity, _), letter in sorted(looking.letters.items()):
        if validity == uidvalidity:
            by_key.setdefault(letter.key, letter)  # a copy of a mail in the same folder is no news
    seen = [*dict.fromkeys([*memory.seen, *by_key])]
    return list(by_key.values()), Memory(uidvalidity, uid, tuple(seen[-MOST_SEEN:]), rules.digest)


def _key(header: MailMessage) -> str:
    """Message-ID alone would let a forged mail stand in the way of the one it copies."""
    named = [str(header.obj.get(name, "")).strip() for name in ("Message-ID", "Date", "From", "Subject")]
    return hashlib.sha256("\n".join(named).encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _sent(header: MailMessage, now: datetime) -> datetime:
    try:
        moment = parsedate_to_datetime(str(header.obj.get("Date", "")))
    except (ValueError, TypeError):
        return now
    return min((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC), now)
