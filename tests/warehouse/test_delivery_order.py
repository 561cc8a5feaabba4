"""Whatever fails and whenever it is tried again: the other side sees each key result only move forward, and ends at the present state."""

from __future__ import annotations

import random
from datetime import timedelta

import duckdb
import pytest

from tests.warehouse.snapshots import NOW, snapshot
from warehouse.delivery_store import DeliveryOutcome, due, record_outcomes
from warehouse.okr_schema import create_schema
from warehouse.snapshot_store import append_snapshots

STATES = ["sent", "retriable", "retriable", "permanent"]


@pytest.mark.parametrize("seed", range(6))
def test_a_key_result_never_moves_backwards(seed: int) -> None:
    chance = random.Random(seed)
    seen: dict[str, list[tuple[object, float | None]]] = {"a": [], "b": []}
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        create_schema(con)
        now, number = NOW, 0
        for step in range(60):
            now += timedelta(minutes=chance.choice([1, 7, 90, 900]))
            if chance.random() < 0.5:
                number += 1
                day = snapshot().as_of + timedelta(days=step // 8 - chance.choice([0, 0, 0, 2]))
                key = chance.choice("ab")
                append_snapshots(
                    con, [snapshot(key, snapshot_id=f"s{number}", as_of=day, value=float(number))], ["hook"], now
                )
            for waiting in due(con, "hook", now):
                state = chance.choice(STATES)
                if state == "sent" or chance.random() < 0.3:  # it may arrive and not be acknowledged
                    seen[waiting.snapshot.key_result_id].append((waiting.snapshot.as_of, waiting.snapshot.value))
                record_outcomes(con, [DeliveryOutcome(waiting.delivery_id, state)], now)
        for key, arrived in seen.items():
            assert arrived == sorted(arrived), key  # by day; of one day the later computed has the greater value
            assert len(arrived) > 2
