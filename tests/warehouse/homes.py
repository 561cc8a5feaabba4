"""A home of one's own for tests: a folder with models and metrics, written from a few lines."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

SOURCES = """
shop:
  label: Shop
  warn_after_hours: 24
  error_after_hours: 48
  settle_hours: 0
  tables:
    orders: {id: varchar, amount: 'decimal(18,2)', ordered_at: timestamp with time zone}
"""
STAGING = """
models:
  - name: stg_shop__orders
    description: Orders.
    grain: one row per order
    key: [order_id]
    columns:
      - {name: order_id, description: Id.}
      - {name: amount, description: Amount., unit: EUR}
      - {name: ordered_date, description: Day., unit: date}
"""
MARTS = """
models:
  - name: fct_orders
    description: What was ordered.
    grain: one row per order
    key: [order_key]
    questions: ["How much?"]
    columns:
      - {name: order_key, description: The order.}
      - {name: amount, description: Amount., unit: EUR}
      - {name: ordered_date, description: Day., unit: date}
"""
METRICS = """
metrics:
  - name: orders
    label: Orders
    definition: Orders by day.
    unit: orders
    better: higher
    kinds: [total]
    evidence: {columns: [order_key, amount], value: count(*)}
"""
SHOP = {
    "models/staging/_sources.yml": SOURCES,
    "models/staging/_staging.yml": STAGING,
    "models/staging/stg_shop__orders.sql": (
        "select\n    id as order_id,\n    amount,\n    staging.company_date(ordered_at) as ordered_date\nfrom raw_shop.orders\n"
    ),
    "models/marts/_marts.yml": MARTS,
    "models/marts/fct_orders.sql": (
        "select\n    order_id as order_key,\n    amount,\n    ordered_date\nfrom staging.stg_shop__orders\n"
    ),
    "metrics/_metrics.yml": METRICS,
    "metrics/orders.sql": (
        "select count(*) as metric_value\nfrom marts.fct_orders\nwhere ordered_date between $window_start and $as_of\n"
    ),
}


def write_home(folder: Path, changes: Mapping[str, str | None] | None = None) -> Path:
    """The little shop with some files changed; None leaves a file out."""
    for name, text in {**SHOP, **(changes or {})}.items():
        if text is not None:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return folder
