"""Review by link: who gets in, until when, and that advice decides nothing."""

from datetime import timedelta

import pytest
from builders import make_draft, make_term, propose_change
from django.db import IntegrityError, transaction
from django.utils import timezone

from terms import people, review_links, workflow
from terms.errors import InvalidContent, NotAllowed, TooMany, WrongState
from terms.models import Event, ReviewLink, Revision

pytestmark = pytest.mark.django_db


@pytest.fixture
def proposal(editor):
    return propose_change(make_term(), by=editor, definition="Another text.")


@pytest.fixture
def link(proposal, reviewer):
    return review_links.issue(revision_id=proposal.pk, expert="Dr. Ada Lace", days=14, by=reviewer)


def test_a_link_is_found_by_its_token_and_by_no_other(link):
    token = review_links.token_of(link)

    assert review_links.find(token) == link
    for forged in (str(link.pk), f"{link.pk + 1}.{token.partition('.')[2]}", token[:-1], "", "a.b", "ä.ö"):
        assert review_links.find(forged) is None


def test_issuing_is_logged_without_the_token(link, reviewer):
    event = Event.objects.get(kind=Event.Kind.LINK_ISSUED)

    assert (event.by, event.revision) == (reviewer, link.revision)
    assert review_links.token_of(link).partition(".")[2] not in event.note


@pytest.mark.parametrize("days", [0, -1, 91])
def test_a_link_is_open_for_1_to_90_days(proposal, editor, days):
    with pytest.raises(InvalidContent, match="from 1 to 90"):
        review_links.issue(revision_id=proposal.pk, expert="Ada", days=days, by=editor)


@pytest.mark.parametrize("expert", ["", "  ", "x" * 151])
def test_a_link_is_for_somebody(proposal, editor, expert):
    with pytest.raises(InvalidContent, match="1 to 150 characters"):
        review_links.issue(revision_id=proposal.pk, expert=expert, days=1, by=editor)


def test_contributors_issue_and_revoke_no_links(proposal, link, contributor):
    with pytest.raises(NotAllowed):
        review_links.issue(revision_id=proposal.pk, expert="Ada", days=1, by=contributor)
    with pytest.raises(NotAllowed):
        review_links.revoke(link_id=link.pk, by=contributor)


def test_a_decided_text_gets_no_link(proposal, reviewer):
    workflow.reject(revision_id=proposal.pk, by=reviewer, reason="No.")

    with pytest.raises(WrongState, match="Only an open text"):
        review_links.issue(revision_id=proposal.pk, expert="Ada", days=1, by=reviewer)


@pytest.mark.parametrize("advice", ["approve", "refuse"])
def test_advice_stands_on_record_and_decides_nothing(link, proposal, advice):
    said = review_links.advise(link_id=link.pk, advice=advice, text="See section 3.")

    assert (said.advice, said.author, said.author_name) == (advice, None, "Dr. Ada Lace")
    assert Revision.objects.get(pk=proposal.pk).state == "proposed"
    event = Event.objects.get(kind=Event.Kind.ADVISED)
    assert (event.by, event.by_name) == (None, "Dr. Ada Lace")


def test_advice_needs_no_words_and_a_remark_needs_some(link):
    review_links.advise(link_id=link.pk, advice="approve", text="")

    with pytest.raises(InvalidContent, match="write something"):
        review_links.advise(link_id=link.pk, advice="", text=" ")
    with pytest.raises(InvalidContent, match="choose approve or refuse"):
        review_links.advise(link_id=link.pk, advice="publish", text="Do it.")


def test_a_revoked_link_takes_no_advice_and_keeps_what_was_said(link, reviewer):
    review_links.advise(link_id=link.pk, advice="", text="First.")

    review_links.revoke(link_id=link.pk, by=reviewer)

    with pytest.raises(WrongState, match="closed"):
        review_links.advise(link_id=link.pk, advice="approve", text="")
    with pytest.raises(WrongState, match="revoked already"):
        review_links.revoke(link_id=link.pk, by=reviewer)
    assert link.comments.count() == 1


def test_an_expired_link_takes_no_advice(link):
    now = timezone.now()
    ReviewLink.objects.filter(pk=link.pk).update(
        created_at=now - timedelta(days=2), expires_at=now - timedelta(days=1)
    )

    with pytest.raises(WrongState, match="closed"):
        review_links.advise(link_id=link.pk, advice="approve", text="")


def test_advice_on_a_decided_text_comes_too_late(link, proposal, reviewer):
    workflow.approve(revision_id=proposal.pk, by=reviewer)

    with pytest.raises(WrongState, match="too late"):
        review_links.advise(link_id=link.pk, advice="refuse", text="No!")


def test_twenty_remarks_an_hour_are_enough(link):
    for number in range(20):
        review_links.advise(link_id=link.pk, advice="", text=f"No. {number}")

    with pytest.raises(TooMany, match="20 remarks an hour") as refusal:
        review_links.advise(link_id=link.pk, advice="", text="One more.")
    assert refusal.value.retry_after == 3600


def test_the_database_refuses_a_link_that_never_opens(proposal, reviewer):
    now = timezone.now()

    with pytest.raises(IntegrityError), transaction.atomic():
        ReviewLink.objects.create(
            revision=proposal, expert="Ada", by=reviewer, created_at=now, expires_at=now
        )


def test_a_link_ends_with_the_account_of_who_made_it(link, reviewer, chief):
    people.deactivate(user_id=reviewer.pk, by=chief)

    assert not ReviewLink.objects.get(pk=link.pk).is_open
    assert Event.objects.filter(kind=Event.Kind.LINK_REVOKED, by=chief).count() == 1


def test_a_link_to_a_text_that_was_put_away_is_closed(editor, reviewer):
    draft = make_draft(by=editor)
    link = review_links.issue(revision_id=draft.pk, expert="Ada", days=1, by=reviewer)
    workflow.discard_draft(term_id=draft.term_id, by=editor)

    with pytest.raises(WrongState, match="closed"):
        review_links.advise(link_id=link.pk, advice="approve", text="")
    with pytest.raises(WrongState, match="Only an open text"):
        review_links.issue(revision_id=draft.pk, expert="Ada", days=1, by=reviewer)
