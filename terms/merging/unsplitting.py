"""A split is taken back: the part becomes a part of the term again, what was changed since stays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from .. import checking, log, publishing, revisions, workflow
from ..errors import WrongState
from ..markup import Rendered
from ..models import Event, FormerSlug, Merge, Operation, PlannedChange, Relation, Revision, Split, Term
from ..revisions import Content
from ..workflow import Change
from .confirming import check_token, refuse_undo, token_of
from .moving import rewrite
from .previewing import texts_naming
from .undoing import Rewritten, UndoPreview, check_may_undo, taken_back
from .words import listed, shortened


def undo_preview(operation_id: int, *, by: Any) -> UndoPreview:
    """Say what undoing this split would do now. Raises NotAllowed, and WrongState when it was undone."""
    return _Undoing(_operation(operation_id, by), by).preview


def undo(operation_id: int, *, token: str, by: Any, comment: str = "") -> Operation:
    """Take a split back as the preview with this token showed it, however old it is.

    The term says again what it gave away; later edits of it stay. The part leads to it from now on, and
    keeps its history. Raises as the undo of a merge does.
    """
    shown = _Undoing(_operation(operation_id, by), by)
    rendered = publishing.render(shown.rewritten.content["definition"])  # slow, so before the locks
    with transaction.atomic():
        workflow.hold_the_site([shown.origin, shown.part, *shown.sources])
        comment = workflow.clean_remark("comment", comment)
        Operation.objects.select_for_update().get(pk=operation_id)
        Term.objects.lock(*shown.ids())
        undoing = _Undoing(_operation(operation_id, by), by)
        check_token(token, undoing.preview.token)
        undoing.refuse()
        return undoing.carry_out(rendered, comment)


def _operation(operation_id: int, by: Any) -> Operation:
    operation = Operation.objects.filter(pk=operation_id, kind=Operation.Kind.SPLIT).first()
    if operation is None:
        raise WrongState("There is no such split.")
    check_may_undo(operation, by)
    return operation


class _Undoing:
    """One undo, looked at under the rows as they are now, and carried out."""

    def __init__(self, operation: Operation, by: Any) -> None:
        self.operation, self.by, self.reversal = operation, by, operation.reversal
        both = Split.objects.values_list("origin", "part").get(operation=operation)
        terms = Term.objects.select_related("live_revision", "merged_into").in_bulk(both)
        self.origin, self.part = (terms[pk] for pk in both)
        rows = Relation.objects.filter(target=self.part, source__status__in=Term.PUBLIC_STATUSES)
        rows = rows.exclude(source__in=both).select_related("source__live_revision")
        self.sources = list({row.source_id: row.source for row in rows.order_by("source")}.values())
        self.naming = list(texts_naming([self.part]).exclude(term__in=both))
        self.closing = list(self.part.revisions.filter(state__in=Revision.OPEN_STATES).order_by("number"))
        plans = PlannedChange.objects.filter(term=self.part, state=PlannedChange.State.PENDING)
        self.plans = list(plans.order_by("pk").values_list("pk", flat=True))
        self.leads = {self.part.public_id: self.origin.public_id}
        self.rewritten = self._rewrite_origin()
        self.preview = self._preview()

    def ids(self) -> set[int]:
        """Return the ids of all terms that it writes to."""
        others = {term.pk for term in self.sources} | {text.term_id for text in self.naming}
        return {self.origin.pk, self.part.pk} | others

    # What it would do

    def _rewrite_origin(self) -> Rewritten:
        entry, newest = self.reversal["origin"], workflow.current_text(self.origin)
        now = newest.content if newest is not None else revisions.snapshot(self.origin)
        # A split of long ago may not know a field that there is today: nothing of it was changed then.
        after, before = (
            {**now, **Revision.objects.get(term=self.origin, number=entry[key]).content}
            for key in ("after", "before")
        )
        content, stays = taken_back(after, before, now)
        content = revisions.redirected(content, self.origin.public_id)
        content = revisions.redirected(content, self.origin.public_id, self.leads)
        return Rewritten(self.origin, now, content, tuple(stays))

    def _preview(self) -> UndoPreview:
        first = _come_first(self.origin, self.part, self.operation)
        moved = (self._redirected_live(term) for term in self.sources)
        return UndoPreview(
            operation=self.operation,
            kept=self.origin,
            comes_back=(),
            rewritten=(self.rewritten, *moved),
            sentences=tuple(self._sentences()),
            stays=tuple(self._stays()),
            obstacles=tuple(self._obstacles(first)),
            first=tuple(first),
            token=self._token(first),
        )

    def _redirected_live(self, term: Term) -> Rewritten:
        now = term.live_revision.content if term.live_revision is not None else {}
        return Rewritten(term, now, self._redirected(now, term))

    def _redirected(self, content: Content, term: Term) -> Content:
        return revisions.redirected(content, term.public_id, self.leads)

    def _sentences(self) -> Iterable[str]:
        """Yield what happens besides the texts."""
        origin, part = self.origin.full_name, self.part.full_name
        yield f"“{part}” becomes a part of “{origin}” again, and is no term of its own any more."
        if self.part.version:
            yield f"The addresses of “{part}” lead to “{origin}”."
        closed = len(self.closing)
        if closed:
            texts = "1 text that waits" if closed == 1 else f"{closed} texts that wait"
            yield f"{texts} on “{part}” {'is' if closed == 1 else 'are'} closed with a note."
        if self.plans:
            yield f"What is planned for “{part}” is cancelled."
        naming = len({text.term_id for text in self.naming})
        if naming:
            yield f"Texts of {naming} {'term' if naming == 1 else 'terms'} that wait name “{origin}” instead."

    def _stays(self) -> Iterable[str]:
        labels = dict.fromkeys(place.label for place in self.rewritten.stays)
        yield from (f"{label} of “{self.origin.full_name}”: changed since; it stays." for label in labels)
        then = Revision.objects.get(term=self.part, number=self.reversal["part"]["after"])
        newest = workflow.current_text(self.part)
        if newest is not None:
            changed = [change.label for change in revisions.difference(then.content, newest.content)]
            if changed:
                yield (
                    f"“{self.part.full_name}” was changed since the split: {listed(changed)}. "
                    "This stays in its history only."
                )

    def _obstacles(self, first: Sequence[Operation]) -> list[str]:
        """Return why it cannot be done now."""
        if first:
            return [f"{operation.note} Undo that first." for operation in first]
        origin, part = self.origin, self.part
        state = origin.get_status_display().lower()
        if origin.is_gone:
            return [f"“{origin.full_name}” is {state} by now. Restore it first."]
        if part.version and not origin.is_public:
            return [
                f"“{part.full_name}” was published and “{origin.full_name}” is a {state}. "
                f"Publish “{origin.full_name}” first."
            ]
        if part.status == Term.Status.PUBLISHED and origin.status == Term.Status.DEPRECATED:
            return [f"“{origin.full_name}” is {state} by now. Reinstate it first."]
        if not origin.is_public:
            return []
        problems = checking.problems(self.rewritten.content, origin, absorbed=[part])
        return [f"“{origin.full_name}”: {s}" for sentences in problems.values() for s in sentences]

    def _token(self, first: Sequence[Operation]) -> str:
        shown = [
            self.operation.pk,
            [(one.pk, one.status, one.version, one.live_revision_id) for one in (self.origin, self.part)],
            [(one.pk, one.live_revision_id) for one in self.sources],
            [(one.pk, one.state) for one in (*self.naming, *self.closing)],
            self.plans,
            self.rewritten.now,
            self.rewritten.content,
            [operation.pk for operation in first],
        ]
        return token_of(shown)

    # Doing it

    def refuse(self) -> None:
        """Raise what forbids the undo."""
        refuse_undo(self.preview.obstacles, others_come_first=bool(self.preview.first))

    def carry_out(self, rendered: Rendered, comment: str) -> Operation:
        note = comment or f"Split of {timezone.localtime(self.operation.at):%Y-%m-%d} undone."
        ids = self.ids()
        documents = publishing.neighbours(ids)
        Split.objects.filter(operation=self.operation).update(is_undone=True)
        self._absorb_part(note)
        self._write_origin(rendered, note)
        self._lead_address()
        self._move_relations(note)
        publishing.remake(documents | publishing.neighbours(ids) | ids)
        self.operation.undone_by, self.operation.undone_at = self.by, timezone.now()
        self.operation.save(update_fields=["undone_by", "undone_at"])
        return self.operation

    def _absorb_part(self, note: str) -> None:
        workflow.close_texts(self.part, by=self.by, note="The split that made this term was undone.")
        workflow.cancel_plans(self.part, note=note)
        workflow.absorb(self.part, self.origin, by=self.by, comment=note, kind=Event.Kind.SPLIT_UNDONE)
        earlier = list(Term.objects.filter(merged_into=self.part))
        workflow.lead_on(earlier, {term.pk: self.origin for term in earlier})
        if self.part.slug and self.part.slug == workflow.moves_to(self.origin, self.rewritten.content):
            workflow.give_up_address(self.part)

    def _write_origin(self, rendered: Rendered, note: str) -> None:
        content, kind = self.rewritten.content, Event.Kind.SPLIT_UNDONE
        if self.origin.is_public:
            change = Change(self.origin, content, rendered)
            workflow.publish_all([change], kind=kind, by=self.by, comment=note)
        else:
            written = workflow.rewrite_draft(self.origin, content, by=self.by, comment=note)
            log.record(kind, by=self.by, term=self.origin, revision=written, note=note)

    def _lead_address(self) -> None:
        """Let the address that was split lead to the term again, unless others have it by now."""
        slug = self.reversal["origin"]["slug"]
        if not slug:
            return
        own = {self.origin.pk, self.part.pk}
        former = FormerSlug.objects.filter(slug=slug).first()
        if former is not None:
            means = {former.term_id} if former.term_id else {term.pk for term in former.choices.all()}
            if not means <= own:
                return
        if self.origin.slug == slug:
            workflow.forget_address(slug)
        else:
            workflow.lead_address(slug, self.origin)

    def _move_relations(self, note: str) -> None:
        sources = Term.objects.lock(*(term.pk for term in self.sources))
        workflow.move_relations([term.pk for term in sources], [self.part.pk], self.origin)
        rewrite(
            sources, self.naming, self._redirected, by=self.by, said=shortened(note), note=shortened(note)
        )


def _come_first(origin: Term, part: Term, operation: Operation) -> list[Operation]:
    """Return what was done with the two since and has to be undone before, newest first."""
    both = (origin, part)
    merges = Merge.objects.filter(Q(absorbed__in=both) | Q(kept=part), is_undone=False)
    splits = Split.objects.filter(origin=part, is_undone=False)
    found = Q(pk__in=merges.values("operation")) | Q(pk__in=splits.values("operation"))
    return list(Operation.objects.filter(found).exclude(pk=operation.pk).order_by("-at", "-pk"))
