"""Texts from files: given, shown row by row, corrected, brought in, taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from .. import formats, importing, linking, workflow
from ..errors import TermbookError
from ..formats.packed import LARGEST_PACK
from ..formats.record import LONGEST_SHORT_DEFINITION
from ..models import Alias, ImportBatch, ImportRow, Revision
from ..web import status_code
from . import import_rows
from .desk import Desk, moment

ROWS_PER_PAGE = 50
MOST_PROPOSED_AT_ONCE = 500
_PASTED = "pasted text"
_State, _Action, _Outcome = ImportBatch.State, ImportRow.Action, ImportRow.Outcome


@admin.register(ImportBatch)
class ImportBatchAdmin(Desk):
    """Which files were read when, what they said, and what came of it."""

    list_title = "Imports"
    item_names = ("import", "imports")
    list_display = ("name", "read_as", "state", "outcome", "by", "when", "terms_link")
    list_filter = ("state", "format")
    list_select_related = ("by",)
    date_hierarchy = "at"
    search_fields = ("file_name", "source")
    search_help_text = "Search by file or source"
    actions = None

    def get_urls(self) -> list[URLPattern]:
        def address(part: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
            return path(
                f"<int:batch_id>/{part}", self.admin_site.admin_view(view), name=f"terms_importbatch_{name}"
            )

        return [
            address("rows/", self.choose, "choose"),
            address("rows/<int:row_id>/", self.correct, "row"),
            address("plan/", self.plan_again, "plan"),
            address("start/", self.start, "start"),
            address("go-on/", self.go_on, "go_on"),
            address("stop/", self.stop, "stop"),
            address("forget/", self.forget, "forget"),
            address("propose/", self.propose, "propose"),
            address("undo/", self.undo, "undo"),
            *super().get_urls(),
        ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("terms.edit_term")

    @admin.display(description="file", ordering="file_name")
    def name(self, batch: ImportBatch) -> str:
        return batch.file_name

    @admin.display(description="read as", ordering="format")
    def read_as(self, batch: ImportBatch) -> str:
        return _read_as(batch)

    @admin.display(description="when", ordering="at")
    def when(self, batch: ImportBatch) -> str:
        return moment(batch.at)

    @admin.display(description="outcome")
    def outcome(self, batch: ImportBatch) -> str:
        return _counted(batch.outcomes or batch.counts) or "nothing"

    @admin.display(description="terms")
    def terms_link(self, batch: ImportBatch) -> str:
        if not batch.outcomes:
            return "–"
        address = reverse("admin:terms_term_changelist")
        return format_html('<a href="{}?batch={}">Show its terms</a>', address, batch.pk)

    # --- Given ---

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Take files or a pasted text, and show what they say."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        refusal, status = "", 200
        if request.method == "POST":
            try:
                batch = importing.prepare(_given(request), by=request.user, options=_options(request))
            except TermbookError as said_no:
                refusal, status = said_no.message, status_code(said_no)
            else:
                return HttpResponseRedirect(_address("change", batch.pk))
        context = {
            "refusal": refusal,
            "typed": request.POST,
            "had_files": bool(request.FILES),
            "formats": [(name, known.title) for name, known in formats.FORMATS.items()],
            "may_publish": request.user.has_perm("terms.publish_import"),
        }
        return self.page(request, "admin/terms/import_new.html", title="Import", status=status, **context)

    # --- Shown ---

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show what an import will do, does, or did."""
        batch = self._batch(request, int(object_id) if object_id.isdecimal() else 0)
        return self._show(request, batch)

    def _show(
        self, request: HttpRequest, batch: ImportBatch, *, refusal: str = "", status: int = 200
    ) -> HttpResponse:
        views = import_rows.views(batch)
        chosen = import_rows.view_of(views, request.GET.get("show", ""))
        to_look_at = next((view for view in views if view.key == import_rows.TO_LOOK_AT), None)
        page = Paginator(chosen.rows, ROWS_PER_PAGE).get_page(request.GET.get("page"))
        rows = import_rows.shown(page, by=request.user) if batch.state != _State.RUNNING else []
        may_edit = self.has_add_permission(request)
        is_open = batch.state == _State.PREPARED and may_edit
        context = {
            "batch": batch,
            "refusal": refusal,
            "read_as": _read_as(batch),
            "counted": _counted(batch.counts),
            "came_of_it": _outcome(batch),
            "views": views,
            "chosen": chosen,
            "page": page,
            "rows": rows,
            "has_alike": any(row.may_be_alike for row in rows),
            "first_to_look_at": to_look_at.rows.first() if to_look_at and is_open else None,
            "to_look_at": to_look_at,
            "options": importing.options_of(batch),
            "is_open": is_open,
            "to_do": _to_do(batch).count() if is_open else 0,
            "token": importing.token(batch, request.user) if is_open else "",
            "may_edit": may_edit,
            "may_publish": request.user.has_perm("terms.publish_import"),
            "may_undo": importing.may_undo(batch, request.user),
            "may_go_on": may_edit and (batch.state == _State.CANCELLED or importing.is_silent(batch)),
            "drafts": _drafts(batch).count() if may_edit else 0,
            "most_proposed": MOST_PROPOSED_AT_ONCE,
        }
        return self.page(
            request, "admin/terms/import_batch.html", title=batch.file_name, status=status, **context
        )

    # --- Corrected ---

    def choose(self, request: HttpRequest, batch_id: int) -> HttpResponse:
        """Decide on the rows that were chosen, on one of them, or on all that are shown under a name."""
        batch = self._batch_to_change(request, batch_id)
        deed = next((deed for deed in import_rows.DEEDS if deed in request.POST), "")
        if request.method == "POST" and not deed:
            # Enter on a tick presses the first button, which is there to do nothing.
            return HttpResponseRedirect(f"{_address('change', batch.pk)}?{request.GET.urlencode()}")
        which = request.POST.get(deed, "chosen")
        view = import_rows.view_of(import_rows.views(batch), request.GET.get("show", ""))
        some = list(view.rows)
        if which != "all":
            wanted = _numbers([which] if which != "chosen" else request.POST.getlist("row"))
            some = list(importing.rows(batch).filter(pk__in=wanted))

        def act() -> str:
            done = import_rows.decide(deed, some, by=request.user)
            return done or ("" if some else "No row is chosen.")

        one = some[0] if which.isdecimal() and some else None
        to = ""
        if deed == import_rows.TAKES_FOR_ALIKE and some:
            # What it now changes in that term is to be seen.
            to = _address("row", batch.pk, one.pk) if one else f"{_address('change', batch.pk)}?show=update"
        return self._do(request, batch, act, to=to, at=one)

    def correct(self, request: HttpRequest, batch_id: int, row_id: int) -> HttpResponse:
        """Show one row whole, and let it say something else than the file."""
        batch = self._batch(request, batch_id)
        row = importing.rows(batch).filter(pk=row_id).first()
        if row is None:
            raise Http404("There is no such row.")
        views = import_rows.views(batch)
        view = import_rows.view_of(views, request.GET.get("show", ""))
        refusal, status = "", 200
        if request.method == "POST":
            if not self.has_add_permission(request):
                raise PermissionDenied
            try:
                messages.success(request, _made_of(row, request.POST, request.user))
            except TermbookError as said_no:
                refusal, status = said_no.message, status_code(said_no)
            else:
                return HttpResponseRedirect(_after(request, batch, row, view))
        context = self._context_of_row(request, row, view, is_refused=bool(refusal))
        title = context["record"].name or f"Row {row.position + 1}"
        return self.page(
            request,
            "admin/terms/import_row.html",
            title=title,
            status=status,
            batch=batch,
            refusal=refusal,
            **context,
        )

    def _context_of_row(
        self, request: HttpRequest, row: ImportRow, view: import_rows.View, *, is_refused: bool
    ) -> dict[str, Any]:
        item = importing.item_of(row)
        [shown] = import_rows.shown([row], by=request.user)
        alike = import_rows.look_alikes(row)
        # A text links its own name nowhere, once it is public.
        own = row.term or next((term for term in alike if term.name == item.record.name), None)
        definition = item.record.definition
        return {
            "row": row,
            "shown": shown,
            "record": item.record,
            "further": dict(item.record.further),
            "definition_html": linking.preview(definition, term=own) if definition else "",
            "alike": alike,
            "typed": import_rows.typed(request.POST)
            if is_refused
            else import_rows.as_typed(row, item.record),
            "decided": item.term,
            "kinds": ", ".join(kind.replace("_", " ") for kind in Alias.Kind.values),
            "longest": LONGEST_SHORT_DEFINITION,
            "is_open": row.batch.state == _State.PREPARED and self.has_add_permission(request),
            "view": view,
            "place": view.rows.filter(position__lte=row.position).count(),
            "following": view.after(row),
            "previous": view.before(row),
        }

    def plan_again(self, request: HttpRequest, batch_id: int) -> HttpResponse:
        """Compare all rows with the glossary of now, perhaps with other options."""
        batch = self._batch_to_change(request, batch_id)
        options = _options(request) if "_options" in request.POST else None

        def act() -> str:
            importing.plan_again(batch, by=request.user, options=options)
            return "Compared with the glossary as it is now."

        return self._do(request, batch, act)

    # --- Carried out ---

    def start(self, request: HttpRequest, batch_id: int) -> HttpResponse:
        """Bring in what was shown."""
        batch = self._batch_to_change(request, batch_id)
        token = request.POST.get("token", "")

        def act() -> str:
            importing.start(batch, token, by=request.user)
            return ""

        return self._do(request, batch, act)

    def go_on(self, request: HttpRequest, batch_id: int) -> HttpResponse:
        """Do what is left of an import that was stopped."""
        batch = self._batch_to_change(request, batch_id)

        def act() -> str:
            importing.go_on_later(batch, by=request.user)
            return ""

        return self._do(request, batch, act)

    def stop(self, request: HttpRequest, batch_id: int) -> HttpResponse:
        """Stop an import that runs; what is done stays."""
        batch = self._batch_to_change(request, batch_id)

        def act() -> str:
            importing.cancel(batch, by=request.user)
            return ""

        return self._do(request, batch, act)

    def forget(self, request: HttpRequest, batch_id: int) -> HttpResponse:
        """Throw away what was not carried out."""
        batch = self._batch_to_change(request, batch_id)

        def act() -> str:
            importing.forget(batch, by=request.user)
            return f"“{batch.file_name}” is thrown away; nothing was imported."

        return self._do(request, batch, act, to=reverse("admin:terms_importbatch_changelist"))

    def propose(self, request: HttpRequest, batch_id: int) -> HttpResponse:
        """Hand the drafts that an import made over to the reviewers."""
        batch = self._batch_to_change(request, batch_id)

        def act() -> str:
            comment = f"Import of {batch.file_name}."
            wishes = [
                workflow.Wish(draft.term_id, draft.number, {}, comment)
                for draft in _drafts(batch)[:MOST_PROPOSED_AT_ONCE]
            ]
            written = workflow.propose_all(wishes, by=request.user)
            refused = [one for one in written if isinstance(one, TermbookError)]
            count = len(written) - len(refused)
            said = f"{count:,} draft{'' if count == 1 else 's'} proposed; a reviewer decides."
            return f"{said} {len(refused):,} not: {refused[0].message}" if refused else said

        return self._do(request, batch, act)

    def undo(self, request: HttpRequest, batch_id: int) -> HttpResponse:
        """Show what undoing an import would do, and undo it."""
        batch = self._batch(request, batch_id)
        preview, refusal, status = None, "", 200
        try:
            if request.method == "POST":
                importing.undo(batch, request.POST.get("token", ""), by=request.user)
                messages.success(request, f"“{batch.file_name}” is undone, as far as that could be.")
                return HttpResponseRedirect(_address("change", batch.pk))
            preview = importing.undo_preview(batch, by=request.user)
        except TermbookError as said_no:
            refusal, status = said_no.message, status_code(said_no)
        context = {
            "batch": batch,
            "refusal": refusal,
            "preview": preview,
            "staying": [told for told in preview.rows if not told.is_done] if preview else [],
            "going": [told for told in preview.rows if told.is_done] if preview else [],
        }
        title = f"Undo the import of {batch.file_name}"
        return self.page(request, "admin/terms/import_undo.html", title=title, status=status, **context)

    # --- Shared ---

    def _batch(self, request: HttpRequest, batch_id: int) -> ImportBatch:
        if not self.has_view_permission(request):
            raise PermissionDenied
        batch = ImportBatch.objects.select_related("by", "operation").filter(pk=batch_id).first()
        if batch is None:
            raise Http404("There is no such import.")
        return batch

    def _batch_to_change(self, request: HttpRequest, batch_id: int) -> ImportBatch:
        batch = self._batch(request, batch_id)
        if not self.has_add_permission(request):
            raise PermissionDenied
        return batch

    def _do(
        self,
        request: HttpRequest,
        batch: ImportBatch,
        act: Callable[[], str],
        *,
        to: str = "",
        at: ImportRow | None = None,
    ) -> HttpResponse:
        """Do it and go back to where the button stood, or show the page with what a rule said."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            said = act()
        except TermbookError as refusal:
            batch.refresh_from_db()
            return self._show(request, batch, refusal=refusal.message, status=status_code(refusal))
        if said:
            messages.success(request, said)
        query = request.META.get("QUERY_STRING", "")
        back = f"{_address('change', batch.pk)}{f'?{query}' if query else ''}"
        return HttpResponseRedirect(to or f"{back}{_place(request, batch, at)}")


def _address(name: str, *parts: int) -> str:
    return reverse(f"admin:terms_importbatch_{name}", args=parts)


def _place(request: HttpRequest, batch: ImportBatch, row: ImportRow | None) -> str:
    """Return where to go on: at this row, or after it where it is not shown any more."""
    if row is None:
        return ""
    view = import_rows.view_of(import_rows.views(batch), request.GET.get("show", ""))
    there = view.rows.filter(position__gte=row.position).first() or view.rows.last()
    return f"#row-{there.pk}" if there else ""


def _numbers(values: Iterable[str]) -> list[int]:
    return [int(value) for value in values if value.isdecimal() and len(value) < 19]


# --- What is given -------------------------------------------------------------------------------


def _given(request: HttpRequest) -> list[importing.GivenFile]:
    """Return the files of a form, or what was pasted into it."""
    # No more in memory than what is read anyway: the reader refuses what is larger.
    files = [
        importing.GivenFile(file.name or _PASTED, file.read(LARGEST_PACK + 1))
        for file in request.FILES.getlist("files")
    ]
    pasted = request.POST.get("text", "")
    if pasted.strip():
        name = request.POST.get("source", "").strip() or _PASTED
        files.append(importing.GivenFile(name, pasted.encode("utf-8", "replace")))
    return files


def _options(request: HttpRequest) -> importing.Options:
    data = request.POST
    return importing.Options(
        format=data.get("format", ""),
        clear_empty="clear_empty" in data,
        all_or_nothing="all_or_nothing" in data,
        publish="publish" in data,
        source=data.get("source", "").replace("\x00", "").strip()[:300],
    )


# --- What is told --------------------------------------------------------------------------------


def _read_as(batch: ImportBatch) -> str:
    """Return the formats that were found, in words."""
    titles = {name: known.title for name, known in formats.FORMATS.items()}
    return "; ".join(titles.get(name, name) for name in batch.format.split(", "))


# Of one, and of several.
_WORDS = {
    _Action.CREATE: ("new", "new"),
    _Action.UPDATE: ("changed", "changed"),
    _Action.CONFLICT: ("in conflict", "in conflict"),
    _Action.INVALID: ("that cannot be used", "that cannot be used"),
    _Outcome.CREATED: ("new draft", "new drafts"),
    _Outcome.SAVED: ("draft changed", "drafts changed"),
    _Outcome.PROPOSED: ("change proposed", "changes proposed"),
    import_rows.LEFT_OUT: ("left out", "left out"),
}


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(
        f"{count:,} {_WORDS.get(what, (what, what))[count != 1]}" for what, count in counts.items() if count
    )


def _outcome(batch: ImportBatch) -> str:
    if not batch.outcomes:
        return (
            "Nothing of it is imported yet; it can be gone on with."
            if batch.state == _State.CANCELLED
            else ""
        )
    began = {
        _State.UNDONE: "Undone. Imported before",
        _State.CANCELLED: "What is done stays, and can be undone. Imported so far",
    }
    return f"{began.get(_State(batch.state), 'Imported')}: {_counted(batch.outcomes)}."


def _to_do(batch: ImportBatch) -> QuerySet[ImportRow]:
    return importing.rows(batch).filter(action__in=ImportRow.WORK, is_left_out=False)


def _drafts(batch: ImportBatch) -> QuerySet[Revision]:
    """Return the drafts that an import made and that nobody proposed yet."""
    made = ImportRow.objects.filter(batch=batch, outcome=_Outcome.CREATED).values("term")
    return Revision.objects.filter(term__in=made, state=Revision.State.DRAFT).order_by("pk")


def _made_of(row: ImportRow, data: Mapping[str, str], by: Any) -> str:
    """Make of a row what the form says; return what became of it as a sentence."""
    deed = next((deed for deed in import_rows.DEEDS if deed in data), "")
    number = f"Row {row.position + 1:,}"
    if deed:
        import_rows.decide(deed, [row], by=by)
        return f"{number} is {import_rows.DEEDS[deed][1]}."
    planned = importing.correct(row, import_rows.corrections(data, row), by=by)
    if not planned.corrections and planned.action in ImportRow.WORK:
        planned = import_rows.settle(planned, by=by)
        return f"{number} stays as it is: {planned.get_action_display().lower()}."
    return f"{number} is planned anew: {planned.get_action_display().lower()}."


def _after(request: HttpRequest, batch: ImportBatch, row: ImportRow, view: import_rows.View) -> str:
    """Return where to go on after a row: at the row itself, at the next one, or at the list."""
    query = f"?show={view.key}" if view.key else ""
    if "_save" in request.POST:
        return f"{_address('row', batch.pk, row.pk)}{query}"
    following = view.after(row)
    if following is None:
        return _address("change", batch.pk)
    return f"{_address('row', batch.pk, following.pk)}{query}"
