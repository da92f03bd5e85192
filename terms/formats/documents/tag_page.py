"""The tag page: “Tag: x”, “N topics”, then bullets in which title and text are glued together.

Nothing marks where “Weight TyingWeight tying uses …” is to be split. A text mostly begins by saying its
title again; where it does not, a capital within a word or a closed parenthesis gives the place away.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from ...text import stem, words
from ..record import LONGEST_DEFINITION, LONGEST_NAME, Flag, Refs, RowProblem, TermRecord
from ..sentences import first_sentence
from .formulas import with_dollars
from .lines import Line
from .spelling import Spelling, is_marked
from .texts import texts_of
from .titles import read_title

_TAG = re.compile(
    r"(?:tags?|topic|category|subject)\s*:\s*(?P<named>\S.{0,99})"
    r"|(?:\w+ )?tagged(?: with)?:?\s+[“\"']?(?P<tagged>\S.{0,98}?)[”\"']?",
    re.IGNORECASE,
)
_COUNT = re.compile(
    r"(\d[\d.,’ ]{0,12}?)\s*(?:article|definition|entr(?:y|ies)|item|post|result|term|topic)"
    r"(?:s|\((?:s|ies)\))?(?: found| in total)?:?",
    re.IGNORECASE,
)
_BULLET = re.compile(r"(?:[-*•◦▪‣–]|\d{1,4}[.)])\s+(?=\S)")
_PARENTHESES = re.compile(r"\s*\(([^()]*)\)")
_ARTICLES = ("a", "an", "the")
_ARTICLE_FOLLOWS = re.compile(r"(?:An?|The) [^\W\d_]")
_DEFINES_ITSELF = re.compile(r"(?:(?:an?|the) )?([^.:;!?]{1,80}?) (?:is|are|means|refers to) ", re.IGNORECASE)
_ENDS_SENTENCE = (".", "!", "?", "…", "”", '"')

# How far into an entry its title may reach, and how much of the text behind it is looked at.
_LOOK = 400
_LONGEST_TITLE = 150
_MOST_WORDS = 16
_ENOUGH_FOR_LIKENESS = 200
_SURE_ENOUGH = 0.8


@dataclass(frozen=True)
class Split:
    """Where an entry was split in title and text, and how sure that is (0 to 1)."""

    title: str
    text: str
    certainty: float


@dataclass
class _Page:
    """What stands below one tag."""

    tags: tuple[str, ...] | None = None
    line: int = 0
    count: str = ""
    entries: list[_Entry] = field(default_factory=list)
    left_out: list[RowProblem] = field(default_factory=list)


@dataclass
class _Entry:
    """A bullet as in the document, title and text together; `below` is what stands under it."""

    line: int
    glued: str
    below: list[str] = field(default_factory=list)


def likeness(lines: Sequence[Line]) -> float:
    pages = _pages(lines)
    entries = list(islice((entry for page in pages for entry in page.entries), _ENOUGH_FOR_LIKENESS))
    sure = sum(_split(entry).certainty >= _SURE_ENOUGH for entry in entries)
    if 2 * sure <= len(entries):
        return 0.0
    named = sum(page.tags is not None for page in pages) + sum(bool(page.count) for page in pages)
    if not named and sure < 3:
        return 0.0
    left_out = sum(len(page.left_out) for page in pages)
    return (0.6 * sure / len(entries) + 0.2 * min(named, 2)) * len(entries) / (len(entries) + left_out)


def read(lines: Sequence[Line]) -> Iterator[TermRecord | RowProblem]:
    pages = _pages(lines)
    splits = [[_split(entry) for entry in page.entries] for page in pages]
    spelling = Spelling(split.text for of_page in splits for split in of_page)
    refs = Refs()
    for page, of_page in zip(pages, splits, strict=True):
        found = [
            _record(entry.line, split, page.tags, spelling, refs)
            for entry, split in zip(page.entries, of_page, strict=True)
        ]
        yield from sorted([*found, *page.left_out, *_miscounted(page)], key=lambda one: one.line)


# --- The page --------------------------------------------------------------------------------------


def _pages(lines: Sequence[Line]) -> list[_Page]:
    pages = [_Page()]
    has_bullets = any(_BULLET.match(line.text) for line in lines)
    for line in lines:
        tag, count = _TAG.fullmatch(line.text), _COUNT.fullmatch(line.text)
        if tag:
            pages.append(_Page(_tags(tag["named"] or tag["tagged"]), line.number))
        elif count:
            pages[-1].count = count[1]
            pages[-1].line = line.number
        else:
            _take(line, pages[-1], has_bullets=has_bullets)
    return [page for page in pages if page.entries or page.left_out]


def _tags(named: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tag.strip().removeprefix("#") for tag in named.split(",") if tag.strip()))


def _take(line: Line, page: _Page, *, has_bullets: bool) -> None:
    bullet = _BULLET.match(line.text)
    if bullet or (not has_bullets and (page.tags or page.count)):
        page.entries.append(_Entry(line.number, line.text[bullet.end() if bullet else 0 :]))
    elif page.entries and _goes_on(page.entries[-1], line):
        page.entries[-1].below.append(line.text)
    else:
        message = "The line belongs to no entry and was left out."
        page.left_out.append(RowProblem(line.number, "", line.text[:80], message))


def _goes_on(entry: _Entry, line: Line) -> bool:
    """Say whether a line without a bullet is the rest of the entry above it."""
    last = entry.below[-1] if entry.below else entry.glued
    return not last.endswith(_ENDS_SENTENCE) and (not line.after_blank or not entry.below)


def _miscounted(page: _Page) -> Iterator[RowProblem]:
    said = "".join(sign for sign in page.count if sign.isdecimal())
    if said and int(said) != len(page.entries):
        message = f"The page speaks of {page.count} entries, but {len(page.entries)} were found."
        yield RowProblem(page.line, "", page.count, message, fatal=False)


# --- Title and text --------------------------------------------------------------------------------


def _split(entry: _Entry) -> Split:
    """Split an entry whose text may go on in the next line, or only begin there."""
    if not entry.below:
        return split(entry.glued)
    below = " ".join(entry.below)
    together = split(f"{entry.glued} {below}")
    if together.certainty >= _SURE_ENOUGH or len(entry.glued) > _LONGEST_TITLE:
        return together
    return Split(entry.glued, below, _CLOSED)


def split(glued: str) -> Split:
    """Return title and text of what was glued together.

    The surest place wins: where the text says the title again, in whole, in short, or in part; where a
    parenthesis or question ends without a blank; where a capital follows a small letter. Without any
    of these the title is guessed, or "" if there is nothing to go by.
    """
    places = [(_certainty(glued, place, marked), place) for place, marked in _boundaries(glued)]
    certainty, place = max(places, key=lambda one: (one[0], -one[1]), default=(0.0, 0))
    if certainty <= _BY_CAPITAL_AND_MENTIONED:
        certainty, place = _among_capitals(glued, places) or (certainty, place)
    if certainty:
        return Split(glued[:place].strip(), glued[place:].strip(), certainty)
    defines = _DEFINES_ITSELF.match(glued)
    if defines:
        return Split(defines[1], glued, _UNSURE)
    is_title_only = len(glued) <= _LONGEST_TITLE and not glued.endswith(_ENDS_SENTENCE[:2])
    return Split(glued, "", _UNSURE) if is_title_only else Split("", glued, 0.0)


_AGAIN_AND_MARKED, _AGAIN, _IN_PART, _CLOSED_AND_MENTIONED, _CLOSED = 0.99, 0.95, 0.93, 0.9, 0.88
_BY_CAPITAL_AND_MENTIONED, _BY_CAPITAL, _UNSURE, _BEFORE_AN_ARTICLE = 0.87, 0.85, 0.6, 0.5


def _boundaries(glued: str) -> Iterator[tuple[int, str]]:
    """Yield the places outside parentheses where a text may begin, and what marks them:
    “closed”, “capital”, or “” where only the words can tell.
    """
    depth = 0
    for place in range(1, min(len(glued), _LONGEST_TITLE)):
        left, right = glued[place - 1], glued[place]
        depth += {"(": 1, ")": -1}.get(left, 0)
        if depth or right.isspace():
            continue
        begins = right.isupper() or right.isdecimal() or right in "“\"'‘\\$"
        if left in ")?!" and (begins or right.isalpha()):
            yield place, "closed"
        elif begins and left.islower() and not right.isdecimal():
            yield place, "capital"
        elif begins or glued[place : place + 3].lower() == glued[:3].lower():
            yield place, ""


def _certainty(glued: str, place: int, marked: str) -> float:
    title, text = glued[:place].strip(), glued[place : place + _LOOK]
    if len(title.split()) > _MOST_WORDS:
        return 0.0
    says_again = _says_again(title, text)
    if says_again == 1:
        return _AGAIN_AND_MARKED if marked else _AGAIN
    mentions = _mentions(title, text)
    if not marked:
        begins_with_article = not glued[place - 1].isspace() and _ARTICLE_FOLLOWS.match(text)
        return 0.0 if not begins_with_article else _BY_CAPITAL if mentions else _BEFORE_AN_ARTICLE
    if says_again:
        return _IN_PART
    if marked == "closed":
        return _CLOSED_AND_MENTIONED if mentions else _CLOSED
    return _BY_CAPITAL_AND_MENTIONED if mentions else _BY_CAPITAL


def _among_capitals(glued: str, places: list[tuple[float, int]]) -> tuple[float, int] | None:
    """Return the likeliest of several capitals within words: one may belong to a name (SailMaker)."""
    rivals = [place for certainty, place in places if certainty in (_BY_CAPITAL_AND_MENTIONED, _BY_CAPITAL)]
    if len(rivals) < 2:
        return None
    return _UNSURE, next((place for place in rivals if _begins_plainly(glued, place)), rivals[0])


def _begins_plainly(glued: str, place: int) -> bool:
    return not is_marked(glued[place : place + _LOOK].split(maxsplit=1)[0])


def _says_again(title: str, text: str) -> float:
    """Say whether a text begins with its title (1), or with half of its words at least (0.5)."""
    said = [stem(word) for word in words(text[: 2 * len(title) + 40])]
    said = said[1:] if said[:1] and said[0] in _ARTICLES else said
    names = [_PARENTHESES.sub("", title), *_PARENTHESES.findall(title)]
    stems = [[stem(word) for word in words(name)] for name in names]
    if any(name and said[: len(name)] == name for name in stems):
        return 1
    half = (len(stems[0]) + 1) // 2
    return 0.5 if half and said[:half] == stems[0][:half] else 0


def _mentions(title: str, text: str) -> bool:
    """Say whether the first sentence has all words of the title, or that which a question asks for."""
    said = {stem(word) for word in words(first_sentence(text))}
    asked = {stem(word) for word in words(_PARENTHESES.sub("", title)) if len(word) > 3}
    return bool(asked) and asked - {"what", "does"} <= said


# --- The record ------------------------------------------------------------------------------------


def _record(
    line: int, split: Split, tags: tuple[str, ...] | None, spelling: Spelling, refs: Refs
) -> TermRecord | RowProblem:
    if not any(sign.isalnum() for sign in split.title) or len(split.title) > LONGEST_NAME:
        message = "Where the title ends cannot be told. Break the line there, or leave the entry out."
        return RowProblem(line, "name", split.text[:80], message)
    if len(split.text) > LONGEST_DEFINITION:
        message = f"The text is longer than {LONGEST_DEFINITION:,} signs. Split it."
        return RowProblem(line, "definition", split.title[:80], message)
    title = read_title(split.title, split.text, spelling)
    texts = texts_of(with_dollars(split.text), title.name)
    return TermRecord(
        line=line,
        name=title.name,
        ref=refs.take(split.title),
        heading=split.title,
        qualifier=title.qualifier,
        short_definition=texts.short,
        definition=texts.definition,
        aliases=title.aliases,
        tags=tags,
        keywords=title.keywords,
        confidence=min(split.certainty, title.confidence),
        flags=(*_doubts(split), *title.flags, *texts.flags),
    )


def _doubts(split: Split) -> Iterator[Flag]:
    if split.certainty < _SURE_ENOUGH and split.text:
        yield Flag("unsure_split", f"The title may not end at “{split.title[-40:]}”.")
