"""`okr status --watch`: a new publish is shown, the same one is not shown twice, and a terminal is left as it was."""

from __future__ import annotations

import io
import json
import threading
from dataclasses import replace
from pathlib import Path

from okr_mappings.document import document_to_dict
from okr_mappings.snapshot import ProgressDocument
from pipelines.live_status import watch
from pipelines.published import progress_path
from tests.pipelines.report.documents import document, key_result, many


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def publish(folder: Path, shown: ProgressDocument) -> None:
    path = progress_path(folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(document_to_dict(shown)), encoding="utf-8")
    fresh.replace(path)


def test_in_a_pipe_every_publish_is_written_once(tmp_path: Path) -> None:
    out = io.StringIO()
    publish(tmp_path, document(key_result()))
    watching = threading.Thread(target=watch, args=(tmp_path, out), kwargs={"pause": 0.02, "looks": 100})
    watching.start()
    while "Win 350" not in out.getvalue():
        watching.join(0.01)
    publish(tmp_path, document(replace(key_result(), title="Another title altogether")))
    watching.join(timeout=30)
    assert out.getvalue().count("Win 350 marketing-qualified leads") == 1
    assert out.getvalue().count("Another title altogether") == 1
    assert "\x1b" not in out.getvalue()


def test_before_the_first_publish_it_says_what_to_do_and_waits(tmp_path: Path) -> None:
    out = Terminal()
    watch(tmp_path, out, pause=0.01, looks=3)
    assert "nothing is published yet" in " ".join(out.getvalue().split())
    assert "waiting for the first publish" in out.getvalue()


def test_the_screen_is_left_as_it_was_and_counts_what_does_not_fit(tmp_path: Path) -> None:
    publish(tmp_path, many(60))
    out = Terminal()
    watch(tmp_path, out, pause=0.01, looks=2)
    text = out.getvalue()
    assert "\x1b[?1049h" in text
    assert "\x1b[?1049l" in text
    assert " more lines · published 05:00:00 UTC · Ctrl-C ends" in text
    assert text.count("Ctrl-C ends") == 1  # nothing new landed, so nothing was drawn again
