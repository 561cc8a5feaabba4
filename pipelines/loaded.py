"""Everything a run needs from files, read and checked together: mappings, metrics, and where both come from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from okr_mappings.load import load_company, load_mappings
from okr_mappings.mappings import Mappings
from pipelines.settings import Settings
from warehouse.catalog import Metric, load_catalog
from warehouse.model_files import PACKAGED


@dataclass(frozen=True)
class Loaded:
    """`homes` are the folders with `models/` and `metrics/`: ours first, then the installation's own."""

    mappings: Mappings
    catalog: dict[str, Metric]
    homes: tuple[Path, ...]


def load_everything(settings: Settings) -> Loaded:
    """Raises MappingError or DescriptionError, each with every problem in its files."""
    homes = (*PACKAGED, *([settings.models_dir] if settings.models_dir else []))
    # a metric's unit may be "the company's currency", which only the company file knows
    company = load_company(settings.mappings_dir)
    catalog = load_catalog(homes=homes, currency=company.currency) if company else load_catalog(homes=homes)
    specs = {name: metric.spec for name, metric in catalog.items()}
    mappings = load_mappings(settings.mappings_dir, specs, settings.check_ins_dir)
    return Loaded(mappings, catalog, homes)
