"""One change of tags or of the status of many terms: shown first, carried out as shown, undone as one.

Nothing here writes a term or a revision: each row goes through `workflow`, with its rights and its
four eyes. Tags of what is public are proposed; only the status is decided at once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.core import signing
from django.db import transaction
from django.utils import timezone

from . import checking, log, publishing, revisions, workflow
from .errors import InvalidContent, NotAllowed, StaleEdit, TermbookError, WrongState
from .models import REMARK_LENGTH, Event, Operation, Revision, Term
from .revisions import Content, FieldChange

MOST_TERMS = 500
MOST_TAGS = 10
ACTIONS = ("deprecate", "reinstate")

# What becomes of a term.
PROPOSAL, DRAFT, NOW, TAKEN_BACK = "proposal", "draft", "decided now", "taken back"
UNCHANGED, REFUSED = "unchanged", "refused"

_CHANGED = "Changed since the preview; look again."
_COMMENT_LENGTH = 500
_signer = signing.Signer(salt="terms.bulk")


@dataclass(frozen=True)
class BulkChange:
    """What is wanted of many terms: other tags, or another status.

    Tags are names or slugs. `reason` and `successors` (names, addresses or ids) are for those that
    are deprecated, `comment` is for the history.
    """

    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    action: str = ""
    reason: str = ""
    successors: tuple[str, ...] = ()
    comment: str = ""


@dataclass(frozen=True)
class Row:
    """What becomes, or became, of one term, with the number of the text that it began with.

    `after` is the number of the text that was written or decided on.
    """

    term: Term
    base: int
    outcome: str
    sentence: str
    difference: tuple[FieldChange, ...] = ()
    after: int | None = None

    @property
    def is_done(self) -> bool:
        return self.outcome not in {UNCHANGED, REFUSED}


@dataclass(frozen=True)
class Preview:
    """What a change would do, and the token with which exactly this can be carried out."""

    rows: tuple[Row, ...]
    token: str

    @property
    def count(self) -> int:
        return sum(row.is_done for row in self.rows)


@dataclass(frozen=True)
class Outcome:
    """What a change did; without an operation it did nothing."""

    operation: Operation | None
    rows: tuple[Row, ...]

    @property
    def count(self) -> int:
        return sum(row.is_done for row in self.rows)


@dataclass(frozen=True)
class _Wish:
    """A change that was found to make sense, with its tags and successors looked up."""

    change: BulkChange
    by: Any
    added: Mapping[str, str]
    removed: frozenset[str]
    successors: tuple[str, ...]
    comment: str


@dataclass(frozen=True)
class _Subject:
    """A term with its texts that are open, newest first."""

    term: Term
    open_texts: tuple[Revision, ...]

    @property
    def text(self) -> Revision | None:
        """The text that a change of its tags begins with."""
        if self.term.is_public:
            return self.term.live_revision
        return self.open_texts[0] if self.term.status == Term.Status.DRAFT and self.open_texts else None


# A row as it is planned, and what carries it out; nothing does where there is nothing to do.
_Step = tuple[Row, Callable[[], Revision] | None]


# --- Preview and change --------------------------------------------------------------------------


def preview(term_ids: Iterable[int], change: BulkChange, by: Any) -> Preview:
    """Say what the change would do to each of these terms, in the order of their names.

    Raises NotAllowed without the right to edit (for a status: to review), InvalidContent for a
    change that makes no sense and for more than `MOST_TERMS` terms.
    """
    ids = _checked(term_ids)
    wish = _read(change, by)
    rows = [_step(wish, subject)[0] for subject in _subjects(ids, by)]
    return Preview(_by_name(rows), _token(change, rows, by))


@log.through(Event.Door.BULK)
def carry_out(term_ids: Iterable[int], change: BulkChange, token: str, by: Any) -> Outcome:
    """Do what the preview with this token showed; refusals are told row by row and stop nothing.

    One transaction: what nobody expected undoes everything. Raises as `preview`, and WrongState for
    the token of another preview.
    """
    ids = _checked(term_ids)
    with transaction.atomic():
        publishing.hold_content_version()  # a publication locks the neighbours of its term, in any order
        wish = _read(change, by)
        shown = _shown(token, ids, change, by)
        # By id: two bulk changes over the same terms would otherwise wait for each other.
        rows = [_carry_out(*_step_as_shown(wish, pk, shown[pk])) for pk in sorted(ids)]
        if not any(row.is_done for row in rows):
            return Outcome(None, _by_name(rows))
        return Outcome(_write_operation(wish, rows), _by_name(rows))


def _checked(term_ids: Iterable[int]) -> set[int]:
    ids = set(term_ids)
    if not ids:
        raise InvalidContent({"terms": ["Choose at least one term."]})
    if len(ids) > MOST_TERMS:
        sentence = (
            f"{len(ids):,} terms are chosen; at most {MOST_TERMS} can be changed at once. "
            "Narrow the list with its filters, and change one part after the other."
        )
        raise InvalidContent({"terms": [sentence]})
    return ids


def _subjects(term_ids: Iterable[int], by: Any) -> list[_Subject]:
    terms = Term.objects.visible_to(by).filter(pk__in=term_ids).select_related("live_revision")
    texts: dict[int, list[Revision]] = {}
    is_open = Revision.objects.filter(term__in=term_ids, state__in=Revision.OPEN_STATES)
    for revision in is_open.order_by("-number"):
        texts.setdefault(revision.term_id, []).append(revision)
    rows = terms.defer("definition", "definition_html", "document").order_by("pk")
    return [_Subject(term, tuple(texts.get(term.pk, ()))) for term in rows]


def _by_name(rows: Iterable[Row]) -> tuple[Row, ...]:
    return tuple(sorted(rows, key=lambda row: (row.term.sort_key, row.term.qualifier_key, row.term.pk)))


def _carry_out(row: Row, write: Callable[[], Revision] | None) -> Row:
    """Carry out one row in a savepoint of its own."""
    if write is None:
        return row
    try:
        with transaction.atomic():
            return _told(row, write())
    except StaleEdit:
        return replace(row, outcome=REFUSED, sentence=_CHANGED)
    except TermbookError as refusal:
        return replace(row, outcome=REFUSED, sentence=refusal.message)


def _told(row: Row, written: Revision) -> Row:
    sentence = {
        PROPOSAL: f"Proposed as revision {written.number}; a reviewer decides.",
        DRAFT: f"Saved as revision {written.number}.",
        NOW: f"Is version {written.version} now.",
        TAKEN_BACK: f"Revision {written.number} is {written.get_state_display().lower()}.",
    }[row.outcome]
    return replace(row, sentence=sentence, after=written.number)


def _write_operation(wish: _Wish, rows: list[Row]) -> Operation:
    count = sum(row.is_done for row in rows)
    refused = sum(row.outcome == REFUSED for row in rows)
    told = f"{_words(wish.change)}: {_terms(count)}{f', {refused:,} refused' if refused else ''}"
    operation = Operation.objects.create(
        kind=Operation.Kind.BULK_CHANGE,
        by=wish.by,
        note=_shortened(told),
        reversal={"action": wish.change.action, "rows": [_kept(row) for row in rows]},
    )
    log.record(Event.Kind.BULK_CHANGED, by=wish.by, note=operation.note)
    return operation


def _kept(row: Row) -> dict[str, Any]:
    kept = {name: getattr(row, name) for name in ("base", "outcome", "sentence", "after")}
    return {"term": row.term.pk, **kept}


def _terms(count: int) -> str:
    return "1 term" if count == 1 else f"{count:,} terms"


def _shortened(note: str) -> str:
    return note if len(note) <= REMARK_LENGTH else f"{note[: REMARK_LENGTH - 1]}…"


# --- The token: what was shown is what is done ---------------------------------------------------


def _token(change: BulkChange, rows: Iterable[Row], by: Any) -> str:
    shown = [[row.term.pk, row.base, row.outcome] for row in rows]
    return _signer.sign_object([by.pk, _digest(change), shown], compress=True)


def _shown(token: str, ids: set[int], change: BulkChange, by: Any) -> dict[int, tuple[int, str]]:
    """Return with which text, and with which outcome, the preview showed each term."""
    try:
        who, digest, rows = _signer.unsign_object(token)
    except signing.BadSignature:
        who, digest, rows = None, "", []
    shown = {pk: (base, outcome) for pk, base, outcome in rows}
    if (who, digest) != (by.pk, _digest(change)) or set(shown) != ids:
        raise WrongState("This is not what the preview showed. Look at the preview again.")
    return shown


def _digest(change: BulkChange) -> str:
    return hashlib.sha256(json.dumps(asdict(change), sort_keys=True).encode()).hexdigest()


# --- What is wanted, and whether it makes sense --------------------------------------------------


def _read(change: BulkChange, by: Any) -> _Wish:
    _check_right(change.action, by)
    problems = _problems(change)
    if problems:
        raise InvalidContent(problems)
    added = {slug: name for name in change.add_tags for slug in _slugs([name], by)}
    removed = frozenset(_slugs(change.remove_tags, by))
    if removed & set(added):
        raise InvalidContent({"remove_tags": ["Tags: the same tag cannot be added and taken out."]})
    return _Wish(change, by, added, removed, _successors(change, by), _comment(change))


def _check_right(action: str, by: Any) -> None:
    permission = "review_term" if action else "edit_term"
    if not by.is_active or not by.has_perm(f"terms.{permission}"):
        raise NotAllowed("Bulk change: your account has no right to do this. Ask a chief editor.")


def _problems(change: BulkChange) -> dict[str, list[str]]:
    problems = {}
    has_tags = bool(change.add_tags or change.remove_tags)
    if change.action not in {"", *ACTIONS}:
        problems["action"] = [f"Status: “{change.action:.40}” is not one of {', '.join(ACTIONS)}."]
    elif has_tags and change.action:
        problems["action"] = ["Change the tags or the status: a reviewer decides on tags later."]
    elif not has_tags and not change.action:
        problems["action"] = ["Choose what to change: tags to add or to take out, or the status."]
    if len(change.add_tags) + len(change.remove_tags) > MOST_TAGS:
        problems["add_tags"] = [f"Tags: at most {MOST_TAGS} can be added or taken out at once."]
    if change.action == "deprecate" and not change.reason.strip():
        problems["reason"] = ["Deprecate: say why, readers will ask."]
    limits = (("reason", "Reason", REMARK_LENGTH), ("comment", "Remark", _COMMENT_LENGTH))
    for field, label, longest in limits:
        if len(getattr(change, field)) > longest:
            problems[field] = [f"{label}: at most {longest:,} characters are allowed."]
        elif revisions.has_control_signs(getattr(change, field)):
            problems[field] = [f"{label}: take out the control characters."]
    return problems


def _slugs(tags: Iterable[str], by: Any) -> list[str]:
    """Return the slugs of tags that are there or would be made."""
    return revisions.clean({"name": "any", "tags": list(tags)}, by=by, make_tags=False)["tags"]


def _successors(change: BulkChange, by: Any) -> tuple[str, ...]:
    wanted = [{"kind": "replaced_by", "target": name} for name in change.successors]
    try:
        cleaned = revisions.clean({"name": "any", "relations": wanted}, by=by)
    except InvalidContent as refusal:
        raise InvalidContent({"successors": refusal.problems["relations"]}) from None
    return tuple(relation["target"] for relation in cleaned["relations"])


def _comment(change: BulkChange) -> str:
    said = " ".join(filter(None, [f"{_words(change)}.", change.comment.strip()]))
    return _shortened(f"Bulk change: {said}")


def _words(change: BulkChange) -> str:
    """Return a change in a few words, as `+Training −old`."""
    if change.action:
        return change.action.capitalize()
    return " ".join([*(f"+{tag}" for tag in change.add_tags), *(f"−{tag}" for tag in change.remove_tags)])


# --- What the change does to one term ------------------------------------------------------------


def _step_as_shown(wish: _Wish, term_id: int, shown: tuple[int, str]) -> _Step:
    [subject] = _subjects([term_id], wish.by)
    row, write = _step(wish, subject)
    if (row.base, row.outcome) != shown:
        return replace(row, outcome=REFUSED, sentence=_CHANGED), None
    return row, write


def _step(wish: _Wish, subject: _Subject) -> _Step:
    return _status_step(wish, subject) if wish.change.action else _tag_step(wish, subject)


def _tag_step(wish: _Wish, subject: _Subject) -> _Step:
    text = subject.text
    if text is None:
        return _refused(subject, _why_without_text(subject.term))
    tags = sorted(set(text.content["tags"]) - wish.removed | set(wish.added))
    return _step_to_tags(subject, text, tags, wish.added, wish.comment, wish.by)


def _why_without_text(term: Term) -> str:
    if term.status == Term.Status.DRAFT:
        return "No text of this draft is open; write one first."
    return f"Is {term.get_status_display().lower()}; restore it first."


def _step_to_tags(
    subject: _Subject, text: Revision, tags: list[str], names: Mapping[str, str], comment: str, by: Any
) -> _Step:
    """Plan that a text gets these tags (slugs); `names` says how those are called that may be new."""
    if tags == text.content["tags"]:
        return _row(subject, text, UNCHANGED, "Its tags are like this already."), None
    wanted = {**text.content, "tags": tags}
    if text.state == Revision.State.CHANGES_REQUESTED:
        sentence = f"Revision {text.number} was sent back to its author; change its tags there."
        return _refused(subject, sentence)
    same = [other for other in subject.open_texts if other.based_on_id == text.pk and other.content == wanted]
    if same:
        return _refused(subject, f"Revision {same[0].number} wants exactly this already.")
    action = "save_draft" if text.state == Revision.State.DRAFT else "propose"
    if not workflow.may(by, action, revision=text):
        return _refused(subject, "Your account may not change this text.")
    outcome, sentence = _announced(text)
    content = {"tags": [names.get(slug, slug) for slug in tags]}
    return _row(subject, text, outcome, sentence, wanted), lambda: _WRITERS[action](
        term_id=subject.term.pk, based_on=text.number, content=content, by=by, comment=comment
    )


_WRITERS: dict[str, Callable[..., Revision]] = {
    "save_draft": workflow.save_draft,
    "propose": workflow.propose,
}


def _announced(text: Revision) -> tuple[str, str]:
    if text.state == Revision.State.DRAFT:
        return DRAFT, f"The draft is saved with these tags, as a correction of revision {text.number}."
    if text.state == Revision.State.PROPOSED:
        return PROPOSAL, f"Revision {text.number}, which is proposed, is corrected."
    return PROPOSAL, "Will be proposed; a reviewer decides."


def _status_step(wish: _Wish, subject: _Subject) -> _Step:
    term, action = subject.term, wish.change.action
    wanted = Term.Status.DEPRECATED if action == "deprecate" else Term.Status.PUBLISHED
    live = term.live_revision
    if live is None or not term.is_public:
        return _refused(subject, f"Is {term.get_status_display().lower()}.")
    if term.status == wanted:
        already = "Is deprecated already." if action == "deprecate" else "Is in use already."
        return _row(subject, live, UNCHANGED, already), None
    if term.public_id in wish.successors:
        return _refused(subject, "Cannot be its own successor.")
    content = _with_status(live.content, wish)
    refusal = checking.refusal(content, term=term)
    if refusal is not None:
        return _refused(subject, refusal.message)
    sentence = "Is deprecated at once." if action == "deprecate" else "Is in use again at once."
    return _row(subject, live, NOW, sentence, content), lambda: _decide(wish, term.pk, live.number)


def _with_status(live: Content, wish: _Wish) -> Content:
    """Return the content as `workflow` is going to write it."""
    kept = [relation for relation in live["relations"] if relation["kind"] != "replaced_by"]
    named = [{"kind": "replaced_by", "target": target} for target in wish.successors]
    if wish.change.action == "reinstate":
        return {**live, "status": "published", "deprecation_reason": "", "relations": kept}
    reason = wish.change.reason.strip()
    return {**live, "status": "deprecated", "deprecation_reason": reason, "relations": [*kept, *named]}


def _decide(wish: _Wish, term_id: int, based_on: int) -> Revision:
    if wish.change.action == "reinstate":
        term = workflow.reinstate(term_id=term_id, by=wish.by, comment=wish.comment, based_on=based_on)
    else:
        term = workflow.deprecate(
            term_id=term_id,
            by=wish.by,
            reason=wish.change.reason,
            successors=wish.successors,
            based_on=based_on,
        )
    return _live(term)


def _live(term: Term) -> Revision:
    if term.live_revision is None:
        raise WrongState(f"“{term.full_name}” was never published.")
    return term.live_revision


def _row(
    subject: _Subject, text: Revision, outcome: str, sentence: str, wanted: Content | None = None
) -> Row:
    difference = revisions.difference(text.content, wanted) if wanted else []
    return Row(subject.term, text.number, outcome, sentence, tuple(difference))


def _refused(subject: _Subject, sentence: str) -> _Step:
    text = subject.text
    return Row(subject.term, text.number if text else 0, REFUSED, sentence), None


# --- Undo ----------------------------------------------------------------------------------------


def undo_preview(operation_id: int, by: Any) -> tuple[Row, ...]:
    """Say what undoing a bulk change would do to each term that it changed. Raises as `undo`."""
    operation = _operation(Operation.objects.filter(pk=operation_id))
    _check_may_undo(operation, by)
    entries = _entries(operation)
    subjects = _subjects(entries, by)
    return _by_name(_undo_step(operation, subject, entries[subject.term.pk], by)[0] for subject in subjects)


@log.through(Event.Door.BULK)
def undo(operation_id: int, by: Any) -> Outcome:
    """Take a bulk change back, as far as its terms were not changed in the same place since.

    For whoever made it, and for reviewers. Proposals that wait are withdrawn by their author and
    rejected by anybody else; tags that are approved by now are proposed back; a status goes back
    with its reason and its relations. What was changed since stays, and is told.

    Raises NotAllowed, and WrongState for what was undone already or has nothing left to undo.
    """
    with transaction.atomic():
        publishing.hold_content_version()
        operation = _operation(Operation.objects.select_for_update().filter(pk=operation_id))
        _check_may_undo(operation, by)
        entries = _entries(operation)
        steps = (_fresh_undo_step(operation, pk, entries[pk], by) for pk in sorted(entries))
        rows = [_carry_out(row, write) for row, write in steps]
        count = sum(row.is_done for row in rows)
        if not count:
            raise WrongState("Nothing of this change is left to undo.")
        operation.undone_by, operation.undone_at = by, timezone.now()
        operation.reversal = {**operation.reversal, "undone": [_kept(row) for row in rows]}
        operation.save(update_fields=["undone_by", "undone_at", "reversal"])
        note = _shortened(f"{count:,} of {_terms(len(rows))}. {operation.note}")
        log.record(Event.Kind.BULK_UNDONE, by=by, note=note)
        return Outcome(operation, _by_name(rows))


def may_undo(operation: Operation, by: Any) -> bool:
    """Say whether this person may try to undo this operation."""
    try:
        _check_may_undo(operation, by)
    except TermbookError:
        return False
    return True


def rows_of(operation: Operation, by: Any, *, undone: bool = False) -> tuple[Row, ...]:
    """Return what a bulk change did to each term, or what its undoing did, as it was told then."""
    kept = {entry["term"]: entry for entry in operation.reversal.get("undone" if undone else "rows", [])}
    terms = Term.objects.visible_to(by).filter(pk__in=kept)
    return _by_name(
        Row(term, entry["base"], entry["outcome"], entry["sentence"], after=entry["after"])
        for term in terms.defer("definition", "definition_html", "document")
        for entry in [kept[term.pk]]
    )


def _operation(found: Any) -> Operation:
    operation = found.filter(kind=Operation.Kind.BULK_CHANGE).first()
    if operation is None:
        raise WrongState("There is no such bulk change.")
    return operation


def _check_may_undo(operation: Operation, by: Any) -> None:
    is_reviewer = by.has_perm("terms.review_term")
    _check_right(operation.reversal.get("action", ""), by)
    if operation.by_id != by.pk and not is_reviewer:
        raise NotAllowed("Undo: only whoever made this change, or a reviewer, can undo it.")
    if operation.undone_at is not None:
        day = timezone.localtime(operation.undone_at)
        raise WrongState(f"This change was undone on {day:%Y-%m-%d} by {operation.undone_by} already.")


def _entries(operation: Operation) -> dict[int, Mapping[str, Any]]:
    """Return what was written for each term that the change did something to."""
    return {entry["term"]: entry for entry in operation.reversal["rows"] if entry["after"] is not None}


def _fresh_undo_step(operation: Operation, term_id: int, entry: Mapping[str, Any], by: Any) -> _Step:
    [subject] = _subjects([term_id], by)
    return _undo_step(operation, subject, entry, by)


def _undo_step(operation: Operation, subject: _Subject, entry: Mapping[str, Any], by: Any) -> _Step:
    texts = subject.term.revisions.filter(number__in=[entry["base"], entry["after"]])
    before, after = texts.select_related("based_on", "supersedes").order_by("number")
    comment = f"Bulk change of {timezone.localtime(operation.at):%Y-%m-%d} undone."
    if operation.reversal["action"]:
        return _undo_status(subject, before, after, comment, by)
    if after.supersedes_id is not None:
        return _undo_tags(subject, before, after, comment, by)
    return _undo_proposal(subject, after, comment, by)


def _undo_status(subject: _Subject, before: Revision, after: Revision, comment: str, by: Any) -> _Step:
    term, live = subject.term, subject.term.live_revision
    if live is None or not term.is_public:
        return _refused(subject, f"Is {term.get_status_display().lower()}; it stays as it is.")
    if any(live.content[field] != after.content[field] for field in workflow.DECIDED_ALONE):
        return _refused(subject, "Its status, the reason or the relations were changed since; they stay.")
    content = {**live.content, **{field: before.content[field] for field in workflow.DECIDED_ALONE}}
    refusal = checking.refusal(content, term=term)
    if refusal is not None:
        return _refused(subject, refusal.message)
    sentence = "Is as it was before, at once."
    return _row(subject, live, NOW, sentence, content), lambda: _live(
        workflow.set_back(term_id=term.pk, by=by, before=before.number, after=after.number, comment=comment)
    )


def _undo_proposal(subject: _Subject, after: Revision, comment: str, by: Any) -> _Step:
    """Plan to take back tags that were proposed for a public term."""
    newest = _newest_of_line(after)
    if newest.state == Revision.State.APPROVED and newest.based_on is not None:
        return _undo_tags(subject, newest.based_on, newest, comment, by)
    if not newest.is_open:
        state = newest.get_state_display().lower()
        return _row(subject, newest, UNCHANGED, f"Revision {newest.number} is {state} already."), None
    if not _wants_only_tags(newest):
        sentence = f"Revision {newest.number} took it up and wants more; decide on that one."
        return _refused(subject, sentence)
    return _take_back(subject, newest, comment, by)


def _newest_of_line(revision: Revision) -> Revision:
    newest, rows = revision, Revision.objects.select_related("based_on", "supersedes")
    while (successor := rows.filter(supersedes=newest).first()) is not None:
        newest = successor
    return newest


def _wants_only_tags(revision: Revision) -> bool:
    base = revision.based_on
    return base is not None and {**revision.content, "tags": []} == {**base.content, "tags": []}


def _take_back(subject: _Subject, wish: Revision, comment: str, by: Any) -> _Step:
    row = _row(subject, wish, TAKEN_BACK, f"Revision {wish.number}, which waits, is taken back.")
    if workflow.may(by, "withdraw", revision=wish):
        return row, lambda: workflow.withdraw(revision_id=wish.pk, by=by, comment=comment)
    try:
        workflow.check("reject", by, revision=wish)
    except TermbookError as refusal:
        return _refused(subject, refusal.message)
    return row, lambda: workflow.reject(revision_id=wish.pk, by=by, reason=comment)


def _undo_tags(subject: _Subject, before: Revision, after: Revision, comment: str, by: Any) -> _Step:
    """Plan to write the tags back into the text that there is now; the rest of it stays."""
    text = subject.text
    if text is None:
        return _refused(subject, _why_without_text(subject.term))
    if text.content["tags"] != after.content["tags"]:
        return _refused(subject, "Its tags were changed since; they stay.")
    return _step_to_tags(subject, text, before.content["tags"], {}, comment, by)
