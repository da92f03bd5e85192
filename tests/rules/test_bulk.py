"""Bulk changes: shown as they will be, done as they were shown, undone as far as nobody wrote since."""

import pytest
from builders import make_draft, make_term, make_user, propose_change
from faults import fail_after_every_write

from terms import bulk, publishing, revisions, workflow
from terms.bulk import BulkChange
from terms.errors import InvalidContent, NotAllowed, OwnWork, WrongState
from terms.models import Event, Operation, Relation, Revision, Term

pytestmark = pytest.mark.django_db

TRANSFORMERS = BulkChange(add_tags=("Transformers",), remove_tags=("old",))
DEPRECATE = BulkChange(action="deprecate", reason="Out of use.", successors=("Loss",))


@pytest.fixture
def term():
    return make_term("Attention", tags=["Old", "Training"])


@pytest.fixture
def successor():
    return make_term("Loss")


def run(change, *terms, by):
    """Preview a change and carry out what the preview showed."""
    ids = [term.pk for term in terms]
    return bulk.carry_out(ids, change, bulk.preview(ids, change, by).token, by)


def outcomes(rows):
    return {row.term.name: row.outcome for row in rows}


def sentence(rows, name):
    [row] = [row for row in rows if row.term.name == name]
    return row.sentence


def fresh(term):
    return Term.objects.get(pk=term.pk)


def live_tags(term):
    return fresh(term).live_revision.content["tags"]


def approve(revision, by=None):
    return workflow.approve(revision_id=revision.pk, by=by or make_user("Reviewers"))


# --- Tags ----------------------------------------------------------------------------------------


def test_tags_of_a_published_term_are_proposed(term, editor):
    outcome = run(TRANSFORMERS, term, by=editor)

    proposal = term.revisions.get(state="proposed")
    assert outcomes(outcome.rows) == {"Attention": bulk.PROPOSAL}
    assert proposal.content["tags"] == ["training", "transformers"]
    assert proposal.comment == "Bulk change: +Transformers −old."
    assert live_tags(term) == ["old", "training"]
    assert approve(proposal).tags.filter(name="Transformers").exists()


def test_the_preview_shows_each_term_and_writes_nothing(term, editor):
    tagged = make_term("Bert", tags=["Transformers"])
    draft = make_draft("Cat")
    gone = make_term("Dog")
    workflow.remove(term_id=gone.pk, by=make_user("Chief editors"), reason="Wrong.")
    before = Revision.objects.count()

    preview = bulk.preview([gone.pk, draft.term_id, tagged.pk, term.pk], TRANSFORMERS, editor)

    assert outcomes(preview.rows) == {
        "Attention": bulk.PROPOSAL,
        "Bert": bulk.UNCHANGED,
        "Cat": bulk.DRAFT,
        "Dog": bulk.REFUSED,
    }
    assert preview.count == 2
    assert [row.term.name for row in preview.rows] == ["Attention", "Bert", "Cat", "Dog"]
    [change] = preview.rows[0].difference
    assert (change.field, change.after) == ("tags", ["training", "transformers"])
    assert sentence(preview.rows, "Dog") == "Is removed; restore it first."
    assert Revision.objects.count() == before


def test_a_new_tag_keeps_the_name_that_was_given(term, editor):
    run(BulkChange(add_tags=("Large models",)), term, by=editor)

    approve(term.revisions.get(state="proposed"))
    assert sorted(fresh(term).tags.names()) == ["Large models", "Old", "Training"]


def test_tags_of_a_draft_are_saved(editor):
    draft = make_draft("Cat", tags=["Old"])

    run(TRANSFORMERS, draft.term, by=editor)

    newest = draft.term.revisions.first()
    assert (newest.number, newest.state, newest.content["tags"]) == (2, "draft", ["transformers"])
    assert newest.content["definition"] == "What Cat is."


def test_a_proposed_new_term_is_corrected_and_four_eyes_count_who_did_it(reviewer):
    proposal = workflow.propose(content={"name": "Cat", "definition": "A pet."}, by=make_user("Editors"))

    run(TRANSFORMERS, proposal.term, by=reviewer)

    newest = proposal.term.revisions.first()
    assert (newest.state, newest.supersedes) == ("proposed", proposal)
    with pytest.raises(OwnWork):
        approve(newest, by=reviewer)


def test_nobody_approves_their_own_bulk_change(term, reviewer):
    run(TRANSFORMERS, term, by=reviewer)

    with pytest.raises(OwnWork):
        approve(term.revisions.get(state="proposed"), by=reviewer)


def test_a_text_that_was_sent_back_stays_with_its_author(editor, reviewer):
    proposal = workflow.propose(content={"name": "Cat", "definition": "A pet."}, by=editor)
    workflow.request_changes(revision_id=proposal.pk, by=reviewer, reason="Which cat?")

    outcome = run(TRANSFORMERS, proposal.term, by=make_user("Editors"))

    assert sentence(outcome.rows, "Cat").startswith("Revision 1 was sent back to its author")
    assert proposal.term.revisions.count() == 1


def test_a_draft_without_an_open_text_is_refused(editor, reviewer):
    proposal = workflow.propose(content={"name": "Cat", "definition": "A pet."}, by=editor)
    workflow.reject(revision_id=proposal.pk, by=reviewer, reason="No.")

    outcome = run(TRANSFORMERS, proposal.term, by=editor)

    assert sentence(outcome.rows, "Cat") == "No text of this draft is open; write one first."


def test_other_open_proposals_stay_and_the_same_one_is_not_made_twice(term, editor):
    other = propose_change(term, definition="Other words.")

    run(TRANSFORMERS, term, by=editor)
    again = run(TRANSFORMERS, term, by=make_user("Editors"))

    assert outcomes(again.rows) == {"Attention": bulk.REFUSED}
    assert sentence(again.rows, "Attention") == "Revision 3 wants exactly this already."
    assert Revision.objects.get(pk=other.pk).state == "proposed"
    assert term.revisions.get(number=3).content["definition"] == "What Attention is."


def test_proposals_tell_readers_nothing(term, editor):
    before = publishing.content_version()

    outcome = run(TRANSFORMERS, term, by=editor)
    bulk.undo(outcome.operation.pk, editor)

    assert publishing.content_version() == before
    assert not Event.objects.filter(kind__startswith="operation", is_public=True).exists()


# --- Status --------------------------------------------------------------------------------------


def test_terms_are_deprecated_at_once_with_reason_and_successors(term, successor, reviewer):
    other = make_term("Cat")

    outcome = run(DEPRECATE, term, other, by=reviewer)

    assert outcomes(outcome.rows) == {"Attention": bulk.NOW, "Cat": bulk.NOW}
    assert (fresh(term).status, fresh(term).deprecation_reason) == ("deprecated", "Out of use.")
    assert [row.target for row in fresh(other).relations.all()] == [successor]
    assert sentence(outcome.rows, "Cat") == "Is version 2 now."


def test_what_cannot_be_deprecated_is_told_and_stops_nothing(term, successor, reviewer):
    draft = make_draft("Cat")
    old = make_term("Dog")
    workflow.deprecate(term_id=old.pk, by=reviewer, reason="Old.")

    outcome = run(DEPRECATE, term, successor, draft.term, old, by=reviewer)

    assert outcomes(outcome.rows) == {
        "Attention": bulk.NOW,
        "Cat": bulk.REFUSED,
        "Dog": bulk.UNCHANGED,
        "Loss": bulk.REFUSED,
    }
    assert sentence(outcome.rows, "Cat") == "Is draft."
    assert sentence(outcome.rows, "Loss") == "Cannot be its own successor."
    assert outcome.operation.note == "Deprecate: 1 term, 2 refused"


def test_two_terms_that_would_replace_each_other_are_refused(reviewer):
    one, other = make_term("One"), make_term("Other")
    workflow.deprecate(term_id=other.pk, by=reviewer, reason="Old.", successors=["One"])
    change = BulkChange(action="deprecate", reason="Old.", successors=("Other",))

    preview = bulk.preview([one.pk], change, reviewer)

    assert outcomes(preview.rows) == {"One": bulk.REFUSED}
    assert "leads back to this one" in preview.rows[0].sentence


def test_terms_are_reinstated(term, successor, reviewer):
    run(DEPRECATE, term, by=reviewer)

    run(BulkChange(action="reinstate", comment="A mistake."), term, by=reviewer)

    assert fresh(term).status == "published"
    assert not fresh(term).relations.exists()
    assert fresh(term).live_revision.comment == "Bulk change: Reinstate. A mistake."


def test_what_is_refused_only_when_it_is_written_is_told_and_stops_nothing(term, editor):
    """The preview does not see everything: here a list that gets longer than a list may be."""
    full = make_draft("Cat", tags=[f"tag {number}" for number in range(500)])

    outcome = run(TRANSFORMERS, term, full.term, by=editor)

    assert outcomes(outcome.rows) == {"Attention": bulk.PROPOSAL, "Cat": bulk.REFUSED}
    assert sentence(outcome.rows, "Cat") == "Tags: give a list."
    assert full.term.revisions.count() == 1


# --- What is asked for, and by whom ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (BulkChange(), "Choose what to change"),
        (BulkChange(add_tags=("x",), action="reinstate"), "the tags or the status"),
        (BulkChange(action="remove"), "“remove” is not one of deprecate, reinstate"),
        (BulkChange(action="deprecate", reason=" "), "say why, readers will ask"),
        (BulkChange(add_tags=("Old",), remove_tags=("old",)), "cannot be added and taken out"),
        (BulkChange(add_tags=("!",)), "at least one letter or digit"),
        (BulkChange(add_tags=tuple("abcdefghijk")), "at most 10"),
        (BulkChange(add_tags=("x",), comment="y" * 501), "Remark: at most 500 characters"),
        (BulkChange(add_tags=("x",), comment="\x07"), "Remark: take out the control characters"),
        (BulkChange(action="deprecate", reason="Old.", successors=("Nowhere",)), "no term “Nowhere”"),
    ],
)
def test_a_change_that_makes_no_sense_is_refused(term, reviewer, change, said):
    with pytest.raises(InvalidContent, match=said):
        bulk.preview([term.pk], change, reviewer)


def test_nothing_chosen_and_too_much_chosen_are_refused(editor):
    with pytest.raises(InvalidContent, match="Choose at least one term"):
        bulk.preview([], TRANSFORMERS, editor)
    with pytest.raises(InvalidContent, match="501 terms are chosen; at most 500"):
        bulk.preview(range(1, 502), TRANSFORMERS, editor)


def test_editors_change_tags_and_only_reviewers_the_status(term, successor, contributor, editor):
    with pytest.raises(NotAllowed):
        bulk.preview([term.pk], TRANSFORMERS, contributor)
    with pytest.raises(NotAllowed):
        bulk.preview([term.pk], DEPRECATE, editor)
    with pytest.raises(NotAllowed):
        bulk.carry_out([term.pk], DEPRECATE, bulk.preview([term.pk], TRANSFORMERS, editor).token, editor)


def test_only_what_the_preview_showed_is_carried_out(term, editor):
    other = make_term("Cat")
    token = bulk.preview([term.pk], TRANSFORMERS, editor).token
    different = BulkChange(add_tags=("Training",))

    for ids, change, by in (
        ([term.pk, other.pk], TRANSFORMERS, editor),
        ([other.pk], TRANSFORMERS, editor),
        ([term.pk], different, editor),
        ([term.pk], TRANSFORMERS, make_user("Editors")),
    ):
        with pytest.raises(WrongState, match="not what the preview showed"):
            bulk.carry_out(ids, change, token, by)
    with pytest.raises(WrongState, match="not what the preview showed"):
        bulk.carry_out([term.pk], TRANSFORMERS, token[:-1], editor)


def test_a_term_that_changed_since_the_preview_is_left_out(term, editor):
    other = make_term("Cat")
    ids = [term.pk, other.pk]
    token = bulk.preview(ids, TRANSFORMERS, editor).token
    approve(propose_change(term, definition="Other words."))

    outcome = bulk.carry_out(ids, TRANSFORMERS, token, editor)

    assert outcomes(outcome.rows) == {"Attention": bulk.REFUSED, "Cat": bulk.PROPOSAL}
    assert sentence(outcome.rows, "Attention") == "Changed since the preview; look again."


def test_carrying_out_twice_makes_nothing_twice(term, editor):
    token = bulk.preview([term.pk], TRANSFORMERS, editor).token
    bulk.carry_out([term.pk], TRANSFORMERS, token, editor)

    again = bulk.carry_out([term.pk], TRANSFORMERS, token, editor)

    assert again.operation is None
    assert (term.revisions.count(), Operation.objects.count()) == (2, 1)


def test_the_log_has_one_line_for_the_whole(term, editor):
    other = make_term("Cat", tags=["Old"])

    outcome = run(TRANSFORMERS, term, other, by=editor)

    event = Event.objects.get(kind=Event.Kind.BULK_CHANGED)
    assert (event.by, event.note) == (editor, "+Transformers −old: 2 terms")
    assert [row.term.name for row in bulk.rows_of(outcome.operation, editor)] == ["Attention", "Cat"]


# --- Undo ------------------------------------------------------------------------------------------


def test_undo_withdraws_what_still_waits(term, editor):
    operation = run(TRANSFORMERS, term, by=editor).operation

    preview = bulk.undo_preview(operation.pk, editor)
    outcome = bulk.undo(operation.pk, editor)

    assert outcomes(preview) == outcomes(outcome.rows) == {"Attention": bulk.TAKEN_BACK}
    assert term.revisions.get(number=2).state == "withdrawn"
    operation.refresh_from_db()
    assert operation.undone_by == editor
    assert Event.objects.get(kind=Event.Kind.BULK_UNDONE).note == "1 of 1 term. +Transformers −old: 1 term"
    assert sentence(bulk.rows_of(operation, editor, undone=True), "Attention") == "Revision 2 is withdrawn."


def test_a_reviewer_undoes_the_change_of_somebody_else_by_rejecting(term, editor, reviewer):
    operation = run(TRANSFORMERS, term, by=editor).operation

    bulk.undo(operation.pk, reviewer)

    rejected = term.revisions.get(number=2)
    assert (rejected.state, rejected.reviewer) == ("rejected", reviewer)
    assert rejected.decision_reason.startswith("Bulk change of ")


def test_another_editor_undoes_nothing(term, editor):
    operation = run(TRANSFORMERS, term, by=editor).operation

    with pytest.raises(NotAllowed, match="whoever made this change, or a reviewer"):
        bulk.undo(operation.pk, make_user("Editors"))


def test_undo_twice_is_refused(term, editor):
    operation = run(TRANSFORMERS, term, by=editor).operation
    bulk.undo(operation.pk, editor)

    with pytest.raises(WrongState, match=f"was undone on .* by {editor} already"):
        bulk.undo(operation.pk, editor)


def test_there_is_no_undo_of_what_is_no_bulk_change(editor):
    with pytest.raises(WrongState, match="no such bulk change"):
        bulk.undo(0, editor)


def test_tags_that_are_approved_by_now_are_proposed_back_and_later_edits_stay(term, editor):
    operation = run(TRANSFORMERS, term, by=editor).operation
    approve(term.revisions.get(number=2))
    approve(propose_change(fresh(term), definition="Better words."))

    outcome = bulk.undo(operation.pk, editor)

    back = term.revisions.first()
    assert outcomes(outcome.rows) == {"Attention": bulk.PROPOSAL}
    assert (back.state, back.content["tags"]) == ("proposed", ["old", "training"])
    assert back.content["definition"] == "Better words."
    assert live_tags(term) == ["training", "transformers"]


def test_tags_that_were_changed_since_stay_and_are_told(term, editor):
    other = make_term("Cat")
    operation = run(TRANSFORMERS, term, other, by=editor).operation
    approve(term.revisions.get(number=2))
    approve(propose_change(fresh(term), tags=["Transformers"]))

    outcome = bulk.undo(operation.pk, editor)

    assert outcomes(outcome.rows) == {"Attention": bulk.REFUSED, "Cat": bulk.TAKEN_BACK}
    assert sentence(outcome.rows, "Attention") == "Its tags were changed since; they stay."


def test_a_proposal_that_was_brought_up_to_date_is_taken_back(term, editor):
    operation = run(TRANSFORMERS, term, by=editor).operation
    approve(propose_change(term, definition="Better words."))
    newer = workflow.bring_up_to_date(revision_id=term.revisions.get(number=2).pk, by=editor)

    bulk.undo(operation.pk, editor)

    newer.refresh_from_db()
    assert newer.state == "withdrawn"


def test_a_proposal_that_somebody_wrote_on_stays(term, editor):
    operation = run(TRANSFORMERS, term, by=editor).operation
    workflow.propose(
        term_id=term.pk, based_on=2, content={"definition": "Better words."}, by=make_user("Editors")
    )

    with pytest.raises(WrongState, match="Nothing of this change is left to undo"):
        bulk.undo(operation.pk, editor)

    [row] = bulk.undo_preview(operation.pk, editor)
    assert row.sentence == "Revision 3 took it up and wants more; decide on that one."
    assert term.revisions.first().state == "proposed"


def test_a_proposal_that_was_rejected_needs_no_undo(term, editor, reviewer):
    operation = run(TRANSFORMERS, term, by=editor).operation
    workflow.reject(revision_id=term.revisions.get(number=2).pk, by=reviewer, reason="No.")

    [row] = bulk.undo_preview(operation.pk, editor)

    assert (row.outcome, row.sentence) == (bulk.UNCHANGED, "Revision 2 is rejected already.")


def test_undo_writes_the_tags_of_a_draft_back_and_keeps_what_was_written_since(editor):
    draft = make_draft("Cat", tags=["Old"])
    operation = run(TRANSFORMERS, draft.term, by=editor).operation
    workflow.save_draft(term_id=draft.term_id, based_on=2, content={"definition": "A pet."}, by=editor)

    bulk.undo(operation.pk, editor)

    newest = draft.term.revisions.first()
    assert (newest.number, newest.state) == (4, "draft")
    assert (newest.content["tags"], newest.content["definition"]) == (["old"], "A pet.")


def test_undo_of_a_draft_that_is_public_by_now_is_a_proposal(editor):
    draft = make_draft("Cat", tags=["Old"])
    operation = run(TRANSFORMERS, draft.term, by=editor).operation
    approve(workflow.propose(term_id=draft.term_id, based_on=2, content={}, by=editor))

    outcome = bulk.undo(operation.pk, editor)

    assert outcomes(outcome.rows) == {"Cat": bulk.PROPOSAL}
    assert draft.term.revisions.first().content["tags"] == ["old"]


def test_undo_of_an_untouched_deprecation_leaves_the_content_exactly_as_it_was(successor, reviewer):
    other = make_term("Cat")
    term = make_term(
        "Attention",
        tags=["Old"],
        relations=[
            {"kind": "replaced_by", "target": other.public_id},
            {"kind": "related", "target": successor.public_id},
        ],
    )
    before = revisions.snapshot(term)
    operation = run(DEPRECATE, term, by=reviewer).operation
    assert revisions.snapshot(fresh(term)) != before

    outcome = bulk.undo(operation.pk, reviewer)

    assert outcomes(outcome.rows) == {"Attention": bulk.NOW}
    assert revisions.snapshot(fresh(term)) == before
    assert fresh(term).live_revision.content == term.live_revision.content
    assert fresh(term).live_revision.comment.endswith("undone.")


def test_undo_of_a_reinstatement_brings_reason_and_successors_back(term, successor, reviewer):
    run(DEPRECATE, term, by=reviewer)
    before = revisions.snapshot(fresh(term))
    operation = run(BulkChange(action="reinstate"), term, by=reviewer).operation

    bulk.undo(operation.pk, reviewer)

    assert revisions.snapshot(fresh(term)) == before
    assert fresh(term).relations.get().kind == Relation.Kind.REPLACED_BY


def test_undo_of_a_deprecation_keeps_later_words(term, successor, reviewer):
    operation = run(DEPRECATE, term, by=reviewer).operation
    approve(propose_change(fresh(term), definition="Better words."))

    bulk.undo(operation.pk, make_user("Reviewers"))

    assert (fresh(term).status, fresh(term).definition) == ("published", "Better words.")


def test_a_deprecation_whose_reason_was_changed_stays(term, successor, reviewer):
    other = make_term("Cat")
    operation = run(DEPRECATE, term, other, by=reviewer).operation
    approve(propose_change(fresh(term), deprecation_reason="Quite another one."))

    outcome = bulk.undo(operation.pk, reviewer)

    assert outcomes(outcome.rows) == {"Attention": bulk.REFUSED, "Cat": bulk.NOW}
    assert "were changed since; they stay" in sentence(outcome.rows, "Attention")
    assert fresh(term).deprecation_reason == "Quite another one."


def test_a_deprecated_term_that_was_removed_since_stays_removed(term, successor, reviewer, chief):
    operation = run(DEPRECATE, term, by=reviewer).operation
    workflow.remove(term_id=term.pk, by=chief, reason="Wrong.")

    [row] = bulk.undo_preview(operation.pk, reviewer)

    assert (row.outcome, row.sentence) == (bulk.REFUSED, "Is removed; it stays as it is.")


def test_editors_undo_no_decision_of_reviewers(term, successor, reviewer, editor):
    operation = run(DEPRECATE, term, by=reviewer).operation

    assert not bulk.may_undo(operation, editor)
    with pytest.raises(NotAllowed):
        bulk.undo(operation.pk, editor)


def test_nothing_but_the_succession_is_set_back_by_one_person(term, reviewer):
    other = make_term("Cat")
    approve(
        propose_change(
            term,
            status="deprecated",
            deprecation_reason="Old.",
            relations=[{"kind": "related", "target": other.public_id}],
        )
    )

    with pytest.raises(WrongState, match="Revision 2 did not only deprecate"):
        workflow.set_back(term_id=term.pk, by=reviewer, before=1, after=2)


# --- Failures --------------------------------------------------------------------------------------


def test_a_bulk_change_of_tags_and_its_undo_happen_as_a_whole(term, editor):
    terms = [term, make_draft("Cat").term, make_term("Dog")]
    ids = [one.pk for one in terms]
    token = bulk.preview(ids, TRANSFORMERS, editor).token
    approved = terms[2]

    outcome = fail_after_every_write(lambda: bulk.carry_out(ids, TRANSFORMERS, token, editor), at_least=11)
    approve(approved.revisions.get(number=2))
    undone = fail_after_every_write(lambda: bulk.undo(outcome.operation.pk, editor), at_least=8)

    assert (outcome.count, undone.count) == (3, 3)


def test_a_bulk_change_of_the_status_and_its_undo_happen_as_a_whole(term, successor, reviewer):
    ids = [term.pk, make_term("Cat").pk]
    token = bulk.preview(ids, DEPRECATE, reviewer).token

    outcome = fail_after_every_write(lambda: bulk.carry_out(ids, DEPRECATE, token, reviewer), at_least=18)
    undone = fail_after_every_write(lambda: bulk.undo(outcome.operation.pk, reviewer), at_least=18)

    assert (outcome.count, undone.count) == (2, 2)
    assert fresh(term).status == "published"
