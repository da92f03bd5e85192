"""Searching: the reader's query put to the database, and the page of hits it gives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet, TextField, Value
from django.db.models.functions import Concat

from .. import markup
from .. import text as wording
from ..models import Term
from .engines import current_engine, current_statements, matching, rows
from .query import PAGE_LENGTH, Query, Word, end_of_range, parse, storable
from .reasons import MatchedOn, passage_for, reason_for, recogniser
from .words import as_typed

# The parts of a row that a list of hits does not show.
HEAVY = ("definition_html", "document", "problems")


@dataclass(frozen=True)
class Hit:
    """A term that was found; `excerpt` is its text in pieces, each with whether it is a match."""

    term: Term
    matched_on: MatchedOn
    excerpt: list[tuple[str, bool]]


@dataclass(frozen=True)
class SearchResult:
    """One page of hits, best first, and how many there are in all."""

    hits: list[Hit]
    total: int


def search(
    text: str,
    *,
    tag: str = "",
    letter: str = "",
    include_deprecated: bool = False,
    limit: int = 20,
    offset: int = 0,
) -> SearchResult:
    """Find public terms that have all words of `text`, the last one also as a beginning.

    Order: exact name, exact alias, names and aliases that begin so, all words in names and
    aliases (as typed, then inflected), all words anywhere by weighted rank; within each by name.
    The rank within the last group is the database's own (bm25, ts_rank); all else, and what is
    found, is the same on both. Deprecated terms are left out unless asked for, or asked by their
    very name or alias. `tag` is a slug, `letter` a key of `letters`. Never refuses a query.
    """
    query = parse(text)
    if not query.words:
        return SearchResult([], 0)
    values = _values(query, tag=tag, letter=letter, include_deprecated=include_deprecated)
    statements = current_statements()
    ((total, by_name),) = rows(statements.count, values)
    limit, offset = min(max(limit, 0), PAGE_LENGTH), min(max(offset, 0), total)
    ids: list[int] = []
    # Staged: ranking visits everything that is found, and is not needed while names fill the page.
    if offset < by_name:
        ids += _ids(statements.by_name, values, limit, offset)
    if offset + limit > by_name and total > by_name:
        ids += _ids(statements.elsewhere, values, limit - len(ids), max(offset - by_name, 0))
    return SearchResult(_hits(ids, query), total)


def mentioning(names: Iterable[str]) -> QuerySet[Term]:
    """Return the public terms whose texts have one of these names in them, word by word, as it is written."""
    phrases = [tokens for name in names if (tokens := as_typed(wording.words(name)))]
    if not phrases:
        return Term.objects.none()
    engine = current_engine()
    # The index finds those that have the words, and only they are looked through for the whole name.
    with_all = (engine.both.join(engine.token(token, False, False) for token in one) for one in phrases)
    asked = engine.either.join(f"({one})" for one in with_all)
    found = Q()
    for tokens in phrases:
        found |= Q(said__contains=f" {' '.join(tokens)} ")
    said = Concat(Value(" "), "search_document__body", Value(" "), output_field=TextField())
    named = Term.objects.published().filter(pk__in=matching(asked))
    return named.alias(said=said).filter(found)


def _values(query: Query, *, tag: str, letter: str, include_deprecated: bool) -> dict[str, Any]:
    return {
        "anywhere": _expression(query, lambda word: _forms(word, in_names=False)),
        "in_names": _expression(query, lambda word: _forms(word, in_names=True)),
        "as_typed": _expression(query, _form_as_typed),
        "whole_words": _whole_words(query),
        "key": query.key,
        "after": end_of_range(query.key),
        "name_key": query.name_key,
        "tag": storable(tag),
        "letter": storable(letter),
        "with_deprecated": include_deprecated,
    }


def _expression(query: Query, form: Callable[[Word], str]) -> str:
    """The words of the query in the language of the index; all are asked for."""
    return current_engine().both.join(f"({form(word)})" for word in query.words)


def _forms(word: Word, *, in_names: bool) -> str:
    """The forms in which a word may stand, in names and aliases only or in all columns."""
    engine = current_engine()
    # Asked for by itself too, where it is asked for as a beginning: the very word ranks higher.
    forms = [engine.token(word.token, False, in_names)]
    if word.may_go_on:
        forms.append(engine.token(word.token, True, in_names or not word.may_go_on_in_text))
    if word.stems:
        stems = (engine.token(stem, False, in_names) for stem in word.stems)
        forms.append(f"({engine.both.join(stems)})")
    return engine.either.join(forms)


def _form_as_typed(word: Word) -> str:
    return current_engine().token(word.token, word.is_part and word.may_go_on, True)


def _whole_words(query: Query) -> str:
    engine = current_engine()
    tokens = [token for word in query.words for token in (word.token, *word.stems)]
    return engine.either.join(engine.token(token, False, False) for token in tokens)


def _ids(statement: str, values: dict[str, Any], limit: int, offset: int) -> list[int]:
    return [pk for (pk,) in rows(statement, values | {"limit": limit, "offset": offset})]


def _hits(ids: Sequence[int], query: Query) -> list[Hit]:
    light = Term.objects.published().defer(*HEAVY)
    terms = light.prefetch_related("aliases", "tags").in_bulk(ids)  # type: ignore[misc]
    is_asked = recogniser(query)
    hits = []
    for term in (terms[pk] for pk in ids if pk in terms):
        matched_on = reason_for(term, query)
        passage = passage_for(term, matched_on, is_asked)
        hits.append(Hit(term, matched_on, markup.excerpt(passage, is_asked)))
    return hits
