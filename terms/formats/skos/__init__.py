"""SKOS vocabularies (W3C Recommendation, 2009) in Turtle, N-Triples, RDF/XML and JSON-LD, read and written.

One module for each syntax turns bytes into statements and back; `reading` makes records of the
statements, `writing` statements of records. Whatever the syntax, the statements are the same.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from ...errors import UnreadableFile
from ..packed import LARGEST_FILE
from ..record import RowProblem, TermRecord
from . import json_ld, rdf_xml, turtle
from .graph import Parsed, Statement
from .reading import records_of
from .vocabulary import COLLECTIONS, SCHEME
from .writing import writer_in

_HEAD = 65_536


class Syntax(Protocol):
    """One way of writing statements down."""

    def looks_like(self, head: str) -> float: ...

    def parse(self, data: bytes) -> Parsed: ...

    def lines(self, things: Iterable[tuple[str, Sequence[Statement]]]) -> Iterator[str]: ...


_SYNTAXES: tuple[Syntax, ...] = (turtle, rdf_xml, json_ld)


def looks_like(data: bytes) -> float:
    """Return how likely (0 to 1) these bytes are a vocabulary in one of the syntaxes."""
    head = _head(data)
    return max(syntax.looks_like(head) for syntax in _SYNTAXES)


def read(data: bytes, *, file_name: str = "", language: str = "en") -> Iterator[TermRecord | RowProblem]:
    """Yield a record for each concept, with its relations in both directions, and a problem for each loss.

    Raises UnreadableFile when the file breaks the grammar of its syntax, is made to cost too much, or
    holds no concept.
    """
    if len(data) > LARGEST_FILE:
        raise UnreadableFile(
            f"The file has {len(data) // 2**20} MB; {LARGEST_FILE // 2**20} MB of RDF can be read at once. "
            "Import it in parts."
        )
    head = _head(data)
    best = max(_SYNTAXES, key=lambda syntax: syntax.looks_like(head))
    parsed = (best if best.looks_like(head) else _syntax_of(head)).parse(data)
    yield from parsed.problems
    found = False
    for item in records_of(parsed.graph, language):
        found = True
        yield item
    if not found:
        others = "It has collections or schemes only. " if parsed.graph.of_type(SCHEME, *COLLECTIONS) else ""
        raise UnreadableFile(
            f"There is no skos:Concept in this file. {others}Export the vocabulary with its concepts, each "
            "of the type skos:Concept."
        )


def _head(data: bytes) -> str:
    """Return the beginning of a file, as far as it takes to see what it is."""
    start = data[:_HEAD]
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return start.decode("utf-16", "replace").lstrip("\ufeff")
    return start.decode("utf-8", "replace").lstrip("\ufeff")


def _syntax_of(head: str) -> Syntax:
    by_first_sign: dict[str, Syntax] = {"<": rdf_xml, "{": json_ld, "[": json_ld}
    return by_first_sign.get(head.lstrip()[:1], turtle)


write_turtle = writer_in(turtle.lines)
write_rdf_xml = writer_in(rdf_xml.lines)
write_json_ld = writer_in(json_ld.lines)
