"""When no term has all words of a query: those that have some, by how rare and where these are.

The database finds, the score is made here, so that it is the same on SQLite and PostgreSQL.
"""

from __future__ import annotations

from collections import defaultdict
from math import log

from .asking import forms, narrowed_to
from .engines import Place, current_statements, rows
from .query import Query, Word

# A word in more terms says little, and adding them all up would take long.
_FOUND_AT_MOST = 3_000
_SHOWN_AT_MOST = 100
_WORDS_AT_MOST = 12
# What has less than this part of the best score is of no help.
_WORTH_SHOWING = 0.5

# What a word counts in each place, that of the place before included.
_WEIGHTS: tuple[tuple[Place, float], ...] = (("texts", 1.0), ("labels", 1.8), ("names", 2.5))


def having_some_words(query: Query, *, with_deprecated: bool) -> list[int]:
    """Return the ids of the terms that have the weightiest words of a query, best first, 100 at most."""
    with_deprecated = with_deprecated or query.asks_for_deprecated
    ((number,),) = rows(current_statements().number_of_terms)
    scores: dict[int, float] = defaultdict(float)
    for word in query.words[:_WORDS_AT_MOST]:
        for pk, score in _scores(word, query, number or 1, with_deprecated).items():
            scores[pk] += score
    enough = _WORTH_SHOWING * max(scores.values(), default=0)
    best = sorted((-score, pk) for pk, score in scores.items() if score >= enough)
    return [pk for _, pk in best[:_SHOWN_AT_MOST]]


def _scores(word: Word, query: Query, number_of_terms: int, with_deprecated: bool) -> dict[int, float]:
    """What this word adds to the score of each term that has it."""
    statements = current_statements(with_unwanted_words=query.has_unwanted_words)
    scores: dict[int, float] = {}
    rarity = 0.0
    for place, weight in _WEIGHTS:
        asked = narrowed_to(f"({forms(word, place)})", query, with_deprecated=with_deprecated)
        ids = rows(statements.some[place], {"asked": asked, "limit": _FOUND_AT_MOST + 1})
        rarity = rarity or log(1 + number_of_terms / max(len(ids), 1))
        if len(ids) <= _FOUND_AT_MOST:
            scores |= dict.fromkeys((pk for (pk,) in ids), weight * rarity)
    return scores
