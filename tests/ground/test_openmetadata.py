from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terms import formats
from terms.errors import UnreadableFile
from terms.formats import openmetadata
from terms.formats.record import (
    AliasRecord,
    ExternalIdRecord,
    Glossary,
    RelationRecord,
    RowProblem,
    SourceRecord,
    TermRecord,
)

OLDEST = "parent,name*,displayName,description*,synonyms,relatedTerms,references,tags"
NEWEST = ",".join(openmetadata.COLUMNS).replace("extension", "domains,extension")
GLOSSARY = Glossary("Ships", "https://g.example/")


def items_of(text):
    return list(openmetadata.read(text.encode()))


def records_of(text):
    return [item for item in items_of(text) if isinstance(item, TermRecord)]


def table(header, *rows):
    width = header.count(",")
    return "\n".join([header, *(row + "," * (width - row.count(",")) for row in rows)]) + "\n"


def written(records):
    return b"".join(openmetadata.write(records, GLOSSARY)).decode()


@pytest.mark.parametrize(
    "header",
    [
        OLDEST,
        OLDEST + ",reviewers,owner,status",
        OLDEST + ",reviewers,owner,glossaryStatus,extension",
        ",".join(openmetadata.COLUMNS),
        NEWEST,
        "status,details," + OLDEST,
        "PARENT,NAME,displayname,Description,Synonyms,RelatedTerms,References,Tags",
    ],
)
def test_all_widths_are_read_by_their_headings(header):
    row = ",Keel,The keel,Lowest timber.,spine;backbone,,,Hull.Bottom"
    text = table(header, ("success,Entity created," + row) if header.startswith("status") else row)

    (keel,) = records_of(text)

    assert formats.recognise(text.encode(), "glossary.csv") == "openmetadata"
    assert (keel.name, keel.short_definition, keel.tags) == ("The keel", "Lowest timber.", ("Hull.Bottom",))
    assert keel.aliases == (AliasRecord("spine"), AliasRecord("backbone"))
    assert (keel.ref, keel.external_ids) == ("openmetadata:Keel", (ExternalIdRecord("openmetadata", "Keel"),))
    assert not keel.status


def test_every_column_of_the_widest_table_finds_its_place():
    text = table(
        NEWEST,
        ',Hull,,"<p>The <b>body</b> of a ship.</p>"',
        'Ships.Hull,keel,Keel,Lowest,"a;""b;c""",Ships.Hull.Rib;antonym:Ships.Mast,'
        "Book;https://b.example/;Page;https://p.example/,PII.None;Tier.One,john;adam,user:jane,Approved,"
        "#112233,https://i.example/i.png,Yards,laid:1999;wood:oak",
        "Ships.Hull,Rib,,Frame",
        ",Mast,,Tree,,narrower:Ships.Hull.keel,,,,,In Review",
    )

    hull, keel, rib, mast = records_of(text)

    assert (hull.definition, hull.relations) == ("The **body** of a ship.", ())
    assert (keel.name, keel.ref) == ("Keel", "openmetadata:Hull.keel")
    assert keel.aliases == (AliasRecord("a"), AliasRecord("b;c"))
    assert keel.relations == (
        RelationRecord("broader", "Hull"),
        RelationRecord("related", "Rib"),
        RelationRecord("related", "Mast"),
        RelationRecord("broader", "Mast"),
    )
    assert keel.sources == (
        SourceRecord("Book", "https://b.example/"),
        SourceRecord("Page", "https://p.example/"),
    )
    assert (keel.status, keel.tags, mast.status) == ("published", ("PII.None", "Tier.One"), "draft")
    assert keel.further == {
        "relatedTerms": "Ships.Hull.Rib;antonym:Ships.Mast",
        "reviewers": "john;adam",
        "owner": "user:jane",
        "color": "#112233",
        "iconURL": "https://i.example/i.png",
        "domains": "Yards",
        "extension": "laid:1999;wood:oak",
    }
    assert rib.relations == (RelationRecord("broader", "Hull"),)


def test_names_with_dots_and_colons_are_one_name():
    text = table(OLDEST, ",v1.0,Version one,First", '"Ships.""v1.0""",Part: two,,Second,,"Ships.""v1.0"""')

    _, part = records_of(text)

    assert (part.name, part.ref) == ("Part: two", 'openmetadata:"v1.0".Part: two')
    assert part.relations == (
        RelationRecord("broader", "Version one"),
        RelationRecord("related", "Version one"),
    )


@pytest.mark.parametrize(
    ("row", "column", "says"),
    [
        (",Keel,,Lowest,,,Book;https://b.example/;Page", "references", "come in pairs"),
        (",,Keel,Lowest", "name", "has no name"),
        (f",{'k' * 201},,Lowest", "name", "201 signs, 200 are allowed"),
        (f",Keel,,{'k' * 200_001}", "description", "too long"),
        (f",Keel,,,{'a;' * 501}", "synonyms", "more than 500"),
        (",Keel,a,b,c,d,e,f,g,h", "", "Cells in this row: 10, in the table: 8"),
    ],
)
def test_bad_row_is_told_and_the_others_are_kept(row, column, says):
    problem, bow = items_of(table(OLDEST, row, ",Bow,,Front"))

    assert (problem.line, problem.column, problem.fatal) == (2, column, True)
    assert says in problem.message
    assert bow.name == "Bow"


def test_other_tables_are_not_taken_for_one():
    assert openmetadata.looks_like(b"name,description,tags\nKeel,Lowest,x\n") == 0
    with pytest.raises(UnreadableFile, match="no glossary from OpenMetadata"):
        items_of("name,description\nKeel,Lowest\n")


# --- Writing -------------------------------------------------------------------------------------


def test_glossary_is_written_with_parents_first_and_what_it_came_with():
    keel = TermRecord(
        line=0,
        name="Keel",
        ref="",
        id="t1",
        qualifier="ship",
        status="published",
        short_definition="Lowest.",
        definition="Lowest.\n\nIt is of oak.",
        aliases=(AliasRecord("back; bone"), AliasRecord("KL", "acronym"), AliasRecord("Kiel", "translation")),
        tags=("Wood", "Tier.One"),
        relations=(
            RelationRecord("broader", "t2", "Hull"),
            RelationRecord("broader", "t3"),
            RelationRecord("see_also", "t3"),
            RelationRecord("replaced_by", "t3"),
            RelationRecord("related", "gone"),
        ),
        sources=(SourceRecord("Book", "https://b.example/"), SourceRecord("By word of mouth")),
        external_ids=(ExternalIdRecord("openmetadata", "Hull.keel_1"),),
        further={"owner": "user:jane", "domains": "Yards"},
    )
    hull = TermRecord(
        line=0, name="Hull v1.0", ref="", id="t2", status="deprecated", short_definition="-1 body"
    )
    mast = TermRecord(line=0, name="Mast", ref="", id="t3", status="draft", definition="Tree")

    assert written([keel, hull, mast]).splitlines() == [
        "parent,name*,displayName,description,synonyms,relatedTerms,references,tags,reviewers,owner,"
        "glossaryStatus,color,iconURL,extension",
        ",Hull v1.0,Hull v1.0,'-1 body,,,Hull v1.0;https://g.example/t/t2/,,,,Deprecated,,,",
        '"Ships.""Hull v1.0""",keel_1,Keel (ship),"Lowest.',
        "",
        'It is of oak.","""back; bone"";KL",broader:Ships.Mast;relatedTo:Ships.Mast,Book;https://b.example/;'
        "By word of mouth;https://g.example/t/t1/#source;Keel;https://g.example/t/t1/#definition,"
        "Tier.One,,user:jane,Approved,,,",
        ",Mast,Mast,Tree,,,Mast;https://g.example/t/t3/#definition,,,,Draft,,,",
    ]


@pytest.mark.parametrize(
    ("short", "definition"),
    [
        ("Lowest timber.", "It is of `oak`.\n\nAlways."),
        ("No sentence, but *ours*", ""),
        (None, "A short paragraph.\n\nAnother."),
        (None, "Tree"),
    ],
)
@pytest.mark.parametrize("qualifier", ["", "ship"])
def test_own_row_comes_back_as_the_term_it_was(qualifier, short, definition):
    sources = (SourceRecord("Book", "https://b.example/"), SourceRecord("By word of mouth"))
    keel = TermRecord(
        line=0,
        name="Keel (K)",
        ref="",
        id="t1",
        qualifier=qualifier,
        short_definition=short,
        definition=definition,
        sources=sources,
    )

    [read] = records_of(written([keel]))

    assert (read.id, read.name, read.qualifier) == ("t1", "Keel (K)", qualifier)
    assert (read.short_definition, read.definition) == (short, definition)
    assert (read.sources, read.external_ids) == (sources, None)


def test_definition_that_begins_with_the_short_one_stays_whole():
    keel = TermRecord(
        line=0, name="Keel", ref="", id="t1", short_definition="Timber.", definition="Timber.\n\nOf oak."
    )

    [read] = records_of(written([keel]))

    assert (read.short_definition, read.definition) == (None, "Timber.\n\nOf oak.")


def test_own_row_gives_no_source_an_address_that_is_none():
    row = ",Keel,Keel,Timber.,,,Book;javascript:alert(1);Keel;https://g.example/t/t1/,"

    [read] = records_of(table(OLDEST, row))

    assert (read.id, read.sources) == ("t1", (SourceRecord("Book"),))


def test_row_whose_reference_names_another_term_is_not_taken_for_ours():
    row = ",Keel,Keel,Timber.,,,Mast;https://g.example/t/t1/,"

    [read] = records_of(table(OLDEST, row))

    assert (read.id, read.sources) == (None, (SourceRecord("Mast", "https://g.example/t/t1/"),))


def test_circle_of_broader_terms_is_cut_once():
    one = TermRecord(line=0, name="One", ref="", id="1", relations=(RelationRecord("broader", "2"),))
    two = TermRecord(line=0, name="Two", ref="", id="2", relations=(RelationRecord("broader", "1"),))

    assert [line.split(",")[:2] for line in written([one, two]).splitlines()[1:]] == [
        ["", "Two"],
        ["Ships.Two", "One"],
    ]


def test_two_terms_of_one_name_get_names_of_their_own():
    found = records_of(written([TermRecord(line=0, name="Lead", ref="", id=key) for key in ("a", "b")]))

    assert [record.ref for record in found] == ["openmetadata:Lead", "openmetadata:Lead (b)"]
    assert [record.name for record in found] == ["Lead", "Lead"]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t"])
def test_no_cell_begins_a_formula(sign):
    text = written(
        [
            TermRecord(
                line=0, name="Keel", ref="", id="1", definition=f"{sign}1", further={"owner": f"{sign}2"}
            )
        ]
    )

    assert all(not cell.startswith(sign) for cell in text.splitlines()[1].split(","))
    assert records_of(text)[0].further["owner"] == f"{sign}2".strip()


words = st.text(alphabet="ab.;:\"|,'=\n &#é😀", min_size=1, max_size=12).map(
    lambda text: " ".join(text.split())
)
names = words.filter(lambda text: any(sign.isalnum() for sign in text) and "::" not in text)


@st.composite
def glossaries(draw):
    found = draw(st.lists(names, min_size=1, max_size=5, unique_by=str.casefold))
    records = []
    for number, name in enumerate(found):
        above = draw(st.none() | st.sampled_from(range(number))) if number else None
        related = draw(st.none() | st.sampled_from(range(len(found))))
        relations = [] if above is None else [RelationRecord("broader", f"t{above}")]
        relations += [] if related in (None, number, above) else [RelationRecord("related", f"t{related}")]
        aliases = draw(
            st.lists(
                names.filter(lambda text: text.casefold() not in map(str.casefold, found)),
                max_size=2,
                unique_by=str.casefold,
            )
        )
        records.append(
            TermRecord(
                line=0,
                name=name,
                ref="",
                id=f"t{number}",
                status=draw(st.sampled_from(["draft", "published", "deprecated"])),
                definition=draw(words),
                aliases=tuple(AliasRecord(text) for text in aliases),
                relations=tuple(relations),
                sources=tuple(
                    SourceRecord(title, "https://s.example/") for title in draw(st.lists(names, max_size=2))
                ),
                further=draw(st.sampled_from([{}, {"owner": "user:a", "extension": "a:b;c:d"}])),
            )
        )
    return records


@settings(max_examples=30)
@given(glossaries())
def test_what_is_written_reads_back_the_same(records):
    found = {record.name: record for record in records_of(written(records))}

    by_id = {record.id: record.name for record in records}
    for record in records:
        read = found[record.name]
        assert (read.short_definition or read.definition) == record.definition
        assert (read.status, read.aliases, read.sources) == (record.status, record.aliases, record.sources)
        assert dict(read.further) == dict(record.further)
        assert read.relations == tuple(replace(each, target=by_id[each.target]) for each in record.relations)
    assert written(list(found.values())) == written(records)


@given(st.text(alphabet='a.;:"\n,=|', max_size=120))
@settings(max_examples=40)
def test_any_row_gives_records_or_problems(text):
    assert all(isinstance(item, TermRecord | RowProblem) for item in items_of(f"{OLDEST}\n{text}\n"))
