"""Text to rows of cells and back: separators, quotes and line ends of every dialect.

Nothing here knows what a cell means. RFC 4180 is the base; what spreadsheets, other programs and
hands make of it is the rest.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Self

from ..errors import UnreadableFile
from .record import RowProblem

MOST_COLUMNS = 256
MOST_ROWS = 100_000
MOST_ITEMS = 500
LONGEST_CELL = 1_000_000

_SEPARATORS = (",", ";", "\t", "|")
_SAMPLE_SIZE = 64_000
_SAMPLE_ROWS = 200
_MOST_BROKEN_QUOTES = 20

_TOO_MANY_ROWS = f"The table has more than {MOST_ROWS:,} rows. Import it in parts."
_LINE_END = re.compile(r"\r\n?|\n")
_EMPTY_LINES = re.compile(r"[\r\n]+")
_LINE_BREAK = re.compile(r"[\r\n]")
_REMARKS = re.compile(r"(?:[ \t]*(?:#[^\r\n]*)?(?:\r\n?|\n))+")
_SEP_LINE = re.compile(r'"?sep=(.)"?[ \t]*(?:\r\n|\r|\n|$)', re.IGNORECASE)
_GUARDED = re.compile(r"'+[=+\-@\t\r]")
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_LIST_PIECE = re.compile(r"\\([\\;|])|([;|])|([^\\;|]+|\\)")
_MARK_OF_A_LIST = re.compile(r"[\\;|]")
_NEEDS_QUOTES = re.compile(r'[,"\r\n]|^\s|\s$')


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one record; `trouble` says why they cannot be trusted."""

    line: int
    cells: list[str]
    trouble: str = ""

    @property
    def is_blank(self) -> bool:
        return not any(cell.strip() for cell in self.cells)


@dataclass(frozen=True)
class Table:
    """Rows that can be gone through again: the first of them, and how wide most of these are."""

    sample: list[Row]
    width: int
    evenness: float
    separator: str
    all_rows: Callable[[], Iterator[Row]]

    @property
    def head(self) -> Row:
        return self.sample[0]

    def rows(self) -> Iterator[Row]:
        """Yield the rows that hold anything. Raises UnreadableFile when there are too many rows."""
        for number, row in enumerate(self.all_rows()):
            if number > MOST_ROWS:
                raise UnreadableFile(_TOO_MANY_ROWS)
            if not row.is_blank:
                yield row


# --- Reading -------------------------------------------------------------------------------------


def table(text: str, *, is_heading: Callable[[str], bool]) -> Table:
    """Return the table in a text; its separator is found by counting cells and known headings.

    Rows that were each put into one pair of quotes as a whole are taken out of it. Raises
    UnreadableFile when there is nothing in it, or too much.
    """
    if _least_rows(text) > MOST_ROWS:
        raise UnreadableFile(_TOO_MANY_ROWS)
    said = _SEP_LINE.match(text)
    separators = (said[1],) if said else _SEPARATORS
    start = said.end() if said else 0
    shape = _best_shape(text, start, separators, is_heading)
    remarks = _REMARKS.match(text, start)
    if remarks and "#" in remarks[0]:
        below = _best_shape(text, remarks.end(), separators, is_heading)
        if _rank(below, is_heading)[0] > 1:
            start, shape = remarks.end(), below
    if not shape.sample:
        raise UnreadableFile("The table has no rows.")
    columns = max(shape.width, len(shape.sample[0].cells))
    line = 1 + _line_ends(text, 0, start)

    def all_rows() -> Iterator[Row]:
        found = rows(text, shape.separator, start=start, line=line)
        if not shape.wrapped:
            return found
        return (_unwrap(row, shape.separator, columns) if len(row.cells) == 1 else row for row in found)

    return Table(shape.sample, shape.width, shape.evenness, shape.separator, all_rows)


def _least_rows(text: str) -> int:
    """Return a number of rows that a text has in any case: without quotes every line that is not empty."""
    if '"' in text:
        return 0
    return text.count("\n") - 2 * (text.count("\n\n") + text.count("\r\n\r\n"))


def _best_shape(
    text: str, start: int, separators: Sequence[str], is_heading: Callable[[str], bool]
) -> _Shape:
    sample = text[start : start + _SAMPLE_SIZE]
    line = 1 + _line_ends(text, 0, start)
    shapes = [_shape(sample, separator, line) for separator in separators]
    best = max(shapes, key=lambda shape: _rank(shape, is_heading))
    if not best.sample or len(best.sample[0].cells) > 1:
        return best
    return next(filter(None, (_unwrapped(shape) for shape in shapes)), best)


def table_of_rows(all_rows: Callable[[], Iterator[Row]]) -> Table:
    """Return the table that rows from elsewhere make: the sheet of a workbook, for instance."""
    sample = list(islice((row for row in all_rows() if not row.is_blank), _SAMPLE_ROWS))
    shape = _measured("\t", sample)
    return Table(sample, shape.width, shape.evenness, shape.separator, all_rows)


def headings(text: str) -> list[str]:
    """Return the cells of the first row of a text, split at the separator that gives most of them."""
    said = _SEP_LINE.match(text)
    start = said.end() if said else 0
    sample = text[start : start + _SAMPLE_SIZE]
    firsts = [
        next((row.cells for row in rows(sample, separator) if not row.is_blank), [])
        for separator in ([said[1]] if said else _SEPARATORS)
    ]
    return max(firsts, key=len)


@dataclass(frozen=True)
class _Shape:
    """A sample as it looks when split at one separator."""

    separator: str
    sample: list[Row]
    width: int
    evenness: float
    wrapped: bool = False


def _rank(shape: _Shape, is_heading: Callable[[str], bool]) -> tuple[int, float, int]:
    head = shape.sample[0].cells if shape.sample else []
    named = sum(map(is_heading, head)) if len(head) > 1 else 0
    return named, shape.evenness if shape.width > 1 else 0.0, shape.width


def _shape(sample: str, separator: str, line: int) -> _Shape:
    filled = (row for row in rows(sample, separator, line=line) if not row.is_blank)
    found = list(islice(filled, _SAMPLE_ROWS))
    # The end of a sample cuts its last row.
    if len(sample) == _SAMPLE_SIZE and 1 < len(found) < _SAMPLE_ROWS:
        found.pop()
    return _measured(separator, found)


def _measured(separator: str, found: list[Row], *, wrapped: bool = False) -> _Shape:
    if not found:
        return _Shape(separator, found, width=1, evenness=0.0)
    widths = Counter(len(row.cells) for row in found)
    width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
    return _Shape(separator, found, width, count / len(found), wrapped)


def _unwrapped(shape: _Shape) -> _Shape | None:
    """Return the shape of rows that were each put into one pair of quotes as a whole."""
    if not shape.sample or any(len(row.cells) != 1 for row in shape.sample):
        return None
    found = [_unwrap(row, shape.separator) for row in shape.sample]
    if sum(len(row.cells) > 1 for row in found) < 0.8 * len(found):
        return None
    header, *rest = found
    if len(header.cells) == 2:
        rest = [_unwrap(row, shape.separator, columns=2) for row in shape.sample[1:]]
    return _measured(shape.separator, [header, *rest], wrapped=True)


def _unwrap(row: Row, separator: str, columns: int = MOST_COLUMNS) -> Row:
    """Split a row again that stands in one cell; of two columns the first cell ends at the first sign."""
    whole = row.cells[0]
    if columns == 2 and '"' not in whole:
        return Row(row.line, [cell.strip(" ") for cell in whole.split(separator, 1)], row.trouble)
    inner = next(rows(whole, separator), row)
    return Row(row.line, inner.cells, row.trouble or inner.trouble)


def fitted(row: Row, width: int) -> tuple[list[str], RowProblem | None]:
    """Return the cells of a row, as many as the table has columns or fewer, and what is wrong.

    Cells missing at the end are no cells: such a row says nothing on what they would hold. With a
    fatal problem the cells are not to be used.
    """
    cells = row.cells
    if row.trouble:
        return cells, _problem_of(row, row.trouble)
    while len(cells) > width and not cells[-1].strip():
        cells = cells[:-1]
    if len(cells) == width:
        return cells, None
    counted = f"Cells in this row: {len(cells)}, in the table: {width}."
    if len(cells) > width:
        return cells, _problem_of(row, f"{counted} Put cells that hold the separator between double quotes.")
    return cells, _problem_of(row, f"{counted} What is missing at its end was left as it is.", fatal=False)


@dataclass(frozen=True)
class NamedRow:
    """One row by the names of its columns, with what is wrong with its width."""

    number: int
    cells: Mapping[str, str]
    problem: RowProblem | None

    @classmethod
    def of(cls, row: Row, names: Sequence[str]) -> Self:
        """Return the row without guards and blanks around its cells; a column without a name is left out."""
        cells, problem = fitted(row, len(names))
        by_name = {name: unguarded(cell).strip() for name, cell in zip(names, cells, strict=False) if name}
        return cls(row.line, by_name, problem)


def _problem_of(row: Row, message: str, *, fatal: bool = True) -> RowProblem:
    return RowProblem(row.line, "", " | ".join(row.cells)[:80], message, fatal)


# --- Cells ---------------------------------------------------------------------------------------


def rows(text: str, separator: str, *, start: int = 0, line: int = 1) -> Iterator[Row]:
    """Yield the records of a table but for empty lines; line numbers are those of an editor.

    The csv module is not used because its limit on the size of a cell holds for the whole process,
    and because it keeps as many cells in memory as a file pretends to have. Raises UnreadableFile
    when the quotes never match.
    """
    scanner = _Scanner(text, separator)
    position = scanner.after_empty_lines(start)
    line += _line_ends(text, start, position)
    broken = 0
    while position < len(text):
        cells, end, trouble = scanner.row_at(position)
        if trouble and end < 0:
            broken += 1
            if broken > _MOST_BROKEN_QUOTES:
                raise UnreadableFile(f"Line {line}: the quotes of this table never match. {trouble}")
            end = scanner.next_line(position)
        yield Row(line, cells, trouble)
        end = scanner.after_empty_lines(end)
        line += _line_ends(text, position, end)
        position = end


def _line_ends(text: str, position: int, end: int) -> int:
    count = text.count
    return count("\n", position, end) + count("\r", position, end) - count("\r\n", position, end)


class _Scanner:
    """Cuts one record after the other out of a text; takes time in proportion to its length."""

    def __init__(self, text: str, separator: str) -> None:
        self.text = text
        self.separator = separator
        self._cell_end = re.compile(rf"[{re.escape(separator)}\r\n]")
        self._opening_quote = re.compile(r'[ \t]*"' if separator != "\t" else r' *"')

    def row_at(self, position: int) -> tuple[list[str], int, str]:
        """Return the cells from here on, where the next record begins, and what is wrong.

        -1 as the beginning of the next one means that a quote was never closed.
        """
        cells: list[str] = []
        after_quotes = True
        while True:
            plain = self._plain_rest(position, MOST_COLUMNS - len(cells)) if after_quotes else None
            if plain is not None:
                return cells + plain[0], plain[1], ""
            if len(cells) == MOST_COLUMNS:
                trouble = f"The row has more than {MOST_COLUMNS} columns. Check the separator."
                return cells, self.next_line(position), trouble
            cell, end, after_quotes = self._cell_at(position)
            if end < 0:
                return cells, end, "A quoted cell is never closed or too long. Close it with a quote."
            if len(cell) > LONGEST_CELL:
                trouble = f"A cell is longer than {LONGEST_CELL:,} signs. Shorten it."
                return [*cells, cell[:80]], self.next_line(end), trouble
            cells.append(cell)
            if not self.text.startswith(self.separator, end):
                return cells, self._after_line_end(end), ""
            position = end + 1

    def _plain_rest(self, position: int, most: int) -> tuple[list[str], int] | None:
        """Return the cells to the end of a line that has no quotes, and where the next line begins."""
        found = _LINE_BREAK.search(self.text, position, position + LONGEST_CELL)
        if found is None or self.text.find('"', position, found.start()) >= 0:
            return None
        cells = self.text[position : found.start()].split(self.separator, most)
        if len(cells) > most:
            return None
        return [cell.strip(" ") for cell in cells], self._after_line_end(found.start())

    def after_empty_lines(self, position: int) -> int:
        found = _EMPTY_LINES.match(self.text, position)
        return found.end() if found else position

    def next_line(self, position: int) -> int:
        found = _LINE_END.search(self.text, position)
        return found.end() if found else len(self.text)

    def _after_line_end(self, position: int) -> int:
        found = _LINE_END.match(self.text, position)
        return found.end() if found else len(self.text)

    def _cell_at(self, position: int) -> tuple[str, int, bool]:
        """Return the cell that begins here, where it ends, and whether it is quoted."""
        opening = self._opening_quote.match(self.text, position)
        if opening is None:
            end = self._end_of_cell(position)
            return self.text[position : min(end, position + LONGEST_CELL + 1)].strip(" "), end, False
        inside, after = self._quoted(opening.end())
        if after < 0:
            return inside, after, True
        end = self._end_of_cell(after)
        # Signs after the closing quote belong to the cell, as in the csv module; blanks do not.
        return inside + self.text[after : min(end, after + LONGEST_CELL + 1)].rstrip(" "), end, True

    def _end_of_cell(self, position: int) -> int:
        found = self._cell_end.search(self.text, position)
        return found.start() if found else len(self.text)

    def _quoted(self, position: int) -> tuple[str, int]:
        """Return what stands between quotes and the place after the closing one, -1 without one."""
        begin = position
        while True:
            quote = self.text.find('"', position, begin + 2 * LONGEST_CELL)
            if quote < 0:
                return "", -1
            if not self.text.startswith('"', quote + 1):
                return self.text[begin:quote].replace('""', '"'), quote + 1
            position = quote + 2


def unguarded(cell: str) -> str:
    """Return a cell without the apostrophe that `guarded_line` put before a formula."""
    return cell[1:] if cell.startswith("'") and _GUARDED.match(cell) else cell


# --- Lists in a cell -----------------------------------------------------------------------------


def split_items(cell: str) -> list[list[str]]:
    """Split a list into its items (`;`) and their parts (`|`), both escaped by a backslash.

    Blanks around a part do not count. An empty cell is one item with one empty part.
    """
    if not _MARK_OF_A_LIST.search(cell):
        return [[cell.strip()]]
    items = [[""]]
    for escaped, mark, other in _LIST_PIECE.findall(cell):
        if mark == ";":
            items.append([""])
        elif mark == "|":
            items[-1].append("")
        else:
            items[-1][-1] += escaped or other
    return [[part.strip() for part in parts] for parts in items]


def joined_items(items: Iterable[Sequence[str]]) -> str:
    """Return the cell that `split_items` splits into these items."""
    return ";".join("|".join(_MARK_OF_A_LIST.sub(r"\\\g<0>", part) for part in parts) for parts in items)


# --- Writing -------------------------------------------------------------------------------------


def guarded_line(cells: Iterable[str]) -> str:
    """Return a line of a table, with its CRLF, of which no spreadsheet takes a cell for a formula.

    Such cells get an apostrophe in front (OWASP, “CSV injection”); `unguarded` takes it away again.
    """
    return line_of(_guarded(cell) for cell in cells)


def line_of(cells: Iterable[str]) -> str:
    """Return a line of a table, with its CRLF and quotes where they are needed (RFC 4180)."""
    return ",".join(_quoted(cell) for cell in cells) + "\r\n"


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if _NEEDS_QUOTES.search(cell) else cell


def _guarded(cell: str) -> str:
    return "'" + cell if _FORMULA.match(cell) else cell
