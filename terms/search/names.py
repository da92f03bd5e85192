"""Names and aliases in alphabetical order: suggestions and the A–Z index."""

from __future__ import annotations

from dataclasses import dataclass
from string import ascii_lowercase
from typing import Any

from django.db.models import Count, Q

from .. import text as wording
from ..models import IndexEntry, Term
from .finding import HEAVY
from .query import PAGE_LENGTH, end_of_range, parse


@dataclass(frozen=True)
class Suggestion:
    """A name that begins with what was typed."""

    text: str
    term: Term
    is_alias: bool


@dataclass(frozen=True)
class Letter:
    """A section of the A–Z index: its key in addresses, its label on screen, its number of lines."""

    key: str
    label: str
    count: int


@dataclass(frozen=True)
class IndexPage:
    """One page of the A–Z index, `first`–`last` of `total`; both are 0 when there is nothing on it."""

    entries: list[IndexEntry]
    total: int
    first: int
    last: int
    number: int
    pages: int
    letters: list[Letter]


# So many lines of the index are looked at for suggestions: enough to put names before aliases.
_CANDIDATES = 100


def suggest(text: str, limit: int = 10) -> list[Suggestion]:
    """Return names and aliases that begin with `text`, one for each public term.

    Exact ones first, names before aliases, short before long. A hidden alias suggests the name
    of its term. Deprecated terms only by their whole name.
    """
    key = parse(text).key
    if not key:
        return []
    published, exact = Q(term__status=Term.Status.PUBLISHED), Q(term__status=Term.Status.DEPRECATED, key=key)
    candidates = (
        IndexEntry.objects.filter(published | exact, key__gte=key, key__lt=end_of_range(key))
        .order_by("key", "text", "pk")
        .values_list("term_id", "key", "text", "is_alias", "is_hidden", named=True)[:_CANDIDATES]
    )
    best: dict[int, Any] = {}
    for entry in sorted(candidates, key=lambda entry: (entry.key != key, entry.is_alias, len(entry.key))):
        best.setdefault(entry.term_id, entry)
    chosen = list(best.values())[: max(limit, 0)]
    terms = Term.objects.published().defer("definition", *HEAVY).in_bulk([entry.term_id for entry in chosen])
    return [_suggestion(entry, terms[entry.term_id]) for entry in chosen if entry.term_id in terms]


def _suggestion(entry: Any, term: Term) -> Suggestion:
    if entry.is_hidden:
        return Suggestion(term.full_name, term, is_alias=False)
    return Suggestion(entry.text, term, entry.is_alias)


def letters() -> list[Letter]:
    """Return the sections of the A–Z index with their numbers of lines, names and aliases together.

    `a` to `z` and the digits are always there; other scripts, and signs at the end, when they occur.
    """
    listed = IndexEntry.objects.filter(is_hidden=False).order_by()
    counts = dict(listed.values_list("letter").annotate(count=Count("pk")))
    always = [*ascii_lowercase, wording.LETTER_DIGITS]
    others = sorted(set(counts) - {*always, wording.LETTER_SIGNS})
    signs = [wording.LETTER_SIGNS] if wording.LETTER_SIGNS in counts else []
    return [Letter(key, _letter_label(key), counts.get(key, 0)) for key in [*always, *others, *signs]]


def _letter_label(key: str) -> str:
    if len(key) == 1 or key == "cjk":
        return key.upper()
    return "0–9" if key == wording.LETTER_DIGITS else key.capitalize()


def index_page(letter: str = "", number: int = 1, size: int = 50) -> IndexPage:
    """Return one page of the A–Z index, of one letter or of all, with its letters.

    Each entry has its term at hand, without the long texts. A page beyond the last, or a letter
    that is not in the index, has no entries.
    """
    sections = letters()
    total = sum(section.count for section in sections if letter in ("", section.key))
    number, size = max(number, 1), min(max(size, 1), PAGE_LENGTH)
    start = (number - 1) * size
    entries = _entries_of_page(letter, start, size) if start < total else []
    return IndexPage(
        entries=entries,
        total=total,
        first=start + 1 if entries else 0,
        last=start + len(entries) if entries else 0,
        number=number,
        pages=max(-(-total // size), 1),
        letters=sections,
    )


def _entries_of_page(letter: str, start: int, size: int) -> list[IndexEntry]:
    of_letter = {"letter": letter} if letter else {}
    listed = IndexEntry.objects.filter(is_hidden=False, **of_letter).order_by("key", "text", "pk")
    entries = list(listed[start : start + size])
    # Not joined: a join would visit the terms of all skipped lines too.
    terms = Term.objects.published().defer("definition", *HEAVY).in_bulk({entry.term_id for entry in entries})
    entries = [entry for entry in entries if entry.term_id in terms]
    for entry in entries:
        entry.term = terms[entry.term_id]
    return entries
