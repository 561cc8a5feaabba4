"""Decides which addresses a message may be sent to, so that a webhook cannot be turned against our own network.

The resolved addresses are judged, not the text: `127.1`, `2130706433` and `0x7f.1` all mean 127.0.0.1. All addresses of a
name must be allowed, and the caller connects to one of those that were judged, so that a second answer of the name server
changes nothing. `is_private` and `is_global` alone are not enough; what they let through is listed here.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from connectors.delivering.settings import TrackerSettings
from connectors.errors import FatalError, RetriableError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NEVER = tuple(
    ipaddress.ip_network(text)
    for text in (
        "168.63.129.16/32",  # Azure's wire server; is_global says yes
        "64:ff9b:1::/48",  # NAT64 inside a network
        "fec0::/10",  # site-local
    )
)
_EMBEDS_IPV4_LAST = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("::/96"))
_EMBEDS_IPV4_AFTER_PREFIX = ipaddress.ip_network("2002::/16")


class AddressRefusedError(FatalError):
    """The URL, or what its host stands for, is not a place to send messages to."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to send: the URL as set, and the private networks that were allowed."""

    url: httpx.URL
    allowed: tuple[Network, ...]

    @property
    def host(self) -> str:
        return self.url.raw_host.decode("ascii")

    @property
    def port(self) -> int:
        return self.url.port or (443 if self.url.scheme == "https" else 80)


def endpoint(url: str, *, allow_http: bool, allowed: Sequence[Network]) -> Endpoint:
    """The checked URL. Looks at the text and at a literal address; names are resolved by `resolve`, at each send."""
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError) as error:
        raise AddressRefusedError("is not a URL. Write it like https://hooks.example.com/okr.") from error
    if parsed.scheme not in {"https", "http"} or not parsed.raw_host:
        raise AddressRefusedError("is not a web address. Write it like https://hooks.example.com/okr.")
    if parsed.scheme == "http" and not allow_http:
        raise AddressRefusedError("uses http, which anybody on the way can read. Use https, or set allow_http to true.")
    if parsed.userinfo:
        raise AddressRefusedError("carries a user name or password. Leave them out: messages are signed instead.")
    place = Endpoint(parsed, tuple(allowed))
    for address in _literal(place):
        judge(address, place.allowed)
    return place


def address_of(given: TrackerSettings, name: str, url: str) -> Endpoint:
    """The judged address behind a setting; SettingError names it without repeating it, since such addresses are credentials."""
    try:
        allowed = networks(given.text("allow_private_networks"))
    except ValueError as error:
        raise given.fault(
            "allow_private_networks", f"{error}. Write networks like 10.20.0.0/16, separated by commas."
        ) from error
    try:
        return endpoint(url, allow_http=given.flag("allow_http"), allowed=allowed)
    except AddressRefusedError as error:
        raise given.fault(name, str(error)) from error


def resolve(place: Endpoint) -> tuple[str, ...]:
    """Every address of the host, all of them judged; RetriableError when the name server does not answer."""
    try:
        found = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a valid name"
        raise RetriableError(
            f"the name {place.host} cannot be resolved ({reason}). Check the spelling and the network."
        ) from error
    addresses = tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        judge(address, place.allowed)
    return addresses


def judge(text: str, allowed: Sequence[Network]) -> None:
    """AddressRefusedError unless the address is public or inside a network that was allowed."""
    address = _unwrapped(ipaddress.ip_address(text))
    if any(address in network for network in allowed if network.version == address.version):
        return
    refused = any(address in network for network in _NEVER if network.version == address.version)
    if refused or address.is_multicast or not address.is_global:
        raise AddressRefusedError(
            f"leads to {address}, which is not a public address. "
            f"If the receiver is inside your network, add its network to allow_private_networks, for example {_hint(address)}."
        )


def networks(text: str) -> tuple[Network, ...]:
    """The networks of a comma-separated list; ValueError when one is none."""
    return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())


def _literal(place: Endpoint) -> list[str]:
    try:
        found = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return []
    return [str(entry[4][0]) for entry in found]


def _unwrapped(address: Address) -> Address:
    """The IPv4 address inside an IPv6 one, where there is one: that is where the packets end."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _EMBEDS_IPV4_AFTER_PREFIX:
        return ipaddress.IPv4Address((int(address) >> 80) & 0xFFFFFFFF)
    if any(address in network for network in _EMBEDS_IPV4_LAST) and int(address) > 1:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _hint(address: Address) -> str:
    return f"{address}/{address.max_prefixlen}"
