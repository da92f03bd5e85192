"""Who hears of what, on the site and by mail, and that nobody reads more than they may."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from builders import make_draft, make_term, make_user, propose_change
from django.contrib.auth.models import Group, Permission
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from terms import discussion, log, notices, planning, workflow
from terms.errors import InvalidContent
from terms.models import Event, Notification, NotificationChoice, Revision, Suggestion
from terms.notices import Choice
from terms.workflow import Sender

pytestmark = pytest.mark.django_db

Topic, Mail = Notification.Topic, Notification.Mail
SECRET = "Xyzzy plugh"


@pytest.fixture(autouse=True)
def _site(settings):
    settings.SITE_URL = "https://glossary.example"
    settings.SITE_NAME = "Termbook"


def told(user):
    """Return the topics of what this person was told, oldest first."""
    rows = Notification.objects.filter(recipient=user).order_by("pk")
    return list(rows.values_list("topic", flat=True))


def last_notice(user):
    return notices.in_words(list(notices.shown_to(user)[:1]))[0]


def told_of(kind):
    return set(Notification.objects.filter(event__kind=kind).values_list("recipient__username", "topic"))


def with_mail(role, **fields):
    user = make_user(role, **fields)
    user.email = f"{user.username}@example.org"
    user.save(update_fields=["email"])
    return user


def propose_new(by, name="Dropout", **content):
    return workflow.propose(content={"name": name, "definition": f"What {name} is.", **content}, by=by)


def correct(revision, by, **content):
    return workflow.propose(term_id=revision.term_id, based_on=revision.number, content=content, by=by)


def deciding(action, revision, by):
    """Take one of the actions on a proposal, as this person."""
    calls = {
        "approve": lambda: workflow.approve(revision_id=revision.pk, by=by),
        "reject": lambda: workflow.reject(revision_id=revision.pk, by=by, reason="Too short."),
        "request_changes": lambda: workflow.request_changes(
            revision_id=revision.pk, by=by, reason="Name a source."
        ),
    }
    return calls[action]()


# --- Who hears of what ---------------------------------------------------------------------------


def test_reviewers_hear_of_a_proposal_and_nobody_else(contributor, editor, reviewer, chief, superuser):
    propose_new(by=contributor)

    assert told_of(Event.Kind.PROPOSED) == {
        (person.username, Topic.WAITING) for person in (reviewer, chief, superuser)
    }
    assert told(contributor) == told(editor) == []


def test_a_right_given_to_the_account_itself_counts_as_one_of_a_group(contributor, editor):
    editor.user_permissions.add(Permission.objects.get(codename="review_term"))

    propose_new(by=contributor)

    assert told(editor) == [Topic.WAITING]


def test_reviewers_do_not_hear_of_what_they_wrote_in(reviewer, chief):
    first = propose_new(by=reviewer)

    correct(first, by=make_user("Editors"), definition="Another text.")

    assert told(reviewer) == []
    assert told(chief) == [Topic.WAITING, Topic.WAITING]


def test_reviewers_hear_of_a_suggestion(reviewer, editor):
    workflow.suggest(content={"name": "Dropout", "definition": "A text."}, sender=Sender(name="Ada"))

    assert told(reviewer) == [Topic.WAITING]
    assert told(editor) == []
    assert last_notice(reviewer).sentence == "Ada suggests “Dropout”"


def test_reviewers_hear_of_an_answer_to_what_they_asked_for(contributor, reviewer, chief):
    revision = propose_new(by=contributor)
    workflow.request_changes(revision_id=revision.pk, by=reviewer, reason="Name a source.")

    workflow.resubmit(revision_id=revision.pk, by=contributor, answer="It is common knowledge.")

    assert told(reviewer) == [Topic.WAITING, Topic.WAITING]
    assert last_notice(reviewer).remark == "It is common knowledge."


@pytest.mark.parametrize(
    ("action", "topic", "sentence", "remark"),
    [
        ("approve", Topic.OWN_DECIDED, "approved your proposal for “Dropout”", ""),
        ("reject", Topic.OWN_DECIDED, "rejected your proposal for “Dropout”", "Too short."),
        (
            "request_changes",
            Topic.OWN_CHANGES,
            "asks for changes in your proposal for “Dropout”",
            "Name a source.",
        ),
    ],
)
def test_authors_hear_what_became_of_their_proposal(action, topic, sentence, remark, contributor, reviewer):
    revision = propose_new(by=contributor)

    deciding(action, revision, by=reviewer)

    notice = last_notice(contributor)
    assert told(contributor) == [topic]
    assert notice.sentence == f"{reviewer.username} {sentence}"
    assert notice.remark == remark
    assert notice.path == f"/account/proposals/{revision.pk}/"


@pytest.mark.parametrize("action", ["approve", "reject", "request_changes"])
def test_everybody_who_wrote_in_the_line_hears_of_its_end(action, contributor, editor, reviewer):
    corrected = correct(propose_new(by=contributor), by=editor, definition="Another text.")

    deciding(action, corrected, by=reviewer)

    assert len(told(contributor)) == len(told(editor)) == 1
    assert "a corrected version of your proposal" in last_notice(contributor).sentence
    assert "your proposal for" in last_notice(editor).sentence


@pytest.mark.parametrize("published_before", [False, True])
def test_a_published_change_is_told_like_a_published_term(published_before, editor, reviewer):
    term = make_term("Dropout") if published_before else None
    revision = propose_change(term, by=editor, definition="New.") if term else propose_new(by=editor)

    workflow.approve(revision_id=revision.pk, by=reviewer, comment="Well done.")

    assert told(editor) == [Topic.OWN_DECIDED]
    assert last_notice(editor).remark == "Well done."


def test_deprecating_and_reinstating_by_proposal_are_decisions_on_it(reviewer):
    term, author = make_term("Dropout"), make_user("Reviewers")
    for status, reason in (("deprecated", "Out of use."), ("published", "")):
        term.refresh_from_db()
        revision = propose_change(term, by=author, status=status, deprecation_reason=reason)
        workflow.approve(revision_id=revision.pk, by=reviewer)

    kinds = Event.objects.filter(notifications__recipient=author, notifications__topic=Topic.OWN_DECIDED)
    assert set(kinds.values_list("kind", flat=True)) == {Event.Kind.DEPRECATED, Event.Kind.REINSTATED}


def test_one_persons_decision_is_told_to_nobody(reviewer):
    term = make_term("Dropout")
    before = Notification.objects.count()

    workflow.deprecate(term_id=term.pk, by=reviewer, reason="Out of use.")

    assert Notification.objects.count() == before


def test_a_comment_is_heard_by_writers_speakers_and_the_assignee(contributor, editor, reviewer, chief):
    revision = propose_new(by=contributor)
    workflow.assign(revision_id=revision.pk, by=chief, to=editor)
    discussion.comment(revision_id=revision.pk, by=chief, text="First.")

    discussion.comment(revision_id=revision.pk, by=reviewer, text="Second.")

    event = Event.objects.filter(kind=Event.Kind.COMMENTED).first()
    heard = set(event.notifications.values_list("recipient__username", "topic"))
    assert heard == {(person.username, Topic.DISCUSSION) for person in (contributor, editor, chief)}
    assert last_notice(chief).remark == "Second."


def test_who_spoke_about_an_older_text_of_the_line_hears_of_the_newer(contributor, editor, chief, reviewer):
    first = propose_new(by=contributor)
    discussion.comment(revision_id=first.pk, by=chief, text="First.")
    second = correct(first, by=editor, definition="Another text.")

    discussion.comment(revision_id=second.pk, by=reviewer, text="Second.")

    event = Event.objects.filter(kind=Event.Kind.COMMENTED).first()
    assert set(event.notifications.values_list("recipient", flat=True)) == {
        contributor.pk,
        editor.pk,
        chief.pk,
    }


def test_advice_is_part_of_the_discussion(contributor):
    revision = propose_new(by=contributor)

    log.record(
        Event.Kind.ADVISED, by=None, by_name="Prof. Ada", term=revision.term, revision=revision, note="Good."
    )

    assert told(contributor) == [Topic.DISCUSSION]
    assert last_notice(contributor).sentence == "Prof. Ada gave advice on “Dropout”"


def test_an_assignment_is_heard_by_the_assignee_only(contributor, editor, reviewer):
    revision = propose_new(by=contributor)

    workflow.assign(revision_id=revision.pk, by=reviewer, to=editor, due_on=date(2091, 5, 17))

    assert told(editor) == [Topic.ASSIGNED]
    assert last_notice(editor).remark == "Until 2091-05-17."
    assert last_notice(editor).path == f"/admin/terms/revision/{revision.pk}/change/"
    assert told(contributor) == []


def test_taking_something_on_oneself_is_no_news(editor):
    revision = propose_new(by=make_user("Contributors"))

    workflow.assign(revision_id=revision.pk, by=editor, to=editor)

    assert told(editor) == []


def test_who_planned_hears_of_what_was_carried_out(contributor, reviewer):
    revision = propose_new(by=contributor)
    later = timezone.now() + timedelta(hours=1)
    planning.plan_publication(revision_id=revision.pk, due_at=later, by=reviewer)

    planning.carry_out_due(now=later + timedelta(seconds=1))

    assert told(reviewer) == [Topic.WAITING, Topic.PLAN]
    assert last_notice(reviewer).sentence == "Your plan was carried out: “Dropout”"
    assert told(contributor) == [Topic.OWN_DECIDED]


def test_who_planned_hears_of_what_could_not_be(contributor, reviewer):
    revision = propose_new(by=contributor)
    later = timezone.now() + timedelta(hours=1)
    planning.plan_publication(revision_id=revision.pk, due_at=later, by=reviewer)
    workflow.withdraw(revision_id=revision.pk, by=contributor)

    planning.carry_out_due(now=later + timedelta(seconds=1))

    notice = last_notice(reviewer)
    assert told(reviewer) == [Topic.WAITING, Topic.PLAN]
    assert notice.sentence == "Your plan could not be carried out: “Dropout”"
    assert "withdrawn" in notice.remark


def test_a_plan_for_a_term_that_failed_names_the_term(reviewer):
    term = make_term("Dropout")
    later = timezone.now() + timedelta(hours=1)
    planning.plan_deprecation(term_id=term.pk, due_at=later, reason="Out of use.", by=reviewer)
    workflow.deprecate(term_id=term.pk, by=make_user("Reviewers"), reason="Out of use.")

    planning.carry_out_due(now=later + timedelta(seconds=1))

    notice = last_notice(reviewer)
    assert notice.sentence == "Your plan could not be carried out: “Dropout”"
    assert notice.path == f"/admin/terms/term/{term.pk}/change/"


@pytest.mark.parametrize(
    "kind",
    [
        kind
        for kind in Event.Kind
        if kind
        not in {
            Event.Kind.PROPOSED,
            Event.Kind.SUGGESTED,
            Event.Kind.RESUBMITTED,
            Event.Kind.PUBLISHED,
            Event.Kind.CHANGED,
            Event.Kind.DEPRECATED,
            Event.Kind.REINSTATED,
            Event.Kind.REJECTED,
            Event.Kind.CHANGES_REQUESTED,
            Event.Kind.COMMENTED,
            Event.Kind.ADVISED,
            Event.Kind.ASSIGNED,
            Event.Kind.MERGED,
            Event.Kind.SPLIT,
            Event.Kind.CLOSED,
            Event.Kind.REVIVED,
            Event.Kind.MERGE_PROPOSED,
            Event.Kind.MERGE_REJECTED,
            Event.Kind.PLAN_FAILED,
        }
    ],
)
def test_of_everything_else_nobody_hears_and_it_costs_nothing(kind, reviewer):
    revision = make_draft()
    event = Event.objects.create(
        kind=kind, by=revision.author, by_name="x", term=revision.term, revision=revision
    )

    with CaptureQueriesContext(connection) as queries:
        notices.tell(event)

    assert len(queries) == 0
    assert not Notification.objects.exists()


def test_a_closed_account_hears_nothing(contributor, reviewer, chief):
    chief.is_active = False
    chief.save()

    propose_new(by=contributor)

    assert told(reviewer) == [Topic.WAITING]
    assert told(chief) == []


def test_the_number_of_queries_does_not_grow_with_those_who_hear(contributor):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            notices.tell(Event.objects.filter(kind=Event.Kind.PROPOSED).first())
        Notification.objects.all().delete()
        return len(captured)

    make_user("Reviewers")
    propose_new(by=contributor)
    Notification.objects.all().delete()
    before = queries()
    for _ in range(12):
        make_user("Reviewers")

    assert queries() == before


# --- Everybody as they choose --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("choice", "rows", "on_site"),
    [
        (Choice(True, Mail.NONE), 1, 1),
        (Choice(True, Mail.DIGEST), 1, 1),
        (Choice(False, Mail.NOW), 1, 0),
        (Choice(False, Mail.NONE), 0, 0),
    ],
)
def test_a_notice_comes_as_it_was_chosen(choice, rows, on_site):
    reviewer = with_mail("Reviewers")
    notices.choose(by=reviewer, choices={Topic.WAITING: choice})

    propose_new(by=make_user("Contributors"))

    made = list(Notification.objects.filter(recipient=reviewer))
    assert [row.mail for row in made] == [choice.mail] * rows
    assert notices.shown_to(reviewer).count() == notices.unread_count(reviewer) == on_site


def test_without_an_address_no_mail_is_due(contributor, reviewer):
    revision = propose_new(by=contributor)

    workflow.reject(revision_id=revision.pk, by=reviewer, reason="Too short.")

    assert set(Notification.objects.values_list("mail", flat=True)) == {Mail.NONE}


def test_as_usual_decisions_go_at_once_and_the_queue_in_the_digest():
    author, reviewer = with_mail("Contributors"), with_mail("Reviewers")

    workflow.reject(revision_id=propose_new(by=author).pk, by=reviewer, reason="Too short.")

    assert Notification.objects.get(recipient=author).mail == Mail.NOW
    assert Notification.objects.get(recipient=reviewer).mail == Mail.DIGEST


def test_an_import_never_sends_a_letter_for_every_row():
    reviewer = with_mail("Reviewers")
    notices.choose(by=reviewer, choices={Topic.WAITING: Choice(True, Mail.NOW)})

    with log.through(Event.Door.IMPORT):
        propose_new(by=make_user("Editors"))

    assert Notification.objects.get().mail == Mail.DIGEST


def test_only_what_differs_from_the_usual_is_kept(reviewer):
    usual = notices.choices_of(reviewer)

    notices.choose(by=reviewer, choices={**usual, Topic.PLAN: Choice(False, Mail.DIGEST)})

    assert list(NotificationChoice.objects.values_list("topic", flat=True)) == [Topic.PLAN]
    assert notices.choices_of(reviewer) == {**usual, Topic.PLAN: Choice(False, Mail.DIGEST)}
    notices.choose(by=reviewer, choices=usual)
    assert not NotificationChoice.objects.exists()


def test_a_choice_that_is_none_is_refused(reviewer):
    with pytest.raises(InvalidContent, match="“pigeon” is no way to send mail"):
        notices.choose(by=reviewer, choices={Topic.PLAN: Choice(True, "pigeon")})
    with pytest.raises(InvalidContent, match="nothing to hear of under “weather”"):
        notices.choose(by=reviewer, choices={"weather": Choice(True, Mail.NOW)})


def test_topics_are_offered_to_those_whom_they_concern(contributor, editor, reviewer):
    own = {Topic.OWN_DECIDED, Topic.OWN_CHANGES, Topic.DISCUSSION}

    assert notices.choices_of(contributor).keys() == own
    assert notices.choices_of(editor).keys() == own | {Topic.ASSIGNED, Topic.PLAN}
    assert notices.choices_of(reviewer).keys() == set(Topic)


# --- Reading -------------------------------------------------------------------------------------


def test_reading_marks_ones_own_and_leaves_what_came_meanwhile(contributor, reviewer, chief):
    propose_new(by=contributor)
    seen = notices.shown_to(reviewer).first()
    propose_new(by=contributor, name="Pooling")

    assert notices.mark_read(by=reviewer, up_to=seen.pk) == 1

    assert notices.unread_count(reviewer) == 1
    assert notices.unread_count(chief) == 2
    assert notices.shown_to(reviewer).count() == 2


def test_nobody_marks_the_notices_of_others(contributor, reviewer, chief):
    propose_new(by=contributor)
    foreign = notices.shown_to(chief).get()

    assert notices.mark_read(by=reviewer, only=foreign.pk) == 0

    assert notices.unread_count(chief) == 1


def test_words_take_the_same_queries_for_many_notices(contributor, reviewer):
    def queries():
        rows = list(notices.shown_to(reviewer))
        with CaptureQueriesContext(connection) as captured:
            notices.in_words(rows)
        return len(captured)

    propose_new(by=contributor)
    before = queries()
    for number in range(8):
        propose_new(by=contributor, name=f"Term {number}")

    assert queries() == before


# --- Nobody reads more than they may -------------------------------------------------------------


@pytest.mark.parametrize("action", ["approve", "reject", "request_changes", "comment"])
def test_a_contributor_never_reads_the_words_of_the_editor(
    action, editor, reviewer, django_capture_on_commit_callbacks
):
    contributor = with_mail("Contributors")
    notices.choose(by=contributor, choices={Topic.DISCUSSION: Choice(True, Mail.NOW)})
    first = propose_new(by=contributor)
    corrected = correct(first, by=editor, name=SECRET, definition=f"{SECRET} long.")

    with django_capture_on_commit_callbacks(execute=True):
        if action == "comment":
            discussion.comment(revision_id=corrected.pk, by=editor, text=f"Why not {SECRET}?")
        elif action == "request_changes":
            workflow.request_changes(revision_id=corrected.pk, by=reviewer, reason=f"{SECRET}?")
        elif action == "reject":
            workflow.reject(revision_id=corrected.pk, by=reviewer, reason=f"{SECRET}?")
        else:
            workflow.approve(revision_id=corrected.pk, by=reviewer, comment=f"{SECRET}?")

    notice = last_notice(contributor)
    [sent] = mail.outbox
    assert sent.to == [contributor.email]
    assert "“Dropout”" in notice.sentence and "“Dropout”" in sent.subject
    assert notice.path == f"/account/proposals/{first.pk}/"
    assert SECRET not in f"{notice} {sent.subject} {sent.body}"


def demote(user):
    user.groups.set(Group.objects.filter(name="Contributors"))
    user.is_staff = False
    user.save()


def test_a_demoted_reviewer_gets_nothing_any_more():
    make_user("Contributors")
    reviewer = with_mail("Reviewers")
    notices.choose(by=reviewer, choices={Topic.WAITING: Choice(True, Mail.NOW)})
    propose_new(by=make_user("Contributors"), name=SECRET)
    demote(reviewer)

    outcome = notices.send_due()

    assert outcome == (0, 0)
    assert mail.outbox == []
    assert not last_notice(reviewer).is_readable
    assert SECRET not in str(last_notice(reviewer))
    assert notices.send_due() == (0, 0) and Notification.objects.get().mail == Mail.NONE


def test_a_demoted_reviewer_is_missing_from_a_digest_of_others():
    make_user("Contributors")
    demoted, reviewer = with_mail("Reviewers"), with_mail("Reviewers")
    propose_new(by=make_user("Contributors"), name=SECRET)
    demote(demoted)

    assert notices.send_digests() == (1, 0)

    assert [sent.to for sent in mail.outbox] == [[reviewer.email]]


def test_an_account_that_was_closed_meanwhile_gets_no_mail(contributor):
    reviewer = with_mail("Reviewers")
    propose_new(by=contributor)
    reviewer.is_active = False
    reviewer.save()

    assert notices.send_digests() == (0, 0)
    assert mail.outbox == []


def test_who_once_spoke_and_may_not_read_any_more_hears_nothing(contributor, editor):
    make_user("Contributors")
    revision = propose_new(by=contributor)
    speaker = make_user("Editors")
    discussion.comment(revision_id=revision.pk, by=speaker, text="First.")
    demote(speaker)

    discussion.comment(revision_id=revision.pk, by=editor, text="Second.")

    assert told(speaker) == []


# --- Mails ---------------------------------------------------------------------------------------


def test_a_mail_says_what_happened_why_and_where(reviewer, django_capture_on_commit_callbacks):
    author = with_mail("Contributors")
    revision = propose_new(by=author)

    with django_capture_on_commit_callbacks(execute=True):
        workflow.reject(revision_id=revision.pk, by=reviewer, reason="Too short.\nName a source.")

    [sent] = mail.outbox
    assert sent.to == [author.email]
    assert sent.subject == f"[Termbook] {reviewer.username} rejected your proposal for “Dropout”"
    assert sent.body == (
        f"{reviewer.username} rejected your proposal for “Dropout”.\n\n"
        "> Too short.\n> Name a source.\n\n"
        f"https://glossary.example/account/proposals/{revision.pk}/\n\n"
        "-- \nYou hear of this because of your part in Termbook. Which mails you get:\n"
        "https://glossary.example/account/notifications/choices/\n"
    )
    assert Notification.objects.get(recipient=author).mailed_at is not None


def test_a_mail_is_not_sent_for_what_was_rolled_back(reviewer, django_capture_on_commit_callbacks):
    author = with_mail("Contributors")
    revision = propose_new(by=author)

    with django_capture_on_commit_callbacks() as callbacks:
        workflow.reject(revision_id=revision.pk, by=reviewer, reason="Too short.")

    assert mail.outbox == []
    assert len(callbacks) == 1


def test_without_an_address_of_the_site_the_link_is_a_path(settings, reviewer):
    settings.SITE_URL = ""
    author = with_mail("Contributors")
    revision = propose_new(by=author)
    workflow.reject(revision_id=revision.pk, by=reviewer, reason="Too short.")

    notices.send_due()

    assert f"\n/account/proposals/{revision.pk}/\n" in mail.outbox[0].body


def test_a_name_with_markup_stands_in_a_mail_as_it_is(reviewer):
    author = with_mail("Contributors")
    revision = propose_new(by=author, name="A & B's <c>")
    workflow.reject(revision_id=revision.pk, by=reviewer, reason='Use "and".')

    notices.send_due()

    assert mail.outbox[0].subject.endswith("“A & B's <c>”")
    assert '> Use "and".' in mail.outbox[0].body


def test_a_line_break_in_a_name_reaches_no_header(reviewer):
    author = with_mail("Contributors")
    revision = propose_new(by=author)
    content = {**revision.content, "name": "Dropout\nBcc: everybody@example.org"}
    broken = Revision.objects.create(
        term=revision.term, number=2, content=content, author=author, state="proposed"
    )
    workflow.reject(revision_id=broken.pk, by=reviewer, reason="Too short.")

    notices.send_due()

    [sent] = mail.outbox
    assert "\n" not in sent.subject and sent.subject.endswith("“Dropout Bcc: everybody@example.org”")
    assert sent.recipients() == [author.email]


def test_mails_are_sent_once(reviewer):
    author = with_mail("Contributors")
    workflow.reject(revision_id=propose_new(by=author).pk, by=reviewer, reason="Too short.")

    assert [notices.send_due(), notices.send_due()] == [(1, 0), (0, 0)]


def test_a_mail_that_failed_for_a_week_is_given_up(reviewer):
    author = with_mail("Contributors")
    workflow.reject(revision_id=propose_new(by=author).pk, by=reviewer, reason="Too short.")
    Notification.objects.update(created_at=timezone.now() - timedelta(days=8))

    assert notices.send_due() == (0, 0)


def test_a_digest_gathers_by_topic_oldest_first():
    reviewer = with_mail("Reviewers")
    first = propose_new(by=make_user("Contributors", username="ada"))
    propose_new(by=first.author, name="Pooling")
    discussion.comment(revision_id=first.pk, by=reviewer, text="A remark.")
    discussion.comment(revision_id=first.pk, by=first.author, text="An answer.")

    assert notices.send_digests() == (1, 0)

    [sent] = mail.outbox
    assert sent.subject == "[Termbook] 3 notices"
    assert sent.body == (
        "Somebody comments on my text or in my discussion (1)\n\n"
        "* ada commented on “Dropout”.\n  > An answer.\n"
        f"  https://glossary.example/admin/terms/revision/{first.pk}/change/\n\n"
        "A proposal waits for review (2)\n\n"
        "* ada proposes “Dropout”.\n"
        f"  https://glossary.example/admin/terms/revision/{first.pk}/change/\n"
        "* ada proposes “Pooling”.\n"
        f"  https://glossary.example/admin/terms/revision/{Revision.objects.latest('pk').pk}/change/\n\n"
        "All of them: https://glossary.example/account/notifications/\n\n"
        "-- \nYou hear of this because of your part in Termbook. Which mails you get:\n"
        "https://glossary.example/account/notifications/choices/\n"
    )
    assert notices.send_digests() == (0, 0)


def test_a_flood_is_counted_and_not_listed():
    reviewer = with_mail("Reviewers")
    event = propose_new(by=make_user("Contributors")).events.first()
    Notification.objects.all().delete()
    events = Event.objects.bulk_create(
        Event(kind=Event.Kind.PROPOSED, by=event.by, by_name="ada", term=event.term, revision=event.revision)
        for _ in range(53)
    )
    for made in events:
        notices.tell(made)

    notices.send_digests()

    assert mail.outbox[0].to == [reviewer.email]
    assert mail.outbox[0].body.count("* ada proposes") == 50
    assert "* and 3 more\n" in mail.outbox[0].body


# --- The sender of a suggestion ------------------------------------------------------------------


def suggest(term=None, **content):
    about = {"term_id": term.pk, "version": term.version} if term else {}
    return workflow.suggest(
        content=content or {"name": "Dropout", "definition": "A text."},
        sender=Sender(name="Ada", email="ada@example.org"),
        **about,
    )


def test_the_sender_hears_once_that_the_wish_is_published(reviewer, django_capture_on_commit_callbacks):
    suggestion = suggest()

    with django_capture_on_commit_callbacks(execute=True):
        workflow.approve(revision_id=suggestion.revision.pk, by=reviewer, comment="Thank you.")

    [sent] = mail.outbox
    assert sent.to == ["ada@example.org"]
    assert sent.subject == "[Termbook] Your suggestion “Dropout” is published"
    assert "> Thank you.\n" in sent.body
    assert f"https://glossary.example/suggestions/{suggestion.status_token}/" in sent.body
    assert "/admin/" not in sent.body and "/account/" not in sent.body
    assert notices.send_due() == (0, 0)


def test_the_sender_hears_of_a_correction_by_the_name_they_gave(reviewer, editor):
    suggestion = suggest()
    corrected = correct(suggestion.revision, by=editor, name="Dropout layer", definition=f"{SECRET} long.")
    workflow.approve(revision_id=corrected.pk, by=reviewer)

    notices.send_due()

    [sent] = mail.outbox
    assert sent.to == ["ada@example.org"]
    assert "“Dropout” is published" in sent.subject
    assert SECRET not in sent.body


def test_the_sender_hears_why_a_wish_was_rejected(reviewer):
    suggestion = suggest(make_term("Dropout"), definition="Another text.")
    workflow.reject(revision_id=suggestion.revision.pk, by=reviewer, reason="It says so already.")

    notices.send_due()

    [sent] = mail.outbox
    assert sent.subject == "[Termbook] Your suggestion “Dropout” was not taken up"
    assert "> It says so already.\n" in sent.body


def test_the_sender_hears_nothing_of_why_an_editors_correction_was_rejected(reviewer, editor):
    suggestion = suggest()
    corrected = correct(suggestion.revision, by=editor, definition="Another text.")
    workflow.reject(revision_id=corrected.pk, by=reviewer, reason=SECRET)

    notices.send_due()

    [sent] = mail.outbox
    assert sent.subject == "[Termbook] Your suggestion “Dropout” was not taken up"
    assert SECRET not in sent.body


def test_a_sender_without_an_address_gets_none(reviewer):
    suggestion = workflow.suggest(
        content={"name": "Dropout", "definition": "A text."}, sender=Sender(name="Ada")
    )

    workflow.reject(revision_id=suggestion.revision.pk, by=reviewer, reason="Too short.")

    assert Notification.objects.filter(event__kind=Event.Kind.REJECTED).count() == 0


def test_a_status_token_leads_to_its_suggestion_and_a_made_up_one_nowhere():
    suggestion = suggest()

    assert Suggestion.of_token(suggestion.status_token) == suggestion
    for made_up in ("", "x", str(suggestion.pk), f"{suggestion.status_token}x", suggestion.status_token[1:]):
        assert Suggestion.of_token(made_up) is None


@pytest.mark.parametrize("door", [Event.Door.IMPORT, Event.Door.BULK])
def test_many_proposals_of_one_sitting_are_one_notice(door, reviewer):
    writer = make_user("Editors")
    terms = [make_term(f"Word {number}") for number in range(3)]

    with log.through(door):
        for term in terms:
            propose_change(term, by=writer, definition="New.")

    assert Notification.objects.filter(recipient=reviewer, event__by=writer).count() == 1


def test_a_notice_that_stands_for_many_says_so(reviewer):
    writer = make_user("Editors")
    terms = [make_term(f"Word {number}") for number in range(2)]

    with log.through(Event.Door.BULK):
        propose_change(terms[0], by=writer, definition="New.")
        alone = last_notice(reviewer)
        propose_change(terms[1], by=writer, definition="New.")
    together = last_notice(reviewer)

    assert alone.sentence == f"{writer} proposes “Word 0”"
    assert together.sentence == f"{writer} proposes “Word 0” and more"


def test_what_was_decided_meanwhile_waits_for_nobody():
    reviewer, other, writer = with_mail("Reviewers"), make_user("Reviewers"), make_user("Editors")
    decided, waiting = propose_new(by=writer), propose_new(by=writer, name="Adam")
    assert notices.unread_count(reviewer) == 2

    workflow.reject(revision_id=decided.pk, by=other, reason="Not ours.")

    by_name = {notice.name: notice for notice in notices.in_words(list(notices.shown_to(reviewer)))}
    assert by_name["Dropout"].is_settled
    assert not by_name["Dropout"].is_new
    assert by_name["Adam"].is_new
    assert notices.unread_count(reviewer) == 1
    notices.send_digests()
    [letter] = mail.outbox
    assert "Adam" in letter.body
    assert "Dropout" not in letter.body
    workflow.reject(revision_id=waiting.pk, by=other, reason="Not ours.")
    assert notices.unread_count(reviewer) == 0


def test_who_has_read_that_notice_hears_of_the_next_one(reviewer):
    writer = make_user("Editors")
    first, second = make_term("One"), make_term("Two")
    with log.through(Event.Door.IMPORT):
        propose_change(first, by=writer, definition="New.")
        notices.mark_read(by=reviewer, up_to=10**9)
        propose_change(second, by=writer, definition="New.")

    assert Notification.objects.filter(recipient=reviewer, event__by=writer).count() == 2


def test_the_sender_of_a_suggestion_is_told_when_something_is_asked(
    reviewer, django_capture_on_commit_callbacks
):
    term = make_term()
    wish = workflow.suggest(
        content={"definition": "Other."},
        sender=Sender(email="kim@example.org"),
        term_id=term.pk,
        version=1,
    )

    with django_capture_on_commit_callbacks(execute=True):
        workflow.request_changes(revision_id=wish.revision_id, by=reviewer, reason="From which book?")

    [letter] = [letter for letter in mail.outbox if letter.to == ["kim@example.org"]]
    assert "A question about your suggestion" in letter.subject
    assert "> From which book?" in letter.body
    assert f"/suggestions/{wish.status_token}/" in letter.body


def test_the_sender_hears_nothing_of_what_is_asked_about_a_correction(
    editor, reviewer, django_capture_on_commit_callbacks
):
    term = make_term()
    wish = workflow.suggest(
        content={"definition": "Other."},
        sender=Sender(email="kim@example.org"),
        term_id=term.pk,
        version=1,
    )
    newer = workflow.propose(
        term_id=term.pk, based_on=wish.revision.number, content={"definition": "Third."}, by=editor
    )

    with django_capture_on_commit_callbacks(execute=True):
        workflow.request_changes(revision_id=newer.pk, by=reviewer, reason="From which book?")

    assert [letter for letter in mail.outbox if letter.to == ["kim@example.org"]] == []
