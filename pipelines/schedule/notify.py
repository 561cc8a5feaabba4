"""Tells systemd how we are (`sd_notify`): a line of text to the socket it named. Everywhere else it does nothing."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Mapping


def notify(state: str, environment: Mapping[str, str] = os.environ) -> None:
    """`READY=1`, `STATUS=...`, `WATCHDOG=1`, `STOPPING=1`; a deaf systemd is no reason to fail."""
    address = environment.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    # the abstract namespace is written with an @
    target = "\0" + address[1:] if address.startswith("@") else address
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
        out.sendto(state.encode(), target)
