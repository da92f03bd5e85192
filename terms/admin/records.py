"""The log and the imports, to read; the log also to take away."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBadRequest,
    QueryDict,
    StreamingHttpResponse,
)
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import capfirst
from django_tasks_db.admin import DBTaskResult

from ..formats import delimited
from ..models import Event, Term
from ..templatetags.desk import said_with, whose
from .desk import Desk, moment, number

# What the worker does stands in the log and with the imports.
admin.site.unregister(DBTaskResult)

_PEOPLE_OFFERED = 50
_ROWS_AT_A_TIME = 2_000


def _link_to(term: Term | None) -> str:
    if term is None:
        return "–"
    return format_html(
        '<a href="{}">{}</a>', reverse("admin:terms_term_change", args=[term.pk]), term.full_name
    )


# --- Filters of the log --------------------------------------------------------------------------


class KindFilter(admin.SimpleListFilter):
    """What was done, as far as it was ever done here."""

    title, parameter_name = "what was done", "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        done = set(Event.objects.order_by().values_list("kind", flat=True).distinct())
        return [(kind.value, capfirst(kind.label)) for kind in Event.Kind if kind in done]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(kind=self.value()) if self.value() in Event.Kind.values else queryset


class DoorFilter(admin.SimpleListFilter):
    """Through which door it came."""

    title, parameter_name = "door", "door"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [*Event.Door.choices, ("none", "Not recorded")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "none":
            return queryset.filter(door="")
        return queryset.filter(door=self.value()) if self.value() in Event.Door.values else queryset


class PersonFilter(admin.SimpleListFilter):
    """Who did it, of those with an account; the search finds everybody by name."""

    title, parameter_name = "person", "by"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        active = get_user_model().objects.filter(Exists(Event.objects.filter(by=OuterRef("pk"))))
        people = list(active.order_by("username").values_list("pk", "username")[:_PEOPLE_OFFERED])
        wanted = number(request.GET.get(self.parameter_name))
        if wanted and wanted not in {pk for pk, _ in people}:
            people += active.filter(pk=wanted).values_list("pk", "username")
        return [(str(pk), name) for pk, name in people]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        person = number(self.value())
        return queryset if person is None else queryset.filter(by=person)


class AudienceFilter(admin.SimpleListFilter):
    """Whether an entry stands in the history that readers see."""

    title, parameter_name = "audience", "is_public__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("1", "Shown to readers"), ("0", "Only on the desk")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(is_public=self.value() == "1") if self.value() in {"0", "1"} else queryset


# --- The log -------------------------------------------------------------------------------------


@admin.register(Event)
class EventAdmin(Desk):
    """Who did what, when, and through which door: the audit log."""

    list_title = "Log"
    list_display = ("when", "what", "who", "through", "term_link", "revision_link", "words", "for_readers")
    list_display_links = None
    list_filter = (KindFilter, PersonFilter, DoorFilter, AudienceFilter)
    list_select_related = ("term", "revision__author", "revision__suggestion")
    date_hierarchy = "at"
    search_fields = ("by_name", "note", "term__name")
    search_help_text = "Search by person, remark or term"
    fields = ("when", "what", "who", "through", "term_link", "revision_link", "words", "for_readers")
    actions = None

    @admin.display(description="when", ordering="at")
    def when(self, event: Event) -> str:
        return moment(event.at)

    @admin.display(description="what", ordering="kind")
    def what(self, event: Event) -> str:
        return capfirst(event.get_kind_display())

    @admin.display(description="by", ordering="by_name")
    def who(self, event: Event) -> str:
        return whose(event)

    @admin.display(description="remark")
    def words(self, event: Event) -> str:
        return said_with(event)

    @admin.display(description="door", ordering="door")
    def through(self, event: Event) -> str:
        return event.get_door_display() or "–"

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

    def get_urls(self) -> list[URLPattern]:
        export = path("export/", self.admin_site.admin_view(self.export), name="terms_event_export")
        return [export, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Show the log, with the addresses under which the lines that are shown can be taken away."""
        chosen = _without(request, *_OF_THE_PAGE)
        address = reverse("admin:terms_event_export")
        exports = []
        for name, export in _EXPORTS.items():
            chosen["format"] = name
            exports.append((export.label, f"{address}?{chosen.urlencode()}"))
        return super().changelist_view(request, {"exports": exports, **(extra_context or {})})

    def export(self, request: HttpRequest) -> HttpResponse:
        """Send the lines that the same address of the list would show, the oldest first."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        export = _EXPORTS.get(request.GET.get("format", "csv"))
        if export is None:
            raise Http404("The log is exported as csv or jsonl.")
        # The list knows its own filters only, and takes the rest for a mistake.
        request.GET = _without(request, "format", *_OF_THE_PAGE)
        try:
            listed = self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters:
            return HttpResponseBadRequest(
                "The address asks for what the log does not have. Set the filters on its page; export there.",
                content_type="text/plain; charset=utf-8",
            )
        rows = listed.order_by("at", "pk").values_list(*_COLUMNS.values()).iterator(_ROWS_AT_A_TIME)
        name = f"log-{timezone.localdate():%Y-%m-%d}.{export.ending}"
        return StreamingHttpResponse(
            export.write(rows),
            content_type=export.content_type,
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )


# What of the address of a list is not about which rows are in it.
_OF_THE_PAGE = ("p", "o", "all", "e")


def _without(request: HttpRequest, *names: str) -> QueryDict:
    rest = request.GET.copy()
    for name in names:
        rest.pop(name, None)
    return rest


# The columns of an export, and what they are made of.
_COLUMNS = {
    "at": "at",
    "by": "by_name",
    "kind": "kind",
    "door": "door",
    "term": "term__public_id",
    "name": "term__name",
    "qualifier": "term__qualifier",
    "revision": "revision__number",
    "shown_to_readers": "is_public",
    "note": "note",
}


def _lines(rows: Iterable[tuple[Any, ...]]) -> Iterator[dict[str, Any]]:
    for row in rows:
        line = dict(zip(_COLUMNS, row, strict=True))
        yield line | {"at": line["at"].astimezone(UTC).isoformat(timespec="milliseconds")}


def _as_csv(rows: Iterable[tuple[Any, ...]]) -> Iterator[str]:
    """Yield a table for spreadsheets: what would be a formula there has an apostrophe in front.

    The JSON Lines have the words as they were written.
    """
    yield delimited.guarded_line(_COLUMNS)
    for line in _lines(rows):
        said = {True: "yes", False: "no", None: ""}
        yield delimited.guarded_line(
            said[value] if value is None or isinstance(value, bool) else str(value) for value in line.values()
        )


def _as_json_lines(rows: Iterable[tuple[Any, ...]]) -> Iterator[str]:
    for line in _lines(rows):
        # In ASCII: there are signs beyond it that some programs take for the end of a line.
        yield f"{json.dumps(line)}\n"


@dataclass(frozen=True)
class Export:
    """A form in which the log is taken away."""

    label: str
    ending: str
    content_type: str
    write: Callable[[Iterable[tuple[Any, ...]]], Iterator[str]]


_EXPORTS = {
    "csv": Export("CSV", "csv", "text/csv; charset=utf-8", _as_csv),
    "jsonl": Export("JSON Lines", "jsonl", "application/jsonl; charset=utf-8", _as_json_lines),
}
