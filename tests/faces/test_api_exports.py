"""Exports by programs: streamed, in each form, never more than whoever asks may see."""

from __future__ import annotations

import csv
import io
import json
from threading import BoundedSemaphore

import pytest
from builders import make_draft, make_term, make_user
from rest_framework.test import APIClient
from snapshots import body_of
from test_api import API, assert_problem, client_of, client_with, make_person

from terms import exporting, tokens, web, workflow
from terms.models import ApiToken

pytestmark = pytest.mark.django_db

EXPORT = f"{API}/export/"
PUBLIC_FORMS = [name for name, form in exporting.FORMS.items() if not form.is_for_staff]


@pytest.fixture
def anonymous():
    return APIClient()


def names_in(response):
    assert response.status_code == 200, response.content
    return [row["name"] for row in csv.DictReader(io.StringIO(body_of(response).decode()))]


def test_the_forms_are_listed_with_what_they_lose(anonymous, editor):
    public, staff = (client.get(EXPORT).json()["results"] for client in (anonymous, client_of(editor)))

    assert [form["name"] for form in public] == PUBLIC_FORMS
    assert [form["name"] for form in staff] == list(exporting.FORMS)
    assert public[0]["url"] == f"http://testserver{EXPORT}{PUBLIC_FORMS[0]}"
    assert any(form["loses"] for form in public)


@pytest.mark.parametrize("name", PUBLIC_FORMS)
def test_each_form_is_sent_as_a_file(anonymous, name):
    kiel = {"text": "Kiel", "kind": "translation", "language": "de"}
    make_term("Keel", aliases=[kiel])
    form = exporting.FORMS[name]

    response = anonymous.get(f"{EXPORT}{name}?language=de", headers={"Accept": form.media_type})

    assert response.status_code == 200
    assert response.streaming
    assert response["Content-Type"] == form.media_type
    assert response["Content-Disposition"].startswith('attachment; filename="termbook-')
    assert b"Keel" in body_of(response)


@pytest.mark.parametrize("accept", ["text/turtle", "application/xml;q=0.5", "nonsense", ""])
def test_it_is_sent_whatever_a_program_says_it_accepts(anonymous, accept):
    make_term("Keel")

    assert names_in(anonymous.get(f"{EXPORT}csv", headers={"Accept": accept})) == ["Keel"]
    assert_problem(anonymous.get(f"{EXPORT}docx", headers={"Accept": accept}), 404, "not_found")


@pytest.mark.parametrize("role", ["anonymous", "reader", "Contributors", "Editors"])
def test_nobody_gets_more_than_they_may_see(role):
    make_term("Keel", aliases=[{"text": "kiehl", "kind": "hidden"}])
    make_draft("Secret")
    client = client_of(make_person(role))

    whole = body_of(client.get(f"{EXPORT}json"))
    drafts = names_in(client.get(f"{EXPORT}csv?status=draft"))

    is_staff = role == "Editors"
    assert (b"Secret" in whole, b"kiehl" in whole) == (is_staff, is_staff)
    assert drafts == (["Secret"] if is_staff else [])


def test_a_token_reads_what_its_owner_may_see(editor):
    make_draft("Secret")

    assert names_in(client_with("read", owner=editor).get(f"{EXPORT}csv")) == ["Secret"]


def test_a_token_needs_the_scope_to_read(editor):
    token, secret = tokens.issue_token(owner=editor, name="test", scopes=[], days=1)
    ApiToken.objects.filter(pk=token.pk).update(scopes=["edit"])

    response = APIClient().get(f"{EXPORT}csv", headers={"Authorization": f"Bearer {secret}"})

    assert_problem(response, 403, "missing_scope")


def test_it_holds_what_was_asked_for(anonymous, reviewer):
    make_term(
        "Keel", tags=["Hull parts"], aliases=[{"text": "Kiel", "kind": "translation", "language": "de"}]
    )
    make_term("Mast", tags=["Rigging"])
    old = make_term("Rib", tags=["Wood"])
    workflow.deprecate(term_id=old.pk, by=reviewer, reason="Out of use.")

    found = {
        query: names_in(anonymous.get(f"{EXPORT}csv?{query}"))
        for query in (
            "status=deprecated",
            "status=deprecated&status=published",
            "tag=hull-parts&tag=Rigging",
            "language=de",
            "since=2020-01-01",
            "since=2999-01-01T00:00:00Z",
        )
    }

    assert list(found.values()) == [
        ["Rib"],
        ["Keel", "Mast", "Rib"],
        ["Keel", "Mast"],
        ["Keel"],
        ["Keel", "Mast", "Rib"],
        [],
    ]


@pytest.mark.parametrize(
    ("query", "field", "told"),
    [
        ("status=gone", "status", "“gone” is no status of an export"),
        ("tag=none", "tag", "There is no tag “none”."),
        ("since=yesterday", "since", "Write 2026-01-31"),
        ("statuses=draft", "statuses", "There is no such parameter. Use status, tag, language, since."),
        ("page=2", "page", "There is no such parameter."),
    ],
)
def test_what_cannot_be_meant_is_told(anonymous, query, field, told):
    problem = json.loads(anonymous.get(f"{EXPORT}csv?{query}").content)

    assert problem["status"] == 400
    assert problem["errors"][0]["field"] == field
    assert told in problem["detail"]


def test_a_tag_of_drafts_only_is_not_betrayed(anonymous, editor):
    make_draft("Secret", tags=["Hidden tag"])

    assert_problem(anonymous.get(f"{EXPORT}csv?tag=hidden-tag"), 400, "invalid_content")
    assert names_in(client_of(editor).get(f"{EXPORT}csv?tag=hidden-tag")) == ["Secret"]


def test_there_are_no_other_forms_and_no_other_methods(anonymous, editor):
    assert_problem(anonymous.get(f"{EXPORT}docx"), 404, "not_found")
    assert_problem(anonymous.get(f"{EXPORT}fixture"), 403, "not_allowed")
    assert_problem(anonymous.post(f"{EXPORT}csv"), 405, "method_not_allowed")
    assert client_of(editor).get(f"{EXPORT}fixture").status_code == 200


def test_an_unchanged_file_is_not_made_again(anonymous, monkeypatch):
    make_term("Keel")
    etag = anonymous.get(f"{EXPORT}csv")["ETag"]
    monkeypatch.setattr(web, "_one_download", BoundedSemaphore(1))
    web._one_download.acquire()

    unchanged = anonymous.get(f"{EXPORT}csv", headers={"If-None-Match": etag})

    assert (unchanged.status_code, unchanged.content, unchanged["ETag"]) == (304, b"", etag)


def test_its_etag_tells_what_whoever_asks_can_see(anonymous, editor):
    staff = client_of(editor)
    make_term("Keel")

    def etags():
        return [client.get(f"{EXPORT}csv")["ETag"] for client in (anonymous, staff)]

    before = etags()
    make_draft("Secret")
    with_draft = etags()
    make_term("Rib")
    with_term = etags()

    assert before[0] == with_draft[0] != with_term[0]
    assert len({before[1], with_draft[1], with_term[1]}) == 3
    assert anonymous.get(f"{EXPORT}csv?status=published")["ETag"] != with_term[0]


def test_a_worker_sends_one_file_at_a_time_and_says_when_to_ask_again(anonymous, monkeypatch):
    monkeypatch.setattr(web, "_one_download", BoundedSemaphore(1))
    make_term("Keel")

    first = anonymous.get(f"{EXPORT}csv")
    meanwhile = anonymous.get(f"{EXPORT}csv")
    body_of(first)
    after = anonymous.get(f"{EXPORT}csv")

    problem = assert_problem(meanwhile, 429, "too_many")
    assert meanwhile["Retry-After"] == "60"
    assert "Try again in a minute" in problem["detail"]
    assert after.status_code == 200


def test_what_leaves_comes_in_again_unchanged(chief):
    """The way from one glossary to another, by the API alone."""
    client = client_with("edit", owner=chief)
    make_term("Keel", short_definition="The lowest timber.", tags=["Hull parts"], by=make_user("Editors"))

    for name in ("csv", "json", "jsonl", "markdown"):
        response = client.get(f"{EXPORT}{name}")
        data = b"".join(response.streaming_content)
        plan = client.generic("POST", f"{API}/imports/", data, response["Content-Type"]).json()
        assert plan["counts"] == {
            "create": 0, "update": 0, "unchanged": 1, "conflict": 0, "invalid": 0, "left_out": 0
        }, name  # fmt: skip
