"""Says what is to be said: the changes of a run in one message, the digest of a week, and that runs stay away or have come back."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from connectors.delivering.messages.message import Item, Message, flat, web_link
from connectors.messenger import Change, Notice, NoticeKind
from okr_mappings.display import (
    format_amount,
    format_day,
    format_share,
    format_target,
    format_value,
    status_label,
    status_symbol,
)
from okr_mappings.news import News, NewsKind
from okr_mappings.snapshot import ObjectiveProgress, ProgressDocument, Snapshot
from okr_mappings.words import Kind, Status

MOST_CHANGES = 15
MOST_OBJECTIVES = 12
MOST_IN_TROUBLE = 10
_TROUBLE = (Status.MISSED, Status.OFF_TRACK, Status.AT_RISK, Status.STALE, Status.NO_DATA)
_ORDER = (
    Status.ACHIEVED,
    Status.ON_TRACK,
    Status.AT_RISK,
    Status.OFF_TRACK,
    Status.MISSED,
    Status.STALE,
    Status.NO_DATA,
)
_TARGET_SYMBOL = "⌖"


def of_changes(document: ProgressDocument, changes: Sequence[Change]) -> Message:
    """Worst first; what does not fit is counted."""
    kinds = list(NewsKind)
    ordered = sorted(changes, key=lambda each: kinds.index(each.news[0].kind))
    shown, more = ordered[:MOST_CHANGES], len(ordered) - MOST_CHANGES
    items = [_changed(change) for change in shown]
    if more > 0:
        items.append(Item(f"and {more} more, see the report"))
    count = len(ordered)
    title = f"{flat(document.company)}: {count} key result{' has' if count == 1 else 's have'} changed"
    keys = tuple(news.key for change in ordered for news in change.news)
    return Message(title, "", tuple(items), _foot(document, (each.snapshot for each in ordered)), keys)


def of_notice(documents: Sequence[ProgressDocument], notice: Notice) -> Message:
    """The announcement about all running cycles, the one that people look at first."""
    main = documents[-1]
    company = flat(main.company)
    if notice.kind is NoticeKind.OVERDUE:
        return Message(f"{company}: no fresh OKR numbers", flat(main.overdue), (), _foot(main), (notice.notice_id,))
    if notice.kind is NoticeKind.RESUMED:
        lead = f"A run has succeeded again. The numbers are those of {format_day(main.as_of)}."
        return Message(f"{company}: OKR numbers are fresh again", lead, (), _foot(main), (notice.notice_id,))
    first = notice.kind is NoticeKind.INTRODUCTION
    title = f"{company}: {'this channel now follows the key results' if first else 'key results of the week'}"
    items = [item for document in reversed(documents) for item in _digest(document)]
    return Message(title, "", tuple(items), _foot(main), (notice.notice_id,))


def _changed(change: Change) -> Item:
    snapshot = change.snapshot
    headlines = "; ".join(each.headline for each in change.news)
    return Item(
        f"{_symbol(change.news[0], snapshot)} {flat(headlines)}: {flat(snapshot.title)}",
        tuple(line for line in (_new_figures(snapshot), flat(snapshot.reason), _owner(snapshot)) if line),
        web_link(snapshot.source_link),
        change.chart,
        f"Chart of {flat(snapshot.title)}: {_figures(snapshot)}",
    )


def _symbol(news: News, snapshot: Snapshot) -> str:
    return _TARGET_SYMBOL if news.kind is NewsKind.TARGET else status_symbol(snapshot.status)


def _figures(snapshot: Snapshot) -> str:
    """`196 of 350 leads, 56 % of the way, 57 % expected by now`; the last good value where there is none now."""
    value, as_of = snapshot.value, ""
    if value is None and snapshot.last_good_value is not None:
        value = snapshot.last_good_value
        as_of = (
            f" (last known, of {format_day(snapshot.last_good_as_of)})" if snapshot.last_good_as_of else " (last known)"
        )
    if value is None:
        return "No value"
    aim = format_target(snapshot.kind, snapshot.target, snapshot.target_high, snapshot.unit)
    has_aim = snapshot.target is not None or snapshot.target_high is not None
    if snapshot.kind is Kind.RANGE or not has_aim:
        told = format_value(value, snapshot.unit) + as_of + (f", allowed {aim}" if has_aim else "")
    else:
        told = f"{format_amount(value, snapshot.unit)} of {aim}{as_of}"
    if snapshot.progress is not None and snapshot.kind is not Kind.RANGE:
        told += f", {format_share(snapshot.progress)} of the way"
        told += f", {format_share(snapshot.expected)} expected by now" if snapshot.expected is not None else ""
    return flat(told)


def _new_figures(snapshot: Snapshot) -> str:
    """The figures, unless the reason says them already."""
    if snapshot.value is None:
        return _figures(snapshot)
    amount = re.escape(format_amount(snapshot.value, snapshot.unit))
    alone = rf"(?<![\d.,]){amount}(?!\d|[.,]\d)(?! %)"  # the 5 of `5 of 10`, not that of `57 %`
    return "" if re.search(alone, snapshot.reason) else _figures(snapshot)


def _owner(snapshot: Snapshot) -> str:
    return f"Owner: {flat(snapshot.owner)}" if snapshot.owner else ""


def _digest(document: ProgressDocument) -> list[Item]:
    counts = Counter(each.status for each in document.key_results)
    words = ", ".join(f"{counts[status]} {status_label(status).lower()}" for status in _ORDER if counts[status])
    others = sum(number for status, number in counts.items() if status not in _ORDER)
    told = ", ".join(part for part in (words, f"{others} not judged yet" if others else "") if part)
    number = len(document.key_results)
    overall = Item(
        f"{flat(document.cycle_label)}: {number} key result{'' if number == 1 else 's'}", (told,) if told else ()
    )
    objectives = [_objective(each) for each in document.objectives[:MOST_OBJECTIVES]]
    more = len(document.objectives) - MOST_OBJECTIVES
    lines = (*objectives, *([f"and {more} more objectives"] if more > 0 else []))
    items = [overall, *([Item("Objectives", lines)] if lines else [])]
    return [*items, *_in_trouble(document)]


def _objective(each: ObjectiveProgress) -> str:
    counted = f", {each.counted} of {each.total} counted" if each.counted < each.total else ""
    told = f"{status_label(each.status).lower()}{counted}"
    return f"{status_symbol(each.status)} {flat(each.title, 120)}: {format_share(each.score)} ({told})"


def _in_trouble(document: ProgressDocument) -> list[Item]:
    ordered = sorted(
        (each for each in document.key_results if each.status in _TROUBLE), key=lambda each: _TROUBLE.index(each.status)
    )
    lines = [
        f"{status_symbol(each.status)} {status_label(each.status)}: {flat(each.title, 120)} – {_figures(each)}"
        for each in ordered[:MOST_IN_TROUBLE]
    ]
    more = len(ordered) - MOST_IN_TROUBLE
    if more > 0:
        lines.append(f"and {more} more, see the report")
    return [Item("To look at", tuple(lines))] if lines else []


def _foot(document: ProgressDocument, about: Iterable[Snapshot] = ()) -> str:
    days = sorted({each.as_of for each in about} or {document.as_of})
    told = format_day(days[0]) if len(days) == 1 else f"{format_day(days[0])} to {format_day(days[-1])}"
    return f"As of {told}"
