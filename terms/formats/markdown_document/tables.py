"""Terms in the rows of tables, which are read as `csv_table` reads them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import replace

from ...errors import UnreadableFile
from .. import csv_table
from ..markdown_text import block_parser, plain_inline
from ..record import RowProblem, TermRecord
from .page import Block, Page
from .patterns import TABLE, Entry, Found, found_by

_TERM_COLUMN = re.compile(
    r"(?:\w+ )?(?:terms?|names?|words?|acronyms?|abbreviations?|concepts?|phrases?|titles?|entry|begriffe?|"
    r"fachbegriff|abkürzung|kürzel|termes?|término|术语|名称|用語)",
    re.IGNORECASE,
)
_TEXT_COLUMN = re.compile(
    r"(?:\w+ )?(?:definitions?|descriptions?|meanings?|explanations?|stands for|full forms?|expansions?|"
    r"bedeutung|beschreibung|erklärung|définition|signification|definición|significado|定义|解释|説明)",
    re.IGNORECASE,
)
_WHOLE_MARKED = re.compile(r"(?:\*\*.+\*\*|__.+__|`[^`]+`|\[[^\[\]]+\]\([^()]*\))")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)


def by_table(page: Page, *, whatever_its_header: bool = False) -> Found:
    """Find tables with a column of terms; `csv_table` reads what they hold."""
    entries: list[Entry] = []
    problems: list[RowProblem] = []
    begins: set[int] = set()
    covered = total = 0
    for block in page.blocks:
        total += block.end - block.begin
        rows = _rows_of(page, block) if block.kind == "table" else []
        if len(rows) < 2 or not (whatever_its_header or _names_terms(rows[0])):
            continue
        covered += block.end - block.begin
        begins.add(block.begin)
        for item in _items_of_table(rows):
            # The line of dashes below the header is no row.
            line = block.begin + item.line + (item.line > 1)
            if isinstance(item, RowProblem):
                problems.append(replace(item, line=line))
            else:
                body = item.definition or ""
                entries.append(Entry(line, (item.name,), body, block.group, record=item))
    found = found_by(TABLE, entries, begins, covered / total if total else 0.0)
    return replace(found, problems=tuple(problems))


def _items_of_table(rows: Sequence[Sequence[str]]) -> list[TermRecord | RowProblem]:
    try:
        return list(csv_table.read(_as_csv(rows)))
    except UnreadableFile:
        return []


def _rows_of(page: Page, block: Block) -> list[list[str]]:
    rows: list[list[str]] = []
    for token in block_parser().parse("\n".join(page.lines[block.begin : block.end])):
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline" and rows:
            rows[-1].append(_BREAK.sub("\n", token.content).strip())
    return rows


def _names_terms(header: Sequence[str]) -> bool:
    """Say whether a header names a column of terms, and one of definitions if the terms are not the first."""
    names = [plain_inline(cell) for cell in header]
    has_terms = any(_TERM_COLUMN.fullmatch(name) for name in names)
    return has_terms and (
        any(_TEXT_COLUMN.fullmatch(name) for name in names)
        or (len(names) == 2 and bool(_TERM_COLUMN.fullmatch(names[0])))
    )


def _as_csv(rows: Sequence[Sequence[str]]) -> bytes:
    """Return a table as CSV with every record on one line; names lose the marks around the whole of them.

    Where the header does not say it, the first column holds the terms and the one with most text the
    definitions.
    """
    header = [plain_inline(cell) for cell in rows[0]]
    named = [place for place, name in enumerate(header) if _TERM_COLUMN.fullmatch(name)]
    told = [place for place, name in enumerate(header) if _TEXT_COLUMN.fullmatch(name)]
    if len(named) < 2:
        named = named or [0]
        header[named[0]] = "term"
    if len(told) == 1:
        header[told[0]] = "definition"
    elif not told:
        lengths = [
            sum(len(row[place]) for row in rows[1:] if place < len(row)) for place in range(len(header))
        ]
        others = [place for place in range(len(header)) if place not in named]
        header[max(others, key=lambda place: lengths[place], default=0)] = "definition" if others else "term"
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(header)
    for row in rows[1:]:
        cells = [*row, *[""] * (len(header) - len(row))][: len(header)]
        writer.writerow(
            plain_inline(cell)
            if place in named and _WHOLE_MARKED.fullmatch(cell)
            else cell.replace("\n", " ")
            for place, cell in enumerate(cells)
        )
    return written.getvalue().encode()
