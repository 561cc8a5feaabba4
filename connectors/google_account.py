"""Google's service accounts: the one place that reads their key files.

Tokens are signed locally, so no token server is ever asked.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from google.auth.exceptions import GoogleAuthError
from google.oauth2 import service_account

from connectors.errors import SettingError


def credentials(key_file: str, scope: str, *, who: str, setting: str) -> Any:
    """The account behind a key file; SettingError names `setting`. Its `service_account_email` is what people share things with."""
    if not Path(key_file).is_file():
        raise SettingError(f"{who}: {setting} names {key_file}, and there is no such file.")
    try:
        return service_account.Credentials.from_service_account_file(key_file, scopes=[scope])  # type: ignore[no-untyped-call]
    except (ValueError, GoogleAuthError):
        raise SettingError(
            f"{who}: {key_file} ({setting}) is not the JSON key of a service account. Create one in the Google Cloud "
            f"console under IAM & Admin > Service Accounts > Keys."
        ) from None
