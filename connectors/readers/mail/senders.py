"""Who sent a mail, and whether that is true: the address in From, and what the receiving server wrote about it."""

from __future__ import annotations

import re
from email.message import Message
from email.utils import getaddresses

_COMMENT = re.compile(r"\([^()]*\)")


def sender(message: Message) -> str:
    """The one address in From; '' where there is none, or several, of which a reader of the mail might see another than we."""
    addresses = [
        address for _, address in getaddresses([str(value) for value in message.get_all("From", [])]) if address
    ]
    return addresses[0].strip().casefold() if len(addresses) == 1 else ""


def doubt(message: Message, address: str, server: str) -> str:
    """Why a mail is not believed to come from `address`; '' when `server` says that it does.

    Only what that server wrote counts: the sender can write such headers as well, but stands below.
    """
    found = [_results(str(value)) for value in message.get_all("Authentication-Results", [])]
    results = next((said for name, said in found if name == server.casefold()), None)
    if results is None:
        return f"{server} did not say whether the sender is genuine (no Authentication-Results of that name)"
    domain = address.rpartition("@")[2]
    if any(_passed(each, "dmarc") and _names(each, "header.from", domain) for each in results):
        return ""
    if any(_passed(each, "dkim") and _names(each, "header.d", domain) for each in results):
        return ""
    return f"{server} found neither DMARC nor a DKIM signature of {domain} in order: the sender may be forged"


def _results(value: str) -> tuple[str, list[str]]:
    """`mx.example; dkim=pass header.d=a.example; spf=fail` as its server and the single results."""
    first, *rest = _COMMENT.sub(" ", " ".join(value.split())).split(";")
    words = first.split()
    return (words[0].casefold() if words else ""), [each.strip().casefold() for each in rest]


def _passed(result: str, method: str) -> bool:
    return re.match(rf"{method}\s*=\s*pass\b", result) is not None


def _names(result: str, prop: str, domain: str) -> bool:
    """The signing domain is the sender's or one above it, as DMARC's relaxed alignment has it; a bare top-level domain is none."""
    found = re.search(rf"{re.escape(prop)}\s*=\s*@?([a-z0-9.-]+)", result)
    signed = found[1] if found else ""
    return "." in signed and (domain == signed or domain.endswith(f".{signed}"))
