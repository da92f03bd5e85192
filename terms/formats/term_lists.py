"""Tables of terms that others made: read by what their columns mean, each doubt flagged.

The rows are gone through twice: names that stand there more than once and names that only point to
another have to be known before the first record can be made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from ..text import name_key, slug_for, words
from . import prose
from .columns import Column, Columns
from .delimited import MOST_ITEMS, Row, Table, fitted, split_items, unguarded
from .documents.parentheses import tell_parenthesis
from .languages import best_match, language_in_file_name
from .record import (
    ALIAS_KINDS,
    ALIAS_STATUSES,
    LONGEST_DEFINITION,
    LONGEST_NAME,
    LONGEST_SHORT_DEFINITION,
    MAPPINGS,
    NOTE_KINDS,
    RELATION_KINDS,
    AliasRecord,
    ExternalIdRecord,
    Flag,
    NoteRecord,
    Refs,
    RelationRecord,
    RowProblem,
    SourceRecord,
    TermRecord,
)

POINTS_ELSEWHERE = Flag(
    "see_reference", "The definition only points to another term; make this name its alias."
)
UNKNOWN_LANGUAGE = "und"

_LONGEST_TAG = 100
_LONGEST_ADDRESS = 1_000
_LONGEST_TITLE = 400
_LONGEST_NOTE = 20_000
_LONGEST_ID = 300

_POINTER = re.compile(r"(?:see|siehe|voir|véase|vedi|zie)(?: also)?:? +([^.!?\n]{1,200})\.?", re.I)
_LINK = re.compile(r"\[([^\[\]]*)\]\([^()]*\)")
_TAG = re.compile(r"<[^<>]*>")
_LONGEST_CHAIN = 20
_OR = re.compile(r", or ")
_PARENTHESIS = re.compile(r"([^()]+?) ?\(([^()]+)\)")
_SURE_ENOUGH = 0.9
_WEB_ADDRESS = re.compile(r"https?://[^\s<>|]+")
_STATUS_BY_WORD = {
    word: status
    for status, words_for_it in {
        "draft": "draft new proposed proposal in_review review pending entwurf neu",
        "published": "published approved accepted agreed final active live current valid freigegeben aktiv",
        "deprecated": "deprecated obsolete retired superseded withdrawn veraltet",
    }.items()
    for word in words_for_it.split()
}
_KIND_BY_FIELD = {
    "aliases": "synonym",
    "acronyms": "acronym",
    "full_forms": "full_form",
    "translations": "translation",
}
# A row that has any of these is a term, even if its definition only points to another.
_SAYS_MORE = ("short_definition", *_KIND_BY_FIELD, "notes", "examples", "usage_notes", "sources", "link")
_NOTE_KIND_BY_FIELD = {
    "notes": "editorial",
    "examples": "example",
    "usage_notes": "usage",
    "scope_notes": "scope",
}


def read(
    table: Table, columns: Columns, *, file_name: str, language: str
) -> Iterator[TermRecord | RowProblem]:
    """Yield a record for each row that can be used, and a problem for each that cannot or was merged."""
    layout = _Layout.of(table, columns, file_name, language)
    survey = _Survey.of(layout)
    yield from columns.unused()
    yield from layout.notes()
    refs = Refs()
    for row, problem in layout.rows():
        if problem:
            yield problem
        if problem is None or not problem.fatal:
            yield from _Reader(layout, survey, row).items(refs)


def pointed_at(definition: str | None) -> str | None:
    """Return what a definition points to that only says “See …”, None for any other."""
    if not definition or len(definition) > 300:
        return None
    found = _POINTER.fullmatch(_TAG.sub("", _LINK.sub(r"\1", definition)).strip())
    return found[1].strip(" '\"“”‘’«»„*_`") if found else None


def as_kind(text: str) -> str:
    """Return how a kind of alias is written here: `Full form` is `full_form`."""
    return re.sub(r"[\s-]+", "_", text.strip().lower())


def address_in(text: str) -> str:
    """Return a text that is a web address, else ""."""
    return text if text.startswith(("https://", "http://")) else ""


# --- The table as a whole ------------------------------------------------------------------------


@dataclass(frozen=True)
class _Layout:
    """The table, its columns, and what holds for all of its rows."""

    table: Table
    columns: Columns
    language: str
    file_language: str
    empty_word: str
    row_numbers: bool
    separators: Mapping[int, str]

    @classmethod
    def of(cls, table: Table, columns: Columns, file_name: str, language: str) -> _Layout:
        body = [row for row in table.sample if row.line != columns.line]
        first = [row.cells[0].strip() for row in body]
        row_numbers = columns.line > 0 and not columns.columns[0].heading and all(map(str.isdigit, first))
        in_file_name = language_in_file_name(file_name)
        return cls(
            table=table,
            columns=columns,
            language=language,
            file_language=in_file_name if best_match(language, [in_file_name]) is None else "",
            # R writes row numbers and NA where there is no value.
            empty_word="NA" if row_numbers else "",
            row_numbers=row_numbers,
            separators={
                place: _separator_in([row.cells[place] for row in body if place < len(row.cells)])
                for place in range(len(columns.columns))
            },
        )

    def rows(self) -> Iterator[tuple[Row, RowProblem | None]]:
        for row in self.table.rows():
            if row.line != self.columns.line:
                cells, problem = fitted(row, len(self.columns.columns))
                yield Row(row.line, [self._without_dialect(cell) for cell in cells]), problem

    def _without_dialect(self, cell: str) -> str:
        return "" if cell == self.empty_word else unguarded(cell)

    def notes(self) -> Iterator[RowProblem]:
        for column in self.columns.columns:
            if column.field == "translations" and not column.language:
                yield RowProblem(self.columns.line, column.heading, "", self._said_of_language(), fatal=False)

    def _said_of_language(self) -> str:
        if self.file_language:
            return f"The translations were taken for “{self.file_language}”, as the name of the file says."
        return (
            "The file does not say in which language the translations are. Call the column by its code, "
            "for instance “fr”, or let the name of the file end with it."
        )

    def language_of(self, column: Column) -> str:
        return column.language or self.file_language or UNKNOWN_LANGUAGE


def _separator_in(cells: Sequence[str]) -> str:
    """Return what stands between the items of a column's lists: `;` or `|` before line ends and commas."""
    if any(";" in cell or "|" in cell for cell in cells):
        return ";"
    return "\n" if any("\n" in cell.strip() for cell in cells) else ","


@dataclass(frozen=True)
class _Pointer:
    """A row that only points to another one; keys stand for the names."""

    line: int
    key: str
    names: tuple[str, ...]
    target: str


@dataclass
class _Survey:
    """What the rows say about each other, by the keys of their names."""

    lines: dict[str, int] = field(default_factory=dict)
    parts_of_speech: dict[str, set[str]] = field(default_factory=dict)
    merged: set[int] = field(default_factory=set)
    pointing: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, layout: _Layout) -> _Survey:
        survey = cls()
        name = (layout.columns.places("name") or [0])[0]
        definition = next(iter(layout.columns.places("definition")), None)
        part_of_speech = next(iter(layout.columns.places("part_of_speech")), None)
        says_more = [place for name in _SAYS_MORE for place in layout.columns.places(name)]
        known_as: dict[str, str] = {}
        pointers: list[_Pointer] = []
        for row, problem in layout.rows():
            names = _names_of(_cell(row, name))
            key = name_key(names.name)
            if not key or (problem and problem.fatal):
                continue
            target = pointed_at(_cell(row, definition))
            if target and not any(_cell(row, place) for place in says_more):
                texts = (names.name, *(other.text for other in names.others))
                pointers.append(_Pointer(row.line, key, texts, name_key(target)))
                continue
            survey.lines.setdefault(key, row.line)
            known_as.setdefault(key, key)
            for other in names.others:
                known_as.setdefault(name_key(other.text), key)
            survey.parts_of_speech.setdefault(key, set()).add(_cell(row, part_of_speech).casefold())
        survey._resolve(pointers, known_as)
        return survey

    def _resolve(self, pointers: list[_Pointer], known_as: dict[str, str]) -> None:
        """Find the term at the end of each pointer; those that lead nowhere or in a circle stay terms."""
        pointing = {pointer.key: pointer.target for pointer in pointers}
        for pointer in pointers:
            target = pointer.target
            for _ in range(_LONGEST_CHAIN):
                if target in known_as:
                    break
                target = pointing.get(target, target)
            end = known_as.get(target)
            if end and end != pointer.key:
                self.merged.add(pointer.line)
                self.pointing.setdefault(end, []).extend(pointer.names)


def _cell(row: Row, place: int | None) -> str:
    return row.cells[place].strip() if place is not None and place < len(row.cells) else ""


@dataclass(frozen=True)
class _Names:
    """The name in a title, the others that stand in it, and how sure it is that they are names."""

    name: str
    others: tuple[AliasRecord, ...] = ()
    certainty: float = 1.0


def _names_of(cell: str) -> _Names:
    """Tell the names in a title apart: “Keel, or Backbone”, “Extensible Markup Language (XML)”."""
    title, *alternatives = _OR.split(" ".join(cell.split()))
    others = tuple(map(AliasRecord, alternatives))
    may_hold_two = title.endswith(")") and len(title) <= 2 * LONGEST_NAME
    behind = _PARENTHESIS.fullmatch(title) if may_hold_two else None
    found = tell_parenthesis(behind[1], behind[2], "") if behind else None
    if behind is None or found is None or found.role != "names":
        return _Names(title, others)
    in_it = tuple(AliasRecord(name.text, name.kind) for name in found.names if words(name.text))
    return _Names(behind[1], in_it + others, found.certainty) if in_it else _Names(title, others)


# --- One row -------------------------------------------------------------------------------------


class _Reader:
    """Turns one row into a record, and keeps aside what has no place or does not fit."""

    def __init__(self, layout: _Layout, survey: _Survey, row: Row) -> None:
        self.layout = layout
        self.survey = survey
        self.row = row
        self.columns = layout.columns
        self.problems: list[RowProblem] = []
        self.flags: list[Flag] = []
        self.further: dict[str, str] = {}

    def items(self, refs: Refs) -> Iterator[TermRecord | RowProblem]:
        """Yield what is wrong with the row, then its record if it makes one."""
        names = self._names()
        key = name_key(names.name)
        pointer = pointed_at(self._first("definition"))
        if not key or len(names.name) > LONGEST_NAME:
            yield self._nameless(names.name)
        elif pointer and self.row.line in self.survey.merged:
            yield self._merged(names.name, pointer)
        else:
            record = self._record(names, key, refs)
            yield from self.problems
            yield record

    def _nameless(self, name: str) -> RowProblem:
        if name:
            message = f"The text has {len(name):,} signs, {LONGEST_NAME:,} are allowed. Cut it."
        else:
            message = "The row has no name. Fill it in or remove the row."
        return RowProblem(self.row.line, "name", name[:80], message)

    def _merged(self, name: str, pointer: str) -> RowProblem:
        message = f"The entry only points to “{pointer[:80]}” and was made another name of it."
        return RowProblem(self.row.line, "name", name[:80], message, fatal=False)

    def _record(self, names: _Names, key: str, refs: Refs) -> TermRecord:
        name = names.name
        if names.certainty < _SURE_ENOUGH:
            said = f"“{names.others[0].text}” stood behind the name in parentheses; check that it is a name."
            self.flags.append(Flag("parenthesis", said))
        if pointed_at(self._first("definition")):
            self.flags.append(POINTS_ELSEWHERE)
        short, definition = self._texts()
        qualifier = self._qualifier(key)
        external_ids = self._external_ids()
        aliases = self._aliases(names, key)
        self._keep_the_rest()
        return TermRecord(
            line=self.row.line,
            name=name,
            ref=refs.take(_ref(name, qualifier, external_ids)),
            slug=self._slug(),
            qualifier=qualifier,
            status=self._status(),
            short_definition=short,
            definition=definition,
            aliases=aliases,
            tags=self._tags(),
            relations=self._relations(),
            relation_kinds=tuple(kind for kind in RELATION_KINDS if self.columns.places(kind)),
            sources=self._sources(),
            notes=self._notes(),
            external_ids=external_ids,
            review_by=self._review_by(),
            updated_at=self._first("updated_at"),
            deprecation_reason=self._first("deprecation_reason"),
            further=self.further,
            flags=tuple(self.flags),
            confidence=min(names.certainty, 0.8 if self.flags else 1.0),
        )

    # Cells

    def _cells(self, field: str) -> Sequence[tuple[int, str]]:
        """Return the places and cells of a field; cells that are not there say nothing."""
        places = self.columns.places(field)
        if not places:
            return ()
        cells = self.row.cells
        return [(place, cells[place].strip()) for place in places if place < len(cells)]

    def _first(self, field: str) -> str | None:
        cells = self._cells(field)
        return cells[0][1] if cells else None

    def _heading(self, place: int) -> str:
        return self.columns.columns[place].heading or f"column {place + 1}"

    def _put_aside(self, place: int, value: str, why: str = "") -> None:
        """Keep a value as further data; with a reason, say so."""
        heading = self._heading(place)
        self.further[heading] = value
        if why:
            message = f"{why} It was kept as further data."
            self.problems.append(RowProblem(self.row.line, heading, value[:80], message, fatal=False))

    def _keep_the_rest(self) -> None:
        for place, column in enumerate(self.columns.columns):
            if column.field in ("", "part_of_speech") and not (self.layout.row_numbers and place == 0):
                value = _cell(self.row, place)
                if value:
                    self.further[self._heading(place)] = value

    # Fields

    def _names(self) -> _Names:
        names = _names_of(self._first("name") or "")
        if names.name:
            return names
        for place, text in self._cells("translations"):
            if text:
                language = self.layout.language_of(self.columns.columns[place])
                said = f"The row has no name in “{self.layout.language}”; that in “{language}” was taken."
                self.flags.append(Flag("name_in_other_language", said))
                return _Names(text)
        return names

    def _texts(self) -> tuple[str | None, str | None]:
        """Return short and long definition; what does not fit in the first goes to the second."""
        short, definition = self._first("short_definition"), self._markdown("definition")
        if definition is not None and len(definition) > LONGEST_DEFINITION:
            [place, *_] = self.columns.places("definition")
            self._put_aside(place, definition[:LONGEST_DEFINITION], "The text is too long.")
            definition = None
        if short is None and definition is not None:
            return prose.placed(definition)
        if short and len(short) > LONGEST_SHORT_DEFINITION:
            said = f"With {len(short)} signs the short definition is too long; it stands in the definition."
            self.flags.append(Flag("short_definition_too_long", said))
            short, definition = None, "\n\n".join(filter(None, [short, definition]))
        return short, definition

    def _markdown(self, field: str) -> str | None:
        cell = self._first(field)
        return prose.from_html(cell) if cell and prose.is_html(cell) else cell

    def _qualifier(self, key: str) -> str | None:
        """Tell two senses of a name apart by their part of speech, and point out other repetitions."""
        given = self._first("qualifier")
        part_of_speech = (self._first("part_of_speech") or "").casefold()
        first = self.survey.lines.get(key, self.row.line)
        if given:
            return given[:_LONGEST_TAG]
        if part_of_speech and len(self.survey.parts_of_speech.get(key, ())) > 1:
            said = (
                f"The name is there as another part of speech too; “{part_of_speech}” was made its qualifier."
            )
            self.flags.append(Flag("homograph", said))
            return part_of_speech[:_LONGEST_TAG]
        if first != self.row.line:
            said = f"The name stands in line {first} already; give one of the two a qualifier, or merge them."
            self.flags.append(Flag("same_name", said))
        return given

    def _aliases(self, names: _Names, key: str) -> tuple[AliasRecord, ...] | None:
        found = [(-1, alias) for alias in names.others]
        found += [(-1, AliasRecord(text)) for text in self._pointing_here(key)]
        has_column = False
        for name, kind in _KIND_BY_FIELD.items():
            for place, cell in self._cells(name):
                has_column = True
                found += [(place, alias) for alias in self._aliases_in(place, cell, kind)]
        return tuple(self._distinct(found, key)) if found or has_column else None

    def _pointing_here(self, key: str) -> list[str]:
        is_first = self.survey.lines.get(key) == self.row.line
        return self.survey.pointing.get(key, []) if is_first else []

    def _aliases_in(self, place: int, cell: str, kind: str) -> Iterator[AliasRecord]:
        language = self.columns.columns[place].language
        if kind == "translation":
            language = self.layout.language_of(self.columns.columns[place])
        elif language and best_match(self.layout.language, [language]) != 0:
            kind = "translation"
        else:
            language = ""
        pieces = self._pieces(place, cell, commas=kind != "translation")
        if kind == "synonym" and "|" in cell:
            yield from (alias for parts in split_items(cell) if pieces for alias in _stated(parts))
            return
        if len(pieces) > 1 and self.layout.separators[place] == "," and kind == "synonym":
            self.flags.append(Flag("names_split", f"“{cell[:80]}” was split at its commas; check the names."))
        yield from (AliasRecord(piece, kind, language=language) for piece in pieces)

    def _pieces(self, place: int, cell: str, *, commas: bool = True) -> list[str]:
        separator = self.layout.separators[place]
        if separator == ";":
            pieces = [part for parts in split_items(cell) for part in parts]
        elif separator == "," and not commas:
            pieces = [cell]
        else:
            pieces = cell.split(separator)
        if len(pieces) > MOST_ITEMS:
            self._put_aside(place, cell[:LONGEST_DEFINITION], "The list is too long.")
            return []
        return [piece.strip() for piece in pieces if piece.strip()]

    def _distinct(self, found: list[tuple[int, AliasRecord]], key: str) -> Iterator[AliasRecord]:
        """Yield each alias once; a term has no two that read alike, in whatever languages."""
        seen = {key, ""}
        for place, alias in found:
            if len(alias.text) > LONGEST_NAME:
                self._put_aside(max(place, 0), alias.text, f"A name has up to {LONGEST_NAME} signs.")
            elif name_key(alias.text) not in seen:
                seen.add(name_key(alias.text))
                yield alias
            elif place >= 0 and alias.kind == "translation":
                self._put_aside(place, alias.text)

    def _tags(self) -> tuple[str, ...] | None:
        cells = self._cells("tags")
        tags: dict[str, str] = {}
        for place, cell in cells:
            for piece in self._pieces(place, cell):
                if len(piece) > _LONGEST_TAG:
                    self._put_aside(place, piece, f"A tag has up to {_LONGEST_TAG} signs.")
                elif words(piece):
                    tags.setdefault(name_key(piece), piece)
        return tuple(tags.values()) if cells else None

    def _relations(self) -> tuple[RelationRecord, ...] | None:
        relations: dict[tuple[str, str], RelationRecord] = {}
        has_column = False
        for kind in RELATION_KINDS:
            for place, cell in self._cells(kind):
                has_column = True
                for target in self._pieces(place, cell):
                    relations.setdefault((kind, name_key(target)), RelationRecord(kind, target))
        return tuple(relations.values()) if has_column else None

    def _sources(self) -> tuple[SourceRecord, ...] | None:
        titles, links = [*self._cells("sources")], [*self._cells("link")]
        if len(titles) == len(links) == 1 and titles[0][1] and _is_web_address(links[0][1]):
            return (SourceRecord(titles[0][1][:_LONGEST_TITLE], links[0][1]),)
        found = [source for place, cell in titles + links for source in self._sources_in(place, cell)]
        return tuple(dict.fromkeys(found)) if titles or links else None

    def _sources_in(self, place: int, cell: str) -> Iterator[SourceRecord]:
        addresses = _WEB_ADDRESS.findall(cell)
        rest = _WEB_ADDRESS.sub("", cell).strip(" ;,|<>()\n")
        if not cell:
            return
        if any(len(address) > _LONGEST_ADDRESS for address in addresses) or len(rest) > _LONGEST_TITLE:
            self._put_aside(place, cell, "The source is too long.")
        elif not rest:
            yield from (SourceRecord(address.rstrip(";,"), address.rstrip(";,")) for address in addresses)
        elif len(addresses) == 1:
            yield SourceRecord(rest, addresses[0])
        else:
            yield SourceRecord(cell[:_LONGEST_TITLE])

    def _notes(self) -> tuple[NoteRecord, ...] | None:
        notes = []
        has_column = False
        for name, usual_kind in _NOTE_KIND_BY_FIELD.items():
            for place, cell in self._cells(name):
                has_column = True
                kind, bar, text = cell.partition("|")
                if not (bar and kind.strip().lower() in NOTE_KINDS):
                    kind, text = usual_kind, cell
                if len(text) > _LONGEST_NOTE:
                    self._put_aside(place, text, "The note is too long.")
                elif text.strip():
                    text = prose.from_html(text) if prose.is_html(text) else text.strip()
                    notes.append(NoteRecord(kind.strip().lower(), text))
        return tuple(notes) if has_column else None

    def _external_ids(self) -> tuple[ExternalIdRecord, ...] | None:
        found = [ExternalIdRecord("uri", uri.strip("<>")) for _, uri in self._cells("uri") if uri.strip("<>")]
        found += [ExternalIdRecord("id", value) for _, value in self._cells("foreign_id") if value]
        for _, cell in self._cells("external_ids"):
            for parts in split_items(cell):
                found += _stated_id(parts)
        kept = tuple(item for item in dict.fromkeys(found) if len(item.value) <= _LONGEST_ID)
        has_column = any(self._cells(name) for name in ("uri", "foreign_id", "external_ids"))
        return kept if has_column else None

    def _slug(self) -> str | None:
        slug = self._first("slug")
        if slug and slug != slug_for(slug):
            self._put_aside(self.columns.places("slug")[0], slug)
            return None
        return slug

    def _status(self) -> str | None:
        word = self._first("status")
        if not word:
            return word
        status = _STATUS_BY_WORD.get(as_kind(word))
        if status is None:
            why = "This status is not known here: draft, published and deprecated are."
            self._put_aside(self.columns.places("status")[0], word, why)
        return status

    def _review_by(self) -> str | None:
        day = self._first("review_by")
        try:
            return date.fromisoformat(day).isoformat() if day else day
        except ValueError:
            why = "This is not a date. Write year, month and day: 2031-05-28."
            self._put_aside(self.columns.places("review_by")[0], day or "", why)
            return None


def _ref(name: str, qualifier: str | None, external_ids: tuple[ExternalIdRecord, ...] | None) -> str:
    for item in external_ids or ():
        if item.scheme == "uri":
            return item.value
        if item.scheme == "id":
            return f"id:{item.value}"
    return f"{name} ({qualifier})" if qualifier else name


def _stated(parts: list[str]) -> Iterator[AliasRecord]:
    """Yield the alias that is written as we write it (`KL|acronym`), else one for each part."""
    text, *rest = parts
    padded = [*rest, *[""] * 4][:4]
    kind, status, language, note = as_kind(padded[0]), padded[1].lower(), padded[2], padded[3]
    if text and kind in ALIAS_KINDS and status in ("", *ALIAS_STATUSES) and len(rest) < 5:
        yield AliasRecord(text, kind, status or "admitted", language, note)
    else:
        yield from (AliasRecord(part) for part in parts if part)


def _stated_id(parts: list[str]) -> list[ExternalIdRecord]:
    scheme, value, mapping = [*parts, "", ""][:3]
    if not value:
        return [ExternalIdRecord("id", scheme)] if scheme else []
    return [ExternalIdRecord(scheme[:_LONGEST_TAG], value, mapping if mapping in MAPPINGS else "exact")]


def _is_web_address(text: str) -> bool:
    return len(text) <= _LONGEST_ADDRESS and bool(_WEB_ADDRESS.fullmatch(text))
