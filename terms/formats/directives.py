"""The lines of a document, and those inside a glossary directive (Sphinx, MyST) to its entries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..errors import UnreadableFile

LARGEST_DOCUMENT = 5_000_000
MOST_LINES = 100_000
INDENT_OF_A_TAB = 8


@dataclass(frozen=True)
class Line:
    """A line of a file with its number."""

    number: int
    text: str

    @property
    def indent(self) -> int:
        return len(self.text) - len(self.text.lstrip(" "))

    @property
    def is_blank(self) -> bool:
        return not self.text.strip()

    def without(self, indent: int) -> Line:
        """Return the line with so much less in front, as far as there are blanks."""
        return Line(self.number, self.text[min(indent, self.indent) :])


@dataclass
class GlossaryEntry:
    """One or several terms that stand directly above one definition."""

    terms: list[Line]
    body: list[Line] = field(default_factory=list)


def refuse_too_long(text: str) -> None:
    """Raise UnreadableFile for a document that nobody wrote as one page."""
    lines = text.count("\n") + text.count("\r")
    if len(text) > LARGEST_DOCUMENT or lines > MOST_LINES:
        raise UnreadableFile(
            f"The document has {len(text):,} signs in {lines:,} lines; {LARGEST_DOCUMENT:,} signs and "
            f"{MOST_LINES:,} lines are allowed. Split it."
        )


def lines_of(text: str) -> list[Line]:
    """Return the lines of a text without their ends, tabs as blanks, numbered from 1."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [Line(number, line.expandtabs(INDENT_OF_A_TAB).rstrip()) for number, line in enumerate(lines, 1)]


def dedented(lines: Sequence[Line]) -> list[Line]:
    """Return the lines moved to the left by the indent that all of them have."""
    least = min((line.indent for line in lines if not line.is_blank), default=0)
    return [line.without(least) for line in lines]


def glossary_entries(lines: Sequence[Line]) -> list[GlossaryEntry]:
    """Return the entries of the content of a directive, as Sphinx tells them apart (`domains/std`, Glossary).

    Lines without indent are terms, several above one definition are names of one entry; lines `.. ` among
    them are comments with what is indented below.
    """
    entries: list[GlossaryEntry] = []
    in_definition, in_comment, indent = True, False, 0
    for line in lines:
        if line.is_blank:
            if in_definition and entries:
                entries[-1].body.append(line)
        elif not line.indent:
            in_comment = line.text.startswith(".. ") or line.text == ".."
            if in_comment:
                continue
            if in_definition:
                entries.append(GlossaryEntry([]))
                in_definition = False
            entries[-1].terms.append(line)
        elif entries and not in_comment:
            if not in_definition:
                in_definition, indent = True, line.indent
            entries[-1].body.append(line.without(indent))
    return entries
