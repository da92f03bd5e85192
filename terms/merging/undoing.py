"""A merge is taken back: what nobody touched since goes back as it was, what somebody changed stays.

Every place is held against three texts: before the merge, after it, and now.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from .. import checking, log, publishing, revisions, workflow
from ..errors import NotAllowed, WrongState
from ..models import DuplicatePair, Event, Merge, Operation, Revision, Term
from ..revisions import Collision, Content, FieldChange
from ..workflow import Change, Closed
from .confirming import check_token, refuse_undo, token_of
from .words import listed, names, shortened

_Item = dict[str, Any]


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
    texts |= {one.term.pk: one.content["definition"] for one in shown.rewritten if one.term == shown.kept}
    rendered = {pk: publishing.render(text) for pk, text in texts.items()}  # slow, so before the locks
    with transaction.atomic():
        workflow.hold_the_site([shown.kept, *shown.comes_back, *(one.term for one in shown.rewritten)])
        comment = workflow.clean_remark("comment", comment)
        Operation.objects.select_for_update().get(pk=operation_id)
        Term.objects.lock(*_ids(shown.operation))
        undoing = _Undoing(_operation(operation_id, by), by)
        check_token(token, undoing.preview.token)
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
    content["tags"] = sorted(content["tags"])
    return content, revisions.collisions(after, before, now)


def _live(term: Term) -> Content:
    """Return what a term that is or was public says, or said last."""
    return term.live_revision.content if term.live_revision else {}


class _Undoing:
    """One undo, looked at under the rows as they are now, and carried out."""

    def __init__(self, operation: Operation, by: Any) -> None:
        self.operation, self.by, self.reversal = operation, by, operation.reversal
        self.terms = Term.objects.select_related("live_revision", "merged_into").in_bulk(_ids(operation))
        self.kept = self.terms[self.reversal["kept"]["term"]]
        self.entries = {entry["term"]: entry for entry in self.reversal["absorbed"]}
        self.absorbed = [self.terms[pk] for pk in self.entries]
        self.moved = {entry["term"]: self._moved(entry) for entry in self.reversal["relations"]}
        self.kept_rewritten = self._rewrite_kept()
        self.released = [self._released(term) for term in self.absorbed if term.live_revision is not None]
        self.neighbours = list(filter(None, map(self._rewrite_neighbour, self.moved)))
        self.texts = self._rewrite_texts()
        self.preview = self._preview()

    # What it would do

    def _preview(self) -> UndoPreview:
        first = depends_on([self.kept], self.operation)
        rewritten = (*([self.kept_rewritten] if self.kept_rewritten else ()), *self.neighbours)
        stays, obstacles = tuple(self._stays()), tuple(self._obstacles(first))
        return UndoPreview(
            operation=self.operation,
            kept=self.kept,
            comes_back=tuple(self.absorbed),
            rewritten=rewritten,
            sentences=tuple(self._sentences()),
            stays=stays,
            obstacles=obstacles,
            first=tuple(first),
            token=self._token(rewritten, (*stays, *obstacles)),
        )

    def _content(self, term_id: int, number: int) -> Content:
        return Revision.objects.get(term=term_id, number=number).content

    def _rewrite_kept(self) -> Rewritten | None:
        """Return the text of the kept term without what the merge brought; nothing for one that is gone."""
        if self.kept.is_gone:
            return None
        entry, now = self.reversal["kept"], revisions.snapshot(self.kept)
        # A merge of long ago may not know a field that there is today: nothing of it was changed then.
        after = {**now, **self._content(self.kept.pk, entry["after"])}
        content, stays = taken_back(after, {**now, **entry["content"]}, now)
        return Rewritten(self.kept, now, self._leading_on(content, self.kept), tuple(stays))

    def _released(self, term: Term) -> tuple[Term, Content]:
        """Return the text with which an absorbed term comes back."""
        content = {**revisions.EMPTY, **_live(term)}
        return term, self._leading_on(content, term)

    def _leading_on(self, content: Content, term: Term) -> Content:
        """Return a text with the relations to what was merged since leading on, but for what comes back."""
        coming_back = {term.public_id for term in self.absorbed}
        named = {item["target"] for item in content["relations"]} - coming_back
        return revisions.redirected(content, term.public_id, revisions.survivors(named))

    def _moved(self, entry: Mapping[str, Any]) -> _MovedRelations:
        before, after = (self._content(entry["term"], entry[side]) for side in ("before", "after"))
        return _MovedRelations(before["relations"], after["relations"], self.kept.public_id)

    def _rewrite_neighbour(self, pk: int) -> Rewritten | None:
        """Return the text of a term whose relations were moved, with what of them can be moved back."""
        term, moved = self.terms[pk], self.moved[pk]
        if not term.is_public:
            return None
        now = _live(term)
        content = {**now, "relations": moved.back(now["relations"])}
        return Rewritten(term, now, content) if content != now else None

    def _rewrite_texts(self) -> list[tuple[Revision, Content]]:
        """Return the texts that wait and named an absorbed term, with their relations moved back.

        With them those that were written since on top of what is moved back.
        """
        found: dict[int, tuple[Revision, Content]] = {}
        for entry in self.reversal["texts"]:
            text = self._newest(entry)
            if text.is_open and not text.term.is_gone:
                found[text.pk] = text, self._moved_back(text, self._moved(entry))
        live = [one.term.live_revision_id for one in self.neighbours]
        based = Revision.objects.filter(state__in=Revision.OPEN_STATES, based_on__in=live)
        for text in based.exclude(pk__in=found).select_related("term", "based_on"):
            found[text.pk] = text, self._moved_back(text, self.moved[text.term_id])
        return sorted(found.values(), key=lambda one: (one[0].term_id, one[0].number))

    def _newest(self, entry: Mapping[str, Any]) -> Revision:
        """Return what became of a text that the merge wrote anew."""
        texts = Revision.objects.select_related("term", "based_on")
        newest = texts.get(term=entry["term"], number=entry["after"])
        while (successor := texts.filter(supersedes=newest).first()) is not None:
            newest = successor
        return newest

    def _moved_back(self, text: Revision, moved: _MovedRelations) -> Content:
        return {**text.content, "relations": moved.back(text.content["relations"])}

    def _sentences(self) -> list[str]:
        """Tell what comes back besides the texts."""
        found = []
        for term in self.absorbed:
            entry = self.entries[term.pk]
            where = f" at /terms/{entry['slug'] or term.slug}/" if term.version else " among the drafts"
            found.append(f"“{term.full_name}” is back{where}, as it was before the merge.")
        waiting = [term for term in self.absorbed for _ in self._closed(self.entries[term.pk])]
        for name, count in Counter(term.full_name for term in waiting).items():
            texts = "1 text that waited" if count == 1 else f"{count} texts that waited"
            found.append(f"{texts} on “{name}” can be decided again.")
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
        for pk, moved in self.moved.items():
            term = self.terms[pk]
            if not term.is_public:
                found.append(f"“{term.full_name}” is gone; its relations stay as they are.")
            elif moved.is_changed(_live(term)["relations"]):
                found.append(
                    f"Relations of “{term.full_name}” to “{self.kept.full_name}”: changed since; they stay."
                )
        return found

    def _obstacles(self, first: Sequence[Operation]) -> list[str]:
        """Return why it cannot be done now."""
        found = [f"{operation.note} Undo that first." for operation in first]
        if found:
            return found
        coming = [(content, term) for term, content in self.released]
        if self.kept_rewritten and self.kept.is_public:
            coming.append((self.kept_rewritten.content, self.kept))
        around = [(one.content, one.term) for one in self.neighbours]
        for content, term in coming:
            beside = [one for one in (*coming, *around) if one[1] is not term]
            problems = checking.problems(content, term, beside=beside)
            found += [f"“{term.full_name}”: {s}" for some in problems.values() for s in some]
        return found

    def _token(self, rewritten: Sequence[Rewritten], sentences: Sequence[str]) -> str:
        shown = [
            self.operation.pk,
            [(pk, self.terms[pk].status, self.terms[pk].live_revision_id) for pk in sorted(self.terms)],
            [one.content for one in rewritten],
            [content for _, content in self.released],
            [(text.pk, content) for text, content in self.texts],
            [[one.revision for one in self._closed(entry)] for entry in self.entries.values()],
            sentences,
        ]
        return token_of(shown)

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
        refuse_undo(self.preview.obstacles, others_come_first=bool(self.preview.first))

    def carry_out(self, rendered: Mapping[int, Any], comment: str) -> Operation:
        note = comment or f"Merge of {timezone.localtime(self.operation.at):%Y-%m-%d} undone."
        earlier = self._earlier()
        ids = set(self.terms)
        documents = publishing.neighbours(ids)
        Merge.objects.filter(operation=self.operation).update(is_undone=True)
        for term in self.absorbed:
            workflow.let_go(term, by=self.by, comment=note)
        came_from = {pk: self.terms[former] for pk, former in self.reversal["redirects"]}
        workflow.lead_on(earlier, came_from)
        released = [Change(term, content, rendered[term.pk]) for term, content in self.released]
        moved = [
            Change(one.term, one.content, workflow.rendered_already(one.term)) for one in self.neighbours
        ]
        workflow.set_relations([*self._change_of_kept(rendered), *released, *moved])
        self._write_kept(rendered, note)
        self._bring_back(released, note)
        self._move_back(moved, note)
        self._rebase_all(note)
        self._reopen_pairs()
        publishing.remake(documents | publishing.neighbours(ids) | ids)
        self.operation.undone_by, self.operation.undone_at = self.by, timezone.now()
        self.operation.save(update_fields=["undone_by", "undone_at"])
        return self.operation

    def _change_of_kept(self, rendered: Mapping[int, Any]) -> list[Change]:
        one = self.kept_rewritten
        return [Change(self.kept, one.content, rendered[self.kept.pk])] if one and self.kept.is_public else []

    def _write_kept(self, rendered: Mapping[int, Any], note: str) -> None:
        one, change = self.kept_rewritten, self._change_of_kept(rendered)
        if one is None:
            log.record(Event.Kind.MERGE_UNDONE, by=self.by, term=self.kept, note=note)
        elif change:
            workflow.publish_all(change, kind=Event.Kind.MERGE_UNDONE, by=self.by, comment=note)
        else:
            written = workflow.rewrite_draft(self.kept, one.content, by=self.by, comment=note)
            log.record(Event.Kind.MERGE_UNDONE, by=self.by, term=self.kept, revision=written, note=note)

    def _bring_back(self, released: Sequence[Change], note: str) -> None:
        for term in self.absorbed:
            if self.entries[term.pk]["slug"]:
                workflow.take_address_back(term, self.entries[term.pk]["slug"], of=self.kept)
        workflow.bring_back(released, by=self.by, comment=note)
        for term in self.absorbed:
            entry = self.entries[term.pk]
            workflow.revive_texts(self._closed(entry), by=self.by, note=note)
            workflow.revive_plans(entry["plans"])

    def _rebase_all(self, note: str) -> None:
        if self.kept.is_public:
            self._rebase(self.kept, self.reversal["kept"]["before"], note)
        for term, _ in self.released:
            self._rebase(term, self.entries[term.pk]["before"], note)

    def _rebase(self, term: Term, before: int, note: str) -> None:
        """Let the texts that waited on top of what is live again now do so again."""
        live = term.live_revision
        base = Revision.objects.get(term=term, number=before)
        if live is None or live.content != base.content:
            return
        for text in base.followers.filter(state__in=Revision.OPEN_STATES).order_by("number"):
            text.term = term
            content = self._leading_on(text.content, term)
            workflow.follow_up(text, content, based_on=live, by=self.by, note=note)

    def _move_back(self, changes: Sequence[Change], note: str) -> None:
        live_before = {one.term.pk: one.term.live_revision_id for one in changes}
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
        for pk, verdict, judge, at, because in self.reversal["pairs"]:
            DuplicatePair.objects.filter(pk=pk, verdict=DuplicatePair.Verdict.MERGED).update(
                verdict=verdict, judged_by=judge, judged_at=at, because=because
            )


class _MovedRelations:
    """The relations of one text that a merge moved, and how they go back."""

    def __init__(self, before: Sequence[_Item], after: Sequence[_Item], kept_id: str) -> None:
        self._before, self._after, self._kept_id = list(before), list(after), kept_id
        self._moved = [item for item in before if item not in after]

    def back(self, now: Sequence[_Item]) -> list[_Item]:
        """Return these relations with those that were moved leading back, as far as they still stand."""
        if list(now) == self._after:
            return self._before
        found: list[_Item] = []
        for item in now:
            moved = self._moved_as(item)
            found += [one for one in moved if one not in found]
            if not moved or item in self._before:
                found.append(item)
        return found

    def is_changed(self, now: Sequence[_Item]) -> bool:
        """Say whether somebody took one of them out since, or changed its kind."""
        back = self.back(now)
        return any(item not in back for item in self._moved)

    def _moved_as(self, item: _Item) -> list[_Item]:
        if item["target"] != self._kept_id:
            return []
        return [one for one in self._moved if one["kind"] == item["kind"]]
