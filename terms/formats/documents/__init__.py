"""Plain-text documents that people paste: glossary pages copied from a browser.

One module for each shape of document: `likeness(lines)`, from 0 to 1, says how much a text looks
like it, `read(lines)` reads it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from ...errors import UnreadableFile
from ..decoding import decode
from ..record import RowProblem, TermRecord
from . import articles, letter_page, sectioned, tag_page
from .lines import Line, lines_of


class Shape(Protocol):
    """One way in which documents are laid out."""

    def likeness(self, lines: Sequence[Line]) -> float: ...

    def read(self, lines: Sequence[Line]) -> Iterator[TermRecord | RowProblem]: ...


SHAPES: dict[str, Shape] = {
    "articles": articles,
    "letter-page": letter_page,
    "sectioned": sectioned,
    "tag-page": tag_page,
}


def looks_like(data: bytes) -> float:
    """Return how likely (0 to 1) these bytes are a document of a known shape."""
    try:
        lines = lines_of(decode(data))
    except UnreadableFile:
        return 0.0
    return max(shape.likeness(lines) for shape in SHAPES.values())


def read(data: bytes, *, file_name: str = "", language: str = "en") -> Iterator[TermRecord | RowProblem]:
    """Yield a record for each entry of the document, and a problem for each stretch left out.

    Raises UnreadableFile when the text has none of the known shapes.
    """
    lines = lines_of(decode(data))
    likeness, best = max(
        ((shape.likeness(lines), shape) for shape in SHAPES.values()), key=lambda pair: pair[0]
    )
    if not likeness:
        raise UnreadableFile(
            "No entries were found. A glossary page has a heading such as “term, subject” on a line of "
            "its own and the article on the next."
        )
    yield from best.read(lines)
