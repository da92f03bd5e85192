import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terms.errors import UnreadableFile
from terms.formats import documents
from terms.formats.documents import tag_page
from terms.formats.documents.lines import lines_of
from terms.formats.record import RowProblem, TermRecord

PAGE = """\
Tag: seamanship
12 topic(s)
- BowlineA bowline is a knot that makes a loop which does not slip.
- Man Overboard (MOB)Man overboard is the call when somebody falls in. One person keeps an eye on them.
- AISAIS sends name, course and speed of a ship to others nearby.
- VHF ChannelA VHF channel is a frequency that is set aside for one use.
- GPS (Global Positioning System)GPS finds a position from the signals of satellites.
- Reefing (Shortening Sail)Reefing makes the sail smaller. Shortening sail early keeps the boat upright.
- Leeway (in Tidal Waters)Leeway is the angle \\( \\alpha \\) by which wind pushes a boat off course.
- What is a sea anchor?In a storm, a sea anchor holds the bow into the waves.
- AutoTackAutoTack is a device that turns a boat through the wind by itself.
- SpinnakerA light sail of large area, flown before the wind.
- k-Factor Rulek-factor rule is a rule of thumb for the load on a line.
- Drift Angle
"""


def read(text):
    return list(documents.read(text.encode()))


def records_of(text):
    return [one for one in tag_page.read(lines_of(text)) if isinstance(one, TermRecord)]


def entry(glued):
    """Read one entry of a page."""
    return records_of(f"Tag: x\n- {glued}\n")[0]


def codes_of(record):
    return [flag.code for flag in record.flags]


# --- The page --------------------------------------------------------------------------------------


def test_titles_are_split_from_their_texts():
    texts = [
        (record.name, (record.definition or record.short_definition or "")[:14]) for record in read(PAGE)
    ]

    assert texts == [
        ("Bowline", "A knot that ma"),
        ("Man overboard", "Man overboard "),
        ("AIS", "AIS sends name"),
        ("VHF channel", "A frequency th"),
        ("GPS", "GPS finds a po"),
        ("Reefing", "Reefing makes "),
        ("Leeway", "Leeway is the "),
        ("Sea anchor", "In a storm, a "),
        ("AutoTack", "A device that "),
        ("Spinnaker", "A light sail o"),
        ("k-factor rule", "A rule of thum"),
        ("Drift angle", ""),
    ]  # fmt: skip


def test_title_as_it_stands_and_line_are_kept():
    for number, record in enumerate(read(PAGE), start=3):
        assert record.line == number
        assert PAGE.split("\n")[number - 1].startswith(f"- {record.heading}")
        assert record.ref == record.heading


def test_all_entries_have_the_tag_of_their_page():
    two_pages = "Tag: knots, ropes\n- BendA bend joins ropes.\nTag: sails\n- JibA jib is a sail.\n"

    assert [record.tags for record in records_of(two_pages)] == [("knots", "ropes"), ("sails",)]


def test_page_without_its_tag_says_nothing_on_tags():
    bullets = "- JibA jib is a sail.\n- KeelA keel is a fin.\n- HelmThe helm is a wheel.\n"

    assert [record.tags for record in read(bullets)] == [None, None, None]


def test_page_with_fewer_entries_than_it_says_is_reported():
    problem, *records = read("Tag: sails\n3 topics\n- JibA jib is a sail.\n- GaffA gaff is a spar.\n")

    assert isinstance(problem, RowProblem)
    assert (problem.line, problem.value, problem.fatal) == (2, "3", False)
    assert "2 were found" in problem.message
    assert len(records) == 2


def test_lines_that_belong_to_no_entry_are_reported():
    *_, problem = tag_page.read(lines_of("Tag: sails\n- JibA jib is a sail.\n\n© The Sail Makers\n"))

    assert (problem.line, problem.value) == (4, "© The Sail Makers")


def test_text_that_goes_on_in_the_next_line_is_joined():
    (record,) = records_of("Tag: sails\n- JibA jib is a sail which is\nset before the mast.\n")

    assert record.short_definition == "A sail which is set before the mast."


def test_title_on_a_line_of_its_own_has_the_next_for_its_text():
    (record,) = records_of("Tag: sails\n- Storm jib\n  The smallest of all sails.\n")

    assert (record.heading, record.short_definition) == ("Storm jib", "The smallest of all sails.")


def test_formulas_are_written_between_dollars_and_amounts_stay_amounts():
    record = entry(
        "Drag \\LawDrag grows as \\( v^2 \\), as \\[ F = c v^2 \\] says; it costs $5 to $9 an hour."
    )

    assert "grows as $v^2$, as" in record.definition
    assert "$$F = c v^2$$" in record.definition
    assert "costs \\$5 to \\$9" in record.definition


def test_formula_that_is_never_closed_stays_and_is_flagged():
    record = entry("DragDrag grows as \\( v^2 with the speed of a boat.")

    assert "\\( v^2" in record.definition
    assert "formula_unclosed" in codes_of(record)


# --- How sure the split is -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("glued", "title"),
    [
        ("Heaving ToHeaving to brings a boat almost to a stop.", "Heaving To"),
        ("EPIRBAn EPIRB calls for help by itself.", "EPIRB"),
        ("EPIRBEPIRB beacons call for help.", "EPIRB"),
        ("Vitamin AA lack of vitamin A harms the eyes.", "Vitamin A"),
        ("Vitamin AVitamin A is found in carrots.", "Vitamin A"),
        ("iPhone caseiPhone case is a shell.", "iPhone case"),
        ("Mark 2Mark 2 is the newer model.", "Mark 2"),
        ("CardioVertCardioVert is a device.", "CardioVert"),
        ("Trim TabsA trim tab is a small fin.", "Trim Tabs"),
        ("Force MajeureWhen it strikes, force majeure frees a party.", "Force Majeure"),
        ("Estoppel (Promissory)It keeps a person to a promise.", "Estoppel (Promissory)"),
        ("How is a sail furled?From the clew, by two people.", "How is a sail furled?"),
        ("Escrow AccountMoney is held there by a third person.", "Escrow Account"),
        ("Weigh Anchor“Weigh anchor” is the order to lift it.", "Weigh Anchor"),
    ],
)
def test_split_is_found_and_sure(glued, title):
    split = tag_page.split(glued)

    assert (split.title, split.text) == (title, glued[len(title) :])
    assert split.certainty >= 0.8


@pytest.mark.parametrize(
    ("glued", "title"),
    [
        ("SailMakerA person who cuts and sews sails.", "SailMaker"),
        ("MacGregorBy name a boat of the West.", "MacGregor"),
        ("ASWA wind from the south-west by west.", "ASW"),
        ("A halyard is a rope that lifts a sail.", "halyard"),
    ],
)
def test_split_that_is_guessed_is_flagged(glued, title):
    record = entry(glued)

    assert record.heading == title
    assert record.confidence < 0.8
    assert "unsure_split" in codes_of(record)


def test_title_without_a_text_is_a_doubtful_stub():
    record = read(PAGE)[-1]

    assert (record.confidence < 0.8, codes_of(record)) == (True, ["definition_missing"])


def test_entry_that_cannot_be_split_is_refused_with_its_line():
    (problem,) = tag_page.read(lines_of("Tag: x\n- somewhere beyond the sea, they say.\n"))

    assert (problem.line, problem.column, problem.fatal) == (2, "name", True)


# --- Titles ----------------------------------------------------------------------------------------


def test_parentheses_become_names_only_if_they_are():
    names = {record.name: record for record in read(PAGE)}

    assert [alias.text for alias in names["Man overboard"].aliases] == ["MOB"]
    assert [alias.text for alias in names["GPS"].aliases] == ["Global Positioning System"]
    assert [alias.text for alias in names["Reefing"].aliases] == ["Shortening sail"]
    assert (names["Leeway"].aliases, names["Leeway"].qualifier) == (None, "tidal waters")


def test_thing_that_only_a_later_sentence_speaks_of_is_an_example_and_doubted():
    record = entry("Statins (Lowerol)Statins lower the fat in the blood. Lowerol is given most often.")

    assert (record.aliases, record.keywords) == (None, ("Lowerol",))
    assert record.confidence < 0.8


def test_attribute_in_parentheses_is_put_in_front_and_doubted():
    record = entry("Estoppel (Promissory)Promissory estoppel keeps a person to a promise.")

    assert [alias.text for alias in record.aliases] == ["Promissory estoppel"]
    assert record.confidence < 0.8


def test_question_gives_the_name_that_it_asks_for_and_is_doubted():
    record = entry("What is a stay in heavy weather?A stay is a wire that holds the mast.")

    assert (record.name, record.qualifier) == ("Stay", "heavy weather")
    assert record.heading == "What is a stay in heavy weather?"
    assert record.confidence < 0.8


def test_question_that_asks_for_no_thing_stays_and_is_doubted():
    record = entry("How does a kedge hold?A kedge digs into the ground.")

    assert (record.name, codes_of(record)) == ("How does a kedge hold?", ["unsure_title"])


def test_name_without_its_class_is_taken_from_the_text_and_doubted():
    record = entry("Danforth AnchorDanforth is a light anchor with two flukes.")

    assert (record.name, [alias.text for alias in record.aliases]) == ("Danforth", ["Danforth anchor"])
    assert codes_of(record) == ["title_from_body"]


def test_name_that_the_text_shortens_without_its_class_is_doubted():
    record = entry("Bruce AnchorBruce holds well in sand and was made for oil rigs.")

    assert (record.name, codes_of(record)) == ("Bruce anchor", ["unsure_title"])


def test_names_of_people_joined_by_hyphens_keep_their_capitals():
    record = entry("Fry-Smith Knot (FSK)The Fry-Smith knot is a knot for thin lines.")

    assert record.name == "Fry-Smith knot"


def test_field_in_parentheses_loses_its_article():
    assert entry("Berth (in a Marina)A berth is a place to lie.").qualifier == "marina"


def test_question_loses_its_quotation_marks():
    assert entry("What does “luff” mean?To luff is to turn to the wind.").name == "Luff"


def test_expansion_of_an_ordinary_word_is_written_small():
    record = entry("Rating (Racing Attainment Grading)Rating sets the handicap of a boat.")

    assert [alias.text for alias in record.aliases] == ["Racing attainment grading"]


def test_capitals_that_the_text_gives_to_a_name_are_doubted():
    record = entry("Uniform Sale CodeUniform Sale Code is a set of rules.")

    assert codes_of(record) == ["unsure_capitals"]


def test_spelling_that_the_page_prefers_is_taken_and_the_other_kept():
    record, *_ = records_of(
        "Tag: x\n- ForedeckForedeck is short.\n- CleatA cleat sits on the fore-deck.\n"
        "- HatchA hatch is in the fore-deck.\n- JibA jib is above the fore-deck.\n"
    )

    assert (record.name, [alias.text for alias in record.aliases]) == ("Fore-deck", ["Foredeck"])
    assert codes_of(record)[0] == "unsure_spelling"


# --- What is no tag page, and hostile texts --------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Shopping list\n- bread\n- two tins of milk\n- Something nice\n",
        "Boats\n- Jib: a sail at the bow of a boat\n- Helm: a wheel or tiller\n",
        "Bowline: A knot with a loop.\n\nJib: A sail before the mast.\n",
        "kaizen, quality\n\nWork that gets better.\n\nkanban, supply\n\nA card.\n",
        "Tag: x\n0 topics\n",
    ],
)
def test_other_texts_do_not_look_like_it(text):
    assert tag_page.likeness(lines_of(text)) == 0


@pytest.mark.parametrize(
    "text",
    ["a" * 2_000_000, "- " + "Aa" * 1_000_000, "- " + "A" * 2_000_000, "Tag: " + "x" * 2_000_000,
     "- What is " + "a " * 1_000_000 + "?", "- Aa" + "\\(" * 1_000_000],
    ids=["letters", "capitals", "capitals only", "tag", "question", "formulas"],
)  # fmt: skip
def test_two_megabytes_on_one_line_take_no_time(text):
    assert tag_page.likeness(lines_of(text)) == 0
    assert all(isinstance(one, RowProblem) for one in tag_page.read(lines_of(text)))


def test_only_headings_and_nul_are_refused():
    for data in (b"Tag: x\n", b"Tag: x\n- JibA jib\x00 is a sail.\n"):
        with pytest.raises(UnreadableFile):
            list(documents.read(data))


_PIECES = st.sampled_from([
    "Term", "term", "ABC", "A ", " is a ", ": ", "(", ")", "()", "?", "- ", "\n", "\n\n", "Tag: x\n",
    "2 topics\n", "\\(", "\\)", "$", ". ", ", ", "é", "ß", "İ", "\u200b", "What is ",
])  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(_PIECES, max_size=30).map("".join))
def test_any_text_gives_records_with_names_or_problems(text):
    for record in records_of(text):
        assert record.name.strip()
        assert " ".join(record.heading.split()) in " ".join(text.split())
        assert 0 <= record.confidence <= 1
