"""What the key results over the published data must come to, worked out without the product: one plain pass over each file.

No SQL, no model, no helper of ours: the invoice lines are read with `csv` from the packed file as shipped, the others from the
drop files. Amounts are whole pence (a line of 0.001 GBP, of which there are 18, rounds to nothing).
"""

from __future__ import annotations

import csv
import lzma
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

# Stock codes that are neither goods nor postage, discount or correction. Read off the file by listing every code that does not
# begin with five digits: fees (bank, marketplace, charity), bad debt, samples, ledger adjustments, gift vouchers, test articles.
NOT_REVENUE = {"BANK CHARGES", "AMAZONFEE", "CRUK", "B", "S", "ADJUST", "ADJUST2", "GIFT"}


@dataclass
class Retail:
    """The invoice file in numbers. `findings` are lines and pence per kind of dirt, after the second copies are gone."""

    lines: int = 0
    lines_in_first_export: int = 0
    findings: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    revenue_by_day: Counter[date] = field(default_factory=Counter)
    german_revenue_by_day: Counter[date] = field(default_factory=Counter)
    revenue_by_day_with_both_copies: Counter[date] = field(default_factory=Counter)
    order_days: dict[str, date] = field(default_factory=dict)
    first_order: dict[str, date] = field(default_factory=dict)

    def revenue(self, first: date, last: date) -> float:
        """In pounds, both days included."""
        return _between(self.revenue_by_day, first, last) / 100

    def orders(self, first: date, last: date) -> int:
        return sum(first <= day <= last for day in self.order_days.values())

    def new_customers(self, first: date, last: date) -> int:
        return sum(first <= day <= last for day in self.first_order.values())


def _between(by_day: Counter[date], first: date, last: date) -> int:
    return sum(pence for day, pence in by_day.items() if first <= day <= last)


def german_revenue(retail: Retail, first: date, last: date) -> float:
    return _between(retail.german_revenue_by_day, first, last) / 100


def doubled_revenue(retail: Retail, first: date, last: date) -> float:
    """What the revenue would be for somebody who did not see that nine days stand in the file twice."""
    return _between(retail.revenue_by_day_with_both_copies, first, last) / 100


def read_retail(packed: Path) -> Retail:
    rows = list(_invoice_lines(packed))
    jump = next(number for number in range(1, len(rows)) if rows[number][4] < rows[number - 1][4])
    in_second_export = {row[0] for row in rows[jump:]}
    retail = Retail(lines=len(rows), lines_in_first_export=jump)
    seen: set[tuple[object, ...]] = set()
    for number, row in enumerate(rows):
        _count(retail.revenue_by_day_with_both_copies, row)
        if number < jump and row[0] in in_second_export:
            _note(retail, "Line in both exports", row)
            continue
        _findings(retail, row, is_repeat=row in seen)
        seen.add(row)
        _count(retail.revenue_by_day, row)
        if row[7] == "Germany":
            _count(retail.german_revenue_by_day, row)
        _order(retail, row)
    return retail


Line = tuple[
    str, str, str, int, datetime, int, str, str
]  # invoice, code, text, quantity, moment, thousandths of a pound, customer, country


def _invoice_lines(packed: Path) -> Iterator[Line]:
    moments: dict[str, datetime] = {}
    with lzma.open(packed, "rt", encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        assert next(reader) == [
            "Invoice",
            "StockCode",
            "Description",
            "Quantity",
            "InvoiceDate",
            "Price",
            "Customer ID",
            "Country",
        ]
        for invoice, code, text, quantity, moment, price, customer, country in reader:
            if moment not in moments:
                moments[moment] = datetime.strptime(moment, "%m/%d/%Y %H:%M")
            mills = round(float(price) * 1000)
            yield (
                invoice,
                code,
                text.strip(),
                int(quantity),
                moments[moment],
                mills,
                customer.removesuffix(".0"),
                country,
            )


def _pence(row: Line) -> int:
    tenths = row[3] * row[5]
    return (abs(tenths) + 5) // 10 * (1 if tenths > 0 else -1)


def _is_revenue(row: Line) -> bool:
    code = row[1]
    return not (code in NOT_REVENUE or code.startswith(("gift_", "TEST")))


def _count(by_day: Counter[date], row: Line) -> None:
    if _is_revenue(row):
        by_day[row[4].date()] += _pence(row)


def _order(retail: Retail, row: Line) -> None:
    invoice, customer, day = row[0], row[6], row[4].date()
    if invoice[0] in "CA" or not _is_revenue(row) or _pence(row) <= 0:
        return
    retail.order_days[invoice] = min(day, retail.order_days.get(invoice, day))
    if customer:
        retail.first_order[customer] = min(day, retail.first_order.get(customer, day))


def _findings(retail: Retail, row: Line, *, is_repeat: bool) -> None:
    kinds = {
        "Cancellation": row[0].startswith("C"),
        "Customer unknown": not row[6],
        "Negative price": row[5] < 0,
        "Price of zero": row[5] == 0,
        "Negative quantity, not a cancellation": row[3] < 0 and row[0][0] not in "CA",
        "Line repeated in its invoice": is_repeat,
        "Neither goods nor postage": not _is_revenue(row),
    }
    for kind, applies in kinds.items():
        if applies:
            _note(retail, kind, row)


def _note(retail: Retail, kind: str, row: Line) -> None:
    retail.findings[kind][0] += 1
    retail.findings[kind][1] += _pence(row)


def read_drop(path: Path) -> list[dict[str, str]]:
    """A small drop file as it is."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def net_score(answers: list[dict[str, str]], question: str, first: str, last: str) -> tuple[int, int, float]:
    """Promoters less detractors, answers, score; an empty answer is none."""
    scores = [int(row[question]) for row in answers if first <= row["interviewed_on"] <= last and row[question]]
    balance = sum(score >= 9 for score in scores) - sum(score <= 6 for score in scores)
    return balance, len(scores), 100 * balance / len(scores)


def customers_with_two_days(orders: list[dict[str, str]], last: str) -> int:
    """`last` as YYYYMMDD, which sorts like the day itself."""
    days: dict[str, set[str]] = defaultdict(set)
    for row in orders:
        if row["order_date"] <= last:
            days[row["customer_id"]].add(row["order_date"])
    return sum(len(distinct) >= 2 for distinct in days.values())
