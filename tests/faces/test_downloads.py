"""The published terms as files, for everybody."""

import csv
import io
from threading import BoundedSemaphore

import pytest
from builders import make_draft, make_term, make_user
from snapshots import body_of

from terms import exporting, web, workflow
from terms.formats import wording
from terms.models import Alias, Note

pytestmark = pytest.mark.django_db


def test_the_page_offers_every_public_form_and_says_what_it_loses(client):
    make_term(
        "Keel", tags=["Hull parts"], aliases=[{"text": "Kiel", "kind": "translation", "language": "de"}]
    )

    html = client.get("/download/").content.decode()

    for form in exporting.FORMS.values():
        assert (f"/download/{form.name}" in html) is not form.is_for_staff
    assert "Hull parts (1)" in html
    assert '<option value="de"' in html


def test_a_form_whose_purpose_nobody_knows_is_offered_all_the_same():
    known, unknown = exporting.FORMS["csv"], exporting.Form("stone", "Stone tablet", "text/plain", ".st")

    assert web.by_purpose([unknown, known]) == [("For a spreadsheet", [known]), ("Other forms", [unknown])]


def test_the_page_of_an_empty_glossary_says_so(client):
    assert "Nothing is published yet" in client.get("/download/").content.decode()


def test_a_file_is_sent_under_a_name_that_says_what_it_is(client):
    make_term("Keel")

    response = client.get("/download/csv")

    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"].startswith('attachment; filename="termbook-')
    assert [row["name"] for row in csv.DictReader(io.StringIO(body_of(response).decode()))] == ["Keel"]


def test_a_file_holds_what_was_chosen(client):
    make_term("Keel", tags=["Hull parts"])
    old = make_term("Rib")
    workflow.deprecate(term_id=old.pk, by=make_user("Reviewers"), reason="Out of use.")

    assert b"Keel" not in body_of(client.get("/download/csv?status=deprecated"))
    assert b"Rib" not in body_of(client.get("/download/csv?tag=hull-parts&status=&since="))


def test_whoever_is_logged_in_gets_what_everybody_gets(client):
    make_draft("Secret")
    client.force_login(make_user("Chief editors"))

    assert b"Secret" not in body_of(client.get("/download/csv"))


@pytest.mark.parametrize("query", ["tag=none", "since=yesterday", "status=draft,x"])
def test_what_cannot_be_meant_is_said_on_the_page(client, query):
    response = client.get(f"/download/csv?{query}")

    assert response.status_code == 400
    assert 'role="alert"' in response.content.decode()


@pytest.mark.parametrize("name", ["fixture", "docx", "csv.zip"])
def test_there_is_no_other_download(client, name):
    assert client.get(f"/download/{name}").status_code == 404


def test_an_unchanged_file_is_not_sent_again(client):
    make_term("Keel")
    etag = client.get("/download/csv").headers["ETag"]

    assert client.get("/download/csv", headers={"If-None-Match": etag}).status_code == 304
    make_term("Rib")
    assert client.get("/download/csv", headers={"If-None-Match": etag}).status_code == 200


def test_a_worker_sends_one_file_at_a_time_and_then_the_next(client, monkeypatch):
    monkeypatch.setattr(web, "_one_download", BoundedSemaphore(1))
    make_term("Keel")

    first = client.get("/download/csv")
    meanwhile = client.get("/download/csv")
    body_of(first)
    after = client.get("/download/csv")

    assert (meanwhile.status_code, meanwhile.headers["Retry-After"]) == (429, "60")
    assert "Try again in a minute" in meanwhile.content.decode()
    assert after.status_code == 200


# --- The book ------------------------------------------------------------------------------------


def test_the_book_links_names_as_the_site_does_and_drafts_are_not_in_it(client):
    hull = make_term("Hull", short_definition="The body of a ship.")
    secret = make_draft("Secret rib")
    keel = make_term(
        "Keel",
        definition="Below the hull and the [[Secret rib]].",
        aliases=[{"text": "kiehl", "kind": "hidden"}, {"text": "Backbone"}],
        relations=[{"kind": "broader", "target": hull.public_id}],
        notes=[{"kind": "editorial", "text": "Ask Ann."}, {"kind": "usage", "text": "At sea."}],
    )

    response = client.get("/download/html")
    text = body_of(response).decode()

    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert f'<a href="#t-{hull.public_id}" class="term-link" title="The body of a ship.">hull</a>' in text
    assert f'<dd><a href="#t-{keel.public_id}"><bdi>Keel</bdi></a></dd>' in text
    assert "Below the" in text and "and the Secret rib." in text
    assert all(hidden not in text for hidden in (secret.term.public_id, "kiehl", "Ask Ann"))
    assert "At sea." in text


def test_a_book_of_some_terms_leads_to_the_others_on_the_site(client):
    hull = make_term("Hull")
    make_term(
        "Keel",
        definition="Below the hull.",
        tags=["Parts"],
        relations=[{"kind": "related", "target": hull.public_id}],
    )

    text = body_of(client.get("/download/html?tag=parts")).decode()

    assert text.count(f'href="http://testserver/t/{hull.public_id}/"') == 2
    assert f"#t-{hull.public_id}" not in text


def test_a_book_for_the_staff_says_which_terms_are_drafts():
    editor = make_user("Editors")
    make_draft("Keel", by=editor, notes=[{"kind": "editorial", "text": "Ask Ann."}])

    text = b"".join(exporting.stream("html", exporting.Selection(), by=editor)).decode()

    assert "Nobody has approved this text yet." in text
    assert "Ask Ann" not in text


def test_notes_are_called_the_same_everywhere():
    assert {kind.value: kind.label for kind in Note.Kind if kind is not Note.Kind.EDITORIAL} == wording.NOTES
    assert set(wording.NAMES) == set(Alias.Kind.values) - {"hidden"}
