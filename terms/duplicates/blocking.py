"""Names that are nearly spelt alike, out of very many: exactly those, without comparing each with each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from rapidfuzz.distance import OSA


def one_edit_apart(names: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the positions of every two names that one slip makes the same, the smaller first, each once.

    A slip is a letter more, less, changed, or swapped with the next (an OSA distance of 1). Equal names
    are not apart. The order is that of the lengths, not of the names.
    """
    by_length: dict[int, list[int]] = defaultdict(list)
    for position, name in enumerate(names):
        by_length[len(name)].append(position)
    for length in sorted(by_length):
        yield from _of_length(names, by_length[length], by_length.get(length - 1, ()))


def _of_length(
    names: Sequence[str], these: Iterable[int], shorter: Iterable[int]
) -> Iterator[tuple[int, int]]:
    """Find pairs among names of one length, and of these with the names that are one letter shorter.

    Two names one slip apart are the same once the right letter is left out of the longer, or of both.
    So only few letters at a time are held in memory: those of one length. Hashes may meet by chance,
    which the distance finds out.
    """
    first: dict[int, int] = {}
    groups: dict[int, list[int]] = {}
    for position in these:
        name = names[position]
        for shortened in {hash(name[:at] + name[at + 1 :]) for at in range(len(name))}:
            if first.setdefault(shortened, position) != position:
                groups.setdefault(shortened, [first[shortened]]).append(position)
    apart = {pair for group in groups.values() for pair in combinations(group, 2)}
    for position in shorter:
        shortened = hash(names[position])
        if shortened in first:
            apart.update((position, longer) for longer in groups.get(shortened, [first[shortened]]))
    for one, other in apart:
        if OSA.distance(names[one], names[other], score_cutoff=1) == 1:
            yield (one, other) if one < other else (other, one)
