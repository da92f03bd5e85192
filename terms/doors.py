"""Through which door a request comes in, and at which address: the log and mails say so of what is done
inside it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.http import HttpRequest, HttpResponse

from . import log, notices
from .models import Event
from .web import origin

Answer = Callable[[HttpRequest], HttpResponse]


def note_the_door(answer: Answer) -> Answer:
    """Answer each request inside the door that its address belongs to; a middleware."""

    def answer_through(request: HttpRequest) -> HttpResponse:
        with log.through(_door_of(request.path_info)), notices.asked_at(partial(origin, request)):
            return answer(request)

    return answer_through


def _door_of(path: str) -> str:
    if path.startswith("/admin/"):
        return Event.Door.DESK
    return Event.Door.API if path.startswith("/api/") else Event.Door.SITE
