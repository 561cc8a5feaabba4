"""The sandbox as a process of its own, and the addresses by which it is steered from outside."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from connectors.sandbox.server import HUBSPOT_TOKEN, Sandbox

CONTACTS = "/crm/v3/objects/contacts"


def test_clock(small: Sandbox, http: httpx.Client) -> None:
    assert http.get("/_sandbox/clock").json() == {"now": "2026-11-22T05:00:00+00:00"}
    http.post("/_sandbox/clock", json={"now": "2026-11-23T08:00:00+01:00", "advance": {"minutes": 5}})
    assert small.clock.now().isoformat() == "2026-11-23T07:05:00+00:00"


def test_faults_and_calls(http: httpx.Client) -> None:
    http.post("/_sandbox/faults", json={"path_prefix": CONTACTS, "kind": "5xx", "times": 1})
    assert [f["kind"] for f in http.get("/_sandbox/faults").json()] == ["5xx"]
    assert [http.get(CONTACTS).status_code for _ in range(2)] == [502, 200]
    calls = http.get("/_sandbox/calls", params={"path": CONTACTS}).json()
    assert (calls["total"], [call["status"] for call in calls["calls"]]) == (2, [502, 200])
    http.delete("/_sandbox/calls")
    http.post("/_sandbox/faults", json={"path_prefix": "/", "kind": "reset", "times": None})
    http.delete("/_sandbox/faults")
    assert http.get(CONTACTS).status_code == 200


def test_truth(http: httpx.Client) -> None:
    assert "won_revenue" in http.get("/_sandbox/truth").json()
    window = {"from": "2026-10-01", "to": "2026-12-31"}
    counted = http.get("/_sandbox/truth", params={"metric": "marketing_qualified_leads", **window}).json()
    assert counted["value"] == 4


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/_sandbox/faults", {"path_prefix": "/", "kind": "earthquake"}, 400),
        ("POST", "/_sandbox/clock", {"now": "yesterday"}, 400),
        ("GET", "/_sandbox/truth?metric=luck", None, 400),
        ("GET", "/_sandbox/nothing", None, 404),
        ("GET", "/elsewhere", None, 404),
    ],
)
def test_wrong_requests(http: httpx.Client, method: str, path: str, body: object, status: int) -> None:
    assert http.request(method, path, json=body).status_code == status


def test_stopping_leaves_no_threads_and_frees_the_port() -> None:
    before = threading.active_count()
    sandbox = Sandbox(contacts=10).start()
    port = int(sandbox.url.rpartition(":")[2])
    with httpx.Client(base_url=sandbox.url, trust_env=False) as client:
        assert client.get("/_sandbox/health").json() == {"status": "ok"}
        sandbox.stop()
        with pytest.raises(httpx.HTTPError):
            client.get("/_sandbox/health")
    for thread in threading.enumerate():
        if "process_request_thread" in thread.name:
            thread.join(5)
    assert threading.active_count() == before
    Sandbox(contacts=10, port=port).start().stop()


@pytest.fixture
def process(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    command = [
        sys.executable,
        "-m",
        "connectors.sandbox",
        "--port",
        "0",
        "--contacts",
        "50",
        "--files",
        str(tmp_path / "inbox"),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        yield running
        running.kill()


@pytest.mark.parametrize("kind", [signal.SIGTERM, signal.SIGINT])
def test_a_process_serves_until_told_to_stop(
    process: subprocess.Popen[str], tmp_path: Path, kind: signal.Signals
) -> None:
    assert process.stdout is not None
    url = process.stdout.readline().strip()
    answer = httpx.get(url + CONTACTS, headers={"Authorization": f"Bearer {HUBSPOT_TOKEN}"}, trust_env=False)
    assert len(answer.json()["results"]) == 10
    assert (tmp_path / "inbox" / "files.yml").exists()
    assert (tmp_path / "service_account.json").stat().st_mode & 0o077 == 0
    process.send_signal(kind)
    assert process.wait(10) == 0
