"""`mail.yml`: which mails hold numbers, and which tables what is attached to them fills.

    rules:
      - from: "*@orbit-pr.example"        # the sender's address; * and ? as in file names
        subject: "Media report*"          # optional
        tables: [pr_mentions]             # what is attached under a name that a table's `glob` means
        authenticated: mx.brightwater.example   # optional, but see below
        corrects: file                    # optional: a later attachment of one name replaces the rows of the earlier
    tables:                               # the words of files.yml
      - table: pr_mentions
        glob: "pr_mentions_*.xlsx"
        ...

Anybody can write any sender into a mail. `authenticated` names your own receiving server (the first word of its Authentication-Results
header): then a mail counts only if that server found DMARC, or a DKIM signature of the sender's domain, in order.
Without `corrects: file`, rows of a later report replace those with the same key only: agencies send `report.xlsx` every month.
"""

from __future__ import annotations

import fnmatch
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connectors.errors import SettingError
from connectors.readers.files.declaration import Declaration, declarations_of, read_yaml
from connectors.readers.settings import environment_name

_WORDS = {"from", "subject", "tables", "authenticated", "corrects"}
OWN_TABLES = ("messages", "attachments")


@dataclass(frozen=True)
class Rule:
    """One kind of mail. `number` counts from 1, for messages to people; empty patterns mean any."""

    number: int
    sender: str
    subject: str
    tables: tuple[str, ...]
    authenticated: str = ""
    by_name: bool = False

    def means(self, sender: str, subject: str) -> bool:
        return _like(sender, self.sender) and (not self.subject or _like(subject, self.subject))


@dataclass(frozen=True)
class Rules:
    """All of a `mail.yml`; `digest` changes with every word of its rules, so that mails are then looked at again."""

    rules: tuple[Rule, ...]
    declarations: tuple[Declaration, ...]
    digest: str

    def for_mail(self, sender: str, subject: str) -> Rule | None:
        """The first that means it."""
        return next((rule for rule in self.rules if rule.means(sender, subject)), None)

    def tables_of(self, rule: Rule) -> list[Declaration]:
        return [declaration for declaration in self.declarations if declaration.table in rule.tables]


def read_rules(file: str) -> Rules:
    """SettingError says what is wrong in it."""
    path = Path(file).expanduser()
    if not path.is_file():
        raise SettingError(f"mail: {environment_name('mail', 'rules')} names {file}, and there is no such file.")
    content = read_yaml(path.read_bytes(), f"mail: {path}")
    listed = content.get("rules") if isinstance(content, dict) else None
    if not isinstance(listed, list) or not listed:
        raise SettingError(f"mail: {path} should have `rules:` with a list of rules, and `tables:`.")
    if strange := sorted(set(content) - {"rules", "tables"}):
        raise SettingError(f"mail: {path}: there is no option {', '.join(strange)}. Known: rules, tables.")
    declarations = declarations_of({"tables": content.get("tables")}, path)
    tables = {declaration.table for declaration in declarations}
    if own := tables & set(OWN_TABLES):
        raise SettingError(
            f"mail: {path}: {', '.join(sorted(own))} is a table of the source itself; name yours otherwise."
        )
    rules = tuple(
        _rule(number, entry, tables, f"mail: {path}: rule {number}") for number, entry in enumerate(listed, 1)
    )
    digest = hashlib.sha256(repr((rules, [declaration.digest for declaration in declarations])).encode()).hexdigest()[
        :16
    ]
    return Rules(rules, tuple(declarations), digest)


def _rule(number: int, entry: Any, tables: set[str], where: str) -> Rule:
    if not isinstance(entry, Mapping):
        raise SettingError(f"{where} should have `from:` and `tables:`.")
    if strange := sorted(str(word) for word in entry if word not in _WORDS):
        raise SettingError(f"{where}: there is no option {', '.join(strange)}. Known: {', '.join(sorted(_WORDS))}.")
    sender = str(entry.get("from") or "")
    if "@" not in sender:
        raise SettingError(f"{where}: `from` should be an address such as reports@agency.example or *@agency.example.")
    wanted = entry.get("tables")
    if not isinstance(wanted, list) or not wanted or set(wanted) - tables:
        raise SettingError(f"{where}: `tables` should name some of {', '.join(sorted(tables))}.")
    if entry.get("corrects", "rows") not in ("rows", "file"):
        raise SettingError(f"{where}: corrects is rows or file, not {entry['corrects']!r}.")
    return Rule(
        number,
        sender,
        str(entry.get("subject") or ""),
        tuple(wanted),
        str(entry.get("authenticated") or ""),
        by_name=entry.get("corrects") == "file",
    )


def _like(text: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(text.casefold(), pattern.casefold())
