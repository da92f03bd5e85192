"""Excel workbooks (.xlsx): the first sheet with a table of terms, read like a CSV file.

Formulas count as the values that Excel last saw, and links to other files are never followed. A workbook
is a zip file of XML (ECMA-376): how much it holds is looked at before it is unpacked, and again before
it is parsed.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from functools import partial
from itertools import pairwise
from typing import Protocol, cast

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from ..errors import UnreadableFile
from . import csv_table, datahub_csv, openmetadata, translation_table
from .delimited import LONGEST_CELL, MOST_COLUMNS, MOST_ROWS, Row, Table, table_of_rows
from .record import RowProblem, TermRecord

_ZIP_MARK = b"PK\x03\x04"
_MEMBER_MARK = b"PK\x01\x02"
_MOST_MEMBERS = 2_000
_LARGEST = 64 * 2**20
_MOST_TAGS = 1_200_000
_MOST_TAGS_OF_A_ROW = 10_000
_SMALL_PART = 2**20
_MOST_SHEETS = 100
_MOST_ROWS_ABOVE = 20
_MOST_BLANK_ROWS = 20_000
_NO_VALUES = frozenset(["#N/A", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#NULL!", "#NUM!"])

_PART = re.compile(r"\[Content_Types\]\.xml|_rels/\.rels|xl/(?:_rels/|worksheets/)?[^/]+\.(?:xml|rels)")
_ROW = re.compile(rb"<(?:[\w.-]+:)?(?:row|si)[\s/>]")
_OTHER_ENCODING = re.compile(rb"\s*<\?xml[^>]*encoding=[\"'](?!utf-8|us-ascii|iso-8859-1)", re.IGNORECASE)

_BROKEN_WORKBOOK = (
    "The workbook is broken or protected by a password. Open it and save it again as .xlsx without a "
    "password, or as CSV (UTF-8)."
)
_TOO_LARGE = "The workbook is too large. Take out other sheets, or save the table as CSV (UTF-8)."
# What openpyxl raises for files that are not what they seem; XML errors are SyntaxErrors.
_BROKEN = (
    zipfile.BadZipFile, zlib.error, struct.error, InvalidFileException, SyntaxError, KeyError, IndexError,
    ValueError, TypeError, AttributeError, OSError, EOFError, RuntimeError, ArithmeticError,
)  # fmt: skip


class _Kind(Protocol):
    """A module that reads tables of one sort."""

    def reads(self, names: Sequence[str]) -> bool: ...

    def read_table(
        self, found: Table, *, file_name: str = "", language: str = "en"
    ) -> Iterator[TermRecord | RowProblem]: ...


_KINDS: tuple[_Kind, ...] = (openmetadata, datahub_csv, translation_table, csv_table)


def looks_like(data: bytes) -> float:
    """Return 1 for the bytes of a workbook, which may hold anything, else 0."""
    is_workbook = data.startswith(_ZIP_MARK) and b"[Content_Types].xml" in data and b"xl/workbook." in data
    return 1.0 if is_workbook else 0.0


def read(data: bytes, *, file_name: str = "", language: str = "en") -> Iterator[TermRecord | RowProblem]:
    """Yield a record for each row of the first sheet whose headings name a column of terms.

    Line numbers are those of the rows in the sheet. Every other sheet that holds anything is told.

    Raises UnreadableFile for a workbook that is broken, locked or too large, or has no such sheet.
    """
    sheets = _sheets_in(_parts_read(data))
    tables = [(sheet.title, table_of_rows(partial(iter, list(_rows_of(sheet))))) for sheet in sheets]
    yield from _read_first(tables, file_name, language)


# --- What is unpacked ----------------------------------------------------------------------------


def _parts_read(data: bytes) -> io.BytesIO:
    """Return a workbook of nothing but the parts that are read, each looked through before it is parsed."""
    if data.count(_MEMBER_MARK) > _MOST_MEMBERS:
        raise UnreadableFile(_TOO_LARGE)
    kept = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as pack, zipfile.ZipFile(kept, "w") as copy:
            parts = {info.filename: info for info in pack.infolist() if _PART.fullmatch(info.filename)}
            if sum(info.file_size for info in parts.values()) > _LARGEST:
                raise UnreadableFile(_TOO_LARGE)
            tags = 0
            for name, info in parts.items():
                part = pack.read(info)
                tags += _tags_in(part)
                if tags > _MOST_TAGS:
                    raise UnreadableFile(_TOO_LARGE)
                copy.writestr(name, part)
    except _BROKEN as error:
        raise UnreadableFile(_BROKEN_WORKBOOK) from error
    return kept


def _tags_in(part: bytes) -> int:
    """Return how many tags a part has. Raises UnreadableFile for what no spreadsheet program writes.

    The parser builds a row at a time: its memory is what the longest row takes, entities included. What
    is small does no harm, in whatever order.
    """
    is_odd = b"<!DOCTYPE" in part or (b"<!" in part and len(part) > _SMALL_PART)
    if is_odd or b"\x00" in part or _OTHER_ENCODING.match(part):
        raise UnreadableFile(_BROKEN_WORKBOOK)
    tags = part.count(b"<")
    if tags <= _MOST_TAGS and len(part) > _SMALL_PART:
        begins = [row.start() for row in _ROW.finditer(part)]
        if any(part.count(b"<", *row) > _MOST_TAGS_OF_A_ROW for row in pairwise([0, *begins, len(part)])):
            raise UnreadableFile(_TOO_LARGE)
    return tags


# --- Sheets --------------------------------------------------------------------------------------


class _Sheet(Protocol):
    """What is used of a sheet; the published types leave the sheets that are only read half described."""

    title: str

    def reset_dimensions(self) -> None: ...

    def iter_rows(self, *, max_col: int, values_only: bool) -> Iterator[tuple[object, ...]]: ...


def _sheets_in(parts: io.BytesIO) -> list[_Sheet]:
    try:
        book = load_workbook(parts, read_only=True, data_only=True, keep_links=False)
        sheets = [sheet for sheet in book.worksheets if isinstance(sheet, ReadOnlyWorksheet)]
    except _BROKEN as error:
        raise UnreadableFile(_BROKEN_WORKBOOK) from error
    return cast("list[_Sheet]", sheets[:_MOST_SHEETS])


def _read_first(
    tables: list[tuple[str, Table]], file_name: str, language: str
) -> Iterator[TermRecord | RowProblem]:
    filled = [(title, table) for title, table in tables if table.sample]
    found = [(title, _below_its_title(table)) for title, table in filled]
    chosen = next((number for number, (_, pair) in enumerate(found) if pair), None)
    if chosen is None and len(filled) == 1 and filled[0][1].width <= 2:
        yield from csv_table.read_table(filled[0][1], file_name=file_name, language=language)
        return
    if chosen is None:
        titles = ", ".join(f"“{title}”" for title, _ in filled)
        raise UnreadableFile(
            f"No sheet has a row of headings with “name” or “term” in it. Sheets: {titles or 'none'}."
        )
    for number, (title, _) in enumerate(filled):
        if number != chosen:
            said = f"The sheet “{title[:80]}” was not read, only “{filled[chosen][0][:80]}”."
            yield RowProblem(
                0, "", title[:80], f"{said} Save it as a file of its own to import it.", fatal=False
            )
    pair = found[chosen][1]
    if pair is not None:
        kind, table = pair
        yield from kind.read_table(table, file_name=file_name, language=language)


def _below_its_title(table: Table) -> tuple[_Kind, Table] | None:
    """Return how to read a sheet, from its headings on: a title may stand above them."""
    for place, row in enumerate(table.sample[:_MOST_ROWS_ABOVE]):
        for kind in _KINDS:
            if kind.reads(row.cells):
                width = max(len(each.cells) for each in table.sample[place:])
                below = table_of_rows(partial(_rows_from, table, row.line, width))
                return kind, replace(below, width=width)
    return None


def _rows_from(table: Table, line: int, width: int) -> Iterator[Row]:
    """Yield the rows from a line on, filled up to a width: a sheet has no ends of rows."""
    for row in table.all_rows():
        if row.line >= line:
            yield Row(row.line, row.cells + [""] * (width - len(row.cells)))


def _rows_of(sheet: _Sheet) -> Iterator[Row]:
    """Yield the rows of a sheet as texts; a long stretch of blank ones is taken for its end."""
    blank = filled = 0
    for line, values in enumerate(_values_of(sheet), start=1):
        end = max((place for place, value in enumerate(values, start=1) if value is not None), default=0)
        cells = [_text_of(value) for value in values[:end]]
        blank = 0 if cells else blank + 1
        if blank > _MOST_BLANK_ROWS:
            return
        if cells:
            yield Row(line, cells)
            filled += 1
            if filled > MOST_ROWS + 1:
                return


def _values_of(sheet: _Sheet) -> Iterator[tuple[object, ...]]:
    # What a sheet says of its own size may be wrong, in good faith and in bad.
    sheet.reset_dimensions()
    try:
        yield from sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True)
    except _BROKEN as error:
        raise UnreadableFile(_BROKEN_WORKBOOK) from error


def _text_of(value: object) -> str:
    """Return a cell as it would stand in a CSV file; whole numbers have no “.0”."""
    if value is None or value in _NO_VALUES:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    # A carriage return inside of a cell is written so by Excel.
    return str(value)[: LONGEST_CELL + 1].replace("_x000D_", "")
