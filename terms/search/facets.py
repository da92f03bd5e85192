"""By what the hits of a query can be narrowed, and how many there would be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.conf import settings

from .. import collation
from .engines import current_statements, rows

# With more hits than this, counting would take longer than searching.
FACET_LIMIT = 2_000

FacetKey = Literal["tag", "letter", "status", "language"]


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One value by which hits can be narrowed: as it stands in addresses, as it is shown, how many."""

    value: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Facet:
    """One way to narrow, and its values, the most frequent first (letters in their own order)."""

    key: FacetKey
    values: list[FacetValue]


_KEYS: tuple[FacetKey, ...] = ("tag", "letter", "status", "language")


def count(found: Mapping[str, Any], total: int) -> list[Facet]:
    """Return by what the hits of a search can be narrowed; nothing if there are too many hits.

    Of the statuses all that the words are found with are counted, deprecated terms too when they are
    not among the hits. A facet without values is left out.
    """
    if not 0 < total <= FACET_LIMIT:
        return []
    values: dict[str, list[FacetValue]] = defaultdict(list)
    for key, value, label, number in rows(current_statements().facets, found):
        values[key].append(FacetValue(value, label or _label(key, value), number))
    return [Facet(key, sorted(values[key], key=_ORDERS[key])) for key in _KEYS if values[key]]


def _label(key: str, value: str) -> str:
    if key == "letter":
        return collation.letter_label(value, settings.LANGUAGE_CODE)
    return value.capitalize() if key == "status" else value


def _letter_order(value: FacetValue) -> tuple[int, str]:
    return collation.letter_order(value.value, settings.LANGUAGE_CODE)


def _most_frequent_first(value: FacetValue) -> tuple[int, str]:
    return -value.count, value.label


_ORDERS: Mapping[str, Any] = {
    "tag": _most_frequent_first,
    "letter": _letter_order,
    "status": _most_frequent_first,
    "language": _most_frequent_first,
}
