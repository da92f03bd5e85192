"""A SKOS file as a whole: what can only be known from all concepts together."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from ...text import name_key
from ..record import RELATION_KINDS, RelationRecord
from . import vocabulary as rdf
from .graph import Blank, Graph, Iri, Literal, Subject, Value
from .labels import choose
from .texts import one_line

_SPECIAL = ("Generic", "Partitive", "Instantial")
UPWARDS = (rdf.BROADER, *(f"{rdf.ISOTHES}broader{kind}" for kind in _SPECIAL))
DOWNWARDS = (rdf.NARROWER, *(f"{rdf.ISOTHES}narrower{kind}" for kind in _SPECIAL))
REPLACED = (rdf.IS_REPLACED_BY, "http://purl.obolibrary.org/obo/IAO_0100001")
OWN_ADDRESS = re.compile(r"(?P<site>.+/)t/(?P<id>[A-Za-z0-9_-]{1,20})/")


@dataclass(frozen=True)
class Name:
    """What a concept is called, in which language, and which of our ids it has."""

    text: str
    language: str
    is_label: bool = True
    id: str = ""
    site: str = ""


class Vocabulary:
    """What can only be known from the whole file: names, tags, and relations in both directions."""

    def __init__(self, graph: Graph, language: str) -> None:
        self.graph, self.language = graph, language
        self.concepts = graph.of_type(rdf.CONCEPT)
        self.names = {concept: self._name(concept) for concept in self.concepts}
        self._times_named = Counter(name_key(name.text) for name in self.names.values())
        self.sites = {name.site for name in self.names.values() if name.site}
        self.tags = self._tags()
        self.tops = _gathered((top, scheme) for scheme, top in graph.pairs(rdf.HAS_TOP_CONCEPT))
        self.stated = self._stated()
        self.relation_kinds = tuple(kind for kind in RELATION_KINDS if self.stated[kind])

    def _name(self, concept: Subject) -> Name:
        own = OWN_ADDRESS.fullmatch(concept) if isinstance(concept, Iri) else None
        if own and Literal(own["id"]) not in self.graph.values(concept, rdf.NOTATION):
            own = None
        label = self.label_of(concept, in_order=bool(own))
        if label is None:
            return Name(last_part(concept), "", is_label=False)
        id, site = (own["id"], own["site"]) if own else ("", "")
        return Name(one_line(label.text), label.language, id=id, site=site)

    def label_of(self, thing: Subject, *, in_order: bool = False) -> Literal | None:
        """Return the label of a thing: preferred, else by SKOS-XL, else of RDF Schema."""
        for found in (self.labels(thing, rdf.PREF_LABEL), literals(self.graph.values(thing, rdf.LABEL))):
            usable = [label for label in found if name_key(label.text)]
            if usable:
                return choose(usable if in_order else sorted(usable), self.language)
        return None

    def labels(self, thing: Subject, predicate: str) -> list[Literal]:
        """Return the labels of one kind; those of SKOS-XL where there are no plain ones."""
        return literals(self.graph.values(thing, predicate)) or [
            form
            for node in self.graph.values(thing, rdf.XL_OF[predicate])
            if not isinstance(node, Literal)
            for form in literals(self.graph.values(node, rdf.LITERAL_FORM))
        ]

    def _tags(self) -> dict[Value, dict[str, None]]:
        """Return the names of the groups of each concept; a group without a name gives its address."""
        tags: dict[Value, dict[str, None]] = {}
        for group in self.graph.of_type(*rdf.COLLECTIONS):
            if group in self.names:
                continue
            label = self.label_of(group)
            if label is None and isinstance(group, Blank):
                continue
            lists = self.graph.values(group, rdf.MEMBER_LIST)
            listed = [item for start in lists for item in self.graph.items(start)]
            for member in (*self.graph.values(group, rdf.MEMBER), *listed):
                tags.setdefault(member, {})[one_line(label.text) if label else str(group)] = None
        return tags

    def _stated(self) -> dict[str, dict[Subject, dict[Value, None]]]:
        """Return the targets of each kind of relation by concept, completed in both directions."""
        pairs = self.graph.pairs
        broader = [pair for name in UPWARDS for pair in pairs(name)]
        broader += [turned for name in DOWNWARDS for turned in _turned(pairs(name))]
        related = [pair for name in (rdf.RELATED, rdf.ALSO_RELATED) for pair in pairs(name)]
        replaced = [pair for name in REPLACED for pair in pairs(name)]
        found = {
            "broader": broader,
            "related": [*related, *_turned(related)],
            "see_also": [pair for pair in pairs(rdf.SEE_ALSO) if self.is_term(pair[1])],
            "replaced_by": [*replaced, *_turned(pairs(rdf.REPLACES))],
        }
        # What also relates has a "see also" for other programs; it is a relation where the order names it.
        for_others = set(pairs(rdf.ALSO_RELATED)) - set(self._ordered("see_also"))
        found["see_also"] = [pair for pair in found["see_also"] if pair not in for_others]
        return {kind: _gathered(pairs, among=self.names) for kind, pairs in found.items()}

    def _ordered(self, kind: str) -> Iterator[tuple[Subject, Value]]:
        """Yield the pairs of this kind that concepts have in the order of their relations."""
        for concept, order in self.graph.pairs(rdf.RELATION_ORDER):
            words = order.text.split() if isinstance(order, Literal) else []
            for named, other in zip(words[::2], words[1::2], strict=False):
                if named == kind:
                    yield concept, Iri(other)

    def is_term(self, node: Value) -> bool:
        """Say whether a value is a concept of the file, or of our own site although not in the file."""
        return node in self.names or bool(self._id_on_own_site(node))

    def relation(self, kind: str, other: Value) -> RelationRecord:
        """Return a relation to what an importer finds: our id, else the name.

        A name that several concepts of the file have is given beside the address.
        """
        if isinstance(other, Literal) or other not in self.names:
            said = one_line(other.text if isinstance(other, Literal) else other)
            return RelationRecord(kind, self._id_on_own_site(other) or said)
        name = self.names[other]
        if self._times_named[name_key(name.text)] > 1 and not name.id:
            return RelationRecord(kind, str(other), name.text)
        return RelationRecord(kind, name.id or name.text)

    def _id_on_own_site(self, node: Value) -> str:
        own = OWN_ADDRESS.fullmatch(node) if isinstance(node, Iri) else None
        return own["id"] if own and own["site"] in self.sites else ""


def literals(values: Iterable[Value]) -> list[Literal]:
    """Return those of the values that are texts and say something."""
    return [value for value in values if isinstance(value, Literal) and value.text.strip()]


def _turned(pairs: Iterable[tuple[Subject, Value]]) -> Iterator[tuple[Subject, Value]]:
    for subject, value in pairs:
        if not isinstance(value, Literal):
            yield value, subject


def _gathered(
    pairs: Iterable[tuple[Any, Any]], among: Iterable[Any] | None = None
) -> dict[Any, dict[Any, None]]:
    wanted = None if among is None else set(among)
    gathered: dict[Any, dict[Any, None]] = {}
    for subject, value in pairs:
        if (wanted is None or subject in wanted) and subject != value:
            gathered.setdefault(subject, {})[value] = None
    return gathered


def last_part(iri: str) -> str:
    """Return what an address ends with, as one would read it."""
    return one_line(unquote(re.split(r"[/#:]", iri.rstrip("/#"))[-1])).replace("_", " ") or one_line(iri)
