"""The asymmetric signature of Standard Webhooks (`v1a`): ed25519 over id, time and body.

The key is written `whsk_` and base64 of its 32 bytes, or of 64, where the public key follows, as other tools write it. Receivers get the
public one, `whpk_` and base64 of 32 bytes: whoever reads it can check messages and make none.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from connectors.delivering.settings import TrackerSettings

PRIVATE, PUBLIC = "whsk_", "whpk_"
_SEED, _SEED_AND_PUBLIC = 32, 64


@dataclass(frozen=True, slots=True)
class SigningKey:
    """`text` is the key as set, a secret."""

    text: str = field(repr=False)
    seed: bytes = field(repr=False)

    def sign(self, message_id: str, seconds: int, body: bytes) -> str:
        """`v1a,` and the signature, for the header `webhook-signature`."""
        signed = f"{message_id}.{seconds}.".encode() + body
        return "v1a," + base64.b64encode(self._key().sign(signed)).decode("ascii")

    @property
    def public(self) -> str:
        """What receivers need."""
        return PUBLIC + base64.b64encode(self._key().public_key().public_bytes_raw()).decode("ascii")

    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)


def signing_key(given: TrackerSettings, name: str) -> SigningKey:
    """The key as set; SettingError without its text."""
    text = given.text(name)
    try:
        content = base64.b64decode(text.removeprefix(PRIVATE), validate=True) if text.startswith(PRIVATE) else b""
    except (binascii.Error, ValueError):
        content = b""
    if len(content) not in (_SEED, _SEED_AND_PUBLIC):
        raise given.fault(name, f"is not an ed25519 key. It is {PRIVATE} followed by the base64 of its 32 bytes.")
    key = SigningKey(text, content[:_SEED])
    if len(content) == _SEED_AND_PUBLIC and content[_SEED:] != base64.b64decode(key.public.removeprefix(PUBLIC)):
        raise given.fault(name, "holds a public key that does not belong to its private one. Make a new pair.")
    return key
