"""The CSV that DataHub's pages import and export a glossary with.

Groups (`glossaryNode`) are no terms: the terms in them get their names as tags. Related terms are
given by name or as `Group.Name`. (DataHub, import of the glossary in its web application.)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from ..errors import UnreadableFile
from ..text import name_key
from . import prose
from .columns import header_key
from .decoding import decode
from .delimited import NamedRow, Table, headings, table
from .record import (
    LONGEST_DEFINITION,
    LONGEST_NAME,
    LONGEST_SHORT_DEFINITION,
    ExternalIdRecord,
    Refs,
    RelationRecord,
    RowProblem,
    SourceRecord,
    TermRecord,
)

SCHEME = "datahub"

_NEEDED = frozenset(["entity_type", "name"])
_TYPICAL = frozenset(
    ["parent_nodes", "term_source", "source_ref", "ownership", "related_contains", "custom_properties"]
)
_READ = {"entity_type", "urn", "name", "description", "definition", "source_ref", "source_url"} | {
    "parent_nodes",
    "related_contains",
    "related_inherits",
}
_WEB_ADDRESS = re.compile(r"https?://\S{1,990}")


def looks_like(data: bytes) -> float:
    """Return how likely (0 to 1) these bytes are a glossary from DataHub."""
    try:
        return 0.99 if reads(headings(decode(data))) else 0.0
    except UnreadableFile:
        return 0.0


def reads(names: Sequence[str]) -> bool:
    """Say whether these are headings of DataHub's table."""
    keys = {header_key(name) for name in names}
    return keys >= _NEEDED and bool(keys & _TYPICAL)


def read(data: bytes, *, file_name: str = "", language: str = "en") -> Iterator[TermRecord | RowProblem]:
    """Yield a record for each term, and a problem for each group and each row that cannot be used.

    Raises UnreadableFile when the columns of DataHub's table are not there.
    """
    found = table(decode(data), is_heading=lambda cell: header_key(cell) in _READ)
    yield from read_table(found, file_name=file_name, language=language)


def read_table(
    found: Table, *, file_name: str = "", language: str = "en"
) -> Iterator[TermRecord | RowProblem]:
    """Do what `read` does, for rows that may come from elsewhere."""
    if not reads(found.head.cells):
        raise UnreadableFile(
            "This is no glossary from DataHub: its first line names columns “entity_type,name,description”."
        )
    names = [key if (key := header_key(cell)) in _READ else cell.strip() for cell in found.head.cells]
    rows = [_Line.of(row, names) for row in found.rows() if row.line != found.head.line]
    book = _Book(rows)
    refs = Refs()
    for row in rows:
        if row.problem:
            yield row.problem
        if row.problem is None or not row.problem.fatal:
            yield _item_of(row, book, refs)


class _Line(NamedRow):
    """One row of the file."""

    @property
    def name(self) -> str:
        return self.cells.get("name", "")

    @property
    def is_group(self) -> bool:
        return header_key(self.cells.get("entity_type", "")) in ("glossarynode", "glossary_node")

    def listed(self, column: str) -> list[str]:
        return [name.strip() for name in self.cells.get(column, "").split(",") if name.strip()]


class _Book:
    """The names of the terms and groups, and what terms say that they contain."""

    def __init__(self, rows: Iterable[_Line]) -> None:
        self._names: dict[str, str] = {}
        self._groups: set[str] = set()
        self.broader: dict[str, list[str]] = {}
        for row in rows:
            self._groups |= {name_key(group) for group in row.listed("parent_nodes")}
            if row.is_group:
                self._groups.add(name_key(row.name))
            else:
                self._names.setdefault(name_key(row.name), row.name)
                for part in row.listed("related_contains"):
                    self.broader.setdefault(name_key(self._bare(part)), []).append(row.name)

    def name_of(self, reference: str) -> str:
        """Return the name that a reference means: all of it, or what stands behind the groups in front."""
        bare = self._bare(reference)
        return self._names.get(name_key(bare), bare)

    def _bare(self, reference: str) -> str:
        if name_key(reference) in self._names:
            return reference
        group, dot, rest = reference.partition(".")
        while dot:
            if name_key(group) in self._groups and rest:
                return self._bare(rest)
            further, dot, rest = rest.partition(".")
            group = f"{group}.{further}"
        return reference


def _item_of(row: _Line, book: _Book, refs: Refs) -> TermRecord | RowProblem:
    if row.is_group:
        said = "A group is no term; its terms carry its name as a tag."
        return RowProblem(row.number, "entity_type", row.name[:80], said, fatal=False)
    if not row.name:
        return RowProblem(row.number, "name", "", "The row has no name. Fill it in or remove the row.")
    if len(row.name) > LONGEST_NAME:
        said = f"The name has {len(row.name)} signs, {LONGEST_NAME} are allowed. Shorten it."
        return RowProblem(row.number, "name", row.name[:80], said)
    if max(len(row.cells.get(name, "")) for name in ("definition", "description")) > LONGEST_DEFINITION:
        return RowProblem(row.number, "definition", "", "The text is too long. Cut it.")
    return _record_of(row, book, refs)


def _record_of(row: _Line, book: _Book, refs: Refs) -> TermRecord:
    urn = row.cells.get("urn", "")
    short, definition = _texts(row)
    group = row.listed("parent_nodes")
    own_id = urn or ".".join([*group, row.name])
    return TermRecord(
        line=row.number,
        name=row.name,
        ref=refs.take(urn or f"{SCHEME}:{own_id}"),
        short_definition=short,
        definition=definition,
        tags=tuple(dict.fromkeys(tag[:100] for tag in group)) if "parent_nodes" in row.cells else None,
        relations=_relations(row, book),
        relation_kinds=("broader",),
        sources=_sources(row),
        external_ids=(ExternalIdRecord(SCHEME, own_id),) if len(own_id) <= 300 else (),
        further={name: cell for name, cell in row.cells.items() if name not in _READ and cell},
    )


def _texts(row: _Line) -> tuple[str | None, str | None]:
    """Return short and long text; most tables say the same in both columns."""
    texts = [row.cells[name] for name in ("description", "definition") if name in row.cells]
    texts = [prose.from_html(text) if prose.is_html(text) else text for text in dict.fromkeys(texts)]
    if len(texts) < 2 or not all(texts):
        return prose.placed("".join(texts)) if texts else (None, None)
    short, definition = texts
    placed, _ = prose.placed(short)
    if placed is not None and len(placed) <= LONGEST_SHORT_DEFINITION:
        return placed, definition
    return None, f"{short}\n\n{definition}"


def _relations(row: _Line, book: _Book) -> tuple[RelationRecord, ...]:
    """Return what the term is a kind or a part of: what it inherits, and what says that it contains it."""
    above = [book.name_of(reference) for reference in row.listed("related_inherits")]
    above += book.broader.get(name_key(row.name), [])
    return tuple(RelationRecord("broader", name) for name in dict.fromkeys(above))


def _sources(row: _Line) -> tuple[SourceRecord, ...] | None:
    if "source_ref" not in row.cells and "source_url" not in row.cells:
        return None
    title, url = row.cells.get("source_ref", ""), row.cells.get("source_url", "")
    usable = url if _WEB_ADDRESS.fullmatch(url) else ""
    return (SourceRecord((title or url)[:400], usable),) if title or url else ()
