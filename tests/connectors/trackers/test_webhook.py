"""The signed webhook, against a receiver that checks signatures with the public library and can misbehave."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

from connectors.contract import Delivery, DeliveryResult, DeliveryState
from connectors.delivering.answers import seconds_to_wait
from connectors.errors import SettingError
from connectors.trackers import webhook
from tests.connectors.trackers import receiver as r
from tests.connectors.trackers.documents import brightwater, deliveries, document, snapshot

OTHER_SECRET = "whsec_" + "C2FtZUJ5dGVzQnV0TW9yZVRoYW4yNEJ5dGVz"
SHANGHAI = timezone(timedelta(hours=8))
SENT, RETRIABLE, PERMANENT = DeliveryState.SENT, DeliveryState.RETRIABLE, DeliveryState.PERMANENT


def now() -> datetime:
    """This moment: receivers refuse messages that are minutes old, and a whole test run takes minutes."""
    return datetime.now(UTC)


@pytest.fixture
def receiver() -> Iterator[r.Receiver]:
    with r.receiving() as receiver:
        yield receiver


def send(receiver: r.Receiver, wanted: list[Delivery], **settings: str) -> list[DeliveryResult]:
    tracker = webhook.tracker(r.settings(receiver, **settings), Path())
    shown = document(*(delivery.snapshot for delivery in wanted))
    return tracker.send(shown, wanted, now())


def three() -> list[Delivery]:
    return deliveries(snapshot("a"), snapshot("b"), snapshot("c"))


def states(results: list[DeliveryResult]) -> list[DeliveryState]:
    return [result.state for result in results]


def test_a_message_is_a_standard_webhook(receiver: r.Receiver) -> None:
    assert states(send(receiver, [Delivery("dlv_1", snapshot())])) == [SENT]
    (message,) = receiver.accepted
    assert message.message_id == "dlv_1"
    assert 0 <= int(now().timestamp()) - int(message.headers["webhook-timestamp"]) <= 5
    assert message.headers["content-type"] == "application/json"
    assert message.event["type"] == "key_result.progress"
    assert message.event["timestamp"] == "2026-11-22T05:00:07+00:00"
    assert message.event["data"]["cycle"] == {
        "id": "2026-Q4",
        "label": "2026 Q4",
        "start": "2026-10-01",
        "end": "2026-12-31",
    }


def test_a_clock_of_another_zone_signs_the_same_moment(receiver: r.Receiver) -> None:
    moment = now()
    tracker = webhook.tracker(r.settings(receiver), Path())
    assert states(tracker.send(document(snapshot()), deliveries(snapshot()), moment.astimezone(SHANGHAI))) == [SENT]
    assert 0 <= int(receiver.accepted[0].headers["webhook-timestamp"]) - int(moment.timestamp()) <= 5


def test_another_attempt_has_the_same_id_and_body_and_a_new_time(receiver: r.Receiver) -> None:
    tracker = webhook.tracker(r.settings(receiver), Path())
    wanted, moment = deliveries(snapshot()), now()
    receiver.behaviours.append(r.status(500))
    tracker.send(document(snapshot()), wanted, moment)
    tracker.send(document(snapshot()), wanted, moment + timedelta(seconds=90))
    tracker.send(document(snapshot()), [replace(wanted[0], attempt=3)], moment + timedelta(seconds=180))
    first, second = receiver.accepted
    assert (first.message_id, first.body) == (second.message_id, second.body)
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) in {89, 90, 91}
    assert len(receiver.by_id) == 1


def test_two_signatures_while_the_secret_changes(receiver: r.Receiver) -> None:
    assert states(send(receiver, deliveries(snapshot()), secret=OTHER_SECRET, previous_secret=r.SECRET)) == [SENT]
    (message,) = receiver.accepted
    assert len(message.headers["webhook-signature"].split(" ")) == 2
    Webhook(OTHER_SECRET).verify(message.body, dict(message.headers))


def test_a_wrong_secret_is_not_accepted_and_said_plainly(receiver: r.Receiver) -> None:
    (result,) = send(receiver, deliveries(snapshot()), secret=OTHER_SECRET)
    assert result.state is PERMANENT
    assert result.message == (
        "webhook: 401 from 127.0.0.1. The signature is not accepted. Check that both sides have the same secret."
    )


def test_bodies_satisfy_the_schema_and_carry_every_field(receiver: r.Receiver) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads(Path(webhook.__file__).with_name("webhook.schema.json").read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(closed(schema), format_checker=jsonschema.FormatChecker())
    shown = brightwater()
    webhook.tracker(r.settings(receiver), Path()).send(shown, deliveries(*shown.key_results), now())
    for message in receiver.accepted:
        validator.validate(message.event)
        assert set(schema["properties"]["data"]["properties"]["snapshot"]["properties"]) == set(
            message.event["data"]["snapshot"]
        )
    assert b"select count" not in b"".join(message.body for message in receiver.accepted)


def closed(schema: Any) -> Any:
    """The schema with no room for fields it does not describe: receivers may ignore them, we may not forget them."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {name: closed(value) for name, value in schema.items()}
    return {"additionalProperties": False, **inner} if "required" in schema else inner


def test_a_long_message_is_cut_below_20_kb_and_says_what_went(receiver: r.Receiver) -> None:
    long = snapshot(
        sub_periods=snapshot_with_weeks(200), notes="é" * 5_000, parameters={str(n): "x" * 90 for n in range(90)}
    )
    assert states(send(receiver, deliveries(long))) == [SENT]
    (message,) = receiver.accepted
    assert len(message.body) < 20_000
    assert message.event["data"]["left_out"] == ["sub_periods"]
    assert message.event["data"]["snapshot"]["notes"] == "é" * 999 + "…"


def snapshot_with_weeks(number: int) -> tuple[Any, ...]:
    (week, *_) = next(item.sub_periods for item in brightwater().key_results if item.sub_periods)
    return (week,) * number


def test_what_is_no_number_is_never_sent(receiver: r.Receiver) -> None:
    results = send(receiver, deliveries(snapshot("a", value=float("nan")), snapshot("b")))
    assert states(results) == [PERMANENT, SENT]
    assert "nan" in results[0].message
    assert receiver.calls == 1


@pytest.mark.parametrize(
    ("behaviour", "state", "words"),
    [
        (r.status(301, {"location": "http://127.0.0.1:1/"}), PERMANENT, "Redirects are not followed"),
        (r.status(308, {"location": "http://127.0.0.1:1/"}), PERMANENT, "Redirects are not followed"),
        (r.status(400, {}, b'{"error": "no such team"}'), PERMANENT, "no such team"),
        (r.status(408), RETRIABLE, "408"),
        (r.status(410), PERMANENT, "asked for no more messages"),
        (r.status(413), PERMANENT, "20 KB"),
        (r.status(425), RETRIABLE, "425"),
        (r.status(429), RETRIABLE, "slow down"),
        (r.status(500), RETRIABLE, "in trouble"),
        (r.status(503), RETRIABLE, "in trouble"),
        (r.reset, RETRIABLE, "no connection"),
    ],
)
def test_each_answer_has_its_meaning(
    receiver: r.Receiver, behaviour: r.Behaviour, state: DeliveryState, words: str
) -> None:
    receiver.behaviours.append(behaviour)
    (result,) = send(receiver, deliveries(snapshot()))
    assert result.state is state
    assert words in result.message
    assert receiver.calls == 1


def test_retry_after_in_seconds(receiver: r.Receiver) -> None:
    receiver.always = r.status(429, {"retry-after": "120"})
    assert [result.retry_after for result in send(receiver, three())] == [120.0] * 3
    assert receiver.calls == 1


def test_retry_after_as_a_date(receiver: r.Receiver) -> None:
    receiver.always = r.status(503, {"retry-after": format_datetime(now() + timedelta(hours=1), usegmt=True)})
    (result,) = send(receiver, deliveries(snapshot()))
    assert result.retry_after == pytest.approx(3600, abs=20)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("0", 0.0),
        ("999999999999999", 86_400.0),  # at most a day
        ("Sat, 21 Nov 2026 12:01:40 GMT", 100.0),  # 12:00:00 and 100 seconds
        ("Sat, 21 Nov 2026 11:00:00 GMT", 0.0),  # gone by
        ("Sat, 21 Nov 2026 12:00:10 -0000", 10.0),
        ("Sat, 21 Nov 2026 99:99:99 GMT", None),
    ],
)
def test_waits_are_read_in_both_forms(header: str | None, seconds: float | None) -> None:
    assert seconds_to_wait(header, datetime(2026, 11, 21, 12, 0, tzinfo=UTC)) == seconds


@pytest.mark.parametrize("behaviour", [r.reset, r.status(429), r.status(503), r.silent(1.5)])
def test_after_a_failure_of_the_endpoint_the_rest_is_not_tried(receiver: r.Receiver, behaviour: r.Behaviour) -> None:
    receiver.always = behaviour
    tracker = replace(webhook.tracker(r.settings(receiver), Path()), timeout=0.4)  # type: ignore[type-var]
    started = time.monotonic()
    results = tracker.send(document(), three(), now())
    assert states(results) == [RETRIABLE] * 3
    assert "not tried" in results[1].message
    assert receiver.calls == 1
    assert time.monotonic() - started < 1.2


@pytest.mark.parametrize("code", [301, 404, 410])
def test_a_wrong_address_is_called_once(receiver: r.Receiver, code: int) -> None:
    receiver.always = r.status(code)
    assert states(send(receiver, three())) == [PERMANENT] * 3
    assert receiver.calls == 1


def test_one_message_refused_or_in_trouble_stops_no_other(receiver: r.Receiver) -> None:
    receiver.behaviours.extend([r.status(422), r.status(500)])
    assert states(send(receiver, three())) == [PERMANENT, RETRIABLE, SENT]


def test_an_answer_that_drips_ends_at_the_deadline(receiver: r.Receiver) -> None:
    receiver.always = r.dripping_headers(0.1, 40)
    tracker = replace(webhook.tracker(r.settings(receiver), Path()), timeout=0.5)  # type: ignore[type-var]
    started = time.monotonic()
    (result,) = tracker.send(document(), deliveries(snapshot()), now())
    assert result.state is RETRIABLE
    assert "0.5 seconds" in result.message
    assert time.monotonic() - started < 3.5  # the whole answer takes four


def test_a_slow_receiver_does_not_hold_the_run_for_ever(receiver: r.Receiver) -> None:
    receiver.always = r.late(0.3)
    tracker = replace(webhook.tracker(r.settings(receiver), Path()), patience=0.2)  # type: ignore[type-var]
    results = tracker.send(document(), three(), now())
    assert states(results) == [SENT, RETRIABLE, RETRIABLE]
    assert "2 messages had to wait for the next run" in results[1].message


def test_an_endless_answer_is_not_read(receiver: r.Receiver) -> None:
    receiver.behaviours.append(r.endless_body)
    started = time.monotonic()
    assert states(send(receiver, three())) == [SENT] * 3
    assert time.monotonic() - started < 10


def test_messages_share_a_connection(receiver: r.Receiver) -> None:
    send(receiver, three())
    assert (receiver.calls, receiver.connections) == (3, 1)


def test_no_connection_names_host_and_port(receiver: r.Receiver) -> None:
    with r.receiving() as gone:
        pass
    (result, *_) = send(gone, three())
    assert result.state is RETRIABLE
    assert f"no connection to 127.0.0.1:{gone.port}" in result.message


def test_proxies_of_the_environment_are_not_used(receiver: r.Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert states(send(receiver, deliveries(snapshot()))) == [SENT]


def test_an_id_that_cannot_be_signed_is_refused(receiver: r.Receiver) -> None:
    results = send(
        receiver, [Delivery("with.dot", snapshot()), Delivery("", snapshot()), Delivery("new\nline", snapshot())]
    )
    assert states(results) == [PERMANENT] * 3
    assert receiver.calls == 0


def test_what_the_receiver_repeats_is_not_passed_on(receiver: r.Receiver) -> None:
    receiver.behaviours.append(
        r.status(
            400,
            {},
            f"{r.SECRET} {r.SECRET.removeprefix('whsec_')} {r.PATH}\x1b[31m {receiver.url} ".encode() + b"x" * 500,
        )
    )
    (result,) = send(receiver, deliveries(snapshot()))
    assert "'*** *** *** [31m http://127.0.0.1" not in result.message
    assert r.SECRET.removeprefix("whsec_") not in result.message
    assert r.PATH not in result.message
    assert len(result.message) < 300


@pytest.mark.parametrize(
    ("changes", "setting", "words"),
    [
        ({"url": ""}, "URL", "is not set"),
        ({"url": "not a url"}, "URL", "not a web address"),
        ({"url": "ftp://example.com/x"}, "URL", "not a web address"),
        ({"url": "http://example.com/x", "allow_http": "false"}, "URL", "uses http"),
        ({"url": "https://anna:pw@example.com/x"}, "URL", "user name"),
        ({"url": "https://169.254.169.254/latest", "allow_private_networks": ""}, "URL", "169.254.169.254"),
        ({"url": "https://2130706433/", "allow_private_networks": ""}, "URL", "127.0.0.1"),
        ({"secret": ""}, "SECRET", "is not set"),
        ({"secret": "hunter2hunter2hunter2hunter2hunter2"}, "SECRET", "not a signing secret"),
        ({"secret": "whsec_c2hvcnQ="}, "SECRET", "not a signing secret"),
        ({"previous_secret": "whsec_c2hvcnQ="}, "PREVIOUS_SECRET", "not a signing secret"),
        ({"allow_private_networks": "10.0.0.1/8"}, "ALLOW_PRIVATE_NETWORKS", "has host bits set"),
        ({"allow_http": "perhaps"}, "ALLOW_HTTP", "true or false"),
        ({"secrt": "x"}, "SECRT", "no such setting"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(changes: dict[str, str], setting: str, words: str) -> None:
    given = {"url": "https://example.com/x", "secret": r.SECRET, **changes}
    with pytest.raises(SettingError) as caught:
        webhook.tracker(given, Path())
    assert f"OKR_TRACKERS__WEBHOOK__{setting}:" in str(caught.value)
    assert words in str(caught.value)
    assert not any(value in str(caught.value) for value in (r.SECRET, "hunter2", "c2hvcnQ=", "anna:pw"))


def test_the_receiver_in_the_readme_works(tmp_path: Path) -> None:
    readme = Path(webhook.__file__).with_name("README.md").read_text(encoding="utf-8")
    program = tmp_path / "receiver.py"
    program.write_text(readme.split("```python\n")[1].split("```")[0], encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {**os.environ, "PORT": str(port), "WEBHOOK_SECRET": r.SECRET}
    with subprocess.Popen(
        [sys.executable, program], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            results = send_when_up(r.Receiver(port=port))
            again = send(r.Receiver(port=port), deliveries(snapshot("b", title="Other")))
        finally:
            process.terminate()
        said = process.stdout.read() if process.stdout else ""
    assert states(results) == [SENT, SENT]
    assert states(again) == [SENT]
    numbers = "196.0 of 350.0 leads, on_track"
    assert said.splitlines() == [f"350 marketing-qualified leads: {numbers}", f"Other: {numbers}"]


def send_when_up(receiver: r.Receiver) -> list[DeliveryResult]:
    twice = deliveries(snapshot()) * 2
    for _ in range(100):
        results = send(receiver, twice)
        if results[0].state is SENT:
            return results
        time.sleep(0.1)
    return results
