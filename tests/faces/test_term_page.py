"""The page of a term: what it says in which order, what it links, how it is cited and who read it."""

from __future__ import annotations

import re
from functools import partial

import pytest
from builders import bring_in, make_draft, make_term, merge, propose_change
from test_views import Page, read

from terms import workflow
from terms.models import Term

pytestmark = pytest.mark.django_db

HOSTILE = "<b>&\"'$_{x}]"


@pytest.fixture
def publish(editor, reviewer):
    return partial(make_term, by=editor, reviewer=reviewer)


def body(client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def citations(html: str) -> dict[str, str]:
    """Return what the page offers to those who cite it, by how it is called."""
    found = re.findall(r'<pre data-copy="(\w+)">(.*?)</pre>', html, re.DOTALL)
    return {label: Page(f"<p>{text}</p>").text for label, text in found}


# --- What is where -------------------------------------------------------------------------------


def test_a_term_answers_in_one_sentence_and_then_in_depth(client, publish):
    publish("Adam", tags=["Optimizers"])
    publish("AdaGrad")
    publish("Lamb")
    other = Term.objects.get(name="Adam")
    publish(
        "Adafactor",
        short_definition="One sentence.",
        definition="The whole story.",
        aliases=[{"text": "Ada factor", "kind": "synonym"}],
        notes=[{"kind": "usage", "text": "How it is used."}],
        sources=[{"title": "A source"}],
        relations=[{"kind": "related", "target": other.public_id}],
        tags=["Optimizers"],
    )

    html = body(client, "/terms/adafactor/")

    pieces = [
        "<h1>",
        '<p class="lead">One sentence.</p>',
        '<bdi class="alias">Ada factor</bdi>',
        "The whole story.",
        "How it is used.",
        "A source",
        'id="related"',
        'id="tags"',
        'id="entry"',
        'rel="next"',
    ]
    places = [html.find(piece, html.index("<main")) for piece in pieces]
    assert -1 not in places
    assert places == sorted(places)


def test_a_bare_term_has_no_empty_parts(client, publish):
    publish("Bare", definition="Text.", short_definition="")

    html = body(client, "/terms/bare/")

    assert not re.search(r"<(dl|ul|ol|dd|section|nav)\b[^>]*>\s*</\1>", html)
    assert 'class="lead"' not in html
    assert "On this page" not in html


def test_many_names_of_a_kind_stand_one_by_one(client, publish):
    aliases = [{"text": f"Name {letter}", "kind": "synonym"} for letter in "ABCD"]
    publish("Many", aliases=aliases)
    publish("Few", aliases=[{"text": f"Word {letter}", "kind": "synonym"} for letter in "ABC"])

    assert len(read(client, "/terms/many/").all("ul", **{"class": "one-by-one"})) == 1
    assert read(client, "/terms/few/").all("ul", **{"class": "one-by-one"}) == []


# --- Links that say what they lead to ------------------------------------------------------------


def test_a_linked_name_brings_the_sentence_of_its_term_and_its_name_if_it_is_another(client, publish):
    publish(
        "Stochastic gradient descent",
        short_definition='Goes "down" & down.',
        aliases=[{"text": "SGD", "kind": "acronym"}],
    )
    publish("Loss", short_definition="What is made small.")
    publish("Kernel", qualifier="GPU", short_definition="A program.")
    publish("Training", definition="Loss shrinks by SGD. A [[Kernel (GPU)|small program]] runs.")

    links = {
        link["href"]: link for link in read(client, "/terms/training/").all("a", **{"class": "term-link"})
    }

    assert links["/terms/stochastic-gradient-descent/"]["title"] == 'Goes "down" & down.'
    assert links["/terms/stochastic-gradient-descent/"]["data-name"] == "Stochastic gradient descent"
    assert links["/terms/kernel-gpu/"]["data-name"] == "Kernel (GPU)"
    assert links["/terms/loss/"]["title"] == "What is made small."
    assert "data-name" not in links["/terms/loss/"]


def test_related_terms_successors_and_namesakes_bring_their_sentences_too(client, publish, reviewer):
    publish("Kernel", qualifier="GPU", short_definition="A program.")
    publish("Batch norm", short_definition="Evens a layer.")
    related = Term.objects.get(name="Batch norm")
    shift = publish("Kernel", qualifier="maths", relations=[{"kind": "related", "target": related.public_id}])
    workflow.deprecate(term_id=shift.pk, by=reviewer, reason="Old.", successors=["batch-norm"])

    links = read(client, "/terms/kernel-maths/").all("a")

    titles = [(link["href"], link["title"], link["data-term"] != "") for link in links if "data-term" in link]
    assert ("/terms/kernel-gpu/", "A program.", True) in titles
    assert titles.count(("/terms/batch-norm/", "Evens a layer.", True)) == 2


def test_a_term_without_a_sentence_is_a_plain_link(client, publish):
    publish("Loss", short_definition="")
    other = Term.objects.get(name="Loss")
    publish("Training", relations=[{"kind": "related", "target": other.public_id}])

    links = read(client, "/terms/training/").all("a")
    [link] = [link for link in links if link["href"] == "/terms/loss/" and "rel" not in link]

    assert link == {"href": "/terms/loss/"}


def test_the_sentence_of_a_draft_is_in_no_title(client, publish, editor):
    publish("Loss", short_definition="What readers see.")
    propose_change(Term.objects.get(name="Loss"), by=editor, short_definition="Not approved.")
    make_draft("Secret", short_definition="Not published.")
    publish("Training", definition="The loss of the secret, [[Secret]].")

    html = body(client, "/terms/training/")

    assert "What readers see." in html
    assert "Not approved." not in html
    assert "Not published." not in html


# --- On this page --------------------------------------------------------------------------------


def test_a_long_definition_lists_its_headings_and_each_leads_there(client, publish):
    publish("Long", definition="# One\n\nText.\n\n## Two & more\n\nText.\n\n# One\n\n### Too deep\n")

    page = read(client, "/terms/long/")

    listed = [link for link in page.links() if link.startswith("#in-")]
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert listed == ["#in-one", "#in-two-and-more", "#in-one-2"]
    assert {link[1:] for link in listed} <= set(ids)
    assert len(set(ids)) == len(ids)


def test_a_short_one_has_no_list_but_its_headings_can_be_linked(client, publish):
    publish("Short", definition="# One\n\nText.\n\n# Two\n\nText.")

    html = body(client, "/terms/short/")

    assert "On this page" not in html
    assert '<h3 id="in-two">' in html


def test_what_scrolls_can_be_reached_with_the_keyboard_and_has_a_name(client, publish):
    publish("Wide", definition="| a |\n|---|\n| b |\n\n```\ncode\n```\n\n$$x = y$$\n")

    boxes = [tag for tag in read(client, "/terms/wide/").tags if tag[1].get("tabindex") == "0"]

    assert [(tag, attributes["role"], attributes["aria-label"]) for tag, attributes in boxes] == [
        ("div", "region", "Table"),
        ("pre", "group", "Code"),
        ("div", "group", "Formula"),
    ]


# --- Citing --------------------------------------------------------------------------------------


def test_the_page_says_how_it_is_cited_with_the_address_that_stays(client, publish, settings):
    settings.SITE_URL = "https://words.example"
    term = publish("Kernel", qualifier="GPU")
    address = f"https://words.example/t/{term.public_id}/"

    html = body(client, "/terms/kernel-gpu/")

    cited = citations(html)
    assert cited["Text"].startswith("“Kernel (GPU)”, Termbook, version 1 of ")
    assert cited["Text"].endswith(address)
    assert cited["Markdown"] == f"[Kernel (GPU)]({address})"
    assert cited["HTML"] == f'<a href="{address}">Kernel (GPU)</a>'
    assert f"url = {{{address}}}" in cited["BibTeX"]
    assert Page(html).all("a", href=address)


def test_a_hostile_name_is_cited_as_text(client, publish):
    term = publish(HOSTILE)

    html = body(client, term.get_absolute_url())

    assert "<b>&" not in html
    assert citations(html)["HTML"].endswith('/">&lt;b&gt;&amp;&quot;&#x27;$_{x}]</a>')
    assert citations(html)["Markdown"].startswith("[\\<b\\>\\&\"'\\$\\_{x}\\]](")


def test_authors_are_cited_only_where_readers_are_told_who_they_are(client, publish, editor, settings):
    publish("Dropout")

    assert editor.username not in body(client, "/terms/dropout/")

    settings.SHOW_AUTHORS = True
    assert citations(body(client, "/terms/dropout/"))["Text"].startswith(f"{editor.username}, “Dropout”")
    assert f"author = {{{{{editor.username}}}}}" in citations(body(client, "/terms/dropout/"))["BibTeX"]


# --- Who read it ---------------------------------------------------------------------------------


def test_readers_are_told_that_a_second_person_read_the_text_and_who_if_the_site_wishes_it(
    client, publish, editor, reviewer, settings
):
    publish("Dropout")

    assert "Reviewed by a second person" in read(client, "/terms/dropout/").text

    settings.SHOW_AUTHORS = True
    told = read(client, "/terms/dropout/").text
    assert f"by {editor.username} Version" in told
    assert f"Reviewed by {reviewer.username}" in told


def test_readers_are_told_that_nobody_else_read_the_text(client, reviewer, chief, settings):
    settings.SELF_REVIEW = True
    make_term("Own", by=reviewer, reviewer=reviewer)
    bring_in(b"term,definition\nBrought,Text.\n", by=chief, publish=True)
    merge(make_term("Kept"), make_term("Absorbed"), by=chief)

    assert "Reviewed by nobody but its author" in read(client, "/terms/own/").text
    assert "Reviewed not yet: it came with an import" in read(client, "/terms/brought/").text
    assert "Reviewed" not in read(client, "/terms/kept/").text


# --- Comparing -----------------------------------------------------------------------------------


def test_a_comparison_calls_tags_by_their_names_and_says_what_it_compares(client, publish, reviewer, editor):
    term = publish("Dropout", tags=["Deep Learning"])
    change = propose_change(term, by=editor, tags=["Deep Learning", "Zoo of Words"])
    workflow.approve(revision_id=change.pk, by=reviewer)

    page = read(client, "/terms/dropout/compare/")

    assert "Zoo of Words" in page.text
    assert "zoo-of-words" not in page.text
    assert "as they are written, in Markdown" in page.text
