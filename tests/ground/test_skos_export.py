import io
import json
import socket
from dataclasses import replace
from itertools import permutations, product

import pytest
import skos_graphs
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from rdflib import Literal, URIRef
from rdflib.compare import isomorphic
from rdflib.namespace import DCTERMS, OWL, RDF, SKOS, XSD
from skos_graphs import conditions_broken_by

from terms import formats
from terms.formats import skos
from terms.formats.record import (
    ALIAS_KINDS,
    ALIAS_STATUSES,
    MAPPINGS,
    NOTE_KINDS,
    RELATION_KINDS,
    AliasRecord,
    ExternalIdRecord,
    Glossary,
    NoteRecord,
    RelationRecord,
    SourceRecord,
    TermRecord,
)
from terms.text import name_key, slug_for, words

GLOSSARY = Glossary(
    "Boats & <rigging>",
    "https://g.example/",
    language="en",
    description="All about\nboats.",
    licence="https://creativecommons.org/licenses/by/4.0/",
    modified="2031-05-06T07:08:09Z",
)
SYNTAXES = list(skos_graphs.PARSERS)
TERM = "https://g.example/t/"


@pytest.fixture(autouse=True)
def _without_network(monkeypatch):
    def refuse(*_args, **_kwargs):
        raise AssertionError("Something was to be fetched.")

    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, refuse)
    for name in ("create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, name, refuse)


def term(id, name, **fields):
    said = {
        "line": 0,
        "ref": id,
        "id": id,
        "name": name,
        "slug": slug_for(name),
        "qualifier": "",
        "status": "published",
        "deprecation_reason": "",
        "short_definition": "",
        "definition": "",
        "aliases": (),
        "tags": (),
        "relations": (),
        "relation_kinds": RELATION_KINDS,
        "sources": (),
        "notes": (),
        "external_ids": (),
        "review_by": "",
        "links_itself": True,
        "version": 1,
        "created_at": "2030-01-01T00:00:00Z",
        "published_at": "2030-02-01T00:00:00Z",
        "updated_at": "2030-03-01T00:00:00Z",
    }
    return TermRecord(**said | fields)


def written(records, syntax="skos-turtle", glossary=GLOSSARY):
    return b"".join(formats.WRITERS[syntax].write(iter(records), glossary))


def graph_of(records, syntax="skos-turtle", glossary=GLOSSARY):
    return skos_graphs.parsed(written(records, syntax, glossary), syntax)


def read_again(records, syntax="skos-turtle"):
    return [item for item in skos.read(written(records, syntax)) if isinstance(item, TermRecord)]


def concept(id):
    return URIRef(f"{TERM}{id}/")


def texts_of(graph, id, predicate):
    return {(str(text), text.language) for text in graph.objects(concept(id), predicate)}


KEEL = term(
    "k1",
    "Keel",
    qualifier="ship",
    short_definition='The "lowest" timber \\ of a hull.',
    definition="# Keel\n\nThe *lowest* timber:\n\n- straight\n- strong\\*",
    aliases=(
        AliasRecord("backbone"),
        AliasRecord("Kiel", "translation", "admitted", "de"),
        AliasRecord("Balken", "translation", "preferred", "de"),
        AliasRecord("KL", "acronym", note="old charts"),
        AliasRecord("kele", "misspelling"),
        AliasRecord("spine", "synonym", "forbidden"),
    ),
    tags=("Hull parts", "C++"),
    relations=(
        RelationRecord("broader", "t1"),
        RelationRecord("related", "t1"),
        RelationRecord("see_also", "r1"),
    ),
    sources=(
        SourceRecord("https://b.example/1", "https://b.example/1"),
        SourceRecord("Handbook", "https://b.example/2", "p. 3"),
        SourceRecord("Talk"),
    ),
    notes=(
        NoteRecord("usage", "Say *keel*."),
        NoteRecord("example", "A long keel."),
        NoteRecord("usage", "2 \\* 2"),
    ),
    external_ids=(
        ExternalIdRecord("uri", "http://w.example/Q1", "close"),
        ExternalIdRecord("notation", "07"),
        ExternalIdRecord("other system", "a b", "broader"),
        ExternalIdRecord("identifier", "7"),
    ),
    review_by="2032-01-31",
    links_itself=False,
)
TIMBER = term(
    "t1", "Timber", definition="Wood for *building*.\n\nMore.", inverse=(RelationRecord("broader", "k1"),)
)
RIB = term(
    "r1",
    "Rib",
    status="deprecated",
    deprecation_reason="Say *frame*.",
    relations=(RelationRecord("broader", "t1"), RelationRecord("replaced_by", "f1")),
)
FRAME = term(
    "f1",
    "Frame",
    status="draft",
    slug="",
    version=0,
    aliases=(
        AliasRecord("Spant", "translation", "preferred", "de"),
        AliasRecord("bow"),
        AliasRecord("f", "hidden"),
    ),
    relations=(RelationRecord("related", "r1"),),
    further={
        "skos:definition": [{"@value": "Ein Spant.", "@language": "de"}],
        "dct:creator": [{"http://x.example/name": ["Ada"]}],
        "http://x.example/size": [
            {"@value": "3", "@type": str(XSD.integer)},
            {"@id": "http://x.example/big"},
        ],
        "owner": ["somebody"],
    },
)
ALL = (KEEL, TIMBER, RIB, FRAME)


# --- One graph, three syntaxes -------------------------------------------------------------------


def test_writers_are_known_with_their_media_types():
    found = {
        name: (writer.media_type, writer.ending)
        for name, writer in formats.WRITERS.items()
        if name in skos_graphs.PARSERS
    }

    assert found == {
        "skos-turtle": ("text/turtle; charset=utf-8", ".ttl"),
        "skos-rdf": ("application/rdf+xml; charset=utf-8", ".rdf"),
        "skos-jsonld": ("application/ld+json; charset=utf-8", ".jsonld"),
    }


def test_all_syntaxes_hold_the_same_graph():
    turtle, xml, json_ld = (graph_of(ALL, syntax) for syntax in SYNTAXES)

    assert len(turtle) > 100
    assert isomorphic(turtle, xml)
    assert isomorphic(turtle, json_ld)


def test_json_ld_carries_its_context_and_is_plain_to_read():
    document = json.loads(written(ALL, "skos-jsonld"))

    keel = next(node for node in document["@graph"] if node["id"] == f"{TERM}k1/")
    assert isinstance(document["@context"], dict)
    assert (keel["type"], keel["prefLabel"]) == ("Concept", {"en": "Keel (ship)", "de": "Balken"})


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_file_without_terms_is_a_scheme_alone(syntax):
    graph = graph_of([], syntax)

    assert set(graph.subjects()) == {URIRef("https://g.example/#set")}


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_terms_are_written_as_they_come(syntax):
    pieces = formats.WRITERS[syntax].write((term(f"t{n}", f"Term {n}") for n in range(100)), GLOSSARY)

    begun = b""
    taken = 0
    while b'Term 1"' not in begun and b"Term 1<" not in begun:
        begun += next(pieces)
        taken += 1

    assert taken < 12
    assert b"Term 50" not in begun


# --- What is said --------------------------------------------------------------------------------


def test_scheme_says_what_it_is_and_under_what_licence():
    graph = graph_of([KEEL])
    scheme = URIRef("https://g.example/#set")

    assert graph.value(scheme, RDF.type) == SKOS.ConceptScheme
    assert graph.value(scheme, DCTERMS.title) == Literal("Boats & <rigging>", lang="en")
    assert graph.value(scheme, DCTERMS.license) == URIRef("https://creativecommons.org/licenses/by/4.0/")
    assert graph.value(scheme, DCTERMS.modified) == Literal("2031-05-06T07:08:09Z", datatype=XSD.dateTime)


def test_licence_in_words_stays_a_text():
    graph = graph_of([KEEL], glossary=replace(GLOSSARY, licence="All rights reserved"))

    assert list(graph.objects(None, DCTERMS.license)) == [Literal("All rights reserved")]


def test_labels_have_their_languages_and_nobody_is_shown_a_forbidden_name():
    graph = graph_of(ALL)

    assert texts_of(graph, "k1", SKOS.prefLabel) == {("Keel (ship)", "en"), ("Balken", "de")}
    assert texts_of(graph, "k1", SKOS.altLabel) == {("backbone", "en"), ("Kiel", "de"), ("KL", "en")}
    assert texts_of(graph, "k1", SKOS.hiddenLabel) == {("kele", "en"), ("spine", "en")}
    assert Literal("k1") in set(graph.objects(concept("k1"), SKOS.notation))


def test_short_definition_is_the_definition_and_the_article_says_that_it_is_markdown():
    graph = graph_of(ALL)

    assert texts_of(graph, "k1", SKOS.definition) == {('The "lowest" timber \\ of a hull.', "en")}
    [article] = graph.objects(concept("k1"), URIRef("urn:x-termbook:article"))
    assert (str(article), article.datatype) == (KEEL.definition, URIRef("urn:x-termbook:markdown"))


def test_without_a_short_definition_the_first_paragraph_is_the_definition():
    assert texts_of(graph_of(ALL), "t1", SKOS.definition) == {("Wood for building.", "en")}
    assert read_again([TIMBER])[0].short_definition == ""


def test_relations_stand_in_both_directions():
    graph = graph_of([*ALL, term("b1", "Board", relations=(RelationRecord("broader", "t1"),))])

    assert set(graph.subject_objects(SKOS.broader)) == {(concept(id), concept("t1")) for id in ("k1", "b1")}
    assert set(graph.subject_objects(SKOS.narrower)) == {(concept("t1"), concept(id)) for id in ("k1", "b1")}
    assert set(graph.subject_objects(SKOS.related)) == {
        (concept("f1"), concept("r1")),
        (concept("r1"), concept("f1")),
    }


def test_relations_to_terms_that_are_left_out_are_written_at_those_that_are_in():
    graph = graph_of(
        [replace(TIMBER, inverse=(RelationRecord("broader", "k1"), RelationRecord("related", "z")))]
    )

    assert set(graph.subject_objects(SKOS.narrower)) == {(concept("t1"), concept("k1"))}
    assert set(graph.subject_objects(SKOS.related)) == {(concept("t1"), concept("z"))}
    assert set(graph.subjects(RDF.type, SKOS.Concept)) == {concept("t1")}


def test_relations_of_two_terms_come_back_however_they_stand():
    """Among them "see also" beside "related" in the line of the hierarchy, which is written twice over."""
    kinds = ("broader", "related", "see_also")
    ways = [way for count in range(4) for way in permutations(kinds, count)]
    lost = []
    for of_keel, of_hull in product(ways, ways):
        keel = term("k1", "Keel", relations=tuple(RelationRecord(kind, "h1") for kind in of_keel))
        hull = term("h1", "Hull", relations=tuple(RelationRecord(kind, "k1") for kind in of_hull))
        is_circle = "broader" in of_keel and "broader" in of_hull

        again = [record.relations for record in read_again([keel, hull])]

        if again != [keel.relations, hull.relations] and not is_circle:
            lost.append((of_keel, of_hull))
    assert lost == []


def test_deprecated_concept_leaves_the_hierarchy_and_keeps_its_address():
    graph = graph_of(ALL)

    assert graph.value(concept("r1"), OWL.deprecated) == Literal("true", datatype=XSD.boolean)
    assert graph.value(concept("r1"), DCTERMS.isReplacedBy) == concept("f1")
    assert texts_of(graph, "r1", SKOS.historyNote) == {("Say *frame*.", "en")}
    for predicate in (SKOS.broader, SKOS.narrower, SKOS.topConceptOf):
        assert concept("r1") not in set(graph.subjects(predicate)) | set(graph.objects(None, predicate))


def test_tops_are_told_by_the_scheme_and_by_themselves():
    graph = graph_of(ALL)

    assert set(graph.objects(None, SKOS.hasTopConcept)) == {concept("t1"), concept("f1")}
    assert set(graph.subjects(SKOS.topConceptOf)) == {concept("t1"), concept("f1")}


def test_tags_are_collections():
    graph = graph_of([KEEL, replace(FRAME, tags=("Hull parts",))])

    [group] = graph.subjects(SKOS.prefLabel, Literal("Hull parts", lang="en"))
    assert (group, RDF.type, SKOS.Collection) in graph
    assert set(graph.objects(group, SKOS.member)) == {concept("k1"), concept("f1")}


def test_what_an_import_brought_along_goes_out_again():
    graph = graph_of(ALL)

    assert texts_of(graph, "f1", SKOS.definition) == {("Ein Spant.", "de")}
    assert set(graph.objects(concept("f1"), URIRef("http://x.example/size"))) == {
        Literal("3", datatype=XSD.integer),
        URIRef("http://x.example/big"),
    }
    assert "somebody" not in written(ALL).decode()


# --- Integrity conditions of the SKOS Reference --------------------------------------------------


def test_checker_sees_what_is_wrong():
    graph = graph_of([KEEL, TIMBER])
    graph.add((concept("k1"), SKOS.altLabel, Literal("Balken", lang="de")))
    graph.add((concept("k1"), SKOS.prefLabel, Literal("Spine", lang="en")))
    graph.add((concept("k1"), SKOS.related, concept("t1")))
    graph.add((concept("t1"), RDF.type, SKOS.Collection))

    assert {found[0] for found in conditions_broken_by(graph)} == {"S9, S37", "S13", "S14", "S27", "S23"}


def test_export_breaks_no_condition():
    assert conditions_broken_by(graph_of(ALL)) == []


def test_related_term_above_goes_out_as_see_also_and_comes_back_as_related():
    again = read_again([KEEL, TIMBER])

    assert again[0].relations[:2] == (RelationRecord("broader", "t1"), RelationRecord("related", "t1"))
    assert again[1].relations == ()


# --- There and back ------------------------------------------------------------------------------


def as_read(record):
    """Return a record as it comes back: without its line, and with its address as its key."""
    ref = f"{TERM}{record.id}/"
    return replace(record, line=0, ref=ref, flags=(), inverse=())


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_own_export_comes_back_as_it_was(syntax):
    keel, timber, rib, frame = (replace(record, line=0, flags=()) for record in read_again(ALL, syntax))

    assert keel == as_read(KEEL)
    assert timber == as_read(TIMBER)
    assert rib == as_read(replace(RIB, relations=(RelationRecord("replaced_by", "f1"),)))
    assert replace(frame, further={}) == as_read(replace(FRAME, further={}))
    assert frame.further == {name: said for name, said in FRAME.further.items() if name != "owner"}


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_second_export_is_the_same_graph(syntax):
    assert isomorphic(graph_of(read_again(ALL, syntax)), graph_of(ALL))


def test_relation_is_read_only_where_it_is_stated():
    stated, other = read_again([term("a", "A", relations=(RelationRecord("related", "b"),)), term("b", "B")])

    assert (stated.relations, other.relations) == ((RelationRecord("related", "b"),), ())


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_order_of_names_comes_back_whatever_their_languages(syntax):
    names = tuple(
        AliasRecord(text, "translation", status, language)
        for text, status, language in [
            ("stam", "preferred", "sv"),
            ("emäpuu", "preferred", "fi"),
            ("kölplanka", "admitted", "sv"),
            ("köli", "admitted", "fi"),
            ("köl", "admitted", "sv"),
        ]
    )

    [keel] = read_again([term("a", "Keel", aliases=names)], syntax)

    assert keel.aliases == names


def test_order_of_relations_comes_back():
    links = (RelationRecord("see_also", "c"), RelationRecord("related", "b"), RelationRecord("broader", "c"))
    told_before = term("b", "B", inverse=(RelationRecord("related", "a"),))

    again = read_again([told_before, term("a", "A", relations=links), term("c", "C")])

    assert [record.relations for record in again] == [(), links, ()]


def test_definition_that_another_program_adds_is_kept_aside():
    text = (
        written([KEEL])
        .decode()
        .replace("    skos:definition", '    skos:definition "More."@en ;\n    skos:definition')
    )

    [record] = skos.read(text.encode())

    assert record.short_definition == "More."
    assert record.further == {
        "skos:definition": [{"@value": KEEL.short_definition, "@language": "en"}],
    }


def test_labels_that_another_program_adds_and_takes_away_count():
    text = (
        written([KEEL])
        .decode()
        .replace('"backbone"@en', '"backbone"@en , "beam"@en')
        .replace(' , "KL"@en', "")
    )

    [record] = skos.read(text.encode())

    assert [alias.text for alias in record.aliases] == ["backbone", "Kiel", "Balken", "kele", "spine", "beam"]


def test_file_of_another_program_is_the_same_graph_after_an_import():
    given = """@prefix skos: <http://www.w3.org/2004/02/skos/core#> . @prefix x: <http://x.example/> .
    x:a a skos:Concept ; skos:prefLabel "A"@en, "A"@de ; skos:note "N"@fi ; x:own "1"@en ."""
    [record] = [replace(item, id="a1") for item in skos.read(given.encode())]

    graph = graph_of([record])

    assert texts_of(graph, "a1", SKOS.prefLabel) == {("A", "en"), ("A", "de")}
    assert texts_of(graph, "a1", SKOS.note) == {("N", "fi")}
    assert texts_of(graph, "a1", URIRef("http://x.example/own")) == {("1", "en")}
    assert graph.value(concept("a1"), SKOS.exactMatch) == URIRef("http://x.example/a")


# --- Any text ------------------------------------------------------------------------------------

hostile = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            *('"""', "\\", "\\u0041", "]]>", "<!--", "&amp;", "<b>x</b>", "{{x}}", "'''"),
            *("@en", "^^", "_:x", " . ", "=1+1", "\u202eabc", "e\u0301", "👩‍👩‍👧", "a\r\nb", "a\x00b"),
            *("\ud800", "\ufffe", "a\tb", "&#65;", "# x", "* y", "1. z", "[a](b)", "    code"),
            *("`x`", "$y$", "x\\\\y", "~~s~~", "|a|b|", "a_b_", "[[A]]"),
        ]
    ),
)
# What the glossary has for a name: something that is seen.
names = hostile.filter(lambda name: name_key(name) and "\ud800" not in name)
languages = st.sampled_from(["", "de", "de-AT", "pt-br", "zh-Hans", "en-GB", "no tag!", "x"])


@st.composite
def aliases_of(draw, name):
    texts = draw(st.lists(names, max_size=4, unique_by=name_key))
    return tuple(
        AliasRecord(
            text,
            draw(st.sampled_from(ALIAS_KINDS)),
            draw(st.sampled_from(ALIAS_STATUSES)),
            draw(languages),
            draw(hostile),
        )
        for text in texts
        if name_key(text) != name_key(name)
    )


def some(things, **limits):
    return st.lists(things, max_size=3, **limits).map(tuple)


sources = st.builds(
    SourceRecord,
    names,
    st.sampled_from(["", "https://x.example/a b?c=<d>", "http://x.example/#", "http://x.example/?"]),
    hostile,
)
identifiers = st.builds(
    ExternalIdRecord,
    st.sampled_from(["uri", "notation", "a b", "http://x.example/code", "identifier"]),
    st.one_of(names, st.sampled_from(["http://x.example/1", "skos:x", "id:5"])),
    st.sampled_from(MAPPINGS),
)
further = st.fixed_dictionaries(
    {"dct:subject": st.tuples(hostile, hostile, languages).map(lambda said: [said[0], *in_language(said)])}
)


def in_language(said):
    return [{"@value": said[1], "@language": said[2]}]


@st.composite
def terms(draw, id, links):
    name = draw(names)
    return term(
        id,
        name,
        slug=draw(st.sampled_from(["", slug_for(name)])),
        qualifier=draw(st.sampled_from(["", "x", "a (b)"])),
        status=draw(st.sampled_from(["draft", "published", "deprecated"])),
        deprecation_reason=draw(hostile),
        short_definition=draw(hostile),
        definition=draw(hostile),
        aliases=draw(aliases_of(name)),
        tags=draw(some(names.filter(words))),
        relations=draw(some(links)),
        sources=draw(some(sources)),
        notes=draw(some(st.builds(NoteRecord, st.sampled_from(NOTE_KINDS), names))),
        external_ids=draw(some(identifiers, unique_by=lambda item: (item.scheme, name_key(item.value)))),
        further=draw(further),
    )


@st.composite
def glossaries(draw):
    some_id = st.from_regex(r"[A-Za-z0-9_-]{1,5}", fullmatch=True)
    ids = draw(st.lists(some_id, min_size=1, max_size=4, unique=True))
    links = st.builds(RelationRecord, st.sampled_from(RELATION_KINDS), st.sampled_from([*ids, "zz"]))
    return [draw(terms(id, links)) for id in ids]


def check_there_and_back(records):
    graph = graph_of(records)

    assert conditions_broken_by(graph) == []
    for syntax in SYNTAXES:
        assert isomorphic(graph, graph_of(records, syntax))
    assert isomorphic(graph, graph_of(read_again(records, "skos-turtle")))
    again = read_again(records)
    for syntax in SYNTAXES[1:]:
        assert [replace(one, line=0) for one in read_again(records, syntax)] == [
            replace(one, line=0) for one in again
        ]


@given(glossaries())
@settings(max_examples=12)
def test_any_text_makes_one_graph_that_comes_back(records):
    check_there_and_back(records)


@pytest.mark.deep
@given(glossaries())
@settings(max_examples=600)
def test_any_text_makes_one_graph_that_comes_back_deep(records):
    check_there_and_back(records)


@given(st.lists(hostile, min_size=1, max_size=5))
@settings(max_examples=25)
def test_xml_is_well_formed_whatever_the_text(texts):
    records = [term(f"t{number}", text or "x", definition=text) for number, text in enumerate(texts)]

    tree = etree.parse(io.BytesIO(written(records, "skos-rdf")))

    assert tree.getroot().tag.endswith("RDF")
