"""The editors’ list of what readers looked for in vain: seen, drafted, set aside, taken back."""

import re

import pytest
from builders import make_draft, make_term, make_user
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pages import client_of, text_of

from terms import wanted
from terms.models import Term, WantedTerm

pytestmark = pytest.mark.django_db

LIST = "/admin/terms/wantedterm/"
DECIDE = f"{LIST}decide/"


@pytest.fixture
def editor_client(editor):
    return client_of(editor)


def asked(*texts, times=2):
    """Let readers look for these; return the rows in the order of the names given."""
    for _ in range(times):
        for text in texts:
            wanted.note_failure(text)
        wanted.flush()
    return [WantedTerm.objects.get(text=text) for text in texts]


def look(client, **asked_for):
    return text_of(client.get(LIST, asked_for))


def names(page):
    return re.findall(r'<bdi class="import-name">(.+?)</bdi>', page)


def lists(page):
    return dict(
        re.findall(r">(Wanted|Being written|Not wanted) <span class=\"count\">([0-9,]+)</span>", page)
    )


# --- The list ------------------------------------------------------------------------------------


def test_the_list_says_what_how_often_and_when(editor_client):
    asked("Hydra FFN", times=3)
    asked("Gated delta net")

    page = look(editor_client)

    assert names(page) == ["Hydra FFN", "Gated delta net"]
    assert "3 times" in page
    assert f"{wanted.wanted()[0].last_on:%Y-%m-%d}" in page
    assert lists(page) == {"Wanted": "2", "Being written": "0", "Not wanted": "0"}


def test_a_term_with_a_name_like_it_stands_beside_it(editor_client):
    asked("Gated delta nets")
    term = make_term("Gated delta net")

    page = look(editor_client)

    assert f'<a href="/admin/terms/term/{term.pk}/change/">Gated delta net</a>' in page


def test_an_empty_list_says_how_names_come_into_it(editor_client):
    assert "comes up here by itself" in look(editor_client)
    assert "Nothing is set aside" in look(editor_client, show="dismissed")
    assert "No draft has the name" in look(editor_client, show="written")


def test_the_list_is_narrowed_by_a_part_of_the_name(editor_client):
    asked("Hydra FFN", "Gated delta net")

    assert names(look(editor_client, name="DÉLTA")) == ["Gated delta net"]
    assert "No name in this list has “zebra” in it." in look(editor_client, name="zebra")


def test_a_long_list_has_pages(editor_client):
    asked(*(f"Name {number:02}" for number in range(30)))

    assert len(names(look(editor_client))) == 25
    assert len(names(look(editor_client, page="2"))) == 5
    assert len(names(look(editor_client, page="nonsense"))) == 25


def test_the_list_asks_the_same_number_of_questions_whatever_is_in_it(editor_client):
    def queries():
        with CaptureQueriesContext(
            connection,
        ) as captured:
            look(editor_client)
        return len(captured)

    asked(*(f"Name {number:02}" for number in range(10)))
    make_draft("Name 03")
    make_term("Names 04")
    few = queries()
    asked(*(f"Name {number:02}" for number in range(10, 20)))

    assert queries() == few


def test_what_was_typed_is_shown_as_text(editor_client):
    asked("<b>bold</b> & 'more'")

    page = look(editor_client)

    assert "&lt;b&gt;bold&lt;/b&gt; &amp;" in page
    assert "<b>bold" not in page


# --- What is done --------------------------------------------------------------------------------


def test_a_draft_is_made_and_opened(editor_client):
    [row] = asked("Hydra FFN")

    answer = editor_client.post(DECIDE, {"_draft": row.pk}, follow=True)

    term = Term.objects.get(name="Hydra FFN")
    assert answer.redirect_chain == [(f"/admin/terms/term/{term.pk}/change/", 302)]
    assert "Readers see nothing of it yet." in text_of(answer)
    assert names(look(editor_client)) == []
    assert f'href="/admin/terms/term/{term.pk}/change/">The draft' in look(editor_client, show="written")


def test_the_second_editor_is_led_to_the_draft_that_is_there(editor_client):
    [row] = asked("Hydra FFN")
    editor_client.post(DECIDE, {"_draft": row.pk})

    answer = client_of(make_user("Editors")).post(DECIDE, {"_draft": row.pk})

    assert answer["Location"] == f"/admin/terms/term/{Term.objects.get().pk}/change/"


def test_drafts_of_all_that_are_ticked_are_made(editor_client):
    rows = asked("Hydra FFN", "Gated delta net", "Other")

    answer = editor_client.post(DECIDE, {"_draft": "chosen", "wanted": [rows[0].pk, rows[1].pk]}, follow=True)

    assert answer.redirect_chain == [(f"{LIST}?show=written", 302)]
    assert "2 drafts wait to be written." in text_of(answer)
    assert names(text_of(answer)) == ["Gated delta net", "Hydra FFN"]


def test_what_is_not_wanted_is_remembered_with_who_and_can_be_taken_back(editor_client, editor):
    [row] = asked("Hydra FFN")

    said = text_of(editor_client.post(DECIDE, {"_dismiss": row.pk}, follow=True))

    assert "One name is not wanted." in said
    assert f'name="_again" value="{row.pk}" form="taking-back"' in said
    assert f"says {editor}" in look(editor_client, show="dismissed")

    editor_client.post(DECIDE, {"_again": row.pk})

    assert names(look(editor_client)) == ["Hydra FFN"]


def test_several_are_set_aside_at_once_and_the_list_stays_where_it_was(editor_client):
    rows = asked("Hydra FFN", "Gated delta net", "Other")

    answer = editor_client.post(
        f"{DECIDE}?name=e", {"_dismiss": "chosen", "wanted": [rows[0].pk, rows[1].pk]}
    )

    assert answer["Location"] == f"{LIST}?name=e"
    assert names(look(editor_client)) == ["Other"]


def test_enter_on_a_tick_decides_nothing_and_keeps_the_ticks(editor_client):
    row, _ = asked("Hydra FFN", "Gated delta net")

    # What a browser sends then is the first button of the form.
    form = look(editor_client).partition(f'action="{DECIDE}"')[2]
    [first] = re.findall(r'<button[^>]* name="(\w+)"', form)[:1]
    answer = editor_client.post(DECIDE, {first: "1", "wanted": row.pk})

    page = text_of(answer)
    assert answer.status_code == 200
    assert re.findall(r'aria-label="Choose “([^”]+)”" checked', page) == ["Hydra FFN"]
    assert lists(page) == {"Wanted": "2", "Being written": "0", "Not wanted": "0"}


@pytest.mark.parametrize("sent", [{}, {"_dismiss": "chosen"}, {"_draft": "x"}, {"_draft": "9" * 30}])
def test_a_button_without_a_name_says_what_is_missing(editor_client, sent):
    asked("Hydra FFN")

    answer = editor_client.post(DECIDE, sent)

    assert answer.status_code == 400
    assert 'role="alert"' in text_of(answer)
    assert names(text_of(answer)) == ["Hydra FFN"]


def test_what_has_an_entry_by_now_is_refused_with_a_sentence(editor_client):
    [row] = asked("Hydra FFN")
    make_term("Hydra FFN")

    answer = editor_client.post(DECIDE, {"_draft": row.pk})

    assert answer.status_code == 409
    assert "“Hydra FFN” has an entry by now." in text_of(answer)


# --- Who may -------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["Editors", "Reviewers", "Chief editors"])
def test_editors_and_above_see_the_list_and_its_number_on_the_home_of_the_desk(role):
    client = client_of(make_user(role))
    asked("Hydra FFN", "Gated delta net")
    make_term()

    assert len(names(look(client))) == 2
    assert '<a href="/admin/terms/wantedterm/">Looked for and not found</a> <span>2</span>' in text_of(
        client.get("/admin/")
    )


def test_a_contributor_sees_and_decides_nothing():
    [row] = asked("Hydra FFN")
    person = make_user("Contributors")
    person.is_staff = True
    person.save()
    client = client_of(person)

    assert client.get(LIST).status_code == 403
    assert client.post(DECIDE, {"_dismiss": row.pk}).status_code == 403
    assert names(look(client_of(make_user("Editors")))) == ["Hydra FFN"]


def test_a_stranger_is_led_to_the_login(client):
    assert client.get(LIST).status_code == 302
    assert "Hydra" not in text_of(client.get(LIST, follow=True))


def test_looking_changes_nothing(editor_client):
    [row] = asked("Hydra FFN")

    for address in (LIST, f"{LIST}?_dismiss={row.pk}", f"{LIST}{row.pk}/change/"):
        editor_client.get(address)
    refused = editor_client.get(f"{DECIDE}?_draft={row.pk}")

    assert refused.status_code == 405
    assert editor_client.post(LIST, {"_dismiss": row.pk}).status_code == 405
    assert not Term.objects.exists()
    assert names(look(editor_client)) == ["Hydra FFN"]


def test_readers_see_nothing_of_what_others_looked_for_or_of_its_draft(client, editor):
    [row] = asked("Hydra FFN")
    wanted.make_draft(row.pk, by=editor)

    for address in ("/", "/search?q=hydra", "/api/v1/search?q=hydra", "/api/v1/suggest?q=hydra"):
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert "Hydra FFN" not in text_of(answer), address
