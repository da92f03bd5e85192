"""One Markdown document with many terms: a glossary page of some documentation.

How terms stand in it is found out: below headings of one level, as definition lists, in bold, as
bullets, in a table, as abbreviations (PHP Markdown Extra), or in MyST's `{glossary}`. Texts keep their
Markdown as it is; links within the page become links to terms.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import replace

from ...errors import UnreadableFile
from .. import markdown_files
from ..decoding import decode
from ..directives import refuse_too_long
from ..markdown_files import names_a_collection
from ..markdown_text import with_plain_line_ends
from ..pointers import without_pointers
from ..record import RowProblem, TermRecord
from .headings import by_headings, by_one_heading
from .lists import by_bold, by_bullets, by_definition_list
from .marked import by_abbreviations, by_directive
from .page import Page
from .patterns import ABBREVIATIONS, HEADINGS, TABLE, Found, section_left_out
from .records import RecordWriter
from .tables import by_table

__all__ = ["looks_like", "read"]


_SAMPLE_SIZE = 40_000
_MAY_HOLD_TERMS = re.compile(
    r"^(?:#{1,6}[ \t]|[-=]{3,}[ \t]*$|\*\*|__|[-*+] |: |\||\*\[|`{3,}\{glossary|:{3,}\{glossary)",
    re.MULTILINE,
)


def looks_like(data: bytes) -> float:
    """Return how likely (0 to 1) these bytes are a Markdown document with terms in it."""
    try:
        text = decode(data)
    except UnreadableFile:
        return 0.0
    if not _MAY_HOLD_TERMS.search(text):
        return 0.0
    if "{glossary}" not in text and markdown_files.looks_like(data) > 0.5:
        return 0.0
    page = Page(with_plain_line_ends(text[:_SAMPLE_SIZE]))
    found = _pattern_of(page)
    if found is None or len(found.entries) < found.pattern.least:
        return 0.0
    if found.pattern is HEADINGS and _may_be_comments(page):
        return 0.2
    says_so = 0.15 if any(names_a_collection(heading.title) for heading in page.headings[:2]) else 0.0
    return min(0.98, found.pattern.likeness + says_so)


def _may_be_comments(page: Page) -> bool:
    """Say whether what looks like headings may be comments in code or data: `# …` right above other lines."""
    below = ["".join(page.lines[heading.end : heading.end + 1]).strip() for heading in page.headings]
    glued = [line for line in below if line and not (line.endswith((".", "!", "?")) or line.count(" ") > 6)]
    return 2 * len(glued) > len(page.headings) and all(heading.level == 1 for heading in page.headings)


def read(data: bytes, *, file_name: str = "", language: str = "en") -> Iterator[TermRecord | RowProblem]:
    """Yield a record for each term of the document and a problem for each part that holds none.

    Raises UnreadableFile when no terms are found in any of the ways that are known.
    """
    text = with_plain_line_ends(decode(data))
    refuse_too_long(text)
    page = Page(text)
    found = _pattern_of(page)
    if found is None or not found.entries:
        raise UnreadableFile(
            "No terms were found. Give each term a heading of the same level, or write “**Term**: what it "
            "is”."
        )
    writer = RecordWriter(page, found)
    yield from without_pointers(
        item if isinstance(item, RowProblem) else writer.item_of(item) for item in found.in_order()
    )


# --- Which pattern it is --------------------------------------------------------------------------


def _pattern_of(page: Page) -> Found | None:
    """Return what the likeliest pattern finds.

    Headings come first, unless something else stands in the place of their texts: then they are the
    subjects or letters above it.
    """
    directive = by_directive(page)
    if directive.entries:
        return directive
    headings = by_headings(page)
    table = by_table(page)
    others = [by(page, table.begins) for by in (by_definition_list, by_bold, by_bullets)]
    enough = [found for found in (table, *others) if len(found.entries) >= found.pattern.least]
    enough = [_with_left_out(_with_table(found, table), page) for found in enough]
    below = [found for found in enough if _takes_the_place_of(headings, found, page)]
    if below:
        return max(below, key=lambda found: len(found.entries))
    if headings.entries:
        return headings
    if len(page.abbreviations) >= ABBREVIATIONS.least and not enough:
        return by_abbreviations(page)
    enough = [found for found in enough if found.coverage >= found.pattern.least_coverage]
    if enough:
        return max(enough, key=lambda found: len(found.entries))
    any_table = by_table(page, whatever_its_header=True)
    return any_table if any_table.coverage >= _MOST_OF_IT and any_table.entries else by_one_heading(page)


_MOST_OF_IT = 0.5


def _takes_the_place_of(headings: Found, found: Found, page: Page) -> bool:
    """Say whether the headings have no text of their own, but begin with entries of another pattern."""
    if found.coverage < _MOST_OF_IT or not headings.entries:
        return False
    begun = [page.first_block_after(entry.line) in found.begins for entry in headings.entries]
    ratio = len(found.entries) / len(headings.entries)
    share = sum(begun) / len(begun)
    return share >= 0.8 or (share >= 0.5 and ratio >= 1.5) or (ratio >= 4 and found.coverage >= 0.8)


def _with_table(found: Found, table: Found) -> Found:
    """Add the terms in tables to those that stand in another way beside them."""
    if found.pattern is TABLE or not table.entries:
        return found
    problems = (*found.problems, *table.problems)
    begins = found.begins | table.begins
    return replace(found, entries=[*found.entries, *table.entries], begins=begins, problems=problems)


def _with_left_out(found: Found, page: Page) -> Found:
    """Add what must be told: the sections with text in which nothing was found."""
    lines = sorted(entry.line for entry in found.entries)
    empty = [
        heading
        for heading in page.headings[1:]
        if page.has_text(heading.end, heading.next)
        and bisect_left(lines, heading.begin) == bisect_left(lines, heading.next + 1)
    ]
    told = (section_left_out(heading, "holds no terms that were recognised") for heading in empty)
    return replace(found, problems=(*found.problems, *told))
