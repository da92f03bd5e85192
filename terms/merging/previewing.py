"""What a merge would do: the text that comes of it, everything that moves or closes, what forbids it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from .. import checking, discussion, revisions, search, text, workflow
from ..errors import InvalidContent, WrongState
from ..models import Alias, FormerSlug, PlannedChange, Relation, Revision, Term
from ..revisions import Content, FieldChange
from . import combining
from .combining import Side
from .confirming import token_of

MOST_TERMS = 20


@dataclass(frozen=True)
class Moved:
    """A relation of another term that will lead to the kept one."""

    source: Term
    kind: str
    target: Term

    @property
    def kind_in_words(self) -> str:
        return str(Relation.Kind(self.kind).label)


@dataclass(frozen=True)
class Impact:
    """Everything around the absorbed terms that a merge moves or closes.

    Texts that name an absorbed term lead to the kept one by themselves: `mentions` are some of the public
    ones (at most `MENTIONS_SHOWN`), `mention_count` is how many there are. Both are read when asked for.
    """

    terms: tuple[Term, ...]

    addresses: tuple[str, ...]
    lost_names: tuple[str, ...]
    relations: tuple[Moved, ...]
    closed_texts: tuple[Revision, ...]
    outdated_texts: tuple[Revision, ...]
    moved_texts: tuple[Revision, ...]
    plans: tuple[PlannedChange, ...]
    earlier: tuple[Term, ...]

    @cached_property
    def mentions(self) -> tuple[Term, ...]:
        heavy = ("definition", "definition_html", "document", "problems")
        return tuple(self._mentioning.defer(*heavy).order_by("sort_key", "pk")[:MENTIONS_SHOWN])

    @cached_property
    def mention_count(self) -> int:
        return self._mentioning.count()

    @property
    def _mentioning(self) -> QuerySet[Term]:
        names = [name for term in self.terms[1:] for name in _shown_names(term)]
        return search.mentioning(names).exclude(pk__in=[term.pk for term in self.terms])


@dataclass(frozen=True)
class Preview:
    """A merge as it would be now. `token` stands for everything that is shown but the content itself."""

    kept: Term
    absorbed: tuple[Term, ...]
    texts: Mapping[int, Content]
    suggested: Content
    content: Content
    impact: Impact
    conflicts: tuple[str, ...]
    new_words: tuple[str, ...]
    token: str

    @property
    def terms(self) -> tuple[Term, ...]:
        return (self.kept, *self.absorbed)

    @cached_property
    def difference(self) -> list[FieldChange]:
        """What changes in the text of the kept term."""
        return revisions.difference(self.texts[self.kept.pk], self.content)

    @property
    def needs_second_reader(self) -> bool:
        """Whether somebody else has to agree before it is done."""
        return settings.MERGE_REVIEW or (bool(self.new_words) and not settings.SELF_REVIEW)


def preview(
    *, kept_id: int, absorbed_ids: Sequence[int], by: Any, content: Mapping[str, Any] | None = None
) -> Preview:
    """Say what merging these terms into the kept one would do.

    `content` holds the fields that were chosen or edited; the others are combined (see
    `combining.combined`). Nothing is written, and tags are not made.

    Raises NotAllowed without the right to merge or to propose one, WrongState for terms that cannot be
    merged, InvalidContent for a content that makes no sense.
    """
    return look(_terms(kept_id, absorbed_ids, by), by=by, content=content or {}, make_tags=False)


def look(terms: Sequence[Term], *, by: Any, content: Mapping[str, Any], make_tags: bool) -> Preview:
    """Preview over rows that are read, and perhaps locked, already; the kept one comes first."""
    kept, *absorbed = terms
    action = "merge" if by.has_perm("terms.merge_term") else "propose_merge"
    for term in terms:
        workflow.check(action, by, term=term)
    _check_states(kept, absorbed)
    texts = revisions.snapshots(terms)
    sides = [_side(term, texts[term.pk], by) for term in terms]
    leads = {term.public_id: kept.public_id for term in terms}
    together = combining.combined(sides[0], sides[1:], name=_name_in(content))
    suggested = revisions.redirected(together, kept.public_id, leads)
    given = _without_relations_to(kept, content)
    known = revisions.Known(by)
    known.read_ahead(())  # all tags at once, however many the terms have
    cleaned = revisions.clean(given, by=by, base=suggested, term=kept, make_tags=make_tags, known=known)
    wanted = revisions.redirected(cleaned, kept.public_id, leads)
    impact = _impact(kept, absorbed, wanted)
    return Preview(
        kept=kept,
        absorbed=tuple(absorbed),
        texts=texts,
        suggested=suggested,
        content=wanted,
        impact=impact,
        conflicts=tuple(_conflicts(kept, absorbed, wanted)),
        new_words=tuple(combining.new_words(wanted, sides)),
        token=_token(terms, impact),
    )


def _terms(kept_id: int, absorbed_ids: Sequence[int], by: Any) -> list[Term]:
    ids = [kept_id, *dict.fromkeys(absorbed_ids)]
    if len(ids) < 2:
        raise InvalidContent({"absorbed": ["Choose at least one other term to merge into this one."]})
    if kept_id in ids[1:]:
        raise InvalidContent({"absorbed": ["A term cannot be merged into itself. Choose another one."]})
    if len(ids) > MOST_TERMS:
        raise InvalidContent({"absorbed": [f"At most {MOST_TERMS} terms can be merged at once."]})
    found = Term.objects.visible_to(by).select_related("live_revision", "merged_into").in_bulk(ids)
    if len(found) < len(ids):
        raise WrongState("One of these terms is not there. Choose the terms again.")
    return [found[pk] for pk in ids]


def _check_states(kept: Term, absorbed: Sequence[Term]) -> None:
    """Refuse to hide from readers what they could see, and to end a term in force on one that is not."""
    for term in absorbed:
        if term.is_public and not kept.is_public:
            raise WrongState(
                f"“{term.full_name}” is public and “{kept.full_name}” is a draft. "
                f"Keep “{term.full_name}” instead."
            )
        if term.status == Term.Status.PUBLISHED and kept.status == Term.Status.DEPRECATED:
            raise WrongState(
                f"“{kept.full_name}” is deprecated. Keep “{term.full_name}” instead, or reinstate it first."
            )


def _side(term: Term, content: Content, by: Any) -> Side:
    newest = None if term.is_public else workflow.newest_open(term)
    is_approved = term.is_public or (newest is not None and by.pk not in discussion.writers(newest))
    return Side(content, was_public=term.is_public, is_approved=is_approved)


def _name_in(content: Mapping[str, Any]) -> str:
    """Return the name that was chosen, if any; whether it is one, `revisions.clean` says."""
    name = content.get("name")
    return name if isinstance(name, str) and text.name_key(name) else ""


def _without_relations_to(kept: Term, content: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what was given without what another term said of its relation to the kept one."""
    given = content.get("relations")
    if not isinstance(given, (list, tuple)):
        return content
    own_id = kept.public_id
    others = [item for item in given if not (isinstance(item, Mapping) and item.get("target") == own_id)]
    return {**content, "relations": others}


# --- What moves ----------------------------------------------------------------------------------

MENTIONS_SHOWN = 20


def _impact(kept: Term, absorbed: Sequence[Term], content: Content) -> Impact:
    ids = [term.pk for term in absorbed]
    texts = Revision.objects.filter(state__in=Revision.OPEN_STATES).select_related("term", "author")
    own = texts.filter(term__in=ids).order_by("term", "number")
    of_kept = texts.filter(term=kept).order_by("number") if kept.is_public else texts.none()
    plans = PlannedChange.objects.filter(term__in=ids, state=PlannedChange.State.PENDING)
    moved = tuple(_moved_texts(absorbed, kept))
    return Impact(
        terms=(kept, *absorbed),
        addresses=tuple(_addresses(absorbed)),
        lost_names=tuple(_lost_names([kept, *absorbed], content)),
        relations=tuple(_relations_to(absorbed, kept, {one.term_id for one in moved})),
        closed_texts=tuple(own),
        outdated_texts=tuple(of_kept),
        moved_texts=moved,
        plans=tuple(plans.select_related("term").order_by("term", "pk")),
        earlier=tuple(Term.objects.filter(merged_into__in=ids).order_by("sort_key", "pk")),
    )


def _addresses(absorbed: Sequence[Term]) -> list[str]:
    """Return the addresses that will lead to the kept term: those in use, and former ones."""
    former = FormerSlug.objects.filter(term__in=absorbed).values_list("slug", flat=True)
    return sorted({slug for slug in (*former, *(term.slug for term in absorbed)) if slug})


def _lost_names(terms: Sequence[Term], content: Content) -> list[str]:
    """Return the names under which nothing of this will be found any more."""
    kept = {text.name_key(content["name"]), *(text.name_key(item["text"]) for item in content["aliases"])}
    names = [name for term in terms for name in (term.name, *(alias.text for alias in term.aliases.all()))]
    return list({text.name_key(name): name for name in names if text.name_key(name) not in kept}.values())


def _relations_to(absorbed: Sequence[Term], kept: Term, rewritten: Collection[int]) -> list[Moved]:
    """Return the relations that lead to the kept term from now on: of public terms, and of drafts that wait.

    `rewritten` are the ids of the terms whose open texts are written anew. Of a draft that was rejected
    nothing is moved: who takes it up again finds where its relations lead.
    """
    rows = Relation.objects.filter(target__in=absorbed).exclude(source__in=[kept, *absorbed])
    there = Q(source__status__in=Term.PUBLIC_STATUSES)
    there |= Q(source__status=Term.Status.DRAFT, source__in=rewritten)
    rows = rows.filter(there).select_related("source", "target")
    return [Moved(row.source, row.kind, row.target) for row in rows.order_by("source__sort_key", "pk")]


def _moved_texts(absorbed: Sequence[Term], kept: Term) -> Any:
    """Return the texts that wait, name an absorbed term, and are written anew for it.

    Not those that are closed, and not the text of a kept draft, which becomes the result.
    """
    becomes = None if kept.is_public else workflow.newest_open(kept)
    texts = texts_naming(absorbed).exclude(term__in=absorbed)
    return texts.exclude(pk=becomes.pk) if becomes else texts


def texts_naming(targets: Collection[Term]) -> Any:
    """Return the texts that wait and have a relation to one of these terms."""
    named = Q()
    for term in targets:
        named |= Q(written__contains=f'"{term.public_id}"')
    texts = Revision.objects.filter(state__in=Revision.OPEN_STATES)
    texts = texts.alias(written=Cast("content__relations", TextField())).filter(named)
    return texts.select_related("term", "author", "based_on").order_by("term", "number")


def _shown_names(term: Term) -> list[str]:
    shown = (alias.text for alias in term.aliases.all() if alias.kind != Alias.Kind.HIDDEN)
    return [term.name, *shown]


# --- What forbids it -----------------------------------------------------------------------------


def _conflicts(kept: Term, absorbed: Sequence[Term], content: Content) -> list[str]:
    """Return why the result could not be published; a draft may be anything that a draft may be."""
    if not kept.is_public:
        return []
    found = checking.problems(content, kept, absorbed=absorbed)
    sentences = [sentence for sentences in found.values() for sentence in sentences]
    is_deprecated = kept.status == Term.Status.DEPRECATED
    if is_deprecated != (content["status"] == "deprecated"):
        state = kept.get_status_display().lower()
        sentences.append(f"Status: a merge leaves “{kept.full_name}” {state}. Decide on that by itself.")
    return sentences


def _token(terms: Sequence[Term], impact: Impact) -> str:
    """Return a digest of the states and revisions that a preview shows."""
    newest = Revision.objects.filter(term__in=terms).order_by("term", "number")
    shown = [
        [(term.pk, term.status, term.version, term.live_revision_id) for term in terms],
        list(newest.values_list("pk", "state")),
        [(one.source.pk, one.source.live_revision_id, one.kind, one.target.pk) for one in impact.relations],
        [(one.pk, one.state) for one in (*impact.closed_texts, *impact.outdated_texts, *impact.moved_texts)],
        [plan.pk for plan in impact.plans],
        [term.pk for term in impact.earlier],
        list(impact.addresses),
    ]
    return token_of(shown)
