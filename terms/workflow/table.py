"""Who may take what from where to where: one table, and the question whether somebody may."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.conf import settings

from .. import discussion
from ..errors import NotAllowed, OwnWork, WrongState
from ..models import Revision, Term

_TERM, _REVISION = "term", "revision"
_ANYBODY, _AUTHOR, _AUTHOR_OR_EDITOR, _NOT_AUTHOR = "anybody", "author", "author or editor", "not the author"


class Transition(NamedTuple):
    """Who may take what from where to where. Without `to`: where the history says."""

    subject: str
    states: tuple[str, ...]
    to: str
    permission: str
    who: str
    meaning: str


_S, _R = Term.Status, Revision.State
_PUBLIC = tuple(Term.PUBLIC_STATUSES)
_OPEN = tuple(Revision.OPEN_STATES)
_UNDECIDED = (_R.PROPOSED, _R.CHANGES_REQUESTED)

_THERE = (_S.DRAFT, *_PUBLIC)

_REWORKABLE = (*_OPEN, _R.REJECTED, _R.WITHDRAWN, _R.APPROVED)

TRANSITIONS: dict[str, Transition] = {
    "create_draft": Transition(_TERM, (), _S.DRAFT, "edit_term", _ANYBODY, "Create a draft"),
    "discard_draft": Transition(_TERM, (_S.DRAFT,), _S.REMOVED, "edit_term", _ANYBODY, "Discard a draft"),
    "deprecate": Transition(_TERM, (_S.PUBLISHED,), _S.DEPRECATED, "review_term", _ANYBODY, "Deprecate"),
    "reinstate": Transition(_TERM, (_S.DEPRECATED,), _S.PUBLISHED, "review_term", _ANYBODY, "Reinstate"),
    "remove": Transition(_TERM, _PUBLIC, _S.REMOVED, "curate_term", _ANYBODY, "Remove from the site"),
    "restore": Transition(_TERM, (_S.REMOVED,), "", "curate_term", _ANYBODY, "Restore"),
    "merge": Transition(_TERM, _THERE, _S.MERGED, "merge_term", _ANYBODY, "Merge"),
    "propose_merge": Transition(_TERM, _THERE, "", "edit_term", _ANYBODY, "Propose a merge or split"),
    "undo_merge": Transition(_TERM, (_S.MERGED,), "", "undo_merge", _ANYBODY, "Undo a merge or split"),
    "split": Transition(_TERM, _THERE, "", "merge_term", _ANYBODY, "Split"),
    "save_draft": Transition(_REVISION, _REWORKABLE, _R.DRAFT, "propose_term", _AUTHOR_OR_EDITOR, "Save"),
    "propose": Transition(_REVISION, _REWORKABLE, _R.PROPOSED, "propose_term", _AUTHOR_OR_EDITOR, "Propose"),
    "bring_up_to_date": Transition(
        _REVISION, _OPEN, "", "propose_term", _AUTHOR_OR_EDITOR, "Bring up to date"
    ),
    "resubmit": Transition(
        _REVISION, (_R.CHANGES_REQUESTED,), _R.PROPOSED, "propose_term", _AUTHOR_OR_EDITOR, "Propose again"
    ),
    "assign": Transition(_REVISION, _OPEN, "", "edit_term", _ANYBODY, "Assign"),
    "withdraw": Transition(_REVISION, _OPEN, _R.WITHDRAWN, "propose_term", _AUTHOR, "Withdraw"),
    "request_changes": Transition(
        _REVISION, (_R.PROPOSED,), _R.CHANGES_REQUESTED, "review_term", _NOT_AUTHOR, "Ask for changes"
    ),
    "reject": Transition(_REVISION, _UNDECIDED, _R.REJECTED, "review_term", _NOT_AUTHOR, "Reject"),
    "approve": Transition(_REVISION, (_R.PROPOSED,), _R.APPROVED, "review_term", _NOT_AUTHOR, "Approve"),
    "publish_import": Transition(
        _REVISION, (_R.DRAFT, _R.PROPOSED), _R.APPROVED, "publish_import", _NOT_AUTHOR, "Publish an import"
    ),
}  # fmt: skip


def may(user: Any, action: str, *, term: Term | None = None, revision: Revision | None = None) -> bool:
    """Say whether this person may take this action on these rows, as they are now."""
    try:
        check(action, user, term=term, revision=revision)
    except (NotAllowed, WrongState):
        return False
    return True


def check(action: str, by: Any, *, term: Term | None = None, revision: Revision | None = None) -> None:
    """Refuse what the table does not allow: first the right, then the person, then the state."""
    rule = TRANSITIONS[action]
    if not by.is_active or not by.has_perm(f"terms.{rule.permission}"):
        raise NotAllowed(f"{rule.meaning}: your account has no right to do this. Ask a chief editor.")
    if revision is not None and rule.subject == _REVISION:
        _check_person(rule, by, revision)
        if revision.state not in rule.states:
            raise WrongState(
                f"{rule.meaning}: revision {revision.number} is {revision.get_state_display().lower()}."
            )
    if term is not None and rule.subject == _TERM and term.status not in rule.states:
        raise WrongState(f"{rule.meaning}: “{term.full_name}” is {term.get_status_display().lower()}.")


def _check_person(rule: Transition, by: Any, revision: Revision) -> None:
    is_live = revision.state == Revision.State.APPROVED
    # Otherwise a comma changed by a colleague would let authors approve their own words.
    wrote_it = by.pk in discussion.writers(revision)
    if rule.who == _AUTHOR and revision.author_id != by.pk:
        raise NotAllowed(f"{rule.meaning}: only its author can do this.")
    if rule.who == _AUTHOR_OR_EDITOR and not (is_live or wrote_it or by.has_perm("terms.edit_term")):
        raise NotAllowed(f"{rule.meaning}: this proposal is somebody else's.")
    if rule.who == _NOT_AUTHOR and wrote_it and not settings.SELF_REVIEW:
        raise OwnWork(f"{rule.meaning}: you wrote this text; somebody else has to decide on it.")
