"""The pages of notices: what they show, and that only a button changes anything."""

from __future__ import annotations

import re

import pytest
from builders import make_user
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pages import client_of

from terms import notices, workflow
from terms.models import Event, Notification
from terms.notices import Choice

pytestmark = pytest.mark.django_db

Mail, Topic = Notification.Mail, Notification.Topic
LIST, READ, CHOICES = (
    "/account/notifications/",
    "/account/notifications/read/",
    "/account/notifications/choices/",
)


def text_of(response):
    """Return what a page says, without its markup."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def propose(by, name="Dropout"):
    return workflow.propose(content={"name": name, "definition": "A text."}, by=by)


def make_many(reviewer, count):
    revision = propose(by=make_user("Contributors"))
    event = revision.events.get(kind=Event.Kind.PROPOSED)
    events = Event.objects.bulk_create(
        Event(kind=event.kind, by=event.by, by_name="ada", term=event.term, revision=revision)
        for _ in range(count - 1)
    )
    for made in events:
        notices.tell(made)
    assert notices.unread_count(reviewer) == count


@pytest.mark.parametrize("address", [LIST, CHOICES])
def test_the_pages_are_for_those_who_logged_in(address):
    response = Client().get(address)

    assert response.status_code == 302
    assert f"next={address}" in response.headers["Location"]


def test_nothing_yet_is_said_so(contributor):
    response = client_of(contributor).get(LIST)

    assert "Nothing yet." in text_of(response)
    assert response.headers["Cache-Control"] == "private, no-store"


def test_the_newest_comes_first_and_leads_on(reviewer):
    author = make_user("Contributors", username="ada")
    first, second = propose(author), propose(author, name="Pooling")

    page = client_of(reviewer).get(LIST)

    told = text_of(page)
    assert told.index("ada proposes Pooling") < told.index("ada proposes Dropout")
    for revision in (first, second):
        assert f'href="/admin/terms/revision/{revision.pk}/change/"' in page.content.decode()
    assert "2 unread" in told


def test_a_contributor_is_led_to_the_own_proposal_and_reads_the_reason(contributor, reviewer):
    revision = propose(contributor)
    workflow.reject(revision_id=revision.pk, by=reviewer, reason="Too <short>.")

    page = client_of(contributor).get(LIST)

    assert f'href="/account/proposals/{revision.pk}/"' in page.content.decode()
    assert "Too &lt;short&gt;." in page.content.decode()
    assert "/admin/terms" not in page.content.decode()


def test_what_one_may_not_see_any_more_is_not_named(contributor):
    reviewer = make_user("Reviewers")
    propose(contributor, name="Xyzzy plugh")
    reviewer.groups.set(Group.objects.filter(name="Contributors"))

    told = text_of(client_of(reviewer).get(LIST))

    assert "your account does not see any more" in told
    assert "Xyzzy" not in told


def test_looking_reads_nothing_and_the_button_does(contributor, reviewer):
    propose(contributor)
    client = client_of(reviewer)
    client.get(LIST)
    assert notices.unread_count(reviewer) == 1

    response = client.post(READ, {"up_to": notices.shown_to(reviewer).get().pk})

    assert response.headers["Location"] == LIST
    assert notices.unread_count(reviewer) == 0
    assert "All read" in text_of(client.get(LIST))


def test_one_notice_is_marked_and_the_page_kept(contributor, reviewer):
    propose(contributor)
    propose(contributor, name="Pooling")
    chosen = notices.shown_to(reviewer).last()

    response = client_of(reviewer).post(READ, {"only": chosen.pk, "page": "2"})

    assert response.headers["Location"] == f"{LIST}?page=2"
    chosen.refresh_from_db()
    assert chosen.read_at is not None
    assert notices.unread_count(reviewer) == 1


@pytest.mark.parametrize("typed", [{}, {"only": "x"}, {"up_to": "-1"}, {"only": "9" * 30}, {"only": "٣"}])
def test_nonsense_marks_nothing(typed, contributor, reviewer):
    propose(contributor)

    assert client_of(reviewer).post(READ, typed).status_code == 302

    assert notices.unread_count(reviewer) == 1


def test_marking_takes_a_form_of_ours(contributor, reviewer):
    propose(contributor)
    client = Client(enforce_csrf_checks=True)
    client.force_login(reviewer)

    assert client.post(READ, {"up_to": "999"}).status_code == 403
    assert client_of(reviewer).get(READ).status_code == 405

    assert notices.unread_count(reviewer) == 1


def test_a_long_list_comes_in_pages(reviewer):
    make_many(reviewer, 51)
    client = client_of(reviewer)

    assert client.get(LIST).content.count(b"ada proposes") == 50
    assert "51–51 of 51" in text_of(client.get(f"{LIST}?page=2"))
    assert client.get(f"{LIST}?page=3").status_code == 404
    assert client.get(f"{LIST}?page=x").status_code == 404


def test_the_list_takes_the_same_queries_for_many_notices(reviewer):
    client = client_of(reviewer)

    def queries():
        with CaptureQueriesContext(connection) as captured:
            client.get(LIST)
        return len(captured)

    make_many(reviewer, 2)
    before = queries()
    for number in range(10):
        propose(make_user("Contributors"), name=f"Term {number}")

    assert queries() == before


def test_the_desk_says_how_many_are_unread(contributor, reviewer):
    propose(contributor)
    client = client_of(reviewer)

    assert "Notices 1 , 1 unread" in text_of(client.get("/admin/"))

    notices.mark_read(by=reviewer, up_to=notices.shown_to(reviewer).get().pk)
    assert "unread" not in text_of(client.get("/admin/"))


def test_counting_takes_one_query(reviewer):
    make_many(reviewer, 3)

    with CaptureQueriesContext(connection) as captured:
        assert notices.unread_count(reviewer) == 3

    assert len(captured) == 1


# --- Choices -------------------------------------------------------------------------------------


def typed_as(choices):
    typed = {f"{topic}-mail": choice.mail for topic, choice in choices.items()}
    return typed | {f"{topic}-on_site": "1" for topic, choice in choices.items() if choice.on_site}


def test_choices_are_shown_and_kept(reviewer):
    client = client_of(reviewer)
    wished = {topic: Choice(False, Mail.NONE) for topic in Topic} | {Topic.PLAN: Choice(True, Mail.DIGEST)}

    response = client.post(CHOICES, typed_as(wished))

    assert response.headers["Location"] == CHOICES
    assert notices.choices_of(reviewer) == wished
    page = client.get(CHOICES)
    assert "Your choices are kept." in text_of(page)
    assert re.search(r'name="plan-on_site" value="1" checked', page.content.decode())
    assert not re.search(r'name="waiting-on_site" value="1" checked', page.content.decode())


def test_only_what_concerns_somebody_is_offered_and_taken(contributor):
    client = client_of(contributor)
    page = client.get(CHOICES).content.decode()
    assert "own_decided-mail" in page
    assert "waiting-mail" not in page

    usual = notices.choices_of(contributor)
    client.post(CHOICES, typed_as(usual | {Topic.WAITING: Choice(False, Mail.NOW)}))

    assert not contributor.notification_choices.exists()


def test_a_choice_that_is_none_is_refused_with_a_sentence(contributor):
    response = client_of(contributor).post(CHOICES, {"own_decided-mail": "pigeon"})

    assert response.status_code == 422
    assert "“pigeon” is no way to send mail." in text_of(response)
    assert not contributor.notification_choices.exists()


def test_it_is_said_where_mails_go(reviewer):
    assert "Your account has no e-mail address" in text_of(client_of(reviewer).get(CHOICES))

    reviewer.email = "eve@example.org"
    reviewer.save()

    assert "Mails go to eve@example.org." in text_of(client_of(reviewer).get(CHOICES))
