"""What is planned for later: the list of it, and where a plan is made and given up."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from django.contrib import admin, messages
from django.db.models import F
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html

from .. import planning
from ..errors import InvalidContent, TermbookError
from ..models import PlannedChange, Term
from .desk import Desk, moment


def pending(term: Term) -> list[PlannedChange]:
    """Return what is planned for a term, next first."""
    plans = term.planned_changes.filter(state=PlannedChange.State.PENDING)
    return list(plans.select_related("by", "revision").defer("revision__content"))


def plan_deprecation(day: str, **words: Any) -> str:
    """Plan a deprecation for the beginning of a day (YYYY-MM-DD), and return what was said of it."""
    plan = planning.plan_deprecation(due_at=_beginning(day), **words)
    return f"is going to be deprecated on {timezone.localtime(plan.due_at):%Y-%m-%d}"


def _beginning(day: str) -> datetime:
    try:
        return timezone.make_aware(datetime.combine(date.fromisoformat(day), time.min))
    except ValueError:
        raise InvalidContent({"due_at": [f"When: “{day:.40}” is not a day. Use YYYY-MM-DD."]}) from None


@admin.register(PlannedChange)
class PlannedChangeAdmin(Desk):
    """What is going to happen, and what became of what was planned."""

    list_title = "Planned"
    item_names = ("plan", "plans")
    list_display = ("due", "term_link", "what", "who", "standing", "outcome")
    list_display_links = None
    list_filter = ("state", "action")
    list_select_related = ("term", "revision", "by")
    search_fields = ("term__name", "by__username")
    search_help_text = "Search by term or by person"
    fields = ("due", "term_link", "what", "reason", "who", "standing", "outcome")
    # What waits comes first, then what was settled, the latest first.
    ordering = (F("settled_at").desc(nulls_first=True), "due_at", "pk")
    actions = None

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request)
        return rows.defer("term__definition", "term__definition_html", "term__document", "revision__content")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.cancel)
        cancel = path("<int:plan_id>/cancel/", view, name="terms_plannedchange_cancel")
        return [cancel, *super().get_urls()]

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        may_cancel = request.user.has_perm("terms.review_term")
        return (*self.list_display, "cancel_button") if may_cancel else self.list_display

    @admin.display(description="due", ordering="due_at")
    def due(self, plan: PlannedChange) -> str:
        return moment(plan.due_at)

    @admin.display(description="term", ordering="term__sort_key")
    def term_link(self, plan: PlannedChange) -> str:
        address = reverse("admin:terms_term_change", args=[plan.term_id])
        return format_html('<a href="{}">{}</a>', address, plan.term.full_name)

    @admin.display(description="what", ordering="action")
    def what(self, plan: PlannedChange) -> str:
        if plan.revision is None:
            return plan.get_action_display()
        address = reverse("admin:terms_revision_change", args=[plan.revision_id])
        return format_html('Publish <a href="{}">revision {}</a>', address, plan.revision.number)

    @admin.display(description="by", ordering="by")
    def who(self, plan: PlannedChange) -> str:
        return str(plan.by)

    @admin.display(description="state", ordering="state")
    def standing(self, plan: PlannedChange) -> str:
        return plan.get_state_display()

    @admin.display(description="")
    def cancel_button(self, plan: PlannedChange) -> str:
        if plan.state != PlannedChange.State.PENDING:
            return ""
        # A form of its own cannot stand within that of the list.
        return format_html(
            '<button class="button plain" type="submit" formaction="{}" aria-label="{}">Cancel</button>',
            reverse("admin:terms_plannedchange_cancel", args=[plan.pk]),
            f"Cancel the plan for {plan.term.full_name}",
        )

    def cancel(self, request: HttpRequest, plan_id: int) -> HttpResponse:
        """Give up a plan that waits, and go back to where the button stood."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        address = reverse("admin:terms_plannedchange_changelist")
        plan = PlannedChange.objects.filter(pk=plan_id).first()
        if plan is not None and "to_term" in request.POST:
            address = reverse("admin:terms_term_change", args=[plan.term_id])
        try:
            planning.cancel(plan_id=plan_id, by=request.user)
        except TermbookError as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, "The plan is cancelled.")
        return HttpResponseRedirect(address)
