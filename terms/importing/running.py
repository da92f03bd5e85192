"""One run over the rows of an import: some hundred a transaction, so that a stop halves nothing.

Nothing here writes a term or a revision; that is for `workflow`, with its rights and its four eyes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from .. import log, publishing, revisions, workflow
from ..errors import StaleEdit, TermbookError
from ..models import (
    REMARK_LENGTH,
    Event,
    ImportBatch,
    ImportedRecord,
    ImportRow,
    Operation,
    Revision,
    Term,
)
from .accounts import importer
from .batches import ids_of, item_of, items_of, options_of, taken_by
from .glossary import AT_ONCE, newest_texts
from .neighbours import Neighbours
from .planning import CREATE, UNCHANGED, UPDATE, PlannedRow, Planner, unresolved_flags
from .records import Item, parts_of

Progress = Callable[[int, int], None]

CHANGED = "Changed since the preview; look again."

_State, _Outcome = ImportBatch.State, ImportRow.Outcome


def rows_to_do(batch: ImportBatch) -> QuerySet[ImportRow]:
    """Return the rows that are still to be carried out."""
    return batch.rows.filter(action__in=ImportRow.WORK, is_left_out=False, outcome=_Outcome.NONE)


class Stopped(Exception):
    """Somebody cancelled the import."""


class Refused(Exception):
    """A row of an import that is to come in as a whole cannot."""

    def __init__(self, row: ImportRow) -> None:
        super().__init__(row.message)
        self.row = row


class Run:
    """One run over the rows of a batch that are still to be done."""

    def __init__(self, batch: ImportBatch, by: Any, progress: Progress | None) -> None:
        self.batch_id, self.by, self.progress = batch.pk, by, progress
        self.options = options_of(batch)
        self.keeps_times = bool(batch.options.get("keeps_times"))
        self.author = importer() if self.options.publish else by
        self.file_name = batch.file_name
        self.planner = Planner(
            by=self.author,
            options=self.options,
            source=batch.source,
            neighbours=Neighbours(lambda: items_of(batch), ids_of(batch)),
            taken=taken_by(batch.rows.all()),
            is_trial=False,
        )

    def work(self) -> None:
        while self._step(self._write):
            pass
        done = ImportRow.objects.filter(batch=self.batch_id, outcome__in=ImportRow.DONE)
        self._over_all(done, self._relate)
        if self.options.publish:
            self._over_all(done, self._publish)
        unchanged = ImportRow.objects.filter(batch=self.batch_id, action=UNCHANGED, is_left_out=False)
        self._over_all(unchanged, self._know_again)
        with transaction.atomic():
            _finish(ImportBatch.objects.select_for_update().get(pk=self.batch_id), self.by)

    def _step(self, act: Callable[[ImportBatch], int]) -> int:
        """Do some rows in one transaction, unless somebody cancelled; return how many there were."""
        with transaction.atomic():
            # One import after the other, and the lock that publications take before those of terms.
            publishing.hold_content_version()
            batch = ImportBatch.objects.select_for_update().get(pk=self.batch_id)
            if batch.state != _State.RUNNING:
                raise Stopped
            count = act(batch)
            batch.done = min(batch.done + count, batch.total)
            batch.outcomes = _outcomes(batch)
            batch.heartbeat_at = timezone.now()
            batch.save(update_fields=["done", "outcomes", "heartbeat_at"])
        if self.progress is not None:
            self.progress(batch.done, batch.total)
        return count

    def _over_all(
        self, found: QuerySet[ImportRow], act: Callable[[Sequence[ImportRow]], Callable[[ImportBatch], int]]
    ) -> None:
        """Go through rows some at a time; what `act` does itself comes before the locks."""
        last = -1
        while some := list(found.filter(position__gt=last).order_by("position")[:AT_ONCE]):
            last = some[-1].position
            self._step(act(some))

    # New texts

    def _write(self, batch: ImportBatch) -> int:
        some = list(rows_to_do(batch).order_by("position")[:AT_ONCE])
        items = [item_of(row) for row in some]
        planned = self.planner.plan(items)
        todo = [(row, plan) for row, plan in zip(some, planned, strict=True) if self._is_as_shown(row, plan)]
        self._create([(row, plan) for row, plan in todo if plan.action == CREATE])
        self._change([(row, plan) for row, plan in todo if plan.action == UPDATE])
        _keep_outcomes(some)
        by_position = {item.position: item for item in items}
        self._remember(
            batch, [(row, by_position[row.position], plan) for row, plan in todo if row.revision_id]
        )
        return len(some)

    def _is_as_shown(self, row: ImportRow, plan: PlannedRow) -> bool:
        if (plan.action, plan.term_id, plan.base) == (row.action, row.term_id, row.base):
            return True
        if plan.action == UNCHANGED and plan.term_id == row.term_id:
            row.action = UNCHANGED  # somebody wrote the same meanwhile
        else:
            self._fail(row, CHANGED)
        return False

    def _fail(self, row: ImportRow, message: str) -> None:
        row.outcome, row.message = _Outcome.FAILED, message
        if self.options.all_or_nothing:
            raise Refused(row)

    def _create(self, some: Sequence[tuple[ImportRow, PlannedRow]]) -> None:
        wanted = [workflow.NewTerm(plan.content, self._comment(row), row.public_id) for row, plan in some]
        made = workflow.create_drafts(wanted, by=self.author, known=self.planner.known)
        for (row, _), revision in zip(some, made, strict=True):
            if isinstance(revision, Revision):
                row.outcome, row.term, row.revision = _Outcome.CREATED, revision.term, revision
                self.planner.taken[revision.term_id] = row.position
            else:
                self._fail(row, revision.message)

    def _change(self, some: Sequence[tuple[ImportRow, PlannedRow]]) -> None:
        """Save changes of drafts; propose those of what is public or proposed, which stays in the queue."""
        terms, numbers = {row.term_id or 0 for row, _ in some}, {row.base or 0 for row, _ in some}
        drafts = Revision.objects.filter(term__in=terms, number__in=numbers, state=Revision.State.DRAFT)
        is_draft = set(drafts.values_list("term_id", "number"))
        for_queue = [(row, plan) for row, plan in some if (row.term_id, row.base) not in is_draft]
        self._write_over(for_queue, workflow.propose_all, _Outcome.PROPOSED)
        for_desk = [(row, plan) for row, plan in some if (row.term_id, row.base) in is_draft]
        self._write_over(for_desk, workflow.save_drafts, _Outcome.SAVED)

    def _write_over(
        self,
        some: Sequence[tuple[ImportRow, PlannedRow]],
        write: Callable[..., list[Revision | TermbookError]],
        outcome: str,
    ) -> None:
        wishes = [
            workflow.Wish(row.term_id or 0, row.base, plan.content, self._comment(row)) for row, plan in some
        ]
        written = write(wishes, by=self.author, known=self.planner.known) if wishes else []
        for (row, _), text in zip(some, written, strict=True):
            if isinstance(text, Revision):
                row.outcome, row.revision = outcome, text
            else:
                self._fail(row, CHANGED if isinstance(text, StaleEdit) else text.message)

    def _comment(self, row: ImportRow) -> str:
        where = f"{self.file_name}, {row.path}" if row.path else self.file_name
        return f"Import of {where}, line {row.line}."[:REMARK_LENGTH]

    def _remember(self, batch: ImportBatch, some: Sequence[tuple[ImportRow, Item, PlannedRow]]) -> None:
        """Keep what the file said, not what a person made of it: the next file is compared with that."""
        ImportedRecord.objects.bulk_create(
            [
                ImportedRecord(
                    batch=batch,
                    term_id=row.term_id or 0,
                    ref=item.as_read.ref,
                    given=plan.given,
                    line=row.line,
                    path=row.path,
                    heading=item.record.heading,
                    keywords=list(item.record.keywords),
                    confidence=item.record.confidence,
                    flags=_flags(row, plan),
                    further=dict(item.record.further),
                    unresolved=list(plan.unresolved),
                )
                for row, item, plan in some
            ]
        )

    # Relations to what came later in the file

    def _relate(self, some: Sequence[ImportRow]) -> Callable[[ImportBatch], int]:
        related = [row for row in some if row.record.get("relations")]

        def act(batch: ImportBatch) -> int:
            terms = Term.objects.lock(*(row.term_id for row in related if row.term_id))
            texts = newest_texts(terms)
            drafts = [term for term in terms if term.status == Term.Status.DRAFT and term.pk in texts]
            revisions.write_relations([(term, texts[term.pk].content) for term in drafts])
            self._without_what_never_came(related)
            return 0

        return act if related else lambda batch: 0

    def _without_what_never_came(self, related: Sequence[ImportRow]) -> None:
        """Take out relations to records of this file that were not made in the end."""
        texts = Revision.objects.in_bulk([row.revision_id for row in related if row.revision_id])
        open_texts = {pk: text for pk, text in texts.items() if text.is_open}
        wanted = {item["target"] for text in open_texts.values() for item in text.content["relations"]}
        there = set(Term.objects.filter(public_id__in=wanted).values_list("public_id", flat=True))
        for row in related:
            text = open_texts.get(row.revision_id or 0)
            if text is not None and not there.issuperset(_targets_of(text)):
                self._take_out(row, text, [target for target in _targets_of(text) if target not in there])

    def _take_out(self, row: ImportRow, text: Revision, missing: Sequence[str]) -> None:
        kept = [item for item in text.content["relations"] if item["target"] not in missing]
        write = workflow.save_draft if text.state == Revision.State.DRAFT else workflow.propose
        row.revision = write(
            term_id=text.term_id,
            based_on=text.number,
            content={"relations": kept},
            by=self.author,
            comment=self._comment(row),
        )
        row.save(update_fields=["revision"])
        names = self._names_of(missing)
        for record in ImportedRecord.objects.filter(batch=self.batch_id, term=row.term_id):
            record.unresolved = [*record.unresolved, *names]
            record.flags = [*record.flags, *(parts_of(flag) for flag in unresolved_flags(names))]
            record.save(update_fields=["unresolved", "flags"])

    def _names_of(self, public_ids: Iterable[str]) -> list[str]:
        found = ImportRow.objects.filter(batch=self.batch_id, public_id__in=public_ids)
        return [str(item_of(row).record.name) for row in found]

    # Publishing

    def _publish(self, some: Sequence[ImportRow]) -> Callable[[ImportBatch], int]:
        for row in some:
            if not row.message and row.record.get("status") == "draft":
                row.message = "Stays a draft, as the file says."
        waiting = [row for row in some if row.outcome != _Outcome.PUBLISHED and not row.message]
        rendered = workflow.render_texts([row.revision_id for row in waiting if row.revision_id])

        def act(batch: ImportBatch) -> int:
            wanted = [
                workflow.Publication(row.revision_id, self._time_of(row))
                for row in waiting
                if row.revision_id
            ]
            refusals = workflow.publish_import(
                wanted,
                by=self.by,
                rendered=rendered,
                comment=f"Published with the import of {self.file_name}.",
            )
            for row in waiting:
                refusal = refusals.get(row.revision_id or 0)
                row.message = refusal.message if refusal else ""
            gone = [row.pk for row in waiting if not row.message]
            ImportRow.objects.filter(pk__in=gone).update(outcome=_Outcome.PUBLISHED)
            for row in some:
                if row.message:
                    row.save(update_fields=["message"])
            return len(some)

        return act

    def _time_of(self, row: ImportRow) -> datetime | None:
        """Return when the text was changed last in the glossary that it comes from, for an empty one."""
        said = row.record.get("updated_at") if self.keeps_times and row.action == CREATE else None
        moment = parse_datetime(said) if isinstance(said, str) else None
        return (
            moment if moment is not None and timezone.is_aware(moment) and moment <= timezone.now() else None
        )

    # What is unchanged is known again next time, also after an editor changed it

    def _know_again(self, some: Sequence[ImportRow]) -> Callable[[ImportBatch], int]:
        items = {row.position: item_of(row) for row in some if row.term_id}
        known = ImportedRecord.objects.filter(ref__in=[item.as_read.ref for item in items.values()])

        def act(batch: ImportBatch) -> int:
            there = set(known.values_list("ref", "term_id"))
            new = [
                row
                for row in some
                if row.term_id and (items[row.position].as_read.ref, row.term_id) not in there
            ]
            plans = self.planner.plan([items[row.position] for row in new])
            self._remember(
                batch, [(row, items[row.position], plan) for row, plan in zip(new, plans, strict=True)]
            )
            return 0

        return act


def _targets_of(text: Revision) -> list[str]:
    return [relation["target"] for relation in text.content["relations"]]


def _keep_outcomes(rows: Sequence[ImportRow]) -> None:
    """Write what became of rows, in one statement for all that came of in the same way."""
    for row in rows:
        if row.outcome == _Outcome.FAILED or row.action == UNCHANGED:
            row.save(update_fields=["action", "outcome", "message"])
    of_row = Term.objects.filter(public_id=OuterRef("public_id")).values("pk")
    newest = Revision.objects.filter(term__public_id=OuterRef("public_id")).order_by("-number").values("pk")
    for outcome in (_Outcome.CREATED, _Outcome.SAVED, _Outcome.PROPOSED):
        ids = [row.pk for row in rows if row.outcome == outcome]
        if ids:
            ImportRow.objects.filter(pk__in=ids).update(
                outcome=outcome, term=Subquery(of_row[:1]), revision=Subquery(newest[:1])
            )


def _flags(row: ImportRow, plan: PlannedRow) -> list[dict[str, str]]:
    shown = [flag for flag in row.flags if flag["code"] != "relation_unresolved"]
    return [*shown, *(parts_of(flag) for flag in unresolved_flags(plan.unresolved))]


def _outcomes(batch: ImportBatch) -> dict[str, int]:
    found = batch.rows.exclude(outcome="").order_by().values_list("outcome")
    return dict(found.annotate(count=Count("pk")))


def outcome_in_words(batch: ImportBatch) -> str:
    """Return what came of a batch in a few words: `words.csv: 3 created, 1 failed.`"""
    counted = [f"{count:,} {outcome}" for outcome, count in batch.outcomes.items() if count]
    return f"{batch.file_name}: {', '.join(counted) or 'nothing'}."


def outcome_as_json(row: ImportRow) -> dict[str, Any]:
    """Return what became of a row as `import_terms --json` prints it."""
    return {
        "line": row.line,
        "path": row.path,
        "title": row.record.get("name", ""),
        "action": row.action,
        "outcome": row.outcome,
        "term": row.term.public_id if row.term else "",
        "because": row.because,
        "message": row.message,
    }


def _finish(batch: ImportBatch, by: Any) -> None:
    if batch.state != _State.RUNNING:
        raise Stopped
    batch.outcomes = _outcomes(batch)
    batch.state, batch.done, batch.finished_at = _State.FINISHED, batch.total, timezone.now()
    if batch.rows.filter(outcome__in=ImportRow.DONE).exists():
        batch.operation = batch.operation or operation_of(batch, by)
        log.record(Event.Kind.IMPORTED, by=by, note=outcome_in_words(batch))
    batch.save(update_fields=["outcomes", "state", "done", "finished_at", "operation"])


def operation_of(batch: ImportBatch, by: Any) -> Operation:
    """Return what stands for a batch among the things that can be undone."""
    note = outcome_in_words(batch)[:REMARK_LENGTH]
    return Operation.objects.create(
        kind=Operation.Kind.IMPORT, by=by, note=note, reversal={"batch": batch.pk}
    )
