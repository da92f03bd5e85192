"""The log: one line for everything that somebody did, and through which door they came."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from . import notices
from .models import Event, Revision, Term

_door: ContextVar[str] = ContextVar("door", default=Event.Door.COMMAND)


@contextmanager
def through(door: str) -> Iterator[None]:
    """Enter everything that happens inside as done through this door (`Event.Door`)."""
    token = _door.set(door)
    try:
        yield
    finally:
        _door.reset(token)


@dataclass(frozen=True)
class Line:
    """What happened, to be entered in the log with others of its kind."""

    kind: str
    term: Term | None = None
    revision: Revision | None = None
    note: str = ""
    is_public: bool = False


def record_all(lines: Sequence[Line], *, by: Any) -> list[Event]:
    """Add many lines of one person to the log, and tell those who should hear of them."""
    events = Event.objects.bulk_create(
        Event(
            kind=line.kind,
            by=by,
            by_name=by.get_username(),
            door=_door.get(),
            term=line.term,
            revision=line.revision,
            note=line.note,
            is_public=line.is_public,
        )
        for line in lines
    )
    notices.tell_all(events)
    return events


def record(
    kind: str,
    *,
    by: Any,
    term: Term | None = None,
    revision: Revision | None = None,
    note: str = "",
    is_public: bool = False,
    by_name: str = "",
) -> Event:
    """Add a line to the log, and tell those who should hear of it.

    `by` is an account, or None for somebody without one, who is then called `by_name`.
    """
    event = Event.objects.create(
        kind=kind,
        by=by,
        by_name=by_name or by.get_username(),
        door=_door.get(),
        term=term,
        revision=revision,
        note=note,
        is_public=is_public,
    )
    notices.tell(event)
    return event
