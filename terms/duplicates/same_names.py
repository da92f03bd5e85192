"""Terms with the same name: their own, or another one beside it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from .evidence import Evidence, evidence
from .labels import ALIAS, NAME, PART, Label, Names, grouped, pairs_among


def same_name(names: Names) -> Iterator[Evidence]:
    for labels in grouped((label.key, label) for label in names.labels):
        as_a_topic = _as_a_topic(names, labels)
        for one, other in pairs_among(labels):
            if one.rank == other.rank == NAME:
                yield evidence(one, other, "same_name", 0.96, f"Both are called {one.quoted}.")
            elif NAME in (one.rank, other.rank):
                strength = 0.96 * max(as_a_topic, 0.65)
                yield evidence(one, other, "same_name", strength, _by_one_name(names, one, other))
            elif PART in (one.rank, other.rank):
                reason = f"{one.quoted} stands in a name of both."
                yield evidence(one, other, "same_name", 0.96 * as_a_topic, reason)
            else:
                method, strength = _as_a_shared_alias(names, one, other)
                reason = f"Both have {one.quoted} among their other names."
                yield evidence(one, other, method, strength * as_a_topic, reason)


def _by_one_name(names: Names, one: Label, other: Label) -> str:
    if one.rank != NAME:
        one, other = other, one
    if other.rank == ALIAS:
        return f"{one.quoted} is another name of {names.called[other.term].quoted}."
    return f"{one.quoted} stands in the name {names.called[other.term].quoted}."


def _as_a_topic(names: Names, labels: Iterable[Label]) -> float:
    """Return less for a name that terms of many different names share: it is a topic, not a name."""
    return min(1.0, 2 / len({names.called[label.term].key for label in labels}))


def _as_a_shared_alias(names: Names, one: Label, other: Label) -> tuple[str, float]:
    """Weigh a name that two terms have beside their own.

    If it is the initials of both, it says much where they share words (solid-state drive and disk), and
    little where they do not: RAM is several things.
    """
    ours, theirs = names.called[one.term], names.called[other.term]
    if one.key not in ours.initials & theirs.initials:
        return "shared_alias", 0.96
    shared = len(set(ours.spelt) & set(theirs.spelt))
    return "shared_acronym", 0.8 if 2 * shared >= len(ours.spelt) else 0.48


def names_of_namesakes(names: Names) -> Iterator[Evidence]:
    """Terms whose name is another name of a namesake of the other term."""
    called: dict[str, list[Label]] = defaultdict(list)
    for one in names.labels:
        if one.rank == NAME:
            called[one.key].append(one)
    for alias in names.labels:
        meant = called.get(alias.key, []) if alias.rank == ALIAS else []
        namesakes = called.get(names.called[alias.term].key, []) if meant else []
        if len(namesakes) > 1 and len(namesakes) * len(meant) <= _MOST_NAMESAKES:
            reason = f"Another term called {namesakes[0].quoted} has the other name {alias.quoted}."
            for one in namesakes:
                for other in meant:
                    if one.term != alias.term != other.term != one.term:
                        yield evidence(one, other, "namesake", 0.66, reason)


_MOST_NAMESAKES = 400
