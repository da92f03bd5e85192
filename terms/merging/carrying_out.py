"""Terms become one: carried out as it was previewed, with everything that an undo needs to know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from .. import log, publishing, revisions, workflow
from ..errors import InvalidContent, NeedsSecondReader, WrongState
from ..models import DuplicatePair, Event, Merge, Operation, Revision, Term
from ..workflow import Change
from . import previewing
from .confirming import check_text, check_token, why_two
from .moving import Entries, rewrite
from .previewing import Preview
from .words import listed, names, shortened


def merge(
    *,
    kept_id: int,
    absorbed_ids: Sequence[int],
    content: Mapping[str, Any],
    token: str,
    by: Any,
    comment: str = "",
) -> Operation:
    """Let the absorbed terms become the kept one, exactly as the preview with this token showed it.

    Their names lead to it from now on, their addresses for ever; relations of other terms are moved,
    what waited on the absorbed ones is closed with a note. `undo` takes all of it back.

    Raises as `preview`; besides StalePreview when anything that it showed moved since, InvalidContent
    when the result may not be public, NeedsSecondReader for words that nobody else has read (see
    `proposals`). Nothing is changed then.
    """
    workflow.check("merge", by)
    shown = previewing.preview(kept_id=kept_id, absorbed_ids=absorbed_ids, by=by, content=content)
    return carry_out(shown, content=content, token=token, by=by, comment=comment)


def carry_out(
    shown: Preview,
    *,
    content: Mapping[str, Any],
    token: str,
    by: Any,
    comment: str,
    is_agreed: bool = False,
    wished_by: Any = None,
) -> Operation:
    """Carry out a merge that was just looked at; `is_agreed` when a second person has read its words.

    `wished_by` is who proposed it, whose rights over texts counted when it was previewed.
    """
    rendered = publishing.render(shown.content["definition"])  # before the locks: rendering is slow
    with transaction.atomic():
        workflow.hold_the_site([*shown.terms, *(one.source for one in shown.impact.relations)])
        comment = workflow.clean_remark("comment", comment)
        terms = _locked(shown)
        if not is_agreed:
            for term in terms:
                workflow.check("merge", by, term=term)
        now = previewing.look(terms, by=wished_by or by, content=content, make_tags=True)
        check_token(token, now.token)
        if now.conflicts:
            raise InvalidContent({"content": list(now.conflicts)})
        if now.needs_second_reader and not is_agreed:
            raise NeedsSecondReader(why_two("merge", now.new_words, choose_among="the texts that are there"))
        check_text([now.content["definition"]], [shown.content["definition"]])
        return _Merging(now, by, wished_by or by, comment).carry_out(rendered)


def _locked(shown: Preview) -> list[Term]:
    """Lock every term that the merge writes to, and return the merged ones fresh, the kept one first."""
    around = [one.source.pk for one in shown.impact.relations]
    around += [text.term_id for text in shown.impact.moved_texts]
    ids = [term.pk for term in shown.terms]
    locked = {
        term.pk: term for term in Term.objects.lock(*ids, *around, *(t.pk for t in shown.impact.earlier))
    }
    live = Revision.objects.in_bulk(filter(None, (term.live_revision_id for term in locked.values())))
    for term in locked.values():
        if term.live_revision_id is not None:
            term.live_revision = live[term.live_revision_id]
    if any(pk not in locked for pk in ids):
        raise WrongState("One of these terms is not there. Choose the terms again.")
    return [locked[pk] for pk in ids]


def _what_was_merged(absorbed: Sequence[Term], kept: Term) -> str:
    return shortened(f"Merge of {listed(names(absorbed))} into “{kept.full_name}”.")


def _said_of(pair: DuplicatePair) -> list[Any]:
    """Return what was said of a pair, as `undoing` says it again."""
    at = pair.judged_at.isoformat() if pair.judged_at else None
    return [pair.pk, pair.verdict, pair.judged_by_id, at, pair.because]


class _Merging:
    """One merge while it is written; it gathers what an undo has to know.

    Whatever is moved here, `undoing` must move back.
    """

    def __init__(self, preview: Preview, by: Any, author: Any, comment: str) -> None:
        self.preview, self.by, self.author, self.comment = preview, by, author, comment
        self.kept, self.absorbed = preview.kept, preview.absorbed
        self.note = workflow.merge_note(self.kept)
        self.what = _what_was_merged(self.absorbed, self.kept)
        # What the public history tells must not name what was never public.
        once_public = [term for term in self.absorbed if term.version > 0]
        self.said = comment or (
            _what_was_merged(once_public, self.kept) if once_public else "Drafts taken in."
        )
        self.leads = {term.public_id: self.kept.public_id for term in self.absorbed}

    def carry_out(self, rendered: Any) -> Operation:
        documents = publishing.neighbours([term.pk for term in self.preview.terms])
        reversal: dict[str, Any] = {"absorbed": [self._absorb(term) for term in self.absorbed]}
        reversal["redirects"] = self._lead_earlier_on()
        reversal["kept"] = self._write_kept(rendered)
        reversal["relations"], reversal["texts"] = self._move_relations()
        reversal["pairs"] = self._settle_pairs()
        publishing.remake(documents)
        operation = Operation.objects.create(
            kind=Operation.Kind.MERGE,
            by=self.by,
            note=shortened(self.comment or self.what),
            reversal=reversal,
        )
        Merge.objects.bulk_create(
            Merge(operation=operation, kept=self.kept, absorbed=term) for term in self.absorbed
        )
        return operation

    def _absorb(self, term: Term) -> dict[str, Any]:
        before = workflow.current_text(term)
        entry = {
            "term": term.pk,
            "before": before.number if before else None,
            "texts": workflow.close_texts(term, by=self.by, note=self.note),
            "plans": workflow.cancel_plans(term, note=self.note),
        }
        after = workflow.absorb(term, self.kept, by=self.by, comment=self.said)
        gives_up = term.slug and term.slug == workflow.moves_to(self.kept, self.preview.content)
        slug = workflow.give_up_address(term) if gives_up else ""
        return {**entry, "after": after.number if after else None, "slug": slug}

    def _lead_earlier_on(self) -> list[list[int | None]]:
        """Let what was merged into an absorbed term lead to the kept one: no address leads on twice."""
        earlier = list(Term.objects.filter(merged_into__in=self.absorbed))
        former = [[term.pk, term.merged_into_id] for term in earlier]
        workflow.lead_on(earlier, {term.pk: self.kept for term in earlier})
        return former

    def _write_kept(self, rendered: Any) -> dict[str, Any]:
        before = workflow.current_text(self.kept)
        if self.kept.is_public:
            change = Change(self.kept, self.preview.content, rendered)
            [after] = workflow.publish_all(
                [change], kind=Event.Kind.MERGED, by=self.by, author=self.author, comment=self.said
            )
        else:
            after = workflow.rewrite_draft(self.kept, self.preview.content, by=self.author, comment=self.said)
            log.record(Event.Kind.MERGED, by=self.by, term=self.kept, revision=after, note=self.said)
        return {
            "term": self.kept.pk,
            "before": before.number if before else None,
            "content": self.preview.texts[self.kept.pk],
            "after": after.number,
        }

    def _move_relations(self) -> tuple[Entries, Entries]:
        """Let other terms and the texts that wait name the kept term where they named an absorbed one."""
        sources = {one.source.pk for one in self.preview.impact.relations}
        public = [term for term in Term.objects.lock(*sources) if term.is_public]
        workflow.move_relations([term.pk for term in public], [t.pk for t in self.absorbed], self.kept)
        texts = previewing.texts_naming(self.absorbed)
        return rewrite(public, texts, self._redirected, by=self.by, said=self.said, note=self.what)

    def _redirected(self, content: dict[str, Any], term: Term) -> dict[str, Any]:
        return revisions.redirected(content, term.public_id, self.leads)

    def _settle_pairs(self) -> list[list[Any]]:
        """Note on the pairs of these terms that they are one now; return what was said of them before."""
        ids = [term.pk for term in self.preview.terms]
        pairs = list(DuplicatePair.objects.filter(first__in=ids, second__in=ids))
        before = [_said_of(pair) for pair in pairs]
        for pair in pairs:
            pair.verdict, pair.judged_by = DuplicatePair.Verdict.MERGED, self.by
            pair.judged_at, pair.because = timezone.now(), self.comment
            pair.save(update_fields=["verdict", "judged_by", "judged_at", "because"])
        return before
