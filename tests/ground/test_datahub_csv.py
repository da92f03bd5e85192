import pytest

from terms import formats
from terms.errors import UnreadableFile
from terms.formats import datahub_csv
from terms.formats.record import ExternalIdRecord, RelationRecord, RowProblem, SourceRecord, TermRecord

HEADER = (
    "entity_type,name,description,definition,term_source,source_ref,source_url,ownership,parent_nodes,"
    "related_contains,related_inherits,domain_urn,domain_name,custom_properties"
)


def items_of(*rows, header=HEADER):
    text = "\n".join([header, *(row + "," * (header.count(",") - row.count(",")) for row in rows)]) + "\n"
    assert formats.recognise(text.encode(), "glossary.csv") == "datahub-csv"
    return list(datahub_csv.read(text.encode()))


def records_of(*rows):
    return [item for item in items_of(*rows) if isinstance(item, TermRecord)]


def test_terms_are_read_and_groups_are_only_told():
    group, keel = items_of(
        "glossaryNode,Ships,All about ships",
        "glossaryTerm,Keel,The lowest timber.,The lowest timber.,EXTERNAL,Handbook,https://h.example/1,"
        "jane:Owner:CORP_USER,Ships,,,,Yards",
    )

    assert (group.line, group.value, group.fatal) == (2, "Ships", False)
    assert keel == TermRecord(
        line=3,
        name="Keel",
        ref="datahub:Ships.Keel",
        short_definition="The lowest timber.",
        tags=("Ships",),
        relations=(),
        relation_kinds=("broader",),
        sources=(SourceRecord("Handbook", "https://h.example/1"),),
        external_ids=(ExternalIdRecord("datahub", "Ships.Keel"),),
        further={"term_source": "EXTERNAL", "ownership": "jane:Owner:CORP_USER", "domain_name": "Yards"},
    )


def test_short_and_long_text_are_both_kept():
    (keel,) = items_of("glossaryTerm,Keel,The lowest timber.,It carries all the frames. It is of oak.")

    assert (keel.short_definition, keel.definition) == (
        "The lowest timber.",
        "It carries all the frames. It is of oak.",
    )


def test_relations_are_resolved_through_the_groups_in_both_directions():
    hull, keel, mast = records_of(
        'glossaryTerm,Hull,x,,,,,,Ships,"Ships.Keel, Bow.Old"',
        "glossaryTerm,keel,x,,,,,,Ships",
        "glossaryTerm,Mast,x,,,,,,Rig,,Ships.Hull",
    )

    assert hull.relations == ()
    assert keel.relations == (RelationRecord("broader", "Hull"),)
    assert mast.relations == (RelationRecord("broader", "Hull"),)


def test_target_that_is_not_in_the_file_stays_as_it_is_said():
    (keel,) = records_of('glossaryTerm,Keel,x,,,,,,Ships,,"Ships.Hull,Rig.Mast v1.0"')

    assert [relation.target for relation in keel.relations] == ["Hull", "Rig.Mast v1.0"]


def test_urn_names_the_term_for_ever():
    (keel,) = items_of("urn:li:glossaryTerm:17,glossaryTerm,Keel,x", header=f"urn,{HEADER}")

    assert (keel.ref, keel.external_ids) == (
        "urn:li:glossaryTerm:17",
        (ExternalIdRecord("datahub", "urn:li:glossaryTerm:17"),),
    )


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("glossaryTerm,,x", "has no name"),
        (f"glossaryTerm,{'k' * 201},x", "201 signs"),
        (f"glossaryTerm,Keel,{'k' * 200_001}", "too long"),
    ],
)
def test_bad_row_is_told_and_the_others_are_kept(row, says):
    problem, bow = items_of(row, "glossaryTerm,Bow,Front")

    assert isinstance(problem, RowProblem)
    assert (problem.line, problem.fatal, bow.name) == (2, True, "Bow")
    assert says in problem.message


def test_other_tables_are_not_taken_for_one():
    assert datahub_csv.looks_like(b"name,description,tags\nKeel,Lowest,x\n") == 0
    with pytest.raises(UnreadableFile, match="no glossary from DataHub"):
        list(datahub_csv.read(b"name,description\nKeel,Lowest\n"))
