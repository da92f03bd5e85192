"""SKOS as the parsers of others read it, and what the standard wants of it."""

from __future__ import annotations

import json

from pyld import jsonld
from rdflib import Graph, Literal
from rdflib.namespace import RDF, SKOS

PARSERS = {"skos-turtle": "turtle", "skos-rdf": "xml", "skos-jsonld": "nt"}


def parsed(data, syntax):
    """Return what the parsers of others make of an export, JSON-LD by PyLD."""
    if syntax == "skos-jsonld":
        options = {"format": "application/n-quads", "documentLoader": refuse_to_fetch}
        data = jsonld.to_rdf(json.loads(data), options)
    return with_evened_languages(Graph().parse(data=data, format=PARSERS[syntax]))


def refuse_to_fetch(url, _options):
    raise AssertionError(url)


def with_evened_languages(graph):
    """Return a graph whose languages are in small letters: `de-AT` and `de-at` are the same, by RDF 1.1."""
    evened = Graph()
    for *start, value in graph:
        if isinstance(value, Literal) and value.language:
            value = Literal(str(value), lang=value.language.lower())
        evened.add((*start, value))
    return evened


def conditions_broken_by(graph):
    """Return what of S9, S13, S14, S27, S37 (SKOS Reference, 2009) and of our own rules is broken."""
    broken = []
    concepts = set(graph.subjects(RDF.type, SKOS.Concept))
    for other in (SKOS.ConceptScheme, SKOS.Collection, SKOS.OrderedCollection):
        broken += [("S9, S37", thing) for thing in concepts & set(graph.subjects(RDF.type, other))]
    for thing in set(graph.subjects()):
        kinds = [
            set(graph.objects(thing, kind)) for kind in (SKOS.prefLabel, SKOS.altLabel, SKOS.hiddenLabel)
        ]
        if sum(map(len, kinds)) > len(set.union(*kinds)):
            broken.append(("S13", thing))
        languages = [(label.language or "").lower() for label in kinds[0]]
        if len(languages) > len(set(languages)):
            broken.append(("S14", thing))
        if "" in languages:
            broken.append(("language", thing))
    for thing, other in graph.subject_objects(SKOS.related):
        above = set(graph.transitive_objects(thing, SKOS.broader)) | set(
            graph.transitive_subjects(SKOS.broader, thing)
        )
        if other in above:
            broken.append(("S27", thing, other))
        if other in concepts and (other, SKOS.related, thing) not in graph:
            broken.append(("S23", thing, other))
    for thing in concepts:
        if not list(graph.objects(thing, SKOS.inScheme)) or not list(graph.objects(thing, SKOS.prefLabel)):
            broken.append(("scheme and name", thing))
    return broken
