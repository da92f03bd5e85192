"""The terms of data catalogues, as entries in the words that `described` reads.

DataHub's `business_glossary.yml` nests terms in groups, OpenMetadata's API names each by the path of its
parents. What a term is to a catalogue (owners, domains, votes) is further data here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from . import datahub_csv, openmetadata
from .entries import Entry, Lines, shown
from .record import RowProblem

Value = Any

# --- DataHub -------------------------------------------------------------------------------------

_GROUPS, _TERMS = "nodes", "terms"
_ABOUT_THE_FILE = frozenset(["version", "source", "owners", "url"])
_DEEPEST = 50


def is_datahub(value: Value) -> bool:
    """Say whether this is a business glossary of DataHub (BusinessGlossaryConfig, version 1)."""
    if not isinstance(value, dict) or not isinstance(value.get("owners"), dict):
        return False
    return "version" in value and any(isinstance(value.get(name), list) for name in (_GROUPS, _TERMS))


def datahub_entries(value: Mapping[str, Value], lines: Lines) -> Iterator[Entry | RowProblem]:
    """Yield the terms of a business glossary; each has the names of its groups as tags."""
    yield from _of_group(value, (), lines, 0)


def _of_group(
    group: Mapping[str, Value], path: tuple[str, ...], lines: Lines, depth: int
) -> Iterator[Entry | RowProblem]:
    for name, items in group.items():
        for item in _listed(items) if name in (_GROUPS, _TERMS) else ():
            if not isinstance(item, dict):
                message = "A term or group is a mapping with “name” and “description”."
                yield RowProblem(lines.get(id(group), 1), name, shown(item), message)
            elif name == _TERMS:
                yield _datahub_entry(item, path, lines.get(id(item), 1))
            elif depth < _DEEPEST:
                yield from _of_group(item, (*path, str(item.get("name", ""))), lines, depth + 1)


def _datahub_entry(term: Mapping[str, Value], path: tuple[str, ...], line: int) -> Entry:
    name = str(term.get("name", ""))
    dotted = ".".join([*path, name])
    own_id = str(term.get("id") or "")
    members = {
        "term": name,
        "definition": term.get("description"),
        "broader": term.get("inherits"),
        "narrower": [*_listed(term.get("contains")), *_listed(term.get("values"))],
        "related": term.get("related_terms"),
        "sources": [*_datahub_source(term), *_listed(term.get("knowledge_links"))],
        "external_ids": [{"scheme": datahub_csv.SCHEME, "value": own_id or dotted}],
        "further": {key: said for key, said in term.items() if key not in _DATAHUB_READ and said},
    }
    spoken_of = {key: said for key, said in members.items() if key in _NEEDED or said}
    ref = own_id if own_id.startswith("urn:") else f"{datahub_csv.SCHEME}:{own_id or dotted}"
    return Entry(spoken_of, line, tags=path, ref=ref, keys=tuple(filter(None, [dotted, own_id])))


_NEEDED = frozenset(["term", "definition"])
_DATAHUB_READ = {
    *("id", "name", "description", "inherits", "contains", "values", "related_terms"),
    *("source_ref", "source_url", "knowledge_links"),
}


def _datahub_source(term: Mapping[str, Value]) -> list[Value]:
    title, address = term.get("source_ref"), term.get("source_url")
    return [{"title": title or address, "url": address}] if title or address else []


def _listed(value: Value) -> list[Value]:
    return value if isinstance(value, list) else [value] if value else []


# --- OpenMetadata --------------------------------------------------------------------------------

_OPENMETADATA_READ = {
    *("id", "name", "displayName", "description", "fullyQualifiedName", "synonyms", "parent", "children"),
    *("relatedTerms", "references", "tags", "status", "entityStatus", "glossary"),
}
# Counters, links to itself and what changed last: of no use elsewhere.
_OPENMETADATA_DROPPED = {
    *("href", "version", "updatedAt", "updatedBy", "changeDescription", "incrementalChangeDescription"),
    *("usageCount", "childrenCount", "votes", "deleted", "provider", "disabled", "mutuallyExclusive"),
}


def is_openmetadata(members: Mapping[str, Value]) -> bool:
    """Say whether a mapping is a term as the API of OpenMetadata gives it (schema glossaryTerm)."""
    return isinstance(members.get("fullyQualifiedName"), str) and isinstance(members.get("glossary"), dict)


def openmetadata_entry(entry: Entry) -> Entry | RowProblem:
    """Return the entry in our words; a term that is deleted there is left out with a note."""
    term = entry.members
    path = _path(term["fullyQualifiedName"])
    if term.get("deleted") is True:
        message = "The term is deleted there and was left out."
        return RowProblem(entry.line, "deleted", shown(path), message, fatal=False)
    members = {
        "term": term.get("displayName") or term.get("name"),
        "definition": term.get("description") or "",
        "synonyms": term.get("synonyms"),
        "tags": [tag.get("tagFQN") for tag in _listed(term.get("tags")) if isinstance(tag, dict)],
        "broader": [_reference(item) for item in _listed(term.get("parent"))],
        "narrower": [_reference(item) for item in _listed(term.get("children"))],
        "related": [_reference(item) for item in _listed(term.get("relatedTerms"))],
        "sources": term.get("references"),
        "status": term.get("entityStatus") or term.get("status"),
        "external_ids": [{"scheme": openmetadata.SCHEME, "value": path}],
        "further": _rest_of_openmetadata(term),
    }
    spoken_of = {key: said for key, said in members.items() if said is not None}
    return Entry(spoken_of, entry.line, ref=f"{openmetadata.SCHEME}:{path}", keys=(path,))


def _reference(item: Value) -> Value:
    """Return what a reference to another term says; newer ones come with their type."""
    if not isinstance(item, dict):
        return item
    inner = item.get("term")
    meant = inner if isinstance(inner, dict) else item
    named = {
        "id": _path(str(meant.get("fullyQualifiedName") or "")),
        "name": meant.get("displayName") or meant.get("name"),
    }
    relation = item.get("relationType")
    return {**named, "relation": relation} if isinstance(relation, str) else named


def _path(fqn: str) -> str:
    """Return the path of a term in its glossary, as it stands in OpenMetadata's CSV."""
    parts = openmetadata.parts_of(fqn)
    return openmetadata.fqn_of(parts[1:] or parts)


def _rest_of_openmetadata(term: Mapping[str, Value]) -> dict[str, Value]:
    unused = term.keys() - _OPENMETADATA_READ - _OPENMETADATA_DROPPED
    return {key: said for key, said in term.items() if key in unused and said not in (None, "", [], {})}
