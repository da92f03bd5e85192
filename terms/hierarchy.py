"""The hierarchy of broader terms among published terms, and as much of it as a page can show.

A term stands under each of its broader terms. Deprecated terms have left the hierarchy. No circle is
ever published, but rows may hold one: a term that would come under itself is shown there, and what is
under it is not shown again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from .models import Relation, Term

# What a page shows at once; further branches have pages of their own.
MOST_LINES = 500
# Deeper nobody reads, and at some depth browsers give up.
MOST_LEVELS = 10
# Where not everything has room, a branch with more than these is not opened.
_BROAD = 100
_LONGEST_WAY = 30


@dataclass(eq=False)
class Line:
    """A term at one place of the tree. `narrower` counts what is under it, `below` is what is shown of it.

    `is_circle` when it stands here under itself.
    """

    term: int
    narrower: int = 0
    above: Line | None = None
    is_circle: bool = False
    below: list[Line] = field(default_factory=list)

    def way_up(self) -> Iterator[Line]:
        line = self.above
        while line is not None:
            yield line
            line = line.above


class Hierarchy:
    """Which terms are under which, by their ids, in the order of names."""

    def __init__(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Take pairs (narrower, broader), ordered by the broader and then by the narrower."""
        self._below: dict[int, list[int]] = {}
        self._above: dict[int, list[int]] = {}
        for narrower, broader in pairs:
            self._below.setdefault(broader, []).append(narrower)
            self._above.setdefault(narrower, []).append(broader)

    def __contains__(self, term: int) -> bool:
        return term in self._below or term in self._above

    def __len__(self) -> int:
        return len(self._below.keys() | self._above.keys())

    def narrower(self, term: int) -> Sequence[int]:
        return self._below.get(term, ())

    @cached_property
    def entries(self) -> Sequence[int]:
        """Where the tree begins: with what is under nothing, and with one of each circle that has no top."""
        entries = {term for term in self._below if term not in self._above}
        reached = self._reached_from(entries, set())
        for term in self._below:
            if term not in reached:
                entry = self._above_in_circle(term)
                entries.add(entry)
                reached |= self._reached_from({entry}, reached)
        return [term for term in self._below if term in entries]

    def _reached_from(self, starts: Iterable[int], known: set[int]) -> set[int]:
        reached, waiting = set[int](), list(starts)
        while waiting:
            term = waiting.pop()
            if term not in reached and term not in known:
                reached.add(term)
                waiting += self.narrower(term)
        return reached

    def _above_in_circle(self, term: int) -> int:
        seen = set[int]()
        while term not in seen:
            seen.add(term)
            term = self._above[term][0]
        return term

    def grow(self, terms: Iterable[int], under: int | None = None) -> list[Line]:
        """Return these terms as lines, with as many whole levels under them as a page has room for."""
        root = None if under is None else Line(under)
        lines = layer = [self._line(term, root) for term in terms]
        room = MOST_LINES - len(lines)
        for _ in range(MOST_LEVELS - 1):
            layer = self._opened(layer, room)
            room -= len(layer)
        return lines

    def _line(self, term: int, above: Line | None) -> Line:
        line = Line(term, len(self.narrower(term)), above)
        line.is_circle = any(other.term == term for other in line.way_up())
        return line

    def _opened(self, layer: list[Line], room: int) -> list[Line]:
        """Open a level and return the next: all of it, or what is not too broad, or nothing."""
        lines = [line for line in layer if not line.is_circle]
        if sum(line.narrower for line in lines) > room:
            lines = [line for line in lines if line.narrower <= _BROAD]
        if sum(line.narrower for line in lines) > room:
            return []
        for line in lines:
            line.below = [self._line(term, line) for term in self.narrower(line.term)]
        return [below for line in lines for below in line.below]

    def ways_up(self, term: int, most: int) -> list[list[int]]:
        """Return the ways that lead to a term, each from its top down to the last broader term."""
        ways: list[list[int]] = []
        waiting = [[term]]
        while waiting and len(ways) < most:
            way = waiting.pop()
            further = [broader for broader in self._above.get(way[-1], ()) if broader not in way]
            if further and len(way) <= _LONGEST_WAY:
                waiting += [[*way, broader] for broader in reversed(further)]
            elif len(way) > 1:
                ways.append(way[:0:-1])
        return ways

    def has_broader(self, term: int) -> bool:
        return term in self._above


@lru_cache(maxsize=1)
def read(version: int) -> Hierarchy:
    """Return the hierarchy of the content version that the caller reads, and keep the last one."""
    order = (f"{end}__{name}" for end in ("target", "source") for name in ("sort_key", "qualifier_key", "pk"))
    pairs = Relation.objects.filter(
        kind=Relation.Kind.BROADER,
        source__status=Term.Status.PUBLISHED,
        target__status=Term.Status.PUBLISHED,
    )
    return Hierarchy(pairs.order_by(*order).values_list("source_id", "target_id").iterator())
