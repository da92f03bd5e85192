"""Readers without an account: what they send in waits in the queue, and what they hear of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from builders import make_draft, make_term, make_user, propose_change
from django.contrib.auth import authenticate, get_user_model
from django.test import Client
from django.utils import timezone

from terms import discussion, people, workflow
from terms.errors import InvalidContent, NotAllowed, StaleEdit, TooMany, WrongState
from terms.models import Comment, Revision, Suggestion, Term

pytestmark = pytest.mark.django_db

ADA = workflow.Sender("Ada", "ada@example.org", "a" * 64)
HIDDEN = {"text": "drop-ot", "kind": "hidden", "status": "admitted", "language": "", "note": ""}


def suggest(term=None, *, sender=ADA, remark="", version=None, **content):
    where = {"term_id": term.pk, "version": version or term.version} if term else {}
    return workflow.suggest(content=content, sender=sender, remark=remark, **where)


def approve(term, **content):
    """Publish another text of the term."""
    revision = propose_change(term, **content)
    return workflow.approve(revision_id=revision.pk, by=make_user("Reviewers"))


def events_of(suggestion):
    return list(suggestion.revision.events.order_by("pk").values_list("kind", "by", "by_name"))


# --- A change ------------------------------------------------------------------------------------


def test_a_change_waits_as_a_proposal_and_readers_see_nothing_of_it():
    term = make_term("Dropout", short_definition="Old.")

    suggestion = suggest(term, short_definition="New.", remark="It was wrong.")

    revision = suggestion.revision
    assert (revision.state, revision.based_on) == ("proposed", term.live_revision)
    assert revision.content == {**term.live_revision.content, "short_definition": "New."}
    assert (revision.comment, revision.author.username) == ("It was wrong.", workflow.READER)
    assert (suggestion.sender_name, suggestion.email) == ("Ada", "ada@example.org")
    assert events_of(suggestion) == [("revision.suggested", None, "Ada")]
    term.refresh_from_db()
    assert (term.version, term.short_definition) == (1, "Old.")


def test_a_reviewer_approves_a_suggestion(reviewer):
    term = make_term("Dropout")
    suggestion = suggest(term, short_definition="New.")

    workflow.approve(revision_id=suggestion.revision.pk, by=reviewer)

    term.refresh_from_db()
    assert (term.version, term.short_definition) == (2, "New.")
    assert workflow.standing(suggestion).state == "approved"
    assert workflow.standing(suggestion).version == 2


def test_a_remark_alone_is_a_suggestion():
    term = make_term("Dropout")

    suggestion = suggest(term, remark="The second sentence is wrong.")

    assert suggestion.revision.content == term.live_revision.content


def test_neither_a_change_nor_a_remark_is_nothing():
    term = make_term("Dropout")

    with pytest.raises(InvalidContent, match="Change the text, or say what is wrong with it"):
        suggest(term)

    assert not Suggestion.objects.exists()


def test_what_was_published_meanwhile_is_carried_over():
    term = make_term("Dropout", short_definition="Short.", definition="Long.")
    approve(term, definition="Longer.")

    suggestion = suggest(term, version=1, short_definition="Shorter.")

    content = suggestion.revision.content
    assert (content["short_definition"], content["definition"]) == ("Shorter.", "Longer.")
    assert suggestion.revision.based_on.version == 2


def test_a_collision_is_refused_with_all_three_texts():
    term = make_term("Dropout", definition="Long.")
    approve(term, definition="Theirs.")

    with pytest.raises(StaleEdit, match="changed while you were writing") as refusal:
        suggest(term, version=1, definition="Mine.")

    sides = refusal.value.conflict
    texts = [sides[side]["definition"] for side in ("base", "current", "local")]
    assert texts == ["Long.", "Theirs.", "Mine."]
    assert not Suggestion.objects.exists()


def test_hidden_names_survive_a_change_of_the_names():
    term = make_term("Dropout", aliases=[HIDDEN, "DO"])

    suggestion = suggest(term, aliases=["DO", "Drop-out layer"])

    assert [alias["text"] for alias in suggestion.revision.content["aliases"]] == [
        "DO",
        "Drop-out layer",
        "drop-ot",
    ]


def test_a_hidden_name_that_a_reader_gives_is_not_kept_twice_and_can_be_published(reviewer):
    term = make_term("Dropout", aliases=[HIDDEN])

    suggestion = suggest(term, aliases=["Drop-ot"])

    assert [(a["text"], a["kind"]) for a in suggestion.revision.content["aliases"]] == [
        ("Drop-ot", "synonym")
    ]
    workflow.approve(revision_id=suggestion.revision.pk, by=reviewer)


@pytest.mark.parametrize("field", ["tags", "status", "notes", "slug", "relations", "review_by", "qualifier"])
def test_only_the_text_can_be_suggested(field):
    term = make_term("Dropout")

    with pytest.raises(InvalidContent, match=f"“{field}” cannot be suggested"):
        suggest(term, **{field: "x"})


def test_a_version_that_was_never_published_is_refused():
    term = make_term("Dropout")
    propose_change(term, definition="A draft.")

    with pytest.raises(WrongState, match="“Dropout” has no version 2"):
        suggest(term, version=2, definition="x")


def test_a_term_that_left_the_site_takes_no_suggestion(chief):
    term = make_term("Dropout")
    workflow.remove(term_id=term.pk, by=chief, reason="Wrong.")

    with pytest.raises(WrongState, match="not on the site any more"):
        suggest(term, version=1, definition="x")


# --- A new term ----------------------------------------------------------------------------------


def test_a_new_term_is_a_draft_until_it_is_approved(reviewer):
    suggestion = suggest(name="Weight tying", definition="One matrix for two.")

    term = suggestion.revision.term
    assert (term.status, term.slug, term.version) == ("draft", None, 0)
    workflow.approve(revision_id=suggestion.revision.pk, by=reviewer)
    term.refresh_from_db()
    assert (term.status, term.slug) == ("published", "weight-tying")


def test_a_new_term_needs_a_name():
    with pytest.raises(InvalidContent, match="a term needs a name"):
        suggest(definition="Something.")

    assert not Term.objects.exists()


def test_a_word_counts_as_suggested_while_it_waits(reviewer):
    suggestion = suggest(name="Weight tying")

    assert workflow.is_suggested("weight  Tying")
    workflow.reject(revision_id=suggestion.revision.pk, by=reviewer, reason="Known already.")
    assert not workflow.is_suggested("Weight tying")


def test_a_draft_of_an_editor_does_not_count_as_suggested(editor):
    make_draft("Weight tying")
    workflow.propose(content={"name": "Weight tying"}, by=editor)

    assert not workflow.is_suggested("Weight tying")


def test_what_an_editor_made_of_a_suggestion_does_not_count_either(editor):
    suggestion = suggest(name="Weight tying")

    workflow.save_draft(
        term_id=suggestion.revision.term_id, based_on=1, content={"name": "Secret word"}, by=editor
    )

    assert not workflow.is_suggested("Secret word")


# --- Who sends -----------------------------------------------------------------------------------


def test_nobody_can_log_in_as_the_readers_account():
    suggest(name="Weight tying")
    account = get_user_model().objects.get(username=workflow.READER)

    assert not account.is_active
    assert not account.has_usable_password()
    assert not account.has_perm("terms.propose_term")
    assert authenticate(username=workflow.READER, password="!") is None
    assert not Client().login(username=workflow.READER, password="")


def test_nothing_is_assigned_to_the_readers_account(editor):
    suggestion = suggest(name="Weight tying")

    with pytest.raises(InvalidContent, match="may not see proposals"):
        workflow.assign(revision_id=suggestion.revision_id, by=editor, to=suggestion.revision.author)


def test_a_sender_may_stay_unknown():
    suggestion = suggest(name="Weight tying", sender=workflow.Sender())

    assert events_of(suggestion) == [("revision.suggested", None, "a reader")]


@pytest.mark.parametrize(
    ("sender", "sentence"),
    [
        (workflow.Sender(email="ada"), "Your e-mail: “ada” is not an address"),
        (workflow.Sender(email="a@b.org\nBcc: c@d.org"), "is not an address"),
        (workflow.Sender(email=f"{'a' * 60}@{'b.' * 110}org"), "is not an address"),
        (workflow.Sender(name="x" * 101), "Your name: 101 characters are too many"),
        (workflow.Sender(name="A\x00da"), "Your name: take out the control characters"),
    ],
)
def test_a_sender_whom_no_database_takes_is_refused(sender, sentence):
    with pytest.raises(InvalidContent, match=sentence):
        suggest(name="Weight tying", sender=sender)

    assert not Term.objects.exists()


def test_one_place_sends_so_many_an_hour_and_no_more(settings):
    settings.SUGGESTIONS_PER_HOUR = 2
    suggest(name="One")
    suggest(name="Two")

    with pytest.raises(TooMany, match=r"No more than 2 an hour .* in 60 minutes") as refusal:
        suggest(name="Three")

    assert 3590 < refusal.value.retry_after <= 3600
    assert Term.objects.count() == 2
    suggest(name="Three", sender=ADA._replace(digest="b" * 64))


def test_the_oldest_of_the_hour_makes_room(settings):
    settings.SUGGESTIONS_PER_HOUR = 2
    for minutes, name in ((59, "One"), (30, "Two")):
        suggestion = suggest(name=name)
        Suggestion.objects.filter(pk=suggestion.pk).update(
            sent_at=timezone.now() - timedelta(minutes=minutes)
        )

    with pytest.raises(TooMany, match="in a minute"):
        suggest(name="Three")
    Suggestion.objects.filter(pk=suggestion.pk).update(sent_at=timezone.now() - timedelta(minutes=61))
    suggest(name="Three")


def test_where_a_suggestion_came_from_is_forgotten_after_a_day():
    old = suggest(name="One")
    Suggestion.objects.filter(pk=old.pk).update(sent_at=timezone.now() - timedelta(hours=25))

    new = suggest(name="Two")

    old.refresh_from_db()
    assert old.sender_digest == ""
    assert new.sender_digest == ADA.digest


def test_a_closed_glossary_takes_nothing_from_readers(settings):
    settings.SUGGESTIONS_PER_HOUR = 0

    with pytest.raises(NotAllowed, match="only from people with an account"):
        suggest(name="Weight tying")


# --- What the sender hears and says --------------------------------------------------------------


def ask(suggestion, question="Where does it come from?"):
    workflow.request_changes(revision_id=suggestion.revision_id, by=make_user("Reviewers"), reason=question)


def test_the_sender_sees_what_was_asked_and_answers():
    suggestion = suggest(name="Weight tying")
    ask(suggestion)

    assert workflow.standing(suggestion).state == "changes_requested"
    workflow.answer(suggestion_id=suggestion.pk, text="From Press and Wolf, 2017.")

    standing = workflow.standing(suggestion)
    assert standing.state == "proposed"
    [thread] = standing.threads
    assert [thread.head.text, *(said.text for said in thread.answers)] == [
        "Where does it come from?",
        "From Press and Wolf, 2017.",
    ]
    assert events_of(suggestion)[-1] == ("revision.resubmitted", None, "Ada")


def test_an_answer_that_nobody_asked_for_is_a_comment():
    suggestion = suggest(name="Weight tying")

    workflow.answer(suggestion_id=suggestion.pk, text="One more thing.")

    assert workflow.standing(suggestion).state == "proposed"
    assert [thread.head.text for thread in workflow.standing(suggestion).threads] == ["One more thing."]
    assert events_of(suggestion)[-1] == ("revision.commented", None, "Ada")


def test_the_sender_hears_nothing_of_what_editors_say_to_each_other(editor):
    suggestion = suggest(name="Weight tying")
    discussion.comment(revision_id=suggestion.revision_id, by=editor, text="Is this one serious?")

    assert workflow.standing(suggestion).threads == ()


def test_an_editor_who_works_with_it_is_seen_but_not_their_words(editor, reviewer):
    suggestion = suggest(name="Weight tying")
    corrected = workflow.propose(
        term_id=suggestion.revision.term_id, based_on=1, content={"definition": "Secret."}, by=editor
    )
    workflow.request_changes(revision_id=corrected.pk, by=reviewer, reason="For the editor only.")

    standing = workflow.standing(suggestion)

    assert (standing.is_own, standing.is_open, standing.may_be_withdrawn) == (False, True, False)
    assert standing.threads == ()
    with pytest.raises(WrongState, match="An editor is working with this text already"):
        workflow.withdraw_suggestion(suggestion_id=suggestion.pk)
    # An answer to nobody's question does not answer the one to the editor.
    workflow.answer(suggestion_id=suggestion.pk, text="More.")
    assert Revision.objects.get(pk=corrected.pk).state == "changes_requested"


def test_a_text_brought_up_to_date_is_still_the_senders(editor, reviewer):
    term = make_term("Dropout", short_definition="Short.", definition="Long.")
    suggestion = suggest(term, short_definition="Shorter.")
    approve(term, definition="Longer.")
    newer = workflow.bring_up_to_date(revision_id=suggestion.revision_id, by=editor)
    workflow.request_changes(revision_id=newer.pk, by=reviewer, reason="Why?")

    standing = workflow.standing(suggestion)
    workflow.answer(suggestion_id=suggestion.pk, text="Because.")

    assert (standing.is_own, standing.state, len(standing.threads)) == (True, "changes_requested", 1)
    assert Revision.objects.get(pk=newer.pk).state == "proposed"


def test_the_sender_reads_why_it_was_rejected(reviewer):
    suggestion = suggest(name="Weight tying")

    workflow.reject(revision_id=suggestion.revision_id, by=reviewer, reason="It is in the text of BERT.")

    standing = workflow.standing(suggestion)
    assert (standing.state, standing.reason) == ("rejected", "It is in the text of BERT.")
    with pytest.raises(WrongState, match="This suggestion is settled"):
        workflow.answer(suggestion_id=suggestion.pk, text="But …")


def test_why_an_editors_text_was_rejected_is_not_for_the_sender(editor, reviewer):
    suggestion = suggest(name="Weight tying")
    corrected = workflow.propose(
        term_id=suggestion.revision.term_id, based_on=1, content={"definition": "Longer."}, by=editor
    )

    workflow.reject(revision_id=corrected.pk, by=reviewer, reason="For the editor only.")

    standing = workflow.standing(suggestion)
    assert (standing.state, standing.is_own, standing.reason) == ("rejected", False, "")


def test_what_a_reviewer_noted_with_an_approval_is_not_for_the_sender(reviewer):
    suggestion = suggest(name="Weight tying", definition="One matrix for two.")

    workflow.approve(revision_id=suggestion.revision_id, by=reviewer, comment="Poor, but well.")

    assert workflow.standing(suggestion).reason == ""


def test_the_sender_takes_it_back():
    suggestion = suggest(name="Weight tying")

    workflow.withdraw_suggestion(suggestion_id=suggestion.pk)

    assert workflow.standing(suggestion).state == "withdrawn"
    assert events_of(suggestion)[-1] == ("revision.withdrawn", None, "Ada")
    with pytest.raises(WrongState, match="nothing to take back"):
        workflow.withdraw_suggestion(suggestion_id=suggestion.pk)


def test_a_discarded_word_is_gone_and_takes_no_answer(chief):
    suggestion = suggest(name="Weight tying")

    workflow.discard_draft(term_id=suggestion.revision.term_id, by=chief)

    assert workflow.standing(suggestion).is_gone
    assert not workflow.standing(suggestion).is_open
    with pytest.raises(WrongState, match="its term is not there any more"):
        workflow.answer(suggestion_id=suggestion.pk, text="Why?")


def test_answers_are_counted_too():
    suggestion = suggest(name="Weight tying")
    for number in range(5):
        workflow.answer(suggestion_id=suggestion.pk, text=f"Answer {number}.")

    with pytest.raises(TooMany, match="No more than 5 answers an hour") as refusal:
        workflow.answer(suggestion_id=suggestion.pk, text="Answer 6.")

    assert refusal.value.retry_after > 3590
    assert Comment.objects.count() == 5


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 2001, "a\x00b"])
def test_an_answer_that_says_nothing_or_too_much_is_refused(text):
    suggestion = suggest(name="Weight tying")
    ask(suggestion)

    with pytest.raises(InvalidContent, match="Comment: "):
        workflow.answer(suggestion_id=suggestion.pk, text=text)

    assert workflow.standing(suggestion).state == "changes_requested"


def test_no_suggestion_no_answer():
    for act in (workflow.withdraw_suggestion, lambda **who: workflow.answer(text="x", **who)):
        with pytest.raises(WrongState, match="There is no such suggestion"):
            act(suggestion_id=0)


def test_nobody_is_invited_into_the_account_of_readers(chief):
    invited = people.invite(
        email=f"{workflow.READER}@example.org", name="Kim", roles=["Contributors"], by=chief
    )

    assert invited.user.username != workflow.READER


def test_an_account_that_somebody_can_enter_takes_no_suggestions(db):
    make_user(username=workflow.READER)

    with pytest.raises(NotAllowed, match="Suggestions are closed"):
        workflow.suggest(content={"name": "Loss", "definition": "A cost."}, sender=workflow.Sender())


def test_who_tries_again_and_again_is_sent_away(settings):
    settings.SUGGESTIONS_PER_HOUR = 1
    term, sender = make_term(), workflow.Sender(digest="c" * 64)

    for _ in range(6):
        with pytest.raises(InvalidContent):
            workflow.suggest(content={}, sender=sender, term_id=term.pk, version=1)

    with pytest.raises(TooMany, match="very many tries"):
        workflow.suggest(content={}, sender=sender, term_id=term.pk, version=1)
