"""Short looks at once, long ones in a process of their own (`manage.py db_worker`)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django_tasks import task

from ..errors import NotAllowed
from ..models import ScanState
from . import scanning
from .reading import comparable
from .scanning import ScanReport

MOST_AT_ONCE = 2_000

# A look that was asked for and did not come for so long was lost.
_LOST_AFTER = timedelta(days=1)
# Looks that take longer have a pause between them: nine tenths of the time belong to others.
_SHORT = 5.0
_PAUSE = 9.0
_LONGEST_PAUSE = 600.0


def look_again(*, by: Any) -> ScanReport | None:
    """Look at the whole glossary now; of a big one, let the worker look at what changed, and return None.

    `state` says how far it is. For those who work on drafts; raises NotAllowed for others.
    """
    if not by.is_active or not by.has_perm("terms.edit_term"):
        raise NotAllowed("Look-alikes: your account has no right to look for them. Ask a chief editor.")
    if comparable().count() <= MOST_AT_ONCE:
        return scanning.scan()
    _ask(is_full=not scanning.state().changed)
    return None


def look_again_soon() -> None:
    """Let the worker look at what changed, once this transaction is through; many changes ask once.

    What was written stands, whatever becomes of the asking.
    """
    transaction.on_commit(_ask_for_changed, robust=True)


def _ask_for_changed() -> None:
    _ask(is_full=False)


def _ask(*, is_full: bool) -> None:
    """Ask the worker for a look, unless one is due already."""
    now = timezone.now()
    row = ScanState.objects.filter(pk=1).first()
    if row is None:
        row = ScanState(pk=1)
        ScanState.objects.bulk_create([row], ignore_conflicts=True)
    if row.due_at is not None and row.due_at > now - _LOST_AFTER:
        return
    due_at = now if is_full else now + _pause(row)
    nobody_asked = Q(due_at__isnull=True) | Q(due_at__lte=now - _LOST_AFTER)
    if ScanState.objects.filter(nobody_asked, pk=1).update(due_at=due_at):
        (look.using(run_after=due_at) if due_at > now else look).enqueue(is_full)


def _pause(row: ScanState) -> timedelta:
    seconds = min(_PAUSE * row.seconds, _LONGEST_PAUSE) if row.seconds > _SHORT else 0.0
    return timedelta(seconds=seconds)


@task()
def look(is_full: bool) -> None:
    """Look at what changed, or at everything; where that takes no time to speak of, always at everything."""
    # First: what changes from now on has to ask anew.
    ScanState.objects.filter(pk=1).update(due_at=None)
    is_short = ScanState.objects.filter(pk=1, seconds__lte=_SHORT, looked_at__isnull=False).exists()
    if is_full or (is_short and scanning.state().changed):
        scanning.scan()
    else:
        scanning.scan_changed()
