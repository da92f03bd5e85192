"""Terms that marks of their own announce: `{glossary}` of MyST, abbreviations of PHP Markdown Extra."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import takewhile

from ..directives import Line, dedented, glossary_entries, lines_of
from .page import Page
from .patterns import ABBREVIATIONS, DIRECTIVE, Entry, Found


def by_abbreviations(page: Page) -> Found:
    entries = [Entry(page.abbreviation_lines[short], (short,), "") for short in page.abbreviations]
    return Found(ABBREVIATIONS, entries)


_FENCE = re.compile(r"(?P<fence>`{3,}|:{3,})\{glossary\}")
_OPTION = re.compile(r":[a-z][\w-]*:.*")


def by_directive(page: Page) -> Found:
    """Find MyST’s `{glossary}`: terms without indent, below each what it is."""
    entries: list[Entry] = []
    content: list[Line] = []
    fence = ""
    for line in [*lines_of(page.text), Line(len(page.lines) + 1, "")]:
        opening = _FENCE.fullmatch(line.text)
        if not fence:
            fence = opening["fence"] if opening else ""
        elif line.number > len(page.lines) or _closes(line.text, fence):
            entries += _entries_of(content)
            content, fence = [], ""
        else:
            content.append(line)
    return Found(DIRECTIVE, entries)


def _closes(text: str, fence: str) -> bool:
    return len(text) >= len(fence) and not text.strip(fence[0])


def _entries_of(content: list[Line]) -> Iterator[Entry]:
    options = takewhile(lambda line: line.is_blank or _OPTION.fullmatch(line.text), content)
    content = content[len(list(options)) :]
    for entry in glossary_entries(dedented(content)):
        body = "\n".join(line.text for line in dedented(entry.body)).strip("\n")
        titles = tuple(_without_key(term.text) for term in entry.terms)
        yield Entry(entry.terms[0].number, titles, body)


def _without_key(term: str) -> str:
    """Return a line of terms without the key for the index, which stands behind a colon between blanks."""
    return term.split(" : ")[0].strip()
