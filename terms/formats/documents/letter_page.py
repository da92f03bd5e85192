"""The letter page: heading line, then the article in one line, between the site's navigation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import dedent

from ..record import LONGEST_DEFINITION, LONGEST_NAME, Refs, RowProblem, TermRecord
from .letter_headings import Page
from .lines import Line
from .texts import texts_of

_NAVIGATION = (
    re.compile(r"(?:[←«‹]|<-|<<?\s)\s*\S.*|back to \S.*", re.IGNORECASE),
    re.compile(
        r"[\d.,'’ ]+ (?:\w+ ){0,2}(?:terms?|entries|definitions|topics|results)\b.{0,60}", re.IGNORECASE
    ),
    re.compile(
        r"(?:(?:[^\W_]|#|&|all|0[-–]9)(?:\s*[|·•]\s*|\s+)){5,}(?:[^\W_]|#|&|all|0[-–]9)", re.IGNORECASE
    ),
    re.compile(r"(?:showing )?page \d[\d.,]* (?:of|/) \d[\d.,]*.{0,60}", re.IGNORECASE),
    re.compile(r"showing \d[\d.,]*\s*[-–—]\s*\d[\d.,]*.{0,60}", re.IGNORECASE),
    re.compile(
        r"(?:[←«‹]\s*)?(?:previous|prev|next|first|last)\b(?:[\s\d.…|·]|next|last|[→»›])*", re.IGNORECASE
    ),
    re.compile(r"(?:©|copyright\b).{0,200}", re.IGNORECASE),
)
_LONGEST_HEADING = 300
_LEAST_LIKENESS = 0.2
_LONGEST_FOOTER = 12
_NO_HEADING = re.compile(r"[-•*#|>]|\d{1,2}[.)] |.*(?:\*\*|\$\$|```|[.!?;]$)")


@dataclass(frozen=True)
class _Entry:
    """A heading and what stands below it, as in the document."""

    line: int
    heading: str
    article: str


def likeness(lines: Sequence[Line]) -> float:
    content = _without_navigation(lines)
    entries = [entry for entry in _entries(content) if isinstance(entry, _Entry)]
    complete = [entry for entry in entries if "," in entry.heading and _is_text(entry.article)]
    navigation = len(lines) - len(content)
    if 2 * len(complete) < max(len(entries), 1) or (len(complete) < 2 and not navigation):
        return 0.0
    # Headings that come by chance stand far apart; a page has one every second line or so.
    density = min(1.0, 4 * len(complete) / len(content))
    likeness = 0.55 * density * len(complete) / len(entries) + 0.2 * min(navigation, 2)
    return likeness if likeness >= _LEAST_LIKENESS else 0.0


def read(lines: Sequence[Line]) -> Iterator[TermRecord | RowProblem]:
    entries = list(_entries(_without_navigation(lines)))
    page = Page([(entry.heading, entry.article) for entry in entries if isinstance(entry, _Entry)])
    refs = Refs()
    for entry in entries:
        yield _record(entry, page, refs) if isinstance(entry, _Entry) else entry


def _without_navigation(lines: Sequence[Line]) -> list[Line]:
    """Leave out letter bar, pager, links back and counts, titles between them, and the site's last words."""
    is_navigation = [any(pattern.fullmatch(line.text) for pattern in _NAVIGATION) for line in lines]
    fenced = [True, *is_navigation, True]
    any_navigation = any(is_navigation)
    end = _begin_of_footer(lines, is_navigation)
    return [
        line
        for place, line in enumerate(lines[:end], start=1)
        if not fenced[place] and not (any_navigation and fenced[place - 1] and fenced[place + 1])
    ]


def _begin_of_footer(lines: Sequence[Line], is_navigation: Sequence[bool]) -> int:
    """Return where the lines begin that stand below the last pager and below all entries."""
    last = max((place for place, found in enumerate(is_navigation) if found), default=len(lines))
    below = lines[last + 1 :]
    has_entries_above = any("," in line.text and _is_like_a_heading(line) for line in lines[:last])
    is_short = len(below) <= _LONGEST_FOOTER and all(len(line.text) <= 120 for line in below)
    has_entries_below = any("," in line.text and _is_like_a_heading(line) for line in below)
    return last if has_entries_above and is_short and not has_entries_below else len(lines)


def _entries(lines: Sequence[Line]) -> Iterator[_Entry | RowProblem]:
    heading: Line | None = None
    article: list[Line] = []
    for place, line in enumerate(lines):
        following = lines[place + 1] if place + 1 < len(lines) else None
        if _begins_entry(line, following, has_heading=heading is not None, has_article=bool(article)):
            if heading is not None:
                yield _entry(heading, article)
            heading, article = line, []
        elif heading is None:
            message = "The line stands before the first heading and was left out."
            yield RowProblem(line.number, "", line.text[:80], message, fatal=False)
        else:
            article.append(line)
    if heading is not None:
        yield _entry(heading, article)


def _begins_entry(line: Line, following: Line | None, *, has_heading: bool, has_article: bool) -> bool:
    if not _is_like_a_heading(line):
        return False
    # Right below a heading stands its article, even a short one that looks like a heading itself,
    # unless what follows can only be the article of this line.
    if has_heading and not has_article:
        return "," in line.text and following is not None and _is_prose(following.text)
    return line.text.islower() or (following is not None and not _is_like_a_heading(following))


def _is_like_a_heading(line: Line) -> bool:
    if len(line.text) > _LONGEST_HEADING or _NO_HEADING.match(line.text):
        return False
    if line.text == line.text.lower():
        return "," in line.text or (line.after_blank and len(line.text) <= LONGEST_NAME)
    return "," in line.text and line.after_blank and len(line.text) <= 120


def _is_prose(text: str) -> bool:
    return text != text.lower() or text.endswith((".", "!", "?")) or len(text) > _LONGEST_HEADING


def _is_text(article: str) -> bool:
    return _is_prose(article) or len(article.split()) > 3


def _entry(heading: Line, article: list[Line]) -> _Entry:
    pieces = [f"\n{line.raw}" if line.after_blank else line.raw for line in article]
    return _Entry(heading.number, heading.text, dedent("\n".join(pieces)).strip())


def _record(entry: _Entry, page: Page, refs: Refs) -> TermRecord | RowProblem:
    if len(entry.article) > LONGEST_DEFINITION:
        message = f"The article is longer than {LONGEST_DEFINITION:,} signs. Split it."
        return RowProblem(entry.line, "definition", entry.heading[:80], message)
    reading = page.read(entry.heading, entry.article)
    if len(reading.name) > LONGEST_NAME:
        return RowProblem(
            entry.line,
            "name",
            entry.heading[:80],
            f"The name is longer than {LONGEST_NAME} signs. Shorten it.",
        )
    texts = texts_of(entry.article, reading.name)
    return TermRecord(
        line=entry.line,
        name=reading.name,
        ref=refs.take(" ".join(entry.heading.split())),
        heading=entry.heading,
        qualifier=reading.qualifier,
        short_definition=texts.short,
        definition=texts.definition,
        aliases=reading.aliases,
        tags=reading.tags,
        keywords=reading.keywords,
        confidence=reading.confidence if entry.article else round(reading.confidence / 2, 2),
        flags=(*reading.flags, *texts.flags),
    )
