"""A Google service account for the sandbox: the key file a client needs, and the check of the tokens it signs.

Google's client signs a token itself (audience: the API's address) and never asks a token server, so no such server is here.
"""

from __future__ import annotations

import base64
import threading
from pathlib import Path
from typing import Any

import orjson

AUDIENCE = "https://analyticsdata.googleapis.com/"
SCOPE = "https://www.googleapis.com/auth/analytics.readonly"
EMAIL = "okr-numbers@brightwater-example.iam.gserviceaccount.com"
UNIVERSE = "brightwater.example"
KEY_ID = "5a9d0b5f7c1e4f0e8d3b"
MAX_LIFE_SECONDS = 3600 + 60
_making = threading.Lock()
_keys: dict[str, Any] = {}


def _private_key(name: str) -> Any:
    """One for each name and process, made when first asked for: that takes a tenth of a second."""
    from cryptography.hazmat.primitives.asymmetric import rsa

    with _making:
        if name not in _keys:
            _keys[name] = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        return _keys[name]


class ServiceAccount:
    """Accounts of the same name have the same key within a process, others another."""

    def __init__(self, name: str = "okr-numbers") -> None:
        self._name = name

    def write(self, folder: Path) -> Path:
        """The JSON file that Google's console would offer for download."""
        from cryptography.hazmat.primitives import serialization

        pem = _private_key(self._name).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        content = {
            "type": "service_account",
            "project_id": "brightwater-example",
            "private_key_id": KEY_ID,
            "private_key": pem.decode(),
            "client_email": EMAIL,
            "client_id": "108200000000000000001",
            "token_uri": "https://oauth2.googleapis.com/token",
            # not Google's own: the client library would otherwise ask a Google server, in the background, where the account lives
            "universe_domain": UNIVERSE,
        }
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "service_account.json"
        path.touch(mode=0o600)
        path.write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2))
        return path

    def refusal(self, token: str | None, scope: str = SCOPE, audience: str = AUDIENCE) -> str | None:
        """Why the token is not accepted for one of Google's APIs; None when it is.

        The token carries the real time, the sandbox another: so only its length of life is checked, not that it is current.
        """
        if token is None or token.count(".") != 2:
            return "Request is missing required authentication credential."
        head, body, signature = token.split(".")
        try:
            claims = orjson.loads(_decode(body))
            self._verify(f"{head}.{body}".encode(), _decode(signature))
        except (ValueError, _bad_signature()):
            return "Request had invalid authentication credentials: the token's signature is wrong."
        return _refused_claims(claims, scope, audience)

    def _verify(self, message: bytes, signature: bytes) -> None:
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import padding

        _private_key(self._name).public_key().verify(signature, message, padding.PKCS1v15(), hashes.SHA256())


def _bad_signature() -> type[Exception]:
    from cryptography.exceptions import InvalidSignature

    return InvalidSignature


def _refused_claims(claims: dict[str, Any], scope: str, audience: str) -> str | None:
    if claims.get("iss") != EMAIL:
        return f"Request had invalid authentication credentials: unknown issuer {claims.get('iss')}."
    if claims.get("aud") != audience and scope not in str(claims.get("scope", "")).split():
        return f"Request had invalid authentication credentials: audience {claims.get('aud')}."
    if not 0 < int(claims.get("exp", 0)) - int(claims.get("iat", 0)) <= MAX_LIFE_SECONDS:
        return "Request had invalid authentication credentials: the token lives too long."
    return None


def _decode(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
