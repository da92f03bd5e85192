import json
from dataclasses import replace
from itertools import islice
from pathlib import Path

import jsonschema
import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from terms import formats
from terms.errors import UnreadableFile
from terms.formats import json_terms
from terms.formats.record import (
    ALIAS_KINDS,
    ALIAS_STATUSES,
    MAPPINGS,
    NOTE_KINDS,
    RELATION_KINDS,
    STATUSES,
    AliasRecord,
    ExternalIdRecord,
    Flag,
    Glossary,
    NoteRecord,
    RelationRecord,
    RowProblem,
    SourceRecord,
    TermRecord,
)

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "termbook.schema.json").read_text(encoding="utf-8"))
FILE_IS_VALID = jsonschema.Draft202012Validator(SCHEMA).validate
TERM_IS_VALID = jsonschema.Draft202012Validator(
    {**SCHEMA["$defs"]["term"], "$defs": SCHEMA["$defs"]}
).validate
GLOSSARY = Glossary("Parts of ships", "https://g.example/", modified="2030-01-01T00:00:00Z")


def items_of(value, **how):
    data = value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False, indent=1).encode()
    return list(json_terms.read(data, **how))


def records_of(value, **how):
    return [item for item in items_of(value, **how) if isinstance(item, TermRecord)]


def problems_of(value, **how):
    return [item for item in items_of(value, **how) if isinstance(item, RowProblem)]


def names_of(value):
    return [(record.name, record.short_definition) for record in records_of(value)]


def relations_of(record):
    return [(relation.kind, relation.target) for relation in record.relations or ()]


def aliases_of(record):
    return [(alias.text, alias.kind) for alias in record.aliases or ()]


KEEL = {"term": "Keel", "definition": "The lowest timber of a hull."}
RIB = {"term": "Rib", "definition": "A frame on the keel."}
BOTH = [("Keel", "The lowest timber of a hull."), ("Rib", "A frame on the keel.")]


# --- Lists of terms of others --------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        [KEEL, RIB],
        {"terms": [KEEL, RIB], "version": "7"},
        {"name": "Ships", "description": "All about ships.", "glossary": {"entries": [KEEL, RIB]}},
        {"keel": KEEL, "rib": RIB},
        {"Keel": {"definition": KEEL["definition"]}, "Rib": {"def": RIB["definition"]}},
        {"Keel": KEEL["definition"], "Rib": RIB["definition"]},
        {"K": [KEEL], "R": [RIB]},
        [{"name": "Keel", "meaning": KEEL["definition"]}, {"title": "Rib", "description": RIB["definition"]}],
        {"data": {"terms": {"a": KEEL, "b": RIB}}},
        b'{"term": "Keel", "definition": "The lowest timber of a hull."}\n\n'
        b'{"term": "Rib", "definition": "A frame on the keel."}',
    ],
)
def test_terms_are_found_whatever_is_built_around_them(value):
    assert names_of(value) == BOTH


def test_lists_by_category_give_tags():
    by_key = {"hull": [KEEL], "deck": [{**RIB, "tags": ["frame"]}]}
    in_groups = {"categories": [{"name": "hull", "terms": [KEEL]}, {"title": "deck", "terms": [RIB]}]}

    assert [record.tags for record in records_of(by_key)] == [("hull",), ("deck", "frame")]
    assert [record.tags for record in records_of(in_groups)] == [("hull",), ("deck",)]


def test_what_a_mapping_says_finds_its_place():
    [record] = records_of(
        [
            {
                "ID": "k-1",
                "slug": "rolled-keel",
                "title": "Rolled Keel (RK)",
                "summary": "A keel bent from one plate.",
                "body": "<p>It is <em>rolled</em>, not cast; see <a href='https://x.example/k'>this</a>.</p>",
                "alsoKnownAs": ["plate keel", {"text": "Kiel", "language": "de"}],
                "acronym": "RKL",
                "previousTerm": "bar keel",
                "category": "Hull, lower",
                "keywords": "steel, welding",
                "seeAlso": ["Rib"],
                "broader": "Keel",
                "references": [{"title": "Handbook", "url": "https://x.example/h", "page": "12"}],
                "learnMoreUrl": "https://x.example/more",
                "example": "The rolled keel held.",
                "status": "Approved",
                "colour": "grey",
            }
        ]
    )

    assert (record.name, record.slug, record.status, record.ref) == (
        "Rolled Keel", "rolled-keel", "published", "id:k-1",
    )  # fmt: skip
    assert record.short_definition == "A keel bent from one plate."
    assert record.definition == "It is *rolled*, not cast; see [this](https://x.example/k)."
    assert aliases_of(record) == [
        ("RK", "acronym"),
        ("plate keel", "synonym"),
        ("Kiel", "translation"),
        ("RKL", "acronym"),
        ("bar keel", "former_name"),
    ]
    assert record.tags == ("Hull, lower", "steel", "welding")
    assert relations_of(record) == [("broader", "Keel"), ("see_also", "Rib")]
    assert record.relation_kinds == ("broader", "see_also")
    assert record.sources == (
        SourceRecord("Handbook", "https://x.example/h", "12"),
        SourceRecord("https://x.example/more", "https://x.example/more"),
    )
    assert record.notes == (NoteRecord("example", "The rolled keel held."),)
    assert record.external_ids == (ExternalIdRecord("id", "k-1"),)
    assert record.further == {"colour": "grey"}


def test_what_is_not_said_is_none_and_what_is_empty_is_empty():
    [record] = records_of([{**KEEL, "aliases": [], "tags": None, "sources": []}])

    assert (record.aliases, record.sources, record.notes, record.external_ids) == ((), (), None, None)
    assert record.tags == ()
    assert record.relations is None


def test_long_and_several_texts_stand_in_the_definition():
    long = "A timber. " * 30
    entries = [
        {"term": "A", "definition": long},
        {"term": "B", "definition": "A short one.", "explanation": "And a **long** one."},
        {"term": "C", "definition": ["First sense of it.", "Second sense of it."]},
        {"term": "D", "short": long, "definition": "Then this."},
        {"term": "E", "definition": "It has `code` in it."},
    ]

    texts = [(record.short_definition, record.definition) for record in records_of(entries)]

    assert texts == [
        (None, long.strip()),
        ("A short one.", "And a **long** one."),
        (None, "First sense of it.\n\nSecond sense of it."),
        (None, f"{long.strip()}\n\nThen this."),
        (None, "It has `code` in it."),
    ]
    assert records_of(entries)[3].flags[0].code == "short_definition_too_long"


def test_relations_lead_to_names_whatever_the_entries_are_called_by():
    entries = [
        {**KEEL, "id": "k1", "related": ["r1", "Mast"], "narrower": ["Bar keel"]},
        {**RIB, "id": "r1", "qualifier": "ship", "related": [{"id": "k1"}, {"name": "keel"}, "rib"]},
        {"term": "Bar keel", "definition": "A keel of one bar.", "seeAlso": ["k1", "nowhere-to-be-found"]},
    ]

    keel, rib, bar = records_of(entries)

    assert relations_of(keel) == [("related", "Rib (ship)"), ("related", "Mast")]
    assert relations_of(rib) == [("related", "Keel")]
    assert relations_of(bar) == [
        ("broader", "Keel"),
        ("see_also", "Keel"),
        ("see_also", "nowhere-to-be-found"),
    ]


def test_narrower_terms_that_are_not_in_the_file_are_put_aside():
    [record] = records_of([{**KEEL, "narrower": ["Bar keel"]}])

    assert record.further == {"narrower": ["Bar keel"]}
    assert [flag.code for flag in record.flags] == ["further_data"]


@pytest.mark.parametrize(
    "pointer",
    [
        {"term": "Backbone", "definition": "See Keel."},
        {"term": "Backbone", "definition": "See *keel*"},
        {"term": "Backbone", "see": "Keel"},
    ],
)
def test_entry_that_only_points_to_another_becomes_its_alias(pointer):
    found = items_of([pointer, KEEL])

    assert aliases_of(found[-1]) == [("Backbone", "synonym")]
    assert (found[0].fatal, found[0].value) == (False, "Backbone")
    assert "made another name of it" in found[0].message


def test_pointer_to_what_is_not_there_stays_a_term_and_is_flagged():
    [record] = records_of([{"term": "Backbone", "definition": "See Keel."}])

    assert [flag.code for flag in record.flags] == ["see_reference"]


def test_pointers_in_a_circle_stay_terms():
    assert [record.name for record in records_of([
        {"term": "A", "definition": "See B."}, {"term": "B", "definition": "See A."}, KEEL,
    ])] == ["A", "B", "Keel"]  # fmt: skip


def test_acronyms_are_told_from_the_letters_of_the_names():
    entries = [
        {"term": "LWL (length at the waterline)", "definition": "A length."},
        {"term": "Centre of Buoyancy", "definition": "A point.", "aliases": ["CB", "buoyancy point"]},
        {"term": "Bow (front)", "definition": "The front."},
        {"term": "RIB", "definition": "A boat.", "aliases": ["rigid inflatable boat", "hard RIB"]},
    ]

    assert [(record.name, aliases_of(record)) for record in records_of(entries)] == [
        ("LWL", [("length at the waterline", "full_form")]),
        ("Centre of Buoyancy", [("CB", "acronym"), ("buoyancy point", "synonym")]),
        ("Bow (front)", []),
        ("RIB", [("rigid inflatable boat", "full_form"), ("hard RIB", "synonym")]),
    ]


def test_names_in_several_languages_become_translations():
    entries = [
        {
            "term": {"en": "Keel", "de": "Kiel"},
            "definition": {"en": "The lowest timber.", "de": "Der Balken."},
        },
        {"term": "Rib", "de": "Spant", "fr": ["couple", "membrure"]},
        {"term_en": "Mast", "term_de": "Mast", "translations": [{"lang": "es", "text": "mástil"}]},
    ]

    keel, rib, mast = records_of(entries, language="en-GB")

    assert (keel.name, keel.short_definition) == ("Keel", "The lowest timber.")
    assert [(alias.text, alias.language) for alias in keel.aliases] == [("Kiel", "de")]
    assert keel.further == {"definition.de": "Der Balken."}
    assert [flag.code for flag in keel.flags] == ["further_data"]
    assert [(alias.text, alias.kind, alias.language) for alias in rib.aliases] == [
        ("Spant", "translation", "de"),
        ("couple", "translation", "fr"),
        ("membrure", "translation", "fr"),
    ]
    assert (mast.name, [alias.text for alias in mast.aliases]) == ("Mast", ["mástil"])


def test_members_without_a_place_are_told_once_and_kept():
    found = items_of([{**KEEL, "mood": "grim"}, {**RIB, "mood": "merry"}])

    assert [(item.line, item.column, item.fatal) for item in found[:1]] == [(2, "mood", False)]
    assert [record.further for record in found[1:]] == [{"mood": "grim"}, {"mood": "merry"}]


def test_second_import_finds_each_record_again():
    entries = [
        {"id": 7, **KEEL},
        {"url": "https://x.example/rib", "uri": "https://x.example/rib", **RIB},
        RIB,
        RIB,
    ]

    assert [record.ref for record in records_of(entries)] == [
        "id:7", "https://x.example/rib", "Rib", "Rib#2",
    ]  # fmt: skip


def test_keys_of_entries_are_their_slugs_where_a_member_gives_the_name():
    entries = {
        "main-mast": {"term": "Main Mast", "definition": "The tallest."},
        "Keel": KEEL,
        "Rib": {"def": "A frame."},
    }

    assert [(record.name, record.slug, record.ref) for record in records_of(entries)] == [
        ("Main Mast", "main-mast", "main-mast"), ("Keel", None, "Keel"), ("Rib", None, "Rib"),
    ]  # fmt: skip


def test_several_names_are_one_name_and_its_aliases():
    [record] = records_of(
        [{"term": ["Keel", "Backbone"], "definition": "A timber.", "synonyms": "spine, back"}]
    )

    assert (record.name, aliases_of(record)) == (
        "Keel", [("Backbone", "synonym"), ("spine", "synonym"), ("back", "synonym")],
    )  # fmt: skip
    assert [flag.code for flag in record.flags] == ["names_split"]


def test_terms_of_a_page_with_html_bodies_become_markdown():
    page = {
        "keel": {"title": "keel", "body": '<p>The <b>lowest</b> part.<a class="headerlink">¶</a></p>'},
        "rib": {"title": "rib", "body": "<p>A frame.</p><script>alert(1)</script>"},
    }  # fmt: skip

    assert [(r.name, r.short_definition, r.definition) for r in records_of(page)] == [
        ("keel", None, "The **lowest** part."),
        ("rib", "A frame.", None),
    ]


def test_openmetadata_terms_keep_their_paths():
    def term(name, fqn, **more):
        parts = {"id": "00-11", "name": name, "fullyQualifiedName": fqn, "glossary": {"name": "Ships"}}
        return {
            **parts,
            "description": f"The {name} of a ship.",
            "version": 0.3,
            "href": "https://x.example",
            **more,
        }

    page = {
        "data": [
            term("hull", "Ships.hull", displayName="Hull",
                 children=[{"fullyQualifiedName": "Ships.hull.keel", "name": "keel"}]),
            term("keel", "Ships.hull.keel", synonyms=["backbone"], tags=[{"tagFQN": "Tier.One"}],
                 entityStatus="Approved",
                 references=[{"name": "Book", "endpoint": "https://x.example/b"}], owners=[{"name": "ann"}],
                 relatedTerms=[
                     {"term": {"fullyQualifiedName": "Ships.rib", "name": "rib"}, "relationType": "partOf"}]),
            term("gone", "Ships.gone", deleted=True),
        ],
        "paging": {"after": "abc", "total": 9},
    }  # fmt: skip

    found = items_of(page)
    hull, keel = [item for item in found if isinstance(item, TermRecord)]

    assert (hull.name, hull.ref, hull.short_definition) == (
        "Hull",
        "openmetadata:hull",
        "The hull of a ship.",
    )
    assert keel.external_ids == (ExternalIdRecord("openmetadata", "hull.keel"),)
    assert relations_of(keel) == [("broader", "Hull"), ("broader", "rib")]
    assert (aliases_of(keel), keel.tags, keel.status) == (
        [("backbone", "synonym")],
        ("Tier.One",),
        "published",
    )
    assert keel.sources == (SourceRecord("Book", "https://x.example/b"),)
    assert keel.further == {"owners": [{"name": "ann"}]}
    assert [item.message for item in found if isinstance(item, RowProblem)] == [
        "This is one page of several. Import the other pages as well.",
        "The term is deleted there and was left out.",
    ]


# --- What is wrong -------------------------------------------------------------------------------


def test_key_that_stands_twice_is_told_with_its_name_and_line():
    [problem, record] = items_of(
        b'[\n {"term": "Keel",\n  "definition": "One of it.", "definition": "The other one."}\n]'
    )

    assert (problem.line, problem.column, problem.fatal) == (2, "definition", False)
    assert "stands twice" in problem.message
    assert record.short_definition == "The other one."


def test_entries_that_cannot_be_used_cost_only_themselves():
    entries = [
        KEEL,
        {"definition": "Without a name at all."},
        {"term": "x" * 201, "definition": "Too long a name."},
        {"term": "Half", "definition": "A \ud83d sign."},
        {"term": "Nul", "definition": "A \x00 sign."},
        {"term": "Deep", "definition": "Deep down.", "more": json.loads("[" * 40 + "]" * 40)},
        {"term": "Long", "definition": "y" * 200_001},
        "Rib",
        RIB,
    ]

    found = items_of(json.dumps(entries).encode())

    assert [item.name for item in found if isinstance(item, TermRecord)] == ["Keel", "Rib"]
    assert [item.message.split(".")[0] for item in found if isinstance(item, RowProblem)] == [
        "The entry has no name",
        "The text has 201 signs, 200 are allowed",
        "The entry holds half a sign (\\ud800 to \\udfff alone)",
        "The entry holds a NUL sign (\\u0000)",
        "The entry is nested more than 30 deep",
        "The text has 200,001 signs, 200,000 are allowed",
        "This is no entry: in a list of terms, each is a mapping with its name and its definition",
    ]


def test_line_that_is_no_json_costs_only_itself():
    text = (
        b'{"term": "Keel", "definition": "A timber."}\n{"term": "Rib" "definition": 1}\n[]\n'
        b'{"term": "Mast", "definition": "A pole."}\n'
    )

    found = items_of(text)

    assert [item.name for item in found if isinstance(item, TermRecord)] == ["Keel", "Mast"]
    assert [(item.line, item.message) for item in found if isinstance(item, RowProblem)] == [
        (
            2,
            "Line 2, column 16: this is no JSON; "
            "a comma is missing, or a text is not closed, before this place.",
        ),
        (3, "A line of JSON Lines is a mapping with the name and the definition of a term."),
    ]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b'[{"term": "Keel",\n "definition": "x"},\n]', "Line 3, column 1: this is no JSON"),
        (b'{"terms": [\n  {"term": "Keel" "definition": "x"}]}', r"Line 2, column 19: .* a comma is missing"),
        (b"[{'term': 'Keel'}]", "Line 1, column 3: .* double quotes"),
        (b'[{"term": "Keel"', "Line 1, column 17: this is no JSON"),
        (b'[{"term": "two\nlines"}]', r"Line 1, column 15: .* line break .* write \\n"),
        (b'[{"term": "Keel", "definition": NaN}]', "Line 1: “NaN” is no number"),
        (b'[{"term": "Keel", "definition": 1e999}]', "“1e999” is no number"),
        (b'[{"term": "Keel", "definition": ' + b"9" * 9_999 + b"}]", "“9{40}” is no number"),
        (b'[{"term": "Keel", "definition": "a b c"}] {}', "there is more after its end"),
        (b"[" * 100_000, "nested more than 50 deep"),
        (b'{"a":' * 400 + b"1" + b"}" * 400, "nested more than 50 deep"),
        (b"[" + b"[]," * 500_000 + b"[]]", "more than 400,000 lists"),
        (b'["' + b"x" * 53_000_000 + b'"]', "50 MB are allowed"),
        (b'{"$schema": "https://json-schema.org/draft-07/schema", "properties": {}}', "is a JSON Schema"),
        (b'{"https://x.example/a": {"https://x.example/b": [{"type": "uri", "value": "c"}]}}', "RDF/JSON"),
        (b'{"@context": {}, "@graph": []}', "neither DefinedTerm of schema.org nor Concept of SKOS"),
        (b'[{"model": "terms.term", "fields": {}}]', "loaddata"),
        (b'{"name": "ships", "version": "1.0", "scripts": {"build": "make it so"}}', "No terms were found"),
        (b'{"kind": "Page", "licence": {"content": {"id": "MIT", "name": "MIT"}}}', "No terms were found"),
        (b'[1, 2, 3]', "No terms were found"),
        (b'[{"a": 1}]', "Its members are: a"),
        (b'{"termbook": 2, "terms": []}', "version 2 .* Update this server"),
        (b'{"termbook": 1}', "no list of “terms”"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n", "git lfs pull"),
    ],
)  # fmt: skip
def test_file_that_cannot_be_read_says_why_and_where(data, says):
    with pytest.raises(UnreadableFile, match=says):
        list(json_terms.read(data))


def test_a_million_repeated_keys_are_told_a_hundred_times_at_most():
    data = b"[{" + b'"term": "a", "definition": "b c",' * 20_000 + b'"x": 1}]'

    assert len(items_of(data)) < 110


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["term", "definition", "aliases", "related", "terms", "de", "id"]), inner
        )
    ),
    max_leaves=8,
)


@given(
    json_values
    | st.lists(st.fixed_dictionaries({"term": json_values, "definition": json_values, "see": json_values}))
)
@hypothesis_settings(max_examples=30)
def test_any_json_gives_records_problems_or_a_sentence(value):
    try:
        found = items_of(json.dumps(value).encode())
    except UnreadableFile as error:
        assert error.message.endswith(".")
    else:
        assert all(isinstance(item, TermRecord | RowProblem) for item in found)


@pytest.mark.parametrize("sign", ["\\u0000", "\\ud800"])
@pytest.mark.parametrize(
    "text",
    [
        '{"ke%sl": {"term": "Keel", "definition": "A timber."}}',
        '{"Ke%sl": "The lowest timber of all."}',
        '{"hu%sll": [{"term": "Keel", "definition": "A timber."}]}',
        '[{"term": "Keel", "definition": "A timber.", "mo%sod": 1}]',
        '[{"term": "Keel", "definition": "A timber.", "a%sb": 1, "a%sb": 2}]',
        '[{"term": "Keel", "definition": "A timber."}, "a%sb"]',
        '{"termbook": 1, "terms": [{"name": "a%sb"}, "a%sb"]}',
        '{"termbook": "%s", "terms": []}',
        '[{"a%sb": 1}]',
    ],
)
def test_signs_that_no_database_can_keep_come_through_nowhere(text, sign):
    try:
        found = items_of(text.replace("%s", sign).encode())
    except UnreadableFile as error:
        said = error.message
    else:
        assert [item.name for item in found if isinstance(item, TermRecord)] in ([], ["Keel"])
        said = "".join(
            item.column + item.value + item.message for item in found if isinstance(item, RowProblem)
        )

    assert "\x00" not in said
    assert said.encode()


@given(st.binary(max_size=200) | st.text(alphabet='[]{}",:\\ntf1 \n', max_size=100).map(str.encode))
@hypothesis_settings(max_examples=60)
def test_any_bytes_give_records_problems_or_a_sentence(data):
    json_terms.looks_like(data)
    try:
        list(json_terms.read(data))
    except UnreadableFile as error:
        assert error.message.endswith(".")


# --- Our own files -------------------------------------------------------------------------------


def written(records, form="json"):
    return b"".join(formats.WRITERS[form].write(records, GLOSSARY))


FULL = TermRecord(
    line=0,
    name="Keel",
    ref="",
    id="k4e2",
    slug="keel",
    qualifier="ship",
    status="deprecated",
    deprecation_reason="Nobody builds them.",
    short_definition="The lowest timber.",
    definition="The **lowest** timber.\n",
    aliases=(AliasRecord("Kiel", "translation", "preferred", "de", "in the north"),),
    tags=("Hull",),
    relations=(RelationRecord("broader", "p4rt", "Part"),),
    relation_kinds=RELATION_KINDS,
    sources=(SourceRecord("Handbook", "https://x.example/", "p. 3"),),
    notes=(NoteRecord("editorial", "Check this."),),
    external_ids=(ExternalIdRecord("uri", "https://x.example/k", "close"),),
    review_by="2031-05-28",
    links_itself=False,
    updated_at="2030-01-02T00:00:00Z",
    further={"mood": ["grim", 1, None]},
)


def test_a_term_is_written_in_the_names_of_the_api_in_one_order():
    text = written([FULL]).decode()

    assert text.splitlines()[0] == (
        '{"termbook": 1, "glossary": {"name": "Parts of ships", "url": "https://g.example/", '
        '"language": "en", "description": "", "licence": "", "modified": "2030-01-01T00:00:00Z"}, "terms": ['
    )
    [term] = json.loads(text)["terms"]
    assert list(term) == list(SCHEMA["$defs"]["term"]["properties"])
    assert term["related"] == [{"relation": "broader", "id": "p4rt", "name": "Part"}]
    assert term["aliases"] == [
        {
            "text": "Kiel",
            "kind": "translation",
            "language": "de",
            "status": "preferred",
            "note": "in the north",
        }
    ]


def test_what_is_written_by_hand_needs_only_a_name():
    [record] = records_of(
        {
            "termbook": 1,
            "terms": [{"name": "Keel", "aliases": ["backbone"], "tags": [], "related": [{"name": "Rib"}]}],
        }
    )

    assert record.aliases == (AliasRecord("backbone"),)
    assert (record.tags, record.sources, record.definition, record.slug) == ((), None, None, None)
    assert record.relations == (RelationRecord("related", "Rib"),)
    FILE_IS_VALID({"termbook": 1, "terms": [{"name": "Keel", "aliases": ["backbone"]}]})


def test_answers_of_the_api_are_read_as_our_own():
    answer = {
        "count": 1,
        "next": None,
        "results": [
            {
                "id": "k4e2", "slug": "keel", "name": "Keel", "qualifier": "",
                "short_definition": "A timber.", "definition": "A timber.",
                "definition_html": "<p>A timber.</p>", "aliases": [], "tags": ["hull"],
                "related": [
                    {"id": "p4", "slug": "part", "name": "Part", "relation": "broader"},
                    {"id": "b4", "slug": "bar", "name": "Bar keel", "relation": "narrower"},
                ],
                "status": "published", "replaced_by": [{"id": "n3", "slug": "new", "name": "New"}],
                "merged_into": None, "version": 1, "sources": [], "notes": [], "external_ids": [],
                "language": "en",
                "review_by": None, "url": "https://g.example/terms/keel/", "api_url": "https://g.example/api/",
            }
        ],
    }  # fmt: skip

    [record] = records_of(answer)

    assert (record.id, record.slug, record.further, record.flags) == ("k4e2", "keel", {}, ())
    assert relations_of(record) == [("broader", "p4"), ("replaced_by", "n3")]


@pytest.mark.parametrize(
    ("term", "column", "says"),
    [
        ({}, "name", "has no name"),
        ({"name": " "}, "name", "missing"),
        ({"name": "x" * 201}, "name", "201 signs"),
        ({"name": 7}, "name", "no text"),
        ({"name": "a", "short_definition": "x" * 161}, "short_definition", "161 signs"),
        ({"name": "a", "status": "merged"}, "status", "“merged” is not known here. Use one of: draft"),
        ({"name": "a", "status": ["x"]}, "status", "not known"),
        ({"name": "a", "aliases": "b"}, "aliases", "no list"),
        ({"name": "a", "aliases": [{"text": "b", "kind": "nick"}]}, "aliases", "“nick”"),
        ({"name": "a", "aliases": [{"word": "b"}]}, "aliases", "An item is a mapping with text, kind"),
        ({"name": "a", "aliases": [{}]}, "aliases", "no text"),
        ({"name": "a", "tags": [1]}, "tags", "no text"),
        ({"name": "a", "related": [{"relation": "broader"}]}, "related", "which term"),
        ({"name": "a", "related": [{"relation": "cousin", "id": "b"}]}, "related", "“cousin”"),
        ({"name": "a", "review_by": "soon"}, "review_by", "not a date"),
        ({"name": "a", "links_itself": "yes"}, "links_itself", "true or false"),
        ({"name": "a", "further": []}, "further", "mapping"),
        ({"name": "a", "external_ids": [{"scheme": "uri"}]}, "external_ids", "no text"),
    ],
)
def test_a_term_of_ours_is_taken_by_the_letter(term, column, says):
    [problem, good] = items_of({"termbook": 1, "terms": [term, {"name": "Keel"}]})

    assert (problem.column, problem.fatal, problem.line) == (column, True, 4)
    assert says in problem.message
    assert good.name == "Keel"


def test_a_term_in_another_language_is_flagged():
    [record] = records_of({"termbook": 1, "terms": [{"name": "Kiel", "language": "de"}]})

    assert record.flags == (Flag("other_language", "The term is written in “de”, not in “en”."),)


def test_notes_without_a_kind_stay_private():
    [record] = records_of({"termbook": 1, "terms": [{"name": "Keel", "notes": ["Is that so?"]}]})

    assert record.notes == (NoteRecord("editorial", "Is that so?"),)


HOSTILE = [
    "=HYPERLINK(1)", "'", '"', '\\"', "\\", "\\u0041", "two\nlines", "cr\rlf\r\n", "{", "}", "]},",
    "</script>", "<!--", "\u202eabc", "e\u0301", "😀", "\ufeffx", "\u2028", "\x1f", "\x7f", "null", "NaN",
    "1e5", "x" * 2_000,
    "[[Keel]]", "$x$", "termbook", "\N{NARROW NO-BREAK SPACE}",
]  # fmt: skip


def any_text(longest=60, least=0):
    texts = st.sampled_from(HOSTILE) | st.text(st.characters(exclude_categories=["Cs"]), max_size=longest)
    return texts.map(lambda text: text[:longest].replace("\x00", "")).filter(
        lambda t: len(t.strip()) >= least
    )


some = any_text(least=1)
aliases = st.builds(
    AliasRecord, some, st.sampled_from(ALIAS_KINDS), st.sampled_from(ALIAS_STATUSES), any_text(), any_text()
)
relations = st.builds(RelationRecord, st.sampled_from(RELATION_KINDS), some, any_text())
sources = st.builds(SourceRecord, any_text(), any_text(), any_text())
notes = st.builds(NoteRecord, st.sampled_from(NOTE_KINDS), some)
external_ids = st.builds(ExternalIdRecord, some, some, st.sampled_from(MAPPINGS))
anything = st.none() | st.integers() | any_text() | st.lists(any_text(), max_size=2)


def few(items):
    return st.lists(items, max_size=3).map(tuple)


full_records = st.builds(
    TermRecord,
    line=st.just(0),
    name=some,
    ref=st.just(""),
    id=st.none() | any_text(),
    slug=st.none() | any_text(),
    qualifier=st.none() | any_text(),
    status=st.sampled_from([None, "", *STATUSES]),
    short_definition=st.none() | any_text(160),
    definition=st.none() | any_text(400),
    deprecation_reason=st.none() | any_text(),
    aliases=st.none() | few(aliases),
    tags=st.none() | few(some),
    relations=few(relations),
    relation_kinds=st.just(RELATION_KINDS),
    sources=st.none() | few(sources),
    notes=st.none() | few(notes),
    external_ids=st.none() | few(external_ids),
    review_by=st.sampled_from([None, "", "2031-05-28"]),
    links_itself=st.sampled_from([None, True, False]),
    updated_at=st.sampled_from([None, "", "2030-01-01T00:00:00Z"]),
    further=st.dictionaries(any_text(), anything, max_size=2),
)


def filled_with(text):
    """Return a record that has a hostile text in every place."""
    name = text[:200] if text.strip() else "x"
    return replace(
        FULL,
        name=name,
        id=name,
        slug=name,
        qualifier=name,
        deprecation_reason=text,
        short_definition=text[:160],
        definition=text,
        aliases=(AliasRecord(name, language=name, note=text),),
        tags=(name,),
        relations=(RelationRecord("related", name, name),),
        sources=(SourceRecord(text, text, text),),
        notes=(NoteRecord("usage", name),),
        external_ids=(ExternalIdRecord(name, name),),
        further={text: text},
    )


@pytest.mark.parametrize("form", ["json", "jsonl"])
@given(records=st.lists(full_records, min_size=1, max_size=3))
@example(records=[filled_with(text) for text in HOSTILE])
@hypothesis_settings(max_examples=30)
def test_what_is_written_reads_back_the_same_and_is_written_the_same_again(form, records):
    data = written(records, form)

    again = list(json_terms.read(data))

    assert [replace(record, line=0, ref="", flags=()) for record in again] == records
    assert written(again, form) == data
    if form == "json":
        FILE_IS_VALID(json.loads(data))
    else:
        for line in data.decode().split("\n")[:-1]:
            TERM_IS_VALID(json.loads(line))


def test_terms_are_written_as_they_come():
    def endless():
        while True:
            yield FULL

    for form in ("json", "jsonl"):
        assert len(list(islice(formats.WRITERS[form].write(endless(), GLOSSARY), 5))) == 5


def test_a_glossary_without_terms_is_a_file_too():
    data = written([])

    assert json.loads(data)["terms"] == []
    assert list(json_terms.read(data)) == []
    assert written([], "jsonl") == b""


# --- Which format it is --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        json.dumps([KEEL]).encode(),
        json.dumps({"terms": [KEEL]}, indent=2).encode(),
        b"\xef\xbb\xbf" + json.dumps([KEEL]).encode(),
        json.dumps([KEEL]).encode("utf-16"),
        json.dumps(KEEL).encode() + b"\n" + json.dumps(RIB).encode(),
        written([FULL]),
        written([FULL], "jsonl"),
        b'[{"term": "Keel", "definition": broken',
        json.dumps([{**KEEL, "definition": "word; " * 90_000}]).encode(),
    ],
)
@pytest.mark.parametrize("called", ["download", "glossary.json", "glossary.txt"])
def test_json_is_recognised_whatever_it_is_called(data, called):
    assert formats.recognise(data, called) == "json"


@pytest.mark.parametrize(
    "text",
    [
        "[A](#a) · [B](#b)\n\n## A\n\n**Keel**: a timber.\n",
        "{{< note >}}\nKeel\n",
        "[Keel]\nlowest = yes\n",
        "{Keel}: a timber\n",
    ],
)
def test_other_texts_that_begin_with_a_bracket_are_no_json(text):
    assert json_terms.looks_like(text.encode()) == 0.0
