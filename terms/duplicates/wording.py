"""What two texts have in common, weighed by how rare it is: boilerplate counts for nothing.

Texts are held as numbers: some words that say most of what a text is about, and some runs of words by
which copies know each other. So the texts of a large glossary need not be in memory at once.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from heapq import nlargest, nsmallest
from itertools import combinations
from math import log, sqrt
from zlib import crc32

from .. import text
from .facts import Facts
from .naming import without_plural

# What stands behind so much text tells no more of what it is about.
_MOST_SIGNS = 10_000
_ADDRESS = re.compile(r"\]\([^)\s]*\)|https?://\S+")
_WORD = re.compile(r"[^\W_]+")


def words(facts: Facts) -> list[str]:
    """Return the folded words of both definitions; a short one that was cut from the long one, once."""
    short, long = _words(facts.short_definition), _words(facts.definition)
    if not set(short) - set(long[: len(short) + _OPENING]):
        return long
    return short + long


_OPENING = 12


def _words(passage: str) -> list[str]:
    """Return the folded words, without markup and addresses. Plain ASCII is much quicker folded by itself."""
    passage = passage[:_MOST_SIGNS]
    if "](" in passage or "://" in passage:
        passage = _ADDRESS.sub(" ", passage)
    return _WORD.findall(passage.lower() if passage.isascii() else text.fold(passage))


_MARKS = re.compile(r"\]\([^)\s]*\)|[`*_#>|~\[\]\\]+")
_BEFORE_A_CLASS = re.compile(r"^(?:.{0,100}?\b(?:is|are)\s+)?(?:an?|the|any|one)\s+", re.IGNORECASE)
_BEHIND_A_CLASS = re.compile(
    r"[,.;:()]|\s(?:that|which|of|for|to|in|by|with|where|whose|on|from|when|as|based|used|using|designed|"
    r"built|made|whereby|between|over|at|into)\b",
    re.IGNORECASE,
)


def class_of(facts: Facts) -> str:
    """Return what the definition says that a term is: “An adaptive optimizer that …” gives optimizer."""
    begins = _MARKS.sub("", (facts.short_definition or facts.definition)[:300]).strip()
    rest = _BEFORE_A_CLASS.sub("", begins, count=1)
    if rest == begins:
        return ""
    said = text.words(_BEHIND_A_CLASS.split(rest, maxsplit=1)[0])
    return without_plural(said[-1]) if said else ""


# --- What a text is about ------------------------------------------------------------------------


@lru_cache(maxsize=50_000)
def _number(word: str) -> int:
    """Return the number of a word and its inflections: the same one in every process."""
    return crc32(word[:7].encode())


class Rarity:
    """In how many texts each word stands. Two words may share a place, so that it stays small."""

    _PLACES = 1 << 20

    def __init__(self) -> None:
        self.texts = 0
        self._counts = array("I", bytes(self._PLACES * array("I").itemsize))

    def add(self, numbers: Iterable[int]) -> None:
        self.texts += 1
        counts, places = self._counts, self._PLACES
        for number in set(numbers):
            counts[number % places] += 1

    def weight(self, number: int) -> float:
        """Return next to nothing for what stands in every text, more the fewer there are."""
        return log((self.texts + 1) / (self._counts[number % self._PLACES] + 0.5))


@dataclass(frozen=True, slots=True)
class Subject:
    """What a text is about: the words with the greatest weight. `length` is how many there were."""

    numbers: array[int]
    weights: array[float]
    length: int

    def without(self, aside: Collection[int]) -> dict[int, float]:
        """Return the weights of the words but for some."""
        pairs = zip(self.numbers, self.weights, strict=True)
        return {number: weight for number, weight in pairs if number not in aside}


_WORDS_KEPT = 48
_EMPTY_WORDS = frozenset(
    (
        *("a", "also", "an", "and", "are", "as", "at", "be", "been", "but", "by", "can", "each", "either"),
        *("for", "from", "has", "have", "how", "if", "in", "into", "is", "it", "its", "may", "more", "most"),
        *("no", "not", "of", "often", "on", "or", "other", "over", "same", "such", "than", "that", "the"),
        *(
            "their",
            "them",
            "then",
            "there",
            "these",
            "they",
            "this",
            "those",
            "through",
            "to",
            "used",
            "uses",
        ),
        *(
            "using",
            "usually",
            "was",
            "were",
            "what",
            "when",
            "where",
            "which",
            "while",
            "who",
            "will",
            "with",
        ),
        "without",
    )
)


def subject(said: list[str], rarity: Rarity) -> Subject:
    """Return the words of a text that say most of what it is about."""
    counts: dict[int, int] = {}
    for word in said:
        if len(word) > 1 and word not in _EMPTY_WORDS:
            number = _number(word)
            counts[number] = counts.get(number, 0) + 1
    weighed = ((rarity.weight(number) * (1 + log(count)), number) for number, count in counts.items())
    kept = nlargest(_WORDS_KEPT, weighed)
    numbers, weights = array("I", (number for _, number in kept)), array("f", (weight for weight, _ in kept))
    return Subject(numbers, weights, len(counts))


def numbers_of(some: Iterable[str]) -> list[int]:
    """Return the numbers by which words are known here."""
    return list(map(_number, some))


def likeness(one: Subject, other: Subject, aside: Collection[int] = ()) -> float:
    """Return how much two texts are about the same, 0 to 1. What words are put aside does not count."""
    ours, theirs = one.without(aside), other.without(aside)
    lengths = _length(ours) * _length(theirs)
    shared = sorted(number for number in ours if number in theirs)
    return min(1.0, sum(ours[number] * theirs[number] for number in shared) / lengths) if lengths else 0.0


def _length(weights: Mapping[int, float]) -> float:
    return sqrt(sum(weight * weight for weight in weights.values()))


# --- Copies --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is kept of a text: a digest of all its words, and the smallest numbers of its runs of words."""

    length: int
    digest: int
    runs: array[int]


_RUNS_KEPT = 24


def sketch(said: list[str], numbers: list[int]) -> Sketch:
    """Return what is kept of a text to find its copies; `numbers` are those of its words.

    Of the runs those that begin with one word of four come first, so that of a long text only they
    need to be counted.
    """
    triples = list(zip(numbers, numbers[1:], numbers[2:], strict=False))
    chosen = [run for run in triples if not run[0] & 3]
    runs = {_run(*run) for run in chosen}
    if len(runs) < _RUNS_KEPT:
        runs.update(0x80000000 | _run(*run) for run in triples if run[0] & 3)
    digest = blake2b(" ".join(said).encode(), digest_size=8).digest()
    return Sketch(len(said), int.from_bytes(digest), array("I", nsmallest(_RUNS_KEPT, runs)))


def _run(one: int, two: int, three: int) -> int:
    return (one * 0x9E3779B1 + two * 0x85EBCA77 + three * 0xC2B2AE3D) & 0x7FFFFFFF


class Copies:
    """Texts that are the same, or have runs of words in common that few other texts have.

    What is kept of all texts lies in a few long arrays: objects for each would take twice the memory.
    """

    def __init__(self) -> None:
        self._terms, self._names = array("q"), array("I")
        self._lengths, self._digests = array("I"), array("Q")
        self._runs, self._starts = array("I"), array("Q", [0])
        self._boilerplate: set[int] = set()

    def add(self, term: int, name: str, kept: Sketch) -> None:
        self._terms.append(term)
        self._names.append(crc32(name.encode()))
        self._lengths.append(kept.length)
        self._digests.append(kept.digest)
        self._runs.extend(kept.runs)
        self._starts.append(len(self._runs))

    def same(self) -> Iterator[tuple[int, int]]:
        """Yield the terms with the very same text, if it is more than a remark."""
        holders: dict[int, list[int]] = {}
        for place, length in enumerate(self._lengths):
            if length >= _SHORTEST_TEXT:
                holders.setdefault(self._digests[place], []).append(place)
        for places in holders.values():
            if len(places) > 1 and not self._is_boilerplate(places):
                yield from combinations(sorted(self._terms[place] for place in places), 2)

    def near(self) -> Iterator[tuple[int, int, float]]:
        """Yield two terms each and how much of their rarer runs of words they share, if it is much."""
        for (one, other), count in self._sharing().items():
            if count >= _FEWEST_RUNS:
                share = self._share(one, other)
                if share >= _LEAST_SHARE:
                    a, b = sorted((self._terms[one], self._terms[other]))
                    short = min(self._lengths[one], self._lengths[other]) < _SHORT_TEXT
                    yield a, b, share * (0.75 if short else 1.0)

    def _runs_of(self, place: int) -> array[int]:
        return self._runs[self._starts[place] : self._starts[place + 1]]

    def _sharing(self) -> dict[tuple[int, int], int]:
        """Count the rare runs that two texts share, some runs at a time: all at once need much memory."""
        together: dict[tuple[int, int], int] = {}
        parts = 1 + len(self._terms) // 10_000
        for part in range(parts):
            holders: dict[int, list[int]] = {}
            for place in range(len(self._terms)):
                for run in self._runs_of(place):
                    if run % parts == part:
                        holders.setdefault(run, []).append(place)
            for run, places in holders.items():
                if len(places) == 1:
                    continue
                if self._is_boilerplate(places):
                    self._boilerplate.add(run)
                else:
                    for pair in combinations(places, 2):
                        together[pair] = together.get(pair, 0) + 1
        return together

    def _is_boilerplate(self, places: list[int]) -> bool:
        """Whether terms of so many names have it that it tells nothing of any of them."""
        many = len(places) > _MOST_HOLDERS
        return many or len({self._names[place] for place in places}) > _MOST_NAMES

    def _share(self, one: int, other: int) -> float:
        """Return the share of common runs among the smallest of both, boilerplate aside."""
        lengths = self._lengths[one], self._lengths[other]
        if min(lengths) < _LEAST_RATIO * max(lengths):
            return 0.0
        ours, theirs = (set(self._runs_of(place)) - self._boilerplate for place in (one, other))
        smallest = nsmallest(min(len(ours), len(theirs)), ours | theirs)
        if len(smallest) < _FEWEST_RUNS:
            return 0.0
        return sum(run in ours and run in theirs for run in smallest) / len(smallest)


_SHORTEST_TEXT = 5
_FEWEST_RUNS = 3
# Definitions of siblings often are one sentence with one word changed.
_SHORT_TEXT = 20
_LEAST_SHARE = 0.4
# An article holds the text of its parts: that makes it no copy of them.
_LEAST_RATIO = 0.6
_MOST_NAMES = 3
_MOST_HOLDERS = 12


# --- Sources -------------------------------------------------------------------------------------

_BEFORE_AN_ADDRESS = re.compile(r"^(?:https?://)?(?:www\.)?", re.IGNORECASE)


def sources_of(facts: Facts) -> set[str]:
    """Return the sources of a term as they are compared: addresses without what varies."""
    return {key for key in map(_source_key, facts.sources) if key}


def _source_key(source: str) -> str:
    return _BEFORE_AN_ADDRESS.sub("", text.name_key(source)).split("#")[0].rstrip("/")
