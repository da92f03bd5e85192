"""Doing what was shown: some hundred rows a transaction, so that a stop in the middle halves nothing.

Nothing here writes a term or a revision; that is for `workflow`, with its rights and its four eyes.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from .. import log
from ..errors import WrongState
from ..models import Event, ImportBatch, ImportRow, Term
from .accounts import check_right
from .batches import check_not_moved, check_token, options_of
from .running import Progress, Refused, Run, Stopped, outcome_in_words, rows_to_do

# A run that gives no sign of life for so long has been killed.
SILENT_FOR = timedelta(minutes=2)
_SILENT_AS_A_WHOLE_FOR = timedelta(minutes=30)

_State = ImportBatch.State
_logger = logging.getLogger(__name__)


@log.through(Event.Door.IMPORT)
def carry_out(batch: ImportBatch, token: str, *, by: Any, progress: Progress | None = None) -> ImportBatch:
    """Do what the preview with this token showed; a row that fails leaves the others alone.

    Rows are done once: whoever was stopped goes on with what is left. A row whose term was changed since
    the preview fails. With `all_or_nothing` nothing at all is written when one row cannot be.

    Raises WrongState for the token of another preview, for what is running, over or has nothing to do, and
    when the glossary has moved since; NotAllowed without the right.
    """
    begin(batch, token, by=by)
    return run(batch.pk, by=by, progress=progress)


@log.through(Event.Door.IMPORT)
def go_on(batch: ImportBatch, *, by: Any, progress: Progress | None = None) -> ImportBatch:
    """Do what is left of an import that was killed or cancelled. Raises WrongState for any other."""
    begin_again(batch, by=by)
    return run(batch.pk, by=by, progress=progress)


@transaction.atomic
def begin(batch: ImportBatch, token: str, *, by: Any) -> ImportBatch:
    """Mark a batch as running, if this is what was shown."""
    locked = _lock(batch.pk, by)
    check_token(locked, token, by)
    if locked.state == _State.RUNNING and is_silent(locked):
        return _beat(locked)
    if locked.state != _State.PREPARED:
        raise WrongState(f"{locked}: is {locked.get_state_display().lower()} already.")
    to_do = rows_to_do(locked).count()
    if not to_do and not _is_refused_as_a_whole(locked):
        raise WrongState("There is nothing to import: no row is new or changes anything.")
    check_not_moved(locked)
    is_empty = not Term.objects.filter(version__gt=0).exists()
    locked.options = {**locked.options, "keeps_times": is_empty}
    locked.state = _State.RUNNING
    locked.started_at = locked.heartbeat_at = timezone.now()
    locked.done, locked.total = 0, to_do * (2 if options_of(locked).publish else 1)
    locked.save(update_fields=["options", "state", "started_at", "done", "total", "heartbeat_at"])
    return locked


@transaction.atomic
def begin_again(batch: ImportBatch, *, by: Any) -> ImportBatch:
    """Mark a batch that was killed or cancelled as running again."""
    locked = _lock(batch.pk, by)
    if locked.state != _State.CANCELLED and not (locked.state == _State.RUNNING and is_silent(locked)):
        raise WrongState(
            f"{locked}: is {locked.get_state_display().lower()}; there is nothing to go on with."
        )
    locked.state, locked.message, locked.finished_at = _State.RUNNING, "", None
    locked.save(update_fields=["state", "message", "finished_at"])
    return _beat(locked)


def is_silent(batch: ImportBatch) -> bool:
    """Say whether a batch that runs gives no sign of life: its process was killed, or never began."""
    if batch.state != _State.RUNNING or batch.heartbeat_at is None:
        return False
    allowed = _SILENT_AS_A_WHOLE_FOR if options_of(batch).all_or_nothing else SILENT_FOR
    return batch.heartbeat_at < timezone.now() - allowed


def cancel(batch: ImportBatch, *, by: Any) -> ImportBatch:
    """Stop an import after the rows that it is at; what is done stays and can be undone."""
    with transaction.atomic(), log.through(Event.Door.IMPORT):
        locked = _lock(batch.pk, by)
        if locked.state != _State.RUNNING:
            raise WrongState(f"{locked}: is {locked.get_state_display().lower()}; there is nothing to stop.")
        _stop(locked, f"Stopped by {by.get_username()}.")
        log.record(Event.Kind.IMPORT_CANCELLED, by=by, note=outcome_in_words(locked))
        return locked


def _stop(batch: ImportBatch, message: str) -> None:
    batch.state, batch.message, batch.finished_at = _State.CANCELLED, message, timezone.now()
    batch.save(update_fields=["state", "message", "finished_at"])


def _lock(batch_id: int, by: Any) -> ImportBatch:
    batch = ImportBatch.objects.select_for_update().get(pk=batch_id)
    check_right(by, publish=options_of(batch).publish)
    return batch


def _beat(batch: ImportBatch) -> ImportBatch:
    batch.heartbeat_at = timezone.now()
    batch.save(update_fields=["heartbeat_at"])
    return batch


def _bad_rows(batch: ImportBatch) -> QuerySet[ImportRow]:
    """Return the rows that nothing can be made of."""
    bad = (ImportRow.Action.CONFLICT, ImportRow.Action.INVALID)
    return batch.rows.filter(action__in=bad, is_left_out=False).order_by("position")


def _is_refused_as_a_whole(batch: ImportBatch) -> bool:
    return options_of(batch).all_or_nothing and _bad_rows(batch).exists()


def has_work(batch: ImportBatch) -> bool:
    """Say whether carrying a batch out would do anything, or tell that it cannot be done as a whole."""
    return rows_to_do(batch).exists() or _is_refused_as_a_whole(batch)


# --- The run -------------------------------------------------------------------------------------


def run(batch_id: int, *, by: Any, progress: Progress | None = None) -> ImportBatch:
    """Do all that is left of a batch that is marked as running."""
    batch = ImportBatch.objects.get(pk=batch_id)
    try:
        if options_of(batch).all_or_nothing:
            _run_as_a_whole(batch, by, progress)
        else:
            Run(batch, by, progress).work()
    except Stopped:
        pass
    except BaseException as failure:
        _leave_to_go_on(batch_id, failure)
        raise
    batch.refresh_from_db()
    return batch


def _run_as_a_whole(batch: ImportBatch, by: Any, progress: Progress | None) -> None:
    try:
        for row in _bad_rows(batch)[:1]:
            raise Refused(row)
        with transaction.atomic():
            Run(batch, by, progress).work()
    except Refused as refusal:
        _refuse(batch.pk, refusal.row)


def _refuse(batch_id: int, row: ImportRow) -> None:
    with transaction.atomic():
        batch = ImportBatch.objects.select_for_update().get(pk=batch_id)
        reason = row.message or row.because
        where = f"{row.path}, line {row.line}" if row.path else f"Line {row.line}"
        batch.state, batch.finished_at, batch.done = _State.FAILED, timezone.now(), 0
        batch.message = f"Nothing was imported. {where}: {reason}"
        batch.save(update_fields=["state", "finished_at", "message", "done"])


def _leave_to_go_on(batch_id: int, failure: BaseException) -> None:
    """Mark a run that broke off as stopped, so that it need not be silent for minutes to be gone on with."""
    if isinstance(failure, Exception):
        _logger.error("Import %s broke off.", batch_id, exc_info=failure)
    what = (
        "from the keyboard"
        if isinstance(failure, KeyboardInterrupt)
        else f"by an error ({type(failure).__name__})"
    )
    found = ImportBatch.objects.filter(pk=batch_id, state=_State.RUNNING)
    message = f"Stopped {what}. What was done stays; go on with it, or undo it."
    found.update(state=_State.CANCELLED, message=message, finished_at=timezone.now())
