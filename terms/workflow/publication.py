"""Going live: the one door to what readers see, and making it anew."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone

from .. import checking, discussion, duplicates, log, markup, publishing, revisions, search, text
from ..errors import InvalidContent, StaleEdit, TermbookError, WrongState
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
            _log_own_work(term, revision, by)
        kind = _kind_of_publication(term, revision.content)
        return make_live(term, revision, rendered, by=by, kind=kind, decision=comment)


def _log_own_work(term: Term, revision: Revision, by: Any) -> None:
    note = "Approved by somebody who wrote on it."
    log.record(Event.Kind.SELF_REVIEWED, by=by, term=term, revision=revision, note=note)


# --- What an import brings -----------------------------------------------------------------------


class Publication(NamedTuple):
    """A draft or proposal of an import that is to go live; `updated_at` is when it last changed elsewhere."""

    revision_id: int
    updated_at: datetime | None = None


def render_texts(revision_ids: Collection[int]) -> dict[int, markup.Rendered]:
    """Return the definitions of these revisions as `publish_import` takes them; slow, so before the locks."""
    found = Revision.objects.filter(pk__in=revision_ids).values_list("pk", "content__definition")
    return {pk: publishing.render(definition) for pk, definition in found}


@transaction.atomic
def publish_import(
    wanted: Sequence[Publication], *, by: Any, rendered: Mapping[int, markup.Rendered], comment: str = ""
) -> dict[int, TermbookError]:
    """Make live what an import brought, without a second reader; return why not, for those that may not be.

    For who has the right to do so and wrote no word of it. The history tells the import from a review.
    """
    publishing.hold_content_version()
    comment = rows.clean_remark("comment", comment)
    texts = _locked_texts([one.revision_id for one in wanted])
    replaced = set(Revision.objects.filter(supersedes__in=texts).values_list("supersedes", flat=True))
    refused: dict[int, TermbookError] = {}
    going = []
    for one in wanted:
        revision = texts[one.revision_id]
        try:
            _check_import(revision, by, is_replaced=revision.pk in replaced)
        except TermbookError as refusal:
            refused[revision.pk] = refusal
        else:
            kind = _kind_of_publication(revision.term, revision.content)
            going.append(Going(revision.term, revision, rendered[revision.pk], kind, one.updated_at))
    # The relations of one can forbid those of the next; the rows of a new term have theirs already.
    together = [one for one in going if not _changes_relations(one)]
    for some in (together, *([one] for one in going if _changes_relations(one))):
        outcomes = make_all_live(some, by=by, decision=comment) if some else []
        refused |= {one.revision.pk: no for one, no in zip(some, outcomes, strict=True) if no is not None}
    if len(refused) < len(wanted):
        publishing.raise_content_version()
    return refused


def _locked_texts(revision_ids: Collection[int]) -> dict[int, Revision]:
    """Return these revisions by their ids, with their terms, which are locked."""
    found = Revision.objects.select_related("based_on", "supersedes").in_bulk(revision_ids)
    terms = {term.pk: term for term in Term.objects.lock(*(one.term_id for one in found.values()))}
    for revision in found.values():
        revision.term = terms[revision.term_id]
        if revision.based_on is not None and revision.based_on_id == revision.term.live_revision_id:
            revision.term.live_revision = revision.based_on
    return found


def _check_import(revision: Revision, by: Any, *, is_replaced: bool) -> None:
    check("publish_import", by, revision=revision)
    if is_replaced:
        raise WrongState(f"Revision {revision.number} was replaced by a newer one.")
    rows.check_is_there(revision.term)
    _check_base_is_live(revision.term, revision)
    _check_changes_something(revision.term, revision)
    if by.pk in discussion.writers(revision):
        _log_own_work(revision.term, revision, by)


def _changes_relations(going: Going) -> bool:
    live = going.term.live_revision
    return live is not None and live.content["relations"] != going.revision.content["relations"]


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
    [refusal] = make_all_live([Going(term, revision, rendered, kind)], by=by, decision=decision)
    if refusal is not None:
        raise refusal
    term.refresh_from_db()
    return term


# What of a term is decided here, and follows from no content.
_DECIDED = (
    "status",
    "version",
    "slug",
    "definition_html",
    "problems",
    "published_at",
    "updated_at",
    "live_revision",
)


class Going(NamedTuple):
    """A text that is to go live."""

    term: Term
    revision: Revision
    rendered: markup.Rendered
    kind: str
    updated_at: datetime | None = None


def make_all_live(wanted: Sequence[Going], *, by: Any, decision: str) -> list[InvalidContent | None]:
    """Make texts live that do not hang on one another, in as many queries as for one but for their rows.

    As `make_live`; returns for each why it may not be public, or None.
    """
    refusals = checking.refusals([(one.revision.content, one.term) for one in wanted])
    going = [one for one, refusal in zip(wanted, refusals, strict=True) if refusal is None]
    ids = {one.term.pk for one in going}
    now = timezone.now()
    affected = publishing.neighbours(ids)
    _move_addresses(going)
    for term, revision, rendered, _, updated_at in going:
        term.status = revision.content["status"]
        term.version += 1
        term.definition_html, term.problems = rendered.html, list(rendered.problems)
        term.published_at = term.published_at or now
        term.updated_at = updated_at or now
        revision.version = term.version
        term.live_revision = revision
    rows.decide_all([one.revision for one in going], Revision.State.APPROVED, by, decision, at=now)
    revisions.write_contents([(one.term, one.revision.content) for one in going], also=_DECIDED)
    publishing.remake(ids | affected | publishing.neighbours(ids))
    search.refresh(ids)
    lines = [
        log.Line(one.kind, one.term, one.revision, one.revision.comment, is_public=True) for one in going
    ]
    log.record_all(lines, by=by)
    duplicates.look_again_soon()
    return refusals


def _move_addresses(going: Sequence[Going]) -> None:
    """Give the terms the addresses of their contents; those that they leave go on leading here."""
    moving = [
        (one.term, wanted)
        for one in going
        if (wanted := moves_to(one.term, one.revision.content)) is not None
    ]
    taken = _taken(wanted for _, wanted in moving)
    for term, wanted in moving:
        free = wanted if wanted not in taken else _free_slug(wanted, term, taken)
        taken.add(free)
        if term.slug:
            FormerSlug.objects.update_or_create(slug=term.slug, defaults={"term": term})
        if term.version:
            FormerSlug.objects.filter(slug=free, term=term).delete()
        term.slug = free


def moves_to(term: Term, content: Content) -> str | None:
    """Return the address that a term is to move to with this content, or None where it keeps its own."""
    wanted, slug = address_of(content), term.slug
    keeps = slug and (slug == wanted or (not content["slug"] and _is_numbered(slug, wanted)))
    return None if keeps else wanted


def address_of(content: Content) -> str:
    """Return the address that a term with this content is to have: the last part of `/terms/<slug>/`."""
    return content["slug"] or text.slug_for(content["name"], content["qualifier"])


def _taken(slugs: Iterable[str]) -> set[str]:
    taken = Term.objects.filter(slug__in=set(slugs)).values_list("slug", flat=True)
    return set(filter(None, taken))


def _is_numbered(slug: str, wanted: str) -> bool:
    """Say whether an address is the wanted one with a number, as a second term of that name has."""
    return slug.startswith(f"{wanted}-") and slug[len(wanted) + 1 :].isdigit()


_NUMBERS_AT_ONCE = 50


def _free_slug(wanted: str, term: Term, taken: set[str]) -> str:
    """Return the wanted address with the first number that no other term has; `taken` are given already."""
    start = 2
    while True:
        numbered = [f"{wanted}-{number}" for number in range(start, start + _NUMBERS_AT_ONCE)]
        others = Term.objects.filter(slug__in=numbered).exclude(pk=term.pk)
        gone = {*taken, *others.values_list("slug", flat=True)}
        free = next((slug for slug in numbered if slug not in gone), None)
        if free is not None:
            return free
        start += _NUMBERS_AT_ONCE


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
