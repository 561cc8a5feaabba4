"""Turns published files into the drop files that `connectors.sources.files` reads, changing no value and no date.

The invoice lines are unpacked byte for byte, with all their dirt. The others are not in a form a person would drop:
* CDNOW orders are columns padded with spaces;
* page views number their days in weeks (1.0, 1.142857, ...); the documentation says that the first is 30 April 2014, the last
  29 April 2015, and the dates are counted out between the two;
* calls carry a "Z", but it is the bank's own wall clock (open 7:00 to 21:05): the letter is dropped, no hour is moved;
* survey answers keep the day of the interview, the region and the three questions answered from 0 to 10.
"""

from __future__ import annotations

import csv
import lzma
import math
import shutil
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path

from connectors.errors import ContractError
from connectors.published.pickled_tables import read_table

_FIRST_DAY, _LAST_DAY = date(2014, 4, 30), date(2015, 4, 29)
_QUESTIONS = ("imbgeco", "imueclt", "imwbcnt")


def write_invoice_lines(published: Path, drop: Path) -> None:
    """1,067,371 lines, 90 MB unpacked."""
    with lzma.open(published) as packed, drop.open("wb") as plain:
        shutil.copyfileobj(packed, plain, 1 << 20)


def write_store_orders(published: Path, drop: Path) -> None:
    """One row per order: customer, YYYYMMDD, number of CDs, US dollars."""
    rows = (line.split() for line in published.read_text("ascii").splitlines()[1:])
    _write(drop, ("customer_id", "order_date", "cds", "dollars"), (row for row in rows if row))


def write_page_views(published: Path, drop: Path) -> None:
    """One row per day."""
    table = read_table(published.read_bytes())
    weeks = [float(str(week)) for week in table["time"]]
    days = [_FIRST_DAY + timedelta(days=round((week - weeks[0]) * 7)) for week in weeks]
    if days[-1] != _LAST_DAY:
        raise ContractError(f"page views end on {days[-1]}, their documentation says {_LAST_DAY}. Not used.")
    _write(drop, ("date", "page_views"), zip(days, table["value"], strict=True))


def write_customer_calls(published: Path, drop: Path) -> None:
    """One row per five minutes in which the bank was open."""
    table = read_table(published.read_bytes())
    starts = (str(moment).removesuffix("Z").split("T") for moment in table["DateTime"])
    rows = ((*start, calls) for start, calls in zip(starts, table["Calls"], strict=True))
    _write(drop, ("called_on", "interval_start", "calls"), rows)


def write_survey_answers(published: Path, drop: Path) -> None:
    """One row per interview; an answer not given is empty, never 0."""
    table = read_table(published.read_bytes())
    answers = [[_whole(answer) for answer in table[question]] for question in _QUESTIONS]
    rows = zip(table["idno"], table["stintrvw"], table["region"], *answers, strict=True)
    _write(drop, ("respondent", "interviewed_on", "region", *_QUESTIONS), rows)


def _whole(answer: object) -> str:
    number = float(str(answer))
    return "" if math.isnan(number) else str(int(number))


def _write(drop: Path, header: Sequence[str], rows: Iterable[Iterable[object]]) -> None:
    with drop.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
