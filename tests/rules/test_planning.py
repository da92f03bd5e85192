"""Decisions for later: taken by somebody who may, carried out once, refused with a reason."""

from datetime import timedelta

import pytest
from builders import make_term, make_user, propose_change
from django.utils import timezone

from terms import planning, workflow
from terms.errors import InvalidContent, NotAllowed, OwnWork, StaleEdit, WrongState
from terms.models import Event, PlannedChange, Revision, Term

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def tomorrow():
    return timezone.now() + DAY


@pytest.fixture
def term():
    return make_term(definition="First text.")


@pytest.fixture
def proposal(term, editor):
    return propose_change(term, by=editor, definition="Second text.")


def live_text(term):
    return Term.objects.get(pk=term.pk).definition


def test_a_planned_publication_takes_effect_when_it_is_due_and_not_before(term, proposal, reviewer):
    plan = planning.plan_publication(revision_id=proposal.pk, due_at=tomorrow(), by=reviewer)

    assert planning.carry_out_due().settled == []
    assert live_text(term) == "First text."
    assert planning.carry_out_due(plan.due_at).settled == [plan]
    assert live_text(term) == "Second text."
    published = Revision.objects.get(pk=proposal.pk)
    assert (published.state, published.reviewer) == ("approved", reviewer)


def test_carrying_out_again_changes_nothing(term, proposal, reviewer):
    plan = planning.plan_publication(revision_id=proposal.pk, due_at=tomorrow(), by=reviewer)
    planning.carry_out_due(plan.due_at)
    version = Term.objects.get(pk=term.pk).version

    assert planning.carry_out_due(plan.due_at).settled == []
    assert Term.objects.get(pk=term.pk).version == version


def test_what_a_plan_did_came_through_the_schedule(proposal, reviewer):
    plan = planning.plan_publication(revision_id=proposal.pk, due_at=tomorrow(), by=reviewer)

    planning.carry_out_due(plan.due_at)

    assert Event.objects.get(kind=Event.Kind.CHANGED).door == "schedule"
    assert Event.objects.get(kind=Event.Kind.PLANNED).door == "command"


def test_a_planned_deprecation_names_its_successors(term, reviewer):
    successor = make_term("Better word")
    plan = planning.plan_deprecation(
        term_id=term.pk, due_at=tomorrow(), reason="Out of use.", successors=["Better word"], by=reviewer
    )

    planning.carry_out_due(plan.due_at)

    fresh = Term.objects.get(pk=term.pk)
    assert (fresh.status, fresh.deprecation_reason) == ("deprecated", "Out of use.")
    assert fresh.relations.get().target == successor


def test_four_eyes_hold_when_planning(term, reviewer):
    own = propose_change(term, by=reviewer, definition="Mine.")

    with pytest.raises(OwnWork):
        planning.plan_publication(revision_id=own.pk, due_at=tomorrow(), by=reviewer)


def test_editors_plan_and_cancel_nothing(term, proposal, editor, reviewer):
    plan = planning.plan_publication(revision_id=proposal.pk, due_at=tomorrow(), by=reviewer)

    with pytest.raises(NotAllowed):
        planning.plan_publication(revision_id=proposal.pk, due_at=tomorrow(), by=make_user("Editors"))
    with pytest.raises(NotAllowed):
        planning.plan_deprecation(term_id=term.pk, due_at=tomorrow(), reason="Old.", by=editor)
    with pytest.raises(NotAllowed):
        planning.cancel(plan_id=plan.pk, by=editor)


def test_a_plan_lies_in_the_future(proposal, reviewer):
    with pytest.raises(InvalidContent, match="a time in the future"):
        planning.plan_publication(revision_id=proposal.pk, due_at=timezone.now(), by=reviewer)


def test_a_deprecation_needs_a_reason(term, reviewer):
    with pytest.raises(InvalidContent, match="say why"):
        planning.plan_deprecation(term_id=term.pk, due_at=tomorrow(), reason=" ", by=reviewer)


def test_what_cannot_be_published_is_not_planned(reviewer):
    empty = workflow.propose(content={"name": "Void"}, by=make_user("Editors"))

    with pytest.raises(InvalidContent, match="needs a definition"):
        planning.plan_publication(revision_id=empty.pk, due_at=tomorrow(), by=reviewer)


def test_a_second_plan_of_the_kind_is_refused_until_the_first_is_cancelled(proposal, reviewer):
    first = planning.plan_publication(revision_id=proposal.pk, due_at=tomorrow(), by=reviewer)

    with pytest.raises(WrongState, match="has such a plan already"):
        planning.plan_publication(revision_id=proposal.pk, due_at=tomorrow() + DAY, by=reviewer)
    planning.cancel(plan_id=first.pk, by=reviewer)
    second = planning.plan_publication(revision_id=proposal.pk, due_at=tomorrow() + DAY, by=reviewer)

    assert planning.carry_out_due(first.due_at).settled == []
    assert second.state == PlannedChange.State.PENDING


def test_a_settled_plan_cannot_be_cancelled(proposal, reviewer):
    plan = planning.plan_publication(revision_id=proposal.pk, due_at=tomorrow(), by=reviewer)
    planning.carry_out_due(plan.due_at)

    with pytest.raises(WrongState, match="carried out already"):
        planning.cancel(plan_id=plan.pk, by=reviewer)


def test_a_plan_that_was_overtaken_fails_with_the_reason_and_changes_nothing(term, proposal, reviewer):
    plan = planning.plan_publication(revision_id=proposal.pk, due_at=tomorrow(), by=reviewer)
    other = propose_change(term, definition="Third text.")
    workflow.approve(revision_id=other.pk, by=make_user("Reviewers"))

    [settled] = planning.carry_out_due(plan.due_at).settled

    assert settled.state == PlannedChange.State.FAILED
    assert "was published after this proposal was written" in settled.outcome
    assert live_text(term) == "Third text."
    assert Event.objects.get(kind=Event.Kind.PLAN_FAILED).note == settled.outcome


def test_a_planner_who_lost_the_right_publishes_nothing(term, proposal, reviewer):
    plan = planning.plan_publication(revision_id=proposal.pk, due_at=tomorrow(), by=reviewer)
    reviewer.groups.clear()

    [settled] = planning.carry_out_due(plan.due_at).settled

    assert (settled.state, live_text(term)) == (PlannedChange.State.FAILED, "First text.")
    assert "no right" in settled.outcome


def test_one_plan_that_fails_does_not_stop_the_others(term, proposal, reviewer):
    failing = planning.plan_publication(revision_id=proposal.pk, due_at=tomorrow(), by=reviewer)
    workflow.withdraw(revision_id=proposal.pk, by=proposal.author)
    other = propose_change(make_term("Loss"), definition="Better.")
    working = planning.plan_publication(revision_id=other.pk, due_at=tomorrow(), by=reviewer)

    settled = planning.carry_out_due(working.due_at).settled

    assert {plan.pk: plan.state for plan in settled} == {failing.pk: "failed", working.pk: "done"}


def test_a_proposal_that_was_overtaken_is_not_planned(term, proposal, reviewer):
    other = propose_change(term, definition="Third text.")
    workflow.approve(revision_id=other.pk, by=make_user("Reviewers"))

    with pytest.raises(StaleEdit, match="was published after this proposal was written"):
        planning.plan_publication(revision_id=proposal.pk, due_at=tomorrow(), by=reviewer)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"reason": "x" * 2001}, "2,000 are allowed"),
        ({"reason": "a\0b"}, "control characters"),
        ({"reason": "Old.", "successors": ["Nobody’s word"]}, "there is no term"),
    ],
)
def test_a_deprecation_that_cannot_be_is_not_planned(term, reviewer, words, sentence):
    with pytest.raises(InvalidContent, match=sentence):
        planning.plan_deprecation(term_id=term.pk, due_at=tomorrow(), by=reviewer, **words)


def test_a_deprecation_is_planned_for_the_text_that_was_seen(term, reviewer):
    workflow.approve(revision_id=propose_change(term, definition="Newer.").pk, by=make_user("Reviewers"))

    with pytest.raises(StaleEdit):
        planning.plan_deprecation(term_id=term.pk, due_at=tomorrow(), reason="Old.", by=reviewer, based_on=1)


def test_a_plan_that_nobody_expected_to_fail_does_not_stop_the_others(
    term, proposal, reviewer, monkeypatch, caplog
):
    broken = planning.plan_publication(revision_id=proposal.pk, due_at=tomorrow(), by=reviewer)
    other = propose_change(make_term("Loss"), definition="Better.")
    working = planning.plan_publication(revision_id=other.pk, due_at=tomorrow(), by=reviewer)
    approve = workflow.approve

    def approve_or_fail(*, revision_id, by):
        if revision_id == proposal.pk:
            raise RuntimeError("The disk is full.")
        return approve(revision_id=revision_id, by=by)

    monkeypatch.setattr(workflow, "approve", approve_or_fail)

    carried = planning.carry_out_due(working.due_at)

    assert ([plan.pk for plan in carried.settled], carried.broken) == ([working.pk], [broken.pk])
    assert PlannedChange.objects.get(pk=broken.pk).state == PlannedChange.State.PENDING
    assert "could not be carried out" in caplog.text
