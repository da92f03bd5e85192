"""Subjects: all tags, and the terms of one or of several together."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any

from django.conf import settings
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from .. import publishing
from .. import search as index
from ..collation import letter_of
from ..models import Tag, TaggedTerm, Term, tag_address
from ..search.found import FoundTerm
from ..search.names import FOUND_COLUMNS
from ..text import slug_for
from . import pages

_MOST_AT_ONCE = 5
_MOST_USED = 16
# A list that is shorter than this is seen at one glance.
_WORTH_LETTERS = 30
_TAG_ORDERS = {"name": "By name", "size": "Most terms first"}
_TERM_ORDERS = {"name": "By name", "newest": "Newest first", "changed": "Last changed first"}
_ROWS_BY = {"newest": ("-published_at", "pk"), "changed": ("-updated_at", "pk")}


@pages.public_page
def tag_list(request: HttpRequest) -> HttpResponse:
    order = _order(request, _TAG_ORDERS)
    tags = counted_tags()
    if order == "size":
        tags = sorted(tags, key=lambda tag: -tag.term_count)
    has_letters = order == "name" and len(tags) >= _WORTH_LETTERS
    context = {
        "total": len(tags),
        "groups": _by_letter(tags) if has_letters else [{"label": "", "tags": tags}],
        "orders": _choices(reverse("tag_list"), _TAG_ORDERS, order),
    }
    return render(request, "terms/tag_list.html", context)


def _by_letter(tags: Iterable[Tag]) -> list[dict[str, Any]]:
    labels = {letter.key: letter.label for letter in index.letters()}
    groups = itertools.groupby(tags, key=lambda tag: letter_of(tag.name, settings.LANGUAGE_CODE))
    return [{"label": labels.get(key, key.capitalize()), "tags": list(some)} for key, some in groups]


@pages.public_page
def tag_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the terms of a tag; further tags, `?tag=`, narrow it."""
    written = slug_for(slug)
    if written != slug and Tag.objects.of_public_terms().filter(slug=written).exists():
        # Somebody typed a name: /tags/Language models/.
        return pages.moved(tag_address(written))
    tag, *narrowed = chosen_tags(slug, request.GET.getlist("tag"))
    order = _order(request, _TERM_ORDERS)
    terms = Term.objects.published()
    for chosen in (tag, *narrowed):
        terms = terms.filter(tagged_items__tag=chosen)
    terms = terms.order_by(*_ROWS_BY[order]) if order in _ROWS_BY else terms
    which = "-".join(str(chosen.pk) for chosen in (tag, *narrowed))
    pager = pages.pager(request, publishing.counted(f"terms-on-{which}", terms.count), pages.ENTRIES_PER_PAGE)
    beside = publishing.counted(f"tags-beside-{which}", lambda: list(_tags_beside(terms, [tag, *narrowed])))
    rows = pages.rows_of(terms.values_list(*FOUND_COLUMNS), pager, pages.ENTRIES_PER_PAGE)
    slugs = [chosen.slug for chosen in narrowed]
    path, kept_order = tag.get_absolute_url(), "" if order == "name" else order
    context = {
        "title": " + ".join(chosen.name for chosen in (tag, *narrowed)),
        "tag": tag,
        "terms": [FoundTerm(*row) for row in rows],
        "orders": _choices(path, _TERM_ORDERS, order, tag=slugs),
        "pager": pager,
        "narrowed": [
            {
                "name": chosen.name,
                "url": pages.address(
                    path, order=kept_order, tag=[other for other in slugs if other != chosen.slug]
                ),
            }
            for chosen in narrowed
        ],
        "related_tags": [
            {
                "name": row["tag__name"],
                "count": row["count"],
                "url": pages.address(path, order=kept_order, tag=[*slugs, row["tag__slug"]]),
            }
            for row in beside
        ],
    }
    return render(request, "terms/tag_detail.html", context)


def counted_tags() -> list[Tag]:
    """Return all tags of public terms in the order of their names, with `term_count`."""
    return publishing.counted(
        "counted-tags", lambda: sorted(Tag.objects.with_public_counts(), key=attrgetter("sort_key"))
    )


def most_used_tags() -> list[Tag]:
    """Return the tags with most public terms, with `term_count`, those first."""
    return publishing.counted(
        "most-used-tags",
        lambda: list(Tag.objects.with_public_counts().order_by("-term_count", "name")[:_MOST_USED]),
    )


def chosen_tags(slug: str, further: Iterable[str] = ()) -> list[Tag]:
    """Return the tags of these slugs in order, each once; what no public term has is no tag."""
    slugs = list(dict.fromkeys([slug, *further]))[:_MOST_AT_ONCE]
    if any("\0" in slug for slug in slugs):
        raise pages.NoPage("There is no such tag.")
    known = {tag.slug: tag for tag in Tag.objects.of_public_terms().filter(slug__in=slugs)}
    if len(known) < len(slugs):
        raise pages.NoPage("There is no such tag.")
    return [known[slug] for slug in slugs]


def _tags_beside(terms: QuerySet[Term], chosen: Sequence[Tag]) -> QuerySet[TaggedTerm, dict[str, Any]]:
    """Count the other tags on these terms."""
    beside = TaggedTerm.objects.filter(content_object__in=terms.order_by().values("pk")).exclude(
        tag__in=chosen
    )
    counts = beside.values("tag__name", "tag__slug").annotate(count=Count("pk"))
    return counts.order_by("-count", "tag__name")[:12]


def _order(request: HttpRequest, orders: dict[str, str]) -> str:
    """Return the order that is asked for; what is none of them is the order by name."""
    asked = request.GET.get("order", "")
    return asked if asked in orders else "name"


def _choices(path: str, orders: dict[str, str], current: str, **kept: Any) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "is_current": order == current,
            "url": pages.address(path, order="" if order == "name" else order, **kept),
        }
        for order, label in orders.items()
    ]
