"""Short imports at once, long ones in a process of their own (`manage.py db_worker`)."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django_tasks import task

from .. import log
from ..models import Event, ImportBatch
from .carrying_out import begin, begin_again, run

MOST_AT_ONCE = 500


@log.through(Event.Door.IMPORT)
def start(batch: ImportBatch, token: str, *, by: Any) -> ImportBatch:
    """Carry out what was shown: up to `MOST_AT_ONCE` rows now, more of them in the background.

    Raises as `carry_out`. A batch that is still running when this returns is carried out by the worker;
    `is_silent` says when there is none.
    """
    return _run_or_enqueue(begin(batch, token, by=by), by)


@log.through(Event.Door.IMPORT)
def go_on_later(batch: ImportBatch, *, by: Any) -> ImportBatch:
    """Go on with what was killed or cancelled, as `start` does."""
    return _run_or_enqueue(begin_again(batch, by=by), by)


def _run_or_enqueue(batch: ImportBatch, by: Any) -> ImportBatch:
    if batch.total - batch.done <= MOST_AT_ONCE:
        return run(batch.pk, by=by)
    run_in_background.enqueue(batch.pk, by.pk)
    batch.refresh_from_db()
    return batch


@task()
def run_in_background(batch_id: int, user_id: int) -> None:
    """Do all that is left of a batch that is marked as running."""
    with log.through(Event.Door.IMPORT):
        run(batch_id, by=get_user_model().objects.get(pk=user_id))
