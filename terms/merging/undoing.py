"""A merge is taken back: what nobody touched since goes back as it was, what somebody changed stays.

Every place is held against three texts: before the merge, after it, and now.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from .. import checking, log, publishing, revisions, workflow
from ..errors import InvalidContent, NotAllowed, StalePreview, WrongState
from ..models import DuplicatePair, Event, Merge, Operation, Revision, Term
from ..revisions import Collision, Content, FieldChange
from ..workflow import Change, Closed
from .words import listed, names, shortened


@dataclass(frozen=True)
class Rewritten:
    """A text that an undo changes: as it is now, and as it will be.

    `stays` are the places that do not go back, because somebody changed them since.
    """

    term: Term
    now: Content
    content: Content
    stays: tuple[Collision, ...] = ()

    @property
    def difference(self) -> list[FieldChange]:
        return revisions.difference(self.now, self.content)


@dataclass(frozen=True)
class UndoPreview:
    """What undoing a merge would bring back, what stays because somebody changed it, and what forbids it.

    `first` are the operations that have to be undone before.
    """

    operation: Operation
    kept: Term
    comes_back: tuple[Term, ...]
    rewritten: tuple[Rewritten, ...]
    sentences: tuple[str, ...]
    stays: tuple[str, ...]
    obstacles: tuple[str, ...]
    first: tuple[Operation, ...]
    token: str


def undo_preview(operation_id: int, *, by: Any) -> UndoPreview:
    """Say what undoing this merge would do now. Raises NotAllowed, and WrongState when it was undone."""
    operation = _operation(operation_id, by)
    return _Undoing(operation, by).preview


def undo(operation_id: int, *, token: str, by: Any, comment: str = "") -> Operation:
    """Take a merge back as the preview with this token showed it, however old it is.

    The absorbed terms have their own pages again, with what waited on them. Later edits of the kept
    term stay; only what the merge brought, and nobody touched since, goes.

    Raises NotAllowed, WrongState for what was undone already or where another operation has to be
    undone first, StalePreview, and InvalidContent when a term may not be public any more, as when its
    name was given to another. Nothing is changed then.
    """
    shown = undo_preview(operation_id, by=by)
    texts = {term.pk: term.definition for term in shown.comes_back}
    texts |= {one.term.pk: one.content["definition"] for one in shown.rewritten}
    rendered = {pk: publishing.render(text) for pk, text in texts.items()}  # slow, so before the locks
    with transaction.atomic():
        publishing.raise_content_version()
        comment = workflow.clean_remark("comment", comment)
        Operation.objects.select_for_update().get(pk=operation_id)
        Term.objects.lock(*_ids(shown.operation))
        undoing = _Undoing(_operation(operation_id, by), by)
        if undoing.preview.token != token:
            raise StalePreview("Something of what the preview showed was changed since. Look at it again.")
        undoing.refuse()
        return undoing.carry_out(rendered, comment)


def may_undo(operation: Operation, by: Any) -> bool:
    """Say whether this person may try to undo this merge or split."""
    return operation.undone_at is None and by.is_active and by.has_perm("terms.undo_merge")


def _operation(operation_id: int, by: Any) -> Operation:
    operation = Operation.objects.filter(pk=operation_id, kind=Operation.Kind.MERGE).first()
    if operation is None:
        raise WrongState("There is no such merge.")
    check_may_undo(operation, by)
    return operation


def check_may_undo(operation: Operation, by: Any) -> None:
    """Refuse who has no right to undo, and what was undone already."""
    workflow.check("undo_merge", by)
    if not by.has_perm("terms.view_drafts"):
        raise NotAllowed("Undo: your account may not see what is not public. Ask a chief editor.")
    if operation.undone_at is not None:
        day = timezone.localtime(operation.undone_at)
        raise WrongState(
            f"This {operation.get_kind_display().lower()} was undone on {day:%Y-%m-%d} by "
            f"{operation.undone_by} already; there is nothing left to undo."
        )


def _ids(operation: Operation) -> set[int]:
    """Return the ids of all terms that undoing an operation writes to."""
    reversal = operation.reversal
    entries = [reversal["kept"], *reversal["absorbed"], *reversal["relations"], *reversal["texts"]]
    return {entry["term"] for entry in entries} | {pk for pk, _ in reversal["redirects"]}


def depends_on(terms: Sequence[Term], operation: Operation) -> list[Operation]:
    """Return the merges since in which these terms were absorbed, newest first: they come first."""
    merges = Merge.objects.filter(absorbed__in=terms, is_undone=False).exclude(operation=operation)
    found = Operation.objects.filter(pk__in=merges.values("operation"))
    return list(found.order_by("-at", "-pk"))


def taken_back(after: Content, before: Content, now: Content) -> tuple[Content, list[Collision]]:
    """Return a content as it is without what changed from `before` to `after`.

    What somebody changed since, in the same place, stays, and is returned besides.
    """
    content, _ = revisions.carry_over(after, before, now)
    return content, revisions.collisions(after, before, now)


class _Undoing:
    """One undo, looked at under the rows as they are now, and carried out."""

    def __init__(self, operation: Operation, by: Any) -> None:
        self.operation, self.by, self.reversal = operation, by, operation.reversal
        terms = Term.objects.select_related("live_revision", "merged_into").in_bulk(_ids(operation))
        self.kept = terms[self.reversal["kept"]["term"]]
        self.entries = {entry["term"]: entry for entry in self.reversal["absorbed"]}
        self.absorbed = [terms[pk] for pk in self.entries]
        self.leads_back = {term.public_id for term in self.absorbed}
        self.terms = terms
        self.kept_rewritten = self._rewrite_kept()
        self.neighbours = list(filter(None, map(self._rewrite_neighbour, self.reversal["relations"])))
        self.texts = list(filter(None, map(self._rewrite_text, self.reversal["texts"])))
        self.preview = self._preview()

    # What it would do

    def _preview(self) -> UndoPreview:
        first = depends_on([self.kept], self.operation)
        rewritten = (*([self.kept_rewritten] if self.kept_rewritten else ()), *self.neighbours)
        return UndoPreview(
            operation=self.operation,
            kept=self.kept,
            comes_back=tuple(self.absorbed),
            rewritten=rewritten,
            sentences=tuple(self._sentences()),
            stays=tuple(self._stays()),
            obstacles=tuple(self._obstacles(first)),
            first=tuple(first),
            token=self._token(rewritten, first),
        )

    def _revision(self, term_id: int, number: int | None) -> Revision:
        return Revision.objects.get(term=term_id, number=number)

    def _rewrite_kept(self) -> Rewritten | None:
        """Return the text of the kept term without what the merge brought; nothing for one that is gone."""
        if self.kept.is_gone:
            return None
        entry = self.reversal["kept"]
        after = self._revision(self.kept.pk, entry["after"]).content
        now = revisions.snapshot(self.kept)
        content, stays = taken_back(after, entry["content"], now)
        content = revisions.redirected(content, self.kept.public_id, self._leads())
        return Rewritten(self.kept, now, content, tuple(stays))

    def _leads(self) -> dict[str, str]:
        """Return what became since of the terms that the texts of then name, but for those that come back."""
        named = {item["target"] for item in self.reversal["kept"]["content"]["relations"]}
        found = revisions.survivors(named - self.leads_back)
        return {target: became for target, became in found.items() if became not in self.leads_back}

    def _rewrite_neighbour(self, entry: Mapping[str, Any]) -> Rewritten | None:
        """Return the text of a term whose relations were moved, with what of them can be moved back."""
        term = self.terms[entry["term"]]
        if term.is_gone or term.live_revision is None:
            return None
        before = self._revision(term.pk, entry["before"]).content
        after = self._revision(term.pk, entry["after"]).content
        now = term.live_revision.content
        relations = self._relations_back(before, after, now)
        content = {**now, "relations": relations}
        return Rewritten(term, now, content) if content != now else None

    def _relations_back(self, before: Content, after: Content, now: Content) -> list[dict[str, Any]]:
        sides = ({**now, "relations": side["relations"]} for side in (after, before, now))
        return taken_back(*sides)[0]["relations"]

    def _rewrite_text(self, entry: Mapping[str, Any]) -> tuple[Revision, Content] | None:
        """Return a text that waits still, and how it is to be with its relations moved back."""
        newest = self._revision(entry["term"], entry["after"])
        while (successor := Revision.objects.filter(supersedes=newest).first()) is not None:
            newest = successor
        if not newest.is_open or newest.term.is_gone:
            return None
        before = self._revision(entry["term"], entry["before"]).content
        after = self._revision(entry["term"], entry["after"]).content
        relations = self._relations_back(before, after, newest.content)
        return newest, {**newest.content, "relations": relations}

    def _sentences(self) -> list[str]:
        """Tell what comes back besides the texts."""
        found = []
        for term in self.absorbed:
            entry = self.entries[term.pk]
            where = f" at /terms/{entry['slug'] or term.slug}/" if term.version else " among the drafts"
            found.append(f"“{term.full_name}” is back{where}, as it was before the merge.")
            waiting = len(self._closed(entry))
            if waiting:
                texts = "1 text that waited" if waiting == 1 else f"{waiting} texts that waited"
                found.append(f"{texts} on “{term.full_name}” can be decided again.")
        earlier = self._earlier()
        if earlier:
            found.append(f"Addresses of {listed(names(earlier))} lead there again.")
        return found

    def _stays(self) -> list[str]:
        found = []
        if self.kept_rewritten is None:
            state = self.kept.get_status_display().lower()
            found.append(f"“{self.kept.full_name}” is {state} by now, and stays so with its text.")
        else:
            labels = dict.fromkeys(place.label for place in self.kept_rewritten.stays)
            found += [f"{label} of “{self.kept.full_name}”: changed since; it stays." for label in labels]
        gone = [self.terms[e["term"]] for e in self.reversal["relations"] if self.terms[e["term"]].is_gone]
        found += [f"“{term.full_name}” is gone; its relations stay as they are." for term in gone]
        return found

    def _obstacles(self, first: Sequence[Operation]) -> list[str]:
        """Return why it cannot be done now."""
        found = [f"{operation.note} Undo that first." for operation in first]
        if found:
            return found
        own = [self.kept, *self.absorbed]
        for term in self.absorbed:
            if term.live_revision is None:
                continue
            content = revisions.redirected(term.live_revision.content, term.public_id)
            problems = checking.problems(content, term, absorbed=[one for one in own if one.pk != term.pk])
            found += [f"“{term.full_name}”: {s}" for some in problems.values() for s in some]
        if self.kept_rewritten and self.kept.is_public:
            problems = checking.problems(self.kept_rewritten.content, self.kept, absorbed=self.absorbed)
            found += [f"“{self.kept.full_name}”: {s}" for some in problems.values() for s in some]
        return found

    def _token(self, rewritten: Sequence[Rewritten], first: Sequence[Operation]) -> str:
        shown = [
            self.operation.pk,
            [(pk, self.terms[pk].status, self.terms[pk].live_revision_id) for pk in sorted(self.terms)],
            [one.content for one in rewritten],
            [(text.pk, content) for text, content in self.texts],
            [[one.revision for one in self._closed(entry)] for entry in self.entries.values()],
            [operation.pk for operation in first],
        ]
        return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()[:40]

    def _closed(self, entry: Mapping[str, Any]) -> list[Closed]:
        closed = [Closed(*one) for one in entry["texts"]]
        still = Revision.objects.filter(pk__in=[one.revision for one in closed], state=Revision.State.CLOSED)
        ids = set(still.values_list("pk", flat=True))
        return [one for one in closed if one.revision in ids]

    def _earlier(self) -> list[Term]:
        """Return the terms that led to an absorbed one before the merge, and lead to the kept one now."""
        return [
            self.terms[pk]
            for pk, _ in self.reversal["redirects"]
            if self.terms[pk].merged_into_id == self.kept.pk
        ]

    # Doing it

    def refuse(self) -> None:
        """Raise what forbids the undo."""
        if self.preview.first:
            raise WrongState(" ".join(self.preview.obstacles))
        if self.preview.obstacles:
            raise InvalidContent({"terms": list(self.preview.obstacles)})

    def carry_out(self, rendered: Mapping[int, Any], comment: str) -> Operation:
        note = comment or f"Merge of {timezone.localtime(self.operation.at):%Y-%m-%d} undone."
        earlier = self._earlier()
        ids = set(self.terms)
        documents = publishing.neighbours(ids)
        Merge.objects.filter(operation=self.operation).update(is_undone=True)
        self._write_kept(rendered, note)
        for term in self.absorbed:
            self._release(term, rendered[term.pk], note)
        came_from = {pk: self.terms[former] for pk, former in self.reversal["redirects"]}
        workflow.lead_on(earlier, came_from)
        self._move_back(note)
        self._reopen_pairs()
        publishing.remake(documents | publishing.neighbours(ids) | ids)
        self.operation.undone_by, self.operation.undone_at = self.by, timezone.now()
        self.operation.save(update_fields=["undone_by", "undone_at"])
        return self.operation

    def _write_kept(self, rendered: Mapping[int, Any], note: str) -> None:
        one = self.kept_rewritten
        if one is None:
            log.record(Event.Kind.MERGE_UNDONE, by=self.by, term=self.kept, note=note)
        elif self.kept.is_public:
            change = Change(self.kept, one.content, rendered[self.kept.pk])
            workflow.publish_all([change], kind=Event.Kind.MERGE_UNDONE, by=self.by, comment=note)
        else:
            written = workflow.rewrite_draft(self.kept, one.content, by=self.by, comment=note)
            log.record(Event.Kind.MERGE_UNDONE, by=self.by, term=self.kept, revision=written, note=note)

    def _release(self, term: Term, rendered: Any, note: str) -> None:
        entry = self.entries[term.pk]
        workflow.release(term, slug=entry["slug"], by=self.by, comment=note, rendered=rendered)
        workflow.revive_texts(self._closed(entry), by=self.by, note=note)
        workflow.revive_plans(entry["plans"])

    def _move_back(self, note: str) -> None:
        live_before = {one.term.pk: one.term.live_revision_id for one in self.neighbours}
        changes = [
            Change(one.term, one.content, workflow.rendered_already(one.term)) for one in self.neighbours
        ]
        written = workflow.publish_all(
            changes, kind=Event.Kind.REPOINTED, by=self.by, comment=shortened(note)
        )
        live_after = {one.term_id: one for one in written}
        for text, content in self.texts:
            was_current = text.based_on_id == live_before.get(text.term_id, 0)
            base = live_after[text.term_id] if was_current else text.based_on
            if content != text.content or was_current:
                workflow.follow_up(text, content, based_on=base, by=self.by, note=note)

    def _reopen_pairs(self) -> None:
        for pk, verdict, judge, because in self.reversal["pairs"]:
            DuplicatePair.objects.filter(pk=pk, verdict=DuplicatePair.Verdict.MERGED).update(
                verdict=verdict, judged_by=judge, because=because
            )
