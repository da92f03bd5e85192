"""Undoing a bulk change, as far as its terms were not changed in the same place since."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from .. import checking, log, publishing, workflow
from ..errors import NotAllowed, TermbookError, WrongState
from ..models import Event, Operation, Revision, Term
from .parts import (
    NOW,
    TAKEN_BACK,
    UNCHANGED,
    Outcome,
    Row,
    Step,
    Subject,
    by_name,
    carry_out_row,
    check_right,
    kept,
    live_revision,
    refused,
    row_of,
    shortened,
    step_to_tags,
    subjects,
    terms_in_words,
    why_without_text,
)


def undo_preview(operation_id: int, by: Any) -> tuple[Row, ...]:
    """Say what undoing a bulk change would do to each term that it changed. Raises as `undo`."""
    operation = _operation(Operation.objects.filter(pk=operation_id))
    _check_may_undo(operation, by)
    entries = _entries(operation)
    return by_name(
        _undo_step(operation, subject, entries[subject.term.pk], by)[0] for subject in subjects(entries, by)
    )


@log.through(Event.Door.BULK)
def undo(operation_id: int, by: Any) -> Outcome:
    """Take a bulk change back, as far as its terms were not changed in the same place since.

    For whoever made it, and for reviewers. Proposals that wait are withdrawn by their author and
    rejected by anybody else; tags that are approved by now are proposed back; a status goes back
    with its reason and its relations. What was changed since stays, and is told.

    Raises NotAllowed, and WrongState for what was undone already or has nothing left to undo.
    """
    with transaction.atomic():
        publishing.hold_content_version()
        operation = _operation(Operation.objects.select_for_update().filter(pk=operation_id))
        _check_may_undo(operation, by)
        entries = _entries(operation)
        steps = (_fresh_undo_step(operation, pk, entries[pk], by) for pk in sorted(entries))
        rows = [carry_out_row(row, write) for row, write in steps]
        count = sum(row.is_done for row in rows)
        if not count:
            raise WrongState("Nothing of this change is left to undo.")
        operation.undone_by, operation.undone_at = by, timezone.now()
        operation.reversal = {**operation.reversal, "undone": [kept(row) for row in rows]}
        operation.save(update_fields=["undone_by", "undone_at", "reversal"])
        note = shortened(f"{count:,} of {terms_in_words(len(rows))}. {operation.note}")
        log.record(Event.Kind.BULK_UNDONE, by=by, note=note)
        return Outcome(operation, by_name(rows))


def may_undo(operation: Operation, by: Any) -> bool:
    """Say whether this person may try to undo this operation."""
    try:
        _check_may_undo(operation, by)
    except TermbookError:
        return False
    return True


def rows_of(operation: Operation, by: Any, *, undone: bool = False) -> tuple[Row, ...]:
    """Return what a bulk change did to each term, or what its undoing did, as it was told then."""
    kept = {entry["term"]: entry for entry in operation.reversal.get("undone" if undone else "rows", [])}
    terms = Term.objects.visible_to(by).filter(pk__in=kept)
    return by_name(
        Row(term, entry["base"], entry["outcome"], entry["sentence"], after=entry["after"])
        for term in terms.defer("definition", "definition_html", "document")
        for entry in [kept[term.pk]]
    )


def _operation(found: Any) -> Operation:
    operation = found.filter(kind=Operation.Kind.BULK_CHANGE).first()
    if operation is None:
        raise WrongState("There is no such bulk change.")
    return operation


def _check_may_undo(operation: Operation, by: Any) -> None:
    is_reviewer = by.has_perm("terms.review_term")
    check_right(operation.reversal.get("action", ""), by)
    if operation.by_id != by.pk and not is_reviewer:
        raise NotAllowed("Undo: only whoever made this change, or a reviewer, can undo it.")
    if operation.undone_at is not None:
        day = timezone.localtime(operation.undone_at)
        raise WrongState(f"This change was undone on {day:%Y-%m-%d} by {operation.undone_by} already.")


def _entries(operation: Operation) -> dict[int, Mapping[str, Any]]:
    """Return what was written for each term that the change did something to."""
    return {entry["term"]: entry for entry in operation.reversal["rows"] if entry["after"] is not None}


def _fresh_undo_step(operation: Operation, term_id: int, entry: Mapping[str, Any], by: Any) -> Step:
    [subject] = subjects([term_id], by)
    return _undo_step(operation, subject, entry, by)


def _undo_step(operation: Operation, subject: Subject, entry: Mapping[str, Any], by: Any) -> Step:
    texts = subject.term.revisions.filter(number__in=[entry["base"], entry["after"]])
    before, after = texts.select_related("based_on", "supersedes").order_by("number")
    comment = f"Bulk change of {timezone.localtime(operation.at):%Y-%m-%d} undone."
    if operation.reversal["action"]:
        return _undo_status(subject, before, after, comment, by)
    if after.supersedes_id is not None:
        return _undo_tags(subject, before, after, comment, by)
    return _undo_proposal(subject, after, comment, by)


def _undo_status(subject: Subject, before: Revision, after: Revision, comment: str, by: Any) -> Step:
    term, live = subject.term, subject.term.live_revision
    if live is None or not term.is_public:
        return refused(subject, f"Is {term.get_status_display().lower()}; it stays as it is.")
    if any(live.content[field] != after.content[field] for field in workflow.DECIDED_ALONE):
        return refused(subject, "Its status, the reason or the relations were changed since; they stay.")
    content = {**live.content, **{field: before.content[field] for field in workflow.DECIDED_ALONE}}
    refusal = checking.refusal(content, term=term)
    if refusal is not None:
        return refused(subject, refusal.message)
    sentence = "Is as it was before, at once."
    return row_of(subject, live, NOW, sentence, content), lambda: live_revision(
        workflow.set_back(term_id=term.pk, by=by, before=before.number, after=after.number, comment=comment)
    )


def _undo_proposal(subject: Subject, after: Revision, comment: str, by: Any) -> Step:
    """Plan to take back tags that were proposed for a public term."""
    newest = _newest_of_line(after)
    if newest.state == Revision.State.APPROVED and newest.based_on is not None:
        return _undo_tags(subject, newest.based_on, newest, comment, by)
    if not newest.is_open:
        state = newest.get_state_display().lower()
        return row_of(subject, newest, UNCHANGED, f"Revision {newest.number} is {state} already."), None
    if not _wants_only_tags(newest):
        sentence = f"Revision {newest.number} took it up and wants more; decide on that one."
        return refused(subject, sentence)
    return _take_back(subject, newest, comment, by)


def _newest_of_line(revision: Revision) -> Revision:
    newest, rows = revision, Revision.objects.select_related("based_on", "supersedes")
    while (successor := rows.filter(supersedes=newest).first()) is not None:
        newest = successor
    return newest


def _wants_only_tags(revision: Revision) -> bool:
    base = revision.based_on
    return base is not None and {**revision.content, "tags": []} == {**base.content, "tags": []}


def _take_back(subject: Subject, wish: Revision, comment: str, by: Any) -> Step:
    row = row_of(subject, wish, TAKEN_BACK, f"Revision {wish.number}, which waits, is taken back.")
    if workflow.may(by, "withdraw", revision=wish):
        return row, lambda: workflow.withdraw(revision_id=wish.pk, by=by, comment=comment)
    try:
        workflow.check("reject", by, revision=wish)
    except TermbookError as refusal:
        return refused(subject, refusal.message)
    return row, lambda: workflow.reject(revision_id=wish.pk, by=by, reason=comment)


def _undo_tags(subject: Subject, before: Revision, after: Revision, comment: str, by: Any) -> Step:
    """Plan to write the tags back into the text that there is now; the rest of it stays."""
    text = subject.text
    if text is None:
        return refused(subject, why_without_text(subject.term))
    if text.content["tags"] != after.content["tags"]:
        return refused(subject, "Its tags were changed since; they stay.")
    return step_to_tags(subject, text, before.content["tags"], {}, comment, by)
