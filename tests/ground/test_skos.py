import json
import socket
from dataclasses import replace

import pytest

from terms import formats
from terms.errors import UnreadableFile
from terms.formats import skos
from terms.formats.record import (
    AliasRecord,
    ExternalIdRecord,
    NoteRecord,
    RelationRecord,
    RowProblem,
    SourceRecord,
    TermRecord,
)
from terms.formats.skos import graph, turtle

SKOS = "http://www.w3.org/2004/02/skos/core#"
PREFIXES = """
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix skosxl: <http://www.w3.org/2008/05/skos-xl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix b: <http://boats.example/> .
"""
RDF_ROOT = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    f' xmlns:skos="{SKOS}" xmlns:dct="http://purl.org/dc/terms/">'
)


@pytest.fixture(autouse=True)
def _without_network(monkeypatch):
    """No file makes anything be fetched, whatever it names."""

    def refuse(*_args, **_kwargs):
        raise AssertionError("Something was to be fetched.")

    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, refuse)
    for name in ("create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, name, refuse)


def items_of(text, language="en"):
    data = text if isinstance(text, bytes) else text.encode()
    return list(skos.read(data, language=language))


def records_of(text, language="en"):
    return [item for item in items_of(PREFIXES + text, language) if isinstance(item, TermRecord)]


def one(text, language="en"):
    [record] = records_of(text, language)
    return record


def xml(inside):
    return f"{RDF_ROOT}{inside}</rdf:RDF>"


# --- Three syntaxes ------------------------------------------------------------------------------

IN_TURTLE = (
    PREFIXES
    + """
b:hull a skos:Concept ; skos:prefLabel "Hull"@en, "Rumpf"@de ; skos:definition "The body of a boat."@en .
b:keel a skos:Concept ; skos:prefLabel "Keel"@en ; skos:altLabel "backbone"@en, "beam"@en ;
  skos:broader b:hull .
"""
)
IN_XML = xml(
    """
  <!-- the one whole -->
  <skos:Concept rdf:about="http://boats.example/hull">
    <skos:prefLabel xml:lang="en">Hull</skos:prefLabel><skos:prefLabel xml:lang="de">Rumpf</skos:prefLabel>
    <skos:definition xml:lang="en">The body of a boat.</skos:definition>
  </skos:Concept>
  <rdf:Description about="http://boats.example/keel">
    <rdf:type rdf:resource="http://www.w3.org/2004/02/skos/core#Concept"/>
    <skos:altLabel xml:lang="en">beam</skos:altLabel><skos:altLabel xml:lang="en">backbone</skos:altLabel>
    <skos:prefLabel xml:lang="en">Keel</skos:prefLabel>
    <skos:broader rdf:resource="http://boats.example/hull"/>
  </rdf:Description>"""
)
IN_JSON = """{
  "@context": {"skos": "http://www.w3.org/2004/02/skos/core#", "b": "http://boats.example/",
    "broader": {"@id": "skos:broader", "@type": "@id"},
    "name": {"@id": "skos:prefLabel", "@container": "@language"}},
  "@graph": [
    {"@id": "b:keel", "@type": "skos:Concept", "name": {"en": "Keel"},
     "skos:altLabel": [{"@value": "beam", "@language": "en"}, {"@value": "backbone", "@language": "en"}],
     "broader": "b:hull"},
    {"@id": "b:hull", "@type": "skos:Concept", "name": {"en": "Hull", "de": "Rumpf"},
     "skos:definition": {"@value": "The body of a boat.", "@language": "en"}}]
}"""
IN_TRIPLES = "\n".join(
    f"<http://boats.example/{line} ."
    for line in (
        f'keel> <{SKOS}prefLabel> "Keel"@en',
        f'keel> <{SKOS}altLabel> "beam"@en',
        f'keel> <{SKOS}altLabel> "backbone"@en',
        f"keel> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{SKOS}Concept>",
        f"hull> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{SKOS}Concept>",
        f"hull> <{SKOS}narrower> <http://boats.example/keel>",
        f'hull> <{SKOS}prefLabel> "Rumpf"@de',
        f'hull> <{SKOS}prefLabel> "Hull"@en',
        f'hull> <{SKOS}definition> "The body of a boat."@en',
    )
)
HULL = TermRecord(
    line=0,
    name="Hull",
    ref="http://boats.example/hull",
    short_definition="The body of a boat.",
    aliases=(AliasRecord("Rumpf", "translation", "preferred", "de"),),
    relation_kinds=("broader",),
    external_ids=(ExternalIdRecord("uri", "http://boats.example/hull"),),
)
KEEL = TermRecord(
    line=0,
    name="Keel",
    ref="http://boats.example/keel",
    aliases=(AliasRecord("backbone"), AliasRecord("beam")),
    relations=(RelationRecord("broader", "Hull"),),
    relation_kinds=("broader",),
    external_ids=(ExternalIdRecord("uri", "http://boats.example/keel"),),
)


@pytest.mark.parametrize("text", [IN_TURTLE, IN_XML, IN_JSON, IN_TRIPLES])
def test_each_syntax_gives_the_same_records(text):
    found = {record.name: replace(record, line=0) for record in items_of(text)}

    assert found == {"Hull": HULL, "Keel": KEEL}


@pytest.mark.parametrize(
    ("text", "lines"), [(IN_TURTLE, [11, 12]), (IN_XML, [3, 7]), (IN_JSON, [6, 9]), (IN_TRIPLES, [1, 5])]
)
def test_records_tell_the_line_of_their_concept(text, lines):
    assert [record.line for record in items_of(text)] == lines


@pytest.mark.parametrize("text", [IN_TURTLE, IN_XML, IN_JSON, IN_TRIPLES])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_each_syntax_is_recognised_by_its_beginning(text, encoding):
    assert formats.recognise(text.encode(encoding), "download") == "skos"
    assert skos.looks_like(text[:400].encode(encoding)) > 0.9


@pytest.mark.parametrize(
    "text",
    [
        "term,definition\nSKOS,http://www.w3.org/2004/02/skos/core#\n",
        "# SKOS\n\nSee <http://www.w3.org/2004/02/skos/core#> for more.",
        '{"terms": [{"name": "skos/core#"}]}',
        "<!DOCTYPE html><html><body>skos/core#</body></html>",
        "",
        "\x00\x01",
        "[",
    ],
)
def test_texts_that_speak_of_skos_are_not_taken_for_it(text):
    assert skos.looks_like(text.encode()) < 0.3


def test_named_graphs_are_read_like_any_other():
    document = {"@id": "urn:g", **json.loads(IN_JSON)}

    assert {record.name for record in items_of(json.dumps(document))} == {"Hull", "Keel"}


def test_expanded_json_needs_no_context():
    document = [{"@id": "urn:a", "@type": [f"{SKOS}Concept"], f"{SKOS}prefLabel": [{"@value": "A"}]}]

    assert [record.name for record in items_of(json.dumps(document))] == ["A"]


def test_entities_may_stand_for_namespaces():
    text = (
        f'<?xml version="1.0"?><!DOCTYPE rdf:RDF [<!ENTITY skos "{SKOS}">]>'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:skos="&skos;">'
        '<rdf:Description rdf:about="urn:a"><rdf:type rdf:resource="&skos;Concept"/>'
        "<skos:prefLabel>Boom</skos:prefLabel></rdf:Description></rdf:RDF>"
    )

    assert [record.name for record in items_of(text)] == ["Boom"]


def test_encoding_of_xml_counts():
    inside = '<skos:Concept rdf:about="urn:a"><skos:prefLabel>Größe</skos:prefLabel></skos:Concept>'
    text = '<?xml version="1.0" encoding="ISO-8859-1"?>' + xml(inside)

    assert [record.name for record in items_of(text.encode("latin-1"))] == ["Größe"]


def test_addresses_within_the_file_are_no_addresses_in_the_world():
    record = one('<#keel> a skos:Concept ; skos:prefLabel "Keel"@en .')

    assert (record.ref, record.external_ids) == ("skos:#keel", None)


# --- Names ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("labels", "language", "name"),
    [
        ('"Neighbor"@en-US, "Neighbour"@en-GB, "Nachbar"@de', "en-GB", "Neighbour"),
        ('"Neighbour"@en-GB, "Nachbar"@de, "Nabo"', "en", "Neighbour"),
        ('"Nachbar"@de, "Nabo"', "en", "Nabo"),
        ('"Nachbar"@de, "Naapuri"@fi', "en", "Nachbar"),
        ('"Nachbar"@de, "Neighbour"@en', "de-AT", "Nachbar"),
    ],
)
def test_name_is_in_the_language_of_the_glossary_or_the_next_best(labels, language, name):
    assert one(f"b:a a skos:Concept ; skos:prefLabel {labels} .", language).name == name


def test_name_in_another_language_only_is_flagged():
    record = one('b:a a skos:Concept ; skos:prefLabel "Mast"@sv ; skos:definition "En lodrätt stång."@sv .')

    assert [flag.code for flag in record.flags] == ["other_language"]
    assert record.short_definition == "En lodrätt stång."


def test_concept_without_a_name_is_called_by_the_end_of_its_address():
    record = one("b:main_sail a skos:Concept .")

    assert (record.name, record.confidence) == ("main sail", 0.5)
    assert [flag.code for flag in record.flags] == ["name_missing"]


def test_labels_become_aliases_with_their_languages():
    record = one(
        'b:a a skos:Concept ; skos:prefLabel "Sail"@en, "Segel"@de ; skos:altLabel "canvas"@en, "Tuch"@de,'
        ' "colour"@en-gb, "sheet" ; skos:hiddenLabel "sial"@en .'
    )

    assert record.aliases == (
        AliasRecord("Segel", "translation", "preferred", "de"),
        AliasRecord("Tuch", "translation", "admitted", "de"),
        AliasRecord("canvas"),
        AliasRecord("colour", language="en-GB"),
        AliasRecord("sheet"),
        AliasRecord("sial", "hidden"),
    )


def test_second_name_in_one_language_becomes_an_alias_and_is_flagged():
    record = one('b:a a skos:Concept ; skos:prefLabel "Rib"@en, "Frame"@en .')

    assert (record.name, record.aliases) == ("Frame", (AliasRecord("Rib"),))
    assert [flag.code for flag in record.flags] == ["several_names"]


def test_one_word_in_two_languages_stays_one_alias_and_the_rest_is_kept():
    record = one(
        'b:a a skos:Concept ; skos:prefLabel "Robot"@en, "Robot"@de, "Robô"@pt ; skos:altLabel "robô"@gl .'
    )

    assert record.aliases == (AliasRecord("Robô", "translation", "preferred", "pt"),)
    assert record.further == {
        "skos:prefLabel": [{"@value": "Robot", "@language": "de"}],
        "skos:altLabel": [{"@value": "robô", "@language": "gl"}],
    }


def test_capitals_are_only_suggested_as_an_acronym():
    record = one(
        'b:a a skos:Concept ; skos:prefLabel "Global positioning"@en ; skos:altLabel "GPS"@en, "Gps"@en-GB .'
    )

    assert {alias.kind for alias in record.aliases} == {"synonym"}
    assert [flag.message for flag in record.flags] == ["“GPS” may be an acronym."]


def test_labels_of_the_extension_count_only_where_plain_ones_are_missing():
    record = one(
        """b:a a skos:Concept ; skosxl:prefLabel b:l1 ; skos:altLabel "boat"@en ; skosxl:altLabel b:l2 .
        b:l1 skosxl:literalForm "Ship"@en . b:l2 skosxl:literalForm "bark"@en ."""
    )

    assert (record.name, record.aliases) == ("Ship", (AliasRecord("boat"),))


def test_name_that_is_too_long_costs_the_concept_only():
    text = (
        f'b:a a skos:Concept ; skos:prefLabel "{"x" * 201}"@en . b:b a skos:Concept ; skos:prefLabel "B"@en .'
    )

    problem, record = items_of(PREFIXES + text)

    assert (problem.fatal, problem.line, record.name) == (True, 10, "B")
    assert "201 signs, 200 are allowed" in problem.message


# --- Texts ---------------------------------------------------------------------------------------


def test_first_sentence_that_fits_is_the_short_definition_and_the_rest_the_long_one():
    record = one(
        'b:a a skos:Concept ; skos:prefLabel "A"@en ;'
        ' skos:definition "It *is* long. It goes on."@en, "Of wood."@en .'
    )

    assert (record.short_definition, record.definition) == ("Of wood.", "It \\*is\\* long. It goes on.")


def test_definition_in_another_language_is_kept_aside_and_flagged():
    record = one(
        'b:a a skos:Concept ; skos:prefLabel "A"@en ; skos:definition "Of wood."@en, "Aus Holz."@de ;'
        ' skos:note "Veistä puusta."@fi .'
    )

    assert record.further == {
        "skos:definition": [{"@value": "Aus Holz.", "@language": "de"}],
        "skos:note": [{"@value": "Veistä puusta.", "@language": "fi"}],
    }
    assert [flag.code for flag in record.flags] == ["further_data"]
    assert "skos:definition (de), skos:note (fi)" in record.flags[0].message


def test_definition_may_be_a_thing_with_a_text_and_a_source():
    record = one(
        """b:a a skos:Concept ; skos:prefLabel "A"@en ; skos:definition b:d .
        b:d rdf:value "Made of wood."@en ; dct:source <https://books.example/7> ."""
    )

    assert record.short_definition == "Made of wood."
    assert record.sources == (SourceRecord("https://books.example/7", "https://books.example/7"),)


def test_html_becomes_markdown_in_its_own_language():
    record = one(
        """b:a a skos:Concept ; skos:prefLabel "A"@en ;
        skos:definition "<p xml:lang='en'>A <em>tall</em> pole.</p>"^^rdf:HTML,
        "<p lang='nl'>Een paal.</p>"^^rdf:HTML ;
        skos:note "See <a href='https://x.example/'>there</a>."@en ."""
    )

    assert (record.short_definition, record.definition) == (None, "A *tall* pole.")
    assert record.notes == (NoteRecord("usage", "See [there](https://x.example/)."),)
    assert record.further == {"skos:definition": [{"@value": "Een paal.", "@language": "nl"}]}


def test_each_kind_of_note_has_its_own():
    record = one(
        """b:a a skos:Concept ; skos:prefLabel "A"@en ; skos:scopeNote "Only at sea."@en ;
        skos:example "As in *b*."@en ;
        skos:note "Say it." ; skos:historyNote "Once else."@en ; skos:changeNote "New."@en ;
        skos:editorialNote "Check."@en ."""
    )

    assert record.notes == (
        NoteRecord("example", "As in \\*b\\*."),
        NoteRecord("usage", "Say it."),
        NoteRecord("scope", "Only at sea."),
        NoteRecord("editorial", "Check."),
        NoteRecord("change", "New."),
        NoteRecord("change", "Once else."),
    )


# --- Relations and groups ------------------------------------------------------------------------


def test_relations_are_completed_in_both_directions():
    records = records_of(
        """b:a a skos:Concept ; skos:prefLabel "A"@en ; skos:narrower b:b ; skos:related b:c .
        b:b a skos:Concept ; skos:prefLabel "B"@en ; skos:broaderTransitive b:a, b:c .
        b:c a skos:Concept ; skos:prefLabel "C"@en ; rdfs:seeAlso b:b, <https://x.example/> ."""
    )

    assert [record.relations for record in records] == [
        (RelationRecord("related", "C"),),
        (RelationRecord("broader", "A"),),
        (RelationRecord("related", "A"), RelationRecord("see_also", "B")),
    ]
    assert {record.relation_kinds for record in records} == {("broader", "related", "see_also")}
    assert records[2].sources == (SourceRecord("https://x.example/", "https://x.example/"),)
    assert not any(record.further for record in records)


def test_cycles_are_kept_and_relations_to_itself_are_not():
    records = records_of(
        """b:a a skos:Concept ; skos:prefLabel "A"@en ; skos:broader b:b, b:a ; skos:related b:a .
        b:b a skos:Concept ; skos:prefLabel "B"@en ; skos:broader b:a ."""
    )

    assert [record.relations for record in records] == [
        (RelationRecord("broader", "B"),),
        (RelationRecord("broader", "A"),),
    ]


def test_targets_elsewhere_stay_as_they_are_given():
    record = one('b:a a skos:Concept ; skos:prefLabel "A"@en ; skos:broader b:zz ; skos:narrower b:yy .')

    assert record.relations == (RelationRecord("broader", "http://boats.example/zz"),)
    assert record.further == {"skos:narrower": [{"@id": "http://boats.example/yy"}]}


def test_name_that_two_concepts_have_is_given_beside_the_address():
    *_, third = records_of(
        """b:a a skos:Concept ; skos:prefLabel "Stay"@en . b:b a skos:Concept ; skos:prefLabel "stay"@en .
        b:c a skos:Concept ; skos:prefLabel "C"@en ; skos:broader b:b ."""
    )

    assert third.relations == (RelationRecord("broader", "http://boats.example/b", "stay"),)


def test_deprecated_concept_says_why_and_what_to_use():
    old, new = records_of(
        """b:a a skos:Concept ; skos:prefLabel "A"@en ; owl:deprecated true ;
        skos:historyNote "Split in 2030."@en .
        b:b a skos:Concept ; skos:prefLabel "B"@en ; dct:replaces b:a ."""
    )

    assert (old.status, old.deprecation_reason, old.notes) == ("deprecated", "Split in 2030.", None)
    assert old.relations == (RelationRecord("replaced_by", "B"),)
    assert new.status is None


def test_groups_are_tags_also_in_lists():
    records = records_of(
        """b:a a skos:Concept ; skos:prefLabel "A"@en . b:b a skos:Concept ; skos:prefLabel "B"@en .
        b:g a skos:Collection ; skos:prefLabel "Wooden parts"@en, "Holzteile"@de ; skos:member b:a, b:b .
        b:o a skos:OrderedCollection ; skos:prefLabel "In order"@en ; skos:memberList ( b:b b:a ) .
        b:deck_work a skos:Collection ; skos:member b:b . b:p2311 a skos:Collection ; skos:member b:b ."""
    )

    assert [record.tags for record in records] == [
        ("In order", "Wooden parts"),
        ("In order", "Wooden parts", "deck work"),
    ]
    assert records[1].further == {"skos:member of": [{"@id": "http://boats.example/p2311"}]}


def test_scheme_and_top_of_it_are_kept():
    record = one(
        """b:a a skos:Concept ; skos:prefLabel "A"@en ; skos:inScheme b:s .
        b:s a skos:ConceptScheme ; skos:hasTopConcept b:a ."""
    )

    scheme = [{"@id": "http://boats.example/s"}]
    assert record.further == {"skos:inScheme": scheme, "skos:topConceptOf": scheme}


# --- Identifiers, sources, everything else ---------------------------------------------------------


def test_identifiers_and_mappings_are_kept_with_their_kind():
    record = one(
        """b:a a skos:Concept ; skos:prefLabel "A"@en ; skos:notation "07", "x"^^b:code ; dct:identifier 12 ;
        skos:exactMatch <http://other.example/a>, "http://other.example/literal" ; skos:closeMatch b:c ;
        skos:broadMatch "no address"@en ."""
    )

    assert record.external_ids == (
        ExternalIdRecord("uri", "http://boats.example/a"),
        ExternalIdRecord("uri", "http://other.example/literal"),
        ExternalIdRecord("uri", "http://other.example/a"),
        ExternalIdRecord("uri", "http://boats.example/c", "close"),
        ExternalIdRecord("notation", "07"),
        ExternalIdRecord("http://boats.example/code", "x"),
        ExternalIdRecord("identifier", "12"),
    )
    assert record.further == {"skos:broadMatch": [{"@value": "no address", "@language": "en"}]}


def test_sources_are_read_from_texts_addresses_and_things():
    record = one(
        """b:a a skos:Concept ; skos:prefLabel "A"@en ; dct:source "Handbook", <https://x.example/p>,
        [ a dct:BibliographicResource ; dct:bibliographicCitation "<b>Smith</b>, 2031"^^rdf:HTML ] ."""
    )

    assert set(record.sources) == {
        SourceRecord("Handbook"),
        SourceRecord("https://x.example/p", "https://x.example/p"),
        SourceRecord("Smith, 2031"),
    }


def test_whatever_has_no_place_is_kept_as_it_was():
    record = one(
        """b:a a skos:Concept, b:Thing ; skos:prefLabel "A"@en ; b:own "1"^^xsd:int, true, "é"@fr, "p", b:x ;
        dct:creator [ b:name "Ada" ; b:age 3 ] ; b:list ( b:x "y" ) ; dct:modified "2031-99-99"^^xsd:date ."""
    )

    integer, boolean, date = (
        f"http://www.w3.org/2001/XMLSchema#{kind}" for kind in ("int", "boolean", "date")
    )
    assert record.further == {
        "rdf:type": [{"@id": "http://boats.example/Thing"}],
        "http://boats.example/own": [
            {"@value": "1", "@type": integer},
            "p",
            {"@value": "true", "@type": boolean},
            {"@value": "é", "@language": "fr"},
            {"@id": "http://boats.example/x"},
        ],
        "dct:creator": [
            {
                "http://boats.example/name": ["Ada"],
                "http://boats.example/age": [
                    {"@value": "3", "@type": "http://www.w3.org/2001/XMLSchema#integer"}
                ],
            }
        ],
        "http://boats.example/list": [{"@list": [{"@id": "http://boats.example/x"}, "y"]}],
        "dct:modified": [{"@value": "2031-99-99", "@type": date}],
    }
    assert json.loads(json.dumps(record.further)) == record.further


# --- What is wrong with a file ----------------------------------------------------------------------


def test_key_that_stands_twice_is_told_and_loses_nothing():
    text = IN_JSON.replace('"name": {"en": "Keel"}', '"name": {"en": "Keel"}, "name": {"de": "Kiel"}')

    problem, keel, _ = items_of(text)

    assert (problem.line, problem.column, problem.value, problem.fatal) == (6, "name", "b:keel", False)
    assert AliasRecord("Kiel", "translation", "preferred", "de") in keel.aliases


def test_objects_that_share_an_id_are_told():
    text = IN_JSON.replace('"b:hull", "@type"', '"b:keel", "@type"')

    problem, record = items_of(text)

    assert "2 objects of the file have this @id" in problem.message
    assert [flag.code for flag in record.flags] == ["several_names"]


def test_language_that_is_none_is_mended_or_told():
    inside = (
        '<skos:Concept rdf:about="urn:a"><skos:prefLabel xml:lang="pt_BR">Vela</skos:prefLabel>\n'
        '<skos:altLabel xml:lang="no tag!">Pano</skos:altLabel></skos:Concept>'
    )

    problem, record = items_of(xml(inside), language="pt-BR")

    assert (record.name, record.flags, record.aliases) == ("Vela", (), (AliasRecord("Pano"),))
    assert (problem.line, problem.value) == (2, "no tag!")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (
            PREFIXES + "b:s a skos:ConceptScheme .",
            "no skos:Concept in this file. It has collections or schemes",
        ),
        (PREFIXES + "b:s a owl:Ontology .", "no skos:Concept in this file. Export"),
        (
            PREFIXES + "b:a a skos:Concept ;\n  skos:prefLabel 'A'@en\nb:b a b:c .",
            "Line 12: this is not Turtle",
        ),
        (PREFIXES + "b:a a skos:Concept ; skos:prefLabel 'A", "After line 10: this is not Turtle"),
        (PREFIXES + "b:a b:b <http://x.example/", "Line 10: .*an address begins here that has no end"),
        (PREFIXES + "x:a a skos:Concept .", 'Line 10: .*Prefix "x:" not bound'),
        (PREFIXES + "b:a b:b " + "[ b:b " * 5000, "nested too deep"),
        (PREFIXES + "b:a b:b " + "(" * 5000, "nested too deep"),
        (PREFIXES + "b:a b:b <\\U99999999> .", "not Turtle"),
        (PREFIXES + f"b:a b:b {'9' * 5000} .", "not Turtle"),
        (PREFIXES + f"b:a b:b b:{'a' * 3000} .", "3,021 signs; no address is that long"),
        (f"@prefix a: <http://{'x' * 3000}> . a:b a a:c .", "no end"),
        (xml("<skos:Concept>"), "Line 1: this XML is broken"),
        (xml("<skos:Concept rdf:about='urn:a' rdf:ID='x'/>"), "Line 1: this is not RDF/XML"),
        ("<?xml version='1.0'?><glossary/>", "begins with <glossary>, not <rdf:RDF>"),
        (xml("<skos:note>" * 300 + "</skos:note>" * 300), "Excessive depth"),
        (xml("<skos:Concept " + " ".join(f'skos:a{n}="x"' for n in range(3000)) + "/>"), "2,000 attributes"),
        (
            '{"@context": {"skos": "http://www.w3.org/2004/02/skos/core#"},\n "a": }',
            "Line 2: this JSON is broken",
        ),
        ('{"@context": {"a": "skos:a", "skos": "a:b"}, "a": 1}', "not JSON-LD .*[Cc]yclic"),
        ('{"@graph": ' * 2000, "nested too deep"),
        ('{"@id": "urn:a", "skos:n": ' + "9" * 5000 + "}", "5,000 digits"),
        ("version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "Git LFS"),
        (PREFIXES + "\x00", "NUL"),
    ],
)
def test_file_that_cannot_be_used_is_refused_in_words(text, why):
    with pytest.raises(UnreadableFile, match=why):
        items_of(text)


# --- Files made to hurt -----------------------------------------------------------------------------


def test_entities_that_hold_entities_are_refused():
    bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 9))
    text = f'<!DOCTYPE rdf:RDF [<!ENTITY e0 "xxxxxxxxxx">{bomb}]>' + xml(
        '<skos:Concept rdf:about="urn:a"><skos:prefLabel>&e8;</skos:prefLabel></skos:Concept>'
    )

    with pytest.raises(UnreadableFile, match="Entities may stand for addresses"):
        items_of(text)


@pytest.mark.parametrize("used", ["&e;", "harmless"])
@pytest.mark.parametrize(
    "declared",
    [
        '<!ENTITY e SYSTEM "file:///etc/hostname">',
        '<!ENTITY e SYSTEM "http://x.example/">',
        '<!ENTITY f "y"><!ENTITY e "&f;">',
    ],
)
def test_entities_of_other_files_and_entities_are_refused_used_or_not(declared, used):
    text = f"<!DOCTYPE rdf:RDF [{declared}]>" + xml(
        f'<skos:Concept rdf:about="urn:a"><skos:prefLabel>{used}</skos:prefLabel></skos:Concept>'
    )

    with pytest.raises(UnreadableFile, match=r"entit|Entit"):
        items_of(text)


def test_type_definition_elsewhere_is_never_fetched():
    text = '<!DOCTYPE rdf:RDF SYSTEM "http://x.example/rdf.dtd">' + xml(
        '<skos:Concept rdf:about="urn:a"><skos:prefLabel>A</skos:prefLabel></skos:Concept>'
    )

    assert [record.name for record in items_of(text)] == ["A"]


@pytest.mark.parametrize(
    "context",
    [
        "https://x.example/context.json",
        ["https://x.example/context.json", {}],
        {"@version": 1.1, "@import": "https://x.example/context.json"},
        {"name": {"@id": f"{SKOS}prefLabel", "@context": "https://x.example/context.json"}},
        "context.json",
    ],
)
def test_context_elsewhere_is_never_fetched(context):
    document = {"@context": context, "@id": "urn:a", "@type": f"{SKOS}Concept", "name": {"@value": "A"}}

    with pytest.raises(UnreadableFile, match="nothing is fetched from there"):
        items_of(json.dumps(document))


def test_context_that_is_known_is_served_from_here():
    document = {
        "@context": "https://gbv.github.io/jskos/context.json",
        "uri": "http://boats.example/a",
        "type": [f"{SKOS}Concept"],
        "prefLabel": {"en": "Oar", "de": "Riemen"},
        "altLabel": {"en": ["scull", "sweep"]},
        "broader": [{"uri": "http://boats.example/b"}],
        "notation": ["O1"],
    }

    [record] = items_of(json.dumps(document))

    assert (record.name, len(record.aliases)) == ("Oar", 3)
    assert record.relations == (RelationRecord("broader", "http://boats.example/b"),)


def test_many_contexts_over_many_terms_are_refused():
    terms = {f"t{n}": f"http://x.example/{n}" for n in range(3000)}
    nodes = [{"@id": f"urn:{n}", "@context": {}} for n in range(3000)]

    with pytest.raises(UnreadableFile, match="too many contexts"):
        items_of(json.dumps({"@context": terms, "@graph": nodes}))


def test_context_with_names_of_any_length_is_refused():
    document = {"@context": {"p": "http://x.example/" + "x" * 1000}, "@id": "p:a", "@type": f"{SKOS}Concept"}

    with pytest.raises(UnreadableFile, match="a name of 1,017 signs"):
        items_of(json.dumps(document))


def test_list_that_runs_in_a_circle_ends():
    record = one(
        """b:a a skos:Concept ; skos:prefLabel "A"@en ; b:list _:l .
        b:g a skos:OrderedCollection ; skos:prefLabel "Round"@en ; skos:memberList _:l .
        _:l rdf:first b:a ; rdf:rest _:l ."""
    )

    assert record.tags == ("Round",)
    assert record.further == {"http://boats.example/list": [{"@list": [{"@id": "http://boats.example/a"}]}]}


def test_things_that_hold_each_other_end():
    record = one(
        'b:a a skos:Concept ; skos:prefLabel "A"@en ; b:p _:x . _:x b:p _:x, _:y . _:y b:p _:x, _:y .'
    )

    assert len(json.dumps(record.further)) < 5000


@pytest.mark.parametrize(
    "number", ['"1e999999999"^^xsd:decimal', "1e999999999", '"P99999999999Y"^^xsd:duration']
)
def test_numbers_are_never_worked_out(number):
    assert one(f'b:a a skos:Concept ; skos:prefLabel "A"@en ; b:n {number} .').name == "A"


def test_numbers_in_xml_are_never_worked_out():
    inside = (
        '<skos:Concept rdf:about="urn:a"><skos:prefLabel>A</skos:prefLabel>'
        '<skos:notation rdf:datatype="http://www.w3.org/2001/XMLSchema#decimal">1e999999999</skos:notation>'
        '<skos:note rdf:parseType="Literal">a <b xmlns="urn:x">bold</b> one</skos:note></skos:Concept>'
    )

    [record] = items_of(xml(inside))

    assert record.external_ids[-1] == ExternalIdRecord("notation", "1e999999999")
    assert record.notes[0].text.startswith("a **bold** one")


@pytest.mark.parametrize("syntax", ["turtle", "xml", "json"])
def test_text_of_a_megabyte_costs_its_concept_only(syntax):
    long = "It is so & 'so'.\\n" * 60_000
    text = {
        "turtle": PREFIXES + f'b:a a skos:Concept ; skos:prefLabel "A"@en ; skos:definition "{long}"@en .',
        "xml": xml(
            '<skos:Concept rdf:about="urn:a"><skos:prefLabel>A</skos:prefLabel><skos:definition>'
            + long.replace("&", "&amp;")
            + "</skos:definition></skos:Concept>"
        ),
        "json": f'{{"@id": "urn:a", "@type": "{SKOS}Concept", "{SKOS}prefLabel": "A",'
        f' "{SKOS}definition": "{long}"}}',
    }[syntax]

    [problem] = items_of(text)

    assert isinstance(problem, RowProblem)
    assert "200,000 are allowed" in problem.message


def test_file_beyond_all_limits_is_refused_before_it_is_read():
    with pytest.raises(UnreadableFile, match="50 MB of RDF can be read at once"):
        items_of(b"x" * (50 * 1024 * 1024 + 1))


def test_values_without_end_are_refused(monkeypatch):
    monkeypatch.setattr(turtle, "MOST_IN_A_ROW", 100)

    with pytest.raises(UnreadableFile, match="a list has more than 100 values"):
        items_of(PREFIXES + "b:a b:b " + '"",' * 200)


def test_statements_without_end_are_refused(monkeypatch):
    monkeypatch.setattr(graph, "MOST_STATEMENTS", 10)

    with pytest.raises(UnreadableFile, match="more than 10 statements"):
        items_of(PREFIXES + "b:a b:b b:c . " * 20)
