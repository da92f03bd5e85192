"""Merges and splits that need a second person: proposed, decided on by somebody else, carried out once."""

import pytest
from builders import make_draft, make_term, make_user, propose_change
from django.contrib.auth.models import Permission
from faults import fail_after_every_write
from snapshots import hash_of_all_rows

from terms import merging, notices, revisions, workflow
from terms.errors import (
    InvalidContent,
    NeedsSecondReader,
    NotAllowed,
    OwnWork,
    StalePreview,
    WrongState,
)
from terms.models import Event, MergeProposal, Notification, Operation, Term

pytestmark = pytest.mark.django_db

NEW = {"definition": "Words that nobody else has read."}


@pytest.fixture
def kept(db):
    return make_term("Dropout", aliases=["Drop-out"])


@pytest.fixture
def absorbed(db):
    return make_term("Dilution", definition="Units are left out.")


@pytest.fixture
def wish(kept, absorbed):
    return {"kept": kept.public_id, "absorbed": [absorbed.public_id], "content": NEW}


@pytest.fixture
def wished_split(kept):
    return {
        "term": kept.public_id,
        "stays": {"qualifier": "training", "aliases": []},
        "part": {"name": "Drop-out", "qualifier": "of students", "definition": "Somebody leaves a school."},
        "address": "both",
    }


def token_of(wish, by):
    def pk(public_id):
        return Term.objects.get(public_id=public_id).pk

    if "kept" in wish:
        ids = {"kept_id": pk(wish["kept"]), "absorbed_ids": [pk(one) for one in wish["absorbed"]]}
        return merging.preview(**ids, by=by, content=wish.get("content")).token
    sides = {key: wish[key] for key in ("stays", "part", "address")}
    return merging.split_preview(term_id=pk(wish["term"]), by=by, **sides).token


def propose(wish, by, comment="They are the same."):
    kind = "merge" if "kept" in wish else "split"
    return merging.propose(kind, wish, token=token_of(wish, by), by=by, comment=comment)


def heard(user):
    rows = Notification.objects.filter(recipient=user).select_related("recipient").order_by("pk")
    return [notice.sentence for notice in notices.in_words(list(rows))]


def fresh(row):
    return type(row).objects.get(pk=row.pk)


# --- Proposing -----------------------------------------------------------------------------------


def test_what_needs_a_second_reader_can_be_proposed(wish, kept, absorbed, editor):
    proposal = propose(wish, editor)

    assert (proposal.state, proposal.by, proposal.comment) == ("proposed", editor, "They are the same.")
    assert set(proposal.terms.all()) == {kept, absorbed}
    assert list(merging.open_proposals(editor)) == [proposal]
    assert (fresh(kept).status, fresh(absorbed).status) == ("published", "published")


def test_a_proposal_is_shown_as_what_it_would_do_now(wish, editor, reviewer):
    proposal = propose(wish, editor)

    shown = merging.preview_of(proposal, reviewer)

    assert shown.content["definition"] == NEW["definition"]
    assert not merging.is_stale(proposal, shown)
    assert "definition" in {change.field for change in shown.difference}


@pytest.mark.parametrize(
    ("role", "may"),
    [("", False), ("Contributors", False), ("Editors", True), ("Reviewers", True), ("Chief editors", True)],
)
def test_who_may_propose(role, may, wish, chief):
    by, token = make_user(role), token_of(wish, chief)

    if may:
        merging.propose("merge", wish, token=token, by=by)
    else:
        with pytest.raises((NotAllowed, WrongState)):
            merging.propose("merge", wish, token=token, by=by)
        assert list(merging.open_proposals(by)) == []


def test_a_proposal_is_bound_to_what_was_shown(wish, kept, editor):
    token = token_of(wish, editor)
    propose_change(kept, definition="Another text.")

    with pytest.raises(StalePreview):
        merging.propose("merge", wish, token=token, by=editor)


def test_what_could_not_be_carried_out_is_not_proposed(wish, kept, editor):
    make_term("Taken")
    wish = {**wish, "content": {"name": "Taken"}}

    with pytest.raises(InvalidContent, match="published already"):
        propose(wish, editor)


def test_the_same_is_not_proposed_twice(wish, editor):
    propose(wish, editor)

    with pytest.raises(WrongState, match=f"{editor} proposed this merge"):
        propose(wish, make_user("Editors"))


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("plugh", {}),
        ("merge", {}),
        ("merge", {"kept": 1, "absorbed": []}),
        ("merge", {"kept": "a", "absorbed": [1]}),
        ("merge", {"kept": "a", "absorbed": ["b"], "content": "c"}),
        ("merge", {"kept": "a", "absorbed": ["b"], "plugh": 1}),
        ("split", {"term": "a", "stays": {}}),
        ("split", {"term": "a", "stays": {}, "part": {}, "moves": "all"}),
    ],
)
def test_nonsense_is_refused_with_a_sentence(kind, wrong, editor):
    with pytest.raises(InvalidContent):
        merging.propose(kind, wrong, token="", by=editor)


def test_terms_that_are_not_there_are_refused(wish, editor):
    with pytest.raises(WrongState, match="not there"):
        merging.propose("merge", {**wish, "absorbed": ["zzzzzzzzzz"]}, token="", by=editor)


# --- Deciding ------------------------------------------------------------------------------------


def test_an_approved_merge_is_carried_out_as_it_was_proposed(wish, kept, absorbed, editor, chief):
    proposal = propose(wish, editor)

    operation = merging.approve_proposal(proposal.pk, by=chief, comment="Yes.")

    kept, absorbed, proposal = fresh(kept), fresh(absorbed), fresh(proposal)
    assert (absorbed.status, absorbed.merged_into) == ("merged", kept)
    assert kept.definition == NEW["definition"]
    assert (kept.live_revision.author, kept.live_revision.reviewer) == (editor, chief)
    assert (proposal.state, proposal.reviewer, proposal.decision_reason) == ("approved", chief, "Yes.")
    assert (proposal.operation, operation.by) == (operation, chief)
    merging.undo(operation.pk, token=merging.undo_preview(operation.pk, by=chief).token, by=chief)
    assert fresh(absorbed).status == "published"


def test_an_approved_split_is_carried_out_as_it_was_proposed(wished_split, kept, editor, chief):
    proposal = propose(wished_split, editor)

    operation = merging.approve_proposal(proposal.pk, by=chief)

    part = operation.split.part
    assert (fresh(kept).full_name, part.full_name) == ("Dropout (training)", "Drop-out (of students)")
    assert (part.live_revision.author, part.live_revision.reviewer) == (editor, chief)
    assert len(Term.objects.resolve("dropout").choices) == 2


def test_a_reviewer_approves_what_somebody_proposed_who_may_merge(wish, kept, chief, reviewer):
    with pytest.raises(NeedsSecondReader):
        merging.merge(
            kept_id=kept.pk,
            absorbed_ids=[Term.objects.get(public_id=wish["absorbed"][0]).pk],
            content=NEW,
            token=token_of(wish, chief),
            by=chief,
        )
    proposal = propose(wish, chief)

    merging.approve_proposal(proposal.pk, by=reviewer)

    assert fresh(kept).definition == NEW["definition"]


def test_one_of_the_two_must_have_the_right_to_merge(wish, editor, reviewer):
    proposal = propose(wish, editor)

    with pytest.raises(NotAllowed, match="neither you nor"):
        merging.approve_proposal(proposal.pk, by=reviewer)
    assert not merging.may_approve(proposal, reviewer)
    assert merging.may_reject(proposal, reviewer)


def test_editors_decide_on_nothing(wish, editor):
    proposal, other = propose(wish, editor), make_user("Editors")

    with pytest.raises(NotAllowed):
        merging.approve_proposal(proposal.pk, by=other)
    with pytest.raises(NotAllowed):
        merging.reject_proposal(proposal.pk, by=other, reason="No.")
    with pytest.raises(NotAllowed):
        merging.withdraw_proposal(proposal.pk, by=other)


def test_nobody_decides_on_their_own_proposal(wish, chief):
    proposal = propose(wish, chief)

    with pytest.raises(OwnWork):
        merging.approve_proposal(proposal.pk, by=chief)
    with pytest.raises(OwnWork):
        merging.reject_proposal(proposal.pk, by=chief, reason="No.")


def test_where_one_person_does_all_it_is_logged(wish, kept, chief, settings):
    settings.SELF_REVIEW = settings.MERGE_REVIEW = True
    proposal = propose(wish, chief)

    merging.approve_proposal(proposal.pk, by=chief)

    assert kept.events.filter(kind=Event.Kind.SELF_REVIEWED, by=chief).exists()


def test_a_proposal_is_carried_out_once(wish, editor, chief):
    proposal = propose(wish, editor)
    merging.approve_proposal(proposal.pk, by=chief)
    other = make_user("Chief editors")

    with pytest.raises(WrongState):
        merging.approve_proposal(proposal.pk, by=other)
    with pytest.raises(WrongState, match=f"{chief} already"):
        merging.reject_proposal(proposal.pk, by=other, reason="No.")
    assert Operation.objects.count() == 1


def test_a_rejection_has_a_reason(wish, kept, editor, reviewer):
    proposal = propose(wish, editor)
    with pytest.raises(InvalidContent):
        merging.reject_proposal(proposal.pk, by=reviewer, reason=" ")

    merging.reject_proposal(proposal.pk, by=reviewer, reason="They differ.")

    assert (fresh(proposal).state, fresh(proposal).decision_reason) == ("rejected", "They differ.")
    assert list(merging.open_proposals(editor)) == []
    propose(wish, editor)


def test_authors_withdraw_what_they_proposed(wish, editor, chief):
    proposal = propose(wish, editor)

    merging.withdraw_proposal(proposal.pk, by=editor, comment="A mistake.")

    assert fresh(proposal).state == "withdrawn"
    with pytest.raises(WrongState, match="withdrawn already"):
        merging.approve_proposal(proposal.pk, by=chief)


def test_an_approval_happens_as_a_whole_or_not_at_all(wish, editor, chief):
    proposal = propose(wish, editor)

    fail_after_every_write(lambda: merging.approve_proposal(proposal.pk, by=chief), at_least=15)


def test_an_account_that_lost_its_rights_proposes_nothing_any_more(wish, editor, chief):
    proposal = propose(wish, editor)
    editor.groups.clear()

    with pytest.raises(WrongState, match="has no right"):
        merging.approve_proposal(proposal.pk, by=chief)


# --- What moved since ----------------------------------------------------------------------------


def test_what_moved_since_cannot_be_agreed_to(wish, kept, editor, chief):
    proposal = propose(wish, editor)
    propose_change(kept, tags=["a"])
    before = hash_of_all_rows()

    with pytest.raises(StalePreview):
        merging.approve_proposal(proposal.pk, by=chief)

    assert hash_of_all_rows() == before
    assert merging.is_stale(fresh(proposal), merging.preview_of(proposal, chief))


def test_a_proposal_is_brought_up_to_date(wish, kept, editor, chief):
    proposal = propose(wish, editor)
    workflow.approve(revision_id=propose_change(kept, tags=["a"]).pk, by=chief)

    merging.refresh_proposal(proposal.pk, by=make_user("Editors"))

    merging.approve_proposal(proposal.pk, by=chief)
    content = revisions.snapshot(fresh(kept))
    assert (content["definition"], content["tags"]) == (NEW["definition"], ["a"])
    assert fresh(kept).live_revision.author == editor


def test_what_the_approver_did_not_see_is_not_approved(wish, kept, editor, chief):
    proposal = propose(wish, editor)
    seen = proposal.token
    propose_change(kept, tags=["a"])
    merging.refresh_proposal(proposal.pk, by=editor)

    with pytest.raises(StalePreview, match="brought up to date since"):
        merging.approve_proposal(proposal.pk, by=chief, token=seen)


def test_nothing_is_brought_up_to_date_that_is(wish, editor):
    proposal = propose(wish, editor)

    with pytest.raises(WrongState, match="nothing moved"):
        merging.refresh_proposal(proposal.pk, by=editor)


def test_a_proposal_whose_terms_are_gone_can_only_be_put_away(wish, absorbed, editor, chief):
    proposal = propose(wish, editor)
    workflow.remove(term_id=absorbed.pk, by=chief, reason="No.")

    with pytest.raises(WrongState):
        merging.preview_of(proposal, chief)
    with pytest.raises(WrongState):
        merging.approve_proposal(proposal.pk, by=chief)
    with pytest.raises(WrongState):
        merging.refresh_proposal(proposal.pk, by=editor)
    assert merging.reject_proposal(proposal.pk, by=chief, reason="Gone.").state == "rejected"


# --- Who hears of it -----------------------------------------------------------------------------


def test_reviewers_hear_of_a_proposed_merge(wish, reviewer):
    editor = make_user("Editors", username="Ed")

    propose(wish, editor)

    assert heard(reviewer) == ["Ed proposes to merge or split “Dropout”"]
    assert heard(editor) == []


def test_the_author_hears_of_a_rejection(wish, editor):
    ruth = make_user("Reviewers", username="Ruth")

    merging.reject_proposal(propose(wish, editor).pk, by=ruth, reason="They differ.")

    assert heard(editor) == ["Ruth rejected the merge or split that you proposed of “Dropout”"]


def test_the_author_hears_of_an_approval(wish, editor):
    ruth = make_user("Chief editors", username="Ruth")

    merging.approve_proposal(propose(wish, editor).pk, by=ruth)

    assert heard(editor) == ["Ruth carried out the merge that you proposed into “Dropout”"]


def test_the_author_of_a_split_hears_of_both_terms(wished_split, editor):
    ruth = make_user("Chief editors", username="Ruth")

    merging.approve_proposal(propose(wished_split, editor).pk, by=ruth)

    assert heard(editor) == [
        "Ruth carried out the split that you proposed of “Dropout (training)”",
        "Ruth approved your proposal for “Drop-out (of students)”",
    ]


def test_who_merges_at_once_hears_nothing_of_it(kept, absorbed, chief):
    wish = {"kept_id": kept.pk, "absorbed_ids": [absorbed.pk]}

    merging.merge(**wish, content={}, token=merging.preview(**wish, by=chief).token, by=chief)

    assert not Notification.objects.filter(topic=Notification.Topic.OWN_DECIDED, event__by=chief).exists()


def test_authors_hear_when_a_merge_closes_their_text_and_when_it_is_open_again(kept, absorbed, contributor):
    ruth = make_user("Chief editors", username="Ruth")
    propose_change(absorbed, by=contributor, definition="Another text.")
    wish = {"kept_id": kept.pk, "absorbed_ids": [absorbed.pk]}
    operation = merging.merge(**wish, content={}, token=merging.preview(**wish, by=ruth).token, by=ruth)
    merging.undo(operation.pk, token=merging.undo_preview(operation.pk, by=ruth).token, by=ruth)

    assert heard(contributor) == [
        "Ruth closed your proposal for “Dilution”",
        "Ruth opened again your proposal for “Dilution”",
    ]


def test_who_may_not_see_drafts_sees_no_proposals(editor, contributor):
    one, two = make_draft("One"), make_draft("Two")
    propose({"kept": one.term.public_id, "absorbed": [two.term.public_id]}, editor)

    assert list(merging.visible_proposals(contributor)) == []
    with pytest.raises(NotAllowed):
        merging.preview_of(MergeProposal.objects.get(), contributor)


def test_one_with_the_right_to_merge_only_cannot_review(wish, editor):
    merger = make_user("Editors")
    merger.user_permissions.add(Permission.objects.get(codename="merge_term"))

    with pytest.raises(NotAllowed):
        merging.approve_proposal(propose(wish, editor).pk, by=merger)
