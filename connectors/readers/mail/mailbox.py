"""One IMAP mailbox, opened for reading only: EXAMINE instead of SELECT, and BODY.PEEK, so that nothing there ever looks read.

imap-tools does the talking. Headers come first, in bulk where the server puts the UID where imap-tools looks for it, and one by one
where it does not (the standard allows both). Every trouble of the network is worth another try with a new connection.
"""

from __future__ import annotations

import imaplib
import ipaddress
import re
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date

from imap_tools import AND, BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted, MailMessage
from imap_tools.errors import ImapToolsError, MailboxFolderSelectError, MailboxLoginError

from connectors.errors import ConnectorError, CredentialError, RetriableError, SettingError
from connectors.readers.settings import environment_name

_CHUNK = 200
_DIGITS = re.compile(rb"\d+")
_PORTS = {"tls": 993, "starttls": 143, "none": 143}


@dataclass(frozen=True)
class Account:
    """Where the mailbox is. `security` is tls, starttls, or none, which only this machine's own servers are given."""

    host: str
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    security: str = "tls"
    port: int = 0

    def __post_init__(self) -> None:
        named = environment_name("mail", "security")
        if self.security not in _PORTS:
            raise SettingError(f"mail: {named} is one of {', '.join(_PORTS)}, not {self.security!r}.")
        if self.security == "none" and not _is_here(self.host):
            raise SettingError(f"mail: {named} = none would send the password to {self.host} in the clear. Use tls.")

    @property
    def shown(self) -> str:
        return f"mail: {self.folder} of {self.user} at {self.host}"


@dataclass
class Session:
    """An open mailbox; `calls` counts what was asked."""

    box: BaseMailBox
    uidvalidity: int
    calls: int = 0

    def uids(self, after: int, since: date | None) -> list[int]:
        """Those above `after`: a server answers `7:*` with its last message even where that is below 7."""
        self.calls += 1
        criteria = AND(uid=f"{after + 1}:*", date_gte=since) if since else AND(uid=f"{after + 1}:*")
        return sorted(uid for uid in map(int, self.box.uids(criteria)) if uid > after)

    def headers(self, uids: Sequence[int]) -> Iterator[MailMessage]:
        for start in range(0, len(uids), _CHUNK):
            chunk = [str(uid) for uid in uids[start : start + _CHUNK]]
            found = self._fetch(chunk, headers_only=True, bulk=True)
            if len(found) != len(chunk) or any(message.uid is None for message in found):
                found = self._fetch(chunk, headers_only=True, bulk=False)
            yield from found

    def whole(self, uid: str) -> MailMessage | None:
        """None when it was deleted meanwhile."""
        found = self._fetch([uid], headers_only=False, bulk=False)
        return found[0] if found else None

    def _fetch(self, uids: Sequence[str], *, headers_only: bool, bulk: bool) -> list[MailMessage]:
        self.calls += 1
        return list(self.box.fetch(uid_list=list(uids), mark_seen=False, headers_only=headers_only, bulk=bulk))


@contextmanager
def open_mailbox(account: Account, seconds: float) -> Iterator[Session]:
    """CredentialError when it is refused; RetriableError for what another try may mend."""
    try:
        box = _connected(account, seconds)
        try:
            yield _examined(box, account)
            box.logout()
        finally:
            _hang_up(box)
    except ConnectorError:
        raise
    except MailboxFolderSelectError:
        named = environment_name("mail", "folder")
        raise SettingError(f"{account.shown}: there is no such folder, or it may not be read. Check {named}.") from None
    except ssl.SSLCertVerificationError as problem:
        raise SettingError(f"{account.shown}: its certificate is not trusted ({problem.verify_message}).") from None
    except (imaplib.IMAP4.error, ImapToolsError, OSError, EOFError) as problem:
        raise _cut(account, problem) from None


def _connected(account: Account, seconds: float) -> BaseMailBox:
    port = account.port or _PORTS[account.security]
    kind = {"tls": MailBox, "starttls": MailBoxStartTls, "none": MailBoxUnencrypted}[account.security]
    trusted = {} if account.security == "none" else {"ssl_context": ssl.create_default_context()}
    box: BaseMailBox = kind(account.host, port, timeout=seconds, **trusted)
    try:
        plain = account.user.isascii() and account.password.isascii()
        (box.login if plain else box.login_utf8)(account.user, account.password, initial_folder=None)
    except BaseException as problem:
        _hang_up(box)
        said_no = isinstance(problem, MailboxLoginError) or type(problem) is imaplib.IMAP4.error
        if said_no and "UNAVAILABLE" not in str(problem):
            raise _refused(account) from None
        raise
    return box


def _refused(account: Account) -> CredentialError:
    user, password = environment_name("mail", "user"), environment_name("mail", "password")
    return CredentialError(
        f"{account.shown}: the server refused user or password. Check {user} and {password}; most providers want an app password here, "
        "and Exchange Online takes none."
    )


def _cut(account: Account, problem: Exception) -> RetriableError:
    why = " ".join(str(problem).split())[:160] or type(problem).__name__
    named = environment_name("mail", "host")
    return RetriableError(
        f"{account.shown}: no complete answer ({why}). Check {named} if it lasts; nothing was loaded, the next run tries again."
    )


def _examined(box: BaseMailBox, account: Account) -> Session:
    box.folder.set(account.folder, readonly=True)
    said = box.client.response("UIDVALIDITY")[1]
    numbers = _DIGITS.findall(said[0]) if said and said[0] else []
    if not numbers:
        raise RetriableError(f"{account.shown}: the server did not say UIDVALIDITY. Nothing was loaded.")
    return Session(box, int(numbers[0]), calls=2)


def _hang_up(box: BaseMailBox) -> None:
    """Without a good-bye: a server that answers no more would be waited for once more."""
    try:
        box.client.shutdown()
    except OSError:
        return


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
