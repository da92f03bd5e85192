"""JSON and JSON Lines: our own, in the names of the API, and the lists of terms of others.

Our files are described in `docs/termbook.schema.json`. A member that is absent or null says nothing, an
empty text or list says “nothing”. What others wrote is read by `described`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date
from typing import TypeVar

from ..errors import UnreadableFile
from . import catalogues
from .decoding import decode
from .described import Draft, drafted, unfit_sign
from .entries import Entry, entries_in, refuse_other_data, shown
from .entry_links import linked
from .languages import best_match
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
    RelationRecord,
    RowProblem,
    SourceRecord,
    TermRecord,
)
from .safe_json import Document, Value, first_value, load, load_lines

VERSION = 1

_LINES_ENDINGS = (".jsonl", ".ndjson")
_BEGINS_LIKE_JSON = re.compile(r'\s*(?:\[\s*(?:[\[{"\]\d]|null|true|false)|\{\s*["}])')
_BEGINS_A_MAPPING = re.compile(r'\s*(?:\[\s*)?\{\s*"(?:[^"\\\n]|\\.){1,80}"\s*:')
_SAMPLE = 100_000

T = TypeVar("T")


# --- Reading -------------------------------------------------------------------------------------


def looks_like(data: bytes) -> float:
    """Return how likely (0 to 1) these bytes are JSON; broken JSON too, so that its place is told."""
    try:
        text = decode(data)[:_SAMPLE]
    except UnreadableFile:
        return 0.0
    if not _BEGINS_LIKE_JSON.match(text):
        return 0.0
    first = first_value(text.strip())
    if isinstance(first, dict) and any(name.startswith("@") for name in first):
        return 0.5
    return 0.97 if first is not None or _BEGINS_A_MAPPING.match(text) else 0.6


def read(data: bytes, *, file_name: str = "", language: str = "en") -> Iterator[TermRecord | RowProblem]:
    """Yield a record for each entry that can be used and a problem for each that cannot.

    A line of JSON Lines that is no JSON costs only itself.

    Raises UnreadableFile, with line and column, for what is no JSON, and with what it is for JSON that
    holds no terms.
    """
    text = decode(data)
    if _is_json_lines(text, file_name):
        yield from linked(_items_of_lines(text, language))
    else:
        yield from linked(_items_of(load(text), language))


def _is_json_lines(text: str, file_name: str) -> bool:
    if file_name.lower().endswith(_LINES_ENDINGS):
        return True
    first, _, rest = text.strip().partition("\n")
    return first.startswith("{") and rest.lstrip().startswith("{") and isinstance(first_value(first), dict)


Item = TermRecord | Draft | RowProblem


def _items_of_lines(text: str, language: str) -> Iterator[Item]:
    for number, line in load_lines(text):
        if isinstance(line, UnreadableFile):
            yield RowProblem(number, "", "", line.message)
            continue
        yield from _repetitions(line)
        if isinstance(line.value, dict):
            yield _item(Entry(line.value, number), language)
        else:
            message = "A line of JSON Lines is a mapping with the name and the definition of a term."
            yield RowProblem(number, "", shown(line.value), message)


def _items_of(document: Document, language: str) -> Iterator[Item]:
    value = document.value
    yield from _repetitions(document)
    if isinstance(value, dict) and "termbook" in value:
        yield from _items_of_ours(value, document, language)
        return
    if isinstance(value, dict) and _is_ours(value):
        yield own_record(value, 1, language)
        return
    refuse_other_data(value)
    yield from _note_on_pages(value)
    if catalogues.is_datahub(value):
        found = list(catalogues.datahub_entries(value, document.lines))
    else:
        found = entries_in(value, document.lines)
    for item in found:
        yield _item(item, language) if isinstance(item, Entry) else item


def _repetitions(document: Document) -> Iterator[RowProblem]:
    for line, name in document.repeated:
        message = "This name stands twice in one mapping; what it says last was taken. Keep one of them."
        yield RowProblem(line, shown(name), "", message, fatal=False)


def _note_on_pages(value: Value) -> Iterator[RowProblem]:
    """Say so when an answer of an API is only one of several pages."""
    if not isinstance(value, dict):
        return
    paging = value.get("paging")
    if value.get("next") or (isinstance(paging, dict) and paging.get("after")):
        message = "This is one page of several. Import the other pages as well."
        yield RowProblem(1, "next", "", message, fatal=False)


def _item(entry: Entry, language: str) -> Item:
    if _is_ours(entry.members):
        return own_record(entry.members, entry.line, language)
    found = catalogues.openmetadata_entry(entry) if catalogues.is_openmetadata(entry.members) else entry
    return drafted(found, language=language) if isinstance(found, Entry) else found


# --- Our own terms -------------------------------------------------------------------------------

_OURS = frozenset(["id", "slug", "name", "short_definition", "external_ids"])


def _is_ours(members: Mapping[str, Value]) -> bool:
    """Say whether a mapping is a term as the API and our files give it."""
    return members.keys() >= _OURS


def _items_of_ours(value: Mapping[str, Value], document: Document, language: str) -> Iterator[Item]:
    if value["termbook"] != VERSION:
        raise UnreadableFile(
            f"The file is of version {shown(value['termbook'], 20)} of Termbook’s JSON; here only version "
            f"{VERSION} can be read. Update this server, or export the terms as CSV."
        )
    terms = value.get("terms")
    if not isinstance(terms, list):
        raise UnreadableFile("The file has no list of “terms”.")
    for term in terms:
        line = document.lines.get(id(term), 1)
        if isinstance(term, dict):
            yield own_record(term, line, language)
        else:
            yield RowProblem(line, "", shown(term), "A term is a mapping with at least a “name”.")


def own_record(members: Mapping[str, Value], line: int, language: str) -> TermRecord | RowProblem:
    """Return a term in the names of the API, taken by the letter, or what is wrong with it."""
    unfit = unfit_sign(members)
    if unfit:
        return RowProblem(line, "", shown(members.get("name")), unfit)
    try:
        return _OwnReader(members, line, language).record()
    except _Refused as refusal:
        return RowProblem(line, refusal.name, shown(refusal.value), refusal.message)


class _Refused(Exception):
    """Something in a term of ours is not what it has to be."""

    def __init__(self, name: str, value: Value, message: str) -> None:
        super().__init__(message)
        self.name = name
        self.value = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        self.message = message


class _OwnReader:
    """Turns the members of one term into the values of its record."""

    def __init__(self, members: Mapping[str, Value], line: int, language: str) -> None:
        self.members = members
        self.line = line
        self.language = language

    def record(self) -> TermRecord:
        name, qualifier = self._name(), self._text("qualifier", LONGEST_NAME)
        own_id, slug = self._text("id", LONGEST_NAME), self._text("slug", LONGEST_NAME)
        relations = self._relations()
        return TermRecord(
            line=self.line,
            name=name,
            ref=own_id or slug or (f"{name} ({qualifier})" if qualifier else name),
            id=own_id,
            slug=slug,
            qualifier=qualifier,
            status=self._choice("status", ("", *STATUSES)),
            short_definition=self._text("short_definition", LONGEST_SHORT_DEFINITION),
            definition=self._text("definition", LONGEST_DEFINITION),
            aliases=self._list("aliases", self._alias),
            tags=self._list("tags", self._tag),
            relations=relations,
            relation_kinds=() if relations is None else RELATION_KINDS,
            sources=self._list("sources", self._source),
            notes=self._list("notes", self._note),
            external_ids=self._list("external_ids", self._external_id),
            review_by=self._day("review_by"),
            updated_at=self._text("updated_at", LONGEST_NAME),
            deprecation_reason=self._text("deprecation_reason", LONGEST_DEFINITION),
            links_itself=self._yes_or_no("links_itself"),
            further=self._further(),
            flags=self._flags(),
        )

    # One value

    def _text(self, name: str, longest: int) -> str | None:
        value = self.members.get(name)
        if value is None:
            return None
        return self._checked(name, value, longest)

    @staticmethod
    def _checked(name: str, value: Value, longest: int, least: int = 0) -> str:
        if not isinstance(value, str):
            raise _Refused(name, value, "This is no text. Put it into double quotes.")
        if len(value) > longest:
            raise _Refused(
                name, value, f"The text has {len(value):,} signs, {longest:,} are allowed. Cut it."
            )
        if len(value.strip()) < least:
            raise _Refused(name, value, "A text is missing here. Fill it in or take the item out.")
        return value

    def _name(self) -> str:
        if self.members.get("name") is None:
            raise _Refused("name", "", "The term has no name. Fill it in or remove the term.")
        return self._checked("name", self.members["name"], LONGEST_NAME, least=1)

    def _choice(self, name: str, choices: Iterable[str]) -> str | None:
        value = self.members.get(name)
        return None if value is None else self._one_of(name, value, choices)

    @staticmethod
    def _one_of(name: str, value: Value, choices: Iterable[str]) -> str:
        if not isinstance(value, str) or value not in choices:
            known = ", ".join(choice for choice in choices if choice)
            raise _Refused(name, value, f"“{shown(value)}” is not known here. Use one of: {known}.")
        return value

    def _day(self, name: str) -> str | None:
        value = self._text(name, LONGEST_NAME)
        try:
            return date.fromisoformat(value).isoformat() if value else value
        except ValueError:
            message = "This is not a date. Write year, month and day: 2031-05-28."
            raise _Refused(name, value, message) from None

    def _yes_or_no(self, name: str) -> bool | None:
        value = self.members.get(name)
        if value is not None and not isinstance(value, bool):
            raise _Refused(name, value, "Write true or false.")
        return value

    # Lists

    def _list(self, name: str, make: Callable[[str, Value], T]) -> tuple[T, ...] | None:
        value = self.members.get(name)
        if value is None:
            return None
        if not isinstance(value, list):
            raise _Refused(name, value, "This is no list. Put it into square brackets.")
        return tuple(make(name, item) for item in value)

    def _parts(self, name: str, item: Value, known: Collection[str]) -> dict[str, Value]:
        """Return the parts of an item; a bare text is its first one."""
        if isinstance(item, str):
            return {next(iter(known)): item}
        if not isinstance(item, dict) or item.keys() - set(known):
            raise _Refused(name, item, f"An item is a mapping with {', '.join(known)}.")
        return item

    def _tag(self, name: str, item: Value) -> str:
        return self._checked(name, item, LONGEST_NAME, least=1)

    def _alias(self, name: str, item: Value) -> AliasRecord:
        parts = self._parts(name, item, ("text", "kind", "language", "status", "note"))
        return AliasRecord(
            text=self._checked(name, parts.get("text"), LONGEST_NAME, least=1),
            kind=self._one_of(name, parts.get("kind", "synonym"), ALIAS_KINDS),
            status=self._one_of(name, parts.get("status", "admitted"), ALIAS_STATUSES),
            language=self._checked(name, parts.get("language", ""), LONGEST_NAME),
            note=self._checked(name, parts.get("note", ""), LONGEST_DEFINITION),
        )

    def _source(self, name: str, item: Value) -> SourceRecord:
        parts = self._parts(name, item, ("title", "url", "locator"))
        texts = {part: self._checked(name, value, LONGEST_DEFINITION) for part, value in parts.items()}
        return SourceRecord(**{"title": "", **texts})

    def _note(self, name: str, item: Value) -> NoteRecord:
        parts = self._parts(name, item, ("text", "kind"))
        # A text without a kind may be meant for nobody else: it becomes the private kind.
        kind = self._one_of(name, parts.get("kind", "editorial"), NOTE_KINDS)
        return NoteRecord(kind, self._checked(name, parts.get("text"), LONGEST_DEFINITION, least=1))

    def _external_id(self, name: str, item: Value) -> ExternalIdRecord:
        parts = self._parts(name, item, ("scheme", "value", "mapping"))
        return ExternalIdRecord(
            scheme=self._checked(name, parts.get("scheme"), LONGEST_NAME, least=1),
            value=self._checked(name, parts.get("value"), LONGEST_DEFINITION, least=1),
            mapping=self._one_of(name, parts.get("mapping", "exact"), MAPPINGS),
        )

    def _relations(self) -> tuple[RelationRecord, ...] | None:
        related = self._list("related", self._relation)
        # The API tells successors apart from the other relations.
        successors = self._list("replaced_by", lambda name, item: self._relation(name, item, "replaced_by"))
        if related is None and successors is None:
            return None
        return tuple(relation for relation in (*(related or ()), *(successors or ())) if relation is not None)

    def _relation(self, name: str, item: Value, usual: str = "related") -> RelationRecord | None:
        parts = self._parts(name, item, ("name", "relation", "id", "slug"))
        kind = self._one_of(name, parts.get("relation", usual), (*RELATION_KINDS, *_STATED_BY_THE_OTHER))
        own_id = self._checked(name, parts.get("id") or parts.get("slug") or "", LONGEST_NAME)
        called = self._checked(name, parts.get("name", ""), LONGEST_NAME + 120)
        if not (own_id or called):
            raise _Refused(name, item, "Say by “id” or “name” which term is meant.")
        if kind in _STATED_BY_THE_OTHER:
            return None
        return RelationRecord(kind, own_id, called) if own_id else RelationRecord(kind, called)

    # The rest

    def _further(self) -> dict[str, Value]:
        stated = self.members.get("further")
        if stated is not None and not isinstance(stated, dict):
            raise _Refused("further", stated, "Further data is a mapping.")
        unknown = {name: value for name, value in self.members.items() if name not in _KNOWN}
        return {**(stated or {}), **unknown}

    def _flags(self) -> tuple[Flag, ...]:
        said = self.members.get("language")
        if not isinstance(said, str) or not said or best_match(self.language, [said]) == 0:
            return ()
        return (
            Flag("other_language", f"The term is written in “{shown(said, 40)}”, not in “{self.language}”."),
        )


# The other term says so itself: `broader` and `replaced_by` are its words for it.
_STATED_BY_THE_OTHER = ("narrower", "replaces")

MEMBERS = (
    "id",
    "slug",
    "name",
    "qualifier",
    "status",
    "deprecation_reason",
    "short_definition",
    "definition",
    "aliases",
    "tags",
    "related",
    "sources",
    "notes",
    "external_ids",
    "review_by",
    "links_itself",
    "absorbed",
    "language",
    "updated_at",
    "further",
)
# What the API adds for readers is made anew, is history of one glossary, or is meant for programs.
_KNOWN = frozenset(
    (
        *MEMBERS,
        "created_at",
        "published_at",
        "version",
        "replaced_by",
        "definition_html",
        "merged_into",
        "url",
        "api_url",
        "open_proposals",
        "matched_on",
    )
)


# --- Writing -------------------------------------------------------------------------------------


def write(records: Iterable[TermRecord], glossary: Glossary) -> Iterator[bytes]:
    """Yield one JSON mapping with the glossary and its terms, a term on each line."""
    yield f'{{"termbook": {VERSION}, "glossary": {_json(_about(glossary))}, "terms": ['.encode()
    before = "\n"
    for record in records:
        yield f"{before}{_json(_members_of(record, glossary))}".encode()
        before = ",\n"
    yield b"\n]}\n"


def write_lines(records: Iterable[TermRecord], glossary: Glossary) -> Iterator[bytes]:
    """Yield one JSON mapping for each term, on a line of its own."""
    for record in records:
        yield f"{_json(_members_of(record, glossary))}\n".encode()


def _about(glossary: Glossary) -> dict[str, str]:
    names = ("name", "url", "language", "description", "licence", "modified")
    return {name: getattr(glossary, name) for name in names}


def _json(value: Value) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _members_of(record: TermRecord, glossary: Glossary) -> dict[str, Value]:
    special = {
        "aliases": _listed(record.aliases, ("text", "kind", "language", "status", "note")),
        "tags": None if record.tags is None else list(record.tags),
        "related": None
        if record.relations is None
        else [_related(relation) for relation in record.relations],
        "sources": _listed(record.sources, ("title", "url", "locator")),
        "notes": _listed(record.notes, ("kind", "text")),
        "external_ids": _listed(record.external_ids, ("scheme", "value", "mapping")),
        "absorbed": list(record.absorbed),
        "language": glossary.language,
        "further": dict(record.further),
    }
    return {name: special[name] if name in special else getattr(record, name) for name in MEMBERS}


def _listed(items: Iterable[object] | None, names: Iterable[str]) -> list[dict[str, str]] | None:
    return None if items is None else [{name: getattr(item, name) for name in names} for item in items]


def _related(relation: RelationRecord) -> dict[str, str]:
    return {"relation": relation.kind, "id": relation.target, "name": relation.name}
