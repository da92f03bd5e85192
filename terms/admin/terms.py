"""Terms: the list of all of them, the page on which a text is written, and decisions on a whole term."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import Coalesce, Lower
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.text import Truncator

from .. import checking, revisions, workflow
from ..errors import InvalidContent, StaleEdit, TermbookError
from ..models import Alias, ImportBatch, ImportedRecord, Revision, Tag, Term
from ..text import LETTER_DIGITS, LETTER_SIGNS, name_key
from . import content_form
from .desk import Desk, moment, number, remark, status_code
from .editing import Editing

_HISTORY_SHOWN = 100
_EVENTS_SHOWN = 50
_BATCHES_SHOWN = 20
_CANDIDATES_NAMED = 10
_UNDECIDED = (Revision.State.PROPOSED, Revision.State.CHANGES_REQUESTED)


# --- Filters of the list -------------------------------------------------------------------------


class LetterFilter(admin.SimpleListFilter):
    """Where a name stands in the index."""

    title, parameter_name = "letter", "letter"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        letters = Term.objects.order_by("letter").values_list("letter", flat=True).distinct()
        labels = {LETTER_DIGITS: "0–9", LETTER_SIGNS: "Signs"}
        return [(key, labels.get(key, key.capitalize())) for key in letters]

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

    list_display = ("full_name", "status", "version", "open_proposals", "flags", "updated")
    list_filter = ("status", FlagFilter, TagFilter, LetterFilter, BatchFilter)
    date_hierarchy = "updated_at"
    search_fields = ("name",)
    search_help_text = "Search by name or other name"
    ordering = ("sort_key", "qualifier_key", "pk")
    actions = None

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
        return [*own, *super().get_urls()]

    # The list

    def get_queryset(self, request: HttpRequest) -> Any:
        # Counted for the rows of a page only: a join would group the whole table first.
        undecided = Revision.objects.filter(term=OuterRef("pk"), state__in=_UNDECIDED).order_by()
        count = undecided.values("term").annotate(count=Count("pk")).values("count")
        return (
            Term.objects.visible_to(request.user)
            .annotate(proposals=Coalesce(Subquery(count), 0))
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
        """Write a new term."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        return self._edit(request, Editing.begin(by=request.user, term=None, base=None))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show a term with everything known about it, and the form for its text.

        `?revision=3` works on that text, `?text_of=3` begins again with it on top of the live one.
        """
        term = self._term(request, number(object_id))
        editing = Editing.begin(by=request.user, term=term, base=_base(request, term))
        if request.method != "POST" and "text_of" in request.GET:
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
            given = content_form.read(request.POST)
            editing.take(given, remark(request.POST, "comment"))
            editing.more = request.POST.get("_more", "")
            action = next((name for name in ("propose", "save_draft") if f"_{name}" in request.POST), "")
            if action:
                based_on = number(request.POST.get("based_on"))
                revision = editing.send(action, given=given, based_on=based_on)
                if revision is not None:
                    return _thank(request, action, revision)
            if not editing.conflict:
                editing.look()
        title = editing.term.full_name if editing.term else "New term"
        context = {"editing": editing, "form": editing.form(), **_buttons(editing)}
        if editing.term is not None:
            context |= self._panels(request, editing)
        return self.page(request, "admin/terms/term.html", title=title, status=editing.status, **context)

    def _panels(self, request: HttpRequest, editing: Editing) -> dict[str, Any]:
        """Return what stands beside the form: decisions, checks, provenance, proposals, history."""
        term = editing.term
        history = list(_history(term)[:_HISTORY_SHOWN])
        records = list(term.imported_records.select_related("batch"))
        events = term.events.select_related("revision").defer("revision__content")
        return {
            "term": term,
            "decisions": [
                (decision, reverse(f"admin:terms_term_{decision.action}", args=[term.pk]))
                for decision in _DECISIONS
                if workflow.may(request.user, decision.action, term=term)
            ],
            "checks": checking.check(editing.base.content, term=term),
            "records": records,
            "open_revisions": [revision for revision in history if revision.is_open],
            "history": history,
            "events": events[:_EVENTS_SHOWN],
            "readable": None
            if _may_write(editing)
            else revisions.difference(revisions.EMPTY, editing.content),
        }

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
            try:
                term = decision.rule(**arguments)
            except TermbookError as said_no:
                refusal, status = said_no.message, status_code(said_no)
                changes = _what_happened_since(said_no)
                problems = _at_the_fields(said_no, arguments)
                if problems and "" not in problems:
                    refusal = "Nothing is changed yet: put right what is marked below."
                term = self._term(request, term_id)
            else:
                messages.success(request, f"“{term.full_name}” {decision.done}.")
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
}


def _candidates(name: str, *, by: Any) -> str:
    """Return which terms a name may mean, with their addresses; nothing when it leads to one or none."""
    if len(revisions.find_targets(name, by=by)) < 2:
        return ""
    key = name_key(name)
    alike = Term.objects.visible_to(by).exclude(status__in=[Term.Status.MERGED, Term.Status.REMOVED])
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


def _base(request: HttpRequest, term: Term) -> Revision:
    """Return the text to work on: the one asked for, else the live one, else the newest draft."""
    if request.method != "POST" and "revision" in request.GET:
        return _revision(term, request.GET["revision"])
    # A number that nobody has is for the rules to refuse; what was typed stays on the page.
    sent = _revisions(term).filter(number=number(request.POST.get("based_on"))).first()
    live = _revisions(term).filter(pk=term.live_revision_id).first()
    return sent or live or _revisions(term).order_by("-number").first()


def _history(term: Term) -> Any:
    rows = term.revisions.select_related("author", "reviewer", "based_on", "superseded_by")
    return rows.defer("content", "based_on__content", "superseded_by__content").order_by("-number")


def _import_flags(term: Term) -> list[str]:
    return [flag["message"] for record in term.imported_records.all() for flag in record.flags]


def _may_write(editing: Editing) -> bool:
    return editing.may("propose") or editing.may("save_draft")


def _buttons(editing: Editing) -> dict[str, bool]:
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
