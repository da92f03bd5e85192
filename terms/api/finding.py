"""Search and suggestions, as they are asked and answered with the framework and without it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from rest_framework import exceptions

from .. import publishing, search, wanted
from ..web import origin
from .bodies import Body
from .filters import links_beside


def find(asked: Mapping[str, Any]) -> search.SearchResult:
    """Put a checked query to the index. Raises NotFound for a page behind the last one."""
    number, size = asked["page"], asked["page_size"]
    found = search.search(
        asked["q"],
        tags=asked["tag"],
        letter=asked["letter"].lower(),
        language=asked["language"],
        status=asked["status"],
        include_deprecated=asked["include_deprecated"],
        limit=size,
        offset=(number - 1) * size,
        with_facets=asked["facets"],
    )
    if number > 1 and not found.hits:
        raise exceptions.NotFound
    return found


_NARROWING = ("tag", "letter", "language", "status")


def note_failure(request: HttpRequest, asked: Mapping[str, Any], found: search.SearchResult) -> None:
    """Count a question that the glossary could not answer; its answer is not kept, to count the next too."""
    is_answered = found.total and found.how != "some"
    if asked["q"] and not is_answered and asked["page"] == 1 and not any(asked[name] for name in _NARROWING):
        publishing.keep_not(request)
        wanted.note_failure(asked["q"])


def search_body(request: HttpRequest, asked: Mapping[str, Any], found: search.SearchResult) -> Body:
    """Return a page of hits, with what was understood and by what they can be narrowed."""
    beginning = _Beginning(request)
    following, previous = links_beside(
        request, count=found.total, number=asked["page"], size=asked["page_size"]
    )
    return {
        "count": found.total,
        "next": following,
        "previous": previous,
        "matched": found.how,
        "did_you_mean": found.corrected or None,
        "facets": _facets(found) if found.facets else None,
        "results": [_hit_body(beginning, hit) for hit in found.hits],
    }


def _facets(found: search.SearchResult) -> list[Body]:
    return [
        {
            "key": facet.key,
            "values": [{"value": one.value, "label": one.label, "count": one.count} for one in facet.values],
        }
        for facet in found.facets
    ]


class _Beginning:
    """How the addresses in an answer begin."""

    def __init__(self, request: HttpRequest) -> None:
        self.of_page = origin(request)
        self.of_api = self.of_page + reverse("api:term-list")


def _hit_body(beginning: _Beginning, hit: search.Hit) -> Body:
    term, matched_on = hit.term, hit.matched_on
    return {
        "id": term.public_id,
        "slug": term.slug,
        "name": term.name,
        "qualifier": term.qualifier,
        "short_definition": term.short_definition,
        "status": term.status,
        "tags": hit.tags,
        "matched_on": {"field": matched_on.field, "text": matched_on.text, "how": matched_on.how},
        "excerpt": "".join(piece for piece, _ in hit.excerpt),
        "url": beginning.of_page + term.get_absolute_url(),
        "api_url": f"{beginning.of_api}{term.public_id}/",
    }


def suggestions_body(request: HttpRequest, query: str, found: Iterable[search.Suggestion]) -> Body:
    """Return names that begin with what was typed."""
    beginning = origin(request)
    return {
        "query": query,
        "suggestions": [
            {
                "text": suggestion.text,
                "language": suggestion.language,
                "name": suggestion.term.full_name,
                "slug": suggestion.term.slug,
                "url": beginning + suggestion.term.get_absolute_url(),
                "short_definition": suggestion.term.short_definition,
            }
            for suggestion in found
        ],
    }
