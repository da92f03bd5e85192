from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terms.errors import UnreadableFile
from terms.formats import markdown_document
from terms.formats.record import AliasRecord, RowProblem, SourceRecord, TermRecord


def items_of(text):
    return list(markdown_document.read(dedent(text).encode()))


def records_of(text):
    return [item for item in items_of(text) if isinstance(item, TermRecord)]


def left_out(text):
    return [(item.line, item.value) for item in items_of(text) if isinstance(item, RowProblem)]


def pairs_of(text):
    return [(record.name, record.definition or record.short_definition) for record in records_of(text)]


SHIP = [("Keel", "The lowest timber."), ("Rib", "A curved piece.")]


# --- Ways in which terms stand in a document -----------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "# Glossary\n\n## Keel\n\nThe lowest timber.\n\n## Rib\n\nA curved piece.\n",
        "# Glossary\r\n## Keel\r\nThe lowest timber.\r\n## Rib\r\nA curved piece.\r\n",
        "Glossary\n========\n\nKeel\n----\n\nThe lowest timber.\n\nRib\n---\n\nA curved piece.\n",
        "# Keel\n\nThe lowest timber.\n\n# Rib\n\nA curved piece.\n",
        "## K\n\n### Keel {#keel}\n\nThe lowest timber.\n\n## R\n\n### `Rib`\n\nA curved piece.\n\n## S\n",
        "---\ntitle: Glossary\n---\n\n## Keel\n\nThe lowest timber.\n\n## Rib\n\nA curved piece.\n",
        "**Keel**: The lowest timber.\n\n**Rib**: A curved piece.\n",
        "**Keel:** The lowest timber.\n**Rib:** A curved piece.\n",
        "__Keel__ — The lowest timber.\n\n__Rib__ – A curved piece.\n",
        "**Keel**\n\nThe lowest timber.\n\n**Rib**\nA curved piece.\n",
        "## K\n\n- Keel: The lowest timber.\n\n## R\n\n- **Rib** - A curved piece.\n- Stem: See keel.\n",
        "Keel\n: The lowest timber.\n\n**Rib**\n:   A curved piece.\n",
        "|Term|Definition|\n|---|---|\n|**Keel**| The lowest timber. |\n|[Rib](#r)| A curved piece. |\n",
        "```{glossary}\n:sorted:\n\nKeel\n  The lowest timber.\nRib\n  A curved piece.\n```\n",
        ":::{glossary}\n[Keel](https://k.ex)\n  The lowest timber.\n\nRib : key\n  A curved piece.\n:::\n",
    ],
)  # fmt: skip
def test_each_way_gives_the_same_terms(text):
    assert pairs_of(text) == SHIP


def test_headings_above_the_terms_are_their_subjects():
    text = """\
        # Glossary

        ## Hull

        What the hull is made of.

        ### Keel

        The lowest timber.

        ### Rib

        A curved piece.

        ## Sails

        ### Jib

        A small sail.

        ## Colophon

        Set in type.
        """

    assert [(record.name, record.tags) for record in records_of(text)] == [
        ("Keel", ("Hull",)),
        ("Rib", ("Hull",)),
        ("Jib", ("Sails",)),
    ]
    assert left_out(text) == [(21, "Colophon")]


def test_headings_of_parts_stay_in_the_article():
    text = """\
        # Ships

        ## Keel

        ### What is a keel?

        The lowest timber.

        ### Uses

        Many.

        ## Rib

        ### How are ribs made?

        Bent.

        ### Uses

        Few.
        """

    assert [name for name, _ in pairs_of(text)] == ["Keel", "Rib"]
    assert records_of(text)[0].definition.startswith("### What is a keel?\n\nThe lowest")


def test_contents_links_and_colophon_are_no_terms():
    text = """\
        # Glossary

        ## Table of contents

        - [Keel](#keel)
        - [Rib](#rib)

        ## Keel

        The lowest timber.

        ## References

        A term like any other, for it stands among the terms.

        ## Rib

        A curved piece.

        ## Other resources

        - [Ships](https://ships.example)

        ## Contributing

        Write to us.
        """

    assert [name for name, _ in pairs_of(text)] == ["Keel", "References", "Rib"]
    assert [value for _, value in left_out(text)] == ["Table of contents", "Other resources", "Contributing"]


def test_one_letter_is_a_term_where_letters_are_no_headings():
    text = "## Ada\n\nA language.\n\n## C\n\nAnother language.\n\n## Go\n\nA third language.\n"

    assert [name for name, _ in pairs_of(text)] == ["Ada", "C", "Go"]


def test_terms_in_bold_win_over_the_headings_above_them():
    text = """\
        ## Hull

        **Keel**: The *lowest* timber.
        It is long.

        - of oak
        - of iron

        > quoted

        **Note:** mind it.

        **Rib (frame)** — A curved piece.

        ## Sails

        **Jib**

        Small.
        """

    assert [(record.name, record.tags) for record in records_of(text)] == [
        ("Keel", ("Hull",)),
        ("Rib (frame)", ("Hull",)),
        ("Jib", ("Sails",)),
    ]
    assert records_of(text)[0].definition == (
        "The *lowest* timber.\nIt is long.\n\n- of oak\n- of iron\n\n> quoted\n\n**Note:** mind it."
    )


def test_lists_inside_articles_are_no_terms():
    text = "## Keel\n\nOf\n\n- **Bulb**: a\n- **Fin**: b\n\n## Rib\n\nOf\n\n- **Cant**: c\n- **Web**: d\n"

    assert [name for name, _ in pairs_of(text)] == ["Keel", "Rib"]


def test_nested_bullets_belong_to_their_parent():
    text = "- Keel: Lowest.\n  - of oak\n- Parts:\n  - rib\n    - cant\n- Rib: Curved.\n\n  More.\n"

    assert pairs_of(text) == [
        ("Keel", "Lowest.\n- of oak"),
        ("Parts", "- rib\n  - cant"),
        ("Rib", "Curved.\n\nMore."),
    ]


def test_several_terms_over_one_definition_are_names_of_one():
    [keel, stem] = records_of(
        "Keel\nBackbone\n: Lowest.\n\n    More.\n\n    ```\n    code\n    ```\n\n"
        "Stem\n\n: One.\n: Two.\n\nEnd.\n"
    )

    assert (keel.name, keel.aliases) == ("Keel", (AliasRecord("Backbone"),))
    assert keel.definition == "Lowest.\n\nMore.\n\n```\ncode\n```"
    assert stem.definition == "One.\n\nTwo."


def test_table_columns_are_read_by_their_headings():
    text = """\
        # Terms

        | Abbreviation | Term | Definition |
        |:---|---|---:|
        | K | Keel | Lowest, `x`<br>and long |
        | | Rib | Curved \\| bent |

        | Property | Description |
        |---|---|
        | a | b |
        """

    keel, rib = records_of(text)

    assert [(alias.text, alias.kind) for alias in keel.aliases] == [("K", "acronym")]
    assert (keel.line, keel.definition) == (5, "Lowest, `x` and long")
    assert rib.short_definition == "Curved | bent"


def test_abbreviations_are_terms_by_themselves_and_names_beside_others():
    alone = records_of("Some text.\n\n*[RIB]: Rigid inflatable boat\n*[VHF]: Very high frequency\n")
    beside = records_of(
        "## Rigid inflatable boat\n\nA boat.\n\n## Rib\n\nCurved.\n\n*[RIB]: Rigid inflatable boat\n"
    )

    assert [(record.name, record.aliases) for record in alone] == [
        ("RIB", (AliasRecord("Rigid inflatable boat", "full_form"),)),
        ("VHF", (AliasRecord("Very high frequency", "full_form"),)),
    ]
    assert beside[0].aliases == (AliasRecord("RIB", "acronym"),)
    assert beside[1].short_definition == "Curved."


def test_sections_in_which_nothing_was_found_are_told():
    text = """\
        # Glossary

        ## Hull

        **Keel** — Lowest.

        **Rib**. Curved.

        **Stem**: First.

        **Stern**: Last.

        ## Parts

        | Term | What it is |
        |---|---|
        | Mast | Upright |

        ## Orders

        Given aloud, and never twice.
        """

    assert [(record.name, record.tags) for record in records_of(text)] == [
        ("Keel", ("Hull",)),
        ("Rib", ("Hull",)),
        ("Stem", ("Hull",)),
        ("Stern", ("Hull",)),
        ("Mast", ("Parts",)),
    ]
    assert left_out(text) == [(19, "Orders")]


def test_table_without_known_headings_gives_its_first_column_as_terms():
    text = (
        "# Seemannssprache\n\n| Wort | Ruf | So sagt man |\n|--|--|--|\n| Kiel | K | Der unterste Balken |\n"
    )

    assert pairs_of(text) == [("Kiel", "Der unterste Balken")]


def test_headings_of_subjects_on_the_level_of_the_terms_are_their_tags():
    text = "## Hull terms\n\n## Keel\n\nLowest.\n\n---\n\n## Sail terms\n\n## Jib\n\nSmall.\n"

    assert [(record.name, record.tags) for record in records_of(text)] == [
        ("Keel", ("Hull terms",)),
        ("Jib", ("Sail terms",)),
    ]
    assert records_of(text)[0].short_definition == "Lowest."


# --- Texts ---------------------------------------------------------------------------------------


def test_text_keeps_its_markdown_and_links_within_the_page_lead_to_terms():
    text = """\
        ## Keel

        A [rib][r] on a [ribs](#rib-frame) and `[x](#rib-frame)`[^1], [up](#top), [out][o].

        !!! warning "Mind"
            the gap

        ```md
        ## Not a heading
        [ribs](#rib-frame)
        ```

        ## Rib (frame)

        Curved.

        [o]: https://out.example "Out"
        [unused]: https://unused.example
        [^1]: A note
            that goes on.
        """

    keel, rib = records_of(text)

    assert keel.definition == dedent("""\
        A [rib][r] on a [[Rib (frame)|ribs]] and `[x](#rib-frame)`[^1], [up](#top), [out][o].

        !!! warning "Mind"
            the gap

        ```md
        ## Not a heading
        [ribs](#rib-frame)
        ```

        [^1]: A note
            that goes on.
        [o]: https://out.example "Out\"""")
    assert (rib.name, rib.short_definition) == ("Rib (frame)", "Curved.")


def test_roles_of_myst_become_links_and_code():
    [keel, _] = records_of(
        "```{glossary}\nKeel\n  With {term}`ribs <rib>`, {term}`mast`, {doc}`the yard <yard>` and "
        "{py:class}`Hull`.\n"
        "Rib\n  Curved.\n```\n"
    )

    assert keel.definition == "With [[Rib|ribs]], [[mast]], the yard and `Hull`."


def test_titles_give_acronyms_and_sources():
    [rib, _] = records_of(
        "## [Rigid inflatable boat (RIB)](https://rib.example)\n\nA boat.\n\n## Keel\n\nLowest.\n"
    )

    assert (rib.name, rib.aliases) == ("Rigid inflatable boat", (AliasRecord("RIB", "acronym"),))
    assert rib.sources == (SourceRecord("Rigid inflatable boat (RIB)", "https://rib.example"),)


def test_entry_that_only_points_to_another_becomes_its_name():
    text = "## Backbone\n\nSee [keel](#keel).\n\n## Keel\n\nLowest.\n\n## Mast\n\nSee Spar.\n"

    keel, mast = records_of(text)

    assert keel.aliases == (AliasRecord("Backbone"),)
    assert left_out(text) == [(1, "Backbone")]
    assert [flag.code for flag in mast.flags] == ["see_reference"]


def test_lines_are_those_of_the_file():
    text = "---\ntitle: Glossary\n---\n\n## Keel\n\nLowest.\n\n## Rib\n\nCurved.\n"

    assert [record.line for record in records_of(text)] == [5, 9]


def test_document_with_one_heading_is_one_term_and_flagged():
    [record] = records_of("# Keel\n\nThe **lowest** timber.\n\nIt is long.\n")

    assert (record.name, record.confidence) == ("Keel", 0.5)
    assert [flag.code for flag in record.flags] == ["term_unsure"]


# --- What is refused, and what it looks like -----------------------------------------------------


@pytest.mark.parametrize(
    "text", ["", "Dear reader, nothing here.\n", "# Glossary\n\nSome words.\n", "- a\n- b\n"]
)
def test_document_without_terms_is_refused(text):
    with pytest.raises(UnreadableFile, match="No terms were found"):
        items_of(text)


def test_document_that_nobody_wrote_as_one_page_is_refused():
    with pytest.raises(UnreadableFile, match="Split it"):
        items_of("a\n" * 100_001)


@pytest.mark.parametrize("text", ["> " * 40_000, "- " * 40_000, "## a\n\n" + "[" * 100_000, "**a " * 50_000])
def test_deep_or_endless_marks_do_no_harm(text):
    try:
        found = items_of(text)
    except UnreadableFile as error:
        assert "No terms" in error.message
    else:
        assert all(isinstance(item, TermRecord | RowProblem) for item in found)


def test_comments_in_code_do_not_look_like_headings():
    code = b"# first we load\nload()\n# then we go\ngo()\n# and stop\nstop()\n"

    assert markdown_document.looks_like(code) < 0.3


@settings(max_examples=60)
@given(st.text(alphabet="#-*_:|>`[](){}! aB\n\t1.", max_size=150))
def test_any_text_gives_records_problems_or_a_sentence(text):
    assert 0 <= markdown_document.looks_like(text.encode()) <= 1
    try:
        found = list(markdown_document.read(text.encode()))
    except UnreadableFile as error:
        assert error.message.endswith(".")
    else:
        assert all(isinstance(item, TermRecord | RowProblem) for item in found)
