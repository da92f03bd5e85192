"""What is answered without the framework is what the framework answers."""

from __future__ import annotations

import json

import pytest
from builders import make_draft, make_term, make_user, merge, propose_change
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from terms import publishing, workflow
from terms.models import Term

pytestmark = pytest.mark.django_db

API = "/api/v1/"
# With this the framework is asked, and answers in its usual form.
BY_THE_FRAMEWORK = "application/json; indent=0"
TRAP = 'Ends in ","url":"/evil/","api_url":"/evil/"}\u2028\u2029 – "quoted", \\u0041, 🙂'


@pytest.fixture
def glossary(db):
    """Terms in every state, and texts that look like the end of a document."""
    reviewer, chief = make_user("Reviewers"), make_user("Chief editors")
    dropout = make_term("Dropout", aliases=["unit dropout"], tags=["training", "models"], definition=TRAP)
    make_term(
        "Größe",
        tags=["training"],
        short_definition="Wie groß.",
        sources=[{"title": "B", "url": "https://b.example/"}],
    )
    make_term("Kernel", qualifier="one"), make_term("Kernel", qualifier="two")
    old, absorbed, removed = make_term("Old way"), make_term("Absorbed"), make_term("Removed")
    workflow.deprecate(term_id=old.pk, by=reviewer, reason="Old.", successors=[dropout.public_id])
    merge(dropout, absorbed)
    workflow.remove(term_id=removed.pk, by=chief, reason="Outside.")
    dropout.refresh_from_db()
    propose_change(dropout, definition="Proposed secretly.")
    draft = make_draft("Draft", tags=["secret"]).term
    terms = {"live": dropout, "old": old, "absorbed": absorbed, "removed": removed, "draft": draft}
    return {name: term.public_id for name, term in terms.items()}


def both(address, method="get", **headers):
    """Ask an address without the framework, then with it."""
    ask = getattr(Client(), method)
    quick = ask(API + address, headers=headers)
    return quick, ask(API + address, headers={**headers, "accept": BY_THE_FRAMEWORK})


def assert_the_same(quick, framework):
    address = quick.request["PATH_INFO"] + "?" + quick.request["QUERY_STRING"]
    assert (address, quick.status_code) == (address, framework.status_code)
    assert (address, dict(quick.headers)) == (address, dict(framework.headers))
    assert (address, quick.content) == (address, framework.content)


ADDRESSES = """
terms/{live}/  terms/{live}  terms/{old}/  terms/{absorbed}/  terms/{removed}/  terms/{draft}/  terms/none/
terms/dropout/  terms/kernel/  terms/gr%C3%B6%C3%9Fe/  terms/{live}/?x=1  terms/{live}/?format=xml
terms/{live}/?as_of=2020-01-01  terms/{live}/?as_of=x
terms/  terms  terms/?page=1  terms/?page=2  terms/?page=last  terms/?page=0  terms/?page=01  terms/?page=
terms/?page_size=2  terms/?page_size=2&page=2  terms/?page=3&page_size=2&x=%C3%A4&x=+  terms/?page=1&page=2
terms/?page_size=0  terms/?page_size=999  terms/?page_size=x  terms/?format=json
terms/?letter=K  terms/?letter=  terms/?letter=%00  terms/?name=KERNEL
terms/?tag=training  terms/?tag=training&tag=models  terms/?tag=secret
terms/?ordering=-updated_at&page_size=3  terms/?ordering=x
terms/?updated_since=2020-01-01  terms/?updated_since=x
terms/?status=draft  terms/?status=deprecated  terms/?status=
search  search?q=dropout  search?q=unit+drop&page_size=1  search?q=kernel&page_size=1&page=2
search?q=kernel&page=9  search?q=&page=2  search?q=dropout&tag=training&tag=models  search?q=%00
search?q=old&include_deprecated=1  search?q=k&letter=K&facets=true  search?page_size=101  search?q=draft
search?q=kernel&status=published&language=de  search?q=k&status=draft  search?q=drpout  search?page=x
suggest  suggest?q=k  suggest?q=+UNIT+  suggest?q=d&limit=1  suggest?q=d&limit=0  suggest?q=%00
suggest?q=draft  suggest?q=gr%C3%B6  suggest?q=d&limit=  suggest?limit=51
tags/  tags/training/  tags/secret/  letters/  openapi.json
"""


def test_it_is_the_same_answer(glossary):
    for address in ADDRESSES.split():
        assert_the_same(*both(address.format(**glossary)))


def test_it_is_the_same_however_it_is_asked(glossary):
    for address in ("terms/{live}/", "terms/", "search?q=kernel", "suggest?q=k", "terms/{draft}/"):
        address = address.format(**glossary)
        known = both(address)[0].headers.get("ETag", '"none"')

        assert_the_same(*both(address, "head"))
        assert_the_same(*both(address, "options"))
        for header in (known, f"W/{known}", f'"other", {known}', "*", '"other"', "no tag"):
            assert_the_same(*both(address, **{"if-none-match": header}))
        quick, framework = both(address, **{"accept-encoding": "gzip"})
        # The compressing middleware hides the length of the text behind blanks of random length.
        assert [*without_length(quick)] == [*without_length(framework)]


def test_too_many_parameters_are_refused_in_the_same_way(db, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 2

    for address in ("terms/", "tags/"):
        quick, framework = both(f"{address}?a=1&b=2&c=3")
        assert_the_same(quick, framework)
        assert quick.status_code == 400


def test_what_is_sent_depends_on_what_is_accepted(db):
    answer = Client().get(f"{API}terms/{make_term().public_id}/")

    assert "Accept" in answer.headers["Vary"].split(", ")


def without_length(answer):
    return ((name, value) for name, value in answer.headers.items() if name != "Content-Length")


def test_what_is_not_accepted_is_not_sent(db):
    address = f"{API}terms/{make_term().public_id}/"

    def statuses(*accepted):
        return {Client().get(address, headers={"accept": value}).status_code for value in accepted}

    assert statuses("text/html", "text/html;q=0.5, image/*", "application/json-patch+json") == {406}
    assert statuses("application/*", "text/html, */*;q=0.1", "application/json; indent=2") == {200}


def test_a_term_is_read_with_one_question_and_that_for_the_version(db):
    address = f"{API}terms/{make_term().public_id}/"
    usual = (
        "*/*",
        "application/json",
        "application/json, text/plain, */*",
        "text/html,image/*;q=0.9,*/*;q=0.8",
    )

    for accepted in usual:
        with CaptureQueriesContext(connection) as queries:
            answer = Client().get(address, headers={"accept": accepted})
        assert (answer.status_code, len(queries)) == (200, 2)


def test_what_people_write_is_not_taken_for_an_address(glossary):
    body = Client().get(f"{API}terms/{glossary['live']}/").json()

    assert body["definition"] == TRAP
    assert body["url"] == "http://testserver/terms/dropout/"
    assert body["api_url"] == f"http://testserver{API}terms/{glossary['live']}/"
    assert list(body)[-2:] == ["url", "api_url"]


def test_addresses_are_those_of_the_configured_site(db, settings):
    make_term("Kernel")
    settings.SITE_URL = 'https://glossary.example/"here"'

    quick, framework = both("terms/")

    assert_the_same(quick, framework)
    assert quick.json()["results"][0]["url"].startswith('https://glossary.example/"here"/terms/')


def test_the_etag_of_a_term_serves_to_change_it(glossary):
    chief = make_user("Chief editors")
    client = Client()
    client.force_login(chief)
    address = f"{API}terms/{glossary['live']}/"
    etag = Client().get(address).headers["ETag"]

    refused = client.patch(address, "{}", "application/json", headers={"if-match": '"1.other"'})
    changed = client.patch(
        address, json.dumps({"definition": "New."}), "application/json", headers={"if-match": etag}
    )

    assert (refused.status_code, changed.status_code) == (412, 201)


def test_a_list_is_read_with_one_question_and_counted_once(db):
    for number in range(5):
        make_term(f"Term {number}")

    with CaptureQueriesContext(connection) as first:
        Client().get(f"{API}terms/")
    with CaptureQueriesContext(connection) as second:
        Client().get(f"{API}terms/?page_size=3&page=2")

    # The content version, the terms, and at first their number.
    assert (len(first), len(second)) == (3, 2)


def test_a_list_tells_when_the_number_of_terms_changed(db):
    before = Client().get(f"{API}terms/").json()
    make_term("One more")
    after = Client().get(f"{API}terms/").json()

    assert after["count"] == before["count"] + 1 == len(after["results"])


def test_a_publication_is_seen_at_once(glossary):
    term = Term.objects.get(public_id=glossary["live"])
    address = f"{API}terms/{term.public_id}/"
    known = Client().get(address).headers["ETag"]

    proposal = term.revisions.order_by("-number").first()
    workflow.approve(revision_id=proposal.pk, by=make_user("Reviewers"))
    answer = Client().get(address, headers={"if-none-match": known})

    assert answer.status_code == 200
    assert answer.json()["definition"] == "Proposed secretly."


def test_what_hangs_on_nothing_but_the_glossary_is_kept(glossary):
    kept = """
        terms/ terms/?page_size=2&page=2 terms/?tag=training terms/{live}/ terms/{old}/ search?q=kernel
        search?q=zebra&tag=training suggest?q=k tags/ tags/training/ letters/ openapi.json docs/
    """
    made_anew = """
        terms/{live}/?as_of=2020-01-01 terms/{draft}/ terms/{removed}/ terms/?status=deprecated terms/?page=9
        search?q=zebra search?q=%00 search?q=kernel&page=9 tags/?format=json terms/dropout/
    """

    def are_kept(addresses, **headers):
        answers = (
            Client().get(API + address.format(**glossary), headers=headers) for address in addresses.split()
        )
        return {publishing.MADE_FROM in answer.wsgi_request.META for answer in answers}

    assert are_kept(kept) == {True}
    assert are_kept(made_anew) == {False}
    assert are_kept(kept, authorization="Bearer unknown") == {False}
    assert are_kept(kept, accept=BY_THE_FRAMEWORK) == {False}


def test_a_person_is_answered_by_the_framework(glossary, editor):
    client = Client()
    client.force_login(editor)

    answer = client.get(f"{API}terms/{glossary['live']}/")

    assert answer.json()["open_proposals"]
    assert answer.headers["Cache-Control"].startswith("private")
