"""The forms of a term beside its page: they say what the exports say, and never more."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from builders import make_draft, make_term, merge
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from lxml import etree
from markdown_it import MarkdownIt
from rdflib import URIRef
from rdflib.compare import isomorphic
from rdflib.namespace import DCTERMS, OWL, RDF, SKOS
from skos_graphs import conditions_broken_by, parsed

from terms import exporting, workflow
from terms.models import Term

pytestmark = pytest.mark.django_db

SITE = "http://testserver"
SECRET = "zyxsecret"
HOSTILE = "</script><b>\"'&]] \\ \u202eltr *x* $a$ [y](z) `c"
SYNTAXES = {"ttl": "skos-turtle", "rdf": "skos-rdf", "jsonld": "skos-jsonld"}
MEDIA_TYPES = {
    "md": "text/markdown; charset=utf-8",
    "json": "application/json",
    "jsonld": "application/ld+json",
    "ttl": "text/turtle; charset=utf-8",
    "rdf": "application/rdf+xml",
}


@pytest.fixture
def client():
    return Client()


def make_all(by, reviewer):
    """Make a small hierarchy with everything that a term can have."""

    def make(name, **content):
        return make_term(name, by=by, reviewer=reviewer, **content)

    wood = make("Wood", tags=["Hull parts"])
    timber = make("Timber", relations=[{"kind": "broader", "target": wood.public_id}])
    frame = make("Frame")
    keel = make(
        "Keel",
        qualifier="ship",
        short_definition='The "lowest" timber \\ of a hull.',
        definition="# Keel\n\nOf [[Timber|timber]], not of [[Nothing]].\n\n| a | b |\n|---|---|\n| $x$ | y |",
        aliases=[
            {"text": "Kiel", "kind": "translation", "language": "de"},
            {"text": "Spine", "kind": "synonym", "status": "forbidden"},
            {"text": f"{SECRET} label", "kind": "hidden"},
        ],
        tags=["Hull parts", "C++"],
        relations=[
            {"kind": "broader", "target": timber.public_id},
            {"kind": "related", "target": wood.public_id},
            {"kind": "see_also", "target": frame.public_id},
        ],
        sources=[{"title": "A (hand)book", "url": "https://b.example/a(1)", "locator": "p. 3"}],
        notes=[
            {"kind": "usage", "text": "Say *keel*."},
            {"kind": "editorial", "text": f"{SECRET} note"},
        ],
        external_ids=[{"scheme": "uri", "value": "https://w.example/Q1"}],
    )
    rib = make(
        "Rib",
        relations=[
            {"kind": "broader", "target": wood.public_id},
            {"kind": "related", "target": keel.public_id},
        ],
    )
    workflow.deprecate(term_id=rib.pk, by=reviewer, reason="Say *frame*.", successors=[frame.public_id])
    draft = make_draft(f"{SECRET} draft", by=by, tags=[f"{SECRET} tag"]).term
    workflow.propose(
        term_id=keel.pk,
        based_on=1,
        content={
            "definition": f"{SECRET} text",
            "relations": [{"kind": "related", "target": draft.public_id}],
        },
        by=by,
    )
    return {term.name: Term.objects.get(pk=term.pk) for term in (wood, timber, frame, keel, rib)}


@pytest.fixture
def ship(editor, reviewer):
    return make_all(editor, reviewer)


def twin(term, form):
    response = Client().get(f"{term.get_absolute_url().removesuffix('/')}.{form}")
    assert response.status_code == 200
    return response.content


def graph_of(term, form="ttl"):
    return parsed(twin(term, form), SYNTAXES[form])


def concept(term):
    return URIRef(f"{SITE}/t/{term.public_id}/")


# --- Every form ----------------------------------------------------------------------------------


def test_each_form_says_what_it_is_where_its_page_is_and_what_to_ask_again_by(client):
    make_term("Dropout")

    for form, content_type in MEDIA_TYPES.items():
        address = f"/terms/dropout.{form}"
        response = client.get(address)
        assert response.headers["Content-Type"] == content_type
        assert response.headers["Link"] == f'<{SITE}/terms/dropout/>; rel="canonical"'
        assert response.headers["Cache-Control"] == "public, max-age=0, must-revalidate"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        again = client.get(address, headers={"If-None-Match": response.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        head = client.head(address)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["Content-Type"] == content_type
        assert client.post(address).status_code == 405


def test_what_led_to_the_term_leads_to_the_same_form(client, chief):
    kept = make_term("Dropout", aliases=["Drop-out rule"])
    merge(kept, make_term("Leaving out"), by=chief)

    for form in MEDIA_TYPES:
        for path in ("/terms/drop-out-rule", "/terms/leaving-out", "/terms/Dropout"):
            response = client.get(f"{path}.{form}?of=x&as_of=2030-01-01")
            assert (response.status_code, response.headers["Location"]) == (301, f"/terms/dropout.{form}"), (
                path
            )
            assert response.headers["Cache-Control"] == "no-cache"


def test_removed_terms_are_gone_and_drafts_are_not_there(client, chief):
    removed, draft = make_term("Old word"), make_draft("New word").term
    workflow.remove(term_id=removed.pk, by=chief, reason="Nonsense.")

    for form in MEDIA_TYPES:
        assert client.get(f"/terms/old-word.{form}").status_code == 410
        for name in ("new-word", draft.public_id, "zzzzzzzzzz"):
            assert client.get(f"/terms/{name}.{form}").status_code == 404, name


def test_an_unknown_form_is_not_there(client):
    make_term("Dropout")

    for path in ("/terms/dropout.xyz", "/terms/dropout.json/", "/terms/dropout.json.md", "/terms/.json"):
        assert client.get(path, follow=True).status_code == 404, path


def test_a_form_never_passes_for_a_text_of_another_moment(client):
    make_term("Dropout")

    for form in MEDIA_TYPES:
        assert client.get(f"/terms/dropout.{form}?as_of=2030-01-01").status_code == 404


def test_a_shared_name_has_no_form(client):
    make_term("Kernel", qualifier="GPU")
    make_term("Kernel", qualifier="statistics")

    assert client.get("/terms/kernel.json").status_code == 404
    assert client.get("/terms/kernel-gpu.json").json()["qualifier"] == "GPU"


def test_no_form_shows_what_readers_may_not_know(ship):
    shown = [
        (term, form) for term in ship.values() for form in MEDIA_TYPES if SECRET in twin(term, form).decode()
    ]

    assert shown == []


def test_a_deprecated_term_says_so_and_names_its_successor(ship):
    for form in MEDIA_TYPES:
        text = twin(ship["Rib"], form).decode()
        assert "deprecated" in text.lower(), form
        assert "Say *frame*." in text.replace("\\*", "*"), form
        assert ("/terms/frame.md" if form == "md" else ship["Frame"].public_id) in text, form


def test_addresses_are_those_of_the_site(client, settings):
    settings.SITE_URL = "https://words.example"
    make_term("Dropout")

    for form in MEDIA_TYPES:
        response = client.get(f"/terms/dropout.{form}")
        assert response.headers["Link"] == '<https://words.example/terms/dropout/>; rel="canonical"'
        assert b"https://words.example/" in response.content
        assert b"testserver" not in response.content


# --- JSON ----------------------------------------------------------------------------------------


def test_json_is_the_document_of_the_api(client):
    term = make_term("Naïve “Bayes”\u2028", definition=HOSTILE, short_definition="</script>")

    response = client.get(f"{term.get_absolute_url().removesuffix('/')}.json")

    assert response.content == client.get(f"/api/v1/terms/{term.public_id}/").content
    assert response.json()["url"] == f"{SITE}{term.get_absolute_url()}"


# --- SKOS ----------------------------------------------------------------------------------------


def test_each_syntax_holds_the_same_statements_which_the_export_has_too(ship):
    whole = parsed(
        b"".join(exporting.stream("skos-turtle", exporting.Selection(), by=AnonymousUser(), origin=SITE)),
        "skos-turtle",
    )

    for term in ship.values():
        turtle = graph_of(term)
        assert isomorphic(turtle, graph_of(term, "rdf"))
        assert isomorphic(turtle, graph_of(term, "jsonld"))
        assert set(turtle) - set(whole) == set(), term
        # All that the export says of it is there.
        assert set(turtle.triples((concept(term), None, None))) == set(
            whole.triples((concept(term), None, None))
        ), term


def test_a_twin_breaks_no_condition_of_skos_and_names_its_scheme(ship):
    for term in ship.values():
        graph = graph_of(term)
        scheme = URIRef(f"{SITE}/#set")
        assert conditions_broken_by(graph) == []
        assert set(graph.subjects(RDF.type, SKOS.Concept)) == {concept(term)}
        assert (concept(term), SKOS.inScheme, scheme) in graph
        assert (scheme, RDF.type, SKOS.ConceptScheme) in graph
        assert graph.value(scheme, DCTERMS.title)


def test_what_is_above_is_not_related_though_the_text_says_so(ship):
    graph = graph_of(ship["Keel"])

    assert (concept(ship["Keel"]), SKOS.broader, concept(ship["Timber"])) in graph
    assert (concept(ship["Keel"]), SKOS.related, concept(ship["Wood"])) not in graph
    assert (concept(ship["Keel"]), SKOS.related, concept(ship["Rib"])) in graph


def test_a_deprecated_concept_is_in_no_hierarchy(ship):
    rib, wood = graph_of(ship["Rib"]), graph_of(ship["Wood"])

    assert rib.value(concept(ship["Rib"]), OWL.deprecated).toPython() is True
    assert list(rib.objects(None, SKOS.broader)) == []
    assert set(wood.objects(None, SKOS.narrower)) == {concept(ship["Timber"])}


def test_a_chain_of_any_length_is_seen(editor, reviewer):
    made = []
    for number in range(6):
        above = [{"kind": "broader", "target": made[-1].public_id}] if made else []
        made.append(make_term(f"Step {number}", by=editor, reviewer=reviewer, relations=above))
    far = [
        {"kind": "related", "target": made[0].public_id},
        {"kind": "broader", "target": made[-1].public_id},
    ]
    last = make_term("Last", by=editor, reviewer=reviewer, relations=far)

    assert list(graph_of(last).objects(None, SKOS.related)) == []
    assert conditions_broken_by(graph_of(last)) == []


def test_any_text_leaves_whole(editor, reviewer):
    term = make_term(
        "Keel",
        by=editor,
        reviewer=reviewer,
        short_definition=HOSTILE,
        definition=f"{HOSTILE}\n\nשלום ]]> <!-- {{{{ }}}}",
        aliases=[{"text": "عارضة", "kind": "translation", "language": "ar"}],
        notes=[{"kind": "example", "text": HOSTILE}],
    )

    etree.fromstring(twin(term, "rdf"))
    turtle = graph_of(term)
    assert isomorphic(turtle, graph_of(term, "rdf"))
    assert isomorphic(turtle, graph_of(term, "jsonld"))
    assert any("</script>" in str(text) for text in turtle.objects(concept(term), SKOS.definition))


# --- Markdown ------------------------------------------------------------------------------------


def read_markdown(data):
    """Return headings, links and running text, as a parser of others reads them."""
    tokens = MarkdownIt("commonmark").enable("table").parse(data.decode())
    inside = [child for token in tokens if token.type == "inline" for child in token.children or []]
    headings = [
        (opening.tag, text.content) for opening, text in pairwise(tokens) if opening.type == "heading_open"
    ]
    links = {child.attrs["href"] for child in inside if child.type == "link_open"}
    return headings, links, "\n".join(token.content for token in tokens if token.type == "inline")


def test_markdown_says_what_the_page_says(ship):
    headings, links, text = read_markdown(twin(ship["Keel"], "md"))

    assert headings == [
        ("h1", "Keel (ship)"),
        ("h2", "Definition"),
        ("h3", "Keel"),
        ("h2", "Usage note"),
        ("h2", "Related terms"),
        ("h2", "Sources"),
        ("h2", "This entry"),
    ]
    assert links == {
        *(f"{SITE}/terms/{slug}.md" for slug in ("timber", "wood", "frame", "rib")),
        "https://b.example/a%281%29",
        *(f"{SITE}/tags/{slug}/" for slug in ship["Keel"].document["tags"]),
        f"{SITE}/terms/keel-ship/",
        f"{SITE}/t/{ship['Keel'].public_id}/",
    }
    assert 'The "lowest" timber \\\\ of a hull.' in text
    assert "Of [timber](http://testserver/terms/timber.md), not of Nothing." in text
    assert "In other languages: Kiel (de)" in text
    assert "Do not use: Spine" in text
    assert "Also known to: uri: https://w.example/Q1" in text


def test_markdown_names_names_as_the_page_does(client, ship):
    page = re.sub(r"\s+", " ", client.get("/terms/keel-ship/").content.decode())
    labels = re.findall(r'<dt class="label">([^<]+)</dt>', page)

    text = twin(ship["Keel"], "md").decode()

    assert {"In other languages", "Do not use", "Broader"} <= set(labels)
    assert [label for label in labels if f"- {label}: " not in text] == []


def test_brackets_lead_to_public_terms_only(editor, reviewer):
    make_draft("Hidden thing", by=editor)
    term = make_term(
        "Keel", by=editor, reviewer=reviewer, definition="[[Hidden thing|that]], [[Keel|this]], `[[Keel]]`."
    )

    assert "\n\nthat, this, `[[Keel]]`.\n" in twin(term, "md").decode()


def test_marks_in_plain_fields_are_no_marks(editor, reviewer):
    term = make_term(
        "A*b*_c_ <i> #", by=editor, reviewer=reviewer, short_definition="- [x](y) <script>", definition=""
    )

    html = MarkdownIt("commonmark").render(twin(term, "md").decode())

    assert "<h1>A*b*_c_ &lt;i&gt; #</h1>" in html
    assert "<blockquote>\n<p>- [x](y) &lt;script&gt;</p>\n</blockquote>" in html
    assert "Definition" not in html
