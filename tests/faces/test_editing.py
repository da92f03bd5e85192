"""The form of a term while somebody writes in it: nothing typed is lost, and what is known is said."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from urllib.parse import urlencode

import pytest
from builders import make_draft, make_term, make_user, propose_change
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from test_admin import TERMS, client_of, filled, review_page, term_page, text_of

from terms import sheets, workflow
from terms.models import Presence, Revision, UnsentText

ADD = f"{TERMS}add/"
SHEET = "a-sheet-of-paper"


def open_form(desk: Client, address: str) -> dict[str, object]:
    """Return what a browser would send of the form at an address."""
    return filled(text_of(desk.get(address)))


def keep(desk: Client, address: str, **fields: str):
    return desk.post(f"{address.removesuffix('change/')}keep/", open_form(desk, address) | fields)


def kept_by(person) -> list[str]:
    return [text.sheet for text in sheets.lying(person)]


# --- What is typed is kept ----------------------------------------------------------------------


def test_what_is_typed_is_kept_and_comes_back(editor):
    term = make_term("Dropout", tags=["Training"])
    desk = client_of(editor)

    answer = keep(
        desk, term_page(term), definition="An hour's\nwork.", tags="Training, New one", comment="Why."
    )
    page = text_of(desk.get(term_page(term)))
    [lying] = sheets.lying(editor)
    again = text_of(desk.get(f"{term_page(term)}?kept={lying.sheet}"))

    assert answer.status_code == 200
    assert answer.json()["kept_at"] == f"{timezone.localtime(lying.kept_at):%H:%M}"
    assert "You typed something here" in page
    assert f'href="{term_page(term)}?kept={lying.sheet}"' in page
    assert filled(page)["definition"] == "What Dropout is."
    assert filled(again)["definition"].replace("\r\n", "\n") == "An hour's\nwork."
    assert (filled(again)["tags"], filled(again)["comment"]) == ("Training, New one", "Why.")
    assert filled(again)["sheet"] == lying.sheet
    assert "It is not sent yet." in again
    assert "You typed something here" not in again


def test_a_new_term_that_was_typed_comes_back(editor):
    desk = client_of(editor)

    keep(desk, ADD, **{"name": "Weight decay", "aliases-0-text": "L2"})
    page = text_of(desk.get(ADD))
    again = open_form(desk, f"{ADD}?kept={kept_by(editor)[0]}")

    assert "You began a new term, “Weight decay”" in page
    assert (again["name"], again["aliases-0-text"]) == ("Weight decay", "L2")


def test_keeping_keeps_no_token_and_no_button(editor):
    desk = client_of(editor)

    keep(desk, ADD, name="Dropout", csrfmiddlewaretoken="secret", _propose="1")

    typed = UnsentText.objects.get().typed
    assert "name=Dropout" in typed
    assert "secret" not in typed
    assert "_propose" not in typed


@pytest.mark.parametrize("button", ["_propose", "_save_draft"])
def test_sending_throws_the_kept_text_away(editor, button):
    desk = client_of(editor)
    sheet = open_form(desk, ADD) | {"name": "Dropout", "definition": "Text."}
    desk.post(f"{ADD}keep/", sheet)

    desk.post(ADD, sheet | {button: "1"})

    assert Revision.objects.get().content["name"] == "Dropout"
    assert kept_by(editor) == []


def test_a_refused_text_stays_kept(editor):
    desk = client_of(editor)
    sheet = open_form(desk, ADD) | {"definition": "A text without a name."}

    refused = desk.post(ADD, sheet | {"_propose": "1"})

    assert refused.status_code == 422
    assert filled(text_of(refused))["sheet"] == sheet["sheet"]
    assert kept_by(editor) == [sheet["sheet"]]


def test_without_a_script_the_preview_keeps(editor):
    term = make_term()
    desk = client_of(editor)
    sheet = open_form(desk, term_page(term)) | {"definition": "Better."}

    desk.post(term_page(term), sheet | {"_preview": "1"})

    assert kept_by(editor) == [sheet["sheet"]]


def test_two_forms_of_one_term_are_two_sheets(editor):
    term = make_term()
    desk = client_of(editor)

    first, second = open_form(desk, term_page(term)), open_form(desk, term_page(term))

    assert first["sheet"] != second["sheet"]


def test_a_text_with_nothing_new_in_it_is_not_kept(editor):
    term = make_term(tags=["Training"], aliases=["DO"], relations=[])
    desk = client_of(editor)
    form = open_form(desk, term_page(term))
    address = f"{term_page(term).removesuffix('change/')}keep/"

    desk.post(address, form | {"definition": "Something else."})
    before = kept_by(editor)
    answer = desk.post(address, form)
    keep(desk, ADD)

    assert before == [form["sheet"]]
    assert "kept_at" in answer.json()
    assert kept_by(editor) == []


def test_the_page_asks_no_more_for_more_texts_that_lie_there(editor):
    def queries(numbers):
        for number in numbers:
            keep(desk, term_page(term), definition=f"Text {number}.")
        with CaptureQueriesContext(connection) as captured:
            page = text_of(desk.get(term_page(term)))
        return len(captured), page.count("You typed something here")

    term, desk = make_term(), client_of(editor)
    queries([])
    (few, shown_first), (many, shown_then) = queries(range(2)), queries(range(2, 8))

    assert (shown_first, shown_then) == (2, 8)
    assert few == many


def test_a_kept_text_is_thrown_away_by_its_button(editor):
    term = make_term()
    desk = client_of(editor)
    keep(desk, term_page(term), definition="Never mind.")

    answer = desk.post(f"{TERMS}throw_away/", {"sheet": kept_by(editor)[0]}, follow=True)

    assert answer.redirect_chain == [(term_page(term), 302)]
    assert "What you had typed is thrown away." in text_of(answer)
    assert kept_by(editor) == []


def test_nobody_takes_up_or_throws_away_what_others_typed(editor, reviewer):
    term = make_term()
    keep(client_of(editor), term_page(term), definition="Private thoughts.")
    other, sheet = client_of(reviewer), kept_by(editor)[0]

    gone = other.get(f"{term_page(term)}?kept={sheet}")
    other.post(f"{TERMS}throw_away/", {"sheet": sheet})

    assert gone.status_code == 404
    assert "Private thoughts" not in text_of(other.get(term_page(term)))
    assert kept_by(editor) == [sheet]


def test_a_kept_text_is_taken_up_on_the_page_of_its_term_only(editor):
    term, other = make_term("Dropout"), make_term("Kernel")
    desk = client_of(editor)
    keep(desk, term_page(term), definition="Text.")

    answer = desk.get(f"{term_page(other)}?kept={kept_by(editor)[0]}")

    assert answer.status_code == 404
    assert "You typed something" not in text_of(desk.get(term_page(other)))


def test_a_publication_meanwhile_is_told_and_met_as_a_conflict(editor, reviewer):
    term = make_term(definition="One.", short_definition="Short.")
    desk = client_of(editor)
    keep(desk, term_page(term), definition="Mine.")
    newer = propose_change(term, definition="Theirs.")
    workflow.approve(revision_id=newer.pk, by=reviewer)

    page = text_of(desk.get(f"{term_page(term)}?kept={kept_by(editor)[0]}"))
    refused = desk.post(term_page(term), filled(page) | {"_propose": "1"})

    assert f"Revision {newer.number} was published meanwhile." in page
    assert filled(page)["based_on"] == "1"
    assert refused.status_code == 409
    assert "Two texts, one beginning" in text_of(refused)
    assert filled(text_of(refused))["definition"] == "Mine."


def test_a_text_too_long_to_keep_is_said_and_stays_on_the_page(editor):
    desk = client_of(editor)
    sheet = open_form(desk, ADD) | {"definition": "x" * 1_000_001}

    answer = desk.post(f"{ADD}keep/", sheet)
    page = desk.post(ADD, sheet | {"_preview": "1"})

    assert answer.status_code == 422
    assert "are too much, 1,000,000 are allowed" in answer.json()["message"]
    assert "are too much, 1,000,000 are allowed" in text_of(page)
    assert len(filled(text_of(page))["definition"]) == 1_000_001


def test_readers_and_contributors_keep_nothing_at_the_desk(contributor):
    term = make_term()

    answers = [
        client_of(person).post(f"{TERMS}{term.pk}/keep/", {"sheet": SHEET, "definition": "x"})
        for person in (contributor, make_user(is_staff=True))
    ]

    assert [answer.status_code for answer in answers] == [302, 403]
    assert not UnsentText.objects.exists()


@pytest.mark.parametrize("address", ["add/keep/", "add/preview/", "throw_away/"])
def test_what_writes_is_asked_by_post_only(editor, address):
    assert client_of(editor).get(f"{TERMS}{address}").status_code == 405


def test_keeping_needs_a_token(editor):
    desk = Client(enforce_csrf_checks=True)
    desk.force_login(editor)

    answer = desk.post(f"{ADD}keep/", {"sheet": SHEET, "name": "x"})

    assert answer.status_code == 403
    assert not UnsentText.objects.exists()


# --- Logged out ---------------------------------------------------------------------------------


def test_a_form_sent_when_logged_out_comes_back_whole(editor):
    desk = client_of(editor)
    sheet = open_form(desk, ADD) | {"name": "Dropout", "definition": "An <b>hour's</b>\nwork."}
    desk.logout()

    answer = desk.post(ADD, sheet | {"_propose": "1"})

    page = text_of(answer)
    assert answer.status_code == 403
    assert "You are logged out" in page
    assert "An &lt;b&gt;hour&#x27;s&lt;/b&gt;\nwork." in page
    assert answer.headers["Cache-Control"] == "private, no-store"

    desk.force_login(editor)
    sent = hidden_fields(page)
    desk.post(ADD, sent)

    assert sent["_propose"] == "1"
    assert Revision.objects.get().content["definition"] == "An <b>hour's</b>\nwork."


def hidden_fields(page: str) -> dict[str, str]:
    """Return what the form on the page that gives a text back would send."""
    part = page[page.index('method="post" action="/admin/terms/term/add/"') :]
    pieces = part[: part.index("</form>")].split('<input type="hidden" name="')[1:]
    pairs = [piece.split('"', 1) for piece in pieces]
    return {name: unescape(rest.split('value="', 1)[1].split('"', 1)[0]) for name, rest in pairs}


def test_a_script_hears_that_it_is_logged_out(editor):
    desk = client_of(editor)
    sheet = open_form(desk, ADD)
    desk.logout()

    answer = desk.post(f"{ADD}keep/", sheet)

    assert answer.status_code == 403
    assert answer.headers["Content-Type"].startswith("text/html")


def test_a_form_of_ours_with_an_old_token_can_be_sent_again(editor):
    desk = Client(enforce_csrf_checks=True)
    desk.force_login(editor)
    old = {"name": "Dropout", "definition": "Text.", "csrfmiddlewaretoken": "x" * 64, "_propose": "1"}

    refused = desk.post(ADD, old, headers={"Origin": "http://testserver"})
    sent = desk.post(ADD, hidden_fields(text_of(refused)), headers={"Origin": "http://testserver"})

    assert refused.status_code == 403
    assert "This form has expired" in text_of(refused)
    assert sent.status_code == 302
    assert Revision.objects.get().content["name"] == "Dropout"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
def test_a_form_that_another_site_made_gets_no_token_of_ours(editor, origin):
    desk = Client(enforce_csrf_checks=True)
    desk.force_login(editor)

    answer = desk.post(ADD, {"name": "Trap", "_propose": "1"}, headers={"Origin": origin} if origin else {})

    assert answer.status_code == 403
    assert "Trap" in text_of(answer)
    assert "csrfmiddlewaretoken" not in text_of(answer)
    assert "Send again" not in text_of(answer)


def test_logging_out_twice_leads_to_the_door(editor):
    assert Client().post("/admin/logout/").status_code == 302


# --- Preview and hints --------------------------------------------------------------------------


def test_the_preview_follows_the_text(editor):
    term = make_term(definition="One.")
    desk = client_of(editor)
    sheet = open_form(desk, term_page(term)) | {
        "definition": "A formula $x^2$ and <script>alert(1)</script>."
    }

    answer = desk.post(f"{TERMS}{term.pk}/preview/", sheet).json()

    assert "<math" in answer["preview"]
    assert "<script" not in answer["preview"]
    assert "What you changed" in answer["preview"]
    assert answer["said"].startswith("Preview: ")
    assert kept_by(editor) == []


def test_the_preview_says_what_cannot_be_sent(editor):
    sheet = open_form(client_of(editor), ADD) | {"name": "Dropout", "short_definition": "x" * 200}

    answer = client_of(editor).post(f"{ADD}preview/", sheet).json()

    assert "Cannot be sent like this" in answer["preview"]
    assert "200 characters" in answer["preview"]
    assert "cannot be sent like this" in answer["said"]


def test_a_form_that_is_only_opened_shows_its_preview_and_no_complaints(editor):
    term = make_term(definition="Formula $x^2$.")

    page = text_of(client_of(editor).get(term_page(term)))
    empty = text_of(client_of(editor).get(ADD))

    assert "<math" in page
    assert "What you changed" not in page
    assert "There is no definition yet." in empty
    assert "errornote" in empty  # the place in which a script complains, hidden
    assert "Cannot be sent like this" not in empty
    assert "In the way of publishing" not in empty


@pytest.mark.parametrize("is_by_script", [True, False])
def test_a_name_that_looks_like_another_is_hinted_at(editor, is_by_script):
    term = make_term("Dropout", short_definition="Leaving units out.")
    desk = client_of(editor)
    sheet = open_form(desk, ADD) | {"name": "Drop-out", "definition": "Text."}

    if is_by_script:
        hints = desk.post(f"{ADD}preview/", sheet).json()["hints"]
    else:
        hints = text_of(desk.post(ADD, sheet | {"_preview": "1"}))

    assert "Is one of these meant?" in hints
    assert f'<a href="{term_page(term)}">Dropout</a>' in hints
    assert "Leaving units out." in hints


def test_a_name_that_stays_as_it_is_is_not_hinted_at(editor):
    make_term("Kernel", qualifier="statistics")
    term = make_term("Kernel", qualifier="GPU computing")
    desk = client_of(editor)
    sheet = open_form(desk, term_page(term))

    same = desk.post(f"{TERMS}{term.pk}/preview/", sheet | {"definition": "More."}).json()
    other = desk.post(f"{TERMS}{term.pk}/preview/", sheet | {"qualifier": "computing"}).json()

    assert "meant" not in same["hints"]
    assert "Kernel (statistics)" in other["hints"]
    assert "1 with a name like this" in other["said"]


def test_a_proposal_once_rejected_is_remembered(editor, reviewer):
    rejected = workflow.propose(content={"name": "Buzzword", "definition": "Text."}, by=editor)
    workflow.reject(revision_id=rejected.pk, by=reviewer, reason="Marketing only.")
    desk = client_of(reviewer)

    refused = desk.post(
        ADD, open_form(desk, ADD) | {"name": "Buzzword", "short_definition": "x" * 999, "_propose": "1"}
    )

    page = text_of(refused)
    assert refused.status_code == 422
    assert "Proposed before:" in page
    assert f"was proposed by {editor} and rejected on {timezone.now():%Y-%m-%d}" in page
    assert "Marketing only." in page
    assert review_page(rejected) in page


def test_the_page_with_hints_asks_no_more_for_more_texts_on_the_desk(editor, django_assert_max_num_queries):
    term = make_term()
    desk = client_of(editor)
    for number in range(3):
        keep(desk, ADD, name=f"Term {number}")

    with django_assert_max_num_queries(60):
        desk.get(term_page(term))


# --- Presence -----------------------------------------------------------------------------------


def test_two_people_at_one_form_see_each_other(db):
    ada, bo = make_user("Editors", first_name="Ada", last_name="L."), make_user("Editors")
    term = make_term()
    sheet = open_form(client_of(ada), term_page(term))

    page = text_of(client_of(bo).get(term_page(term)))
    answer = client_of(ada).post(f"{TERMS}{term.pk}/keep/", sheet).json()

    assert "Open at the same time: <strong>Ada L.</strong>" in page
    assert f"Open at the same time: <strong>{bo}</strong>" in answer["presence"]


def test_who_was_there_long_ago_or_has_sent_is_not_there(editor, reviewer):
    term = make_term()
    first, second = client_of(editor), client_of(reviewer)
    first.post(term_page(term), open_form(first, term_page(term)) | {"definition": "x", "_propose": "1"})
    after_sending = text_of(second.get(term_page(term)))
    first.get(term_page(term))
    Presence.objects.update(seen_at=timezone.now() - timedelta(minutes=11))

    long_after = text_of(second.get(term_page(term)))

    assert "Open at the same time" not in after_sending
    assert "Open at the same time" not in long_after


def test_reading_without_the_form_leaves_no_trace(editor, chief):
    term = make_term()
    workflow.remove(term_id=term.pk, by=chief, reason="Gone.")
    live = make_term("Kernel")

    client_of(editor).get(term_page(term))
    client_of(editor).head(term_page(live))

    assert not Presence.objects.exists()


# --- The place of an overtaken text -------------------------------------------------------------


def overtake(term, reviewer):
    newer = propose_change(term, short_definition="Shorter.")
    workflow.approve(revision_id=newer.pk, by=reviewer)
    return newer


def test_a_text_brought_up_to_date_takes_the_place_of_the_old_one(editor, reviewer):
    term = make_term(definition="One.")
    proposal = propose_change(term, by=editor, definition="Two.")
    newer = overtake(term, reviewer)
    desk = client_of(editor)

    page = text_of(desk.get(f"{term_page(term)}?text_of={proposal.number}"))
    desk.post(term_page(term), filled(page) | {"_propose": "1"})

    proposal.refresh_from_db()
    successor = term.revisions.get(supersedes=proposal)
    assert f"It takes the place of revision {proposal.number}." in page
    assert proposal.state == "superseded"
    assert (successor.based_on, successor.state) == (newer, "proposed")
    assert successor.content["definition"] == "Two."


def test_a_text_overtaken_while_it_is_corrected_is_replaced_too(editor, reviewer):
    term = make_term(definition="One.")
    proposal = propose_change(term, by=editor, definition="Two.")
    desk = client_of(editor)
    sheet = open_form(desk, f"{term_page(term)}?revision={proposal.number}")
    overtake(term, reviewer)

    refused = text_of(desk.post(term_page(term), sheet | {"definition": "Two and a half.", "_propose": "1"}))
    desk.post(term_page(term), filled(refused) | {"_propose": "1"})

    proposal.refresh_from_db()
    assert f"It takes the place of revision {proposal.number}." in refused
    assert "stays open beside" not in refused
    assert proposal.state == "superseded"
    assert [one.content["definition"] for one in term.revisions.filter(state="proposed")] == [
        "Two and a half."
    ]


def test_an_overtaken_text_that_somebody_else_replaced_is_no_longer_replaced(editor, reviewer):
    term = make_term(definition="One.")
    proposal = propose_change(term, by=editor, definition="Two.")
    overtake(term, reviewer)
    desk = client_of(editor)
    sheet = open_form(desk, f"{term_page(term)}?text_of={proposal.number}")
    other = workflow.bring_up_to_date(revision_id=proposal.pk, by=reviewer)

    refused = desk.post(term_page(term), sheet | {"tags": "mine", "_propose": "1"})
    again = filled(text_of(refused))
    desk.post(term_page(term), again | {"_propose": "1"})

    other.refresh_from_db()
    assert refused.status_code == 409
    assert "replaces" not in again
    assert again["based_on"] == str(other.number)
    assert other.state == "superseded"
    assert term.revisions.filter(state="proposed").count() == 1


def test_an_older_published_text_replaces_nothing(editor, reviewer):
    term = make_term(definition="One.")
    overtake(term, reviewer)

    assert "replaces" not in open_form(client_of(editor), f"{term_page(term)}?text_of=1")


def test_what_a_kept_text_replaces_is_kept_with_it(editor, reviewer):
    term = make_term(definition="One.")
    proposal = propose_change(term, by=editor, definition="Two.")
    overtake(term, reviewer)
    desk = client_of(editor)
    address = f"{term_page(term)}?text_of={proposal.number}"
    sheet = open_form(desk, address) | {"definition": "Three."}
    desk.post(f"{TERMS}{term.pk}/keep/", sheet)

    again = open_form(desk, f"{term_page(term)}?kept={sheet['sheet']}")

    assert (again["replaces"], again["definition"]) == (str(proposal.number), "Three.")


def test_a_draft_goes_on_from_where_it_was_typed(editor):
    draft = make_draft("Dropout", by=editor, definition="One.")
    desk = client_of(editor)
    keep(desk, term_page(draft.term), definition="Two.")

    again = open_form(desk, f"{term_page(draft.term)}?{urlencode({'kept': kept_by(editor)[0]})}")
    desk.post(term_page(draft.term), again | {"_propose": "1"})

    assert draft.term.revisions.get(state="proposed").content["definition"] == "Two."
    assert kept_by(editor) == []
