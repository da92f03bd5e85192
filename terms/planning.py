"""Decisions taken now that take effect later: publish on a day, deprecate on a day.

`carry_out_due` is for a clock outside (cron, a timer). It may run as often as one likes.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone

from . import checking, log, workflow
from .errors import InvalidContent, NotAllowed, TermbookError, WrongState
from .models import Event, PlannedChange, Revision, Term

logger = logging.getLogger(__name__)

_State = PlannedChange.State


@transaction.atomic
def plan_publication(*, revision_id: int, due_at: datetime, by: Any) -> PlannedChange:
    """Approve exactly this proposal, but from `due_at` (aware, in the future) on.

    The decision is `by`'s and is checked now and then again. Raises as `workflow.approve`.
    """
    revision = Revision.objects.select_related("based_on", "supersedes").filter(pk=revision_id).first()
    if revision is None:
        raise WrongState("There is no such revision.")
    [term] = Term.objects.lock(revision.term_id)
    workflow.check_approval(term, revision, by)
    refusal = checking.refusal(revision.content, term=term)
    if refusal is not None:
        raise refusal
    note = f"Publish revision {revision.number}"
    return _plan(PlannedChange.Action.PUBLISH, term, due_at, by, note, revision=revision)


@transaction.atomic
def plan_deprecation(
    *,
    term_id: int,
    due_at: datetime,
    reason: str,
    successors: Sequence[str] = (),
    by: Any,
    based_on: int | None = None,
) -> PlannedChange:
    """Deprecate a published term from `due_at` (aware, in the future) on, for this reason.

    The decision is checked now and then again. Arguments and refusals as of `workflow.deprecate`.
    """
    locked = Term.objects.lock(term_id)
    if not locked:
        raise WrongState("There is no such term.")
    workflow.check_deprecation(locked[0], by, reason=reason, successors=successors, based_on=based_on)
    kept = {"reason": reason.strip(), "successors": list(successors)}
    return _plan(PlannedChange.Action.DEPRECATE, locked[0], due_at, by, "Deprecate", **kept)


def _plan(action: str, term: Term, due_at: datetime, by: Any, note: str, **parts: Any) -> PlannedChange:
    if due_at <= timezone.now():
        raise InvalidContent({"due_at": ["When: give a time in the future, or do it now."]})
    other = PlannedChange.objects.filter(term=term, action=action, state=_State.PENDING).first()
    if other is not None:
        raise WrongState(
            f"“{term.full_name}” has such a plan already, for {_shown(other.due_at)}. Cancel that one first."
        )
    plan = PlannedChange.objects.create(term=term, action=action, due_at=due_at, by=by, **parts)
    log.record(
        Event.Kind.PLANNED,
        by=by,
        term=term,
        revision=plan.revision,
        note=f"{note} on {_shown(due_at)}.",
    )
    return plan


@transaction.atomic
def cancel(*, plan_id: int, by: Any) -> PlannedChange:
    """Give up a plan that waits."""
    plan = PlannedChange.objects.select_for_update().filter(pk=plan_id).first()
    if plan is None:
        raise WrongState("There is no such plan.")
    if not by.is_active or not by.has_perm("terms.review_term"):
        raise NotAllowed("Cancel a plan: your account has no right to do this. Ask a reviewer.")
    if plan.state != _State.PENDING:
        raise WrongState(f"This plan is {plan.get_state_display().lower()} already.")
    _settle(plan, _State.CANCELLED, f"By {by}.")
    log.record(Event.Kind.PLAN_CANCELLED, by=by, term=plan.term, revision=plan.revision)
    return plan


class Carried(NamedTuple):
    """What a run did: the plans that are settled now, and those that nobody could carry out (ids)."""

    settled: list[PlannedChange]
    broken: list[int]


def carry_out_due(now: datetime | None = None) -> Carried:
    """Carry out every plan that is due, each in a transaction of its own.

    What a rule refuses by now is settled as failed, with its sentence, and told to the planner. A
    plan that fails for a reason nobody expected stays as it was, and the others are carried out.
    """
    due = PlannedChange.objects.filter(state=_State.PENDING, due_at__lte=now or timezone.now())
    carried = Carried([], [])
    with log.through(Event.Door.SCHEDULE):
        for plan_id in list(due.values_list("pk", flat=True)):
            try:
                plan = _carry_out(plan_id)
            except Exception:
                logger.exception("Plan %s could not be carried out.", plan_id)
                carried.broken.append(plan_id)
            else:
                carried.settled.extend([plan] if plan else [])
    return carried


@transaction.atomic
def _carry_out(plan_id: int) -> PlannedChange | None:
    # Locked first: of two clocks that strike at once, the second finds the plan settled.
    plan = PlannedChange.objects.select_for_update().get(pk=plan_id)
    if plan.state != _State.PENDING:
        return None
    try:
        with transaction.atomic():
            term = _do(plan)
    except TermbookError as refusal:
        _settle(plan, _State.FAILED, refusal.message)
        log.record(
            Event.Kind.PLAN_FAILED, by=plan.by, term=plan.term, revision=plan.revision, note=refusal.message
        )
    else:
        _settle(plan, _State.DONE, f"“{term.full_name}” is version {term.version}.")
    return plan


def _do(plan: PlannedChange) -> Term:
    if plan.revision is not None:
        return workflow.approve(revision_id=plan.revision.pk, by=plan.by)
    return workflow.deprecate(
        term_id=plan.term_id, by=plan.by, reason=plan.reason, successors=plan.successors
    )


def _settle(plan: PlannedChange, state: str, outcome: str) -> None:
    plan.state, plan.outcome, plan.settled_at = state, outcome, timezone.now()
    plan.save(update_fields=["state", "outcome", "settled_at"])


def _shown(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"
