"""Terms: the list of all of them, the page on which a text is written, and decisions on a whole term."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, Count, Exists, OuterRef, Prefetch, Q, Subquery, Value, When
from django.db.models.functions import Coalesce, Lower
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
    JsonResponse,
)
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import Truncator

from .. import checking, collation, revisions, sheets, workflow
from ..errors import InvalidContent, StaleEdit, TermbookError
from ..models import Alias, ImportBatch, ImportedRecord, Revision, Tag, Term, UnsentText
from ..text import name_key
from ..web import status_code
from . import bulk, content_form, history, merging, pairs, plans, splitting, writing
from .desk import Desk, moment, number, remark
from .editing import Editing
from .filters import LookFilter

_EVENTS_SHOWN = 50
_BATCHES_SHOWN = 20
_CANDIDATES_NAMED = 10
_UNDECIDED = (Revision.State.PROPOSED, Revision.State.CHANGES_REQUESTED)


# --- Filters of the list -------------------------------------------------------------------------


class LetterFilter(admin.SimpleListFilter):
    """Where a name stands in the index."""

    title, parameter_name = "letter", "letter"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        letters = Term.objects.order_by().values_list("letter", flat=True).distinct()
        language = settings.LANGUAGE_CODE
        in_order = sorted(letters, key=lambda letter: collation.letter_order(letter, language))
        return [(letter, collation.letter_label(letter, language)) for letter in in_order]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(letter=self.value()) if self.value() else queryset


class TagFilter(admin.SimpleListFilter):
    """Terms under a tag."""

    title, parameter_name = "tag", "tag"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(Tag.objects.order_by(Lower("name")).values_list("slug", "name"))

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(tagged_items__tag__slug=self.value()) if self.value() else queryset


class FlagFilter(admin.SimpleListFilter):
    """Terms with something to look at."""

    title, parameter_name = "flags", "flagged"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("1", "With flags"), ("0", "Without flags")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        flagged = ~Q(problems=[]) | Exists(_flagged_records())
        if self.value() == "1":
            return queryset.filter(flagged)
        return queryset.exclude(flagged) if self.value() == "0" else queryset


class BatchFilter(admin.SimpleListFilter):
    """Terms that a file brought."""

    title, parameter_name = "import", "batch"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        batches = list(ImportBatch.objects.all()[:_BATCHES_SHOWN])
        wanted = number(request.GET.get(self.parameter_name))
        if wanted and wanted not in {batch.pk for batch in batches}:
            batches += ImportBatch.objects.filter(pk=wanted)
        return [(str(batch.pk), str(batch)) for batch in batches]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        batch = number(self.value())
        if batch is None:
            return queryset
        return queryset.filter(Exists(ImportedRecord.objects.filter(term=OuterRef("pk"), batch=batch)))


def _flagged_records() -> Any:
    return ImportedRecord.objects.filter(term=OuterRef("pk")).exclude(flags=[])


# --- Decisions on a whole term -------------------------------------------------------------------


@dataclass(frozen=True)
class Decision:
    """A change of the status of a term, as its confirmation page asks for it."""

    action: str
    rule: Callable[..., Term]
    title: str
    explanation: str
    done: str
    field: str
    label: str
    has_successors: bool = False
    # Plans the decision for a day, and says what is going to happen.
    later: Callable[..., str] | None = None
    is_bound: bool = False
    is_grave: bool = False


_DECISIONS = (
    Decision(
        "deprecate",
        workflow.deprecate,
        "Deprecate",
        "The page stays, with your reason and what to use instead. It can be reinstated.",
        "is deprecated",
        "reason",
        "Reason, for readers",
        has_successors=True,
        later=plans.plan_deprecation,
        is_bound=True,
    ),
    Decision(
        "reinstate",
        workflow.reinstate,
        "Reinstate",
        "The term is in use again. The reason for its deprecation and its successors go.",
        "is in use again",
        "comment",
        "Remark, for the history",
        is_bound=True,
    ),
    Decision(
        "remove",
        workflow.remove,
        "Remove from the site",
        "The address says from now on that the term is gone. Its text and history stay with you, "
        "and it can be restored.",
        "is removed",
        "reason",
        "Reason, for the history",
        is_bound=True,
        is_grave=True,
    ),
    Decision(
        "restore",
        workflow.restore,
        "Restore",
        "The term comes back as it was.",
        "is restored",
        "comment",
        "Remark, for the history",
    ),
    Decision(
        "discard_draft",
        workflow.discard_draft,
        "Discard the draft",
        "It was never public. A chief editor can restore it.",
        "is put away",
        "reason",
        "Reason, for the history",
        is_grave=True,
    ),
)


# --- The screens ---------------------------------------------------------------------------------


@admin.register(Term)
class TermAdmin(Desk):
    """All terms of every status, and the page of each."""

    list_display = ("full_name", "standing", "version", "open_proposals", "flags", "updated")
    list_filter = (
        "status",
        FlagFilter,
        LookFilter,
        history.ReviewFilter,
        TagFilter,
        LetterFilter,
        BatchFilter,
    )
    date_hierarchy = "updated_at"
    search_fields = ("name",)
    search_help_text = "Search by name or other name"
    ordering = ("sort_key", "qualifier_key", "pk")
    actions = (bulk.change_chosen, merging.merge_chosen)

    def has_bulk_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("terms.edit_term")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request) and workflow.may(request.user, "propose")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_add_permission(request)

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                f"<int:term_id>/{decision.action}/",
                self.admin_site.admin_view(self.decide),
                {"decision": decision},
                name=f"terms_term_{decision.action}",
            )
            for decision in _DECISIONS
        ]
        desk = [
            path(address, self.admin_site.admin_view(view), name=f"terms_term_{name}")
            for address, view, name in (
                ("add/keep/", self.keep, "keep_new"),
                ("add/preview/", self.preview, "preview_new"),
                ("<int:term_id>/keep/", self.keep, "keep"),
                ("<int:term_id>/preview/", self.preview, "preview"),
                ("throw_away/", self.throw_away, "throw_away"),
            )
        ]
        compare = self.admin_site.admin_view(partial(history.compare, self))
        own.append(path("<int:term_id>/compare/", compare, name="terms_term_compare"))
        change = self.admin_site.admin_view(partial(bulk.change, self))
        own.append(path("change_chosen/", change, name="terms_term_bulk"))
        workbench = self.admin_site.admin_view(partial(merging.workbench, self))
        own.append(path("merge/", workbench, name="terms_term_merge"))
        split = self.admin_site.admin_view(partial(splitting.split, self))
        own.append(path("<int:term_id>/split/", split, name="terms_term_split"))
        return [*own, *desk, *super().get_urls()]

    # The list

    def get_queryset(self, request: HttpRequest) -> Any:
        # Counted for the rows of a page only: a join would group the whole table first.
        undecided = Revision.objects.filter(term=OuterRef("pk"), state__in=_UNDECIDED).order_by()
        count = undecided.values("term").annotate(count=Count("pk")).values("count")
        return (
            Term.objects.visible_to(request.user)
            .annotate(
                proposals=Coalesce(Subquery(count), 0),
                is_rejected=Case(When(Term.objects.rejected_drafts(), Value(True)), default=Value(False)),
            )
            .prefetch_related(
                Prefetch("imported_records", ImportedRecord.objects.exclude(flags=[]).only("term", "flags"))
            )
            .defer("definition", "definition_html", "document")
        )

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Search the folded names; a name is found whatever its case, dashes and spaces."""
        key = name_key(search_term.replace("\0", ""))
        if not key:
            return queryset, False
        by_alias = Exists(Alias.objects.filter(term=OuterRef("pk"), name_key__contains=key))
        return queryset.filter(Q(name_key__contains=key) | by_alias), False

    @admin.display(description="name", ordering="sort_key")
    def full_name(self, term: Term) -> str:
        return term.full_name

    @admin.display(description="status", ordering="status")
    def standing(self, term: Term) -> str:
        return f"{term.get_status_display()} (rejected)" if term.is_rejected else term.get_status_display()

    @admin.display(description="proposals", ordering="proposals")
    def open_proposals(self, term: Term) -> str:
        return f"{term.proposals} open" if term.proposals else "–"

    @admin.display(description="updated", ordering="updated_at")
    def updated(self, term: Term) -> str:
        return moment(term.updated_at)

    @admin.display(description="flags")
    def flags(self, term: Term) -> str:
        sentences = [*term.problems, *_import_flags(term)]
        if not sentences:
            return "–"
        shown = Truncator(sentences[0]).chars(60)
        more = f" and {len(sentences) - 1} more" if len(sentences) > 1 else ""
        return format_html('<span class="flag">{}{}</span>', shown, more)

    # The page of a term

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Write a new term; `?kept=…` goes on with one that was typed and not sent."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        editing = Editing.begin(by=request.user, term=None, base=None)
        kept = writing.kept_text(request, None)
        if kept is not None:
            writing.go_on_with(editing, kept)
        return self._edit(request, editing)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show a term with everything known about it, and the form for its text.

        `?revision=3` works on that text, `?text_of=3` begins again with it on top of the live one,
        `?kept=…` goes on with what was typed and not sent.
        """
        term = self._term(request, number(object_id))
        kept = writing.kept_text(request, term)
        editing = Editing.begin(by=request.user, term=term, base=_base(request, term, kept))
        if kept is not None:
            writing.go_on_with(editing, kept)
        elif request.method != "POST" and "text_of" in request.GET:
            editing.begin_again_from(_revision(term, request.GET["text_of"]))
        return self._edit(request, editing)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Show the page of the term, on which its history stands."""
        return self.change_view(request, object_id)

    def _term(self, request: HttpRequest, term_id: int | None) -> Term:
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = Term.objects.visible_to(request.user).select_related("live_revision", "merged_into")
        term = rows.filter(pk=term_id).first()
        if term is None:
            raise Http404("There is no such term.")
        return term

    def _edit(self, request: HttpRequest, editing: Editing) -> HttpResponse:
        if request.method == "POST":
            writing.take_what_was_sent(editing, request.POST)
            editing.more = request.POST.get("_more", "")
            action = next((name for name in ("propose", "save_draft") if f"_{name}" in request.POST), "")
            if action:
                given, based_on = content_form.read(request.POST), number(request.POST.get("based_on"))
                revision = editing.send(action, given=given, based_on=based_on)
                if revision is not None:
                    writing.done(editing)
                    return _thank(request, action, revision)
            writing.keep_if_allowed(editing, request.POST)
        elif not editing.sheet:
            editing.sheet = sheets.fresh_sheet()
        buttons = _buttons(editing)
        if buttons["may_write"]:
            if not editing.conflict:
                editing.look()
            # HEAD changes nothing at all.
            buttons["others"] = writing.others_at(editing) if request.method != "HEAD" else []
            buttons["unsent"] = writing.unsent(editing)
        title = editing.term.full_name if editing.term else "New term"
        context = {"editing": editing, "form": editing.form(), **buttons}
        if editing.term is not None:
            context |= self._panels(request, editing)
        return self.page(request, "admin/terms/term.html", title=title, status=editing.status, **context)

    def _panels(self, request: HttpRequest, editing: Editing) -> dict[str, Any]:
        """Return what stands beside the form: decisions, checks, provenance, proposals, history."""
        term = editing.term
        records = list(term.imported_records.select_related("batch"))
        events = term.events.select_related("revision__author", "revision__suggestion")
        events = events.defer("revision__content")
        return {
            "term": term,
            "is_rejected": Term.objects.filter(Term.objects.rejected_drafts(), pk=term.pk).exists(),
            "decisions": [
                (decision, reverse(f"admin:terms_term_{decision.action}", args=[term.pk]))
                for decision in _DECISIONS
                if workflow.may(request.user, decision.action, term=term)
            ],
            "checks": None
            if term.status == Term.Status.MERGED or (editing.preview and editing.preview.checks)
            else checking.check(editing.base.content, term=term),
            "records": records,
            "open_revisions": history.open_revisions(term),
            "history": history.page_of_history(request, term),
            "events": events[:_EVENTS_SHOWN],
            "plans": plans.pending(term),
            **merging.merges_of(term),
            "look_alikes": [] if term.is_gone else pairs.of_term(term, by=request.user),
            "may_merge": not term.is_gone and request.user.has_perm("terms.edit_term"),
            "may_cancel_plans": request.user.has_perm("terms.review_term"),
            "readable": None
            if _may_write(editing)
            else revisions.difference(revisions.EMPTY, editing.content),
        }

    # What a script asks for while somebody types, and what lies on the desk

    def keep(self, request: HttpRequest, term_id: int | None = None) -> HttpResponse:
        """Keep what stands in the form now, and say who else has the term open."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        editing = self._being_typed(request, term_id)
        try:
            at = writing.keep(editing, request.POST)
        except TermbookError as refusal:
            return JsonResponse({"message": refusal.message}, status=status_code(refusal))
        return JsonResponse({"kept_at": f"{timezone.localtime(at):%H:%M}", **_presence(request, editing)})

    def preview(self, request: HttpRequest, term_id: int | None = None) -> HttpResponse:
        """Answer with the parts of the page that follow the text: preview, hints, who else is there."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        editing = self._being_typed(request, term_id)
        editing.look()
        parts = {"preview": editing.preview, "hints": editing.hints, "problems": editing.problems}
        return JsonResponse(
            {
                "preview": render_to_string("admin/terms/_preview.html", parts, request),
                "hints": render_to_string("admin/terms/_hints.html", parts, request),
                "said": writing.in_words(editing),
                **_presence(request, editing),
            }
        )

    def _being_typed(self, request: HttpRequest, term_id: int | None) -> Editing:
        if not self.has_add_permission(request):
            raise PermissionDenied
        term = self._term(request, term_id) if term_id is not None else None
        base = _base(request, term) if term else None
        editing = Editing(by=request.user, term=term, base=base, content=base.content if base else {})
        writing.take_what_was_sent(editing, request.POST)
        return editing

    def throw_away(self, request: HttpRequest) -> HttpResponse:
        """Throw away what was typed and not sent, and go back to the term or to the desk."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        text = sheets.take_up(request.user, request.POST.get("sheet", ""))
        sheets.throw_away(request.user, request.POST.get("sheet", ""))
        messages.success(request, "What you had typed is thrown away.")
        if "to_desk" in request.POST or text is None:
            return HttpResponseRedirect(reverse("admin:index"))
        if text.term_id is None:
            return HttpResponseRedirect(reverse("admin:terms_term_add"))
        return HttpResponseRedirect(reverse("admin:terms_term_change", args=[text.term_id]))

    # Decisions

    def decide(self, request: HttpRequest, term_id: int, decision: Decision) -> HttpResponse:
        """Ask for the reason of a decision on a whole term, and hand it to the rules."""
        term = self._term(request, term_id)
        permission = workflow.TRANSITIONS[decision.action].permission
        if not request.user.has_perm(f"terms.{permission}"):
            raise PermissionDenied
        refusal, status, changes = "", 200, []
        problems: dict[str, list[str]] = {}
        if request.method == "POST":
            arguments = _arguments(request, term, decision)
            day = remark(request.POST, "due_on") if decision.later else ""
            done = decision.done
            try:
                if decision.later and day:
                    done = decision.later(day, **arguments)
                else:
                    term = decision.rule(**arguments)
            except TermbookError as said_no:
                refusal, status = said_no.message, status_code(said_no)
                changes = _what_happened_since(said_no)
                problems = _at_the_fields(said_no, arguments)
                if problems and "" not in problems:
                    refusal = "Nothing is changed yet: put right what is marked below."
                term = self._term(request, term_id)
            else:
                messages.success(request, f"“{term.full_name}” {done}.")
                return HttpResponseRedirect(reverse("admin:terms_term_change", args=[term.pk]))
        context = {
            "term": term,
            "decision": decision,
            "is_possible": workflow.may(request.user, decision.action, term=term),
            "refusal": refusal,
            "changes": changes,
            "problems": problems,
            "words": remark(request.POST, decision.field),
            "successors": remark(request.POST, "successors"),
            "takes_a_day": decision.later is not None,
            "due_on": remark(request.POST, "due_on"),
        }
        title = f"{decision.title}: {term.full_name}"
        return self.page(request, "admin/terms/decision.html", title=title, status=status, **context)


def _arguments(request: HttpRequest, term: Term, decision: Decision) -> dict[str, Any]:
    words = remark(request.POST, decision.field)
    arguments = {"term_id": term.pk, "by": request.user, decision.field: words}
    if decision.is_bound:
        arguments["based_on"] = number(request.POST.get("based_on"))
    if decision.has_successors:
        lines = remark(request.POST, "successors").splitlines()
        arguments["successors"] = [line.strip() for line in lines if line.strip()]
    return arguments


def _at_the_fields(refusal: TermbookError, arguments: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return what was refused by the field of a confirmation page that it is about."""
    if not isinstance(refusal, InvalidContent):
        return {}
    sorted_out: dict[str, list[str]] = {}
    for key, sentences in refusal.problems.items():
        sorted_out.setdefault(_FIELD_OF.get(key, ""), []).extend(sentences)
    if "successors" in sorted_out:
        several = (_candidates(name, by=arguments["by"]) for name in arguments["successors"])
        sorted_out["successors"] += [sentence for sentence in several if sentence]
    return sorted_out


_FIELD_OF = {
    "reason": "words",
    "comment": "words",
    "deprecation_reason": "words",
    "relations": "successors",
    "due_at": "due_on",
}


def _candidates(name: str, *, by: Any) -> str:
    """Return which terms a name may mean, with their addresses; nothing when it leads to one or none."""
    if len(revisions.find_targets(name, by=by)) < 2:
        return ""
    key = name_key(name)
    alike = Term.objects.visible_to(by).exclude(status__in=Term.GONE_STATUSES)
    alike = alike.filter(Q(name_key=key) | Q(aliases__name_key=key)).distinct().order_by("sort_key", "pk")
    named = [f"{term.full_name}: {term.slug or term.public_id}" for term in alike[:_CANDIDATES_NAMED]]
    return f"“{name}” may be {'; '.join(named)}."


def _what_happened_since(refusal: TermbookError) -> list[revisions.FieldChange]:
    if not isinstance(refusal, StaleEdit):
        return []
    return revisions.difference(refusal.conflict["base"], refusal.conflict["current"])


def _revision(term: Term, wanted: str) -> Revision:
    revision = _revisions(term).filter(number=number(wanted)).first()
    if revision is None:
        raise Http404("There is no such revision.")
    return revision


def _revisions(term: Term) -> Any:
    return term.revisions.select_related("based_on", "supersedes", "author")


def _base(request: HttpRequest, term: Term, kept: UnsentText | None = None) -> Revision:
    """Return the text to work on: the one asked for, else the live one, else the newest draft."""
    if request.method != "POST" and "revision" in request.GET:
        return _revision(term, request.GET["revision"])
    wanted = kept.based_on if kept else number(request.POST.get("based_on"))
    # A number that nobody has is for the rules to refuse; what was typed stays on the page.
    sent = _revisions(term).filter(number=wanted).first()
    live = _revisions(term).filter(pk=term.live_revision_id).first()
    return sent or live or _revisions(term).order_by("-number").first()


def _import_flags(term: Term) -> list[str]:
    return [flag["message"] for record in term.imported_records.all() for flag in record.flags]


def _may_write(editing: Editing) -> bool:
    return editing.may("propose") or editing.may("save_draft")


def _presence(request: HttpRequest, editing: Editing) -> dict[str, str]:
    others = writing.others_at(editing)
    return {"presence": render_to_string("admin/terms/_presence.html", {"others": others}, request)}


def _buttons(editing: Editing) -> dict[str, Any]:
    return {
        "may_propose": editing.may("propose"),
        "may_save_draft": editing.may("save_draft"),
        "may_write": _may_write(editing),
    }


def _thank(request: HttpRequest, action: str, revision: Revision) -> HttpResponse:
    name = revision.content["name"]
    if action == "propose":
        messages.success(request, f"“{name}” is proposed. Readers see it when a reviewer has approved it.")
        blocking = checking.check(revision.content, term=revision.term).blocking
        if blocking:
            messages.warning(request, f"Not ready for approval: {' '.join(blocking)}")
        return HttpResponseRedirect(reverse("admin:terms_revision_change", args=[revision.pk]))
    messages.success(request, f"The draft of “{name}” is saved.")
    address = reverse("admin:terms_term_change", args=[revision.term_id])
    return HttpResponseRedirect(f"{address}?revision={revision.number}")
