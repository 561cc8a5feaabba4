"""Says what is to be said: the changes of a run in one message, the digest of a week, and that runs stay away or have come back."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from connectors.delivering.messages.message import Item, Message, flat, web_link
from connectors.messenger import Change, Notice, NoticeKind
from okr_mappings.display import status_symbol
from okr_mappings.interval import sample_words
from okr_mappings.news import STATUS_WORDS, News, NewsKind
from okr_mappings.phrases import from_json
from okr_mappings.snapshot import ObjectiveProgress, ProgressDocument, Snapshot
from okr_mappings.wording import ENGLISH, Wording
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


def of_changes(document: ProgressDocument, changes: Sequence[Change], words: Wording = ENGLISH) -> Message:
    """Worst first; what does not fit is counted."""
    kinds = list(NewsKind)
    ordered = sorted(changes, key=lambda each: kinds.index(each.news[0].kind))
    shown, more = ordered[:MOST_CHANGES], len(ordered) - MOST_CHANGES
    items = [_changed(change, words) for change in shown]
    if more > 0:
        items.append(Item(_more(more, words)))
    told = words.count("%(count)s key result has changed", "%(count)s key results have changed", len(ordered))
    title = f"{flat(document.company)}: {told}"
    keys = tuple(news.key for change in ordered for news in change.news)
    return Message(title, "", tuple(items), _foot(document, words, (each.snapshot for each in ordered)), keys, words)


def of_notice(documents: Sequence[ProgressDocument], notice: Notice, words: Wording = ENGLISH) -> Message:
    """The announcement about all running cycles, the one that people look at first."""
    main = documents[-1]
    company = flat(main.company)
    if notice.kind is NoticeKind.OVERDUE:
        title = f"{company}: {words.say('no fresh OKR numbers')}"
        return Message(title, flat(main.overdue), (), _foot(main, words), (notice.notice_id,), words)
    if notice.kind is NoticeKind.RESUMED:
        day = words.full_day(main.as_of)
        lead = words.say("A run has succeeded again. The numbers are those of %(day)s.", day=day)
        title = f"{company}: {words.say('OKR numbers are fresh again')}"
        return Message(title, lead, (), _foot(main, words), (notice.notice_id,), words)
    if notice.kind is NoticeKind.INTRODUCTION:
        subject = words.say("this channel now follows the key results")
    else:
        subject = words.say("key results of the week")
    items = [item for document in reversed(documents) for item in _digest(document, words)]
    return Message(f"{company}: {subject}", "", tuple(items), _foot(main, words), (notice.notice_id,), words)


def _more(number: int, words: Wording) -> str:
    return words.count("and %(count)s more, see the report", "and %(count)s more, see the report", number)


def _changed(change: Change, words: Wording) -> Item:
    snapshot = change.snapshot
    headlines = "; ".join(words.tell(each.phrase) for each in change.news)
    return Item(
        f"{_symbol(change.news[0], snapshot)} {flat(headlines)}: {flat(snapshot.title)}",
        tuple(
            line
            for line in (
                _new_figures(snapshot, words),
                flat(_reason(snapshot, words)),
                _sample(snapshot, words),
                _owner(snapshot, words),
            )
            if line
        ),
        web_link(snapshot.source_link),
        change.chart,
        words.say("Chart of %(title)s: %(figures)s", title=flat(snapshot.title), figures=_figures(snapshot, words)),
        words.say("Source"),
    )


def _symbol(news: News, snapshot: Snapshot) -> str:
    return _TARGET_SYMBOL if news.kind is NewsKind.TARGET else status_symbol(snapshot.status)


def _reason(snapshot: Snapshot, words: Wording) -> str:
    """In the channel's language where its parts are known; what an older version stored is English."""
    phrase = None if words is ENGLISH else from_json(snapshot.reason_parts)
    return snapshot.reason if phrase is None else words.tell(phrase)


def _figures(snapshot: Snapshot, words: Wording) -> str:
    """`196 of 350 leads, 56 % of the way, 57 % expected by now`; the last good value where there is none now."""
    value, as_of = snapshot.value, ""
    if value is None and snapshot.last_good_value is not None:
        value = snapshot.last_good_value
        day = snapshot.last_good_as_of
        as_of = words.say(" (last known, of %(day)s)", day=words.full_day(day)) if day else words.say(" (last known)")
    if value is None:
        return words.say("No value")
    aim = words.target(snapshot.kind, snapshot.target, snapshot.target_high, snapshot.unit)
    has_aim = snapshot.target is not None or snapshot.target_high is not None
    if snapshot.kind is Kind.RANGE or not has_aim:
        told = words.value(value, snapshot.unit) + as_of + (words.say(", allowed %(aim)s", aim=aim) if has_aim else "")
    else:
        told = words.say("%(value)s of %(target)s", value=words.amount(value, snapshot.unit), target=aim) + as_of
    if snapshot.progress is not None and snapshot.kind is not Kind.RANGE:
        told += words.say(", %(way)s of the way", way=words.share(snapshot.progress))
        if snapshot.expected is not None:
            told += words.say(", %(expected)s expected by now", expected=words.share(snapshot.expected))
    return flat(told)


def _new_figures(snapshot: Snapshot, words: Wording) -> str:
    """The figures, unless the reason says them already."""
    if snapshot.value is None:
        return _figures(snapshot, words)
    amount = re.escape(words.amount(snapshot.value, snapshot.unit))
    alone = rf"(?<![\d.,]){amount}(?!\d|[.,]\d)(?! %)"  # the 5 of `5 of 10`, not that of `57 %`
    return "" if re.search(alone, _reason(snapshot, words)) else _figures(snapshot, words)


def _sample(snapshot: Snapshot, words: Wording) -> str:
    """How far the number may be off by chance; empty where it is no sample."""
    return flat(sample_words(snapshot.n, snapshot.interval_low, snapshot.interval_high, snapshot.unit, words))


def _owner(snapshot: Snapshot, words: Wording) -> str:
    return words.say("Owner: %(name)s", name=flat(snapshot.owner)) if snapshot.owner else ""


def _digest(document: ProgressDocument, words: Wording) -> list[Item]:
    counts = Counter(each.status for each in document.key_results)
    parts = [_counted(status, counts[status], words) for status in _ORDER if counts[status]]
    others = sum(number for status, number in counts.items() if status not in _ORDER)
    if others:
        parts.append(words.count("%(count)s not judged yet", "%(count)s not judged yet", others))
    told = _listed(parts, words)
    number = words.count("%(count)s key result", "%(count)s key results", len(document.key_results))
    overall = Item(f"{flat(document.cycle_label)}: {number}", (told,) if told else ())
    objectives = [_objective(each, words) for each in document.objectives[:MOST_OBJECTIVES]]
    more = len(document.objectives) - MOST_OBJECTIVES
    if more > 0:
        objectives.append(words.count("and %(count)s more objective", "and %(count)s more objectives", more))
    items = [overall, *([Item(words.say("Objectives"), tuple(objectives))] if objectives else [])]
    return [*items, *_in_trouble(document, words)]


def _listed(parts: Sequence[str], words: Wording) -> str:
    """With the comma of the language."""
    found = parts[0] if parts else ""
    for part in parts[1:]:
        found = words.say("%(one)s, %(two)s", one=found, two=part)
    return found


def _counted(status: Status, number: int, words: Wording) -> str:
    """The report's messages: a language may bend the word after its number."""
    return words.say(f"%(count)s {STATUS_WORDS[status].message}", count=words.whole(number))


def _objective(each: ObjectiveProgress, words: Wording) -> str:
    told = words.tell(STATUS_WORDS[each.status])
    if each.counted < each.total:
        total = {"number": words.whole(each.counted), "total": words.whole(each.total)}
        told = _listed([told, words.say("%(number)s of %(total)s counted", **total)], words)
    return f"{status_symbol(each.status)} {flat(each.title, 120)}: {words.share(each.score)} ({told})"


def _in_trouble(document: ProgressDocument, words: Wording) -> list[Item]:
    ordered = sorted(
        (each for each in document.key_results if each.status in _TROUBLE), key=lambda each: _TROUBLE.index(each.status)
    )
    lines = [
        f"{status_symbol(each.status)} {words.status(each.status)}: {flat(each.title, 120)} – "
        + "; ".join(part for part in (_figures(each, words), _sample(each, words)) if part)
        for each in ordered[:MOST_IN_TROUBLE]
    ]
    more = len(ordered) - MOST_IN_TROUBLE
    if more > 0:
        lines.append(_more(more, words))
    return [Item(words.say("To look at"), tuple(lines))] if lines else []


def _foot(document: ProgressDocument, words: Wording, about: Iterable[Snapshot] = ()) -> str:
    days = sorted({each.as_of for each in about} or {document.as_of})
    if len(days) == 1:
        return words.say("As of %(day)s", day=words.full_day(days[0]))
    return words.say("As of %(first)s to %(last)s", first=words.full_day(days[0]), last=words.full_day(days[-1]))
