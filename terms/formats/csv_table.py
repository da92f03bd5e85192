"""CSV tables: our own columns, which we also write, and lists of terms in any dialect.

In our columns each cell is taken by the letter. Lists are separated by `;`, the parts of an item by
`|`, both escaped by a backslash. An absent column says nothing, an empty cell says “nothing”. Tables
that others made are read by `term_lists`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from ..errors import UnreadableFile
from . import term_lists
from .columns import OUR_COLUMNS, Columns, columns_of, is_heading
from .decoding import decode
from .delimited import (
    MOST_ITEMS,
    Table,
    fitted,
    guarded_line,
    joined_items,
    line_of,
    split_items,
    table,
    unguarded,
)
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
    Glossary,
    NoteRecord,
    Refs,
    RelationRecord,
    RowProblem,
    SourceRecord,
    TermRecord,
)

_LEAST_EVENNESS = 0.6
# A name with its qualifier in parentheses.
_LONGEST_TARGET = LONGEST_NAME + 110
_LONGEST_LIST = 500_000
_BYTE_ORDER_MARK = "\ufeff".encode()
_YES_OR_NO = {"": None, "yes": True, "true": True, "no": False, "false": False}


def looks_like(data: bytes) -> float:
    """Return how likely (0 to 1) these bytes are a table with names in it."""
    try:
        found = table(decode(data), is_heading=is_heading)
        columns = columns_of(found, "en")
    except UnreadableFile:
        return 0.0
    if columns.names_them:
        return 0.95
    if columns.taken_as:
        return 0.7
    if found.evenness < _LEAST_EVENNESS:
        return 0.0
    return {1: 0.05, 2: 0.75}.get(found.width, 0.25) * found.evenness


def read(data: bytes, *, file_name: str = "", language: str = "en") -> Iterator[TermRecord | RowProblem]:
    """Yield a record for each row that can be used and a problem for each that cannot.

    Separator, header and quoting are found by counting fields. Line numbers are those of an
    editor: a cell may span several lines.

    Raises UnreadableFile when no column with names can be found or the quotes never match.
    """
    yield from read_table(table(decode(data), is_heading=is_heading), file_name=file_name, language=language)


def reads(headings: Sequence[str]) -> bool:
    """Say whether one of these headings stands over names."""
    return sum(map(is_heading, headings)) >= min(2, len(headings)) > 0


def read_table(
    found: Table, *, file_name: str = "", language: str = "en"
) -> Iterator[TermRecord | RowProblem]:
    """Do what `read` does, for rows that may come from elsewhere."""
    columns = columns_of(found, language)
    if columns.are_ours:
        yield from _read_ours(found, columns)
    else:
        yield from term_lists.read(found, columns, file_name=file_name, language=language)


# --- Our rows to records -------------------------------------------------------------------------


def _read_ours(found: Table, columns: Columns) -> Iterator[TermRecord | RowProblem]:
    yield from columns.unused()
    places = {column.field: place for place, column in enumerate(columns.columns) if column.field}
    unused = {
        place: column.heading or f"column {place + 1}"
        for place, column in enumerate(columns.columns)
        if not column.field
    }
    refs = Refs()
    for row in found.rows():
        if row.line == columns.line:
            continue
        cells, problem = fitted(row, len(columns.columns))
        if problem:
            yield problem
        if problem is None or not problem.fatal:
            reader = _RowReader(row.line, cells, places)
            record = reader.record(unused)
            yield from reader.problems
            if not reader.problems:
                yield TermRecord(ref=refs.take(_key(record)), **record)


def _key(record: dict) -> str:
    qualifier = record["qualifier"]
    return (
        record["id"] or record["slug"] or (f"{record['name']} ({qualifier})" if qualifier else record["name"])
    )


@dataclass
class _RowReader:
    """Turns the cells of one row into the values of a record and collects what is wrong with them."""

    line: int
    cells: Sequence[str]
    places: Mapping[str, int]
    problems: list[RowProblem] = field(default_factory=list)

    def record(self, unused: Mapping[int, str]) -> dict:
        """Return the values of the record; only to be used when `problems` stays empty."""
        definition = self._text("definition", LONGEST_DEFINITION)
        return {
            "line": self.line,
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
            "relation_kinds": tuple(kind for kind in RELATION_KINDS if kind in self.places),
            "sources": self._sources(),
            "notes": self._notes(),
            "external_ids": self._external_ids(),
            "review_by": self._date("review_by"),
            "updated_at": self._word("updated_at"),
            "deprecation_reason": self._cell("deprecation_reason"),
            "links_itself": self._links_itself(),
            "further": {
                heading: unguarded(self.cells[place])
                for place, heading in unused.items()
                if place < len(self.cells) and self.cells[place].strip()
            },
            "flags": () if term_lists.pointed_at(definition) is None else (term_lists.POINTS_ELSEWHERE,),
        }

    def _cell(self, name: str) -> str | None:
        place = self.places.get(name)
        return None if place is None or place >= len(self.cells) else unguarded(self.cells[place])

    def _refuse(self, column: str, value: str, message: str) -> None:
        self.problems.append(RowProblem(self.line, column, value[:80], message))

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

    def _links_itself(self) -> bool | None:
        word = self._word("links_itself")
        if word is None or word.lower() in _YES_OR_NO:
            return _YES_OR_NO[(word or "").lower()]
        self._refuse("links_itself", word, "Write “no” if the term is not to link itself, or nothing.")
        return None

    def _choice(self, column: str, value: str, choices: Sequence[str]) -> str:
        if value not in choices:
            known = ", ".join(choice for choice in choices if choice)
            self._refuse(column, value, f"“{value[:80]}” is not known here. Use one of: {known}.")
        return value

    def _list(self, name: str) -> str | None:
        """Return the cell of a list, unless it is too long to be split."""
        cell = self._cell(name)
        if cell and (cell.count(";") - cell.count("\\;") > MOST_ITEMS or len(cell) > _LONGEST_LIST):
            self._refuse(name, cell, f"A list has up to {MOST_ITEMS} items. Shorten it.")
            return ""
        return cell

    def _items(self, name: str, most_parts: int) -> list[list[str]] | None:
        """Return the items of a list with their parts, filled up with empty ones."""
        cell = self._list(name)
        if cell is None:
            return None
        items = [parts for parts in split_items(cell) if any(parts)]
        for parts in items:
            if len(parts) > most_parts:
                self._refuse(
                    name,
                    "|".join(parts),
                    f"An item has {len(parts)} parts; {most_parts} are allowed. Write \\| for a bar "
                    "and \\; for a semicolon inside a text.",
                )
        return [[*parts, *[""] * (most_parts - len(parts))] for parts in items]

    def _plain_list(self, name: str, longest: int = LONGEST_NAME) -> tuple[str, ...] | None:
        cell = self._list(name)
        if cell is None:
            return None
        # A bar that we wrote ourselves is escaped here, so a bare one separates, as others write it.
        items = [part for parts in split_items(cell) for part in parts if part]
        for item in items:
            if len(item) > longest:
                self._refuse(name, item, f"A name has more than {longest} signs. Shorten it.")
        return tuple(items)

    def _aliases(self) -> tuple[AliasRecord, ...] | None:
        if self._is_separated_by_bars("aliases"):
            return tuple(AliasRecord(text) for text in self._plain_list("aliases") or ())
        items = self._items("aliases", 5)
        return None if items is None else tuple(self._alias(*parts[:5]) for parts in items)

    def _is_separated_by_bars(self, name: str) -> bool:
        """Other systems write `a|b|c` for three names; our own second part is always a kind."""
        cell = self._cell(name) or ""
        if cell.count(";") > MOST_ITEMS:
            return False
        items = [parts for parts in split_items(cell) if any(parts)]
        return (
            len(items) == 1
            and len(items[0]) > 1
            and term_lists.as_kind(items[0][1]) not in ("", *ALIAS_KINDS)
        )

    def _alias(self, text: str, kind: str, status: str, language: str, note: str) -> AliasRecord:
        if not text or len(text) > LONGEST_NAME:
            self._refuse("aliases", text, f"An alias has between 1 and {LONGEST_NAME} signs.")
        return AliasRecord(
            text=text,
            kind=self._choice("aliases", term_lists.as_kind(kind) or "synonym", ALIAS_KINDS),
            status=self._choice("aliases", status.lower() or "admitted", ALIAS_STATUSES),
            language=language,
            note=note,
        )

    def _relations(self) -> tuple[RelationRecord, ...] | None:
        if not any(kind in self.places for kind in RELATION_KINDS):
            return None
        return tuple(
            RelationRecord(kind, target)
            for kind in RELATION_KINDS
            for target in self._plain_list(kind, _LONGEST_TARGET) or ()
        )

    def _sources(self) -> tuple[SourceRecord, ...] | None:
        cell = self._list("sources")
        if cell is None:
            return None
        bare = {parts[0] for parts in split_items(cell) if len(parts) == 1}
        return tuple(
            SourceRecord(
                title or url, url if url or title not in bare else term_lists.address_in(title), locator
            )
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


# --- Writing -------------------------------------------------------------------------------------


def write(
    records: Iterable[TermRecord], glossary: Glossary, columns: Sequence[str] = OUR_COLUMNS
) -> Iterator[bytes]:
    """Yield the lines of a table with these columns, the header first, each with its CRLF.

    Relations are written by name where only one term is called so, else by public id. What a
    spreadsheet would take for a formula is disarmed (`guarded_line`); `read` undoes that.
    """
    yield line_of(columns).encode()
    for record in records:
        yield guarded_line(_cell_of(record, column) for column in columns).encode()


def _cell_of(record: TermRecord, column: str) -> str:
    if column in RELATION_KINDS:
        related = [relation for relation in record.relations or () if relation.kind == column]
        return joined_items([relation.name or relation.target] for relation in related)
    if column == "tags":
        return joined_items([tag] for tag in record.tags or ())
    if column == "aliases":
        return joined_items(_parts_of_alias(alias) for alias in record.aliases or ())
    if column == "sources":
        return joined_items(
            [source.title, source.url, *([source.locator] if source.locator else [])]
            for source in record.sources or ()
        )
    if column == "notes":
        return joined_items([note.kind, note.text] for note in record.notes or ())
    if column == "external_ids":
        return joined_items([item.scheme, item.value, item.mapping] for item in record.external_ids or ())
    if column == "links_itself":
        return "no" if record.links_itself is False else ""
    return getattr(record, column) or ""


def _parts_of_alias(alias: AliasRecord) -> list[str]:
    parts = [alias.text, alias.kind, alias.status, alias.language, alias.note]
    usual = ["", "synonym", "admitted", "", ""]
    while len(parts) > 1 and parts[-1] == usual[len(parts) - 1]:
        parts.pop()
    return parts


def write_for_excel(records: Iterable[TermRecord], glossary: Glossary) -> Iterator[bytes]:
    """Yield the same table behind the mark without which Excel takes UTF-8 for Windows-1252."""
    yield _BYTE_ORDER_MARK
    yield from write(records, glossary)
