"""One term becomes two: carried out as it was previewed, with everything that an undo needs to know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from .. import log, publishing, workflow
from ..errors import InvalidContent, NeedsSecondReader, WrongState
from ..models import Event, Operation, Revision, Split, Term
from ..revisions import Content, full_name
from ..workflow import Change
from . import splitting
from .confirming import check_text, check_token, why_two
from .moving import Entries, rewrite
from .splitting import BOTH, PART, STAYS, SplitPreview, SplitWish
from .words import shortened


def split(
    *,
    term_id: int,
    stays: Mapping[str, Any],
    part: Mapping[str, Any],
    address: str = STAYS,
    moves: Sequence[Mapping[str, str]] = (),
    token: str,
    by: Any,
    comment: str = "",
) -> Operation:
    """Make two terms of one, exactly as the preview with this token showed it.

    The term goes on with what stays; the new one is `operation.split.part`, public as the term is. The
    old address leads to either, or asks which is meant. `undo` takes all of it back.

    Raises as `split_preview`; besides StalePreview when anything that it showed moved since,
    InvalidContent when one of the two may not be public, NeedsSecondReader for words that nobody else
    has read (see `proposals`). Nothing is changed then.
    """
    workflow.check("split", by)
    wish = SplitWish(stays, part, address, moves)
    shown = splitting.split_preview(term_id=term_id, by=by, **wish._asdict())
    return carry_out(shown, wish, token=token, by=by, comment=comment)


def carry_out(
    shown: SplitPreview,
    wish: SplitWish,
    *,
    token: str,
    by: Any,
    comment: str,
    is_agreed: bool = False,
    wished_by: Any = None,
) -> Operation:
    """Carry out a split that was just looked at; `is_agreed` when a second person has read its words.

    `wished_by` is who proposed it, whose rights over texts counted when it was previewed.
    """
    # Before the locks: rendering is slow.
    rendered = [publishing.render(definition) for definition in _definitions(shown)]
    with transaction.atomic():
        workflow.hold_the_site([shown.term, *(one.source for one in shown.moved)])
        comment = workflow.clean_remark("comment", comment)
        term = _locked(shown)
        if not is_agreed:
            workflow.check("split", by, term=term)
        now = splitting.look(term, wish, by=wished_by or by, make_tags=True)
        check_token(token, now.token)
        check_text(_definitions(now), _definitions(shown))
        if now.conflicts:
            raise InvalidContent({"content": list(now.conflicts)})
        if now.needs_second_reader and not is_agreed:
            raise NeedsSecondReader(why_two("split", now.new_words, choose_among="what is there"))
        return _Splitting(now, by, wished_by or by, comment).carry_out(rendered)


def _locked(shown: SplitPreview) -> Term:
    """Lock every term that the split writes to, and return the one that is split fresh."""
    around = [one.source.pk for one in shown.relations]
    locked = {term.pk: term for term in Term.objects.lock(shown.term.pk, *around)}
    if shown.term.pk not in locked:
        raise WrongState("There is no such term. Choose another one.")
    return locked[shown.term.pk]


def _definitions(preview: SplitPreview) -> list[str]:
    return [preview.stays["definition"], preview.part["definition"]]


class _Splitting:
    """One split while it is written; it gathers what an undo has to know.

    Whatever is moved here, `unsplitting` must move back.
    """

    def __init__(self, preview: SplitPreview, by: Any, author: Any, comment: str) -> None:
        self.preview, self.by, self.author = preview, by, author
        self.term, self.slug = preview.term, preview.term.slug or ""
        stays, part = full_name(preview.stays), full_name(preview.part)
        self.what = shortened(f"Split of “{self.term.full_name}” into “{stays}” and “{part}”.")
        self.said = comment or self.what
        self.kinds: dict[int, set[str]] = {}
        for one in preview.moved:
            self.kinds.setdefault(one.source.pk, set()).add(one.kind)

    def carry_out(self, rendered: Sequence[Any]) -> Operation:
        before, after = workflow.current_text(self.term), self._write_stays(rendered[0])
        part = self._write_part(rendered[1], before)
        relations, texts = self._move_relations(part.term)
        # Those that moved name it no more, so that they no longer count as its neighbours.
        publishing.remake([self.term.pk])
        self._lead_address(part.term)
        reversal = {
            "origin": {
                "term": self.term.pk,
                "before": before.number if before else None,
                "after": after.number,
                "slug": self.slug,
            },
            "part": {"term": part.term_id, "after": part.number},
            "relations": relations,
            "texts": texts,
        }
        operation = Operation.objects.create(
            kind=Operation.Kind.SPLIT, by=self.by, note=shortened(self.said), reversal=reversal
        )
        Split.objects.create(operation=operation, origin=self.term, part=part.term)
        return operation

    def _write_stays(self, rendered: Any) -> Revision:
        """Write what stays first: its name and address may be what the part is to have."""
        if self.term.is_public:
            change = Change(self.term, self.preview.stays, rendered)
            [after] = workflow.publish_all(
                [change], kind=Event.Kind.SPLIT, by=self.by, author=self.author, comment=self.said
            )
            return after
        after = workflow.rewrite_draft(self.term, self.preview.stays, by=self.author, comment=self.said)
        log.record(Event.Kind.SPLIT, by=self.by, term=self.term, revision=after, note=self.said)
        return after

    def _write_part(self, rendered: Any, before: Revision | None) -> Revision:
        if self.term.is_public:
            return workflow.split_off(
                self.preview.part, rendered, by=self.by, author=self.author, comment=self.said
            )
        # Of each who wrote on it, the last text.
        last = {one.author_id: one for one in reversed(before.line)} if before else {}
        return workflow.split_off_draft(
            self.preview.part,
            texts=[one for pk, one in last.items() if pk != self.author.pk],
            by=self.by,
            author=self.author,
            comment=self.said,
            state=before.state if before and before.is_open else Revision.State.DRAFT,
        )

    def _move_relations(self, part: Term) -> tuple[Entries, Entries]:
        for one in self.preview.moved:
            workflow.move_relation(one.source, one.kind, self.term, part)
        sources = [term for term in Term.objects.lock(*self.kinds) if term.is_public]

        def moving(content: Content, source: Term) -> Content:
            return self._moved(content, source, part)

        return rewrite(sources, self.preview.moved_texts, moving, by=self.by, said=self.said, note=self.what)

    def _moved(self, content: Content, source: Term, part: Term) -> Content:
        kinds, origin = self.kinds[source.pk], self.term.public_id
        relations = [
            {**item, "target": part.public_id} if item["target"] == origin and item["kind"] in kinds else item
            for item in content["relations"]
        ]
        return {**content, "relations": relations}

    def _lead_address(self, part: Term) -> None:
        """Let the old address lead where it was chosen to; what has it as its own has it anyway."""
        if not self.slug or self.preview.address == STAYS:
            return
        if self.preview.address == BOTH:
            workflow.share_address(self.slug, [self.term, part])
        elif part.slug == self.slug:
            workflow.forget_address(self.slug)
        elif self.preview.address == PART:
            workflow.lead_address(self.slug, part)
