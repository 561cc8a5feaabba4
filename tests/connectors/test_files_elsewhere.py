"""Files at addresses, and files within archives: the same tables as from a folder; what would unfold for ever is refused."""

from __future__ import annotations

import functools
import gzip
import io
import threading
import zipfile
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import fsspec
import pytest

from connectors.readers.files.archives import members
from connectors.readers.files.inbox import matches
from connectors.readers.files.place import open_place
from connectors.readers.files.sizes import UnreadableFileError
from tests.connectors.bench import Bench

DECLARED = b"""
tables:
  - table: sales
    glob: "sales*.csv"
    format: csv
    key: [number]
    columns: {number: varchar, pieces: bigint}
"""
FIRST, SECOND = b"number,pieces\nA1,1\nA2,2\n", b"number,pieces\nA3,3\n"
ROWS = [("A1", 1), ("A2", 2), ("A3", 3)]


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing."""


def loaded(bench: Bench, address: str) -> list[object]:
    bench.set("FILES__FOLDER", address)
    bench.load("files")
    return bench.rows("SELECT number, pieces FROM raw_files.sales ORDER BY number")


def fill(folder: Path) -> Path:
    folder.mkdir()
    for name, content in (("files.yml", DECLARED), ("sales_1.csv", FIRST), ("sales_2.csv", SECOND)):
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture
def memory() -> Iterator[str]:
    place = fsspec.filesystem("memory")
    for name, content in (("files.yml", DECLARED), ("sales_1.csv", FIRST), ("sales_2.csv", SECOND)):
        place.pipe_file(f"/bucket/inbox/{name}", content)
    yield "memory://bucket/inbox"
    place.rm("/bucket", recursive=True)


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    folder = fill(tmp_path / "web")
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_an_address_of_a_store(bench: Bench, memory: str) -> None:
    assert loaded(bench, memory) == ROWS
    fsspec.filesystem("memory").pipe_file("/bucket/inbox/sales_2.csv", b"number,pieces\nA3,30\n")
    assert loaded(bench, memory)[-1] == ("A3", 30), "corrected under its name"


def test_an_address_of_this_machine(bench: Bench, tmp_path: Path) -> None:
    assert loaded(bench, f"file://{fill(tmp_path / 'here')}") == ROWS


def test_an_address_of_the_web(bench: Bench, web: str) -> None:
    assert loaded(bench, web) == ROWS


def test_what_cannot_be_reached_says_why_and_what_to_do(bench: Bench, memory: str) -> None:
    bench.set("FILES__FOLDER", "memory://bucket/elsewhere")
    assert "there is no files.yml in memory://bucket/elsewhere" in bench.attempt("files").error
    bench.set("FILES__FOLDER", "nosuch://anna:geheim@host/inbox?token=geheim")
    error = bench.attempt("files").error
    assert "nosuch://anna@host/inbox, which cannot be opened" in error
    assert "geheim" not in error
    bench.set("FILES__FOLDER", "http://127.0.0.1:9/inbox")
    assert "cannot be listed" in bench.attempt("files").error
    bench.set("FILES__STORAGE_OPTIONS", "[]")
    assert "SOURCES__FILES__STORAGE_OPTIONS is no JSON object" in bench.attempt("files").error


def test_a_library_that_is_not_there_is_named(bench: Bench) -> None:
    pytest.importorskip("fsspec")
    try:
        import s3fs  # noqa: F401

        pytest.skip("s3fs is installed here")
    except ImportError:
        pass
    bench.set("FILES__FOLDER", "s3://bucket/inbox")
    assert "pip install s3fs" in bench.attempt("files").error


def zipped(**files: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "."), content)
    return made.getvalue()


def test_files_in_archives_are_taken_as_if_they_lay_there(bench: Bench, tmp_path: Path) -> None:
    folder = tmp_path / "packed"
    folder.mkdir()
    (folder / "files.yml").write_bytes(DECLARED)
    (folder / "october.zip").write_bytes(zipped(sales_1__csv=FIRST, readme__txt=b"?"))
    (folder / "sales_2.csv.gz").write_bytes(gzip.compress(SECOND[:5]) + gzip.compress(SECOND[5:]))
    assert loaded(bench, str(folder)) == ROWS
    origins = bench.rows("SELECT DISTINCT _file FROM raw_files.sales ORDER BY 1")
    assert origins == [("october.zip/sales_1.csv",), ("sales_2.csv.gz/sales_2.csv",)]
    (folder / "october.zip").write_bytes(zipped(sales_1__csv=b"number,pieces\nA1,10\n"))
    assert loaded(bench, str(folder)) == [("A1", 10), ("A3", 3)], "a corrected one replaces its rows"
    assert bench.load("files").rows.get("sales", 0) == 0, "and is then known"


def test_a_bad_archive_is_named_and_stops_nothing(bench: Bench, tmp_path: Path) -> None:
    folder = fill(tmp_path / "some")
    (folder / "bomb.zip").write_bytes(zipped(sales_9__csv=b"0" * 60_000_000))
    (folder / "half.gz").write_bytes(gzip.compress(FIRST)[:-4])
    (folder / "other.zip").write_bytes(zipped(other__txt=b"?"))
    bench.set("FILES__FOLDER", str(folder))
    told = "\n".join(bench.load("files").warnings)
    # 60 MB of one letter packs to some 58 kB
    assert "files: bomb.zip unfolds 1,0" in told
    assert "files: half.gz is a gzip file that ends in the middle" in told
    assert "files: other.zip holds nothing for a table of files.yml" in told
    assert bench.value("SELECT count(*) FROM raw_files.sales") == 3


def test_a_file_that_is_too_large_stops_the_load(bench: Bench, tmp_path: Path) -> None:
    folder = fill(tmp_path / "large")
    (folder / "sales_3.csv").write_bytes(b"number,pieces\n" + b"A9,1\n" * 300_000)
    bench.set("FILES__FOLDER", str(folder))
    bench.set("FILES__MAX_MB", "1")
    assert "sales_3.csv has 1 MB, more than 1 MB" in bench.attempt("files").error
    bench.set("FILES__MAX_MB", "much")
    assert "SOURCES__FILES__MAX_MB = 'much' is no number" in bench.attempt("files").error


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.zip", b"nothing", "is no whole zip file"),
        ("a.zip", zipped(inner__zip=zipped(sales__csv=FIRST)), "an archive of its own, inner.zip"),
        ("a.zip", zipped(**{f"f{n}": b"" for n in range(1001)}), "holds 1,001 files"),
        ("a.zip", zipped(a=b"x" * 2000), "unfolds into 2 kB, more than 1 kB"),
        ("a.gz", gzip.compress(b"x" * 2000), "unfolds into more than 1 kB"),
        ("a.gz", b"nothing", "is no gzip file"),
    ],
)
def test_refused_archives(name: str, content: bytes, says: str) -> None:
    with pytest.raises(UnreadableFileError, match=says):
        list(members(name, content, 1024))


def test_what_an_archive_says_of_itself_may_be_a_lie() -> None:
    """The table of contents of this one claims 10 bytes where 5,000 come."""
    content = zipped(a=bytes(5000))
    lying = content.replace((5000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    with pytest.raises(UnreadableFileError, match=r"cannot be unpacked at a|unfolds at a"):
        list(members("a.zip", lying, 1024))


@pytest.mark.parametrize(
    ("glob", "name", "is_meant"),
    [
        ("sales*.csv", "sales_1.csv", True),
        ("sales*.csv", "old/sales_1.csv", False),
        ("**/sales*.csv", "sales_1.csv", True),
        ("**/sales*.csv", "old/older/sales_1.csv", True),
        ("old/*.csv", "old/a.csv", True),
        ("s?les[0-9].csv", "sales7.csv", True),
        ("s[!a]les.csv", "sales.csv", False),
        ("sales.csv", "salesxcsv", False),
    ],
)
def test_globs(glob: str, name: str, is_meant: bool) -> None:
    assert matches(glob, name) is is_meant


def test_a_place_is_listed_without_what_programs_leave(tmp_path: Path) -> None:
    folder = fill(tmp_path / "office")
    (folder / "~$sales.xlsx").write_bytes(b"")
    (folder / ".git").mkdir()
    (folder / ".git" / "sales.csv").write_bytes(b"")
    assert [file.name for file in open_place(str(folder)).files()] == ["files.yml", "sales_1.csv", "sales_2.csv"]
