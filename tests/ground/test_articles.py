from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terms import formats
from terms.errors import UnreadableFile
from terms.formats import documents
from terms.formats.documents import articles
from terms.formats.documents.lines import lines_of
from terms.formats.record import LONGEST_DEFINITION, RowProblem, TermRecord

PAGE = (Path(__file__).parent.parent / "samples" / "articles.txt").read_text()


def read(text):
    return list(articles.read(lines_of(text)))


def entries_of(text):
    """Return the entries without the parts that are offered as records of their own."""
    return [record for record in read(text) if isinstance(record, TermRecord) and not is_part(record)]


def is_part(record):
    return "inside_article" in codes_of(record)


def codes_of(record):
    return [flag.code for flag in record.flags]


def article(body):
    """Return the Markdown of an article with this body, in a document of entries with parts."""
    before, after = (
        "Weaving\n\nWhat is weaving?\n\nIt crosses threads.",
        "Warp\n\nWhat is a warp?\n\nThreads.\n",
    )
    return entries_of(f"{before}\n\n{body}\n\n{after}")[0].definition


# --- Which headings become entries ---------------------------------------------------------------------


def test_concepts_become_entries_and_their_parts_do_not():
    assert [record.name for record in entries_of(PAGE)] == [
        "Glazing", "Reduction cone firing", "Kiln furniture", "Crawling", "Kiln log",
    ]  # fmt: skip


def test_document_is_recognised_by_itself():
    assert documents.looks_like(PAGE.encode()) == articles.likeness(lines_of(PAGE)) > 0.8
    assert [record.name for record in documents.read(PAGE.encode())] == [record.name for record in read(PAGE)]


def test_column_of_the_site_below_the_document_is_left_out():
    text = PAGE.split("© The guild")[0] + "About\nPots and kilns\nResources\nReadme\nStars\n12 stars\n"

    assert [record.name for record in entries_of(text)][-2:] == ["Crawling", "Kiln log"]


def test_words_of_the_site_around_the_document_are_left_out():
    everything = "\n".join(record.definition or "" for record in entries_of(PAGE))

    assert not any(isinstance(item, RowProblem) for item in read(PAGE))
    assert not any(words in everything for words in ("Latest commit", "loc)", "Preview", "The guild"))


def test_heading_and_line_are_kept():
    lines = PAGE.split("\n")

    assert all(lines[record.line - 1] == record.heading for record in read(PAGE))
    assert [record.ref for record in entries_of(PAGE)][:2] == ["Glazing", "Reduction Cone Firing (RCF)"]


def test_part_that_defines_something_is_offered_too():
    (part,) = [record for record in read(PAGE) if is_part(record)]

    assert (part.name, part.ref) == ("Glaze reduction", "Reduction Cone Firing (RCF) > Glaze Reduction")
    assert part.short_definition == "A late stage in which copper turns red."
    assert part.confidence <= 0.5


@pytest.mark.parametrize(
    "parts",
    [
        "Beams\n\nBeams hold the warp.",
        "The Beam\n\nA bar on which the warp is wound.",
        "Wide Beams (e.g., of oak)\n\nSeldom used.",
        "Warp Roller (WR)\n\nUsed for cloth.",
        "Heddle\n\nA cord with an eye.\n\nReed\n\nA comb of wire.\n\nSley\n\nMoves to and fro.",
    ],
)
def test_parts_that_name_or_define_a_thing_are_offered(parts):
    text = (
        f"Looms\n\nWhat is a loom?\n\nA frame.\n\nParts of Looms\n\n{parts}\n\nWarp\n\nOverview\n\nThreads.\n"
    )
    headings = [line for line in parts.split("\n")[::2] if line[0].isupper() and not line.endswith(".")]

    assert [record.heading for record in read(text) if is_part(record)] == headings


def test_sentence_about_something_else_offers_no_part():
    text = "Looms\n\nOverview\n\nX.\n\nSpeed\n\nA weaver has hundreds of threads.\n\nWarp\n\nOverview\n\nX.\n"

    assert not [record for record in read(text) if is_part(record)]


def test_heading_that_lists_the_next_ones_begins_an_entry():
    text = PAGE.replace("© The guild", "Clays (red, white)\n\nThey differ.\n\nRed Clays\n\nRich in iron.")

    *_, last = entries_of(text)
    assert (last.name, last.definition) == ("Clays", "They differ.\n\n## Red Clays\n\nRich in iron.")


def test_caption_over_a_question_is_no_sure_entry():
    text = (
        "Looms\n\nOverview\n\nA frame.\n\nA Shed\n\nWhy do they creak?\n\nOf age.\n\nWarp\n\nOverview\n\nX.\n"
    )

    assert [record.name for record in read(text) if record.confidence >= 0.8] == ["Looms", "Warp"]


def test_heading_without_text_becomes_a_stub():
    stub = next(record for record in read(PAGE) if record.name == "Crawling")

    assert (stub.definition, stub.short_definition) == (None, None)
    assert "definition_missing" in codes_of(stub)
    assert stub.confidence < 0.5


def test_entries_without_parts_are_told_by_their_texts():
    records = read(
        "Jitter\n\nJitter is the spread of delays.\n\nMaximum Frame Size (MFS)\n\nThe most that fits.\n\n"
        "Example\n\nIt may be nine thousand bytes.\n\nRouting\n\nRouting is the choice of paths.\n\n"
        "Example\n\nTwo paths, one choice.\n"
    )

    assert [(record.name, record.confidence > 0.8) for record in records] == [
        ("Jitter", True), ("Maximum frame size", True), ("Routing", True),
    ]  # fmt: skip
    assert "## Example\n\nIt may be nine thousand bytes." in records[1].definition


def test_questions_alone_are_entries():
    records = read("What is a tort?\n\nA tort is a wrong.\n\nWhat is a trust?\n\nA trust is a duty.\n")

    assert [record.name for record in records] == ["Tort", "Trust"]


def test_table_of_contents_says_which_headings_are_entries():
    text = (
        "Signals\n\nContents\n\n  • Flags\n  • Lights\n  • Horns\n\n"
        "Flags\n\nCloth on a line.\n\nColours\n\nRed means danger.\n\n"
        "Lights\n\nLamps at night.\n\nHorns\n\nSound in fog.\n\nLengths\n\nOne is short.\n"
    )

    assert [record.name for record in entries_of(text)] == ["Flags", "Lights", "Horns"]


def test_contents_without_marks_are_no_entries():
    text = (
        "Contents\nFlags\nLights\n"
        "Flags\nWhat is a flag?\nA flag is cloth.\nLights\nWhat is a light?\nA lamp.\n"
    )

    assert [record.name for record in entries_of(text)] == ["Flags", "Lights"]


def test_entry_that_only_its_text_gives_away_is_flagged():
    text = PAGE.replace("© The guild", "Saggar\n\nA saggar is a box of clay in which pots are fired.")

    *_, last = entries_of(text)
    assert (last.name, "unsure_entry" in codes_of(last)) == ("Saggar", True)


def test_part_that_nothing_ties_to_its_entry_is_flagged():
    text = PAGE.replace("Glazing vs Engobe\n", "Slip Trailing\n\nLines are drawn.\n\nGlazing vs Engobe\n")
    (flag,) = [flag for flag in entries_of(text)[0].flags if flag.code == "unsure_parts"]

    assert "“Slip Trailing”" in flag.message


def test_name_of_the_entry_amid_its_article_is_a_caption():
    text = PAGE.replace("Recipes for Glazing\n", "Glazing\n\nRecipes for Glazing\n")
    glazing = entries_of(text)[0]

    assert len(entries_of(text)) == len(entries_of(PAGE))
    assert "unsure_heading" in codes_of(glazing)


def test_text_before_the_first_entry_is_reported():
    (problem,) = [
        item
        for item in read("Handbook\n\nFor all.\n\n" + PAGE.split("Handbook of the guild")[1])
        if isinstance(item, RowProblem)
    ]

    assert (problem.value, problem.fatal) == ("For all.", False)


# --- Names ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heading", "name", "aliases"),
    [
        ("Reduction Cone Firing (RCF)", "Reduction cone firing", ["RCF"]),
        ("RCF - Reduction Cone Firing", "RCF", ["Reduction Cone Firing"]),
        ("Kiln Types (e.g., gas, wood)", "Kiln types", []),
    ],
)
def test_heading_is_told_apart(heading, name, aliases):
    (record, _) = entries_of(f"{heading}\n\nOverview\n\nIt is hot.\n\nSlip\n\nOverview\n\nIt is wet.\n")

    assert record.name == name
    assert [alias.text for alias in record.aliases or ()] == aliases
    assert (record.tags, record.keywords) == (None, ())


def test_name_that_its_text_begins_small_stays_small():
    (record, _) = entries_of("loomd\n\nOverview\n\nloomd is a server.\n\nSlip\n\nOverview\n\nIt is wet.\n")

    assert (record.name, record.confidence >= 0.8) == ("loomd", True)


def test_question_for_the_short_name_offers_no_part():
    records = read(
        "RCF - Reduction Cone Firing\n\nWhat is RCF?\n\nIt is hot.\n\nSlip\n\nOverview\n\nIt is wet.\n"
    )

    assert [record.name for record in records] == ["RCF", "Slip"]


def test_capitals_that_the_text_repeats_are_flagged():
    record = entries_of(
        "Black Forest\n\nWhat is the Black Forest?\n\nThe Black Forest is a range.\n\nAlb\n\nHills.\n"
    )[0]

    assert "unsure_capitals" in codes_of(record)


def test_article_that_asks_for_something_else_is_flagged():
    text = (
        "Kilns layout\n\nWhat are Stoneware Kilns?\n\nStoneware kilns are hot.\n\nSlip\n\nOverview\n\nWet.\n"
    )

    assert "unsure_title" in codes_of(entries_of(text)[0])


# --- Articles as Markdown --------------------------------------------------------------------------------

GLAZING = """\
## What is glazing?

Glazing is the coating of a pot with a layer that melts to glass. It keeps water in for $2 a pot.

## How Does Glazing Work?

The powder melts in three steps:

### Drying

- Water leaves the coat
- The coat shrinks
    - Thin coats shrink less
    - Thick coats crawl

### Melting

1. Flux: Softens the silica
2. Silica: Makes the glass

## Properties of Glazing

### Hardness

A glaze resists a steel knife when it is well melted.

### Fit

Glaze and body shrink alike, or the glaze crazes.

## Recipes for Glazing

| Cone | Feldspar | Whiting |
| --- | --- | --- |
| 6 | 40 | 20 |
| 10 | 50 | 15 |

### Example

```json
{
  "name": "celadon",
  "parts": [
    {"iron": 1}   // a little
  ]
}
```

## Glazing vs Engobe

Aspect Glaze Engobe\\
Surface Glassy and tight Dull and open\\
Water Runs off it Soaks into it"""


def test_lost_markdown_is_restored():
    glazing = entries_of(PAGE)[0]

    assert glazing.definition == GLAZING
    assert glazing.short_definition == "The coating of a pot with a layer that melts to glass."
    assert codes_of(glazing) == ["code_guessed", "table_lost"]


def test_numbered_headings_keep_their_numbers():
    firing = entries_of(PAGE)[1]

    assert "## Stages of RCF\n\n### 1. Body Reduction\n\nThe body gives up" in firing.definition
    assert "short_definition_missing" in codes_of(firing)


@pytest.mark.parametrize(
    ("body", "markdown"),
    [
        ("•\nOver\n•\nUnder", "- Over\n- Under"),
        ("  • Over\n    and over\n\n  • Under", "- Over\n  and over\n- Under"),
        ("  1. Over:\n\n    • Once\n  2. Under", "1. Over:\n    - Once\n2. Under"),
        ("a  b  c\n1  2  3\n4  5  6", "| a | b | c |\n| --- | --- | --- |\n| 1 | 2 | 3 |\n| 4 | 5 | 6 |"),
        ("Run this:\n\n$ weave --fast\n$ weave --slow", "```\n$ weave --fast\n$ weave --slow\n```"),
        (
            "def weave(n):\n    # not a heading\n    return n",
            "```\ndef weave(n):\n    # not a heading\n    return n\n```",
        ),
        (
            "select\n    warp,\n    weft\nfrom loom\nwhere warp > 3",
            "```\nselect\n    warp,\n    weft\nfrom loom\nwhere warp > 3\n```",
        ),
        ("loom warp \\\n    --wide", "```\nloom warp \\\n    --wide\n```"),
        ("loom get warp\nexport LOOM_SIZE=3", "```\nloom get warp\nexport LOOM_SIZE=3\n```"),
        ("Pro:\n• Wide\nCon:\n• Slow", "### Pro\n\n- Wide\n\n### Con\n\n- Slow"),
        ("$$w = \\frac{a}{b}$$", "\n\n$$w = \\frac{a}{b}$$"),
        ("  $$\n  w = a\n\n  + b\n  $$", "\n\n$$\nw = a\n+ b\n$$"),
        ("It is $w_{a}$ and `__warp__` of a_ b.", "It is $w_{a}$ and `__warp__` of a\\_ b."),
        ("loom:\n  warp: 3\n  weft: 4", "```\nloom:\n  warp: 3\n  weft: 4\n```"),
        ("```\n# no heading\n```", "```\n# no heading\n```"),
        ("It is 2*3*4, see __init__ for more.", "It is 2\\*3\\*4, see \\_\\_init\\_\\_ for more."),
        ("It is **bold** and *slanted*.", "It is **bold** and *slanted*."),
        ("# is a sign, and so it\ngoes on.", "\\# is a sign, and so it\ngoes on."),
        ("It costs $5 to $7, or a | b.", "It costs $5 to $7, or a | b."),
    ],
)
def test_blocks_are_restored(body, markdown):
    assert markdown in article(body)


@pytest.mark.parametrize(
    "prose",
    [
        "For example, a cloth = warp and weft.",
        "Weavers (of old); dyers (of late); and so on.",
        "One: over. Two: under.",
        "See [1] and {2} for more.",
    ],
)
def test_prose_is_no_code(prose):
    assert "```" not in article(prose)


def test_marks_that_are_there_are_taken():
    text = (
        "# Sails\n\nWelcome.\n\n## Contents\n\n- [Jib](#jib)\n\n## [Jib](#jib)\n\nA **jib** is a sail.\n\n"
        "### Parts of the jib\n\n```python\n# no heading\n## nor this\n```\n\n#### Luff\n\nIts edge.\n\n"
        "## Genoa (`big`)\n\nA *big* jib.\n\n## License\n\nFree.\n"
    )

    problems = [item.value for item in read(text) if isinstance(item, RowProblem)]
    jib, genoa = entries_of(text)

    assert (jib.name, genoa.name) == ("Jib", "Genoa")
    assert jib.definition == (
        "A **jib** is a sail.\n\n## Parts of the jib\n\n```python\n# no heading\n## nor this\n```\n\n"
        "### Luff\n\nIts edge."
    )
    assert problems == ["Welcome.", "- [Jib](#jib)", "Free."]


def test_markdown_with_parts_is_read_as_articles_and_without_as_a_list_of_terms():
    articles_of_terms = (
        "# Looms\n\n## Warp\n\n### What is a warp?\n\nThreads.\n\n## Weft\n\n### Overview\n\nA thread.\n"
    )
    terms = "# Looms\n\n## Warp\n\nA warp is a set of threads.\n\n## Weft\n\nA weft is a thread.\n"

    assert formats.recognise(articles_of_terms.encode(), "README.md") == "document"
    assert formats.recognise(terms.encode(), "README.md") == "markdown-document"


def test_levels_of_chapters_are_no_entries():
    text = "# A\n\n## Abutment\n\nA support.\n\n## Arch\n\nA curve.\n\n# B\n\n## Buttress\n\nA mass.\n"

    assert [record.name for record in read(text)] == ["Abutment", "Arch", "Buttress"]


# --- Hostile texts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["", "\n \n", "Only a title\n", "One\n\nTwo\n\nThree\n", "Dear all.\n\nBye.\n"]
)
def test_text_without_articles_is_like_nothing(text):
    assert articles.likeness(lines_of(text)) == 0


def test_only_headings_are_refused():
    with pytest.raises(UnreadableFile, match="No entries were found"):
        list(documents.read(b"One\n\nTwo\n\nThree\n"))


def test_signs_of_no_text_are_refused():
    with pytest.raises(UnreadableFile, match="NUL"):
        list(documents.read(PAGE.encode() + b"\x00"))


def test_overlong_article_is_refused_with_its_line():
    text = PAGE.replace(
        "Glaze and body shrink alike", "Glaze and body shrink alike, " * (LONGEST_DEFINITION // 20)
    )
    problem = read(text)[0]

    assert (problem.line, problem.column) == (PAGE[: PAGE.index("Glazing")].count("\n") + 1, "definition")


@pytest.mark.parametrize(
    "piece", ["a", "a ", "- ", "# ", "\t", "|", "$", "```", "(", "**", "1. ", "A: ", "a = ", ";\n(", "•\n"]
)
def test_hostile_repetition_is_read_to_its_end(piece):
    text = piece * (40_000 // len(piece))

    assert articles.likeness(lines_of(text)) <= 1
    assert sum(1 for _ in articles.read(lines_of(text))) < 40_000


LINES = st.sampled_from(
    [
        "", "Loom", "What is a loom?", "A loom is a frame.", "Parts of Looms", "Overview", "1. Beam",
        "Heddle:", "  • One", "    ◦ Two", "  1. Three", "a\tb", "{", "}", "```", "# Loom", "## Beam",
        "| a | b |", "|---|---|", "$ weave", "Skip to content", "3 lines (2 loc) · 9 B", "© Me", "x = 1",
        "**", "$$", "key:", "  value: 1",
    ]
)  # fmt: skip


@settings(max_examples=60)
@given(st.lists(LINES | st.text(max_size=8), max_size=40).map("\n".join))
def test_every_text_can_be_read(text):
    refs = [item.ref for item in read(text) if isinstance(item, TermRecord)]

    assert len(refs) == len(set(refs))
    assert 0 <= articles.likeness(lines_of(text)) <= 1
