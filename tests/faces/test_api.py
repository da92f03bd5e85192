"""The JSON face: what programs read, what they may change, and what they never see."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta

import pytest
from builders import make_draft, make_term, make_user, propose_change
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from terms import tokens, wanted, workflow
from terms.models import ApiToken, Event, Revision, Tag, Term, WantedTerm

pytestmark = pytest.mark.django_db

API = "/api/v1"
SECRET = "zyxsecret"
PROBLEM = "application/problem+json"
ROLES = ["anonymous", "reader", "Contributors", "Editors", "Reviewers", "Chief editors", "superuser"]


@pytest.fixture
def anonymous():
    return APIClient()


def client_of(user):
    client = APIClient()
    if user is not None:
        client.force_login(user)
    return client


def client_with(*scopes, owner):
    _, secret = tokens.issue_token(owner=owner, name="test", scopes=scopes, days=1)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


def make_person(role):
    if role == "anonymous":
        return None
    if role == "superuser":
        return make_user(is_superuser=True, username="root-user")
    return make_user("" if role == "reader" else role)


def term_url(term, rest=""):
    return f"{API}/terms/{term.public_id}/{rest}"


def revision_url(revision, rest=""):
    return f"{API}/terms/{revision.term.public_id}/revisions/{revision.number}/{rest}"


def etag_of(client, url):
    response = client.get(url)
    assert response.status_code in {200, 410}, response.content
    return response["ETag"]


def merge(absorbed, kept):
    """Merging has its own room later; here only its result is needed."""
    Term.objects.filter(pk=absorbed.pk).update(status=Term.Status.MERGED, merged_into=kept, document=None)
    absorbed.refresh_from_db()


def assert_problem(response, status, code):
    assert response.status_code == status, response.content
    assert response["Content-Type"] == PROBLEM
    body = json.loads(response.content)
    assert {"type", "title", "status", "detail", "instance", "errors", "code"} <= set(body)
    assert (body["status"], body["code"]) == (status, code)
    return body


# --- Reading terms -------------------------------------------------------------------------------


class TestTerm:
    def test_everybody_reads_a_published_term(self, anonymous):
        term = make_term("Dropout", aliases=["drop-out"], tags=["training"])

        body = anonymous.get(term_url(term)).json()

        assert body["name"] == "Dropout"
        assert body["status"] == "published"
        assert body["version"] == 1
        assert body["tags"] == ["training"]
        assert body["aliases"][0]["text"] == "drop-out"
        assert body["url"] == "http://testserver/terms/dropout/"
        assert body["api_url"] == f"http://testserver{term_url(term)}"
        assert "open_proposals" not in body

    def test_addresses_are_those_of_the_configured_site(self, anonymous, settings):
        settings.SITE_URL = "https://glossary.example"
        term = make_term("Dropout")

        body = anonymous.get(term_url(term)).json()

        assert body["url"] == "https://glossary.example/terms/dropout/"

    def test_hidden_labels_and_editorial_notes_stay_inside(self, anonymous):
        term = make_term(
            "Dropout",
            aliases=[{"text": f"{SECRET}-label", "kind": "hidden"}],
            notes=[{"kind": "editorial", "text": f"{SECRET}-note"}],
        )

        pages = [anonymous.get(term_url(term, rest)) for rest in ("", "revisions/", "versions/1/")]

        assert [page.status_code for page in pages] == [200, 200, 200]
        assert not any(SECRET in page.content.decode() for page in pages)

    def test_the_address_of_the_page_leads_to_the_id(self, anonymous):
        term = make_term("Dropout", aliases=["unit dropout"])

        responses = [anonymous.get(f"{API}/terms/{slug}/") for slug in ("dropout", "unit-dropout")]

        for response in responses:
            assert response.status_code == 301
            assert response["Location"] == f"http://testserver{term_url(term)}"
            assert response["Cache-Control"] == "no-cache"

    def test_a_name_of_many_is_answered_with_the_choices(self, anonymous):
        first = make_term("Kernel", qualifier="GPU computing")
        second = make_term("Kernel", qualifier="operating systems")

        response = anonymous.get(f"{API}/terms/kernel/")

        assert response.status_code == 300
        assert {choice["id"] for choice in response.json()["choices"]} == {first.public_id, second.public_id}

    def test_an_absorbed_term_leads_to_the_one_that_is_there_now(self, anonymous):
        first, second, third = make_term("Net"), make_term("Network"), make_term("Neural network")
        merge(first, second)
        merge(second, third)

        for address in (term_url(first), f"{API}/terms/net/"):
            response = anonymous.get(address)

            assert response.status_code == 301
            assert response["Location"] == f"http://testserver{term_url(third)}"
        assert anonymous.get(term_url(first)).json()["merged_into"] == third.public_id

    @pytest.mark.parametrize("address", ["{id}/", "dropout/", "{id}/revisions/", "{id}/versions/1/"])
    def test_a_removed_term_is_gone(self, anonymous, chief, address):
        term = make_term("Dropout")
        workflow.remove(term_id=term.pk, by=chief, reason="Outside.")

        response = anonymous.get(f"{API}/terms/{address.format(id=term.public_id)}")

        body = assert_problem(response, 410, "gone")
        assert "Dropout" not in json.dumps({**body, "instance": ""})

    def test_a_deprecated_term_names_its_successors(self, anonymous, reviewer):
        old, new = make_term("Old way"), make_term("New way")
        workflow.deprecate(term_id=old.pk, by=reviewer, reason="Old.", successors=[new.public_id])

        body = anonymous.get(term_url(old)).json()

        assert body["status"] == "deprecated"
        assert body["deprecation_reason"] == "Old."
        assert [term["id"] for term in body["replaced_by"]] == [new.public_id]

    def test_the_staff_see_what_is_proposed(self, editor):
        term = make_term("Dropout")
        proposal = propose_change(term, definition="Better.")

        body = client_of(editor).get(term_url(term)).json()

        assert [item["number"] for item in body["open_proposals"]] == [proposal.number]
        assert body["definition"] == "What Dropout is."

    def test_contributors_see_their_own_proposals_only(self, contributor):
        term = make_term("Dropout")
        propose_change(term, definition="Of somebody else.")
        own = propose_change(term, by=contributor, definition="Mine.")

        body = client_of(contributor).get(term_url(term)).json()

        assert [item["number"] for item in body["open_proposals"]] == [own.number]


class TestTermList:
    def names(self, client, query=""):
        response = client.get(f"{API}/terms/{query}")
        assert response.status_code == 200, response.content
        return [term["name"] for term in response.json()["results"]]

    def test_published_and_deprecated_terms_by_name(self, anonymous, reviewer):
        make_term("beta"), make_term("Alpha")
        workflow.deprecate(term_id=make_term("gamma").pk, by=reviewer, reason="Old.")
        make_draft("Delta")

        assert self.names(anonymous) == ["Alpha", "beta", "gamma"]

    def test_pages_are_in_an_envelope(self, anonymous):
        for letter in "abc":
            make_term(f"{letter} term")

        first = anonymous.get(f"{API}/terms/?page_size=2").json()
        second = anonymous.get(first["next"]).json()

        assert (first["count"], first["previous"], len(first["results"])) == (3, None, 2)
        assert (second["next"], len(second["results"])) == (None, 1)

    def test_a_page_has_two_hundred_terms_at_most(self, anonymous):
        make_term()

        body = anonymous.get(f"{API}/terms/?page_size=100000").json()

        assert body["count"] == 1

    def test_by_letter(self, anonymous):
        make_term("Alpha"), make_term("Beta"), make_term("3D packaging")

        assert self.names(anonymous, "?letter=A") == ["Alpha"]
        assert self.names(anonymous, "?letter=0-9") == ["3D packaging"]

    def test_by_tags_all_of_which_a_term_has(self, anonymous):
        make_term("Both", tags=["training", "models"])
        make_term("One", tags=["training"])

        assert self.names(anonymous, "?tag=training") == ["Both", "One"]
        assert self.names(anonymous, "?tag=training&tag=models") == ["Both"]
        assert self.names(anonymous, "?tag=training&tag=nothing") == []

    def test_by_status(self, anonymous, reviewer):
        workflow.deprecate(term_id=make_term("Old").pk, by=reviewer, reason="Old.")
        make_term("New")

        assert self.names(anonymous, "?status=deprecated") == ["Old"]
        assert self.names(anonymous, "?status=deprecated&status=published") == ["New", "Old"]

    def test_drafts_for_those_who_may_see_them(self, editor, chief):
        make_draft("Draft"), make_term("Public")
        workflow.remove(term_id=make_term("Removed").pk, by=chief, reason="Outside.")

        client = client_of(editor)

        assert self.names(client) == ["Public"]
        assert self.names(client, "?status=draft") == ["Draft"]
        assert self.names(client, "?status=removed") == ["Removed"]

    @pytest.mark.parametrize("status", ["draft", "merged", "removed"])
    def test_others_are_told_that_there_is_no_such_status(self, anonymous, contributor, status):
        make_draft("Draft")

        for client in (anonymous, client_of(contributor)):
            refused = client.get(f"{API}/terms/?status={status}").json()
            unknown = client.get(f"{API}/terms/?status=nonsense").json()

            assert refused["code"] == "invalid"
            assert refused["errors"][0]["detail"] == unknown["errors"][0]["detail"].replace(
                "nonsense", status
            )

    def test_since_a_moment(self, anonymous):
        old, new = make_term("Old"), make_term("New")
        Term.objects.filter(pk=old.pk).update(updated_at=timezone.now() - timedelta(days=9))

        since = (timezone.now() - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")

        assert self.names(anonymous, f"?updated_since={since}") == [new.name]

    def test_by_name_or_alias_whatever_the_case(self, anonymous):
        make_term("Dropout", aliases=["unit dropout", {"text": "droput", "kind": "hidden"}])
        make_term("Dropout layer")

        assert self.names(anonymous, "?name=DROPOUT") == ["Dropout"]
        assert self.names(anonymous, "?name=Unit%20Dropout") == ["Dropout"]
        assert self.names(anonymous, "?name=droput") == []

    def test_the_latest_change_first(self, anonymous):
        old, new = make_term("A, changed long ago"), make_term("B, changed now")
        Term.objects.filter(pk=old.pk).update(updated_at=timezone.now() - timedelta(days=9))

        assert self.names(anonymous, "?ordering=-updated_at") == [new.name, old.name]

    @pytest.mark.parametrize(
        "query",
        [
            "updated_since=yesterday",
            "updated_since=0001-01-01T00:00:00%2B14:00",
            "updated_since=9999-12-31T23:59:59-14:00x",
            "ordering=definition",
            "status=published&status=%00",
            "tag=%00",
            "letter=%00",
            "name=%00",
            "&".join(f"tag=t{number}" for number in range(30)),
        ],
    )
    def test_a_filter_that_cannot_be_is_refused(self, anonymous, query):
        assert_problem(anonymous.get(f"{API}/terms/?{query}"), 400, "invalid")

    @pytest.mark.parametrize("page", ["2", "0", "-1", "x", "9" * 30, "9" * 5000])
    @pytest.mark.parametrize("address", ["terms/", "tags/"])
    def test_a_page_that_is_not_there_is_not_found(self, anonymous, address, page):
        make_term(tags=["training"])

        assert_problem(anonymous.get(f"{API}/{address}?page={page}"), 404, "not_found")


# --- Finding -------------------------------------------------------------------------------------


class TestFinding:
    def test_a_hit_says_why_it_was_found(self, anonymous):
        term = make_term("Graphics processor", aliases=["GPU"], short_definition="A chip for pictures.")

        body = anonymous.get(f"{API}/search?q=gpu").json()

        assert (body["count"], body["next"], body["previous"]) == (1, None, None)
        assert body["results"][0]["id"] == term.public_id
        assert body["results"][0]["matched_on"] == {"field": "alias", "text": "GPU", "how": "exact"}
        assert body["results"][0]["excerpt"] == "A chip for pictures."

    def test_search_has_pages(self, anonymous):
        for number in range(5):
            make_term(f"Layer {number}")

        first = anonymous.get(f"{API}/search?q=layer&page_size=2").json()
        second = anonymous.get(first["next"]).json()
        last = anonymous.get(second["next"]).json()

        assert [len(page["results"]) for page in (first, second, last)] == [2, 2, 1]
        assert last["next"] is None
        assert anonymous.get(second["previous"]).json() == first
        assert_problem(anonymous.get(f"{API}/search?q=layer&page=9"), 404, "not_found")

    def test_search_by_tag_letter_and_with_deprecated_terms(self, anonymous, reviewer):
        make_term("Layer cake", tags=["food"]), make_term("Hidden layer")
        workflow.deprecate(term_id=make_term("Old layer").pk, by=reviewer, reason="Old.")

        def names(query):
            return [hit["name"] for hit in anonymous.get(f"{API}/search?q=layer{query}").json()["results"]]

        assert set(names("")) == {"Layer cake", "Hidden layer"}
        assert names("&tag=food") == ["Layer cake"]
        assert names("&letter=H") == ["Hidden layer"]
        assert set(names("&include_deprecated=true")) == {"Layer cake", "Hidden layer", "Old layer"}

    def test_search_by_several_tags_language_and_status(self, anonymous, reviewer):
        german = [{"text": "Schicht", "kind": "translation", "language": "de"}]
        make_term("Hidden layer", tags=["models", "training"], aliases=german)
        make_term("Layer cake", tags=["models"])
        workflow.deprecate(term_id=make_term("Old layer").pk, by=reviewer, reason="Old.")

        def names(query):
            return {hit["name"] for hit in anonymous.get(f"{API}/search?q=layer{query}").json()["results"]}

        assert names("&tag=models") == {"Hidden layer", "Layer cake"}
        assert names("&tag=models&tag=training") == {"Hidden layer"}
        assert names("&language=de") == {"Hidden layer"}
        assert names("&status=deprecated") == {"Old layer"}
        assert names("&status=published") == {"Hidden layer", "Layer cake"}

    def test_hits_are_counted_by_what_narrows_them(self, anonymous):
        make_term("Hidden layer", tags=["models", "training"])
        make_term("Layer cake", tags=["models"])

        counted = anonymous.get(f"{API}/search?q=layer&facets=true").json()["facets"]

        counts = {facet["key"]: {one["value"]: one["count"] for one in facet["values"]} for facet in counted}
        assert counts["tag"] == {"models": 2, "training": 1}
        assert counts["letter"] == {"h": 1, "l": 1}
        assert anonymous.get(f"{API}/search?q=layer").json()["facets"] is None

    def test_a_slip_of_spelling_is_corrected_and_said(self, anonymous):
        make_term("Dropout")

        body = anonymous.get(f"{API}/search?q=drpout").json()

        assert (body["matched"], body["did_you_mean"]) == ("corrected", "dropout")
        assert [hit["name"] for hit in body["results"]] == ["Dropout"]

    def test_what_has_some_of_the_words_is_told_from_what_has_all(self, anonymous):
        make_term("Dropout", definition="Leaves neurons out at random.")

        exact = anonymous.get(f"{API}/search?q=random+neurons").json()
        partly = anonymous.get(f"{API}/search?q=random+neurons+zebra").json()

        assert [body["matched"] for body in (exact, partly)] == ["all", "some"]
        assert [body["results"][0]["name"] for body in (exact, partly)] == ["Dropout", "Dropout"]
        assert exact["did_you_mean"] is None

    def test_what_is_not_found_is_wanted(self, anonymous, editor):
        make_term("Dropout", tags=["training"])

        for client in (anonymous, client_of(editor)):
            for query in ("q=transformer+zebra", "q=dropout", "q=elephant&tag=training", "q=drpout", "q="):
                assert client.get(f"{API}/search?{query}").status_code == 200
        wanted.flush()

        assert [name.text for name in WantedTerm.objects.all()] == ["transformer zebra"]

    def test_nothing_asked_finds_nothing(self, anonymous):
        make_term()

        assert anonymous.get(f"{API}/search").json()["results"] == []
        assert anonymous.get(f"{API}/suggest").json() == {"query": "", "suggestions": []}

    @pytest.mark.parametrize(
        ("query", "advice"),
        [
            ("q=%00", "Null characters are not allowed."),
            ("page=0", "greater than or equal to 1"),
            ("page=x", "A valid integer is required."),
            ("page_size=1000", "less than or equal to 100"),
            ("include_deprecated=maybe", "Use true or false."),
            ("facets=2", "Use true or false."),
            ("status=draft", "“draft” is no status to search for. Use published or deprecated."),
            (
                "&".join(f"tag=t{number}" for number in range(30)),
                "At most 20 tags narrow a search. Name fewer.",
            ),
        ],
    )
    def test_a_query_that_cannot_be_is_refused_with_advice(self, anonymous, query, advice):
        body = assert_problem(anonymous.get(f"{API}/search?q=a&{query}"), 400, "invalid")

        assert advice in body["errors"][0]["detail"]
        assert body["errors"][0]["field"] == query.replace("q=%00", "q").split("=")[0]

    @pytest.mark.parametrize("q", ["\"'(", "%", "a AND NOT", "*", "ab" * 5000, "\ufffd", "😀", "a:b*"])
    def test_a_strange_question_is_answered(self, anonymous, q):
        make_term()

        assert anonymous.get(f"{API}/search", {"q": q[:1000]}).status_code == 200
        assert anonymous.get(f"{API}/suggest", {"q": q[:1000]}).status_code == 200

    def test_suggestions_begin_with_what_was_typed(self, anonymous):
        make_term("Dropout", aliases=["unit dropout"], short_definition="Leaving units out.")

        body = anonymous.get(f"{API}/suggest?q=unit").json()

        assert body == {
            "query": "unit",
            "suggestions": [
                {
                    "text": "unit dropout",
                    "language": "",
                    "name": "Dropout",
                    "slug": "dropout",
                    "url": "http://testserver/terms/dropout/",
                    "short_definition": "Leaving units out.",
                }
            ],
        }

    def test_tags_with_their_counts(self, anonymous):
        make_term("One", tags=["Deep learning"]), make_term("Two", tags=["deep-learning"])

        listed = anonymous.get(f"{API}/tags/").json()["results"]

        assert [(tag["slug"], tag["term_count"]) for tag in listed] == [("deep-learning", 2)]
        assert anonymous.get(listed[0]["api_url"]).json() == listed[0]
        assert anonymous.get(listed[0]["terms"]).json()["count"] == 2

    def test_the_tag_of_a_draft_is_not_there(self, anonymous, editor):
        make_draft("Draft", tags=[SECRET])

        assert Tag.objects.filter(slug=SECRET).exists()
        for client in (anonymous, client_of(editor)):
            assert client.get(f"{API}/tags/").json()["count"] == 0
            assert_problem(client.get(f"{API}/tags/{SECRET}/"), 404, "not_found")

    def test_letters_with_their_counts(self, anonymous):
        make_term("Dropout", aliases=["unit dropout"])

        body = anonymous.get(f"{API}/letters/").json()

        counts = {letter["key"]: letter["count"] for letter in body["results"]}
        assert (counts["d"], counts["u"], counts["a"]) == (1, 1, 0)

    def test_the_root_leads_everywhere(self, anonymous):
        body = anonymous.get(f"{API}/").json()

        for_staff = {"proposals", "imports", "merges", "splits", "merge_proposals", "duplicates"}
        links = [link for name, link in body.items() if name not in {"name", *for_staff}]
        assert for_staff < body.keys()
        assert len(links) == 8
        assert all(anonymous.get(link).status_code == 200 for link in links)

    def test_the_reference_page_describes_each_operation(self, anonymous):
        page = anonymous.get(f"{API}/docs/", headers={"accept": "text/html"})

        assert page.status_code == 200
        assert page["Content-Type"].startswith("text/html")
        text = page.content.decode()
        for part in ("/api/v1/terms/{id}/", "propose_change", "If-Match", "curl", 'id="wrong_state"'):
            assert part in text


# --- Revisions -----------------------------------------------------------------------------------


class TestRevisions:
    def test_the_public_gets_published_versions_and_no_numbers(self, anonymous):
        term = make_term("Dropout")
        workflow.reject(
            revision_id=propose_change(term, definition=SECRET).pk, by=make_user("Reviewers"), reason="No."
        )
        approved = propose_change(term, definition="Second.")
        workflow.approve(revision_id=approved.pk, by=make_user("Reviewers"))

        listed = anonymous.get(term_url(term, "revisions/")).json()["results"]

        assert [item["version"] for item in listed] == [2, 1]
        assert not any({"number", "state", "author", "reviewer"} & set(item) for item in listed)
        contents = [anonymous.get(item["api_url"]).json()["content"]["definition"] for item in listed]
        assert contents == ["Second.", "What Dropout is."]

    def test_authors_are_shown_where_the_site_shows_them(self, anonymous, settings):
        settings.SHOW_AUTHORS = True
        term = make_term("Dropout", by=make_user("Editors", username="erin"))

        assert anonymous.get(term_url(term, "versions/1/")).json()["author"] == "erin"

    def test_the_staff_get_all_of_them(self, editor):
        term = make_term("Dropout")
        proposal = propose_change(term, definition="Better.")

        listed = client_of(editor).get(term_url(term, "revisions/")).json()["results"]
        body = client_of(editor).get(listed[0]["api_url"]).json()

        assert [item["number"] for item in listed] == [2, 1]
        assert body["state"] == "proposed"
        assert body["author"] == proposal.author.username
        assert body["content"]["definition"] == "Better."

    def test_the_proposal_of_another_is_as_if_it_were_not_there(self, anonymous, contributor):
        proposal = propose_change(make_term("Dropout"), definition=SECRET)

        for client in (anonymous, client_of(contributor)):
            there = [client.get(revision_url(proposal, rest)) for rest in ("", "difference/")]
            nowhere = client.get(f"{API}/terms/{proposal.term.public_id}/revisions/99/")

            for response in there:
                assert_problem(response, 404, "not_found")
            assert {**there[0].json(), "instance": ""} == {**nowhere.json(), "instance": ""}

    def test_authors_see_their_own_without_what_is_private_in_it(self, contributor):
        term = make_term("Dropout", notes=[{"kind": "editorial", "text": SECRET}])
        proposal = propose_change(term, by=contributor, definition="Mine.")
        client = client_of(contributor)

        pages = [client.get(revision_url(proposal, rest)) for rest in ("", "difference/")]

        assert pages[0].json()["content"]["definition"] == "Mine."
        assert [change["field"] for change in pages[1].json()["changes"]] == ["definition"]
        assert not any(SECRET in page.content.decode() for page in pages)

    def test_a_difference_is_word_by_word(self, editor):
        proposal = propose_change(
            make_term("Dropout", definition="Leaving units out."), definition="Leaving layers out."
        )

        body = client_of(editor).get(revision_url(proposal, "difference/")).json()

        assert (body["against"], body["revision"]) == (1, 2)
        assert {"op": "delete", "text": "units"} in body["changes"][0]["pieces"]

    @pytest.mark.parametrize("number", ["0", "999999999", "9" * 40, "-1", "x"])
    @pytest.mark.parametrize("kind", ["revisions", "versions"])
    def test_a_number_that_is_not_there_is_not_found(self, superuser, kind, number):
        term = make_term("Dropout")

        assert_problem(client_of(superuser).get(term_url(term, f"{kind}/{number}/")), 404, "not_found")

    def test_the_queue_is_the_staffs_and_ones_own_for_others(self, anonymous, editor, contributor):
        first = propose_change(make_term("Dropout"), definition="Better.")
        own = propose_change(make_term("Kernel"), by=contributor, definition="Mine.")
        make_draft("Draft")

        def numbers(client, query=""):
            listed = client.get(f"{API}/proposals/{query}").json()["results"]
            return [(item["term"]["id"], item["number"]) for item in listed]

        both = [(revision.term.public_id, revision.number) for revision in (first, own)]
        assert numbers(client_of(editor)) == both
        assert numbers(client_of(contributor)) == both[1:]
        assert numbers(client_of(editor), "?mine=true") == []
        assert len(numbers(client_of(editor), "?state=draft")) == 1
        assert_problem(anonymous.get(f"{API}/proposals/"), 401, "not_authenticated")


# --- Drafts never leak ---------------------------------------------------------------------------

PUBLIC_LISTS = [
    "terms/",
    "terms/?ordering=-updated_at",
    f"terms/?name={SECRET}",
    f"terms/?tag={SECRET}",
    "terms/?status=published",
    f"search?q={SECRET}",
    f"search?q={SECRET}&include_deprecated=1",
    f"suggest?q={SECRET}",
    "tags/",
    "letters/",
    "",
]


@pytest.mark.parametrize("role", ["anonymous", "reader", "Contributors"])
@pytest.mark.parametrize("state", ["draft", "proposed", "discarded", "change"])
class TestDraftsNeverLeak:
    def make_secret(self, state):
        content = {
            "name": SECRET.title(),
            "definition": SECRET,
            "short_definition": SECRET,
            "tags": [SECRET],
            "aliases": [SECRET + "-alias"],
        }
        if state == "draft":
            return make_draft(**content)
        if state == "discarded":
            draft = make_draft(**content)
            workflow.discard_draft(term_id=draft.term_id, by=draft.author)
            return draft
        if state == "proposed":
            return workflow.propose(content=content, by=make_user("Editors"))
        return propose_change(make_term("Public"), **content)

    def test_in_lists(self, role, state):
        neighbour = make_term("Neighbour")
        client = client_of(make_person(role))
        before = {address: client.get(f"{API}/{address}").json() for address in PUBLIC_LISTS}
        revision = self.make_secret(state)

        for address in PUBLIC_LISTS:
            body = client.get(f"{API}/{address}")

            assert SECRET not in body.content.decode().replace(f'"query":"{SECRET}"', "")
            if state != "change":
                assert body.json() == before[address]
        assert SECRET not in client.get(term_url(neighbour)).content.decode()
        assert SECRET not in client.get(f"{API}/proposals/").content.decode()
        assert revision.content["definition"] == SECRET

    def test_at_its_own_address(self, role, state):
        revision = self.make_secret(state)
        client = client_of(make_person(role))
        addresses = [
            "",
            "revisions/",
            "revisions/1/",
            "revisions/2/",
            "revisions/2/difference/",
            "versions/1/",
        ]

        for address in addresses:
            assert SECRET not in client.get(term_url(revision.term, address)).content.decode()
        assert SECRET not in client.get(f"{API}/terms/{SECRET}/").content.decode().replace(
            f"/terms/{SECRET}/", ""
        )

    def test_in_refusals(self, role, state):
        revision = self.make_secret(state)
        client = client_of(make_person(role))
        calls = [
            client.patch(
                term_url(revision.term), {"definition": "x", "based_on": revision.number}, HTTP_IF_MATCH="*"
            ),
            client.patch(term_url(revision.term), {"definition": "x"}, HTTP_IF_MATCH='"0.old"'),
            client.delete(term_url(revision.term), {"reason": "x"}, HTTP_IF_MATCH="*"),
            client.post(term_url(revision.term, "discard"), {}, HTTP_IF_MATCH="*"),
            client.post(term_url(revision.term, "restore"), {}, HTTP_IF_MATCH="*"),
            client.post(revision_url(revision, "approve"), {}, HTTP_IF_MATCH="*"),
            client.post(revision_url(revision, "withdraw"), {}, HTTP_IF_MATCH='"old"'),
            client.post(
                f"{API}/terms/",
                {"name": "Other", "definition": "x", "relations": [{"target": revision.term.public_id}]},
            ),
        ]

        for response in calls:
            assert response.status_code in {201, 400, 401, 403, 404, 409, 412}
            assert SECRET not in response.content.decode().lower()
        if state != "change":
            assert {response.status_code for response in calls[:7]} <= {401, 404}


# --- Who may do what -----------------------------------------------------------------------------

PROPOSERS = {"Contributors", "Editors", "Reviewers", "Chief editors", "superuser"}
EDITORS = PROPOSERS - {"Contributors"}
REVIEWERS = EDITORS - {"Editors"}
CHIEFS = REVIEWERS - {"Reviewers"}

MATRIX = {
    "propose_new": (PROPOSERS, 201),
    "create_draft": (EDITORS, 201),
    "propose_change": (PROPOSERS, 201),
    "correct_proposal": (EDITORS, 201),
    "correct_own_proposal": (PROPOSERS, 201),
    "approve": (REVIEWERS, 200),
    "approve_own": (set(), 200),
    "reject": (REVIEWERS, 200),
    "reject_own": (set(), 200),
    "withdraw": (set(), 200),
    "withdraw_own": (PROPOSERS, 200),
    "deprecate": (REVIEWERS, 200),
    "reinstate": (REVIEWERS, 200),
    "remove": (CHIEFS, 200),
    "restore": (CHIEFS, 200),
    "discard": (EDITORS, 200),
}


def act(action, person, client=None):
    """Prepare what an action needs, take it over HTTP as this person, and return the answer."""
    client = client or client_of(person)
    is_own = action in OWN
    any_state = {"HTTP_IF_MATCH": "*"}
    if action == "read":
        return client.get(f"{API}/terms/")
    if action == "propose_new":
        return client.post(f"{API}/terms/", {"name": "New", "definition": "New."})
    if action == "create_draft":
        return client.post(f"{API}/terms/", {"name": "New", "draft": True})
    if action == "discard":
        return client.post(term_url(make_draft("Draft").term, "discard"), {}, **any_state)
    term = make_term("Dropout")
    if action == "propose_change":
        return client.patch(term_url(term), {"definition": "Better."}, **any_state)
    if action in {"deprecate", "reinstate", "remove", "restore"}:
        return _act_on_term(action, client, term)
    proposal = propose_change(term, by=person if is_own else None, definition="Better.")
    if action.startswith("correct"):
        change = {"definition": "Corrected.", "based_on": proposal.number}
        return client.patch(term_url(term), change, **any_state)
    return client.post(
        revision_url(proposal, action.removesuffix("_own")), _REASONS.get(action, {}), **any_state
    )


_REASONS = {"reject": {"reason": "No source."}, "reject_own": {"reason": "No source."}}


def _act_on_term(action, client, term):
    if action == "reinstate":
        workflow.deprecate(term_id=term.pk, by=make_user("Reviewers"), reason="Old.")
    if action == "restore":
        workflow.remove(term_id=term.pk, by=make_user("Chief editors"), reason="Outside.")
    if action == "remove":
        return client.delete(term_url(term), {"reason": "Outside."}, HTTP_IF_MATCH="*")
    body = {"reason": "Old."} if action == "deprecate" else {}
    return client.post(term_url(term, action), body, HTTP_IF_MATCH="*")


OWN = {"correct_own_proposal", "approve_own", "reject_own", "withdraw_own"}
# Who may not propose has nothing of their own.
CASES = [(action, role) for action in MATRIX for role in ROLES if action not in OWN or role in PROPOSERS]


@pytest.mark.parametrize(("action", "role"), CASES)
def test_who_may_do_what(action, role):
    allowed, success = MATRIX[action]

    response = act(action, make_person(role))

    if role in allowed:
        assert response.status_code == success, response.content
        assert response["ETag"].startswith('"r')
        assert response["Location"] == response.json()["api_url"]
    elif role == "anonymous":
        assert_problem(response, 401, "not_authenticated")
        assert response["WWW-Authenticate"].startswith("Bearer")
    else:
        hidden = {"approve", "reject", "withdraw", "discard", "correct_proposal", "restore"}
        sees_drafts = role in EDITORS
        expected = {403} if sees_drafts or action not in hidden else {400, 403, 404, 410}
        assert response.status_code in expected, response.content
        assert response["Content-Type"] == PROBLEM


def test_nothing_is_changed_by_a_refusal(contributor):
    term = make_term("Dropout")
    before = (Revision.objects.count(), Event.objects.count())

    client_of(contributor).delete(term_url(term), {"reason": "Outside."}, HTTP_IF_MATCH="*")

    assert (Revision.objects.count(), Event.objects.count()) == before
    assert Term.objects.get(pk=term.pk).status == "published"


# --- Writing -------------------------------------------------------------------------------------


class TestWriting:
    def test_from_a_proposal_to_a_published_term(self, contributor, reviewer, anonymous):
        author, other = client_of(contributor), client_of(reviewer)
        sent = {"name": "Dropout", "definition": "Leaving out.", "tags": ["Training"], "comment": "New."}

        made = author.post(f"{API}/terms/", sent)
        address = made["Location"]
        assert anonymous.get(f"{API}/terms/").json()["count"] == 0
        approved = other.post(f"{address}approve", {}, HTTP_IF_MATCH=etag_of(other, address))

        assert made.status_code == 201
        assert (made.json()["state"], made.json()["number"]) == ("proposed", 1)
        assert approved.status_code == 200
        assert (approved.json()["state"], approved.json()["version"]) == ("approved", 1)
        listed = anonymous.get(f"{API}/terms/").json()["results"]
        assert [(term["name"], term["tags"]) for term in listed] == [("Dropout", ["training"])]

    def test_absent_fields_stay_and_null_empties(self, editor):
        term = make_term("Dropout", short_definition="Short.", tags=["training"], aliases=["x"])
        client = client_of(editor)

        made = client.patch(
            term_url(term),
            {"short_definition": None, "aliases": None, "definition": "Better."},
            HTTP_IF_MATCH=etag_of(client, term_url(term)),
        )

        content = made.json()["content"]
        assert made.status_code == 201
        assert (content["short_definition"], content["aliases"]) == ("", [])
        assert (content["name"], content["tags"], content["definition"]) == (
            "Dropout",
            ["training"],
            "Better.",
        )
        assert Term.objects.get(pk=term.pk).definition == "What Dropout is."

    @pytest.mark.parametrize(
        ("content_type", "status"),
        [
            ("application/merge-patch+json", 201),
            ("application/json", 201),
            ("application/json; charset=rot13", 201),
            ("application/json-patch+json", 415),
            ("text/plain", 415),
            ("multipart/form-data; boundary=x", 415),
            ("application/x-www-form-urlencoded", 415),
        ],
    )
    def test_types_of_bodies(self, editor, content_type, status):
        term = make_term("Dropout")

        response = client_of(editor).generic(
            "PATCH", term_url(term), '{"definition": "Better."}', content_type=content_type, HTTP_IF_MATCH="*"
        )

        assert response.status_code == status
        if status == 415:
            assert_problem(response, 415, "unsupported_media_type")
            assert "merge-patch" in response["Accept-Patch"]

    def test_a_draft_is_kept_then_proposed(self, editor, contributor):
        client = client_of(editor)
        made = client.post(f"{API}/terms/", {"name": "Dropout", "draft": True}).json()
        address = f"{API}/terms/{made['term']['id']}/"

        kept = client.patch(
            address, {"definition": "Text.", "draft": True}, HTTP_IF_MATCH=etag_of(client, address)
        )
        proposed = client.patch(address, {"definition": "Text."}, HTTP_IF_MATCH=etag_of(client, address))

        assert (made["state"], kept.json()["state"]) == ("draft", "draft")
        assert (proposed.json()["state"], proposed.json()["number"]) == ("proposed", 2)

    def test_an_author_corrects_an_own_new_term(self, contributor):
        client = client_of(contributor)
        made = client.post(f"{API}/terms/", {"name": "Dropout", "definition": "First."}).json()
        address = f"{API}/terms/{made['term']['id']}/"

        corrected = client.patch(address, {"definition": "Second."}, HTTP_IF_MATCH=etag_of(client, address))

        assert (corrected.status_code, corrected.json()["supersedes"]) == (201, 1)

    def test_a_whole_life(self, chief, anonymous):
        term, successor = make_term("Old way"), make_term("New way")
        client, address = client_of(chief), term_url(term)

        def step(rest, body, method="post"):
            response = getattr(client, method)(address + rest, body, HTTP_IF_MATCH=etag_of(client, address))
            assert response.status_code == 200, response.content
            return response.json()["term"]["status"]

        states = [
            step("deprecate", {"reason": "Old.", "successors": [successor.slug]}),
            step("reinstate", {}),
            step("", {"reason": "Outside."}, "delete"),
        ]
        assert anonymous.get(address).status_code == 410
        states.append(step("restore", {"comment": "By mistake."}))

        assert states == ["deprecated", "published", "removed", "published"]
        assert anonymous.get(address).json()["version"] == 4

    def test_a_discarded_draft_comes_back(self, chief):
        term = make_draft("Draft").term
        client, address = client_of(chief), term_url(term)

        discarded = client.post(f"{address}discard", {}, HTTP_IF_MATCH=etag_of(client, address))
        restored = client.post(f"{address}restore", {}, HTTP_IF_MATCH=etag_of(client, address))

        assert discarded.json()["term"]["status"] == "removed"
        assert restored.json()["term"]["status"] == "draft"

    def test_refusals_name_the_field(self, editor):
        response = client_of(editor).post(f"{API}/terms/", {"name": "", "tags": "x", "colour": "red"})

        body = assert_problem(response, 400, "invalid_content")
        assert {error["field"] for error in body["errors"]} == {"name", "tags", "colour"}
        assert all(error["detail"] for error in body["errors"])

    @pytest.mark.parametrize(
        ("address", "body", "field"),
        [
            ("deprecate", {"reason": "x", "successors": "all"}, "successors"),
            ("deprecate", {"reason": ["x"]}, "reason"),
            ("deprecate", {"reason": "x" * 501}, "reason"),
            ("deprecate", {"reason": "x", "why": "y"}, "why"),
            ("deprecate", {}, "deprecation_reason"),
        ],
    )
    def test_small_bodies_are_checked(self, reviewer, address, body, field):
        term = make_term("Dropout")

        response = client_of(reviewer).post(term_url(term, address), body, HTTP_IF_MATCH="*")

        assert response.status_code == 400
        assert field in {error["field"] for error in response.json()["errors"]}

    def test_a_rejection_needs_a_reason(self, reviewer):
        proposal = propose_change(make_term("Dropout"), definition="Better.")
        client = client_of(reviewer)

        refused = client.post(revision_url(proposal, "reject"), {}, HTTP_IF_MATCH="*")
        rejected = client.post(revision_url(proposal, "reject"), {"reason": "No source."}, HTTP_IF_MATCH="*")

        assert assert_problem(refused, 400, "invalid_content")["errors"][0]["field"] == "reason"
        assert (rejected.json()["state"], rejected.json()["reason"]) == ("rejected", "No source.")

    def test_nobody_approves_own_work(self, reviewer):
        proposal = propose_change(make_term("Dropout"), by=reviewer, definition="Better.")

        response = client_of(reviewer).post(revision_url(proposal, "approve"), {}, HTTP_IF_MATCH="*")

        assert_problem(response, 403, "own_work")

    def test_a_name_that_is_taken(self, reviewer):
        make_term("Dropout")
        second = make_draft("dropout", by=make_user("Editors"))
        workflow.propose(term_id=second.term_id, based_on=1, content={}, by=second.author)

        response = client_of(reviewer).post(revision_url(second, "approve"), {}, HTTP_IF_MATCH="*")

        assert assert_problem(response, 409, "name_taken")["errors"][0]["field"] == "name"

    def test_a_step_that_does_not_fit_the_state(self, reviewer):
        term = make_term("Dropout")

        response = client_of(reviewer).post(term_url(term, "reinstate"), {}, HTTP_IF_MATCH="*")

        assert_problem(response, 409, "wrong_state")

    def test_a_session_needs_its_csrf_token(self, editor):
        client = APIClient(enforce_csrf_checks=True)
        client.force_login(editor)

        response = client.post(f"{API}/terms/", {"name": "Dropout"})

        assert_problem(response, 403, "permission_denied")
        assert not Term.objects.exists()


# --- Conditional requests ------------------------------------------------------------------------

READS = [
    "", "terms/", "terms/{id}/", "terms/{id}/revisions/", "terms/{id}/versions/1/", "search?q=dropout",
    "suggest?q=dropout", "tags/", "tags/training/", "letters/", "openapi.json", "docs/",
]  # fmt: skip
STAFF_READS = ["proposals/", "terms/{id}/revisions/1/", "terms/{id}/revisions/1/difference/"]


class TestConditionalReads:
    @pytest.mark.parametrize("address", READS + STAFF_READS)
    def test_an_unchanged_answer_is_not_sent_again(self, editor, anonymous, address):
        term = make_term("Dropout", tags=["training"])
        client = client_of(editor) if address in STAFF_READS else anonymous
        url = f"{API}/{address.format(id=term.public_id)}"

        fresh = client.get(url)
        tag = fresh["ETag"]

        assert fresh.status_code == 200
        for header in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            known = client.get(url, HTTP_IF_NONE_MATCH=header)
            assert (known.status_code, known.content, known["ETag"]) == (304, b"", tag)
            assert known["Vary"] == fresh["Vary"]
        assert client.get(url, HTTP_IF_NONE_MATCH='"other"').status_code == 200
        assert client.head(url)["ETag"] == tag

    def test_the_tag_changes_with_the_term(self, anonymous):
        term = make_term("Dropout")
        old = etag_of(anonymous, term_url(term))
        workflow.approve(revision_id=propose_change(term, definition="Better.").pk, by=make_user("Reviewers"))

        response = anonymous.get(term_url(term), HTTP_IF_NONE_MATCH=old)

        assert response.status_code == 200
        assert response["ETag"].startswith('"2.')

    def test_a_proposal_changes_the_tag_of_those_who_see_it(self, anonymous, editor):
        term = make_term("Dropout")
        public, staff = etag_of(anonymous, term_url(term)), etag_of(client_of(editor), term_url(term))
        propose_change(term, definition="Better.")

        assert etag_of(anonymous, term_url(term)) == public
        assert etag_of(client_of(editor), term_url(term)) != staff

    def test_who_may_keep_an_answer(self, anonymous, editor):
        url = term_url(make_term("Dropout"))

        public, private = anonymous.get(url), client_of(editor).get(url)

        assert public["Cache-Control"] == "public, max-age=0, must-revalidate"
        assert private["Cache-Control"] == "private, max-age=0, must-revalidate"
        assert {"Authorization", "Cookie"} <= set(public["Vary"].split(", "))
        assert anonymous.get(f"{API}/terms/none/")["Cache-Control"] == "no-store"

    @pytest.mark.parametrize("address", READS)
    def test_reading_opens_no_session(self, anonymous, address):
        term = make_term("Dropout", tags=["training"])

        with CaptureQueriesContext(connection) as queries:
            response = anonymous.get(f"{API}/{address.format(id=term.public_id)}")

        assert not response.cookies
        assert not any("django_session" in query["sql"] for query in queries)


CONDITIONAL = {
    "patch": ("patch", "", {"definition": "Mine."}, "Editors"),
    "remove": ("delete", "", {"reason": "Outside."}, "Chief editors"),
    "deprecate": ("post", "deprecate", {"reason": "Old."}, "Reviewers"),
    "approve": ("post", "revisions/2/approve", {}, "Reviewers"),
    "reject": ("post", "revisions/2/reject", {"reason": "No."}, "Reviewers"),
}


class TestConditionalWrites:
    def prepare(self, name):
        method, rest, body, role = CONDITIONAL[name]
        term = make_term("Dropout")
        propose_change(term, definition="Theirs.")
        client = client_of(make_user(role))
        url = term_url(term, rest)
        read = term_url(term, "revisions/2/") if "revisions" in rest else term_url(term)
        return term, read, client, lambda **headers: getattr(client, method)(url, body, **headers)

    @pytest.mark.parametrize("name", CONDITIONAL)
    def test_without_a_precondition(self, name):
        *_, send = self.prepare(name)

        assert_problem(send(), 428, "precondition_required")

    @pytest.mark.parametrize("name", CONDITIONAL)
    @pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}'])
    def test_with_the_current_tag(self, name, form):
        _, read, client, send = self.prepare(name)

        assert send(HTTP_IF_MATCH=form.format(etag_of(client, read))).status_code in {200, 201}

    @pytest.mark.parametrize("name", CONDITIONAL)
    def test_with_a_tag_of_before(self, name):
        term, read, client, send = self.prepare(name)
        old = etag_of(client, read)
        workflow.approve(revision_id=term.revisions.get(number=2).pk, by=make_user("Reviewers"))

        response = send(HTTP_IF_MATCH=old)

        body = assert_problem(response, 412, "precondition_failed")
        assert body["etag"] == response["ETag"] != old
        assert etag_of(client, read).startswith(response["ETag"].rstrip('"'))
        assert body["current"]["definition"] == "Theirs."

    @pytest.mark.parametrize("header", ["nonsense", '"7"', "", " ", '""', '"99999999999999999999.x"', "W/"])
    def test_a_tag_that_never_was(self, header):
        *_, send = self.prepare("patch")

        assert send(HTTP_IF_MATCH=header).status_code == (428 if not header.strip() else 412)

    def test_a_conflict_holds_all_three_texts(self):
        term, read, client, send = self.prepare("patch")
        old = etag_of(client, read)
        workflow.approve(revision_id=term.revisions.get(number=2).pk, by=make_user("Reviewers"))

        body = send(HTTP_IF_MATCH=old).json()

        texts = [body[side]["definition"] for side in ("base", "current", "local")]
        assert texts == ["What Dropout is.", "Theirs.", "Mine."]
        assert [change["field"] for change in body["remote"]] == ["definition"]
        assert not Revision.objects.filter(content__definition="Mine.").exists()

    def test_the_answer_to_a_conflict_is_accepted(self):
        term, read, client, send = self.prepare("patch")
        old = etag_of(client, read)
        workflow.approve(revision_id=term.revisions.get(number=2).pk, by=make_user("Reviewers"))

        again = send(HTTP_IF_MATCH=send(HTTP_IF_MATCH=old)["ETag"])

        assert again.status_code == 201

    def test_a_proposal_that_comes_in_refuses_nobody(self):
        term, read, client, send = self.prepare("patch")
        before = etag_of(client, read)
        propose_change(term, definition="One more.")

        assert send(HTTP_IF_MATCH=before).status_code == 201

    def test_the_public_tag_is_as_good_as_the_staffs(self, anonymous):
        _, read, _, send = self.prepare("patch")

        assert send(HTTP_IF_MATCH=etag_of(anonymous, read)).status_code == 201

    def test_a_tag_that_the_compressing_middleware_weakened(self, editor):
        term = make_term("Dropout", definition="Long text. " * 100)
        client = client_of(editor)
        compressed = client.get(term_url(term), headers={"accept-encoding": "gzip"})

        response = client.patch(term_url(term), {"definition": "Better."}, HTTP_IF_MATCH=compressed["ETag"])

        assert compressed["ETag"].startswith("W/")
        assert response.status_code == 201

    @pytest.mark.parametrize(("header", "status"), [("*", 409), ("current", 412)])
    def test_a_stale_base_is_refused_under_the_lock(self, editor, header, status):
        term = make_term("Dropout")
        first = propose_change(term, by=editor, definition="First.")
        workflow.propose(term_id=term.pk, based_on=first.number, content={"definition": "Second."}, by=editor)
        client = client_of(editor)
        given = etag_of(client, term_url(term)) if header == "current" else header

        response = client.patch(
            term_url(term), {"definition": "Third.", "based_on": first.number}, HTTP_IF_MATCH=given
        )

        body = assert_problem(response, status, "precondition_failed" if status == 412 else "stale_edit")
        texts = [body[side]["definition"] for side in ("base", "current", "local")]
        assert texts == ["First.", "Second.", "Third."]

    def test_an_outdated_proposal_is_not_approved(self, reviewer):
        term = make_term("Dropout")
        first, second = (propose_change(term, definition=text) for text in ("First.", "Second."))
        client = client_of(reviewer)
        tag = etag_of(client, revision_url(second))
        workflow.approve(revision_id=first.pk, by=reviewer)

        response = client.post(revision_url(second, "approve"), {}, HTTP_IF_MATCH=tag)

        body = assert_problem(response, 412, "precondition_failed")
        texts = [body[side]["definition"] for side in ("base", "current", "local")]
        assert texts == ["What Dropout is.", "First.", "Second."]

    def test_a_conflict_shows_contributors_nothing_private(self, contributor):
        term = make_term("Dropout", notes=[{"kind": "editorial", "text": SECRET}])
        client = client_of(contributor)
        old = etag_of(client, term_url(term))
        workflow.approve(revision_id=propose_change(term, definition="Theirs.").pk, by=make_user("Reviewers"))

        stale = client.patch(term_url(term), {"definition": "Mine."}, HTTP_IF_MATCH=old)
        based = client.patch(term_url(term), {"definition": "Mine.", "based_on": 1}, HTTP_IF_MATCH="*")

        assert (stale.status_code, based.status_code) == (412, 409)
        assert SECRET not in stale.content.decode() + based.content.decode()

    def test_a_correction_by_somebody_else_is_not_shown_to_the_author(self, contributor, editor):
        own = propose_change(make_term("Dropout"), by=contributor, definition="Mine.")
        workflow.propose(term_id=own.term_id, based_on=own.number, content={"definition": SECRET}, by=editor)

        response = client_of(contributor).patch(
            term_url(own.term), {"definition": "Again.", "based_on": own.number}, HTTP_IF_MATCH="*"
        )

        assert assert_problem(response, 409, "stale_edit")["current"] is None
        assert SECRET not in response.content.decode()


# --- Tokens --------------------------------------------------------------------------------------


class TestTokens:
    def test_only_a_digest_is_kept(self, editor):
        token, secret = tokens.issue_token(owner=editor, name="CI", scopes=["read"], days=30)

        assert secret.startswith("tbk_")
        assert len(secret) == 47
        stored = ApiToken.objects.values().get(pk=token.pk)
        assert secret not in str(stored)
        assert stored["digest"] == ApiToken.digest_of(secret)

    def test_a_token_acts_for_its_owner(self, editor):
        make_draft("Draft")

        response = client_with("read", owner=editor).get(f"{API}/terms/?status=draft")

        assert response.json()["count"] == 1
        assert response["Cache-Control"].startswith("private")

    def test_it_needs_no_csrf_token(self, editor):
        client = APIClient(enforce_csrf_checks=True)
        _, secret = tokens.issue_token(owner=editor, name="CI", scopes=["propose"], days=30)

        response = client.post(f"{API}/terms/", {"name": "Dropout"}, HTTP_AUTHORIZATION=f"Bearer {secret}")

        assert response.status_code == 201

    @pytest.mark.parametrize("defect", ["expired", "revoked", "inactive"])
    def test_a_token_that_is_of_no_use_any_more(self, editor, defect):
        token, secret = tokens.issue_token(owner=editor, name="CI", scopes=["read"], days=30)
        if defect == "expired":
            ApiToken.objects.filter(pk=token.pk).update(expires_at=timezone.now())
        if defect == "revoked":
            tokens.revoke(token_id=token.pk, by=editor)
        if defect == "inactive":
            editor.is_active = False
            editor.save()

        response = APIClient().get(f"{API}/terms/", HTTP_AUTHORIZATION=f"Bearer {secret}")

        assert_problem(response, 401, "authentication_failed")
        assert response["WWW-Authenticate"] == 'Bearer realm="api"'

    @pytest.mark.parametrize(
        "header",
        ["Bearer", "Bearer ", "Bearer x", "Bearer tbk_" + "a" * 43, "bearer tbk_é", "Bearer tbk_\x00"],
    )
    def test_what_is_no_token(self, anonymous, header):
        assert_problem(
            anonymous.get(f"{API}/terms/", HTTP_AUTHORIZATION=header), 401, "authentication_failed"
        )

    def test_another_scheme_is_not_ours(self, anonymous):
        assert anonymous.get(f"{API}/terms/", HTTP_AUTHORIZATION="Basic eDp5").status_code == 200

    SCOPES = {
        "read": ["read"],
        "propose_new": ["propose"],
        "create_draft": ["propose", "edit"],
        "propose_change": ["propose"],
        "correct_proposal": ["propose", "edit"],
        "withdraw_own": ["propose"],
        "approve": ["review"],
        "reject": ["review"],
        "deprecate": ["review"],
        "reinstate": ["review"],
        "remove": ["admin"],
        "restore": ["admin"],
        "discard": ["edit"],
    }

    @pytest.mark.parametrize("action", SCOPES)
    def test_its_scopes_are_enough(self, superuser, action):
        client = client_with(*self.SCOPES[action], owner=superuser)

        assert act(action, superuser, client).status_code in {200, 201}

    @pytest.mark.parametrize(
        ("action", "scope"),
        [(action, scope) for action, scopes in SCOPES.items() for scope in scopes if scope != "read"],
    )
    def test_all_others_are_not(self, superuser, action, scope):
        others = [name for name in ApiToken.Scope.values if name != scope]

        response = act(action, superuser, client_with(*others, owner=superuser))

        assert scope in assert_problem(response, 403, "missing_scope")["detail"]

    def test_every_token_may_read(self, contributor):
        term = make_term("Dropout")

        assert client_with("propose", owner=contributor).get(term_url(term)).status_code == 200

    def test_scopes_give_no_right_that_the_owner_has_lost(self, chief):
        term = make_term("Dropout")
        client = client_with(*ApiToken.Scope.values, owner=chief)
        chief.groups.clear()

        response = client.delete(term_url(term), {"reason": "Outside."}, HTTP_IF_MATCH="*")

        assert_problem(response, 403, "not_allowed")

    def test_its_use_is_noted_once_a_minute(self, editor):
        client = client_with("read", owner=editor)

        with CaptureQueriesContext(connection) as first:
            client.get(f"{API}/letters/")
        with CaptureQueriesContext(connection) as second:
            client.get(f"{API}/letters/")

        writes = [[q for q in queries if q["sql"].startswith("UPDATE")] for queries in (first, second)]
        assert [len(found) for found in writes] == [1, 0]
        assert ApiToken.objects.get().last_used_at is not None

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"name": " "}, "name"), ({"name": "x" * 101}, "name"), ({"scopes": ["review"]}, "scopes"),
            ({"scopes": ["read", "root"]}, "scopes"), ({"days": 0}, "days"), ({"days": 99_999}, "days"),
        ],
    )  # fmt: skip
    def test_a_token_that_cannot_be(self, editor, given, field):
        with pytest.raises(tokens.InvalidContent) as refused:
            tokens.issue_token(**{"owner": editor, "name": "CI", "scopes": ["read"], "days": 9, **given})

        assert list(refused.value.problems) == [field]

    def test_others_may_not_revoke_it(self, editor, reviewer, superuser):
        token, secret = tokens.issue_token(owner=editor, name="CI", scopes=["read"], days=9)

        with pytest.raises(tokens.NotAllowed, match="no such token of yours"):
            tokens.revoke(token_id=token.pk, by=reviewer)
        assert tokens.authenticate(secret) == token
        tokens.revoke(token_id=token.pk, by=superuser)
        assert tokens.authenticate(secret) is None

    def test_the_command_prints_it_once(self, editor, capsys):
        call_command("create_token", editor.username, "CI", "--scopes", "read, propose", "--days", "7")

        secret = capsys.readouterr().out.strip()
        token = tokens.authenticate(secret)
        assert token.owner == editor
        assert token.scopes == ["read", "propose"]
        assert timedelta(days=6) < token.expires_at - timezone.now() <= timedelta(days=7)

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [(["nobody", "CI"], "no active account"), (["erin", "CI", "--scopes", "all"], "not a scope")],
    )
    def test_the_command_says_what_is_wrong(self, arguments, message):
        make_user(username="erin")

        with pytest.raises(CommandError, match=message):
            call_command("create_token", *arguments)


# --- Refusals ------------------------------------------------------------------------------------

HOSTILE = {
    "not JSON": b"{",
    "not UTF-8": b'{"name": "\xff"}',
    "a list": b"[]",
    "a text": b'"x"',
    "nothing at all": b"null",
    "deep": b"[" * 100_000,
    "deep and whole": b'{"name": ' + b"[" * 900 + b"]" * 900 + b"}",
    "not a number": b'{"name": NaN}',
    "too large a number": b'{"name": "x", "aliases": [1e999]}',
    "a long number": b'{"name": ' + b"9" * 10_000 + b"}",
    "a half sign": b'{"name": "\\ud800"}',
    "a half sign as a field": b'{"name": "x", "\\ud800": 1}',
    "a half sign in the comment": b'{"name": "x", "comment": "\\ud800"}',
    "a half sign in a choice": b'{"name": "x", "aliases": [{"text": "y", "kind": "\\udfff"}]}',
    "NUL": b'{"name": "a\\u0000b"}',
    "NUL in the comment": b'{"name": "x", "comment": "\\u0000"}',
    "NUL in a tag": b'{"name": "x", "tags": ["\\u0000"]}',
    "NUL in a relation": b'{"name": "x", "relations": [{"target": "\\u0000"}]}',
    "numbers": b'{"name": 1, "definition": 2, "tags": 3, "aliases": 4, "status": 5}',
    "objects": b'{"name": {}, "definition": {}, "tags": {}, "aliases": {}, "status": {}, "notes": {}}',
    "lists in lists": b'{"name": "x", "aliases": [[]], "tags": [[]], "relations": [[]], "notes": [[]]}',
    "a comment of the wrong kind": b'{"name": "x", "comment": {}}',
    "a long comment": b'{"name": "x", "comment": "' + b"x" * 501 + b'"}',
    "a draft of the wrong kind": b'{"name": "x", "draft": [1]}',
    "a base of the wrong kind": b'{"name": "x", "based_on": "x"}',
    "a long name": b'{"name": "' + b"x" * 100_000 + b'"}',
    "a name of nothing": b'{"name": "\\u200b"}',
    "many tags": b'{"name": "x", "tags": [' + b'"t",' * 5000 + b'"t"]}',
    "a bad date": b'{"name": "x", "review_by": "2026-13-45"}',
    "a bad source": b'{"name": "x", "sources": [{"url": "javascript:alert(1)"}]}',
}


class TestRefusals:
    @pytest.mark.parametrize("name", HOSTILE)
    def test_a_hostile_body_is_a_problem_and_nothing_else(self, editor, name):
        response = client_of(editor).generic(
            "POST", f"{API}/terms/", HOSTILE[name], content_type="application/json"
        )

        assert response.status_code == 400, response.content
        assert response["Content-Type"] == PROBLEM
        assert json.loads(response.content)["detail"]
        assert not Term.objects.exists()

    @pytest.mark.parametrize("name", HOSTILE)
    def test_nor_does_it_harm_in_a_conflict(self, editor, name):
        term = make_term("Dropout")

        response = client_of(editor).generic(
            "PATCH", term_url(term), HOSTILE[name], content_type="application/json", HTTP_IF_MATCH='"0.x"'
        )

        assert response.status_code in {400, 412}, response.content
        assert json.loads(response.content)["status"] == response.status_code

    def test_a_body_that_is_too_large(self, editor, settings):
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000

        response = client_of(editor).post(f"{API}/terms/", {"name": "x" * 2000})

        assert_problem(response, 413, "too_large")

    @pytest.mark.parametrize(
        "address",
        [
            "nonsense",
            "nonsense/",
            "terms/none/",
            "terms/none/revisions/",
            "terms/a%00b/",
            "terms/x/y/z/",
            "tags/no/",
        ],
    )
    def test_an_address_that_is_not_there(self, anonymous, address):
        assert_problem(anonymous.get(f"{API}/{address}"), 404, "not_found")

    @pytest.mark.parametrize(
        ("method", "address"),
        [
            ("post", "search"),
            ("put", "terms/"),
            ("delete", "tags/"),
            ("options", "terms/"),
            ("post", "docs/"),
        ],
    )
    def test_a_method_that_is_not_there(self, anonymous, method, address):
        response = getattr(anonymous, method)(f"{API}/{address}")

        assert_problem(response, 405, "method_not_allowed")
        assert "GET" in response["Allow"]

    def test_a_type_that_is_not_there(self, anonymous):
        make_term()

        response = anonymous.get(f"{API}/terms/", HTTP_ACCEPT="text/turtle")

        assert_problem(response, 406, "not_acceptable")

    @pytest.mark.parametrize(
        "address", ["terms", "terms/{id}", "search/", "suggest/", "letters", "openapi.json/"]
    )
    def test_the_slash_at_the_end_does_not_matter(self, anonymous, address):
        term = make_term()

        assert anonymous.get(f"{API}/{address.format(id=term.public_id)}").status_code == 200

    def test_a_write_without_the_slash_is_not_lost(self, editor):
        assert client_of(editor).post(f"{API}/terms", {"name": "Dropout"}).status_code == 201

    def test_what_is_hidden_is_refused_like_what_is_not_there(self, anonymous, contributor):
        draft = make_draft("Draft").term

        for client in (anonymous, client_of(contributor)):
            hidden = client.get(term_url(draft)).json()
            nothing = client.get(f"{API}/terms/aaaaaaaaaa/").json()

            assert {**hidden, "instance": ""} == {**nothing, "instance": ""}


# --- Growth --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    ["terms/", "terms/?tag=training", "terms/?status=draft", "search?q=layer", "suggest?q=layer", "tags/",
     "letters/", "proposals/", "proposals/?state=draft", "terms/{id}/", "terms/{id}/revisions/"],
)  # fmt: skip
def test_more_rows_need_no_more_queries(address):
    editor, reviewer = make_user("Editors"), make_user("Reviewers")
    term = make_term("Layer", by=editor, reviewer=reviewer)

    def grow(start):
        for number in range(start, start + 10):
            make_term(f"Layer {number}", by=editor, reviewer=reviewer, tags=["training", f"t{number}"])
            make_draft(
                f"Draft {number}", by=editor, tags=["training"], aliases=["x"], sources=[{"title": "s"}]
            )
            term.refresh_from_db()
            change = propose_change(term, by=editor, definition=f"Text {number}.")
            if number % 2:
                workflow.approve(revision_id=change.pk, by=reviewer)

    def count(person):
        client = client_of(person)
        with CaptureQueriesContext(connection) as queries:
            response = client.get(f"{API}/{address.format(id=term.public_id)}")
        assert response.status_code == 200 or person is None
        return len(queries)

    grow(0)
    before = [count(person) for person in (editor, None)]
    grow(10)

    assert [count(person) for person in (editor, None)] == before


# --- Asking, answering, discussing ---------------------------------------------------------------


class TestDiscussion:
    @pytest.fixture
    def proposal(self, editor):
        return propose_change(make_term("Dropout"), by=editor, definition="Better.")

    def test_a_proposal_goes_back_and_comes_again(self, proposal, editor, reviewer):
        reviewing, writing = client_of(reviewer), client_of(editor)

        asked = reviewing.post(
            revision_url(proposal, "request-changes"), {"reason": "Why?"}, HTTP_IF_MATCH="*"
        )
        answered = writing.post(
            revision_url(proposal, "resubmit"), {"answer": "It is."}, HTTP_IF_MATCH=asked["ETag"]
        )

        assert (asked.status_code, asked.json()["state"]) == (200, "changes_requested")
        assert (answered.status_code, answered.json()["state"]) == (200, "proposed")
        [thread] = writing.get(revision_url(proposal, "comments/")).json()["results"]
        assert (thread["asks_for_changes"], thread["text"]) == (True, "Why?")
        assert [answer["text"] for answer in thread["answers"]] == ["It is."]

    def test_an_overtaken_proposal_is_brought_up_to_date(self, proposal, editor, reviewer):
        other = propose_change(proposal.term, tags=["new"])
        workflow.approve(revision_id=other.pk, by=make_user("Reviewers"))

        response = client_of(reviewer).post(revision_url(proposal, "bring-up-to-date"), {}, HTTP_IF_MATCH="*")

        newer = response.json()
        assert response.status_code == 201
        assert (newer["supersedes"], newer["author"]) == (proposal.number, editor.username)
        assert (newer["content"]["definition"], newer["content"]["tags"]) == ("Better.", ["new"])
        assert response["Location"] == newer["api_url"]

    def test_where_both_changed_the_same_words_all_three_texts_come_back(self, proposal, reviewer):
        other = propose_change(proposal.term, definition="Other.")
        workflow.approve(revision_id=other.pk, by=make_user("Reviewers"))

        response = client_of(reviewer).post(revision_url(proposal, "bring-up-to-date"), {}, HTTP_IF_MATCH="*")

        assert_problem(response, 409, "stale_edit")
        sides = response.json()
        assert [sides[side]["definition"] for side in ("base", "current", "local")] == [
            "What Dropout is.",
            "Other.",
            "Better.",
        ]

    def test_a_proposal_is_assigned_and_found_by_who_takes_care_of_it(self, proposal, reviewer):
        client = client_of(reviewer)
        propose_change(make_term("Loss"), definition="Other.")

        assigned = client.post(
            revision_url(proposal, "assign"),
            {"assignee": reviewer.username, "due_on": "2090-05-01"},
            HTTP_IF_MATCH="*",
        ).json()
        found = client.get(f"{API}/proposals/?assigned_to_me=true").json()

        assert (assigned["assignee"], assigned["due_on"]) == (reviewer.username, "2090-05-01")
        assert [one["number"] for one in found["results"]] == [proposal.number]
        assert found["count"] == 1

    def test_who_takes_care_of_a_text_is_between_editors(self, contributor, editor, reviewer):
        revision = propose_change(make_term("Loss"), by=contributor, definition="Other.")
        workflow.assign(revision_id=revision.pk, by=editor, to=reviewer, due_on=date(2090, 5, 1))

        own = client_of(contributor).get(revision_url(revision)).json()
        staffs = client_of(editor).get(revision_url(revision)).json()

        assert own["state"] == "proposed"
        assert reviewer.username not in json.dumps(own)
        assert not {"assignee", "due_on"} & own.keys()
        assert (staffs["assignee"], staffs["due_on"]) == (reviewer.username, "2090-05-01")

    def test_a_thread_is_answered_resolved_and_opened_again(self, proposal, editor, reviewer):
        client, comments = client_of(reviewer), revision_url(proposal, "comments/")
        [thread] = client.post(comments, {"text": "Why?", "field": "definition"}).json()["results"]

        client_of(editor).post(comments, {"text": "So.", "thread": thread["id"]})
        [resolved] = client.post(f"{comments}{thread['id']}/resolve", {}).json()["results"]
        again = client.post(f"{comments}{thread['id']}/resolve", {})
        [reopened] = client.post(f"{comments}{thread['id']}/reopen", {}).json()["results"]

        assert (thread["field"], resolved["resolved_by"]) == ("definition", reviewer.username)
        assert [answer["author"] for answer in resolved["answers"]] == [editor.username]
        assert_problem(again, 409, "wrong_state")
        assert reopened["resolved_at"] is None

    def test_a_thread_of_another_text_is_not_found_here(self, proposal, reviewer):
        client = client_of(reviewer)
        elsewhere = propose_change(make_term("Loss"), definition="Other.")
        [thread] = client.post(revision_url(elsewhere, "comments/"), {"text": "Why?"}).json()["results"]

        response = client.post(f"{revision_url(proposal, 'comments/')}{thread['id']}/resolve", {})

        assert_problem(response, 404, "not_found")

    def test_contributors_discuss_their_own_text_only(self, proposal, contributor):
        own = workflow.propose(content={"name": "Own", "definition": "Own."}, by=contributor)
        client = client_of(contributor)

        mine = client.post(revision_url(own, "comments/"), {"text": "Is it right?"})
        others = client.post(revision_url(proposal, "comments/"), {"text": "Is it right?"})

        assert mine.status_code == 201
        assert_problem(others, 404, "not_found")
        assert client.get(revision_url(proposal, "comments/")).status_code == 404

    def test_authors_do_not_read_what_is_said_about_corrections_of_others(self, contributor, editor):
        own = workflow.propose(content={"name": "Own", "definition": "Own."}, by=contributor)
        newer = workflow.propose(
            term_id=own.term_id, based_on=own.number, content={"definition": "Corrected."}, by=editor
        )
        client_of(editor).post(revision_url(newer, "comments/"), {"text": "plugh"})

        response = client_of(contributor).get(revision_url(own, "comments/"))

        assert response.json() == {"results": []}


# --- What authors may not read of what became of their texts -------------------------------------


class TestTakenOver:
    @pytest.fixture
    def own(self, contributor):
        return workflow.propose(content={"name": "Own", "definition": "Own."}, by=contributor)

    @pytest.fixture
    def corrected(self, own, editor):
        return workflow.propose(
            term_id=own.term_id,
            based_on=own.number,
            content={"name": "Plugh", "definition": "xyzzy"},
            by=editor,
        )

    def test_a_draft_that_somebody_else_corrected_is_not_shown_to_its_author(
        self, own, corrected, contributor
    ):
        client = client_of(contributor)

        for address in (
            term_url(own.term),
            revision_url(own),
            term_url(own.term, "revisions/"),
            f"{API}/proposals/?state=proposed",
        ):
            response = client.get(address)
            assert not {"plugh", "xyzzy"} & set(re.findall(r"\w+", response.content.decode().lower()))
        assert_problem(client.get(term_url(own.term)), 404, "not_found")
        assert client.get(revision_url(own)).json()["term"]["name"] == "Own"

    def test_a_draft_that_nobody_corrected_is(self, own, contributor):
        assert client_of(contributor).get(term_url(own.term)).json()["definition"] == "Own."

    def test_writing_on_what_was_taken_over_is_refused_without_its_words(self, own, corrected, contributor):
        response = client_of(contributor).patch(
            term_url(own.term), {"definition": "Mine."}, HTTP_IF_MATCH="*"
        )

        assert_problem(response, 409, "stale_edit")
        assert "xyzzy" not in response.content.decode()
        assert response.json()["local"]["definition"] == "Mine."

    def test_a_made_up_state_tells_nothing_of_open_proposals(self, contributor):
        term = make_term("Dropout")
        propose_change(term, definition="xyzzy")

        response = client_of(contributor).patch(term_url(term), {"definition": "Mine."}, HTTP_IF_MATCH='"x"')

        assert_problem(response, 412, "precondition_failed")
        assert "xyzzy" not in response.content.decode()
