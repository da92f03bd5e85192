"""Which terms a list shows, in which order, and how many at a time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.core.validators import MaxLengthValidator, MinValueValidator, ProhibitNullCharactersValidator
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.forms import MultipleChoiceField
from django_filters import rest_framework as filters
from django_filters.fields import MultipleChoiceField as FilterMultipleChoiceField
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import PageNumberPagination
from rest_framework.utils.urls import remove_query_param, replace_query_param

from .. import text
from ..models import Alias, Revision, TaggedTerm, Term
from ..search import FACET_LIMIT
from .serializers import TAGS_AT_ONCE

ORDERINGS = {"name": ("sort_key", "qualifier_key", "pk"), "-updated_at": ("-updated_at", "pk")}

# Earlier moments have no place in the calendar of some time zones.
_BEGINNING_OF_TIME = datetime(1900, 1, 1, tzinfo=UTC)


def envelope_schema(results: dict[str, Any]) -> dict[str, Any]:
    """Return the shape that all lists have; DRF's own is in the words of OpenAPI 3.0."""
    link = {"type": ["string", "null"], "format": "uri"}
    return {
        "type": "object",
        "required": ["count", "next", "previous", "results"],
        "properties": {
            "count": {"type": "integer", "description": "On all pages together."},
            "next": {**link, "description": "The next page."},
            "previous": {**link, "description": "The page before."},
            "results": results,
        },
    }


def found_schema(results: dict[str, Any]) -> dict[str, Any]:
    """Return the shape of a page of hits: the envelope, and what was understood of the query."""
    schema = envelope_schema(results)
    value = {
        "type": "object",
        "required": ["value", "label", "count"],
        "properties": {
            "value": {"type": "string"},
            "label": {"type": "string"},
            "count": {"type": "integer"},
        },
    }
    facet = {
        "type": "object",
        "required": ["key", "values"],
        "properties": {
            "key": {"type": "string", "enum": ["tag", "letter", "status", "language"]},
            "values": {"type": "array", "items": value},
        },
    }
    schema["required"] += ["matched", "did_you_mean", "facets"]
    schema["properties"] |= {
        "matched": {
            "type": "string",
            "enum": ["all", "corrected", "some"],
            "description": "What the hits have: all words, those of `did_you_mean`, or some of the words.",
        },
        "did_you_mean": {
            "type": ["string", "null"],
            "description": "The query without slips of spelling, to be offered to who asked.",
        },
        "facets": {
            "type": ["array", "null"],
            "items": facet,
            "description": "By what the hits can be narrowed: a parameter, and how many hits each of its "
            "values leaves. Null when not asked for, and when not counted: with more than "
            f"{FACET_LIMIT:,} hits, or when they have only some of the words.",
        },
    }
    return schema


def links_beside(request: Any, *, count: int, number: int, size: int) -> tuple[str | None, str | None]:
    """Return the addresses of the page after this one and of the page before it."""
    is_last = number * size >= count
    if is_last and number == 1:
        return None, None
    address = request.build_absolute_uri()
    following = None if is_last else replace_query_param(address, "page", number + 1)
    if number > 2:
        return following, replace_query_param(address, "page", number - 1)
    return following, remove_query_param(address, "page") if number == 2 else None


class Pages(PageNumberPagination):
    """`page` and `page_size`: 50 by default, 200 at most."""

    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"
    page_query_description = "From 1."
    page_size_query_description = f"Results on a page, {max_page_size} at most."

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return envelope_schema(schema)


class _AnyTexts(FilterMultipleChoiceField):
    """Several texts, each of which may be anything that a database can be asked for."""

    default_validators = [MaxLengthValidator(TAGS_AT_ONCE)]

    def valid_value(self, value: str) -> bool:
        ProhibitNullCharactersValidator()(value)
        return True


class _SeveralTexts(filters.MultipleChoiceFilter):
    field_class = _AnyTexts


class TermFilter(filters.FilterSet):
    """What `/terms/` can be asked for. Without `status`: what everybody may see."""

    letter = filters.CharFilter(label="A section of the index: a key of `/letters/`.", method="by_letter")
    tag = _SeveralTexts(
        label="The slug of a tag; repeated, terms that have them all.", choices=(), method="by_tags"
    )
    status = filters.MultipleChoiceFilter(
        label="Published and deprecated by default; the other states for those who may see drafts.",
        choices=Term.Status.choices,
        method="by_status",
    )
    updated_since = filters.IsoDateTimeFilter(
        label="Changed at this time or later, ISO 8601.",
        field_name="updated_at",
        lookup_expr="gte",
        validators=[MinValueValidator(_BEGINNING_OF_TIME)],
    )
    name = filters.CharFilter(
        label="A whole name or alias, upper and lower case being the same.", method="by_name"
    )
    ordering = filters.ChoiceFilter(
        label="By name, unless asked otherwise.",
        choices=[("name", "By name"), ("-updated_at", "The latest change first")],
        method="in_order",
    )

    class Meta:
        model = Term
        fields: list[str] = []

    def filter_queryset(self, queryset: QuerySet[Term]) -> QuerySet[Term]:
        if not self.form.cleaned_data["status"]:
            queryset = queryset.published()
        return super().filter_queryset(queryset)

    def by_letter(self, queryset: QuerySet[Term], name: str, value: str) -> QuerySet[Term]:
        return queryset.filter(letter=value.lower())

    def by_tags(self, queryset: QuerySet[Term], name: str, value: list[str]) -> QuerySet[Term]:
        for slug in value:
            tagged = TaggedTerm.objects.filter(tag__slug=slug)
            queryset = queryset.filter(pk__in=tagged.values("content_object"))
        return queryset

    def by_status(self, queryset: QuerySet[Term], name: str, value: list[str]) -> QuerySet[Term]:
        hidden = [status for status in value if status not in Term.PUBLIC_STATUSES]
        if hidden and not self.request.user.has_perm("terms.view_drafts"):
            # Refused in the words for a status that does not exist.
            sentence = MultipleChoiceField.default_error_messages["invalid_choice"] % {"value": hidden[0]}
            raise ValidationError({"status": [sentence]})
        return queryset.filter(status__in=value)

    def by_name(self, queryset: QuerySet[Term], name: str, value: str) -> QuerySet[Term]:
        key = text.name_key(value)
        aliases = Alias.objects.filter(term=OuterRef("pk"), name_key=key).exclude(kind=Alias.Kind.HIDDEN)
        return queryset.filter(Q(name_key=key) | Exists(aliases))

    def in_order(self, queryset: QuerySet[Term], name: str, value: str) -> QuerySet[Term]:
        return queryset.order_by(*ORDERINGS[value])


class ProposalFilter(filters.FilterSet):
    """What the queue can be asked for. Without `state`: what waits for a decision."""

    state = filters.MultipleChoiceFilter(
        label="`proposed` by default.",
        choices=[(state.value, state.label) for state in Revision.OPEN_STATES],
        method="by_state",
    )
    mine = filters.BooleanFilter(label="Only one's own.", method="by_author")
    assigned_to_me = filters.BooleanFilter(label="Only what one takes care of.", method="by_assignee")

    class Meta:
        model = Revision
        fields: list[str] = []

    def filter_queryset(self, queryset: QuerySet[Revision]) -> QuerySet[Revision]:
        if not self.form.cleaned_data["state"]:
            queryset = queryset.filter(state=Revision.State.PROPOSED)
        return super().filter_queryset(queryset)

    def by_state(self, queryset: QuerySet[Revision], name: str, value: list[str]) -> QuerySet[Revision]:
        return queryset.filter(state__in=value)

    def by_author(self, queryset: QuerySet[Revision], name: str, value: bool) -> QuerySet[Revision]:
        return queryset.filter(author=self.request.user) if value else queryset

    def by_assignee(self, queryset: QuerySet[Revision], name: str, value: bool) -> QuerySet[Revision]:
        return queryset.filter(assignee=self.request.user) if value else queryset
