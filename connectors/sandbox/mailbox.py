"""The mailbox behind the sandbox's IMAP server: messages with UIDs that only grow, and flags that show whether somebody touched them."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP

USER, PASSWORD = "reports@brightwater.example", "imap-sandbox-password"


@dataclass
class Mail:
    """One message as it lies there; `received` is the server's own date."""

    uid: int
    raw: bytes
    received: datetime
    flags: set[str] = field(default_factory=set)

    @property
    def header(self) -> bytes:
        return self.raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"


class Mailbox:
    """One folder, INBOX. `uidvalidity` changes when a server loses its numbering, and every UID with it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.uidvalidity = 1_700_000_000
        self.mails: list[Mail] = []
        self._next = 1

    @property
    def uidnext(self) -> int:
        return self._next

    def deliver(self, message: EmailMessage | bytes, received: datetime) -> Mail:
        raw = message if isinstance(message, bytes) else message.as_bytes(policy=SMTP)
        with self.lock:
            mail = Mail(self._next, raw, received.astimezone(UTC))
            self.mails.append(mail)
            self._next += 1
        return mail

    def renumber(self) -> None:
        """As after a restored backup: the same messages under new UIDs, from 1 again."""
        with self.lock:
            self.uidvalidity += 1
            for number, mail in enumerate(self.mails, 1):
                mail.uid = number
            self._next = len(self.mails) + 1
