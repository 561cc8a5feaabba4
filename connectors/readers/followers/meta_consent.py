"""Meta's consent in a browser: its code brings a token of an hour, which is exchanged at once for one of 60 days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from connectors.contract import SourceRun
from connectors.readers.followers.meta import MetaApp, MetaCalls
from connectors.readers.tokens.browser import Question
from connectors.readers.tokens.grant import Grant, fingerprint
from connectors.readers.tokens.store import TokenStore
from connectors.readers.web import Web


class MetaQuestion(Question):
    """As `Question`; what it brings is one token, which is its own refresh token."""

    def __init__(self, app: MetaApp, redirect: str, api_base: str, run: SourceRun) -> None:
        self._meta = app
        self._meta_web = Web(app.source, api_base, run)
        self._meta_run = run
        super().__init__(app.oauth(api_base), redirect, self._meta_web, run)

    def answered(self, address: str) -> Mapping[str, str]:
        grant = self.granted(address)
        TokenStore(self._meta_run.tokens_dir).write(self._meta.source, grant)
        return {"access_token": grant.access_token}

    def granted(self, address: str) -> Grant:
        short = super().granted(address)
        long = MetaCalls(self._meta, short.access_token, self._meta_web, self._meta_run).younger(short)
        return replace(long, consent=fingerprint(long.access_token))
