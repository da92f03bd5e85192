"""Deprecating later: planned on the page of a term, seen in a list, cancelled from both."""

import re
from datetime import timedelta

import pytest
from builders import make_term, propose_change
from django.utils import timezone
from pages import client_of, text_of

from terms import planning
from terms.models import PlannedChange, Term

pytestmark = pytest.mark.django_db

LIST = "/admin/terms/plannedchange/"


@pytest.fixture
def term():
    return make_term("Attention")


@pytest.fixture
def plan(term, reviewer):
    due_at = timezone.now() + timedelta(days=7)
    return planning.plan_deprecation(term_id=term.pk, due_at=due_at, reason="Out of use.", by=reviewer)


def deprecate(client, term, **typed):
    return client.post(f"/admin/terms/term/{term.pk}/deprecate/", {"based_on": 1, **typed})


def test_a_deprecation_is_planned_for_a_day(term, reviewer):
    client, day = client_of(reviewer), timezone.localdate() + timedelta(days=7)
    make_term("Loss")

    response = deprecate(client, term, reason="Out of use.", successors="Loss", due_on=day.isoformat())

    plan = PlannedChange.objects.get()
    assert response.status_code == 302
    assert timezone.localtime(plan.due_at).isoformat()[:16] == f"{day}T00:00"
    assert (plan.reason, plan.successors, plan.by) == ("Out of use.", ["Loss"], reviewer)
    assert Term.objects.get(pk=term.pk).status == "published"
    page = text_of(client.get(response.headers["Location"]))
    assert f"is going to be deprecated on {day}" in page
    assert f"as {reviewer} decided. Out of use." in page
    assert re.search(rf'class="notice">It is going to be deprecated on <time [^>]*>{day}, 00:00', page)
    assert "Cancel the plan" in page


def test_without_a_day_it_happens_at_once(term, reviewer):
    deprecate(client_of(reviewer), term, reason="Out of use.", due_on="")

    assert Term.objects.get(pk=term.pk).status == "deprecated"
    assert not PlannedChange.objects.exists()


@pytest.mark.parametrize(
    ("day", "said"),
    [("2020-01-01", "give a time in the future"), ("soon", "“soon” is not a day. Use YYYY-MM-DD.")],
)
def test_a_day_that_cannot_be_is_refused_at_its_field(term, reviewer, day, said):
    response = deprecate(client_of(reviewer), term, reason="Out of use.", due_on=day)

    assert response.status_code == 422
    assert said in text_of(response).split('for="id_due_on"')[1]
    assert f'value="{day}"' in text_of(response)
    assert "Out of use.</textarea>" in text_of(response)
    assert Term.objects.get(pk=term.pk).status == "published"


def test_a_reason_is_needed_for_later_too(term, reviewer):
    day = timezone.localdate() + timedelta(days=7)

    response = deprecate(client_of(reviewer), term, reason=" ", due_on=day.isoformat())

    assert response.status_code == 422
    assert "say why, readers will ask" in text_of(response)


def test_other_decisions_take_no_day(chief, term):
    page = text_of(client_of(chief).get(f"/admin/terms/term/{term.pk}/remove/"))

    assert "due_on" not in page


def test_a_plan_is_cancelled_on_the_page_of_its_term(term, plan, reviewer):
    response = client_of(reviewer).post(f"{LIST}{plan.pk}/cancel/", {"to_term": "1"})

    plan.refresh_from_db()
    assert (plan.state, response.headers["Location"]) == (
        "cancelled",
        f"/admin/terms/term/{term.pk}/change/",
    )


def test_a_plan_is_cancelled_in_the_list(plan, reviewer):
    client = client_of(reviewer)

    response = client.post(f"{LIST}{plan.pk}/cancel/", follow=True)

    assert response.redirect_chain == [(LIST, 302)]
    assert "The plan is cancelled." in text_of(response)
    assert "By " in text_of(response)


def test_cancelling_twice_is_told(plan, reviewer):
    client = client_of(reviewer)
    client.post(f"{LIST}{plan.pk}/cancel/")

    again = client.post(f"{LIST}{plan.pk}/cancel/", follow=True)

    assert "This plan is cancelled already." in text_of(again)


def test_editors_see_plans_and_cancel_none(term, plan, editor):
    client = client_of(editor)

    page = text_of(client.get(f"/admin/terms/term/{term.pk}/change/"))
    listed = text_of(client.get(LIST))
    refused = client.post(f"{LIST}{plan.pk}/cancel/", follow=True)

    plan.refresh_from_db()
    assert "Out of use." in page
    assert "Cancel the plan" not in page
    assert "Attention" in listed
    assert "/cancel/" not in listed
    assert "Ask a reviewer." in text_of(refused)
    assert plan.state == "pending"


def test_the_list_holds_what_waits_and_what_was_settled(term, plan, reviewer):
    proposal = propose_change(make_term("Loss"), definition="Better.")
    due_at = timezone.now() + timedelta(days=1)
    planning.plan_publication(revision_id=proposal.pk, due_at=due_at, by=reviewer)
    planning.carry_out_due(due_at)
    client = client_of(reviewer)

    everything, waiting = text_of(client.get(LIST)), text_of(client.get(f"{LIST}?state__exact=pending"))

    assert "“Loss” is version 2." in everything
    assert "revision 2</a>" in everything
    assert f"{LIST}{plan.pk}/cancel/" in everything
    assert "Loss" not in waiting.split("<main")[1]
