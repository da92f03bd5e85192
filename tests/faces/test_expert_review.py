"""The page behind a review link: one text, for whoever holds the address, and nothing else."""

import re
from datetime import timedelta

import pytest
from builders import make_draft, make_term, propose_change
from django.test import Client
from django.utils import timezone
from pages import text_of

from terms import discussion, review_links, workflow
from terms.models import ReviewLink, Revision

pytestmark = pytest.mark.django_db


@pytest.fixture
def proposal(editor):
    term = make_term(definition="First text.")
    return propose_change(
        term,
        by=editor,
        definition="Second text with $x^2$.",
        aliases=["Drop-out", {"text": "plugh hidden", "kind": "hidden"}],
        notes=[{"kind": "editorial", "text": "plugh private"}],
    )


@pytest.fixture
def link(proposal, reviewer):
    return review_links.issue(revision_id=proposal.pk, expert="Dr. Ada Lace", days=14, by=reviewer)


@pytest.fixture
def page(link):
    return f"/review/{review_links.token_of(link)}/"


def test_the_text_is_shown_with_what_it_changes_and_without_what_is_private(page):
    response = Client().get(page)

    shown = text_of(response)
    assert response.status_code == 200
    assert "Second text with" in shown
    assert "<math" in shown
    assert re.search(r"<del>.{0,80}First", shown)
    assert "Drop-out" in shown
    assert "plugh" not in shown


def test_the_page_is_kept_by_nobody_and_found_by_no_engine(page):
    headers = Client().get(page).headers

    assert "no-store" in headers["Cache-Control"]
    assert headers["X-Robots-Tag"] == "noindex, nofollow"
    # Not "no-referrer": a browser then sends "Origin: null", and the form would be refused.
    assert headers["Referrer-Policy"] == "same-origin"


def test_relations_to_drafts_are_not_shown(reviewer, editor):
    draft = make_draft("Plugh secret")
    revision = propose_change(
        make_term("Loss"), relations=[{"kind": "related", "target": draft.term.public_id}]
    )
    link = review_links.issue(revision_id=revision.pk, expert="Ada", days=1, by=reviewer)

    assert "Plugh" not in text_of(Client().get(f"/review/{review_links.token_of(link)}/"))


def test_advice_is_given_without_script_or_account(page, proposal):
    visitor = Client(enforce_csrf_checks=True)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', visitor.get(page).content.decode())[1]

    answer = visitor.post(
        page, {"csrfmiddlewaretoken": token, "advice": "refuse", "text": "The sign is wrong."}, follow=True
    )

    assert "Thank you." in text_of(answer)
    assert "The sign is wrong." in text_of(answer)
    assert Revision.objects.get(pk=proposal.pk).state == "proposed"
    [said] = proposal.comments.all()
    assert (said.advice, said.author_name) == ("refuse", "Dr. Ada Lace")


def test_an_answer_on_a_newer_text_of_the_line_reaches_the_expert(page, link, proposal, editor):
    head = review_links.advise(link_id=link.pk, advice="refuse", text="Wrong.")
    newer = workflow.propose(
        term_id=proposal.term_id, based_on=proposal.number, content={"definition": "Right."}, by=editor
    )
    discussion.comment(revision_id=newer.pk, by=editor, text="Better now?", thread_id=head.pk)
    discussion.comment(revision_id=newer.pk, by=editor, text="Plugh between us.")

    shown = text_of(Client().get(page))

    assert "Better now?" in shown
    assert "Plugh" not in shown


@pytest.mark.parametrize("name", ["Erin Edson", ""])
def test_the_page_says_who_asks_and_with_which_name_they_log_in_it_does_not(page, reviewer, name):
    reviewer.first_name, _, reviewer.last_name = name.partition(" ")
    reviewer.save()

    shown = text_of(Client().get(page))

    assert f"from {name or 'an editor'} ·" in shown
    assert reviewer.username not in shown


def test_a_difference_leaves_out_long_unchanged_text(reviewer):
    middle = " ".join(f"Sentence {number} stands here." for number in range(60))
    term = make_term(definition=f"First. {middle} Last.")
    proposal = propose_change(term, definition=f"Begin. {middle} End.")
    link = review_links.issue(revision_id=proposal.pk, expert="Ada", days=1, by=reviewer)

    shown = text_of(Client().get(f"/review/{review_links.token_of(link)}/"))

    assert '<span class="left-out">[…] unchanged text left out</span>' in shown
    assert "Sentence 30 stands here." not in shown.split('id="changed"')[1]


def test_an_empty_remark_is_refused_by_the_name_of_its_field_and_leads_to_it(page):
    answer = Client().post(page, {"advice": "", "text": " "})

    assert answer.status_code == 422
    assert "Remark: write something first." in text_of(answer)
    assert f'action="{page}#advise"' in text_of(answer)
    assert 'aria-labelledby="advise"' in text_of(answer)


def test_refused_advice_keeps_what_was_typed(page):
    answer = Client().post(page, {"advice": "refuse", "text": "x" * 2001})

    assert answer.status_code == 422
    assert "x" * 2001 in text_of(answer)
    assert 'value="refuse" checked' in text_of(answer)


@pytest.mark.parametrize("end", ["decided", "taken back", "term gone"])
def test_what_was_typed_too_late_can_be_copied(page, link, proposal, reviewer, chief, end):
    if end == "decided":
        workflow.reject(revision_id=proposal.pk, by=reviewer, reason="No.")
    elif end == "taken back":
        review_links.revoke(link_id=link.pk, by=reviewer)
    else:
        workflow.remove(term_id=proposal.term_id, by=chief, reason="No.")

    answer = Client().post(page, {"advice": "refuse", "text": "My long <advice>."})

    assert answer.status_code == (409 if end == "decided" else 410)
    assert "My long &lt;advice&gt;." in text_of(answer)
    assert "It was not sent" in text_of(answer)
    assert ("would come too late" in text_of(answer)) == (end == "decided")


def test_reading_writes_nothing(page, django_assert_max_num_queries):
    with django_assert_max_num_queries(20) as captured:
        Client().get(page)

    assert not [query for query in captured if query["sql"].split()[0] in {"INSERT", "UPDATE", "DELETE"}]


def test_a_closed_link_shows_nothing_of_the_text(page, link, reviewer):
    review_links.revoke(link_id=link.pk, by=reviewer)

    for response in (Client().get(page), Client().post(page, {"advice": "approve"})):
        assert response.status_code in {410, 422}
        assert "Second text" not in text_of(response)
        assert "Dropout" not in text_of(response)
        assert "has been taken back" in text_of(response)


def test_an_expired_link_says_so(page, link):
    now = timezone.now()
    ReviewLink.objects.filter(pk=link.pk).update(
        created_at=now - timedelta(days=3), expires_at=now - timedelta(days=1)
    )

    response = Client().get(page)

    assert response.status_code == 410
    assert "was open until" in text_of(response)


@pytest.mark.parametrize("token", ["1", "1.abc", "x" * 200, "1.é"])
def test_a_made_up_address_is_no_page(token):
    response = Client().get(f"/review/{token}/")

    assert response.status_code == 404
    assert "Copy the whole link" in text_of(response)


def test_a_decided_text_takes_no_more_advice(page, proposal, reviewer):
    workflow.approve(revision_id=proposal.pk, by=reviewer)

    shown = text_of(Client().get(page))

    assert "decided: approved" in shown
    assert "Your advice</h2>" not in shown
