"""The report: one cycle as one HTML file that opens anywhere. `render(document)` is all a caller needs.

outline.py      teams -> objectives -> key results, and the one line that sums a cycle up
figures.py      which figures of a key result are shown
dates.py        days and moments as people write them
key_result.py   one key result as the texts, links and drawings of its row
charts.py       bars and sparklines, drawn by hand as SVG
large_chart.py  the chart behind a key result
cells.py        text on the grid of a terminal
report.py       the page: template, stylesheet, content security policy
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from okr_mappings.snapshot import ProgressDocument


def render(document: ProgressDocument, language: str = "en") -> str:
    """The whole HTML file. Imported late: the terminal shares the outline and should not pay for the template engine."""
    from pipelines.report import report

    return report.render(document, language)
