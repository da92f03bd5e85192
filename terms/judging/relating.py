"""The relation between two terms that were judged related, written where it disturbs least."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Q

from .. import workflow
from ..errors import TermbookError, WrongState
from ..models import DuplicatePair, Relation, Revision, Term

RELATED, BROADER, NARROWER = "related", "broader", "narrower"
KINDS = (RELATED, BROADER, NARROWER)


class Recorded(NamedTuple):
    """What became of a relation, in a sentence, and the text that has it, where one was written."""

    sentence: str
    revision: Revision | None = None


class _Way(NamedTuple):
    """A term that can name the other one, and its text to begin with."""

    source: Term
    target: Term
    kind: str
    text: Revision


def record(pair: DuplicatePair, kind: str, *, by: Any) -> Recorded:
    """Record how the second term of a pair is related to the first, unless it is recorded already.

    Never raises for what a rule refuses: the verdict stands without the relation, and the answer says why.
    """
    there = _recorded_already(pair, kind)
    if there:
        return Recorded(there)
    refusal = None
    for way in sorted(_ways(pair, kind, by), key=_disturbance):
        try:
            with transaction.atomic():
                return _written(way, by)
        except TermbookError as error:
            refusal = refusal or error
    why = refusal.message if refusal else "no text of either is open."
    return Recorded(f"The relation could not be recorded: {why}")


def _recorded_already(pair: DuplicatePair, kind: str) -> str:
    """Say where the two are related already; a broader term is a related one too."""
    both = Q(source=pair.first, target=pair.second) | Q(source=pair.second, target=pair.first)
    kinds = {relation.kind for relation in Relation.objects.filter(both)}
    if kind == RELATED and kinds & {Relation.Kind.RELATED, Relation.Kind.BROADER}:
        return "The relation is recorded already."
    for source, target, stored in _sides(pair, kind):
        if Relation.objects.filter(source=source, target=target, kind=stored).exists():
            return "The relation is recorded already."
        if kind != RELATED and Relation.objects.filter(source=target, target=source, kind=stored).exists():
            return f"“{target.full_name}” names “{source.full_name}” as its broader term; change that first."
        wanted = {"kind": stored, "target": target.public_id}
        waiting = source.revisions.filter(state__in=Revision.OPEN_STATES)
        for text in waiting.order_by("-number"):
            if wanted in text.content["relations"]:
                return f"Revision {text.number} of “{source.full_name}” proposes the relation already."
    return ""


def _sides(pair: DuplicatePair, kind: str) -> Iterator[tuple[Term, Term, str]]:
    """Yield the terms that can have the relation, with the other one and the kind that is stored."""
    stored = Relation.Kind.RELATED if kind == RELATED else Relation.Kind.BROADER
    if kind != NARROWER:
        yield pair.first, pair.second, stored
    if kind != BROADER:
        yield pair.second, pair.first, stored


def _ways(pair: DuplicatePair, kind: str, by: Any) -> Iterator[_Way]:
    for source, target, stored in _sides(pair, kind):
        text = _text_to_change(source, by)
        if text is not None:
            yield _Way(source, target, stored, text)


def _text_to_change(term: Term, by: Any) -> Revision | None:
    """Return the text that the relation is added to: a draft's newest; of a public term what is live, or
    the proposal of this person that wants nothing but relations."""
    waiting = term.revisions.filter(state__in=Revision.OPEN_STATES).order_by("-number")
    if not term.is_public:
        return waiting.first()
    live = term.live_revision
    own = waiting.filter(author=by, state=Revision.State.PROPOSED, based_on=live)
    return next((text for text in own if live and _differ_in_relations_only(text, live)), live)


def _differ_in_relations_only(text: Revision, live: Revision) -> bool:
    return {**text.content, "relations": []} == {**live.content, "relations": []}


def _disturbance(way: _Way) -> int:
    """An unfinished draft is written on most easily; whoever corrects a proposal may not approve it."""
    if way.text.state == Revision.State.DRAFT:
        return 0
    if way.source.is_public:
        return 1 if way.target.is_public else 3
    return 2


def _written(way: _Way, by: Any) -> Recorded:
    text, other = way.text, f"“{way.target.full_name}”"
    if text.state == Revision.State.CHANGES_REQUESTED:
        raise WrongState(f"revision {text.number} was sent back to its author.")
    write = workflow.save_draft if text.state == Revision.State.DRAFT else workflow.propose
    relation = {"kind": way.kind, "target": way.target.public_id}
    what = "Broader term" if way.kind == BROADER else "Related"
    revision = write(
        term_id=way.source.pk,
        based_on=text.number,
        content={"relations": [*text.content["relations"], relation]},
        by=by,
        comment=f"{what}: {other}.",
    )
    if revision.state == Revision.State.DRAFT:
        return Recorded(f"The draft of “{way.source.full_name}” names {other} now.", revision)
    sentence = f"Revision {revision.number} of “{way.source.full_name}” proposes the relation."
    return Recorded(sentence, revision)
