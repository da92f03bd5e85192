"""Taking an import back, row by row, as far as nobody worked on its terms since."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from .. import log, publishing, workflow
from ..errors import NotAllowed, TermbookError, WrongState
from ..models import Event, ImportBatch, ImportedRecord, ImportRow, Revision, Term
from .accounts import check_right, importer
from .running import Progress, operation_of, outcome_in_words

# What becomes of a row.
PUT_AWAY, SET_BACK, TAKEN_BACK, STAYS = "put away", "set back", "taken back", "stays"
_AT_ONCE = 200

_State, _Outcome = ImportBatch.State, ImportRow.Outcome
_signer = signing.Signer(salt="terms.importing.undo")


@dataclass(frozen=True)
class UndoRow:
    """What becomes, or became, of one row, as a sentence."""

    row: ImportRow
    outcome: str
    sentence: str

    @property
    def is_done(self) -> bool:
        return self.outcome != STAYS


@dataclass(frozen=True)
class UndoPreview:
    """What an undo would do, and the token with which exactly this can be carried out."""

    rows: tuple[UndoRow, ...]
    token: str

    @property
    def count(self) -> int:
        return sum(row.is_done for row in self.rows)


_Step = tuple[UndoRow, Callable[[], object] | None]


def undo_preview(batch: ImportBatch, *, by: Any) -> UndoPreview:
    """Say what undoing an import would do to each term that it made or changed. Raises as `undo`."""
    batch = ImportBatch.objects.get(pk=batch.pk)
    _check_may_undo(batch, by)
    rows = tuple(told for some in _rows_at_a_time(batch) for told, _ in _steps(batch, some, by))
    return UndoPreview(rows, _token(batch, rows, by))


@log.through(Event.Door.IMPORT)
def undo(batch: ImportBatch, token: str, *, by: Any, progress: Progress | None = None) -> ImportBatch:
    """Take an import back: new terms are put away, changes taken back; each term that somebody worked on
    since stays, and is told.

    For whoever brought it in, and for reviewers; what is public by now only goes with the rights to that.
    Raises NotAllowed, and WrongState for another preview, for what was undone already or has nothing left.
    """
    preview = undo_preview(batch, by=by)
    if token != preview.token:
        raise WrongState("This is not what the preview showed. Look at the preview again.")
    if not preview.count:
        raise WrongState("Nothing of this import is left to undo.")
    done = 0
    for some in _rows_at_a_time(batch):
        done += len(some)
        _undo_some(batch.pk, [row.pk for row in some], by)
        if progress is not None:
            progress(done, len(preview.rows))
    return _finish(batch.pk, by)


def may_undo(batch: ImportBatch, by: Any) -> bool:
    """Say whether this person may try to undo this import."""
    try:
        _check_may_undo(batch, by)
    except TermbookError:
        return False
    return True


def _check_may_undo(batch: ImportBatch, by: Any) -> None:
    check_right(by)
    if batch.by_id != by.pk and not by.has_perm("terms.review_term"):
        raise NotAllowed("Undo: only whoever brought this in, or a reviewer, can undo it.")
    if batch.state == _State.UNDONE and batch.operation is not None and batch.operation.undone_at is not None:
        day = timezone.localtime(batch.operation.undone_at)
        raise WrongState(f"This import was undone on {day:%Y-%m-%d} by {batch.operation.undone_by} already.")
    if batch.state not in {_State.FINISHED, _State.CANCELLED}:
        raise WrongState(f"{batch}: is {batch.get_state_display().lower()}; there is nothing to undo.")


def _token(batch: ImportBatch, rows: Sequence[UndoRow], by: Any) -> str:
    shown = ",".join(f"{told.row.pk}:{told.outcome}" for told in rows)
    return _signer.sign_object([by.pk, batch.pk, hashlib.sha256(shown.encode()).hexdigest()])


def _rows_at_a_time(batch: ImportBatch) -> Iterator[list[ImportRow]]:
    last = -1
    done = _with_texts(ImportRow.objects.filter(batch=batch, outcome__in=ImportRow.DONE))
    while some := list(done.filter(position__gt=last).order_by("position")[:_AT_ONCE]):
        yield some
        last = some[-1].position


def _with_texts(rows: Any) -> Any:
    heavy = ("definition_html", "document", "problems")
    found = rows.select_related("term", "revision__supersedes", "revision__based_on")
    return found.defer(*(f"term__{name}" for name in heavy))


def _undo_some(batch_id: int, ids: Sequence[int], by: Any) -> None:
    with transaction.atomic():
        publishing.hold_content_version()
        batch = ImportBatch.objects.select_for_update().get(pk=batch_id)
        _check_may_undo(batch, by)
        rows = list(_with_texts(ImportRow.objects.filter(pk__in=ids, outcome__in=ImportRow.DONE)))
        Term.objects.lock(*(row.term_id for row in rows))
        rows = list(_with_texts(ImportRow.objects.filter(pk__in=[row.pk for row in rows])))
        for told, write in _steps(batch, rows, by):
            _carry_out(told, write)


def _carry_out(told: UndoRow, write: Callable[[], object] | None) -> None:
    row = told.row
    row.message = told.sentence
    if write is not None:
        try:
            with transaction.atomic():
                write()
                # The next import of this record begins anew.
                ImportedRecord.objects.filter(batch=row.batch_id, term=row.term_id).delete()
            row.outcome = _Outcome.UNDONE
        except TermbookError as refusal:
            row.message = f"Not undone: {refusal.message}"
    row.save(update_fields=["outcome", "message"])


def _finish(batch_id: int, by: Any) -> ImportBatch:
    with transaction.atomic():
        batch = ImportBatch.objects.select_for_update().get(pk=batch_id)
        if batch.state == _State.UNDONE:  # by somebody else, in the same moment
            return batch
        operation = batch.operation or operation_of(batch, batch.by)
        operation.undone_by, operation.undone_at = by, timezone.now()
        operation.save(update_fields=["undone_by", "undone_at"])
        count = batch.rows.filter(outcome=_Outcome.UNDONE).count()
        log.record(Event.Kind.IMPORT_UNDONE, by=by, note=f"{count:,} undone. {outcome_in_words(batch)}")
        batch.state, batch.operation = _State.UNDONE, operation
        batch.save(update_fields=["state", "operation"])
        return batch


# --- One row -------------------------------------------------------------------------------------


def _steps(batch: ImportBatch, rows: Sequence[ImportRow], by: Any) -> Iterator[_Step]:
    """Plan what becomes of each row, with what does it; nothing does where nothing is to be done."""
    last = dict(
        Revision.objects.filter(term__in=[row.term_id for row in rows])
        .order_by()
        .values_list("term")
        .annotate(last=Max("number"))
    )
    comment = f"Import of {batch.file_name} undone."
    for row in rows:
        yield _step(row, last, comment, by)


def _step(row: ImportRow, last: Mapping[int, int], comment: str, by: Any) -> _Step:
    term, revision = row.term, row.revision
    if term is None or revision is None:
        return _stays(row, "There is nothing to undo.")
    if last[term.pk] != revision.number:
        return _stays(row, f"“{term.full_name}” was worked on since; it stays.")
    if term.is_gone:
        return _stays(row, f"“{term.full_name}” is {term.get_status_display().lower()} already.")
    if row.outcome == _Outcome.PUBLISHED:
        return _undo_publication(row, term, revision, comment, by)
    if not revision.is_open:
        return _stays(
            row, f"Revision {revision.number} is {revision.get_state_display().lower()} by now; it stays."
        )
    if row.action == ImportRow.Action.CREATE:
        return _undo_creation(row, term, revision, comment, by)
    return _undo_change(row, term, revision, comment, by)


def _stays(row: ImportRow, sentence: str) -> _Step:
    return UndoRow(row, STAYS, sentence), None


def _undo_creation(row: ImportRow, term: Term, revision: Revision, comment: str, by: Any) -> _Step:
    if revision.state != Revision.State.DRAFT:
        return _stays(row, f"“{term.full_name}” was proposed since; decide on it in the queue.")
    refusal = _refusal("discard_draft", by, term=term)
    if refusal:
        return _stays(row, refusal)
    told = UndoRow(row, PUT_AWAY, f"The draft “{term.full_name}” is put away.")
    return told, lambda: workflow.discard_draft(term_id=term.pk, by=by, reason=comment)


def _undo_publication(row: ImportRow, term: Term, revision: Revision, comment: str, by: Any) -> _Step:
    if term.live_revision_id != revision.pk:
        return _stays(row, f"“{term.full_name}” was published anew since; it stays.")
    if revision.based_on is not None:
        return _undo_published_change(row, term, revision, comment, by)
    refusal = _refusal("remove", by, term=term)
    if refusal:
        return _stays(row, refusal)
    told = UndoRow(row, PUT_AWAY, f"“{term.full_name}” is taken off the site.")
    return told, lambda: workflow.remove(term_id=term.pk, by=by, reason=comment)


def _undo_published_change(row: ImportRow, term: Term, revision: Revision, comment: str, by: Any) -> _Step:
    try:
        check_right(by, publish=True)
    except NotAllowed as refusal:
        return _stays(row, refusal.message)
    before = revision.based_on

    def write() -> None:
        content = before.content if before else {}
        back = workflow.propose(
            term_id=term.pk, based_on=revision.number, content=content, by=importer(), comment=comment
        )
        rendered = workflow.render_texts([back.pk])
        for refusal in workflow.publish_import(
            [workflow.Publication(back.pk)], by=by, rendered=rendered, comment=comment
        ).values():
            raise refusal

    told = UndoRow(row, SET_BACK, f"“{term.full_name}” reads as it did before, at once.")
    return told, write


def _undo_change(row: ImportRow, term: Term, revision: Revision, comment: str, by: Any) -> _Step:
    """Plan to take back a change that waits, or to write a text anew as it was before."""
    before = revision.supersedes
    if before is not None:
        action = "save_draft" if revision.state == Revision.State.DRAFT else "propose"
        refusal = _refusal(action, by, revision=revision)
        if refusal:
            return _stays(row, refusal)
        write = workflow.save_draft if action == "save_draft" else workflow.propose
        told = UndoRow(row, SET_BACK, f"The text of “{term.full_name}” is written anew as it was before.")
        return told, lambda: write(
            term_id=term.pk, based_on=revision.number, content=before.content, by=by, comment=comment
        )
    told = UndoRow(
        row, TAKEN_BACK, f"Revision {revision.number} of “{term.full_name}”, which waits, is taken back."
    )
    if workflow.may(by, "withdraw", revision=revision):
        return told, lambda: workflow.withdraw(revision_id=revision.pk, by=by, comment=comment)
    refusal = _refusal("reject", by, revision=revision)
    if refusal:
        return _stays(row, refusal)
    return told, lambda: workflow.reject(revision_id=revision.pk, by=by, reason=comment)


def _refusal(action: str, by: Any, **subject: Any) -> str:
    try:
        workflow.check(action, by, **subject)
    except TermbookError as refusal:
        return refusal.message
    return ""
