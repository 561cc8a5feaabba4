"""What Excel of today writes and openpyxl reads past: threads, sparklines, lists on other sheets, data bars.

No Excel runs here: the parts are those that Excel writes, and the test is that they are still there, referred to and declared.
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.comments import Comment
from openpyxl.formatting.rule import DataBarRule

from connectors.contract import DeliveryState
from tests.connectors.trackers.documents import document
from tests.connectors.trackers.workbooks import Shelf, later, two

THREAD = "{E722680E-88F9-4806-84CE-A0C8E0F639CB}"
THREADS = f"""<?xml version="1.0" encoding="UTF-8"?>
<ThreadedComments xmlns="http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments">
<threadedComment ref="F2" dT="2026-11-20T09:00:00.00" personId="{{1}}" id="{THREAD}"><text>why so low? é</text></threadedComment>
</ThreadedComments>"""
PERSONS = """<?xml version="1.0" encoding="UTF-8"?>
<personList xmlns="http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments">
<person displayName="Anna" id="{1}" userId="anna@brightwater.example" providerId="AD"/></personList>"""
SHEET = "xl/worksheets/sheet2.xml"
OFFICE = "http://schemas.microsoft.com/office/2017/10/relationships"
X14 = 'xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main" xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main"'
SPARKLINES = (
    f'<ext uri="{{05C60535-1F16-4fd2-B633-F4F36F0B64E0}}" {X14}><x14:sparklineGroups><x14:sparklineGroup><x14:sparklines>'
    "<x14:sparkline><xm:f>okr_history!E2:E9</xm:f><xm:sqref>Q2</xm:sqref></x14:sparkline>"
    "</x14:sparklines></x14:sparklineGroup></x14:sparklineGroups></ext>"
)
ALLOWED = (
    f'<ext uri="{{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}}" {X14}><x14:dataValidations count="1"><x14:dataValidation type="list">'
    "<x14:formula1><xm:f>Lists!$A$1:$A$3</xm:f></x14:formula1><xm:sqref>Q2:Q9</xm:sqref>"
    "</x14:dataValidation></x14:dataValidations></ext>"
)
ICONS = (
    f'<ext uri="{{78C0D931-6437-407d-A8EE-F0AAD7539E65}}" {X14}><x14:conditionalFormattings>'
    '<x14:conditionalFormatting><x14:cfRule type="iconSet" id="{ICONS}"/><xm:sqref>Q2:Q9</xm:sqref></x14:conditionalFormatting>'
    '<x14:conditionalFormatting><x14:cfRule type="dataBar" id="{BAR}"/><xm:sqref>F2:F9</xm:sqref></x14:conditionalFormatting>'
    "</x14:conditionalFormattings></ext>"
)
SLICERS = f'<ext uri="{{A8765BA9-456A-4dab-B4F3-ACF838C121DE}}" {X14}><x14:slicerList/></ext>'


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    shelf = Shelf(tmp_path)
    shelf.send_well(*two())
    return shelf


def edit(path: Path, changes: dict[str, tuple[str, str]], **added: str) -> None:
    """Replace text in parts of the package (part -> (old, new)), and add whole parts."""
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name).decode("utf-8", "surrogateescape") for name in package.namelist()}
    for part, (old, new) in changes.items():
        assert old in parts[part]
        parts[part] = parts[part].replace(old, new, 1)
    with zipfile.ZipFile(path, "w") as package:
        for name, content in {**parts, **added}.items():
            package.writestr(name, content.encode("utf-8", "surrogateescape"))


def read(path: Path, part: str) -> str:
    with zipfile.ZipFile(path) as package:
        return package.read(part).decode()


def add_thread(shelf: Shelf) -> None:
    with shelf.person() as workbook:
        workbook["Growth"]["F2"].comment = Comment("[Threaded comment]\n\nComment:\n    why so low? é", f"tc={THREAD}")
    thread = "../threadedComments/threadedComment1.xml"
    override = '<Override PartName="/xl/{}" ContentType="application/vnd.ms-excel.{}+xml"/>'
    declared = override.format("threadedComments/threadedComment1.xml", "threadedcomments") + override.format(
        "persons/person.xml", "person"
    )
    edit(
        shelf.path,
        {
            "[Content_Types].xml": ("</Types>", f"{declared}</Types>"),
            "xl/_rels/workbook.xml.rels": (
                "</Relationships>",
                f'<Relationship Id="rId90" Type="{OFFICE}/person" Target="persons/person.xml"/></Relationships>',
            ),
            "xl/worksheets/_rels/sheet2.xml.rels": (
                "</Relationships>",
                f'<Relationship Id="rId91" Type="{OFFICE}/threadedComment" Target="{thread}"/></Relationships>',
            ),
        },
        **{"xl/threadedComments/threadedComment1.xml": THREADS, "xl/persons/person.xml": PERSONS},
    )


def test_threads_stay_with_their_sheet_even_when_its_part_changes(shelf: Shelf) -> None:
    add_thread(shelf)
    a, b = two()
    for turn in range(2):  # the second time what we carried is carried again
        # another team's sheet comes before this one and takes its part's number
        shelf.send_well(later(a, value=200.0 + turn), b, later(a, key_result_id=f"x{turn}", team_id=f"a{turn}"))
        titles = load_workbook(shelf.path).sheetnames
        part = f"sheet{titles.index('Growth') + 1}.xml"
        assert read(shelf.path, "xl/threadedComments/threadedComment1.xml") == THREADS
        assert read(shelf.path, "xl/persons/person.xml") == PERSONS
        relations = read(shelf.path, f"xl/worksheets/_rels/{part}.rels")
        assert relations.count(f'{OFFICE}/threadedComment"') == 1
        assert 'Target="/xl/threadedComments/threadedComment1.xml"' in relations
        assert read(shelf.path, "xl/_rels/workbook.xml.rels").count(f'{OFFICE}/person"') == 1
        types = read(shelf.path, "[Content_Types].xml")
        assert types.count("application/vnd.ms-excel.threadedcomments+xml") == 1
        assert types.count("application/vnd.ms-excel.person+xml") == 1
        comment = shelf.sheet()["F2"].comment
        assert comment is not None
        assert comment.author == f"tc={THREAD}"


def test_sparklines_and_lists_of_other_sheets_stay(shelf: Shelf) -> None:
    edit(shelf.path, {SHEET: ("</worksheet>", f"<extLst>{SPARKLINES}{ALLOWED}</extLst></worksheet>")})
    a, b = two()
    for value in (200.0, 201.0):
        shelf.send_well(later(a, value=value), b)
        sheet = read(shelf.path, SHEET)
        assert sheet.count("sparkline>") == 2
        assert "<xm:f>okr_history!E2:E9</xm:f>" in sheet
        assert "<xm:f>Lists!$A$1:$A$3</xm:f>" in sheet
        assert re.search("</extLst></worksheet>$", sheet)
        assert len(re.findall("<extLst", sheet)) == 1


def test_of_conditional_formats_only_what_is_nowhere_else_is_taken(shelf: Shelf) -> None:
    with shelf.person() as workbook:
        workbook["Growth"].conditional_formatting.add("F2:F9", DataBarRule("num", 0, "num", 400, "5B9BD5"))
    half = f'<extLst><ext uri="{{B025F937-C7B1-47D3-B67F-A62EFF666E3E}}" {X14}><x14:id>{{BAR}}</x14:id></ext></extLst>'
    edit(shelf.path, {SHEET: ("</worksheet>", f"<extLst>{ICONS}</extLst></worksheet>")})
    edit(shelf.path, {SHEET: ("</dataBar></cfRule>", f"</dataBar>{half}</cfRule>")})
    a, b = two()
    shelf.send_well(later(a), b)
    sheet = read(shelf.path, SHEET)
    assert 'id="{ICONS}"' in sheet
    assert 'id="{BAR}"' not in sheet
    assert "<dataBar" in sheet


def test_what_cannot_be_carried_is_refused(shelf: Shelf) -> None:
    edit(shelf.path, {SHEET: ("</worksheet>", f"<extLst>{SLICERS}</extLst></worksheet>")})
    a, b = two()
    results = shelf.send(document(later(a), b))
    assert [result.state for result in results] == [DeliveryState.PERMANENT] * 2
    assert "an extension on sheet 'Growth'" in results[0].message


def test_shapes_are_refused(shelf: Shelf) -> None:
    edit(shelf.path, {}, **{"xl/drawings/drawing1.xml": '<xdr:wsDr><xdr:sp macro=""/></xdr:wsDr>'})
    a, b = two()
    (result, _) = shelf.send(document(later(a), b))
    assert "shapes or text boxes" in result.message
