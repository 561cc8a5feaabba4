"""Runs the sending of messages in a process of its own, for a test that kills it: `python -m tests.pipelines.tell_and_hang FOLDER`."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path

from connectors import registry
from okr_mappings.document import document_from_dict
from pipelines.jobs.track import track
from warehouse.engine import open_warehouse


def main(folder: Path) -> None:
    asked = json.loads((folder / "asked.json").read_text(encoding="utf-8"))
    document = document_from_dict(asked["document"])
    tracker = registry.tracker_module(asked["name"]).tracker(asked["settings"], folder)
    with open_warehouse(folder / "warehouse.duckdb") as con:
        track(con, [document], {asked["name"]: tracker}, datetime.fromisoformat(asked["now"]))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
