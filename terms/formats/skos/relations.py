"""Who relates to whom in a vocabulary that is written: by address, in both directions, as SKOS allows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from . import vocabulary as rdf
from .graph import Iri, Literal, Statement

_Links = dict[Iri, dict[Iri, None]]


class Relations:
    """Who relates to whom, by address; what is said of a concept is known when all have been added."""

    def __init__(self) -> None:
        self.concepts: dict[Iri, None] = {}
        self._deprecated: set[Iri] = set()
        self._stated: dict[str, _Links] = {}
        self._received: dict[str, _Links] = {}
        self._told_by_targets: list[tuple[str, Iri, Iri]] = []
        self._order: dict[Iri, dict[tuple[str, Iri], None]] = {}

    def add(self, concept: Iri, *, is_deprecated: bool) -> None:
        self.concepts[concept] = None
        if is_deprecated:
            self._deprecated.add(concept)

    def relate(self, kind: str, source: Iri, target: Iri) -> None:
        """Take in what a concept states, in its order."""
        if source != target:
            self._order.setdefault(source, {})[kind, target] = None
            self._stated.setdefault(kind, {}).setdefault(source, {})[target] = None
            self._received.setdefault(kind, {}).setdefault(target, {})[source] = None

    def receive(self, kind: str, target: Iri, source: Iri) -> None:
        """Take in what another concept states, which may be left out itself."""
        self._told_by_targets.append((kind, source, target))

    def know(self, *, deprecated: Iterable[Iri], broader: Iterable[tuple[Iri, Iri]]) -> None:
        """Take in how it is around a concept that is written without the others."""
        self._deprecated.update(deprecated)
        for concept, above in broader:
            self.relate("broader", concept, above)

    def complete(self) -> None:
        """Add what only the targets told; after all concepts, whose own order counts."""
        for kind, source, target in self._told_by_targets:
            if source not in self.concepts:
                self.relate(kind, source, target)
        self._told_by_targets.clear()

    def is_top(self, concept: Iri) -> bool:
        return concept not in self._deprecated and not self._up(concept)

    def said_of(self, concept: Iri) -> Iterator[Statement]:
        """Yield the relations of a concept, in both directions."""
        stated = list(self._stated_by(concept))
        from_there = list(self._related_from_there(concept))
        yield from ((predicate, other) for predicate, _, other in stated)
        for predicate, _, other in stated:
            if predicate == rdf.ALSO_RELATED:
                yield rdf.SEE_ALSO, other
        yield from ((rdf.NARROWER, other) for other in self._in_hierarchy(concept, self._received))
        yield from from_there
        yield from ((rdf.REPLACES, other) for other in _links(self._received, "replaced_by", concept))
        told = [(kind, other) for _, kind, other in stated]
        in_order = [link for link in self._order.get(concept, ()) if link in set(told)]
        also: set[object] = {other for predicate, _, other in stated if predicate == rdf.ALSO_RELATED}
        also |= {other for predicate, other in from_there if predicate == rdf.ALSO_RELATED}
        # Each of these has a "see also" that stands for no relation; one that does is told by the order.
        if told != in_order or any(kind == "see_also" and other in also for kind, other in told):
            yield rdf.RELATION_ORDER, Literal(" ".join(f"{kind} {other}" for kind, other in in_order))

    def _stated_by(self, concept: Iri) -> Iterator[tuple[str, str, Iri]]:
        """Yield predicate, kind and target of what a concept states itself, in the order it is read in."""
        yield from ((rdf.BROADER, "broader", other) for other in self._up(concept))
        related = _links(self._stated, "related", concept)
        # S27: what is above or below in the hierarchy cannot be related as well.
        in_line = [other for other in related if self._is_in_line(concept, other)]
        yield from ((rdf.RELATED, "related", other) for other in related if other not in in_line)
        yield from ((rdf.ALSO_RELATED, "related", other) for other in in_line)
        for kind, predicate in (("see_also", rdf.SEE_ALSO), ("replaced_by", rdf.IS_REPLACED_BY)):
            yield from ((predicate, kind, other) for other in _links(self._stated, kind, concept))

    def _related_from_there(self, concept: Iri) -> Iterator[Statement]:
        """Yield what is related because another concept says so: SKOS wants it said on both sides."""
        related = _links(self._stated, "related", concept)
        for other in _links(self._received, "related", concept):
            if other in related:
                continue
            if self._is_in_line(concept, other):
                yield rdf.ALSO_RELATED, other
                yield rdf.SEE_ALSO, other
            else:
                yield rdf.RELATED, other
            yield rdf.STATED_BY, other

    def _up(self, concept: Iri) -> list[Iri]:
        return self._in_hierarchy(concept, self._stated)

    def _in_hierarchy(self, concept: Iri, side: dict[str, _Links]) -> list[Iri]:
        if concept in self._deprecated:
            return []
        return [other for other in _links(side, "broader", concept) if other not in self._deprecated]

    def _is_in_line(self, concept: Iri, other: Iri) -> bool:
        return self._is_above(other, concept) or self._is_above(concept, other)

    def _is_above(self, wanted: Iri, concept: Iri) -> bool:
        seen: set[Iri] = set()
        todo = self._up(concept)
        while todo:
            other = todo.pop()
            if other == wanted:
                return True
            if other not in seen:
                seen.add(other)
                todo += self._up(other)
        return False


def _links(side: dict[str, _Links], kind: str, concept: Iri) -> dict[Iri, None]:
    return side.get(kind, {}).get(concept, {})
