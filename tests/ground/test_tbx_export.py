import os
import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from tbx_rules import CORE, violations

from terms.formats import WRITERS, tbx
from terms.formats.record import (
    ALIAS_KINDS,
    ALIAS_STATUSES,
    NOTE_KINDS,
    RELATION_KINDS,
    AliasRecord,
    Glossary,
    NoteRecord,
    RelationRecord,
    SourceRecord,
    TermRecord,
)
from terms.text import name_key

GLOSSARY = Glossary("Boats & <ships>", "https://g.example/", "en")
FORMS = ("tbx-basic-dca", "tbx-basic-dct", "tbx-min")
SCHEMAS = os.environ.get("TERMBOOK_TBX_SCHEMAS", "")
needs_schemas = pytest.mark.skipif(
    not SCHEMAS, reason="TERMBOOK_TBX_SCHEMAS names no folder with the published schemas"
)


def a_term(name="Keel", public_id="k1", **given):
    nothing = {
        "qualifier": "",
        "short_definition": "",
        "definition": "",
        "aliases": (),
        "tags": (),
        "relations": (),
        "sources": (),
        "notes": (),
    }
    return TermRecord(line=0, ref=public_id, id=public_id, name=name, **{**nothing, **given})


def export(*records, form="tbx-basic-dca", glossary=GLOSSARY):
    return b"".join(WRITERS[form].write(iter(records), glossary))


def read_back(*records, form="tbx-basic-dca"):
    return list(tbx.read(export(*records, form=form)))


FULL = a_term(
    "Keel",
    "k1",
    qualifier="of a ship",
    short_definition="Lowest timber.",
    definition="The **keel** is laid first.\n\n- then ribs\n- then planks",
    aliases=(
        AliasRecord("bottom timber"),
        AliasRecord("BT", "acronym"),
        AliasRecord("carina", "former_name", "deprecated"),
        AliasRecord("keal", "misspelling", "forbidden", note="Kind: of a joke"),
        AliasRecord("Kiel", "translation", "preferred", "de-AT"),
        AliasRecord("quille", "translation", "admitted", "fr", "feminine"),
    ),
    tags=("ship building", "timber; wood / rope"),
    relations=(
        RelationRecord("broader", "p2", "Part"),
        RelationRecord("related", "r3", "Rib"),
        RelationRecord("see_also", "gone", "Not in this file"),
    ),
    sources=(
        SourceRecord("Handbook", "", "p. 3"),
        SourceRecord("Yard", "https://example.org/ö?a=1&b=2"),
        SourceRecord("Old server", "ftp://files.example.org/x"),
    ),
    notes=(
        NoteRecord("usage", "Scope note: is what this begins with."),
        NoteRecord("example", "They *laid* the keel."),
        NoteRecord("scope", "Wood only.\n\n    not steel"),
    ),
    created_at="2031-01-01T08:00:00Z",
    updated_at="2031-05-28T10:00:00Z",
)
OTHERS = (a_term("Part", "p2"), a_term("Rib", "r3", definition="One of *many*."))


# --- What goes out -------------------------------------------------------------------------------


def test_a_concept_leaves_as_terminologists_know_it():
    root = etree.fromstring(export(FULL, *OTHERS))

    entry = root.find(f".//{{{CORE}}}conceptEntry")
    sections = entry.findall(f"{{{CORE}}}langSec")
    terms = [[term.text for term in section.iter(f"{{{CORE}}}term")] for section in sections]
    assert entry.get("id") == "c-k1"
    assert terms == [["Keel", "bottom timber", "BT", "carina", "keal"], ["Kiel"], ["quille"]]
    assert sections[0].find(f"{{{CORE}}}descrip[@type='definition']").text == "Lowest timber."
    assert [ref.get("target") for ref in entry.iter(f"{{{CORE}}}ref")] == ["c-p2", "c-r3"]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_keeps_the_rules_of_the_standard(form):
    assert violations(export(FULL, *OTHERS, form=form)) == []


@pytest.mark.parametrize("form", FORMS)
def test_an_empty_glossary_is_a_file_without_a_body(form):
    data = export(form=form)

    assert b"<body" not in data
    assert violations(data) == []
    assert list(tbx.read(data)) == []


def test_a_definition_without_a_short_one_leaves_as_plain_text_too():
    data = export(a_term(definition="A **big** $\\frac{a}{b}$ timber."))

    assert '<descrip type="definition">A big a/b timber.</descrip>' in data.decode()


def test_the_minimal_dialect_says_what_it_loses():
    writer = WRITERS["tbx-min"]

    assert "holds no definitions" in writer.loses
    assert b"Lowest timber" not in export(FULL, form="tbx-min")


def test_what_points_out_of_the_file_is_told_in_a_note():
    data = export(FULL).decode()

    assert "<note>Broader term: Part (c-p2)</note>" in data
    assert "<note>Related term: Rib (c-r3)</note>" in data
    assert "<ref" not in data


def test_all_names_of_a_deprecated_term_are_marked_as_such():
    data = export(
        a_term(status="deprecated", deprecation_reason="Out of use.", aliases=(AliasRecord("Old keel"),))
    )

    assert b"preferredTerm" not in data and b"admittedTerm" not in data


def test_nothing_is_left_behind_when_a_download_is_broken_off(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    pieces = WRITERS["tbx-basic-dca"].write(iter([FULL, *OTHERS]), GLOSSARY)

    begun = [next(pieces), next(pieces), next(pieces)]
    pieces.close()

    assert begun[0].startswith(b"<?xml")
    assert list(tmp_path.iterdir()) == []


# --- The rules themselves ------------------------------------------------------------------------

SKELETON = """<?xml version="1.0" encoding="UTF-8"?>
<tbx type="TBX-Basic" style="dca" xml:lang="en" xmlns="urn:iso:std:iso:30042:ed-2">
<tbxHeader><fileDesc><sourceDesc><p>By hand</p></sourceDesc></fileDesc></tbxHeader>
<text><body>
<conceptEntry id="c-1">
<ref type="crossReference" target="c-2">Rib</ref>
<xref type="externalCrossReference" target="https://example.org/">Yard</xref>
<langSec xml:lang="en">
<descripGrp><descrip type="definition">Lowest timber.</descrip><admin type="source">Yard</admin></descripGrp>
<termSec><term>Keel</term><termNote type="termType">fullForm</termNote></termSec>
</langSec>
</conceptEntry>
<conceptEntry id="c-2"><langSec xml:lang="de"><termSec><term>Spant</term></termSec></langSec></conceptEntry>
</body></text>
</tbx>"""

# What is changed in the skeleton, what our rules say to it, and whether the published RNG catches it too.
DEFECTS = {
    "id begins with a digit": ('id="c-2"', 'id="2"', "no XML identifier", True),
    "id twice": ('id="c-2"', 'id="c-1"', "stands there twice", True),
    "no id": (' id="c-2"', "", "has no id", True),
    "underscore in a language": ('xml:lang="de"', 'xml:lang="de_AT"', "no xs:language", True),
    "long part of a language": ('xml:lang="de"', 'xml:lang="de-Austrianism"', "no xs:language", True),
    "reference to nothing": ('target="c-2"', 'target="c-9"', "neither an id", True),
    "address without a host": ('target="https://example.org/"', 'target="/docs/api"', "neither an id", False),
    "definition of a name": (
        "<term>Spant</term>",
        '<term>Spant</term><descrip type="definition">Rib.</descrip>',
        "definition stands in a termSec",
        False,
    ),
    "unknown term type": (">fullForm<", ">synonym<", "termType may not be", False),
    "unknown category": ('"source"', '"origin"', "not in this dialect", False),
    "two in a group": (
        "<admin",
        '<descrip type="definition">Again.</descrip><admin',
        "begins with its only descrip",
        True,
    ),
    "note after a section": (
        "</langSec>\n</conceptEntry>",
        "</langSec><note>n</note></conceptEntry>",
        "behind",
        True,
    ),
    "no section": (
        '<langSec xml:lang="de"><termSec><term>Spant</term></termSec></langSec>',
        "",
        "no langSec",
        True,
    ),
    "two sections of a language": (
        '<langSec xml:lang="de">',
        '<langSec xml:lang="DE"><termSec><term>S</term></termSec></langSec><langSec xml:lang="de">',
        "two sections",
        False,
    ),
    "empty body": (
        SKELETON[SKELETON.index("<conceptEntry") : SKELETON.index("</body>")],
        "",
        "one or more",
        True,
    ),
    "empty definition": ("Lowest timber.", " ", "is empty", False),
    "control character": ("Lowest", "\x01", "not well-formed", True),
    "no source of the file": ("<sourceDesc><p>By hand</p></sourceDesc>", "", "no sourceDesc", True),
    "term note behind the rest": (
        '<termNote type="termType">',
        '<note>n</note><termNote type="termType">',
        "term notes first",
        True,
    ),
}


def spoilt(defect):
    before, after, message, _ = DEFECTS[defect]
    assert SKELETON.count(before) == 1
    return SKELETON.replace(before, after).encode(), message


def test_the_skeleton_keeps_all_rules():
    assert violations(SKELETON.encode()) == []


@pytest.mark.parametrize("defect", DEFECTS)
def test_each_defect_is_caught(defect):
    data, message = spoilt(defect)

    assert any(message in sentence for sentence in violations(data)), violations(data)


# --- The published schemas -----------------------------------------------------------------------


@cache
def core_schema():
    return etree.RelaxNG(etree.parse(Path(SCHEMAS) / "TBXcoreStructV03.rng"))


@cache
def schematron_rules(name):
    """Return the rules of a Schematron file as triples of context, test and message, in XPath 1.0."""
    rules = []
    for rule in etree.parse(Path(SCHEMAS) / name).iter("{http://purl.oclc.org/dsdl/schematron}rule"):
        by_attribute = re.fullmatch(r"(.+)/@(\w+)", rule.get("context"))
        for check in rule:
            if not isinstance(check.tag, str) or " is root()" in check.get("test"):
                continue
            context, test = rule.get("context"), check.get("test").replace("./local-name()", "local-name()")
            if by_attribute:
                context = f"{by_attribute[1]}[@{by_attribute[2]}]"
                test = re.sub(r"(?<![\w/.@*)])\.(?==)", f"@{by_attribute[2]}", test)
            rules.append((context, test.replace("attribute::", "@"), check.text))
    return rules


def schematron_failures(data, name):
    namespaces = {"tbx": CORE, "f": "urn:functions"}
    functions = {
        ("urn:functions", "matches"): lambda _, text, pattern: bool(re.match(pattern, "".join(text)))
    }
    tree = etree.fromstring(data)
    found = []
    for context, test, message in schematron_rules(name):
        test = test.replace("matches(", "f:matches(")
        for element in tree.xpath(f"//{context}", namespaces=namespaces):
            if not element.xpath(f"boolean({test})", namespaces=namespaces, extensions=functions):
                found.append(message)
    return found


def published_complaints(data, form):
    tree = etree.fromstring(data)
    schema = core_schema()
    complaints = [] if schema.validate(tree) else [str(schema.error_log)]
    file_name = {
        "tbx-basic-dca": "TBX-Basic_DCA.sch",
        "tbx-basic-dct": "TBX-Basic_DCT.sch",
        "tbx-min": "TBX-Min_DCA.sch",
    }[form]
    return complaints + schematron_failures(data, file_name)


@needs_schemas
@pytest.mark.parametrize("form", FORMS)
def test_published_schemas_accept_our_exports(form):
    assert published_complaints(export(FULL, *OTHERS, form=form), form) == []
    assert published_complaints(export(form=form), form) == []


@needs_schemas
@pytest.mark.parametrize("defect", DEFECTS)
def test_published_schema_catches_what_the_table_says(defect):
    data, _ = spoilt(defect)
    *_, is_caught = DEFECTS[defect]

    try:
        accepted = core_schema().validate(etree.fromstring(data))
    except etree.XMLSyntaxError:
        accepted = False

    assert accepted is not is_caught


@needs_schemas
@pytest.mark.parametrize(
    "defect",
    [
        "reference to nothing",
        "address without a host",
        "definition of a name",
        "unknown term type",
        "unknown category",
    ],
)
def test_published_schematron_catches_what_the_schema_does_not(defect):
    data, _ = spoilt(defect)

    assert schematron_failures(data, "TBX-Basic_DCA.sch")


# --- And back ------------------------------------------------------------------------------------


def what_it_says(record, form):
    """Return what a record must be after a round trip: all that the form holds."""
    is_full = form != "tbx-min"
    return {
        "id": record.id,
        "name": record.name,
        "qualifier": record.qualifier,
        "status": "deprecated" if record.status == "deprecated" else None,
        "deprecation_reason": record.deprecation_reason if record.status == "deprecated" else None,
        "short_definition": record.short_definition if is_full else None,
        "definition": record.definition if is_full else None,
        "aliases": record.aliases,
        "tags": record.tags,
        "relations": [(one.kind, one.target) for one in record.relations] if is_full else None,
        "sources": record.sources,
        "notes": record.notes,
    }


def what_came_back(record):
    relations = record.relations
    return {
        **{name: getattr(record, name) for name in what_it_says(FULL, "")},
        "relations": None if relations is None else [(one.kind, one.target) for one in relations],
    }


@pytest.mark.parametrize("form", FORMS)
def test_what_went_out_comes_back(form):
    back = read_back(FULL, *OTHERS, form=form)

    assert [what_came_back(record) for record in back] == [
        what_it_says(record, form) for record in (FULL, *OTHERS)
    ]
    assert [record.ref for record in back] == ["k1", "p2", "r3"]


def test_a_relation_out_of_the_file_comes_back_with_its_name():
    [keel] = read_back(replace(FULL, relations=(RelationRecord("related", "r3", "Rib (of a ship)"),)))

    assert keel.relations == (RelationRecord("related", "r3", "Rib (of a ship)"),)


def test_a_second_export_is_the_first():
    first = export(FULL, *OTHERS)

    again = [replace(record, created_at=FULL.created_at) for record in tbx.read(first)]
    second = export(*again)

    assert re.sub(rb"<transacGrp>.*?</transacGrp>\n", b"", second) == re.sub(
        rb"<transacGrp>.*?</transacGrp>\n", b"", first
    )


def test_what_a_foreign_file_said_besides_is_given_back():
    said = {
        "tbx": {
            "partOfSpeech": [
                {"term": "Keel", "language": "en-US", "text": "noun"},
                {"term": "Kiel", "language": "de", "text": "Noun"},
            ],
            "grammaticalGender": [{"term": "Kiel", "language": "de", "text": "masculine"}],
            "definition": [
                {"language": "de", "text": "Unterster Balken."},
                {"language": "nl", "text": "Onder."},
            ],
            "term": [{"text": "keel", "language": "de"}],
            "reliabilityCode": [{"text": "3"}],
            "customer": [{"term": "Keel", "language": "en", "text": "Yard"}],
        }
    }
    record = a_term(aliases=(AliasRecord("Kiel", "translation", language="de"),), further=said)

    data = export(record)
    [back] = tbx.read(data)

    assert violations(data) == []
    assert back.further["tbx"] == {
        "partOfSpeech": [{"term": "Keel", "language": "en", "text": "noun"}],
        "grammaticalGender": [{"term": "Kiel", "language": "de", "text": "masculine"}],
        "definition": [{"language": "de", "text": "Unterster Balken."}],
        "term": [{"text": "keel", "language": "de"}],
        "customerSubset": [{"term": "Keel", "language": "en", "text": "Yard"}],
    }


def test_further_data_of_other_formats_does_no_harm():
    strange = [{"tbx": 5}, {"tbx": {"partOfSpeech": "noun", "term": [7, {"text": None}]}}, {"columns": ["x"]}]

    for further in strange:
        assert violations(export(a_term(further=further))) == []


def test_in_a_glossary_of_another_language_our_file_is_one_like_any_other():
    data = export(a_term(aliases=(AliasRecord("Kiel", "translation", language="de"),)))

    [record] = tbx.read(data, language="de")

    assert (record.name, record.id, record.ref) == ("Kiel", None, "tbx:c-k1")


# --- Hostile texts -------------------------------------------------------------------------------

HOSTILE = st.one_of(
    st.text(max_size=25),
    st.text(
        alphabet="<>&\"'`*_[]$\\:;|#-=+@ \t\n\r\x00\x01\x0b\x1f\x7f\x85"
        "\u2028\u200f\ufeff\ufffe\u0301é😀\U0010ffff",
        max_size=25,
    ),
    st.sampled_from(
        ["]]>", "<!--", "&lt;", "Usage note: x", "Kind: hidden", "=cmd|' /C'!A0", "n (c-k1)", "(c-x)"]
    ),
)
FORBIDDEN = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def on_one_line(text):
    return " ".join(FORBIDDEN.sub("", text.replace("\r", "\n")).split())


def as_stored(text):
    return FORBIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip("\n").rstrip()


LINES = HOSTILE.map(on_one_line)
NAMES = LINES.filter(lambda text: bool(name_key(text)))
PROSE = HOSTILE.map(as_stored)
IDS = [f"id-{number}" for number in range(4)]
ALIASES = st.lists(
    st.builds(
        AliasRecord,
        text=NAMES,
        kind=st.sampled_from(ALIAS_KINDS),
        status=st.sampled_from(ALIAS_STATUSES),
        language=st.sampled_from(["", "de", "en-GB", "zh-Hant-TW"]),
        note=LINES,
    ),
    max_size=4,
    unique_by=lambda alias: name_key(alias.text),
)
SOURCES = st.builds(
    SourceRecord,
    title=LINES.filter(bool),
    url=st.one_of(st.sampled_from(["", "https://e.org/a b?c=ü&d#[e]", "http://[::1", "http://ü.org"]), LINES),
    locator=LINES,
)


@st.composite
def glossaries(draw):
    records = []
    for public_id in IDS[: draw(st.integers(1, 3))]:
        name = draw(NAMES)
        targets = st.sampled_from([other for other in [*IDS, "outside"] if other != public_id])
        relations = st.builds(RelationRecord, st.sampled_from(RELATION_KINDS), targets, LINES)
        status = draw(st.sampled_from(["published", "deprecated", "draft"]))
        records.append(
            a_term(
                name,
                public_id,
                status=status,
                deprecation_reason=draw(PROSE.filter(bool)) if status == "deprecated" else "",
                qualifier=draw(LINES),
                short_definition=draw(LINES),
                definition=draw(
                    st.one_of(PROSE, PROSE.map(lambda text: as_stored(f"{text} and so on" * 20)))
                ),
                aliases=tuple(alias for alias in draw(ALIASES) if name_key(alias.text) != name_key(name)),
                tags=tuple(draw(st.lists(NAMES, max_size=2, unique=True))),
                relations=tuple(
                    draw(st.lists(relations, max_size=3, unique_by=lambda one: (one.kind, one.target)))
                ),
                sources=tuple(draw(st.lists(SOURCES, max_size=2))),
                notes=tuple(
                    draw(
                        st.lists(
                            st.builds(NoteRecord, st.sampled_from(NOTE_KINDS), PROSE.filter(bool)), max_size=3
                        )
                    )
                ),
            )
        )
    return records


def check_round_trip(records, form):
    data = export(*records, form=form)
    back = list(tbx.read(data))
    assert violations(data) == []
    if SCHEMAS:
        assert published_complaints(data, form) == []
    assert [what_came_back(record) for record in back] == [what_it_says(record, form) for record in records]


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=15)
@given(records=glossaries())
def test_any_text_leaves_validly_and_comes_back(form, records):
    check_round_trip(records, form)


@pytest.mark.deep
@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=2000, deadline=None)
@given(records=glossaries())
def test_any_text_leaves_validly_and_comes_back_deep(form, records):
    check_round_trip(records, form)


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=15)
@given(text=HOSTILE, language=HOSTILE, public_id=HOSTILE)
def test_no_text_whatever_makes_a_broken_file(form, text, language, public_id):
    record = a_term(
        f"Keel{text}",
        public_id,
        short_definition=text,
        definition=text,
        aliases=(AliasRecord(text, language=language, note=text),),
        tags=(text,),
        relations=(RelationRecord("related", text, text),),
        sources=(SourceRecord(text, text, text), SourceRecord("x", f"https://e.org/{text}")),
        notes=(NoteRecord("usage", text), NoteRecord("example", text)),
        updated_at=text,
        deprecation_reason=text,
        status="deprecated",
    )

    data = export(record, record, form=form, glossary=Glossary(text, text, language))

    assert [problem for problem in violations(data) if not problem.startswith("a title is empty")] == []
    if SCHEMAS:
        assert published_complaints(data, form) == []
