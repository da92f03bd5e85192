"""Threads on a text: who may speak, answer and resolve, and that nothing said is ever lost."""

import pytest
from builders import make_draft, make_term, make_user, propose_change
from django.db import IntegrityError, transaction

from terms import discussion, workflow
from terms.errors import InvalidContent, NotAllowed, WrongState
from terms.models import AppendOnly, Comment, Event, Revision

pytestmark = pytest.mark.django_db


@pytest.fixture
def proposal(editor):
    return propose_change(make_term(), by=editor, definition="Another text.")


def test_a_comment_is_kept_with_its_field_and_stands_in_the_log(proposal, reviewer):
    said = discussion.comment(
        revision_id=proposal.pk, by=reviewer, text=" Where is this from? ", field="sources"
    )

    assert (said.text, said.field, said.author, said.author_name) == (
        "Where is this from?",
        "sources",
        reviewer,
        reviewer.username,
    )
    event = Event.objects.get(kind=Event.Kind.COMMENTED)
    assert (event.by, event.revision, event.note) == (reviewer, proposal, "Where is this from?")


def test_an_answer_hangs_on_its_thread(proposal, editor, reviewer):
    head = discussion.comment(revision_id=proposal.pk, by=reviewer, text="Why?")

    answer = discussion.comment(revision_id=proposal.pk, by=editor, text="Because.", thread_id=head.pk)

    [thread] = discussion.threads([proposal])
    assert (thread.head, thread.answers, thread.is_open) == (head, (answer,), True)


def test_what_was_said_of_a_text_is_read_and_answered_on_its_correction(proposal, editor, reviewer):
    head = discussion.comment(revision_id=proposal.pk, by=reviewer, text="Why?")
    newer = workflow.propose(
        term_id=proposal.term_id,
        based_on=proposal.number,
        content={"definition": "A third text."},
        by=editor,
    )

    discussion.comment(revision_id=newer.pk, by=editor, text="Mended.", thread_id=head.pk)

    [thread] = discussion.threads(newer.line)
    assert [comment.revision_id for comment in (thread.head, *thread.answers)] == [proposal.pk, newer.pk]


def test_an_answer_to_a_discussion_on_another_text_is_refused(proposal, reviewer):
    elsewhere = propose_change(make_term("Loss"), definition="Other.")
    head = discussion.comment(revision_id=elsewhere.pk, by=reviewer, text="Why?")

    with pytest.raises(WrongState, match="no such discussion on this text"):
        discussion.comment(revision_id=proposal.pk, by=reviewer, text="Here.", thread_id=head.pk)


def test_contributors_speak_on_their_own_text_and_on_no_other(proposal, contributor):
    own = workflow.propose(content={"name": "Loss", "definition": "A loss."}, by=contributor)

    discussion.comment(revision_id=own.pk, by=contributor, text="I am not sure.")

    with pytest.raises(NotAllowed, match="may not read this text"):
        discussion.comment(revision_id=proposal.pk, by=contributor, text="Hm.")
    assert discussion.threads([proposal]) == []


def test_readers_and_deactivated_accounts_do_not_speak(proposal, editor):
    reader = make_user()
    editor.is_active = False

    for nobody in (reader, editor):
        with pytest.raises(NotAllowed):
            discussion.comment(revision_id=proposal.pk, by=nobody, text="Hm.")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "write something first"),
        (" \r\n ", "write something first"),
        ("x" * 2001, "2,001 characters are too many"),
        ("a\0b", "without control characters"),
        (None, "without control characters"),
    ],
)
def test_a_comment_that_says_nothing_or_too_much_is_refused(proposal, reviewer, text, sentence):
    with pytest.raises(InvalidContent, match=sentence):
        discussion.comment(revision_id=proposal.pk, by=reviewer, text=text)


def test_a_comment_on_a_field_that_is_not_there_is_refused(proposal, reviewer):
    with pytest.raises(InvalidContent, match="no field “colour”"):
        discussion.comment(revision_id=proposal.pk, by=reviewer, text="Hm.", field="colour")


def test_a_thread_is_resolved_and_opened_again(proposal, reviewer):
    head = discussion.comment(revision_id=proposal.pk, by=reviewer, text="Why?")

    resolved = discussion.resolve(thread_id=head.pk, by=reviewer)
    assert (resolved.resolved_by, resolved.resolved_at is not None) == (reviewer, True)
    with pytest.raises(WrongState, match="resolved already"):
        discussion.resolve(thread_id=head.pk, by=reviewer)

    reopened = discussion.reopen(thread_id=head.pk, by=reviewer)
    assert (reopened.resolved_by, reopened.resolved_at) == (None, None)
    with pytest.raises(WrongState, match="is open"):
        discussion.reopen(thread_id=head.pk, by=reviewer)


def test_open_threads_come_before_resolved_ones(proposal, reviewer):
    first, second = (
        discussion.comment(revision_id=proposal.pk, by=reviewer, text=text) for text in ("One", "Two")
    )

    discussion.resolve(thread_id=first.pk, by=reviewer)

    assert [thread.head for thread in discussion.threads([proposal])] == [second, first]


def test_who_began_it_who_wrote_the_text_and_reviewers_resolve(proposal, editor, reviewer):
    other_editor, stranger = make_user("Editors"), make_user("Editors")
    for settler in (other_editor, editor, reviewer):
        head = discussion.comment(revision_id=proposal.pk, by=other_editor, text="Why?")

        with pytest.raises(NotAllowed, match="Only who began"):
            discussion.resolve(thread_id=head.pk, by=stranger)
        discussion.resolve(thread_id=head.pk, by=settler)


def test_an_answer_alone_is_not_resolved(proposal, reviewer):
    head = discussion.comment(revision_id=proposal.pk, by=reviewer, text="Why?")
    answer = discussion.comment(revision_id=proposal.pk, by=reviewer, text="So.", thread_id=head.pk)

    with pytest.raises(WrongState, match="no such discussion"):
        discussion.resolve(thread_id=answer.pk, by=reviewer)


def test_discussions_outlive_the_decision(proposal, reviewer):
    discussion.comment(revision_id=proposal.pk, by=reviewer, text="Why?")

    workflow.reject(revision_id=proposal.pk, by=reviewer, reason="No.")
    discussion.comment(revision_id=proposal.pk, by=reviewer, text="For the record.")

    assert len(discussion.threads([proposal])) == 2


def test_what_was_said_cannot_be_changed_or_deleted(proposal, reviewer):
    said = discussion.comment(revision_id=proposal.pk, by=reviewer, text="Why?")

    said.text = "Never said."
    for change in (said.save, said.delete, Comment.objects.all().delete):
        with pytest.raises(AppendOnly):
            change()


def test_the_database_refuses_a_comment_of_nobody(proposal):
    with pytest.raises(IntegrityError), transaction.atomic():
        Comment.objects.create(revision=proposal, author_name="Nobody", text="Boo.")


def test_the_database_refuses_advice_without_a_link(proposal, reviewer):
    with pytest.raises(IntegrityError), transaction.atomic():
        Comment.objects.create(
            revision=proposal, author=reviewer, author_name="R", advice="approve", text="Yes."
        )


def test_threads_take_as_many_queries_for_ten_as_for_two(reviewer, django_assert_num_queries):
    draft = make_draft()
    for number in range(10):
        head = discussion.comment(revision_id=draft.pk, by=reviewer, text=f"No. {number}")
        discussion.comment(revision_id=draft.pk, by=reviewer, text="So.", thread_id=head.pk)

    with django_assert_num_queries(2):
        threads = discussion.threads([draft])
        spoken = [(t.head.author.username, [a.author.username for a in t.answers]) for t in threads]

    assert len(spoken) == 10


def test_a_line_takes_one_query_however_long_it_is(editor, reviewer, django_assert_num_queries):
    revision = make_draft(by=reviewer)
    for number in range(5):
        revision = workflow.propose(
            term_id=revision.term_id,
            based_on=revision.number,
            content={"definition": f"{number}."},
            by=editor,
        )
    revision = Revision.objects.get(pk=revision.pk)

    with django_assert_num_queries(1):
        line = [(one.supersedes_id, one.author_id) for one in revision.line]
        writers = discussion.writers(revision)

    assert len(line) == 6
    assert line[-1] == (None, reviewer.pk)
    assert writers == {editor.pk, reviewer.pk}
