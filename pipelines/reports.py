"""`okr report`: one page as one file, of any reported day; and the folder of linked pages that `publish` leaves beside the report."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from okr_mappings.mappings import CyclePlan
from okr_mappings.snapshot import ProgressDocument
from pipelines.background import Ground, backgrounds
from pipelines.errors import NothingPublishedError, SettingsError
from pipelines.jobs.context import source_limits
from pipelines.languages import LANGUAGES, known
from pipelines.published import data_folder, read_document
from pipelines.report import render
from pipelines.report.meetings import folder, meeting_page, plain
from pipelines.report.narrow import of_person, of_team
from pipelines.settings import Settings
from warehouse import snapshot_store
from warehouse.atomic_files import write_file
from warehouse.engine import open_published

if TYPE_CHECKING:
    from pipelines.loaded import Loaded


@dataclass(frozen=True, slots=True)
class Wanted:
    """What page of what; everything empty stands for the whole report of the last published day."""

    meeting: str = ""
    team: str = ""
    person: str = ""
    as_of: date | None = None
    language: str = ""

    def file_name(self, document: ProgressDocument) -> str:
        """`okr-weekly-marketing-2026-11-21.html`."""
        about = [self.meeting or "report", *(plain(each) for each in (self.team, self.person) if each)]
        return f"okr-{'-'.join(about)}-{document.as_of}.html"


def report_page(settings: Settings, wanted: Wanted) -> tuple[str, str]:
    """The name that the page would have as a file, and its HTML. Raises SettingsError and NothingPublishedError."""
    language = _language(wanted.language or settings.language)
    document = _document(settings, wanted.as_of)
    name = wanted.file_name(document)
    if wanted.team:
        document = of_team(document, wanted.team)
    if wanted.person:
        document = of_person(document, wanted.person)
    if not wanted.meeting:
        return name, render(document, language)
    return name, meeting_page(
        document, wanted.meeting, language, who=", ".join(filter(None, (wanted.team, wanted.person)))
    )


def write_folder(place: Path, document: ProgressDocument, language: str) -> int:
    """Replaces every page of the folder; pages of teams and people that are gone go too. Returns how many there are."""
    pages = folder(document, language)
    place.mkdir(parents=True, exist_ok=True)
    for name, html in pages.items():
        write_file(place / name, html.encode())
    for old in place.glob("*.html"):
        if old.name not in pages:
            old.unlink()
    return len(pages)


def _language(name: str) -> str:
    code = known(name)
    if code is None:
        raise SettingsError(f"the language {name!r} is not spoken here. Known: {', '.join(LANGUAGES)}.")
    return code


def _document(settings: Settings, as_of: date | None) -> ProgressDocument:
    newest = read_document(data_folder(settings.data_dir))
    return newest if as_of in (None, newest.as_of) else _past(settings, as_of or newest.as_of)


def _past(settings: Settings, as_of: date) -> ProgressDocument:
    """As of the last reported day up to that one, with the background of that day."""
    from pipelines.serve.past import document_at
    from pipelines.serve.publication import load

    publication, problem = load(settings)
    if publication is None:
        raise NothingPublishedError(problem)
    cycles = [each for each in publication.documents.values() if each.cycle_start <= as_of <= each.cycle_end]
    found = document_at(publication, (cycles or [publication.main])[0].cycle_id, as_of)
    if found is None:
        raise NothingPublishedError(
            f"nothing was reported by {as_of}. `okr backfill` computes days that no run observed."
        )
    loaded = publication.loaded
    plans = [plan for plan in loaded.mappings.cycles if plan.cycle.id == found.cycle_id] if loaded else []
    return _with_background(settings, found, plans[0], loaded) if loaded and plans else replace(found, background={})


def _with_background(
    settings: Settings, document: ProgressDocument, plan: CyclePlan, loaded: Loaded
) -> ProgressDocument:
    with open_published(settings.published_path) as con:
        ground = Ground(
            con,
            plan,
            loaded.catalog,
            source_limits(loaded.homes),
            document.time_zone,
            settings.metric_timeout_seconds,
        )
        reported = snapshot_store.history(con, plan.cycle.id)
        return replace(document, background=backgrounds(ground, document.key_results, reported))
