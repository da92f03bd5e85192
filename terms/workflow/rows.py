"""What the transitions share: rows read under their lock, remarks, and the sides of a conflict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Max
from django.utils import timezone

from .. import revisions
from ..errors import InvalidContent, StaleEdit, WrongState
from ..models import REMARK_LENGTH, Revision, Term
from ..revisions import Content


def lock(term_id: int) -> Term:
    locked = Term.objects.lock(term_id)
    if not locked:
        raise WrongState("There is no such term.")
    return locked[0]


def lock_revision(revision_id: int) -> tuple[Term, Revision]:
    """Lock the term of a revision, then read the revision: its state is decided under that lock."""
    term_id = Revision.objects.filter(pk=revision_id).values_list("term", flat=True).first()
    if term_id is None:
        raise WrongState("There is no such revision.")
    term = lock(term_id)
    return term, Revision.objects.select_related("based_on", "supersedes").get(pk=revision_id)


def check_is_there(term: Term) -> None:
    if term.merged_into is not None:
        # What a draft is called is not for everybody who wrote on another one.
        into = f"“{term.merged_into.full_name}”" if term.merged_into.version else "another draft"
        raise WrongState(f"“{term.full_name}” was merged into {into}; write your change there.")
    if term.is_gone:
        raise WrongState(f"“{term.full_name}” is {term.get_status_display().lower()}; restore it first.")


def live_revision(term: Term) -> Revision:
    """Return the live revision of a term that is public or was."""
    if term.live_revision is None:
        raise WrongState(f"“{term.full_name}” was never published.")
    return term.live_revision


def base(term: Term, number: int | None) -> Revision:
    base = term.revisions.filter(number=number or 0).select_related("supersedes").first()
    if base is None:
        raise WrongState(f"“{term.full_name}” has no revision {number}. Read the term again.")
    return base


def next_number(term: Term) -> int:
    return (term.revisions.aggregate(last=Max("number"))["last"] or 0) + 1


def decide(revision: Revision, state: str, by: Any, reason: str, at: Any = None) -> None:
    revision.state, revision.reviewer, revision.decision_reason = state, by, reason
    revision.decided_at = at or timezone.now()
    revision.save(update_fields=["state", "reviewer", "decided_at", "decision_reason", "version"])


def decide_all(texts: Sequence[Revision], state: str, by: Any, reason: str, at: Any) -> None:
    """Decide on some texts alike, each as the version that it is given."""
    by_version: dict[int | None, list[Revision]] = {}
    for text in texts:
        text.state, text.reviewer, text.decision_reason, text.decided_at = state, by, reason, at
        by_version.setdefault(text.version, []).append(text)
    for version, alike in by_version.items():
        Revision.objects.filter(pk__in=[text.pk for text in alike]).update(
            state=state, reviewer=by, decision_reason=reason, decided_at=at, version=version
        )


def set_state(texts: Sequence[Revision], state: str) -> None:
    """Write the state of some texts at once."""
    if texts:
        for text in texts:
            text.state = state
        Revision.objects.filter(pk__in=[text.pk for text in texts]).update(state=state)


def close_replaced(replaced: Iterable[Revision | None]) -> None:
    """Close the texts that others took the place of."""
    set_state([text for text in replaced if text is not None and text.is_open], Revision.State.SUPERSEDED)


def assignment_of(replaced: Revision | None) -> dict[str, Any]:
    """Return who took care of a text that is replaced, for the one that takes its place."""
    if replaced is None or not replaced.is_open:
        return {}
    return {"assignee_id": replaced.assignee_id, "due_on": replaced.due_on}


def succeed(text: Revision, content: Content, *, based_on: Revision | None) -> Revision:
    """Write an open text anew: with its author, its remark, its state, and who takes care of it."""
    successor = Revision.objects.create(
        term=text.term,
        number=next_number(text.term),
        content=content,
        author=text.author,
        comment=text.comment,
        based_on=based_on,
        supersedes=text,
        state=text.state,
        **assignment_of(text),
    )
    close_replaced([text])
    return successor


def write_decided(term: Term, content: Content, by: Any, comment: str) -> Revision:
    """Add a revision whose author decides on it in the same breath."""
    return Revision.objects.create(
        term=term,
        number=next_number(term),
        content=content,
        author=by,
        comment=comment,
        based_on=term.live_revision,
        state=Revision.State.PROPOSED,
    )


def clean_remark(field: str, remark: str) -> str:
    """Return a summary or reason as it is kept. Raises InvalidContent for what no database takes."""
    label = field.capitalize()
    if not isinstance(remark, str) or revisions.has_control_signs(remark):
        raise InvalidContent({field: [f"{label}: give a text without control characters."]})
    if len(remark.strip()) > REMARK_LENGTH:
        raise InvalidContent({field: [f"{label}: at most {REMARK_LENGTH:,} characters are allowed."]})
    return remark.strip()


def stale(base: Revision, current: Revision, local: Mapping[str, Any], what: str) -> StaleEdit:
    return StaleEdit(
        f"{what} while you were editing revision {base.number}. "
        "Your text is kept below; compare and send again.",
        three_sides(base, current, {**base.content, **local}),
    )


def three_sides(base: Revision | None, current: Revision, local: Content) -> dict[str, Any]:
    """Return what a stale edit shows: where both began, what is there now, what was sent."""
    return {
        "base": base.content if base else None,
        "current": current.content,
        "local": local,
        "base_revision": base.number if base else None,
        "current_revision": current.number,
    }
