"""What a split would do: the two texts that come of one, everything that moves, what forbids it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from django.conf import settings

from .. import checking, revisions, text, workflow
from ..errors import InvalidContent, WrongState
from ..models import FormerSlug, PlannedChange, Relation, Revision, Term
from ..revisions import EMPTY, LABELS, Content, FieldChange, Known
from . import combining
from .combining import Side
from .confirming import token_of
from .previewing import Moved, texts_naming

STAYS, PART, BOTH = "stays", "part", "both"
ADDRESSES = {
    STAYS: "leads to what stays",
    PART: "leads to the part",
    BOTH: "asks which of the two is meant",
}


class SplitWish(NamedTuple):
    """How a term is to be split: the chosen or edited fields of both sides, where its address leads,
    and which relations of other terms (`source`, a public id, and `kind`) are to lead to the part."""

    stays: Mapping[str, Any]
    part: Mapping[str, Any]
    address: str = STAYS
    moves: Sequence[Mapping[str, str]] = ()


@dataclass(frozen=True)
class SplitPreview:
    """A split as it would be now. `token` stands for everything that is shown but the contents themselves.

    `relations` are all of other terms that lead to the term, `moved` those that will lead to the part;
    `dropped` and `lost_names` are on neither side.
    """

    term: Term
    before: Content
    stays: Content
    part: Content
    address: str
    addresses: tuple[tuple[str, str], ...]
    relations: tuple[Moved, ...]
    moved: tuple[Moved, ...]
    dropped: tuple[FieldChange, ...]
    lost_names: tuple[str, ...]
    outdated_texts: tuple[Revision, ...]
    moved_texts: tuple[Revision, ...]
    plans: tuple[PlannedChange, ...]
    conflicts: tuple[str, ...]
    new_words: tuple[str, ...]
    token: str

    @cached_property
    def difference(self) -> list[FieldChange]:
        """What changes in the text of the term."""
        return revisions.difference(self.before, self.stays)

    @property
    def needs_second_reader(self) -> bool:
        """Whether somebody else has to agree before it is done."""
        return settings.MERGE_REVIEW or (bool(self.new_words) and not settings.SELF_REVIEW)


def split_preview(
    *,
    term_id: int,
    by: Any,
    stays: Mapping[str, Any] | None = None,
    part: Mapping[str, Any] | None = None,
    address: str = STAYS,
    moves: Sequence[Mapping[str, str]] = (),
) -> SplitPreview:
    """Say what making two terms of one would do.

    `stays` holds the fields that were chosen or edited of what stays, the others are as they are now;
    `part` those of the new term, the others are empty. Nothing is written, and tags are not made.

    Raises NotAllowed without the right to split or to propose it, WrongState for a term that cannot be
    split, InvalidContent for contents that make no sense.
    """
    term = Term.objects.visible_to(by).select_related("live_revision").filter(pk=term_id).first()
    if term is None:
        raise WrongState("There is no such term. Choose another one.")
    return look(
        term,
        SplitWish({} if stays is None else stays, {} if part is None else part, address, moves),
        by=by,
        make_tags=False,
    )


def look(term: Term, wish: SplitWish, *, by: Any, make_tags: bool) -> SplitPreview:
    """Preview over rows that are read, and perhaps locked, already."""
    workflow.check("split" if by.has_perm("terms.merge_term") else "propose_merge", by, term=term)
    if wish.address not in list(ADDRESSES):
        raise InvalidContent({"address": [f"Address: choose one of {', '.join(ADDRESSES)}."]})
    newest = workflow.current_text(term)
    if newest is None:
        raise WrongState(f"“{term.full_name}” has no text that could be split.")
    before = revisions.redirected(newest.content, term.public_id)
    known = revisions.Known(by)
    known.read_ahead(item["target"] for item in before["relations"])
    stays = _cleaned(STAYS, wish.stays, before, known, term=term, make_tags=make_tags)
    part = _cleaned(PART, wish.part, before, known, term=None, make_tags=make_tags)
    waiting = list(texts_naming([term]).exclude(term=term))
    relations = _relations_to(term, {one.term_id for one in waiting})
    moved = _chosen(relations, wish.moves)
    naming = tuple(one for one in waiting if _names_the_part(one, term, moved))
    outdated = term.revisions.filter(state__in=Revision.OPEN_STATES) if term.is_public else ()
    plans = PlannedChange.objects.filter(term=term, state=PlannedChange.State.PENDING).order_by("pk")
    addresses = tuple(_addresses(term, wish.address))
    return SplitPreview(
        term=term,
        before=before,
        stays=stays,
        part=part,
        address=wish.address,
        addresses=addresses,
        relations=relations,
        moved=moved,
        dropped=tuple(_dropped(before, stays, part)),
        lost_names=tuple(_lost_names(before, stays, part)),
        outdated_texts=tuple(outdated),
        moved_texts=naming,
        plans=tuple(plans),
        conflicts=tuple(_conflicts(term, stays, part, wish.address, moved)),
        new_words=tuple(_new_words(term, before, stays, part)),
        token=_token(term, relations, naming, plans, addresses),
    )


# --- Both sides ----------------------------------------------------------------------------------

_SIDES = {STAYS: "What stays", PART: "The part"}
_AS_IT_IS = ("status", "deprecation_reason", "review_by", "links_itself")


def _nothing_of(before: Content) -> Content:
    """Return what a part says of which nothing was chosen; how the term stands is true of both."""
    return {field: before[field] if field in _AS_IT_IS else EMPTY[field] for field in EMPTY}


def _cleaned(
    side: str, given: Any, before: Content, known: Known, *, term: Term | None, make_tags: bool
) -> Content:
    """Return the content of a side; what is wrong with it is told by field, with the side."""
    try:
        if not isinstance(given, Mapping):
            raise InvalidContent({"content": ["give its fields by their names."]})
        chosen = given if side == STAYS else {**_nothing_of(before), **given}
        content = revisions.clean(
            chosen, by=known.by, base=before, term=term, make_tags=make_tags, known=known
        )
        if any(content[field] != before[field] for field in ("status", "deprecation_reason")):
            raise InvalidContent({"status": ["Status: it stays as it is. Deprecate a term afterwards."]})
    except InvalidContent as refusal:
        raise InvalidContent(
            {
                f"{side}.{field}": [f"{_SIDES[side]}: {sentence}" for sentence in sentences]
                for field, sentences in refusal.problems.items()
            }
        ) from refusal
    return content


def _dropped(before: Content, stays: Content, part: Content) -> Iterable[FieldChange]:
    """Yield the fields of which something is on neither side, with what is left of them there."""
    for field in ("tags", "relations", "sources", "notes", "external_ids"):
        left = [item for item in before[field] if item in stays[field] or item in part[field]]
        if left != before[field]:
            yield revisions.field_change(field, before[field], left)
    said = {*combining.blocks(stays["definition"]), *combining.blocks(part["definition"])}
    blocks = combining.blocks(before["definition"])
    kept = [block for block in blocks if block in said]
    if kept != blocks:
        yield revisions.field_change("definition", "\n\n".join(blocks), "\n\n".join(kept))
    short = before["short_definition"]
    if short and short not in (stays["short_definition"], part["short_definition"]):
        yield revisions.field_change("short_definition", short, "")


def _lost_names(before: Content, stays: Content, part: Content) -> list[str]:
    kept = {text.name_key(name) for content in (stays, part) for name in _names(content)}
    return [name for name in _names(before) if text.name_key(name) not in kept]


def _names(content: Content) -> list[str]:
    return [content["name"], *(item["text"] for item in content["aliases"])]


def _new_words(term: Term, before: Content, stays: Content, part: Content) -> Iterable[str]:
    """Yield the fields that say what the live text does not; both need names, and a draft is read later."""
    if not term.is_public:
        return
    said = [Side(before, was_public=True, is_approved=True)]
    exempt = {LABELS["name"], LABELS["slug"]}
    for content in (stays, part):
        for label in combining.new_words(content, said):
            if label not in exempt:
                yield f"{label} of “{revisions.full_name(content)}”"


# --- What moves ----------------------------------------------------------------------------------


def _relations_to(term: Term, waiting: Collection[int]) -> tuple[Moved, ...]:
    """Return the relations of other terms that could lead to a part of this one.

    `waiting` are the ids of the terms with a text that is open and names it: of a draft without one
    nothing can be written anew.
    """
    rows = Relation.objects.filter(target=term, source__status__in=[*Term.PUBLIC_STATUSES, Term.Status.DRAFT])
    rows = rows.select_related("source").order_by("source__sort_key", "source_id", "kind")
    return tuple(
        Moved(row.source, row.kind, term) for row in rows if row.source.is_public or row.source_id in waiting
    )


def _chosen(relations: Sequence[Moved], moves: Any) -> tuple[Moved, ...]:
    if not isinstance(moves, (list, tuple)) or not all(isinstance(one, Mapping) for one in moves):
        raise InvalidContent({"moves": ["Relations of others: give a list of `source` and `kind`."]})
    wanted = {(str(one.get("source")), str(one.get("kind"))) for one in moves}
    known = {(one.source.public_id, one.kind): one for one in relations}
    if wanted - known.keys():
        source, kind = sorted(wanted - known.keys())[0]
        raise InvalidContent(
            {"moves": [f"Relations of others: “{source:.40}” has no relation “{kind:.40}” to this term."]}
        )
    return tuple(one for key, one in known.items() if key in wanted)


def _names_the_part(waiting: Revision, term: Term, moved: Iterable[Moved]) -> bool:
    """Say whether a text names the term in a relation that is to lead to the part."""
    kinds = {one.kind for one in moved if one.source.pk == waiting.term_id}
    relations = waiting.content["relations"]
    return any(item["target"] == term.public_id and item["kind"] in kinds for item in relations)


def _addresses(term: Term, address: str) -> list[tuple[str, str]]:
    """Return each address of the term, and what it will lead to."""
    if not term.slug:
        return []
    former = FormerSlug.objects.filter(term=term).order_by("slug").values_list("slug", flat=True)
    return [(term.slug, address), *((slug, STAYS) for slug in former)]


# --- What forbids it -----------------------------------------------------------------------------


def _conflicts(
    term: Term, stays: Content, part: Content, address: str, moved: Sequence[Moved]
) -> Iterable[str]:
    """Yield why the two could not be there side by side, or not be public."""
    if _called(stays) == _called(part):
        name = revisions.full_name(part)
        yield f"Both would be called “{name}”. Give one of them another name or a qualifier."
    if not term.is_public:
        return
    problems = checking.problems(part, None)
    if _called(part) == (term.name_key, term.qualifier_key):
        problems.pop("name", None)  # it is this term that is called so now
    for content, found in ((stays, checking.problems(stays, term)), (part, problems)):
        for sentence in (sentence for sentences in found.values() for sentence in sentences):
            yield f"“{revisions.full_name(content)}”: {sentence}"
    yield from _wrong_address(term, stays, part, address)
    if _goes_in_circles(part, moved):
        name = revisions.full_name(part)
        yield f"“{name}”: a term whose relation is to lead there is above it already. Take one out."


def _called(content: Content) -> tuple[str, str]:
    return text.name_key(content["name"]), text.name_key(content["qualifier"])


def _wrong_address(term: Term, stays: Content, part: Content, address: str) -> Iterable[str]:
    leaves = workflow.moves_to(term, stays) is not None
    takes = workflow.address_of(part) == term.slug
    where = f"/terms/{term.slug}/"
    if address != STAYS and not leaves:
        yield (
            f"“{revisions.full_name(stays)}” keeps {where} for itself. Give what stays another name, "
            "qualifier or address, or let the old address lead to it."
        )
    elif takes and (address == BOTH or (address == STAYS and leaves)):
        yield (
            f"“{revisions.full_name(part)}” takes {where} for itself. Give the part another name, "
            "qualifier or address, or let the old address lead to it."
        )


def _goes_in_circles(part: Content, moved: Sequence[Moved]) -> bool:
    """Say whether going up from the part leads to a term that is to be below it."""
    for kind in (Relation.Kind.BROADER, Relation.Kind.REPLACED_BY):
        below = {one.source.pk for one in moved if one.kind == kind}
        starts = [item["target"] for item in part["relations"] if item["kind"] == kind]
        layer = (
            set(Term.objects.filter(public_id__in=starts).values_list("pk", flat=True)) if below else set()
        )
        seen: set[int] = set()
        while layer:
            if layer & below:
                return True
            seen |= layer
            following = Relation.objects.filter(source__in=layer, kind=kind)
            layer = set(following.values_list("target", flat=True)) - seen
    return False


def _token(
    term: Term,
    relations: Sequence[Moved],
    naming: Sequence[Revision],
    plans: Iterable[PlannedChange],
    addresses: Sequence[tuple[str, str]],
) -> str:
    """Return a digest of the states and revisions that a preview shows."""
    shown = [
        [term.pk, term.status, term.version, term.live_revision_id, term.slug],
        list(term.revisions.order_by("number").values_list("pk", "state")),
        [(one.source.pk, one.source.live_revision_id, one.kind) for one in relations],
        [(one.pk, one.state) for one in naming],
        [plan.pk for plan in plans],
        list(addresses),
    ]
    return token_of(shown)
