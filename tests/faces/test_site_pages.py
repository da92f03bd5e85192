"""The pages around the terms: the first one, tags, changes, numbers, and what is said without a page."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from builders import make_draft, make_term, merge, propose_change, undo
from django.test import Client
from django.utils import timezone
from test_views import read

from terms import workflow
from terms.models import Event, Tag, Term
from terms.views import tags

pytestmark = pytest.mark.django_db


@pytest.fixture
def publish(editor, reviewer):
    return partial(make_term, by=editor, reviewer=reviewer)


def in_order(page, *names: str) -> bool:
    places = [page.text.index(name) for name in names]
    return places == sorted(places)


# --- The first page and what is on all pages ------------------------------------------------------------


def test_the_first_page_says_what_there_is_and_where_to_start(client, publish):
    publish("Dropout", tags=["Training"])

    page = read(client, "/")

    assert "1 term in 1 tag." in page.text
    assert {"/a-z/", "/a-z/d/", "/tags/", "/tree/", "/random/", "/terms/dropout/"} <= set(page.links())


def test_an_empty_glossary_invites_to_propose_a_term(client, db, settings):
    settings.SUGGESTIONS_PER_HOUR = 5
    assert "Propose a term" in read(client, "/").text

    settings.SUGGESTIONS_PER_HOUR = 0
    assert "/suggest/" not in read(client, "/").links()


def test_empty_lists_have_nothing_to_choose_from(client, db):
    assert not read(client, "/changes/").all("ul", **{"aria-label": "Kind of change"})
    assert "0 tags" not in read(client, "/tags/").text
    assert "Nothing is published yet" in read(client, "/download/").text


def test_the_menu_is_one_list_of_links_that_a_button_opens(client, publish):
    publish("Dropout")

    page = read(client, "/terms/dropout/")

    menu = page.all("nav", id="menu")[0]
    assert menu["popover"] == ""
    openers = page.all("button", popovertarget="menu")
    assert [button.get("popovertargetaction", "toggle") for button in openers] == ["toggle", "hide"]


def test_feeds_are_announced_where_they_belong(client, publish):
    publish("Dropout", tags=["Training"])

    def feeds(address):
        return [link["href"] for link in read(client, address).all("link", type="application/atom+xml")]

    assert "/term-of-the-day.atom" in feeds("/")
    assert "/tags/training.atom" in feeds("/tags/training/")
    assert "/changes.atom?kind=published&tag=training" in feeds("/changes/?kind=published&tag=training")
    assert "/changes.atom" in feeds("/about/")


# --- The index ------------------------------------------------------------------------------------------


def test_a_letter_leads_on_to_the_next_that_has_entries(client, publish):
    for name in ("Adam", "Dropout", "Kernel"):
        publish(name)

    first, middle = read(client, "/a-z/a/"), read(client, "/a-z/d/")

    assert "After D" in first.text
    assert "Before" not in first.text
    assert "Before A After K" in middle.text
    assert "Before" not in read(client, "/a-z/").text


# --- Tags -----------------------------------------------------------------------------------------------


def test_tags_are_listed_by_name_or_by_how_many_terms_they_have(client, publish):
    publish("Adam", tags=["Algebra"])
    publish("Beta", tags=["Zoo"])
    publish("Gamma", tags=["Zoo"])

    by_name, by_size = read(client, "/tags/"), read(client, "/tags/?order=size")

    assert in_order(by_name, "Algebra", "Zoo")
    assert in_order(by_size, "Zoo", "Algebra")
    assert by_size.all("a", href="/tags/?order=size", **{"aria-current": "true"})
    assert in_order(read(client, "/tags/?order=unheard-of"), "Algebra", "Zoo")


def test_many_tags_stand_under_their_letters(client, publish, monkeypatch):
    monkeypatch.setattr(tags, "_WORTH_LETTERS", 2)
    publish("Adam", tags=["algebra", "Zoo", "Öl"])

    page, by_size = read(client, "/tags/"), read(client, "/tags/?order=size")

    assert in_order(page, "A algebra", "O Öl", "Z Zoo")
    assert len(page.all("h2")) == 3
    assert not by_size.all("h2")


def test_terms_of_a_tag_come_in_the_order_that_is_asked_for(client, publish):
    now = timezone.now()
    for name, published, changed in (("Adam", 3, 2), ("Beta", 1, 3), ("Gamma", 2, 1)):
        publish(name, tags=["Numbers"])
        Term.objects.filter(name=name).update(
            published_at=now - timedelta(days=published), updated_at=now - timedelta(days=changed)
        )

    def has_order(order, *names):
        return in_order(read(client, f"/tags/numbers/?order={order}"), *names)

    assert has_order("name", "Adam", "Beta", "Gamma")
    assert has_order("newest", "Beta", "Gamma", "Adam")
    assert has_order("changed", "Gamma", "Adam", "Beta")


def test_narrowing_by_a_tag_keeps_the_order_and_the_other_way_round(client, publish):
    publish("Zero", tags=["Numbers", "Algebra", "Open"])
    publish("Alpha", tags=["Numbers", "Algebra"])

    page = read(client, "/tags/numbers/?order=newest&tag=algebra")

    assert "/tags/numbers/?order=newest&tag=algebra&tag=open" in page.links()
    assert "/tags/numbers/?order=changed&tag=algebra" in page.links()
    assert "/tags/numbers/?order=newest" in page.links()
    assert page.all("link", rel="canonical")[0]["href"].endswith("/tags/numbers/")


@pytest.mark.parametrize("query", ["order=%00", "order=<script>", "tag=%00", "order=newest&order=size"])
def test_hostile_orders_and_tags_are_answered_not_crashed_on(client, publish, query):
    publish("Zero", tags=["Numbers"])

    for address in ("/tags/", "/tags/numbers/", "/changes/"):
        response = client.get(f"{address}?{query}")
        assert response.status_code in {200, 404}, address
        assert b"<script>" not in response.content, address


# --- Changes --------------------------------------------------------------------------------------------


def test_what_is_new_says_what_it_is_and_what_changed_says_why(client, publish, reviewer):
    term = publish("Adam", short_definition="An optimizer.")
    revision = propose_change(term, comment="Clearer.", short_definition="A better optimizer.")
    workflow.approve(revision_id=revision.pk, by=reviewer)

    page = read(client, "/changes/")

    assert "Adam A better optimizer." in page.text
    assert "Adam Clearer." in page.text
    assert len(page.all("time")) == 3, "the day, and the times of the two changes of one term"


def test_a_merged_term_says_into_what(client, publish):
    kept, absorbed = publish("Adam", tags=["Optimizers"]), publish("Adam optimizer", tags=["Optimizers"])
    merge(kept, absorbed)

    page = read(client, "/changes/?kind=merged")

    assert "Merged" in page.text
    assert "Adam optimizer into Adam" in page.text
    assert "/terms/adam/" in page.links()
    assert "/terms/adam-optimizer/" not in page.links()
    assert "Adam optimizer into Adam" in read(client, "/changes/?tag=optimizers").text


def test_a_merge_that_was_undone_leads_to_both_terms_again(client, publish):
    kept, absorbed = publish("Adam"), publish("Adam optimizer")
    undo(merge(kept, absorbed))

    page = read(client, "/changes/")

    assert {"/terms/adam/", "/terms/adam-optimizer/"} <= set(page.links())
    assert "Merge undone" in page.text


def test_drafts_that_were_merged_are_not_told_of(client, publish, editor):
    kept = publish("Adam")
    merge(kept, make_draft("Secret optimizer", by=editor).term)

    assert "Secret" not in read(client, "/changes/").text


def test_only_kinds_that_there_are_can_be_chosen(client, publish, reviewer):
    publish("Adam", tags=["Optimizers"])
    old = publish("Zero")
    workflow.deprecate(term_id=old.pk, by=reviewer, reason="Too old.")

    links = read(client, "/changes/").links()

    assert "/changes/?kind=deprecated" in links
    assert "/changes/?kind=merged" not in links
    assert "/changes/?tag=optimizers" in links
    assert "/changes/?kind=deprecated" in read(client, "/changes/?kind=merged").links()
    assert "/changes/?kind=deprecated&tag=optimizers" not in read(client, "/changes/?tag=optimizers").links()


# --- About ----------------------------------------------------------------------------------------------


def test_about_counts_what_is_public(client, publish, editor, reviewer):
    publish(
        "Adam",
        tags=["Optimizers"],
        aliases=[
            {"text": "Adaptive moments", "kind": "synonym"},
            {"text": "Adam-Verfahren", "kind": "synonym", "language": "de"},
            {"text": "Adaam", "kind": "hidden", "language": "fr"},
        ],
        sources=[{"title": "A paper"}],
    )
    old = publish("Zero")
    workflow.deprecate(term_id=old.pk, by=reviewer, reason="Too old.")
    make_draft("Beta", by=editor, tags=["Secret"], aliases=[{"text": "B", "language": "it"}])

    page = read(client, "/about/")

    for said in (
        "Terms 2",
        "Versions 3",
        "Deprecated 1",
        "Other names 2",
        "Languages 2",
        "Tags 1",
        "Sources named 1",
        "Changes in 30 days 3",
    ):
        assert "".join(said.split()) in "".join(page.text.split()), said


def test_changes_of_long_ago_are_not_counted_as_recent(client, publish):
    publish("Adam")
    long_ago = timezone.now() - timedelta(days=40)
    Event.objects.create(kind="term.changed", term=Term.objects.get(), is_public=True, at=long_ago)

    assert "Changes in 30 days1" in read(client, "/about/").text.replace("days 1", "days1")


def test_about_tells_programs_where_everything_is(client, publish):
    publish("Adam")

    links = set(read(client, "/about/").links())

    forms = {f"/terms/adam.{form}" for form in ("md", "json", "jsonld", "ttl", "rdf")}
    rest = {
        "/changes.atom",
        "/term-of-the-day.atom",
        "/llms.txt",
        "/sitemap.xml",
        "/download/",
        "/api/v1/docs/",
    }
    assert forms | rest <= links


def test_about_names_the_license_only_if_there_is_one(client, db, settings):
    assert not read(client, "/about/").all("a", rel="license")

    settings.LICENSE_URL = "https://license.example/by"

    page = read(client, "/about/")
    assert {link["href"] for link in page.all("a", rel="license")} == {"https://license.example/by"}


def test_an_empty_glossary_has_an_about_page(client, db):
    page = read(client, "/about/")

    assert "Terms0" in page.text.replace(" ", "")
    assert not [link for link in page.links() if link.startswith("/terms/")]


# --- When there is no page ------------------------------------------------------------------------------


def test_not_found_leads_to_the_letters(client, publish):
    publish("Dropout")

    page = read(client, "/terms/nothing-of-this-name/", status=404)

    assert "/a-z/d/" in page.links()


def test_not_found_offers_no_term_that_only_has_the_word_in_its_text(client, publish):
    publish("Dropout", definition="It stands here and there.")

    assert "/terms/dropout/" not in read(client, "/elsewhere/there/", status=404).links()


def test_tags_with_hostile_names_are_text_everywhere(client, publish):
    publish("Adam", tags=["<script>alert(1)</script>", "Optimizers"])
    hostile = Tag.objects.get(name__contains="script")

    for address in ("/", "/tags/", hostile.get_absolute_url(), "/tags/optimizers/", "/changes/"):
        assert b"<script>alert" not in client.get(address).content, address


def test_a_tag_is_found_under_its_name(client, publish):
    publish("Dropout", tags=["Language models"])

    answer = client.get("/tags/Language models/")

    assert (answer.status_code, answer["Location"]) == (301, "/tags/language-models/")
    assert client.get("/tags/Language modes/").status_code == 404


@pytest.mark.parametrize(
    "address",
    ["/", "/a-z/", "/terms/dropout/", "/terms/dropout.md", "/changes.atom", "/random/", "/t/nobody/"],
)
def test_what_can_only_be_read_says_so(address, publish):
    publish("Dropout")

    answer = Client(enforce_csrf_checks=True).post(address, {"name": "x"})

    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")


def test_a_table_of_two_languages_is_offered_when_there_is_a_second_one(client, publish):
    publish("Dropout")
    assert b"DeepL" not in client.get("/download/").content

    publish("Weight", aliases=[{"text": "Gewicht", "kind": "translation", "language": "de"}])

    assert b"DeepL" in client.get("/download/").content
