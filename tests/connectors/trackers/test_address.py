"""Where messages may go: the resolved addresses are judged, all of them, and one of those judged is connected to."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from connectors.contract import DeliveryState
from connectors.delivering.address import AddressRefusedError, endpoint, judge, networks, resolve
from connectors.errors import RetriableError
from connectors.trackers import webhook
from tests.connectors.trackers.documents import deliveries, document, snapshot
from tests.connectors.trackers.receiver import SECRET, receiving, settings


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",  # cloud metadata
        "100.100.100.200",  # Alibaba's metadata, in the shared address space
        "168.63.129.16",  # Azure's wire server, which is_global calls global
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fd00:ec2::254",
        "fec0::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2002:a9fe:a9fe::1",
    ],
)
def test_what_is_not_public_is_refused(address: str) -> None:
    with pytest.raises(AddressRefusedError, match="not a public address"):
        judge(address, [])


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822", "2002:5db8:d822::1"])
def test_what_is_public_is_allowed(address: str) -> None:
    judge(address, [])


def test_a_network_that_was_allowed_is_allowed_and_no_other() -> None:
    allowed = networks("10.20.0.0/16, fd00::/8")
    judge("10.20.1.1", allowed)
    judge("::ffff:10.20.1.1", allowed)
    judge("fd12::1", allowed)
    with pytest.raises(AddressRefusedError, match=r"10\.21\.0\.1/32"):
        judge("10.21.0.1", allowed)


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f.1", "017700000001", "[::1]", "[::ffff:7f00:1]", "0"])
def test_every_spelling_of_this_machine_is_refused_when_it_is_set(host: str) -> None:
    with pytest.raises(AddressRefusedError):
        endpoint(f"https://{host}/", allow_http=False, allowed=[])


def test_a_name_is_judged_when_it_is_resolved() -> None:
    place = endpoint("https://localhost/", allow_http=False, allowed=[])
    with pytest.raises(AddressRefusedError, match="not a public address"):
        resolve(place)


def named(*addresses: str) -> Any:
    """A name server that knows one name."""

    def getaddrinfo(host: str, port: int, *_: object, **__: object) -> list[Any]:
        families = [socket.AF_INET6 if ":" in address else socket.AF_INET for address in addresses]
        return [(family, 1, 6, "", (address, port)) for family, address in zip(families, addresses, strict=True)]

    return getaddrinfo


def test_one_private_address_among_public_ones_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    place = endpoint("https://hooks.example.com/", allow_http=False, allowed=[])
    monkeypatch.setattr(socket, "getaddrinfo", named("93.184.216.34", "10.0.0.1"))
    with pytest.raises(AddressRefusedError, match=r"10\.0\.0\.1"):
        resolve(place)


def test_a_name_that_became_private_is_refused_at_the_next_send(monkeypatch: pytest.MonkeyPatch) -> None:
    tracker = webhook.tracker({"url": "https://hooks.example.com/x", "secret": SECRET}, Path())
    monkeypatch.setattr(socket, "getaddrinfo", named("169.254.169.254"))
    (result,) = tracker.send(document(), deliveries(snapshot()), datetime.now(UTC))
    assert result.state is DeliveryState.PERMANENT
    assert "169.254.169.254" in result.message


def test_a_name_that_does_not_resolve_is_tried_later(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    tracker = webhook.tracker({"url": "https://hooks.example.com/x", "secret": SECRET}, Path())
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    (result,) = tracker.send(document(), deliveries(snapshot()), datetime.now(UTC))
    assert result.state is DeliveryState.RETRIABLE
    assert "hooks.example.com cannot be resolved (Name or service not known)" in result.message
    with pytest.raises(RetriableError):
        resolve(endpoint("https://hooks.example.com/x", allow_http=False, allowed=[]))


def test_the_judged_address_is_called_under_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving() as receiver:
        url = f"http://hooks.example.test:{receiver.port}/x"
        tracker = webhook.tracker({**settings(receiver), "url": url}, Path())
        monkeypatch.setattr(socket, "getaddrinfo", rebinding(socket.getaddrinfo, "127.0.0.1", "127.0.0.77"))
        (result,) = tracker.send(document(), deliveries(snapshot()), datetime.now(UTC))
        assert result.state is DeliveryState.SENT
        assert receiver.accepted[0].headers["host"] == f"hooks.example.test:{receiver.port}"


def rebinding(real: Any, first: str, later: str) -> Any:
    """A name server whose second answer for a name leads elsewhere; literal addresses resolve as ever."""
    asked: list[str] = []

    def getaddrinfo(host: str, port: int, *others: Any, **named: Any) -> Any:
        if not str(host).endswith(".test"):
            return real(host, port, *others, **named)
        asked.append(host)
        return real(first if len(asked) == 1 else later, port, *others, **named)

    return getaddrinfo


def test_the_next_address_is_tried_when_one_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving() as receiver:
        url = f"http://hooks.example.com:{receiver.port}/x"
        given = {**settings(receiver, allow_private_networks="127.0.0.0/8, ::1/128"), "url": url}
        tracker = webhook.tracker(given, Path())
        both = named("127.0.0.99", "127.0.0.1")
        real = socket.getaddrinfo
        monkeypatch.setattr(
            socket,
            "getaddrinfo",
            lambda host, *rest, **more: (both if "example" in str(host) else real)(host, *rest, **more),
        )
        results = tracker.send(document(), deliveries(snapshot("a"), snapshot("b")), datetime.now(UTC))
        assert [result.state for result in results] == [DeliveryState.SENT] * 2


def test_a_port_and_a_host_of_other_letters_survive() -> None:
    place = endpoint("https://bücher.example:8443/x?y=1", allow_http=False, allowed=[])
    assert (place.host, place.port) == ("xn--bcher-kva.example", 8443)
    assert place.url == httpx.URL("https://bücher.example:8443/x?y=1")
    assert networks("") == ()
    assert networks("10.0.0.0/8") == (ipaddress.ip_network("10.0.0.0/8"),)


def test_tls_is_checked_against_the_name_not_the_address(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with tls_server(tmp_path) as (port, asked_for):
        given = {
            "url": f"https://hooks.example.test:{port}/x",
            "secret": SECRET,
            "allow_private_networks": "127.0.0.1/32",
        }
        tracker = webhook.tracker(given, tmp_path)
        monkeypatch.setattr(socket, "getaddrinfo", rebinding(socket.getaddrinfo, "127.0.0.1", "127.0.0.77"))
        (result,) = tracker.send(document(), deliveries(snapshot()), datetime.now(UTC))
    assert asked_for == ["hooks.example.test"]
    assert result.state is DeliveryState.RETRIABLE
    assert "certificate verify failed" in result.message


@contextmanager
def tls_server(folder: Path) -> Iterator[tuple[int, list[str]]]:
    """A server whose certificate nobody vouches for; notes the names it is asked for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hooks.example.test")])
    today = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = folder / "server.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pem.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    asked_for: list[str] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    context.sni_callback = lambda _socket, asked, _context: asked_for.append(asked)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=shake_hands_once, args=(listening, context), daemon=True)
        thread.start()
        yield listening.getsockname()[1], asked_for
        thread.join(5)


def shake_hands_once(listening: socket.socket, context: ssl.SSLContext) -> None:
    plain, _ = listening.accept()
    with plain, suppress(OSError):
        context.wrap_socket(plain, server_side=True).close()
