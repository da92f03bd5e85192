"""Pairs of terms of which a person has said whether they are one concept, and how well a finder does on them.

Used by the tests and by `bench/duplicates.py`. Only proposals to merge are measured: two terms that
are offered as related cost an editor nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations, product
from pathlib import Path
from typing import Any

from terms import duplicates, text
from terms.duplicates import Facts, Found, OtherName

SAMPLE = Path(__file__).resolve().parent / "samples" / "duplicate-pairs.json"
LABELS = ("same", "related", "different")

Pair = tuple[int, int]


@dataclass(frozen=True)
class Labelled:
    """Terms, and of which pairs is known what they are. Pairs in no set are different.

    `hard` are those of `same` whose names have nothing in common.
    """

    facts: Sequence[Facts]
    same: frozenset[Pair]
    related: frozenset[Pair]
    hard: frozenset[Pair] = frozenset()

    @cached_property
    def sharing(self) -> frozenset[Pair]:
        """The pairs of `same` that share a name or alias."""
        keys = {facts.term: name_keys(facts) for facts in self.facts}
        return frozenset(pair for pair in self.same if keys[pair[0]] & keys[pair[1]])

    def told(self, pair: Pair) -> str:
        """Return both terms as they are called, for a message."""
        return " ~ ".join(self._called[term] for term in pair)

    @cached_property
    def _called(self) -> dict[int, str]:
        return {
            one.term: f"“{one.name}”" + (f" ({one.qualifier})" if one.qualifier else "") for one in self.facts
        }


def name_keys(facts: Facts) -> set[str]:
    return {text.name_key(name) for name in (facts.name, *(alias.text for alias in facts.aliases))}


# --- The sample ----------------------------------------------------------------------------------


def sections() -> dict[str, dict[str, Any]]:
    """Return the two sections of the sample as they stand in the file: `main` and `holdout`."""
    sample = json.loads(SAMPLE.read_text("utf-8"))
    return {"main": sample, "holdout": sample["holdout"]}


def read_sample(section: str) -> Labelled:
    given = sections()[section]
    numbers = {term["id"]: number for number, term in enumerate(given["terms"], start=1)}
    labelled: dict[str, list[Pair]] = {label: [] for label in LABELS}
    hard = set()
    for pair in given["pairs"]:
        one = ordered(numbers[pair["a"]], numbers[pair["b"]])
        labelled[pair["label"]].append(one)
        if pair.get("hard"):
            hard.add(one)
    facts = tuple(_facts(numbers[term["id"]], term) for term in given["terms"])
    concepts = Concepts(numbers.values())
    concepts.join(labelled["same"])
    return Labelled(facts, concepts.pairs(), concepts.between(labelled["related"]), frozenset(hard))


def _facts(number: int, term: dict[str, Any]) -> Facts:
    return Facts(
        number,
        term["name"],
        term.get("qualifier", ""),
        tuple(
            OtherName(alias) if isinstance(alias, str) else OtherName(alias["text"], alias["kind"])
            for alias in term.get("aliases", [])
        ),
        term.get("short_definition", ""),
        term.get("definition", ""),
        tuple(term.get("sources", [])),
    )


def ordered(one: int, other: int) -> Pair:
    return (one, other) if one < other else (other, one)


class Concepts:
    """Which terms are one concept: who says A is B and B is C says that A is C."""

    def __init__(self, terms: Iterable[int]) -> None:
        self._members = {term: {term} for term in terms}

    def join(self, pairs: Iterable[Pair]) -> None:
        for one, other in pairs:
            joined = self._members[one] | self._members[other]
            for term in joined:
                self._members[term] = joined

    def pairs(self) -> frozenset[Pair]:
        """Return every two terms of one concept."""
        return frozenset(
            pair for members in self._members.values() for pair in combinations(sorted(members), 2)
        )

    def between(self, pairs: Iterable[Pair]) -> frozenset[Pair]:
        """Return the pairs of all terms of the one concept with all of the other."""
        return frozenset(
            ordered(one, other)
            for pair in pairs
            for one, other in product(self._members[pair[0]], self._members[pair[1]])
        )


# --- Measuring -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Quality:
    """What a finder proposed of labelled terms, best first, and how much of it is right."""

    labelled: Labelled = field(repr=False)
    found: Sequence[Found] = field(repr=False)

    @cached_property
    def proposed(self) -> list[Pair]:
        """The pairs that it proposes to merge."""
        return [(one.a, one.b) for one in self.found if one.suggestion == "merge"]

    @cached_property
    def offered(self) -> list[Pair]:
        """The pairs that it offers as related."""
        return [(one.a, one.b) for one in self.found if one.suggestion == "relate"]

    def precision(self, first: int) -> float:
        """Return the share of right ones among the first proposals."""
        some = self.proposed[:first]
        return sum(pair in self.labelled.same for pair in some) / len(some) if some else 0.0

    def recall(self, first: int, of: frozenset[Pair] | None = None) -> float:
        """Return the share of the pairs that are the same which stands among the first proposals."""
        wanted = self.labelled.same if of is None else of
        return len(wanted & set(self.proposed[:first])) / len(wanted) if wanted else 1.0

    def traps(self, first: int) -> list[Pair]:
        """Return the pairs among the first proposals that are only related."""
        return [pair for pair in self.proposed[:first] if pair in self.labelled.related]

    def wrong(self, first: int) -> list[Pair]:
        return [pair for pair in self.proposed[:first] if pair not in self.labelled.same]

    def missed(self, first: int, of: frozenset[Pair] | None = None) -> list[Pair]:
        wanted = self.labelled.same if of is None else of
        return sorted(wanted - set(self.proposed[:first]))

    def told(self, pairs: Iterable[Pair]) -> str:
        """Return a line for each pair: where it stands, what the terms are called, and why it was found."""
        return "".join(f"\n  {line}" for line in self._lines(pairs))

    def _lines(self, pairs: Iterable[Pair]) -> Iterator[str]:
        places = {(one.a, one.b): (place, one) for place, one in enumerate(self.found, start=1)}
        for pair in pairs:
            line = self.labelled.told(pair)
            if pair in places:
                place, one = places[pair]
                line += f" – found at {place}, {one.score:.2f}, to {one.suggestion}: {' '.join(one.reasons)}"
            else:
                line += " – not found"
            yield f"{line} [hard]" if pair in self.labelled.hard else line


def measure(labelled: Labelled) -> Quality:
    """Look for duplicates among the terms."""
    return Quality(labelled, duplicates.find_pairs(lambda: labelled.facts))
