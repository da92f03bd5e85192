"""The public pages: what is at each address, and what never is."""

from __future__ import annotations

import re
from contextlib import contextmanager
from functools import partial
from html.parser import HTMLParser

import pytest
from browser import chromium, complaints_of
from builders import make_draft, make_term, propose_change
from django.contrib.sessions.models import Session
from django.core.exceptions import DisallowedHost
from django.test import Client, RequestFactory
from django.utils import timezone

from terms import views, workflow
from terms.models import Tag, Term
from terms.views import pages

pytestmark = pytest.mark.django_db

SECRET = "zyxsecret"
HOSTILE = "<script>alert(1)</script>\"'&"


@pytest.fixture
def publish(editor, reviewer):
    return partial(make_term, by=editor, reviewer=reviewer)


@pytest.fixture
def change(editor, reviewer):
    def change_and_approve(term: Term, **content) -> Term:
        term.refresh_from_db()
        revision = propose_change(term, by=editor, **content)
        return workflow.approve(revision_id=revision.pk, by=reviewer)

    return change_and_approve


class Page(HTMLParser):
    """What a page consists of, as far as the tests ask: its tags, and the text without them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self._texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data):
        self._texts.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self._texts).split())

    def all(self, tag: str, **attributes: str) -> list[dict[str, str]]:
        return [
            found
            for name, found in self.tags
            if name == tag and all(found.get(key) == value for key, value in attributes.items())
        ]

    def links(self) -> list[str]:
        return [link["href"] for link in self.all("a") if "href" in link]


def read(client, address: str, status: int = 200, **headers: str) -> Page:
    response = client.get(address, headers=headers)
    assert response.status_code == status, (address, response.status_code)
    return Page(response.content.decode())


def every_page_of(term: Term) -> list[str]:
    tags = [f"/tags/{slug}/" for slug in term.document["tags"]]
    return [
        "/",
        "/a-z/",
        f"/a-z/{term.letter}/",
        f"/terms/{term.slug}/",
        f"/terms/{term.slug}/history/",
        f"/terms/{term.slug}/v/1/",
        "/tags/",
        *tags,
        "/search",
        f"/search?q={term.slug}",
        "/changes/",
        "/about/",
    ]


# --- For everybody, without cookies and scripts -------------------------------------------------------


def test_every_page_answers_anonymous_readers_without_cookie_or_session(client, publish):
    term = publish("Dropout", tags=["Regularization"])

    for address in every_page_of(term):
        response = client.get(address)

        assert response.status_code == 200, address
        assert not response.cookies, address
        assert "Cookie" not in response.get("Vary", ""), address
    assert Session.objects.count() == 0


def test_a_reader_with_a_session_gets_the_same_page(client, publish, chief):
    publish("Dropout")
    anonymous = client.get("/terms/dropout/").content

    client.force_login(chief)

    assert client.get("/terms/dropout/").content == anonymous


def test_pages_hold_to_the_content_security_policy(client, publish):
    term = publish(
        "Dropout", tags=["Regularization"], definition="`x = 1`\n\n$x^2$\n\n| a | b |\n|--:|---|\n| 1 | 2 |"
    )

    for address in [*every_page_of(term), "/terms/nothing-of-this-name/"]:
        response = client.get(address)
        page = Page(response.content.decode())

        assert "script-src 'self'" in response["Content-Security-Policy"], address
        run = [script for script in page.all("script") if script.get("type") != "application/ld+json"]
        assert all("src" in script for script in run), address
        assert not page.all("style"), address
        attributes = {name for _, found in page.tags for name in found}
        assert not [name for name in attributes if name == "style" or name.startswith("on")], address


def test_each_page_has_one_heading_unique_ids_and_named_fields(client, publish):
    term = publish("Dropout", tags=["Regularization"], aliases=[{"text": "Drop-out", "kind": "synonym"}])

    for address in [*every_page_of(term), "/terms/nothing-of-this-name/"]:
        page = Page(client.get(address).content.decode())

        assert len(page.all("h1")) == 1, address
        ids = [found["id"] for _, found in page.tags if "id" in found]
        assert len(ids) == len(set(ids)), address
        labelled = {label["for"] for label in page.all("label")}
        fields = [field for field in page.all("input") if field.get("type") != "hidden"]
        assert {field["id"] for field in fields} <= labelled, address
        named = [found["aria-labelledby"] for _, found in page.tags if "aria-labelledby" in found]
        assert set(named) <= set(ids), address


def test_an_empty_glossary_says_so(client, db):
    assert "Nothing is published yet" in read(client, "/").text
    assert "Nothing is published yet" in read(client, "/a-z/").text
    assert "Nothing is published yet" in read(client, "/changes/").text


@pytest.mark.parametrize("address", ["/", "/a-z/", "/search?q=x", "/changes/", "/t/abc/", "/accent.css"])
def test_public_pages_only_read(client, db, address):
    assert client.post(address).status_code == 405


def test_pages_are_asked_again_and_unchanged_until_something_is_published(client, publish):
    term = publish("Dropout")
    for address in every_page_of(term):
        first = client.get(address)
        assert first["Cache-Control"] == "public, max-age=0, must-revalidate"
        assert client.get(address, headers={"If-None-Match": first["ETag"]}).status_code == 304

    tag = client.get("/terms/dropout/")["ETag"]
    publish("Adam")

    assert client.get("/terms/dropout/", headers={"If-None-Match": tag}).status_code == 200


def test_a_setting_that_shows_makes_another_etag(client, publish, settings):
    publish("Dropout")
    tag = client.get("/")["ETag"]

    settings.SITE_NAME = "Another name"

    assert client.get("/", headers={"If-None-Match": tag}).status_code == 200


def test_names_and_parent_of_the_site_are_settings(client, db, settings):
    settings.SITE_NAME, settings.SITE_TAGLINE = "Chip words", "From sand to silicon."
    settings.PARENT_NAME, settings.PARENT_URL = "Foundry", "https://foundry.example/"
    settings.SITE_URL, settings.LANGUAGE_CODE = "https://words.example", "ar"

    page = read(client, "/")

    assert "Chip words" in page.text
    assert "From sand to silicon." in page.text
    assert "Back to Foundry" in page.text
    assert "https://foundry.example/" in page.links()
    assert page.all("link", rel="canonical")[0]["href"] == "https://words.example/"
    assert page.all("html")[0] == {"lang": "ar", "dir": "rtl"}


# --- What is never shown ------------------------------------------------------------------------------


def test_drafts_and_proposals_leak_nowhere(client, publish, editor):
    live = publish("Dropout", tags=["Regularization"])
    secret = {
        "short_definition": SECRET,
        "definition": SECRET,
        "aliases": [{"text": f"{SECRET} alias", "kind": "synonym"}],
        "tags": ["Regularization", f"{SECRET} tag"],
    }
    draft = make_draft(f"Dropout {SECRET}", by=editor, **secret)
    propose_change(live, by=editor, name=f"{SECRET} renamed", **secret)

    hidden = [
        f"/terms/dropout-{SECRET}/",
        f"/terms/{SECRET}-alias/",
        f"/terms/{SECRET}-renamed/",
        f"/tags/{SECRET}-tag/",
        f"/t/{draft.term.public_id}/",
        "/terms/dropout/v/2/",
    ]
    for address in hidden:
        page = read(client, address, status=404)
        # An address that leads nowhere offers to propose what it was asked for: the reader's own words.
        links = [link for link in page.links() if not link.startswith("/suggest/?name=")]
        assert not [link for link in links if SECRET in link], address
    for address in [*every_page_of(live), "/search?q=dropout", "/search?q=zyx", "/terms/zyx/"]:
        assert SECRET not in client.get(address).content.decode(), address
    assert "1 term" in read(client, "/tags/regularization/").text
    assert "Showing 1–1 of 1" in read(client, "/a-z/d/").text


def test_hidden_aliases_are_searched_but_never_shown(client, publish, change):
    term = publish("Dropout", aliases=[{"text": f"{SECRET} name", "kind": "hidden"}])
    term = change(term, aliases=[])

    term = change(
        term, aliases=[{"text": f"{SECRET} name", "kind": "hidden"}], short_definition="Now with one."
    )

    assert client.get(f"/terms/{SECRET}-name/").status_code == 404
    found = read(client, f"/search?q={SECRET}+name")
    assert "/terms/dropout/" in found.links()
    assert f"“{SECRET} name”" not in found.text.replace(f"for “{SECRET} name”", "")
    for address in [*every_page_of(term), "/terms/dropout/v/2/", "/terms/dropout/v/3/", f"/a-z/{SECRET[0]}/"]:
        assert SECRET not in client.get(address).content.decode(), address
    assert "other names" not in read(client, "/terms/dropout/history/").text


def test_editorial_notes_stay_with_the_editors(client, publish, change):
    notes = [{"kind": "editorial", "text": SECRET}, {"kind": "usage", "text": "Said of *layers*."}]
    term = publish("Dropout", notes=[])
    change(term, notes=notes)

    page = read(client, "/terms/dropout/")

    assert "Said of layers." in page.text
    for address in ["/terms/dropout/", "/terms/dropout/v/2/", "/terms/dropout/history/"]:
        assert SECRET not in client.get(address).content.decode(), address


def test_hostile_texts_are_shown_as_text_everywhere(client, publish, editor, reviewer):
    revision = workflow.propose(
        content={
            "name": f"Bad {HOSTILE}",
            "qualifier": HOSTILE,
            "short_definition": HOSTILE,
            "definition": HOSTILE,
            "aliases": [{"text": f"Alias {HOSTILE}", "kind": "synonym", "note": HOSTILE, "language": "de"}],
            "sources": [{"title": HOSTILE, "url": "https://example.org/?a=\"'<x>", "locator": HOSTILE}],
            "notes": [{"kind": "example", "text": HOSTILE}],
            "external_ids": [{"scheme": HOSTILE, "value": HOSTILE, "mapping": "exact"}],
        },
        by=editor,
        comment=HOSTILE,
    )
    term = workflow.approve(revision_id=revision.pk, by=reviewer)

    searches = [
        "/search?q=bad",
        f"/search?q={HOSTILE}",
        f"/search?q=bad&tag={HOSTILE}",
        f"/search?q=bad&letter={HOSTILE}",
    ]
    addresses = [
        *every_page_of(term),
        *searches,
        f"/terms/{HOSTILE}/",
        f"/tags/x/?tag={HOSTILE}",
        f"/changes/?tag={HOSTILE}",
    ]
    for address in addresses:
        body = client.get(address).content.decode()
        assert "<script>alert" not in body, address
        assert "alert(1)</script>" not in body, address


@pytest.mark.parametrize(
    "query",
    [
        "q=%00&page=%00",
        "q=%ff%fe&page=1e3",
        "q=\"OR 1=1--&tag='&letter=%00",
        "q=NEAR(a b)*&page=-1",
        "q=a&page=99999999999999999999",
        "q=" + "x" * 5000,
        "tag=%00&kind=%00&order=%00",
        "tag=a&tag=b&tag=c&tag=d&tag=e&tag=f&tag=g",
        "q=%F0%9F%A6%84&page=%D9%A1",
        "page=&q=&tag=&kind=",
    ],
)
def test_hostile_queries_are_answered_not_crashed_on(client, publish, query):
    term = publish("Dropout", tags=["Regularization"])

    for address in every_page_of(term):
        path = address.partition("?")[0]
        assert client.get(f"{path}?{query}").status_code in {200, 400, 404}, path


@pytest.mark.parametrize(
    "address", ["/terms/a%00b/", "/t/%00/", "/tags/%00/", "/a-z/%00/", "/terms/%ff/", "/terms/a/v/0/"]
)
def test_addresses_that_cannot_be_are_not_found(client, db, address):
    assert client.get(address).status_code == 404


# --- Where an address leads ---------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["drop-out", "DropOut", "Drop out", "dilution"])
def test_other_names_lead_to_the_term_but_not_for_good(client, publish, typed):
    publish(
        "Dropout", aliases=[{"text": "Drop-out", "kind": "synonym"}, {"text": "Dilution", "kind": "synonym"}]
    )

    response = client.get(f"/terms/{typed}/")

    assert response.status_code == 301
    assert response["Location"] == "/terms/dropout/"
    assert response["Cache-Control"] == "no-cache"


def test_a_name_with_signs_leads_to_its_own_term(client, publish):
    for name in ("C", "C++", "C#"):
        publish(name)

    assert client.get("/terms/C++/")["Location"] == "/terms/c-plus-plus/"
    assert client.get("/terms/c/").status_code == 200


def test_former_names_lead_on_with_their_history(client, publish, change):
    change(publish("Drop-out layer"), name="Dropout")

    assert client.get("/terms/drop-out-layer/")["Location"] == "/terms/dropout/"
    assert client.get("/terms/drop-out-layer/history/")["Location"] == "/terms/dropout/history/"
    assert client.get("/terms/drop-out-layer/v/1/")["Location"] == "/terms/dropout/v/1/"


def test_absorbed_terms_lead_to_the_one_that_was_kept(client, publish):
    kept, absorbed = publish("Dropout"), publish("Random silencing")
    Term.objects.filter(pk=absorbed.pk).update(status="merged", merged_into=kept)

    of_absorbed = f"/terms/dropout/v/1/?of={absorbed.public_id}"
    leads = {"/terms/random-silencing/": "/terms/dropout/", "/terms/random-silencing/v/1/": of_absorbed}
    for address, there in leads.items():
        response = client.get(address)
        assert (response.status_code, response["Location"]) == (301, there)
        assert response["Cache-Control"] == "no-cache"
    assert client.get(f"/t/{absorbed.public_id}/")["Location"] == "/terms/dropout/"


def test_removed_terms_are_gone_and_discarded_drafts_never_were(client, publish, editor, chief):
    term, draft = publish("Dropout"), make_draft("Adam", by=editor)
    workflow.remove(term_id=term.pk, by=chief, reason="Copied from elsewhere.")
    workflow.discard_draft(term_id=draft.term_id, by=editor, reason="Not needed.")

    page = read(client, "/terms/dropout/", status=410)

    assert "This term was removed" in page.text
    assert "Copied" not in page.text
    assert client.get(f"/t/{term.public_id}/").status_code == 410
    assert client.get("/terms/dropout/history/").status_code == 410
    assert client.get("/terms/adam/").status_code == 404
    assert client.get(f"/t/{draft.term.public_id}/").status_code == 404
    assert "/terms/dropout/" not in read(client, "/changes/").links()


def test_an_ambiguous_name_asks_which_term_is_meant(client, publish):
    publish("Kernel", qualifier="mathematics", short_definition="What a map sends to zero.")
    publish("Kernel", qualifier="operating system", short_definition="What always stays in memory.")

    page = read(client, "/terms/kernel/")

    assert "This name stands for 2 terms" in page.text
    assert {"/terms/kernel-mathematics/", "/terms/kernel-operating-system/"} <= set(page.links())
    assert "What a map sends to zero." in page.text
    assert page.all("meta", name="robots")[0]["content"].startswith("noindex")
    assert client.get("/terms/kernel/history/").status_code == 404


def test_the_permanent_link_leads_to_the_form_that_is_asked_for(client, publish):
    term = publish("Dropout")

    page = client.get(f"/t/{term.public_id}/", headers={"Accept": "text/html,*/*;q=0.1"})
    data = client.get(f"/t/{term.public_id}/", headers={"Accept": "application/json"})

    assert (page.status_code, page["Location"]) == (303, "/terms/dropout/")
    assert (data.status_code, data["Location"]) == (303, "/terms/dropout.json")
    assert "Accept" in page["Vary"]
    assert client.get("/t/nothing/").status_code == 404


def test_not_found_offers_a_search_and_names_that_are_near(client, publish, editor):
    publish("Self-attention")
    make_draft(f"Self {SECRET}", by=editor)

    page = read(client, "/terms/self/", status=404)

    assert page.all("input", name="q")[0]["value"] == "self"
    assert "/terms/self-attention/" in page.links()
    assert SECRET not in page.text
    assert page.all("meta", name="robots")[0]["content"] == "noindex"


def test_not_found_goes_by_the_beginning_when_the_rest_is_mistyped(client, publish):
    publish("Self-attention")

    assert "/terms/self-attention/" in read(client, "/terms/self-attentoin/", status=404).links()
    assert "/terms/self-attention/" in read(client, "/terms/selfatention/", status=404).links()
    assert "/terms/self-attention/" in read(client, "/search?q=self-atention").links()


def test_a_request_for_an_unknown_host_gets_our_own_page(client, db):
    response = client.get("/", headers={"Host": "elsewhere.example"})

    assert response.status_code == 400
    assert b"could not be understood" in response.content


def test_error_pages_need_neither_request_nor_database(django_assert_num_queries):
    request = RequestFactory().get("/")

    with django_assert_num_queries(0):
        responses = [views.server_error(request), views.bad_request(request, DisallowedHost())]

    assert [response.status_code for response in responses] == [500, 400]
    assert all(b"<h1>" in response.content for response in responses)


# --- The index ----------------------------------------------------------------------------------------


def test_the_index_has_a_page_per_letter_with_digits_and_other_scripts(client, publish):
    for name in ("Adam", "3D packaging", "μ-law", "Байес", "Ångström"):
        publish(name, short_definition=f"About {name}.")

    assert "About Adam. Ångström About Ångström." in read(client, "/a-z/a/").text
    assert "About 3D packaging." in read(client, "/a-z/0-9/").text
    assert "About μ-law." in read(client, "/a-z/greek/").text
    assert "About Байес." in read(client, "/a-z/cyrillic/").text
    assert "About Adam." in read(client, "/a-z/").text


def test_letters_show_counts_and_say_which_are_empty(client, publish):
    publish("Adam", aliases=[{"text": "Adam optimizer", "kind": "synonym"}])

    page = read(client, "/a-z/a/")

    assert "A 2 entries B –no entries" in page.text
    assert "/a-z/b/" not in page.links()
    assert page.all("a", href="/a-z/a/", **{"aria-current": "page"})
    assert "No entry stands under B." in read(client, "/a-z/b/").text


def test_aliases_stand_in_the_index_and_point_to_their_term(client, publish):
    publish("Central processing unit", aliases=[{"text": "CPU", "kind": "acronym"}])

    page = read(client, "/a-z/c/")

    assert "CPU see Central processing unit" in page.text


def test_a_letter_in_capitals_leads_to_its_page_and_an_unknown_one_nowhere(client, publish):
    publish("Adam")

    assert client.get("/a-z/A/")["Location"] == "/a-z/a/"
    assert "no such letter" in read(client, "/a-z/klingon/", status=404).text


def test_long_lists_come_in_pages_that_keep_the_query(client, publish, monkeypatch):
    monkeypatch.setattr(pages, "ENTRIES_PER_PAGE", 2)
    for number in range(1, 8):
        publish(f"Alpha {number}", tags=["Numbers"])

    first, last = read(client, "/a-z/a/"), read(client, "/a-z/a/?page=4")
    by_date = read(client, "/tags/numbers/?order=newest&page=2")

    assert "Showing 1–2 of 7" in first.text
    assert first.all("a", rel="next")[0]["href"] == "?page=2"
    assert not first.all("a", rel="prev")
    assert "Showing 7–7 of 7" in last.text
    assert not last.all("a", rel="next")
    assert by_date.all("a", rel="next")[0]["href"] == "?order=newest&page=3"
    assert "7 terms, showing 3–4" in by_date.text


@pytest.mark.parametrize("page", ["0", "-1", "2", "abc", "1.5", "١", "99999999999999999999"])
def test_a_page_that_is_not_there_says_so(client, publish, page):
    publish("Adam")

    assert "page" in read(client, f"/a-z/?page={page}", status=404).text


@pytest.mark.parametrize(
    ("number", "last", "steps"),
    [
        (1, 1, [1]),
        (1, 3, [1, 2, 3]),
        (1, 80, [1, 2, 3, None, 80]),
        (36, 80, [1, None, 34, 35, 36, 37, 38, None, 80]),
        (5, 9, [1, 2, 3, 4, 5, 6, 7, 8, 9]),
        (80, 80, [1, None, 78, 79, 80]),
    ],
)
def test_pager_offers_first_last_and_near_pages(number, last, steps):
    assert pages.Pager(number, last, last * 50, 1, 50, "").steps == steps


# --- The term page ------------------------------------------------------------------------------------


def test_the_term_page_tells_machines_what_it_is(client, publish, settings):
    settings.SITE_URL = "https://words.example"
    term = publish("Kernel", qualifier="mathematics", short_definition="What a map sends to zero.")

    page = read(client, "/terms/kernel-mathematics/")

    assert page.all("meta", name="description")[0]["content"] == "What a map sends to zero."
    assert page.all("link", rel="canonical")[0]["href"] == "https://words.example/terms/kernel-mathematics/"
    assert page.all("link", type="application/json")[0]["href"].endswith("/terms/kernel-mathematics.json")
    assert f"https://words.example/t/{term.public_id}/" in page.links()
    assert "Kernel (mathematics)" in page.text


def test_other_names_are_grouped_and_foreign_ones_carry_their_language(client, publish):
    publish(
        "Central processing unit",
        aliases=[
            {"text": "CPU", "kind": "acronym"},
            {"text": "Processor", "kind": "synonym"},
            {"text": "Electronic brain", "kind": "synonym", "status": "forbidden", "note": "misleads"},
            {"text": "معالج", "kind": "translation", "language": "ar"},
            {"text": "Prozessor", "kind": "translation", "language": "de"},
        ],
    )

    page = read(client, "/terms/central-processing-unit/")

    assert "Acronym CPU Also called Processor In other languages" in page.text
    assert "Do not use Electronic brain misleads" in page.text
    assert page.all("bdi", lang="ar", dir="rtl")
    assert page.all("bdi", lang="de", dir="ltr")


def test_relations_are_read_from_both_sides_and_only_between_public_terms(client, publish, editor):
    broader = publish("Optimizer")
    adam = publish("Adam", relations=[{"kind": "broader", "target": broader.public_id}])
    draft = make_draft(f"Hidden {SECRET}", by=editor).term
    publish(
        "SGD",
        relations=[
            {"kind": "related", "target": adam.public_id},
            {"kind": "see_also", "target": draft.public_id},
        ],
    )

    assert "Broader Optimizer" in read(client, "/terms/adam/").text
    assert "Narrower Adam" in read(client, "/terms/optimizer/").text
    sgd = read(client, "/terms/sgd/")
    assert "Related Adam" in sgd.text
    assert SECRET not in sgd.text


def test_names_of_other_terms_are_linked_in_the_definition(client, publish):
    publish("Gradient", short_definition="A vector of slopes.")
    publish("Adam", definition="Adam rescales each gradient.")

    assert "/terms/gradient/" in read(client, "/terms/adam/").links()


def test_neighbours_in_the_alphabet_and_namesakes_are_one_step_away(client, publish):
    for qualifier in ("mathematics", "operating system"):
        publish("Kernel", qualifier=qualifier)
    publish("Adam")
    publish("Zero")

    page = read(client, "/terms/kernel-mathematics/")

    assert page.all("a", rel="prev")[0]["href"] == "/terms/adam/"
    assert page.all("a", rel="next")[0]["href"] == "/terms/kernel-operating-system/"
    assert "Not to be confused with Kernel (operating system)." in page.text
    assert not read(client, "/terms/adam/").all("a", rel="prev")
    assert not read(client, "/terms/zero/").all("a", rel="next")


def test_a_formula_that_cannot_be_set_is_shown_as_it_is(client, publish):
    publish("Adam", definition="Broken: $\\frac{1}{$ and whole: $x^2$.")

    page = read(client, "/terms/adam/")

    assert "\\frac{1}{" in page.text
    assert page.all("math")


def test_a_deprecated_term_says_why_since_when_and_what_to_use(client, publish, reviewer):
    publish("Leader–follower replication")
    old = publish("Primary copy replication")
    workflow.deprecate(
        term_id=old.pk,
        by=reviewer,
        reason="Nobody says so any more.",
        successors=["leader-follower-replication"],
    )

    page = read(client, "/terms/primary-copy-replication/")

    today = timezone.localdate()
    assert f"Deprecated on {today.day} {today:%B %Y}. Nobody says so any more." in page.text
    assert "Use instead: Leader–follower replication." in page.text
    assert "Primary copy replication Deprecated" in read(client, "/a-z/p/").text
    assert "Replaces Primary copy replication" in read(client, "/terms/leader-follower-replication/").text


# --- History ------------------------------------------------------------------------------------------


def test_readers_see_published_versions_and_what_changed(client, publish, change, editor):
    term = change(publish("Dropout", short_definition="First."), short_definition="Second.")
    propose_change(term, by=editor, short_definition="Third, not approved.")

    page = read(client, "/terms/dropout/history/")

    assert "2 published versions" in page.text
    assert "changed short definition A change." in page.text
    assert "Version 2 Current" in page.text
    assert "/terms/dropout/v/1/" in page.links()
    assert "/terms/dropout/v/3/" not in page.links()


def test_an_old_version_says_so_and_is_not_indexed(client, publish, change):
    change(publish("Dropout", definition="The **first** text."), definition="The second text.")

    response = client.get("/terms/dropout/v/1/")
    page = Page(response.content.decode())

    assert "Old version." in page.text
    assert "The first text." in page.text
    assert "version 2 is current" in page.text
    assert "/terms/dropout/" in page.links()
    assert response["X-Robots-Tag"] == "noindex"
    assert page.all("meta", name="robots")[0]["content"].startswith("noindex")
    assert page.all("link", rel="canonical")[0]["href"].endswith("/terms/dropout/")
    assert "Old version." not in read(client, "/terms/dropout/v/2/").text
    assert "no published version 3" in read(client, "/terms/dropout/v/3/", status=404).text


def test_a_version_shows_its_changes_as_insertions_and_deletions(client, publish, change):
    change(publish("Dropout", short_definition="A small thing."), short_definition="A large thing.")

    body = client.get("/terms/dropout/v/2/").content.decode()

    assert "<del>small</del>" in body
    assert "<ins>large</ins>" in body


def test_authors_are_named_only_when_the_site_wishes_it(client, publish, editor, settings):
    publish("Dropout")
    for address in ("/terms/dropout/history/", "/terms/dropout/v/1/", "/changes/"):
        assert editor.username not in read(client, address).text, address

    settings.SHOW_AUTHORS = True

    assert editor.username in read(client, "/terms/dropout/history/").text


# --- Tags and changes ------------------------------------------------------------------------------------


def test_a_tag_page_counts_describes_orders_and_names_related_tags(client, publish):
    publish("Zero", tags=["Numbers", "Algebra"])
    publish("Alpha", tags=["Numbers"])
    publish("Beta", tags=["Algebra"])
    Tag.objects.filter(slug="numbers").update(description="What one counts with.")

    page = read(client, "/tags/numbers/")
    newest = read(client, "/tags/numbers/?order=newest")

    assert "2 terms" in page.text
    assert "What one counts with." in page.text
    assert page.text.index("Alpha") < page.text.index("Zero")
    assert newest.text.index("Alpha") < newest.text.index("Zero")
    assert "Algebra1 in common" in page.text
    assert "/tags/numbers/?tag=algebra" in page.links()


def test_tags_can_be_combined(client, publish):
    publish("Zero", tags=["Numbers", "Algebra"])
    publish("Alpha", tags=["Numbers"])

    page = read(client, "/tags/numbers/?tag=algebra")

    assert "Numbers + Algebra" in page.text
    assert "1 term" in page.text
    assert "/terms/alpha/" not in page.links()
    assert page.all("meta", name="robots")[0]["content"].startswith("noindex")
    assert client.get("/tags/numbers/?tag=unknown").status_code == 404


def test_changes_tell_what_happened_newest_first_by_kind_and_tag(client, publish, change, reviewer):
    change(publish("Adam", tags=["Optimizers"]), short_definition="Changed.")
    old = publish("Zero")
    workflow.deprecate(term_id=old.pk, by=reviewer, reason="Too old.")

    page = read(client, "/changes/")

    assert "4 changes" in page.text
    told = re.sub(r"\d\d:\d\d ", "", page.text)
    changed = told.index("Changed Adam A change.")
    assert told.index("Deprecated Zero Too old.") < changed < told.index("New Adam Changed.")
    assert "1 change" in read(client, "/changes/?kind=deprecated").text
    assert "/terms/zero/" not in read(client, "/changes/?tag=optimizers").links()
    assert client.get("/changes/?kind=unknown").status_code == 404
    assert client.get("/changes/?tag=unknown").status_code == 404


def test_the_term_of_the_day_is_the_same_for_all_and_never_deprecated(client, publish, reviewer):
    publish("Adam")
    old = publish("Zero")
    workflow.deprecate(term_id=old.pk, by=reviewer, reason="Old.")

    page = read(client, "/")

    assert "Term of the day Adam" in page.text


# --- Colours ------------------------------------------------------------------------------------------


def test_accent_colours_come_from_settings_and_may_be_kept_by_name(client, db, settings):
    settings.ACCENT_COLOR, settings.ACCENT_COLOR_DARK = "#123456", "#abc"
    link = next(found["href"] for found in read(client, "/").all("link") if "accent" in found["href"])

    response = client.get(link)

    assert b"--accent:#123456" in response.content
    assert b"--accent:#abc" in response.content
    assert "immutable" in response["Cache-Control"]
    assert client.get("/accent.css?v=old")["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("color", ["red;}body{display:none", "url(x)", "#12345", "#12345g", ""])
def test_what_is_no_colour_is_not_used(client, db, settings, color):
    settings.ACCENT_COLOR = color

    body = client.get("/accent.css").content.decode()

    assert ":root{--accent:#8a2f1d}" in body


# --- In a browser -------------------------------------------------------------------------------------


@pytest.fixture
def browser():
    """A page in a browser, as a reader has it."""

    @contextmanager
    def start(**options):
        with chromium() as running:
            context = running.new_context(**options)
            page = context.new_page()
            page.complaints = complaints_of(context)
            yield page

    return start


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_nothing_is_wider_than_a_small_phone(live_server, browser, publish):
    row = "| a long cell of a wide table " * 6 + "|"
    formula = " + ".join(f"x_{{{number}}}" for number in range(40))
    term = publish(
        "Pneumonoultramicroscopicsilicovolcanoconiosis",
        tags=["Regularization"],
        definition=f"{row}\n{'|---' * 6}|\n{row}\n\n$${formula}$$\n\n```\n{'long line ' * 30}\n```\n",
        sources=[{"title": "w" * 90, "url": f"https://example.org/{'w' * 90}"}],
    )

    with browser(viewport={"width": 320, "height": 640}) as page:
        for address in [*every_page_of(term), "/nothing/"]:
            page.goto(live_server.url + address)
            width = page.evaluate("document.documentElement.scrollWidth")
            assert width <= 320, address


def test_an_expired_form_gives_back_what_was_written(editor):
    client = Client(enforce_csrf_checks=True)
    client.force_login(editor)

    response = client.post(
        "/admin/terms/term/add/",
        {"name": "Dropout", "definition": "An hour's <b>work</b>.", "password": "x-secret"},
    )

    page = response.content.decode()
    assert response.status_code == 403
    assert "This form has expired" in page
    assert "An hour&#x27;s &lt;b&gt;work&lt;/b&gt;." in page
    assert "x-secret" not in page


# --- Written once ---------------------------------------------------------------------------------------


def test_names_in_lists_cannot_bring_markup(client, publish):
    publish(
        "<i>Bold</i>",
        short_definition='"Quoted" & <b>bold</b>.',
        tags=["Signs"],
        aliases=[{"text": "B<u>", "kind": "synonym"}],
    )

    for address in ("/a-z/", "/tags/signs/", "/"):
        html = client.get(address).content.decode()
        assert "&lt;i&gt;Bold&lt;/i&gt;" in html
        assert "<i>" not in html
        assert "<b>" not in html
        assert "<u>" not in html


def test_what_is_kept_of_a_page_follows_the_settings_and_the_place(client, publish, settings):
    publish("Dropout")
    before = read(client, "/changes/")

    settings.SITE_NAME = "Wordhoard"
    settings.PARENT_URL = "https://parent.example/"
    after = read(client, "/tags/")

    assert "Wordhoard" not in before.text
    assert "Wordhoard" in after.text
    assert "https://parent.example/" in after.links()
    assert [found.get("href") for found in before.all("a", **{"aria-current": "true"})][:1] == ["/changes/"]
    assert [found.get("href") for found in after.all("a", **{"aria-current": "true"})][:1] == ["/tags/"]
