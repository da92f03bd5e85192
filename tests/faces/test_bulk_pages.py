"""Changing many terms from the list: choose, say what, look, do, undo."""

import pytest
from builders import make_draft, make_term, make_user
from django.utils.html import escape
from pages import client_of, text_of

from terms import bulk
from terms.models import Operation, Term

pytestmark = pytest.mark.django_db

LIST = "/admin/terms/term/"
CHANGE = "/admin/terms/term/change_chosen/"


def choose(client, *terms, **more):
    ids = [term.pk for term in terms]
    return client.post(LIST, {"action": "change_chosen", "_selected_action": ids, **more})


def preview(client, *terms, **change):
    return client.post(CHANGE, {"term": [term.pk for term in terms], "_preview": "1", **change})


def carry_out(client, shown, *terms, **change):
    token = shown.context["preview"].token
    data = {"term": [term.pk for term in terms], "token": token, "_carry_out": "1", **change}
    return client.post(CHANGE, data)


@pytest.fixture
def term():
    return make_term("Attention", tags=["Old", "Training"])


def test_the_whole_way_from_the_list_to_undo(term, editor):
    client, draft = client_of(editor), make_draft("Cat").term
    change = {"add_tags": "Transformers, Open", "remove_tags": ["old"], "comment": "Tidied up."}

    form = text_of(choose(client, term, draft))
    shown = preview(client, term, draft, **change)
    done = carry_out(client, shown, term, draft, **change)
    operation = Operation.objects.get()
    undo = client.get(f"/admin/terms/operation/{operation.pk}/undo/")
    undone = client.post(f"/admin/terms/operation/{operation.pk}/undo/")

    assert "Change 2 terms" in form
    assert 'name="action"' not in form.split("<main")[1]
    assert "In use: Old, Training." in form
    assert 'name="remove_tags" value="old"' in form
    assert "To do" in text_of(shown)
    assert "<del>old</del>" in text_of(shown)
    assert "Change 1 term, propose for 1</button>" in text_of(shown)
    assert done.status_code == 302
    result = text_of(client.get(done.headers["Location"]))
    assert "Done: 1 changed, 1 proposed." in text_of(undo)
    assert "Proposed as revision 2; a reviewer decides." in result
    assert "Saved as revision 2." in result
    assert "Revision 2, which waits, is taken back." in text_of(undo)
    assert undone.status_code == 302
    after = text_of(client.get(undone.headers["Location"]))
    assert f"by {editor}." in after
    assert "Undone: 1 taken back, 1 changed back." in result
    assert "Revision 2 is withdrawn." in after
    assert "Undo this change" not in after


def test_reviewers_deprecate_many_and_what_is_refused_is_told(term, reviewer):
    client, draft = client_of(reviewer), make_draft("Cat").term
    make_term("Loss")
    change = {"action": "deprecate", "reason": "Out of use.", "successors": "Loss"}

    shown = preview(client, term, draft, **change)
    done = carry_out(client, shown, term, draft, **change)

    assert "Is draft." in text_of(shown)
    assert "Change 1 term</button>" in text_of(shown)
    assert Term.objects.get(pk=term.pk).status == "deprecated"
    assert "Is version 2 now." in text_of(client.get(done.headers["Location"]))


def test_editors_are_not_offered_a_status(term, editor, reviewer):
    assert 'name="action"' not in text_of(choose(client_of(editor), term)).split("<main")[1]
    offered = text_of(choose(client_of(reviewer), term))
    assert 'value="deprecate"' in offered
    assert 'name="action" value="" checked' in offered


def test_what_was_typed_comes_back_with_what_is_wrong(term, reviewer):
    response = preview(client_of(reviewer), term, action="deprecate", reason="", successors="Nowhere, here")

    assert response.status_code == 422
    assert "Deprecate: say why, readers will ask." in text_of(response)
    assert "Nowhere, here</textarea>" in text_of(response)


def test_the_preview_leads_back_to_the_form_with_everything(term, editor):
    response = client_of(editor).post(
        CHANGE, {"term": [term.pk], "add_tags": "Open", "remove_tags": ["old"], "_again": "1"}
    )

    assert 'value="Open"' in text_of(response)
    assert 'value="old" checked' in text_of(response)


def test_a_forged_token_shows_the_preview_again(term, editor):
    client = client_of(editor)

    response = client.post(
        CHANGE, {"term": [term.pk], "add_tags": "Open", "token": "forged", "_carry_out": "1"}
    )

    assert response.status_code == 409
    assert "This is not what the preview showed" in text_of(response)
    assert term.revisions.count() == 1


def test_a_change_that_was_overtaken_says_so(term, editor):
    client = client_of(editor)
    shown = preview(client, term, add_tags="Open")
    carry_out(client, shown, term, add_tags="Open")

    again = carry_out(client, shown, term, add_tags="Open")

    assert again.status_code == 409
    assert "Nothing was changed" in text_of(again)
    assert "wants exactly this already" in text_of(again)


def test_all_that_the_filters_leave_can_be_chosen(term, editor):
    make_draft("Cat")

    response = choose(client_of(editor), term, select_across="1", index="0")

    assert "Change 2 terms" in text_of(response)


def test_more_than_the_limit_is_refused_with_a_sentence(term, editor, monkeypatch):
    monkeypatch.setattr(bulk, "MOST_TERMS", 1)

    response = choose(client_of(editor), term, make_draft("Cat").term)

    assert response.status_code == 302
    page = text_of(client_of(editor).get(LIST))
    assert "Change the chosen terms" in page
    follow = choose_and_follow(editor, term)
    assert "2 terms are chosen; at most 1 can be changed at once" in follow


def choose_and_follow(editor, term):
    ids = list(Term.objects.values_list("pk", flat=True))
    data = {"action": "change_chosen", "_selected_action": ids}
    return text_of(client_of(editor).post(LIST, data, follow=True))


def test_contributors_have_no_part_in_it(term, contributor):
    response = preview(client_of(contributor), term, add_tags="Open")

    assert response.status_code == 302
    assert response.headers["Location"].startswith("/admin/login/")


def test_an_editor_cannot_undo_what_somebody_else_did(term, editor):
    client = client_of(editor)
    carry_out(client, preview(client, term, add_tags="Open"), term, add_tags="Open")
    operation, other = Operation.objects.get(), client_of(make_user("Editors"))

    page = other.get(f"/admin/terms/operation/{operation.pk}/change/")
    undo = other.post(f"/admin/terms/operation/{operation.pk}/undo/")

    assert "Undo this change" not in text_of(page)
    assert undo.status_code == 403
    assert "only whoever made this change, or a reviewer" in text_of(undo)
    assert term.revisions.get(number=2).state == "proposed"


def test_undoing_twice_is_told(term, editor):
    client = client_of(editor)
    carry_out(client, preview(client, term, add_tags="Open"), term, add_tags="Open")
    address = f"/admin/terms/operation/{Operation.objects.get().pk}/undo/"
    client.post(address)

    again = client.post(address)

    assert again.status_code == 409
    assert "was undone on" in text_of(again)


def test_the_list_of_operations_says_who_what_and_whether_undone(term, editor):
    client = client_of(editor)
    carry_out(client, preview(client, term, add_tags="Open"), term, add_tags="Open")

    page = text_of(client.get("/admin/terms/operation/"))

    assert "+Open: 1 term" in page
    assert escape(str(editor)) in page


def test_the_preview_asks_no_more_of_the_database_for_more_terms(editor, django_assert_max_num_queries):
    terms = [make_term(f"Term {number}", by=editor) for number in range(12)]
    client = client_of(editor)
    preview(client, *terms[:2], add_tags="Open")

    with django_assert_max_num_queries(25):
        preview(client, *terms, add_tags="Open")
