"""What changed, by day: for everybody, so only what was published."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from .. import publishing
from ..models import Event, Tag, Term
from . import pages
from .tags import chosen_tags, most_used_tags

CHANGE_KINDS = {
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
_SHOWN_OF_TERMS = ("name", "qualifier", "slug", "short_definition", "status")
_SHOWN = (
    *("at", "kind", "note", "by_name"),
    *(f"term__{name}" for name in _SHOWN_OF_TERMS),
    *(f"term__merged_into__{name}" for name in _SHOWN_OF_TERMS),
)


@dataclass(frozen=True)
class AskedChanges:
    """Which changes a reader wants to see: of one kind or of all (""), of one tag or of all (None)."""

    kind: str
    tag: Tag | None

    def events(self) -> QuerySet[Event]:
        """Return the changes, newest first, with what is shown of them.

        A term that was merged into a public one is no longer public itself, but that it was is told:
        its `term.merged_into` is then where to look.
        """
        events = self.of_all_kinds()
        events = events.filter(kind=f"term.{self.kind}") if self.kind else events
        return events.select_related("term__merged_into").only(*_SHOWN)

    def total(self) -> int:
        """Return how many there are."""
        counts = self.counts()
        return counts.get(self.kind, 0) if self.kind else sum(counts.values())

    def counts(self) -> dict[str, int]:
        """Return how many changes there are of each kind, on this tag."""
        where = self.tag.pk if self.tag else "all"
        return publishing.counted(f"changes-on-{where}", lambda: _counts_by_kind(self))

    def of_all_kinds(self) -> QuerySet[Event]:
        is_public = Q(term__status__in=Term.PUBLIC_STATUSES)
        was_absorbed = Q(
            kind=Event.Kind.MERGED,
            term__status=Term.Status.MERGED,
            term__merged_into__status__in=Term.PUBLIC_STATUSES,
        )
        events = Event.objects.filter(is_public | was_absorbed, is_public=True)
        return events.filter(term__tagged_items__tag=self.tag) if self.tag else events


def asked_changes(request: HttpRequest) -> AskedChanges:
    """Read `?kind=` and `?tag=`; a kind or a tag that is not there has no page."""
    kind, slug = request.GET.get("kind", ""), request.GET.get("tag", "")
    if kind and kind not in CHANGE_KINDS:
        raise pages.NoPage("There is no such kind of change.")
    return AskedChanges(kind, chosen_tags(slug)[0] if slug else None)


def change_label(event: Event) -> str:
    """Return what happened, in a word or two."""
    kind = event.kind.removeprefix("term.")
    return (CHANGE_KINDS | _OTHER_KINDS).get(kind, kind.capitalize())


@pages.public_page
def changes(request: HttpRequest) -> HttpResponse:
    asked = asked_changes(request)
    kind, slug = asked.kind, asked.tag.slug if asked.tag else ""
    counts = asked.counts()
    pager = pages.pager(request, asked.total(), pages.ENTRIES_PER_PAGE)
    rows = pages.rows_of(asked.events(), pager, pages.ENTRIES_PER_PAGE)
    path = reverse("changes")
    context = {
        "kind": CHANGE_KINDS.get(kind, ""),
        "tag": asked.tag,
        "pager": pager,
        "kinds": [
            {"label": label, "is_current": key == kind, "url": pages.address(path, kind=key, tag=slug)}
            for key, label in {"": "All", **CHANGE_KINDS}.items()
            if key in {"", kind} or counts.get(key)
        ],
        "tags": [
            {"name": tag.name, "url": pages.address(path, kind=kind, tag=tag.slug)}
            for tag in most_used_tags()
            if tag.slug != slug
        ],
        "all_tags_url": pages.address(path, kind=kind),
        "feed_url": pages.address(reverse("changes_feed"), kind=kind, tag=slug),
        "days": [
            {"date": day, "changes": _changes_of_day(list(group))}
            for day, group in itertools.groupby(rows, key=lambda event: timezone.localdate(event.at))
        ],
    }
    return render(request, "terms/changes.html", context)


def _counts_by_kind(asked: AskedChanges) -> dict[str, int]:
    counts = asked.of_all_kinds().order_by().values_list("kind").annotate(count=Count("pk"))
    return {kind.removeprefix("term."): count for kind, count in counts}


def _changes_of_day(events: Sequence[Event]) -> list[dict[str, Any]]:
    """Return what is told of a day; of terms that changed more than once, at what time too."""
    times = Counter(event.term_id for event in events)
    return [{**_change(event), "at": event.at if times[event.term_id] > 1 else None} for event in events]


def _change(event: Event) -> dict[str, Any]:
    term = event.term
    is_new = event.kind == Event.Kind.PUBLISHED
    is_absorbed = term.status == Term.Status.MERGED
    return {
        "term": term,
        "into": term.merged_into if is_absorbed else None,
        "label": change_label(event),
        "warns": event.kind == Event.Kind.DEPRECATED,
        # Of what is new the text says more than the remark that it came with.
        "says": term.short_definition if is_new else "",
        "note": "" if is_absorbed or (is_new and term.short_definition) else event.note,
        "by": event.by_name if settings.SHOW_AUTHORS else "",
    }
