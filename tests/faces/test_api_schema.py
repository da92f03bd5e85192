"""The OpenAPI document: valid, complete, and true of what is answered."""

from __future__ import annotations

import json
from copy import deepcopy

import pytest
from builders import bring_in, make_draft, make_term, make_user, propose_change
from django.urls import URLPattern
from django.utils import timezone
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import EndpointEnumerator
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from rest_framework.test import APIClient

from terms import exporting, importing, merging, workflow
from terms.api import openapi, urls
from terms.api.errors import PROBLEMS

API = "/api/v1"
DOCUMENT = openapi.document()
OPERATIONS = [
    pytest.param(path, method, operation, id=operation["operationId"])
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
]


def closed_components():
    """The shapes of the document, refusing what they do not name."""
    components = deepcopy(DOCUMENT["components"])
    for shape in components["schemas"].values():
        if "properties" in shape:
            shape["additionalProperties"] = False
    return components


COMPONENTS = closed_components()


def assert_fits(schema, value):
    Draft202012Validator({**schema, "components": COMPONENTS}).validate(value)


def assert_as_documented(response, path, method="get"):
    answers = DOCUMENT["paths"][path][method]["responses"]
    assert str(response.status_code) in answers, (response.status_code, response.content)
    answer = answers[str(response.status_code)]
    if "content" not in answer:
        assert response.content == b""
        return
    media = answer["content"][response["Content-Type"]]
    assert_fits(media["schema"], json.loads(response.content))
    assert set(answer.get("headers", {})) <= set(response.headers)


def client_of(user):
    client = APIClient()
    client.force_login(user)
    return client


# --- The document itself -------------------------------------------------------------------------


def test_it_is_valid_openapi_3_1():
    assert DOCUMENT["openapi"].startswith("3.1")
    assert list(OpenAPIV31SpecValidator(DOCUMENT).iter_errors()) == []


def test_making_it_warns_of_nothing(capsys):
    GENERATOR_STATS.reset()

    openapi.document.__wrapped__()

    assert not GENERATOR_STATS, capsys.readouterr().err


def test_it_is_the_same_for_everybody(db):
    responses = [
        client.get(f"{API}/openapi.json") for client in (APIClient(), client_of(make_user("Editors")))
    ]

    assert [response.json() for response in responses] == [DOCUMENT, DOCUMENT]


def test_each_address_is_in_it():
    documented = {path.removeprefix(f"{API}/") for path in DOCUMENT["paths"]}
    for_people = {"docs/"}

    named = {
        EndpointEnumerator().get_path_from_regex(str(pattern.pattern)).removeprefix("/")
        for pattern in urls.urlpatterns
        if isinstance(pattern, URLPattern) and pattern.name
    }

    assert named - for_people == documented


# What only adds, or settles what it names, can lose nothing of others. Imports are carried out and
# taken back with the token of what was shown, which every correction makes stale.
ADDS = {
    "propose_term", "comment", "resolve_thread", "reopen_thread", "propose_merge", "reject_merge_proposal",
    "withdraw_merge_proposal", "bring_merge_proposal_up_to_date",
    "scan_for_duplicates", "import_verdicts", "judge_duplicate",
}  # fmt: skip
BY_TOKEN = {
    "prepare_import", "plan_import", "correct_import_row", "apply_import", "cancel_import",
    "go_on_with_import", "undo_import", "forget_import", "preview_merge", "merge_terms", "undo_merge",
    "preview_split", "split_term", "undo_split", "approve_merge_proposal",
}  # fmt: skip
FOR_PEOPLE = tuple(
    f"{API}/{part}" for part in ("proposals/", "imports/", "merges/", "splits/", "merge-", "duplicates/")
)


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
class TestOperation:
    def test_it_is_explained(self, path, method, operation):
        assert operation["summary"]
        assert "Token scope: `" in operation["description"]
        assert all(
            parameter.get("description") or parameter["in"] == "path"
            for parameter in operation.get("parameters", ())
        )

    def test_it_says_who_may_call_it(self, path, method, operation):
        assert {"token": []} in operation["security"]
        assert ({} in operation["security"]) == (method == "get" and not path.startswith(FOR_PEOPLE))

    def test_it_names_its_problems(self, path, method, operation):
        expected = {"400", "401", "403", "404"} | (set() if method == "get" else {"409", "415"})
        assert expected <= set(operation["responses"])
        for status, answer in operation["responses"].items():
            if status >= "400":
                assert list(answer["content"]) == ["application/problem+json"]

    def test_its_examples_fit_their_shapes(self, path, method, operation):
        bodies = [operation["requestBody"]] if "requestBody" in operation else []
        bodies += [answer for answer in operation["responses"].values() if "content" in answer]
        examples = [
            (media["schema"], example["value"])
            for body in bodies
            for media in body["content"].values()
            for example in media.get("examples", {}).values()
        ]

        assert examples
        for schema, value in examples:
            assert_fits(schema, value)

    def test_changes_are_conditional(self, path, method, operation):
        headers = {item["name"]: item for item in operation.get("parameters", ()) if item["in"] == "header"}
        if method == "get":
            assert "If-None-Match" in headers
        elif operation["operationId"] not in ADDS | BY_TOKEN:
            assert headers["If-Match"]["required"]
            assert {"412", "428"} <= set(operation["responses"])


def test_the_problems_have_a_title_and_advice():
    assert all(problem.title and problem.advice.endswith(".") for problem in PROBLEMS.values())


# --- What is answered ----------------------------------------------------------------------------

RICH = {
    "short_definition": "Leaving units out.",
    "aliases": [{"text": "unit dropout", "note": "older"}, {"text": "hidden one", "kind": "hidden"}],
    "tags": ["training"],
    "sources": [{"title": "A book", "url": "https://books.example/1", "locator": "7"}],
    "notes": [{"kind": "usage", "text": "No hyphen."}, {"kind": "editorial", "text": "Private."}],
    "external_ids": [{"scheme": "wikidata", "value": "Q1"}],
    "review_by": "2030-01-01",
}


@pytest.fixture
def rich_term(db):
    """A term with something in each field, deprecated, with a successor and an open proposal."""
    reviewer = make_user("Reviewers")
    other = make_term("Regularisation")
    term = make_term("Dropout", relations=[{"kind": "broader", "target": other.public_id}], **RICH)
    workflow.deprecate(term_id=term.pk, by=reviewer, reason="Old.", successors=[other.public_id])
    term.refresh_from_db()
    propose_change(term, definition="Better.")
    return term


READS = [
    ("/", ""), ("/terms/", "terms/"), ("/terms/", "terms/?status=draft"), ("/terms/{id}/", "terms/{id}/"),
    ("/terms/{id}/", "terms/dropout/"), ("/terms/{id}/", "terms/none/"), ("/terms/", "terms/?ordering=x"),
    ("/terms/{id}/", "terms/{id}/?as_of=2020-01-01"), ("/terms/{id}/", "terms/{id}/?as_of=then"),
    ("/terms/{id}/", f"terms/{{id}}/?as_of={timezone.localdate()}"),
    ("/terms/{id}/revisions/", "terms/{id}/revisions/"),
    ("/terms/{id}/revisions/{number}/", "terms/{id}/revisions/3/"),
    ("/terms/{id}/revisions/{number}/", "terms/{id}/revisions/9/"),
    ("/terms/{id}/revisions/{number}/difference/", "terms/{id}/revisions/3/difference/"),
    ("/terms/{id}/versions/{version}/", "terms/{id}/versions/1/"),
    ("/proposals/", "proposals/"), ("/search", "search?q=drop&include_deprecated=1"),
    ("/search", "search?page=x"), ("/search", "search?q=drop&facets=true&include_deprecated=1"),
    ("/search", "search?q=regularisaton"), ("/search", "search?q=regularisation+zebra"),
    ("/suggest", "suggest?q=reg"), ("/tags/", "tags/"), ("/tags/{slug}/", "tags/training/"),
    ("/letters/", "letters/"), ("/openapi.json", "openapi.json"),
]  # fmt: skip


@pytest.mark.parametrize("role", ["", "Contributors", "Editors"])
@pytest.mark.parametrize(("path", "address"), READS)
def test_reads_answer_as_documented(rich_term, role, path, address):
    make_draft("Draft", **RICH)
    client = client_of(make_user(role)) if role else APIClient()

    response = client.get(f"{API}/{address.format(id=rich_term.public_id)}")

    assert_as_documented(response, API + path)


def test_moved_and_ambiguous_and_removed_terms_are_documented(db):
    kept, absorbed, gone = make_term("Kept"), make_term("Absorbed"), make_term("Gone")
    make_term("Kernel", qualifier="one"), make_term("Kernel", qualifier="two")
    type(kept).objects.filter(pk=absorbed.pk).update(status="merged", merged_into=kept, document=None)
    workflow.remove(term_id=gone.pk, by=make_user("Chief editors"), reason="Outside.")
    client = APIClient()

    statuses = []
    for key in (absorbed.public_id, "kernel", gone.public_id):
        response = client.get(f"{API}/terms/{key}/")
        assert_as_documented(response, f"{API}/terms/{{id}}/")
        statuses.append(response.status_code)

    assert statuses == [301, 300, 410]


def test_an_unchanged_answer_is_documented(rich_term):
    client, url = APIClient(), f"{API}/terms/{rich_term.public_id}/"

    response = client.get(url, HTTP_IF_NONE_MATCH=client.get(url)["ETag"])

    assert_as_documented(response, f"{API}/terms/{{id}}/")


TERM, REVISION = "/terms/{id}/", "/terms/{id}/revisions/{number}/"


@pytest.mark.parametrize(
    ("path", "method", "body", "headers", "status"),
    [
        ("/terms/", "post", {"name": "New", **RICH}, {}, 201),
        ("/terms/", "post", {"name": ""}, {}, 400),
        (TERM, "patch", {"name": "Other"}, {"HTTP_IF_MATCH": "*"}, 201),
        (TERM, "patch", {"name": "Other"}, {}, 428),
        (TERM, "patch", {"name": "Other"}, {"HTTP_IF_MATCH": '"1.old"'}, 412),
        (TERM, "delete", {"reason": "Outside."}, {"HTTP_IF_MATCH": "*"}, 200),
        (f"{TERM}reinstate", "post", {}, {"HTTP_IF_MATCH": "*"}, 200),
        (f"{TERM}deprecate", "post", {"reason": "Old."}, {"HTTP_IF_MATCH": "*"}, 409),
        (f"{TERM}restore", "post", {}, {"HTTP_IF_MATCH": "*"}, 409),
        (f"{TERM}discard", "post", {}, {"HTTP_IF_MATCH": "*"}, 409),
        (f"{REVISION}approve", "post", {}, {"HTTP_IF_MATCH": "*"}, 200),
        (f"{REVISION}approve", "post", {}, {"HTTP_IF_MATCH": '"old"'}, 412),
        (f"{REVISION}reject", "post", {"reason": "No."}, {"HTTP_IF_MATCH": "*"}, 200),
        (f"{REVISION}reject", "post", {}, {"HTTP_IF_MATCH": "*"}, 400),
        (f"{REVISION}withdraw", "post", {}, {"HTTP_IF_MATCH": "*"}, 403),
        (f"{REVISION}request-changes", "post", {"reason": "Why?"}, {"HTTP_IF_MATCH": "*"}, 200),
        (f"{REVISION}request-changes", "post", {}, {"HTTP_IF_MATCH": "*"}, 400),
        (f"{REVISION}resubmit", "post", {"answer": "So."}, {"HTTP_IF_MATCH": "*"}, 409),
        (f"{REVISION}bring-up-to-date", "post", {}, {"HTTP_IF_MATCH": "*"}, 409),
        (f"{REVISION}assign", "post", {"assignee": None}, {"HTTP_IF_MATCH": "*"}, 200),
        (f"{REVISION}assign", "post", {"assignee": "nobody-of-us"}, {"HTTP_IF_MATCH": "*"}, 400),
        (f"{REVISION}comments/", "post", {"text": "Why?"}, {}, 201),
        (f"{REVISION}comments/", "post", {"text": ""}, {}, 400),
        (f"{REVISION}comments/", "get", {}, {}, 200),
    ],
)
def test_writes_answer_as_documented(rich_term, path, method, body, headers, status):
    client = client_of(make_user("Chief editors"))
    address = API + path.format(id=rich_term.public_id, number=3)

    response = getattr(client, method)(address, body, **headers)

    assert response.status_code == status
    assert_as_documented(response, API + path, method)


def test_who_comes_without_an_account_is_answered_as_documented(rich_term):
    response = APIClient().post(f"{API}/terms/", {"name": "New"})

    assert response.status_code == 401
    assert_as_documented(response, f"{API}/terms/", "post")


# --- Imports and exports -------------------------------------------------------------------------

WORDS = (
    b"term,definition,aliases,colour\n"
    b"Dropout,Leaving.,DO|acronym,red\nNew,Text.,,\n,Nameless.,,\nDropout,Twice.,,\n"
)


@pytest.fixture
def imports(rich_term, chief):
    """One import that waits and one that was carried out."""
    file = importing.GivenFile("words.csv", WORDS)
    return {
        "waiting": importing.prepare([file], by=chief).pk,
        "done": bring_in(b"term,definition\nOther,Text.\n", by=chief).pk,
    }


@pytest.mark.parametrize("role", ["", "Contributors", "Editors", "Reviewers"])
@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("/imports/", "imports/"), ("/imports/", "imports/?state=failed"),
        ("/imports/{batch}/", "imports/{waiting}/"), ("/imports/{batch}/", "imports/{done}/"),
        ("/imports/{batch}/rows/", "imports/{waiting}/rows/"),
        ("/imports/{batch}/rows/", "imports/{done}/rows/?action=delete"),
        ("/imports/{batch}/rows/{position}/", "imports/{waiting}/rows/0/"),
        ("/imports/{batch}/rows/{position}/", "imports/{waiting}/rows/9/"),
        ("/imports/{batch}/undo", "imports/{done}/undo"), ("/imports/{batch}/undo", "imports/{waiting}/undo"),
        ("/export/", "export/"), ("/export/{form}", "export/docx"), ("/export/{form}", "export/csv?tag=none"),
        ("/export/{form}", "export/fixture?page=2"),
    ],
)  # fmt: skip
def test_reads_of_imports_and_exports_answer_as_documented(imports, role, path, address):
    client = client_of(make_user(role)) if role else APIClient()

    assert_as_documented(client.get(f"{API}/{address.format(**imports)}"), API + path)


@pytest.mark.parametrize(
    ("path", "which", "method", "body", "status"),
    [
        ("plan", "waiting", "post", {}, 200), ("plan", "done", "post", {}, 409),
        ("plan", "waiting", "post", {"colour": "red"}, 400),
        ("apply", "waiting", "post", {"token": "{token}"}, 200), ("apply", "waiting", "post", {}, 400),
        ("apply", "waiting", "post", {"token": "old"}, 409),
        ("cancel", "done", "post", {}, 409), ("go-on", "done", "post", {}, 409),
        ("undo", "done", "post", {"token": "{undo}"}, 200), ("undo", "done", "post", {"token": "old"}, 409),
        ("", "waiting", "delete", {}, 204), ("", "done", "delete", {}, 409),
        ("rows/{position}/", "waiting", "patch", {"aliases": ["D.O."], "is_left_out": True}, 200),
        ("rows/{position}/", "waiting", "patch", {"aliases": [{}]}, 400),
        ("rows/{position}/", "done", "patch", {"title": "Later"}, 409),
    ],
)  # fmt: skip
def test_writes_of_imports_answer_as_documented(imports, chief, path, which, method, body, status):
    client, address = client_of(chief), f"{API}/imports/{imports[which]}/"
    if "{token}" in body.values():
        body = {"token": client.get(address).json()["token"]}
    if "{undo}" in body.values():
        body = {"token": client.get(f"{address}undo").json()["token"]}

    response = getattr(client, method)(address + path.format(position=0), body)

    assert response.status_code == status, response.content
    assert_as_documented(response, f"{API}/imports/{{batch}}/{path}", method)


@pytest.mark.parametrize(
    ("data", "query", "status"),
    [(WORDS, "", 201), (WORDS, "?apply=1", 201), (b"", "", 400), (WORDS, "?x=1", 400)],
)
def test_a_given_file_is_answered_as_documented(imports, chief, data, query, status):
    response = client_of(chief).generic("POST", f"{API}/imports/{query}", data, "text/csv")

    assert response.status_code == status
    assert_as_documented(response, f"{API}/imports/", "post")


@pytest.mark.parametrize("name", exporting.FORMS)
def test_files_are_of_the_documented_types(rich_term, chief, name):
    response = client_of(chief).get(f"{API}/export/{name}?language=en")

    answer = DOCUMENT["paths"][f"{API}/export/{{form}}"]["get"]["responses"]["200"]
    assert response["Content-Type"] in answer["content"]
    assert set(answer["headers"]) <= set(response.headers)


# --- Merges and splits ---------------------------------------------------------------------------


@pytest.fixture
def operations(chief, editor):
    """A merge and a split that were done, a merge that is proposed, and terms for more of them."""
    kept = make_term("Dropout", **RICH)
    other, away, mixed = make_term("Other", tags=["open"]), make_term("Away"), make_term("Mixed")
    make_term("Near", relations=[{"kind": "related", "target": other.public_id}])
    propose_change(other, definition="More.")
    wish = {"kept_id": kept.pk, "absorbed_ids": [away.pk], "by": chief}
    merged = merging.merge(**wish, content={}, token=merging.preview(**wish).token)
    wish = {
        "term_id": mixed.pk,
        "stays": {},
        "part": {"name": "Part", "definition": "What Mixed is."},
        "by": chief,
    }
    split = merging.split(**wish, token=merging.split_preview(**wish).token)
    wish = {"kept": kept.public_id, "absorbed": [other.public_id]}
    shown = {"kept_id": kept.pk, "absorbed_ids": [other.pk], "by": editor}
    proposal = merging.propose("merge", wish, token=merging.preview(**shown).token, by=editor)
    return {
        "merge": {**wish, "token": merging.preview(**{**shown, "by": chief}).token},
        "split": {"term": mixed.public_id, "part": {"name": "Second part", "definition": "What Mixed is."}},
        "merges": merged.pk,
        "splits": split.pk,
        "merge-proposals": proposal.pk,
        "token": proposal.token,
    }


@pytest.mark.parametrize("role", ["", "Contributors", "Editors", "Chief editors"])
@pytest.mark.parametrize("kind", ["merges", "splits", "merge-proposals"])
def test_reads_of_merges_answer_as_documented(operations, role, kind):
    client = client_of(make_user(role)) if role else APIClient()
    name = "proposal" if kind == "merge-proposals" else "operation"
    one = f"{API}/{kind}/{{{name}}}/"
    address = f"{API}/{kind}/{operations[kind]}/"

    assert_as_documented(client.get(f"{API}/{kind}/"), f"{API}/{kind}/")
    assert_as_documented(client.get(f"{API}/{kind}/?colour=red"), f"{API}/{kind}/")
    assert_as_documented(client.get(address), one)
    assert_as_documented(client.get(f"{API}/{kind}/0/"), one)
    if name == "operation":
        assert_as_documented(client.get(f"{address}undo"), f"{one}undo")


def _without(sent, name):
    return {key: value for key, value in sent.items() if key != name}


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("merges/preview", {}, 400), ("merges/preview", "look", 200),
        ("merges/", "merge", 201), ("merges/", "stale", 409), ("merges/", "by hand", 409),
        ("merges/{operation}/undo", {"token": "{undo}"}, 200),
        ("merges/{operation}/undo", {"token": "old"}, 409), ("merges/{operation}/undo", {}, 400),
        ("splits/preview", "split", 200), ("splits/", "split now", 201), ("splits/", "stale split", 409),
        ("splits/{operation}/undo", {"token": "{undo}"}, 200),
        ("splits/{operation}/undo", {"token": "old"}, 409),
        ("merge-proposals/", "split now", 201), ("merge-proposals/", "stale", 409),
        ("merge-proposals/", "merge", 409),
        ("merge-proposals/{proposal}/approve", {"token": "{token}"}, 200),
        ("merge-proposals/{proposal}/approve", {"token": "old"}, 409),
        ("merge-proposals/{proposal}/reject", {"reason": "Two things."}, 200),
        ("merge-proposals/{proposal}/withdraw", {}, 403),
        ("merge-proposals/{proposal}/bring-up-to-date", {}, 409),
    ],
)  # fmt: skip
def test_writes_of_merges_answer_as_documented(operations, chief, path, body, status):
    client, kind = client_of(chief), path.split("/")[0]
    address = f"{API}/{path}".format(operation=operations[kind], proposal=operations[kind])
    token = client.post(f"{API}/splits/preview", operations["split"]).json()["token"]
    named = {
        "look": _without(operations["merge"], "token"),
        "merge": operations["merge"],
        "stale": {**operations["merge"], "token": "old"},
        "by hand": {**operations["merge"], "content": {"definition": "By hand."}},
        "split": operations["split"],
        "split now": {
            **operations["split"],
            "part": {"name": "Second part", "definition": "What Mixed is."},
            "token": token,
        },
        "stale split": {**operations["split"], "token": "old"},
    }
    sent = dict(named[body] if isinstance(body, str) else body)
    if "{undo}" in sent.values():
        sent = {"token": client.get(address).json()["token"]}
    if "{token}" in sent.values():
        sent = {"token": operations["token"]}

    response = client.post(address, sent, headers={"Idempotency-Key": "k"})

    assert response.status_code == status, response.content
    assert_as_documented(response, f"{API}/{path}", "post")


def test_a_key_that_was_used_is_refused_as_documented(operations, chief):
    client = client_of(chief)
    for name in ("One", "Two"):
        response = client.post(f"{API}/terms/", {"name": name}, headers={"Idempotency-Key": "k"})

    assert response.status_code == 422
    assert_as_documented(response, f"{API}/terms/", "post")
