"""The past of a term: which text readers saw at a moment, and how the present one came to be.

Every text that went live is a version, and so is a deprecation; an approved revision without a
version took the term off the site.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils import timezone
from django.utils.formats import date_format

from .errors import InvalidContent, TermbookError
from .models import Event, Revision, Term
from .prepared import Prepared

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    rf"{_DAY.pattern}T[0-9]{{2}}:[0-9]{{2}}(:[0-9]{{2}}(\.[0-9]{{1,6}})?)?(Z|[+-][0-9]{{2}}:[0-9]{{2}})?"
)
# Earlier moments have no place in the calendar of some time zones.
_FIRST_YEAR = 1900


class NoMoment(InvalidContent):
    """What was asked for is no moment of the past."""

    code = "invalid"


class NotYetThere(TermbookError):
    """At that moment the term had never been published."""

    code = "not_found"


class RemovedThen(TermbookError):
    """At that moment the term was off the site."""

    code = "gone"


@dataclass(frozen=True)
class Moment:
    """A moment that somebody asked for, and how a sentence names it."""

    at: datetime
    name: str


def moment(asked: str) -> Moment:
    """Read a day, which means its end in the zone of the site, or a moment in ISO 8601.

    Raises NoMoment, with the right form, for anything else and for what is yet to come.
    """
    # In an address a plus sign that was not escaped is read as a blank.
    written = asked.strip().replace(" ", "+")
    try:
        found = _day(written) if _DAY.fullmatch(written) else _point_in_time(written)
    except ValueError:
        found = None
    if found is None:
        shown = "".join(sign for sign in asked[:40] if sign.isprintable())
        sentence = (
            f"“{shown}” is no day or moment of the past. Write a day such as 2026-05-01, or a moment "
            "such as 2026-05-01T12:00:00Z."
        )
        raise NoMoment({"as_of": [sentence]})
    return found


def _day(asked: str) -> Moment | None:
    day = date.fromisoformat(asked)
    if day > timezone.localdate() or day.year < _FIRST_YEAR:
        return None
    next_day = timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
    return Moment(next_day - timedelta(microseconds=1), date_format(day, "j F Y"))


def _point_in_time(asked: str) -> Moment | None:
    if not _MOMENT.fullmatch(asked):
        return None
    at = datetime.fromisoformat(asked)
    if at.year < _FIRST_YEAR:
        return None
    at = timezone.make_aware(at) if timezone.is_naive(at) else at
    if at > timezone.now():
        return None
    return Moment(at, date_format(timezone.localtime(at), "j F Y, H:i"))


def seen_at(term: Term, moment: Moment) -> Revision:
    """Return the published revision that readers saw at that moment.

    Raises NotYetThere before the first publication, RemovedThen while the term was removed.
    """
    decided = Revision.objects.filter(term=term, state=Revision.State.APPROVED, decided_at__lte=moment.at)
    last = decided.select_related("term", "author").order_by("-decided_at", "-number").first()
    if last is None:
        raise NotYetThere(f"There was no published text of this term yet on {moment.name}.")
    if last.version is None:
        raise RemovedThen(f"On {moment.name} this term was off the site: it had been removed.")
    return last


# --- How the present text came to be -------------------------------------------------------------


class Reading(Enum):
    """Who read a text before it went live."""

    BY_ANOTHER = "a second person"
    BY_ITS_AUTHOR = "nobody but its author"
    IMPORTED = "nobody: it came with an import"
    DECIDED = "nobody: one person decided on the term, as one does who deprecates or merges it"


@dataclass(frozen=True)
class Publication:
    """How the text that readers see went live. The names are for those who may know them."""

    author: str
    reviewer: str
    reading: Reading
    at: datetime


_NAMES = ("first_name", "last_name", "username")


def _publications(pk: Any) -> QuerySet[Revision, tuple[Any, ...]]:
    told = Event.objects.filter(revision=OuterRef("pk"))
    own = told.filter(kind=Event.Kind.SELF_REVIEWED)
    went_live = told.filter(is_public=True).order_by("pk")
    return (
        Revision.objects.filter(live_term=pk)
        .annotate(
            is_own=Exists(own),
            kind=Subquery(went_live.values("kind")[:1]),
            door=Subquery(went_live.values("door")[:1]),
        )
        .values_list(
            "is_own",
            "kind",
            "door",
            "decided_at",
            "author_id",
            "reviewer_id",
            *(f"{person}__{name}" for person in ("author", "reviewer") for name in _NAMES),
        )
    )


_publication_of = Prepared(_publications)


def last_publication(term: Term) -> Publication | None:
    """Return how the live text of a term came to be; None where there is none."""
    for is_own, kind, door, at, author, reviewer, *names in _publication_of(term.pk):
        reading = Reading.BY_ANOTHER
        if door == Event.Door.IMPORT:
            reading = Reading.IMPORTED
        elif is_own:
            reading = Reading.BY_ITS_AUTHOR
        elif author == reviewer:
            is_text = kind in {Event.Kind.PUBLISHED, Event.Kind.CHANGED}
            reading = Reading.BY_ITS_AUTHOR if is_text else Reading.DECIDED
        return Publication(_called(*names[:3]), _called(*names[3:]), reading, at)
    return None


def _called(first: str, last: str, account: str) -> str:
    return f"{first} {last}".strip() or account


_authors_of = Prepared(
    lambda pk: (
        Revision.objects.filter(term=pk, version__isnull=False)
        .order_by("version")
        .values_list(*(f"author__{name}" for name in _NAMES))
    )
)


def authors(term: Term) -> list[str]:
    """Return who wrote the published versions of a term, each once, in the order of their first."""
    return list(dict.fromkeys(_called(*names) for names in _authors_of(term.pk)))
