"""The log and the imports, to read."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from ..models import Event, ImportBatch, Term
from .desk import Desk, moment


def _link_to(term: Term | None) -> str:
    if term is None:
        return "–"
    return format_html(
        '<a href="{}">{}</a>', reverse("admin:terms_term_change", args=[term.pk]), term.full_name
    )


class AudienceFilter(admin.SimpleListFilter):
    """Whether an entry stands in the history that readers see."""

    title, parameter_name = "audience", "is_public__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("1", "Shown to readers"), ("0", "Only on the desk")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(is_public=self.value() == "1") if self.value() in {"0", "1"} else queryset


@admin.register(Event)
class EventAdmin(Desk):
    """Who did what, and when: the audit log."""

    list_title = "Log"
    list_display = ("when", "kind", "who", "term_link", "revision_link", "note", "for_readers")
    list_display_links = None
    list_filter = (("kind", admin.AllValuesFieldListFilter), AudienceFilter)
    list_select_related = ("term", "revision")
    date_hierarchy = "at"
    search_fields = ("by_name", "note", "term__name")
    search_help_text = "Search by person, remark or term"
    fields = ("when", "kind", "who", "term_link", "revision_link", "note", "for_readers")
    actions = None

    @admin.display(description="when", ordering="at")
    def when(self, event: Event) -> str:
        return moment(event.at)

    @admin.display(description="by", ordering="by_name")
    def who(self, event: Event) -> str:
        return event.by_name

    @admin.display(description="shown to readers", ordering="is_public")
    def for_readers(self, event: Event) -> str:
        return "Yes" if event.is_public else "–"

    @admin.display(description="term", ordering="term__sort_key")
    def term_link(self, event: Event) -> str:
        return _link_to(event.term)

    @admin.display(description="revision")
    def revision_link(self, event: Event) -> str:
        if event.revision is None:
            return "–"
        address = reverse("admin:terms_revision_change", args=[event.revision_id])
        return format_html('<a href="{}">{}</a>', address, event.revision.number)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("revision__content", "term__definition", "term__document")


@admin.register(ImportBatch)
class ImportBatchAdmin(Desk):
    """Which file was read when, and what came of it."""

    list_title = "Imports"
    list_display = ("file_name", "format", "outcome", "by", "when", "terms_link")
    list_filter = ("format",)
    list_select_related = ("by",)
    date_hierarchy = "at"
    search_fields = ("file_name",)
    fields = ("file_name", "format", "digest", "options", "outcome", "by", "when", "terms_link")
    actions = None

    @admin.display(description="when", ordering="at")
    def when(self, batch: ImportBatch) -> str:
        return moment(batch.at)

    @admin.display(description="outcome")
    def outcome(self, batch: ImportBatch) -> str:
        counted = [f"{count} {action}" for action, count in batch.counts.items() if count]
        return ", ".join(counted) or "nothing"

    @admin.display(description="terms")
    def terms_link(self, batch: ImportBatch) -> str:
        address = reverse("admin:terms_term_changelist")
        return format_html('<a href="{}?batch={}">Show its terms</a>', address, batch.pk)
