"""Proposed merges and splits beside one another: of two at the same moment, one is carried out."""

from __future__ import annotations

import pytest
from builders import make_term, make_user, propose_change
from test_two_editors import ROUNDS, at_once, refusals

from terms import merging, workflow
from terms.errors import StaleEdit, StalePreview, WrongState
from terms.models import MergeProposal, Operation, Term

pytestmark = pytest.mark.django_db(transaction=True)

PART = {"name": "Part", "definition": "What One is."}


def proposed():
    """Propose a merge of two terms; return the proposal and the kept term."""
    kept, absorbed = make_term("One"), make_term("Other")
    by = make_user("Editors")
    token = merging.preview(kept_id=kept.pk, absorbed_ids=[absorbed.pk], by=by).token
    wish = {"kept": kept.public_id, "absorbed": [absorbed.public_id]}
    return merging.propose("merge", wish, token=token, by=by), kept


def splitting_of(term):
    by = make_user("Chief editors")
    wish = {"term_id": term.pk, "stays": {"name": "Rest"}, "part": PART, "by": by}
    token = merging.split_preview(**wish).token
    return lambda: merging.split(**wish, token=token)


def undoing_of(operation):
    by = make_user("Chief editors")
    token = merging.undo_preview(operation.pk, by=by).token
    return lambda: merging.undo(operation.pk, token=token, by=by)


def approving_of(proposal):
    by = make_user("Chief editors")
    return lambda: merging.approve_proposal(proposal.pk, by=by)


def the_refusal(outcomes, *kinds):
    [refusal] = refusals(outcomes)
    assert isinstance(refusal, kinds), repr(refusal)
    return outcomes.index(refusal)


@ROUNDS
def test_two_approve_the_same_proposal(round_number):
    proposal, _ = proposed()

    outcomes = at_once(approving_of(proposal), approving_of(proposal))

    the_refusal(outcomes, WrongState)
    assert Operation.objects.count() == 1
    assert MergeProposal.objects.get().operation is not None


@ROUNDS
def test_one_approves_what_another_rejects(round_number):
    proposal, _ = proposed()
    reviewer = make_user("Reviewers")

    outcomes = at_once(
        approving_of(proposal),
        lambda: merging.reject_proposal(proposal.pk, by=reviewer, reason="They differ."),
    )

    loser = the_refusal(outcomes, WrongState)
    assert MergeProposal.objects.get().state == ("rejected", "approved")[loser]
    assert Operation.objects.count() == loser


@ROUNDS
def test_a_proposal_is_approved_while_its_term_is_edited(round_number):
    proposal, kept = proposed()
    editor = make_user("Editors")

    outcomes = at_once(approving_of(proposal), lambda: propose_change(kept, by=editor, tags=["a"]))

    loser = the_refusal(outcomes, StalePreview, StaleEdit)
    assert Operation.objects.count() == loser


@ROUNDS
def test_a_term_is_split_twice(round_number):
    term = make_term("One")

    outcomes = at_once(splitting_of(term), splitting_of(term))

    the_refusal(outcomes, StalePreview)
    assert Operation.objects.count() == 1
    assert sorted(Term.objects.values_list("name", flat=True)) == ["Part", "Rest"]


@ROUNDS
def test_a_split_is_undone_twice(round_number):
    operation = splitting_of(make_term("One"))()

    outcomes = at_once(undoing_of(operation), undoing_of(operation))

    the_refusal(outcomes, WrongState)
    assert Term.objects.published().get().name == "One"


@ROUNDS
def test_a_part_is_changed_while_its_split_is_undone(round_number):
    operation = splitting_of(make_term("One"))()
    part, reviewer = operation.split.part, make_user("Reviewers")
    change = propose_change(part, definition="Changed.")

    outcomes = at_once(undoing_of(operation), lambda: workflow.approve(revision_id=change.pk, by=reviewer))

    loser = the_refusal(outcomes, StalePreview, WrongState)
    assert Term.objects.get(pk=part.pk).status == ("published", "merged")[loser]
