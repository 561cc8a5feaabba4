"""Carries over, part by part, what openpyxl reads past: threaded comments and the newer extensions of a sheet.

Nothing of ours moves a row or a column, so what refers to cells still fits. Threads lie in parts of their own, tied to the
sheet by a relationship and to the classic note (which openpyxl keeps) by its author, `tc={id}`. Sparklines, lists of allowed
values on other sheets and the like lie in the sheet's `extLst`. Of conditional formats only those are taken whose rule is
nowhere else: a data bar has a classic half, which openpyxl keeps, and the other half would dangle.
"""

from __future__ import annotations

import posixpath
import zipfile
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import register_namespace
from xml.sax.saxutils import quoteattr

from openpyxl.packaging.relationship import get_dependents
from openpyxl.xml.functions import fromstring, tostring

_WORKBOOK = "xl/workbook.xml"
_TYPES = "[Content_Types].xml"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATION_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/"
_X14 = "http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"
_THREADS = "http://schemas.microsoft.com/office/2017/10/relationships/threadedComment"
_PERSONS = "http://schemas.microsoft.com/office/2017/10/relationships/person"
_CONDITIONAL = "{78C0D931-6437-407D-A8EE-F0AAD7539E65}"
_CARRIED = {
    "{05C60535-1F16-4FD2-B633-F4F36F0B64E0}",  # sparklines
    "{CCE6A557-97BC-4B89-ADB6-D9C93CAAB3DF}",  # allowed values that stand on another sheet
    "{FC87AEE6-9EDD-4A0A-B7FB-166176984837}",  # protected ranges
    "{01252117-D84E-4E92-8308-4BE1C098FCBB}",  # errors a person chose to ignore
    _CONDITIONAL,
}

Parts = dict[str, bytes]

register_namespace("x14", _X14)
register_namespace("xm", "http://schemas.microsoft.com/office/excel/2006/main")


def carry_over(before: Path, after: Path) -> None:
    """Add to the file `after`, just written by openpyxl, what it left out of `before`."""
    with zipfile.ZipFile(before) as old, zipfile.ZipFile(after) as new:
        names = set(old.namelist())
        threads = any(name.startswith("xl/threadedComments/") for name in names)
        if not threads and not any(b"extLst" in old.read(name) for name in _sheets(old).values()):
            return
        parts = {name: new.read(name) for name in new.namelist()}
        pairs = [(part, _sheets(new)[title]) for title, part in _sheets(old).items() if title in _sheets(new)]
    with zipfile.ZipFile(before) as old:
        if threads:
            _carry_related(old, parts, _WORKBOOK, _WORKBOOK, _PERSONS)
        for old_part, new_part in pairs:
            if threads:
                _carry_related(old, parts, old_part, new_part, _THREADS)
            _carry_extensions(old.read(old_part), parts, new_part)
    _rewrite(after, parts)


def left_behind(package: zipfile.ZipFile) -> list[str]:
    """The titles of sheets with an extension that cannot be carried over."""
    return [
        title
        for title, part in _sheets(package).items()
        if any(_uri(extension) not in _CARRIED for extension in _extensions(_with_extensions(package.read(part))))
    ]


def _sheets(package: zipfile.ZipFile) -> dict[str, str]:
    """The part of each sheet by its title."""
    targets = {str(relation.Id): relation.target for relation in get_dependents(package, _relations(_WORKBOOK))}
    workbook = fromstring(package.read(_WORKBOOK))
    return {
        str(sheet.get("name")): targets[str(sheet.get(_RELATION_ID))] for sheet in workbook.iter(f"{{{_MAIN}}}sheet")
    }


def _carry_related(old: zipfile.ZipFile, parts: Parts, old_part: str, new_part: str, kind: str) -> None:
    """Copy what `old_part` refers to by relationships of this kind, and refer to it from `new_part`."""
    if _relations(old_part) not in old.namelist():
        return
    for relation in get_dependents(old, _relations(old_part)):
        if relation.Type == kind:
            parts[relation.target] = old.read(relation.target)
            _refer(parts, new_part, kind, relation.target)
            _declare(parts, relation.target, _content_type(old, relation.target))


def _relations(part: str) -> str:
    folder, name = posixpath.split(part)
    return f"{folder}/_rels/{name}.rels"


def _refer(parts: Parts, part: str, kind: str, target: str) -> None:
    path = _relations(part)
    present = parts.setdefault(path, f'<Relationships xmlns="{_PACKAGE}relationships"></Relationships>'.encode())
    free = next(name for number in range(1, 10_000) if (name := f"rIdKept{number}").encode() not in present)
    _insert(parts, path, f'<Relationship Id="{free}" Type="{kind}" Target={quoteattr("/" + target)}/>')


def _declare(parts: Parts, part: str, content_type: str) -> None:
    _insert(parts, _TYPES, f"<Override PartName={quoteattr('/' + part)} ContentType={quoteattr(content_type)}/>")


def _insert(parts: Parts, name: str, xml: str) -> None:
    """Put an element last in a part that openpyxl wrote; the rest of the part stays as it is, byte by byte."""
    before, closing, after = parts[name].rpartition(b"</")
    parts[name] = before + xml.encode() + closing + after


def _content_type(package: zipfile.ZipFile, part: str) -> str:
    for entry in fromstring(package.read(_TYPES)):
        if entry.get("PartName") == f"/{part}":
            return str(entry.get("ContentType"))
    return "application/xml"


def _carry_extensions(old: bytes, parts: Parts, new_part: str) -> None:
    sheet = _with_extensions(old)
    wanted = [extension for extension in _extensions(sheet) if _keeps(extension, sheet)]
    if wanted:
        _insert(parts, new_part, f"<extLst>{''.join(map(_extension_text, wanted))}</extLst>")


def _with_extensions(content: bytes) -> Any:
    """The sheet when it has extensions anywhere; parsing every large sheet for nothing would take seconds."""
    return fromstring(content) if b"extLst" in content else None


def _extensions(sheet: Any) -> list[Any]:
    listed = None if sheet is None else sheet.find(f"{{{_MAIN}}}extLst")
    return [] if listed is None else list(listed)


def _extension_text(extension: Any) -> str:
    """Written without a prefix of its own, as Excel does; the content declares its namespaces itself."""
    content = "".join(_text(child) for child in extension)
    return f"<ext uri={quoteattr(str(extension.get('uri')))}>{content}</ext>"


def _text(element: Any) -> str:
    written: str | bytes = tostring(element)
    return written.decode() if isinstance(written, bytes) else written


def _keeps(extension: Any, sheet: Any) -> bool:
    if _uri(extension) == _CONDITIONAL:
        _drop_halves(extension, {element.text for element in sheet.iter(f"{{{_X14}}}id")})
        return any(True for _ in extension.iter(f"{{{_X14}}}cfRule"))
    return _uri(extension) in _CARRIED


def _uri(extension: Any) -> str:
    return str(extension.get("uri")).upper()


def _drop_halves(extension: Any, halves: set[str | None]) -> None:
    for listed in extension:
        for formatting in list(listed):
            for rule in formatting.findall(f"{{{_X14}}}cfRule"):
                if rule.get("id") in halves:
                    formatting.remove(rule)
            if formatting.find(f"{{{_X14}}}cfRule") is None:
                listed.remove(formatting)


def _rewrite(path: Path, parts: Parts) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
