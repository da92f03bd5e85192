"""The form of a term while somebody writes in it: what is kept of it, and who else has it open."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, QueryDict
from django.utils import timezone

from .. import sheets
from ..errors import TermbookError
from ..models import Term, UnsentText
from . import content_form
from .desk import number, remark
from .editing import Editing

# What belongs to the sending of a form, not to the text in it.
_NOT_TYPED = ("csrfmiddlewaretoken", "sheet", "_preview", "_save_draft", "_propose", "_more")


def take_what_was_sent(editing: Editing, data: QueryDict) -> None:
    """Lay on the desk what a form sent, under the name of its sheet."""
    editing.take(content_form.read(data), remark(data, "comment"), number(data.get("replaces")))
    named = data.get("sheet", "")
    editing.sheet = named if sheets.is_sheet(named) else sheets.fresh_sheet()


def keep(editing: Editing, data: QueryDict) -> datetime:
    """Keep what a form sent, as it stands, if there is a word new in it, and say when.

    Raises what the rules of the desk refuse.
    """
    if not editing.differs():
        sheets.throw_away(editing.by, editing.sheet)
        return timezone.now()
    typed = data.copy()
    for name in _NOT_TYPED:
        typed.pop(name, None)
    kept = sheets.keep(
        by=editing.by,
        sheet=editing.sheet,
        typed=typed.urlencode(),
        term_id=editing.term.pk if editing.term else None,
        based_on=number(data.get("based_on")),
    )
    return kept.kept_at


def keep_if_allowed(editing: Editing, data: QueryDict) -> None:
    """Keep what comes back on the page anyway; a refusal to keep it is said beside the others."""
    try:
        keep(editing, data)
    except TermbookError as refusal:
        editing.notices.append(refusal.message)


def kept_text(request: HttpRequest, term: Term | None) -> UnsentText | None:
    """Return the kept text that an address asks for, or None when it asks for none."""
    if request.method == "POST" or "kept" not in request.GET:
        return None
    text = sheets.take_up(request.user, request.GET["kept"])
    if text is None or text.term_id != (term.pk if term else None):
        raise Http404("This text is not kept any more: it was sent, thrown away, or lay here for too long.")
    return text


def go_on_with(editing: Editing, text: UnsentText) -> None:
    """Lay out a kept text again; what was published meanwhile is told, and compared when it is sent."""
    take_what_was_sent(editing, QueryDict(text.typed))
    editing.sheet = text.sheet
    at = timezone.localtime(text.kept_at)
    editing.notices.append(f"This is what you typed until {at:%Y-%m-%d %H:%M}. It is not sent yet.")
    live = editing.term.live_revision if editing.term else None
    if live is not None and live.pk not in {editing.base.pk, editing.base.based_on_id}:
        editing.notices.append(
            f"Revision {live.number} was published meanwhile. When you send, both texts are compared."
        )


def unsent(editing: Editing) -> list[sheets.Lying]:
    """Return what the same person typed for the same term on other sheets."""
    term_id = editing.term.pk if editing.term else None
    lying = [text for text in sheets.lying(editing.by) if (text.term.pk if text.term else None) == term_id]
    return [text for text in lying if text.sheet != editing.sheet]


def others_at(editing: Editing) -> list[tuple[Any, Any]]:
    """Note that this person has the term open, and return who else has."""
    if editing.term is None:
        return []
    sheets.arrive(editing.by, editing.term.pk)
    return sheets.others_at(editing.term.pk, editing.by, timezone.now())


def done(editing: Editing) -> None:
    """Clear the desk of a text that was sent."""
    sheets.throw_away(editing.by, editing.sheet)
    if editing.term is not None:
        sheets.leave(editing.by, editing.term.pk)


def in_words(editing: Editing) -> str:
    """Return what the checks and the hints found, counted, for those who hear the page."""
    found = []
    if editing.problems:
        found.append("cannot be sent like this")
    checks = editing.preview.checks if editing.preview else None
    if checks and checks.blocking:
        found.append(f"{len(checks.blocking)} in the way of publishing")
    if checks and checks.advisory:
        found.append(f"{len(checks.advisory)} worth a look")
    if editing.hints and editing.hints.count:
        found.append(f"{editing.hints.count} with a name like this")
    return f"Preview: {', '.join(found)}." if found else "Preview: nothing to remark."
