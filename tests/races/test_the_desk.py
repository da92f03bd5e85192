"""Decisions, requests, plans and imports at the same moment: the result is that of some order."""

from __future__ import annotations

from datetime import timedelta

import pytest
from builders import make_term, make_user, propose_change
from django.utils import timezone
from test_two_editors import ROUNDS, at_once, refusals

from terms import discussion, people, planning, workflow
from terms.errors import InvalidContent, StaleEdit, WrongState
from terms.models import Comment, Event, PlannedChange, Revision, Term

pytestmark = pytest.mark.django_db(transaction=True)


def state_of(revision):
    return Revision.objects.get(pk=revision.pk).state


@ROUNDS
def test_a_proposal_is_approved_and_sent_back_at_once(round_number):
    proposal = propose_change(make_term(), definition="New.")
    one, other = make_user("Reviewers"), make_user("Reviewers")

    outcomes = at_once(
        lambda: workflow.approve(revision_id=proposal.pk, by=one),
        lambda: workflow.request_changes(revision_id=proposal.pk, by=other, reason="Why?"),
    )

    [refusal] = refusals(outcomes)
    assert isinstance(refusal, WrongState)
    assert state_of(proposal) == ("approved" if outcomes[1] is refusal else "changes_requested")
    assert Comment.objects.filter(revision=proposal).count() == (0 if outcomes[1] is refusal else 1)


@ROUNDS
def test_two_people_bring_a_text_up_to_date_at_once(round_number):
    term = make_term(definition="One two three.")
    proposal = propose_change(term, definition="One two THREE.")
    other = propose_change(term, tags=["new"])
    workflow.approve(revision_id=other.pk, by=make_user("Reviewers"))
    people = [make_user("Editors"), make_user("Editors")]

    outcomes = at_once(
        *(lambda by=by: workflow.bring_up_to_date(revision_id=proposal.pk, by=by) for by in people)
    )

    [refusal] = refusals(outcomes)
    assert isinstance(refusal, WrongState)
    [newer] = Revision.objects.filter(supersedes=proposal)
    assert (newer.content["definition"], newer.content["tags"]) == ("One two THREE.", ["new"])


@ROUNDS
def test_a_text_is_approved_while_it_is_brought_up_to_date(round_number):
    term = make_term(definition="One two three.")
    proposal = propose_change(term, definition="One two THREE.")
    rival = propose_change(term, tags=["new"])
    one, other = make_user("Reviewers"), make_user("Reviewers")

    outcomes = at_once(
        lambda: workflow.approve(revision_id=rival.pk, by=one),
        lambda: workflow.bring_up_to_date(revision_id=proposal.pk, by=other),
    )

    assert Term.objects.get(pk=term.pk).version == 2
    if refusals(outcomes):  # nothing was published yet when it was to be brought up to date
        assert isinstance(outcomes[1], WrongState)
        assert state_of(proposal) == "proposed"
    else:
        assert (state_of(proposal), outcomes[1].content["tags"]) == ("superseded", ["new"])


@ROUNDS
def test_an_author_rewrites_what_a_reviewer_approves(round_number):
    term = make_term(definition="First.")
    author, reviewer = make_user("Editors"), make_user("Reviewers")
    proposal = propose_change(term, by=author, definition="Second.")

    outcomes = at_once(
        lambda: workflow.approve(revision_id=proposal.pk, by=reviewer),
        lambda: workflow.propose(
            term_id=term.pk, based_on=proposal.number, content={"definition": "Third."}, by=author
        ),
    )

    # What was approved is what the reviewer saw; a later text is lost in no case.
    if isinstance(outcomes[0], WrongState):
        assert (state_of(proposal), Term.objects.get(pk=term.pk).definition) == ("superseded", "First.")
    else:
        assert Term.objects.get(pk=term.pk).definition == "Second."
    if isinstance(outcomes[1], StaleEdit):
        assert outcomes[1].conflict["local"]["definition"] == "Third."
    else:
        assert outcomes[1].content["definition"] == "Third."


@ROUNDS
def test_two_texts_take_the_place_of_one_at_once(round_number):
    term = make_term(definition="One.")
    overtaken = propose_change(term, definition="Two.")
    live = workflow.approve(
        revision_id=propose_change(term, tags=["new"]).pk, by=make_user("Reviewers")
    ).live_revision
    people = [make_user("Editors"), make_user("Editors")]

    outcomes = at_once(
        *(
            lambda by=by, text=text: workflow.propose(
                term_id=term.pk,
                based_on=live.number,
                replaces=overtaken.number,
                content={"definition": text},
                by=by,
            )
            for by, text in zip(people, ("Three.", "Four."), strict=True)
        )
    )

    [refusal] = refusals(outcomes)
    assert isinstance(refusal, StaleEdit)
    texts = {refusal.conflict["local"]["definition"], refusal.conflict["current"]["definition"]}
    assert texts == {"Three.", "Four."}


@ROUNDS
def test_a_thread_is_resolved_by_two_at_once(round_number):
    proposal = propose_change(make_term(), definition="New.")
    people = [make_user("Reviewers"), make_user("Reviewers")]
    head = discussion.comment(revision_id=proposal.pk, by=people[0], text="Why?")

    outcomes = at_once(*(lambda by=by: discussion.resolve(thread_id=head.pk, by=by) for by in people))

    assert [type(refusal) for refusal in refusals(outcomes)] == [WrongState]
    assert Event.objects.filter(kind=Event.Kind.RESOLVED).count() == 1


@ROUNDS
def test_two_clocks_strike_at_once(round_number):
    term = make_term(definition="First.")
    proposal = propose_change(term, definition="Second.")
    due_at = timezone.now() + timedelta(days=1)
    planning.plan_publication(revision_id=proposal.pk, due_at=due_at, by=make_user("Reviewers"))

    outcomes = at_once(*[lambda: planning.carry_out_due(due_at)] * 2)

    assert refusals(outcomes) == []
    assert sum(len(carried.settled) for carried in outcomes) == 1
    assert Term.objects.get(pk=term.pk).version == 2
    assert PlannedChange.objects.get().state == "done"


@ROUNDS
def test_a_plan_is_cancelled_while_it_is_carried_out(round_number):
    term = make_term(definition="First.")
    proposal = propose_change(term, definition="Second.")
    due_at = timezone.now() + timedelta(days=1)
    reviewer = make_user("Reviewers")
    plan = planning.plan_publication(revision_id=proposal.pk, due_at=due_at, by=reviewer)

    outcomes = at_once(
        lambda: planning.carry_out_due(due_at), lambda: planning.cancel(plan_id=plan.pk, by=reviewer)
    )

    state = PlannedChange.objects.get().state
    assert state in {"done", "cancelled"}
    assert isinstance(outcomes[1], WrongState) == (state == "done")
    assert Term.objects.get(pk=term.pk).version == (2 if state == "done" else 1)


SENDER = workflow.Sender(email="kim@example.org", digest="a" * 64)


@ROUNDS
def test_a_reader_suggests_while_another_suggestion_is_rejected(round_number):
    term = make_term()
    first = workflow.suggest(content={"definition": "Other."}, sender=SENDER, term_id=term.pk, version=1)
    reviewer = make_user("Reviewers")

    outcomes = at_once(
        lambda: workflow.suggest(content={"definition": "Third."}, sender=SENDER, term_id=term.pk, version=1),
        lambda: workflow.reject(revision_id=first.revision_id, by=reviewer, reason="No."),
    )

    assert refusals(outcomes) == []


@ROUNDS
def test_a_thread_is_resolved_while_the_text_is_sent_in_again(round_number):
    editor, reviewer = make_user("Editors"), make_user("Reviewers")
    proposal = propose_change(make_term(), by=editor, definition="New.")
    workflow.request_changes(revision_id=proposal.pk, by=reviewer, reason="Why?")
    head = Comment.objects.get()

    outcomes = at_once(
        lambda: discussion.resolve(thread_id=head.pk, by=reviewer),
        lambda: workflow.resubmit(revision_id=proposal.pk, by=editor, answer="So."),
    )

    assert refusals(outcomes) == []


@ROUNDS
def test_an_account_is_closed_while_its_text_is_decided(round_number):
    proposal = propose_change(make_term(), definition="New.")
    helper, reviewer, chief = make_user("Editors"), make_user("Reviewers"), make_user("Chief editors")
    workflow.assign(revision_id=proposal.pk, by=reviewer, to=helper)

    outcomes = at_once(
        lambda: people.deactivate(user_id=helper.pk, by=chief),
        lambda: workflow.reject(revision_id=proposal.pk, by=reviewer, reason="No."),
    )

    assert refusals(outcomes) == []
    assert not Revision.objects.filter(assignee=helper, state__in=Revision.OPEN_STATES).exists()


@ROUNDS
def test_nobody_is_given_work_while_their_account_is_closed(round_number):
    proposal = propose_change(make_term(), definition="New.")
    helper, reviewer, chief = make_user("Editors"), make_user("Reviewers"), make_user("Chief editors")

    outcomes = at_once(
        lambda: people.deactivate(user_id=helper.pk, by=chief),
        lambda: workflow.assign(revision_id=proposal.pk, by=reviewer, to=helper),
    )

    assert all(isinstance(refusal, InvalidContent) for refusal in refusals(outcomes))
    assert Revision.objects.get(pk=proposal.pk).assignee is None
