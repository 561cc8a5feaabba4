"""Personal data on its way into the warehouse: e-mail addresses become codes that tell people apart without telling who they are.

A code is an HMAC-SHA256 of the address under a key that only this installation has: without the key nobody can try out addresses until
one fits, which a plain hash would allow. The same address gives the same code in every source, so that one person in two systems
is still found to be one. A code names its key by four letters: `person-<key>-<32 letters>`. Rows made under another key are therefore seen.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

KEY_BYTES = 32
CODE_START = "person-"
_ADDRESS = re.compile(r"""[^\s"'`,;:<>()\[\]{}|@]+@[^\s"'`,;:<>()\[\]{}|@]+""")


@dataclass(frozen=True, slots=True)
class Personal:
    """How personal data is to be treated. `keep` leaves addresses as they are, because the company asked for that."""

    key: bytes = field(repr=False)
    keep: bool = False
    code_start: str = field(init=False, compare=False)
    """How every code of this key begins."""

    def __post_init__(self) -> None:
        if len(self.key) != KEY_BYTES:
            raise ValueError(f"a key for personal data has {KEY_BYTES} bytes, not {len(self.key)}")
        name = hmac.digest(self.key, b"name of the key", hashlib.sha256).hex()[:4]
        object.__setattr__(self, "code_start", f"{CODE_START}{name}-")

    @classmethod
    def throwaway(cls) -> Personal:
        """For a run that nobody gave a key: nothing plain gets through, and its codes match those of no other run."""
        return cls(secrets.token_bytes(KEY_BYTES))

    def hashed(self, email: str | None) -> str | None:
        """The code of an address, or of any other text that names a person; blanks around and capitals make no difference.

        None and blank texts name nobody: they stay as they are. With `keep` every text does.
        """
        if email is None or self.keep or not (plain := email.strip().casefold()):
            return email
        return self.code_start + hmac.digest(self.key, plain.encode(), hashlib.sha256).hex()[:32]

    def hide_in(self, text: str) -> str:
        """The text with codes in place of everything in it that looks like an e-mail address: for cells that stand in a wrong column."""
        return text if self.keep or "@" not in text else _ADDRESS.sub(lambda found: self.hashed(found[0]) or "", text)

    def hide(self, table: Any, columns: Collection[str]) -> Any:
        """An Arrow table with the codes in place of the texts of `columns`."""
        import pyarrow as pa  # here, so that what only names this class starts quickly

        for name in () if self.keep else columns:
            codes = pa.array([self.hashed(text) for text in table[name].to_pylist()], pa.string())
            table = table.set_column(table.schema.get_field_index(name), name, codes)
        return table
