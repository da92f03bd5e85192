"""Merges and splits that a second person has to agree to: proposed, decided on, and carried out then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from .. import log, workflow
from ..errors import InvalidContent, NotAllowed, OwnWork, StalePreview, TermbookError, WrongState
from ..models import Event, MergeProposal, Operation, Term
from . import carrying_out, parting, previewing, splitting
from .confirming import check_token
from .previewing import Preview
from .splitting import STAYS, SplitPreview, SplitWish

MERGE, SPLIT = Operation.Kind.MERGE.value, Operation.Kind.SPLIT.value
Shown = Preview | SplitPreview


def propose(kind: str, wish: Mapping[str, Any], *, token: str, by: Any, comment: str = "") -> MergeProposal:
    """Propose a merge or a split as the preview with this token showed it.

    The wish of a merge has `kept`, `absorbed` and `content`; that of a split `term`, `stays`, `part`,
    `address` and `moves`; terms are named by their public ids.

    Raises as the previews; besides StalePreview when anything moved since, InvalidContent for what could
    not be carried out, and WrongState when the same is proposed already.
    """
    workflow.check("propose_merge", by)
    shown = _preview(kind, wish, by)
    comment = workflow.clean_remark("comment", comment)
    check_token(token, shown.token)
    if shown.conflicts:
        raise InvalidContent({"content": list(shown.conflicts)})
    terms = terms_of(shown)
    with transaction.atomic():
        Term.objects.lock(*(term.pk for term in terms))
        _check_is_new(kind, terms)
        proposal = MergeProposal.objects.create(
            kind=kind, wish=_kept(kind, wish), token=token, comment=comment, by=by
        )
        proposal.terms.set(terms)
        log.record(Event.Kind.MERGE_PROPOSED, by=by, term=terms[0], note=comment)
        return proposal


def visible_proposals(by: Any) -> QuerySet[MergeProposal]:
    """Return the proposed merges and splits that this person may see, newest first."""
    rows = MergeProposal.objects.select_related("by", "reviewer", "operation").prefetch_related("terms")
    return rows if by.is_active and by.has_perm("terms.view_drafts") else rows.none()


def open_proposals(by: Any) -> QuerySet[MergeProposal]:
    """Return those that wait for a decision, oldest first."""
    return visible_proposals(by).filter(state=MergeProposal.State.PROPOSED).order_by("at", "pk")


def preview_of(proposal: MergeProposal, by: Any) -> Shown:
    """Return what a proposal would do now; see `is_stale`.

    Raises NotAllowed for who may not see it, and as the previews what forbids it by now.
    """
    if not visible_proposals(by).filter(pk=proposal.pk).exists():
        raise NotAllowed("Merges and splits are for the editorial staff. Ask a chief editor.")
    # Whose words are read depends on who puts them together: on the author of the proposal.
    author = proposal.by
    if not (author.is_active and author.has_perm("terms.edit_term")):
        raise WrongState(
            f"{author} has no right to merge or split any more. Reject this, and propose it yourself."
        )
    return _preview(proposal.kind, proposal.wish, author)


def is_stale(proposal: MergeProposal, shown: Shown) -> bool:
    """Say whether something that the proposal was made for moved since."""
    return shown.token != proposal.token


def terms_of(shown: Shown) -> tuple[Term, ...]:
    """Return the terms that a preview is about, the one that goes on first."""
    return shown.terms if isinstance(shown, Preview) else (shown.term,)


# --- Decisions -----------------------------------------------------------------------------------


def approve_proposal(proposal_id: int, *, by: Any, comment: str = "", token: str = "") -> Operation:
    """Agree to a proposal, which is carried out exactly as it was shown.

    `token` is that of the preview which the approver had before them.

    Raises OwnWork for who proposed it, NotAllowed where neither of the two may merge, WrongState for what
    was decided already, StalePreview when anything moved since, InvalidContent when the result may not
    be public. The proposal waits on then.
    """
    shown = preview_of(_find(proposal_id), by)
    with transaction.atomic():
        proposal = _locked(proposal_id)
        check_may_approve(proposal, by)
        if token and token != proposal.token:
            raise StalePreview("The proposal was brought up to date since. Look at it again.")
        comment = workflow.clean_remark("comment", comment)
        operation = _carry_out(proposal, shown, by)
        if by.pk == proposal.by_id:
            note = "Approved by somebody who proposed it."
            log.record(Event.Kind.SELF_REVIEWED, by=by, term=terms_of(shown)[0], note=note)
        _settle(proposal, MergeProposal.State.APPROVED, by, comment, operation)
        return operation


@transaction.atomic
def reject_proposal(proposal_id: int, *, by: Any, reason: str) -> MergeProposal:
    """Reject a proposal; its author hears of the reason. Raises as `approve_proposal`."""
    proposal = _locked(proposal_id)
    _check_may_decide(proposal, by, "Reject")
    reason = workflow.clean_remark("reason", reason)
    if not reason:
        raise InvalidContent({"reason": ["Reject: give a reason, the author will read it."]})
    _settle(proposal, MergeProposal.State.REJECTED, by, reason)
    log.record(Event.Kind.MERGE_REJECTED, by=by, term=first_term(proposal), note=reason)
    return proposal


@transaction.atomic
def withdraw_proposal(proposal_id: int, *, by: Any, comment: str = "") -> MergeProposal:
    """Take back one's own proposal."""
    proposal = _locked(proposal_id)
    _check_may_withdraw(proposal, by)
    comment = workflow.clean_remark("comment", comment)
    proposal.state = MergeProposal.State.WITHDRAWN
    proposal.decided_at, proposal.decision_reason = timezone.now(), comment
    proposal.save(update_fields=["state", "decided_at", "decision_reason"])
    log.record(Event.Kind.MERGE_WITHDRAWN, by=by, term=first_term(proposal), note=comment)
    return proposal


def refresh_proposal(proposal_id: int, *, by: Any) -> MergeProposal:
    """Bring a proposal up to date: the same wish, over the terms as they are now.

    Raises as `propose` what forbids it by now, and WrongState when nothing moved. It waits on then.
    """
    shown = preview_of(_find(proposal_id), by)
    with transaction.atomic():
        proposal = _locked(proposal_id)
        _check_may_refresh(proposal, by)
        if not is_stale(proposal, shown):
            raise WrongState("Bring up to date: nothing moved since this was proposed.")
        if shown.conflicts:
            raise InvalidContent({"content": list(shown.conflicts)})
        proposal.token = shown.token
        proposal.save(update_fields=["token"])
        note = "Brought up to date."
        log.record(Event.Kind.MERGE_PROPOSED, by=by, term=terms_of(shown)[0], note=note)
        return proposal


def may_approve(proposal: MergeProposal, by: Any) -> bool:
    """Say whether this person may carry this proposal out."""
    return _may(check_may_approve, proposal, by)


def may_reject(proposal: MergeProposal, by: Any) -> bool:
    """Say whether this person may reject this proposal."""
    return _may(lambda one, who: _check_may_decide(one, who, "Reject"), proposal, by)


def may_withdraw(proposal: MergeProposal, by: Any) -> bool:
    """Say whether this person may take this proposal back."""
    return _may(_check_may_withdraw, proposal, by)


def may_refresh(proposal: MergeProposal, by: Any) -> bool:
    """Say whether this person may bring this proposal up to date."""
    return _may(_check_may_refresh, proposal, by)


def _may(check: Any, proposal: MergeProposal, by: Any) -> bool:
    try:
        check(proposal, by)
    except TermbookError:
        return False
    return True


# --- Who may -------------------------------------------------------------------------------------


def check_may_approve(proposal: MergeProposal, by: Any) -> None:
    """Refuse who may not agree to this proposal. One of the two has the right to merge."""
    _check_may_decide(proposal, by, "Approve")
    may_merge = by.has_perm("terms.merge_term")
    if not may_merge and not (proposal.by.is_active and proposal.by.has_perm("terms.merge_term")):
        raise NotAllowed(
            f"Approve: neither you nor {proposal.by} may merge or split terms. Ask a chief editor."
        )


def _check_may_decide(proposal: MergeProposal, by: Any, what: str) -> None:
    if not (by.is_active and by.has_perm("terms.review_term")):
        raise NotAllowed(f"{what}: your account has no right to do this. Ask a chief editor.")
    if by.pk == proposal.by_id and not settings.SELF_REVIEW:
        raise OwnWork(f"{what}: you proposed this; somebody else has to decide on it.")
    _check_is_open(proposal, what)


def _check_may_withdraw(proposal: MergeProposal, by: Any) -> None:
    if not by.is_active or by.pk != proposal.by_id:
        raise NotAllowed("Withdraw: only who proposed this can do it.")
    _check_is_open(proposal, "Withdraw")


def _check_may_refresh(proposal: MergeProposal, by: Any) -> None:
    if not (by.is_active and by.has_perm("terms.edit_term")):
        raise NotAllowed("Bring up to date: your account has no right to do this. Ask a chief editor.")
    _check_is_open(proposal, "Bring up to date")


def _check_is_open(proposal: MergeProposal, what: str) -> None:
    if proposal.state != MergeProposal.State.PROPOSED:
        state = proposal.get_state_display().lower()
        whom = f" by {proposal.reviewer}" if proposal.reviewer else ""
        raise WrongState(f"{what}: this was {state}{whom} already.")


# --- What it is about ----------------------------------------------------------------------------


def _find(proposal_id: int) -> MergeProposal:
    proposal = MergeProposal.objects.select_related("by", "reviewer").filter(pk=proposal_id).first()
    if proposal is None:
        raise WrongState("There is no such proposal.")
    return proposal


def _locked(proposal_id: int) -> MergeProposal:
    """Lock a proposal, so that of two decisions at once the second meets the first one."""
    MergeProposal.objects.select_for_update().filter(pk=proposal_id).first()
    return _find(proposal_id)


def first_term(proposal: MergeProposal) -> Term | None:
    """Return the term that goes on when a proposal is carried out."""
    wish = proposal.wish
    return Term.objects.filter(public_id=wish.get("kept") or wish.get("term")).first()


def _preview(kind: str, wish: Mapping[str, Any], by: Any) -> Shown:
    _check_shape(kind, wish)
    ids = [wish["kept"], *wish["absorbed"]] if kind == MERGE else [wish["term"]]
    found = dict(Term.objects.visible_to(by).filter(public_id__in=ids).values_list("public_id", "pk"))
    if any(public_id not in found for public_id in ids):
        raise WrongState("One of these terms is not there. Choose the terms again.")
    if kind == MERGE:
        kept, *absorbed = (found[public_id] for public_id in ids)
        return previewing.preview(kept_id=kept, absorbed_ids=absorbed, by=by, content=wish.get("content"))
    return splitting.split_preview(term_id=found[wish["term"]], by=by, **split_wish(wish)._asdict())


def split_wish(wish: Mapping[str, Any]) -> SplitWish:
    """Return a kept wish as the rules of splitting take it."""
    return SplitWish(wish["stays"], wish["part"], wish.get("address", STAYS), wish.get("moves", ()))


_KEYS = {
    MERGE: {"kept": str, "absorbed": list, "content": Mapping},
    SPLIT: {"term": str, "stays": Mapping, "part": Mapping, "address": str, "moves": list},
}
_MAY_BE_LEFT_OUT = {"content", "address", "moves"}


def _check_shape(kind: str, wish: Mapping[str, Any]) -> None:
    if kind not in _KEYS:
        raise InvalidContent({"kind": [f"Kind: “{kind!s:.40}” is neither merge nor split."]})
    wrong = sorted(set(wish) - _KEYS[kind].keys())
    wrong += [
        key
        for key, shape in _KEYS[kind].items()
        if not isinstance(wish.get(key), shape) and not (key in _MAY_BE_LEFT_OUT and key not in wish)
    ]
    if kind == MERGE and not wrong and not all(isinstance(one, str) for one in wish["absorbed"]):
        wrong = ["absorbed"]
    if wrong:
        raise InvalidContent({"wish": [f"A {kind} cannot be read: see {', '.join(wrong)}."]})


def _kept(kind: str, wish: Mapping[str, Any]) -> dict[str, Any]:
    return {key: wish[key] for key in _KEYS[kind] if key in wish}


def _check_is_new(kind: str, terms: tuple[Term, ...]) -> None:
    ids = {term.pk for term in terms}
    waiting = MergeProposal.objects.filter(kind=kind, state=MergeProposal.State.PROPOSED, terms=terms[0])
    for other in waiting.select_related("by").prefetch_related("terms"):
        if {term.pk for term in other.terms.all()} == ids:
            raise WrongState(
                f"{other.by} proposed this {kind} on {timezone.localtime(other.at):%Y-%m-%d} already. "
                "Decide on that one first."
            )


def _carry_out(proposal: MergeProposal, shown: Shown, by: Any) -> Operation:
    agreed: dict[str, Any] = {
        "token": proposal.token,
        "by": by,
        "comment": proposal.comment,
        "is_agreed": True,
        "wished_by": proposal.by,
    }
    if isinstance(shown, Preview):
        return carrying_out.carry_out(shown, content=proposal.wish.get("content", {}), **agreed)
    return parting.carry_out(shown, split_wish(proposal.wish), **agreed)


def _settle(
    proposal: MergeProposal, state: str, by: Any, reason: str, operation: Operation | None = None
) -> None:
    proposal.state, proposal.reviewer, proposal.decided_at = state, by, timezone.now()
    proposal.decision_reason, proposal.operation = reason, operation
    proposal.save(update_fields=["state", "reviewer", "decided_at", "decision_reason", "operation"])
