"""The history of a term on the desk: its pages, any two of its revisions compared, and the filter for
texts that are due for review."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db.models import Max, Min, OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from .. import publishing, revisions
from ..models import Event, Revision, Term
from .desk import Desk, number

_REVISIONS_ON_A_PAGE = 100
_REVISIONS_OFFERED = 200
_SOON = timedelta(days=30)


# --- Pages of revisions --------------------------------------------------------------------------


def page_of_history(request: HttpRequest, term: Term) -> Page:
    """Return a page of the revisions of a term, newest first, each with its `door`: `?history=2`."""
    # The first event of a revision is the one that made it.
    events = Event.objects.filter(revision=OuterRef("pk")).order_by("at", "pk")
    door = Subquery(events.values("door")[:1])
    page = Paginator(_revisions(term), _REVISIONS_ON_A_PAGE).get_page(request.GET.get("history"))
    page.object_list = list(page.object_list.annotate(door=door))
    for revision in page.object_list:
        revision.door = Event.Door(revision.door).label if revision.door else ""
    return page


def open_revisions(term: Term) -> list[Revision]:
    """Return the texts of a term that wait for somebody, newest first."""
    return list(_revisions(term).filter(state__in=Revision.OPEN_STATES))


def _revisions(term: Term) -> QuerySet[Revision]:
    rows = term.revisions.select_related("author", "reviewer", "based_on", "superseded_by", "suggestion")
    return rows.defer("content", "based_on__content", "superseded_by__content").order_by("-number")


# --- Any two of them -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Side:
    """One of the two texts of a comparison, and how it reads."""

    revision: Revision
    definition_html: str


def compare(desk: Desk, request: HttpRequest, term_id: int) -> HttpResponse:
    """Show what leads from one revision of a term to another; without numbers the last two."""
    if not desk.has_view_permission(request):
        raise PermissionDenied
    term = Term.objects.visible_to(request.user).filter(pk=term_id).first()
    if term is None:
        raise Http404("There is no such term.")
    # One more than is offered tells whether there are more.
    latest = list(_revisions(term)[: _REVISIONS_OFFERED + 1])
    newer = request.GET.get("to") or str(latest[0].number)
    older = request.GET.get("from") or str(_number_before(term, number(newer)) or newer)
    before, after = (_revision(term, asked) for asked in (older, newer))
    offered = latest[:_REVISIONS_OFFERED]
    asked_for = {one.number: one for one in (before, after) if one is not None}
    older_ones = asked_for.keys() - {choice.number for choice in offered}
    context = {
        "term": term,
        "choices": [*offered, *(asked_for[older] for older in sorted(older_ones, reverse=True))],
        "offered": _REVISIONS_OFFERED if len(latest) > _REVISIONS_OFFERED else 0,
        "before": before,
        "after": after,
        "missing": [asked for asked, found in ((older, before), (newer, after)) if found is None],
    }
    if before is not None and after is not None:
        context |= {
            "changes": revisions.difference(before.content, after.content),
            "sides": [_side(before, "from"), _side(after, "to")],
            "earlier": _number_before(term, before.number),
            "later": _number_after(term, after.number),
        }
    status = 200 if before and after else 404
    title = f"Compare revisions: {term.full_name}"
    return desk.page(request, "admin/terms/compare.html", title=title, status=status, **context)


def _revision(term: Term, asked: str) -> Revision | None:
    rows = term.revisions.select_related("author", "reviewer")
    return rows.filter(number=number(asked)).first()


def _number_before(term: Term, here: int | None) -> int | None:
    return term.revisions.filter(number__lt=here or 0).aggregate(found=Max("number"))["found"]


def _number_after(term: Term, here: int) -> int | None:
    return term.revisions.filter(number__gt=here).aggregate(found=Min("number"))["found"]


def _side(revision: Revision, prefix: str) -> Side:
    return Side(revision, publishing.render(revision.content["definition"], prefix=prefix).html)


# --- Texts that are due for review ---------------------------------------------------------------


class ReviewFilter(admin.SimpleListFilter):
    """When a text that readers see is to be looked at again."""

    title, parameter_name = "review", "review"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("overdue", "Overdue"),
            ("soon", f"Within {_SOON.days} days"),
            ("later", "Dated later"),
            ("never", "Never"),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        today = timezone.localdate()
        if self.value() == "overdue":
            return queryset.due_for_review(today)
        chosen = {
            "soon": {"review_by__range": (today, today + _SOON)},
            "later": {"review_by__gt": today + _SOON},
            "never": {"review_by": None},
        }.get(self.value() or "")
        return queryset.published().filter(**chosen) if chosen else queryset
