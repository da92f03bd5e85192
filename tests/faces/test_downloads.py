"""The published terms as files, for everybody."""

import csv
import io
from threading import BoundedSemaphore

import pytest
from builders import make_draft, make_term, make_user
from snapshots import body_of

from terms import exporting, web, workflow

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
    assert "0 terms" in client.get("/download/").content.decode()


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
