"""Proposed merges and splits: the list of them, and the page on which somebody decides about one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html

from .. import linking, merging, revisions, workflow
from ..errors import TermbookError
from ..merging import Preview, SplitPreview
from ..models import MergeProposal, Term
from ..revisions import LABELS
from ..web import status_code
from . import marked, merge_impact, split_impact
from .desk import Desk, moment, number, remark
from .proposals import StateFilter


class ProposalStateFilter(StateFilter):
    """What became of a proposal; the list begins with what waits for a decision."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [*MergeProposal.State.choices, (self.everything, "All")]


class TermFilter(admin.SimpleListFilter):
    """What was proposed about one term; it is reached from the page of the term."""

    title, parameter_name = "term", "term"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        wanted = number(request.GET.get(self.parameter_name))
        found = Term.objects.visible_to(request.user).filter(pk=wanted) if wanted else Term.objects.none()
        return [(str(term.pk), term.full_name) for term in found]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        wanted = number(self.value())
        return queryset if wanted is None else queryset.filter(terms=wanted)


@admin.register(MergeProposal)
class MergeProposalAdmin(Desk):
    """Merges and splits that a second person has to agree to."""

    list_title = "Proposed merges and splits"
    item_names = ("proposal", "proposals")
    list_display = ("names", "what", "who", "when", "comment", "standing", "reviewer")
    list_filter = (ProposalStateFilter, "kind", TermFilter)
    list_select_related = ("by", "reviewer")
    search_fields = ("terms__name", "by__username")
    search_help_text = "Search by term or by person"
    ordering = ("at", "pk")
    actions = None

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("terms")

    @admin.display(description="what", ordering="kind")
    def what(self, proposal: MergeProposal) -> str:
        return proposal.get_kind_display()

    @admin.display(description="terms")
    def names(self, proposal: MergeProposal) -> str:
        return ", ".join(term.full_name for term in proposal.terms.all())

    @admin.display(description="by", ordering="by")
    def who(self, proposal: MergeProposal) -> str:
        return str(proposal.by)

    @admin.display(description="proposed", ordering="at")
    def when(self, proposal: MergeProposal) -> str:
        return moment(proposal.at)

    @admin.display(description="state", ordering="state")
    def standing(self, proposal: MergeProposal) -> str:
        return proposal.get_state_display()

    # The page of one

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show what a proposal would do now, and take the decision on exactly that."""
        proposal = self._find(request, number(object_id))
        refusal, status = "", 200
        if request.method == "POST":
            try:
                done = _act(request, proposal)
            except TermbookError as said_no:
                refusal, status = said_no.message, status_code(said_no)
            else:
                messages.success(request, done)
                return HttpResponseRedirect(address_of(proposal))
            proposal = self._find(request, proposal.pk)
        context = {
            **_what_it_does(proposal, request.user),
            "proposal": proposal,
            "may": _rights(proposal, request.user),
            "is_own": proposal.by == request.user,
            "typed": remark(request.POST, "remark"),
            "refusal": refusal,
        }
        title = f"{proposal.get_kind_display()} proposed by {proposal.by}"
        return self.page(request, "admin/terms/merge_proposal.html", title=title, status=status, **context)

    def _find(self, request: HttpRequest, pk: int | None) -> MergeProposal:
        if not self.has_view_permission(request):
            raise PermissionDenied
        proposal = merging.visible_proposals(request.user).filter(pk=pk or 0).first()
        if proposal is None:
            raise Http404("There is no such proposal.")
        return proposal


def address_of(proposal: MergeProposal) -> str:
    """Return where a proposal is decided on."""
    return reverse("admin:terms_mergeproposal_change", args=[proposal.pk])


# --- What can be done here -----------------------------------------------------------------------


def _act(request: HttpRequest, proposal: MergeProposal) -> Any:
    """Do what the pressed button asks for, and say what was done."""
    action = next((name for name in _ACTIONS if f"_{name}" in request.POST), "")
    if not action:
        raise TermbookError("Choose what to do with this proposal.")
    return _ACTIONS[action](proposal, request.user, request.POST)


def _approve(proposal: MergeProposal, by: Any, data: Any) -> Any:
    operation = merging.approve_proposal(
        proposal.pk, by=by, comment=remark(data, "remark"), token=data.get("token", "")
    )
    address = reverse("admin:terms_operation_change", args=[operation.pk])
    return format_html('The {} is done. <a href="{}">What it did</a>', proposal.kind, address)


def _reject(proposal: MergeProposal, by: Any, data: Any) -> str:
    merging.reject_proposal(proposal.pk, by=by, reason=remark(data, "remark"))
    return f"Rejected. {proposal.by} hears of it."


def _withdraw(proposal: MergeProposal, by: Any, data: Any) -> str:
    merging.withdraw_proposal(proposal.pk, by=by, comment=remark(data, "remark"))
    return "Withdrawn."


def _refresh(proposal: MergeProposal, by: Any, data: Any) -> str:
    merging.refresh_proposal(proposal.pk, by=by)
    return "Brought up to date: this is what it would do now."


_ACTIONS: dict[str, Callable[[MergeProposal, Any, Any], Any]] = {
    "approve": _approve,
    "reject": _reject,
    "withdraw": _withdraw,
    "refresh": _refresh,
}


def _rights(proposal: MergeProposal, by: Any) -> dict[str, bool]:
    return {
        "approve": merging.may_approve(proposal, by),
        "reject": merging.may_reject(proposal, by),
        "withdraw": merging.may_withdraw(proposal, by),
        "refresh": merging.may_refresh(proposal, by),
    }


# --- What it would do ----------------------------------------------------------------------------


def _what_it_does(proposal: MergeProposal, by: Any) -> dict[str, Any]:
    """Return what a proposal that waits would do now, or what hinders it; of others, what was written."""
    if proposal.state != MergeProposal.State.PROPOSED:
        return {"written": _written(proposal)}
    try:
        shown = merging.preview_of(proposal, by)
    except TermbookError as hindrance:
        return {"hindrance": hindrance.message, "written": _written(proposal)}
    common = {
        "shown": shown,
        "is_stale": merging.is_stale(proposal, shown),
        "is_public": merging.terms_of(shown)[0].is_public,
    }
    return common | (_of_merge(shown) if isinstance(shown, Preview) else _of_split(shown))


def _of_merge(shown: Preview) -> dict[str, Any]:
    before = shown.texts[shown.kept.pk]
    return {
        "kept": shown.kept,
        "changes": marked.difference(before, shown.content),
        "results": [_result(shown.content, shown.kept)],
        "groups": merge_impact.groups(shown),
    }


def _of_split(shown: SplitPreview) -> dict[str, Any]:
    return {
        "kept": shown.term,
        "changes": marked.difference(shown.before, shown.stays),
        "part": revisions.full_name(shown.part),
        "part_changes": marked.difference(revisions.EMPTY, shown.part),
        "results": [_result(shown.stays, shown.term), _result(shown.part, None)],
        "groups": split_impact.groups(shown),
    }


def _result(content: revisions.Content, term: Term | None) -> dict[str, Any]:
    return {
        "name": revisions.full_name(content),
        "html": linking.preview(content["definition"], term=term),
        "address": workflow.address_of(content),
    }


def _written(proposal: MergeProposal) -> list[tuple[str, str]]:
    """Return the texts that stand in a proposal itself: they are nowhere else when it was not carried out."""
    sides: Mapping[str, Any] = {
        "": proposal.wish.get("content"),
        "What stays: ": proposal.wish.get("stays"),
        "The part: ": proposal.wish.get("part"),
    }
    return [
        (f"{side}{LABELS[field]}", content[field])
        for side, content in sides.items()
        for field in ("name", "qualifier", "short_definition", "definition")
        if content and isinstance(content.get(field), str) and content[field].strip()
    ]
