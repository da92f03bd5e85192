"""What becomes of a proposal between sending and deciding: asked for, answered, brought up to date."""

from datetime import date, timedelta

import pytest
from builders import make_draft, make_term, make_user, propose_change
from django.utils import timezone

from terms import discussion, workflow
from terms.errors import InvalidContent, NotAllowed, OwnWork, StaleEdit, WrongState
from terms.models import Event, Revision

pytestmark = pytest.mark.django_db


def fresh(revision):
    return Revision.objects.get(pk=revision.pk)


@pytest.fixture
def term():
    return make_term(definition="One two three four.", tags=["old"])


@pytest.fixture
def proposal(term, editor):
    return propose_change(term, by=editor, definition="One two three FOUR.", comment="Louder.")


# --- Asking for changes --------------------------------------------------------------------------


def test_asking_for_changes_sends_the_text_back_with_a_thread(proposal, reviewer):
    workflow.request_changes(revision_id=proposal.pk, by=reviewer, reason="Why so loud?")

    assert fresh(proposal).state == "changes_requested"
    [thread] = discussion.threads([proposal])
    assert (thread.head.asks_for_changes, thread.head.text, thread.head.author) == (
        True,
        "Why so loud?",
        reviewer,
    )
    assert Event.objects.get(kind=Event.Kind.CHANGES_REQUESTED).note == "Why so loud?"


def test_asking_for_changes_needs_words(proposal, reviewer):
    with pytest.raises(InvalidContent, match="say what should change"):
        workflow.request_changes(revision_id=proposal.pk, by=reviewer, reason="  ")
    assert fresh(proposal).state == "proposed"


def test_authors_and_editors_ask_for_no_changes(proposal, editor, term):
    own = propose_change(term, by=make_user("Reviewers"), tags=["new"])

    with pytest.raises(NotAllowed, match="no right"):
        workflow.request_changes(revision_id=proposal.pk, by=editor, reason="Hm.")
    with pytest.raises(OwnWork):
        workflow.request_changes(revision_id=own.pk, by=own.author, reason="Hm.")


def test_a_text_that_was_sent_back_is_not_approved(proposal, reviewer):
    workflow.request_changes(revision_id=proposal.pk, by=reviewer, reason="Why?")

    with pytest.raises(WrongState, match="changes requested"):
        workflow.approve(revision_id=proposal.pk, by=reviewer)


def test_an_answer_puts_the_text_back_into_the_queue(proposal, editor, reviewer):
    workflow.request_changes(revision_id=proposal.pk, by=reviewer, reason="Why?")

    workflow.resubmit(revision_id=proposal.pk, by=editor, answer="The source shouts, too.")

    assert fresh(proposal).state == "proposed"
    [thread] = discussion.threads([proposal])
    assert [answer.text for answer in thread.answers] == ["The source shouts, too."]


def test_an_answer_needs_words_and_a_request(proposal, editor, reviewer):
    with pytest.raises(WrongState, match="is proposed"):
        workflow.resubmit(revision_id=proposal.pk, by=editor, answer="So.")
    workflow.request_changes(revision_id=proposal.pk, by=reviewer, reason="Why?")

    with pytest.raises(InvalidContent, match="say why the text stays"):
        workflow.resubmit(revision_id=proposal.pk, by=editor, answer=" ")


def test_contributors_answer_for_their_own_text_only(contributor, reviewer):
    own = workflow.propose(content={"name": "Loss", "definition": "A loss."}, by=contributor)
    other = workflow.propose(content={"name": "Gain", "definition": "A gain."}, by=make_user("Contributors"))
    for revision in (own, other):
        workflow.request_changes(revision_id=revision.pk, by=reviewer, reason="Why?")

    workflow.resubmit(revision_id=own.pk, by=contributor, answer="Because.")

    with pytest.raises(NotAllowed, match="somebody else's"):
        workflow.resubmit(revision_id=other.pk, by=contributor, answer="Because.")


def test_a_new_text_answers_a_request_and_keeps_the_discussion_in_view(proposal, editor, reviewer):
    workflow.request_changes(revision_id=proposal.pk, by=reviewer, reason="Why?")

    newer = workflow.propose(
        term_id=proposal.term_id,
        based_on=proposal.number,
        content={"definition": "One two three four!"},
        by=editor,
    )

    assert (fresh(proposal).state, newer.state) == ("superseded", "proposed")
    assert len(discussion.threads(newer.line)) == 1


# --- Assigning -----------------------------------------------------------------------------------


def test_a_proposal_is_assigned_until_a_day_and_taken_back(proposal, editor, reviewer):
    workflow.assign(revision_id=proposal.pk, by=editor, to=reviewer, due_on=date(2090, 5, 1))
    assert (fresh(proposal).assignee, fresh(proposal).due_on) == (reviewer, date(2090, 5, 1))

    workflow.assign(revision_id=proposal.pk, by=editor, to=None)
    assert (fresh(proposal).assignee, fresh(proposal).due_on) == (None, None)
    assert Event.objects.filter(kind=Event.Kind.ASSIGNED).count() == 2


def test_a_day_that_is_over_is_refused_but_may_stay(proposal, editor, reviewer):
    yesterday = timezone.localdate() - timedelta(days=1)

    with pytest.raises(InvalidContent, match=f"Due: {yesterday} is over. Choose today or later."):
        workflow.assign(revision_id=proposal.pk, by=editor, to=reviewer, due_on=yesterday)

    workflow.assign(revision_id=proposal.pk, by=editor, to=None, due_on=timezone.localdate())
    Revision.objects.filter(pk=proposal.pk).update(due_on=yesterday)
    workflow.assign(revision_id=proposal.pk, by=editor, to=reviewer, due_on=yesterday)
    assert fresh(proposal).assignee == reviewer


def test_assigning_the_same_again_leaves_no_line_in_the_log(proposal, editor, reviewer):
    for _ in range(2):
        workflow.assign(revision_id=proposal.pk, by=editor, to=reviewer)

    assert Event.objects.filter(kind=Event.Kind.ASSIGNED).count() == 1


def test_nobody_is_assigned_who_could_not_see_it(proposal, editor):
    gone = make_user("Reviewers", is_active=False)

    for nobody in (make_user("Contributors"), make_user(), gone):
        with pytest.raises(InvalidContent, match="may not see proposals"):
            workflow.assign(revision_id=proposal.pk, by=editor, to=nobody)


def test_contributors_assign_nobody_and_decided_texts_are_not_assigned(proposal, reviewer, contributor):
    with pytest.raises(NotAllowed):
        workflow.assign(revision_id=proposal.pk, by=contributor, to=reviewer)
    workflow.reject(revision_id=proposal.pk, by=reviewer, reason="No.")

    with pytest.raises(WrongState, match="is rejected"):
        workflow.assign(revision_id=proposal.pk, by=reviewer, to=reviewer)


def test_a_correction_takes_the_assignment_over(proposal, editor, reviewer):
    workflow.assign(revision_id=proposal.pk, by=editor, to=reviewer, due_on=date(2090, 5, 1))

    newer = workflow.propose(
        term_id=proposal.term_id, based_on=proposal.number, content={"tags": ["new"]}, by=editor
    )

    assert (newer.assignee, newer.due_on) == (reviewer, date(2090, 5, 1))


# --- Bringing up to date -------------------------------------------------------------------------


def publish(term, **content):
    revision = propose_change(term, **content)
    return workflow.approve(revision_id=revision.pk, by=make_user("Reviewers"))


def test_a_text_is_brought_up_to_date_word_by_word(term, proposal, editor, reviewer):
    publish(term, definition="ONE two three four.", tags=["old", "new"])

    newer = workflow.bring_up_to_date(revision_id=proposal.pk, by=reviewer)

    assert newer.content["definition"] == "ONE two three FOUR."
    assert newer.content["tags"] == ["new", "old"]
    assert (newer.author, newer.comment, newer.state) == (editor, "Louder.", "proposed")
    assert (newer.based_on.number, newer.supersedes, fresh(proposal).state) == (3, proposal, "superseded")
    assert Event.objects.get(kind=Event.Kind.BROUGHT_UP_TO_DATE).by == reviewer


def test_who_pressed_the_button_may_still_decide_and_the_author_may_not(term, proposal, reviewer):
    publish(term, definition="ONE two three four.")
    newer = workflow.bring_up_to_date(revision_id=proposal.pk, by=reviewer)
    author = proposal.author
    author.groups.set(reviewer.groups.all())

    with pytest.raises(OwnWork):
        workflow.approve(revision_id=newer.pk, by=type(author).objects.get(pk=author.pk))
    assert workflow.approve(revision_id=newer.pk, by=reviewer).definition == "ONE two three FOUR."


def test_where_both_changed_the_same_words_a_person_has_to_choose(term, proposal, reviewer):
    publish(term, definition="One two three vier.")

    with pytest.raises(StaleEdit, match="Changed on both sides: Definition") as refusal:
        workflow.bring_up_to_date(revision_id=proposal.pk, by=reviewer)

    assert refusal.value.conflict["local"]["definition"] == "One two three FOUR."
    assert refusal.value.conflict["current"]["definition"] == "One two three vier."
    assert fresh(proposal).state == "proposed"


def test_a_text_that_is_up_to_date_or_published_already_is_left_alone(term, proposal, reviewer):
    with pytest.raises(WrongState, match="is up to date"):
        workflow.bring_up_to_date(revision_id=proposal.pk, by=reviewer)
    publish(term, definition="One two three FOUR.")

    with pytest.raises(WrongState, match="is published already"):
        workflow.bring_up_to_date(revision_id=proposal.pk, by=reviewer)


def test_a_sent_back_text_stays_sent_back_when_brought_up_to_date(term, proposal, reviewer):
    workflow.request_changes(revision_id=proposal.pk, by=reviewer, reason="Why?")
    publish(term, tags=["new"])

    newer = workflow.bring_up_to_date(revision_id=proposal.pk, by=reviewer)

    assert newer.state == "changes_requested"


def test_a_text_written_against_the_live_one_takes_the_place_of_an_overtaken_one(term, proposal, editor):
    live = publish(term, definition="One two three vier.").live_revision

    newer = workflow.propose(
        term_id=term.pk,
        based_on=live.number,
        replaces=proposal.number,
        content={"definition": "One two three VIER."},
        by=editor,
    )

    assert (newer.supersedes, newer.based_on, newer.comment) == (proposal, live, "Louder.")
    assert fresh(proposal).state == "superseded"


def test_a_decided_text_is_not_replaced(term, proposal, editor, reviewer):
    workflow.reject(revision_id=proposal.pk, by=reviewer, reason="No.")

    with pytest.raises(WrongState, match="is rejected already"):
        workflow.propose(
            term_id=term.pk, based_on=1, replaces=proposal.number, content={"tags": ["x"]}, by=editor
        )


def test_contributors_replace_no_text_of_others(term, proposal, contributor):
    live = publish(term, tags=["new"]).live_revision

    with pytest.raises(NotAllowed, match="somebody else's"):
        workflow.propose(
            term_id=term.pk,
            based_on=live.number,
            replaces=proposal.number,
            content={"tags": ["x"]},
            by=contributor,
        )


def test_two_texts_cannot_take_the_place_of_one(term, proposal, editor):
    live = publish(term, tags=["new"]).live_revision
    wish = {"term_id": term.pk, "based_on": live.number, "replaces": proposal.number, "by": editor}
    workflow.propose(**wish, content={"tags": ["x"]})

    with pytest.raises(StaleEdit, match="replaced revision"):
        workflow.propose(**wish, content={"tags": ["y"]})


def test_a_proposal_that_changes_no_word_is_not_published(term, proposal, editor, reviewer):
    same = workflow.propose(
        term_id=term.pk,
        based_on=proposal.number,
        content={"definition": "One two three four."},
        by=editor,
    )

    with pytest.raises(WrongState, match="changes no word"):
        workflow.approve(revision_id=same.pk, by=reviewer)


def test_drafts_of_a_term_that_was_never_public_are_always_up_to_date(editor):
    draft = make_draft(by=editor)

    with pytest.raises(WrongState, match="was never published"):
        workflow.bring_up_to_date(revision_id=draft.pk, by=editor)


def test_a_text_that_is_up_to_date_is_corrected_not_replaced(term, proposal, editor):
    with pytest.raises(WrongState, match="Correct it instead"):
        workflow.propose(
            term_id=term.pk, based_on=1, replaces=proposal.number, content={"tags": ["x"]}, by=editor
        )


def test_a_draft_that_was_put_away_is_assigned_to_nobody(editor, reviewer):
    draft = make_draft(by=editor)
    workflow.discard_draft(term_id=draft.term_id, by=editor)

    with pytest.raises(WrongState, match="is removed"):
        workflow.assign(revision_id=draft.pk, by=editor, to=reviewer)


def test_a_remark_alone_can_be_proposed_and_is_not_published(term, contributor, reviewer):
    remark = workflow.propose(
        term_id=term.pk, based_on=1, content={}, by=contributor, comment="The sum is wrong."
    )

    assert remark.content == term.live_revision.content
    with pytest.raises(WrongState, match="changes no word"):
        workflow.approve(revision_id=remark.pk, by=reviewer)


def test_nothing_at_all_cannot_be_proposed(term, contributor):
    with pytest.raises(InvalidContent, match="Nothing was changed"):
        workflow.propose(term_id=term.pk, based_on=1, content={}, by=contributor)
