"""The review queue, and the page on which somebody decides about one text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.timesince import timesince

from .. import checking, publishing, revisions, workflow
from ..errors import TermbookError
from ..models import Revision, Term
from ..text import name_key
from .desk import Desk, number, remark, status_code
from .editing import conflict_of

_REFUSALS_TOLD = 20


class StateFilter(admin.SimpleListFilter):
    """What became of a text; the queue begins with what waits for a decision."""

    title, parameter_name = "state", "state"
    everything = "all"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        # No rule leads to this state yet: its list would always be empty.
        unreachable = Revision.State.CHANGES_REQUESTED
        reachable = [(value, label) for value, label in Revision.State.choices if value != unreachable]
        return [*reachable, (self.everything, "All")]

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


@admin.register(Revision)
class RevisionAdmin(Desk):
    """Texts that somebody wants readers to see, oldest first."""

    list_display = ("what", "kind", "author", "age", "comment", "state", "reviewer")
    list_filter = (StateFilter, WriterFilter, ("author", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("term", "author", "reviewer")
    search_fields = ("term__name",)
    search_help_text = "Search by name"
    ordering = ("created_at", "pk")
    actions = ("approve_chosen",)
    list_title = "Review"
    item_names = ("text", "texts")

    def has_approve_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("terms.review_term")

    # The queue

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
        return format_html('{} <span class="quiet">rev. {}</span>', _name(revision), revision.number)

    @admin.display(description="kind", ordering="based_on")
    def kind(self, revision: Revision) -> str:
        return "Change" if revision.based_on_id else "New term"

    @admin.display(description="age", ordering="created_at")
    def age(self, revision: Revision) -> str:
        return format_html(
            '<time datetime="{}">{}</time>',
            revision.created_at.isoformat(),
            timesince(revision.created_at, depth=1),
        )

    @admin.action(description="Approve the chosen proposals", permissions=["approve"])
    def approve_chosen(self, request: HttpRequest, queryset: Any) -> None:
        """Approve one by one, each in its own transaction, and tell what became of each."""
        approved, refusals = 0, []
        for revision_id, revision_number, name in self._chosen(request, queryset):
            try:
                workflow.approve(revision_id=revision_id, by=request.user)
            except TermbookError as refusal:
                refusals.append(f"“{name}”, revision {revision_number}: {refusal.message}")
            else:
                approved += 1
        self._tell(request, approved, refusals)

    def _chosen(self, request: HttpRequest, queryset: Any) -> list[tuple[int, int, str]]:
        """Return what was ticked, also what has left the filter of the list since: that is told too."""
        if request.POST.get("select_across") != "1":
            ids = [number(value) for value in request.POST.getlist(ACTION_CHECKBOX_NAME)]
            queryset = self.get_queryset(request).filter(pk__in=ids)
        return list(queryset.order_by("created_at", "pk").values_list("pk", "number", "content__name"))

    @staticmethod
    def _tell(request: HttpRequest, approved: int, refusals: list[str]) -> None:
        if not refusals:
            messages.success(request, f"{approved} approved.")
            return
        told = " ".join(refusals[:_REFUSALS_TOLD])
        more = f" And {len(refusals) - _REFUSALS_TOLD} more." if len(refusals) > _REFUSALS_TOLD else ""
        messages.warning(request, f"{approved} approved, {len(refusals)} refused: {told}{more}")

    # The page of one text

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show one text with what it changes, and take the decision on exactly this text."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        revision = self._revision(number(object_id))
        refusal, status = "", 200
        if request.method == "POST":
            action = next((name for name in _DECISIONS if f"_{name}" in request.POST), "")
            try:
                done = _decide(action, revision, request)
            except TermbookError as said_no:
                refusal, status = said_no.message, status_code(said_no)
                revision = self._revision(revision.pk)
            else:
                messages.success(request, done)
                return HttpResponseRedirect(_address_after(action, revision))
        context = _review(request, revision) | {
            "refusal": refusal,
            "remark": remark(request.POST, "remark"),
        }
        return self.page(request, "admin/terms/review.html", title=context["name"], status=status, **context)

    @staticmethod
    def _revision(revision_id: int | None) -> Revision:
        rows = Revision.objects.select_related(
            "term__live_revision", "author", "reviewer", "based_on", "supersedes__author", "superseded_by"
        )
        revision = rows.filter(pk=revision_id).first()
        if revision is None:
            raise Http404("There is no such revision.")
        return revision


def _name(revision: Revision) -> str:
    """Return what the term would be called, as in an index."""
    name, qualifier = revision.content["name"], revision.content["qualifier"]
    return f"{name} ({qualifier})" if qualifier else name


def _approve(revision: Revision, by: Any, words: str) -> str:
    term = workflow.approve(revision_id=revision.pk, by=by, comment=words)
    return f"“{term.full_name}” is published as version {term.version}."


def _reject(revision: Revision, by: Any, words: str) -> str:
    workflow.reject(revision_id=revision.pk, by=by, reason=words)
    return f"Revision {revision.number} of “{revision.term.full_name}” is rejected; its author reads why."


def _withdraw(revision: Revision, by: Any, words: str) -> str:
    workflow.withdraw(revision_id=revision.pk, by=by, comment=words)
    return f"Revision {revision.number} of “{revision.term.full_name}” is withdrawn."


_DECISIONS: dict[str, Callable[[Revision, Any, str], str]] = {
    "approve": _approve,
    "reject": _reject,
    "withdraw": _withdraw,
}


def _decide(action: str, revision: Revision, request: HttpRequest) -> str:
    if action not in _DECISIONS:
        raise TermbookError("Choose what to do: approve, reject or withdraw.")
    return _DECISIONS[action](revision, request.user, remark(request.POST, "remark"))


def _review(request: HttpRequest, revision: Revision) -> dict[str, Any]:
    """Return what the page of a text says of it."""
    term, content = revision.term, revision.content
    against = _compared_with(request, revision)
    rendered = publishing.render(content["definition"], prefix="preview")
    checks = checking.check(content, term=term)
    conflict = conflict_of(revision, term.live_revision)
    may = {action: workflow.may(request.user, action, revision=revision) for action in _DECISIONS}
    return {
        "revision": revision,
        "term": term,
        "name": _name(revision),
        "against": against,
        "comparisons": _comparisons(revision),
        "changes": revisions.difference(against.content if against else revisions.EMPTY, content),
        "preview_html": rendered.html,
        "checks": checks,
        "conflict": conflict,
        "may_approve": may["approve"] and not checks.blocking and conflict is None,
        "is_held_up": may["approve"] and bool(checks.blocking or conflict),
        "may_reject": may["reject"],
        "may_withdraw": may["withdraw"],
        "may_correct": workflow.may(request.user, "propose", revision=revision) and term.status not in _GONE,
        "was_sent_back": revision.state in _SENT_BACK and revision.author_id == request.user.pk,
        "is_own_work": _is_own_work(request.user, revision),
        "previous": _neighbour(revision, forwards=False),
        "next": _neighbour(revision, forwards=True),
    }


_SENT_BACK = frozenset({Revision.State.REJECTED, Revision.State.WITHDRAWN})
_GONE = frozenset({Term.Status.MERGED, Term.Status.REMOVED})


def _comparisons(revision: Revision) -> list[tuple[str, Revision]]:
    """Return what this text can be held against, with how to call it."""
    found = [("the text it is based on", revision.based_on), ("the text it corrects", revision.supersedes)]
    live = revision.term.live_revision
    if live is not None and live.number < revision.number and live.pk != revision.based_on_id:
        found.append(("what readers see now", live))
    return [(label, other) for label, other in found if other is not None]


def _compared_with(request: HttpRequest, revision: Revision) -> Revision | None:
    wanted = number(request.GET.get("against"))
    others = [other for _, other in _comparisons(revision)]
    return next((other for other in others if other.number == wanted), revision.based_on)


def _is_own_work(user: Any, revision: Revision) -> bool:
    """Say whether four eyes is what keeps this person from deciding."""
    is_waiting = revision.state == Revision.State.PROPOSED and user.has_perm("terms.review_term")
    return is_waiting and not workflow.may(user, "approve", revision=revision)


def _neighbour(revision: Revision, *, forwards: bool) -> Revision | None:
    """Return the proposal that waits just longer, or just shorter, than this one."""
    sign = "gt" if forwards else "lt"
    order = ["created_at", "pk"] if forwards else ["-created_at", "-pk"]
    later = Q(**{f"created_at__{sign}": revision.created_at})
    same_moment = Q(created_at=revision.created_at, **{f"pk__{sign}": revision.pk})
    waiting = Revision.objects.filter(state=Revision.State.PROPOSED).exclude(pk=revision.pk)
    return waiting.filter(later | same_moment).order_by(*order).defer("content").first()


def _address_after(action: str, revision: Revision) -> str:
    """Return where to go on: after a decision at the next proposal, or back at the empty queue."""
    following = revision if action == "withdraw" else _neighbour(revision, forwards=True)
    if following is None:
        return reverse("admin:terms_revision_changelist")
    return reverse("admin:terms_revision_change", args=[following.pk])
