"""Merges and splits by programs: looked at, carried out as shown, proposed, taken back, never done twice."""

from __future__ import annotations

import json

import pytest
from builders import make_draft, make_term, make_user, propose_change
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from rest_framework.test import APIClient
from snapshots import hash_of_all_rows
from test_api import API, ROLES, assert_problem, client_of, client_with, make_person

from terms import merging, revisions, workflow
from terms.models import KeptAnswer, Merge, Operation, Revision, Term

pytestmark = pytest.mark.django_db

MERGES = f"{API}/merges/"
PREVIEW = f"{MERGES}preview"
STAFF = {"Editors", "Reviewers", "Chief editors", "superuser"}
CHIEFS = {"Chief editors", "superuser"}


@pytest.fixture
def two(editor, reviewer):
    """Two terms for the same thing; a third that is related to the second."""
    kept = make_term("Keel", by=editor, reviewer=reviewer, definition="The lowest timber of a hull.")
    absorbed = make_term("Keel beam", by=editor, reviewer=reviewer, tags=["hull"])
    make_term(
        "Rib",
        by=editor,
        reviewer=reviewer,
        relations=[{"kind": "related", "target": absorbed.public_id}],
    )
    return kept, absorbed


@pytest.fixture
def program(chief):
    return client_with("propose", "edit", "review", "admin", owner=chief)


def wish(kept, *absorbed, **content):
    asked = {"kept": kept.public_id, "absorbed": [term.public_id for term in absorbed]}
    return {**asked, "content": content} if content else asked


def look(client, *terms, **content):
    response = client.post(PREVIEW, wish(*terms, **content))
    assert response.status_code == 200, response.content
    return response.json()


def order(client, *terms, comment="The same.", **content):
    return {
        **wish(*terms, **content),
        "token": look(client, *terms, **content)["token"],
        "comment": comment,
    }


def merge(client, *terms, **content):
    response = client.post(MERGES, order(client, *terms, **content))
    assert response.status_code == 201, response.content
    return response.json()


def undo(client, body, **headers):
    shown = client.get(body["undo"])
    assert shown.status_code == 200, shown.content
    return client.post(body["undo"], {"token": shown.json()["token"]}, headers=headers)


def fresh(term):
    return Term.objects.get(pk=term.pk)


# --- Looked at -----------------------------------------------------------------------------------


class TestPreview:
    def test_it_shows_what_comes_of_it_and_writes_nothing(self, program, two):
        kept, absorbed = two
        program.post(PREVIEW, wish(kept, absorbed))  # the use of the token is noted
        before = hash_of_all_rows()

        body = look(program, kept, absorbed)

        assert body["kept"]["content"] == revisions.snapshot(kept)
        assert [side["name"] for side in body["absorbed"]] == ["Keel beam"]
        assert [alias["text"] for alias in body["result"]["aliases"]] == ["Keel beam"]
        assert body["result"] == body["suggested"]
        assert {change["field"] for change in body["difference"]} == {"aliases", "tags"}
        assert body["moves"]["addresses"] == ["keel-beam"]
        assert [moved["source"]["name"] for moved in body["moves"]["relations"]] == ["Rib"]
        assert (body["conflicts"], body["new_words"], body["needs_second_reader"]) == ([], [], False)
        assert hash_of_all_rows() == before

    def test_what_is_chosen_is_in_the_result(self, program, two):
        body = look(program, *two, definition="What Keel beam is.", tags=None)

        assert body["result"]["definition"] == "What Keel beam is."
        assert body["result"]["tags"] == []
        assert body["suggested"]["tags"] == ["hull"]

    def test_new_words_need_a_second_reader(self, program, two):
        body = look(program, *two, definition="Written by hand.")

        assert body["needs_second_reader"]
        assert body["new_words"]

    def test_what_waits_is_listed(self, program, two):
        kept, absorbed = two
        waiting = propose_change(absorbed, definition="Other.")

        [text] = look(program, kept, absorbed)["moves"]["closed_texts"]

        assert (text["number"], text["state"]) == (waiting.number, "proposed")
        assert text["author"] == waiting.author.username
        assert text["api_url"].endswith(f"/terms/{absorbed.public_id}/revisions/{waiting.number}/")

    def test_it_is_kept_by_nobody(self, program, two):
        response = program.post(PREVIEW, wish(*two))

        assert response["Cache-Control"] == "no-store"
        assert "Location" not in response

    def test_the_number_of_queries_does_not_grow_with_what_moves(self, program, two, editor, reviewer):
        kept, absorbed = two

        def queries():
            with CaptureQueriesContext(connection) as captured:
                look(program, kept, absorbed)
            return len(captured)

        def add(numbers):
            for number in numbers:
                target = [{"kind": "related", "target": absorbed.public_id}]
                make_term(f"Plank {number}", by=editor, reviewer=reviewer, relations=target)
                propose_change(fresh(absorbed), by=editor, definition=f"Keel beam {number}.")

        queries()  # the use of the token is noted
        add(range(3))
        before = queries()
        add(range(3, 9))

        assert queries() == before


# --- Carried out ---------------------------------------------------------------------------------


class TestMerge:
    def test_it_is_done_as_it_was_shown(self, program, two, chief):
        kept, absorbed = two
        shown = look(program, kept, absorbed)

        response = program.post(MERGES, order(program, kept, absorbed))

        body = response.json()
        assert response.status_code == 201
        assert response["Location"] == body["api_url"]
        assert (body["kind"], body["by"], body["comment"]) == ("merge", chief.username, "The same.")
        assert body["kept"]["id"] == kept.public_id
        assert [(term["id"], term["status"]) for term in body["absorbed"]] == [(absorbed.public_id, "merged")]
        assert revisions.snapshot(fresh(kept)) == shown["result"]
        assert program.get(body["api_url"]).json() == body
        assert Term.objects.get(name="Rib").relations.get().target == kept

    def test_the_absorbed_term_is_answered_with_a_redirect(self, program, two):
        kept, absorbed = two
        merge(program, kept, absorbed)

        for key in (absorbed.public_id, "keel-beam"):
            response = APIClient().get(f"{API}/terms/{key}/")
            assert response.status_code == 301
            assert response["Location"].endswith(f"/terms/{kept.public_id}/")
        assert APIClient().get(f"{API}/terms/{absorbed.public_id}/").json()["merged_into"] == kept.public_id

    def test_absorbed_terms_are_listed_for_the_staff(self, program, two):
        kept, absorbed = two
        merge(program, kept, absorbed)

        [listed] = program.get(f"{API}/terms/?status=merged").json()["results"]

        assert (listed["id"], listed["merged_into"]) == (absorbed.public_id, kept.public_id)
        assert_problem(APIClient().get(f"{API}/terms/?status=merged"), 400, "invalid")

    def test_the_door_is_in_the_log(self, program, two):
        merge(program, *two)

        assert {event.door for event in two[1].events.filter(kind="term.merged")} == {"api"}

    def test_what_moved_since_is_refused_with_a_fresh_preview(self, program, two):
        kept, absorbed = two
        sent = order(program, kept, absorbed)
        propose_change(absorbed, definition="Other.")

        body = assert_problem(program.post(MERGES, sent), 409, "stale_preview")

        assert len(body["preview"]["moves"]["closed_texts"]) == 1
        assert not Merge.objects.exists()
        again = program.post(MERGES, {**sent, "token": body["preview"]["token"]})
        assert again.status_code == 201

    def test_new_words_are_refused_with_the_preview_that_can_be_proposed(self, program, two):
        sent = order(program, *two, definition="Written by hand.")

        body = assert_problem(program.post(MERGES, sent), 409, "needs_second_reader")

        assert body["preview"]["token"] == sent["token"]
        assert body["preview"]["needs_second_reader"]
        assert not Merge.objects.exists()

    def test_where_one_person_writes_and_decides_new_words_are_no_obstacle(self, program, two, settings):
        settings.SELF_REVIEW = True

        merge(program, *two, definition="Written by hand.")

        assert fresh(two[0]).definition == "Written by hand."

    def test_a_conflict_is_named(self, program, two, editor, reviewer):
        make_term("Mast", by=editor, reviewer=reviewer)
        sent = order(program, *two, name="Mast")

        assert look(program, *two, name="Mast")["conflicts"]
        assert_problem(program.post(MERGES, sent), 400, "invalid_content")

    def test_merged_twice_is_refused(self, program, two):
        sent = order(program, *two)
        program.post(MERGES, sent)

        body = assert_problem(program.post(MERGES, sent), 409, "wrong_state")

        assert "Keel beam" in body["detail"]

    def test_drafts_become_one(self, program, editor):
        drafts = [make_draft(name, by=editor).term for name in ("Bow", "Prow")]

        body = merge(program, *drafts)

        assert [term["slug"] for term in body["absorbed"]] == [None]
        assert fresh(drafts[1]).merged_into == drafts[0]

    def test_twenty_terms_become_one(self, program, editor):
        drafts = [make_draft(f"Bow {number}", by=editor).term for number in range(20)]

        body = merge(program, *drafts)

        assert len(body["absorbed"]) == 19


BAD_WISHES = {
    "nothing": {},
    "a list": [],
    "null": None,
    "no kept term": {"absorbed": ["{absorbed}"]},
    "no absorbed term": {"kept": "{kept}"},
    "an empty list": {"kept": "{kept}", "absorbed": []},
    "itself": {"kept": "{kept}", "absorbed": ["{kept}"]},
    "itself among others": {"kept": "{kept}", "absorbed": ["{absorbed}", "{kept}"]},
    "an unknown id": {"kept": "{kept}", "absorbed": ["zzzzzzzzzz"]},
    "an unknown kept term": {"kept": "zzzzzzzzzz", "absorbed": ["{absorbed}"]},
    "an address": {"kept": "keel", "absorbed": ["{absorbed}"]},
    "a number": {"kept": "{kept}", "absorbed": [1]},
    "a row": {"kept": 1, "absorbed": ["{absorbed}"]},
    "an object": {"kept": {"id": "{kept}"}, "absorbed": ["{absorbed}"]},
    "a text for a list": {"kept": "{kept}", "absorbed": "{absorbed}"},
    "an object for a list": {"kept": "{kept}", "absorbed": {"0": "{absorbed}"}},
    "a list of lists": {"kept": "{kept}", "absorbed": [["{absorbed}"]]},
    "null in the list": {"kept": "{kept}", "absorbed": [None]},
    "null for both": {"kept": None, "absorbed": None},
    "very many": {"kept": "{kept}", "absorbed": ["zzzzzzzzzz"] * 50_000},
    "one more than may be": {"kept": "{kept}", "absorbed": [f"zzzzzzzz{n:02}" for n in range(20)]},
    "a long id": {"kept": "{kept}", "absorbed": ["z" * 100_000]},
    "half a sign": {"kept": "{kept}", "absorbed": ["\ud800"]},
    "a null sign": {"kept": "{kept}", "absorbed": ["\0"]},
    "an unknown field": {"kept": "{kept}", "absorbed": ["{absorbed}"], "force": True},
    "a text as content": {"kept": "{kept}", "absorbed": ["{absorbed}"], "content": "all"},
    "a list as content": {"kept": "{kept}", "absorbed": ["{absorbed}"], "content": [1]},
    "another field in the content": {"kept": "{kept}", "absorbed": ["{absorbed}"], "content": {"size": 1}},
    "a wrong field in the content": {"kept": "{kept}", "absorbed": ["{absorbed}"], "content": {"tags": 1}},
    "no name": {"kept": "{kept}", "absorbed": ["{absorbed}"], "content": {"name": ""}},
    "a name too many": {"kept": "{kept}", "absorbed": ["{absorbed}"], "content": {"name": "x" * 201}},
    "half a sign in the content": {
        "kept": "{kept}", "absorbed": ["{absorbed}"], "content": {"definition": "\ud800"}
    },
    "a wild relation": {
        "kept": "{kept}", "absorbed": ["{absorbed}"], "content": {"relations": [{"kind": 1, "target": []}]}
    },
}  # fmt: skip


def filled(value, names):
    """Return a body with the ids of the terms at hand."""
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, list):
        return [filled(one, names) for one in value]
    if isinstance(value, dict):
        return {key: filled(one, names) for key, one in value.items()}
    return value


class TestBadBodies:
    @pytest.mark.parametrize("named", BAD_WISHES)
    def test_what_cannot_be_meant_is_told(self, program, two, named):
        sent = filled(BAD_WISHES[named], {"{kept}": two[0].public_id, "{absorbed}": two[1].public_id})

        for address, body in ((PREVIEW, sent), (MERGES, {**sent, "token": "t"} if sent else sent)):
            response = program.generic("POST", address, json.dumps(body), "application/json")
            assert response.status_code == 400, response.content
            assert json.loads(response.content)["detail"]
        assert not Operation.objects.exists()

    @pytest.mark.parametrize("token", [None, "", 1, [], {}, "x" * 301, "\0", "made-up"])
    def test_a_token_that_was_not_given_out_is_refused(self, program, two, token):
        response = program.post(MERGES, {**wish(*two), "token": token})

        assert response.status_code in {400, 409}
        assert not Operation.objects.exists()

    @pytest.mark.parametrize("comment", [1_000 * "long ", {}, [], "bell\x07"])
    def test_a_comment_has_to_be_a_line_of_text(self, program, two, comment):
        response = program.post(MERGES, {**order(program, *two), "comment": comment})

        assert response.status_code == 400
        assert not Operation.objects.exists()

    def test_unknown_parameters_are_refused(self, program, two):
        for address in (f"{MERGES}?merged=1", f"{MERGES}?undone=perhaps"):
            assert_problem(program.get(address), 400, "invalid")
        assert_problem(program.post(f"{PREVIEW}?dry_run=1", wish(*two)), 400, "invalid")

    @pytest.mark.parametrize("state", ["removed", "discarded", "merged"])
    @pytest.mark.parametrize("side", ["kept", "absorbed"])
    def test_terms_that_are_gone_are_refused(self, program, two, chief, state, side):
        gone = make_draft("Gone").term if state == "discarded" else make_term("Gone")
        if state == "removed":
            workflow.remove(term_id=gone.pk, by=chief, reason="Away.")
        elif state == "discarded":
            workflow.discard_draft(term_id=gone.pk, by=chief)
        else:
            merge(program, two[0], gone)

        pair = (gone, two[1]) if side == "kept" else (two[1], gone)

        assert_problem(program.post(PREVIEW, wish(*pair)), 409, "wrong_state")

    def test_a_public_term_does_not_end_in_a_draft(self, program, two, editor):
        draft = make_draft("Bow", by=editor).term

        body = assert_problem(program.post(PREVIEW, wish(draft, two[0])), 409, "wrong_state")

        assert "Keep “Keel” instead" in body["detail"]


class TestWildBodies(TestCase):
    """Whatever is sent, it is answered, and never with an error of ours."""

    @hypothesis_settings(max_examples=60)
    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=20),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["kept", "absorbed", "content", "token", "comment", "name"]),
                    inner,
                    max_size=5,
                )
            ),
            max_leaves=12,
        )
    )
    def test_any_json_is_answered(self, sent):
        client = client_of(make_user("Chief editors"))
        for address in (PREVIEW, MERGES, f"{MERGES}1/undo"):
            response = client.generic("POST", address, json.dumps(sent), "application/json")
            assert response.status_code in {400, 404, 409}, response.content


# --- Taken back ----------------------------------------------------------------------------------


class TestUndo:
    def test_it_is_shown_and_done(self, program, two, chief):
        kept, absorbed = two
        before = [revisions.snapshot(term) for term in two]
        body = merge(program, kept, absorbed)

        shown = program.get(body["undo"]).json()
        response = undo(program, body)

        assert [term["id"] for term in shown["comes_back"]] == [absorbed.public_id]
        assert [one["term"]["name"] for one in shown["rewritten"]] == ["Keel", "Rib"]
        assert shown["sentences"] == ["“Keel beam” is back at /terms/keel-beam/, as it was before the merge."]
        assert (shown["stays"], shown["obstacles"], shown["first"]) == ([], [], [])
        assert response.status_code == 200
        assert (response.json()["undone_by"], response.json()["undo"]) == (chief.username, None)
        assert [revisions.snapshot(fresh(term)) for term in two] == before
        assert APIClient().get(f"{API}/terms/{absorbed.public_id}/").status_code == 200

    def test_what_was_changed_since_stays_and_is_told(self, program, two, editor, reviewer):
        body = merge(program, *two)
        kept = fresh(two[0])
        change = propose_change(kept, by=editor, definition="Better words.", tags=["hull", "timber"])
        workflow.approve(revision_id=change.pk, by=reviewer)

        assert undo(program, body).status_code == 200

        assert fresh(kept).definition == "Better words."

    def test_the_second_time_it_is_refused_with_who_and_when(self, program, two, chief):
        body = merge(program, *two)
        token = program.get(body["undo"]).json()["token"]
        program.post(body["undo"], {"token": token})

        for response in (program.get(body["undo"]), program.post(body["undo"], {"token": token})):
            refused = assert_problem(response, 409, "wrong_state")
            assert f"by {chief.username} already; there is nothing left to undo" in refused["detail"]

    def test_what_moved_since_is_refused_with_a_fresh_preview(self, program, two, editor, reviewer):
        body = merge(program, *two)
        token = program.get(body["undo"]).json()["token"]
        change = propose_change(fresh(two[0]), by=editor, definition="Better words.")
        workflow.approve(revision_id=change.pk, by=reviewer)

        refused = assert_problem(program.post(body["undo"], {"token": token}), 409, "stale_preview")

        again = program.post(body["undo"], {"token": refused["preview"]["token"]})
        assert again.status_code == 200

    def test_what_has_to_be_undone_first_is_named(self, program, two, editor, reviewer):
        first = merge(program, *two)
        second = merge(program, make_term("Hull", by=editor, reviewer=reviewer), fresh(two[0]))
        shown = program.get(first["undo"]).json()

        body = assert_problem(program.post(first["undo"], {"token": shown["token"]}), 409, "wrong_state")

        assert [one["id"] for one in body["first"]] == [second["id"]] == [one["id"] for one in shown["first"]]
        assert body["first"][0]["undo"] == second["undo"]
        assert undo(program, second).status_code == 200
        assert undo(program, first).status_code == 200

    @pytest.mark.parametrize("sent", [{}, {"token": ""}, {"token": 1, "force": True}, [], {"token": None}])
    def test_without_a_token_nothing_is_undone(self, program, two, sent):
        body = merge(program, *two)

        response = program.post(body["undo"], sent)

        assert_problem(response, 400, "parse_error" if sent == [] else "invalid")
        assert not Operation.objects.get().undone_at

    @pytest.mark.parametrize("number", ["0", "999999999", "1e3", "-1", "x"])
    def test_there_is_no_undo_of_nothing(self, program, number):
        for response in (
            program.get(f"{MERGES}{number}/"),
            program.get(f"{MERGES}{number}/undo"),
            program.post(f"{MERGES}{number}/undo", {"token": "t"}),
        ):
            assert_problem(response, 404, "not_found")

    def test_operations_of_other_kinds_are_no_merges(self, program, chief):
        other = Operation.objects.create(kind="bulk_change", by=chief, reversal={})

        for rest in ("", "undo"):
            assert_problem(program.get(f"{MERGES}{other.pk}/{rest}"), 404, "not_found")


# --- Not twice -----------------------------------------------------------------------------------


class TestIdempotencyKey:
    def test_a_merge_that_is_sent_again_is_answered_again(self, program, two):
        sent = order(program, *two)

        first, second = (program.post(MERGES, sent, headers={"Idempotency-Key": "one"}) for _ in range(2))

        assert (first.status_code, second.status_code) == (201, 201)
        assert first.json() == second.json()
        assert "Idempotency-Replayed" not in first
        assert second["Idempotency-Replayed"] == "true"
        assert (second["ETag"], second["Location"]) == (first["ETag"], first["Location"])
        assert Operation.objects.count() == 1

    def test_quotes_around_the_key_and_the_order_of_fields_do_not_matter(self, program, two):
        sent = order(program, *two)
        program.post(MERGES, sent, headers={"Idempotency-Key": "one"})

        turned = dict(reversed(sent.items()))
        again = program.post(MERGES.rstrip("/"), turned, headers={"Idempotency-Key": '"one"'})

        assert again["Idempotency-Replayed"] == "true"

    def test_an_undo_that_is_sent_again_is_answered_again(self, program, two):
        body = merge(program, *two)
        sent = {"token": program.get(body["undo"]).json()["token"]}

        answers = [program.post(body["undo"], sent, headers={"Idempotency-Key": "u"}) for _ in range(2)]

        assert [answer.status_code for answer in answers] == [200, 200]
        assert answers[0].json() == answers[1].json()
        assert answers[1]["Idempotency-Replayed"] == "true"

    def test_a_key_does_for_one_request_only(self, program, two):
        sent = order(program, *two)
        body = program.post(MERGES, sent, headers={"Idempotency-Key": "one"}).json()

        for address, other in ((MERGES, {**sent, "comment": "Other."}), (body["undo"], {"token": "t"})):
            response = program.post(address, other, headers={"Idempotency-Key": "one"})
            assert_problem(response, 422, "key_used")
        assert not Operation.objects.get().undone_at

    def test_a_refusal_is_not_kept(self, program, two):
        sent = order(program, *two)
        stale = program.post(MERGES, {**sent, "token": "old"}, headers={"Idempotency-Key": "one"})

        again = program.post(MERGES, sent, headers={"Idempotency-Key": "one"})

        assert_problem(stale, 409, "stale_preview")
        assert again.status_code == 201
        assert "Idempotency-Replayed" not in again

    @pytest.mark.parametrize("key", ["", '""', "x" * 256, "schlüssel"])
    def test_what_is_no_key_is_refused(self, program, two, key):
        response = program.post(MERGES, order(program, *two), headers={"Idempotency-Key": key})

        assert_problem(response, 400, "invalid_content")
        assert not Operation.objects.exists()

    def test_whoever_lost_the_right_is_not_answered_again(self, two):
        chief = make_user("Chief editors")
        client = client_of(chief)
        sent = order(client, *two)
        client.post(MERGES, sent, headers={"Idempotency-Key": "one"})
        chief.groups.clear()

        response = client_of(chief).post(MERGES, sent, headers={"Idempotency-Key": "one"})

        assert_problem(response, 403, "not_allowed")

    def test_new_terms_are_not_made_twice_either(self, contributor):
        client = client_with("propose", owner=contributor)
        sent = {"name": "Stem", "definition": "A timber."}

        answers = [client.post(f"{API}/terms/", sent, headers={"Idempotency-Key": "stem"}) for _ in range(2)]

        assert [answer.status_code for answer in answers] == [201, 201]
        assert answers[0].json() == answers[1].json()
        assert answers[0]["ETag"] == answers[1]["ETag"]
        assert Term.objects.count() == Revision.objects.count() == KeptAnswer.objects.count() == 1


# --- Lists ---------------------------------------------------------------------------------------


class TestList:
    def test_newest_first_with_what_was_undone(self, program, two, editor, reviewer):
        first = merge(program, *two)
        second = merge(program, two[0], make_term("Keel plank", by=editor, reviewer=reviewer))
        undo(program, second)

        def ids(**query):
            return [one["id"] for one in program.get(MERGES, query).json()["results"]]

        assert ids() == [second["id"], first["id"]]
        assert ids(undone="true") == [second["id"]]
        assert ids(undone="false") == [first["id"]]
        assert ids(term=two[1].public_id) == [first["id"]]
        assert ids(term=two[0].public_id) == [second["id"], first["id"]]
        assert ids(term="zzzzzzzzzz") == []
        assert ids(page_size=1, page=2) == [first["id"]]

    def test_one_merge_of_many_is_listed_once(self, program, two, editor, reviewer):
        third = make_term("Keel plank", by=editor, reviewer=reviewer)
        merge(program, two[0], two[1], third)

        body = program.get(MERGES, {"term": two[0].public_id}).json()

        assert body["count"] == len(body["results"]) == 1
        assert len(body["results"][0]["absorbed"]) == 2

    def test_the_number_of_queries_does_not_grow_with_the_rows(self, program, two, editor, reviewer):
        def add(numbers):
            for number in numbers:
                merge(program, two[0], make_term(f"Keel {number}", by=editor, reviewer=reviewer))

        def queries():
            with CaptureQueriesContext(connection) as captured:
                program.get(MERGES)
            return len(captured)

        add(range(2))
        before = queries()
        add(range(2, 8))

        assert queries() == before


# --- Who may -------------------------------------------------------------------------------------


def answers_of(client, two, token, done):
    """Return what each address answers somebody."""
    sent = {**wish(*two), "token": token}
    return {
        "list": client.get(MERGES).status_code,
        "read": client.get(f"{MERGES}{done}/").status_code,
        "preview": client.post(PREVIEW, wish(*two)).status_code,
        "merge": client.post(MERGES, sent).status_code,
        "look at undo": client.get(f"{MERGES}{done}/undo").status_code,
        "undo": client.post(f"{MERGES}{done}/undo", {"token": "t"}).status_code,
    }


@pytest.fixture
def done(chief):
    """A merge that was carried out."""
    kept, absorbed = make_term("Stem"), make_term("Stem post")
    sent = {"kept_id": kept.pk, "absorbed_ids": [absorbed.pk], "by": chief}
    token = merging.preview(**sent).token
    return merging.merge(**sent, content={}, token=token).pk


@pytest.mark.parametrize("role", ROLES)
def test_who_may_do_what(role, two, done, chief):
    token = merging.preview(kept_id=two[0].pk, absorbed_ids=[two[1].pk], by=chief).token

    found = answers_of(client_of(make_person(role)), two, token, done)

    refused = 401 if role == "anonymous" else 403
    seen = 200 if role in STAFF else refused
    assert found == {
        "list": seen,
        "read": seen,
        "preview": seen,
        "merge": 201 if role in CHIEFS else refused,
        "look at undo": 200 if role in CHIEFS else refused,
        "undo": 409 if role in CHIEFS else refused,
    }


def test_an_editor_is_offered_no_undo(done, editor):
    assert client_of(editor).get(f"{MERGES}{done}/").json()["undo"] is None


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        ("edit", {"preview"}),
        ("admin", {"merge", "undo"}),
        ("propose", set()),
        ("review", set()),
    ],
)
def test_a_token_needs_the_scope(scope, allowed, two, done, chief):
    token = merging.preview(kept_id=two[0].pk, absorbed_ids=[two[1].pk], by=chief).token

    found = answers_of(client_with(scope, owner=chief), two, token, done)

    writes = {name for name, code in found.items() if code != 403}
    assert writes == allowed | {"list", "read", "look at undo"}


@pytest.mark.parametrize("role", ["anonymous", "reader", "Contributors"])
def test_whoever_may_not_see_drafts_learns_nothing_of_which_ids_there_are(role, two):
    client = client_of(make_person(role))
    draft = make_draft("Bow").term

    answers = [
        client.post(PREVIEW, {"kept": two[0].public_id, "absorbed": [public_id]}).content
        for public_id in (two[1].public_id, draft.public_id, "zzzzzzzzzz")
    ]

    assert len(set(answers)) == 1


def test_a_draft_that_went_into_anothers_is_not_there_for_its_author_any_more(contributor, chief):
    theirs = workflow.propose(content={"name": "Prow", "definition": "The bow."}, by=contributor).term
    other = make_draft("Bow of others").term
    merge(client_of(chief), other, theirs)

    response = client_of(contributor).get(f"{API}/terms/{theirs.public_id}/")

    assert_problem(response, 404, "not_found")
    assert "Bow" not in response.content.decode()


# --- Splits --------------------------------------------------------------------------------------

SPLITS = f"{API}/splits/"


@pytest.fixture
def mixed(editor, reviewer):
    """A term that says two things, and another that is related to it."""
    term = make_term(
        "Stay",
        by=editor,
        reviewer=reviewer,
        definition="A rope that holds a mast.\n\nA strip that stiffens a corset.",
        aliases=["guy", "bone"],
        tags=["rigging", "clothes"],
    )
    related = [{"kind": "related", "target": term.public_id}]
    make_term("Busk", by=editor, reviewer=reviewer, relations=related)
    return term


def split_wish(term, **further):
    return {
        "term": term.public_id,
        "stays": {"definition": "A rope that holds a mast.", "aliases": ["guy"], "tags": ["rigging"]},
        "part": {
            "name": "Stay",
            "qualifier": "corset",
            "definition": "A strip that stiffens a corset.",
            "aliases": ["bone"],
            "tags": ["clothes"],
        },
        "moves": [
            {"source": Term.objects.get(name="Busk").public_id, "kind": "related"},
        ],
        **further,
    }


def split_order(client, term, **further):
    sent = split_wish(term, **further)
    response = client.post(f"{SPLITS}preview", sent)
    assert response.status_code == 200, response.content
    return {**sent, "token": response.json()["token"]}


def split(client, term, **further):
    response = client.post(SPLITS, split_order(client, term, **further))
    assert response.status_code == 201, response.content
    return response.json()


class TestSplit:
    def test_it_is_shown_and_nothing_is_written(self, program, mixed):
        program.get(SPLITS)  # the use of the token is noted
        before = hash_of_all_rows()

        body = program.post(f"{SPLITS}preview", split_wish(mixed)).json()

        assert body["term"]["content"] == revisions.snapshot(mixed)
        assert [alias["text"] for alias in body["stays"]["aliases"]] == ["guy"]
        assert [alias["text"] for alias in body["part"]["aliases"]] == ["bone"]
        assert body["moves"]["addresses"] == [{"slug": "stay", "leads_to": "stays"}]
        assert [moved["source"]["name"] for moved in body["moves"]["relations"]] == ["Busk"]
        assert (body["dropped"], body["conflicts"], body["new_words"]) == ([], [], [])
        assert hash_of_all_rows() == before

    def test_it_is_done_as_it_was_shown_and_undone(self, program, mixed):
        before = revisions.snapshot(mixed)

        body = split(program, mixed)

        part = Term.objects.get(qualifier="corset")
        assert (body["kind"], body["term"]["id"]) == ("split", mixed.public_id)
        assert (body["part"]["id"], body["part"]["status"]) == (part.public_id, "published")
        assert Term.objects.get(name="Busk").relations.get().target == part
        assert program.get(SPLITS).json()["results"] == [body]
        assert program.get(SPLITS, {"term": part.public_id, "undone": "false"}).json()["count"] == 1
        assert program.get(MERGES).json()["count"] == 0

        undone = undo(program, body)

        assert undone.status_code == 200
        assert undone.json()["part"]["status"] == "merged"
        assert revisions.snapshot(fresh(mixed)) == before
        assert_problem(program.get(f"{body['api_url']}undo"), 409, "wrong_state")

    def test_what_is_on_neither_side_is_told(self, program, mixed):
        sent = split_wish(mixed)
        sent["part"]["tags"] = None
        sent["part"]["aliases"] = []

        body = program.post(f"{SPLITS}preview", sent).json()

        assert {change["field"] for change in body["dropped"]} == {"tags"}
        assert body["moves"]["lost_names"] == ["bone"]

    def test_what_moved_since_is_refused_with_a_fresh_preview(self, program, mixed):
        sent = split_order(program, mixed)
        propose_change(mixed, definition="Other.")

        body = assert_problem(program.post(SPLITS, sent), 409, "stale_preview")

        assert len(body["preview"]["moves"]["outdated_texts"]) == 1
        assert program.post(SPLITS, {**sent, "token": body["preview"]["token"]}).status_code == 201

    def test_new_words_are_refused_with_the_preview_that_can_be_proposed(self, program, mixed):
        sent = split_order(program, mixed, stays={"definition": "Written by hand."})

        body = assert_problem(program.post(SPLITS, sent), 409, "needs_second_reader")

        assert body["preview"]["needs_second_reader"]
        assert not Operation.objects.exists()

    def test_sent_again_with_its_key_it_is_done_once(self, program, mixed):
        sent = split_order(program, mixed)

        answers = [program.post(SPLITS, sent, headers={"Idempotency-Key": "s"}) for _ in range(2)]

        assert answers[0].json() == answers[1].json()
        assert answers[1]["Idempotency-Replayed"] == "true"
        assert Operation.objects.count() == 1

    @pytest.mark.parametrize(
        ("further", "code"),
        [
            ({"term": "zzzzzzzzzz"}, 400),
            ({"term": ["{term}"]}, 400),
            ({"stays": "all"}, 400),
            ({"part": []}, 400),
            ({"part": {}}, 400),
            ({"part": {"name": ""}}, 400),
            ({"part": {"name": "Stay", "colour": "red"}}, 400),
            ({"part": {"name": "Bone", "status": "deprecated", "deprecation_reason": "Old."}}, 400),
            ({"address": "nowhere"}, 400),
            ({"address": ["part"]}, 400),
            ({"moves": [{"source": "zzzzzzzzzz", "kind": "related"}]}, 400),
            ({"moves": [{"source": [], "kind": {}}]}, 400),
            ({"moves": [1]}, 400),
            ({"moves": {"source": "x"}}, 400),
            ({"moves": [{"source": "zzzzzzzzzz", "kind": "related"}] * 20_000}, 400),
            ({"force": True}, 400),
        ],
    )
    def test_what_cannot_be_meant_is_told(self, program, mixed, further, code):
        for address in (f"{SPLITS}preview", SPLITS):
            token = {} if address != SPLITS else {"token": "t"}
            response = program.post(address, {**split_wish(mixed), **further, **token})
            assert response.status_code == code, response.content
            assert response.json()["detail"]
        assert not Operation.objects.exists()

    def test_two_of_one_name_are_a_conflict(self, program, mixed):
        sent = split_wish(mixed, part={"name": "Stay"})

        shown = program.post(f"{SPLITS}preview", sent).json()

        assert "Both would be called “Stay”" in shown["conflicts"][0]
        assert_problem(program.post(SPLITS, {**sent, "token": shown["token"]}), 400, "invalid_content")

    @pytest.mark.parametrize("role", ROLES)
    def test_who_may_do_what(self, role, mixed, chief):
        token = split_order(client_of(chief), mixed)["token"]
        client = client_of(make_person(role))

        found = [
            client.get(SPLITS).status_code,
            client.post(f"{SPLITS}preview", split_wish(mixed)).status_code,
            client.post(SPLITS, {**split_wish(mixed), "token": token}).status_code,
        ]

        refused = 401 if role == "anonymous" else 403
        seen = 200 if role in STAFF else refused
        assert found == [seen, seen, 201 if role in CHIEFS else refused]


# --- Proposals -----------------------------------------------------------------------------------

PROPOSED = f"{API}/merge-proposals/"
BY_HAND = {"definition": "Written by hand."}


@pytest.fixture
def writer(editor):
    """A program of an editor, who may propose merges only."""
    return client_with("edit", owner=editor)


@pytest.fixture
def decider():
    return client_with("review", owner=make_user("Chief editors"))


def propose(client, *terms, **content):
    response = client.post(PROPOSED, order(client, *terms, **content))
    assert response.status_code == 201, response.content
    return response.json()


def decide(client, body, action, **sent):
    return client.post(f"{body['api_url']}{action}", sent)


class TestProposal:
    def test_an_editor_proposes_and_a_chief_editor_agrees(self, writer, decider, two, editor):
        kept, absorbed = two

        body = propose(writer, kept, absorbed, **BY_HAND)
        waiting = decider.get(PROPOSED).json()["results"]
        response = decide(decider, body, "approve", token=body["token"])

        assert (body["kind"], body["state"], body["by"]) == ("merge", "proposed", editor.username)
        assert {term["name"] for term in body["terms"]} == {"Keel", "Keel beam"}
        assert body["preview"]["result"]["definition"] == "Written by hand."
        assert (body["is_stale"], body["obstacle"]) == (False, "")
        assert [one["id"] for one in waiting] == [body["id"]]
        assert response.status_code == 200
        decided = response.json()
        assert (decided["state"], decided["preview"]) == ("approved", None)
        assert decided["operation"] == Operation.objects.get().pk
        assert fresh(kept).definition == "Written by hand."
        assert fresh(absorbed).merged_into == kept
        assert decider.get(PROPOSED).json()["results"] == []
        assert decider.get(PROPOSED, {"state": "approved"}).json()["count"] == 1

    def test_what_may_not_be_merged_may_be_proposed_as_it_was_sent(self, program, decider, two):
        sent = order(program, *two, **BY_HAND)
        assert_problem(program.post(MERGES, sent), 409, "needs_second_reader")

        body = program.post(PROPOSED, sent).json()

        assert decide(decider, body, "approve", token=body["token"]).status_code == 200

    def test_a_split_is_proposed_in_the_same_way(self, writer, decider, mixed):
        body = writer.post(PROPOSED, split_order(writer, mixed)).json()

        response = decide(decider, body, "approve", token=body["token"])

        assert (body["kind"], body["preview"]["part"]["qualifier"]) == ("split", "corset")
        assert response.status_code == 200
        assert decider.get(f"{SPLITS}{response.json()['operation']}/").json()["part"]["status"] == "published"

    def test_nobody_agrees_to_their_own(self, program, two):
        body = propose(program, *two)

        assert_problem(decide(program, body, "approve", token=body["token"]), 403, "own_work")
        assert fresh(two[1]).merged_into is None

    def test_an_agreement_is_bound_to_what_was_shown(self, writer, decider, two):
        body = propose(writer, *two)

        assert_problem(decide(decider, body, "approve"), 400, "invalid")
        assert_problem(decide(decider, body, "approve", token="other"), 409, "stale_preview")
        assert fresh(two[1]).merged_into is None

    def test_what_moved_since_has_to_be_brought_up_to_date(self, writer, decider, two):
        body = propose(writer, *two)
        propose_change(two[1], definition="Other.")

        refused = assert_problem(decide(decider, body, "approve", token=body["token"]), 409, "stale_preview")
        now = decider.get(body["api_url"]).json()
        newer = decide(writer, body, "bring-up-to-date").json()

        assert len(refused["preview"]["moves"]["closed_texts"]) == 1
        assert now["is_stale"]
        assert (newer["is_stale"], newer["token"]) == (False, refused["preview"]["token"])
        assert decide(decider, newer, "approve", token=newer["token"]).status_code == 200

    def test_what_cannot_be_done_any_more_is_told(self, writer, decider, two, chief):
        body = propose(writer, *two)
        workflow.remove(term_id=two[1].pk, by=chief, reason="Away.")

        now = decider.get(body["api_url"]).json()

        assert now["preview"] is None
        assert "Keel beam" in now["obstacle"]
        assert_problem(decide(decider, body, "approve", token=body["token"]), 409, "wrong_state")

    def test_a_rejection_has_a_reason(self, writer, decider, two):
        body = propose(writer, *two)

        assert_problem(decide(decider, body, "reject"), 400, "invalid_content")
        decided = decide(decider, body, "reject", reason="Two things.").json()

        assert (decided["state"], decided["reason"], decided["operation"]) == (
            "rejected",
            "Two things.",
            None,
        )
        assert_problem(decide(decider, body, "reject", reason="Again."), 409, "wrong_state")

    def test_only_who_proposed_it_withdraws_it(self, writer, program, two):
        body = propose(writer, *two)

        assert_problem(decide(program, body, "withdraw"), 403, "not_allowed")
        assert decide(writer, body, "withdraw", comment="No.").json()["state"] == "withdrawn"

    def test_the_same_is_not_proposed_twice_but_may_be_sent_twice(self, writer, two):
        sent = order(writer, *two)

        first, second = (writer.post(PROPOSED, sent, headers={"Idempotency-Key": "p"}) for _ in range(2))

        assert first.json() == second.json()
        assert second["Idempotency-Replayed"] == "true"
        assert_problem(writer.post(PROPOSED, sent), 409, "wrong_state")

    def test_an_agreement_that_is_sent_again_is_answered_again(self, writer, decider, two):
        body = propose(writer, *two)
        sent, key = {"token": body["token"]}, {"Idempotency-Key": "a"}

        first, second = (decider.post(f"{body['api_url']}approve", sent, headers=key) for _ in range(2))

        assert first.json() == second.json()
        assert Operation.objects.count() == 1

    def test_a_stale_one_is_not_proposed(self, writer, two):
        sent = order(writer, *two)
        propose_change(two[1], definition="Other.")

        body = assert_problem(writer.post(PROPOSED, sent), 409, "stale_preview")

        assert body["preview"]["token"] != sent["token"]

    @pytest.mark.parametrize(
        "sent", [{}, [], {"kept": 1}, {"term": {}}, {"term": "zzzzzzzzzz", "kept": "x"}, {"kind": "merge"}]
    )
    def test_what_cannot_be_meant_is_told(self, writer, sent):
        assert writer.post(PROPOSED, sent).status_code == 400

    @pytest.mark.parametrize("query", ["state=open", "state=", "mine=perhaps", "kind=merge"])
    def test_unknown_queries_are_refused(self, writer, query):
        assert_problem(writer.get(f"{PROPOSED}?{query}"), 400, "invalid")

    def test_lists_are_narrowed(self, writer, program, two, mixed):
        own, other = propose(writer, *two), program.post(PROPOSED, split_order(program, mixed)).json()
        decide(program, other, "withdraw")

        def ids(**query):
            return [one["id"] for one in writer.get(PROPOSED, query).json()["results"]]

        assert ids() == ids(mine="true") == [own["id"]]
        assert ids(state="withdrawn") == [other["id"]]
        assert ids(state="all") == [other["id"], own["id"]]
        assert ids(state="withdrawn", mine="true") == []

    @pytest.mark.parametrize("role", ROLES)
    def test_who_may_do_what(self, role, two, mixed, program):
        waiting = propose(program, *two)
        sent = split_order(program, mixed)
        client = client_of(make_person(role))

        found = {
            "list": client.get(PROPOSED).status_code,
            "read": client.get(waiting["api_url"]).status_code,
            "propose": client.post(PROPOSED, sent).status_code,
            "withdraw": decide(client, waiting, "withdraw").status_code,
            "approve": decide(client, waiting, "approve", token=waiting["token"]).status_code,
            "reject": decide(client, waiting, "reject", reason="No.").status_code,
        }

        refused = 401 if role == "anonymous" else 403
        is_staff, decides = role in STAFF, role in STAFF - {"Editors"}
        assert found == {
            "list": 200 if is_staff else refused,
            "read": 200 if is_staff else refused,
            "propose": 201 if is_staff else refused,
            "withdraw": refused,
            # Its author may merge: so may who agrees.
            "approve": 200 if decides else refused,
            "reject": 409 if decides else refused,
        }

    @pytest.mark.parametrize(
        ("scope", "allowed"),
        [("edit", {"propose", "withdraw"}), ("review", {"approve"}), ("admin", set()), ("propose", set())],
    )
    def test_a_token_needs_the_scope(self, scope, allowed, two, mixed, program, chief, editor):
        waiting = propose(client_with("edit", owner=editor), *two)
        sent = split_order(program, mixed)
        client = client_with(scope, owner=chief)

        codes = {
            "propose": client.post(PROPOSED, sent),
            "withdraw": decide(client, waiting, "withdraw"),
            "approve": decide(client, waiting, "approve", token=waiting["token"]),
        }

        missing = {name for name, answer in codes.items() if answer.json().get("code") == "missing_scope"}
        assert codes.keys() - missing == allowed

    @pytest.mark.parametrize("number", ["0", "999999999", "x"])
    def test_there_is_nothing_to_decide_on_what_is_not_there(self, decider, number):
        assert_problem(decider.get(f"{PROPOSED}{number}/"), 404, "not_found")
        assert_problem(decider.post(f"{PROPOSED}{number}/reject", {"reason": "No."}), 404, "not_found")
