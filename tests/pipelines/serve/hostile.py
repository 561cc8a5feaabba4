"""A company whose every text would like to be code."""

from __future__ import annotations

from pathlib import Path

from okr_mappings.snapshot import SourceFreshness
from okr_mappings.words import SourceState
from tests.pipelines.report.documents import document, history, key_result, objective
from tests.pipelines.serve.served import publish_by_hand

SCRIPT = "<script>alert(1)</script>"
TEXTS = (
    SCRIPT,
    '"><img src=x onerror=alert(2)>',
    "'-alert(3)-'",
    "</title></style></textarea><svg onload=alert(4)>",
    "{{ 7*7 }}{% raw %}",
    "javascript:alert(5)",
    "</script><script>alert(6)</script>",
    "\u202egnp.exe",
)


def publish_hostile(folder: Path) -> None:
    found = []
    for number, text in enumerate(TEXTS):
        source = SourceFreshness(f"files.{text}", SourceState.FAILED, None, text)
        found.append(
            key_result(
                f"kr-{number}", title=text, owner=text, unit=text, notes=text, reason=text, error=text, formula=text,
                metric=text, sql=text, mapping_path=text, source_link=text, parameters={text: text}, sources=(source,),
                team_id=text, objective_id=text,
            )
        )  # fmt: skip
    strange = key_result(f"id-{SCRIPT}/../%2e", title="An id that no mapping may have")
    made = document(
        *found,
        strange,
        objectives=tuple(objective(text, title=text, owner=text, team_id=text, supports=(text,)) for text in TEXTS),
        sources=tuple(source for each in found for source in each.sources),
        history={each.key_result_id: history(1, 9) for each in found},
        company=SCRIPT,
        cycle_label=SCRIPT,
        overdue=SCRIPT,
    )
    publish_by_hand(folder, made, said=SCRIPT)
