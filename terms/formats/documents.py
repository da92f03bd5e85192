"""Plain-text documents that people paste: glossary pages copied from a browser.

One entry in `_SHAPES` per shape of document: how much a text looks like it, and how it is read.
So far there is the letter page (heading line, then the article in one line, between the site's
navigation).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ..errors import UnreadableFile
from .decoding import decode
from .headings import certain_subjects, first_sentence, read_heading
from .record import (
    LONGEST_DEFINITION,
    LONGEST_NAME,
    LONGEST_SHORT_DEFINITION,
    Flag,
    Refs,
    RowProblem,
    TermRecord,
)
from .unflatten import restore

TITLE = "glossary page pasted as text"
FILE_ENDINGS: tuple[str, ...] = (".txt",)


@dataclass(frozen=True)
class _Line:
    """A line with something on it, and whether a blank one stands before it."""

    number: int
    text: str
    after_blank: bool


@dataclass(frozen=True)
class _Shape:
    """One way in which documents are laid out."""

    likeness: Callable[[Sequence[_Line]], float]
    read: Callable[[Sequence[_Line]], Iterator[TermRecord | RowProblem]]


def looks_like(data: bytes) -> float:
    """Return how likely (0 to 1) these bytes are a document of a known shape."""
    try:
        lines = _lines(decode(data))
    except UnreadableFile:
        return 0.0
    return max(shape.likeness(lines) for shape in _SHAPES)


def read(data: bytes) -> Iterator[TermRecord | RowProblem]:
    """Yield a record for each entry of the document, and a problem for each stretch left out.

    Raises UnreadableFile when the text has none of the known shapes.
    """
    lines = _lines(decode(data))
    best = max(_SHAPES, key=lambda shape: shape.likeness(lines))
    if not best.likeness(lines):
        raise UnreadableFile(
            "No entries were found. A glossary page has a heading such as “term, subject” on a line of "
            "its own and the article on the next."
        )
    yield from best.read(lines)


def _lines(text: str) -> list[_Line]:
    lines = []
    after_blank = True
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        if line.strip():
            lines.append(_Line(number, line.strip(), after_blank))
        after_blank = not line.strip()
    return lines


# --- The letter page -----------------------------------------------------------------------------

_NAVIGATION = (
    re.compile(r"(?:[←«‹]|<-|<<)\s*\S.*|back to \S.*", re.IGNORECASE),
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
_NO_HEADING = re.compile(r"[-•*#|>]|\d{1,2}[.)] |.*(?:\*\*|\$\$|```|[.!?;]$)")


@dataclass(frozen=True)
class _Entry:
    """A heading and what stands below it, as in the document."""

    line: int
    heading: str
    article: str


def _letter_page_likeness(lines: Sequence[_Line]) -> float:
    content = _without_navigation(lines)
    entries = [entry for entry in _entries(content) if isinstance(entry, _Entry)]
    complete = [entry for entry in entries if "," in entry.heading and _is_prose(entry.article)]
    navigation = len(lines) - len(content)
    if 2 * len(complete) < max(len(entries), 1) or (len(complete) < 2 and not navigation):
        return 0.0
    # Headings that come by chance stand far apart; a page has one every second line or so.
    density = min(1.0, 4 * len(complete) / len(content))
    likeness = 0.55 * density * len(complete) / len(entries) + 0.2 * min(navigation, 2)
    return likeness if likeness >= _LEAST_LIKENESS else 0.0


def _read_letter_page(lines: Sequence[_Line]) -> Iterator[TermRecord | RowProblem]:
    entries = list(_entries(_without_navigation(lines)))
    subjects = certain_subjects(entry.heading for entry in entries if isinstance(entry, _Entry))
    refs = Refs()
    for entry in entries:
        yield _record(entry, subjects, refs) if isinstance(entry, _Entry) else entry


def _without_navigation(lines: Sequence[_Line]) -> list[_Line]:
    """Leave out letter bar, pager, links back and counts, and the titles that stand between them."""
    is_navigation = [any(pattern.fullmatch(line.text) for pattern in _NAVIGATION) for line in lines]
    fenced = [True, *is_navigation, True]
    any_navigation = any(is_navigation)
    return [
        line
        for place, line in enumerate(lines, start=1)
        if not fenced[place] and not (any_navigation and fenced[place - 1] and fenced[place + 1])
    ]


def _entries(lines: Sequence[_Line]) -> Iterator[_Entry | RowProblem]:
    heading: _Line | None = None
    article: list[_Line] = []
    for place, line in enumerate(lines):
        following = lines[place + 1] if place + 1 < len(lines) else None
        if _begins_entry(line, following, has_heading=heading is not None, has_article=bool(article)):
            if heading is not None:
                yield _entry(heading, article)
            heading, article = line, []
        elif heading is None:
            yield RowProblem(
                line.number, "", line.text[:80], "The line stands before the first heading and was left out."
            )
        else:
            article.append(line)
    if heading is not None:
        yield _entry(heading, article)


def _begins_entry(line: _Line, following: _Line | None, *, has_heading: bool, has_article: bool) -> bool:
    if not _is_like_a_heading(line):
        return False
    # Right below a heading stands its article, even a short one that looks like a heading itself,
    # unless what follows can only be the article of this line.
    if has_heading and not has_article:
        return "," in line.text and following is not None and _is_prose(following.text)
    return line.text.islower() or (following is not None and not _is_like_a_heading(following))


def _is_like_a_heading(line: _Line) -> bool:
    if len(line.text) > _LONGEST_HEADING or _NO_HEADING.match(line.text):
        return False
    if line.text == line.text.lower():
        return "," in line.text or (line.after_blank and len(line.text) <= LONGEST_NAME)
    return "," in line.text and line.after_blank and len(line.text) <= 120


def _is_prose(text: str) -> bool:
    return text != text.lower() or text.endswith((".", "!", "?")) or len(text) > _LONGEST_HEADING


def _entry(heading: _Line, article: list[_Line]) -> _Entry:
    pieces = [f"\n{line.text}" if line.after_blank else line.text for line in article]
    return _Entry(heading.number, heading.text, "\n".join(pieces).strip())


def _record(entry: _Entry, subjects: dict[str, int], refs: Refs) -> TermRecord | RowProblem:
    reading = read_heading(entry.heading, entry.article, subjects)
    if len(reading.name) > LONGEST_NAME:
        return RowProblem(
            entry.line,
            "name",
            entry.heading[:80],
            f"The name is longer than {LONGEST_NAME} signs. Shorten it.",
        )
    if len(entry.article) > LONGEST_DEFINITION:
        message = f"The article is longer than {LONGEST_DEFINITION:,} signs. Split it."
        return RowProblem(entry.line, "definition", entry.heading[:80], message)
    texts = _texts(entry.article)
    return TermRecord(
        line=entry.line,
        name=reading.name,
        ref=refs.take(entry.heading),
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


# --- Texts of an entry ---------------------------------------------------------------------------


@dataclass(frozen=True)
class _Texts:
    """Short and full definition of an article, None for what it does not have."""

    short: str | None
    definition: str | None
    flags: tuple[Flag, ...]


def _texts(article: str) -> _Texts:
    if not article:
        return _Texts(None, None, (Flag("definition_missing", "There is no text below the heading."),))
    restored = restore(article)
    short = _short_definition(article)
    if short is None:
        missing = Flag(
            "short_definition_missing",
            f"The first sentence is no plain text of {LONGEST_SHORT_DEFINITION} signs or less; write one.",
        )
        return _Texts(None, restored.markdown, (*restored.flags, missing))
    # A page of one-line definitions says nothing about the articles that another page may bring.
    definition = None if _says_all(short, article) else restored.markdown
    return _Texts(short, definition, restored.flags)


def _says_all(short: str, article: str) -> bool:
    """Say whether the article is one sentence, of which the short definition leaves out only the name."""
    whole = _plain(article).lower().rstrip(".!?")
    return first_sentence(article) == article and whole.endswith(short.lower().rstrip(".!?"))


_SAYS_WHAT_IT_IS = re.compile(
    r"(?:\*\*[^*]{1,160}\*\*|[^\s.,:;!?*]+(?: [^\s.,:;!?*]+){0,6}?) (?:is|are|[—–]) (.+)"
)
_BOLD_PREDICATE = re.compile(r"((?:an? |the )?)\*\*([^*]+)\*\*(?:$|\.|\s*[—–]\s|\s+-\s)")
_MARKS = re.compile(r"\*\*|(?<!\w)\*(?=\S)|(?<=\S)\*(?!\w)|`")
_LINK = re.compile(r"\[([^\[\]]*)\]\([^()\s]*\)")
_FORMULA = re.compile(r"\$([^$\\{}_^]{1,60})\$")


def _short_definition(article: str) -> str | None:
    """Return what the first sentence says the thing is, as plain text; None if that does not fit.

    “**X** is **a …**” gives “A ….”. Nothing is cut: a sentence too long gives none.
    """
    sentence = first_sentence(article)
    predicate = _SAYS_WHAT_IT_IS.match(sentence)
    if predicate:
        bold = _BOLD_PREDICATE.match(predicate[1])
        sentence = bold[1] + bold[2] if bold else predicate[1]
    plain = _plain(sentence)
    if "$" in plain or "\\(" in plain or not plain:
        return None
    plain = plain[:1].upper() + plain[1:]
    if plain[-1] not in ".!?…":
        plain += "."
    return plain if len(plain) <= LONGEST_SHORT_DEFINITION else None


def _plain(text: str) -> str:
    return _LINK.sub(r"\1", _MARKS.sub("", _FORMULA.sub(r"\1", text))).strip()


_SHAPES: tuple[_Shape, ...] = (_Shape(_letter_page_likeness, _read_letter_page),)
