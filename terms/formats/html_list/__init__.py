"""HTML pages: definition lists (`<dl>`), as documentation tools write them, and tables of terms.

Several `<dt>` are the names of one entry, several `<dd>` its senses. What a page has around its list
stays out, and nothing that it links to is ever fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

from ...errors import UnreadableFile
from .. import csv_table
from ..columns import meaning_of
from ..delimited import Row, table_of_rows
from ..record import RowProblem, TermRecord
from .entries import records_of
from .lists import Table, cells_of, lists_of, table_of
from .page import Site, page_of, said
from .texts import Lost, markdown_of

__all__ = ["looks_like", "read"]


_BEGINS_LIKE_A_PAGE = re.compile(
    r"\ufeff?\s*(?:<\?xml[^>]*>\s*|<!--(?:(?!-->).)*-->\s*)*"
    r"<(?:!doctype\s+html|html|head|body|dl|table|div|main|article|section|h[1-6]|p)\b",
    re.IGNORECASE | re.DOTALL,
)
_LONG_TEXTS = frozenset({"definition", "short_definition", "notes", "examples", "usage_notes", "scope_notes"})


def looks_like(data: bytes) -> float:
    """Return how likely (0 to 1) these bytes are a page with a list or table of terms."""
    head = data.decode("utf-8", errors="replace")
    if not _BEGINS_LIKE_A_PAGE.match(head):
        return 0.0
    if re.search(r"<dt\b", head, re.IGNORECASE):
        return 0.85
    return 0.6 if re.search(r"<t[hd]\b", head, re.IGNORECASE) else 0.4


def read(data: bytes, *, file_name: str = "", language: str = "en") -> Iterator[TermRecord | RowProblem]:
    """Yield a record for each entry, and a note for each that only points to another.

    The glossary of a page are the lists called so, else all lists under single letters, else the
    largest; or a table with a heading for the names, if it has more rows than these have entries.
    Entries like “See X” become aliases of X.

    Raises UnreadableFile when the page has neither, is too large or too deeply nested, or is one of ours.
    """
    page = page_of(data)
    if page.xpath("//meta[@name='generator'][@content='Termbook']"):
        raise UnreadableFile("This page is a glossary made to be read. Bring in its JSON or CSV instead.")
    site = Site.of(page)
    lists, table = lists_of(page), table_of(page)
    if len(table.rows) > len(lists.entries):
        yield from _table_records(table, site, file_name=file_name, language=language)
        return
    if not lists.entries:
        raise UnreadableFile(
            "The page has no definition list (<dl>), and no table whose first row calls a column “term”. "
            "Copy the text from the browser and paste that instead."
        )
    for other in lists.others:
        message = f"Another list of the page, with {len(other)} entries, was left out."
        yield RowProblem(other[0].line, "", said(other[0].terms[0])[:80], message, fatal=False)
    yield from records_of(lists.entries, site, language)


def _table_records(
    table: Table, site: Site, *, file_name: str, language: str
) -> Iterator[TermRecord | RowProblem]:
    """Read a table as a CSV file with these cells is read; its lines are numbered from the headings on."""
    rows = [Row(1, list(table.headings))]
    meanings = [meaning_of(heading) for heading in table.headings]
    for number, row in enumerate(table.rows, start=2):
        cells = [
            _markdown(cell, site) if meaning and meaning[0] in _LONG_TEXTS else said(cell)
            for cell, meaning in zip(cells_of(row), [*meanings, *[None] * 64], strict=False)
        ]
        rows.append(Row(number, cells))
    found = table_of_rows(lambda: iter(rows))
    yield from csv_table.read_table(found, file_name=file_name, language=language)


def _markdown(cell: HtmlElement, site: Site) -> str:
    return markdown_of(cell, site, Lost(), lambda link: "")
