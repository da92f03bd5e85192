"""The address that never changes leads to the form of the term that is asked for."""

from __future__ import annotations

import pytest
from builders import make_draft, make_term, merge
from django.test import Client

from terms import workflow

pytestmark = pytest.mark.django_db

ENDINGS = {
    "text/markdown": "md",
    "application/json": "json",
    "application/ld+json": "jsonld",
    "text/turtle": "ttl",
    "application/rdf+xml": "rdf",
}


@pytest.fixture
def term(db):
    return make_term("Dropout")


def ask(term, accept=None, **query):
    headers = {} if accept is None else {"Accept": accept}
    return Client().get(f"/t/{term.public_id}/", query, headers=headers)


def led_to(term, accept=None, **query):
    response = ask(term, accept, **query)
    assert response.status_code == 303, response.status_code
    assert "Accept" in response.headers["Vary"]
    assert response.headers["Cache-Control"] == "no-cache"
    return response.headers["Location"]


def test_each_media_type_leads_to_its_form(term):
    for media_type, ending in ENDINGS.items():
        assert led_to(term, media_type) == f"/terms/dropout.{ending}"


def test_where_it_leads_is_that_form(term):
    for media_type in (*ENDINGS, "text/html"):
        response = Client().get(f"/t/{term.public_id}/", headers={"Accept": media_type}, follow=True)
        assert response.status_code == 200
        assert response.headers["Content-Type"].partition(";")[0] == media_type


def test_people_get_the_page(term):
    for accept in (
        None,
        "",
        "*/*",
        "text/html",
        "text/*",
        "application/xhtml+xml",
        "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
        "TEXT/HTML",
    ):
        assert led_to(term, accept) == "/terms/dropout/", accept


PREFERRED = [
    ("text/turtle, application/rdf+xml;q=0.9", ".ttl"),
    ("text/turtle;q=0.8, application/rdf+xml;q=0.9", ".rdf"),
    ("text/turtle, */*;q=0.1", ".ttl"),
    ("text/html;q=0.2, application/json", ".json"),
    ("application/*", ".json"),
    ("application/json;q=0, application/*", ".jsonld"),
    ("text/html;q=0, text/*", ".md"),
    ("text/html;q=0.3, application/xhtml+xml, text/turtle;q=0.5", "/"),
    ('application/ld+json;profile="http://www.w3.org/ns/json-ld#compacted"', ".jsonld"),
    ("text/turtle;charset=utf-8", ".ttl"),
    ("image/png, text/markdown;q=0.001", ".md"),
    ("text/turtle;q=nonsense", ".ttl"),
    (" , ;, text/turtle", ".ttl"),
]


def test_what_is_preferred_counts(term):
    assert [(accept, led_to(term, accept)) for accept, _ in PREFERRED] == [
        (accept, f"/terms/dropout{ending}") for accept, ending in PREFERRED
    ]


def test_what_cannot_be_had_is_answered_with_what_can(term):
    for accept in ("image/png", "text/html;q=0", "text/x", "nonsense", "text/turtle;q=0.0", "*"):
        response = ask(term, accept)
        assert response.status_code == 406, accept
        assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert "Accept" in response.headers["Vary"]
        told = response.content.decode()
        assert "text/html (?format=html): http://testserver/terms/dropout/\n" in told
        for media_type, ending in ENDINGS.items():
            assert f"{media_type} (?format={ending}): http://testserver/terms/dropout.{ending}\n" in told


def test_the_format_that_is_named_goes_before_what_is_accepted(term):
    for media_type, ending in ENDINGS.items():
        assert led_to(term, "text/html", format=ending) == f"/terms/dropout.{ending}"
        assert led_to(term, "image/png", format=media_type) == f"/terms/dropout.{ending}"
    assert led_to(term, "text/turtle", format="html") == "/terms/dropout/"
    assert led_to(term, "text/turtle", format="text/html") == "/terms/dropout/"


def test_an_unknown_format_is_answered_with_those_there_are(term):
    for name in ("xml", "", "image/png", "*/*", "html\0", "<b>"):
        response = ask(term, "text/html", format=name)
        assert response.status_code == 406, name
        assert "?format=ttl" in response.content.decode()
        assert "<b>" not in response.content.decode()


def test_a_moment_is_kept_where_there_is_a_text_of_it(term):
    assert led_to(term, as_of="2030-05-01") == "/terms/dropout/?as_of=2030-05-01"
    api = f"/api/v1/terms/{term.public_id}/?as_of=2030-05-01"
    assert led_to(term, "application/json", as_of="2030-05-01") == api
    assert ask(term, "text/turtle", as_of="2030-05-01").status_code == 406


def test_what_a_term_became_is_led_to(term, chief):
    absorbed = make_term("Leaving out")
    merge(term, absorbed, by=chief)

    assert led_to(absorbed, "text/turtle") == "/terms/dropout.ttl"
    assert led_to(absorbed) == "/terms/dropout/"


def test_removed_terms_are_gone_and_drafts_are_not_there(term, chief):
    draft = make_draft("New word").term
    workflow.remove(term_id=term.pk, by=chief, reason="Nonsense.")

    for accept in ("text/html", "text/turtle", "image/png"):
        assert ask(term, accept).status_code == 410
        assert ask(draft, accept).status_code == 404


def test_it_is_only_read(term):
    assert Client().post(f"/t/{term.public_id}/").status_code == 405
    assert Client().head(f"/t/{term.public_id}/").status_code == 303
