import io
import zipfile
from datetime import date, datetime

import pytest
from openpyxl import Workbook

from terms import formats
from terms.errors import UnreadableFile
from terms.formats import openmetadata, workbook
from terms.formats.record import RowProblem, TermRecord

NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHEET = "xl/worksheets/sheet1.xml"


def book(**sheets):
    made = Workbook()
    made.remove(made.active)
    for title, rows in sheets.items():
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(row)
    data = io.BytesIO()
    made.save(data)
    return data.getvalue()


def with_part(data, name, part):
    changed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as pack,
        zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as copy,
    ):
        for info in pack.infolist():
            copy.writestr(info.filename, part if info.filename == name else pack.read(info))
    return changed.getvalue()


def sheet_of(rows, head=""):
    return (
        f'<?xml version="1.0"?>{head}<worksheet xmlns="{NAMESPACE}"><sheetData>{rows}</sheetData></worksheet>'
    )


def read(data):
    return list(workbook.read(data, file_name="terms.xlsx"))


def records_of(data):
    return [item for item in read(data) if isinstance(item, TermRecord)]


SMALL = book(Terms=[["Term", "Definition"], ["Keel", "Lowest timber"]])


def test_workbook_is_recognised_whatever_it_is_called():
    assert formats.recognise(SMALL, "download") == "xlsx"
    assert formats.read([formats.GivenFile("terms.xlsx", SMALL)]).items == tuple(records_of(SMALL))


def test_first_sheet_with_terms_is_read_and_the_others_are_told():
    data = book(
        Cover=[["Our glossary"], ["2030"]],
        Terms=[
            ["All the terms of the yard"],
            [],
            ["Term", "Definition", "ES", "Built", "Length"],
            ["Keel", "Lowest timber", "quilla", datetime(2030, 1, 2), 12.0],
            [],
            ["Rib", "=1+1", None, date(2030, 1, 3), 2.5],
            ["Bow", None, None, True, "#N/A", "beside"],
        ],
        Old=[["Term", "Definition"], ["Ark", "Old ship"]],
    )

    found = read(data)
    keel, rib, bow = (item for item in found if isinstance(item, TermRecord))

    assert [item.value for item in found if isinstance(item, RowProblem)][:2] == ["Cover", "Old"]
    assert (keel.line, keel.short_definition, keel.aliases[0].text) == (4, "Lowest timber", "quilla")
    assert keel.further == {"Built": "2030-01-02", "Length": "12"}
    assert (rib.line, rib.definition, rib.further) == (6, "", {"Built": "2030-01-03", "Length": "2.5"})
    assert bow.further == {"Built": "yes", "column 6": "beside"}


def test_tables_of_other_programs_are_read_from_a_sheet_too():
    header = [*openmetadata.COLUMNS[:8]]

    (keel,) = records_of(book(Terms=[header, [None, "k1", "Keel", "Lowest"]]))

    assert (keel.name, keel.ref) == ("Keel", "openmetadata:k1")


def test_bare_list_of_two_columns_is_read():
    keel, rib = records_of(book(List=[["Keel", "Lowest timber"], ["Rib", "A frame"]]))

    assert (keel.name, rib.short_definition) == ("Keel", "A frame")


def test_workbook_without_terms_names_its_sheets():
    with pytest.raises(UnreadableFile, match="Sheets: “Budget”"):
        read(book(Budget=[["a", "b", "c"], [1, 2, 3]], Empty=[]))


BILLION_LAUGHS = "<!DOCTYPE w [{}]>".format(
    "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "ha" * 20}">' for n in range(9))
)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (with_part(SMALL, SHEET, sheet_of("<row><c><v>&a8;</v></c></row>", BILLION_LAUGHS)), "broken"),
        (
            with_part(SMALL, SHEET, sheet_of("x", '<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/hosts">]>')),
            "broken",
        ),
        (with_part(SMALL, SHEET, sheet_of("<row></c>")), "broken"),
        (with_part(SMALL, SHEET, sheet_of("<row/>").encode("utf-16")), "broken"),
        (with_part(SMALL, SHEET, sheet_of("<row>" + "<c/>" * 300_000 + "</row>")), "too large"),
        (with_part(SMALL, SHEET, sheet_of(("<c/>" * 9_000 + "<!--<row >-->") * 40)), "broken"),
        (with_part(SMALL, SHEET, sheet_of("<row/>" * 1_300_000)), "too large"),
        (with_part(SMALL, SHEET, b" " * 70_000_000), "too large"),
        (with_part(SMALL, "xl/workbook.xml", b"<workbook/>"), "Sheets: none"),
        (with_part(SMALL, "[Content_Types].xml", b"<Types/>"), "broken"),
        (SMALL[:-30], "broken"),
        (b"PK\x03\x04rest", "broken"),
        (b"PK\x01\x02" * 2_001, "too large"),
    ],
)
def test_hostile_workbook_is_refused_before_it_does_harm(data, says):
    with pytest.raises(UnreadableFile, match=says):
        read(data)


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="2000000000"><c r="A2000000000" t="inlineStr"><is><t>Rib</t></is></c></row>',
        '<row r="2"><c r="XFD2" t="inlineStr"><is><t>Rib</t></is></c></row>',
    ],
)
def test_cells_far_away_cost_nothing(rows):
    head = '<row r="1"><c r="A1" t="inlineStr"><is><t>Term</t></is></c></row>'

    assert read(with_part(SMALL, SHEET, sheet_of(head + rows))) == []


@pytest.mark.parametrize("place", range(40, len(SMALL), 331))
def test_damaged_bytes_give_records_or_a_sentence(place):
    damaged = SMALL[:place] + bytes([SMALL[place] ^ 0xFF]) + SMALL[place + 1 :]

    try:
        read(damaged)
    except UnreadableFile as error:
        assert error.message.endswith(".")
