"""What lies on somebody's desk: texts that were typed and not sent yet, and who has which term open.

Each form that is opened is a sheet of its own, under a random name: two forms of one term, in two
tabs or on two days, never write over each other. Nothing here touches a term or a revision.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote_to_bytes

from django.db import transaction
from django.db.models.functions import Substr
from django.utils import timezone

from . import workflow
from .errors import InvalidContent, NotAllowed
from .models import Presence, Term, UnsentText

LARGEST_TEXT = 1_000_000
MOST_SHEETS = 50

_SHEET = re.compile(r"[A-Za-z0-9_-]{8,40}")
_PRESENT_FOR = timedelta(minutes=10)
_TEXTS_LIE_FOR = timedelta(days=30)
_TRACES_STAY_FOR = timedelta(days=1)


@dataclass(frozen=True)
class Lying:
    """A text on a desk that was not sent; without a term, it is to become one."""

    sheet: str
    term: Term | None
    name: str
    kept_at: datetime


@dataclass(frozen=True)
class Tidied:
    """How much was forgotten."""

    texts: int
    presences: int
    digests: int


# --- Texts ---------------------------------------------------------------------------------------


def fresh_sheet() -> str:
    """Return a name for a sheet that nobody has."""
    return secrets.token_urlsafe(12)


def is_sheet(name: str) -> bool:
    """Say whether this can be the name of a sheet."""
    return _SHEET.fullmatch(name) is not None


@transaction.atomic
def keep(
    *, by: Any, sheet: str, typed: str, term_id: int | None = None, based_on: int | None = None
) -> UnsentText:
    """Keep what was typed on a sheet, in place of what was kept of it before.

    `typed` is the form as a query string, `based_on` the number of the revision that it was typed
    against. Of more sheets than `MOST_SHEETS` the oldest goes.
    """
    _check(by, sheet, typed)
    values = {"term_id": term_id, "based_on": based_on, "typed": typed, "kept_at": timezone.now()}
    text, is_new = UnsentText.objects.update_or_create(by=by, sheet=sheet, defaults=values)
    if is_new:
        mine = UnsentText.objects.filter(by=by)
        too_many = mine.order_by("-kept_at", "-pk").values_list("pk", flat=True)[MOST_SHEETS:]
        mine.filter(pk__in=list(too_many)).delete()
    return text


def _check(by: Any, sheet: str, typed: str) -> None:
    if not by.is_active or not by.has_perm("terms.propose_term"):
        raise NotAllowed("Keep: your account has no right to propose. Copy your text to a safe place.")
    if not is_sheet(sheet):
        raise InvalidContent({"sheet": ["Keep: this form has no name of its own. Open it anew."]})
    size = len(unquote_to_bytes(typed))
    if size > LARGEST_TEXT:
        sentence = (
            f"Not kept: {size:,} bytes are too much, {LARGEST_TEXT:,} are allowed. "
            "Make the text shorter, or send it."
        )
        raise InvalidContent({"typed": [sentence]})


def take_up(by: Any, sheet: str) -> UnsentText | None:
    """Return what somebody typed on this sheet; it stays there until it is sent or thrown away."""
    if not is_sheet(sheet):
        return None
    return UnsentText.objects.select_related("term").filter(by=by, sheet=sheet).first()


def throw_away(by: Any, sheet: str) -> None:
    """Forget what somebody typed on this sheet."""
    if is_sheet(sheet):
        UnsentText.objects.filter(by=by, sheet=sheet).delete()


def lying(by: Any) -> list[Lying]:
    """Return what somebody typed and did not send, the newest first."""
    rows = UnsentText.objects.filter(by=by).select_related("term").defer("typed", *_LONG)
    rows = rows.annotate(beginning=Substr("typed", 1, _WHERE_THE_NAME_STANDS))
    return [
        Lying(
            row.sheet,
            row.term,
            row.term.full_name if row.term else _typed_name(row.beginning),
            row.kept_at,
        )
        for row in rows
    ]


# The name is the first field of the form.
_WHERE_THE_NAME_STANDS = 2_000
_LONG = ("term__definition", "term__definition_html", "term__document")


def _typed_name(typed: str) -> str:
    return parse_qs(typed).get("name", [""])[0].strip() or "A term without a name yet"


# --- Presence ------------------------------------------------------------------------------------


def arrive(user: Any, term_id: int) -> None:
    """Note that somebody has the form of a term before them."""
    # One statement: two tabs that open at once do not meet in it.
    Presence.objects.bulk_create(
        [Presence(user=user, term_id=term_id, seen_at=timezone.now())],
        update_conflicts=True,
        unique_fields=["user", "term"],
        update_fields=["seen_at"],
    )


def leave(user: Any, term_id: int) -> None:
    """Note that somebody is done with a term."""
    Presence.objects.filter(user=user, term_id=term_id).delete()


def others_at(term_id: int, user: Any, now: datetime) -> list[tuple[Any, datetime]]:
    """Return who else had the form of a term before them in the last ten minutes, latest first."""
    rows = Presence.objects.filter(term_id=term_id, seen_at__gt=now - _PRESENT_FOR, user__is_active=True)
    rows = rows.exclude(user=user).select_related("user").order_by("-seen_at", "pk")
    return [(row.user, row.seen_at) for row in rows]


# --- Tidying up ----------------------------------------------------------------------------------


@transaction.atomic
def tidy(now: datetime) -> Tidied:
    """Forget what has lain too long: texts of thirty days, traces of people of one day."""
    texts, _ = UnsentText.objects.filter(kept_at__lt=now - _TEXTS_LIE_FOR).delete()
    presences, _ = Presence.objects.filter(seen_at__lt=now - _TRACES_STAY_FOR).delete()
    return Tidied(texts, presences, workflow.forget_places(now))
