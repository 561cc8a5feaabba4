"""What several homes together declare of one source."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.warehouse.homes import write_home
from warehouse.raw_tables import load_sources

ADDED = """
shop:
  label: Our shop
  warn_after_hours: 1
  error_after_hours: 2
  settle_hours: 3
  ages:
    returns: {warn_after_hours: 840, error_after_hours: 1440}
    orders: {warn_after_hours: 840, error_after_hours: 1440}
  tables:
    returns: {id: varchar}
    orders: {note: varchar}
"""


def test_a_later_home_says_how_old_its_own_tables_may_be(tmp_path: Path) -> None:
    """`returns` comes once a month: 35 and 60 days. `orders` was there before, so its age stays its source's."""
    homes = (write_home(tmp_path / "a"), write_home(tmp_path / "b", {"models/staging/_sources.yml": ADDED}))
    shop = load_sources(homes)["shop"]
    assert shop.ages == {"returns": (timedelta(days=35), timedelta(days=60))}
    assert set(shop.tables) == {"orders", "returns"}
    assert (shop.label, shop.warn_after, shop.settle) == ("Shop", timedelta(hours=24), timedelta(0))
