"""Tables of terms that others made: what their columns mean, and what is told of doubts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terms.errors import UnreadableFile
from terms.formats import csv_table
from terms.formats.delimited import guarded_line
from terms.formats.record import (
    ExternalIdRecord,
    NoteRecord,
    RelationRecord,
    RowProblem,
    SourceRecord,
    TermRecord,
)
from terms.text import name_key


def read(text, **options):
    return list(csv_table.read(text.encode(), **options))


def records_of(text, **options):
    return [item for item in read(text, **options) if isinstance(item, TermRecord)]


def problems_of(text, **options):
    return [item for item in read(text, **options) if isinstance(item, RowProblem)]


def names_of(record):
    return [(alias.text, alias.kind, alias.language) for alias in record.aliases or ()]


def codes_of(record):
    return [flag.code for flag in record.flags]


# --- Languages -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header",
    [
        "term,ES,FR",
        "EN,ES,FR",
        "english,spanish,french",
        "label_en,label_es,label_fr",
        "prefLabel@en,prefLabel@es,prefLabel@fr",
        "skos:prefLabel@en,skos:prefLabel@es,skos:prefLabel@fr",
        "Term:en,Term:es,Term:fr",
        "Term [EN],Term [ES],Term [FR]",
        "term (English),term (Español),term (Français)",
    ],
)
def test_columns_of_languages_are_translations(header):
    (keel,) = records_of(f"{header}\nkeel,quilla,quille\n")

    assert (keel.name, names_of(keel)) == (
        "keel",
        [("quilla", "translation", "es"), ("quille", "translation", "fr")],
    )


def test_region_belongs_to_the_language():
    (keel,) = records_of("term_en_GB,term_pt_BR,zh-Hans\nkeel,quilha,龙骨\n")

    assert names_of(keel) == [("quilha", "translation", "pt-BR"), ("龙骨", "translation", "zh-Hans")]


def test_codes_that_are_words_count_only_among_languages():
    (one,) = records_of("No,Term,Nr,Definition\n1,keel,7,lowest\n")
    (two,) = records_of("en,no,id\nkeel,kjøl,lunas\n")

    assert (names_of(one), one.further) == ([], {"No": "1", "Nr": "7"})
    assert names_of(two) == [("kjøl", "translation", "no"), ("lunas", "translation", "id")]


def test_names_in_another_language_than_the_glossary_are_taken_and_told():
    text = "uri,notation,label_fi\nhttps://e.example/p1,,köli\nhttps://e.example/p2,,kaari\n"
    said, unused, *_ = problems_of(text)

    assert [record.name for record in records_of(text)] == ["köli", "kaari"]
    assert ("“en”" in said.message, "“fi”" in said.message, unused.column) == (True, True, "notation")
    assert problems_of(text, language="fi")[0].column == "notation"


def test_row_without_a_name_in_the_language_is_taken_from_another_and_flagged():
    dog, cat = records_of("en,de,fr,pos,description\ndog,Hund,chien,noun,An animal\n,Katze,chat,noun,\n")

    assert (dog.name, dog.short_definition, dog.further) == ("dog", "An animal", {"pos": "noun"})
    assert (cat.name, codes_of(cat)) == ("Katze", ["name_in_other_language"])
    assert names_of(cat) == [("chat", "translation", "fr")]


def test_texts_in_other_languages_are_kept_aside():
    (keel,) = records_of("Term:en,Description:en,Term:de,Description:de\nkeel,Lowest,Kiel,Unterster\n")

    assert (keel.short_definition, keel.further) == ("Lowest", {"Description:de": "Unterster"})


def test_same_word_in_two_languages_stands_once_and_loses_nothing():
    (red,) = records_of("term,ES,FR\nred,rouge,rouge\n")

    assert (names_of(red), red.further) == ([("rouge", "translation", "es")], {"FR": "rouge"})


@pytest.mark.parametrize(
    ("file_name", "language"), [("terms.fr.csv", "fr"), ("en-de.csv", "de"), ("x.csv", "und")]
)
def test_language_of_translations_may_stand_in_the_name_of_the_file(file_name, language):
    (keel,) = records_of("term,translation\nkeel,x\n", file_name=file_name)

    assert names_of(keel) == [("x", "translation", language)]


# --- Names ---------------------------------------------------------------------------------------


def test_other_names_in_a_title_become_aliases():
    text = (
        "term,meaning\n"
        "Long Range Navigation (LORAN),By radio\n"
        "GPS (Global Positioning System),By satellites\n"
        '"Keel, or Backbone, or Spine",Lowest timber\n'
        "Port (harbour),A place\n"
    )

    loran, gps, keel, port = records_of(text)

    assert (loran.name, names_of(loran)) == ("Long Range Navigation", [("LORAN", "acronym", "")])
    assert (gps.name, names_of(gps)) == ("GPS", [("Global Positioning System", "full_form", "")])
    assert (keel.name, [name for name, *_ in names_of(keel)]) == ("Keel", ["Backbone", "Spine"])
    assert (port.name, port.aliases) == ("Port (harbour)", None)


def test_title_in_our_own_columns_is_taken_by_the_letter():
    (record,) = records_of("name,definition\nGPS (Global Positioning System),<p>See Compass</p>\n")

    assert (record.name, record.aliases) == ("GPS (Global Positioning System)", None)
    assert record.definition == "<p>See Compass</p>"


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ('"spine, backbone"', ["spine", "backbone"]),
        ("spine; backbone", ["spine", "backbone"]),
        ("spine|backbone", ["spine", "backbone"]),
        ('"spine\nbackbone"', ["spine", "backbone"]),
        ("spine|acronym;backbone", ["spine", "backbone"]),
        ('"Keel; spine; Spine"', ["spine"]),
    ],
)
def test_lists_of_names_are_split(cell, names):
    (keel,) = records_of(f"term,synonyms\nKeel,{cell}\n")

    assert [name for name, *_ in names_of(keel)] == names


def test_names_split_at_commas_are_flagged():
    keel, rib = records_of('term,synonyms\nKeel,"spine, backbone"\nRib,frame\n')

    assert (codes_of(keel), codes_of(rib)) == (["names_split"], [])
    assert keel.confidence < rib.confidence


def test_acronym_column_names_a_term_that_has_no_other_name():
    (api,) = records_of("Acronym,Expansion,Description\nGPS,Global Positioning System,By satellites\n")

    assert (api.name, names_of(api)) == ("GPS", [("Global Positioning System", "full_form", "")])


def test_entry_that_only_points_to_another_becomes_its_other_name():
    text = (
        "term,definition\nSpine,<p>See <i>Keel</i>.</p>\nKeel,Lowest timber\nBackbone,See: ‘Spine’\n"
        "Stem,See Bow\nLoop,See Loop\n"
    )
    records = records_of(text)

    assert [record.name for record in records] == ["Keel", "Stem", "Loop"]
    assert [name for name, *_ in names_of(records[0])] == ["Spine", "Backbone"]
    assert [codes_of(record) for record in records[1:]] == [["see_reference"]] * 2
    assert [(problem.line, problem.value, problem.fatal) for problem in problems_of(text)] == [
        (2, "Spine", False),
        (4, "Backbone", False),
    ]


def test_entry_that_points_but_says_more_stays_a_term():
    spine, keel = records_of("term,definition,ES\nspine,See keel,espina\nkeel,Lowest,quilla\n")

    assert (codes_of(spine), names_of(spine)) == (["see_reference"], [("espina", "translation", "es")])
    assert names_of(keel) == [("quilla", "translation", "es")]


def test_same_name_as_another_part_of_speech_is_another_sense():
    metal, verb, bow = records_of(
        "term,pos,definition\nlead,Noun,A metal\nlead,verb,To go first\nbow,noun,Front\n"
    )

    assert [(record.qualifier, codes_of(record)) for record in (metal, verb, bow)] == [
        ("noun", ["homograph"]),
        ("verb", ["homograph"]),
        (None, []),
    ]


def test_repeated_name_is_flagged_with_the_line_of_the_first():
    _, second = records_of("term,meaning,source\nfloodplain,Land,A\nFloodplain,Other land,B\n")

    assert (second.ref, codes_of(second)) == ("Floodplain", ["same_name"])
    assert "line 2" in second.flags[0].message


# --- Texts and everything else -------------------------------------------------------------------


def test_html_becomes_markdown_without_what_could_do_harm():
    (keel,) = records_of(
        'term,definition\nKeel,"<p>The <b>lowest</b> timber.</p><script>x()</script><ul><li>oak</li></ul>"\n'
    )

    assert keel.definition == "The **lowest** timber.\n\n- oak"


def test_short_text_is_the_short_definition_and_a_long_one_the_definition():
    short, long = records_of(f"term,meaning\nKeel,The lowest timber.\nRib,{'A frame of wood. ' * 20}\n")

    assert (short.short_definition, short.definition) == ("The lowest timber.", None)
    assert (long.short_definition, long.definition) == (None, ("A frame of wood. " * 20).strip())


def test_too_long_a_summary_goes_into_the_definition():
    (keel,) = records_of(f"term,summary,definition\nKeel,{'k' * 161},Lowest.\n")

    assert (keel.short_definition, keel.definition) == (None, f"{'k' * 161}\n\nLowest.")
    assert codes_of(keel) == ["short_definition_too_long"]


def test_every_column_with_a_meaning_finds_its_place():
    text = (
        "Id,URI,Term,Category,Comments,Example,Source,URL,Parent,Status,Colour\n"
        '17,<https://e.example/keel>,Keel,"Hull, Timber",ask the yard,The keel was laid.,'
        "Smith; 2001,https://s.example/1,Hull,Approved,red\n"
    )

    (keel,) = records_of(text)

    assert keel.ref == "https://e.example/keel"
    assert keel.external_ids == (
        ExternalIdRecord("uri", "https://e.example/keel"),
        ExternalIdRecord("id", "17"),
    )
    assert (keel.id, keel.status, keel.tags) == (None, "published", ("Hull", "Timber"))
    assert keel.notes == (
        NoteRecord("editorial", "ask the yard"),
        NoteRecord("example", "The keel was laid."),
    )
    assert keel.sources == (SourceRecord("Smith; 2001", "https://s.example/1"),)
    assert (keel.relations, keel.relation_kinds) == ((RelationRecord("broader", "Hull"),), ("broader",))
    assert keel.further == {"Colour": "red"}


def test_numbers_that_only_count_are_no_identifiers_of_ours():
    keel, _ = records_of("id,name,definition\n1,Keel,Lowest\n2,Rib,Frame\n")

    assert (keel.id, keel.external_ids, keel.ref) == (None, (ExternalIdRecord("id", "1"),), "id:1")


def test_unknown_status_and_date_are_kept_aside_and_cost_no_row():
    text = "term,status,review date\nKeel,to discuss,soon\n"

    (keel,) = records_of(text)

    assert (keel.status, keel.review_by) == (None, None)
    assert keel.further == {"status": "to discuss", "review date": "soon"}
    assert [(problem.column, problem.fatal) for problem in problems_of(text)] == [
        ("status", False),
        ("review date", False),
    ]


@pytest.mark.parametrize(
    "text",
    [
        '"","term","meaning"\n"1","Keel",NA\n"2","Rib","A frame"\n',
        '"term","meaning"\n"1","Keel",NA\n"2","Rib","A frame"\n',
    ],
)
def test_row_numbers_and_missing_values_of_r_are_nothing(text):
    keel, rib = records_of(text)

    assert (keel.name, keel.definition, keel.further) == ("Keel", "", {})
    assert (rib.name, rib.short_definition) == ("Rib", "A frame")


def test_remarks_above_the_headings_are_skipped():
    (leaf,) = records_of('#Version: 1\n#Reviewers:\n\n"term","category"\n"leaf","part"\n')

    assert (leaf.line, leaf.name, leaf.tags) == (5, "leaf", ("part",))


# --- Without headings ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "<https://e.example/1>\tkeel\n<https://e.example/2>\trib\n",
        "https://e.example/1,keel\nhttps://e.example/2,rib\n",
    ],
)
def test_list_of_addresses_and_labels_is_understood(text):
    keel, rib = records_of(text)

    assert (keel.name, keel.ref, rib.ref) == ("keel", "https://e.example/1", "https://e.example/2")
    assert keel.external_ids == (ExternalIdRecord("uri", "https://e.example/1"),)


def test_numbered_ragged_rows_are_understood_and_the_guess_is_told():
    text = '1,"Keel, false",,"A yard."\n2,Rib,\n3,Bow, "Front, curved"\n'

    keel, rib, bow = records_of(text)

    assert [record.name for record in (keel, rib, bow)] == ["Keel, false", "Rib", "Bow"]
    assert (bow.short_definition, keel.further) == ("Front, curved", {"column 1": "1", "column 4": "A yard."})
    assert "column 2 as names" in problems_of(text)[0].message


def test_first_line_with_one_known_heading_is_taken_for_headings_and_told():
    text = "Term,Was es heißt\nKiel,Balken\n"

    assert [(record.name, record.short_definition) for record in records_of(text)] == [("Kiel", "Balken")]
    assert "taken for headings" in problems_of(text)[0].message


@pytest.mark.parametrize("first", ["IT", "Note", "Tag"])
def test_word_that_could_be_a_heading_is_a_name_in_a_list_of_one_column(first):
    assert [record.name for record in records_of(f"{first}\nKeel\nRib\n")] == [first, "Keel", "Rib"]


def test_names_that_are_numbers_stay_names():
    assert [record.name for record in records_of("404,Not found\n500,Broken\n")] == ["404", "500"]


def test_columns_without_one_for_names_say_what_to_do():
    with pytest.raises(UnreadableFile, match="Call one of the columns “name” or “term”"):
        read("Id, Reference, URI, Description\n1,A,https://e.example,Text\n")


def test_aliases_too_long_to_be_names_are_kept_aside():
    text = f"term,synonyms\nKeel,{'k' * 201}\n"

    (keel,) = records_of(text)

    assert (keel.aliases, keel.further) == ((), {"synonyms": "k" * 201})
    assert "up to 200 signs" in problems_of(text)[0].message


# --- Anything ------------------------------------------------------------------------------------

HEADERS = [
    "term,pos,definition,synonyms,acronym,ES,translation,category,source,url,notes,example,see also,status",
    '"",Term,uri,summary,altLabel@fr,definition (de),slug,qualifier,review date,external_id,broader,What?',
    "en,de,id,no,fr",
]
cells = st.sampled_from(
    [
        "",
        "NA",
        "See Keel",
        "Keel",
        "keel (LK)",
        "A, or B",
        "a|b;c",
        "a|acronym|x",
        "https://e.example/1",
        "<b>x</b>",
    ]
) | st.text(alphabet='ab|;,"\\\n<>()= ', max_size=12)


@settings(max_examples=60)
@given(st.sampled_from(HEADERS), st.lists(st.lists(cells, max_size=16), max_size=5))
def test_any_cells_give_records_and_problems_with_their_lines(header, rows):
    text = header + "\n" + "".join(guarded_line(row) for row in rows)

    for item in read(text):
        assert item.line <= text.count("\n") + 1
        if isinstance(item, TermRecord):
            assert item.name.strip()
            keys = [name_key(alias.text) for alias in item.aliases or ()]
            assert len(keys) == len({*keys}) and name_key(item.name) not in keys
        else:
            assert item.message.endswith(".") and len(item.value) <= 80
