"""The statements of an RDF file, as far as SKOS needs them: in the order of the file, and bounded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from ...errors import UnreadableFile
from ..record import RowProblem
from .vocabulary import FIRST, NIL, REST, STRING, TYPE

MOST_STATEMENTS = 1_000_000
LONGEST_IRI = 2_000
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")


class Iri(str):
    """The name of a thing."""

    __slots__ = ()


class Blank(str):
    """A thing without a name; the text, which begins with `_:`, tells it apart within the file."""

    __slots__ = ()


class Literal(NamedTuple):
    """A text with its language, or with its datatype."""

    text: str
    language: str = ""
    datatype: str = ""


def literal(text: str, language: str = "", datatype: str = "") -> Literal:
    """Return a literal with its language in the usual case (`pt-BR`) and without a needless type."""
    return Literal(text, tidy_language(language), "" if language or datatype == STRING else datatype)


@lru_cache(maxsize=1000)
def tidy_language(tag: str) -> str:
    """Return a language tag as BCP 47 recommends to write it: `pt-br` is `pt-BR`."""
    first, *rest = tag.replace("_", "-").split("-")
    if len(first) == 1:
        return tag.lower()
    shaped = (
        part.upper() if len(part) == 2 else part.title() if len(part) == 4 else part.lower() for part in rest
    )
    return "-".join([first.lower(), *shaped])


def usable_language(tag: str) -> str:
    """Return a language tag as it may be written; “und” (undetermined) for what is none."""
    tidied = tidy_language(tag.strip().replace("_", "-"))
    return tidied if _LANGUAGE.fullmatch(tidied) else "und"


class Nested(NamedTuple):
    """A thing without a name, by what is said of it; only for writing."""

    statements: tuple[tuple[str, Any], ...]


Subject = Iri | Blank
Value = Iri | Blank | Literal
Statement = tuple[str, Iri | Literal | Nested]


@dataclass(frozen=True)
class Parsed:
    """What a file says, and what of it could not be read."""

    graph: Graph
    problems: list[RowProblem] = field(default_factory=list)


class _Thing(NamedTuple):
    """What is said of one subject, and the line on which that begins (0 where lines are not known)."""

    line: int
    said: dict[str, dict[Value, None]]


class Graph:
    """All statements by subject and predicate; each stands once, in the order of the file."""

    def __init__(self) -> None:
        self._things: dict[Subject, _Thing] = {}
        self._count = 0

    def add(self, subject: Subject, predicate: str, value: Value, line: int = 0) -> None:
        """Add a statement. Raises UnreadableFile when there are too many, or a name is too long."""
        self._count += 1
        if self._count > MOST_STATEMENTS:
            raise UnreadableFile(
                f"The file holds more than {MOST_STATEMENTS:,} statements. Import it in parts."
            )
        thing = self._things.get(subject)
        if thing is None:
            _refuse_long(subject)
            thing = self._things[subject] = _Thing(line, {})
        if isinstance(value, Iri):
            _refuse_long(value)
        values = thing.said.get(predicate)
        if values is None:
            _refuse_long(predicate)
            thing.said[predicate] = {value: None}
        else:
            values[value] = None

    def said_of(self, subject: Subject) -> dict[str, list[Value]]:
        """Return the values of a subject by their predicates."""
        thing = self._things.get(subject)
        return {predicate: list(values) for predicate, values in thing.said.items()} if thing else {}

    def values(self, subject: Subject, predicate: str) -> list[Value]:
        thing = self._things.get(subject)
        return list(thing.said.get(predicate, ())) if thing else []

    def of_type(self, *types: str) -> list[Subject]:
        """Return the subjects that have one of these types."""
        wanted = {Iri(name) for name in types}
        return [
            subject
            for subject, thing in self._things.items()
            if not wanted.isdisjoint(thing.said.get(TYPE, ()))
        ]

    def pairs(self, predicate: str) -> Iterator[tuple[Subject, Value]]:
        """Yield every subject and value of a predicate."""
        for subject, thing in self._things.items():
            for value in thing.said.get(predicate, ()):
                yield subject, value

    def items(self, start: Value) -> list[Value]:
        """Return the items of an RDF list; one that runs in a circle ends where it began."""
        found: list[Value] = []
        seen: set[Value] = set()
        node = start
        while not isinstance(node, Literal) and node != NIL and node not in seen:
            seen.add(node)
            found += self.values(node, FIRST)[:1]
            rest = self.values(node, REST)
            if not rest:
                break
            node = rest[0]
        return found

    def line_of(self, subject: Subject) -> int:
        """Return the line on which a subject is first spoken of, 0 where that is not known."""
        thing = self._things.get(subject)
        return thing.line if thing else 0


def _refuse_long(name: str) -> None:
    if len(name) > LONGEST_IRI:
        raise UnreadableFile(f"The name “{name[:60]}…” has {len(name):,} signs; no address is that long.")
