"""One change of tags or of the status of many terms: shown first, carried out as shown."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.core import signing
from django.db import transaction

from .. import checking, log, publishing, revisions, workflow
from ..errors import InvalidContent, WrongState
from ..models import REMARK_LENGTH, Event, Operation, Revision, Term
from ..revisions import Content
from .parts import (
    CHANGED,
    NOW,
    REFUSED,
    UNCHANGED,
    Outcome,
    Row,
    Step,
    Subject,
    by_name,
    carry_out_row,
    check_right,
    kept,
    live_revision,
    refused,
    row_of,
    shortened,
    step_to_tags,
    subjects,
    terms_in_words,
    why_without_text,
)

MOST_TERMS = 500
MOST_DECISIONS = 100
MOST_TAGS = 10
ACTIONS = ("deprecate", "reinstate")

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
class Preview:
    """What a change would do, and the token with which exactly this can be carried out."""

    rows: tuple[Row, ...]
    token: str

    @property
    def count(self) -> int:
        return sum(row.is_done for row in self.rows)


@dataclass(frozen=True)
class Wish:
    """A change that was found to make sense, with its tags and successors looked up."""

    change: BulkChange
    by: Any
    added: Mapping[str, str]
    removed: frozenset[str]
    successors: tuple[str, ...]
    comment: str


def preview(term_ids: Iterable[int], change: BulkChange, by: Any) -> Preview:
    """Say what the change would do to each of these terms, in the order of their names.

    Raises NotAllowed without the right to edit (for a status: to review), InvalidContent for a
    change that makes no sense and for more than `MOST_TERMS` terms (for a status: `MOST_DECISIONS`).
    """
    ids = _checked(term_ids, change)
    wish = _read(change, by)
    rows = [_step(wish, subject)[0] for subject in subjects(ids, by)]
    return Preview(by_name(rows), _token(change, rows, by))


@log.through(Event.Door.BULK)
def carry_out(term_ids: Iterable[int], change: BulkChange, token: str, by: Any) -> Outcome:
    """Do what the preview with this token showed; refusals are told row by row and stop nothing.

    One transaction: what nobody expected undoes everything. Raises as `preview`, and WrongState for
    the token of another preview.
    """
    ids = _checked(term_ids, change)
    with transaction.atomic():
        publishing.hold_content_version()  # a publication locks the neighbours of its term, in any order
        wish = _read(change, by)
        shown = _shown(token, ids, change, by)
        # By id: two bulk changes over the same terms would otherwise wait for each other.
        rows = [carry_out_row(*_step_as_shown(wish, pk, shown[pk])) for pk in sorted(ids)]
        if not any(row.is_done for row in rows):
            return Outcome(None, by_name(rows))
        return Outcome(_write_operation(wish, rows), by_name(rows))


def _checked(term_ids: Iterable[int], change: BulkChange) -> set[int]:
    ids = set(term_ids)
    if not ids:
        raise InvalidContent({"terms": ["Choose at least one term."]})
    # A decision is made known at once, and everybody else waits while all of them are.
    most = MOST_DECISIONS if change.action else MOST_TERMS
    if len(ids) > most:
        sentence = (
            f"{len(ids):,} terms are chosen; at most {most} can be changed like this at once. "
            "Narrow the list with its filters, and change one part after the other."
        )
        raise InvalidContent({"terms": [sentence]})
    return ids


def _write_operation(wish: Wish, rows: list[Row]) -> Operation:
    count = sum(row.is_done for row in rows)
    refused = sum(row.outcome == REFUSED for row in rows)
    told = f"{_words(wish.change)}: {terms_in_words(count)}{f', {refused:,} refused' if refused else ''}"
    operation = Operation.objects.create(
        kind=Operation.Kind.BULK_CHANGE,
        by=wish.by,
        note=shortened(told),
        reversal={"action": wish.change.action, "rows": [kept(row) for row in rows]},
    )
    log.record(Event.Kind.BULK_CHANGED, by=wish.by, note=operation.note)
    return operation


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


def _read(change: BulkChange, by: Any) -> Wish:
    check_right(change.action, by)
    problems = _problems(change)
    if problems:
        raise InvalidContent(problems)
    added = {slug: name for name in change.add_tags for slug in _slugs([name], by)}
    removed = frozenset(_slugs(change.remove_tags, by))
    if removed & set(added):
        raise InvalidContent({"remove_tags": ["Tags: the same tag cannot be added and taken out."]})
    return Wish(change, by, added, removed, _successors(change, by), _comment(change))


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
    return shortened(f"Bulk change: {said}")


def _words(change: BulkChange) -> str:
    """Return a change in a few words, as `+Training −old`."""
    if change.action:
        return change.action.capitalize()
    return " ".join([*(f"+{tag}" for tag in change.add_tags), *(f"−{tag}" for tag in change.remove_tags)])


def _step_as_shown(wish: Wish, term_id: int, shown: tuple[int, str]) -> Step:
    [subject] = subjects([term_id], wish.by)
    row, write = _step(wish, subject)
    if (row.base, row.outcome) != shown:
        return replace(row, outcome=REFUSED, sentence=CHANGED), None
    return row, write


def _step(wish: Wish, subject: Subject) -> Step:
    return _status_step(wish, subject) if wish.change.action else _tag_step(wish, subject)


def _tag_step(wish: Wish, subject: Subject) -> Step:
    text = subject.text
    if text is None:
        return refused(subject, why_without_text(subject.term))
    tags = sorted(set(text.content["tags"]) - wish.removed | set(wish.added))
    return step_to_tags(subject, text, tags, wish.added, wish.comment, wish.by)


def _status_step(wish: Wish, subject: Subject) -> Step:
    term, action = subject.term, wish.change.action
    wanted = Term.Status.DEPRECATED if action == "deprecate" else Term.Status.PUBLISHED
    live = term.live_revision
    if live is None or not term.is_public:
        return refused(subject, f"Is {term.get_status_display().lower()}.")
    if term.status == wanted:
        already = "Is deprecated already." if action == "deprecate" else "Is in use already."
        return row_of(subject, live, UNCHANGED, already), None
    if term.public_id in wish.successors:
        return refused(subject, "Cannot be its own successor.")
    content = _with_status(live.content, wish)
    refusal = checking.refusal(content, term=term)
    if refusal is not None:
        return refused(subject, refusal.message)
    sentence = "Is deprecated at once." if action == "deprecate" else "Is in use again at once."
    return row_of(subject, live, NOW, sentence, content), lambda: _decide(wish, term.pk, live.number)


def _with_status(live: Content, wish: Wish) -> Content:
    """Return the content as `workflow` is going to write it."""
    kept = [relation for relation in live["relations"] if relation["kind"] != "replaced_by"]
    named = [{"kind": "replaced_by", "target": target} for target in wish.successors]
    if wish.change.action == "reinstate":
        return {**live, "status": "published", "deprecation_reason": "", "relations": kept}
    reason = wish.change.reason.strip()
    return {**live, "status": "deprecated", "deprecation_reason": reason, "relations": [*kept, *named]}


def _decide(wish: Wish, term_id: int, based_on: int) -> Revision:
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
    return live_revision(term)
