"""The ways in which terms stand in a document, and what one of them finds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ...text import name_key
from ..markdown_text import plain_inline
from ..record import RowProblem, TermRecord
from .page import Heading


@dataclass(frozen=True)
class Entry:
    """A term as the document gives it: its names and its text in Markdown, below which heading.

    `record` stands for an entry that was read elsewhere, from a table.
    """

    line: int
    titles: tuple[str, ...]
    body: str
    group: str = ""
    record: TermRecord | None = None


@dataclass(frozen=True)
class Pattern:
    """One way in which terms stand in a document.

    `least` is how few of them are a glossary, `least_coverage` how little of its text they may take.
    """

    name: str
    likeness: float
    confidence: float
    least: int
    least_coverage: float = 0.2


@dataclass(frozen=True)
class Found:
    """The entries that one pattern finds, how much of the text they take, and what was left out.

    `begins` are the lines where the blocks begin that they were found in.
    """

    pattern: Pattern
    entries: list[Entry]
    coverage: float = 1.0
    begins: frozenset[int] = frozenset()
    problems: tuple[RowProblem, ...] = ()

    def in_order(self) -> list[Entry | RowProblem]:
        items: list[Entry | RowProblem] = [*self.entries, *self.problems]
        return sorted(items, key=lambda item: item.line)


HEADINGS = Pattern("headings", 0.6, 0.95, 2)
DEFINITION_LIST = Pattern("definition list", 0.8, 0.97, 2)
BOLD = Pattern("bold terms", 0.7, 0.95, 2)
BULLETS = Pattern("bullets", 0.4, 0.85, 3, least_coverage=0.5)
TABLE = Pattern("table", 0.97, 0.97, 1)
ABBREVIATIONS = Pattern("abbreviations", 0.7, 0.97, 2)
DIRECTIVE = Pattern("glossary directive", 0.95, 1.0, 1)
ONE_TERM = Pattern("one heading", 0.2, 0.5, 1)


def found_by(pattern: Pattern, entries: list[Entry], begins: Iterable[int], coverage: float) -> Found:
    """Return the entries, or none if most of them are called alike: labels inside articles."""
    names = {name_key(plain_inline(entry.titles[0])) for entry in entries}
    if len(names) < 0.8 * len(entries):
        return Found(pattern, [], 0.0)
    return Found(pattern, entries, coverage, frozenset(begins))


def section_left_out(heading: Heading, why: str) -> RowProblem:
    message = f"The section “{heading.title:.80}” {why}, and was left out."
    return RowProblem(heading.begin + 1, "", heading.title[:80], message, fatal=False)
