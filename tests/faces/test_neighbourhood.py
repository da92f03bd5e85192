"""The drawing on the page of a term: who is on it, what it says in words, and what it costs."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

import pytest
from builders import make_draft, make_term, propose_change
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pages import text_of

from terms import workflow
from terms.models import Term
from terms.views import neighbourhood

pytestmark = pytest.mark.django_db

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def publish(editor, reviewer):
    def publish(name, **related):
        relations = [
            {"kind": kind, "target": other.public_id} for kind, others in related.items() for other in others
        ]
        return make_term(name, by=editor, reviewer=reviewer, relations=relations)

    return publish


def figure_of(response):
    """Return the drawing as an element and its caption as text; None for a page without one."""
    found = re.search(r'<figure class="graph">(.*?)</figure>', response.content.decode(), re.DOTALL)
    if found is None:
        return None
    drawn, caption = found[1].split("<figcaption>")
    named = drawn.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    words = re.sub(r"<[^>]+>", "", caption)
    return ElementTree.fromstring(named), words.strip()  # noqa: S314 - our own drawing


def links_of(drawing):
    return {"".join(link.itertext()): link.get("href") for link in drawing.iter(f"{SVG}a")}


# --- What is drawn -------------------------------------------------------------------------------


def test_neighbours_are_drawn_with_links_and_told_in_a_sentence(client, publish):
    regularization, norm, decay = (publish(name) for name in ("Regularization", "Batch norm", "Decay"))
    dropout = publish("Dropout", broader=[regularization], related=[norm, decay])
    publish("Spatial dropout", broader=[dropout])

    drawing, caption = figure_of(client.get("/terms/dropout/"))

    assert caption == (
        "Dropout comes under Regularization, covers Spatial dropout, and is related to Batch norm and Decay."
    )
    assert links_of(drawing) == {
        "Regularization": "/terms/regularization/",
        "Spatial dropout": "/terms/spatial-dropout/",
        "Batch norm": "/terms/batch-norm/",
        "Decay": "/terms/decay/",
    }


def test_the_drawing_is_for_eyes_and_mouse_only(client, publish):
    publish("Dropout", related=[publish("Batch norm"), publish("Decay")])

    drawing, _ = figure_of(client.get("/terms/dropout/"))

    assert drawing.get("aria-hidden") == "true"
    assert {link.get("tabindex") for link in drawing.iter(f"{SVG}a")} == {"-1"}
    assert not [element for element in drawing.iter() if element.get("style")]


def test_what_neighbours_have_to_do_with_one_another_is_drawn_too(client, publish):
    norm = publish("Batch norm")
    decay = publish("Decay", related=[norm])
    publish("Dropout", related=[norm, decay])

    drawing, _ = figure_of(client.get("/terms/dropout/"))

    [ties] = [path.get("d") for path in drawing.iter(f"{SVG}path") if path.get("class") == "graph-ties"]
    assert ties.count("M") == 1


def test_one_neighbour_is_not_drawn(client, publish):
    publish("Dropout", related=[publish("Decay")])

    assert figure_of(client.get("/terms/dropout/")) is None
    assert figure_of(client.get("/terms/decay/")) is None


def test_successors_of_a_deprecated_term_are_drawn(client, publish, reviewer):
    new, other = publish("DropConnect"), publish("Dropout")
    old = publish("Drop-connect", related=[other])
    workflow.deprecate(term_id=old.pk, by=reviewer, reason="Spelling.", successors=[new.public_id])

    _, caption = figure_of(client.get("/terms/drop-connect/"))

    assert caption == "Drop-connect is replaced by DropConnect, and is related to Dropout."


def test_a_term_that_is_broader_and_related_stands_there_once(client, publish):
    broad, other = publish("Regularization"), publish("Decay")
    publish("Dropout", broader=[broad], related=[broad, other], see_also=[other])

    drawing, caption = figure_of(client.get("/terms/dropout/"))

    assert len(links_of(drawing)) == 2
    assert caption == "Dropout comes under Regularization, and is related to Decay."


def test_only_what_readers_see_is_drawn(client, publish):
    dropout = publish("Dropout", related=[publish("Batch norm"), publish("Decay")])
    before = client.get("/terms/dropout/").content
    draft = make_draft("Secret", relations=[{"kind": "broader", "target": dropout.public_id}])
    propose_change(dropout, relations=[{"kind": "related", "target": draft.term.public_id}])

    after = client.get("/terms/dropout/").content

    assert after == before


def test_names_are_shown_as_they_are_written(client, publish):
    publish("<b>Dropout</b>", related=[publish("Batch & norm"), publish("A </svg><script>alert(1)</script>")])

    response = client.get("/terms/b-dropout-b/")
    drawing, caption = figure_of(response)

    assert "Batch & norm" in links_of(drawing)
    assert "&lt;b&gt;Dropout&lt;/b&gt; is related to" in caption
    assert b"<script>alert" not in response.content


def test_a_long_name_is_cut_in_the_drawing_and_whole_when_pointed_at(client, publish):
    name = "Reinforcement learning from the feedback of human beings"
    publish("Dropout", related=[publish(name), publish("Decay")])

    drawing, caption = figure_of(client.get("/terms/dropout/"))

    assert [title.text for title in drawing.iter(f"{SVG}title")] == [name]
    assert name in caption


def test_a_glossary_that_is_read_from_right_to_left_begins_on_the_right(client, publish, settings):
    publish("Dropout", related=[publish("Batch norm"), publish("Decay")])

    settings.LANGUAGE_CODE = "ar"
    drawing, _ = figure_of(client.get("/terms/dropout/"))

    [first, _] = [link.find(f"{SVG}text") for link in drawing.iter(f"{SVG}a")]
    assert (first.text, first.get("x")) == ("Batch norm", "189")


# --- However many there are ----------------------------------------------------------------------


def term_with(**related):
    """Return a term with a document that names others, without rows: it is only drawn."""
    named = [
        {"id": name, "slug": name, "name": name, "relation": kind}
        for kind, names in related.items()
        for name in names
    ]
    return Term(name="Middle", document={"related": named, "replaced_by": []})


def test_of_many_neighbours_twelve_are_drawn_and_no_kind_crowds_out_another():
    narrow, beside = [f"narrow-{number}" for number in range(9)], [f"beside-{number}" for number in range(9)]

    found = neighbourhood.graph(term_with(broader=["broad"], narrower=narrow, related=beside))

    assert [label.name for label in found.drawing.labels] == ["broad", *narrow[:6], *beside[:5]]
    assert found.undrawn == 7
    assert [(clause.verb, len(clause.names), clause.others) for clause in found.clauses] == [
        ("comes under", 1, 0),
        ("covers", 3, 6),
        ("is related to", 3, 6),
    ]


def test_the_page_says_how_many_are_not_drawn(client, publish):
    middle = publish("Middle")
    for number in range(13):
        publish(f"Related {number}", related=[middle])

    response = client.get("/terms/middle/")
    drawing, caption = figure_of(response)

    assert len(links_of(drawing)) == 12
    assert caption.endswith("and 10 others. 1 more stands in the list only.")
    assert len(re.search(r"<figure.*?</figure>", text_of(response))[0]) < 4_000


def test_a_drawing_takes_one_question_and_none_where_nothing_is_drawn():
    with CaptureQueriesContext(connection) as drawn:
        neighbourhood.graph(term_with(related=[f"other-{number}" for number in range(20)]))
    with CaptureQueriesContext(connection) as not_drawn:
        neighbourhood.graph(term_with(related=["other"]))

    assert (len(drawn), len(not_drawn)) == (1, 0)
