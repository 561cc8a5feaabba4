"""The forecast on replayed quarters: how often the 80 % interval held, and whether its chances beat the base rate and a ruler.

    .venv/bin/python benchmarks/forecast.py [--seeds 7 11 23 1 2 3 5 13 42 99] [--series FOLDER] [--published CACHE]

Every quarter of every series is looked at when 25, 50 and 75 % of it are over, with nothing but what was known by then, through the
function that the snapshot job calls. Each forecast is asked about five targets: a total about 0.9, 1, 1.1, 1.2 and 1.35 times the quarter
before, a level about 0.5 to 1.5 times the change of the quarter before, a ratio about 0.9 to 1.1 times what it was. The ruler extends the
pace so far (a ratio: stays where it is) and is sure of it; the base rate is how often these targets were hit. The rules and spreads were
made while looking at the seeds in SEEN and at the published data; the other seeds are held out. `--series` keeps what was read, so that
a second run needs a few minutes only.
"""

from __future__ import annotations

import argparse
import pickle
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
from forecast_series import PARTS, QUARTER, TRAILING, DailySeries, example, published

from connectors.errors import RetriableError
from okr_mappings.calendar import Cycle, cycle_from_shorthand
from okr_mappings.calibration import CALIBRATED
from okr_mappings.course import DAYS_BACK, Past
from okr_mappings.forecast import with_projections
from okr_mappings.mappings import KeyResult
from okr_mappings.snapshot import DayValue, Snapshot
from okr_mappings.status import PRESETS
from okr_mappings.words import Better, Kind, Status

SEEN = tuple(f"example {seed}" for seed in (7, 11, 23, 42, 99))
MOMENTS = (0.25, 0.5, 0.75)
GROWN = {
    Kind.TOTAL: (0.9, 1.0, 1.1, 1.2, 1.35),
    Kind.LEVEL: (0.5, 0.8, 1.0, 1.2, 1.5),
    Kind.RATIO: (0.9, 0.95, 1.0, 1.05, 1.1),
}
OPEN = {kind: replace(each, coverage=0.8, brier=0.0) for kind, each in CALIBRATED.items()}


@dataclass(frozen=True)
class Asked:
    """One forecast: what it starts from, what came of it, and the number that its targets grow from."""

    series: str
    world: str
    moment: float
    key_result: KeyResult
    snapshot: Snapshot
    past: Past
    cycle: Cycle
    became: float
    targets: tuple[float, ...]
    by_ruler: float


@dataclass(frozen=True)
class Scored:
    """What one forecast was worth. `chances` holds (chance, hit, the ruler's yes) per target."""

    world: str
    kind: Kind
    moment: float
    inside: bool
    chances: tuple[tuple[float, bool, bool], ...]


def main() -> None:
    """Read, replay, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="*", default=[7, 11, 23, 1, 2, 3, 5, 13, 42, 99])
    parser.add_argument("--contacts", type=int, default=4000)
    parser.add_argument("--series", type=Path)
    parser.add_argument("--published", type=Path, default=Path("data/demo-real/cache"))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="okr-forecast-") as folder:
        worlds = list(_worlds(arguments, arguments.series or Path(folder)))
    scored = [each for series in worlds for each in _replayed(series)]
    print_table(scored)
    print_speed()


def _worlds(arguments: argparse.Namespace, folder: Path) -> Iterator[list[DailySeries]]:
    for seed in arguments.seeds:
        yield _kept(
            folder / f"example-{seed}.pickle", lambda place, seed=seed: example(seed, place, arguments.contacts)
        )
    try:
        yield _kept(folder / "published.pickle", lambda place: published(arguments.published, place))
    except RetriableError as error:
        print(f"Without the published data sets: {error}")


def _kept(path: Path, read: Callable[[Path], list[DailySeries]]) -> list[DailySeries]:
    if path.exists():
        return list(pickle.loads(path.read_bytes()))
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="okr-forecast-") as folder:
        found = read(Path(folder))
    path.write_bytes(pickle.dumps(found))
    return found


def _replayed(world: Sequence[DailySeries]) -> Iterator[Scored]:
    batches: dict[tuple[date, str], list[Asked]] = defaultdict(list)
    for asked in _asked(world):
        batches[asked.past.until, asked.cycle.id].append(asked)
    for batch in batches.values():
        yield from _scored(batch)


def _asked(world: Sequence[DailySeries]) -> Iterator[Asked]:
    windows = {(each.name, each.length): each for each in world if each.kind is Kind.RATIO}
    for series in world:
        for cycle in _quarters(series):
            for moment, part in zip(MOMENTS, PARTS, strict=True):
                if series.kind is not Kind.RATIO:
                    yield from _one(series, series, series, cycle, moment)
                elif series.length in TRAILING:
                    yield from _one(series, series, windows[series.name, TRAILING[0]], cycle, moment)
                elif series.length == part:
                    whole = windows[series.name, QUARTER]
                    if cycle.days == QUARTER:
                        yield from _one(series, whole, windows[series.name, TRAILING[0]], cycle, moment)


def _quarters(series: DailySeries) -> Iterator[Cycle]:
    last = series.first + timedelta(days=len(series.values) - 1)
    for year in range(series.first.year, last.year + 1):
        for number in range(1, 5):
            cycle = cycle_from_shorthand(f"{year}-Q{number}")
            if cycle is not None and cycle.start > series.first and cycle.end <= last:
                yield cycle


def _one(
    series: DailySeries, whole: DailySeries, shortest: DailySeries, cycle: Cycle, moment: float
) -> Iterator[Asked]:
    """`shortest` is the window that says when the data begin."""
    until = cycle.start + timedelta(days=round(cycle.days * moment) - 1)
    if series.kind is Kind.RATIO and series.length in PARTS:
        until = cycle.start + timedelta(days=series.length - 1)
    day, start, end = ((each - series.first).days for each in (until, cycle.start, cycle.end))
    values = series.values
    known = tuple(
        DayValue(series.first + timedelta(days=number), values[number])
        for number in range(max(0, day - DAYS_BACK + 1), day + 1)
    )
    begun = next((number for number, value in enumerate(shortest.values) if value is not None), len(values))
    wholes = tuple(
        DayValue(each.day, whole.values[(each.day - series.first).days])
        for each in known
        if (each.day - series.first).days >= begun + whole.length - 1
    )
    if series.kind is Kind.TOTAL:
        value, became = _sum(values[start : day + 1]), _sum(values[start : end + 1])
        before = _sum(values[start - cycle.days : start]) if start >= cycle.days else None
        passed = (day - start + 1) / cycle.days
        ruler = None if value is None else value / passed
        targets = () if not before or before < 0 else tuple(before * grown for grown in GROWN[series.kind])
    elif series.kind is Kind.LEVEL:
        value, became, baseline = _last(values[: day + 1]), _last(values[: end + 1]), _last(values[:start])
        earlier = _last(values[: max(0, start - cycle.days)])
        if value is None or baseline is None:
            return
        passed = (day - start + 1) / cycle.days
        ruler = baseline + (value - baseline) / passed
        change = 0.0 if earlier is None else baseline - earlier
        targets = tuple(baseline + change * grown for grown in GROWN[series.kind]) if change > 0 else ()
    else:
        value, became, baseline = values[day], whole.values[end], whole.values[start - 1]
        ruler = value
        targets = () if not baseline or baseline < 0 else tuple(baseline * grown for grown in GROWN[series.kind])
    if value is None or became is None or ruler is None:
        return
    length = series.length if series.length in TRAILING else None
    key_result = _key_result(f"{series.name}:{series.length}", series.kind, length)
    snapshot = _snapshot(key_result, cycle, until, value)
    past = Past(until, known, () if series.kind is not Kind.RATIO else wholes)
    yield Asked(series.name, series.world, moment, key_result, snapshot, past, cycle, became, targets, ruler)


def _scored(batch: list[Asked]) -> Iterator[Scored]:
    """A forecast is made once per target: only the chance differs, the interval must not."""
    pairs, pasts = [], {}
    for place, asked in enumerate(batch):
        for number, target in enumerate(asked.targets or (0.0,)):
            name = f"{place}/{number}"
            key_result = replace(asked.key_result, id=name)
            pairs.append((key_result, replace(asked.snapshot, key_result_id=name, target=target)))
            pasts[name] = asked.past
    found = iter(with_projections(pairs, pasts, batch[0].cycle, calibrated=OPEN))
    for asked in batch:
        projected = [next(found) for _ in asked.targets or (0.0,)]
        low, high = projected[0].projected_p10, projected[0].projected_p90
        if low is None or high is None:
            continue
        slack = 1e-9 * abs(asked.became)
        chances = tuple(
            (each.probability or 0.0, asked.became >= target - slack, asked.by_ruler >= target - slack)
            for each, target in zip(projected, asked.targets, strict=False)
        )
        inside = low - slack <= asked.became <= high + slack
        yield Scored(asked.world, asked.key_result.kind, asked.moment, inside, chances)


def _sum(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _last(values: Sequence[float | None]) -> float | None:
    return next((value for value in reversed(values) if value is not None), None)


def _key_result(name: str, kind: Kind, window_days: int | None) -> KeyResult:
    rest = {"thresholds": PRESETS["default"], "path": "", "line": 0, "mapping_hash": ""}
    return KeyResult(name, "", "", name, (), kind, "", Better.HIGHER, sql="select 1", window_days=window_days, **rest)  # type: ignore[arg-type]


def _snapshot(key_result: KeyResult, cycle: Cycle, as_of: date, value: float) -> Snapshot:
    texts = dict.fromkeys(("snapshot_id", "run_id", "team_id", "objective_id", "title", "owner", "metric", "unit"), "")
    texts |= dict.fromkeys(("sql", "sql_hash", "mapping_path", "mapping_hash", "reason", "formula"), "")
    nothing = dict.fromkeys(("numerator", "denominator", "n", "baseline", "target_high", "progress", "score"))
    return Snapshot(
        **texts, **nothing, as_of=as_of, computed_at=datetime(2026, 1, 1, tzinfo=UTC), cycle_id=cycle.id,
        cycle_start=cycle.start, cycle_end=cycle.end, key_result_id=key_result.id, kind=key_result.kind,
        better=Better.HIGHER, parameters={}, mapping_line=0, value=value, target=None, expected=None,
        status=Status.ON_TRACK, provisional=False, weight=1.0, data_through=None, sources=(),
    )  # type: ignore[arg-type]  # fmt: skip


def print_table(scored: Sequence[Scored]) -> None:
    """Markdown: by where the series come from, kind and moment."""
    print("| series | kind | cycle passed | forecasts | 80 % interval held | Brier | base rate | pace |")
    print("|---|---|---|---|---|---|---|---|")
    groups: dict[tuple[str, str, str], list[Scored]] = defaultdict(list)
    for each in scored:
        example_world = "seen" if each.world in SEEN else "held out"
        kind_of_world = "published" if each.world == "published" else example_world
        for world in {kind_of_world} | ({"held out + published"} if kind_of_world != "seen" else set()):
            for moment in (f"{each.moment:.0%}", "all"):
                groups[world, each.kind.value, moment].append(each)
    for (world, kind, moment), some in sorted(groups.items()):
        print(f"| {world} | {kind} | {moment} | {len(some):,} | {_row(some)} |")


def _row(some: Sequence[Scored]) -> str:
    held = statistics.fmean(each.inside for each in some)
    chances = [each for one in some for each in one.chances]
    if not chances:
        return f"{held:.3f} | | | "
    said, hit, ruler = (np.array(column, dtype=float) for column in zip(*chances, strict=True))
    brier, pace = np.mean((said - hit) ** 2), np.mean((ruler - hit) ** 2)
    return f"{held:.3f} | {brier:.3f} | {hit.mean() * (1 - hit.mean()):.3f} | {pace:.3f}"


def print_speed(count: int = 1250, rounds: int = 5) -> None:
    """The whole of `with_projections` for as many key results, a third of each course."""
    cycle = cycle_from_shorthand("2026-Q4")
    assert cycle is not None
    until = date(2026, 11, 21)
    numbers = np.random.default_rng(1).poisson(5.0, (count, DAYS_BACK)).astype(float)
    pairs, pasts = [], {}
    for place, row in enumerate(numbers):
        kind = (Kind.TOTAL, Kind.LEVEL, Kind.RATIO)[place % 3]
        days = tuple(
            DayValue(until - timedelta(days=DAYS_BACK - 1 - number), value) for number, value in enumerate(row)
        )
        key_result = _key_result(str(place), kind, 30)
        value = sum(row[-cycle.day_number(until) :]) if kind is Kind.TOTAL else row[-1]
        pairs.append((key_result, replace(_snapshot(key_result, cycle, until, value), target=400.0)))
        pasts[key_result.id] = Past(until, days, days)
    seconds = []
    for _ in range(rounds):
        began = time.perf_counter()
        with_projections(pairs, pasts, cycle)
        seconds.append(time.perf_counter() - began)
    print(
        f"\n{count:,} key results with {DAYS_BACK} days each: {statistics.median(seconds):.2f} s (median of {rounds})"
    )


if __name__ == "__main__":
    main()
