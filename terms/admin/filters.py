"""What to look for among the terms: the reasons, for the filter of their list and for the desk’s home."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Length
from django.db.models.lookups import LessThan
from django.http import HttpRequest

from ..models import ImportedRecord, Source, TaggedTerm, Term

IN_USE = (Term.Status.DRAFT, *Term.PUBLIC_STATUSES)
# About twenty words: the databases count letters, not words.
_STUB_LENGTH = 120


@dataclass(frozen=True)
class Look:
    """A reason to look at a term, and the condition under which a term in use gives it."""

    value: str
    label: str
    condition: Q


def namesake_groups() -> QuerySet[Term, dict[str, Any]]:
    """Return the names, with qualifier, that several terms in use have, with how many (`count`)."""
    alike = Term.objects.filter(name_key__in=_keys_of_several(), status__in=IN_USE)
    alike = alike.exclude(Term.objects.rejected_drafts()).order_by()
    groups = alike.values("name_key", "qualifier_key").annotate(count=Count("pk"))
    return groups.filter(count__gt=1).order_by("-count", "name_key", "qualifier_key")


def _keys_of_several() -> QuerySet[Term, dict[str, Any]]:
    # Counted inside the index of the keys; rows are read only for what is left.
    keys = Term.objects.order_by().values("name_key").annotate(count=Count("pk")).filter(count__gt=1)
    return keys.values("name_key")


def _flagged_by_an_import() -> Q:
    # In one go and not term by term: few records have flags.
    return Q(pk__in=ImportedRecord.objects.exclude(flags=[]).order_by().values("term"))


def _namesakes() -> Q:
    same = Term.objects.filter(
        name_key=OuterRef("name_key"), qualifier_key=OuterRef("qualifier_key"), status__in=IN_USE
    )
    same = same.exclude(Term.objects.rejected_drafts()).exclude(pk=OuterRef("pk"))
    return Q(name_key__in=_keys_of_several()) & Exists(same) & ~Term.objects.rejected_drafts()


LOOKS = (
    Look("broken", "Broken formula or image", ~Q(problems=[])),
    Look("imported", "Flagged by an import", _flagged_by_an_import()),
    Look("stub", "Stubs, under about twenty words", Q(LessThan(Length("definition"), _STUB_LENGTH))),
    Look("no_short", "No short definition", Q(short_definition="")),
    Look("no_source", "No source", Q(~Exists(Source.objects.filter(term=OuterRef("pk"))))),
    Look("no_tag", "No tag", Q(~Exists(TaggedTerm.objects.filter(content_object=OuterRef("pk"))))),
)
NAMESAKES = Look("namesakes", "Same name as another", _namesakes())


class LookFilter(admin.SimpleListFilter):
    """Terms in use that give a reason to look at them."""

    title, parameter_name = "what to look at", "look"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(look.value, look.label) for look in (*LOOKS, NAMESAKES)]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        look = next((look for look in (*LOOKS, NAMESAKES) if look.value == self.value()), None)
        return queryset.filter(look.condition, status__in=IN_USE) if look else queryset
