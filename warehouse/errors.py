"""What can go wrong in the database, named for what the caller should do.

WarehouseError
|-- LockedError          another process holds the file: wait, or read the published copy
|-- DescriptionError     the YAML beside the SQL is wrong: every mistake with file and line
|-- ModelError           a SQL model does not build: file, line, what DuckDB said
|-- FixtureError         a row of a test does not fit its mart
|-- CheckError           a mart broke one of its promises (not null, unique, ...); nothing was replaced
`-- MetricError          one metric has no number, the others do
    |-- MetricContractError  not one row, one number, marts only, declared parameters
    |-- MetricRefusedError   the SQL asks for something a metric may not do
    `-- MetricTimeoutError   took longer or more memory than allowed
"""

from __future__ import annotations


class WarehouseError(Exception):
    """Anything that went wrong in the database."""


class LockedError(WarehouseError):
    """Another process holds the file; the message names it."""


class DescriptionError(WarehouseError):
    """The YAML that describes models, sources or metrics is wrong; `findings` are `file:line: what`, one per mistake."""

    def __init__(self, findings: list[str]) -> None:
        super().__init__("\n".join(findings))
        self.findings = findings


class ModelError(WarehouseError):
    """A SQL model does not build."""


class CheckError(WarehouseError):
    """A model broke a promise of its description; the previous tables are untouched."""


class FixtureError(WarehouseError):
    """A row that a test puts into a mart does not fit; `row` counts from 0."""

    def __init__(self, mart: str, row: int, said: str) -> None:
        super().__init__(f"row {row + 1} of {mart}: {said}")
        self.mart = mart
        self.row = row
        self.said = said


class MetricError(WarehouseError):
    """One metric has no number; every other key result is unharmed."""


class MetricContractError(MetricError):
    """The SQL does not return one row with one number, or asks for parameters that do not exist."""


class MetricRefusedError(MetricError):
    """The SQL asks for something a metric may not do."""


class MetricTimeoutError(MetricError):
    """The query was interrupted: it took longer, or more memory, than a metric may."""
