"""Drafts and proposals: how somebody wants a term to read, until it is decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone

from .. import discussion, log, revisions
from ..errors import InvalidContent, StaleEdit, WrongState
from ..models import Event, Revision, Term
from ..revisions import Content
from . import rows
from .table import TRANSITIONS, check


@transaction.atomic
def create_draft(*, content: Mapping[str, Any], by: Any, comment: str = "", public_id: str = "") -> Revision:
    """Make a new term with its first revision, both drafts. Drafts may share names; see `checks`.

    `public_id` keeps the identifier that the term had in the glossary it comes from.
    """
    check("create_draft", by)
    if public_id:
        revisions.check_public_id(public_id)
    comment = rows.clean_remark("comment", comment)
    return _new_term(revisions.clean(content, by=by), by, comment, Revision.State.DRAFT, public_id)


@transaction.atomic
def propose(
    *,
    content: Mapping[str, Any],
    by: Any,
    term_id: int | None = None,
    based_on: int | None = None,
    comment: str = "",
    replaces: int | None = None,
) -> Revision:
    """Propose a new term, or how an existing one should read; readers see nothing of it yet.

    `based_on` is the number of the revision that the author had in front of them: the live one, or
    an open one that this text corrects. Keys that `content` leaves out stay as they are there.
    Without content, the comment alone is the proposal: a remark for the reviewers to take up.
    `replaces` is the number of an open text that was overtaken by a publication and that this one,
    written against the live text, takes the place of.

    Raises StaleEdit when that revision is no longer the newest of its line, with all three texts.
    """
    if term_id is None:
        check("propose", by)
        comment = rows.clean_remark("comment", comment)
        _check_summary(comment)
        return _new_term(revisions.clean(content, by=by), by, comment, Revision.State.PROPOSED)
    return _follow_up("propose", term_id, based_on, content, by, comment, replaces)


@transaction.atomic
def save_draft(
    *,
    term_id: int,
    based_on: int | None,
    content: Mapping[str, Any],
    by: Any,
    comment: str = "",
    replaces: int | None = None,
) -> Revision:
    """Keep a text without proposing it; otherwise as `propose`."""
    return _follow_up("save_draft", term_id, based_on, content, by, comment, replaces)


def _new_term(content: Content, by: Any, comment: str, state: str, public_id: str = "") -> Revision:
    term = Term(public_id=public_id) if public_id else Term()
    revisions.write_content(term, content)
    revision = Revision.objects.create(
        term=term, number=1, content=content, author=by, comment=comment, state=state
    )
    log.record(Event.Kind.CREATED, by=by, term=term, revision=revision, note=comment)
    if state == Revision.State.PROPOSED:
        log.record(Event.Kind.PROPOSED, by=by, term=term, revision=revision, note=comment)
    return revision


def _follow_up(
    action: str,
    term_id: int,
    based_on: int | None,
    content: Mapping[str, Any],
    by: Any,
    comment: str,
    replaces: int | None,
) -> Revision:
    term = rows.lock(term_id)
    check(action, by)
    rows.check_is_there(term)
    base = rows.base(term, based_on)
    _check_is_newest(term, base, content)
    check(action, by, revision=base)
    replaced = _replaced(action, term, base, replaces, content, by)
    comment = rows.clean_remark("comment", comment)
    cleaned = revisions.clean(content, by=by, base=base.content, term=term)
    if action == "propose":
        _check_summary(comment)
        if cleaned == base.content and base.state == Revision.State.DRAFT:
            return _submit(term, base, by, comment)
    is_remark = action == "propose" and not content and comment and base.state == Revision.State.APPROVED
    is_again = base.state in {Revision.State.REJECTED, Revision.State.WITHDRAWN}
    if cleaned == base.content and not is_again and not is_remark:
        raise InvalidContent({"content": [f"Nothing was changed against revision {base.number}."]})
    return _succeed(action, term, base, replaced, cleaned, by, comment)


def _replaced(
    action: str, term: Term, base: Revision, number: int | None, local: Mapping[str, Any], by: Any
) -> Revision | None:
    """Return the text whose place the new one takes: the one it corrects, or one that was overtaken."""
    corrects = base if base.state != Revision.State.APPROVED else None
    if number is None or corrects is not None:
        return corrects
    overtaken = rows.base(term, number)
    successor = Revision.objects.filter(supersedes=overtaken).first()
    if successor is not None:
        what = f"Revision {successor.number} replaced revision {overtaken.number}"
        raise rows.stale(overtaken, successor, local, what)
    if not overtaken.is_open:
        raise WrongState(f"Revision {overtaken.number} is {overtaken.get_state_display().lower()} already.")
    if overtaken.based_on_id == term.live_revision_id:
        raise WrongState(f"Revision {overtaken.number} is up to date. Correct it instead of replacing it.")
    check(action, by, revision=overtaken)
    return overtaken


def _check_is_newest(term: Term, base: Revision, local: Mapping[str, Any]) -> None:
    """Refuse a text that was written in front of something that is no longer the latest word."""
    successor = Revision.objects.filter(supersedes=base).first()
    if successor is not None:
        raise rows.stale(
            base, successor, local, f"Revision {successor.number} replaced revision {base.number}"
        )
    live = term.live_revision
    written_for = base.pk if base.state == Revision.State.APPROVED else base.based_on_id
    if live is not None and written_for != live.pk:
        raise rows.stale(base, live, local, f"Revision {live.number} was published")


def _check_summary(comment: str) -> None:
    if settings.SUMMARY_REQUIRED and not comment.strip():
        raise InvalidContent({"comment": ["Summary: say in a few words what you changed and why."]})


def _submit(term: Term, draft: Revision, by: Any, comment: str) -> Revision:
    draft.state = Revision.State.PROPOSED
    draft.save(update_fields=["state"])
    log.record(Event.Kind.PROPOSED, by=by, term=term, revision=draft, note=comment)
    return draft


def _succeed(
    action: str,
    term: Term,
    base: Revision,
    replaced: Revision | None,
    content: Content,
    by: Any,
    comment: str,
) -> Revision:
    """Add a revision after `base`: a wish against the live text, or a correction of an open wish."""
    revision = Revision.objects.create(
        term=term,
        number=rows.next_number(term),
        content=content,
        author=by,
        comment=comment or (replaced.comment if replaced else ""),
        based_on=base if base.state == Revision.State.APPROVED else base.based_on,
        supersedes=replaced,
        state=TRANSITIONS[action].to,
        **_assignment_of(replaced),
    )
    _close_replaced(replaced)
    if term.status == Term.Status.DRAFT:
        revisions.write_content(term, content)
    kind = Event.Kind.PROPOSED if action == "propose" else Event.Kind.SAVED
    log.record(kind, by=by, term=term, revision=revision, note=comment)
    return revision


def _assignment_of(replaced: Revision | None) -> dict[str, Any]:
    if replaced is None or not replaced.is_open:
        return {}
    return {"assignee_id": replaced.assignee_id, "due_on": replaced.due_on}


def _close_replaced(replaced: Revision | None) -> None:
    if replaced is not None and replaced.is_open:
        replaced.state = Revision.State.SUPERSEDED
        replaced.save(update_fields=["state"])


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
    if collisions:
        labels = ", ".join(revisions.LABELS[field] for field in collisions)
        raise StaleEdit(
            f"Changed on both sides: {labels}. Bring the text up to date by hand.",
            rows.three_sides(base, live, revision.content),
        )
    if content == live.content:
        raise WrongState(f"Everything that revision {revision.number} wants is published already.")
    return _rebase(term, revision, live, content, by)


def _rebase(term: Term, revision: Revision, live: Revision, content: Content, by: Any) -> Revision:
    successor = Revision.objects.create(
        term=term,
        number=rows.next_number(term),
        content=content,
        author=revision.author,
        comment=revision.comment,
        based_on=live,
        supersedes=revision,
        state=revision.state,
        **_assignment_of(revision),
    )
    _close_replaced(revision)
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
