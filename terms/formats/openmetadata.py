"""OpenMetadata's CSV of a glossary: read in all the widths it has had, written in the one of 14 columns.

A fully qualified name is the glossary's name and those of the terms down to the one that is meant,
joined by dots; a part with a dot in it stands in quotes. The file never says what its own glossary is
called: of every such name the first part is left out, and what remains is the term's path.

Our own rows have one reference more: the name without its qualifier, with the address `…/t/<id>/`. By it
they are read as what they were; it ends with `#definition` when no short definition stands before the
definition, and with `#source` it stands for a source without an address.
(OpenMetadata, glossaryCsvDocumentation.json and GlossaryRepository.)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ..errors import UnreadableFile
from ..text import name_key
from . import prose
from .columns import header_key
from .decoding import decode
from .delimited import MOST_ITEMS, NamedRow, Row, Table, guarded_line, headings, line_of, table
from .record import (
    LONGEST_DEFINITION,
    LONGEST_NAME,
    LONGEST_SHORT_DEFINITION,
    AliasRecord,
    ExternalIdRecord,
    Flag,
    Glossary,
    Refs,
    RelationRecord,
    RowProblem,
    SourceRecord,
    TermRecord,
)
from .skos.whole import OWN_ADDRESS

SCHEME = "openmetadata"

COLUMNS = (
    "parent",
    "name*",
    "displayName",
    "description",
    "synonyms",
    "relatedTerms",
    "references",
    "tags",
    "reviewers",
    "owner",
    "glossaryStatus",
    "color",
    "iconURL",
    "extension",
)
_OLDEST = frozenset(header_key(name) for name in COLUMNS[:8])
_READ = _OLDEST | {"status"}
_LISTS = ("synonyms", "relatedterms", "references", "tags")
_STATUS_BY_WORD = {
    "draft": "draft",
    "in review": "draft",
    "unprocessed": "draft",
    "rejected": "draft",
    "approved": "published",
    "deprecated": "deprecated",
}
_WORD_BY_STATUS = {"draft": "Draft", "published": "Approved", "deprecated": "Deprecated"}
_RELATION_BY_TYPE = {
    "relatedto": "related",
    "synonym": "related",
    "antonym": "related",
    "broader": "broader",
    "partof": "broader",
    "narrower": "narrower",
    "haspart": "narrower",
}
# Types that say more than our kinds; they are kept to be given back.
_FINER_TYPES = frozenset(["synonym", "antonym", "partof"])
_TYPES = {
    kind.lower(): kind
    for kind in ("relatedTo", "synonym", "broader", "narrower", "antonym", "partOf", "hasPart")
}

_ITEM = re.compile(r'\s*(?:"((?:[^"]|"")*)"\s*(?=;|$)|([^;]*))(?:;|$)')
_PART = re.compile(r'"((?:[^"]|"")+)"(?=\.|$)|([^.]+)')
_WEB_ADDRESS = re.compile(r"https?://\S{1,990}")
_LONGEST_TAG = 100
_ALL_IS_DEFINITION = "#definition"
_WITHOUT_ADDRESS = "#source"
_NEEDS_QUOTES = re.compile(r'[;"\r\n]|^\s|\s$')

Path = tuple[str, ...]


# --- Reading -------------------------------------------------------------------------------------


def looks_like(data: bytes) -> float:
    """Return how likely (0 to 1) these bytes are a glossary from OpenMetadata."""
    try:
        return 0.99 if reads(headings(decode(data))) else 0.0
    except UnreadableFile:
        return 0.0


def reads(names: Sequence[str]) -> bool:
    """Say whether these are the headings that OpenMetadata writes: the eight that there have always been."""
    return {header_key(name) for name in names} >= _OLDEST


def read(data: bytes, *, file_name: str = "", language: str = "en") -> Iterator[TermRecord | RowProblem]:
    """Yield a record for each row that can be used and a problem for each that cannot.

    The reference of a record is its path, its name the display name. Relations are given by the name
    of the record they lead to, in whatever order the rows stand.

    Raises UnreadableFile when the columns of a glossary from OpenMetadata are not there.
    """
    found = table(decode(data), is_heading=lambda cell: header_key(cell) in _OLDEST)
    yield from read_table(found, file_name=file_name, language=language)


def read_table(
    found: Table, *, file_name: str = "", language: str = "en"
) -> Iterator[TermRecord | RowProblem]:
    """Do what `read` does, for rows that may come from elsewhere."""
    if not reads(found.head.cells):
        raise UnreadableFile(
            "This is no glossary from OpenMetadata: its first line names the columns "
            f"“{','.join(COLUMNS[:8])}” and more."
        )
    names_of_columns = _names_of_columns(found.head)
    rows = [_Line.of(row, names_of_columns) for row in found.rows() if row.line != found.head.line]
    book = _Book(rows)
    refs = Refs()
    for row in rows:
        if row.problem:
            yield row.problem
        if row.problem is None or not row.problem.fatal:
            yield from _Reader(row, book).items(refs)


def _names_of_columns(head: Row) -> list[str]:
    """Return our names of the columns; results of an import say in the first two how it went."""
    known = {name: name for name in _READ} | {"glossarystatus": "status", "iconurl": "iconURL"}
    keys = [header_key(cell) for cell in head.cells]
    names = [known.get(key, cell.strip(" *")) for key, cell in zip(keys, head.cells, strict=True)]
    return ["", "", *names[2:]] if keys[:2] == ["status", "details"] else names


class _Line(NamedRow):
    """One row of the file."""

    @property
    def name(self) -> str:
        shown = self.cells.get("displayname", "")
        return shown if 0 < len(shown) <= LONGEST_NAME else self.cells.get("name", "")

    @property
    def related(self) -> list[tuple[str, str]]:
        return _related(self.cells.get("relatedterms", ""))

    @property
    def path(self) -> Path:
        return (*parts_of(self.cells.get("parent", ""))[1:], self.cells.get("name", ""))


class _Book:
    """What the rows are called by their paths, and what they say about each other."""

    def __init__(self, rows: Iterable[_Line]) -> None:
        self.names: dict[Path, str] = {}
        self.narrower: dict[Path, list[str]] = {}
        stated: list[tuple[_Line, str]] = []
        for row in rows:
            if row.cells.get("name"):
                self.names.setdefault(_key(row.path), row.name)
                stated += [(row, fqn) for kind, fqn in row.related if _RELATION_BY_TYPE[kind] == "narrower"]
        for row, fqn in stated:
            self.narrower.setdefault(self._key_of(fqn), []).append(row.name)

    def name_of(self, fqn: str) -> str:
        """Return what the term is called, or the last part of its name if it is not in the file."""
        parts = parts_of(fqn)
        return self.names.get(self._key_of(fqn)) or (parts[-1] if parts else fqn)

    def _key_of(self, fqn: str) -> Path:
        parts = parts_of(fqn)
        within = _key(parts[1:])
        return within if within in self.names else _key(parts) if _key(parts) in self.names else within


def parts_of(fqn: str) -> Path:
    """Return the names in a fully qualified name, without their quotes."""
    return tuple(
        (quoted.replace('""', '"') if quoted else plain).strip() for quoted, plain in _PART.findall(fqn)
    )


def fqn_of(parts: Iterable[str]) -> str:
    """Return the fully qualified name of these parts: quotes stand around those with a dot or a quote."""
    return ".".join(
        '"' + part.replace('"', '""') + '"' if "." in part or '"' in part else part for part in parts
    )


def _key(path: Iterable[str]) -> Path:
    return tuple(name_key(part) for part in path)


def _related(cell: str) -> list[tuple[str, str]]:
    """Return the type and the fully qualified name of each related term; a colon may be part of a name."""
    found = []
    for item in _listed(cell) if cell.count(";") <= MOST_ITEMS else ():
        kind, colon, fqn = item.partition(":")
        is_typed = bool(colon) and kind.strip().lower() in _RELATION_BY_TYPE
        found.append((kind.strip().lower(), fqn.strip()) if is_typed else ("relatedto", item))
    return [(kind, fqn) for kind, fqn in found if parts_of(fqn)]


def _listed(cell: str) -> list[str]:
    """Return the values of a cell: between `;`, those with `;` or quotes in them in quotes again."""
    found = [(quoted.replace('""', '"') or plain).strip() for quoted, plain in _ITEM.findall(cell)]
    return [value for value in found if value]


@dataclass(frozen=True)
class _Own:
    """What the reference to our own page says of a row: name, address of the term, and of its texts."""

    name: str = ""
    address: str = ""
    id: str = ""
    has_short_definition: bool = True

    @classmethod
    def among(cls, references: Iterable[tuple[str, str]], shown: str) -> _Own | None:
        """Return what the first reference says that names the term as it is shown, but for a qualifier."""
        for title, url in references:
            address = url.removesuffix(_ALL_IS_DEFINITION)
            own = OWN_ADDRESS.fullmatch(address)
            is_qualified = shown.startswith(f"{title} (") and shown.endswith(")")
            if own and (shown == title or is_qualified):
                return cls(title, address, own["id"], address == url)
        return None

    def qualifier_in(self, shown: str) -> str:
        return shown.removeprefix(self.name)[2:-1]


class _Reader:
    """Turns one row into a record."""

    def __init__(self, row: _Line, book: _Book) -> None:
        self.row = row
        self.cells = row.cells
        self.book = book
        self.further: dict[str, str] = {}
        self.flags: list[Flag] = []
        references = _listed(row.cells.get("references", ""))
        self.own = _Own.among(zip(references[::2], references[1::2], strict=False), row.name)

    def items(self, refs: Refs) -> Iterator[TermRecord | RowProblem]:
        """Yield the record of the row, or the problem that cost it."""
        references = _listed(self.cells.get("references", ""))
        if not self.cells.get("name"):
            yield self._problem("name", "", "The row has no name. Fill it in or remove the row.")
        elif len(self.row.name) > LONGEST_NAME:
            said = f"The name has {len(self.row.name)} signs, {LONGEST_NAME} are allowed. Shorten it."
            yield self._problem("name", self.row.name, said)
        elif len(references) % 2:
            said = "References come in pairs, “name;address;name;address”. One of them has no partner."
            yield self._problem("references", self.cells["references"], said)
        elif any(self.cells.get(name, "").count(";") > MOST_ITEMS for name in _LISTS):
            yield self._problem("synonyms", "", f"A list has more than {MOST_ITEMS} items. Shorten it.")
        elif len(self.cells.get("description", "")) > LONGEST_DEFINITION:
            yield self._problem("description", self.cells["description"], "The text is too long. Cut it.")
        else:
            yield self._record(references, refs)

    def _problem(self, column: str, value: str, message: str) -> RowProblem:
        return RowProblem(self.row.number, column, value[:80], message)

    def _record(self, references: list[str], refs: Refs) -> TermRecord:
        path = fqn_of(self.row.path)
        short, definition = self._texts()
        status, relations = self._status(), self._relations()
        aliases, tags = self._aliases(), self._tags()
        self._keep_the_rest()
        return TermRecord(
            line=self.row.number,
            id=self.own.id if self.own else None,
            name=self.own.name if self.own else self.row.name,
            qualifier=self.own.qualifier_in(self.row.name) if self.own else None,
            ref=refs.take(f"{SCHEME}:{path}"),
            status=status,
            short_definition=short,
            definition=definition,
            aliases=aliases,
            tags=tags,
            relations=relations,
            relation_kinds=("broader", "related"),
            sources=self._sources(references),
            external_ids=self._external_ids(path),
            further=self.further,
            flags=tuple(self.flags),
        )

    def _texts(self) -> tuple[str | None, str | None]:
        text = self.cells.get("description")
        if text is None:
            return None, None
        if self.own:
            return self._own_texts(text, self.own)
        return prose.placed(prose.from_html(text) if prose.is_html(text) else text)

    @staticmethod
    def _own_texts(text: str, own: _Own) -> tuple[str | None, str | None]:
        """Return the two texts that we put together; a first paragraph that grew is the definition's."""
        short, _, definition = text.partition("\n\n")
        if own.has_short_definition and len(short) <= LONGEST_SHORT_DEFINITION and "\n" not in short:
            return short, definition
        return None, text

    def _external_ids(self, path: str) -> tuple[ExternalIdRecord, ...] | None:
        """Return what the term is called there; of our own terms that is known already."""
        if self.own:
            return None
        return (ExternalIdRecord(SCHEME, path),) if len(path) <= 300 else ()

    def _aliases(self) -> tuple[AliasRecord, ...] | None:
        if "synonyms" not in self.cells:
            return None
        found: dict[str, AliasRecord] = {}
        for text in _listed(self.cells["synonyms"]):
            if len(text) <= LONGEST_NAME and name_key(text) != name_key(self.row.name):
                found.setdefault(name_key(text), AliasRecord(text))
        return tuple(found.values())

    def _tags(self) -> tuple[str, ...] | None:
        if "tags" not in self.cells:
            return None
        return tuple(dict.fromkeys(tag for tag in _listed(self.cells["tags"]) if len(tag) <= _LONGEST_TAG))

    def _sources(self, references: list[str]) -> tuple[SourceRecord, ...] | None:
        if "references" not in self.cells:
            return None
        pairs = [
            (title, self._address_of_source(url))
            for title, url in zip(references[::2], references[1::2], strict=True)
            if not self._is_own_page(title, url)
        ]
        if not all(_WEB_ADDRESS.fullmatch(url) for _, url in pairs if url or not self.own):
            self.further["references"] = self.cells["references"]
        return tuple(
            SourceRecord(title[:400], url if _WEB_ADDRESS.fullmatch(url) else "") for title, url in pairs
        )

    def _is_own_page(self, title: str, url: str) -> bool:
        own = self.own
        return own is not None and title == own.name and url.removesuffix(_ALL_IS_DEFINITION) == own.address

    def _address_of_source(self, url: str) -> str:
        return "" if self.own and url == f"{self.own.address}{_WITHOUT_ADDRESS}" else url

    def _relations(self) -> tuple[RelationRecord, ...]:
        parent = self.cells.get("parent", "")
        found = [RelationRecord("broader", self.book.name_of(parent))] if parent else []
        for kind, fqn in self.row.related:
            if _RELATION_BY_TYPE[kind] != "narrower":
                found.append(RelationRecord(_RELATION_BY_TYPE[kind], self.book.name_of(fqn)))
            if kind in _FINER_TYPES:
                self.further["relatedTerms"] = self.cells["relatedterms"]
        found += [RelationRecord("broader", name) for name in self.book.narrower.get(_key(self.row.path), ())]
        return tuple(dict.fromkeys(found))

    def _status(self) -> str | None:
        word = self.cells.get("status")
        if not word:
            return word
        status = _STATUS_BY_WORD.get(word.lower())
        if status is None or word.lower() == "rejected":
            self.further["glossaryStatus"] = word
            self.flags.append(Flag("status", f"Its status there is “{word[:80]}”."))
        return status

    def _keep_the_rest(self) -> None:
        shown = self.cells.get("displayname", "")
        if len(shown) > LONGEST_NAME:
            self.further["displayName"] = shown
        self.further |= {name: cell for name, cell in self.cells.items() if name not in _READ and cell}


# --- Writing -------------------------------------------------------------------------------------


def write(records: Iterable[TermRecord], glossary: Glossary) -> Iterator[bytes]:
    """Yield the lines of a glossary for OpenMetadata, parents before their children.

    The first broader term that is among the records is the parent; others are related terms of type
    `broader`. A name that the file came with is kept (`external_ids`), else it is the term's own. What
    a spreadsheet would take for a formula is disarmed (`guarded_line`), and `read` undoes that.
    """
    shelf = _Shelf(list(records), glossary.name)
    yield line_of(COLUMNS).encode()
    for record in shelf.parents_first():
        yield guarded_line(_cells_of(record, shelf, glossary)).encode()


class _Shelf:
    """All the terms that are written, with their parents and fully qualified names."""

    def __init__(self, records: list[TermRecord], glossary_name: str) -> None:
        self.records = records
        self.glossary_name = glossary_name
        self._by_target: dict[str, TermRecord] = {}
        for record in records:
            for target in filter(None, (record.id, _full_name(record), record.name)):
                self._by_target.setdefault(target, record)
        self._parents: dict[int, TermRecord] = {}
        for record in records:
            self._find_parent(record)
        self._names: dict[int, str] = {}
        self._taken: set[tuple[int, str]] = set()
        for record in records:
            self._names[id(record)] = self._free_name(record)

    def find(self, relation: RelationRecord) -> TermRecord | None:
        return self._by_target.get(relation.target) or self._by_target.get(relation.name)

    def _find_parent(self, record: TermRecord) -> None:
        """Take the first broader term that is not below this one itself: circles have no top."""
        for relation in record.relations or ():
            above = self.find(relation) if relation.kind == "broader" else None
            if above is not None and all(each is not record for each in self.line_up(above)):
                self._parents[id(record)] = above
                return

    def _free_name(self, record: TermRecord) -> str:
        """Return the name that the term came with, else its own; under one parent each stands once."""
        given = [parts_of(item.value) for item in record.external_ids or () if item.scheme == SCHEME]
        wanted = (given[0][-1] if given and given[0] else _full_name(record)).replace("::", ":")
        under = id(self.parent(record))
        if (under, name_key(wanted)) in self._taken:
            wanted = f"{wanted} ({record.id or record.ref})"
        self._taken.add((under, name_key(wanted)))
        return wanted

    def parent(self, record: TermRecord) -> TermRecord | None:
        return self._parents.get(id(record))

    def line_up(self, record: TermRecord) -> list[TermRecord]:
        """Return a term behind all that stand above it, the topmost first."""
        line = [record]
        while above := self.parent(line[-1]):
            line.append(above)
        return line[::-1]

    def parents_first(self) -> Iterator[TermRecord]:
        done: set[int] = set()
        for record in self.records:
            for each in self.line_up(record):
                if id(each) not in done:
                    done.add(id(each))
                    yield each

    def name_of(self, record: TermRecord) -> str:
        return self._names[id(record)]

    def path(self, record: TermRecord) -> Path:
        return tuple(self.name_of(each) for each in self.line_up(record))

    def fqn(self, record: TermRecord) -> str:
        return fqn_of([self.glossary_name, *self.path(record)])


def _full_name(record: TermRecord) -> str:
    return f"{record.name} ({record.qualifier})" if record.qualifier else record.name


def _cells_of(record: TermRecord, shelf: _Shelf, glossary: Glossary) -> list[str]:
    parent = shelf.parent(record)
    return [
        shelf.fqn(parent) if parent else "",
        shelf.name_of(record),
        _full_name(record),
        _description_of(record),
        _joined(alias.text for alias in record.aliases or () if _is_synonym(alias)),
        _joined(_related_of(record, shelf)),
        _joined(part for pair in _references_of(record, glossary) for part in pair),
        _joined(tag for tag in record.tags or () if "." in tag),
        str(record.further.get("reviewers", "")),
        str(record.further.get("owner", "")),
        _WORD_BY_STATUS.get(record.status or "", ""),
        str(record.further.get("color", "")),
        str(record.further.get("iconURL", "")),
        str(record.further.get("extension", "")),
    ]


def _references_of(record: TermRecord, glossary: Glossary) -> Iterator[tuple[str, str]]:
    """Yield the sources and, behind them, the page of the term, by which `read` knows it again."""
    page = glossary.uri(record.id) if record.id else ""
    for source in record.sources or ():
        if source.url or page:
            yield source.title, source.url or f"{page}{_WITHOUT_ADDRESS}"
    if page:
        is_short_alone = bool(record.short_definition) and not record.definition
        has_short = is_short_alone or _description_of(record) != (record.definition or "").strip()
        yield record.name, page if has_short else f"{page}{_ALL_IS_DEFINITION}"


def _description_of(record: TermRecord) -> str:
    short, definition = record.short_definition or "", record.definition or ""
    return definition if definition.startswith(short) else f"{short}\n\n{definition}".strip()


def _is_synonym(alias: AliasRecord) -> bool:
    return alias.kind not in ("translation", "hidden", "misspelling") and alias.status != "forbidden"


def _related_of(record: TermRecord, shelf: _Shelf) -> Iterator[str]:
    came_as = {
        _key(parts_of(fqn)[1:]): kind for kind, fqn in _related(str(record.further.get("relatedTerms", "")))
    }
    for relation in record.relations or ():
        other = shelf.find(relation)
        is_parent = relation.kind == "broader" and other is shelf.parent(record)
        if other is None or other is record or is_parent or relation.kind == "replaced_by":
            continue
        kind = came_as.get(_key(shelf.path(other)), "broader" if relation.kind == "broader" else "relatedto")
        yield f"{_TYPES[kind]}:{shelf.fqn(other)}"


def _joined(values: Iterable[str]) -> str:
    return ";".join(
        '"' + value.replace('"', '""') + '"' if _NEEDS_QUOTES.search(value) else value for value in values
    )
