"""Terms that nobody chose: that of a day, the same for all readers, and one by chance.

A point in the space of public ids is drawn, and the next published term after it taken: one look
into an index, however many terms there are.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import date

from django.utils import timezone

from ..models import Term
from ..prepared import Prepared
from ..search.found import FoundTerm
from ..search.names import FOUND_COLUMNS

_SIGNS_OF_IDS = "23456789abcdefghjkmnpqrstuvwxyz"
_ID_LENGTH = 10


def term_of_the_day(day: date) -> FoundTerm | None:
    """Return the same term to all readers for a whole day; None where nothing is published.

    A term that is published at noon rarely comes between.
    """
    return _first_from(_point_of(day))


def terms_of_days(days: Sequence[date]) -> list[tuple[date, Term]]:
    """Return the terms of these days, but for days on which that term was not there yet.

    Looking for what was there instead would mean to visit every term of a young glossary.
    """
    drawn = {day: found.pk for day in days if (found := term_of_the_day(day))}
    terms = Term.objects.in_bulk(set(drawn.values()))
    return [(day, terms[pk]) for day, pk in drawn.items() if _was_there(terms[pk], day)]


def term_by_chance() -> FoundTerm | None:
    """Return any published term; None where nothing is published."""
    return _first_from(_any_point())


def _first_from(point: str) -> FoundTerm | None:
    # No id comes before the empty text: where none follows the point, it is the first of all.
    rows = _first_published_from(point) or _first_published_from("")
    return next((FoundTerm(*row) for row in rows), None)


_first_published_from = Prepared(
    lambda point: (
        Term.objects.filter(status=Term.Status.PUBLISHED, public_id__gte=point)
        .order_by("public_id")
        .values_list(*FOUND_COLUMNS)[:1]
    )
)


def _any_point() -> str:
    return "".join(secrets.choice(_SIGNS_OF_IDS) for _ in range(_ID_LENGTH))


def _point_of(day: date) -> str:
    digest = hashlib.sha256(day.isoformat().encode()).digest()
    return "".join(_SIGNS_OF_IDS[byte % len(_SIGNS_OF_IDS)] for byte in digest[:_ID_LENGTH])


def _was_there(term: Term, day: date) -> bool:
    return term.published_at is not None and timezone.localdate(term.published_at) <= day
