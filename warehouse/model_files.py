"""The SQL models as they lie on disk: found, parsed, described and put in the order in which they build.

A model is `models/<layer>/<name>.sql`; the folder is its schema. Staging and intermediate become views, marts tables. Which
models it needs is read from its SQL, never declared. The layers are a rule, not a habit: a model that reads past its layer is
an error here, so it can be built nowhere. Models come from one or more homes, folders with `models/` and `metrics/` in them: the
package is the first, others add to it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError

from warehouse.descriptions import LAYER_FILE, ModelDescription
from warehouse.errors import DescriptionError, ModelError
from warehouse.yaml_lines import line_of_text, load_yaml

PACKAGED = (Path(__file__).parent,)
# a layer and what its models may read; `raw_` stands for every raw schema
LAYERS = {
    "staging": ("raw_",),
    "intermediate": ("staging", "intermediate"),
    "marts": ("staging", "intermediate", "marts"),
}
METRICS_MAY_READ = ("marts",)


@dataclass(frozen=True, slots=True)
class Model:
    """One model: `name` is `schema.table`, `reads` are the tables in its SQL, likewise with their schemas."""

    name: str
    layer: str
    path: Path
    sql: str
    reads: frozenset[str]
    description: ModelDescription

    @property
    def kind(self) -> str:
        return "table" if self.layer == "marts" else "view"

    @property
    def table(self) -> str:
        """The name without its schema."""
        return self.name.split(".")[1]


def load_models(homes: Sequence[Path] = PACKAGED) -> dict[str, Model]:
    """Every model of every home by name, in build order. Raises ModelError or DescriptionError."""
    models: dict[str, Model] = {}
    for home in homes:
        for model in _models_of(home / "models"):
            if model.name in models:
                raise ModelError(f"{model.path}:1: {model.name} exists already: {models[model.name].path}.")
            models[model.name] = model
    for model in models.values():
        _check_reads(model, models)
    return {name: models[name] for name in _build_order(models)}


def _models_of(folder: Path) -> list[Model]:
    descriptions = {layer: _descriptions(folder / layer / f"_{layer}.yml") for layer in LAYERS}
    paths = [path for layer in LAYERS for path in sorted((folder / layer).glob("*.sql"))]
    _check_described(paths, descriptions, folder)
    return [_model(path, descriptions) for path in paths]


def tables_in(tree: exp.Expr) -> frozenset[str]:
    """The tables a statement reads, as `schema.table`; names of its own CTEs are not among them."""
    return frozenset(f"{table.db}.{table.name}" for table in tree.find_all(exp.Table) if table.db)


def tables_of_text(sql: str) -> frozenset[str]:
    """The same for SQL that has been checked before."""
    return tables_in(sqlglot.parse_one(sql, dialect="duckdb"))


def parse_select(sql: str, path: Path) -> exp.Query:
    """The one query in a file; ModelError with file and line when it is something else."""
    try:
        statements = [statement for statement in sqlglot.parse(sql, dialect="duckdb") if statement is not None]
    except ParseError as error:
        first = error.errors[0]
        raise ModelError(f"{path}:{first.get('line', 1)}: {first.get('description', error)}") from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise ModelError(f"{path}:1: one SELECT is expected, found {len(statements)} statements.")
    return statements[0]


def may_read(table: str, schemas: Iterable[str]) -> bool:
    """Whether `schema.table` lies in one of the schemas; one that ends in `_` is a prefix."""
    schema = table.split(".", maxsplit=1)[0]
    return any(schema.startswith(allowed) if allowed.endswith("_") else schema == allowed for allowed in schemas)


def _descriptions(path: Path) -> dict[str, ModelDescription]:
    return {model.name: model for model in load_yaml(path, LAYER_FILE).models} if path.exists() else {}


def _check_described(paths: list[Path], descriptions: dict[str, dict[str, ModelDescription]], folder: Path) -> None:
    on_disk = {(path.parent.name, path.stem) for path in paths}
    described = {(layer, name) for layer, models in descriptions.items() for name in models}
    findings = [f"{folder / layer / name}.sql:1: not described in _{layer}.yml" for layer, name in on_disk - described]
    for layer, name in described - on_disk:
        file = folder / layer / f"_{layer}.yml"
        findings.append(f"{file}:{line_of_text(file, f'name: {name}')}: there is no {name}.sql")
    if findings:
        raise DescriptionError(sorted(findings))


def _model(path: Path, descriptions: dict[str, dict[str, ModelDescription]]) -> Model:
    layer = path.parent.name
    sql = path.read_text(encoding="utf-8").rstrip().removesuffix(";")
    return Model(
        name=f"{layer}.{path.stem}",
        layer=layer,
        path=path,
        sql=sql,
        reads=_reads(sql, path),
        description=descriptions[layer][path.stem],
    )


@lru_cache(maxsize=1024)
def _reads(sql: str, path: Path) -> frozenset[str]:
    """A run looks at its models several times, and parsing them is what takes time."""
    return tables_in(parse_select(sql, path))


def _check_reads(model: Model, models: dict[str, Model]) -> None:
    for table in sorted(model.reads):
        if not may_read(table, LAYERS[model.layer]):
            line = line_of_text(model.path, table)
            allowed = ", ".join(f"{name}*" if name.endswith("_") else name for name in LAYERS[model.layer])
            raise ModelError(f"{model.path}:{line}: {model.layer} may not read {table}, only {allowed}.")
        if table not in models and not table.startswith("raw_"):
            guess = difflib.get_close_matches(table, models, n=1)
            line = line_of_text(model.path, table)
            hint = f" Did you mean {guess[0]}?" if guess else ""
            raise ModelError(f"{model.path}:{line}: there is no model {table}.{hint}")


def _build_order(models: dict[str, Model]) -> list[str]:
    graph = {name: sorted(read for read in model.reads if read in models) for name, model in models.items()}
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        circle = " -> ".join(error.args[1])
        raise ModelError(f"{models[error.args[1][0]].path}:1: models need each other in a circle: {circle}.") from error
