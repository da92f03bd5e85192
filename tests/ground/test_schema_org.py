import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pyld import jsonld

from terms import formats
from terms.errors import UnreadableFile
from terms.formats import schema_org
from terms.formats.record import (
    AliasRecord,
    ExternalIdRecord,
    Glossary,
    RelationRecord,
    RowProblem,
    SourceRecord,
    TermRecord,
)

GLOSSARY = Glossary(
    "Parts of ships", "https://g.example/", description="A few parts.", licence="https://l.example/"
)

KEEL = {"@type": "DefinedTerm", "name": "Keel", "description": "The lowest timber of a hull."}
RIB = {"@type": "DefinedTerm", "name": "Rib", "description": "A frame on the keel."}


def items_of(value, **how):
    data = value.encode() if isinstance(value, str) else json.dumps(value, indent=1).encode()
    return list(schema_org.read(data, **how))


def records_of(value, **how):
    return [item for item in items_of(value, **how) if isinstance(item, TermRecord)]


def ids_of(record):
    return [(item.scheme, item.value) for item in record.external_ids or ()]


# --- Reading -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        {"@context": "https://schema.org", "@type": "DefinedTermSet", "hasDefinedTerm": [KEEL, RIB]},
        {"@context": "https://schema.org", "@graph": [KEEL, RIB]},
        [{"@context": "https://schema.org", **KEEL}, {"@type": "BreadcrumbList"}, RIB],
        {"@graph": [
            {"@type": "DefinedTermSet", "@id": "#set", "hasDefinedTerm": [{"@id": "#k"}, {"@id": "#r"}]},
            {**KEEL, "@id": "#k"}, {**RIB, "@id": "#r", "inDefinedTermSet": {"@id": "#set"}},
        ]},
        {"@type": "WebPage", "mainEntity": {"@type": "DefinedTermSet", "hasDefinedTerm": [
            {"name": "Keel", "description": "The lowest timber of a hull."}, RIB]}},
        {"@context": {"schema": "http://schema.org/"}, "@graph": [
            {"@type": "schema:DefinedTerm", "schema:name": "Keel", "schema:description": KEEL["description"]},
            {"@type": ["schema:CategoryCode"], "schema:name": "Rib",
             "schema:description": RIB["description"]}]},
        {"@context": {"s": "https://schema.org/", "type": "@type", "label": "s:name"}, "@graph": [
            {"type": "s:DefinedTerm", "label": "Keel", "s:description": KEEL["description"]},
            {"type": "s:DefinedTerm", "label": "Rib", "s:description": RIB["description"]}]},
        [{"@type": ["https://schema.org/DefinedTerm"],
          "https://schema.org/name": [{"@value": name}], "https://schema.org/description": [{"@value": text}]}
         for name, text in (("Keel", KEEL["description"]), ("Rib", RIB["description"]))],
    ],
)  # fmt: skip
def test_terms_are_found_however_they_are_written(value):
    assert [(record.name, record.short_definition) for record in records_of(value)] == [
        ("Keel", "The lowest timber of a hull."),
        ("Rib", "A frame on the keel."),
    ]


def test_what_a_term_says_finds_its_place():
    [record] = records_of(
        {
            **KEEL,
            "@id": "https://x.example/#keel",
            "name": [{"@value": "Keel", "@language": "en"}, {"@value": "Kiel", "@language": "de"}],
            "alternateName": ["backbone", {"@value": "quille", "@language": "fr"}],
            "disambiguatingDescription": "ship",
            "termCode": "K1",
            "identifier": [{"@type": "PropertyValue", "propertyID": "DIN", "value": "81"}, "k-81"],
            "sameAs": "https://w.example/Q1",
            "url": "https://x.example/keel",
            "image": "https://x.example/keel.png",
        }
    )

    assert (record.name, record.qualifier, record.ref) == ("Keel", "ship", "https://x.example/#keel")
    assert [(alias.text, alias.kind, alias.language) for alias in record.aliases] == [
        ("Kiel", "translation", "de"),
        ("backbone", "synonym", ""),
        ("quille", "translation", "fr"),
    ]
    assert ids_of(record) == [
        ("uri", "https://x.example/#keel"),
        ("uri", "https://w.example/Q1"),
        ("DIN", "81"),
        ("identifier", "k-81"),
        ("termCode", "K1"),
    ]
    assert record.sources == (SourceRecord("https://x.example/keel", "https://x.example/keel"),)
    assert record.further == {"image": "https://x.example/keel.png"}


@pytest.mark.parametrize(
    ("description", "short", "definition"),
    [
        ("Salt &amp; water.", "Salt & water.", None),
        ("&lt;p&gt;A &lt;b&gt;bold&lt;/b&gt; part.&lt;/p&gt;", None, "A **bold** part."),
        ("<p>A part.</p><p>And another.</p>", None, "A part.\n\nAnd another."),
        ("Costs $5 *or* more [sic].", None, r"Costs \$5 \*or\* more [sic\]."),
        ("A text. " * 30, None, ("A text. " * 30).strip()),
        ("", None, None),
    ],
)
def test_descriptions_are_plain_text_or_html(description, short, definition):
    [record] = records_of({**KEEL, "description": description})

    assert (record.short_definition, record.definition) == (short, definition)


def test_codes_that_several_terms_share_are_their_category():
    records = records_of({"@graph": [
        {**KEEL, "termCode": "hull"}, {**RIB, "termCode": "hull"}, {**RIB, "name": "Mast", "termCode": "M"},
    ]})  # fmt: skip

    assert [(record.tags, ids_of(record), record.ref) for record in records] == [
        (("hull",), [], "Keel"),
        (("hull",), [], "Rib"),
        (None, [("termCode", "M")], "schema-org:M"),
    ]


def test_one_address_for_several_terms_names_none_of_them():
    first, second = records_of(
        {"@graph": [{**KEEL, "@id": "https://x.example/"}, {**RIB, "@id": "https://x.example/"}]}
    )

    assert (first.ref, second.ref) == ("Keel", "Rib")
    assert (ids_of(first), ids_of(second)) == ([], [])


def test_the_same_term_twice_is_one():
    [record] = records_of(
        {
            "@graph": [
                {**KEEL, "@id": "#k"},
                {"@id": "#k", "@type": "DefinedTerm", "name": "Keel", "termCode": "K"},
            ]
        }
    )

    assert (record.short_definition, ids_of(record)) == (KEEL["description"], [("termCode", "K")])


@pytest.mark.parametrize(
    "in_set",
    [
        "Rigging",
        "https://x.example/#rig",
        {"@id": "https://x.example/#rig"},
        {"@type": "DefinedTermSet", "name": "Rigging"},
    ],
)
def test_several_sets_become_tags(in_set):
    rigging = {"@type": "DefinedTermSet", "@id": "https://x.example/#rig", "name": "Rigging"}
    mast = {**RIB, "name": "Mast", "inDefinedTermSet": in_set}

    one_set = records_of({**rigging, "hasDefinedTerm": [KEEL]})
    two_sets = records_of(
        [rigging, {"@type": "DefinedTermSet", "name": "Hull", "hasDefinedTerm": [KEEL]}, mast]
    )

    assert [record.tags for record in one_set] == [None]
    assert [record.tags for record in two_sets] == [("Hull",), ("Rigging",)]


def test_a_set_in_another_language_gives_names_in_it():
    [record] = records_of(
        {"@type": "DefinedTermSet", "inLanguage": "de", "hasDefinedTerm": [{**KEEL, "name": "Kiel"}]}
    )

    assert (record.name, record.short_definition) == ("Kiel", KEEL["description"])
    assert [flag.code for flag in record.flags] == ["name_in_other_language"]


def test_scripts_of_a_page_are_read_with_their_lines():
    page = (
        "<!doctype html>\n<head>\n<script type='application/ld+json'>\n" + json.dumps(KEEL) + "\n</script>\n"
        "<script>var x = '</p>';</script><SCRIPT TYPE=application/ld+json>{broken</SCRIPT>\n"
        '<script id="a" type="application/ld+json">' + json.dumps({"@graph": [RIB]}) + "</script>"
    )

    [problem, keel, rib] = items_of(page)

    assert (keel.name, keel.line, rib.name, rib.line) == ("Keel", 4, "Rib", 7)
    assert (problem.line, problem.message) == (
        6,
        "A script was left out. Line 6, column 2: this is no JSON; "
        "a name in double quotes should stand here.",
    )  # fmt: skip


def test_a_key_that_stands_twice_is_told():
    text = '{"@type": "DefinedTerm", "name": "Keel", "description": "One.", "description": "Another."}'

    assert [(item.line, item.column) for item in items_of(text) if isinstance(item, RowProblem)] == [
        (1, "description")
    ]


def test_contexts_are_never_fetched(monkeypatch):
    def refuse(*_):
        raise AssertionError("The network was asked.")

    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setattr("socket.getaddrinfo", refuse)

    value = {"@context": ["http://10.0.0.1/context", {"@import": "http://10.0.0.1/"}], **KEEL}

    assert [record.name for record in records_of(value)] == ["Keel"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"@type": "DefinedTerm"}', "no DefinedTerm of schema.org, or none that has a name"),
        ('{"@type": "Person", "name": "Ann"}', "no DefinedTerm"),
        ('{"@type": "DefinedTerm", "name": "Keel",}', "Line 1, column 41: this is no JSON"),
        ("<p>No script, only DefinedTerm.</p>", "no DefinedTerm"),
        ("[" * 5_000, "nested more than 50 deep"),
        ('<script type="application/ld+json">' * 50_000, "no DefinedTerm"),
    ],
)
def test_file_that_cannot_be_read_says_why(text, says):
    with pytest.raises(UnreadableFile, match=says):
        items_of(text)


values = st.recursive(
    st.none() | st.integers() | st.text(max_size=10) | st.sampled_from(["DefinedTerm", "DefinedTermSet"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["@type", "@id", "@context", "@value", "name", "termCode", "hasDefinedTerm", "de"]),
        inner,
    ),
    max_leaves=8,
)  # fmt: skip


@given(values)
@hypothesis_settings(max_examples=60)
def test_any_json_gives_records_problems_or_a_sentence(value):
    try:
        found = items_of(
            {"@type": "DefinedTerm", "name": "Keel", "hasDefinedTerm": value, "identifier": value}
        )
    except UnreadableFile as error:
        assert error.message.endswith(".")
    else:
        assert all(isinstance(item, TermRecord | RowProblem) for item in found)


# --- Writing -------------------------------------------------------------------------------------

FULL = TermRecord(
    line=0,
    name="Keel",
    ref="",
    id="k4e2",
    slug="keel",
    qualifier="ship",
    status="published",
    short_definition="The lowest timber of a hull.",
    definition="The **lowest** timber.\n\n- of a hull",
    aliases=(
        AliasRecord("backbone"),
        AliasRecord("Kiel", "translation", language="de"),
        AliasRecord("keal", "misspelling"),
        AliasRecord("secret keel", "hidden"),
    ),
    tags=("Hull",),
    relations=(RelationRecord("broader", "p4rt", "Part"),),
    sources=(SourceRecord("Handbook", "https://x.example/", "p. 3"),),
    external_ids=(
        ExternalIdRecord("uri", "https://w.example/Q1"),
        ExternalIdRecord("DIN", "81"),
        ExternalIdRecord("uri", "https://w.example/Q2", "broader"),
    ),
)
BARE = TermRecord(
    line=0, name="Rib", ref="", id="r1", slug=None, short_definition="", definition="A **frame**.\n\nMore."
)


def written(*records, glossary=GLOSSARY):
    return b"".join(schema_org.write(records, glossary))


def test_a_set_is_written_with_its_terms():
    data = json.loads(written(FULL, BARE))

    terms = data.pop("hasDefinedTerm")
    assert data == {
        "@context": "https://schema.org",
        "@type": "DefinedTermSet",
        "@id": "https://g.example/#set",
        "name": "Parts of ships",
        "url": "https://g.example/",
        "description": "A few parts.",
        "inLanguage": "en",
        "license": "https://l.example/",
    }
    assert terms[0] == {
        "@type": "DefinedTerm",
        "@id": "https://g.example/t/k4e2/",
        "name": "Keel",
        "disambiguatingDescription": "ship",
        "termCode": "k4e2",
        "alternateName": ["backbone", {"@value": "Kiel", "@language": "de"}],
        "description": "The lowest timber of a hull.",
        "url": "https://g.example/terms/keel/",
        "sameAs": ["https://w.example/Q1"],
        "identifier": [{"@type": "PropertyValue", "propertyID": "DIN", "value": "81"}],
        "subjectOf": {
            "@type": "CreativeWork",
            "text": "The **lowest** timber.\n\n- of a hull",
            "encodingFormat": "text/markdown",
            "citation": [
                {"@type": "CreativeWork", "name": "Handbook",
                 "url": "https://x.example/", "pagination": "p. 3"}
            ],
        },
        "inDefinedTermSet": {"@id": "https://g.example/#set"},
    }  # fmt: skip
    assert (terms[1]["description"], "url" in terms[1]) == ("A frame.", False)


def test_what_is_written_reads_back():
    [record] = records_of(written(FULL).decode())

    assert (record.name, record.qualifier, record.short_definition, record.definition) == (
        FULL.name, FULL.qualifier, FULL.short_definition, FULL.definition,
    )  # fmt: skip
    assert record.aliases == FULL.aliases[:2]
    assert record.sources == FULL.sources
    assert (record.id, record.slug, record.ref) == ("k4e2", "keel", "https://g.example/t/k4e2/")
    assert ids_of(record) == [("uri", "https://w.example/Q1"), ("DIN", "81")]


@pytest.mark.parametrize(
    ("short", "definition"),
    [
        ("Costs $5 *or* more & `less`.", "A text."),
        ("No sentence", ""),
        ("", "A **frame** of a ship " * 20 + "is here.\n\nMore."),
        ("", "A frame.\n\nMore."),
    ],
)
def test_own_texts_come_back_as_they_were(short, definition):
    wanted = replace(BARE, name="Rib (R)", short_definition=short, definition=definition)

    [record] = records_of(written(wanted).decode())

    assert (record.id, record.name, record.flags) == ("r1", "Rib (R)", ())
    assert (record.short_definition, record.definition) == (short, definition)
    assert not record.sources and not record.external_ids


def test_address_like_ours_without_its_code_is_of_another_system():
    [record] = records_of({**KEEL, "@id": "https://x.example/t/k4e2/", "termCode": "other"})

    assert (record.id, ids_of(record)) == (
        None,
        [("uri", "https://x.example/t/k4e2/"), ("termCode", "other")],
    )


def test_no_text_can_end_the_script_that_it_stands_in():
    evil = "</script><script>alert(1)</script><!--"

    data = written(
        replace(FULL, name=evil, definition=evil, tags=(evil,)), glossary=replace(GLOSSARY, name=evil)
    ).decode()

    assert "<" not in data
    assert json.loads(data)["hasDefinedTerm"][0]["name"] == evil


# A few properties of schema.org, in our own words: all that is written has to be among them.
TEXTS = (
    *("name", "description", "alternateName", "termCode", "disambiguatingDescription", "inLanguage"),
    *("text", "encodingFormat", "propertyID", "value", "pagination", "dateModified"),
)
THINGS = (
    *("url", "sameAs", "license", "hasDefinedTerm", "inDefinedTermSet", "identifier"),
    *("subjectOf", "citation"),
)
TYPES = ("DefinedTerm", "DefinedTermSet", "CreativeWork", "PropertyValue")
CONTEXT = {
    "@context": {name: f"https://schema.org/{name}" for name in (*TEXTS, *TYPES)}
    | {name: {"@id": f"https://schema.org/{name}", "@type": "@id"} for name in THINGS}
}


def local_loader(url, _options):
    assert url == "https://schema.org"
    return {"contextUrl": None, "documentUrl": url, "document": CONTEXT}


def test_json_ld_processors_keep_every_term_and_property():
    data = json.loads(written(FULL, BARE, replace(BARE, id="m1", name="Mast")))

    [expanded] = jsonld.expand(data, {"documentLoader": local_loader})

    terms = expanded["https://schema.org/hasDefinedTerm"]
    assert [term["https://schema.org/name"][0]["@value"] for term in terms] == ["Keel", "Rib", "Mast"]
    assert {term["@type"][0] for term in terms} == {"https://schema.org/DefinedTerm"}
    keel, as_written = terms[0], data["hasDefinedTerm"][0]
    assert {name.removeprefix("https://schema.org/") for name in keel} == set(as_written)
    assert keel["https://schema.org/alternateName"] == [
        {"@value": "backbone"},
        {"@value": "Kiel", "@language": "de"},
    ]
    assert [record.name for record in records_of(expanded)] == ["Keel", "Rib", "Mast"]


# --- Which format it is --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        json.dumps({"@context": "https://schema.org", "@type": "DefinedTermSet", "hasDefinedTerm": [KEEL]}),
        json.dumps({"@graph": [{"@type": "schema:DefinedTerm", "schema:name": "Keel"}]}),
        written(FULL).decode(),
        "<html><head><script type='application/ld+json'>"
        + json.dumps(KEEL)
        + "</script></head><p>Keel</p></html>",
    ],
)
@pytest.mark.parametrize("called", ["download", "terms.jsonld", "terms.json", "page.html"])
def test_schema_org_is_recognised_whatever_it_is_called(data, called):
    assert formats.recognise(data.encode(), called) == "schema-org"


def test_other_linked_data_is_not_schema_org():
    skos = {
        "@context": {"skos": "http://www.w3.org/2004/02/skos/core#"},
        "@type": "skos:Concept",
        "skos:prefLabel": "Keel",
    }

    assert schema_org.looks_like(json.dumps(skos).encode()) == 0.0
    assert (
        schema_org.looks_like(json.dumps([{"term": "DefinedTerm", "definition": "A class."}]).encode()) == 0.0
    )
