"""Out of one glossary, into an empty one, and out again: the same file, the same graph, the same concepts."""

import pytest
from builders import make_term, make_user
from django.contrib.auth.models import AnonymousUser
from rdflib import Graph
from rdflib.compare import graph_diff, to_isomorphic
from rdflib.namespace import DCTERMS, OWL

from terms import exporting, importing, workflow
from terms.exporting import Selection
from terms.formats import tbx
from terms.models import Term

pytestmark = [pytest.mark.django_db, pytest.mark.once]

HOSTILE = [
    "=HYPERLINK(1)",
    "'=1+1",
    "-1;2|3\\4",
    '"quotes", commas; semicolons',
    "two\nlines and\n\nparagraphs",
    "\u202eright to left\u202c",
    "cafe\u0301 café",
    "👩‍👩‍👧 family",
    "<b>bold</b> &amp; <script>alert(1)</script>",
    "]]> <!-- --> <?xml?>",
    "{{x}} {% y %} ${z}",
    "--- front\n---\nmatter: no",
    "# no heading\n- no list",
    "$x^2$ costs $5",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "```python\n# comment | pipe\n```",
    "null",
    "1.10",
    "[[Name]]",
    "http://x.example/?a=b&c=d#e",
]


@pytest.fixture
def glossary():
    """A glossary with every kind of content, and hostile texts wherever a text may stand."""
    hull = make_term("Hull", definition="The body of a ship.", tags=["Ships", "Parts & more"])
    for number, text in enumerate(HOSTILE):
        line = " ".join(text.split())
        make_term(
            f"{line} {number}"[:150],
            qualifier=line[:60] if number % 3 == 0 else "",
            short_definition=f"{line} short."[:160],
            definition=f"Before.\n\n{text}\n\nAfter.",
            aliases=[
                {
                    "text": f"{line} alias {number}"[:150],
                    "kind": "synonym",
                    "status": "forbidden",
                    "note": line[:200],
                },
                {"text": f"Wort {number}", "kind": "translation", "language": "de-AT"},
                {"text": f"H{number}", "kind": "hidden"},
            ],
            tags=[f"Tag {number % 4}"],
            relations=[{"kind": "broader" if number % 2 else "see_also", "target": hull.public_id}],
            sources=[{"title": line, "url": "https://books.example/?a=1&b=2", "locator": line[:100]}],
            notes=[{"kind": "usage", "text": text}, {"kind": "editorial", "text": f"For us: {text}"}],
            external_ids=[{"scheme": "wikidata", "value": f"Q{number}", "mapping": "close"}],
            review_by="2031-01-31" if number % 5 == 0 else "",
            links_itself=number % 4 != 0,
        )
    old = make_term("Old word", definition="Out of use.")
    workflow.deprecate(
        term_id=old.pk, by=make_user("Reviewers"), reason="Nobody says so.", successors=[hull.public_id]
    )
    Term.objects.update(updated_at="2025-03-04T05:06:07Z")


def exported(form, by):
    return b"".join(exporting.stream(form, Selection(), by=by, origin="https://g.example"))


@pytest.fixture
def moved(empty_the_database):
    """Return what brings a file into an empty glossary, published, as a chief editor does."""

    def move(data, name):
        empty_the_database()
        return _bring_in(data, name)

    return move


def _bring_in(data, name):
    chief = make_user("Chief editors")
    batch = importing.prepare(
        [importing.GivenFile(name, data)], by=chief, options=importing.Options(publish=True)
    )
    batch = importing.carry_out(batch, importing.token(batch, chief), by=chief)
    assert (
        batch.rows.exclude(outcome="published").values_list("record__name", "because", "message").first()
        is None
    )
    return chief


@pytest.mark.parametrize(
    ("form", "ending"),
    [("csv", "csv"), ("csv-excel", "csv"), ("json", "json"), ("jsonl", "jsonl"), ("markdown", "zip")],
)
def test_a_file_comes_back_byte_for_byte(glossary, moved, form, ending):
    before = exported(form, make_user("Editors"))

    chief = moved(before, f"glossary.{ending}")

    assert exported(form, chief) == before


@pytest.mark.parametrize("form", ["csv", "json", "markdown"])
def test_what_readers_get_comes_back_too(glossary, moved, form):
    before = exported(form, AnonymousUser())

    moved(before, f"glossary.{'zip' if form == 'markdown' else form}")

    assert exported(form, AnonymousUser()) == before


@pytest.mark.parametrize("form", ["csv", "json", "jsonl", "markdown"])
def test_the_same_file_twice_changes_nothing(glossary, form):
    chief = make_user("Chief editors")
    data = exported(form, chief)

    batch = importing.prepare(
        [importing.GivenFile("glossary.zip" if form == "markdown" else "g", data)], by=chief
    )

    assert {action: count for action, count in batch.counts.items() if count} == {
        "unchanged": len(HOSTILE) + 2
    }


def concepts(data):
    """Return what a TBX file says of each concept, without what belongs to one glossary alone."""
    found = {}
    for record in tbx.read(data):
        aliases = frozenset((a.text, a.kind, a.status, a.language, a.note) for a in record.aliases or ())
        related = frozenset(relation.target for relation in record.relations or ())
        texts = (record.short_definition, record.definition, record.status, record.deprecation_reason)
        parts = (frozenset(record.tags or ()), frozenset(record.sources or ()), frozenset(record.notes or ()))
        found[record.name, record.qualifier] = (aliases, related, texts, parts)
    return found


@pytest.mark.parametrize("form", ["tbx-basic-dca", "tbx-basic-dct"])
def test_tbx_comes_back_with_the_same_concepts(glossary, moved, form):
    before = exported(form, make_user("Editors"))

    chief = moved(before, "glossary.tbx")

    assert len(concepts(before)) == len(HOSTILE) + 2
    assert concepts(exported(form, chief)) == concepts(before)


def graph(data, form):
    """Return the graph of a SKOS file without the history of its terms, which stays with their glossary."""
    found = Graph().parse(data=data, format={"skos-turtle": "turtle", "skos-rdf": "xml"}[form])
    for term in (DCTERMS.created, DCTERMS.issued, OWL.versionInfo):
        found.remove((None, term, None))
    return to_isomorphic(found)


@pytest.mark.parametrize(("form", "ending"), [("skos-turtle", "ttl"), ("skos-rdf", "rdf")])
def test_skos_comes_back_as_the_same_graph(glossary, moved, form, ending):
    before = exported(form, make_user("Editors"))

    chief = moved(before, f"glossary.{ending}")

    after = exported(form, chief)
    only_before, only_after = map(set, graph_diff(graph(before, form), graph(after, form))[1:])
    assert (only_before, only_after) == (set(), set())
