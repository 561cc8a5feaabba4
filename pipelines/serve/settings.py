"""`[serve]` in okr.toml: where the dashboard and the API listen, and who may see what.

A token is kept as its SHA-256 only; `okr token` makes one and shows it once. It has 256 random bits, so that nobody finds it from its
hash, and a slow hash would only slow down every request.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class TokenSettings(BaseModel):
    """One reader: `[serve.tokens.<name>]`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="what `okr token` printed")
    teams: tuple[str, ...] | None = Field(
        default=None, min_length=1, description="the ids of the only teams it sees; left out, it sees all"
    )


class ServeSettings(BaseModel):
    """How `okr serve` serves."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = Field(
        default="127.0.0.1", description="the address to listen on; any but this machine's own needs a token"
    )
    port: int = Field(default=8420, ge=0, le=65535, description="0 picks a free one")
    allowed_hosts: tuple[str, ...] = Field(
        default=(), description="the names in the address bar, when it is reached through a proxy; needs a token"
    )
    evidence: bool = Field(
        default=False, description="show the rows behind a number; they may hold names of customers and people"
    )
    session_hours: float = Field(default=12.0, gt=0, description="how long a browser stays signed in")
    tokens: dict[str, TokenSettings] = Field(default_factory=dict, description="who may read, each under a name")
