"""Ways to all terms: the first page, the index, tags, and what changed."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from .. import publishing
from .. import search as index
from ..models import Alias, Event, Source, Tag, TaggedTerm, Term
from ..prepared import Prepared
from ..search.found import FoundTerm
from ..search.names import FOUND_COLUMNS
from . import pages

_MOST_TAGS = 5
_SIGNS_OF_IDS = "23456789abcdefghjkmnpqrstuvwxyz"

# --- Home and index ------------------------------------------------------------------------------


@pages.public_page
def home(request: HttpRequest) -> HttpResponse:
    letters = index.letters()
    context = {
        "letters": letters,
        "letters_total": sum(letter.count for letter in letters),
        "total": _kept("terms", Term.objects.published().count),
        "tags": _kept("most-used-tags", _most_used_tags),
        "tag_total": _kept("tags", Tag.objects.of_public_terms().count),
        "recent": [FoundTerm(*row) for row in _recently_changed()],
        "featured": _term_of_the_day(),
    }
    return render(request, "terms/home.html", context)


def _kept(name: str, count: Callable[[], Any]) -> Any:
    """Return what was counted, and count only once in each state of the glossary: every row is visited."""
    return cache.get_or_set(f"{name}-at-{publishing.content_version()}", count)


def _most_used_tags() -> list[Tag]:
    return list(Tag.objects.with_public_counts().order_by("-term_count", "name")[:16])


_recently_changed = Prepared(
    lambda: Term.objects.published().order_by("-updated_at", "pk").values_list(*FOUND_COLUMNS)[:8]
)


def _term_of_the_day() -> FoundTerm | None:
    """Return the same term to all readers for a whole day.

    A point in the space of public ids is drawn from the date, and the next term after it taken:
    a term that is published at noon rarely comes between.
    """
    digest = hashlib.sha256(timezone.localdate().isoformat().encode()).digest()
    point = "".join(_SIGNS_OF_IDS[byte % len(_SIGNS_OF_IDS)] for byte in digest[:10])
    # No id comes before the empty text: where none follows the point, it is the first of all.
    rows = _first_published_from(point) or _first_published_from("")
    return next((FoundTerm(*row) for row in rows), None)


_first_published_from = Prepared(
    lambda point: (
        Term.objects.filter(status=Term.Status.PUBLISHED, public_id__gte=point)
        .order_by("public_id")
        .values_list(*FOUND_COLUMNS)[:1]
    )
)


@pages.public_page
def term_list(request: HttpRequest) -> HttpResponse:
    page = index.index_page("", pages.page_number(request), pages.ENTRIES_PER_PAGE)
    return _index(request, page, letter=None)


@pages.public_page
def term_letter(request: HttpRequest, letter: str) -> HttpResponse:
    page = index.index_page(letter, pages.page_number(request), pages.ENTRIES_PER_PAGE)
    chosen = next((known for known in page.letters if known.key == letter), None)
    if chosen is not None:
        return _index(request, page, letter=chosen)
    if letter.lower() in {known.key for known in page.letters}:
        return pages.moved(reverse("term_letter", args=[letter.lower()]))
    raise pages.NoPage("The index has no such letter.")


def _index(request: HttpRequest, page: index.IndexPage, *, letter: index.Letter | None) -> HttpResponse:
    labels = {known.key: known.label for known in page.letters}
    context = {
        "title": f"Terms under {letter.label}" if letter else "All terms, A–Z",
        "letter": letter,
        "letters": page.letters,
        "letters_total": sum(known.count for known in page.letters),
        "current": letter.key if letter else "all",
        "groups": [
            {"label": labels[key], "entries": list(entries)}
            for key, entries in itertools.groupby(page.entries, key=lambda entry: entry.letter)
        ],
        "guide_words": list(dict.fromkeys(entry.text for entry in (page.entries[:1] + page.entries[-1:]))),
        "pager": pages.pager(request, page.total, pages.ENTRIES_PER_PAGE),
    }
    return render(request, "terms/term_list.html", context)


# --- Tags ----------------------------------------------------------------------------------------


@pages.public_page
def tag_list(request: HttpRequest) -> HttpResponse:
    tags = _kept("counted-tags", lambda: list(Tag.objects.with_public_counts()))
    return render(request, "terms/tag_list.html", {"tags": tags})


@pages.public_page
def tag_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the terms of a tag; further tags, `?tag=`, narrow it."""
    tag, *narrowed = _chosen_tags(slug, request.GET.getlist("tag"))
    order = "newest" if request.GET.get("order") == "newest" else "name"
    terms = Term.objects.published()
    for chosen in (tag, *narrowed):
        terms = terms.filter(tagged_items__tag=chosen)
    terms = terms.order_by("-published_at", "pk") if order == "newest" else terms
    which = "-".join(str(chosen.pk) for chosen in (tag, *narrowed))
    pager = pages.pager(request, _kept(f"terms-on-{which}", terms.count), pages.ENTRIES_PER_PAGE)
    beside = _kept(f"tags-beside-{which}", lambda: list(_tags_beside(terms, [tag, *narrowed])))
    rows = pages.rows_of(terms.values_list(*FOUND_COLUMNS), pager, pages.ENTRIES_PER_PAGE)
    slugs = [chosen.slug for chosen in narrowed]
    context = {
        "title": " + ".join(chosen.name for chosen in (tag, *narrowed)),
        "tag": tag,
        "terms": [FoundTerm(*row) for row in rows],
        "order": order,
        "pager": pager,
        "narrowed": [
            {
                "name": chosen.name,
                "url": pages.address(
                    tag.get_absolute_url(), tag=[other for other in slugs if other != chosen.slug]
                ),
            }
            for chosen in narrowed
        ],
        "related_tags": [
            {
                "name": row["tag__name"],
                "count": row["count"],
                "url": pages.address(tag.get_absolute_url(), tag=[*slugs, row["tag__slug"]]),
            }
            for row in beside
        ],
    }
    return render(request, "terms/tag_detail.html", context)


def _chosen_tags(slug: str, further: Iterable[str]) -> list[Tag]:
    """Return the tags of these slugs in order, each once; what no public term has is no tag."""
    slugs = list(dict.fromkeys([slug, *further]))[:_MOST_TAGS]
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


# --- Changes and numbers -------------------------------------------------------------------------

_CHANGE_KINDS = {
    "published": "New",
    "changed": "Changed",
    "deprecated": "Deprecated",
    "reinstated": "Reinstated",
    "restored": "Restored",
    "merged": "Merged",
}
# Nobody looks for these alone; what they moved, they tell.
_OTHER_KINDS = {
    "merge_undone": "Merge undone",
    "split": "Split",
    "split_undone": "Split undone",
    "repointed": "Relations moved",
}


_SHOWN_OF_CHANGES = ("at", "kind", "note", "by_name", "term__name", "term__qualifier", "term__slug")


@pages.public_page
def changes(request: HttpRequest) -> HttpResponse:
    kind = request.GET.get("kind", "")
    if kind and kind not in _CHANGE_KINDS:
        raise pages.NoPage("There is no such kind of change.")
    tag = _chosen_tags(request.GET["tag"], [])[0] if request.GET.get("tag") else None
    events = Event.objects.filter(is_public=True, term__status__in=Term.PUBLIC_STATUSES)
    events = events.filter(kind=f"term.{kind}") if kind else events
    events = events.filter(term__tagged_items__tag=tag) if tag else events
    number = _kept(f"changes-{kind}-on-{tag.pk if tag else 'all'}", events.count)
    pager = pages.pager(request, number, pages.ENTRIES_PER_PAGE)
    rows = pages.rows_of(
        events.select_related("term").only(*_SHOWN_OF_CHANGES), pager, pages.ENTRIES_PER_PAGE
    )
    path = reverse("changes")
    context = {
        "kind": kind,
        "tag": tag,
        "pager": pager,
        "kinds": [
            {
                "label": label,
                "is_current": key == kind,
                "url": pages.address(path, kind=key, tag=tag.slug if tag else ""),
            }
            for key, label in {"": "All", **_CHANGE_KINDS}.items()
        ],
        "days": [
            {"date": day, "changes": [_change(event) for event in group]}
            for day, group in itertools.groupby(rows, key=lambda event: timezone.localdate(event.at))
        ],
    }
    return render(request, "terms/changes.html", context)


def _change(event: Event) -> dict[str, Any]:
    kind = event.kind.removeprefix("term.")
    return {
        "term": event.term,
        "label": (_CHANGE_KINDS | _OTHER_KINDS).get(kind, kind.capitalize()),
        "warns": kind == "deprecated",
        "note": event.note,
        "by": event.by_name if settings.SHOW_AUTHORS else "",
    }


@pages.public_page
def about(request: HttpRequest) -> HttpResponse:
    changed = Term.objects.published().order_by("-updated_at").values_list("updated_at", flat=True)
    context = {"numbers": _kept("numbers", _numbers), "last_change": changed.first()}
    return render(request, "terms/about.html", context)


def _numbers() -> list[tuple[str, int]]:
    terms = Term.objects.published().order_by()
    counts = dict(terms.values_list("status").annotate(count=Count("pk")))
    public = terms.values("pk")
    return [
        ("Terms", sum(counts.values())),
        ("Deprecated", counts.get(Term.Status.DEPRECATED, 0)),
        ("Other names", Alias.objects.filter(term__in=public).exclude(kind=Alias.Kind.HIDDEN).count()),
        ("Tags", Tag.objects.of_public_terms().count()),
        ("Sources named", Source.objects.filter(term__in=public).count()),
    ]
