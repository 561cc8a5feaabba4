"""How to log in without a person: a signed assertion (JWT bearer) or an app's own secret (client credentials).

The login with user name and password is not offered: Salesforce retires it in Summer '27 and new orgs have it switched off. Neither way
has a refresh token; when a session ends, one logs in again.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import jwt
import requests
from simple_salesforce.exceptions import SalesforceAuthenticationFailed
from simple_salesforce.login import SalesforceLogin

from connectors.errors import ConnectorError, CredentialError, RetriableError, SettingError
from connectors.readers import settings
from connectors.readers.patience import UnreadableError

_SET = "SOURCES__SALESFORCE__"
_HINTS = {
    "invalid_client_id": f"Check {_SET}CONSUMER_KEY.",
    "invalid_client": f"Check {_SET}CONSUMER_KEY and {_SET}CONSUMER_SECRET.",
    "unsupported_grant_type": "Switch the client credentials flow (or JWT bearer flow) on in the External Client App.",
}
_JWT_HINT = (
    f"Check that the app ({_SET}CONSUMER_KEY) holds the certificate of {_SET}PRIVATE_KEY_FILE, that {_SET}USERNAME is exact, and that an"
    " administrator has pre-authorised this user for the app."
)
_SECRET_HINT = (
    f"Check that {_SET}DOMAIN is the org's own My Domain, and that the External Client App behind {_SET}CONSUMER_KEY has the client"
    " credentials flow with a run-as user."
)


@dataclass(frozen=True)
class Login:
    """With `private_key` a JWT bearer login, else client credentials. `domain` is like `acme.my`, without `.salesforce.com`."""

    consumer_key: str
    domain: str
    consumer_secret: str = ""
    username: str = ""
    private_key: str = ""

    def __repr__(self) -> str:
        return f"Login({self.consumer_key!r}, {self.domain!r})"

    @classmethod
    def from_settings(cls) -> Login:
        """SettingError names what is missing; makes no call."""
        key = settings.required("salesforce", "consumer_key", "the consumer key of the External Client App")
        username = settings.optional("salesforce", "username")
        if username:
            place = settings.required("salesforce", "private_key_file", "the path of the app's private key (PEM)")
            return cls(key, _sub_domain(settings.optional("salesforce", "domain")), "", username, _private_key(place))
        way = f"the consumer secret of the app (or, to log in by JWT, set {_SET}USERNAME and {_SET}PRIVATE_KEY_FILE)"
        secret = settings.secret("salesforce", "consumer_secret", way)
        domain = settings.required("salesforce", "domain", "the org's My Domain, e.g. acme.my.salesforce.com")
        return cls(key, _sub_domain(domain), secret)

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Login:
        """From values that are not set yet; SettingError when they are not enough for either way."""
        key, domain, username = given["consumer_key"], _sub_domain(given.get("domain", "")), given.get("username", "")
        secret, place = given.get("consumer_secret", ""), given.get("private_key_file", "")
        if username and place:
            return cls(key, domain, "", username, _private_key(place))
        if not (secret and domain):
            raise SettingError(
                f"salesforce: give {_SET}CONSUMER_SECRET and {_SET}DOMAIN, or {_SET}USERNAME and {_SET}PRIVATE_KEY_FILE."
            )
        return cls(key, domain, secret)

    def open(self, session: requests.Session) -> tuple[str, str]:
        """A token, and the host that it is for. One call, not tried again here."""
        with warnings.catch_warnings():
            # simple-salesforce prints a page about approving apps; the hint below says it in a sentence
            warnings.simplefilter("ignore")
            try:
                token, host = self._open(session)
            except SalesforceAuthenticationFailed as problem:
                raise self._refused(problem) from None
            except requests.RequestException as problem:
                raise RetriableError(
                    f"salesforce: no complete answer from the login ({type(problem).__name__})."
                ) from None
            except (AttributeError, TypeError) as problem:
                # an answer that is JSON but no token
                raise UnreadableError("salesforce: the login answered without a token.") from problem
            except (ValueError, jwt.PyJWTError) as problem:
                raise SettingError(
                    f"salesforce: {_SET}PRIVATE_KEY_FILE holds no private RSA key in PEM form."
                ) from problem
        if not isinstance(token, str):
            raise UnreadableError("salesforce: the login answered without a token.")
        return token, str(host).split("/", maxsplit=1)[0]

    def _open(self, session: requests.Session) -> tuple[str, str]:
        if not self.private_key:
            return SalesforceLogin(
                session=session,
                consumer_key=self.consumer_key,
                consumer_secret=self.consumer_secret,
                domain=self.domain,
            )
        return SalesforceLogin(
            session=session,
            username=self.username,
            consumer_key=self.consumer_key,
            privatekey=self.private_key,
            domain="test" if ".sandbox." in f"{self.domain}." else "login",
            # a sub-domain in spite of its name; a full address would make a nonsense host
            instance_url=self.domain or None,
        )

    def _refused(self, problem: SalesforceAuthenticationFailed) -> ConnectorError:
        if isinstance(problem.code, int):
            text = f"salesforce: the login answered {problem.code}, but not with JSON."
            return RetriableError(text) if problem.code >= 500 else UnreadableError(text)
        says = " ".join(problem.auth_message.split())[:200]
        hint = _HINTS.get(str(problem.code)) or (_JWT_HINT if self.private_key else _SECRET_HINT)
        return CredentialError(f'salesforce: the login was refused ({problem.code}: "{says}"). {hint}')


def _private_key(place: str) -> str:
    try:
        return Path(place).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as problem:
        raise SettingError(f"salesforce: {_SET}PRIVATE_KEY_FILE ({place}) cannot be read: {problem}.") from problem


def _sub_domain(text: str) -> str:
    """`https://acme.my.salesforce.com/`, `acme.lightning.force.com`, `acme.my` and `acme` all mean the same."""
    host = text.strip().lower().removeprefix("https://").removeprefix("http://").split("/")[0]
    host = host.removesuffix(".salesforce.com").removesuffix(".lightning.force.com")
    return f"{host}.my" if host and not host.endswith(".my") else host
