from pathlib import Path

import pytest

from terms.errors import UnreadableFile
from terms.formats import documents
from terms.formats.documents import letter_page
from terms.formats.documents.lines import lines_of
from terms.formats.record import RowProblem, TermRecord

PAGE = (Path(__file__).parent.parent / "samples" / "letter-page.txt").read_bytes()


def read(text):
    return list(documents.read(text if isinstance(text, bytes) else text.encode()))


def entry(heading, article):
    """Read one entry, in a page whose other headings make “joinery” a known subject."""
    page = f"glue-up, joinery\n\nGluing boards.\n\ndovetail, joinery\n\nA joint.\n\n{heading}\n\n{article}\n"
    *_, record = read(page)
    return record


def names_of(aliases):
    return [(alias.text, alias.kind) for alias in aliases or ()]


def codes_of(record):
    return [flag.code for flag in record.flags]


# --- The page ------------------------------------------------------------------------------------


def test_every_entry_is_found_and_navigation_is_not():
    records = read(PAGE)

    assert [record.name for record in records] == [
        "Bisque firing", "Wedging", "Cone ten reduction", "CRZ", "Throwing (advanced)", "Glaze fit",
        "Kiln shelf wash", "r-value insulation", "Orton cone", "Seger cone", "Bisque firing",
        "Unwritten entry",
    ]  # fmt: skip


def test_heading_and_line_are_kept():
    records = read(PAGE)

    assert (records[0].heading, records[0].line) == ("bisque firing, kiln work", 10)
    lines = PAGE.decode().split("\n")
    assert all(lines[record.line - 1] == record.heading == record.ref.split("#")[0] for record in records)


def test_same_heading_again_is_a_record_of_its_own():
    assert [record.ref for record in read(PAGE) if record.name == "Bisque firing"] == [
        "bisque firing, kiln work",
        "bisque firing, kiln work#2",
    ]


def test_words_of_the_site_below_the_pager_belong_to_no_entry():
    *_, last = read(PAGE + b"\nContact us\nPrivacy\n")

    assert (last.name, last.definition) == ("Unwritten entry", None)


def test_headings_without_blank_lines_are_found_too():
    records = read("bisque, kiln\nA first firing.\nwedging,clay work\nKneading, done by hand.\n")

    assert [(record.name, record.short_definition) for record in records] == [
        ("Bisque", "A first firing."),
        ("Wedging", "Kneading, done by hand."),
    ]


def test_two_pages_in_one_file_are_one_list():
    twice = PAGE + PAGE

    assert len(read(twice)) == 2 * len(read(PAGE))
    assert len({record.ref for record in read(twice)}) == len(read(twice))


def test_text_before_the_first_heading_is_reported():
    problem, *records = read(
        "Welcome to these pages.\n\nbisque, kiln\n\nA fire.\n\nwedging, clay\n\nKneading.\n"
    )

    assert isinstance(problem, RowProblem)
    assert (problem.line, problem.value) == (1, "Welcome to these pages.")
    assert len(records) == 2


def test_heading_without_article_becomes_a_stub():
    stub = read(PAGE)[-1]

    assert (stub.definition, stub.short_definition, codes_of(stub)) == (None, None, ["definition_missing"])
    assert stub.confidence < 0.5


def test_article_of_several_lines_keeps_them():
    (record,) = read("3 terms\n\nbisque, kiln\n\nA first firing.\n\n- It is dry.\n- It is slow.\n")

    assert record.definition == "A first firing.\n\n- It is dry.\n- It is slow."


def test_overlong_name_is_refused_with_its_line():
    found = read(f"bisque, kiln\n\nA fire.\n\n{'long ' * 45}name, kiln\n\nA word.\n")

    assert (found[1].line, found[1].column) == (5, "name")


@pytest.mark.parametrize("text", ["Dear reader, this is a letter.\n\nIt ends here.\n", "Only a title\n"])
def test_text_of_no_known_shape_is_refused(text):
    assert documents.looks_like(text.encode()) == 0
    with pytest.raises(UnreadableFile, match="No entries were found"):
        read(text)


def test_bytes_that_are_no_text_look_like_nothing():
    assert documents.looks_like(b"\x00\x01") == 0


# --- Names ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heading", "article", "name"),
    [
        ("mortise gauge, joinery", "**Mortise Gauge** is a marking tool.", "Mortise gauge"),
        (
            "japanese saw, joinery",
            "A saw that cuts on the pull; every Japanese workshop has one.",
            "Japanese saw",
        ),
        ("cnc router, joinery", "**CNC Router** is a mill. Any CNC router needs a plan.", "CNC router"),
        ("u-joint, joinery", "**U-Joint** is a hinge. In most cars a U-joint turns the shaft.", "U-joint"),
        ("n-ply board, joinery", "**N-Ply Board** is glued from layers.", "n-ply board"),
        ("macos jig, joinery", "**MacOS Jig** is a holder. This macOS jig holds laptops.", "macOS jig"),
        ("l2 norm, joinery", "**$L_2$ Norm** is a length.", "L2 norm"),
        ("l-infinity norm, joinery", "**$L_\\infty$ Norm** is the largest part.", "L-infinity norm"),
        (
            "tongue and groove joint, joinery",
            "**Tongue And Groove Joint** holds floors.",
            "Tongue and groove joint",
        ),
        ("row of pegs, joinery", "**Row of Pegs (RP)** holds coats.", "Row of pegs"),
        ("shaker peg, joinery", "A peg for coats. The Shaker peg is turned.", "Shaker peg"),
        ("coat shaker peg, joinery", "A peg for coats. The Shaker peg is turned.", "Coat Shaker peg"),
        ("coat black forest peg, joinery", "Carvers near the Black Forest make it.", "Coat Black Forest peg"),
        ("mdf-glued board, joinery", "Sheets of MDF that are glued.", "MDF-glued board"),
        ("gpus rack, joinery", "A shelf for one GPU.", "GPUs rack"),
        ("β-joint, joinery", "Its angle is small.", "β-joint"),
        ("x2go jig, joinery", "x2go jig holds a screen.", "x2go jig"),
        ("16-bit router, joinery", "A mill.", "16-bit router"),
        ("saw v2, joinery", "The second saw.", "Saw v2"),
        ("r² gauge, joinery", "A gauge.", "R² gauge"),
    ],
)
def test_name_takes_its_capitals_from_running_text(heading, article, name):
    assert entry(heading, article).name == name


@pytest.mark.parametrize(
    ("heading", "article", "name"),
    [
        ("arbor nand, joinery", "A rod.", "Arbor NAND"),
        ("wood eulerian, joinery", "A plan of cuts.", "Wood eulerian"),
        ("fry-smith knot, joinery", "A knot.", "Fry-smith knot"),
        ("dovex, joinery", "A rod.", "Dovex"),
        ("nvlane bench, joinery", "A bench.", "Nvlane bench"),
        (".nut washer, joinery", "A ring.", ".nut washer"),
        ("bench lightning, joinery", "Users of Bench Lightning like it.", "Bench lightning"),
    ],
)
def test_capitals_that_nothing_shows_are_doubted(heading, article, name):
    record = entry(heading, article)

    assert (record.name, codes_of(record)) == (name, ["unsure_capitals"])
    assert record.confidence < 0.8


def test_short_ordinary_words_are_not_doubted():
    assert entry("hot glue gun, joinery", "A heated tool.").flags == ()
    assert entry("zero-sand finish, joinery", "A coat of oil.").flags == ()
    assert entry("jomu, joinery", "**Jomu** is waste.").flags == ()


def test_letters_without_a_vowel_are_an_acronym():
    record = entry("tpvx, joinery", "A rod.")

    assert (record.name, record.flags) == ("TPVX", ())


def test_acronym_that_another_heading_explains_is_one():
    page = "medium density board (mdb),medium density board,mdb,joinery\n\nA board.\n\n"

    _, record = read(page + "thin mdb, joinery\n\nA sheet.\n")

    assert record.name == "Thin MDB"


def test_name_is_joined_as_in_its_article():
    record = entry("through tenon joint, joinery", "**Through-Tenon Joint** is a joint.")
    solid = entry("dove tail, joinery", "**Dovetail** is a joint.")

    assert (record.name, codes_of(record)[0]) == ("Through-tenon joint", "unsure_spelling")
    assert (solid.name, names_of(solid.aliases)) == ("Dovetail", [("Dove tail", "spelling_variant")])
    assert max(record.confidence, solid.confidence) < 0.8


def test_search_phrase_yields_to_the_name_in_the_article():
    record = entry(
        "board gluing clamp pressure,panel making,edge joint press,wood panel assembly",
        "**Board Gluing** is the joining of boards to a panel.",
    )

    assert (record.name, record.tags) == ("Board gluing", None)
    assert "title_from_body" in codes_of(record)


def test_heading_that_the_article_does_not_bear_out_is_flagged():
    record = entry("quick panel press,edge joint press,wood panel assembly,clamping", "**Caul** is a strip.")

    assert record.name == "Quick panel press"
    assert "unsure_title" in codes_of(record)


# --- Other names, subjects, search phrases -------------------------------------------------------


@pytest.mark.parametrize(
    ("heading", "article", "aliases", "tags", "keywords"),
    [
        ("rabbet, joinery", "A step.", [], ("joinery",), ()),
        ("rabbet,edge work", "A step.", [], ("edge work",), ()),
        ("rabbet joint, rabbet, joinery", "A step.", [("Rabbet", "synonym")], ("joinery",), ()),
        ("rabbet,rebate,joinery", "A step.", [("Rebate", "synonym")], ("joinery",), ()),
        ("medium density board,mdb", "A board.", [("MDB", "acronym")], None, ()),
        ("mdb,medium density board", "A board.", [("Medium density board", "full_form")], None, ()),
        ("medium board (mb),medium board,mb,joinery", "A board.", [("MB", "acronym")], ("joinery",), ()),
        ("medium board (mb), joinery", "A board.", [("MB", "acronym")], ("joinery",), ()),
        (
            "mb (medium board),mb,medium board,joinery",
            "A board.",
            [("Medium board", "full_form")],
            ("joinery",),
            (),
        ),
        (
            "edge joint (butt seam),edge joint,butt seam,joinery",
            "A joint.",
            [("Butt seam", "synonym")],
            ("joinery",),
            (),
        ),
        (
            "medium board (cut, planed),medium board,cut, planed,joinery",
            "A board.",
            [("Cut, planed", "synonym")],
            ("joinery",),
            (),
        ),
        ("mb (medium board),mb,medium board", "A board.", [("Medium board", "full_form")], None, ()),
        (
            "medium board (mb) press,medium board press,mb press,joinery",
            "A press.",
            [("MB press", "abbreviation")],
            ("joinery",),
            (),
        ),
        (
            "medium board press,mb press,clamping force,glue line",
            "**Medium Board Press** is a press.",
            [("MB press", "abbreviation")],
            None,
            ("clamping force", "glue line"),
        ),
        (
            "capability ratio (cpk),capability ratio,cpk,joinery",
            "A ratio.",
            [("CPK", "abbreviation")],
            ("joinery",),
            (),
        ),
        (
            "marking knife,mk,sharp steel line marking",
            "A blade.",
            [("MK", "acronym")],
            None,
            ("sharp steel line marking",),
        ),
        (
            "wood glue,white glue bond,carpenter paste,bench adhesive,glue open time",
            "**Wood Glue** is a paste, also known as carpenter paste.",
            [("Carpenter paste", "synonym")],
            None,
            ("white glue bond", "bench adhesive", "glue open time"),
        ),
        (
            "rasp,rasp tool,grip,chip clearing,surface,joinery",
            "**Rasp** is a tool with teeth.",
            [("Rasp tool", "synonym")],
            ("joinery",),
            ("grip", "chip clearing", "surface"),
        ),
        (
            "carpentry internationalization,carpentry i18n,foreign fittings,world sizes",
            "**Carpentry Internationalization** is work for other lands.",
            [("Carpentry i18n", "spelling_variant")],
            None,
            ("foreign fittings", "world sizes"),
        ),
        (
            "frame saw,saw frame,blade tension,long cut",
            "**Frame Saw** is a saw.",
            [("Saw frame", "synonym")],
            None,
            ("blade tension", "long cut"),
        ),
    ],
)
def test_parts_of_a_heading_are_told_apart(heading, article, aliases, tags, keywords):
    record = entry(heading, article)

    assert names_of(record.aliases) == aliases
    assert (record.tags, record.keywords) == (tags, keywords)


def test_full_form_is_not_written_like_its_acronym():
    record = entry("seer (seer edge rack), joinery", "**SEER** holds edges; a SEER is heavy.")

    assert (record.name, names_of(record.aliases)) == (
        "SEER",
        [("Seer edge rack", "full_form")],
    )


def test_phrase_with_one_word_of_the_definition_is_a_doubtful_alias():
    record = entry("hand drill,wood drill,hole making,bit set", "**Hand Drill** is a tool that bores wood.")

    assert names_of(record.aliases) == [("Wood drill", "synonym")]
    assert "unsure_alias" in codes_of(record)
    assert record.keywords == ("hole making", "bit set")


def test_unknown_last_part_of_three_is_a_doubtful_subject():
    assert entry("marking knife,scribe,workshop safety", "A blade.").tags == ("workshop safety",)
    assert "unsure_subject" in codes_of(entry("marking knife,scribe,workshop safety", "A blade."))
    assert entry("marking knife,scribe,thin line", "A blade.").tags is None


def test_parenthesis_in_the_article_too_belongs_to_the_name():
    throwing = read(PAGE)[4]

    assert throwing.name == "Throwing (advanced)"
    assert names_of(throwing.aliases) == [("Throwing", "synonym")]
    assert throwing.keywords == ("advanced",)
    assert throwing.qualifier is None


def test_parenthesis_of_the_heading_alone_is_a_qualifier():
    record = entry("plane (tool), joinery", "**Plane** is a tool that smooths wood.")

    assert (record.name, record.qualifier, record.aliases) == ("Plane", "tool", None)


def test_word_in_parentheses_that_is_repeated_may_be_another_name():
    record = entry("cause chart (bones),cause chart,bones,joinery", "A chart.")

    assert (record.name, record.keywords) == ("Cause chart (bones)", ("bones",))
    assert "unsure_alias" in codes_of(record)
    assert record.confidence < 0.8


def test_parenthesis_that_cannot_be_told_is_flagged():
    assert "unsure_title" in codes_of(entry("press (hand, joinery", "A press."))


def test_whatever_is_flagged_as_unsure_is_below_what_counts_as_sure():
    for record in [*read(PAGE), *read(SHORT_PAGE)]:
        if any(code.startswith("unsure") for code in codes_of(record)):
            assert record.confidence < 0.8


def test_guesses_lower_the_confidence():
    plain = entry("rabbet, joinery", "A step.")
    from_body = entry("rabbet cut,edge step,wood notch,long recess", "**Rabbet** is a step.")
    doubtful = entry("hand drill,wood drill,hole making,bit set", "**Hand Drill** is a tool that bores wood.")

    assert 1 > plain.confidence > from_body.confidence > doubtful.confidence > 0


# --- Texts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("article", "short"),
    [
        ("**Rasp** is **a coarse file for wood** - It leaves a rough face.", "A coarse file for wood."),
        ("**Rasp** is a **coarse file** — it bites.", "A coarse file."),
        ("**Rasp** is the **coarsest file**. It bites.", "The coarsest file."),
        ("**Rasps** are files with teeth. They bite.", "Files with teeth."),
        ("**Rasp** — a coarse file. It bites.", "A coarse file."),
        ("A rasp is a coarse file, e.g. for wood. It bites.", "A coarse file, e.g. for wood."),
        ("Rasps bite into wood. They are coarse.", "Rasps bite into wood."),
        (
            "**Rasp** is a file with `teeth` and [handle](https://example.org). It bites.",
            "A file with teeth and handle.",
        ),
        ("**Rasp** is a file with $n$ teeth. It bites.", "A file with n teeth."),
        ("**Rasp** is a file with $\\frac{n}{2}$ teeth. It bites.", None),
        (f"**Rasp** is a {'very ' * 40}coarse file. It bites.", None),
    ],
)
def test_short_definition_says_what_it_is_or_is_left_open(article, short):
    record = entry("rasp, joinery", article)

    assert record.short_definition == short
    assert ("short_definition_missing" in codes_of(record)) == (short is None)
    assert record.definition == article


def test_one_line_definition_says_nothing_about_the_article():
    record = entry("rasp, joinery", "**Rasp** is a coarse file for wood.")

    assert (record.short_definition, record.definition) == ("A coarse file for wood.", None)


def test_predicate_in_short_keeps_the_rest_of_the_sentence_in_the_definition():
    record = entry("rasp, joinery", "**Rasp** is **a coarse file** - it bites into wood.")

    assert record.short_definition == "A coarse file."
    assert "it bites into wood" in record.definition


def test_article_gets_its_structure_back_with_its_flags():
    firing = read(PAGE)[0]
    broken = entry("rasp, joinery", "**Rasp** is a file. Its pitch is $frac{1}{n}$ and")

    assert "\n\n### Why Bisque Firing Matters\n\n- **Handling**: Pots break less.\n" in firing.definition
    assert codes_of(broken) == ["formula_lost_backslashes", "cut_off"]


def test_everything_read_is_a_record_or_a_problem():
    assert all(isinstance(item, TermRecord) for item in read(PAGE))


def test_long_prose_with_a_few_lines_like_headings_is_no_letter_page():
    chapter = "A heading\n\nA paragraph of prose, which goes on.\n\n- one item\n- another item\n\n" * 20
    text = chapter + "so it goes, they said\n\nA reply.\n\nand so on, they said\n\nA last reply.\n"

    assert letter_page.likeness(lines_of(text)) == 0


# --- Pages of short definitions --------------------------------------------------------------------

SHORT_PAGE = """\
< Back to the greenhouse
Garden Glossary
A B C D E F G H I J K L M N O P Q R S T U V W X Y Z All
Page 2 of 9 (412 entries)
1,3-dichloropropene, soil fumigants
A fumigant against worms in the soil.
annual, plants
a plant that lives for one season
cultivar (cv),cultivar,cv,botany
A variety made by people.
deep water culture, dwc, hydroponics
Roots hang in water that is fed and aired.
dna marker,breeding
A stretch of DNA that shows which plants carry a trait.
eutrophication,algal bloom,water quality
Too much food for algae in a pond.
i/o valve, irrigation
Lets water in and out.
pgr (plant growth regulator),pgr,plant growth regulator,plant nutrition
Keeps plants low or makes them tall.
rose (climbing),rose,climbing,plants
A rose on long canes.
Next »
"""


def test_one_line_definitions_between_headings_of_all_dialects():
    records = {record.name: record for record in read(SHORT_PAGE)}

    assert {name: (names_of(record.aliases), record.tags) for name, record in records.items()} == {
        "1,3-dichloropropene": ([], ("soil fumigants",)),
        "Annual": ([], ("plants",)),
        "Cultivar": ([("CV", "abbreviation")], ("botany",)),
        "Deep water culture": ([("DWC", "acronym")], ("hydroponics",)),
        "DNA marker": ([], ("breeding",)),
        "Eutrophication": ([("Algal bloom", "synonym")], ("water quality",)),
        "I/O valve": ([], ("irrigation",)),
        "PGR": ([("Plant growth regulator", "full_form")], ("plant nutrition",)),
        "Rose (climbing)": ([("Rose", "synonym")], ("plants",)),
    }
    assert all(record.short_definition and record.definition is None for record in records.values())


def test_guesses_of_a_short_page_are_flagged():
    flagged = {record.name: codes_of(record) for record in read(SHORT_PAGE) if record.flags}

    assert flagged == {
        "Cultivar": ["unsure_capitals"],
        "Eutrophication": ["unsure_subject", "unsure_alias"],
        "Rose (climbing)": ["unsure_alias"],
    }


def test_short_and_long_page_of_the_same_headings_fit_together():
    headings = [
        "kiln wash, kilns",
        "orton cone,kilns",
        "bisque (soft),bisque,soft,firing",
        "kiln wash, kilns",
    ]
    short_page = "9 terms\n\n" + "\n\n".join(f"{heading}\n\nOne line on it." for heading in headings)
    article = "**It** is **one line on it**. **Uses** - **Now**: Some. - **Then**: Others."
    long_page = "9 terms\n\n" + "\n\n".join(f"{heading}\n\n{article}" for heading in headings)

    short, long = read(short_page), read(long_page)

    assert [(record.ref, record.name, record.tags) for record in short] == [
        (record.ref, record.name, record.tags) for record in long
    ]
    assert all(record.definition is None for record in short)
    assert all("### Uses" in record.definition for record in long)


def test_capitals_come_from_other_entries_if_the_own_text_has_none():
    page = (
        "orton cone, kilns\n\nA slender pyramid.\n\nkiln sitter, kilns\n\nIt holds an Orton cone in place.\n"
    )

    assert [record.name for record in read(page + "lost orton, kilns\n\nA gap.\n")] == [
        "Orton cone",
        "Kiln sitter",
        "Lost Orton",
    ]


def test_subject_that_is_short_for_a_name_stays_a_subject():
    page = (
        "x-bar chart, spc\n\nA chart of means.\n\nstatistical process control, spc\n\nWatching a process.\n"
    )

    chart, control = read(page)

    assert chart.tags == control.tags == ("spc",)
    assert "unsure_subject" in codes_of(control)


def test_code_in_an_article_of_several_lines_keeps_its_indentation():
    (record,) = read("3 terms\n\nloop, code\n\nA loop.\n\n```\nfor x in y:\n    print(x)\n```\n")

    assert "```\nfor x in y:\n    print(x)\n```" in record.definition


def test_table_behind_the_first_sentence_is_not_part_of_it():
    record = entry("rasp, joinery", "**Rasp** is a coarse file. | Cut | Use | |---|---| | 8 | rough |")

    assert record.short_definition == "A coarse file."


@pytest.mark.parametrize(
    ("article", "short"),
    [
        ("The handle is made of ash. It is long.", "The handle is made of ash."),
        ("Rasps are used on wood. They bite.", "Rasps are used on wood."),
        ("Files are harder than rasps. They last.", "Files are harder than rasps."),
        ("A rasp is one of the following: coarse, fine.", "One of the following: coarse, fine."),
    ],
)
def test_only_what_is_said_of_the_name_loses_it(article, short):
    assert entry("rasp, joinery", article).short_definition == short
