"""Searching: the reader's query put to the database, and the page of hits it gives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from django.db.models import Q, QuerySet, TextField, Value
from django.db.models.functions import Concat

from .. import text as wording
from ..models import Term
from . import asking, correcting, facets, partly
from .engines import PLACES, Place, current_engine, current_statements, matching, rows
from .query import (
    NO_QUERY,
    PAGE_LENGTH,
    Query,
    end_of_range,
    narrowed,
    parse,
    parse_as_words,
    storable,
    without_little_words,
)
from .reasons import Hit, hits_of
from .words import as_typed

# More are not put in order: of so many no order is of use, and ordering visits all of them.
_ORDERED_AT_MOST = 3_000


@dataclass(frozen=True)
class SearchResult:
    """One page of hits, best first, and how many there are in all.

    `how` says what they are hits of. "all": of the query, every word of it (but for little words
    such as "the", when nothing has them). "corrected": nothing has all its words; these are hits of
    `corrected`, a query to be offered as "did you mean". "some": no correction helps; these have some
    of the words, and `corrected` may still be a better spelling.
    """

    hits: list[Hit]
    total: int
    how: Literal["all", "corrected", "some"] = "all"
    corrected: str = ""
    facets: list[facets.Facet] = field(default_factory=list)
    query: Query = field(default=NO_QUERY, compare=False)


@dataclass(frozen=True)
class _Chosen:
    """What is chosen beside the text: the page, and by what hits are narrowed."""

    tags: Sequence[str]
    letter: str
    language: str
    status: str
    include_deprecated: bool
    limit: int
    offset: int
    with_facets: bool

    def narrow(self, query: Query) -> Query:
        return narrowed(query, tags=self.tags, letter=self.letter, language=self.language, status=self.status)


def search(
    text: str,
    *,
    tags: Sequence[str] = (),
    letter: str = "",
    language: str = "",
    status: str = "",
    include_deprecated: bool = False,
    limit: int = 20,
    offset: int = 0,
    with_facets: bool = False,
) -> SearchResult:
    """Find public terms that have all words of `text`, or what comes nearest.

    Order: exact name, exact alias, whole names in another order or inflected, names and aliases that
    begin so, all words in the name, all words in names and aliases (as typed, then inflected; within
    each by name), all words in names, tags and short definitions, all words anywhere
    (within both first the terms whose whole name stands in the query, then by the weighted rank of the
    database). What is found is the same on both databases.

    Deprecated terms are left out unless asked for, or asked by their very name or alias.
    `tags` are slugs, `letter` a key of `letters`; `text` may say the same in words (see `query`).
    Never refuses a query.
    """
    limit, offset = min(max(limit, 0), PAGE_LENGTH), max(offset, 0)
    chosen = _Chosen(tags, letter, language, status, include_deprecated, limit, offset, with_facets)
    query = chosen.narrow(_read(text))
    if query.is_empty:
        return SearchResult([], 0, query=query)
    found = _all_words(query, chosen)
    if found.total:
        return _result(found, chosen, query)
    return _what_comes_nearest(query, chosen)


def _read(text: str) -> Query:
    """The query; a text that is the name of a term is no syntax, whatever signs it has."""
    query = parse(text)
    return query if query.is_plain or not _is_a_name(text) else parse_as_words(text)


def _is_a_name(text: str) -> bool:
    name_key = wording.name_key(storable(text))
    lines = rows(current_statements().lines_of_key, {"key": parse_as_words(text).key})
    return any(wording.name_key(line) == name_key for (line,) in lines)


def _what_comes_nearest(query: Query, chosen: _Chosen) -> SearchResult:
    corrected = ""
    for proposal in correcting.proposals(query):
        found = _all_words(chosen.narrow(parse(proposal)), chosen)
        if found.total:
            return _result(found, chosen, query, how="corrected", corrected=proposal)
        corrected = corrected or proposal
    meant = without_little_words(chosen.narrow(parse(corrected)) if corrected else query)
    ids = partly.having_some_words(meant, with_deprecated=chosen.include_deprecated)
    if not ids:
        return SearchResult([], 0, query=query)
    hits = hits_of(ids[chosen.offset : chosen.offset + chosen.limit], meant)
    return SearchResult(hits, len(ids), "some", corrected, query=query)


def _all_words(query: Query, chosen: _Chosen) -> _Found:
    """What has all the words; if no name has, and without the little words one has, these do not count."""
    found = _Found(query, chosen.include_deprecated)
    if found.in_names or (shorter := without_little_words(query)) == query:
        return found
    with_less = _Found(shorter, chosen.include_deprecated)
    return with_less if with_less.in_names or not found.total else found


def _result(
    found: _Found,
    chosen: _Chosen,
    query: Query,
    *,
    how: Literal["all", "corrected"] = "all",
    corrected: str = "",
) -> SearchResult:
    ids = found.ids(chosen.limit, min(chosen.offset, found.total))
    counted = facets.count(found.values, found.total) if chosen.with_facets else []
    return SearchResult(hits_of(ids, found.query), found.total, how, corrected, counted, query)


class _Found:
    """What has all the words of a query: how many, and in which order; asked for when needed."""

    def __init__(self, query: Query, include_deprecated: bool) -> None:
        self.query = query
        self._statements = current_statements(with_unwanted_words=query.has_unwanted_words)
        with_deprecated = include_deprecated or query.asks_for_deprecated
        expressions: dict[str, str] = {
            place: asking.expression(query, place, with_deprecated=with_deprecated) for place in PLACES
        }
        self.values: dict[str, Any] = {
            **expressions,
            "in_name": expressions["name"],
            "whole": asking.whole_expression(query, with_deprecated=with_deprecated),
            "contained": asking.contained_expression(query),
            "as_typed": asking.typed_expression(query, with_deprecated=with_deprecated),
            "named": asking.expression(query, "names", with_deprecated=True),
            "of_any_status": asking.expression(query, "texts", with_deprecated=True),
            "whole_words": asking.whole_words(query),
            "key": query.key,
            "after": end_of_range(query.key) if query.key else "",
            "name_key": query.name_key,
            "is_plain": query.is_plain,
            "with_deprecated": with_deprecated,
        }

    @cached_property
    def _counts(self) -> tuple[int, int, int]:
        """How many have the words anywhere, how many in names, and how many deprecated ones besides
        have the query for a name."""
        ((in_texts, in_names, deprecated),) = rows(self._statements.count, self.values)
        return in_texts, in_names, deprecated

    @property
    def total(self) -> int:
        return self._counts[0] + self._counts[2]

    @property
    def in_names(self) -> int:
        return self._counts[1] + self._counts[2]

    def ids(self, limit: int, offset: int) -> list[int]:
        """The ids of a page of what is found, best first.

        Staged: what is further down is not ordered, and not even looked for, while names fill the page.
        """
        ids: list[int] = []
        for count, statement, values in self._stages():
            if offset < count and len(ids) < limit:
                page = {"limit": min(limit - len(ids), count - offset), "offset": offset}
                ids += [pk for (pk,) in rows(statement, self.values | values | page)]
            offset = max(offset - count, 0)
            if len(ids) >= limit:
                break
        return ids

    def _stages(self) -> Iterator[tuple[int, str, dict[str, str]]]:
        """How many each stage has, the statement for it, and what this has bound of its own."""
        in_texts, in_names, _ = self._counts
        names, labels, texts = (self.values[place] for place in ("names", "labels", "texts"))
        statements = self._statements
        is_ordered = in_names <= _ORDERED_AT_MOST
        yield self.in_names, statements.by_name if is_ordered else statements.by_name_in_passing, {}
        if in_texts > in_names:
            ((in_labels,),) = rows(statements.count_labels, self.values)
            yield self._ranked("labels", in_labels - in_names, asked=labels, found_before=names)
            yield self._ranked("texts", in_texts - in_labels, asked=texts, found_before=labels)

    def _ranked(self, place: Place, count: int, **values: str) -> tuple[int, str, dict[str, str]]:
        statements = self._statements
        return count, (statements.ranked if count <= _ORDERED_AT_MOST else statements.unranked)[place], values


def mentioning(names: Iterable[str]) -> QuerySet[Term]:
    """Return the public terms whose texts have one of these names in them, word by word, as it is written."""
    phrases = [tokens for name in names if (tokens := as_typed(wording.words(name)))]
    if not phrases:
        return Term.objects.none()
    engine = current_engine()
    # The index finds those that have the words, and only they are looked through for the whole name.
    with_all = (engine.both.join(engine.token(token, False, "texts") for token in one) for one in phrases)
    asked = engine.either.join(f"({one})" for one in with_all)
    found = Q()
    for tokens in phrases:
        found |= Q(said__contains=f" {' '.join(tokens)} ")
    said = Concat(
        Value(" "),
        "search_document__short",
        Value(" | "),
        "search_document__body",
        Value(" "),
        output_field=TextField(),
    )
    named = Term.objects.published().filter(pk__in=matching(asked))
    return named.alias(said=said).filter(found)
