"""The token for the next call: the stored one while it lasts, else a renewed one, stored before it is used.

Order matters where a refresh token is good for one use: take the lock, look whether somebody else has renewed meanwhile, note on the disk
that a renewal begins, ask, store, use. Killed between the vendor's answer and the disk, the new token is lost with the process; the next
run tries the old one, since many vendors take it again, and says what happened where they do not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from connectors.contract import SourceRun
from connectors.errors import CredentialError, RetriableError
from connectors.readers.tokens.grant import Grant, consent_notice
from connectors.readers.tokens.store import TokenStore

Answer = TypeVar("Answer")


class RejectedTokenError(CredentialError):
    """The vendor does not take this access token; a renewed one may do."""


@dataclass(frozen=True)
class Renewal:
    """How a vendor renews. `early` is how long before its end a token is renewed already.

    `renew` makes the call and answers with the new grant; a CredentialError of it means that the consent is over. `complete` is asked once
    about a consent that the settings brought: until when it lasts, where the vendor tells.
    """

    renew: Callable[[Grant], Grant]
    early: timedelta
    complete: Callable[[Grant], Grant] | None = None


class Access:
    """One source's token during one run. A `renewal` of None is a token that ends only when somebody takes it back."""

    def __init__(self, source: str, consent: Grant, renewal: Renewal | None, run: SourceRun) -> None:
        self._source = source
        self._consent = consent
        self._renewal = renewal
        self._run = run
        self._store = TokenStore(run.tokens_dir)
        self._renewed = False

    def call(self, send: Callable[[str], Answer]) -> Answer:
        """`send(token)`; when the vendor rejects the token, once more with a renewed one."""
        token = self.token()
        try:
            return send(token)
        except RejectedTokenError:
            if self._renewal is None or self._renewed or not self._stored().refresh_token:
                raise
            return send(self._renew(token).access_token)

    def token(self) -> str:
        """Good for a call now, as far as is known."""
        grant = self._stored()
        if self._renewal is not None and self._is_due(grant):
            grant = self._renew(grant.access_token)
        return grant.access_token

    def tell(self) -> None:
        """Warn when a person must consent again soon."""
        if notice := consent_notice(self._source, self._stored().person_by, self._run.now):
            self._run.warnings.append(notice)

    def _stored(self) -> Grant:
        """What has become of the consent in the settings; what came of an older consent counts no more."""
        if found := self._known():
            return found
        if self._renewal is None:
            return self._consent  # it stands in the settings, and nothing will come of it
        with self._store.locked(
            self._source, self._run.wait
        ):  # or it could be written over what another has renewed meanwhile
            return self._known() or self._begun(self._renewal)

    def _known(self) -> Grant | None:
        found = self._store.read(self._source)
        return found if found is not None and found.consent == self._consent.consent else None

    def _begun(self, renewal: Renewal) -> Grant:
        """Holding the lock."""
        grant = self._consent if renewal.complete is None else renewal.complete(self._consent)
        self._store.write(self._source, grant)
        return grant

    def _is_due(self, grant: Grant) -> bool:
        early = self._renewal.early if self._renewal else timedelta(0)
        return bool(grant.refresh_token) and not grant.lasts(self._run.now + early)

    def _renew(self, instead_of: str) -> Grant:
        if self._renewal is None:
            raise ValueError("nothing to renew with")
        with self._store.locked(self._source, self._run.wait):
            grant = self._known() or self._begun(self._renewal)
            if grant.access_token != instead_of and grant.lasts(self._run.now):
                return grant  # another process was faster
            interrupted = grant.renewing_since
            self._store.write(self._source, replace(grant, renewing_since=interrupted or self._run.now))
            try:
                found = self._renewal.renew(grant)
            except RetriableError as problem:
                return self._as_it_was(grant, instead_of, problem)
            except CredentialError as problem:
                raise self._over(problem, interrupted) from None
            self._store.write(self._source, replace(found, renewing_since=None))
        self._renewed = True
        return found

    def _as_it_was(self, grant: Grant, rejected: str, problem: RetriableError) -> Grant:
        """Renewed early, there is a next time: the token is good for a while."""
        if not grant.lasts(self._run.now) or (self._renewed and grant.access_token == rejected):
            raise problem
        self._run.warnings.append(f"the token could not be renewed yet ({problem})")
        return grant

    def _over(self, problem: CredentialError, interrupted: datetime | None) -> CredentialError:
        if interrupted is None:
            return problem
        return CredentialError(
            f"{problem} A renewal begun on {interrupted:%Y-%m-%d %H:%M} UTC was cut off before its answer could be stored."
        )
