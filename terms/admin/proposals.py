"""The review queue, and the page on which somebody decides about one text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth import get_user_model
from django.db.models import Count, Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.html import format_html
from django.utils.timesince import timesince

from .. import checking, merging, workflow
from ..errors import TermbookError
from ..models import Revision
from ..text import name_key
from ..web import status_code
from . import review
from .desk import Desk, number

_APPROVED_AT_ONCE = 100
_NOT_SENT = "What else you typed on this page stands here still; it is not sent."
_AUTHORS_OFFERED = 50


class StateFilter(admin.SimpleListFilter):
    """What became of a text; the queue begins with what waits for a decision."""

    title, parameter_name = "state", "state"
    everything = "all"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [*Revision.State.choices, (self.everything, "All")]

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        for value, label in self.lookup_choices:
            yield {
                "selected": self._chosen() == value,
                "query_string": changelist.get_query_string({self.parameter_name: value}),
                "display": label,
            }

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        chosen = self._chosen()
        return queryset if chosen == self.everything else queryset.filter(state=chosen)

    def _chosen(self) -> str:
        return self.value() or Revision.State.PROPOSED.value


class WriterFilter(admin.SimpleListFilter):
    """Whose text it is: one's own, or one that somebody else wrote."""

    title, parameter_name = "whose", "whose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("others", "Written by others"), ("mine", "Written by me")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "mine":
            return queryset.filter(author=request.user)
        return queryset.exclude(author=request.user) if self.value() == "others" else queryset


class KindFilter(admin.SimpleListFilter):
    """What is wished for, and by whom."""

    title, parameter_name = "kind", "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("new", "New terms"), ("change", "Changes"), ("readers", "From readers")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "readers":
            return queryset.filter(suggestion__isnull=False)
        return queryset.filter(based_on__isnull=self.value() == "new") if self.value() else queryset


class CareFilter(admin.SimpleListFilter):
    """Who takes care of it, and what is late."""

    title, parameter_name = "care", "care"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("mine", "Assigned to me"), ("nobody", "Assigned to nobody"), ("overdue", "Overdue")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "mine":
            return queryset.filter(assignee=request.user)
        if self.value() == "overdue":
            return queryset.filter(due_on__lt=timezone.localdate(), state__in=Revision.OPEN_STATES)
        return queryset.filter(assignee=None) if self.value() == "nobody" else queryset


class AuthorFilter(admin.SimpleListFilter):
    """Whose words they are, of those of whom most waits."""

    title, parameter_name = "author", "author"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        people = get_user_model().objects.filter(Exists(Revision.objects.filter(author=OuterRef("pk"))))
        is_open = Revision.objects.filter(state__in=Revision.OPEN_STATES).order_by()
        waiting = dict(is_open.values_list("author").annotate(Count("pk")))
        # Those first of whom most waits, and whoever is asked for.
        wanted = number(request.GET.get(self.parameter_name))
        first = sorted(people, key=lambda one: (one.pk != wanted, -waiting.get(one.pk, 0), one.username))
        named = [(str(one.pk), one.get_full_name() or one.username) for one in first[:_AUTHORS_OFFERED]]
        return sorted(named, key=lambda pair: pair[1].casefold())

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        author = number(self.value())
        return queryset if author is None else queryset.filter(author=author)


@admin.register(Revision)
class RevisionAdmin(Desk):
    """Texts that somebody wants readers to see, oldest first."""

    list_display = ("what", "kind", "writer", "age", "summary", "care", "state", "reviewer")
    list_filter = (
        StateFilter,
        WriterFilter,
        KindFilter,
        CareFilter,
        AuthorFilter,
    )
    list_select_related = ("term", "author", "reviewer", "assignee", "suggestion")
    search_fields = ("term__name",)
    search_help_text = "Search by name"
    ordering = ("created_at", "pk")
    actions = ("approve_chosen",)
    list_title = "Review"
    item_names = ("text", "texts")

    def has_approve_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("terms.review_term")

    # The queue

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Show the queue, and how many merges and splits wait beside it."""
        waiting = {"merges_waiting": merging.open_proposals(request.user).count()}
        return super().changelist_view(request, {**waiting, **(extra_context or {})})

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request)
        return rows.defer("term__definition", "term__definition_html", "term__document")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Search by the name that the term has, and by the one that the text would give it."""
        wanted = search_term.replace("\0", "").strip()
        if not wanted:
            return queryset, False
        return queryset.filter(
            Q(term__name_key__contains=name_key(wanted)) | Q(content__name__icontains=wanted)
        ), False

    @admin.display(description="text", ordering="term__sort_key")
    def what(self, revision: Revision) -> str:
        return format_html('{} <span class="quiet">rev. {}</span>', review.name_of(revision), revision.number)

    @admin.display(description="kind", ordering="based_on")
    def kind(self, revision: Revision) -> str:
        return "Change" if revision.based_on_id else "New term"

    @admin.display(description="by", ordering="author")
    def writer(self, revision: Revision) -> str:
        suggestion = getattr(revision, "suggestion", None)
        if suggestion is None:
            return str(revision.author)
        return f"{suggestion.sender_name} (a reader)" if suggestion.sender_name else "A reader"

    @admin.display(description="edit summary", ordering="comment")
    def summary(self, revision: Revision) -> str:
        return revision.comment

    @admin.display(description="care", ordering="due_on")
    def care(self, revision: Revision) -> str:
        if revision.due_on is None:
            return str(revision.assignee or "–")
        is_late = revision.is_open and revision.due_on < timezone.localdate()
        return format_html(
            '{} <span class="{}">due {}</span>',
            revision.assignee or "",
            "flag" if is_late else "quiet",
            revision.due_on.isoformat(),
        )

    @admin.display(description="age", ordering="created_at")
    def age(self, revision: Revision) -> str:
        return format_html(
            '<time datetime="{}">{}</time>',
            revision.created_at.isoformat(),
            timesince(revision.created_at, depth=1),
        )

    @admin.action(description="Approve the chosen proposals …", permissions=["approve"])
    def approve_chosen(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        """Show what would be approved; then approve one by one, each in its own transaction."""
        chosen = self._chosen(request, queryset)
        if len(chosen) > _APPROVED_AT_ONCE:
            messages.error(
                request,
                f"At most {_APPROVED_AT_ONCE} proposals can be approved at once. Choose fewer of them.",
            )
            return None
        if "_approve" not in request.POST:
            return self._ask_before_approving(request, chosen)
        outcomes = [_outcome(revision, request.user) for revision in chosen]
        approved = sum(outcome["is_approved"] for outcome in outcomes)
        title = f"{approved} approved, {len(outcomes) - approved} not"
        return self.page(request, "admin/terms/bulk_approval.html", title=title, outcomes=outcomes)

    def _ask_before_approving(self, request: HttpRequest, chosen: list[Revision]) -> HttpResponse:
        candidates = [(revision, _hindrance(revision, request.user)) for revision in chosen]
        ready = [revision for revision, hindrance in candidates if not hindrance]
        return self.page(
            request,
            "admin/terms/bulk_approval_preview.html",
            title=f"Approve {_texts(len(ready))}?",
            ready=ready,
            hindered=[(revision, hindrance) for revision, hindrance in candidates if hindrance],
            count=_texts(len(ready)),
        )

    def _chosen(self, request: HttpRequest, queryset: Any) -> list[Revision]:
        """Return what was ticked, also what has left the filter of the list since: that is told too."""
        if request.POST.get("select_across") != "1":
            ids = [number(value) for value in request.POST.getlist(ACTION_CHECKBOX_NAME)]
            queryset = self.get_queryset(request).filter(pk__in=ids)
        rows = queryset.select_related("term", "author", "suggestion", "based_on", "supersedes")
        return list(rows.order_by("created_at", "pk")[: _APPROVED_AT_ONCE + 1])

    # The page of one text

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show one text with what it changes, and take the decision on exactly this text."""
        revision = review.find(request, number(object_id))
        refusal, status, typed = "", 200, _typed(request)
        if request.method == "POST":
            try:
                done = review.act(request, revision)
            except TermbookError as said_no:
                refusal, status = said_no.message, status_code(said_no)
            else:
                messages.success(request, done.said)
                typed = review.typed_elsewhere(request)
                if not typed:
                    return HttpResponseRedirect(done.address or review.address_of(revision))
                messages.warning(request, _NOT_SENT)
                revision = done.newer or revision
            revision = review.find(request, revision.pk)
        context = review.context(request, revision, typed) | {"refusal": refusal}
        return self.page(request, "admin/terms/review.html", title=context["name"], status=status, **context)


def _typed(request: HttpRequest) -> dict[str, str]:
    """Return what was typed and refused, to be shown again in its place."""
    return {key: value for key, value in request.POST.items() if key != "csrfmiddlewaretoken"}


def _texts(count: int) -> str:
    return "1 text" if count == 1 else f"{count} texts"


def _hindrance(revision: Revision, by: Any) -> str:
    """Return why this text could not be approved now; nothing when it could."""
    try:
        workflow.check_approval(revision.term, revision, by)
    except TermbookError as refusal:
        return refusal.message
    return " ".join(checking.check(revision.content, term=revision.term).blocking)


def _outcome(revision: Revision, by: Any) -> dict[str, Any]:
    """Approve one text and return what became of it."""
    outcome = {"name": review.name_of(revision), "revision": revision}
    try:
        term = workflow.approve(revision_id=revision.pk, by=by)
    except TermbookError as refusal:
        return outcome | {"is_approved": False, "said": refusal.message}
    return outcome | {"is_approved": True, "said": f"Published as version {term.version}."}
