import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terms import formats
from terms.errors import UnreadableFile
from terms.formats import tbx
from terms.formats.record import (
    AliasRecord,
    ExternalIdRecord,
    NoteRecord,
    RelationRecord,
    RowProblem,
    SourceRecord,
    TermRecord,
)

CORE = 'xmlns="urn:iso:std:iso:30042:ed-2"'
MODULES = 'xmlns:min="http://www.tbxinfo.net/ns/min" xmlns:basic="http://www.tbxinfo.net/ns/basic"'
HEADER = "<tbxHeader><fileDesc><sourceDesc><p>By hand</p></sourceDesc></fileDesc></tbxHeader>"


def v3(*entries, root=f'type="TBX-Basic" style="dca" {CORE}'):
    body = "\n".join(entries)
    return f'<tbx xml:lang="en" {root}>{HEADER}<text><body>\n{body}\n</body></text></tbx>'.encode()


def v2(*entries):
    body = "\n".join(entries)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE martif SYSTEM "TBXcoreStructV02.dtd">\n'
        f'<martif type="TBX" xml:lang="en"><text><body>\n{body}\n</body></text></martif>'
    ).encode()


def concept(*parts, id="c1"):
    return f'<conceptEntry id="{id}">{"".join(parts)}</conceptEntry>'


def section(*parts, language="en"):
    return f'<langSec xml:lang="{language}">{"".join(parts)}</langSec>'


def name(text, *parts):
    return f"<termSec><term>{text}</term>{''.join(parts)}</termSec>"


def status(word, category="administrativeStatus"):
    return f'<termNote type="{category}">{word}</termNote>'


def term_type(word):
    return f'<termNote type="termType">{word}</termNote>'


def read(data, language="en"):
    return list(tbx.read(data if isinstance(data, bytes) else v3(data), language=language))


def record_of(*parts, language="en"):
    [record] = read(concept(*parts), language=language)
    return record


def summary(record):
    return {
        "name": record.name,
        "short": record.short_definition,
        "aliases": [(one.text, one.kind, one.status, one.language) for one in record.aliases or ()],
        "tags": record.tags,
        "notes": record.notes,
    }


# --- The members of the family -------------------------------------------------------------------

DCA = v3(
    concept(
        '<descrip type="subjectField">rigging</descrip>',
        section(
            '<descripGrp><descrip type="definition">Holds a mast.</descrip></descripGrp>',
            name(
                "forestay",
                status("preferredTerm-admn-sts"),
                '<descrip type="context">Ease the stay.</descrip>',
            ),
            name("FS", term_type("acronym"), status("admittedTerm-admn-sts")),
        ),
        section(name("Vorstag"), language="de"),
    )
)
DCT = v3(
    concept(
        "<min:subjectField>rigging</min:subjectField>",
        section(
            "<descripGrp><basic:definition>Holds a mast.</basic:definition></descripGrp>",
            name(
                "forestay",
                "<min:administrativeStatus>preferredTerm-admn-sts</min:administrativeStatus>",
                "<basic:context>Ease the stay.</basic:context>",
            ),
            name("FS", "<basic:termType>acronym</basic:termType>"),
        ),
        section(name("Vorstag"), language="de"),
    ),
    root=f'type="TBX-Basic" style="dct" {CORE} {MODULES}',
)
V2_TIG = v2(
    """<termEntry id="c1">
      <descrip type="subjectField">rigging</descrip>
      <langSet xml:lang="de"><tig><term>Vorstag</term></tig></langSet>
      <langSet xml:lang="en">
        <tig><term>FS</term><termNote type="termType">acronym</termNote></tig>
        <tig><term>forestay</term><termNote type="administrativeStatus">preferred</termNote>
          <descrip type="context">Ease the stay.</descrip></tig>
        <descrip type="definition">Holds a
            mast.</descrip>
      </langSet>
    </termEntry>"""
)
V2_NTIG = v2(
    """<termEntry id="c1">
      <langSet xml:lang="en">
        <ntig><termGrp><term>forestay</term><termNote type="usageStatus">preferred</termNote></termGrp>
          <descripGrp><descrip type="context">Ease the stay.</descrip></descripGrp></ntig>
        <ntig><termGrp><term>FS</term></termGrp><termNote type="termType">acronym</termNote></ntig>
      </langSet>
      <langSet xml:lang="de"><ntig><termGrp><term>Vorstag</term></termGrp></ntig></langSet>
      <descripGrp><descrip type="definition">Holds a mast.</descrip></descripGrp>
      <descrip type="subjectField">rigging</descrip>
    </termEntry>"""
)


@pytest.mark.parametrize("data", [DCA, DCT, V2_TIG, V2_NTIG], ids=["dca", "dct", "tig", "ntig"])
def test_every_shape_gives_the_same_record(data):
    [record] = read(data)

    assert tbx.looks_like(data) > 0.9
    assert summary(record) == {
        "name": "forestay",
        "short": "Holds a mast.",
        "aliases": [("FS", "acronym", "admitted", ""), ("Vorstag", "translation", "admitted", "de")],
        "tags": ("rigging",),
        "notes": (NoteRecord("example", "Ease the stay."),),
    }


@pytest.mark.parametrize(
    ("entry", "group", "term"),
    [
        ("termEntry", "langSet", "tig"),
        ("conceptEntry", "langGroup", "termGroup"),
        ("entry", "langGroup", "termGroup"),
    ],
)
def test_each_variant_of_the_old_minimal_dialect_is_read(entry, group, term):
    data = f"""<TBX dialect="TBX-Min"><header><id>x</id></header><body>
      <{entry} id="C1"><subjectField>rigging</subjectField>
       <{group} xml:lang="en">
        <{term}><term>guy</term><termStatus>notRecommended</termStatus></{term}>
        <{term}><term>stay</term><termStatus>preferred</termStatus><customer>Yard</customer></{term}>
       </{group}></{entry}></body></TBX>""".encode()

    [record] = read(data)

    assert summary(record)["name"] == "stay"
    assert record.aliases == (AliasRecord("guy", "synonym", "deprecated"),)
    assert record.tags == ("rigging",)
    assert record.further["tbx"]["customer"] == [{"term": "stay", "language": "en", "text": "Yard"}]


def test_tbx_is_recognised_whatever_it_is_called():
    assert formats.recognise(DCA, "upload.dat") == "tbx"
    assert tbx.looks_like(b"\xff\xfe" + '<?xml version="1.0"?><martif>'.encode("utf-16-le")) > 0.9
    assert tbx.looks_like(b"<html><body>About <tbx> files</body></html>") == 0.0
    assert tbx.looks_like(b"term,definition\n<tbx>,a format\n") == 0.0


def test_utf_16_is_read():
    data = DCA.decode().replace("forestay", "étai")

    [record] = read(f'<?xml version="1.0" encoding="UTF-16"?>{data}'.encode("utf-16"))

    assert record.name == "étai"


# --- Which name, which alias ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "names",
    [
        [name("stay", status("preferredTerm-admn-sts")), name("line", term_type("fullForm"))],
        [name("line", term_type("acronym")), name("stay", term_type("fullForm"))],
        [name("stay"), name("line")],
        [name("line", status("obsolete")), name("stay")],
        [name("line", term_type("fullForm"), status("deprecatedTerm-admn-sts")), name("stay")],
        [name("line", status("deprecatedTerm-admn-sts")), name("stay", status("supersededTerm-admn-sts"))],
        [name("line"), name("stay", term_type("entryTerm"))],
    ],
)
def test_the_best_name_is_taken(names):
    assert record_of(section(*names)).name == "stay"


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        (status("preferredTerm-admn-sts"), ("synonym", "preferred")),
        (status("admitted", "usageStatus"), ("synonym", "admitted")),
        (status("deprecatedTerm-admn-sts"), ("synonym", "deprecated")),
        (status("supersededTerm-admn-sts"), ("former_name", "deprecated")),
        (status("Not Recommended"), ("synonym", "deprecated")),
        (status("obsoleteTerm", "temporalQualifier"), ("synonym", "deprecated")),
        (status("forbidden"), ("synonym", "forbidden")),
        (term_type("abbreviation"), ("abbreviation", "admitted")),
        (term_type("shortForm"), ("abbreviation", "admitted")),
        (term_type("variant") + status("deprecated"), ("spelling_variant", "deprecated")),
        (term_type("phrase"), ("synonym", "admitted")),
    ],
)
def test_status_and_kind_of_an_alias_are_told_apart(note, expected):
    record = record_of(section(name("stay", status("preferred")), name("line", note)))

    [alias] = record.aliases
    assert (alias.kind, alias.status) == expected


def test_several_sections_of_one_language_are_one():
    record = record_of(section(name("stay")), section(name("line")), section(name("Stag"), language="de"))

    assert [alias.text for alias in record.aliases] == ["line", "Stag"]


def test_a_region_is_a_name_of_the_same_language():
    record = record_of(section(name("colour"), language="en-GB"), section(name("color"), language="en-US"))

    assert record.name == "colour"
    assert record.aliases == (AliasRecord("color", "synonym", language="en-US"),)


def test_exactly_the_glossarys_language_comes_first():
    sections = [
        section(name("a"), language="en-US"),
        section(name("b"), language="en-GB"),
        section(name("c")),
    ]

    assert record_of(*sections).name == "c"
    assert record_of(*sections, language="en-GB").name == "b"


def test_a_language_code_with_underscore_is_evened_and_told_once():
    items = read(
        v3(
            concept(section(name("stay")), section(name("Stag"), language="de_AT")),
            concept(section(name("mast")), section(name("Mast (Schiff)"), language="de_AT"), id="c2"),
        )
    )

    problems = [item for item in items if isinstance(item, RowProblem)]
    assert [record.aliases[0].language for record in items if isinstance(record, TermRecord)] == ["de-AT"] * 2
    assert [(problem.value, problem.fatal) for problem in problems] == [("de_AT", False)]


def test_an_entry_without_the_glossarys_language_is_flagged():
    record = record_of(section(name("Stag"), language="de"), section(name("étai"), language="fr"))

    assert record.name == "Stag"
    assert record.confidence == 0.5
    assert [flag.code for flag in record.flags] == ["other_language"]


def test_what_has_no_language_is_in_the_glossarys():
    entry = b"<termEntry><langSet><tig><term>Stag</term></tig></langSet></termEntry>"

    [record] = read(b"<martif><text><body>%s</body></text></martif>" % entry, "de")

    assert (record.name, record.flags) == ("Stag", ())


def test_a_word_that_is_the_same_in_two_languages_is_kept_aside():
    record = record_of(section(name("Internet")), section(name("internet"), language="fr"))

    assert record.aliases is None
    assert record.further["tbx"]["term"] == [{"text": "internet", "language": "fr"}]


def test_a_concept_that_nobody_should_name_comes_in_as_deprecated():
    record = record_of(section(name("stay", status("obsolete"))))

    assert record.status == "deprecated"
    assert [flag.code for flag in record.flags] == ["all_names_deprecated"]


def test_an_entry_without_a_term_is_told_and_the_rest_goes_on():
    items = read(v3(concept(section()), concept(section(name("mast")), id="c2")))

    assert isinstance(items[0], RowProblem) and "no term" in items[0].message
    assert items[1].name == "mast"


# --- Texts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "parts",
    [
        ['<descrip type="definition">Holds a mast.</descrip>', section(name("stay"))],
        [section('<descrip type="definition">Holds a mast.</descrip>', name("stay"))],
        [section(name("stay", '<descrip type="definition">Holds a mast.</descrip>'))],
        [
            section(
                name("stay"), '<descripGrp><descrip type="definition">Holds a mast.</descrip></descripGrp>'
            )
        ],
    ],
    ids=["concept", "language", "term", "after the term"],
)
def test_a_definition_is_found_at_every_level(parts):
    assert record_of(*parts).short_definition == "Holds a mast."


def test_a_long_definition_is_markdown_that_says_the_same():
    text = "Takes *many* forms. 1. standing &lt;b&gt;, 2. running\n\n\t\t# not a heading\n\t\tsame paragraph"

    record = record_of(section(f'<descrip type="definition">{text}</descrip>', name("stay")))

    assert record.short_definition is None
    assert record.definition == (
        "Takes \\*many\\* forms. 1. standing \\<b>, 2. running\n\n\\# not a heading\nsame paragraph"
    )


def test_the_source_of_a_definition_is_a_source_of_the_term():
    record = record_of(
        section(
            '<descripGrp><descrip type="definition">Holds a mast.</descrip>'
            '<admin type="source">Yard, p. 3</admin>'
            '<admin type="source">https://example.org/stay</admin></descripGrp>',
            name("stay"),
        )
    )

    assert record.sources == (
        SourceRecord("Yard, p. 3"),
        SourceRecord("https://example.org/stay", "https://example.org/stay"),
    )


def test_several_definitions_are_kept_and_flagged():
    definitions = [
        f'<descrip type="definition">{text}</descrip>' for text in ("Holds a mast.", "A rope. Or a wire.")
    ]

    record = record_of(section(*definitions, name("stay")))

    assert (record.short_definition, record.definition) == ("Holds a mast.", "A rope. Or a wire.")
    assert [flag.code for flag in record.flags] == ["several_definitions"]


def test_a_definition_in_another_language_is_put_aside_and_told():
    definition = '<descrip type="definition">Hält.</descrip><admin type="source">Werft</admin>'

    record = record_of(
        section(name("stay")),
        section(f"<descripGrp>{definition}</descripGrp>", name("Stag"), language="de"),
    )

    assert (record.short_definition, record.sources) == (None, None)
    assert record.further["tbx"]["definition"] == [{"language": "de", "text": "Hält.", "sources": ["Werft"]}]
    assert [flag.code for flag in record.flags] == ["further_data"]
    assert "definition" in record.flags[0].message


def test_an_example_keeps_its_source():
    record = record_of(
        section(
            name(
                "stay",
                '<descripGrp><descrip type="context">Ease the stay.</descrip>'
                '<admin type="source">Log</admin></descripGrp>',
            )
        )
    )

    assert record.notes == (NoteRecord("example", "Ease the stay. (Log)"),)
    assert record.sources is None


def test_a_note_belongs_to_the_concept_or_to_one_of_its_names():
    record = record_of(
        "<note>Old word.</note>",
        section(name("stay", "<note>Say it short.</note>"), name("guy", "<note>on\n land</note>")),
    )

    assert record.notes == (NoteRecord("usage", "Old word."), NoteRecord("usage", "Say it short."))
    assert record.aliases[0].note == "on land"


def test_marks_inside_a_text_become_markdown():
    text = (
        'A <hi type="bold">strong</hi> rope, H<hi type="subscript">2</hi>O '
        '<ph type="x">code</ph><foreign xml:lang="fr">étai</foreign>'
    )

    record = record_of(section(f'<descrip type="definition">{text}</descrip>', name("stay")))

    assert record.definition == "A **strong** rope, H<sub>2</sub>O étai"


@pytest.mark.parametrize("nothing", ["Not Selected", "not specified", "N/A", "-", "  "])
def test_placeholders_say_nothing(nothing):
    record = record_of(
        f'<descrip type="subjectField">{nothing}</descrip>',
        section(f'<descrip type="definition">{nothing}</descrip>', name("stay", status(nothing))),
    )

    assert (record.tags, record.short_definition, record.definition, record.further) == (None, None, None, {})


@pytest.mark.parametrize(
    ("subject", "tags"),
    [
        ("rigging; sails", ("rigging", "sails")),
        ("rigging / sails", ("rigging", "sails")),
        ("rigging/sails", ("rigging", "sails")),
        ("I/O", ("I/O",)),
        ("TCP/IP;networks", ("TCP/IP", "networks")),
    ],
)
def test_lists_of_subjects_are_split(subject, tags):
    assert record_of(f'<descrip type="subjectField">{subject}</descrip>', section(name("stay"))).tags == tags


def test_what_has_no_place_is_kept_by_its_own_name():
    record = record_of(
        "<transacGrp><transac type='transactionType'>origination</transac>"
        "<date>2031-05-28</date></transacGrp>",
        section(
            name(
                "stay",
                '<termNote type="partOfSpeech">Proper Noun</termNote>',
                '<admin type="stars">5</admin>',
            )
        ),
    )

    assert record.further["tbx"] == {
        "transacGrp": [{"text": "origination 2031-05-28"}],
        "partOfSpeech": [{"term": "stay", "language": "en", "text": "Proper Noun"}],
        "stars": [{"term": "stay", "language": "en", "text": "5"}],
    }
    assert [flag.message for flag in record.flags] == [
        "Kept beside the term, because it has no place in it: stars."
    ]


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ([section(name("x" * 201))], "name is longer"),
        (
            [section(f'<descrip type="definition">{"x" * 200_001}</descrip>', name("stay"))],
            "definition is longer",
        ),
    ],
)
def test_what_is_too_long_is_told(parts, message):
    [problem] = read(concept(*parts))

    assert isinstance(problem, RowProblem) and problem.fatal
    assert message in problem.message


def test_long_pieces_are_put_aside_and_nothing_is_cut():
    record = record_of(
        f'<descrip type="subjectField">{"t" * 101}</descrip><admin type="source">{"s" * 401}</admin>',
        section(name("stay"), name("guy", f"<note>{'n' * 301}</note>"), name("x" * 201)),
    )

    assert (record.tags, record.sources, record.aliases) == (None, None, (AliasRecord("guy"),))
    assert set(record.further["tbx"]) == {"subjectField", "source", "note", "term"}
    assert [flag.code for flag in record.flags] == ["further_data"]


# --- Identifiers and relations -------------------------------------------------------------------


def test_the_id_of_the_file_is_kept():
    record = record_of(section(name("stay")))

    assert record.ref == "tbx:c1"
    assert record.external_ids == (ExternalIdRecord("tbx", "c1"),)


def test_entries_without_ids_are_known_again_in_any_order():
    stay, mast = (
        f"<termEntry><langSet xml:lang='en'><tig><term>{text}</term></tig></langSet></termEntry>"
        for text in ("stay", "mast")
    )

    first = {record.name: record.ref for record in read(v2(stay, mast))}
    second = {record.name: record.ref for record in read(v2(mast, stay))}

    assert first == second
    assert len(set(first.values())) == 2


def test_references_become_relations_to_names():
    records = read(
        v3(
            concept('<ref type="crossReference" target="c2">see there</ref>', section(name("stay"))),
            concept(section(name("mast", '<ref type="crossReference" target="#t3"/>')), id="c2"),
            concept(
                section(
                    '<descrip type="definition">Unlike '
                    '<hi type="entailedTerm" target="c1">stays</hi>.</descrip>',
                    '<termSec id="t3"><term>shroud</term></termSec>',
                ),
                id="c3",
            ),
            concept(
                '<ref type="crossReference" target="c99">Bowsprit</ref>'
                '<ref type="crossReference" target="c98"/>'
                '<ref type="crossReference" target="c4"/>',
                section(name("boom")),
                id="c4",
            ),
        )
    )

    assert [record.relations for record in records] == [
        (RelationRecord("related", "mast"),),
        (RelationRecord("related", "shroud"),),
        (RelationRecord("related", "stay"),),
        (RelationRecord("related", "Bowsprit"), RelationRecord("related", "c98")),
    ]
    assert records[2].short_definition == "Unlike stays."


def test_broader_and_narrower_concepts_are_told_from_above_and_below():
    records = read(
        v3(
            concept(
                '<descrip type="superordinateConceptGeneric" target="c2">x</descrip>',
                section(name("forestay")),
            ),
            concept(
                '<descrip type="subordinateConceptGeneric" target="c3"/>', section(name("stay")), id="c2"
            ),
            concept(section(name("backstay")), id="c3"),
        )
    )

    assert [record.relations for record in records] == [
        (RelationRecord("broader", "stay"),),
        None,
        (RelationRecord("broader", "stay"),),
    ]


def test_narrower_concepts_outside_of_the_file_are_told():
    record = record_of('<descrip type="subordinateConceptGeneric">backstay</descrip>', section(name("stay")))

    assert record.relations is None
    assert [(flag.code, "“backstay”" in flag.message) for flag in record.flags] == [
        ("narrower_unknown", True)
    ]


def test_links_out_of_the_file_are_sources():
    record = record_of(
        '<xref type="externalCrossReference" target="https://example.org/s">Stays</xref>'
        '<xref type="externalCrossReference" target="our yard rules">rule 5</xref>'
        '<ref type="crossReference" target="https://example.org/t">Also</ref>'
        '<xref type="xGraphic" target="https://example.org/p.png"/>',
        section(name("stay")),
    )

    assert record.sources == (
        SourceRecord("Stays", "https://example.org/s"),
        SourceRecord("rule 5", "", "our yard rules"),
        SourceRecord("Also", "https://example.org/t"),
        SourceRecord("https://example.org/p.png", "https://example.org/p.png"),
    )
    assert record.relations is None


# --- Hostile files -------------------------------------------------------------------------------

BOMB = '<!DOCTYPE tbx [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {new} "{f"&{old};" * 10}">' for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", "git lfs pull"),
        (b"PK\x03\x04whatever", "packed file"),
        (b"just words", "no XML"),
        (b"", "no XML"),
        (DCA[:-40], "breaks off"),
        (DCA.replace(b"forestay", b"\xe9tai"), "encoding"),
        (b'<?xml version="1.0" encoding="klingon"?>' + DCA, "Save the file in UTF-8"),
        (b"<rdf:RDF xmlns:rdf='x'/>", "no TBX: it begins with “RDF”"),
        (b"<tbx><a></b></tbx>", "well-formed"),
        (f"{BOMB}]><tbx><text>&i;</text></tbx>".encode(), "many times larger"),
        (b'<!DOCTYPE tbx SYSTEM "http://127.0.0.1:9/x.dtd"><tbx><p>&x;</p></tbx>', "never fetched"),
        (b"<tbx>" + b"<p>" * 5000, "nested too deeply"),
        (b"<tbx><p>" + b"x" * 11_000_000 + b"</p></tbx>", "too long"),
        (b"<tbx><termEntry>" + b"<a/>" * 100_001, "more than 100,000 elements"),
        (b"<tbx>" + b"<termEntry/>" * 1_100 + b"</tbx>", "cannot be used"),
        (
            b'<tbx xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="file:///etc/hosts"/></tbx>',
            "XInclude",
        ),
    ],
)
def test_hostile_files_are_refused_with_what_to_do(data, message):
    with pytest.raises(UnreadableFile, match=message):
        read(data)


def test_files_of_the_server_are_never_read(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret word")
    entity = f'<!DOCTYPE tbx [<!ENTITY s SYSTEM "{secret.as_uri()}">]>'

    with pytest.raises(UnreadableFile, match="never fetched") as refusal:
        read(f"{entity}<tbx><text>&s;</text></tbx>".encode())

    assert "secret word" not in str(refusal.value)


def test_a_doctype_and_small_entities_of_the_file_itself_are_fine():
    data = (
        b'<!DOCTYPE martif SYSTEM "TBXcdv04.dtd" [<!ENTITY yard "The Yard">]>' + V2_TIG.split(b'.dtd">', 1)[1]
    )

    [record] = read(data.replace(b"forestay", b"&yard; stay"))

    assert record.name == "The Yard stay"


LEAVES = st.builds(
    lambda tag, category, text: f'<{tag} type="{category}" target="{category}">{text}</{tag}>',
    st.sampled_from(
        ["term", "termNote", "descrip", "admin", "note", "ref", "xref", "hi", "transac", "ph", "x"]
    ),
    st.sampled_from(
        ["", "definition", "context", "subjectField", "termType", "crossReference", "source", "c1", "a b"]
    ),
    st.sampled_from(
        ["", "Keel", "Not Selected", " / ", "acronym", "preferred", "https://e.org/", "x; y/z", "_*<b/>"]
    ),
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.builds(
        lambda tag, parts: f'<{tag} id="c1" xml:lang="{len(parts)}_x">{"".join(parts)}</{tag}>',
        st.sampled_from(
            [
                "langSet",
                "langSec",
                "tig",
                "ntig",
                "termGrp",
                "termSec",
                "descripGrp",
                "adminGrp",
                "transacGrp",
                "hi",
            ]
        ),
        st.lists(inner, max_size=4),
    ),
    max_leaves=12,
)


@settings(max_examples=60)
@given(st.lists(TREES, max_size=4))
def test_no_arrangement_of_elements_breaks_the_reader(trees):
    items = read(v2(*(f'<termEntry id="c{number}">{tree}</termEntry>' for number, tree in enumerate(trees))))

    entries = [item for item in items if isinstance(item, TermRecord) or item.column != "xml:lang"]
    assert len(entries) == len(trees)
    assert all(item.name for item in entries if isinstance(item, TermRecord))
