import textwrap
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from terms import formats
from terms.errors import UnreadableFile
from terms.formats import yaml_terms
from terms.formats.record import ExternalIdRecord, RowProblem, SourceRecord, TermRecord

LIST = """
    # Parts of ships
    terms:
      - slug: keel
        term: Keel
        definition: The lowest timber of a hull.
        tags: [hull, timber]
        see_also:
          - Rib
          - Mast
      - term: Rib
        definition: >
          A frame
          on the keel.
        aliases: frame
        humour: none
"""
SEVERAL_LANGUAGES = """
    - slug: main_mast
      ref:
        - keel
      de:
        term: "Großmast"
        def: >
          Der höchste [Mast](#main_mast).
      en:
        term: "main mast"
        acronym: "MM"
        def: >
          The tallest mast; it stands on the [keel
          timber](#keel), not in the `[hold](#keel)` or on [sand](#sand).
      id:
        term: "tiang utama"
        acronym: "TU"
    - slug: keel
      "no":
        term: kjøl
        def: Bjelken.
      en:
        term: keel
        def: The lowest timber.
    - slug: rib
      de:
        term: Spant
        def: Ein Bauteil.
      fr:
        term: couple
"""
CATALOGUE = """
    version: 1
    source: Yard
    owners:
      users: [ann]
    nodes:
      - name: Ship
        description: All of it.
        knowledge_links:
          - {label: Not of a term, url: "https://x.example/no"}
        terms:
          - name: Hull
            description: What floats.
            contains: [Ship.Timber.Keel]
            custom_properties:
              is_old: false
        nodes:
          - name: Timber
            description: The wood of it.
            terms:
              - name: Keel
                id: "urn:li:glossaryTerm:k1"
                description: The lowest timber.
                term_source: EXTERNAL
                source_ref: Handbook
                source_url: "https://x.example/h"
                related_terms: [Ship.Timber.Rib]
                knowledge_links:
                  - {label: More, url: "https://x.example/k"}
              - name: Rib
                description: A frame.
                inherits: [Ship.Hull, Elsewhere.Frame]
    terms:
      - name: Colour
        description: Of paint.
        values: [Ship.Hull]
"""


def items_of(text, **how):
    return list(yaml_terms.read(textwrap.dedent(text).encode(), **how))


def records_of(text, **how):
    return [item for item in items_of(text, **how) if isinstance(item, TermRecord)]


def problems_of(text):
    return [item for item in items_of(text) if isinstance(item, RowProblem)]


def relations_of(record):
    return [(relation.kind, relation.target) for relation in record.relations or ()]


def aliases_of(record):
    return [(alias.text, alias.kind, alias.language) for alias in record.aliases or ()]


# --- Shapes --------------------------------------------------------------------------------------


def test_a_list_of_terms_is_read_with_its_lines():
    note, keel, rib = items_of(LIST)

    assert (keel.line, keel.name, keel.slug, keel.short_definition) == (
        4, "Keel", "keel", "The lowest timber of a hull.",
    )  # fmt: skip
    assert (keel.tags, relations_of(keel)) == (
        ("hull", "timber"),
        [("see_also", "Rib"), ("see_also", "Mast")],
    )
    assert (rib.line, rib.short_definition, aliases_of(rib)) == (
        11, "A frame on the keel.", [("frame", "synonym", "")],
    )  # fmt: skip
    assert (note.line, note.column, note.fatal, rib.further) == (11, "humour", False, {"humour": "none"})


@pytest.mark.parametrize(
    "text",
    [
        "- {term: Keel, definition: A timber.}\n- {term: Rib, definition: A frame.}\n",
        "Keel: {definition: A timber.}\nRib: {definition: A frame.}\n",
        "Keel: A timber of it.\nRib: A frame of it.\n",
        "term: Keel\ndefinition: A timber.\n---\nterm: Rib\ndefinition: A frame.\n",
        "---\nhull:\n  - term: Keel\n    def: A timber.\n  - term: Rib\n    def: A frame.\n...\n",
        "glossary:\n  terms:\n    - term: Keel\n      def: A timber.\n    - term: Rib\n      def: x\n",
    ],
)
def test_other_shapes_give_the_same_terms(text):
    assert [record.name for record in records_of(text)] == ["Keel", "Rib"]


def test_a_page_of_names_and_texts_links_its_terms():
    text = """
        keel: |
          The lowest timber. A [rib](#rib) stands on it.
        side rib: >
          A frame, see `[keel](#keel)` and [the `side` one](#side-rib), not [sand](#sand).
        rib: |
          A frame on the [keel](#keel).
    """

    assert [(record.line, record.name, record.definition) for record in records_of(text)] == [
        (2, "keel", "The lowest timber. A [[rib]] stands on it."),
        (4, "side rib", "A frame, see `[keel](#keel)` and the `side` one, not sand."),
        (6, "rib", "A frame on the [[keel]]."),
    ]
    assert [relations_of(record) for record in records_of(text)] == [
        [("related", "rib")], [], [("related", "keel")],
    ]  # fmt: skip


def test_lists_of_terms_are_found_before_other_lists():
    text = """
        sections:
          - title: Building
            summary: How it is done.
        vocabulary:
          concepts:
            - {id: hull, prefLabel: Hull, definition: What floats., narrower: [keel]}
            - {id: keel, prefLabel: Keel, definition: A timber of the hull., related: [hull]}
    """

    assert [(record.name, relations_of(record)) for record in records_of(text)] == [
        ("Hull", []), ("Keel", [("broader", "Hull")]),
    ]  # fmt: skip


def test_defaults_are_taken_over_where_an_entry_says_nothing_itself():
    text = """
        usual: &usual {status: draft, category: hull}
        terms:
          - {<<: *usual, term: Keel, def: A timber.}
          - {<<: [*usual], term: Rib, def: A frame., category: frame}
    """

    assert [(record.name, record.status, record.tags) for record in records_of(text)] == [
        ("Keel", "draft", ("hull",)), ("Rib", "draft", ("frame",)),
    ]  # fmt: skip


def test_words_stay_what_is_written():
    text = """
        - {term: no, def: Not yes.}
        - {term: on, def: Not off.}
        - {term: 1.10, def: A number.}
        - {term: 2018-04-12, def: A day.}
        - {term: 12:30, def: A time.}
        - {term: 404, def: Not found.}
        - {term: "null", def: Nothing at all.}
        - {term: 0x1F, def: 010}
    """

    assert [record.name for record in records_of(text)] == [
        "no", "on", "1.10", "2018-04-12", "12:30", "404", "null", "0x1F",
    ]  # fmt: skip
    assert records_of(text)[-1].short_definition == "010"


def test_entries_in_several_languages_take_the_glossarys_own():
    mast, keel, rib = records_of(SEVERAL_LANGUAGES)

    assert (mast.name, mast.ref) == ("main mast", "id:main_mast")
    assert aliases_of(mast) == [
        ("Großmast", "translation", "de"),
        ("MM", "acronym", ""),
        ("tiang utama", "translation", "id"),
        ("TU", "acronym", "id"),
    ]
    assert mast.definition == (
        "The tallest mast; it stands on the [[keel|keel timber]], not in the `[hold](#keel)` or on sand."
    )
    assert relations_of(mast) == [("related", "keel")]
    assert mast.further == {"de.def": "Der höchste [Mast](#main_mast).\n"}
    assert [flag.message for flag in mast.flags] == ["Definitions in other languages were put aside: de."]
    assert (keel.slug, aliases_of(keel)) == ("keel", [("kjøl", "translation", "no")])
    assert (rib.name, rib.short_definition, [flag.code for flag in rib.flags]) == (
        "Spant", "Ein Bauteil.", ["name_in_other_language"],
    )  # fmt: skip


def test_the_same_entries_in_a_glossary_of_another_language():
    mast, keel, rib = records_of(SEVERAL_LANGUAGES, language="de-AT")

    assert (mast.name, mast.short_definition, mast.definition) == ("Großmast", None, "Der höchste Mast.")
    assert (keel.name, keel.flags[0].code) == ("keel", "name_in_other_language")
    assert (rib.name, aliases_of(rib)) == ("Spant", [("couple", "translation", "fr")])


def test_a_business_glossary_keeps_its_paths_groups_and_relations():
    hull, keel, rib, colour = records_of(CATALOGUE)

    assert [record.ref for record in (hull, keel, rib, colour)] == [
        "datahub:Ship.Hull", "urn:li:glossaryTerm:k1", "datahub:Ship.Timber.Rib", "datahub:Colour",
    ]  # fmt: skip
    assert (hull.tags, keel.tags, colour.tags) == (("Ship",), ("Ship", "Timber"), None)
    assert relations_of(hull) == [("broader", "Colour")]
    assert relations_of(keel) == [("broader", "Hull"), ("related", "Rib")]
    assert relations_of(rib) == [("broader", "Hull"), ("broader", "Elsewhere.Frame")]
    assert keel.external_ids == (ExternalIdRecord("datahub", "urn:li:glossaryTerm:k1"),)
    assert keel.sources == (
        SourceRecord("Handbook", "https://x.example/h"),
        SourceRecord("More", "https://x.example/k"),
    )
    assert (hull.further, keel.further) == (
        {"custom_properties": {"is_old": "false"}},
        {"term_source": "EXTERNAL"},
    )
    assert problems_of(CATALOGUE) == []


# --- What is wrong -------------------------------------------------------------------------------


def test_key_that_stands_twice_is_told_with_its_line():
    [problem, record] = items_of("- term: Keel\n  def: One of it.\n  def: The other one.\n")

    assert (problem.line, problem.column, problem.fatal) == (3, "def", False)
    assert record.short_definition == "The other one."


def test_name_that_yaml_takes_for_nothing_asks_for_quotes():
    [problem, _] = items_of("- term: null\n  def: Nothing.\n- term: Keel\n  def: A timber.\n")

    assert (problem.line, problem.fatal) == (1, True)
    assert "in quotes" in problem.message


def bomb(inner):
    names = [f"a{number}" for number in range(30)]
    lines = [f"a0: &a0 {inner}"]
    lines += [f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]" for before, name in pairwise(names)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- term: Keel\n\tdefinition: A timber.\n", "Line 2: a tab is used to indent"),
        ("terms:\n  - term: Keel\n   definition: A timber.\n", "Line 3: the YAML cannot be read"),
        ("- term: !!python/object/apply:os.system ['true']\n", "“!!python/object/apply:os.system” asks"),
        ("- term: !!python/name:os.system\n", "asks for an object of a program"),
        (bomb("[x]"), "too large"),
        (bomb("{term: x, definition: y}"), "too large"),
        ("&a [*a]", "stands for nothing that is written above it"),
        ("- *nowhere\n", "Line 1"),
        ("[" * 10_000, "nested more than 50 deep"),
        ("- " * 10_000, "nested more than 50 deep"),
        ("? [a]\n: b\n", "a list or mapping stands as a key"),
        ("- term: a\x01b\n", "control character"),
        ("# nothing here\n", "nothing but comments"),
        ("- a\n- b\n", "No terms were found"),
        ("name: CI\non: push\njobs: {build: {on: x, steps: [{name: a, run: b}]}}\n", "No terms were found"),
        ("x" * 21_000_000, "20 MB are allowed"),
    ],
    ids=range(16),
)  # fmt: skip
def test_file_that_cannot_be_read_says_why_and_where(text, says):
    with pytest.raises(UnreadableFile, match=says):
        list(yaml_terms.read(text.encode()))


def test_a_document_without_terms_costs_only_itself():
    found = items_of("kind: Setting\nsize: 3\n---\nterm: Keel\ndefinition: A timber.\n")

    assert [getattr(item, "name", "") for item in found] == ["", "Keel"]
    assert "No terms were found" in found[0].message


@given(st.text(alphabet="ab:- \n[]{},&*!|>'\"#?<%@\t~", max_size=80))
@hypothesis_settings(max_examples=80)
def test_any_text_gives_records_problems_or_a_sentence(text):
    data = f"- term: a\n  def: b\n{text}".encode()
    yaml_terms.looks_like(data)
    try:
        found = list(yaml_terms.read(data))
    except UnreadableFile as error:
        assert error.message.endswith(".")
    else:
        assert all(isinstance(item, TermRecord | RowProblem) for item in found)


# --- Which format it is --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", [LIST, SEVERAL_LANGUAGES, CATALOGUE, "- term: Keel\n\tdefinition: A timber.\n"]
)
@pytest.mark.parametrize("called", ["download", "glossary.yml", "glossary.txt"])
def test_yaml_is_recognised_whatever_it_is_called(text, called):
    assert formats.recognise(textwrap.dedent(text).encode(), called) == "yaml"


@pytest.mark.parametrize(
    "text",
    [
        "---\ntitle: Keel\ndescription: A timber.\n---\n\nA timber at the bottom of a hull.\n",
        "Keel: the lowest timber of a hull.\nRib: a frame on the keel.\n",
        "- **Keel**: the lowest timber\n- **Rib**: a frame\n",
        "# Glossary\n\n## Keel\n\nThe lowest timber.\n",
        "term,definition\nKeel,The lowest timber\n",
    ],
)
def test_other_texts_are_no_yaml(text):
    assert yaml_terms.looks_like(text.encode()) < 0.3
