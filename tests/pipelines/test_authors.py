from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.authors import NOT_COMMITTED, Author, author_of_file, author_of_line, line_of_field

TEXT = """\
objectives:
  - id: grow
    key_results:
      - id: leads
        target: 350
        weight: 2
      - id: calls
        target: 120
"""
NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "q4.yml"
    found.write_text(TEXT, encoding="utf-8")
    return found


def commit(path: Path, author: str, day: str) -> None:
    moment = f"{day}T08:00:00+00:00"
    names = {f"GIT_{who}_NAME": author for who in ("AUTHOR", "COMMITTER")}
    mails = {f"GIT_{who}_EMAIL": "a@example.org" for who in ("AUTHOR", "COMMITTER")}
    dates = {f"GIT_{who}_DATE": moment for who in ("AUTHOR", "COMMITTER")}
    env = {"PATH": "/usr/bin:/bin:/usr/local/bin", "HOME": str(path.parent), **names, **mails, **dates}
    for arguments in (["init", "-q"], ["add", path.name], ["commit", "-q", "-m", f"by {author}"]):
        subprocess.run(["git", *arguments], cwd=path.parent, env=env, check=True)


def test_the_field_is_found_inside_its_own_key_result(path: Path) -> None:
    assert line_of_field(path, 4, "target") == 5
    assert line_of_field(path, 7, "target") == 8
    assert line_of_field(path, 7, "weight") == 7


def test_whoever_wrote_the_line_last_before_the_change_was_seen(path: Path) -> None:
    commit(path, "Réka", "2026-10-01")
    path.write_text(TEXT.replace("350", "300"), encoding="utf-8")
    commit(path, "Anna", "2026-11-10")
    path.write_text(TEXT.replace("350", "300").replace("120", "90"), encoding="utf-8")
    commit(path, "Béla", "2026-11-20")
    found = author_of_line(path, 5, NOW, newest=True)
    assert found is not None
    assert (found.name, found.subject, found.committed_at) == ("Anna", "by Anna", datetime(2026, 11, 10, 8, tzinfo=UTC))
    earlier = author_of_line(path, 5, datetime(2026, 11, 1, tzinfo=UTC), newest=False)
    assert earlier is not None
    assert earlier.name == "Réka"
    last = author_of_file(path, NOW)
    assert last is not None
    assert last.name == "Béla"


def test_what_is_not_committed_is_nobodys_yet(path: Path) -> None:
    commit(path, "Réka", "2026-10-01")
    path.write_text(TEXT.replace("350", "300"), encoding="utf-8")
    assert author_of_line(path, 5, NOW, newest=True) == NOT_COMMITTED
    assert author_of_line(path, 8, NOW, newest=True) != NOT_COMMITTED


def test_without_a_repository_or_git_nobody_knows(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(path.parent.parent))
    assert author_of_line(path, 5, NOW, newest=True) is None
    monkeypatch.setenv("PATH", "")
    assert author_of_file(path, NOW) is None


def test_an_author_who_is_not_committed_has_no_commit() -> None:
    assert Author("not committed") == NOT_COMMITTED
