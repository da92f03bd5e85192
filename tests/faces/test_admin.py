"""The editors' desk: what it shows, to whom, and that every decision is the rules'."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from builders import make_draft, make_term, make_user, propose_change
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from terms import publishing, tagging, workflow
from terms.errors import InvalidContent, NotAllowed
from terms.models import (
    ApiToken,
    Event,
    ImportBatch,
    ImportedRecord,
    Revision,
    Tag,
    Term,
)
from terms.search import search

ROOT = Path(__file__).resolve().parents[2]
HOSTILE = '<script>alert("x")</script><img src=x onerror=alert(1)>'
TERMS = "/admin/terms/term/"
QUEUE = "/admin/terms/revision/"


@pytest.fixture(autouse=True)
def _static_files(settings, tmp_path):
    """Serve without collected files: their names are not what these tests are about."""
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


def client_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def term_page(term) -> str:
    return reverse("admin:terms_term_change", args=[term.pk])


def review_page(revision) -> str:
    return reverse("admin:terms_revision_change", args=[revision.pk])


def filled(html: str) -> dict[str, object]:
    """Return what a browser would send of the form of a content as it stands on a page."""
    form = re.search(r'<form class="content-form".*?</form>', html, re.DOTALL)[0]
    sent: dict[str, object] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        attrs = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if attrs["type"] != "checkbox":
            sent[attrs["name"]] = unescape(attrs.get("value", ""))
        elif " checked" in tag:
            sent[attrs["name"]] = "on"
    for name, text in re.findall(r'<textarea name="([^"]+)"[^>]*>\n?(.*?)</textarea>', form, re.DOTALL):
        sent[name] = unescape(text)
    for name, options in re.findall(r'<select name="([^"]+)".*?>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options) or re.search(r'value="([^"]*)"', options)
        sent[name] = chosen[1]
    sent.pop("csrfmiddlewaretoken", None)
    return sent


def text_of(response) -> str:
    return response.content.decode()


# --- The whole way -------------------------------------------------------------------------------


def test_a_text_goes_the_whole_way_from_a_draft_to_the_readers(db):
    editor, reviewer = make_user("Editors"), make_user("Reviewers")
    desk = client_of(editor)
    sheet = filled(text_of(desk.get(f"{TERMS}add/")))
    sheet |= {
        "name": "Dropout",
        "short_definition": "Leaving units out.",
        "definition": "Units are *left out*.",
        "tags": "Training, Deep learning",
        "aliases-0-text": "Drop-out",
        "sources-0-title": "A paper",
        "sources-0-url": "https://example.org/paper",
        "comment": "First text.",
    }

    saved = desk.post(f"{TERMS}add/", sheet | {"_save_draft": "1"}, follow=True)
    correction = filled(text_of(saved)) | {"definition": "Units are *left out* at random."}
    term = Term.objects.get(name="Dropout")
    proposed = desk.post(term_page(term), correction | {"_propose": "1"}, follow=True)
    proposal = term.revisions.get(state="proposed")
    approved = client_of(reviewer).post(
        review_page(proposal), {"_approve": "1", "remark": "Good."}, follow=True
    )

    assert "is proposed" in text_of(proposed)
    assert "is published as version 1" in text_of(approved)
    term.refresh_from_db()
    assert "at random" in term.definition_html
    assert [alias.text for alias in term.aliases.all()] == ["Drop-out"]
    assert [source.url for source in term.sources.all()] == ["https://example.org/paper"]
    assert sorted(Tag.objects.values_list("name", flat=True)) == ["Deep learning", "Training"]
    proposal.refresh_from_db()
    assert (proposal.reviewer, proposal.decision_reason) == (reviewer, "Good.")


def test_sending_the_form_of_a_published_term_as_it_stands_changes_nothing(editor):
    other = make_term("Weight decay")
    homograph = make_term("Kernel", qualifier="GPU computing")
    term = make_term(
        "Dropout",
        tags=["Training"],
        aliases=[{"text": "Abwurf", "kind": "translation", "language": "de", "note": "rare"}],
        relations=[
            {"kind": "related", "target": other.public_id},
            {"kind": "broader", "target": homograph.public_id},
        ],
        sources=[{"title": "A paper", "url": "https://example.org/", "locator": "p. 3"}],
        notes=[{"kind": "usage", "text": "Two\nlines."}],
        external_ids=[{"scheme": "wikidata", "value": "Q1", "mapping": "close"}],
        review_by="2031-02-03",
        links_itself=False,
    )
    desk = client_of(editor)

    answer = desk.post(term_page(term), filled(text_of(desk.get(term_page(term)))) | {"_propose": "1"})

    assert answer.status_code == 422
    assert "Nothing was changed against revision 1." in text_of(answer)
    assert term.revisions.count() == 1


def test_a_row_is_taken_out_by_its_box(editor):
    term = make_term(aliases=[{"text": "First"}, {"text": "Second"}])
    desk = client_of(editor)
    sheet = filled(text_of(desk.get(term_page(term)))) | {"aliases-0-remove": "on"}

    desk.post(term_page(term), sheet | {"_propose": "1"})

    proposal = term.revisions.get(state="proposed")
    assert [alias["text"] for alias in proposal.content["aliases"]] == ["Second"]


def test_preview_shows_the_text_and_its_problems_and_keeps_nothing(editor):
    desk = client_of(editor)
    sheet = filled(text_of(desk.get(f"{TERMS}add/")))
    sheet |= {"name": "Loss", "definition": "A **bold** $\\frac{1$.", "tags": "brand new"}

    answer = desk.post(f"{TERMS}add/", sheet | {"_preview": "1"})

    assert "<strong>bold</strong>" in text_of(answer)
    assert "\\frac{1" in text_of(answer)
    assert "Worth a look" in text_of(answer)
    assert not Term.objects.exists()
    assert not Tag.objects.exists()


def test_more_rows_come_without_losing_what_was_typed(editor):
    desk = client_of(editor)
    sheet = filled(text_of(desk.get(f"{TERMS}add/"))) | {"name": "Loss", "aliases-0-text": "Cost"}

    page = text_of(desk.post(f"{TERMS}add/", sheet | {"_more": "aliases"}))

    assert filled(page)["aliases-0-text"] == "Cost"
    assert [name for name in filled(page) if re.fullmatch(r"aliases-\d-text", name)] == [
        "aliases-0-text",
        "aliases-1-text",
        "aliases-2-text",
    ]


def test_invalid_text_comes_back_whole_with_a_sentence_at_each_field(editor):
    desk = client_of(editor)
    sheet = filled(text_of(desk.get(f"{TERMS}add/")))
    sheet |= {
        "name": "Loss",
        "definition": "My long text.",
        "short_definition": "x" * 161,
        "relations-0-target": "Nobody knows it",
        "review_by": "tomorrow",
    }

    answer = desk.post(f"{TERMS}add/", sheet | {"_propose": "1"})

    page = text_of(answer)
    assert answer.status_code == 422
    assert "there is no term “Nobody knows it”" in page
    assert "161 characters are too many" in page
    assert "“tomorrow” is not a date" in page
    [summary] = re.findall(r'<div class="errornote" role="alert">.*?</div>', page, re.S)
    assert re.search(r'<li><a href="#id_short_definition">[^<]*161 characters are too many', summary)
    assert re.search(r'<li><a href="#id_relations">[^<]*“Nobody knows it”', summary)
    for place in ("id_short_definition", "id_relations", "id_review_by"):
        assert f'href="#{place}"' in summary
        assert f'id="{place}"' in page
    assert {key: filled(page)[key] for key in ("definition", "relations-0-target", "short_definition")} == {
        "definition": "My long text.",
        "relations-0-target": "Nobody knows it",
        "short_definition": "x" * 161,
    }


@pytest.mark.parametrize("field", ["name", "definition", "aliases-0-text", "tags", "comment"])
def test_signs_that_no_database_stores_are_no_server_error(editor, field):
    desk = client_of(editor)
    sheet = filled(text_of(desk.get(f"{TERMS}add/"))) | {"name": "Loss", "definition": "A text."}

    answer = desk.post(f"{TERMS}add/", sheet | {field: "a\0b", "_propose": "1"})

    assert answer.status_code in {302, 422}


def test_a_summary_that_is_too_long_is_refused_with_a_sentence(editor):
    desk = client_of(editor)
    sheet = filled(text_of(desk.get(f"{TERMS}add/"))) | {"name": "Loss", "definition": "A text."}

    answer = desk.post(f"{TERMS}add/", sheet | {"comment": "x" * 501, "_propose": "1"})

    assert answer.status_code == 422
    assert "Edit summary: 501 characters are too many" in text_of(answer)
    assert '<a href="#id_comment">' in text_of(answer)
    assert 'aria-invalid="true" aria-describedby="id_comment_problems id_comment_helptext"' in text_of(answer)


# --- Stale edits ---------------------------------------------------------------------------------


def test_a_stale_edit_keeps_the_text_and_shows_both_differences(editor):
    term = make_term(definition="One two three.")
    desk = client_of(editor)
    sheet = filled(text_of(desk.get(term_page(term)))) | {"definition": "One two MINE."}
    theirs = propose_change(term, definition="THEIRS two three.", tags=["elsewhere"])
    workflow.approve(revision_id=theirs.pk, by=make_user("Reviewers"))

    answer = desk.post(term_page(term), sheet | {"_propose": "1"})

    page = text_of(answer)
    assert answer.status_code == 409
    assert "Revision 2 was published while you were editing revision 1" in page
    assert "What changed there (revision 2)" in page
    assert re.search(r"<ins>.{0,60}THEIRS", page)
    assert re.search(r"<ins>.{0,60}MINE", page)
    assert filled(page)["definition"] == "THEIRS two MINE."
    assert filled(page)["based_on"] == "2"


def test_a_stale_edit_sent_again_is_meant_so(editor):
    term = make_term(definition="One two three.")
    desk = client_of(editor)
    sheet = filled(text_of(desk.get(term_page(term)))) | {"definition": "One two MINE."}
    theirs = propose_change(term, definition="THEIRS two three.")
    workflow.approve(revision_id=theirs.pk, by=make_user("Reviewers"))
    page = text_of(desk.post(term_page(term), sheet | {"_propose": "1"}))

    again = desk.post(term_page(term), filled(page) | {"_propose": "1"})

    assert again.status_code == 302
    proposal = term.revisions.get(state="proposed")
    assert proposal.content["definition"] == "THEIRS two MINE."
    assert proposal.based_on.number == 2


def test_a_stale_edit_sent_again_keeps_what_others_wrote_in_fields_it_did_not_touch(editor):
    term = make_term(definition="One paragraph.", tags=["old"])
    desk = client_of(editor)
    sheet = filled(text_of(desk.get(term_page(term)))) | {
        "short_definition": "Mine.",
        "tags": "old, Fresh Tag",
    }
    theirs = propose_change(term, definition="One paragraph.\n\nAn approved paragraph.")
    workflow.approve(revision_id=theirs.pk, by=make_user("Reviewers"))

    page = text_of(desk.post(term_page(term), sheet | {"_propose": "1"}))
    desk.post(term_page(term), filled(page) | {"_propose": "1"})

    assert "What your text did not change now reads as in revision 2" in page
    assert "Changed on both sides" not in page
    content = term.revisions.get(state="proposed").content
    assert content["definition"] == "One paragraph.\n\nAn approved paragraph."
    assert content["short_definition"] == "Mine."
    assert Tag.objects.get(slug="fresh-tag").name == "Fresh Tag"


def test_a_stale_edit_brings_the_new_tags_of_both_sides_together(editor):
    term = make_term(tags=["old"])
    desk = client_of(editor)
    sheet = filled(text_of(desk.get(term_page(term)))) | {"tags": "old, Fresh Tag"}
    theirs = propose_change(term, tags=["old", "Their Tag"])
    workflow.approve(revision_id=theirs.pk, by=make_user("Reviewers"))

    page = text_of(desk.post(term_page(term), sheet | {"_propose": "1"}))

    assert "Changed on both sides" not in page
    assert filled(page)["tags"] == "old, Their Tag, Fresh Tag"


def test_a_stale_edit_names_the_fields_that_both_sides_changed(editor):
    term = make_term(definition="One.", short_definition="Short.")
    desk = client_of(editor)
    sheet = filled(text_of(desk.get(term_page(term)))) | {"definition": "Mine."}
    theirs = propose_change(term, definition="Theirs.", short_definition="Shorter.")
    workflow.approve(revision_id=theirs.pk, by=make_user("Reviewers"))

    page = text_of(desk.post(term_page(term), sheet | {"_propose": "1"}))

    assert "Changed on both sides: Definition; your text stands below" in page
    assert (filled(page)["definition"], filled(page)["short_definition"]) == ("Mine.", "Shorter.")


def test_a_stale_edit_with_mistakes_is_not_based_on_the_newer_text_before_they_are_put_right(editor):
    term = make_term(definition="One.")
    desk = client_of(editor)
    sheet = filled(text_of(desk.get(term_page(term)))) | {"review_by": "soon"}
    theirs = propose_change(term, definition="Theirs.")
    workflow.approve(revision_id=theirs.pk, by=make_user("Reviewers"))

    wrong = text_of(desk.post(term_page(term), sheet | {"_propose": "1"}))
    right = text_of(desk.post(term_page(term), filled(wrong) | {"review_by": "2031-02-03", "_propose": "1"}))

    assert "Put right what is wrong with your text first" in wrong
    assert (filled(wrong)["based_on"], filled(wrong)["definition"]) == ("1", "One.")
    assert (filled(right)["based_on"], filled(right)["definition"]) == ("2", "Theirs.")
    assert filled(right)["review_by"] == "2031-02-03"


def test_correcting_a_proposal_that_was_overtaken_keeps_what_the_proposal_changed(editor, reviewer):
    term = make_term(definition="One.", short_definition="Short.")
    proposal = propose_change(term, by=editor, definition="Proposed.")
    desk = client_of(editor)
    sheet = filled(text_of(desk.get(f"{term_page(term)}?revision={proposal.number}")))
    newer = propose_change(term, short_definition="Shorter.")
    workflow.approve(revision_id=newer.pk, by=reviewer)

    page = text_of(desk.post(term_page(term), sheet | {"tags": "added", "_propose": "1"}))

    assert filled(page)["definition"] == "Proposed."
    assert (filled(page)["short_definition"], filled(page)["tags"]) == ("Shorter.", "added")
    assert filled(page)["based_on"] == str(newer.number)


def test_a_proposal_that_was_overtaken_is_brought_up_to_date(editor, reviewer):
    term = make_term(definition="One.")
    proposal = propose_change(term, by=editor, short_definition="Short.")
    newer = propose_change(term, definition="One and two.")
    workflow.approve(revision_id=newer.pk, by=reviewer)

    page = text_of(client_of(reviewer).get(review_page(proposal)))
    refused = client_of(reviewer).post(review_page(proposal), {"_approve": "1"})
    sheet = filled(text_of(client_of(editor).get(f"{term_page(term)}?text_of={proposal.number}")))

    assert "Bring up to date" in page
    assert 'name="_approve"' not in page
    assert refused.status_code == 409
    assert (sheet["short_definition"], sheet["based_on"]) == ("Short.", str(newer.number))
    assert sheet["definition"] == "One and two."


def test_a_decision_on_a_term_that_changed_meanwhile_is_refused_with_what_changed(reviewer):
    term = make_term(definition="One.")
    newer = propose_change(term, definition="One and more.")
    workflow.approve(revision_id=newer.pk, by=make_user("Reviewers"))

    answer = client_of(reviewer).post(
        f"{TERMS}{term.pk}/deprecate/", {"reason": "Out of use.", "based_on": "1"}
    )

    assert answer.status_code == 409
    assert "What changed meanwhile" in text_of(answer)
    assert "Out of use." in text_of(answer)


# --- Review --------------------------------------------------------------------------------------


def test_the_author_has_no_approve_button_and_the_post_is_refused(reviewer):
    proposal = workflow.propose(content={"name": "Loss", "definition": "A text."}, by=reviewer)
    desk = client_of(reviewer)

    page = text_of(desk.get(review_page(proposal)))
    answer = desk.post(review_page(proposal), {"_approve": "1", "remark": "My words."})

    assert 'name="_approve"' not in page
    assert "somebody else decides on it" in page
    assert answer.status_code == 403
    assert "you wrote this text" in text_of(answer)
    assert "My words." in text_of(answer)


def test_four_eyes_hold_for_superusers_without_a_role(superuser):
    own = workflow.propose(content={"name": "Loss", "definition": "A text."}, by=superuser)
    other = workflow.propose(content={"name": "Gain", "definition": "A text."}, by=make_user("Editors"))
    desk = client_of(superuser)

    refused = desk.post(review_page(own), {"_approve": "1"})
    accepted = desk.post(review_page(other), {"_approve": "1"})

    assert (refused.status_code, accepted.status_code) == (403, 302)
    assert Term.objects.published().get().name == "Gain"


def test_a_rejection_needs_a_reason_and_keeps_it(editor, reviewer):
    proposal = workflow.propose(content={"name": "Loss", "definition": "A text."}, by=editor)
    desk = client_of(reviewer)

    without = desk.post(review_page(proposal), {"_reject": "1", "remark": "  "})
    desk.post(review_page(proposal), {"_reject": "1", "remark": "Too short."})

    assert without.status_code == 422
    assert "give a reason" in text_of(without)
    proposal.refresh_from_db()
    assert (proposal.state, proposal.decision_reason) == ("rejected", "Too short.")
    assert "Too short." in text_of(client_of(editor).get(review_page(proposal)))


def test_a_rejected_text_comes_back_to_the_desk_of_its_author_until_it_is_reworked(editor, reviewer):
    proposal = workflow.propose(content={"name": "Loss", "definition": "A text."}, by=editor)
    workflow.reject(revision_id=proposal.pk, by=reviewer, reason="Too short.")
    desk = client_of(editor)

    home, page = text_of(desk.get("/admin/")), text_of(desk.get(review_page(proposal)))
    others = (
        text_of(client_of(reviewer).get("/admin/")),
        text_of(client_of(reviewer).get(review_page(proposal))),
    )
    sheet = filled(text_of(desk.get(f"{term_page(proposal.term)}?revision={proposal.number}")))
    desk.post(term_page(proposal.term), sheet | {"definition": "A longer text.", "_propose": "1"})

    assert "Sent back to you" in home
    assert "Too short." in home
    assert review_page(proposal) in home
    assert f'?revision={proposal.number}">Rework this text</a>' in page
    assert "Sent back to you" not in others[0]
    assert "Rework this text" not in others[1]
    assert proposal.superseded_by.state == "proposed"
    assert "Sent back to you" not in text_of(desk.get("/admin/"))


def test_the_home_counts_all_that_waits_and_marks_ones_own(reviewer):
    workflow.propose(content={"name": "Loss", "definition": "A text."}, by=reviewer)

    page = text_of(client_of(reviewer).get("/admin/"))

    assert "Nothing waits for you to decide." in page
    assert "1 more waits for" in page
    assert '<h2>Your open texts <span class="count">1</span></h2>' in page


def test_an_author_reads_after_proposing_what_will_hold_up_approval(editor):
    desk = client_of(editor)
    sheet = filled(text_of(desk.get(f"{TERMS}add/"))) | {"name": "Loss", "_propose": "1"}

    empty = text_of(desk.post(f"{TERMS}add/", sheet, follow=True))
    whole = text_of(desk.post(f"{TERMS}add/", sheet | {"definition": "A text."}, follow=True))

    assert "Not ready for approval: Definition: a term needs a definition" in empty
    assert "Not ready for approval" not in whole


def test_an_author_withdraws_and_nobody_else(editor, reviewer):
    proposal = workflow.propose(content={"name": "Loss", "definition": "A text."}, by=editor)

    others = client_of(reviewer).post(review_page(proposal), {"_withdraw": "1"})
    client_of(editor).post(review_page(proposal), {"_withdraw": "1"})

    proposal.refresh_from_db()
    assert others.status_code == 403
    assert proposal.state == "withdrawn"


def test_approval_is_bound_to_the_text_that_was_reviewed(editor, reviewer):
    first = workflow.propose(content={"name": "Loss", "definition": "A text."}, by=editor)
    second = workflow.propose(
        term_id=first.term_id, based_on=1, content={"definition": "Another."}, by=editor
    )

    answer = client_of(reviewer).post(review_page(first), {"_approve": "1"})

    assert answer.status_code == 409
    assert review_page(second) in text_of(answer)
    assert not Term.objects.published().exists()


def test_what_the_checks_forbid_is_said_before_anybody_tries(reviewer):
    proposal = workflow.propose(content={"name": "Loss", "definition": ""}, by=make_user("Editors"))

    page = text_of(client_of(reviewer).get(review_page(proposal)))

    assert "a term needs a definition" in page
    assert 'name="_approve"' not in page


def test_after_a_decision_comes_the_next_proposal(editor, reviewer):
    first, second = (
        workflow.propose(content={"name": name, "definition": "A text."}, by=editor) for name in ("A", "B")
    )

    page = text_of(client_of(reviewer).get(review_page(second)))
    answer = client_of(reviewer).post(review_page(first), {"_approve": "1"})

    assert review_page(first) in page
    assert answer.headers["Location"] == review_page(second)


def test_bulk_approval_tells_what_became_of_each(reviewer):
    good = [make_proposal("Loss"), make_proposal("Gain")]
    empty = workflow.propose(content={"name": "Void", "definition": ""}, by=make_user("Editors"))
    own = workflow.propose(content={"name": "Own", "definition": "A text."}, by=reviewer)
    chosen = [revision.pk for revision in [*good, empty, own]]

    answer = client_of(reviewer).post(
        QUEUE, {"action": "approve_chosen", "_selected_action": chosen, "_approve": "1"}, follow=True
    )

    page = text_of(answer)
    assert "<h1>2 approved, 2 not</h1>" in page
    assert re.search(r"Loss</a>(?:(?!<li).)*Published as version 1\.", page, re.S)
    assert re.search(r"Void</a>(?:(?!<li).)*Definition: a term needs a definition", page, re.S)
    assert re.search(r"Own</a>(?:(?!<li).)*Approve: you wrote this text", page, re.S)
    assert sorted(Term.objects.published().values_list("name", flat=True)) == ["Gain", "Loss"]


def test_a_rejected_draft_is_called_so_in_the_list_and_on_its_page(reviewer):
    refused, waiting = make_proposal("Loss"), make_proposal("Gain")
    workflow.reject(revision_id=refused.pk, by=reviewer, reason="Not ours.")
    desk = client_of(reviewer)

    listed = text_of(desk.get(TERMS))
    pages = [text_of(desk.get(f"{TERMS}{one.term_id}/change/")) for one in (refused, waiting)]

    assert re.search(r"Loss</a></th>\s*<td[^>]*>Draft \(rejected\)</td>", listed)
    assert re.search(r"Gain</a></th>\s*<td[^>]*>Draft</td>", listed)
    assert ["Draft (rejected)" in page for page in pages] == [True, False]


def test_bulk_approval_shows_first_what_would_be_approved(reviewer):
    good = make_proposal("Loss")
    empty = workflow.propose(content={"name": "Void", "definition": ""}, by=make_user("Editors"))
    own = workflow.propose(content={"name": "Own", "definition": "A text."}, by=reviewer)
    asked = {"action": "approve_chosen", "_selected_action": [good.pk, empty.pk, own.pk]}

    page = text_of(client_of(reviewer).post(QUEUE, asked))

    assert not Term.objects.published().exists()
    assert "<h1>Approve 1 text?</h1>" in page
    assert re.search(rf"Loss</a>(?:(?!<li).)*new term by {good.author}", page, re.S)
    assert re.search(r"Void</a>(?:(?!<li).)*Definition: a term needs a definition", page, re.S)
    assert re.search(r"Own</a>(?:(?!<li).)*Approve: you wrote this text", page, re.S)
    assert re.findall(r'name="_selected_action" value="(\d+)"', page) == [str(good.pk)]


def test_bulk_approval_ends_where_nobody_reads_any_more(reviewer, monkeypatch):
    monkeypatch.setattr("terms.admin.proposals._APPROVED_AT_ONCE", 1)
    chosen = [make_proposal("Loss").pk, make_proposal("Gain").pk]
    asked = {"action": "approve_chosen", "_selected_action": chosen, "_approve": "1"}

    page = text_of(client_of(reviewer).post(QUEUE, asked, follow=True))

    assert "At most 1 proposals can be approved at once. Choose fewer of them." in page
    assert not Term.objects.published().exists()


def make_proposal(name: str) -> Revision:
    return workflow.propose(content={"name": name, "definition": f"What {name} is."}, by=make_user("Editors"))


def test_bulk_approval_tells_of_what_was_decided_meanwhile(reviewer):
    waiting, decided = make_proposal("Loss"), make_proposal("Gain")
    workflow.reject(revision_id=decided.pk, by=make_user("Reviewers"), reason="Not ours.")

    asked = {"action": "approve_chosen", "_selected_action": [waiting.pk, decided.pk], "_approve": "1"}
    answer = client_of(reviewer).post(QUEUE, asked, follow=True)

    page = text_of(answer)
    assert "<h1>1 approved, 1 not</h1>" in page
    assert re.search(r"Gain</a>(?:(?!<li).)*Approve: revision 1 is rejected\.", page, re.S)


def test_an_empty_queue_offers_no_actions(reviewer):
    desk = client_of(reviewer)

    empty = text_of(desk.get(QUEUE))
    make_proposal("Loss")
    filled_queue = text_of(desk.get(QUEUE))

    assert "Nothing to show." in empty
    assert 'name="action"' not in empty
    assert 'name="action"' in filled_queue
    assert re.search(r"1\s+text\s", filled_queue)


def test_who_may_not_review_has_no_bulk_approval(editor):
    proposal = make_proposal("Loss")
    desk = client_of(editor)

    page = text_of(desk.get(QUEUE))
    desk.post(QUEUE, {"action": "approve_chosen", "_selected_action": [proposal.pk]})

    assert "approve_chosen" not in page
    assert not Term.objects.published().exists()


def test_the_queue_begins_with_what_waits_oldest_first(reviewer):
    make_draft("Only a draft")
    for name in ("Zeta", "Alpha"):
        make_proposal(name)

    page = text_of(client_of(reviewer).get(QUEUE))

    assert page.index("Zeta") < page.index("Alpha")
    assert "Only a draft" not in page
    assert "Only a draft" in text_of(client_of(reviewer).get(f"{QUEUE}?state=draft"))


def test_hostile_text_is_shown_as_text_everywhere(editor, reviewer):
    term = make_term(definition="Good.")
    proposal = propose_change(
        term,
        by=editor,
        name=f"Evil {HOSTILE}",
        definition=HOSTILE,
        aliases=[{"text": HOSTILE, "note": HOSTILE}],
        notes=[{"kind": "usage", "text": HOSTILE}],
        tags=[f"t {HOSTILE}"[:100]],
    )
    desk = client_of(reviewer)
    pages = [
        desk.get(review_page(proposal)),
        desk.get(QUEUE),
        desk.get("/admin/"),
        desk.get(f"{term_page(term)}?revision={proposal.number}"),
        desk.post(review_page(proposal), {"_reject": "1", "remark": HOSTILE}, follow=True),
        desk.get(review_page(proposal)),
    ]

    for page in pages:
        assert page.status_code == 200
        assert "<script>alert" not in text_of(page)
        assert "<img src=x" not in text_of(page)


def test_a_difference_says_in_words_what_was_added_and_taken_out(reviewer):
    term = make_term(definition="One two.")
    proposal = propose_change(term, definition="One three.")

    page = text_of(client_of(reviewer).get(review_page(proposal)))

    assert '<del><span class="visually-hidden">[taken out: </span>two' in page
    assert '<ins><span class="visually-hidden">[added: </span>three' in page


# --- Old texts and whole terms -------------------------------------------------------------------


def test_a_difference_leaves_out_long_unchanged_text_between_whole_sentences(reviewer):
    text = " ".join(f"Sentence {number} stands here." for number in range(60))
    term = make_term(definition=f"First. {text} Last.")
    proposal = propose_change(term, definition=f"Begin. {text} End.")

    page = text_of(client_of(reviewer).get(review_page(proposal)))

    around = r'here\.<span class="left-out">\[…\] unchanged text left out</span>Sentence \d+ stands'
    assert re.search(around, page)
    assert "Sentence 30 stands here." not in page.split("as readers would see it")[0]


def test_an_old_text_is_proposed_again_without_links_to_what_is_gone(editor, chief):
    gone = make_term("Gone")
    term = make_term(definition="Old text.", relations=[{"kind": "related", "target": gone.public_id}])
    change = propose_change(term, definition="New text.", relations=[])
    workflow.approve(revision_id=change.pk, by=make_user("Reviewers"))
    workflow.remove(term_id=gone.pk, by=chief, reason="A mistake.")
    desk = client_of(editor)

    page = text_of(desk.get(f"{term_page(term)}?text_of=1"))
    desk.post(term_page(term), filled(page) | {"_propose": "1"})

    assert "Left out: links to “Gone”" in page
    proposal = term.revisions.get(state="proposed")
    assert (proposal.content["definition"], proposal.content["relations"]) == ("Old text.", [])
    assert proposal.based_on == change
    term.refresh_from_db()
    assert term.definition == "New text."


def test_going_back_to_an_old_text_does_not_undo_a_deprecation(editor, reviewer):
    term = make_term("Old word", definition="Old text.")
    successor = make_term("New word")
    workflow.deprecate(term_id=term.pk, by=reviewer, reason="Out of use.", successors=["New word"])
    desk = client_of(editor)

    sheet = filled(text_of(desk.get(f"{term_page(term)}?text_of=1"))) | {"definition": "Another text."}
    desk.post(term_page(term), sheet | {"_propose": "1"})

    content = term.revisions.get(state="proposed").content
    assert content["status"] == "deprecated"
    assert content["relations"] == [{"kind": "replaced_by", "target": successor.public_id}]


def test_a_term_is_deprecated_reinstated_removed_and_restored(chief):
    term, _ = make_term("Old word"), make_term("New word")
    desk = client_of(chief)
    seen = []
    for action, words in [
        ("deprecate", {"reason": "Out of use.", "successors": "New word\n"}),
        ("reinstate", {"comment": "In use again."}),
        ("remove", {"reason": "A mistake."}),
        ("restore", {"comment": "No mistake."}),
    ]:
        address = f"{TERMS}{term.pk}/{action}/"
        page = text_of(desk.get(address))
        desk.post(address, filled(page) | words)
        term.refresh_from_db()
        seen.append(term.status)

    assert seen == ["deprecated", "published", "removed", "published"]
    assert Event.objects.filter(term=term, note="A mistake.").exists()


def test_removal_without_a_reason_is_refused(chief):
    term = make_term()

    answer = client_of(chief).post(f"{TERMS}{term.pk}/remove/", {"reason": "", "based_on": "1"})

    assert answer.status_code == 422
    assert "give a reason" in text_of(answer)
    assert Term.objects.published().count() == 1


def test_a_deprecation_says_at_each_field_what_is_wrong_with_it(reviewer):
    term = make_term("Old word")
    for qualifier in ("algebra", "computing"):
        make_term("Kernel", qualifier=qualifier)

    answer = client_of(reviewer).post(
        f"{TERMS}{term.pk}/deprecate/",
        {"reason": "", "successors": "Kernel\nNobody knows", "based_on": "1"},
    )

    page = text_of(answer)
    at_reason = re.search(r'<ul class="errorlist" id="id_words_problems">.*?</ul>', page)[0]
    at_successors = re.search(r'<ul class="errorlist" id="id_successors_problems">.*?</ul>', page)[0]
    assert answer.status_code == 422
    assert "say why" in at_reason
    assert "there is no term “Nobody knows”" in at_successors
    assert "Kernel (algebra): kernel-algebra; Kernel (computing): kernel-computing" in at_successors
    assert filled(page)["successors"] == "Kernel\nNobody knows"


def test_a_draft_is_discarded(editor):
    draft = make_draft(by=editor)

    client_of(editor).post(f"{TERMS}{draft.term_id}/discard_draft/", {"reason": "Twice."})

    assert Term.objects.get().status == Term.Status.REMOVED
    assert "is here to read" in text_of(client_of(editor).get(term_page(draft.term)))


def test_a_decision_that_does_not_fit_the_state_is_explained(reviewer):
    term = make_term()

    page = text_of(client_of(reviewer).get(f"{TERMS}{term.pk}/reinstate/"))

    assert "This cannot be done: “Dropout” is published" in page
    assert "<form class" not in page


# --- Who sees what -------------------------------------------------------------------------------

PAGES = {
    "index": "/admin/",
    "terms": TERMS,
    "new term": f"{TERMS}add/",
    "queue": QUEUE,
    "tags": "/admin/terms/tag/",
    "log": "/admin/terms/event/",
    "imports": "/admin/terms/importbatch/",
    "tokens": "/admin/terms/apitoken/",
    "people": "/admin/auth/user/",
    "roles": "/admin/auth/group/",
}
OPEN_TO = {
    "Contributors": set(),
    "Editors": set(PAGES) - {"people", "roles"},
    "Reviewers": set(PAGES) - {"people", "roles"},
    "Chief editors": set(PAGES) - {"people", "roles"},
    "superuser": set(PAGES),
    "staff without a role": {"index", "tokens"},
}


@pytest.mark.parametrize("role", OPEN_TO)
def test_each_page_opens_for_those_whose_work_it_is(db, role):
    people = {
        "superuser": {"is_superuser": True, "is_staff": True},
        "staff without a role": {"is_staff": True},
    }
    user = make_user(**people[role]) if role in people else make_user(role)
    desk = client_of(user)

    opened = {name for name, address in PAGES.items() if desk.get(address).status_code == 200}

    assert opened == OPEN_TO[role]


def test_staff_without_the_right_to_drafts_see_none(db):
    draft = make_draft("Secret word")
    desk = client_of(make_user(is_staff=True))

    assert desk.get(term_page(draft.term)).status_code == 403
    assert desk.get(review_page(draft)).status_code == 403
    assert "Secret word" not in text_of(desk.get("/admin/"))


@pytest.mark.parametrize(
    ("action", "role", "status"),
    [
        ("deprecate", "Editors", 403),
        ("deprecate", "Reviewers", 200),
        ("remove", "Reviewers", 403),
        ("remove", "Chief editors", 200),
    ],
)
def test_decisions_on_terms_ask_for_their_right(db, action, role, status):
    term = make_term()

    assert client_of(make_user(role)).get(f"{TERMS}{term.pk}/{action}/").status_code == status


def test_nothing_can_be_deleted(superuser):
    term, batch = make_term(tags=["Training"]), make_batch()
    rows = [term, term.live_revision, Tag.objects.get(), batch, Event.objects.first(), superuser]
    desk = client_of(superuser)

    for row in rows:
        address = reverse(f"admin:{row._meta.label_lower.replace('.', '_')}_delete", args=[row.pk])
        assert desk.post(address, {"post": "yes"}).status_code == 403, address
    assert all(
        not model_admin.has_delete_permission(desk.get("/admin/").wsgi_request)
        for model, model_admin in admin.site._registry.items()
        if model._meta.app_label == "terms"
    )


def make_batch(term=None, flags=()) -> ImportBatch:
    batch = ImportBatch.objects.create(
        file_name="page.txt", digest="d", format="letter_page", counts={"create": 1}, by=make_user("Editors")
    )
    if term is not None:
        ImportedRecord.objects.create(
            batch=batch,
            term=term,
            ref=f"r{term.pk}",
            line=12,
            heading="Heading as it stood",
            keywords=["a keyword"],
            confidence=0.7,
            flags=list(flags),
        )
    return batch


def test_posts_without_a_token_are_refused(reviewer):
    proposal = make_proposal("Loss")
    desk = Client(enforce_csrf_checks=True)
    desk.force_login(reviewer)

    for address in (review_page(proposal), f"{TERMS}add/", term_page(proposal.term), QUEUE):
        assert desk.post(address, {"_approve": "1"}).status_code == 403
    proposal.refresh_from_db()
    assert proposal.state == "proposed"


def test_looking_changes_nothing(superuser):
    term = make_term(tags=["Training"])
    proposal = propose_change(term, definition="Another.")
    make_batch(term)
    desk = client_of(superuser)
    before = rows()

    for address in (
        *PAGES.values(),
        term_page(term),
        f"{term_page(term)}?text_of=1",
        f"{term_page(term)}?_propose=1",
        f"{review_page(proposal)}?_approve=1",
        *(f"{TERMS}{term.pk}/{action}/" for action in ("deprecate", "remove", "discard_draft")),
    ):
        assert desk.get(address).status_code == 200, address

    assert rows() == before


def rows():
    return [
        list(model.objects.order_by("pk").values()) for model in (Term, Revision, Event, Tag, ImportedRecord)
    ]


# --- Lists and panels ----------------------------------------------------------------------------


@pytest.mark.parametrize("address", [TERMS, QUEUE, "/admin/terms/event/", "/admin/terms/tag/", "/admin/"])
def test_lists_ask_no_more_for_more_rows(superuser, address):
    desk = client_of(superuser)

    def fill(start: int) -> None:
        for number in range(start, start + 4):
            proposal = make_proposal(f"Word {number}")
            make_batch(proposal.term, [{"code": "cut", "message": "Cut off."}])
            propose_change(make_term(f"Term {number}", tags=[f"tag {number}"]), definition="More.")

    fill(0)
    desk.get(address)
    few = count_queries(desk, address)
    fill(10)

    assert count_queries(desk, address) == few


def test_the_page_of_a_term_asks_no_more_for_a_longer_history(reviewer):
    author = make_user("Editors")
    term = make_term(by=author, reviewer=reviewer)
    desk = client_of(reviewer)

    def go_on(start: int) -> None:
        for number in range(start, start + 3):
            names = [{"text": f"Name {i}"} for i in range(number)]
            targets = [
                {"target": make_term(f"Term {number}").public_id},
                *term.live_revision.content["relations"],
            ]
            change = propose_change(term, by=author, aliases=names, relations=targets)
            workflow.approve(revision_id=change.pk, by=reviewer)
            make_batch(term, [{"code": "cut", "message": "Cut off."}])
            propose_change(Term.objects.get(pk=term.pk), by=author, definition=f"Text {number}.")
            term.refresh_from_db()

    def asked() -> int:
        # What was published meanwhile is read by the first page after it, whichever that is.
        desk.get(term_page(term))
        return count_queries(desk, term_page(term))

    go_on(1)
    few = asked()
    go_on(10)

    assert asked() == few


def count_queries(desk: Client, address: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert desk.get(address).status_code == 200
    return len(queries)


def test_terms_are_found_by_folded_names_and_other_names(editor):
    make_term("K‑nearest Neighbours", aliases=[{"text": "k-NN"}])
    make_term("Dropout")
    desk = client_of(editor)

    by_name = text_of(desk.get(f"{TERMS}?q=k-NEAREST"))
    by_alias = text_of(desk.get(f"{TERMS}?q=k-nn"))

    for page in (by_name, by_alias):
        assert "K‑nearest Neighbours" in page
        assert "Dropout" not in page


def test_the_list_of_terms_is_filtered_by_flags_tag_letter_and_import(editor):
    flagged = make_draft("Flagged")
    batch = make_batch(flagged.term, [{"code": "cut", "message": "The last sentence is cut."}])
    make_term("Quiet", tags=["Training"])
    desk = client_of(editor)

    def names(query: str) -> set[str]:
        page = text_of(desk.get(f"{TERMS}?{query}"))
        return {name for name in ("Flagged", "Quiet") if f">{name}</a>" in page}

    assert names("flagged=1") == {"Flagged"}
    assert names("flagged=0") == {"Quiet"}
    assert names("tag=training") == {"Quiet"}
    assert names("letter=q") == {"Quiet"}
    assert names(f"batch={batch.pk}") == {"Flagged"}
    assert names("status__exact=draft") == {"Flagged"}
    assert "The last sentence is cut." in text_of(desk.get(TERMS))


def test_the_page_of_a_term_tells_where_it_comes_from(editor):
    draft = make_draft("Gradient noise", by=editor)
    make_batch(draft.term, [{"code": "cut", "message": "The last sentence is cut."}])

    page = text_of(client_of(editor).get(term_page(draft.term)))

    for told in ("page.txt", "line 12", "Heading as it stood", "a keyword", "The last sentence is cut."):
        assert told in page


def test_the_page_of_a_term_tells_its_history_and_open_texts(editor, reviewer):
    term = make_term(by=editor, reviewer=reviewer)
    proposal = propose_change(term, by=editor, definition="Another.")

    page = text_of(client_of(reviewer).get(term_page(term)))

    assert review_page(proposal) in page
    assert review_page(term.live_revision) in page
    assert "</time> published" in page
    assert reviewer.username in page


# --- Tags, tokens, people ------------------------------------------------------------------------


def test_a_renamed_tag_is_found_by_its_new_name(editor):
    term = make_term(tags=["Training"])
    tag = Tag.objects.get()
    version = publishing.content_version()

    client_of(editor).post(
        reverse("admin:terms_tag_change", args=[tag.pk]),
        {"name": "Optimisation", "description": "How weights are found."},
    )

    tag.refresh_from_db()
    assert (tag.name, tag.slug, tag.description) == ("Optimisation", "training", "How weights are found.")
    assert [hit.term.pk for hit in search("optimisation").hits] == [term.pk]
    assert publishing.content_version() > version
    assert Event.objects.filter(kind="tag.described").exists()


def test_tags_are_listed_whatever_their_case(editor):
    make_term(tags=["beta", "Alpha", "Gamma"])

    page = text_of(client_of(editor).get("/admin/terms/tag/"))

    assert re.findall(r">(beta|Alpha|Gamma)</a>", page) == ["Alpha", "beta", "Gamma"]


def test_a_tag_takes_no_name_of_another(editor):
    make_term(tags=["Training", "Inference"])
    tag = Tag.objects.get(slug="training")

    answer = client_of(editor).post(
        reverse("admin:terms_tag_change", args=[tag.pk]), {"name": "inference", "description": "Kept."}
    )

    assert answer.status_code == 422
    assert "there is another tag" in text_of(answer)
    assert "Kept." in text_of(answer)


def test_describing_a_tag_asks_for_the_right_to_edit(contributor):
    make_term(tags=["Training"])

    with pytest.raises(NotAllowed, match="no right"):
        tagging.describe(tag_id=Tag.objects.get().pk, name="Other", description="", by=contributor)


def test_a_tag_keeps_a_name_that_can_be_read(editor):
    make_term(tags=["Training"])

    with pytest.raises(InvalidContent, match="at least one letter or digit"):
        tagging.describe(tag_id=Tag.objects.get().pk, name=" – ", description="", by=editor)


def test_a_token_is_shown_once_and_revoked_by_its_owner(editor, reviewer):
    desk = client_of(editor)

    issued = text_of(
        desk.post("/admin/terms/apitoken/add/", {"name": "CI", "scopes": ["read"], "days": "30"})
    )
    token = ApiToken.objects.get()
    secret = re.search(r"tbk_[\w-]{43}", issued)[0]
    others = client_of(reviewer).post(reverse("admin:terms_apitoken_revoke", args=[token.pk]), follow=True)
    token.refresh_from_db()
    still_valid = token.is_valid
    desk.post(reverse("admin:terms_apitoken_revoke", args=[token.pk]))
    token.refresh_from_db()

    assert ApiToken.digest_of(secret) == token.digest
    assert secret not in text_of(desk.get("/admin/terms/apitoken/"))
    assert "no such token of yours" in text_of(others)
    assert still_valid
    assert not token.is_valid


def test_people_see_their_own_tokens_only(editor, reviewer):
    client_of(editor).post(
        "/admin/terms/apitoken/add/", {"name": "Mine alone", "scopes": ["read"], "days": "30"}
    )

    assert "Mine alone" not in text_of(client_of(reviewer).get("/admin/terms/apitoken/"))


# --- The dress -----------------------------------------------------------------------------------


def test_our_templates_have_no_style_and_no_script_inside():
    inside = re.compile(r"<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)")
    templates = sorted((ROOT / "templates" / "admin").rglob("*.html"))

    assert templates
    assert [str(path) for path in templates if inside.search(path.read_text(encoding="utf-8"))] == []


def test_no_page_of_the_desk_has_style_or_script_inside(superuser):
    term = make_term(tags=["Training"])
    proposal = propose_change(term, definition="Another.")
    inside = re.compile(r"<style|<[^>]+\s(style|on[a-z]+)=|<script(?![^>]*\ssrc=)")
    desk = client_of(superuser)
    addresses = [*PAGES.values(), term_page(term), review_page(proposal), f"{TERMS}{term.pk}/deprecate/"]
    addresses += [
        "/admin/auth/user/add/",
        f"/admin/auth/user/{superuser.pk}/change/",
        "/admin/password_change/",
    ]

    pages = {address: text_of(desk.get(address)) for address in addresses}
    pages["login"] = text_of(Client().get("/account/login/"))

    assert [address for address, page in pages.items() if inside.search(page)] == []
