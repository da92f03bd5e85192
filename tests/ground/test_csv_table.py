from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from terms import formats
from terms.errors import UnreadableFile
from terms.formats import csv_table
from terms.formats.record import (
    ALIAS_KINDS,
    ALIAS_STATUSES,
    MAPPINGS,
    NOTE_KINDS,
    RELATION_KINDS,
    STATUSES,
    AliasRecord,
    ExternalIdRecord,
    Glossary,
    NoteRecord,
    RelationRecord,
    RowProblem,
    SourceRecord,
    TermRecord,
)

SAMPLES = Path(__file__).parent.parent / "samples"
GLOSSARY = Glossary("Example glossary", "https://g.example/")


def records_of(text):
    data = text if isinstance(text, bytes) else text.encode()
    return [item for item in csv_table.read(data) if isinstance(item, TermRecord)]


def problems_of(text):
    return [item for item in csv_table.read(text.encode()) if isinstance(item, RowProblem)]


def pairs_of(text):
    return [(record.name, record.definition or record.short_definition) for record in records_of(text)]


# --- Dialects ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "term,definition\nKeel,Lowest timber\nRib,A frame\n",
        "Keel,Lowest timber\nRib,A frame",
        "Term;Definition\r\nKeel;Lowest timber\r\nRib;A frame\r\n",
        "title\tdescription\nKeel\tLowest timber\nRib\tA frame\n",
        "sep=|\nKeel|Lowest timber\nRib|A frame\n",
        "NAME* , Meaning \nKeel,Lowest timber\nRib,A frame\n",
        '"term", "definition"\n"Keel", "Lowest timber"\n"Rib", "A frame"\n',
        '"term,definition"\n"Keel,Lowest timber"\n"Rib,A frame"\n',
        "term,definition\n\nKeel,Lowest timber\n\n\nRib,A frame\n\n",
        "term,definition,,\nKeel,Lowest timber,,\nRib,A frame,,\n",
        '"","term","definition"\n"1","Keel","Lowest timber"\n"2","Rib","A frame"\n',
        '"sep=\t"\nKeel\tLowest timber\nRib\tA frame',
        '\n\nterm|definition\n"Keel"|"Lowest timber"\nRib  |  A frame\n',
        "term,definition\rKeel,Lowest timber\rRib,A frame",
    ],
)
def test_each_dialect_gives_the_same_pairs(text):
    assert pairs_of(text) == [("Keel", "Lowest timber"), ("Rib", "A frame")]


def test_blank_before_a_quote_keeps_the_comma_inside():
    assert pairs_of('term, definition\nKeel, "lowest, strongest timber"\n') == [
        ("Keel", "lowest, strongest timber")
    ]


def test_commas_in_definitions_do_not_win_over_the_real_separator():
    text = "Keel;Lowest, strongest, first\nRib;A frame\nStem;Front post, curved\n"

    assert pairs_of(text)[2] == ("Stem", "Front post, curved")


def test_rows_wrapped_in_quotes_are_split_at_the_first_comma():
    assert pairs_of('"term,definition"\n"Keel,lowest, strongest timber"\n') == [
        ("Keel", "lowest, strongest timber")
    ]


def test_german_spreadsheet_is_read_with_its_line_numbers():
    found = list(csv_table.read((SAMPLES / "excel-german.csv").read_bytes()))

    keel, stern = (item for item in found if isinstance(item, TermRecord))
    assert (keel.name, keel.short_definition) == ("Kiel", "Unterster Balken; trägt das Schiff")
    assert (stern.line, stern.short_definition) == (3, "Das hintere Ende, vom Bug aus gesehen")
    assert (keel.aliases, stern.aliases) == ((), ())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings_are_told_apart(encoding):
    data = "term,definition\nGröße,Wie groß – in €\n".encode(encoding)

    assert [record.name for record in csv_table.read(data)] == ["Größe"]


def test_na_is_a_name_like_any_other():
    assert pairs_of("term,definition\nNA,NA\n") == [("NA", "NA")]


def test_one_name_given_twice_stays_two_records():
    assert [record.ref for record in records_of("term,definition\nlead,To go first\nlead,A metal\n")] == [
        "lead",
        "lead#2",
    ]


def test_pointer_to_another_term_is_flagged():
    found = records_of("term,definition\nScreen,See Monitor\nSee,Vision. See also the eye.\n")

    assert [[flag.code for flag in record.flags] for record in found] == [["see_reference"], []]


# --- Our columns ---------------------------------------------------------------------------------


def test_own_columns_give_every_field():
    keel, keelson = records_of((SAMPLES / "own-columns.csv").read_bytes())

    assert keel == TermRecord(
        line=2,
        name="Keel",
        ref="t1",
        id="t1",
        slug="keel",
        qualifier="ship",
        status="published",
        short_definition="The lowest timber of a hull.",
        definition="The lowest timber of a hull.\n\nIt carries the frames.",
        aliases=(
            AliasRecord("backbone"),
            AliasRecord("KL", "acronym"),
            AliasRecord("Kiel", "translation", language="de"),
        ),
        tags=("hulls", "timber"),
        relations=(
            RelationRecord("broader", "hull"),
            RelationRecord("related", "frame"),
            RelationRecord("related", "rib"),
        ),
        relation_kinds=RELATION_KINDS,
        sources=(SourceRecord("Shipwright's handbook", "https://example.org/keel", "p. 3"),),
        notes=(NoteRecord("example", "The keel was laid in May."),),
        external_ids=(ExternalIdRecord("vessels", "V-17", "close"),),
        review_by="2031-05-28",
        updated_at="2030-01-01T00:00:00Z",
        deprecation_reason="Nobody builds so any more.",
        links_itself=False,
    )
    assert (keelson.line, keelson.definition, keelson.aliases) == (5, "=KEEL+SON", ())


def test_absent_column_says_nothing_and_empty_cell_says_nothing_left():
    (record,) = records_of("name,tags,related\nKeel,,\n")

    assert (record.tags, record.relations, record.relation_kinds) == ((), (), ("related",))
    assert (record.aliases, record.definition, record.status) == (None, None, None)


def test_lists_separated_by_bars_are_understood():
    (record,) = records_of("name,aliases,tags\nBrain float,BF16|bfloat|BF 16,Numbers|Formats\n")

    assert [alias.text for alias in record.aliases] == ["BF16", "bfloat", "BF 16"]
    assert record.tags == ("Numbers", "Formats")


def test_escaped_signs_belong_to_the_text():
    (record,) = records_of("name,aliases,tags\nChoice,a\\|b;c\\;d;e\\\\f;g\\h,x\n")

    assert [alias.text for alias in record.aliases] == ["a|b", "c;d", "e\\f", "g\\h"]


def test_address_alone_is_a_source():
    (record,) = records_of("name,sources\nKeel,https://example.org/keel\n")

    assert record.sources == (SourceRecord("https://example.org/keel", "https://example.org/keel"),)


def test_note_without_a_kind_becomes_private():
    (record,) = records_of("name,note\nKeel,ask the yard\n")

    assert record.notes == (NoteRecord("editorial", "ask the yard"),)


# --- What is wrong -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "row", "column", "says"),
    [
        ("name,status", "Keel,publishd", "status", "“publishd” is not known here. Use one of: draft, pub"),
        ("name,status", ",draft", "name", "has no name"),
        ("name,status", f"{'k' * 201},draft", "name", "201 signs, 200 are allowed"),
        ("name,short_definition", f"Keel,{'k' * 161}", "short_definition", "161 signs, 160 are allowed"),
        ("name,definition", f"Keel,{'k' * 200_001}", "definition", "200,001 signs, 200,000 are allowed"),
        ("name,aliases", "Keel,KL|acronim;x", "aliases", "“acronim” is not known here"),
        ("name,aliases", "Keel,KL|acronym|good", "aliases", "“good” is not known here"),
        ("name,aliases", "Keel,KL|acronym|admitted|en|a|b", "aliases", "has 6 parts"),
        ("name,notes", "Keel,joke|Ha.", "notes", "“joke” is not known here"),
        ("name,external_ids", "Keel,V-17", "external_ids", "the scheme, a bar and the value"),
        ("name,external_ids", "Keel,v|V-17|same", "external_ids", "“same” is not known here"),
        ("name,review_by", "Keel,28.5.2031", "review_by", "2031-05-28"),
        ("name,links_itself", "Keel,perhaps", "links_itself", "Write “no”"),
        ("name,tags", "Keel," + "a;" * 501, "tags", "up to 500 items"),
        ("name,definition", "Keel,lowest, strongest", "", "Cells in this row: 3, in the table: 2"),
    ],
)
def test_bad_row_is_reported_and_good_ones_are_kept(header, row, column, says):
    filler = "," * (header.count(",") - 1)
    found = list(csv_table.read(f"{header}\nBow,{filler}\n{row}\nStern,{filler}\n".encode()))

    bow, problem, stern = found
    assert (bow.name, stern.name, problem.line, problem.column) == ("Bow", "Stern", 3, column)
    assert says in problem.message
    assert problem.fatal
    assert len(problem.value) <= 80


def test_unknown_column_is_reported_once_and_the_rows_still_come():
    text = "name,colour,definition,description\nKeel,red,Lowest timber,other\nRib,blue,A frame,other\n"

    assert [(problem.line, problem.column, problem.fatal) for problem in problems_of(text)] == [
        (1, "colour", False),
        (1, "description", False),
    ]
    assert pairs_of(text) == [("Keel", "Lowest timber"), ("Rib", "A frame")]
    assert records_of(text)[0].further == {"colour": "red", "description": "other"}


def test_row_that_ends_early_says_nothing_of_what_is_missing():
    found = list(csv_table.read(b"name,definition,tags\nKeel,lowest\n"))

    assert (found[0].line, found[0].fatal) == (2, False)
    assert "Cells in this row: 2, in the table: 3" in found[0].message
    assert (found[1].name, found[1].definition, found[1].tags) == ("Keel", "lowest", None)


def test_quote_never_closed_costs_one_row():
    found = list(csv_table.read(b'name,definition\nKeel,"lowest timber\nRib,A frame\n'))

    assert (found[0].line, found[0].fatal) == (2, True)
    assert "never closed" in found[0].message
    assert (found[1].line, found[1].name) == (3, "Rib")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"a,b,c\nd,e,f\n", "3 columns and no first line that names them"),
        (b"slug,definition\nkeel,Lowest\n", "no column holds the names"),
        (b"\n \n", "no rows"),
        (b"term,definition\nKe\x00el,x\n", "NUL"),
        (b"PK\x03\x04rest", "Save it as CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "older Office program"),
        (b"name,definition\n" + b"a,b\n" * 100_001, "more than 100,000 rows"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n", "git lfs pull"),
        (b"\xff\xfet\x00e", "utf-16"),
        (b"term,definition\n\x81\x8d,x\n", "UTF-8"),
    ],
)
def test_file_that_cannot_be_read_says_why(data, says):
    with pytest.raises(UnreadableFile, match=says):
        list(csv_table.read(data))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"name,definition\nKeel," + b"a," * 1_000_000, "more than 256 columns"),
        (b"name,definition\nKeel," + b"y" * 3_000_000, "longer than 1,000,000 signs"),
        (b'name,definition\nKeel,"' + b"y" * 3_000_000 + b'"', "never closed or too long"),
    ],
)
def test_huge_rows_are_refused_in_one_short_problem(data, says):
    found = list(islice(csv_table.read(data), 3))

    assert says in found[0].message
    assert len(found) == 1
    assert len(found[0].value) <= 80


def test_quotes_that_never_match_end_the_reading():
    too_long = '"' + "y" * 2_000_100 + "\n"

    with pytest.raises(UnreadableFile, match="never match"):
        list(csv_table.read(("name,definition\n" + too_long * 22).encode()))


# --- Writing -------------------------------------------------------------------------------------


def test_formula_is_disarmed_on_the_way_out_and_comes_back():
    record = TermRecord(line=2, name="=1+1", ref="=1+1", definition="@SUM(A1)")

    lines = [line.decode() for line in csv_table.write([record], GLOSSARY, columns=["name", "definition"])]

    assert lines == ["name,definition\r\n", "'=1+1,'@SUM(A1)\r\n"]
    assert records_of("".join(lines)) == [record]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
def test_no_written_cell_begins_a_formula(sign):
    record = TermRecord(
        line=2,
        name="Keel",
        ref="Keel",
        definition=f"{sign}1",
        aliases=(AliasRecord(f"{sign}a"),),
        notes=(NoteRecord("usage", f"{sign}b"),),
    )

    cells = (
        line.decode() for line in csv_table.write([record], GLOSSARY, ["definition", "aliases", "notes"])
    )

    assert all(sign != cell.lstrip('"')[0] for line in islice(cells, 1, None) for cell in line.split(","))


HOSTILE = [
    "=HYPERLINK(1)", "'=1", "''@x", "-1", "'", "a;b|c\\d", "\\", "\\;", ";;", "||", '"', '""', 'say "hi", ok',
    "two\nlines", "cr\rlf\r\n", ", ", "foo, ", "NA", "sep=;", "\u202eabc", "e\u0301", "😀", "\ufeffx", "𝔘",
    "\u2028", "\x1f", "x" * 2_000, "https://example.org/a|b", "synonym", "editorial", "\\alpha | \\beta;",
]  # fmt: skip


def any_text(longest=60):
    return (st.sampled_from(HOSTILE) | st.text(max_size=longest)).filter(lambda text: "\x00" not in text)


def stripped(longest=60, least=1):
    return (
        any_text(longest)
        .map(str.strip)
        .map(lambda text: text[:longest].strip())
        .filter(lambda t: len(t) >= least)
    )


full_records = st.builds(
    TermRecord,
    line=st.just(0),
    name=stripped(),
    ref=st.just(""),
    id=stripped(least=0),
    slug=stripped(least=0),
    qualifier=stripped(least=0),
    status=st.sampled_from(["", *STATUSES]),
    short_definition=any_text().map(lambda text: text[:160]),
    definition=any_text(400),
    aliases=st.lists(
        st.builds(
            AliasRecord,
            stripped(),
            st.sampled_from(ALIAS_KINDS),
            st.sampled_from(ALIAS_STATUSES),
            stripped(least=0),
            stripped(least=0),
        ),
        max_size=3,
    ).map(tuple),
    tags=st.lists(stripped(), max_size=3).map(tuple),
    relations=st.lists(
        st.builds(RelationRecord, st.sampled_from(RELATION_KINDS), stripped()), max_size=4
    ).map(
        lambda relations: tuple(sorted(relations, key=lambda relation: RELATION_KINDS.index(relation.kind)))
    ),
    relation_kinds=st.just(RELATION_KINDS),
    sources=st.lists(
        st.builds(SourceRecord, stripped(), stripped(least=0), stripped(least=0)), max_size=2
    ).map(tuple),
    notes=st.lists(st.builds(NoteRecord, st.sampled_from(NOTE_KINDS), stripped()), max_size=2).map(tuple),
    external_ids=st.lists(
        st.builds(ExternalIdRecord, stripped(), stripped(), st.sampled_from(MAPPINGS)), max_size=2
    ).map(tuple),
    review_by=st.sampled_from(["", "2031-05-28"]),
    updated_at=st.sampled_from(["", "2030-01-01T00:00:00Z"]),
    deprecation_reason=any_text(),
    links_itself=st.sampled_from([None, False]),
)


def filled_with(text):
    """Return a record that has a hostile text in every place."""
    name = text.strip()[:200] or "x"
    return TermRecord(
        line=0, name=name, ref="", id=name, slug=name, qualifier=name, status="", short_definition=text[:160],
        definition=text, aliases=(AliasRecord(name, note=name),), tags=(name,),
        relations=(RelationRecord("related", name),), relation_kinds=RELATION_KINDS,
        sources=(SourceRecord(name, name, name),), notes=(NoteRecord("usage", name),),
        external_ids=(ExternalIdRecord(name, name),), review_by="", updated_at="",
        deprecation_reason=text, links_itself=False,
    )  # fmt: skip


def without_place(records):
    return [replace(record, line=0, ref="", flags=()) for record in records]


@settings(max_examples=25)
@given(st.lists(full_records, max_size=3))
@example([filled_with(text) for text in HOSTILE])
def test_what_is_written_reads_back_the_same(records):
    written = b"".join(csv_table.write(records, GLOSSARY))

    found = list(csv_table.read(written))
    assert without_place(found) == without_place(records)
    assert b"".join(csv_table.write(found, GLOSSARY)) == written


def test_relation_is_written_by_name_where_there_is_only_one_of_it():
    related = (RelationRecord("related", "t2", "Rib (ship)"), RelationRecord("related", "t3"))
    record = TermRecord(line=2, name="Keel", ref="Keel", relations=related)

    written = b"".join(csv_table.write([record], GLOSSARY, ["name", "related"]))

    assert written == b"name,related\r\nKeel,Rib (ship);t3\r\n"


def test_name_with_its_qualifier_may_be_a_target():
    target = f"{'k' * 200} ({'q' * 100})"

    (record,) = records_of(f"name,related\nKeel,{target}\n")

    assert record.relations == (RelationRecord("related", target),)


@pytest.mark.parametrize(
    ("cell", "links_itself"), [("no", False), ("False", False), ("yes", True), ("", None)]
)
def test_term_that_does_not_link_itself_says_no(cell, links_itself):
    assert [record.links_itself for record in records_of(f"name,links_itself\nKeel,{cell}\n")] == [
        links_itself
    ]


def test_table_for_excel_has_its_mark_and_reads_back_the_same():
    record = TermRecord(line=2, name="Größe", ref="Größe", definition="x")

    written = b"".join(csv_table.write_for_excel([record], GLOSSARY))

    assert written.startswith(b"\xef\xbb\xbfid,slug")
    assert without_place(csv_table.read(written))[0].name == "Größe"


@given(st.binary(max_size=300) | st.text(alphabet="ab,;|\"\n\r\t\\ ='", max_size=200).map(str.encode))
def test_any_bytes_give_records_problems_or_a_sentence(data):
    try:
        found = list(csv_table.read(data))
    except UnreadableFile as error:
        assert error.message.endswith(".")
    else:
        assert all(isinstance(item, TermRecord | RowProblem) for item in found)


# --- Which format it is --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "format_name"),
    [("own-columns.csv", "csv"), ("excel-german.csv", "csv"), ("letter-page.txt", "document")],
)
@pytest.mark.parametrize("called", ["{}", "download", "glossary.csv", "glossary.txt"])
def test_format_is_found_by_content_whatever_the_file_is_called(name, format_name, called):
    assert formats.recognise((SAMPLES / name).read_bytes(), called.format(name)) == format_name


def test_unknown_format_names_those_that_are_known():
    with pytest.raises(UnreadableFile, match=r"Known are: csv \(.*document \("):
        formats.recognise(
            b"Dear reader,\n\nthis is a letter. It has no terms, no table, nothing.\n", "letter"
        )


def test_table_that_is_only_called_one_is_left_to_its_reader():
    assert formats.recognise(b"one,two,three\nx,y,z\n", "subjects.csv") == "csv"


def test_empty_file_is_refused():
    with pytest.raises(UnreadableFile, match="empty"):
        formats.recognise(b" \n", "terms.csv")
