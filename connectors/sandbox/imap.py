"""A small IMAP4rev1 server (RFC 3501) on the loopback address, as far as a client goes that reads one mailbox.

LOGIN, SELECT, EXAMINE, STATUS, UID SEARCH (ALL, UID, SINCE), UID FETCH, NOOP, CLOSE, LOGOUT. It marks a message as read where a real
server would: when a body is fetched without PEEK from a mailbox that was opened for writing. UID comes after the literal of a FETCH, as
the standard allows and some servers do.
"""

from __future__ import annotations

import re
import socket
import socketserver
import struct
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from connectors.sandbox.mailbox import PASSWORD, USER, Mail, Mailbox

_WORDS = re.compile(rb'"((?:[^"\\]|\\.)*)"|(\([^)]*\))|(\S+)')
_LITERAL = re.compile(rb"\{(\d+)\}$")


@dataclass
class ImapFault:
    """What goes wrong at the next `times` commands that begin like this: `no`, `bye`, `reset`, `slow`, `cut` in mid-literal."""

    command: str
    kind: str
    times: int | None = 1
    after: int = 0
    seconds: float = 1.0


class ImapServer:
    """Serves from `with` or `start()` to `stop()`. `calls` are the commands that came, without the password."""

    def __init__(self, mailbox: Mailbox | None = None, *, port: int = 0) -> None:
        self.mailbox = mailbox or Mailbox()
        self.user, self.password = USER, PASSWORD
        self.calls: list[str] = []
        self.faults: list[ImapFault] = []
        self._server = _Server(("127.0.0.1", port), _Session)
        self._server.home = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="imap", daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def settings(self) -> dict[str, str]:
        """The variables of the mail source, but for the rules."""
        return {
            "MAIL__HOST": "127.0.0.1",
            "MAIL__PORT": str(self.port),
            "MAIL__SECURITY": "none",
            "MAIL__USER": self.user,
            "MAIL__PASSWORD": self.password,
        }

    def fault_for(self, command: str) -> ImapFault | None:
        for fault in self.faults:
            if fault.times == 0 or not command.startswith(fault.command):
                continue
            if fault.after:
                fault.after -= 1
                continue
            fault.times = None if fault.times is None else fault.times - 1
            return fault
        return None

    def start(self) -> Self:
        self._thread.start()
        return self

    def stop(self) -> None:
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    home: ImapServer


class _HangupError(Exception):
    """The connection ends here."""


class _Session(socketserver.StreamRequestHandler):
    """One client."""

    server: _Server
    _logged_in = False
    _selected = False
    _writable = False

    def handle(self) -> None:
        try:
            self._say(b"* OK sandbox ready")
            while line := self.rfile.readline():
                self._command(line.rstrip(b"\r\n"))
        except (_HangupError, OSError):
            return

    def _command(self, line: bytes) -> None:
        tag, _, rest = line.partition(b" ")
        words = self._words(rest)
        verb = b" ".join(words[: 2 if words[:1] and words[0].upper() == b"UID" else 1]).decode().upper()
        arguments = words[len(verb.split()) :]
        shown = [] if verb == "LOGIN" else [word.decode("utf-8", "replace") for word in arguments]
        home = self.server.home
        home.calls.append(" ".join([verb, *shown]))
        fault = home.fault_for(verb)
        if fault is not None:
            self._misbehave(fault, tag)
            if fault.kind == "no":
                return
        answer = _COMMANDS.get(verb)
        if answer is None:
            self._say(tag + b" BAD unknown command")
        elif verb.startswith("UID") and not self._selected:
            self._say(tag + b" BAD no mailbox selected")
        else:
            answer(self, tag, arguments, cut=fault is not None and fault.kind == "cut")

    def _words(self, rest: bytes) -> list[bytes]:
        """Atoms, quoted strings, one level of parentheses, and literals, which the client sends after a go-ahead."""
        words: list[bytes] = []
        while (literal := _LITERAL.search(rest)) is not None:
            words += self._split(rest[: literal.start()])
            self._say(b"+ go ahead")
            words.append(self.rfile.read(int(literal[1])))
            rest = self.rfile.readline().rstrip(b"\r\n")
        return words + self._split(rest)

    def _split(self, text: bytes) -> list[bytes]:
        return [
            re.sub(rb"\\(.)", rb"\1", quoted) if atom == b"" and group == b"" else group or atom
            for quoted, group, atom in _WORDS.findall(text)
        ]

    def _say(self, line: bytes) -> None:
        self.wfile.write(line + b"\r\n")

    def _misbehave(self, fault: ImapFault, tag: bytes) -> None:
        if fault.kind == "no":
            self._say(tag + b" NO [UNAVAILABLE] temporary system problem")
        elif fault.kind == "bye":
            self._say(b"* BYE server is shutting down")
            raise _HangupError
        elif fault.kind == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            raise _HangupError
        elif fault.kind == "slow":
            threading.Event().wait(fault.seconds)

    def login(self, tag: bytes, words: list[bytes], *, cut: bool) -> None:
        home = self.server.home
        if [word.decode() for word in words[:2]] != [home.user, home.password]:
            self._say(tag + b" NO [AUTHENTICATIONFAILED] invalid credentials")
            return
        self._logged_in = True
        self._say(tag + b" OK [CAPABILITY IMAP4rev1] logged in")

    def select(self, tag: bytes, words: list[bytes], *, cut: bool) -> None:
        self._open(tag, words, writable=True)

    def examine(self, tag: bytes, words: list[bytes], *, cut: bool) -> None:
        self._open(tag, words, writable=False)

    def _open(self, tag: bytes, words: list[bytes], *, writable: bool) -> None:
        if not self._logged_in or words[0].upper() != b"INBOX":
            self._say(tag + b" NO [NONEXISTENT] no such mailbox")
            return
        box = self.server.home.mailbox
        self._selected, self._writable = True, writable
        self._say(b"* FLAGS (\\Seen \\Deleted)")
        self._say(b"* %d EXISTS" % len(box.mails))
        self._say(b"* 0 RECENT")
        self._say(b"* OK [UIDVALIDITY %d] as ever" % box.uidvalidity)
        self._say(b"* OK [UIDNEXT %d] next" % box.uidnext)
        self._say(tag + (b" OK [READ-WRITE] opened" if writable else b" OK [READ-ONLY] opened"))

    def status(self, tag: bytes, words: list[bytes], *, cut: bool) -> None:
        box = self.server.home.mailbox
        numbers = b"MESSAGES %d UIDVALIDITY %d UIDNEXT %d" % (len(box.mails), box.uidvalidity, box.uidnext)
        self._say(b'* STATUS "INBOX" (' + numbers + b")")
        self._say(tag + b" OK done")

    def search(self, tag: bytes, words: list[bytes], *, cut: bool) -> None:
        found = list(self.server.home.mailbox.mails)
        terms = [word.strip(b"()") for word in words]
        terms = b" ".join(terms).split()
        while terms:
            name = terms.pop(0).upper()
            if name == b"UID":
                found = self._in_set(found, terms.pop(0).decode())
            elif name == b"SINCE":
                day = datetime.strptime(terms.pop(0).strip(b'"').decode(), "%d-%b-%Y").replace(tzinfo=UTC)
                found = [mail for mail in found if mail.received.date() >= day.date()]
            elif name == b"CHARSET":
                terms.pop(0)
            elif name != b"ALL":
                self._say(tag + b" BAD unknown search key")
                return
        self._say(b"* SEARCH" + b"".join(b" %d" % mail.uid for mail in found))
        self._say(tag + b" OK done")

    def _in_set(self, mails: list[Mail], asked: str) -> list[Mail]:
        """`7:*` is the last message at least, whatever its UID: the trap of this range."""
        last = max((mail.uid for mail in self.server.home.mailbox.mails), default=0)
        wanted: set[int] = set()
        for part in asked.split(","):
            ends = [last if end == "*" else int(end) for end in part.split(":")]
            wanted |= set(range(min(ends), max(ends) + 1))
        return [mail for mail in mails if mail.uid in wanted]

    def fetch(self, tag: bytes, words: list[bytes], *, cut: bool) -> None:
        what = words[1].decode().upper()
        box = self.server.home.mailbox
        for mail in self._in_set(box.mails, words[0].decode()):
            if "BODY[" in what and self._writable:
                mail.flags.add("\\Seen")
            content = mail.header if "[HEADER]" in what else mail.raw
            number = box.mails.index(mail) + 1
            name = b"BODY[HEADER]" if "[HEADER]" in what else b"BODY[]"
            self._say(b"* %d FETCH (%s {%d}" % (number, name, len(content)))
            if cut:
                self.wfile.write(content[: len(content) // 2])
                raise _HangupError
            flags = " ".join(sorted(mail.flags)).encode()
            self.wfile.write(content + b" UID %d FLAGS (%s) RFC822.SIZE %d)\r\n" % (mail.uid, flags, len(mail.raw)))
        self._say(tag + b" OK done")

    def noop(self, tag: bytes, words: list[bytes], *, cut: bool) -> None:
        self._say(tag + b" OK done")

    def capability(self, tag: bytes, words: list[bytes], *, cut: bool) -> None:
        self._say(b"* CAPABILITY IMAP4rev1")
        self._say(tag + b" OK done")

    def logout(self, tag: bytes, words: list[bytes], *, cut: bool) -> None:
        self._say(b"* BYE good night")
        self._say(tag + b" OK done")
        raise _HangupError


_COMMANDS = {
    "CAPABILITY": _Session.capability,
    "NOOP": _Session.noop,
    "LOGIN": _Session.login,
    "SELECT": _Session.select,
    "EXAMINE": _Session.examine,
    "STATUS": _Session.status,
    "UID SEARCH": _Session.search,
    "UID FETCH": _Session.fetch,
    "CLOSE": _Session.noop,
    "LOGOUT": _Session.logout,
}
