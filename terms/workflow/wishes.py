"""What becomes of drafts and proposals until they are decided: sent back, taken back, handed on."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone

from .. import discussion, log, revisions
from ..errors import InvalidContent, StaleEdit, WrongState
from ..models import Event, Revision
from . import rows
from .table import check


@transaction.atomic
def bring_up_to_date(*, revision_id: int, by: Any) -> Revision:
    """Write an open text anew on top of what was published since, where the two do not collide.

    No word of it is `by`'s: the author stays the author, and whoever pressed the button may still
    decide on it.

    Raises StaleEdit, with all three texts, where both sides changed the same words.
    """
    term, revision = rows.lock_revision(revision_id)
    check("bring_up_to_date", by, revision=revision)
    rows.check_is_there(term)
    live = rows.live_revision(term)
    base = revision.based_on
    if base is None or base.pk == live.pk:
        raise WrongState(f"Revision {revision.number} is up to date.")
    content, collisions = revisions.carry_over(base.content, live.content, revision.content)
    content = revisions.redirected(content, term.public_id)
    if collisions:
        labels = ", ".join(revisions.LABELS[field] for field in collisions)
        raise StaleEdit(
            f"Changed on both sides: {labels}. Bring the text up to date by hand.",
            rows.three_sides(base, live, revision.content),
        )
    if content == live.content:
        raise WrongState(f"Everything that revision {revision.number} wants is published already.")
    successor = rows.succeed(revision, content, based_on=live)
    note = f"Revision {revision.number} on top of revision {live.number}."
    log.record(Event.Kind.BROUGHT_UP_TO_DATE, by=by, term=term, revision=successor, note=note)
    return successor


@transaction.atomic
def request_changes(*, revision_id: int, by: Any, reason: str) -> Revision:
    """Send a proposal back to those who wrote it, with what they should change.

    The request is a thread on the proposal; a new text or an answer puts it back into the queue.
    """
    term, revision = rows.lock_revision(revision_id)
    check("request_changes", by, revision=revision)
    reason = rows.clean_remark("reason", reason)
    if not reason:
        raise InvalidContent({"reason": ["Ask for changes: say what should change; the author reads it."]})
    revision.state = Revision.State.CHANGES_REQUESTED
    revision.save(update_fields=["state"])
    discussion.say(revision, reason, by=by, asks_for_changes=True)
    log.record(Event.Kind.CHANGES_REQUESTED, by=by, term=term, revision=revision, note=reason)
    return revision


@transaction.atomic
def resubmit(*, revision_id: int, by: Any, answer: str) -> Revision:
    """Put a text back into the queue as it is, with an answer to what was asked for."""
    term, revision = rows.lock_revision(revision_id)
    check("resubmit", by, revision=revision)
    answer = rows.clean_remark("answer", answer)
    if not answer:
        raise InvalidContent({"answer": ["Propose again: say why the text stays as it is."]})
    discussion.say(revision, answer, by=by, thread=discussion.last_request(revision.line))
    revision.state = Revision.State.PROPOSED
    revision.save(update_fields=["state"])
    log.record(Event.Kind.RESUBMITTED, by=by, term=term, revision=revision, note=answer)
    return revision


@transaction.atomic
def assign(*, revision_id: int, by: Any, to: Any | None, due_on: Any = None) -> Revision:
    """Ask somebody to take care of an open text until a day (a date, or None); None takes it back."""
    term, revision = rows.lock_revision(revision_id)
    check("assign", by, revision=revision)
    rows.check_is_there(term)
    if to is not None:
        # Fresh and held: nobody closes the account in the same moment.
        to = get_user_model().objects.select_for_update(no_key=True).get(pk=to.pk)
    if to is not None and not (to.is_active and to.has_perm("terms.view_drafts")):
        raise InvalidContent({"assignee": [f"Assignee: {to} may not see proposals. Choose an editor."]})
    if (revision.assignee, revision.due_on) == (to, due_on):
        return revision
    if due_on is not None and due_on != revision.due_on and due_on < timezone.localdate():
        raise InvalidContent({"due_on": [f"Due: {due_on:%Y-%m-%d} is over. Choose today or later."]})
    revision.assignee, revision.due_on = to, due_on
    revision.save(update_fields=["assignee", "due_on"])
    whom = f"To {to}" if to else "To nobody"
    until = f", due {due_on:%Y-%m-%d}" if due_on else ""
    log.record(Event.Kind.ASSIGNED, by=by, term=term, revision=revision, note=f"{whom}{until}.")
    return revision


@transaction.atomic
def withdraw(*, revision_id: int, by: Any, comment: str = "") -> Revision:
    """Take back one's own draft or proposal; the text stays in the history."""
    term, revision = rows.lock_revision(revision_id)
    check("withdraw", by, revision=revision)
    comment = rows.clean_remark("comment", comment)
    revision.state = Revision.State.WITHDRAWN
    revision.save(update_fields=["state"])
    log.record(Event.Kind.WITHDRAWN, by=by, term=term, revision=revision, note=comment)
    return revision


@transaction.atomic
def reject(*, revision_id: int, by: Any, reason: str) -> Revision:
    """Reject a proposal; the reason goes to its author and stays in the history."""
    term, revision = rows.lock_revision(revision_id)
    check("reject", by, revision=revision)
    reason = rows.clean_remark("reason", reason)
    if not reason:
        raise InvalidContent({"reason": ["Reject: give a reason, the author will read it."]})
    rows.decide(revision, Revision.State.REJECTED, by, reason)
    log.record(Event.Kind.REJECTED, by=by, term=term, revision=revision, note=reason)
    return revision
