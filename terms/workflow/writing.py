"""Texts are written: new terms, drafts and proposals, one or hundreds at a time by the same rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from .. import duplicates, log, revisions
from ..errors import InvalidContent, TermbookError, WrongState
from ..models import Event, Revision, Term
from ..revisions import Content, Known
from . import rows
from .table import TRANSITIONS, check


@dataclass(frozen=True)
class NewTerm:
    """A term that is to be made: its content, a remark, and the identifier that it had elsewhere, if any."""

    content: Mapping[str, Any]
    comment: str = ""
    public_id: str = ""


def create_draft(*, content: Mapping[str, Any], by: Any, comment: str = "", public_id: str = "") -> Revision:
    """Make a new term with its first revision, both drafts. Drafts may share names; see `checks`.

    `public_id` keeps the identifier that the term had in the glossary it comes from.
    """
    [made] = create_drafts([NewTerm(content, comment, public_id)], by=by)
    if isinstance(made, Revision):
        return made
    raise made


@transaction.atomic
def create_drafts(
    terms: Sequence[NewTerm], *, by: Any, known: Known | None = None
) -> list[Revision | InvalidContent]:
    """Make many new terms as `create_draft` makes one; return for each its revision, or why there is none.

    Texts may name one another as targets where `known` says that their identifiers are coming.
    """
    check("create_draft", by)
    known = known or Known(by)
    cleaned = [_cleaned(term, by, known) for term in terms]
    refused = _taken_ids([term.public_id for term in terms])
    wanted = [
        refused.get(term.public_id, clean) if isinstance(clean, _Clean) else clean
        for term, clean in zip(terms, cleaned, strict=True)
    ]
    made = iter(_new_terms([one for one in wanted if isinstance(one, _Clean)], by, Revision.State.DRAFT))
    return [next(made) if isinstance(one, _Clean) else one for one in wanted]


class _Clean(NamedTuple):
    """A new term that may be made."""

    content: Content
    comment: str
    public_id: str


def _cleaned(term: NewTerm, by: Any, known: Known) -> _Clean | InvalidContent:
    try:
        comment = rows.clean_remark("comment", term.comment)
        return _Clean(revisions.clean(term.content, by=by, known=known), comment, term.public_id)
    except InvalidContent as refusal:
        return refusal


def _taken_ids(public_ids: Iterable[str]) -> dict[str, InvalidContent]:
    """Return why these identifiers cannot be had, for those that cannot."""
    wanted = Counter(filter(None, public_ids))
    taken = set(Term.objects.filter(public_id__in=wanted).values_list("public_id", flat=True))
    taken |= {public_id for public_id, count in wanted.items() if count > 1}
    return {
        public_id: revisions.refusal_of_id(public_id, is_taken=public_id in taken)
        for public_id in wanted
        if public_id in taken or not revisions.is_public_id(public_id)
    }


def _new_terms(wanted: Sequence[_Clean], by: Any, state: str) -> list[Revision]:
    terms = [Term(public_id=one.public_id) if one.public_id else Term() for one in wanted]
    revisions.write_new([(term, one.content) for term, one in zip(terms, wanted, strict=True)])
    texts = Revision.objects.bulk_create(
        Revision(term=term, number=1, content=one.content, author=by, comment=one.comment, state=state)
        for term, one in zip(terms, wanted, strict=True)
    )
    kinds = [Event.Kind.CREATED]
    if state == Revision.State.PROPOSED:
        kinds.append(Event.Kind.PROPOSED)
    log.record_all([log.Line(kind, text.term, text, text.comment) for text in texts for kind in kinds], by=by)
    duplicates.look_again_soon()
    return texts


# --- Changes -------------------------------------------------------------------------------------


class Wish(NamedTuple):
    """How a term that is there should read: what `propose` and `save_draft` take."""

    term_id: int
    based_on: int | None
    content: Mapping[str, Any]
    comment: str = ""
    replaces: int | None = None


@transaction.atomic
def propose(
    *,
    content: Mapping[str, Any],
    by: Any,
    term_id: int | None = None,
    based_on: int | None = None,
    comment: str = "",
    replaces: int | None = None,
) -> Revision:
    """Propose a new term, or how an existing one should read; readers see nothing of it yet.

    `based_on` is the number of the revision that the author had in front of them: the live one, or
    an open one that this text corrects. Keys that `content` leaves out stay as they are there.
    Without content, the comment alone is the proposal: a remark for the reviewers to take up.
    `replaces` is the number of an open text that was overtaken by a publication and that this one,
    written against the live text, takes the place of.

    Raises StaleEdit when that revision is no longer the newest of its line, with all three texts.
    """
    if term_id is None:
        check("propose", by)
        comment = rows.clean_remark("comment", comment)
        _check_summary(comment)
        wanted = _Clean(revisions.clean(content, by=by), comment, "")
        return _new_terms([wanted], by, Revision.State.PROPOSED)[0]
    return _write("propose", Wish(term_id, based_on, content, comment, replaces), by)


@transaction.atomic
def save_draft(
    *,
    term_id: int,
    based_on: int | None,
    content: Mapping[str, Any],
    by: Any,
    comment: str = "",
    replaces: int | None = None,
) -> Revision:
    """Keep a text without proposing it; otherwise as `propose`."""
    return _write("save_draft", Wish(term_id, based_on, content, comment, replaces), by)


def _write(action: str, wish: Wish, by: Any) -> Revision:
    [written] = _write_all(action, [wish], by, Known(by))
    if isinstance(written, Revision):
        return written
    raise written


@transaction.atomic
def propose_all(
    wishes: Sequence[Wish], *, by: Any, known: Known | None = None
) -> list[Revision | TermbookError]:
    """Propose changes of many terms as `propose` does of one; return for each its revision, or why not."""
    return _write_all("propose", wishes, by, known or Known(by))


@transaction.atomic
def save_drafts(
    wishes: Sequence[Wish], *, by: Any, known: Known | None = None
) -> list[Revision | TermbookError]:
    """Keep texts of many terms as `save_draft` keeps one; return for each its revision, or why not."""
    return _write_all("save_draft", wishes, by, known or Known(by))


class _Judged(NamedTuple):
    """A wish that may be written: after `base`, perhaps in the place of another text."""

    term: Term
    base: Revision
    replaced: Revision | None
    content: Content
    comment: str
    is_only_submitted: bool = False


def _write_all(action: str, wishes: Sequence[Wish], by: Any, known: Known) -> list[Revision | TermbookError]:
    around = _Around(wishes)
    judged: list[_Judged | TermbookError] = []
    for wish in wishes:
        try:
            judged.append(_judge(action, wish, around, by, known))
        except TermbookError as refusal:
            judged.append(refusal)
    written = iter(_succeed(action, [one for one in judged if isinstance(one, _Judged)], around, by))
    return [next(written) if isinstance(one, _Judged) else one for one in judged]


class _Around:
    """What stands around the texts that some wishes begin with, locked and read at once."""

    def __init__(self, wishes: Sequence[Wish]) -> None:
        self.terms = {term.pk: term for term in Term.objects.lock(*(wish.term_id for wish in wishes))}
        numbers = {number for wish in wishes for number in (wish.based_on, wish.replaces) if number}
        texts = Revision.objects.filter(term__in=self.terms, number__in=numbers)
        wanted = {(wish.term_id, wish.based_on) for wish in wishes}
        wanted |= {(wish.term_id, wish.replaces) for wish in wishes}
        self._texts = {
            (text.term_id, text.number): text for text in texts if (text.term_id, text.number) in wanted
        }
        begun_with = [text.pk for text in self._texts.values()]
        self._successors = {
            text.supersedes_id: text for text in Revision.objects.filter(supersedes__in=begun_with)
        }
        self._read_live()
        last = Revision.objects.filter(term__in=self.terms).order_by().values_list("term")
        self._last = dict(last.annotate(last=Max("number")))

    def _read_live(self) -> None:
        known = {text.pk: text for text in self._texts.values()}
        wanted = {term.live_revision_id for term in self.terms.values()} - known.keys() - {None}
        live = {**known, **Revision.objects.in_bulk(wanted)}
        for term in self.terms.values():
            if term.live_revision_id is not None:
                term.live_revision = live[term.live_revision_id]

    def term(self, pk: int) -> Term:
        if pk not in self.terms:
            raise WrongState("There is no such term.")
        return self.terms[pk]

    def text(self, term: Term, number: int | None) -> Revision:
        text = self._texts.get((term.pk, number or 0))
        if text is None:
            raise WrongState(f"“{term.full_name}” has no revision {number}. Read the term again.")
        return text

    def successor(self, text: Revision) -> Revision | None:
        return self._successors.get(text.pk)

    def next_number(self, term: Term) -> int:
        self._last[term.pk] = self._last.get(term.pk, 0) + 1
        return self._last[term.pk]


def _judge(action: str, wish: Wish, around: _Around, by: Any, known: Known) -> _Judged:
    term = around.term(wish.term_id)
    check(action, by)
    rows.check_is_there(term)
    base = around.text(term, wish.based_on)
    _check_is_newest(term, base, around, wish.content)
    check(action, by, revision=base)
    replaced = _replaced(action, term, base, wish, around, by)
    comment = rows.clean_remark("comment", wish.comment)
    cleaned = revisions.clean(wish.content, by=by, base=base.content, term=term, known=known)
    if action == "propose":
        _check_summary(comment)
        if cleaned == base.content and base.state == Revision.State.DRAFT:
            return _Judged(term, base, replaced, cleaned, comment, is_only_submitted=True)
    is_remark = action == "propose" and not wish.content and comment and base.state == Revision.State.APPROVED
    is_again = base.state in {Revision.State.REJECTED, Revision.State.WITHDRAWN}
    if cleaned == base.content and not is_again and not is_remark:
        raise InvalidContent({"content": [f"Nothing was changed against revision {base.number}."]})
    return _Judged(term, base, replaced, cleaned, comment)


def _replaced(
    action: str, term: Term, base: Revision, wish: Wish, around: _Around, by: Any
) -> Revision | None:
    """Return the text whose place the new one takes: the one it corrects, or one that was overtaken."""
    corrects = base if base.state != Revision.State.APPROVED else None
    if wish.replaces is None or corrects is not None:
        return corrects
    overtaken = around.text(term, wish.replaces)
    successor = around.successor(overtaken)
    if successor is not None:
        what = f"Revision {successor.number} replaced revision {overtaken.number}"
        raise rows.stale(overtaken, successor, wish.content, what)
    if not overtaken.is_open:
        raise WrongState(f"Revision {overtaken.number} is {overtaken.get_state_display().lower()} already.")
    if overtaken.based_on_id == term.live_revision_id:
        raise WrongState(f"Revision {overtaken.number} is up to date. Correct it instead of replacing it.")
    check(action, by, revision=overtaken)
    return overtaken


def _check_is_newest(term: Term, base: Revision, around: _Around, local: Mapping[str, Any]) -> None:
    """Refuse a text that was written in front of something that is no longer the latest word."""
    successor = around.successor(base)
    if successor is not None:
        what = f"Revision {successor.number} replaced revision {base.number}"
        raise rows.stale(base, successor, local, what)
    live = term.live_revision
    written_for = base.pk if base.state == Revision.State.APPROVED else base.based_on_id
    if live is not None and written_for != live.pk:
        raise rows.stale(base, live, local, f"Revision {live.number} was published")


def _check_summary(comment: str) -> None:
    if settings.SUMMARY_REQUIRED and not comment.strip():
        raise InvalidContent({"comment": ["Summary: say in a few words what you changed and why."]})


def _succeed(action: str, judged: Sequence[_Judged], around: _Around, by: Any) -> list[Revision]:
    """Add a revision after each base: a wish against the live text, or a correction of an open wish."""
    new = [one for one in judged if not one.is_only_submitted]
    made = Revision.objects.bulk_create(
        Revision(
            term=one.term,
            number=around.next_number(one.term),
            content=one.content,
            author=by,
            comment=one.comment or (one.replaced.comment if one.replaced else ""),
            based_on_id=one.base.pk if one.base.state == Revision.State.APPROVED else one.base.based_on_id,
            supersedes=one.replaced,
            state=TRANSITIONS[action].to,
            **rows.assignment_of(one.replaced),
        )
        for one in new
    )
    rows.close_replaced([one.replaced for one in new])
    submitted = [one.base for one in judged if one.is_only_submitted]
    rows.set_state(submitted, Revision.State.PROPOSED)
    drafts = [(one.term, one.content) for one in new if one.term.status == Term.Status.DRAFT]
    if drafts:
        revisions.write_contents(drafts)
        duplicates.look_again_soon()
    texts = iter(made)
    written = [one.base if one.is_only_submitted else next(texts) for one in judged]
    kind = Event.Kind.PROPOSED if action == "propose" else Event.Kind.SAVED
    lines = [log.Line(kind, one.term, text, one.comment) for one, text in zip(judged, written, strict=True)]
    log.record_all(lines, by=by)
    return written
