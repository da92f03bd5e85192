"""What any file can say about a term, whatever its format.

Readers make these, writers take them; nothing here knows a format or the database. Everywhere
None means that the file says nothing on the matter, empty that it says “nothing”.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..markup import Lookup

ALIAS_KINDS = (
    "synonym",
    "abbreviation",
    "acronym",
    "full_form",
    "spelling_variant",
    "misspelling",
    "former_name",
    "translation",
    "hidden",
)
ALIAS_STATUSES = ("preferred", "admitted", "deprecated", "forbidden")
NOTE_KINDS = ("example", "usage", "scope", "editorial", "change")
MAPPINGS = ("exact", "close", "broader", "narrower", "related")
RELATION_KINDS = ("broader", "related", "see_also", "replaced_by")
STATUSES = ("draft", "published", "deprecated")

LONGEST_NAME = 200
LONGEST_SHORT_DEFINITION = 160
LONGEST_DEFINITION = 200_000


@dataclass(frozen=True)
class AliasRecord:
    """Another name of the term."""

    text: str
    kind: str = "synonym"
    status: str = "admitted"
    language: str = ""
    note: str = ""


@dataclass(frozen=True)
class SourceRecord:
    """Where a text or a fact comes from."""

    title: str
    url: str = ""
    locator: str = ""


@dataclass(frozen=True)
class NoteRecord:
    """A further text on the term."""

    kind: str
    text: str


@dataclass(frozen=True)
class ExternalIdRecord:
    """What another system calls the term."""

    scheme: str
    value: str
    mapping: str = "exact"


@dataclass(frozen=True)
class RelationRecord:
    """A link to another term, which is given by public id, address or name.

    In an export the target is the public id; `name` then says what that term is called, if no other
    is called the same.
    """

    kind: str
    target: str
    name: str = ""


@dataclass(frozen=True)
class Surroundings:
    """What has to be known of other terms to tell how a term relates that leaves alone, by their ids.

    `deprecated` are those that are, `broader` pairs of a term and one that is broader.
    """

    deprecated: tuple[str, ...] = ()
    broader: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Flag:
    """Something a person should look at before the record is used."""

    code: str
    message: str


@dataclass(frozen=True)
class TermRecord:
    """One term as a file gives it.

    `ref` names the record among all that ever come from such files, so that a second import finds
    the first again. `heading` is the line it was read from, as it stands, in formats where name,
    aliases and tags have to be told apart first; `confidence` (0 to 1) says how sure that was.
    `keywords` are search phrases that name something else than the term. `relation_kinds` are the
    kinds that the file speaks of: relations of other kinds are not touched by it. `further` holds
    what a file says and Termbook has no place for, by the file's own names, so that an export can give
    it back. `path` is the file of a pack or folder that the record stands in, empty for a file by itself.

    Only exports fill `updated_at` and what stands last: `inverse` are the relations that other terms
    state to this one, each with that other term as its target and the kind as it is stated there;
    `absorbed` are the ids of the terms that were merged into this one, `around` what is to be known of
    others when it leaves alone.
    """

    line: int
    name: str
    ref: str
    heading: str = ""
    id: str | None = None
    slug: str | None = None
    qualifier: str | None = None
    status: str | None = None
    short_definition: str | None = None
    definition: str | None = None
    aliases: tuple[AliasRecord, ...] | None = None
    tags: tuple[str, ...] | None = None
    relations: tuple[RelationRecord, ...] | None = None
    relation_kinds: tuple[str, ...] = ()
    sources: tuple[SourceRecord, ...] | None = None
    notes: tuple[NoteRecord, ...] | None = None
    external_ids: tuple[ExternalIdRecord, ...] | None = None
    review_by: str | None = None
    updated_at: str | None = None
    deprecation_reason: str | None = None
    links_itself: bool | None = None
    further: Mapping[str, Any] = field(default_factory=dict)
    keywords: tuple[str, ...] = ()
    confidence: float = 1.0
    flags: tuple[Flag, ...] = ()
    inverse: tuple[RelationRecord, ...] = ()
    absorbed: tuple[str, ...] = ()
    around: Surroundings = Surroundings()
    version: int = 0
    created_at: str = ""
    published_at: str = ""
    path: str = ""


@dataclass(frozen=True)
class Glossary:
    """What an export says of the glossary as a whole.

    `url` is its address with the slash at the end, `language` its BCP 47 tag, `modified` the time of
    its last change (ISO 8601, UTC). `target_language` is asked for where a form holds two languages.
    `names` gives the table by which names in texts are linked, for forms whose texts have links.
    """

    name: str
    url: str
    language: str = "en"
    description: str = ""
    licence: str = ""
    modified: str = ""
    target_language: str = ""
    names: Callable[[], Lookup] | None = None

    def uri(self, public_id: str) -> str:
        """Return the address that stands for a term for ever."""
        return f"{self.url}t/{public_id}/"

    def address(self, slug: str) -> str:
        """Return the address of the page of a term."""
        return f"{self.url}terms/{slug}/"


@dataclass(frozen=True)
class Writer:
    """One form in which terms leave: how it is called, sent and stored, and what it cannot hold."""

    title: str
    media_type: str
    ending: str
    write: Callable[[Iterable[TermRecord], Glossary], Iterator[bytes]]
    loses: str = ""


@dataclass(frozen=True)
class RowProblem:
    """What is wrong with one cell or row, as a sentence that says what to do.

    A fatal problem has cost the row; after any other the row was read all the same.
    """

    line: int
    column: str
    value: str
    message: str
    fatal: bool = True
    path: str = ""


class Refs:
    """Gives each record of a file a key of its own: the second “Kaizen” becomes “Kaizen#2”."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._last_number: Counter[str] = Counter()

    def take(self, wanted: str) -> str:
        """Return the wanted key, numbered if a record before has it."""
        ref = wanted
        while ref in self._taken:
            self._last_number[wanted] += 1
            ref = f"{wanted}#{self._last_number[wanted] + 1}"
        self._taken.add(ref)
        return ref
