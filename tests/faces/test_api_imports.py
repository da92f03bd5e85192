"""Imports by programs: given, shown row by row, corrected, carried out as shown, taken back."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta

import pytest
from builders import bring_in, make_term, make_user, propose_change
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.http import urlencode
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from rest_framework.test import APIClient
from test_api import API, assert_problem, client_of, client_with, make_person

from terms import importing, workflow
from terms.importing import background
from terms.models import ImportBatch, ImportRow, Revision, Term

pytestmark = pytest.mark.django_db

IMPORTS = f"{API}/imports/"
TABLE = b"term,definition,tags\nKeel,The lowest timber.,Hull parts\nRib,A frame of the hull.,Hull parts\n"
STAFF = {"Editors", "Reviewers", "Chief editors", "superuser"}


@pytest.fixture
def program(editor):
    return client_with("propose", "edit", owner=editor)


@pytest.fixture
def no_worker(settings, monkeypatch):
    """Imports of more than one row are for the worker, and there is none."""
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}}
    monkeypatch.setattr(background, "MOST_AT_ONCE", 1)


def send(client, data=TABLE, query="", content_type="text/csv", **headers):
    """Send a file as the body."""
    return client.generic("POST", f"{IMPORTS}{query}", data, content_type, **headers)


def prepare(client, data=TABLE, query="?file_name=words.csv"):
    response = send(client, data, query)
    assert response.status_code == 201, response.content
    return response.json()


def part(body, name):
    """Return the address of an action on an import."""
    return f"{body['api_url']}{name}"


def rows_of(client, body, **query):
    response = client.get(body["rows"], query)
    assert response.status_code == 200, response.content
    return response.json()["results"]


def correct(client, body, position, **changes):
    return client.patch(f"{body['rows']}{position}/", changes)


def apply(client, body, token=None):
    return client.post(part(body, "apply"), {"token": token or client.get(body["api_url"]).json()["token"]})


# --- Given ---------------------------------------------------------------------------------------


class TestGivenFile:
    def test_it_is_planned_and_nothing_is_written(self, program):
        response = send(program, query="?file_name=words.csv")

        body = response.json()
        assert response.status_code == 201
        assert response["Location"] == body["api_url"]
        assert (body["file_name"], body["source"], body["format"]) == ("words.csv", "words.csv", "csv")
        assert (body["state"], body["counts"]["create"]) == ("prepared", 2)
        assert body["token"]
        assert not Term.objects.exists()

    @pytest.mark.parametrize(
        ("disposition", "name"),
        [
            ('attachment; filename="words.csv"', "words.csv"),
            ("attachment; filename*=UTF-8''w%C3%B6rter.csv", "wörter.csv"),
            ('attachment; filename="wörter.csv"'.encode().decode("latin-1"), "wörter.csv"),
            ('attachment; filename="../../etc/words.csv"', "words.csv"),
            ('attachment; filename="C:\\\\words\\\\words.csv"', "words.csv"),
            ('attachment; filename="a\x01b.csv"', "ab.csv"),
            ('attachment; filename=""', "upload"),
            ("attachment; filename*=klingon''words.csv", "upload"),
            (";;;=;", "upload"),
            ("", "upload"),
        ],
    )
    def test_its_name_stands_in_the_header(self, program, disposition, name):
        response = send(program, HTTP_CONTENT_DISPOSITION=disposition)

        assert response.json()["file_name"] == name

    def test_its_name_may_stand_in_the_query_too(self, program):
        assert prepare(program, query="?file_name=../a%0Ab/words%07.csv")["file_name"] == "words.csv"

    @pytest.mark.parametrize(
        "content_type",
        [
            "text/csv",
            "application/json",
            "application/x-www-form-urlencoded",
            "",
            "x",
            "text/csv; charset=none",
        ],
    )
    def test_it_may_be_called_anything(self, program, content_type):
        assert send(program, content_type=content_type).json()["counts"]["create"] == 2

    def test_several_come_as_one_import(self, program):
        files = [SimpleUploadedFile(f"{n}.csv", b"term,definition\n%b,A timber.\n" % n) for n in (b"a", b"b")]

        body = program.post(IMPORTS, {"file": files}, format="multipart").json()

        assert body["counts"]["create"] == 2
        assert [row["path"] for row in rows_of(program, body)] == ["b'a'.csv", "b'b'.csv"]

    def test_a_zip_file_is_a_folder(self, program):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as pack:
            pack.writestr("terms/a.csv", "term,definition\nKeel,A timber.\n")
            pack.writestr("terms/b.csv", "term,definition\nRib,A frame.\n")

        body = prepare(program, packed.getvalue())

        assert [row["path"] for row in rows_of(program, body)] == ["terms/a.csv", "terms/b.csv"]

    def test_the_query_says_how_it_is_to_be_brought_in(self, program):
        body = prepare(
            program, query="?source=The+yard&clear_empty=true&all_or_nothing=1&language=en-GB&format=csv"
        )

        assert body["source"] == "The yard"
        assert body["options"] == {
            "clear_empty": True, "all_or_nothing": True, "publish": False, "language": "en-GB"
        }  # fmt: skip

    @pytest.mark.parametrize("query", ["?apply=true", "?dry_run=false"])
    def test_it_can_be_carried_out_at_once(self, program, query):
        response = send(program, query=query)

        assert response.status_code == 201
        assert response.json()["outcomes"]["created"] == 2
        assert set(Term.objects.values_list("name", "status")) == {("Keel", "draft"), ("Rib", "draft")}

    @pytest.mark.parametrize("query", ["?apply=false", "?dry_run=true", "?apply=&dry_run="])
    def test_otherwise_it_waits(self, program, query):
        assert send(program, query=query).json()["state"] == "prepared"

    def test_sent_again_it_changes_nothing_and_that_is_no_fault(self, program):
        send(program, query="?apply=true&file_name=words.csv")

        response = send(program, query="?apply=true&file_name=words.csv")

        assert response.status_code == 201
        assert (response.json()["state"], response.json()["counts"]["unchanged"]) == ("prepared", 2)

    def test_one_bad_row_stops_all_if_that_is_asked(self, program):
        body = send(program, TABLE + b",Nameless.,\n", "?apply=true&all_or_nothing=true").json()

        assert body["state"] == "failed"
        assert body["message"].startswith("Nothing was imported. Line 4:")
        assert not Term.objects.exists()

    def test_a_long_one_runs_on(self, program, no_worker):
        response = send(program, query="?apply=true")

        body = response.json()
        assert (response.status_code, body["state"], body["done"], body["total"]) == (202, "running", 0, 2)
        assert program.post(part(body, "cancel"), {}).json()["state"] == "cancelled"

    @pytest.mark.parametrize(
        ("data", "query", "code", "told"),
        [
            (b"", "", "invalid", "There is no file."),
            (TABLE, "?dryRun=true", "invalid", "There is no such parameter. Use file_name, format"),
            (TABLE, "?format=docx", "invalid", "“docx” is not known here. Use one of: csv,"),
            (TABLE, "?apply=yes-please", "invalid", "valid boolean"),
            (TABLE, "?apply=true&dry_run=true", "invalid", "contradict each other"),
            (TABLE, "?apply=false&dry_run=false", "invalid", "contradict each other"),
            (TABLE, "?language=not a language", "invalid", "is no language"),
            (TABLE, f"?source={'x' * 301}", "invalid", "no more than 300"),
            (TABLE, "?file_name=%00", "invalid", "Null characters"),
            (b"No glossary at all", "", "unreadable_file", "no format that is known here"),
            (b"\x00\xff\x00", "", "unreadable_file", ""),
            (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "", "unreadable_file", "git lfs"),
            (b"PK\x03\x04broken", "?file_name=a.zip", "unreadable_file", "zip file is broken"),
        ],
    )
    def test_what_cannot_be_meant_is_told(self, program, data, query, code, told):
        body = assert_problem(send(program, data, query), 400, code)

        assert told in body["detail"]
        assert not ImportBatch.objects.exists()

    @pytest.mark.parametrize("path", ["1/", "1/rows/", "1/rows/0/", "1/undo", ""])
    def test_unknown_parameters_are_refused_everywhere(self, program, path):
        prepare(program)

        assert_problem(program.get(f"{IMPORTS}{path}?pages=2"), 400, "invalid")

    def test_too_much_is_refused_before_it_is_read(self, program):
        for content_type in ("text/csv", "multipart/form-data; boundary=x"):
            response = send(program, content_type=content_type, CONTENT_LENGTH=str(2**26))

            body = assert_problem(response, 413, "too_large")
            assert "52,428,800 bytes" in body["detail"]


class TestForm:
    def test_stray_parts_are_named(self, program):
        file = SimpleUploadedFile("words.csv", TABLE)

        response = program.post(IMPORTS, {"file": file, "format": "csv", "more": file}, format="multipart")

        body = assert_problem(response, 400, "invalid")
        assert [error["field"] for error in body["errors"]] == ["format", "more"]

    def test_a_part_without_a_file_name_is_no_file(self, program):
        response = program.post(IMPORTS, {"file": "Keel"}, format="multipart")

        assert "as a part “file” with a file name" in assert_problem(response, 400, "invalid")["detail"]

    def test_one_name_does_not_do_for_several_files(self, program):
        files = [SimpleUploadedFile(f"{n}.csv", TABLE) for n in "ab"]

        response = program.post(f"{IMPORTS}?file_name=c.csv", {"file": files}, format="multipart")

        assert_problem(response, 400, "invalid")

    def test_very_many_files_are_to_be_packed(self, program):
        files = [SimpleUploadedFile(f"{n}.csv", b"") for n in range(1_001)]

        response = program.post(IMPORTS, {"file": files}, format="multipart")

        assert "one zip file" in assert_problem(response, 400, "parse_error")["detail"]

    @pytest.mark.parametrize("is_session", [False, True])
    @pytest.mark.parametrize(
        ("content_type", "data"),
        [
            ("multipart/form-data", b"--x\r\n"),
            ("multipart/form-data; boundary=", TABLE),
            ("multipart/form-data; boundary=é", TABLE),
            ("multipart/form-data; boundary=x", b"\x00" * 100),
            (
                "multipart/form-data; boundary=x",
                b'--x\r\nContent-Disposition: form-data; name="file"; filename="',
            ),
            (
                "multipart/form-data; boundary=x",
                b"--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--\r\n",
            ),
            (
                "multipart/form-data; boundary=x",
                b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n'
                b"Content-Transfer-Encoding: base64\r\n\r\n=a=\xff\r\n--x--\r\n",
            ),
        ],
    )
    def test_a_broken_one_is_a_problem_of_the_sender(self, editor, program, content_type, data, is_session):
        client = program
        if is_session:
            client = APIClient(enforce_csrf_checks=True)
            client.force_login(editor)

        response = send(client, data, content_type=content_type)

        assert response.status_code in {400, 403}
        assert response["Content-Type"] == "application/problem+json"

    def test_with_a_session_it_needs_its_token_against_forgery(self, editor):
        client = APIClient(enforce_csrf_checks=True)
        client.force_login(editor)
        file = {"file": SimpleUploadedFile("words.csv", TABLE)}

        assert_problem(client.post(IMPORTS, file, format="multipart"), 403, "permission_denied")

        secret = "a" * 32
        client.cookies["csrftoken"] = secret
        form = {"file": SimpleUploadedFile("words.csv", TABLE)}
        response = client.post(IMPORTS, form, format="multipart", HTTP_X_CSRFTOKEN=secret)
        assert response.status_code == 201
        assert send(client, HTTP_X_CSRFTOKEN=secret).status_code == 201


# --- Rights --------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["anonymous", "reader", "Contributors", *sorted(STAFF)])
def test_imports_are_for_the_staff(role, editor):
    body = prepare(client_of(editor))
    client = client_of(make_person(role))

    reads = [client.get(address) for address in (IMPORTS, body["api_url"], body["rows"], f"{IMPORTS}999/")]
    gives = send(client)

    refused = 401 if role == "anonymous" else 403
    assert [read.status_code for read in reads] == ([200, 200, 200, 404] if role in STAFF else [refused] * 4)
    assert gives.status_code == (201 if role in STAFF else refused)


WRITES = [
    ("post", "plan", {}), ("post", "apply", {"token": "x"}), ("post", "cancel", {}), ("post", "go-on", {}),
    ("post", "undo", {"token": "x"}), ("delete", "", {}), ("patch", "rows/0/", {"title": "X"}),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "sent"), WRITES)
def test_each_write_asks_for_the_scope(method, path, sent, editor, contributor):
    body = prepare(client_of(editor))
    narrow = client_with("read", "propose", owner=editor)

    refused = getattr(narrow, method)(part(body, path), sent)
    closed = getattr(client_of(contributor), method)(part(body, path), sent)
    unknown = getattr(APIClient(), method)(part(body, path), sent)

    assert_problem(refused, 403, "missing_scope")
    assert_problem(closed, 403, "not_allowed")
    assert_problem(unknown, 401, "not_authenticated")
    assert ImportBatch.objects.get().edition == 1


class TestPublishing:
    def test_it_needs_the_scope_and_the_right(self, editor, chief):
        no_scope = send(client_with("edit", owner=chief), query="?publish=true")
        no_right = send(client_of(editor), query="?publish=true&apply=true")

        assert "“admin”" in assert_problem(no_scope, 403, "missing_scope")["detail"]
        assert_problem(no_right, 403, "not_allowed")
        assert not ImportBatch.objects.exists()

    def test_with_both_readers_see_it_at_once(self, chief):
        response = send(client_with("edit", "admin", owner=chief), query="?publish=true&apply=true")

        assert response.json()["outcomes"]["published"] == 2
        assert Term.objects.published().count() == 2

    @pytest.mark.parametrize("action", ["apply", "undo", "go-on", "plan"])
    def test_what_was_prepared_on_the_desk_asks_for_the_scope_too(self, chief, action):
        body = prepare(client_of(chief), query="?publish=true")
        narrow = client_with("edit", owner=chief)
        sent = {"token": body["token"]} if action in {"apply", "undo"} else {}

        response = narrow.post(part(body, action), {"publish": True} if action == "plan" else sent)

        assert_problem(response, 403, "missing_scope")


# --- Shown and corrected -------------------------------------------------------------------------


class TestRows:
    def test_each_says_what_it_will_become_and_why(self, program):
        term = make_term("Keel", short_definition="The lowest plank.")
        other = make_term("Mast", aliases=["pole"])

        body = prepare(program, TABLE + b"Pole,Of a ship.,\n,Nameless.,\n")

        update, create, conflict, invalid = rows_of(program, body)
        assert (update["action"], update["term"]) == ("update", term.public_id)
        assert {
            "field": "short_definition",
            "label": "Short definition",
            "before": "The lowest plank.",
            "after": "The lowest timber.",
        } in update["changes"]
        assert (create["action"], create["term"], create["tags"]) == ("create", None, ["Hull parts"])
        assert conflict["action"] == "conflict"
        assert [one["id"] for one in conflict["look_alikes"]] == [other.public_id]
        assert "another name" in conflict["because"]
        assert (invalid["action"], invalid["line"], invalid["position"]) == ("invalid", 5, 3)

    def test_they_come_in_pages_and_by_what_becomes_of_them(self, program):
        make_term("Keel", definition="The lowest plank.")
        body = prepare(program)

        page = program.get(body["rows"], {"page": 2, "page_size": 1}).json()
        found = {
            query: [row["title"] for row in program.get(f"{body['rows']}?{query}").json()["results"]]
            for query in ("action=create", "action=update", "outcome=failed", "action=&outcome=")
        }

        assert (page["count"], page["next"], [row["title"] for row in page["results"]]) == (2, None, ["Rib"])
        assert list(found.values()) == [["Rib"], ["Keel"], [], ["Keel", "Rib"]]

    @pytest.mark.parametrize("query", ["action=delete", "outcome=x", "flagged=perhaps"])
    def test_what_nobody_can_look_for_is_refused(self, program, query):
        assert_problem(program.get(f"{prepare(program)['rows']}?{query}"), 400, "invalid")

    def test_those_to_look_at_are_found(self, program):
        make_term("Keel")
        page = b"keel, ships\n\nA **keel** is the lowest timber.\n\nrib, ships\n\nA **rib** is a frame.\n"

        body = prepare(program, page, "?file_name=page.txt&format=document")

        [flagged] = rows_of(program, body, flagged="true")
        assert flagged["title"].lower() == "keel"
        assert [flag["code"] for flag in flagged["flags"]] == ["name_is_taken"]
        assert 0 < flagged["confidence"] <= 1

    def test_the_number_of_queries_does_not_grow_with_them(self, program):
        for number in range(12):
            make_term(f"Word {number}")

        def queries(count):
            lines = "".join(f"Word {number},Another text {number}.\n" for number in range(count))
            body = prepare(program, f"term,definition\n{lines}".encode())
            program.get(body["rows"])
            with CaptureQueriesContext(connection) as captured:
                assert len(rows_of(program, body, action="update")) == count
            return len(captured)

        assert queries(4) >= queries(12)

    def test_there_is_one_address_for_each(self, program):
        body = prepare(program)

        assert program.get(f"{body['rows']}1/").json()["title"] == "Rib"
        assert_problem(program.get(f"{body['rows']}2/"), 404, "not_found")


class TestCorrecting:
    def test_a_row_is_planned_anew_at_once(self, program):
        body = prepare(program)

        response = correct(
            program,
            body,
            0,
            title="Keelson",
            qualifier="ships",
            aliases=["kelson", {"text": "Kielschwein", "kind": "translation", "language": "de"}],
            tags=None,
            short_definition="A timber above the keel.",
        )

        row = response.json()
        assert response.status_code == 200
        assert (row["title"], row["qualifier"], row["tags"]) == ("Keelson", "ships", [])
        assert [(alias["text"], alias["kind"]) for alias in row["aliases"]] == [
            ("kelson", "synonym"),
            ("Kielschwein", "translation"),
        ]
        assert (row["is_corrected"], row["action"]) == (True, "create")

    def test_what_comes_in_is_what_was_corrected(self, program):
        body = prepare(program)
        correct(program, body, 0, title="Keelson", definition="A timber above the keel.")

        apply(program, body)

        content = Revision.objects.get(term__name="Keelson").content
        assert content["definition"] == "A timber above the keel."

    def test_a_person_says_which_term_is_meant_or_that_it_is_new(self, program):
        term = make_term("Backbone", definition="The lowest plank.")
        body = prepare(program)

        meant = correct(program, body, 0, term="Backbone").json()
        new = correct(program, body, 0, term="+").json()
        open_again = correct(program, body, 0, term=None).json()

        assert (meant["action"], meant["term"]) == ("update", term.public_id)
        assert (new["action"], new["term"], new["is_corrected"]) == ("create", None, True)
        assert not open_again["is_corrected"]

    def test_a_row_left_out_does_not_come_in(self, program):
        body = prepare(program)

        assert correct(program, body, 0, is_left_out=True).json()["is_left_out"]
        assert program.get(body["api_url"]).json()["counts"]["left_out"] == 1
        assert apply(program, body).json()["outcomes"]["created"] == 1
        assert list(Term.objects.values_list("name", flat=True)) == ["Rib"]

    def test_it_can_be_taken_in_again_and_corrected_in_one(self, program):
        body = prepare(program)
        correct(program, body, 0, is_left_out=True)

        row = correct(program, body, 0, is_left_out=False, title="Keelson").json()

        assert (row["is_left_out"], row["title"]) == (False, "Keelson")

    def test_merge_patches_are_taken_too(self, program):
        body = prepare(program)

        response = program.generic(
            "PATCH", f"{body['rows']}0/", '{"title": "Keelson"}', "application/merge-patch+json"
        )

        assert response.json()["title"] == "Keelson"

    @pytest.mark.parametrize(
        ("sent", "field", "told"),
        [
            ({"name": "Keelson"}, "name", "There is no such field."),
            ({"left_out": True}, "left_out", "There is no such field."),
            ({"is_left_out": "yes"}, "is_left_out", "Say true or false."),
            ({"title": ["Keelson"]}, "title", "Give a text"),
            ({"title": "a\u0000b"}, "title", "Give a text"),
            ({"aliases": "kelson"}, "aliases", "Give a list."),
            ({"aliases": [{"text": "kelson", "kind": "nickname"}]}, "aliases", "“nickname” is not one of"),
            ({"aliases": [7]}, "aliases", "“7” is no name."),
            ({"tags": {"a": 1}}, "tags", "Give a list."),
            ({"term": "zzzzzzzzzz"}, "term", "There is no term “zzzzzzzzzz”."),
            ({"term": {"id": 1}}, "term", "There is no term"),
            ({"term": "a\u0000b"}, "term", "There is no term"),
            ({"term": "a\ud800b"}, "term", "There is no term"),
            ({"tags": ["a\ud800b"]}, "tags", "Give a text"),
        ],
    )
    def test_what_is_no_correction_is_told_by_field(self, program, sent, field, told):
        body = prepare(program)

        response = program.generic("PATCH", f"{body['rows']}0/", json.dumps(sent), "application/json")

        problem = json.loads(response.content)
        assert response.status_code == 400
        assert problem["errors"][0]["field"] == field
        assert told in problem["detail"]
        assert ImportBatch.objects.get().edition == 1

    @pytest.mark.parametrize(
        "data", ["[]", "7", '"x"', "{", "null", '{"tags":' + "[" * 3000 + "]" * 3000 + "}"]
    )
    def test_what_is_no_object_is_told(self, program, data):
        body = prepare(program)

        response = program.generic("PATCH", f"{body['rows']}0/", data, "application/json")

        assert_problem(response, 400, "parse_error")

    def test_after_it_was_carried_out_it_is_too_late(self, program):
        body = prepare(program)
        apply(program, body)

        assert_problem(correct(program, body, 0, title="Keelson"), 409, "wrong_state")
        assert_problem(correct(program, body, 0, is_left_out=True), 409, "wrong_state")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
_ALIAS = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("text", "kind", "status", "language", "note"), _JSON)
)
_FIELDS = ("title", "qualifier", "tags", "short_definition", "definition", "term", "is_left_out")


class TestAnyBody(TestCase):
    """Whatever is sent is answered as documented: done, or refused for a reason."""

    def setUp(self):
        self.program = client_of(make_user("Editors"))
        self.body = prepare(self.program)

    @hypothesis_settings(max_examples=25)
    @given(
        st.fixed_dictionaries(
            {}, optional={**dict.fromkeys(_FIELDS, _JSON), "aliases": _JSON | st.lists(_ALIAS, max_size=2)}
        )
    )
    def test_a_correction(self, changes):
        response = self.program.patch(f"{self.body['rows']}0/", changes)

        assert response.status_code in {200, 400}, response.content
        assert self.program.get(self.body["rows"]).status_code == 200

    @hypothesis_settings(max_examples=25)
    @given(
        st.binary(max_size=200),
        st.text(max_size=20),
        st.sampled_from(["text/csv", "x/y", "multipart/form-data"]),
    )
    def test_a_file(self, data, name, content_type):
        query = urlencode({"file_name": name.encode("utf-8", "replace")})
        response = self.program.generic("POST", f"{IMPORTS}?{query}", data, content_type)

        assert response.status_code in {201, 400}, response.content

    @hypothesis_settings(max_examples=15)
    @given(st.sampled_from(["apply", "plan", "undo", "cancel", "go-on"]), _JSON)
    def test_an_action(self, action, sent):
        response = self.program.post(
            part(self.body, action), json.dumps(sent), content_type="application/json"
        )

        assert response.status_code in {200, 400, 409}, response.content


# --- Carried out ---------------------------------------------------------------------------------


class TestApplying:
    def test_what_was_shown_is_done(self, program, editor):
        body = prepare(program)

        response = apply(program, body, body["token"])

        done = response.json()
        assert (response.status_code, done["state"], done["by"]) == (200, "finished", editor.username)
        assert (done["done"], done["total"], done["token"]) == (2, 2, None)
        assert done["undo"].endswith("/undo")
        assert [row["outcome"] for row in rows_of(program, body)] == ["created", "created"]
        assert all(row["term"] for row in rows_of(program, body))

    def test_changes_of_what_is_public_are_proposed(self, program):
        term = make_term("Keel", definition="The lowest plank.")

        done = apply(program, prepare(program)).json()

        assert (done["outcomes"]["proposed"], done["outcomes"]["created"]) == (1, 1)
        assert Term.objects.get(pk=term.pk).definition == "The lowest plank."

    @pytest.mark.parametrize("sent", [{}, {"token": ""}, {"token": None}, {"token": 7}, {"token": "x" * 400}])
    def test_without_a_token_nothing_is(self, program, sent):
        response = program.post(part(prepare(program), "apply"), sent)

        assert response.status_code in {400, 409}
        assert not Term.objects.exists()

    @pytest.mark.parametrize("changes", [{"title": "Keelson"}, {"is_left_out": True}])
    def test_a_correction_makes_the_token_stale(self, program, changes):
        body = prepare(program)
        correct(program, body, 0, **changes)

        problem = assert_problem(apply(program, body, body["token"]), 409, "wrong_state")

        assert "Look at the preview again" in problem["detail"]
        assert not Term.objects.exists()
        assert apply(program, body).status_code == 200

    def test_the_token_of_somebody_else_does_not_count(self, program, reviewer):
        body = prepare(program)

        assert_problem(apply(client_of(reviewer), body, body["token"]), 409, "wrong_state")
        assert apply(client_of(reviewer), body).status_code == 200

    def test_what_moved_since_is_planned_again_first(self, program, reviewer):
        term = make_term("Keel", definition="The lowest plank.")
        body = prepare(program)
        workflow.approve(revision_id=propose_change(term, short_definition="New.").pk, by=reviewer)

        assert_problem(apply(program, body), 409, "wrong_state")
        again = program.post(part(body, "plan"), {})

        assert again.status_code == 200
        [row] = rows_of(program, body, action="update")
        assert "New." in [change["before"] for change in row["changes"]]
        assert apply(program, body).status_code == 200

    def test_it_is_done_once(self, program):
        body = prepare(program)
        apply(program, body, body["token"])

        assert_problem(apply(program, body, body["token"]), 409, "wrong_state")
        assert Term.objects.count() == 2

    def test_a_file_without_news_has_nothing_to_do(self, program):
        prepare(program, query="?file_name=words.csv&apply=true")

        problem = assert_problem(apply(program, prepare(program)), 409, "wrong_state")

        assert "There is nothing to import" in problem["detail"]

    def test_it_can_be_planned_with_other_options(self, program):
        make_term("Keel", tags=["Hull parts"])
        body = prepare(program, b"term,tags\nKeel,\n")

        planned = program.post(part(body, "plan"), {"clear_empty": True}).json()

        assert (body["counts"]["unchanged"], planned["counts"]["update"]) == (1, 1)
        assert planned["options"]["clear_empty"]

    @pytest.mark.parametrize("sent", [{"clear_empty": "perhaps"}, {"format": "csv"}, {"source": "x" * 301}])
    def test_there_are_no_other_options(self, program, sent):
        assert_problem(program.post(part(prepare(program), "plan"), sent), 400, "invalid")

    def test_what_was_killed_is_gone_on_with(self, program, no_worker, monkeypatch):
        body = prepare(program)
        assert apply(program, body).status_code == 202
        assert_problem(program.post(part(body, "go-on"), {}), 409, "wrong_state")
        ImportBatch.objects.update(heartbeat_at=timezone.now() - timedelta(hours=1))
        assert program.get(body["api_url"]).json()["is_silent"]
        monkeypatch.setattr(background, "MOST_AT_ONCE", 500)

        response = program.post(part(body, "go-on"), {})

        assert (response.status_code, response.json()["state"]) == (200, "finished")


class TestForgetting:
    def test_what_was_not_carried_out_goes(self, program):
        body = prepare(program)

        response = program.delete(body["api_url"])

        assert (response.status_code, response.content) == (204, b"")
        assert not ImportBatch.objects.exists()
        assert_problem(program.get(body["api_url"]), 404, "not_found")

    @pytest.mark.parametrize(
        ("rule", "method", "path", "sent"),
        [("plan_again", "post", "plan", {}), ("correct", "patch", "rows/0/", {"title": "X"})],
    )
    def test_what_somebody_forgets_meanwhile_is_not_found(
        self, program, monkeypatch, rule, method, path, sent
    ):
        body = prepare(program)
        act = getattr(importing, rule)

        def too_late(*args, **options):
            ImportBatch.objects.all().delete()
            return act(*args, **options)

        monkeypatch.setattr(importing, rule, too_late)

        assert_problem(getattr(program, method)(part(body, path), sent), 404, "not_found")

    def test_what_happened_stays(self, program):
        body = prepare(program)
        apply(program, body)

        assert_problem(program.delete(body["api_url"]), 409, "wrong_state")
        assert ImportBatch.objects.exists()


class TestUndoing:
    def test_it_is_shown_and_then_done(self, program, editor):
        make_term("Keel", definition="The lowest plank.")
        body = prepare(program)
        apply(program, body)

        preview = program.get(part(body, "undo")).json()
        done = program.post(part(body, "undo"), {"token": preview["token"]}).json()

        assert preview["count"] == 2
        assert [(row["title"], row["outcome"]) for row in preview["rows"]] == [
            ("Keel", "taken_back"),
            ("Rib", "put_away"),
        ]
        assert (done["state"], done["undone_by"], done["undo"]) == ("undone", editor.username, None)
        assert {row["outcome"] for row in rows_of(program, body)} == {"undone"}

    def test_what_somebody_worked_on_since_stays_and_makes_the_token_stale(self, program, reviewer):
        body = prepare(program)
        apply(program, body)
        preview = program.get(part(body, "undo")).json()
        draft = Revision.objects.get(term__name="Keel")
        workflow.propose(
            term_id=draft.term_id, based_on=draft.number, content={"definition": "New."}, by=reviewer
        )

        assert_problem(program.post(part(body, "undo"), {"token": preview["token"]}), 409, "wrong_state")

        again = program.get(part(body, "undo")).json()
        assert [row["outcome"] for row in again["rows"]] == ["stays", "put_away"]
        assert "was worked on since" in again["rows"][0]["message"]

    def test_there_is_nothing_to_undo_of_what_waits(self, program):
        body = prepare(program)

        assert body["undo"] is None
        assert_problem(program.get(part(body, "undo")), 409, "wrong_state")
        assert_problem(program.post(part(body, "undo"), {"token": "x"}), 409, "wrong_state")

    def test_that_of_somebody_else_is_for_reviewers_with_the_scope(self, editor, reviewer):
        batch = bring_in(TABLE, by=editor)
        address = f"{IMPORTS}{batch.pk}/undo"
        other, narrow = client_of(make_user("Editors")), client_with("edit", owner=reviewer)
        wide = client_with("edit", "review", owner=reviewer)

        assert_problem(other.get(address), 403, "not_allowed")
        token = narrow.get(address).json()["token"]
        assert_problem(narrow.post(address, {"token": token}), 403, "missing_scope")
        assert wide.post(address, {"token": token}).json()["state"] == "undone"


def test_the_list_has_those_of_everybody_newest_first(program, reviewer):
    first = bring_in(TABLE, by=reviewer)
    second = prepare(program)

    body = program.get(IMPORTS).json()

    assert [one["id"] for one in body["results"]] == [second["id"], first.pk]
    assert not {"token", "problems"} & set(body["results"][0])


def test_the_number_of_queries_of_the_list_does_not_grow(program):
    def queries(count):
        for number in range(count):
            bring_in(f"term,definition\nWord {number} of {count},A text.\n".encode(), by=make_user("Editors"))
        program.get(IMPORTS)
        with CaptureQueriesContext(connection) as captured:
            assert program.get(IMPORTS).status_code == 200
        return len(captured)

    assert queries(2) == queries(5)


def test_rows_that_failed_say_why(program, reviewer):
    """What the rule finds only when it writes: the row says so, the others come in."""
    other = make_term("Other")
    body = prepare(program)
    ImportRow.objects.filter(position=0).update(action="update", base=7, term=other)
    batch = ImportBatch.objects.get()

    done = apply(program, body, importing.token(batch, batch.by)).json()

    [failed] = rows_of(program, body, outcome="failed")
    assert (done["outcomes"]["failed"], done["outcomes"]["created"]) == (1, 1)
    assert failed["message"] == importing.CHANGED
