"""The page of a proposal: what is said there, what the buttons do, and what comes back when refused."""

import re
from datetime import date, timedelta

import pytest
from builders import make_term, make_user, propose_change
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pages import client_of, text_of

from terms import discussion, planning, review_links, workflow
from terms.models import PlannedChange, Revision

pytestmark = pytest.mark.django_db


def address(revision):
    return f"/admin/terms/revision/{revision.pk}/change/"


@pytest.fixture
def term():
    return make_term(definition="One two three four.")


@pytest.fixture
def proposal(term, editor):
    return propose_change(term, by=editor, definition="One two three **FOUR**.")


def test_the_text_is_shown_as_readers_see_it_and_as_it_is_written(proposal, reviewer):
    page = text_of(client_of(reviewer).get(address(proposal)))

    assert "<strong>FOUR</strong>" in page
    assert "One two three **FOUR**.</pre>" in page


def test_the_preview_links_what_readers_could_follow_and_marks_the_rest(term, editor, reviewer):
    adam = make_term("Adam")
    revision = propose_change(term, by=editor, definition="See [[Adam]] and [[Adem]].")

    page = text_of(client_of(reviewer).get(address(revision)))

    assert re.search(rf'href="/terms/{adam.slug}/"[^>]*>Adam</a>', page)
    assert re.search(r'class="unknown-term" title="No link: [^"]*">Adem</span>', page)


def test_a_reviewer_asks_for_changes_and_the_author_answers(proposal, editor, reviewer):
    client_of(reviewer).post(address(proposal), {"_request_changes": "1", "remark": "Why so loud?"})

    page = text_of(client_of(editor).get(address(proposal)))
    assert "asks for changes" in page
    assert "Why so loud?" in page
    answer = client_of(editor).post(address(proposal), {"_resubmit": "1", "remark": "It is."}, follow=True)

    assert "is back in the queue with your answer" in text_of(answer)
    assert Revision.objects.get(pk=proposal.pk).state == "proposed"


def test_whoever_decides_is_told_who_reads_the_remark(proposal, reviewer):
    assert "whoever wrote this text reads it" in text_of(client_of(reviewer).get(address(proposal)))


@pytest.mark.parametrize("action", ["_request_changes", "_reject"])
def test_a_refused_decision_keeps_what_was_typed_elsewhere_and_says_why(proposal, reviewer, action):
    answer = client_of(reviewer).post(address(proposal), {action: "1", "remark": " "})

    assert answer.status_code == 422
    assert 'role="alert"' in text_of(answer)


def test_a_comment_is_answered_resolved_and_opened_again(proposal, editor, reviewer):
    desk = client_of(reviewer)
    desk.post(address(proposal), {"_comment": "1", "text": "Which four?", "field": "definition"})
    head = discussion.threads([proposal])[0].head

    page = text_of(desk.get(address(proposal)))
    assert "Which four?" in page
    assert "on: definition" in page
    client_of(editor).post(address(proposal), {"_answer": head.pk, f"answer-{head.pk}": "The last."})
    desk.post(address(proposal), {"_resolve": head.pk})

    page = text_of(desk.get(address(proposal)))
    assert "The last." in page
    assert "Resolved by" in page
    desk.post(address(proposal), {"_reopen": head.pk})
    assert discussion.threads([proposal])[0].is_open


def test_a_comment_that_is_too_long_comes_back_whole(proposal, reviewer):
    answer = client_of(reviewer).post(address(proposal), {"_comment": "1", "text": "x" * 2001})

    assert answer.status_code == 422
    assert "2,001 characters are too many" in text_of(answer)
    assert "x" * 2001 in text_of(answer)


def test_the_page_asks_no_more_for_more_discussions_and_corrections(proposal, editor):
    def corrected(revision, numbers):
        for number in numbers:
            text = f"Text {number}."
            revision = workflow.propose(
                term_id=proposal.term_id, based_on=revision.number, content={"definition": text}, by=editor
            )
            discussion.comment(revision_id=revision.pk, by=editor, text=text)
        return revision

    def queries(revision):
        with CaptureQueriesContext(connection) as captured:
            desk.get(address(revision))
        return len(captured)

    desk = client_of(make_user("Editors"))
    queries(proposal)  # what Django keeps from the first request on
    second = corrected(proposal, range(2))
    before = queries(second)

    assert queries(corrected(second, range(2, 8))) == before


def test_no_button_loses_what_was_typed_beside_it(proposal, reviewer):
    discussion.comment(revision_id=proposal.pk, by=reviewer, text="Which four?")
    head = discussion.threads([proposal])[0].head
    typed = {
        "remark": "So far so good.",
        "due_at": "2090-01-01T10:00",
        "text": "A comment.",
        "field": "definition",
        f"answer-{head.pk}": "An answer.",
        "expert": "Dr. Ada",
        "days": "5",
        "assignee": "",
        "due_on": "2091-01-01",
    }
    desk = client_of(reviewer)

    answers = [
        text_of(desk.post(address(proposal), typed | {"_comment": "1"})),
        text_of(desk.post(address(proposal), typed | {"_issue_link": "1"})),
        text_of(desk.post(address(proposal), typed | {"_resolve": head.pk})),
    ]

    for page in answers:
        assert "What else you typed on this page stands here still; it is not sent." in page
        assert ">So far so good.</textarea>" in page
        assert 'value="2090-01-01T10:00"' in page
    assert ">An answer.</textarea>" in answers[0]
    assert 'value="Dr. Ada"' in answers[0]
    assert 'value="2091-01-01"' in answers[0]
    assert ">A comment.</textarea>" not in answers[0]
    assert ">A comment.</textarea>" in answers[1]
    assert '<option value="definition" selected>' in answers[1]
    said = [
        (one.head.text, [answer.text for answer in one.answers]) for one in discussion.threads([proposal])
    ]
    assert said == [("A comment.", []), ("Which four?", ["An answer."])]


def test_a_comment_survives_the_decision_beside_it(proposal, reviewer):
    typed = {"_approve": "1", "remark": "Fine.", "text": "One more thing.", "due_at": "2090-01-01T10:00"}
    page = text_of(client_of(reviewer).post(address(proposal), typed))

    assert "is published as version 2." in page
    assert ">One more thing.</textarea>" in page
    assert Revision.objects.get(pk=proposal.pk).decision_reason == "Fine."


def test_what_was_typed_moves_on_to_the_text_that_was_brought_up_to_date(term, proposal, reviewer):
    other = propose_change(term, short_definition="It is short.")
    workflow.approve(revision_id=other.pk, by=reviewer)

    answer = client_of(reviewer).post(address(proposal), {"_bring_up_to_date": "1", "remark": "Well done."})

    newer = Revision.objects.get(supersedes=proposal)
    assert f'action="{address(newer)}"' in text_of(answer)
    assert ">Well done.</textarea>" in text_of(answer)


def test_other_proposals_for_the_term_and_open_discussions_are_named_beside_the_decision(
    term, proposal, reviewer
):
    other = propose_change(term, short_definition="It is short.")
    discussion.comment(revision_id=proposal.pk, by=reviewer, text="Which four?")

    page = text_of(client_of(reviewer).get(address(proposal)))

    assert f'<a href="{address(other)}">revision {other.number}</a> by {other.author}' in page
    assert '<a href="#discussion">1 discussion</a> is open still.' in page


def test_what_is_said_is_escaped(proposal, reviewer):
    client_of(reviewer).post(address(proposal), {"_comment": "1", "text": "<script>alert(1)</script>"})

    page = text_of(client_of(reviewer).get(address(proposal)))
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_a_text_is_assigned_and_shows_when_it_is_late(proposal, editor, reviewer):
    desk = client_of(editor)
    desk.post(address(proposal), {"_assign": "1", "assignee": reviewer.pk, "due_on": "2090-01-02"})
    Revision.objects.filter(pk=proposal.pk).update(due_on=date(2020, 1, 2))

    page = text_of(desk.get(address(proposal)))
    assert re.search(rf'class="flag">{reviewer.username} takes care of it, due 2020-01-02', page)
    late = text_of(client_of(reviewer).get("/admin/terms/revision/?care=overdue"))
    assert proposal.content["name"] in late
    assert proposal.content["name"] in text_of(client_of(reviewer).get("/admin/terms/revision/?care=mine"))
    assert "Nothing to show." in text_of(desk.get("/admin/terms/revision/?care=mine"))


@pytest.mark.parametrize("due_on", ["tomorrow", "2026-02-31", "31.12.2026"])
def test_a_day_that_is_none_is_refused_with_the_right_form(proposal, editor, due_on):
    answer = client_of(editor).post(address(proposal), {"_assign": "1", "assignee": "", "due_on": due_on})

    assert answer.status_code == 422
    assert "is not a date. Use YYYY-MM-DD." in text_of(answer)


def test_a_text_is_approved_for_later_and_the_plan_is_cancelled(proposal, reviewer):
    at = timezone.localtime(timezone.now() + timedelta(days=1))
    desk = client_of(reviewer)
    desk.post(address(proposal), {"_plan": "1", "due_at": f"{at:%Y-%m-%dT%H:%M}"})

    plan = PlannedChange.objects.get()
    assert abs(plan.due_at - at) < timedelta(minutes=1)
    assert f"Goes live on {at:%Y-%m-%d}" in text_of(desk.get(address(proposal)))
    desk.post(address(proposal), {"_cancel_plan": plan.pk})

    assert PlannedChange.objects.get().state == "cancelled"


@pytest.mark.parametrize("due_at", ["soon", "9999-12-31T23:59-12:00", "0001-01-01T00:00+14:00"])
def test_a_time_that_is_none_is_refused_and_shown_again(proposal, reviewer, due_at):
    answer = client_of(reviewer).post(address(proposal), {"_plan": "1", "due_at": due_at})

    assert answer.status_code == 422
    assert f"“{due_at}” is not a time" in text_of(answer)


def test_an_overtaken_text_is_brought_up_to_date_with_one_button(term, proposal, reviewer):
    other = propose_change(term, definition="ONE two three four.")
    workflow.approve(revision_id=other.pk, by=make_user("Reviewers"))
    desk = client_of(reviewer)

    page = text_of(desk.get(address(proposal)))
    assert "do not touch the same words" in page
    answer = desk.post(address(proposal), {"_bring_up_to_date": "1"}, follow=True)

    newer = Revision.objects.get(supersedes=proposal)
    assert answer.redirect_chain[-1][0] == address(newer)
    assert newer.content["definition"] == "ONE two three **FOUR**."


def test_where_both_sides_changed_the_same_place_the_page_says_which(term, proposal, reviewer):
    other = propose_change(term, definition="One two three vier.")
    workflow.approve(revision_id=other.pk, by=make_user("Reviewers"))
    desk = client_of(reviewer)

    page = text_of(desk.get(address(proposal)))

    assert 'name="_bring_up_to_date"' not in page
    assert "Bring up to date by hand" in page
    assert "vier" in page
    answer = desk.post(address(proposal), {"_bring_up_to_date": "1"})
    assert answer.status_code == 409
    assert "Changed on both sides: Definition" in text_of(answer)


def test_a_review_link_is_made_shown_and_taken_back(proposal, reviewer):
    desk = client_of(reviewer)
    desk.post(address(proposal), {"_issue_link": "1", "expert": "Dr. Ada Lace", "days": "14"})

    [link] = proposal.review_links.all()
    path = f"/review/{review_links.token_of(link)}/"
    assert path in text_of(desk.get(address(proposal)))
    desk.post(address(proposal), {"_revoke_link": link.pk})

    page = text_of(desk.get(address(proposal)))
    assert path not in page
    assert "taken back on" in page


def test_what_was_rejected_before_is_remembered_with_the_reason(term, editor, reviewer):
    first = propose_change(term, by=editor, definition="Louder.")
    workflow.reject(revision_id=first.pk, by=reviewer, reason="Not louder, please.")
    second = propose_change(term, by=editor, definition="LOUDER.")

    page = text_of(client_of(reviewer).get(address(second)))

    assert "Rejected before" in page
    assert "Not louder, please." in page


def test_readers_suggestions_are_named_as_such_in_the_queue(term, reviewer):
    workflow.suggest(
        term_id=term.pk,
        version=1,
        content={"definition": "One two three five."},
        sender=workflow.Sender(name="Kim"),
    )

    queue = text_of(client_of(reviewer).get("/admin/terms/revision/?kind=readers"))

    assert "Kim (a reader)" in queue


def test_the_queue_is_filtered_by_kind(proposal, reviewer):
    workflow.propose(content={"name": "Fresh word", "definition": "A."}, by=make_user("Editors"))
    desk = client_of(reviewer)

    new, changes = (text_of(desk.get(f"/admin/terms/revision/?kind={kind}")) for kind in ("new", "change"))

    assert ("Fresh word" in new, "Dropout" in new) == (True, False)
    assert ("Fresh word" in changes, "Dropout" in changes) == (False, True)


def test_of_many_authors_those_are_offered_of_whom_most_waits(proposal, reviewer, monkeypatch):
    monkeypatch.setattr("terms.admin.proposals._AUTHORS_OFFERED", 2)
    busy, done = make_user("Editors", username="busy"), make_user("Editors", username="done")
    for _ in range(2):
        propose_change(proposal.term, by=busy, definition="Other.")
    workflow.withdraw(revision_id=propose_change(proposal.term, by=done, definition="No.").pk, by=done)

    offered, asked_for = (
        text_of(client_of(reviewer).get(f"/admin/terms/revision/{query}"))
        for query in ("", f"?author={done.pk}")
    )

    assert f"author={busy.pk}" in offered and f"author={proposal.author_id}" in offered
    assert f"author={done.pk}" not in offered
    assert f"author={busy.pk}" in asked_for and f"author={done.pk}" in asked_for


def test_a_post_without_a_button_changes_nothing_and_says_so(proposal, reviewer):
    answer = client_of(reviewer).post(address(proposal), {})

    assert answer.status_code == 400
    assert "Choose what to do" in text_of(answer)
    assert Revision.objects.get(pk=proposal.pk).state == "proposed"


@pytest.mark.parametrize(
    "sent",
    [
        {"_resolve": "x"},
        {"_reopen": "0"},
        {"_cancel_plan": "99999999999999999999"},
        {"_revoke_link": "-1"},
        {"_answer": "999", "answer-999": "Hm."},
        {"_answer": "", "answer-": "Hm."},
        {"_comment": "1", "text": "Hm.", "field": "colour"},
        {"_assign": "1", "assignee": "999999"},
        {"_issue_link": "1", "expert": "Ada", "days": "many"},
    ],
)
def test_a_made_up_form_is_refused_with_a_sentence(proposal, reviewer, sent):
    answer = client_of(reviewer).post(address(proposal), sent)

    assert answer.status_code in {400, 409, 422}
    assert 'role="alert"' in text_of(answer)


def test_a_plan_for_a_text_is_shown_to_those_who_may_not_cancel_it(proposal, reviewer, editor):
    planning.plan_publication(revision_id=proposal.pk, due_at=timezone.now() + timedelta(days=1), by=reviewer)

    page = text_of(client_of(editor).get(address(proposal)))

    assert "Goes live on" in page
    assert "_cancel_plan" not in page


def test_a_remark_without_a_change_offers_no_approval(term, reviewer):
    workflow.suggest(
        term_id=term.pk, version=1, content={}, remark="The sum is wrong.", sender=workflow.Sender()
    )
    revision = Revision.objects.get(suggestion__isnull=False)

    page = text_of(client_of(reviewer).get(address(revision)))

    assert "it changes no word" in page
    assert 'name="_approve"' not in page
