"""The drawing on the page of a term: the terms around it, and what these have to do with one another."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from .. import graphs
from ..models import Relation, Term, term_address
from ..prepared import Prepared
from . import pages

_MOST_DRAWN = 12
_MOST_NAMED = 4

# In the order in which they are drawn and told, with the verb of the sentence.
_VERBS = {
    "broader": "comes under",
    "narrower": "covers",
    "replaced_by": "is replaced by",
    "replaces": "replaces",
    "related": "is related to",
    "see_also": "refers to",
}
_SIDES: dict[str, graphs.Side] = {"broader": "above", "narrower": "below"}


class Clause(NamedTuple):
    """What a term has to do with others: a verb, the first of their names, and how many follow."""

    verb: str
    names: Sequence[str]
    others: int


@dataclass(frozen=True)
class Neighbourhood:
    """A drawing and the same in words; `undrawn` terms are in the list only."""

    name: str
    drawing: graphs.Graph
    clauses: Sequence[Clause]
    undrawn: int


def graph(term: Term) -> Neighbourhood | None:
    """Return what is drawn of a public term; None for one that has fewer than two neighbours."""
    around = _around(term.document)
    if len(around) < 2:
        return None
    groups = {kind: [other for other in around if other["relation"] == kind] for kind in _VERBS}
    drawn = _drawn(around, list(groups.values()))
    neighbours = [
        graphs.Neighbour(other["name"], term_address(other["slug"]), _SIDES.get(other["relation"], "beside"))
        for other in drawn
    ]
    mirrored = pages.site()["direction"] == "rtl"
    return Neighbourhood(
        term.full_name,
        graphs.draw(term.full_name, neighbours, _ties(drawn), mirrored=mirrored),
        [_clause(_VERBS[kind], others) for kind, others in groups.items() if others],
        undrawn=len(around) - len(drawn),
    )


def _around(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the terms that a document names, each once, the nearest first."""
    successors = [{**other, "relation": "replaced_by"} for other in document["replaced_by"]]
    order = list(_VERBS)
    named = sorted([*document["related"], *successors], key=lambda other: order.index(other["relation"]))
    once = {other["id"]: other for other in reversed(named)}
    return [other for other in named if once[other["id"]] is other]


def _drawn(around: list[dict[str, Any]], groups: list[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Choose what there is room for: of each kind in turn, so that none crowds out the others."""
    in_turn = [other for turn in itertools.zip_longest(*groups) for other in turn if other is not None]
    chosen = {other["id"] for other in in_turn[:_MOST_DRAWN]}
    return [other for other in around if other["id"] in chosen]


_pairs_among = Prepared(
    lambda *ids: (
        Relation.objects.filter(source__public_id__in=ids, target__public_id__in=ids)
        .order_by()
        .values_list("source__public_id", "target__public_id")
    )
)


def _ties(drawn: list[dict[str, Any]]) -> set[tuple[int, int]]:
    """Return which of these are related to one another, as pairs of their places."""
    places = {other["id"]: place for place, other in enumerate(drawn)}
    rows = _pairs_among(*places, *[""] * (_MOST_DRAWN - len(places)))
    pairs = [sorted((places[one], places[other])) for one, other in rows]
    return {(first, second) for first, second in pairs}


def _clause(verb: str, others: list[dict[str, Any]]) -> Clause:
    named = others if len(others) <= _MOST_NAMED else others[: _MOST_NAMED - 1]
    return Clause(verb, [other["name"] for other in named], len(others) - len(named))
