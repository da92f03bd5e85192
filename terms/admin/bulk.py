"""One change for many terms: chosen in the list, shown before it is done, undone as one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path, reverse

from .. import bulk, merging
from ..errors import InvalidContent, TermbookError
from ..models import ImportBatch, Operation, Tag, Term
from ..web import status_code
from . import merge_told
from .desk import Desk, moment, number, remark

# --- From the list to the form, the preview and the change ---------------------------------------


@admin.action(description="Change the chosen terms …", permissions=["bulk"])
def change_chosen(desk: Desk, request: HttpRequest, queryset: Any) -> HttpResponse | None:
    """Ask what is to be changed in the terms that were ticked, or in all that the filters leave."""
    ids = list(queryset.order_by("pk").values_list("pk", flat=True))
    if len(ids) > bulk.MOST_TERMS:
        messages.error(
            request,
            f"{len(ids):,} terms are chosen; at most {bulk.MOST_TERMS} can be changed at once. "
            "Narrow the list with its filters.",
        )
        return None
    return _form(desk, request, ids, {})


def change(desk: Desk, request: HttpRequest) -> HttpResponse:
    """Show what the change would do, and then do it."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if not request.user.has_perm("terms.edit_term"):
        raise PermissionDenied
    ids = [pk for pk in map(number, request.POST.getlist("term")) if pk is not None]
    wanted = _read(request)
    try:
        if "_carry_out" in request.POST:
            return _carry_out(desk, request, ids, wanted)
        if "_preview" in request.POST:
            return _preview(desk, request, ids, wanted)
    except TermbookError as refusal:
        return _form(desk, request, ids, request.POST, refusal)
    return _form(desk, request, ids, request.POST)


def _read(request: HttpRequest) -> bulk.BulkChange:
    data = request.POST
    return bulk.BulkChange(
        add_tags=tuple(tag for tag in map(str.strip, remark(data, "add_tags").split(",")) if tag),
        remove_tags=tuple(data.getlist("remove_tags")),
        action=data.get("action", ""),
        reason=remark(data, "reason"),
        successors=tuple(line.strip() for line in remark(data, "successors").splitlines() if line.strip()),
        comment=remark(data, "comment"),
    )


def _form(
    desk: Desk, request: HttpRequest, ids: list[int], typed: Any, refusal: TermbookError | None = None
) -> HttpResponse:
    terms = Term.objects.visible_to(request.user).filter(pk__in=ids)
    has_tag = Tag.objects.filter(terms_taggedterm_items__content_object__in=terms)
    context = {
        "ids": ids,
        "names": list(terms.only("name", "qualifier", "sort_key", "qualifier_key")[:_NAMES_SHOWN]),
        "more": max(0, len(ids) - _NAMES_SHOWN),
        "tags_to_remove": has_tag.annotate(uses=Count("pk")).order_by("name"),
        "tags_in_use": Tag.objects.with_public_counts().order_by("name").values_list("name", flat=True),
        "chosen_tags": request.POST.getlist("remove_tags"),
        "typed": typed,
        "may_decide": request.user.has_perm("terms.review_term"),
        "refusal": refusal.message if refusal else "",
        "problems": refusal.problems if isinstance(refusal, InvalidContent) else {},
    }
    title = f"Change {_terms(len(ids))}"
    status = status_code(refusal) if refusal else 200
    return desk.page(request, "admin/terms/bulk.html", title=title, status=status, **context)


_NAMES_SHOWN = 12


def _preview(
    desk: Desk, request: HttpRequest, ids: list[int], wanted: bulk.BulkChange, refusal: str = ""
) -> HttpResponse:
    preview = bulk.preview(ids, wanted, request.user)
    context = {
        "preview": preview,
        "groups": _groups(preview.rows, _TO_DO),
        "wanted": wanted,
        "deed": _deed(preview.rows),
        "again": [(key, value) for key in _FIELDS for value in request.POST.getlist(key)],
        "refusal": refusal,
    }
    title = f"Preview: {preview.count:,} of {_terms(len(preview.rows))}"
    status = 409 if refusal else 200
    return desk.page(request, "admin/terms/bulk_preview.html", title=title, status=status, **context)


# What the form sends, and the preview sends again.
_FIELDS = ("term", "add_tags", "remove_tags", "action", "reason", "successors", "comment")


def _carry_out(desk: Desk, request: HttpRequest, ids: list[int], wanted: bulk.BulkChange) -> HttpResponse:
    try:
        outcome = bulk.carry_out(ids, wanted, request.POST.get("token", ""), request.user)
    except InvalidContent:
        raise
    except TermbookError as refusal:
        return _preview(desk, request, ids, wanted, refusal.message)
    if outcome.operation is None:
        said = "Nothing was changed: the terms were changed by others meanwhile. This is how they are now."
        return _preview(desk, request, ids, wanted, said)
    messages.success(request, f"Done: {_told(outcome.rows, _HOW_DONE)}.")
    return HttpResponseRedirect(_address(outcome.operation.pk))


def _groups(rows: Iterable[bulk.Row], titles: tuple[str, str, str]) -> list[tuple[str, list[bulk.Row]]]:
    """Return the rows that change, those that are refused and those with nothing to do, under titles."""
    rows = list(rows)
    members = (
        [row for row in rows if row.is_done],
        [row for row in rows if row.outcome == bulk.REFUSED],
        [row for row in rows if row.outcome == bulk.UNCHANGED],
    )
    return [(title, group) for title, group in zip(titles, members, strict=True) if group]


_TO_DO = ("To do", "Refused", "Already so")
_DONE = ("Done", "Refused", "Was so already")
_TO_UNDO = ("Will be undone", "Stays as it is", "Nothing is left to undo")
_UNDONE = ("Undone", "Stayed as it was", "Nothing was left to undo")


def _deed(rows: Iterable[bulk.Row]) -> str:
    """Return what the button does that carries these rows out."""
    done = [row.outcome for row in rows if row.is_done]
    proposals = done.count(bulk.PROPOSAL)
    if not proposals:
        return f"Change {_terms(len(done))}"
    if proposals == len(done):
        return f"Propose for {_terms(proposals)}"
    return f"Change {_terms(len(done) - proposals)}, propose for {proposals:,}"


def _told(rows: Iterable[bulk.Row], words: Mapping[str, str]) -> str:
    """Return how many terms came to which end: `2 changed, 8 proposed`."""
    ends = Counter(words[row.outcome] for row in rows if row.outcome in words)
    return ", ".join(f"{ends[end]:,} {end}" for end in dict.fromkeys(words.values()) if ends[end])


_HOW_DONE = {bulk.NOW: "changed", bulk.DRAFT: "changed", bulk.PROPOSAL: "proposed"}
_HOW_UNDONE = {
    bulk.TAKEN_BACK: "taken back",
    bulk.NOW: "changed back",
    bulk.DRAFT: "changed back",
    bulk.PROPOSAL: "proposed back",
    bulk.REFUSED: "left as it was",
    bulk.UNCHANGED: "had nothing left to undo",
}


def _terms(count: int) -> str:
    return "1 term" if count == 1 else f"{count:,} terms"


def _address(operation_id: int) -> str:
    return reverse("admin:terms_operation_change", args=[operation_id])


# --- What was done, and undoing it ---------------------------------------------------------------


@admin.register(Operation)
class OperationAdmin(Desk):
    """What was done to several terms at once, newest first."""

    list_title = "Operations"
    list_display = ("when", "what", "note", "who", "undone")
    list_filter = ("kind",)
    list_select_related = ("by", "undone_by")
    search_fields = ("note", "by__username")
    search_help_text = "Search by what was done, or by person"
    actions = None

    def get_urls(self) -> list[URLPattern]:
        undo = path(
            "<int:operation_id>/undo/", self.admin_site.admin_view(self.undo), name="terms_operation_undo"
        )
        return [undo, *super().get_urls()]

    @admin.display(description="when", ordering="at")
    def when(self, operation: Operation) -> str:
        return moment(operation.at)

    @admin.display(description="what", ordering="kind")
    def what(self, operation: Operation) -> str:
        return operation.get_kind_display()

    @admin.display(description="by", ordering="by")
    def who(self, operation: Operation) -> str:
        return str(operation.by)

    @admin.display(description="undone", ordering="undone_at")
    def undone(self, operation: Operation) -> str:
        return f"{moment(operation.undone_at)} by {operation.undone_by}" if operation.undone_at else "–"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show what an operation did to each term, and what became of it when it was undone."""
        operation = self._operation(request, number(object_id))
        if operation.kind in merge_told.KINDS:
            context = {
                "operation": operation,
                "told": merge_told.told(operation),
                "may_undo": merging.may_undo(operation, request.user),
            }
            title = merge_told.title(operation)
            return self.page(request, "admin/terms/merge_done.html", title=title, **context)
        batch = ImportBatch.objects.filter(operation=operation).first()
        if batch is not None:
            return HttpResponseRedirect(reverse("admin:terms_importbatch_change", args=[batch.pk]))
        is_bulk = operation.kind == Operation.Kind.BULK_CHANGE
        undone = bulk.rows_of(operation, request.user, undone=True) if is_bulk else ()
        context = {
            "operation": operation,
            "groups": _groups(bulk.rows_of(operation, request.user), _DONE) if is_bulk else [],
            "undone": _groups(undone, _UNDONE),
            "may_undo": is_bulk and bulk.may_undo(operation, request.user),
        }
        return self.page(request, "admin/terms/operation.html", title=_title(operation), **context)

    def undo(self, request: HttpRequest, operation_id: int) -> HttpResponse:
        """Show what undoing an operation would do, and undo it."""
        operation = self._operation(request, operation_id)
        if operation.kind in merge_told.KINDS:
            return merge_told.undo(self, request, operation)
        batch = ImportBatch.objects.filter(operation=operation).first()
        if batch is not None:
            return HttpResponseRedirect(reverse("admin:terms_importbatch_undo", args=[batch.pk]))
        rows: tuple[bulk.Row, ...] = ()
        refusal, status = "", 200
        try:
            if request.method == "POST":
                outcome = bulk.undo(operation.pk, request.user)
                messages.success(request, f"Undone: {_told(outcome.rows, _HOW_UNDONE)}.")
                return HttpResponseRedirect(_address(operation.pk))
            rows = bulk.undo_preview(operation.pk, request.user)
        except TermbookError as said_no:
            refusal, status = said_no.message, status_code(said_no)
        context = {
            "operation": operation,
            "groups": _groups(rows, _TO_UNDO),
            "count": sum(row.is_done for row in rows),
            "refusal": refusal,
        }
        title = f"Undo: {_title(operation)}"
        return self.page(request, "admin/terms/operation_undo.html", title=title, status=status, **context)

    def _operation(self, request: HttpRequest, operation_id: int | None) -> Operation:
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = Operation.objects.select_related("by", "undone_by")
        operation = rows.filter(pk=operation_id).first()
        if operation is None:
            raise Http404("There is no such operation.")
        return operation


def _title(operation: Operation) -> str:
    return f"{operation.get_kind_display()} of {moment(operation.at)}"
