"""What readers look for in vain, counted without a trace of who they were.

Noting costs a reader nothing: it stays in memory, and is written when the answer has left, by a
thread of its own that may wait for the database. What is lost when a process ends is a few counts.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from django.db import Error, connection, transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone

from . import text as spelling
from . import workflow
from .errors import NotAllowed, WrongState
from .models import NAME_LENGTH, IndexEntry, Term, WantedTerm

# One search may be a slip of the finger, or say something about the one person who typed it.
SHOWN_FROM = 2
# Somebody who types more does not look for a name.
WORDS_AT_MOST = 8
SIGNS_AT_MOST = 80
ROWS_AT_MOST = 5_000
FORGOTTEN_AFTER = timedelta(days=180)

_WRITTEN_FROM = 20
_WRITTEN_AFTER = 30.0
# While the database takes nothing; a stranger who types at random fills no memory.
_WAITING_AT_MOST = 200

# An address of mail or of the web, and a number long enough to be that of a person or a telephone.
_ADDRESS = re.compile(r"@|://|\bwww\.|\w\.\w+/")
_LONG_NUMBER = re.compile(r"(?:\d[ ()./+-]*){6}")
# What only the syntax of the search means is no part of a name.
_SYNTAX = re.compile(r"""["“”]|(?:^|\s)-\w|\b(?:tag|letter|status|language):""")


class _Waiting:
    """Names that are not written yet, by key. The same one within half a minute counts once: a page
    that is loaded again, or a program that asks over and over, is no greater demand."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._names: dict[str, str] = {}
        self._since = 0.0

    def add(self, names: Mapping[str, str]) -> None:
        with self._lock:
            if not self._names:
                self._since = time.monotonic()
            for key, name in names.items():
                if len(self._names) < _WAITING_AT_MOST:
                    self._names.setdefault(key, name)

    def take(self) -> dict[str, str]:
        with self._lock:
            names, self._names = self._names, {}
            return names

    def is_due(self) -> bool:
        with self._lock:
            waited = time.monotonic() - self._since
            return len(self._names) >= _WRITTEN_FROM or (bool(self._names) and waited >= _WRITTEN_AFTER)


_waiting = _Waiting()
# Held by the thread that writes: one is enough.
_writing = threading.Lock()


# --- Noting --------------------------------------------------------------------------------------


def note_failure(text: str) -> None:
    """Note that a reader looked for this and did not find it; what may be personal is dropped at once.

    Touches no database, so it can be called while a state is read.
    """
    name = " ".join(text.split())
    key = spelling.sort_key(name)
    if _may_be_a_name(name, key):
        _waiting.add({key: name})


def _may_be_a_name(name: str, key: str) -> bool:
    folded = spelling.fold(name)
    return (
        2 <= len(folded) <= SIGNS_AT_MOST
        and 0 < len(key) <= SIGNS_AT_MOST
        and len(name) <= NAME_LENGTH
        and name.isprintable()
        and any(sign.isalpha() for sign in key)
        and len(folded.split()) <= WORDS_AT_MOST
        and not _ADDRESS.search(folded)
        and not _LONG_NUMBER.search(folded)
        and not _SYNTAX.search(folded)
    )


def write_if_due(**_: Any) -> None:
    """Begin to write what waits, if it is time; called at the end of each request, waits for nothing."""
    # Inside a transaction of the caller nothing has ended yet.
    if _waiting.is_due() and not connection.in_atomic_block and _writing.acquire(blocking=False):
        threading.Thread(target=_write_and_close, name="wanted-terms", daemon=True).start()


def _write_and_close() -> None:
    try:
        flush()
    finally:
        _writing.release()
        connection.close()


def flush() -> bool:
    """Write what waits in the memory of this process; return whether the database took it.

    What it did not take is kept for the next time.
    """
    names = _waiting.take()
    try:
        with transaction.atomic():
            _count(names)
    except Error:
        _waiting.add(names)
        return False
    return True


def _count(names: Mapping[str, str]) -> None:
    if not names:
        return
    today = timezone.localdate()
    # In order of the keys: two processes would otherwise wait for each other. Rows that are there stay.
    rows = [
        WantedTerm(
            key=key, text=names[key], slug=spelling.slug_for(names[key]), first_on=today, last_on=today
        )
        for key in sorted(names)
    ]
    WantedTerm.objects.bulk_create(rows, ignore_conflicts=True)
    WantedTerm.objects.filter(key__in=list(names)).update(count=F("count") + 1, last_on=today)
    _forget(today)


def _forget(today: date) -> None:
    """Take away what nobody asked for lately, and beyond the greatest number the least asked and oldest."""
    WantedTerm.objects.filter(last_on__lt=today - FORGOTTEN_AFTER).delete()
    over = WantedTerm.objects.order_by("-count", "-last_on", "-pk").values_list("pk", flat=True)[
        ROWS_AT_MOST:
    ]
    if surplus := list(over):
        WantedTerm.objects.filter(pk__in=surplus).delete()


# --- What editors see of it, and what they do -----------------------------------------------------


def wanted() -> QuerySet[WantedTerm]:
    """Return what was asked for more than once and has neither an entry nor a draft, most wanted first."""
    return _not_dismissed().exclude(_has_draft())


def being_written() -> QuerySet[WantedTerm]:
    """Return what was asked for and has a draft, which readers do not see."""
    return _not_dismissed().filter(_has_draft())


def dismissed() -> QuerySet[WantedTerm]:
    """Return what editors do not want, the last one dismissed first."""
    return (
        _unanswered()
        .filter(dismissed_at__isnull=False)
        .select_related("dismissed_by")
        .order_by("-dismissed_at", "key")
    )


def drafts(rows: Iterable[WantedTerm]) -> dict[str, Term]:
    """Return the drafts of the names of these rows, by key; of several the first one."""
    keys = {row.slug: row.key for row in rows}
    terms = Term.objects.filter(status=Term.Status.DRAFT, name_slug__in=list(keys))
    in_order = terms.order_by("-pk").defer("definition", "definition_html")
    return {keys[term.name_slug]: term for term in in_order}


@transaction.atomic
def make_draft(wanted_id: int, *, by: Any) -> Term:
    """Make a draft of what is wanted, with nothing but its name, or return the one that is there.

    Raises NotAllowed, and WrongState where readers find the name by now, or it is forgotten.
    """
    check_right(by)
    # Two editors who press the button at once: the second one waits, and is led to the same draft.
    row = WantedTerm.objects.select_for_update().filter(pk=wanted_id).first()
    if row is None:
        raise WrongState("This name is not in the list any more. Write a new term if you know what it was.")
    if there := drafts([row]).get(row.key):
        return there
    if IndexEntry.objects.filter(key=row.key, turned=0).exists():
        raise WrongState(f"“{row.text}” has an entry by now. There is nothing to write.")
    said = f"Readers looked for it {row.count:,} times." if row.count > 1 else "A reader looked for it."
    return workflow.create_draft(content={"name": row.text}, comment=said, by=by).term


@transaction.atomic
def dismiss(wanted_ids: Collection[int], *, by: Any) -> int:
    """Say that these are not wanted, and return how many that was news for. Raises NotAllowed."""
    check_right(by)
    rows = WantedTerm.objects.filter(pk__in=wanted_ids, dismissed_at__isnull=True)
    return rows.update(dismissed_by=by, dismissed_at=timezone.now())


@transaction.atomic
def take_back(wanted_ids: Collection[int], *, by: Any) -> int:
    """Want these again after all, and return how many were dismissed. Raises NotAllowed."""
    check_right(by)
    rows = WantedTerm.objects.filter(pk__in=wanted_ids, dismissed_at__isnull=False)
    return rows.update(dismissed_by=None, dismissed_at=None)


def check_right(by: Any) -> None:
    """Refuse whoever may not decide what is written."""
    if not by.is_active or not by.has_perm("terms.edit_term"):
        raise NotAllowed("Wanted terms: your account has no right to decide on them. Ask a chief editor.")


def _not_dismissed() -> QuerySet[WantedTerm]:
    return _unanswered().filter(dismissed_at__isnull=True, count__gte=SHOWN_FROM)


def _unanswered() -> QuerySet[WantedTerm]:
    """What no public name answers by now, hidden aliases among them."""
    answers = IndexEntry.objects.filter(key=OuterRef("key"), turned=0)
    return WantedTerm.objects.exclude(Exists(answers))


def _has_draft() -> Exists:
    return Exists(Term.objects.filter(status=Term.Status.DRAFT, name_slug=OuterRef("slug")))
