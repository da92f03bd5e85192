"""CSV tables: lists of `term,definition` in any dialect, and our own columns, which we also write.

Our lists are separated by `;`, the parts of an item by `|`, both escaped by a backslash. An absent
column says nothing, an empty cell says “nothing” (RFC 4180 is the base; spreadsheets, exports of
other glossary servers and hand-made lists are the rest).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from ..errors import UnreadableFile
from .decoding import decode
from .record import (
    ALIAS_KINDS,
    ALIAS_STATUSES,
    LONGEST_DEFINITION,
    LONGEST_NAME,
    LONGEST_SHORT_DEFINITION,
    MAPPINGS,
    NOTE_KINDS,
    RELATION_KINDS,
    STATUSES,
    AliasRecord,
    ExternalIdRecord,
    Flag,
    Glossary,
    NoteRecord,
    Refs,
    RelationRecord,
    RowProblem,
    SourceRecord,
    TermRecord,
    Writer,
)

TITLE = "CSV or TSV table"
FILE_ENDINGS: tuple[str, ...] = (".csv", ".tsv", ".tab")

COLUMNS = (
    "id",
    "slug",
    "name",
    "qualifier",
    "status",
    "short_definition",
    "definition",
    "aliases",
    "tags",
    "broader",
    "related",
    "see_also",
    "replaced_by",
    "sources",
    "notes",
    "external_ids",
    "review_by",
    "updated_at",
)

_ALSO_CALLED = {
    "id": "public_id identifier term_id",
    "name": "term title label preflabel pref_label word entry concept headword begriff terme",
    "qualifier": "sense disambiguation",
    "status": "state",
    "short_definition": "summary short_description short",
    "definition": "description meaning explanation definitions erklärung bedeutung beschreibung définition",
    "aliases": "alias synonyms synonym alternative_names also_known_as altlabel alt_label variants",
    "tags": "tag category categories subject subjects topic topics",
    "broader": "broader_term parent",
    "related": "related_terms relatedterms related_term",
    "see_also": "seealso see",
    "replaced_by": "replacedby successor successors",
    "sources": "source",
    "notes": "note",
    "external_ids": "external_id",
}
_FIELD_BY_HEADER = {name: name for name in COLUMNS} | {
    other: name for name, others in _ALSO_CALLED.items() for other in others.split()
}

MOST_COLUMNS = 64
LONGEST_CELL = 1_000_000
_MOST_BROKEN_QUOTES = 20
_LEAST_EVENNESS = 0.6
_SEPARATORS = (",", ";", "\t", "|")
_SAMPLE_SIZE = 64_000
_SAMPLE_ROWS = 200

_LINE_END = re.compile(r"\r\n|\r|\n")
_SEP_LINE = re.compile(r'"?sep=(.)"?[ \t]*(?:\r\n|\r|\n|$)', re.IGNORECASE)
_GUARDED = re.compile(r"'+[=+\-@\t\r]")
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_NEEDS_QUOTES = re.compile(r'[,"\r\n]|^\s|\s$')
_LIST_PIECE = re.compile(r"\\([\\;|])|([;|])|([^\\;|]+|\\)")
_POINTER = re.compile(r"see(?: also)?:? +[^.!?\n]{1,200}\.?", re.IGNORECASE)


# --- Reading -------------------------------------------------------------------------------------


def looks_like(data: bytes) -> float:
    """Return how likely (0 to 1) these bytes are a table with names in it."""
    try:
        layout = _layout(decode(data))
    except UnreadableFile:
        return 0.0
    if layout.names_its_columns:
        return 0.95
    if layout.evenness < _LEAST_EVENNESS:
        return 0.0
    return {1: 0.05, 2: 0.75}.get(layout.width, 0.25) * layout.evenness


def read(data: bytes, *, file_name: str = "", language: str = "en") -> Iterator[TermRecord | RowProblem]:
    """Yield a record for each row that can be used and a problem for each that cannot.

    Separator, header and quoting are found by counting fields. Line numbers are those of an
    editor: a cell may span several lines.

    Raises UnreadableFile when no column with names can be found or the quotes never match.
    """
    text = decode(data)
    layout = _layout(text)
    yield from layout.ignored
    refs = Refs()
    for row in _table_rows(text, layout):
        if layout.header_line == row.line or not any(cell.strip() for cell in row.cells):
            continue
        yield from _read_row(row, layout, refs)


@dataclass(frozen=True)
class _Row:
    """The cells of one record; `trouble` says why they cannot be trusted."""

    line: int
    cells: list[str]
    trouble: str = ""


@dataclass(frozen=True)
class _Layout:
    """How a table is written and which field each column holds."""

    separator: str
    start: int
    start_line: int
    wrapped: bool
    width: int
    evenness: float
    fields: tuple[str, ...]
    header_line: int = 0
    ignored: tuple[RowProblem, ...] = ()

    @property
    def names_its_columns(self) -> bool:
        return self.header_line > 0 and sum(bool(name) for name in self.fields) > 1


def _layout(text: str) -> _Layout:
    said = _SEP_LINE.match(text)
    start, start_line = (said.end(), 2) if said else (0, 1)
    sample = text[start : start + _SAMPLE_SIZE]
    candidates = [said[1]] if said else _SEPARATORS
    shapes = [_shape(sample, separator, start_line) for separator in candidates]
    shape = max(shapes, key=lambda candidate: candidate.rank)
    if shape.width == 1:
        shape = next(filter(None, (_unwrapped(other) for other in shapes)), shape)
    if not shape.rows:
        raise UnreadableFile("The table has no rows.")
    first = shape.rows[0]
    fields, ignored = _fields_named_in(first)
    is_header = bool(fields)
    return _Layout(
        separator=shape.separator,
        start=start,
        start_line=start_line,
        wrapped=shape.wrapped,
        width=shape.width,
        evenness=shape.evenness,
        fields=fields or _fields_of_a_bare_list(shape.width),
        header_line=first.line if is_header else 0,
        ignored=ignored,
    )


@dataclass(frozen=True)
class _Shape:
    """A sample as it looks when split at one separator."""

    separator: str
    rows: list[_Row]
    width: int
    evenness: float
    wrapped: bool = False

    @property
    def rank(self) -> tuple[int, float, int]:
        named = sum(_header_key(cell) in _FIELD_BY_HEADER for cell in self.rows[0].cells) if self.rows else 0
        return (named if self.width > 1 else 0, self.evenness if self.width > 1 else 0.0, self.width)


def _shape(sample: str, separator: str, line: int) -> _Shape:
    rows = []
    for row in _rows(sample, separator, line):
        if any(cell.strip() for cell in row.cells):
            rows.append(row)
        if len(rows) == _SAMPLE_ROWS:
            break
    # The end of a sample cuts its last row.
    if len(sample) == _SAMPLE_SIZE and 1 < len(rows) < _SAMPLE_ROWS:
        rows.pop()
    return _measured(separator, rows)


def _measured(separator: str, rows: list[_Row], *, wrapped: bool = False) -> _Shape:
    if not rows:
        return _Shape(separator, rows, width=1, evenness=0.0)
    widths = Counter(len(row.cells) for row in rows)
    width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
    return _Shape(separator, rows, width, count / len(rows), wrapped)


def _unwrapped(shape: _Shape) -> _Shape | None:
    """Return the shape of rows that were each put into one pair of quotes as a whole."""
    if not shape.rows or any(len(row.cells) != 1 for row in shape.rows):
        return None
    rows = [_unwrap(row, shape.separator) for row in shape.rows]
    if sum(len(row.cells) > 1 for row in rows) < 0.8 * len(rows):
        return None
    header, *rest = rows
    if len(header.cells) == 2:
        rest = [_unwrap(row, shape.separator, columns=2) for row in shape.rows[1:]]
    return _measured(shape.separator, [header, *rest], wrapped=True)


def _unwrap(row: _Row, separator: str, columns: int = MOST_COLUMNS) -> _Row:
    """Split a row again that stands in one cell; of two columns the first cell ends at the first sign."""
    whole = row.cells[0]
    if columns == 2 and '"' not in whole:
        return _Row(row.line, [cell.strip(" ") for cell in whole.split(separator, 1)], row.trouble)
    inner = next(iter(_rows(whole, separator, row.line)), row)
    return _Row(row.line, inner.cells, row.trouble or inner.trouble)


def _header_key(cell: str) -> str:
    return re.sub(r"[\s_-]+", "_", cell.replace("*", "").strip().casefold())


def _fields_named_in(row: _Row) -> tuple[tuple[str, ...], tuple[RowProblem, ...]]:
    """Return the field of each column ("" for those not known), or nothing if this is no header."""
    keys = [_header_key(cell) for cell in row.cells]
    known = [_FIELD_BY_HEADER.get(key, "") for key in keys]
    count = sum(bool(name) for name in known)
    if count < min(2, len(keys)):
        return (), ()
    if "name" not in known:
        raise UnreadableFile(
            f"Line {row.line}: no column holds the names. Call one of the columns “name” or “term”."
        )
    fields: list[str] = []
    for place, name in enumerate(known):
        # Of two columns for one field, the one that has our name for it wins, else the first.
        better = keys.index(name) if name in keys else known.index(name)
        fields.append(name if place == better else "")
    ignored = [
        RowProblem(
            line=row.line,
            column=cell.strip(),
            value="",
            message=f"The column is not used. Columns that are: {', '.join(COLUMNS)}.",
            fatal=False,
        )
        for cell, name in zip(row.cells, fields, strict=True)
        if cell.strip() and not name
    ]
    return tuple(fields), tuple(ignored)


def _fields_of_a_bare_list(width: int) -> tuple[str, ...]:
    if width > 2:
        raise UnreadableFile(
            f"The table has {width} columns and no first line that names them. Add one, for instance "
            "“name,definition,aliases,tags”."
        )
    return ("name", "definition")[:width]


def _table_rows(text: str, layout: _Layout) -> Iterator[_Row]:
    body = text[layout.start :] if layout.start else text
    for row in _rows(body, layout.separator, layout.start_line):
        if layout.wrapped and len(row.cells) == 1:
            yield _unwrap(row, layout.separator, columns=len(layout.fields))
        else:
            yield row


# --- Cells ---------------------------------------------------------------------------------------


def _rows(text: str, separator: str, line: int) -> Iterator[_Row]:
    """Yield the records of a table, blank lines included.

    The csv module is not used because its limit on the size of a cell holds for the whole process,
    and because it keeps as many cells in memory as a file pretends to have.
    """
    scanner = _Scanner(text, separator)
    position = 0
    broken = 0
    while position < len(text):
        cells, end, trouble = scanner.row_at(position)
        if trouble and end < 0:
            broken += 1
            if broken > _MOST_BROKEN_QUOTES:
                raise UnreadableFile(f"Line {line}: the quotes of this table never match. {trouble}")
            end = scanner.next_line(position)
        yield _Row(line, cells, trouble)
        line += len(_LINE_END.findall(text, position, end))
        position = end


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
        while True:
            if len(cells) == MOST_COLUMNS:
                trouble = f"The row has more than {MOST_COLUMNS} columns. Check the separator."
                return cells, self.next_line(position), trouble
            cell, end = self._cell_at(position)
            if end < 0:
                return cells, end, "A quoted cell is never closed or too long. Close it with a quote."
            if len(cell) > LONGEST_CELL:
                trouble = f"A cell is longer than {LONGEST_CELL:,} signs. Shorten it."
                return [*cells, cell[:80]], self.next_line(end), trouble
            cells.append(cell)
            if not self.text.startswith(self.separator, end):
                return cells, self._after_line_end(end), ""
            position = end + 1

    def next_line(self, position: int) -> int:
        found = _LINE_END.search(self.text, position)
        return found.end() if found else len(self.text)

    def _after_line_end(self, position: int) -> int:
        found = _LINE_END.match(self.text, position)
        return found.end() if found else len(self.text)

    def _cell_at(self, position: int) -> tuple[str, int]:
        opening = self._opening_quote.match(self.text, position)
        if opening is None:
            end = self._end_of_cell(position)
            return self.text[position : min(end, position + LONGEST_CELL + 1)].strip(" "), end
        inside, after = self._quoted(opening.end())
        if after < 0:
            return inside, after
        end = self._end_of_cell(after)
        # Signs after the closing quote belong to the cell, as in the csv module; blanks do not.
        return inside + self.text[after : min(end, after + LONGEST_CELL + 1)].rstrip(" "), end

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


# --- Rows to records -----------------------------------------------------------------------------


def _read_row(row: _Row, layout: _Layout, refs: Refs) -> Iterator[TermRecord | RowProblem]:
    trouble = row.trouble or _wrong_width(row, len(layout.fields))
    if trouble:
        yield RowProblem(row.line, "", layout.separator.join(row.cells)[:80], trouble)
        return
    reader = _RowReader(row, layout.fields)
    record = reader.record()
    yield from reader.problems
    if not reader.problems:
        yield TermRecord(ref=refs.take(_key(record)), **record)


def _wrong_width(row: _Row, width: int) -> str:
    while len(row.cells) > width and not row.cells[-1].strip():
        row.cells.pop()
    if len(row.cells) == width:
        return ""
    return (
        f"Cells in this row: {len(row.cells)}, in the table: {width}. Put cells that hold the separator "
        "between double quotes, and give every column a cell."
    )


def _key(record: dict) -> str:
    qualifier = record["qualifier"]
    return (
        record["id"] or record["slug"] or (f"{record['name']} ({qualifier})" if qualifier else record["name"])
    )


@dataclass
class _RowReader:
    """Turns the cells of one row into the values of a record and collects what is wrong with them."""

    row: _Row
    fields: tuple[str, ...]
    problems: list[RowProblem] = field(default_factory=list)

    def record(self) -> dict:
        """Return the values of the record; only to be used when `problems` stays empty."""
        definition = self._text("definition", LONGEST_DEFINITION)
        return {
            "line": self.row.line,
            "name": self._name(),
            "id": self._word("id"),
            "slug": self._word("slug"),
            "qualifier": self._word("qualifier"),
            "status": self._status(),
            "short_definition": self._text("short_definition", LONGEST_SHORT_DEFINITION),
            "definition": definition,
            "aliases": self._aliases(),
            "tags": self._plain_list("tags"),
            "relations": self._relations(),
            "relation_kinds": tuple(kind for kind in RELATION_KINDS if kind in self.fields),
            "sources": self._sources(),
            "notes": self._notes(),
            "external_ids": self._external_ids(),
            "review_by": self._date("review_by"),
            "updated_at": self._word("updated_at"),
            "flags": _flags_of(definition),
        }

    def _cell(self, name: str) -> str | None:
        if name not in self.fields:
            return None
        cell = self.row.cells[self.fields.index(name)]
        return cell[1:] if _GUARDED.match(cell) else cell

    def _refuse(self, column: str, value: str, message: str) -> None:
        self.problems.append(RowProblem(self.row.line, column, value[:80], message))

    def _text(self, name: str, longest: int) -> str | None:
        cell = self._cell(name)
        if cell is not None and len(cell) > longest:
            self._refuse(name, cell, f"The text has {len(cell):,} signs, {longest:,} are allowed. Cut it.")
        return cell

    def _word(self, name: str) -> str | None:
        text = self._text(name, LONGEST_NAME)
        return None if text is None else text.strip()

    def _name(self) -> str:
        name = self._word("name") or ""
        if not name:
            self._refuse("name", "", "The row has no name. Fill it in or remove the row.")
        return name

    def _status(self) -> str | None:
        word = self._word("status")
        return None if word is None else self._choice("status", word.lower(), ("", *STATUSES))

    def _date(self, name: str) -> str | None:
        word = self._word(name)
        try:
            return date.fromisoformat(word).isoformat() if word else word
        except ValueError:
            self._refuse(name, word or "", "This is not a date. Write year, month and day: 2031-05-28.")
            return None

    def _choice(self, column: str, value: str, choices: Sequence[str]) -> str:
        if value not in choices:
            known = ", ".join(choice for choice in choices if choice)
            self._refuse(column, value, f"“{value[:80]}” is not known here. Use one of: {known}.")
        return value

    def _items(self, name: str, most_parts: int) -> list[list[str]] | None:
        """Return the items of a list with their parts, filled up with empty ones."""
        cell = self._cell(name)
        if cell is None:
            return None
        items = [parts for parts in _split(cell) if any(parts)]
        for parts in items:
            if len(parts) > most_parts:
                self._refuse(
                    name,
                    "|".join(parts),
                    f"An item has {len(parts)} parts; {most_parts} are allowed. Write \\| for a bar "
                    "and \\; for a semicolon inside a text.",
                )
        return [[*parts, *[""] * (most_parts - len(parts))] for parts in items]

    def _plain_list(self, name: str) -> tuple[str, ...] | None:
        cell = self._cell(name)
        if cell is None:
            return None
        # A bar that we wrote ourselves is escaped here, so a bare one separates, as others write it.
        items = [part for parts in _split(cell) for part in parts if part]
        for item in items:
            if len(item) > LONGEST_NAME:
                self._refuse(name, item, f"A name has more than {LONGEST_NAME} signs. Shorten it.")
        return tuple(items)

    def _aliases(self) -> tuple[AliasRecord, ...] | None:
        if self._is_separated_by_bars("aliases"):
            return tuple(AliasRecord(text) for text in self._plain_list("aliases") or ())
        items = self._items("aliases", 5)
        return None if items is None else tuple(self._alias(*parts[:5]) for parts in items)

    def _is_separated_by_bars(self, name: str) -> bool:
        """Other systems write `a|b|c` for three names; our own second part is always a kind."""
        items = [parts for parts in _split(self._cell(name) or "") if any(parts)]
        return len(items) == 1 and len(items[0]) > 1 and _as_kind(items[0][1]) not in ("", *ALIAS_KINDS)

    def _alias(self, text: str, kind: str, status: str, language: str, note: str) -> AliasRecord:
        if not text or len(text) > LONGEST_NAME:
            self._refuse("aliases", text, f"An alias has between 1 and {LONGEST_NAME} signs.")
        return AliasRecord(
            text=text,
            kind=self._choice("aliases", _as_kind(kind) or "synonym", ALIAS_KINDS),
            status=self._choice("aliases", status.lower() or "admitted", ALIAS_STATUSES),
            language=language,
            note=note,
        )

    def _relations(self) -> tuple[RelationRecord, ...] | None:
        if not any(kind in self.fields for kind in RELATION_KINDS):
            return None
        return tuple(
            RelationRecord(kind, target) for kind in RELATION_KINDS for target in self._plain_list(kind) or ()
        )

    def _sources(self) -> tuple[SourceRecord, ...] | None:
        cell = self._cell("sources")
        if cell is None:
            return None
        bare = {parts[0] for parts in _split(cell) if len(parts) == 1}
        return tuple(
            SourceRecord(title or url, url if url or title not in bare else _address(title), locator)
            for title, url, locator in (parts[:3] for parts in self._items("sources", 3) or ())
        )

    def _notes(self) -> tuple[NoteRecord, ...] | None:
        items = self._items("notes", 2)
        if items is None:
            return None
        # A text without a kind may be meant for nobody else: it becomes the private kind.
        return tuple(
            NoteRecord(self._choice("notes", kind.lower(), NOTE_KINDS), text)
            if text
            else NoteRecord("editorial", kind)
            for kind, text in (parts[:2] for parts in items)
        )

    def _external_ids(self) -> tuple[ExternalIdRecord, ...] | None:
        items = self._items("external_ids", 3)
        return None if items is None else tuple(self._external_id(*parts[:3]) for parts in items)

    def _external_id(self, scheme: str, value: str, mapping: str) -> ExternalIdRecord:
        if not scheme or not value:
            self._refuse("external_ids", scheme or value, "Write the scheme, a bar and the value.")
        chosen = self._choice("external_ids", mapping.lower() or "exact", MAPPINGS)
        return ExternalIdRecord(scheme, value, chosen)


def _as_kind(text: str) -> str:
    return re.sub(r"[\s-]+", "_", text.strip().lower())


def _address(text: str) -> str:
    return text if text.startswith(("https://", "http://")) else ""


def _flags_of(definition: str | None) -> tuple[Flag, ...]:
    if definition and _POINTER.fullmatch(definition.strip()):
        return (
            Flag("see_reference", "The definition only points to another term; make this name its alias."),
        )
    return ()


def _split(cell: str) -> list[list[str]]:
    """Split a list into items and their parts; blanks around a part do not count."""
    items = [[""]]
    for escaped, mark, other in _LIST_PIECE.findall(cell):
        if mark == ";":
            items.append([""])
        elif mark == "|":
            items[-1].append("")
        else:
            items[-1][-1] += escaped or other
    return [[part.strip() for part in parts] for parts in items]


# --- Writing -------------------------------------------------------------------------------------


def write(
    records: Iterable[TermRecord], glossary: Glossary, columns: Sequence[str] = COLUMNS
) -> Iterator[bytes]:
    """Yield the lines of a table with these columns, the header first, each with its CRLF.

    Cells that a spreadsheet would take for a formula get an apostrophe in front (OWASP, “CSV
    injection”); `read` takes it away again.
    """
    yield _line(columns).encode()
    for record in records:
        yield guarded_line(_cell_of(record, column) for column in columns).encode()


def guarded_line(cells: Iterable[str]) -> str:
    """Return a line of a table, with its CRLF, of which no spreadsheet takes a cell for a formula."""
    return _line(_guarded(cell) for cell in cells)


def _line(cells: Iterable[str]) -> str:
    return ",".join(_quoted(cell) for cell in cells) + "\r\n"


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if _NEEDS_QUOTES.search(cell) else cell


def _guarded(cell: str) -> str:
    return "'" + cell if _FORMULA.match(cell) else cell


def _cell_of(record: TermRecord, column: str) -> str:
    if column in RELATION_KINDS:
        return _joined([relation.target] for relation in record.relations or () if relation.kind == column)
    if column == "tags":
        return _joined([tag] for tag in record.tags or ())
    if column == "aliases":
        return _joined(_parts_of_alias(alias) for alias in record.aliases or ())
    if column == "sources":
        return _joined(
            [source.title, source.url, *([source.locator] if source.locator else [])]
            for source in record.sources or ()
        )
    if column == "notes":
        return _joined([note.kind, note.text] for note in record.notes or ())
    if column == "external_ids":
        return _joined([item.scheme, item.value, item.mapping] for item in record.external_ids or ())
    return getattr(record, column) or ""


def _parts_of_alias(alias: AliasRecord) -> list[str]:
    parts = [alias.text, alias.kind, alias.status, alias.language, alias.note]
    usual = ["", "synonym", "admitted", "", ""]
    while len(parts) > 1 and parts[-1] == usual[len(parts) - 1]:
        parts.pop()
    return parts


def _joined(items: Iterable[Sequence[str]]) -> str:
    return ";".join("|".join(re.sub(r"([\\;|])", r"\\\1", part) for part in parts) for parts in items)


WRITERS = {"csv": Writer("CSV", "text/csv; charset=utf-8", ".csv", write)}
