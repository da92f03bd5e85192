"""Going live: the one door to what readers see, and making it anew."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone

from .. import checking, discussion, log, markup, publishing, revisions, search, text
from ..errors import StaleEdit, WrongState
from ..models import Event, FormerSlug, Revision, Term
from ..revisions import Content
from . import rows
from .table import check


def approve(*, revision_id: int, by: Any, comment: str = "") -> Term:
    """Make exactly this revision what readers see.

    Raises OwnWork for those who wrote it, WrongState when it is not proposed (any more), StaleEdit
    when the live text moved since it was written, NameTaken and InvalidContent when it may not be
    public as it is. Nothing is changed then.
    """
    rendered = _rendered(revision_id)  # before the lock: rendering is slow
    with transaction.atomic():
        publishing.raise_content_version()
        term, revision = rows.lock_revision(revision_id)
        check_approval(term, revision, by)
        comment = rows.clean_remark("comment", comment)
        if by.pk in discussion.writers(revision):
            log.record(
                Event.Kind.SELF_REVIEWED,
                by=by,
                term=term,
                revision=revision,
                note="Approved by somebody who wrote on it.",
            )
        kind = _kind_of_publication(term, revision.content)
        return make_live(term, revision, rendered, by=by, kind=kind, decision=comment)


def check_approval(term: Term, revision: Revision, by: Any) -> None:
    """Refuse what `approve` would refuse of these locked rows, but for what `checking` finds in the text."""
    check("approve", by, revision=revision)
    rows.check_is_there(term)
    _check_base_is_live(term, revision)
    _check_changes_something(term, revision)


def _rendered(revision_id: int) -> markup.Rendered:
    content = Revision.objects.filter(pk=revision_id).values_list("content", flat=True).first()
    if content is None:
        raise WrongState("There is no such revision.")
    return publishing.render(content["definition"])


def _check_base_is_live(term: Term, revision: Revision) -> None:
    if revision.based_on_id == term.live_revision_id:
        return
    live = rows.live_revision(term)
    raise StaleEdit(
        f"Revision {live.number} was published after this proposal was written. "
        "Compare the two and bring the proposal up to date.",
        rows.three_sides(revision.based_on, live, revision.content),
    )


def _check_changes_something(term: Term, revision: Revision) -> None:
    live = term.live_revision
    if live is not None and live.content == revision.content:
        raise WrongState(
            f"Revision {revision.number} changes no word of what readers see. "
            "Take up its remark by correcting the text, or reject it with an answer."
        )


def _kind_of_publication(term: Term, content: Content) -> str:
    if term.version == 0:
        return Event.Kind.PUBLISHED
    was_deprecated = term.status == Term.Status.DEPRECATED
    is_deprecated = content["status"] == "deprecated"
    if was_deprecated == is_deprecated:
        return Event.Kind.CHANGED
    return Event.Kind.DEPRECATED if is_deprecated else Event.Kind.REINSTATED


def make_live(
    term: Term, revision: Revision, rendered: markup.Rendered, *, by: Any, kind: str, decision: str = ""
) -> Term:
    """Write what readers see: the one door.

    The caller has raised the content version, which is the lock of all that is public, then locked
    the term, and checked the right.
    """
    refusal = checking.refusal(revision.content, term=term)
    if refusal is not None:
        raise refusal
    now = timezone.now()
    affected = publishing.neighbours(term.pk)
    _move_address(term, revision.content)
    term.status = revision.content["status"]
    term.version += 1
    term.definition_html, term.problems = rendered.html, list(rendered.problems)
    term.published_at = term.published_at or now
    term.updated_at = now
    revision.version = term.version
    rows.decide(revision, Revision.State.APPROVED, by, decision, at=now)
    term.live_revision = revision
    revisions.write_content(term, revision.content)
    publishing.remake({term.pk} | affected | publishing.neighbours(term.pk))
    search.refresh([term.pk])
    log.record(kind, by=by, term=term, revision=revision, note=revision.comment, is_public=True)
    term.refresh_from_db()
    return term


def _move_address(term: Term, content: Content) -> None:
    """Give the term the address of its content; the one it leaves goes on leading here."""
    wanted = content["slug"] or text.slug_for(content["name"], content["qualifier"])
    keeps = term.slug and (term.slug == wanted or (not content["slug"] and _is_numbered(term.slug, wanted)))
    if keeps:
        return
    free = _free_slug(wanted, term)
    if term.slug:
        FormerSlug.objects.update_or_create(slug=term.slug, defaults={"term": term})
    FormerSlug.objects.filter(slug=free, term=term).delete()
    term.slug = free


def _is_numbered(slug: str, wanted: str) -> bool:
    """Say whether an address is the wanted one with a number, as a second term of that name has."""
    return slug.startswith(f"{wanted}-") and slug[len(wanted) + 1 :].isdigit()


def _free_slug(wanted: str, term: Term) -> str:
    taken = set(
        Term.objects.filter(slug__startswith=wanted).exclude(pk=term.pk).values_list("slug", flat=True)
    )
    number, slug = 1, wanted
    while slug in taken:
        number += 1
        slug = f"{wanted}-{number}"
    return slug


def render_again(term_ids: Iterable[int] | None = None) -> int:
    """Make what the public gets of these terms (all, by default) anew; return how many there were.

    For a changed renderer, and for terms that a fixture brought: their rows, HTML, documents and
    index follow from their live revisions. What readers are told stays, so there is no revision.
    """
    public = (
        Term.objects.published() if term_ids is None else Term.objects.published().filter(pk__in=term_ids)
    )
    remade = [pk for pk in list(public.values_list("pk", flat=True)) if _render_one_again(pk)]
    with transaction.atomic():
        publishing.raise_content_version()
        publishing.remake(remade)
        search.refresh(remade)
    return len(remade)


def _render_one_again(term_id: int) -> bool:
    """Say whether the term was rendered; one that is published anew meanwhile need not be."""
    live_id, definition = Revision.objects.values_list("pk", "content__definition").get(live_term=term_id)
    rendered = publishing.render(definition)
    with transaction.atomic():
        publishing.raise_content_version()
        term = rows.lock(term_id)
        if term.live_revision_id != live_id or not term.is_public:
            return False
        term.definition_html, term.problems = rendered.html, list(rendered.problems)
        revisions.write_content(term, rows.live_revision(term).content)
        return True


def adopt(term_ids: Iterable[int]) -> int:
    """Take in terms that a fixture brought: make what the public gets, and enter them in the log."""
    ids = list(term_ids)
    count = render_again(ids)
    entered = set(Event.objects.filter(is_public=True, term__in=ids).values_list("term", flat=True))
    for term in Term.objects.published().filter(pk__in=set(ids) - entered):
        live = rows.live_revision(term)
        Event.objects.create(
            kind=Event.Kind.DEPRECATED if term.status == Term.Status.DEPRECATED else Event.Kind.PUBLISHED,
            at=term.published_at or term.updated_at,
            by=live.reviewer,
            by_name=str(live.reviewer),
            term=term,
            revision=live,
            note=live.comment,
            is_public=True,
        )
    return count
