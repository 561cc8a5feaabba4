"""What `okr status` and the end of a run show: the report in a screenful, coloured for a person, plain for a pipe.

Rows are laid out here, as pieces of text with a style name; colour is added last and only for a terminal. So both forms
agree, and a pipe never pays for importing rich. At 80 columns the least needed columns go first; titles wrap, nothing is cut off.
"""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import dataclass, replace
from typing import TextIO

from okr_mappings.display import format_share, status_label, status_symbol
from okr_mappings.document import document_to_dict
from okr_mappings.interval import sample_words
from okr_mappings.snapshot import ProgressDocument, Snapshot
from okr_mappings.trust import CHECK_INS
from okr_mappings.words import SourceState, Status
from pipelines import clock
from pipelines.report.cells import cells, clean, padded, wrap
from pipelines.report.dates import full_day, through, through_day
from pipelines.report.figures import aim, bare_value, restated_mark, shown_value, written_value
from pipelines.report.outline import ObjectiveGroup, concerns, elapsed, headline, outline
from pipelines.report.overdue import overdue_line

STYLES = {
    Status.ACHIEVED: "bold green",
    Status.ON_TRACK: "green",
    Status.AT_RISK: "yellow",
    Status.OFF_TRACK: "red",
    Status.MISSED: "bold red",
    Status.STALE: "magenta",
    Status.NO_DATA: "dim",
    Status.TOO_EARLY: "cyan",
    Status.NOT_STARTED: "dim",
}
GAP = 2
WIDEST_TITLE = 64
PIPE_WIDTH = 120
# The room a title must have for these columns to be shown beside it, the richest first; the last always are.
LAYOUTS = (
    (48, ("status", "title", "value", "target", "bar:20", "share", "through", "id")),
    (44, ("status", "title", "value", "target", "bar:20", "share", "through")),
    (34, ("status", "title", "value", "target", "bar:12", "share", "through")),
    (26, ("status", "title", "value", "target", "bar:10", "share")),
    (20, ("status", "title", "value", "target", "share")),
    (16, ("status", "title", "value:full", "share")),
    (20, ("status", "title", "share")),
    (0, ("symbol", "title", "share")),
)
RIGHT = ("value", "value:full", "share")


@dataclass(frozen=True, slots=True)
class Piece:
    text: str
    style: str = ""


Line = list[Piece]


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns shown, in order, each with its width in cells."""

    columns: tuple[tuple[str, int], ...]
    time_zone: str
    width: int = PIPE_WIDTH
    piped: bool = False


def show_status(document: ProgressDocument, stream: TextIO | None = None) -> None:
    """Coloured on a terminal, plain otherwise. First of all it says when a run should have renewed these numbers long ago."""
    out = stream or sys.stdout
    document = with_overdue(document)
    if not out.isatty():
        out.write(status_plain(document))
        return
    from rich.console import Console

    console = Console(file=out, highlight=False, soft_wrap=True)
    for line in lines(document, console.width):
        console.print(as_rich(line))


def with_overdue(document: ProgressDocument) -> ProgressDocument:
    """The document, saying so if by now a run should have renewed it."""
    return replace(document, overdue=overdue_line(document, clock.now()))


def status_table(document: ProgressDocument, *, width: int | None = None) -> str:
    """What a terminal of that many columns would show, colours included."""
    from rich.console import Console

    columns = width or shutil.get_terminal_size((PIPE_WIDTH, 40)).columns
    console = Console(width=columns, force_terminal=True, color_system="standard", highlight=False, soft_wrap=True)
    with console.capture() as captured:
        for line in lines(document, columns):
            console.print(as_rich(line))
    return captured.get()


def status_plain(document: ProgressDocument) -> str:
    """Aligned text, one line per key result however long, its id last: made for `grep` and for mail."""
    return "\n".join("".join(piece.text for piece in line).rstrip() for line in lines(document, None)) + "\n"


def status_json(document: ProgressDocument) -> str:
    return json.dumps(document_to_dict(document), ensure_ascii=False, indent=2)


def as_rich(line: Line) -> object:
    from rich.text import Text

    return Text.assemble(*((piece.text, piece.style) for piece in line))


def lines(document: ProgressDocument, width: int | None) -> list[Line]:
    """`width` None stands for a pipe: all columns, no wrapping."""
    layout = _layout(document, width)
    found = [*_head(document, width), *_concern_lines(document, width), *_note_lines(document, width)]
    for team in outline(document):
        found += [[], [Piece(clean(team.name), "bold")]]
        for index, group in enumerate(team.objectives):
            found += [*([[]] if index else []), *_objective_lines(group, layout, width)]
    return found + _restated(document, width) + _legend(document, layout, width)


def _restated(document: ProgressDocument, width: int | None) -> list[Line]:
    """What was reported before and is another number now, a line per key result."""
    told = [
        f"{key_result.key_result_id}: {said}"
        for key_result in document.key_results
        for said in restated_mark(key_result, document)
    ]
    if not told:
        return []
    head = _wrapped("Reported before, and another number now (see `okr restatements`)", width, "bold")
    return [[], *head, *(line for each in told for line in _wrapped(each, width, "yellow", indent="  "))]


def _legend(document: ProgressDocument, layout: Layout, width: int | None) -> list[Line]:
    shown = {name.partition(":")[0] for name, _ in layout.columns}
    # beside a status, what has no column stands under the title: `_below`
    shown |= {"bar", "through"} if "status" in shown else set()
    marks = ["│ expected by now"] if "bar" in shown and document.key_results else []
    if "through" in shown and any(key_result.provisional for key_result in document.key_results):
        marks.append("~ provisional: its source still corrects the latest days")
    return [[], *_wrapped(" · ".join(marks), width, "dim")] if marks else []


def _head(document: ProgressDocument, width: int | None) -> list[Line]:
    cycle = elapsed(document)
    gone = f"day {cycle.day} of {cycle.days} ({format_share(cycle.share)})"
    where = f"{document.company} · {document.cycle_label} · as of {full_day(document.as_of)}, {gone}"
    overdue = _wrapped(f"! {document.overdue}", width, "bold red", indent="  ") if document.overdue else []
    return [*overdue, *_wrapped(headline(document), width, "bold"), *_wrapped(where, width, "dim")]


def _concern_lines(document: ProgressDocument, width: int | None) -> list[Line]:
    """What one failure did to several tables of a source is told at the first of them."""
    found: list[Line] = []
    told: dict[tuple[str, str], str] = {}
    for concern in concerns(document):
        source = concern.source
        first = told.setdefault((source.source.partition(".")[0], source.note), source.source)
        note = f": {source.note if first == source.source else f'as {first}, above'}" if source.note else ""
        known = through(source.data_through, document.time_zone)
        since = f"data through {known}" if source.data_through else known
        behind = f" (behind {len(concern.key_results)} key results)" if len(concern.key_results) > 1 else ""
        style = "yellow" if source.state == "late" else "red"
        found += _wrapped(f"! {source.source} {source.state}, {since}{note}{behind}", width, style, indent="  ")
    return found


def _note_lines(document: ProgressDocument, width: int | None) -> list[Line]:
    """What a vendor says about numbers that are fresh (sampled, withheld, rows set aside), and people about those kept by hand."""
    said = [f"{each.source}: {each.note}" for each in document.sources if each.state == SourceState.FRESH and each.note]
    said += [
        f"{key_result.title}: {source.note}"
        for key_result in document.key_results
        for source in key_result.sources
        if source.source == CHECK_INS and source.state == SourceState.FRESH and source.note
    ]
    return [line for each in said for line in _wrapped(f"~ {each}", width, "dim", indent="  ")]


def _wrapped(text: str, width: int | None, style: str, indent: str = "") -> list[Line]:
    if width is None:
        return [[Piece(clean(text), style)]]
    return [[Piece(part, style)] for part in wrap(clean(text), width, indent)]


def _objective_lines(group: ObjectiveGroup, layout: Layout, width: int | None) -> list[Line]:
    objective = group.objective
    title = objective.title if objective else group.objective_id
    found = _wrapped(title, width, "")
    if objective is not None:
        score = "–" if objective.score is None else f"{objective.score:.2f}"
        grade = f"  {status_symbol(objective.status)} {status_label(objective.status)} {score}"
        grade += f" ({objective.counted} of {objective.total} counted)"
        if width is None or cells(found[-1][0].text) + cells(grade) <= width:
            found[-1].append(Piece(grade, STYLES[objective.status]))
        else:
            found.append([Piece(grade, STYLES[objective.status])])
    for key_result in group.key_results:
        found += _row(key_result, layout)
    return found


def _row(key_result: Snapshot, layout: Layout) -> list[Line]:
    """One line, or several where the title wraps; the other columns stand on the first."""
    texts = {name: _text(name, key_result, layout.time_zone) for name, _ in layout.columns}
    if layout.piped:
        texts["title"] = _piped_title(key_result)
    width = dict(layout.columns)["title"]
    parts = wrap(texts["title"], width) if width else [texts["title"]]
    before = sum(size + gap(name) for name, size in layout.columns[: _place(layout)])
    first: Line = [Piece("  ")]
    for name, size in layout.columns:
        text = parts[0] if name == "title" else texts[name]
        first += [Piece(padded(text, size, right=name in RIGHT), _style(name, key_result)), Piece(" " * gap(name))]
    lines = [first, *([Piece(" " * (2 + before) + part)] for part in parts[1:])]
    below = _below(key_result, layout, room=layout.width - 2 - before)
    lines += [[Piece(" " * (2 + before)), *below]] if below else []
    return [*lines, *_sample(key_result, layout, before)]


def _sample(key_result: Snapshot, layout: Layout, before: int) -> list[Line]:
    """How many answers a rate rests on and what they say about the rest; for a pipe it stands in the title."""
    if layout.piped:
        return []
    indent = " " * (2 + before)
    parts = wrap(_sample_words(key_result), max(layout.width - len(indent), 8))
    return [[Piece(indent + part, "dim")] for part in parts if part]


def _piped_title(key_result: Snapshot) -> str:
    sample = _sample_words(key_result)
    return clean(key_result.title) + (f" ({sample})" if sample else "")


def _sample_words(key_result: Snapshot) -> str:
    return sample_words(key_result.n, key_result.interval_low, key_result.interval_high, key_result.unit)


def _below(key_result: Snapshot, layout: Layout, room: int) -> Line:
    """What found no place beside the title stands under it: the bar, how far the data goes, and the id that other commands want."""
    shown = {name.partition(":")[0] for name, _ in layout.columns}
    wanted = [name for name in ("bar:12", "through", "id") if name.partition(":")[0] not in shown]
    pieces: Line = []
    for name in wanted if "status" in shown else ():
        text = _text(name, key_result, layout.time_zone).strip()
        if text and cells(text) <= room:
            room -= cells(text) + GAP
            style = _style(name, key_result) if name.startswith("bar") else "dim"
            pieces += [Piece(text, style), Piece("  ")]
    return pieces


def gap(name: str) -> int:
    """The value leans against the arrow to its target."""
    return 1 if name == "value" else GAP


def _place(layout: Layout) -> int:
    return [name for name, _ in layout.columns].index("title")


def _layout(document: ProgressDocument, width: int | None) -> Layout:
    """The richest set of columns that leaves the title room to breathe."""
    widest = _widest(document)
    if width is None:
        widest["title"] = max((cells(_piped_title(each)) for each in document.key_results), default=1)
        return Layout(tuple((name, widest[name]) for name in LAYOUTS[0][1]), document.time_zone, piped=True)
    for least, names in LAYOUTS:
        used = 2 + sum(widest[name] + gap(name) for name in names if name != "title")
        room = width - used
        if room >= min(least, widest["title"]) or least == 0:
            title = max(min(room, widest["title"], WIDEST_TITLE), 8)
            return Layout(
                tuple((name, title if name == "title" else widest[name]) for name in names),
                document.time_zone,
                width,
            )
    raise AssertionError("the last layout always fits")


def _widest(document: ProgressDocument) -> dict[str, int]:
    names = {name for _, names in LAYOUTS for name in names}
    found = document.key_results
    return {
        name: max((cells(_text(name, key_result, document.time_zone)) for key_result in found), default=1)
        for name in names
    }


def _text(name: str, key_result: Snapshot, time_zone: str) -> str:
    column, _, size = name.partition(":")
    match column:
        case "bar":
            return bar(key_result.progress, key_result.expected, int(size))
        case "value":
            return written_value(key_result) if size else bare_value(key_result)
        case "target":
            return f"→ {aim(key_result)}"
        case "share":
            return format_share(key_result.progress) if key_result.progress is not None else "–"
        case "through":
            return _through(key_result, time_zone)
        case _:
            return _word(column, key_result)


def _word(column: str, key_result: Snapshot) -> str:
    symbol = status_symbol(key_result.status)
    words = {
        "symbol": symbol,
        "status": f"{symbol} {status_label(key_result.status)}",
        "title": clean(key_result.title),
        "id": clean(key_result.key_result_id),
    }
    return words[column]


def _through(key_result: Snapshot, time_zone: str) -> str:
    provisional = " ~" if key_result.provisional else ""
    if key_result.data_through is None:
        return "never" if key_result.sources else ""
    return through_day(key_result.data_through, time_zone) + provisional


def _style(name: str, key_result: Snapshot) -> str:
    column = name.partition(":")[0]
    if column in ("status", "symbol", "bar"):
        return STYLES[key_result.status]
    return "dim" if column in ("through", "id") or (column == "value" and shown_value(key_result)[1]) else ""


def bar(progress: float | None, expected: float | None, size: int) -> str:
    """`━━━━━━│···`: as far as it came, and the mark where it should be."""
    filled = round(min(max(progress or 0.0, 0.0), 1.0) * size)
    drawn = ["━"] * filled + ["·"] * (size - filled)
    if expected is not None:
        drawn[min(int(min(max(expected, 0.0), 1.0) * size), size - 1)] = "│"
    return "".join(drawn)
