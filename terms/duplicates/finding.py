"""Pairs of terms in the whole glossary that may be the same concept, each with its reasons.

Plain Python without a database: what is compared is handed in, and read several times rather than held
in memory.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import chain, combinations

from .contrasts import contrasting
from .evidence import Evidence
from .facts import Facts, Found
from .initials import initials, repeated_words
from .labels import Names
from .mentions import Mentions
from .same_names import names_of_namesakes, same_name
from .same_words import general_words, other_ending, other_order, small_differences
from .scoring import judged
from .slips import slips
from .wording import Copies, Rarity, Subject, numbers_of, sketch, sources_of, subject, words

_Read = Callable[[], Iterable[Facts]]


def find_pairs(read: _Read, *, among: Collection[int] | None = None) -> list[Found]:
    """Return the pairs that may be the same concept or that are near to each other, best first.

    `read` is called more than once and gives the same terms each time, in any order. With `among`,
    only pairs with at least one of these terms are returned: those that all pairs have with them.
    """
    names = Names()
    for facts in read():
        names.add(facts)
    names.sort()
    rarity = Rarity()
    evidence: dict[tuple[int, int], tuple[Evidence, ...]] = {}
    chosen = None if among is None else frozenset(among)
    for a, b, some in _all_evidence(read, names, rarity):
        if chosen is None or a in chosen or b in chosen:
            evidence[a, b] = evidence.get((a, b), ()) + some
    about = _subjects(read, {term for pair in evidence for term in pair}, rarity)
    pairs = (judged(a, b, some, names, about) for (a, b), some in evidence.items())
    return sorted(filter(None, pairs), key=lambda pair: (-pair.score, pair.a, pair.b))


def _all_evidence(
    read: _Read, names: Names, rarity: Rarity
) -> Iterator[tuple[int, int, tuple[Evidence, ...]]]:
    """Yield pairs with what speaks for them. How names contrast is told when the pair is judged."""
    for one in chain(_by_names(names), _by_texts(read, names, rarity)):
        yield one.a, one.b, (one,)
    for a, b in contrasting(names):
        yield a, b, ()


def _by_names(names: Names) -> Iterator[Evidence]:
    yield from same_name(names)
    yield from names_of_namesakes(names)
    yield from small_differences(names)
    yield from other_order(names)
    yield from other_ending(names)
    yield from general_words(names)
    yield from slips(names)
    yield from initials(names)
    yield from repeated_words(names)


def _by_texts(read: _Read, names: Names, rarity: Rarity) -> Iterator[Evidence]:
    mentions, copies = Mentions(), Copies()
    holders: dict[str, list[int]] = defaultdict(list)
    for facts in read():
        said = words(facts)
        if said:
            numbers = numbers_of(said)
            rarity.add(numbers)
            copies.add(facts.term, names.called[facts.term].key, sketch(said, numbers))
        for source in sources_of(facts):
            holders[source].append(facts.term)
        mentions.add(facts)
    yield from mentions.of(names)
    for a, b in copies.same():
        yield Evidence(a, b, "same_text", 0.86, "Their definitions are word for word the same.")
    for a, b, share in copies.near():
        yield Evidence(a, b, "near_text", 0.3 + 0.6 * share, "Their definitions are nearly the same.")
    yield from _by_sources(holders)


_MOST_WITH_ONE_SOURCE = 8


def _by_sources(holders: dict[str, list[int]]) -> Iterator[Evidence]:
    """Yield the terms that share sources; one that many terms name says nothing of any of them."""
    strengths: dict[tuple[int, int], float] = defaultdict(float)
    for source in sorted(holders):
        terms = sorted(set(holders[source]))
        if len(terms) <= _MOST_WITH_ONE_SOURCE:
            for pair in combinations(terms, 2):
                strengths[pair] += 0.5 / len(terms)
    for (a, b), strength in strengths.items():
        yield Evidence(a, b, "sources", min(0.4, strength), "Both name the same source that few others name.")


def _subjects(read: _Read, terms: set[int], rarity: Rarity) -> dict[int, Subject]:
    about = {}
    for facts in read():
        if facts.term in terms:
            said = words(facts)
            if said:
                about[facts.term] = subject(said, rarity)
    return about
