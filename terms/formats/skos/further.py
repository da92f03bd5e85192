"""What a SKOS file says besides, as JSON that is kept with a term, and back.

Names are short where the vocabulary is known here (`dct:creator`), values as JSON-LD writes them: a
text, one with `@language` or `@type`, an `@id`, an `@list`, or an object for a thing without a name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import vocabulary as rdf
from .graph import Graph, Iri, Literal, Nested, Value, usable_language
from .texts import tidy

# What the term says itself, or what would make it part of another scheme.
_TEXTS_OF_SKOS = {rdf.DEFINITION, rdf.HISTORY_NOTE, *rdf.NOTE_PROPERTIES.values()}
_LABELS = {rdf.PREF_LABEL, rdf.ALT_LABEL, rdf.HIDDEN_LABEL}
_SAID_ITSELF = {
    *(rdf.CREATED, rdf.MODIFIED, rdf.ISSUED, rdf.PAGE, rdf.VERSION, rdf.DEPRECATED),
    *(rdf.ISO_STATUS, rdf.IS_REPLACED_BY, rdf.REPLACES),
}
_MOST_NESTED = 50
_DEEPEST = 4


class Budget:
    """How much of things without names may be kept with one value."""

    def __init__(self) -> None:
        self.left = _MOST_NESTED


def as_json(graph: Graph, value: Value, budget: Budget, depth: int = 0) -> Any:
    """Return a value as JSON-LD writes it: a text, also with language or type, a name, a list, an object."""
    if isinstance(value, Literal):
        more = {"@language": value.language, "@type": value.datatype}
        told = {name: said for name, said in more.items() if said}
        return {"@value": value.text, **told} if told else value.text
    if isinstance(value, Iri):
        return {"@id": str(value)}
    budget.left -= 1
    if budget.left < 0 or depth > _DEEPEST:
        return {}
    if graph.values(value, rdf.FIRST):
        return {
            "@list": [as_json(graph, item, budget, depth + 1) for item in graph.items(value)[:_MOST_NESTED]]
        }
    return {
        rdf.short(predicate): [as_json(graph, item, budget, depth + 1) for item in values[:_MOST_NESTED]]
        for predicate, values in graph.said_of(value).items()
    }


def is_repeated(predicate: str) -> bool:
    """Say whether values of this predicate are written again with the term."""
    is_address = predicate.startswith(("http:", "https:")) and rdf.is_iri(predicate)
    if not is_address or rdf.split(predicate) is None:
        return False
    if predicate.startswith((rdf.SKOS, rdf.XL, rdf.RDF)):
        return predicate in _TEXTS_OF_SKOS or predicate in _LABELS or predicate in (rdf.TYPE, rdf.VALUE)
    return predicate not in _SAID_ITSELF


def from_json(value: Any, depth: int = 0) -> Iri | Literal | Nested | None:
    """Return a value that `reading` kept as JSON, None for one that cannot be written again."""
    if isinstance(value, str):
        return Literal(tidy(value))
    if not isinstance(value, Mapping) or "@list" in value or depth > _DEEPEST:
        return None
    if "@id" in value:
        return Iri(value["@id"]) if rdf.is_iri(str(value["@id"])) else None
    if "@value" in value:
        language, datatype = str(value.get("@language", "")), str(value.get("@type", ""))
        usable = datatype if rdf.is_iri(datatype) and datatype != rdf.LANGUAGE_STRING else ""
        text = tidy(str(value["@value"]))
        return Literal(text, usable_language(language)) if language else Literal(text, "", usable)
    nested = tuple(
        (rdf.full(name), said)
        for name, values in value.items()
        if isinstance(values, list) and (rdf.full(name) == rdf.TYPE or is_repeated(rdf.full(name)))
        for said in (from_json(item, depth + 1) for item in values)
        if said is not None and (rdf.full(name) != rdf.TYPE or isinstance(said, Iri))
    )
    return Nested(nested) if nested else None
