"""The hierarchy of broader terms: all of it or its first levels, and a page for each branch."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from .. import hierarchy, publishing
from ..hierarchy import Line
from ..models import Term
from ..search.found import FoundTerm
from ..search.names import FOUND_COLUMNS
from . import pages
from .term import arrive

_LINES_PER_PAGE = 200
_MOST_WAYS = 5
_MOST_BESIDE = 24


@pages.public_page
def tree(request: HttpRequest) -> HttpResponse:
    known = hierarchy.read(publishing.content_version())
    pager = pages.pager(request, len(known.entries), _LINES_PER_PAGE)
    lines = known.grow(_on_page(known.entries, pager))
    context = {
        "lines": lines,
        "terms": _terms(_ids(lines)),
        "folds": any(line.below for line in lines),
        "size": len(known),
        "others": publishing.count_of_terms() - len(known),
        "pager": pager,
    }
    return render(request, "terms/tree.html", context)


@pages.public_page
def branch(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one term in the tree: the ways up, what is under it, what is under the same term as it."""
    term = arrive(request, slug, "tree_branch")
    if isinstance(term, HttpResponse):
        return term
    known = hierarchy.read(publishing.content_version())
    if term.pk not in known:
        # It may stand there again tomorrow, or have stood there when somebody linked to it.
        return pages.moved(term.get_absolute_url())
    pager = pages.pager(request, len(known.narrower(term.pk)), _LINES_PER_PAGE)
    lines = known.grow(_on_page(known.narrower(term.pk), pager), under=term.pk)
    ways = known.ways_up(term.pk, _MOST_WAYS)
    families = [(way[-1], [pk for pk in known.narrower(way[-1]) if pk != term.pk]) for way in ways]
    beside = dict(family for family in families if family[1])
    terms = _terms({*_ids(lines), *_all_in(ways), *_all_in(some[:_MOST_BESIDE] for some in beside.values())})
    context = {
        "term": term,
        "lines": lines,
        "terms": terms,
        "folds": any(line.below for line in lines),
        "pager": pager,
        "rest": pager.total - pager.last,
        "rest_url": pages.address(reverse("tree_branch", args=[term.slug]), page=pager.next),
        "ways": [{"is_cut": known.has_broader(way[0]), "terms": [terms[pk] for pk in way]} for way in ways],
        "beside": [
            {
                "broader": terms[broader],
                "terms": [terms[pk] for pk in some[:_MOST_BESIDE]],
                "others": len(some[_MOST_BESIDE:]),
            }
            for broader, some in beside.items()
        ],
    }
    return render(request, "terms/tree_branch.html", context)


def _on_page(ids: Sequence[int], pager: pages.Pager) -> Sequence[int]:
    return ids[max(pager.first - 1, 0) : pager.last]


def _all_in(lists: Iterable[Iterable[int]]) -> set[int]:
    return {pk for some in lists for pk in some}


def _ids(lines: Iterable[Line]) -> set[int]:
    return {line.term for line in lines} | _all_in(_ids(line.below) for line in lines)


def _terms(ids: Collection[int]) -> dict[int, FoundTerm]:
    rows = Term.objects.published().filter(pk__in=ids).order_by().values_list(*FOUND_COLUMNS)
    return {row[0]: FoundTerm(*row) for row in rows}
