"""Search as a page: what it shows in each of its states, and what it never tells."""

from __future__ import annotations

import gzip
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree

import pytest
from builders import make_draft, make_term, make_user
from django.conf import settings
from django.test import Client
from pages import client_of, text_of

from terms import publishing, wanted, workflow
from terms.models import WantedTerm
from terms.views import finding

pytestmark = pytest.mark.django_db

SECRET = "zyxsecret"
HOSTILE = "<script>alert(1)</script>\"'&"


@pytest.fixture
def publish(editor, reviewer):
    return partial(make_term, by=editor, reviewer=reviewer)


class Page(HTMLParser):
    """A page as far as these tests ask: its text, its links by what they say, its boxes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.links: dict[str, str] = {}
        self.inputs: list[tuple[str, str]] = []
        self.headings: list[str] = []
        self._address, self._said = "", ""
        self._heading: list[str] | None = None
        self._texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = {name: value or "" for name, value in attrs}
        if tag == "a":
            self._address, self._said = given.get("href", ""), ""
        elif tag == "input":
            self.inputs.append((given["name"], given.get("value", "")))
        elif tag in {"h1", "h2", "h3"}:
            self._heading = []

    def handle_endtag(self, tag):
        if tag == "a":
            self.links[" ".join(self._said.split())] = self._address
        elif tag in {"h1", "h2", "h3"} and self._heading is not None:
            self.headings.append(" ".join("".join(self._heading).split()))
            self._heading = None

    def handle_data(self, data):
        self._texts.append(data)
        self._said += data
        if self._heading is not None:
            self._heading.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self._texts).split())


def read(address: str, status: int = 200, client: Client | None = None) -> Page:
    response = (client or Client()).get(address)
    assert response.status_code == status, (address, response.status_code)
    return Page(response.content.decode())


def asked_in(address: str) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(address).query)


# --- What was found ------------------------------------------------------------------------------


def test_the_answer_stands_first_when_the_query_is_an_alias(publish):
    publish(
        "Central processing unit",
        aliases=[{"text": "CPU", "kind": "acronym"}],
        short_definition="What runs programs.",
    )
    publish("Core", definition="A CPU has some.", short_definition="A part.")

    page = read("/search?q=cpu")

    assert "2 results for “cpu”" in page.headings
    assert page.html.count('aria-label="Best match"') == 1
    assert page.text.index("What runs programs.") < page.text.index("A CPU has some.")
    assert "matched alias “CPU”" in page.text
    assert "A <mark>CPU</mark> has some." in page.html


def test_a_query_that_is_no_name_has_no_answer_above_the_others(publish):
    publish("Dropout rate")

    assert "Best match" not in read("/search?q=dropout").html


def test_the_answer_stands_above_the_first_page_only(publish, monkeypatch):
    monkeypatch.setattr(finding, "HITS_PER_PAGE", 1)
    publish("Layer")
    publish("Layer norm")

    assert "Best match" in read("/search?q=layer").html
    assert "Best match" not in read("/search?q=layer&page=2").html


def test_a_correction_is_offered_and_its_hits_stand_under_their_own_heading(publish):
    publish("Dropout")

    page = read("/search?q=drpout")

    assert "Nothing found for “drpout”. Did you mean dropout?" in page.text
    assert asked_in(page.links["dropout"]) == [("q", "dropout")]
    assert "1 result for “dropout”" in page.headings
    assert page.links["Dropout"] == "/terms/dropout/"
    assert ("q", "drpout") in page.inputs


def test_a_correction_keeps_the_filters(publish):
    publish("Dropout", tags=["Training"])

    page = read("/search?q=drpout&tag=training")

    assert asked_in(page.links["dropout"]) == [("q", "dropout"), ("tag", "training")]


def test_terms_that_have_some_of_the_words_are_said_to_have_only_some(publish):
    publish("Gradient clipping")

    page = read("/search?q=gradient+zebra")

    assert "No term has all the words of “gradient zebra”. These have some of them." in page.text
    assert "1 term with some of the words" in page.headings
    assert page.links["Gradient clipping"] == "/terms/gradient-clipping/"


def test_a_search_that_finds_nothing_helps_on(publish):
    publish("Dropout")

    page = read("/search?q=zebrafish")

    assert "Nothing found for “zebrafish”" in page.headings
    assert page.links["browse all terms, A–Z"] == "/a-z/"
    assert page.links["Propose “zebrafish”"] == "/suggest/?name=zebrafish"


def test_where_filters_leave_nothing_the_way_out_is_the_search_without_them(publish):
    publish("Dropout", tags=["Training"])
    publish("Zero", tags=["Numbers"])

    page = read("/search?q=dropout&tag=numbers")

    assert asked_in(page.links["Search “dropout” without filters"]) == [("q", "dropout")]
    assert "Propose “dropout”" not in page.links


@pytest.mark.parametrize("address", ["/search", "/search?q=", "/search?q=+", "/search?q=%00"])
def test_a_search_for_nothing_shows_how_to_search(address, db):
    page = read(address)

    assert "Type a name, an acronym" in page.text
    assert '<details class="search-help" open>' in page.html
    assert 'tag:"deep learning"' in page.text


def test_what_the_reader_typed_is_text_wherever_it_stands(publish):
    publish("Dropout")

    for address in ("/search", "/search?tag=x", "/search?letter=", "/search?status=", "/search?page=9"):
        separator = "&" if "?" in address else "?"
        response = Client().get(f"{address}{separator}", {"q": HOSTILE})
        shown = response.content.decode()
        assert "<script>alert" not in shown, address
        assert "\"'&" not in shown, address


def test_what_editors_wrote_is_text_wherever_it_stands(publish):
    publish("Layer", tags=[f"Tag {HOSTILE}"], short_definition=f"A layer {HOSTILE}.")
    publish(f"Layers {HOSTILE}", definition=f"Two layers and more {HOSTILE}.")
    publish("Third", definition="A layer.", aliases=[f"Layer {HOSTILE}"])

    for address in ("/search?q=layer", "/search?q=layr", "/search?q=laye+zebra", "/terms/layer-x/"):
        shown = Client().get(address).content.decode()
        assert "alert(1)" in shown, address
        assert "<script>alert" not in shown, address
        assert "\"'&" not in shown, address


# --- What narrows it -----------------------------------------------------------------------------


def test_facets_count_the_hits_and_lead_to_the_narrower_search(publish):
    publish("Layer norm", tags=["Training", "Open"])
    publish("Layer", tags=["Training"])
    publish("Two layers", aliases=[{"text": "Zwei Schichten", "kind": "translation", "language": "de"}])

    page = read("/search?q=layer")

    assert asked_in(page.links["Training2"]) == [("q", "layer"), ("tag", "training")]
    assert asked_in(page.links["Open1"]) == [("q", "layer"), ("tag", "open")]
    assert asked_in(page.links["L2"]) == [("q", "layer"), ("letter", "l")]
    assert asked_in(page.links["German1"]) == [("q", "layer"), ("language", "de")]
    narrower = read(page.links["Training2"])
    assert "2 results for “layer”" in narrower.headings
    assert asked_in(narrower.links["Open1"]) == [("q", "layer"), ("tag", "training"), ("tag", "open")]
    assert "1 result for “layer”" in read(narrower.links["Open1"]).headings


def test_what_all_hits_have_does_not_narrow_and_is_not_offered(publish):
    publish("Layer", tags=["Training"])
    publish("Layer norm", tags=["Training"])

    page = read("/search?q=layer")

    assert "Training2" not in page.links
    assert "L2" not in page.links


def test_each_filter_is_taken_away_by_itself_and_stays_with_a_new_search(publish):
    publish("Layer", tags=["Training", "Open"])
    filters = [("tag", "training"), ("tag", "open"), ("letter", "l"), ("status", "published")]

    page = read("/search?q=layer&tag=training&tag=open&letter=l&status=published")

    for label, gone in zip(
        ["Tag: Training", "Tag: Open", "First letter: L", "Status: Published"], filters, strict=True
    ):
        rest = [one for one in filters if one != gone]
        assert asked_in(page.links[f"Take away: {label} ×"]) == [("q", "layer"), *rest]
    assert page.inputs == [("q", "layer"), *filters]


def test_deprecated_terms_come_when_they_are_asked_for(publish, reviewer):
    publish("Adam")
    old = publish("Adamant")
    workflow.deprecate(term_id=old.pk, by=reviewer, reason="Old.")

    page = read("/search?q=adam")

    assert "Adamant" not in page.links
    assert asked_in(page.links["Include them"]) == [("q", "adam"), ("deprecated", "1")]
    assert asked_in(page.links["Deprecated1"]) == [("q", "adam"), ("status", "deprecated")]
    wider = read(page.links["Include them"])
    assert wider.links["Adamant"] == "/terms/adamant/"
    assert wider.links["Take away: With deprecated terms ×"] == "/search?q=adam"
    only = read("/search?q=adam&status=deprecated")
    assert "Adamant" in only.links
    assert "Adam" not in only.links


def test_where_no_deprecated_term_is_left_out_none_is_offered(publish):
    publish("Adam")

    assert "Include them" not in read("/search?q=adam").links


def test_filters_alone_list_what_they_leave(publish):
    publish("Adam", tags=["Optimizers"])
    publish("Zero")

    page = read("/search?tag=optimizers")

    assert "1 result" in page.headings
    assert "Adam" in page.links
    assert "Zero" not in page.links
    assert "Nothing found" in read("/search?tag=optimizers&letter=z").headings


def test_bad_filters_are_named_and_nothing_else_is_lost(publish):
    publish("Adam", tags=["Optimizers"])

    page = read(
        "/search?q=adam&tag=optimizers&status=draft&letter=b/c&language=deutsch!&tag=a%20b", status=400
    )

    for sentence in (
        "“draft” is not a status to search for. Use “published” or “deprecated”.",
        "“b/c” is not a letter of the index.",
        "“deutsch!” is not the tag of a language.",
        "“a b” is not the address of a tag.",
    ):
        assert sentence in page.text
    assert page.inputs == [("q", "adam"), ("tag", "optimizers")]


def test_an_overlong_search_says_what_is_wrong_and_gives_the_words_back(db):
    page = read(f"/search?q={'x' * 201}", status=400)

    assert "at most 200 characters" in page.text
    assert ("q", "x" * 201) in page.inputs


def test_too_many_tags_are_refused_in_words(db):
    tags = "".join(f"&tag=t{number}" for number in range(11))

    assert "At most 10 tags narrow a search; these are 11." in read(f"/search?q=a{tags}", status=400).text


# --- Pages ---------------------------------------------------------------------------------------


def test_the_last_page_is_reached_and_beyond_it_the_first_is_offered(publish, monkeypatch):
    monkeypatch.setattr(finding, "HITS_PER_PAGE", 1)
    for number in range(3):
        publish(f"Layer {number}")

    last = read("/search?q=layer&page=3")
    beyond = read("/search?q=layer&page=4", status=404)

    assert "3 results for “layer”, showing 3–3" in last.headings
    assert last.links["Layer 2"] == "/terms/layer-2/"
    assert "There is no page 4 here; the last one is page 3." in beyond.headings
    assert beyond.links["The first page of this search"] == "?q=layer"
    assert ("q", "layer") in beyond.inputs


def test_what_is_no_number_of_a_page_is_said_to_be_none(publish):
    publish("Layer")

    for number in ("0", "-1", "two", "1" * 30):
        assert "is not the number of a page" in read(f"/search?q=layer&page={number}", status=404).text


# --- Drafts, and those who may see them ----------------------------------------------------------


def test_nothing_of_a_draft_is_found_counted_offered_or_suggested(publish, editor):
    publish("Layer", tags=["Training"])
    addresses = [
        *(f"/search?q={word}" for word in ("layer", "lay", "trainin", "tag:training", "layer+draft")),
        "/search?q=layer&tag=training",
        "/suggest?q=lay",
        "/terms/layar/",
    ]
    before = [Client().get(address).content for address in addresses]

    make_draft(f"Layer {SECRET}", by=editor, tags=["Training", SECRET], definition=f"A layer draft {SECRET}.")

    assert [Client().get(address).content for address in addresses] == before
    for address in (f"/search?q={SECRET}", f"/search?q=layer&tag={SECRET}", f"/search?q={SECRET[:-1]}"):
        page = read(address)
        assert not [link for link in page.links.values() if "/terms/" in link], address


def test_editors_are_led_to_the_desk_for_drafts_and_their_page_is_kept_by_nobody(publish, editor):
    publish("Layer")

    response = client_of(editor).get("/search?q=layer+x")

    assert '<a href="/admin/terms/term/?q=layer+x" rel="nofollow">Search drafts on the desk</a>' in text_of(
        response
    )
    assert response.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("role", [None, "Contributors"])
def test_nobody_else_is_led_to_the_desk(role, publish):
    publish("Layer")
    client = client_of(make_user(role)) if role else Client()

    response = client.get("/search?q=layer")

    assert "on the desk" not in text_of(response)
    assert not response.cookies


# --- What is looked for in vain ------------------------------------------------------------------


def counted() -> dict[str, int]:
    assert wanted.flush()
    return dict(WantedTerm.objects.values_list("text", "count"))


def is_kept(address: str) -> bool:
    return publishing.MADE_FROM in Client().get(address).wsgi_request.META


def test_a_search_in_vain_is_counted_each_time_and_so_never_kept(publish):
    publish("Gradient clipping")

    assert not is_kept("/search?q=zebrafish")
    assert counted() == {"zebrafish": 1}
    assert not is_kept("/search?q=zebrafish")
    assert not is_kept("/search?q=gradient+zebra")
    assert counted() == {"zebrafish": 2, "gradient zebra": 1}


def test_what_is_found_corrected_or_narrowed_is_kept_and_not_counted(publish):
    publish("Dropout", tags=["Training"])

    assert is_kept("/search?q=dropout")
    assert is_kept("/search?q=drpout")
    assert is_kept("/search?q=zebrafish&tag=training")
    assert is_kept("/suggest?q=zebrafish")

    assert counted() == {}


# --- The search box of a browser -----------------------------------------------------------------

SPACE = "{http://a9.com/-/spec/opensearch/1.1/}"


def test_the_description_keeps_the_rules_of_opensearch(settings, db):
    settings.SITE_NAME = "A glossary with a long name & more"
    settings.SITE_TAGLINE = "Words <in> use"

    response = Client().get("/opensearch.xml")

    assert response.headers["Content-Type"] == "application/opensearchdescription+xml; charset=utf-8"
    root = ElementTree.fromstring(response.content)  # noqa: S314, our own document
    assert root.tag == f"{SPACE}OpenSearchDescription"
    texts = {child.tag.removeprefix(SPACE): child.text or "" for child in root}
    assert texts["ShortName"] == "A glossary with"
    assert len(texts["LongName"]) <= 48
    assert texts["Description"] == "Words <in> use"
    assert texts["InputEncoding"] == "UTF-8"
    assert "<" not in texts["ShortName"]
    [image] = root.findall(f"{SPACE}Image")
    assert image.attrib["type"] == "image/svg+xml"
    urls = {
        (url.attrib["type"], url.attrib.get("rel", "results")): url.attrib["template"]
        for url in root.iter(f"{SPACE}Url")
    }
    assert urls == {
        ("text/html", "results"): "http://testserver/search?q={searchTerms}",
        ("application/x-suggestions+json", "results"): "http://testserver/suggest?q={searchTerms}",
        ("application/opensearchdescription+xml", "self"): "http://testserver/opensearch.xml",
    }


def test_every_page_leads_browsers_to_the_description(db):
    for address in ("/", "/search", "/a-z/"):
        assert '<link rel="search" type="application/opensearchdescription+xml"' in read(address).html


def test_browsers_are_given_names_sentences_and_addresses(publish):
    publish("Pod", short_definition="Containers together.")
    publish("Policy", aliases=["Podium"])

    response = Client().get("/suggest?q=Po")

    assert response.headers["Content-Type"] == "application/x-suggestions+json; charset=utf-8"
    typed, names, sentences, addresses = response.json()
    assert typed == "Po"
    assert dict(zip(names, zip(sentences, addresses, strict=True), strict=True)) == {
        "Pod": ("Containers together.", "http://testserver/terms/pod/"),
        "Policy": ("", "http://testserver/terms/policy/"),
    }
    assert Client().get("/suggest?q=").json() == ["", [], [], []]


def test_without_a_question_the_address_is_that_of_the_form_for_a_new_term(db):
    client = Client()

    assert client.get("/suggest", follow=True).redirect_chain == [("/suggest/", 301)]
    assert client.get("/suggest?name=Pod").headers["Location"] == "/suggest/?name=Pod"
    assert "Pod" in client.get("/suggest/?name=Pod").content.decode()


# --- When there is no page -----------------------------------------------------------------------


def test_an_address_with_a_slip_offers_the_term_that_may_have_been_meant(publish):
    publish("Self-attention")

    for slip in ("self-attentoin", "selfatention", "attention-self", "self"):
        assert "/terms/self-attention/" in read(f"/terms/{slip}/", status=404).links.values(), slip


def test_an_address_with_a_slip_offers_names_rather_than_texts(publish):
    publish("Dropout")
    publish("Noise", definition="As in dropout.")

    page = read("/terms/drpout/", status=404)

    assert "Dropout" in page.links
    assert "Noise" not in page.links


def test_the_script_of_readers_is_small():
    script = Path(settings.BASE_DIR, "terms", "static", "terms", "site.js").read_bytes()

    assert len(gzip.compress(script)) < 10_000
