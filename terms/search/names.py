"""Names and aliases in alphabetical order: suggestions, the A–Z index, and what stands beside a term."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Count, IntegerField, Q, QuerySet
from django.db.models.functions import Cast

from .. import collation, publishing
from .. import text as wording
from ..models import IndexEntry, Term
from ..prepared import Prepared
from .entries import TURNED
from .found import FoundTerm
from .query import PAGE_LENGTH, QUERY_LENGTH, end_of_range, storable


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A name that begins with what was typed, or of which a later word does."""

    text: str
    is_alias: bool
    language: str  # of an alias in another language than the site's
    term: FoundTerm


@dataclass(frozen=True, slots=True)
class Letter:
    """A section of the A–Z index: its key in addresses, its label on screen, its number of lines."""

    key: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class IndexLine:
    """A line of the A–Z index: the name of a term, or an alias, which says where to look instead."""

    key: str
    letter: str
    text: str
    is_alias: bool
    language: str  # of an alias in another language than the site's
    term: FoundTerm


@dataclass(frozen=True, slots=True)
class IndexPage:
    """One page of the A–Z index, `first`–`last` of `total`; both are 0 when there is nothing on it."""

    entries: list[IndexLine]
    total: int
    first: int
    last: int
    number: int
    pages: int
    letters: list[Letter]


# --- Suggestions ---------------------------------------------------------------------------------

# So many lines are looked at: enough to put names before aliases, and no more in a large glossary.
_CANDIDATES = 30
_TURNED_CANDIDATES = 15


def _first_of_range(count: int) -> Prepared:
    def lines(key: Any, after: Any) -> QuerySet[IndexEntry, Any]:
        # As numbers: on SQLite each truth value would be made from one in Python.
        flags = [Cast(name, IntegerField()) for name in ("is_alias", "is_hidden")]
        # The whole name of a deprecated term is the very beginning of the range.
        found = IndexEntry.objects.filter(Q(is_deprecated=False) | Q(key=key), key__gte=key, key__lt=after)
        rows = found.order_by("key", "text", "pk").values_list("key", "term_id", "text", "language", *flags)
        return rows[:count]

    return Prepared(lines)


_lines = _first_of_range(_CANDIDATES)
_turned_lines = _first_of_range(_TURNED_CANDIDATES)


def suggest(text: str, limit: int = 10) -> list[Suggestion]:
    """Return names and aliases that begin with `text`, one for each public term.

    Exact ones first, names before aliases, short before long; then those of which a later word
    begins so; last the names of terms that have a hidden alias which does. Deprecated terms only by
    their whole name.
    """
    key = wording.sort_key(storable(text)[:QUERY_LENGTH])
    if not key:
        return []
    lines = [_Line(*line) for line in _lines(key, end_of_range(key))]
    if len({line.term_id for line in lines if not _is_hidden_alias(line)}) < limit:
        begins = TURNED + key
        lines += [_Line(*line) for line in _turned_lines(begins, end_of_range(begins))]
    best: dict[int, _Line] = {}
    for line in sorted(lines, key=lambda line: (line.key != key, _group(line), len(line.key))):
        best.setdefault(line.term_id, line)
    chosen = list(best.values())[: max(limit, 0)]
    terms = _found_terms([line.term_id for line in chosen])
    return [_suggestion(line, terms[line.term_id]) for line in chosen if line.term_id in terms]


class _Line(NamedTuple):
    key: str
    term_id: int
    text: str
    language: str
    is_alias: int
    is_hidden: int


def _is_hidden_alias(line: _Line) -> bool:
    # Lines that begin with a later word are not listed either, but what they show is.
    return bool(line.is_alias and line.is_hidden) and not line.key.startswith(TURNED)


def _group(line: _Line) -> int:
    if _is_hidden_alias(line):
        return 4
    return line.is_alias + 2 * line.key.startswith(TURNED)


def _suggestion(line: _Line, term: FoundTerm) -> Suggestion:
    if line.is_hidden and not line.key.startswith(TURNED):
        return Suggestion(term.full_name, False, "", term)
    return Suggestion(line.text, bool(line.is_alias), line.language, term)


FOUND_COLUMNS = tuple(field.name for field in fields(FoundTerm))
_AT_ONCE = 10
_NO_ID = 0  # fills the gaps of a prepared question that are left
_terms_of_ids = Prepared(
    lambda *ids: Term.objects.published().filter(pk__in=ids).order_by().values_list(*FOUND_COLUMNS)
)


def _found_terms(ids: Sequence[int]) -> dict[int, FoundTerm]:
    found = {}
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        for row in _terms_of_ids(*some, *[_NO_ID] * (_AT_ONCE - len(some))):
            found[row[0]] = FoundTerm(*row)
    return found


# --- The index -----------------------------------------------------------------------------------


def letters() -> list[Letter]:
    """Return the sections of the A–Z index with their numbers of lines, names and aliases together.

    The letters of the site's language (`a` to `z` in English) and the digits are always there; other
    letters, other scripts, and signs at the end, when they occur.
    """
    counts = publishing.counted("lines-of-letters", _counts)
    language = settings.LANGUAGE_CODE
    always = {*collation.alphabet(language), wording.LETTER_DIGITS}
    keys = sorted(always | counts.keys(), key=lambda key: collation.letter_order(key, language))
    return [Letter(key, collation.letter_label(key, language), counts.get(key, 0)) for key in keys]


def _counts() -> dict[str, int]:
    """Return the number of lines of each letter."""
    listed = IndexEntry.objects.filter(is_hidden=False).order_by()
    return dict(listed.values_list("letter").annotate(count=Count("pk")))


def index_page(letter: str = "", number: int = 1, size: int = 50) -> IndexPage:
    """Return one page of the A–Z index, of one letter or of all, with its letters.

    A page beyond the last, or a letter that is not in the index, has no entries.
    """
    sections = letters()
    total = sum(section.count for section in sections if letter in ("", section.key))
    number, size = max(number, 1), min(max(size, 1), PAGE_LENGTH)
    start = (number - 1) * size
    entries = _lines_of_page(letter, start, size) if start < total else []
    return IndexPage(
        entries=entries,
        total=total,
        first=start + 1 if entries else 0,
        last=start + len(entries) if entries else 0,
        number=number,
        pages=max(-(-total // size), 1),
        letters=sections,
    )


def _lines_of_page(letter: str, start: int, size: int) -> list[IndexLine]:
    # First the ids alone: the lines that are passed over are then read in the index only.
    ids = [pk for (pk,) in _ids_of_page(bool(letter), start, size)(*filter(None, [letter]))]
    return [
        IndexLine(key, section, text, is_alias, language, FoundTerm(*term))
        for key, section, text, is_alias, language, *term in _lines_of_ids(
            *ids, *[_NO_ID] * (PAGE_LENGTH - len(ids))
        )
    ]


@lru_cache(maxsize=256)
def _ids_of_page(has_letter: bool, start: int, size: int) -> Prepared:
    """A limit cannot be bound: there is a question for each page."""

    def ids(*letter: Any) -> QuerySet[IndexEntry, Any]:
        listed = IndexEntry.objects.filter(is_hidden=False, **({"letter": letter[0]} if has_letter else {}))
        return listed.order_by("sort_key", "text", "pk").values_list("pk")[start : start + size]

    return Prepared(ids)


_SHOWN_OF_LINES = ("key", "letter", "text", "is_alias", "language")
_lines_of_ids = Prepared(
    lambda *ids: (
        IndexEntry.objects.filter(pk__in=ids, term__status__in=Term.PUBLIC_STATUSES)
        .order_by("sort_key", "text", "pk")
        .values_list(*_SHOWN_OF_LINES, *(f"term__{name}" for name in FOUND_COLUMNS))
    )
)


# --- What stands beside a term -------------------------------------------------------------------


def neighbours(term: Term) -> tuple[FoundTerm | None, FoundTerm | None]:
    """Return the public terms before and after this one in the order of names."""
    place = term.sort_key, term.qualifier_key, term.pk
    before, after = (next((FoundTerm(*row) for row in side(*place)), None) for side in (_before, _after))
    return before, after


def _beside(less: str, *order: str) -> Prepared:
    def rows(sort_key: Any, qualifier_key: Any, pk: Any) -> QuerySet[Term, Any]:
        same = Q(sort_key=sort_key)
        beside = Q(**{f"sort_key__{less}": sort_key})
        beside |= same & Q(**{f"qualifier_key__{less}": qualifier_key})
        beside |= same & Q(qualifier_key=qualifier_key, **{f"pk__{less}": pk})
        # The first condition is the one that an index can serve.
        terms = Term.objects.published().filter(**{f"sort_key__{less}e": sort_key}).filter(beside)
        return terms.order_by(*order).values_list(*FOUND_COLUMNS)[:1]

    return Prepared(rows)


_before = _beside("lt", "-sort_key", "-qualifier_key", "-pk")
_after = _beside("gt", "sort_key", "qualifier_key", "pk")
