"""Terms become one, and come apart: how it is written; what is moved, `merging` decides.

The caller has raised the content version, locked every term that it hands in, checked the right, and
keeps all of it in one transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django.utils import timezone

from .. import log, markup, publishing, revisions, search
from ..errors import InvalidContent
from ..models import Event, FormerSlug, PlannedChange, Relation, Revision, Term
from ..revisions import Content
from . import rows
from .publication import Going, make_all_live


def hold_the_site(terms: Iterable[Term]) -> None:
    """Take the lock of all that is public before those of these terms, which are about to be written.

    Where one is or was public, readers will see a difference; among drafts nothing tells them.
    """
    if any(term.version for term in terms):
        publishing.raise_content_version()
    else:
        publishing.hold_content_version()


def absorb(
    term: Term, into: Term, *, by: Any, comment: str, kind: str = Event.Kind.MERGED
) -> Revision | None:
    """Take a term off the site or the desk: from now on it leads to another.

    `kind` is what the history calls it. Returns the revision that says so, for one that was published.
    """
    revision = None
    if term.live_revision is not None:
        revision = rows.write_decided(term, term.live_revision.content, by, comment)
        rows.decide(revision, Revision.State.APPROVED, by, comment)
        term.live_revision = revision
    term.status, term.merged_into, term.document = Term.Status.MERGED, into, None
    term.updated_at = timezone.now()
    term.save(update_fields=["status", "merged_into", "document", "updated_at", "live_revision"])
    search.refresh([term.pk])
    is_public = term.version > 0
    log.record(kind, by=by, term=term, revision=revision, note=merge_note(into), is_public=is_public)
    return revision


def merge_note(into: Term) -> str:
    """Say what became of a term; those who wrote on a draft may not know of other drafts."""
    return f"Merged into “{into.full_name}”." if into.version else "Merged into another draft."


def let_go(term: Term, *, by: Any, comment: str) -> None:
    """Let an absorbed term lead to another no longer: a draft is a draft again.

    One that was public is on no page until `bring_back` puts it there.
    """
    term.status = Term.Status.REMOVED if term.version else Term.Status.DRAFT
    term.merged_into = None
    term.save(update_fields=["status", "merged_into"])
    if not term.version:
        log.record(Event.Kind.MERGE_UNDONE, by=by, term=term, note=comment)


def bring_back(changes: Sequence[Change], *, by: Any, comment: str) -> list[Revision]:
    """Give terms that were let go their own pages back; return the revisions that are live now.

    Raises InvalidContent when one may not be public (any more), as when its name was given to another.
    """
    return publish_all(changes, kind=Event.Kind.MERGE_UNDONE, by=by, comment=comment)


def take_address_back(term: Term, slug: str, *, of: Term) -> None:
    """Give a term the address back that it gave up to `of`, unless another term has it by now."""
    if term.slug or Term.objects.filter(slug=slug).exists():
        return
    FormerSlug.objects.filter(slug=slug, term=of).delete()
    term.slug = slug
    term.save(update_fields=["slug"])


def give_up_address(term: Term) -> str:
    """Take its address from an absorbed term, for the one that goes on under its name; return it."""
    slug, term.slug = term.slug or "", None
    term.save(update_fields=["slug"])
    return slug


# --- Texts ---------------------------------------------------------------------------------------


class Change(NamedTuple):
    """How a public term is to read from now on."""

    term: Term
    content: Content
    rendered: markup.Rendered


def rendered_already(term: Term) -> markup.Rendered:
    """Return the HTML of a definition that stays as it is."""
    return markup.kept(term.definition_html, term.problems)


def publish_all(
    changes: Sequence[Change], *, kind: str, by: Any, comment: str, author: Any = None
) -> list[Revision]:
    """Make contents live that are decided on in the same breath; return their revisions.

    `author` is who wrote them, where somebody else than `by` did. Raises InvalidContent, with the name
    of the term, for the first that may not be public.
    """
    going = [
        Going(one.term, rows.write_decided(one.term, one.content, author or by, comment), one.rendered, kind)
        for one in changes
    ]
    refusals = make_all_live(going, by=by, decision="") if going else []
    for one, refusal in zip(going, refusals, strict=True):
        if refusal is not None:
            raise InvalidContent({"terms": [f"“{one.term.full_name}”: {refusal.message}"]})
    return [one.revision for one in going]


def current_text(term: Term) -> Revision | None:
    """Return the text that a term shows: the live one, or of a draft the newest that waits or ever was."""
    if term.version:
        return term.live_revision
    return newest_open(term) or term.revisions.order_by("-number").first()


def newest_open(term: Term) -> Revision | None:
    """Return the newest text of a term that waits to be decided."""
    return term.revisions.filter(state__in=Revision.OPEN_STATES).order_by("-number").first()


def rewrite_draft(term: Term, content: Content, *, by: Any, comment: str) -> Revision:
    """Write the text of a term that was never public anew, in the state in which it was."""
    newest = newest_open(term)
    written = Revision.objects.create(
        term=term,
        number=rows.next_number(term),
        content=content,
        author=by,
        comment=comment or (newest.comment if newest else ""),
        supersedes=newest,
        state=newest.state if newest else Revision.State.DRAFT,
        **rows.assignment_of(newest),
    )
    rows.close_replaced([newest])
    revisions.write_content(term, content)
    log.record(Event.Kind.SAVED, by=by, term=term, revision=written, note=comment)
    return written


def follow_up(text: Revision, content: Content, *, based_on: Revision | None, by: Any, note: str) -> Revision:
    """Write an open text anew because something around it moved. No word of it is `by`'s."""
    term, successor = text.term, rows.succeed(text, content, based_on=based_on)
    # No word of it changed: what was decided of it for later stands.
    PlannedChange.objects.filter(revision=text, state=PlannedChange.State.PENDING).update(revision=successor)
    if term.status == Term.Status.DRAFT:
        revisions.write_content(term, content)
    log.record(Event.Kind.BROUGHT_UP_TO_DATE, by=by, term=term, revision=successor, note=note)
    return successor


class Closed(NamedTuple):
    """An open text that was closed, and the state in which it was."""

    revision: int
    state: str


def close_texts(term: Term, *, by: Any, note: str) -> list[Closed]:
    """Close what waits to be decided on an absorbed term; its authors hear of it."""
    texts = list(term.revisions.filter(state__in=Revision.OPEN_STATES).order_by("number"))
    closed = [Closed(text.pk, text.state) for text in texts]
    for text in texts:
        text.state, text.decision_reason = Revision.State.CLOSED, note
        text.save(update_fields=["state", "decision_reason"])
    lines = [log.Line(Event.Kind.CLOSED, term, text, note) for text in texts]
    log.record_all(lines, by=by)
    return closed


def revive_texts(closed: Iterable[Closed], *, by: Any, note: str) -> list[Revision]:
    """Open texts again that a merge closed, each in the state in which it was."""
    states = {one.revision: one.state for one in closed}
    texts = list(Revision.objects.filter(pk__in=states, state=Revision.State.CLOSED).select_related("term"))
    for text in texts:
        text.state, text.decision_reason = states[text.pk], ""
        text.save(update_fields=["state", "decision_reason"])
    lines = [log.Line(Event.Kind.REVIVED, text.term, text, note) for text in texts]
    log.record_all(lines, by=by)
    return texts


def cancel_plans(term: Term, *, note: str) -> list[int]:
    """Cancel what is planned for an absorbed term; return the ids of the plans."""
    waiting = PlannedChange.objects.filter(term=term, state=PlannedChange.State.PENDING)
    ids = list(waiting.order_by("pk").values_list("pk", flat=True))
    PlannedChange.objects.filter(pk__in=ids).update(
        state=PlannedChange.State.CANCELLED, settled_at=timezone.now(), outcome=note
    )
    return ids


def revive_plans(ids: Collection[int]) -> int:
    """Let plans that a merge cancelled wait again, as far as their time has not passed; return how many."""
    plans = PlannedChange.objects.filter(
        pk__in=ids, state=PlannedChange.State.CANCELLED, due_at__gt=timezone.now()
    )
    return plans.update(state=PlannedChange.State.PENDING, settled_at=None, outcome="")


# --- Relations and addresses ---------------------------------------------------------------------


def move_relations(sources: Collection[int], absorbed: Collection[int], kept: Term) -> None:
    """Let the relations of these terms that lead to absorbed ones lead to the kept one, once each.

    All rows first: whether a circle comes of it is asked of the rows as they will be.
    """
    there = Relation.objects.filter(source__in=sources, target=kept)
    known = set(there.values_list("source_id", "kind"))
    for row in Relation.objects.filter(source__in=sources, target__in=absorbed):
        if (row.source_id, row.kind) in known:
            row.delete()
        else:
            row.target = kept
            row.save(update_fields=["target"])
            known.add((row.source_id, row.kind))


def move_relation(source: Term, kind: str, origin: Term, part: Term) -> None:
    """Let a relation that leads to a term lead to the new one that was split off."""
    Relation.objects.filter(source=source, kind=kind, target=origin).update(target=part)


def set_relations(changes: Iterable[Change]) -> None:
    """Write the relations of all these terms before any of them is published, as `move_relations` does."""
    contents = [(one.term, one.content) for one in changes]
    Relation.objects.filter(source__in=[term.pk for term, _ in contents]).delete()
    revisions.write_relations(contents)


def lead_on(terms: Iterable[Term], to: Mapping[int, Term]) -> None:
    """Let terms that were merged earlier lead to other ones, by their ids."""
    for term in terms:
        term.merged_into = to[term.pk]
        term.save(update_fields=["merged_into"])


def share_address(slug: str, terms: Iterable[Term]) -> FormerSlug:
    """Let an address that nobody has (any more) ask which of these terms is meant."""
    former, _ = FormerSlug.objects.update_or_create(slug=slug, defaults={"term": None})
    former.choices.set(terms)
    return former


def lead_address(slug: str, to: Term) -> FormerSlug:
    """Let an address that nobody has (any more) lead to this term."""
    former, _ = FormerSlug.objects.update_or_create(slug=slug, defaults={"term": to})
    former.choices.clear()
    return former


def forget_address(slug: str) -> None:
    """Let an address that a term has again lead nowhere else."""
    FormerSlug.objects.filter(slug=slug).delete()


def make_documents(term_ids: Iterable[int]) -> None:
    """Make the documents of these terms, and of those that name them, anew."""
    ids = set(term_ids)
    publishing.remake(ids | publishing.neighbours(ids))


# --- What is split off ---------------------------------------------------------------------------


def split_off(content: Content, rendered: markup.Rendered, *, by: Any, author: Any, comment: str) -> Revision:
    """Make a new public term of what is approved already; return its first revision.

    Raises InvalidContent when it may not be public.
    """
    term = _new_term(content)
    log.record(Event.Kind.CREATED, by=by, term=term, note=comment)
    change = Change(term, content, rendered)
    [written] = publish_all([change], kind=Event.Kind.PUBLISHED, by=by, author=author, comment=comment)
    return written


def split_off_draft(
    content: Content, *, texts: Sequence[Revision], by: Any, author: Any, comment: str, state: str
) -> Revision:
    """Make a new draft of a part of another; `texts` are what others wrote of that, oldest first.

    They come before it: whoever wrote on a text does not decide on it, nor on a part of it.
    """
    term = _new_term(content)
    line = [(one.author_id, one.content, one.comment) for one in texts]
    written: list[Revision] = []
    for author_id, says, remark in [*line, (author.pk, content, comment)]:
        text = Revision.objects.create(
            term=term,
            number=len(written) + 1,
            content=says,
            author_id=author_id,
            comment=remark,
            supersedes=written[-1] if written else None,
            state=state,
        )
        rows.close_replaced(written[-1:])
        written.append(text)
    log.record(Event.Kind.CREATED, by=by, term=term, revision=written[-1], note=comment)
    return written[-1]


def _new_term(content: Content) -> Term:
    term = Term()
    revisions.write_new([(term, content)])
    return term
