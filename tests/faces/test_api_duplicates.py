"""Look-alikes by programs: found, judged, and their verdicts taken elsewhere."""

from __future__ import annotations

import json

import pytest
from builders import make_draft, make_term, make_user
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from test_api import API, assert_problem, client_of, client_with, make_person
from test_api_schema import assert_as_documented

from terms import duplicates, judging, workflow
from terms.duplicates import background
from terms.models import DuplicatePair, Relation

pytestmark = pytest.mark.django_db

DUPLICATES = f"{API}/duplicates/"
LIST, PAIR = "/duplicates/", "/duplicates/{pair}/"


@pytest.fixture
def editor():
    return make_user("Editors")


@pytest.fixture
def program(editor):
    return client_with("read", "edit", owner=editor)


@pytest.fixture
def pair(editor):
    """Two drafts of one name, and one that is like none."""
    for name in ("Dropout", "Dropout", "Kernel"):
        make_draft(name, by=editor, tags=["Training"])
    duplicates.scan()
    return DuplicatePair.objects.get()


def judge(client, pair, **sent):
    return client.post(f"{DUPLICATES}{pair.pk}/judge", sent, format="json")


def results(client, **query):
    response = client.get(DUPLICATES, query)
    assert response.status_code == 200, response.content
    assert_as_documented(response, API + LIST)
    return response.json()["results"]


# --- Reading -------------------------------------------------------------------------------------


class TestList:
    def test_it_has_what_a_person_needs_to_judge(self, program, pair):
        [found] = results(program)

        assert found["id"] == pair.pk
        assert found["a"]["id"] == pair.first.public_id
        assert (found["a"]["name"], found["a"]["status"], found["a"]["slug"]) == ("Dropout", "draft", None)
        assert found["b"]["api_url"].endswith(f"/api/v1/terms/{pair.second.public_id}/")
        assert found["reasons"] == pair.reasons != []
        assert set(found["methods"]) <= set(duplicates.METHODS)
        assert (found["suggestion"], found["verdict"], found["judged_by"]) == ("merge", "open", None)

    def test_it_is_narrowed_by_what_is_asked(self, program, pair):
        DuplicatePair.objects.update(score=0.7, methods=" initials ")

        def found(**query):
            return bool(results(program, **query))

        assert found(suggestion="merge")
        assert found(tag="training", name="drop", minimum="0.7", term=pair.first.public_id)
        assert found(verdict="any")
        assert not found(verdict="later")
        assert not found(suggestion="relate")
        assert not found(minimum="0.71")
        assert not found(only_public="true")
        assert not found(name="kernel")

    @pytest.mark.parametrize(
        "query",
        [
            {"verdict": "maybe"}, {"suggestion": "x"}, {"method": "x"}, {"minimum": "2"}, {"minimum": "nan"},
            {"minimum": "x"}, {"term": "zzzzzzzzzz"}, {"only_public": "maybe"}, {"colour": "red"},
            {"name": "a\x00b"}, {"tag": "x" * 300}, {"page": "99", "page_size": "1"},
        ],
    )  # fmt: skip
    def test_what_means_nothing_is_refused(self, program, pair, query):
        response = program.get(DUPLICATES, query)

        assert response.status_code in {400, 404}, response.content
        assert_as_documented(response, API + LIST)

    def test_a_method_can_be_asked_for(self, program, pair):
        method = next(iter(duplicates.METHODS))
        DuplicatePair.objects.update(methods=f" {method} ")

        assert results(program, method=method)

    def test_it_has_pages(self, program, editor, pair):
        for _ in range(2):
            make_draft("Dropout", by=editor)
        duplicates.scan()

        first = program.get(DUPLICATES, {"page_size": 4}).json()

        assert (first["count"], len(first["results"])) == (6, 4)
        assert len(program.get(first["next"]).json()["results"]) == 2

    def test_more_pairs_take_no_more_queries(self, editor, pair):
        client = client_of(editor)

        def queries():
            client.get(DUPLICATES)
            with CaptureQueriesContext(connection) as captured:
                client.get(DUPLICATES)
            return len(captured)

        before = queries()
        for _ in range(4):
            make_draft("Dropout", by=editor)
        duplicates.scan()

        assert queries() == before

    def test_one_pair_is_read_by_its_number(self, program, pair):
        response = program.get(f"{DUPLICATES}{pair.pk}/")

        assert response.json()["id"] == pair.pk
        assert_as_documented(response, API + PAIR)
        assert_problem(program.get(f"{DUPLICATES}999999999/"), 404, "not_found")

    def test_a_pair_of_which_a_term_is_gone_is_not_there(self, program, editor, pair):
        workflow.discard_draft(term_id=pair.first_id, by=editor)

        assert results(program) == []
        assert_problem(program.get(f"{DUPLICATES}{pair.pk}/"), 404, "not_found")

    @pytest.mark.parametrize("path", ["", "scan", "verdicts", "{pair}/"])
    @pytest.mark.parametrize(("role", "status"), [("anonymous", 401), ("reader", 403), ("Contributors", 403)])
    def test_it_is_for_the_staff(self, pair, path, role, status):
        response = client_of(make_person(role)).get(DUPLICATES + path.format(pair=pair.pk))

        assert response.status_code == status
        assert b"Dropout" not in response.content


# --- Looking -------------------------------------------------------------------------------------


class TestScan:
    def test_it_tells_what_it_found_and_how_things_stand(self, program, editor):
        make_draft("Dropout", by=editor), make_draft("Dropout", by=editor)
        before = program.get(f"{DUPLICATES}scan")

        response = program.post(f"{DUPLICATES}scan")

        assert_as_documented(before, f"{API}/duplicates/scan")
        assert_as_documented(response, f"{API}/duplicates/scan", "post")
        assert (before.json()["looked_at"], before.json()["changed"]) == (None, 2)
        assert response.json()["report"]["new"] == 1
        assert response.json()["state"]["changed"] == 0
        assert program.get(f"{DUPLICATES}scan").json() == response.json()["state"]

    def test_a_big_glossary_is_left_to_the_worker(self, program, editor, monkeypatch, settings):
        settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}}
        monkeypatch.setattr(background, "MOST_AT_ONCE", 1)
        make_draft("Dropout", by=editor), make_draft("Dropout", by=editor)

        response = program.post(f"{DUPLICATES}scan")

        assert_as_documented(response, f"{API}/duplicates/scan", "post")
        assert response.json()["report"] is None
        assert response.json()["state"]["is_waiting"] is True

    def test_it_needs_the_scope_and_the_right_to_edit(self, editor):
        reader = client_with("read", owner=editor)
        contributor = client_of(make_user("Contributors"))

        assert_problem(reader.post(f"{DUPLICATES}scan"), 403, "missing_scope")
        assert_problem(contributor.post(f"{DUPLICATES}scan"), 403, "not_allowed")

    def test_it_takes_no_fields(self, program):
        response = program.post(f"{DUPLICATES}scan", {"term_ids": [1]}, format="json")

        assert_problem(response, 400, "invalid")


# --- Judging -------------------------------------------------------------------------------------


class TestJudging:
    def test_different_is_kept(self, program, editor, pair):
        response = judge(program, pair, verdict="different", because="Two things.")

        assert_as_documented(response, f"{API}{PAIR}judge", "post")
        body = response.json()
        assert (body["pair"]["verdict"], body["pair"]["because"]) == ("different", "Two things.")
        assert body["pair"]["judged_by"] == editor.get_username()
        assert response["Location"] == body["pair"]["api_url"]
        assert results(program) == []
        assert [found["id"] for found in results(program, verdict="different")] == [pair.pk]

    def test_related_records_the_relation(self, program, pair):
        body = judge(program, pair, verdict="related").json()

        assert Relation.objects.get().kind == "related"
        assert body["revision"].endswith("/revisions/2/")
        assert "names “Dropout” now" in body["message"]

    def test_it_can_be_said_how_they_are_related(self, program, pair):
        judge(program, pair, verdict="related", relation="broader", because="Of a kind.")

        relation = Relation.objects.get()
        assert (relation.kind, relation.source_id, relation.target_id) == (
            "broader", pair.first_id, pair.second_id,
        )  # fmt: skip
        assert DuplicatePair.objects.get().because == "Of a kind."

    def test_it_can_be_taken_back(self, program, pair):
        judge(program, pair, verdict="later")

        assert judge(program, pair, verdict="open").json()["pair"]["verdict"] == "open"

    def test_the_second_hears_who_said_what(self, program, editor, pair):
        judge(program, pair, verdict="different", because="Two things.")
        second = client_with("read", "edit", owner=make_user("Editors"))

        refused = judge(second, pair, verdict="later")

        assert_as_documented(refused, f"{API}{PAIR}judge", "post")
        assert editor.get_username() in assert_problem(refused, 409, "wrong_state")["detail"]

    @pytest.mark.parametrize(
        ("sent", "field"),
        [
            ({"verdict": "different"}, "because"),
            ({"verdict": "different", "because": "x" * 2_001}, "because"),
            ({"verdict": "merged"}, "verdict"),
            ({}, "verdict"),
            ({"verdict": "related", "relation": "see_also"}, "relation"),
            ({"verdict": "later", "relation": "broader"}, "relation"),
            ({"verdict": "later", "colour": "red"}, "colour"),
        ],
    )
    def test_what_cannot_be_said_is_refused_with_its_field(self, program, pair, sent, field):
        refused = judge(program, pair, **sent)

        assert_as_documented(refused, f"{API}{PAIR}judge", "post")
        assert refused.status_code == 400
        assert [error["field"] for error in refused.json()["errors"]] == [field]
        assert DuplicatePair.objects.get().verdict == "open"

    def test_a_pair_that_is_not_there_is_not_found(self, program, pair):
        pair.pk = 999

        assert_problem(judge(program, pair, verdict="later"), 404, "not_found")

    def test_it_needs_the_scope_and_the_right_to_edit(self, editor, pair):
        reader = client_with("read", "propose", owner=editor)
        contributor = client_of(make_user("Contributors"))

        assert_problem(judge(reader, pair, verdict="later"), 403, "missing_scope")
        assert_problem(judge(contributor, pair, verdict="later"), 403, "not_allowed")
        assert judge(client_of(None), pair, verdict="later").status_code == 401
        assert DuplicatePair.objects.get().verdict == "open"


# --- Verdicts as a file --------------------------------------------------------------------------


class TestVerdicts:
    ADDRESS = f"{DUPLICATES}verdicts"

    @pytest.mark.parametrize(("form", "media_type"), [("jsonl", "application/jsonl"), ("csv", "text/csv")])
    def test_they_are_taken_out_and_brought_in(self, program, editor, pair, form, media_type):
        judging.judge(pair_id=pair.pk, verdict="different", by=editor, because="Two things.")
        file = program.get(self.ADDRESS, {"form": form})
        DuplicatePair.objects.all().delete()

        response = program.generic("POST", self.ADDRESS, file.content, media_type)

        assert file["Content-Type"] == media_type
        assert_as_documented(response, f"{API}/duplicates/verdicts", "post")
        assert response.json()["imported"] == 1
        assert DuplicatePair.objects.get().because == "Two things."

    def test_what_is_no_such_file_is_refused(self, program):
        for data in (b"", b"Just words."):
            refused = program.generic("POST", self.ADDRESS, data, "text/plain")

            assert_problem(refused, 400, "unreadable_file")
            assert_as_documented(refused, f"{API}/duplicates/verdicts", "post")

    def test_a_file_that_is_too_large_is_not_read(self, program):
        refused = program.generic("POST", self.ADDRESS, b"{}", "text/csv", CONTENT_LENGTH="99999999")

        assert_problem(refused, 413, "too_large")

    def test_an_unknown_form_is_refused(self, program):
        assert_problem(program.get(self.ADDRESS, {"form": "xml"}), 400, "invalid")

    def test_they_are_for_the_staff(self, editor):
        reader = client_with("read", owner=editor)
        contributor = client_of(make_user("Contributors"))

        assert reader.get(self.ADDRESS).status_code == 200
        assert_problem(reader.generic("POST", self.ADDRESS, b"{}", "text/csv"), 403, "missing_scope")
        assert_problem(contributor.get(self.ADDRESS), 403, "not_allowed")
        assert_problem(contributor.generic("POST", self.ADDRESS, b"{}", "text/csv"), 403, "not_allowed")

    def test_somebody_with_a_session_brings_them_in_with_the_csrf_token_only(self, editor):
        client = client_of(None).__class__(enforce_csrf_checks=True)
        client.force_login(editor)

        assert client.generic("POST", self.ADDRESS, b"{}", "text/csv").status_code == 403


# --- A new term ----------------------------------------------------------------------------------


class TestNewTerm:
    def send(self, client, name="Dropout", **content):
        response = client.post(
            f"{API}/terms/", {"name": name, "definition": "Text.", **content}, format="json"
        )
        assert response.status_code == 201, response.content
        assert_as_documented(response, f"{API}/terms/", "post")
        return response

    def test_it_is_answered_with_the_terms_that_it_looks_like(self):
        term = make_term("Unit dropout", aliases=["Dropout"])

        [alike] = self.send(client_of(make_user("Contributors"))).json()["look_alikes"]

        assert (alike["id"], alike["name"], alike["status"]) == (term.public_id, "Unit dropout", "published")
        assert alike["reason"] == "has “Dropout” among its other names"

    def test_its_other_names_are_looked_for_too(self):
        make_term("Unit dropout")

        sent = self.send(client_of(make_user("Contributors")), "Leaving out", aliases=["Unit dropout"])

        assert [alike["name"] for alike in sent.json()["look_alikes"]] == ["Unit dropout"]

    def test_nobody_hears_of_drafts_who_may_not_see_them(self, editor):
        make_draft("Dropout", by=editor)

        assert self.send(client_of(make_user("Contributors"))).json()["look_alikes"] == []
        assert len(self.send(client_of(editor)).json()["look_alikes"]) == 2

    def test_it_has_the_etag_with_which_it_is_read(self, editor):
        make_term("Dropout")
        client = client_of(editor)

        sent = self.send(client)

        assert sent.json()["look_alikes"]
        assert client.get(sent["Location"])["ETag"] == sent["ETag"]


def test_times_are_in_utc(program, pair, editor):
    DuplicatePair.objects.update(judged_by=editor, judged_at=timezone.now(), verdict="later")

    [found] = results(program, verdict="later")

    assert found["judged_at"].endswith("Z")
    assert json.dumps(found).count("+00:00") == 0
