"""Proposed merges and splits on the desk: the list, the page of one, and the decision on what it shows."""

import re

import pytest
from builders import make_draft, make_term, make_user, propose_change
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pages import client_of, text_of

from terms import merging, workflow
from terms.models import MergeProposal, Operation, Term

pytestmark = pytest.mark.django_db

LIST = "/admin/terms/mergeproposal/"
NEW = "Words that nobody else has read."


def page_of(proposal):
    return f"{LIST}{proposal.pk}/change/"


def press(client, proposal, button, **typed):
    shown = client.get(page_of(proposal))
    token = re.search(r'name="token" value="([^"]+)"', shown.content.decode())
    data = {"token": token[1] if token else "", **typed, f"_{button}": "1"}
    return client.post(page_of(proposal), data, follow=True)


def propose_merge(kept, absorbed, by, comment="They are the same.", content=None):
    content = {"definition": NEW} if content is None else content
    ids = {"kept_id": kept.pk, "absorbed_ids": [absorbed.pk]}
    token = merging.preview(**ids, by=by, content=content).token
    wish = {"kept": kept.public_id, "absorbed": [absorbed.public_id], "content": content}
    return merging.propose("merge", wish, token=token, by=by, comment=comment)


def propose_split(term, by):
    stays = {"qualifier": "training", "aliases": []}
    part = {"name": "Drop-out", "qualifier": "of students", "definition": "Somebody leaves a school."}
    sides = {"stays": stays, "part": part, "address": "both"}
    token = merging.split_preview(term_id=term.pk, by=by, **sides).token
    return merging.propose("split", {"term": term.public_id, **sides}, token=token, by=by)


@pytest.fixture
def kept(db):
    return make_term("Dropout", aliases=["Drop-out"])


@pytest.fixture
def proposal(kept, editor):
    absorbed = make_term("Dilution", definition="Units are left out.")
    make_term("Layer", relations=[{"kind": "related", "target": absorbed.public_id}])
    return propose_merge(kept, absorbed, editor)


# --- The list ------------------------------------------------------------------------------------


def test_the_list_begins_with_what_waits(proposal, kept, editor, reviewer):
    other = propose_merge(kept, make_term("Thinning"), editor, comment="Rejected then.")
    merging.reject_proposal(other.pk, by=reviewer, reason="No.")

    page = text_of(client_of(reviewer).get(LIST))

    assert "They are the same." in page
    assert "Rejected then." not in page
    assert "Rejected then." in text_of(client_of(reviewer).get(f"{LIST}?state=all"))


def test_an_empty_list_says_so(chief):
    assert "Nothing to show." in text_of(client_of(chief).get(LIST))


def test_the_list_has_pages(kept, editor, chief):
    rows = [MergeProposal(kind="merge", wish={}, token="", by=editor) for _ in range(60)]
    MergeProposal.objects.bulk_create(rows)

    page = client_of(chief).get(f"{LIST}?p=2")

    assert page.status_code == 200
    assert len(page.context["cl"].result_list) == 10


def test_the_queue_and_the_home_of_the_desk_lead_here(proposal, reviewer):
    client = client_of(reviewer)

    for address in ("/admin/terms/revision/", "/admin/"):
        assert LIST in client.get(address).content.decode()


@pytest.mark.parametrize(("role", "status"), [("Contributors", 302), ("Editors", 200), ("Reviewers", 200)])
def test_who_sees_proposals(role, status, proposal):
    client = client_of(make_user(role))

    assert client.get(LIST).status_code == client.get(page_of(proposal)).status_code == status


def test_the_list_takes_as_many_queries_for_many(kept, editor, chief):
    def queries():
        client = client_of(chief)
        client.get(LIST)
        with CaptureQueriesContext(connection) as captured:
            client.get(LIST)
        return len(captured)

    propose_merge(kept, make_term("One"), editor)
    propose_merge(kept, make_term("Two"), editor)
    before = queries()
    for number in range(4):
        propose_merge(kept, make_term(f"More {number}"), editor)

    assert queries() <= before


# --- The page of one -----------------------------------------------------------------------------


def test_a_merge_is_shown_as_a_difference_with_all_that_moves(proposal, editor, chief):
    page = text_of(client_of(chief).get(page_of(proposal)))

    assert f"{editor} has read what is new here: Definition" in page
    assert re.search(r"<ins>.*nobody", page)
    assert "Relations that lead to “Dropout” from now on" in page
    assert "“Layer”" in page
    assert "/terms/dilution/" in page


def test_a_split_is_shown_with_both_sides(kept, editor, chief):
    page = text_of(client_of(chief).get(page_of(propose_split(kept, editor))))

    assert "The part: “Drop-out (of students)”" in page
    assert "at /terms/drop-out-of-students/" in page
    assert "asks which of the two is meant" in page


def test_approving_carries_it_out(proposal, kept, chief):
    done = press(client_of(chief), proposal, "approve", remark="Yes.")

    assert "The merge is done." in text_of(done)
    assert Term.objects.get(pk=kept.pk).definition == NEW
    assert "What it did" in text_of(done)
    assert "Approved" not in text_of(done) or "Yes." in text_of(done)


def test_approving_a_split_carries_it_out(kept, editor, chief):
    press(client_of(chief), propose_split(kept, editor), "approve")

    assert Operation.objects.get().split.part.full_name == "Drop-out (of students)"


def test_a_rejection_without_a_reason_keeps_the_page(proposal, reviewer):
    refused = press(client_of(reviewer), proposal, "reject")

    assert refused.status_code == 422
    assert "Reject: give a reason" in text_of(refused)


def test_a_rejection_is_told_with_its_reason(proposal, reviewer):
    done = press(client_of(reviewer), proposal, "reject", remark="They differ.")

    assert f"Rejected by {reviewer}" in text_of(done)
    assert "They differ." in text_of(done)
    assert NEW in text_of(done)


def test_authors_withdraw_and_do_not_decide(proposal, editor):
    client = client_of(editor)
    page = text_of(client.get(page_of(proposal)))
    assert "_approve" not in page
    assert "_reject" not in page

    press(client, proposal, "withdraw")

    assert MergeProposal.objects.get(pk=proposal.pk).state == "withdrawn"


def test_what_was_typed_stays_when_it_is_refused(proposal, chief):
    client = client_of(chief)
    merging.withdraw_proposal(proposal.pk, by=proposal.by)

    refused = client.post(page_of(proposal), {"remark": "A long reason.", "_reject": "1"})

    assert refused.status_code == 409
    assert "withdrawn already" in text_of(refused)


def test_a_reviewer_who_may_not_merge_is_told_why(proposal, reviewer):
    page = text_of(client_of(reviewer).get(page_of(proposal)))

    assert "_approve" not in page
    assert "one of you needs the right to merge" in page


def test_what_moved_since_is_brought_up_to_date_first(proposal, kept, chief):
    client = client_of(chief)
    changed = propose_change(kept, tags=["Training"])
    workflow.approve(revision_id=changed.pk, by=chief)

    page = text_of(client.get(page_of(proposal)))
    assert "was changed since this was proposed" in page
    assert "_approve" not in page
    refused = press(client, proposal, "approve")
    assert refused.status_code == 409
    press(client, proposal, "refresh")
    press(client, proposal, "approve")

    assert MergeProposal.objects.get(pk=proposal.pk).state == "approved"


def test_a_decision_is_on_what_the_page_showed(proposal, kept, editor, chief):
    client = client_of(chief)
    seen = proposal.token
    propose_change(kept, tags=["Training"])
    merging.refresh_proposal(proposal.pk, by=editor)

    refused = client.post(page_of(proposal), {"token": seen, "remark": "Yes.", "_approve": "1"})

    assert refused.status_code == 409
    assert not Operation.objects.exists()
    assert "Yes." in text_of(refused)


def test_what_cannot_be_carried_out_any_more_says_why(proposal, chief):
    absorbed = Term.objects.get(name="Dilution")
    workflow.remove(term_id=absorbed.pk, by=chief, reason="No.")

    page = client_of(chief).get(page_of(proposal))

    assert page.status_code == 200
    assert "It cannot be carried out as things are" in text_of(page)
    assert "_approve" not in text_of(page)
    assert "_reject" in text_of(page)


def test_a_button_that_is_none_is_refused(proposal, chief):
    refused = client_of(chief).post(page_of(proposal), {"_plugh": "1"})

    assert "Choose what to do with this proposal." in text_of(refused)


def test_proposals_that_are_not_there_are_not_found(chief):
    assert client_of(chief).get(f"{LIST}0/change/").status_code == 404
    assert client_of(chief).get(f"{LIST}nonsense/change/").status_code == 404


def test_a_proposal_about_drafts_names_no_address(editor, chief):
    one, two = make_draft("One"), make_draft("Two")
    proposal = propose_merge(one.term, two.term, editor)

    assert "at /terms/" not in text_of(client_of(chief).get(page_of(proposal)))


def test_everybody_who_is_told_of_a_proposal_gets_there(reviewer, proposal):
    page = client_of(reviewer).get("/account/notifications/").content.decode()

    assert "proposes to merge or split" in page
    assert LIST in page
