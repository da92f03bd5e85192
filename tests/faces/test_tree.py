"""The tree of terms: nested lists, pages of branches, and what is too deep, too broad or not for readers."""

from __future__ import annotations

import html
import itertools
import re

import pytest
from builders import make_draft, make_term
from pages import text_of

from terms import hierarchy, publishing, workflow
from terms.models import Relation, Term

pytestmark = pytest.mark.django_db


@pytest.fixture
def publish(editor, reviewer):
    def publish(name, *broader, **content):
        relations = [{"kind": "broader", "target": term.public_id} for term in broader]
        return make_term(name, by=editor, reviewer=reviewer, relations=relations, **content)

    return publish


@pytest.fixture
def glossary(publish):
    """Two tops, three levels, a term under two others, and one that stands alone."""
    training, model = publish("Training"), publish("Model")
    regularization = publish("Regularization", training, short_definition="What lowers error on new data.")
    publish("Dropout", regularization, model)
    publish("Early stopping", regularization)
    publish("Perplexity")


def list_of(response):
    """Return the words of the tree, with what is under a line in brackets."""
    [tree] = re.findall(
        r'<ul class="tree"[^>]*>(.*?)</ul>\s*(?=<nav|<section|</main)', response.content.decode(), re.S
    )
    for tag, sign in [("<ul>", " ["), ("</ul>", "]"), ("</li>", ";")]:
        tree = tree.replace(tag, sign)
    words = html.unescape(re.sub(r"<[^>]+>", "", tree)).replace("\xa0", " ")
    return re.sub(r";(?=\]|$)", "", re.sub(r"\s+", " ", words).replace("; ", ";").strip())


def bulk_terms(count):
    """Write public terms as rows, `t0`, `t1` and so on: thousands of publications would take too long."""
    terms = [
        Term(public_id=f"bulk{number}", slug=f"t{number}", status="published", version=1)
        for number in range(count)
    ]
    for number, term in enumerate(terms):
        term.set_name(f"T{number:05d}")
    return Term.objects.bulk_create(terms)


def put_under(*pairs):
    kind = Relation.Kind.BROADER
    Relation.objects.bulk_create(Relation(source=one, target=other, kind=kind) for one, other in pairs)
    publishing.raise_content_version()


# --- The tree ------------------------------------------------------------------------------------


def test_narrower_terms_stand_in_lists_under_their_broader_ones(client, glossary):
    response = client.get("/tree/")

    assert list_of(response) == (
        "Model 1 narrower [Dropout];Training 1 narrower [Regularization 2 narrower [Dropout;Early stopping]]"
    )
    assert '<a href="/terms/regularization/"><bdi>Regularization</bdi></a>' in response.content.decode()
    assert "5 terms, 2 of them at the top. 1 more has neither a broader nor a narrower term" in text_of(
        response
    )


def test_a_glossary_without_broader_terms_says_so_and_leads_to_the_index(client, publish):
    publish("Perplexity")

    response = client.get("/tree/")

    assert response.status_code == 200
    assert "No published term has a broader one yet." in text_of(response)
    assert 'href="/a-z/"' in text_of(response)
    assert "tree.js" not in text_of(response)


def test_names_are_shown_as_they_are_written(client, publish):
    publish("<b>Bold</b> & Co", publish("Kernel", qualifier="<i>GPU</i>"))

    page = client.get("/tree/").content.decode()

    assert "<bdi>&lt;b&gt;Bold&lt;/b&gt; &amp; Co</bdi>" in page
    assert 'Kernel <span class="qualifier">(&lt;i&gt;GPU&lt;/i&gt;)</span>' in page


def test_a_circle_is_shown_once_and_says_so(client, publish):
    one, two = publish("One"), publish("Two")
    put_under((one, two), (two, one))

    assert list_of(client.get("/tree/")) == "One 1 narrower [Two 1 narrower [One see above]]"
    assert list_of(client.get("/tree/one/")) == "Two 1 narrower [One see above]"


def test_what_has_no_room_is_a_link_to_its_branch(client, glossary, monkeypatch):
    monkeypatch.setattr(hierarchy, "MOST_LINES", 5)

    response = client.get("/tree/")

    assert list_of(response) == (
        "Model 1 narrower [Dropout];Training 1 narrower [Regularization 2 narrower than Regularization]"
    )
    assert '<a class="tree-count" href="/tree/regularization/">2<' in response.content.decode()


def test_many_tops_come_in_pages(client, monkeypatch):
    terms = bulk_terms(402)
    put_under(*zip(terms[201:], terms[:201], strict=True))

    first, second = client.get("/tree/"), client.get("/tree/?page=2")

    assert "402 terms, 201 of them at the top, showing 1–200." in text_of(first)
    assert list_of(second) == "T00200 1 narrower [T00401]"
    assert "Tree of terms, page 2" in text_of(second)
    assert client.get("/tree/?page=3").status_code == client.get("/tree/?page=x").status_code == 404


# --- A branch ------------------------------------------------------------------------------------


def test_a_branch_says_where_it_stands_and_what_is_under_and_beside_it(client, glossary):
    response = client.get("/tree/regularization/")

    page = text_of(response)
    assert list_of(response) == "Dropout;Early stopping"
    assert "What lowers error on new data." in page
    assert '<a href="/tree/">Tree</a> <span aria-hidden="true">/</span> <a href="/tree/training/">' in page
    assert '2 narrower terms · <a href="/terms/regularization/">the whole entry</a>' in page
    assert "Also under" not in page
    assert '<meta name="robots" content="noindex, follow">' in page


def test_a_term_under_two_others_has_two_ways_up(client, glossary):
    page = text_of(client.get("/tree/dropout/"))

    assert page.count('<li><a href="/tree/">Tree</a>') == 2
    assert "No narrower terms" in page
    assert "Also under <bdi>Regularization</bdi>" in page
    assert "Also under <bdi>Model</bdi>" not in page
    assert "tree.js" not in page


def test_a_broad_branch_comes_in_pages(client):
    top, *others = bulk_terms(1_001)
    put_under(*((other, top) for other in others))

    tree, first, last = (client.get(path) for path in ("/tree/", "/tree/t0/", "/tree/t0/?page=5"))

    assert list_of(tree) == "T00000 1,000 narrower than T00000"
    assert "1,000 narrower terms, showing 1–200" in text_of(first)
    assert list_of(first).count(";") == 200
    assert '<a href="/tree/t0/?page=2">800 more narrower terms</a>' in text_of(first)
    assert list_of(last).startswith("T00801;")
    assert "more narrower" not in text_of(last)
    assert "975 more" in text_of(client.get("/tree/t1/"))
    assert len(first.content) < 60_000


def test_a_long_chain_is_shown_in_parts(client):
    terms = bulk_terms(300)
    put_under(*((below, above) for above, below in itertools.pairwise(terms)))

    tree, deep = client.get("/tree/"), client.get("/tree/t250/")

    assert list_of(tree).endswith("T00009 1 narrower than T00009" + "]" * 9)
    assert 'href="/tree/t9/"' in tree.content.decode()
    assert list_of(deep).startswith("T00251 1 narrower [T00252")
    assert deep.content.decode().count('href="/tree/t') == 31
    assert "… <span" in text_of(deep)


# --- What is not in it ---------------------------------------------------------------------------


def test_a_term_that_is_under_and_over_nothing_has_its_own_page_only(client, glossary):
    response = client.get("/tree/perplexity/")

    assert (response.status_code, response.headers["Location"]) == (301, "/terms/perplexity/")


def test_a_draft_is_as_if_it_were_not_there(client, glossary):
    broader = [{"kind": "broader", "target": Term.objects.get(slug="training").public_id}]
    before = client.get("/tree/").content, client.get("/tree/training/").content
    make_draft("Secret", relations=broader)

    assert (client.get("/tree/").content, client.get("/tree/training/").content) == before
    draft, nothing = client.get("/tree/secret/"), client.get("/tree/nothing/")
    assert draft.status_code == nothing.status_code == 404
    assert draft.content.replace(b"secret", b"nothing") == nothing.content


def test_deprecated_terms_have_left_and_removed_ones_are_gone(client, glossary, chief):
    model, stopping = Term.objects.get(slug="model"), Term.objects.get(slug="early-stopping")
    workflow.deprecate(term_id=model.pk, by=chief, reason="Too wide a word.")
    workflow.remove(term_id=stopping.pk, by=chief, reason="Wrong.")

    assert list_of(client.get("/tree/")) == "Training 1 narrower [Regularization 1 narrower [Dropout]]"
    assert client.get("/tree/model/").headers["Location"] == "/terms/model/"
    assert client.get("/tree/early-stopping/").status_code == 410


def test_other_names_lead_to_the_branch_of_the_term(client, publish):
    publish("Dropout", publish("Regularization", aliases=["Penalty"]))

    response = client.get("/tree/penalty/")

    assert response.status_code == 301
    assert response.headers["Location"] == "/tree/regularization/"
