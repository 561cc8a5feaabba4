"""Settings of the sources, looked up by their full name only.

dlt would also take a bare `ACCESS_TOKEN` or `FOLDER` from the environment, and prefers it to the right name in
`secrets.toml`. So no argument of a source is injected (`spec=BaseConfiguration`), and each is asked for here.
"""

from __future__ import annotations

from connectors.errors import SettingError


def environment_name(source: str, name: str) -> str:
    """How the setting is called in the environment and in every message."""
    return f"SOURCES__{source}__{name}".upper()


def optional(source: str, name: str, default: str = "") -> str:
    """The setting, or `default` when it is absent or blank."""
    import dlt

    return _text(dlt.config.get(f"sources.{source}.{name}")) or default


def required(source: str, name: str, what: str) -> str:
    """The setting; SettingError saying `what` is wanted when it is absent or blank."""
    return optional(source, name) or _refuse(source, name, what, "config.toml")


def secret(source: str, name: str, what: str) -> str:
    """The same for a secret, which may also stand in `.dlt/secrets.toml`."""
    return stored_secret(source, name) or _refuse(source, name, what, "secrets.toml")


def stored_secret(source: str, name: str) -> str:
    """The secret, or nothing; for masking it in texts."""
    import dlt

    return _text(dlt.secrets.get(f"sources.{source}.{name}"))


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()


def _refuse(source: str, name: str, what: str, file: str) -> str:
    raise SettingError(
        f"{source}: {environment_name(source, name)} is not set. Give it {what}, in the environment or as "
        f"`{name}` under [sources.{source}] in .dlt/{file}."
    )
