import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terms.errors import UnreadableFile
from terms.formats import documents
from terms.formats.documents import sectioned
from terms.formats.documents.lines import lines_of
from terms.formats.record import RowProblem, TermRecord

HANDOUT = """\
Words for the Crew

Bowline: A knot that makes a fixed loop at the end of a rope.

Man Overboard (MOB): A person has fallen into the water. The crew shouts it aloud.

Clove Hitch (CH) is a knot of two half hitches around a post.



A sheet bend on ropes of two colours

Source: <https://knots.example.org/sheet-bend>

Sheet Bend (Becket Bend): A knot that joins two ropes of unequal size.

Rigging

Useful Links:

- <https://rigs.example.org/basics>
- <https://rigs.example.org/wire>

Standing Rigging (SR): The wires and rods that hold up the mast. Parts of it:

- **Masthead Stay:** A wire that runs from the bow to the top of the mast.
- **Lower Shrouds:** Wires at the side, which keep the mast from bending where the

12

spreaders push it.
- **Tension:** It is checked with a gauge before each season.
- **Turnbuckle:** A screw by which a wire is made shorter.

Self Tacking Jib

Useful Link: <https://rigs.example.org/jib>

Boom Vang (BV)

Boom Vang (BV): It is a tackle that holds the boom down.
"""


def read(text):
    return list(documents.read(text.encode()))


def read_shape(text):
    return list(sectioned.read(lines_of(text)))


def records_of(text):
    return [one for one in read_shape(text) if isinstance(one, TermRecord)]


def by_name(text):
    return {record.name: record for record in records_of(text)}


def entry(heading, text="A thing of the sea."):
    """Read one entry of a document."""
    return records_of(f"{heading}: {text}\n")[0]


def codes_of(record):
    return [flag.code for flag in record.flags]


# --- The document ----------------------------------------------------------------------------------


def test_every_entry_is_found_and_captions_links_and_page_numbers_are_none():
    assert [record.name for record in read(HANDOUT)] == [
        "Bowline", "Man overboard", "Clove hitch", "Sheet bend", "Standing rigging", "Masthead stay",
        "Lower shrouds", "Turnbuckle", "Self tacking jib", "Boom vang",
    ]  # fmt: skip


def test_heading_and_line_are_kept():
    lines = HANDOUT.split("\n")

    for record in read(HANDOUT):
        assert record.heading in lines[record.line - 1]
        assert record.ref == record.heading


def test_same_heading_again_is_a_record_of_its_own():
    first, second = records_of("Sheet: A line of a sail.\n\nSheet: A line that trims the jib.\n")

    assert (first.ref, second.ref) == ("Sheet", "Sheet#2")


def test_section_is_kept_with_its_links_and_is_no_tag():
    record = by_name(HANDOUT)["Standing rigging"]

    assert record.further == {
        "section": "Rigging",
        "section_links": ["https://rigs.example.org/basics", "https://rigs.example.org/wire"],
    }
    assert (record.tags, record.sources) == (None, None)


def test_first_line_is_the_title_of_the_document_and_no_section():
    assert by_name(HANDOUT)["Bowline"].further == {}


def test_short_definition_is_the_sentence_behind_the_colon():
    names = by_name(HANDOUT)

    assert (names["Bowline"].short_definition, names["Bowline"].definition) == (
        "A knot that makes a fixed loop at the end of a rope.",
        None,
    )
    assert names["Man overboard"].definition == (
        "A person has fallen into the water. The crew shouts it aloud."
    )


def test_entry_without_a_colon_keeps_its_whole_sentence():
    record = by_name("Reef Knot (RK) is a knot.\n\nHalyard: A rope.\n\nGaff Rig is a kind of rig.\n")[
        "Gaff rig"
    ]

    assert (record.heading, record.definition or record.short_definition) == ("Gaff Rig", "A kind of rig.")
    assert record.confidence < 0.8
    assert codes_of(record) == ["unsure_entry"]


def test_acronym_makes_an_entry_without_a_colon_sure():
    record = by_name(HANDOUT)["Clove hitch"]

    assert (record.heading, record.confidence) == ("Clove Hitch (CH)", 0.9)


@pytest.mark.parametrize("begin", ["Clove Hitch (CH) holds", "A Clove Hitch (CH) is what holds"])
def test_other_entries_without_a_colon_are_doubted(begin):
    _, record = records_of(f"Bend: A knot of two ropes.\n\n{begin} a rope on a post.\n")

    assert (record.heading, record.name) == ("Clove Hitch (CH)", "Clove hitch")
    assert (record.confidence < 0.8, codes_of(record)) == (True, ["unsure_entry"])


def test_figure_belongs_to_the_entry_that_it_speaks_of():
    (source,) = by_name(HANDOUT)["Sheet bend"].sources

    assert source.title == "A sheet bend on ropes of two colours"
    assert source.url == "https://knots.example.org/sheet-bend"


def test_source_below_an_entry_belongs_to_it():
    first, _ = records_of(
        "Keel: The fin below a boat.\n\nSource: <https://a.example/keels>\n\nHull: The body of a boat.\n"
    )

    assert [source.url for source in first.sources] == ["https://a.example/keels"]


@pytest.mark.parametrize("begin", ["Photo credit: ", "Photo: courtesy of ", "Courtesy of ", "Source: "])
def test_source_without_an_address_is_kept_by_its_words(begin):
    first, _ = records_of(f"Keel: The fin of a boat.\n\n{begin}J. Smith, 1987\n\nHull: A body.\n")

    assert [(source.title, source.url) for source in first.sources] == [("J. Smith, 1987", "")]


def test_caption_without_a_source_is_reported():
    _, problem, _ = read_shape(
        "Keel: The fin below a boat.\n\nFigure 2: Keels of three yachts\n\nHull: The body of a boat.\n"
    )

    assert isinstance(problem, RowProblem)
    assert (problem.line, problem.value) == (3, "Figure 2: Keels of three yachts")


def test_heading_with_links_only_is_a_stub_with_these_links():
    stub = by_name(HANDOUT)["Self tacking jib"]

    assert (stub.definition, stub.short_definition, codes_of(stub)) == (None, None, ["definition_missing"])
    assert [source.url for source in stub.sources] == ["https://rigs.example.org/jib"]
    assert stub.confidence < 0.5


def test_contents_and_references_are_no_stubs():
    names = by_name(
        "Words\n\nContents\n\nSails\n\nSails\n\nJib: A bow sail.\n\nMain: The big sail.\n\nReferences\n"
    )

    assert list(names) == ["Jib", "Main"]


def test_heading_of_a_section_and_of_an_entry_is_one_term():
    (record,) = [record for record in read(HANDOUT) if record.name == "Boom vang"]

    assert HANDOUT.split("\n")[record.line - 1].startswith("Boom Vang (BV): ")


# --- Lists -----------------------------------------------------------------------------------------


def test_bullets_become_a_markdown_list_of_the_definition():
    record = by_name(
        "Head: Toilet.\n\nRig: All that holds the sails. Kinds:\n\n• sloop\n   • old\n• ketch\n"
    )["Rig"]

    assert record.definition == "All that holds the sails. Kinds:\n\n- sloop\n  - old\n- ketch"


def test_bullets_that_define_something_are_terms_besides():
    names = by_name(HANDOUT)

    assert names["Masthead stay"].short_definition == "A wire that runs from the bow to the top of the mast."
    assert names["Masthead stay"].further["parent"] == "Standing Rigging (SR)"
    assert "- **Masthead Stay:** A wire" in names["Standing rigging"].definition


def test_one_word_that_comes_back_to_the_entry_is_an_aspect_and_no_term():
    assert "Tension" not in by_name(HANDOUT)


def test_one_word_that_is_defined_may_be_a_term():
    assert by_name(HANDOUT)["Turnbuckle"].confidence < 0.8


def test_bullets_below_a_heading_are_entries():
    names = by_name("Knots\n\n- **Bowline:** A knot with a loop.\n- **Half Hitch:** A turn on a post.\n")

    assert list(names) == ["Bowline", "Half hitch"]


def test_steps_are_no_terms():
    names = by_name(
        "Jib: A sail.\n\nTack: A turn. Steps:\n\n1. Hard turn: push the tiller away.\n2. Go on.\n"
    )

    assert list(names) == ["Jib", "Tack"]


def test_text_that_only_looks_like_a_block_stays_text():
    assert entry("Crew Number", "# of persons on board. It is written in the log.").definition == (
        "\\# of persons on board. It is written in the log."
    )


def test_numbered_steps_stay_in_the_definition():
    record = by_name(
        "Tacking: A turn through the wind.\n1. Warn the crew.\n2. Turn the helm.\n\nJib: A sail.\n"
    )

    assert record["Tacking"].definition == "A turn through the wind.\n\n1. Warn the crew.\n2. Turn the helm."


# --- Damage ----------------------------------------------------------------------------------------


def test_sentence_cut_by_a_page_break_is_joined_and_flagged():
    names = by_name(HANDOUT)

    assert "bending where the spreaders push it." in names["Lower shrouds"].short_definition
    for name in ("Lower shrouds", "Standing rigging"):
        assert "joined_lines" in codes_of(names[name])
        assert names[name].confidence < 0.8


def test_lines_of_a_narrow_window_are_joined_without_a_flag():
    (first, second) = records_of(
        "Keel: The fin below the hull that\nkeeps a boat upright. It is\nheavy.\nHelm: A wheel or tiller.\n"
    )

    assert first.definition == "The fin below the hull that keeps a boat upright. It is heavy."
    assert (codes_of(first), second.name) == ([], "Helm")


def test_text_that_breaks_off_is_flagged():
    assert "cut_off" in codes_of(entry("Keel", "The fin below a boat. It is made of lead, iron and"))


def test_formulas_in_brackets_are_written_between_dollars():
    record = entry(
        "Hull Speed", "The speed \\( v = 1.34 \\sqrt{l} \\) at which a wave is as long as the hull."
    )

    assert record.definition == ("The speed $v = 1.34 \\sqrt{l}$ at which a wave is as long as the hull.")


# --- What is no entry ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "There are three kinds of knots: bends, hitches and loops of all sorts.",
        "Note: In some harbours this is forbidden by the rules of the port.",
        "This is how it goes: first the sail, then the line, then the boat.",
    ],
)
def test_sentence_with_a_colon_belongs_to_the_entry_above(line):
    names = by_name(f"Keel: The fin below a boat.\n\n{line}\n\nHull: The body of a boat.\n")

    assert list(names) == ["Keel", "Hull"]
    assert line in names["Keel"].definition


def test_words_of_sentences_are_names_when_they_have_capitals():
    names = by_name("IT Desk: It is where you can ask.\n\nCAN Bus: A wire.\n\nLast Will: It can be short.\n")

    assert list(names) == ["IT desk", "CAN bus", "Last will"]


def test_text_of_no_entry_is_told_of():
    problem, *_ = read_shape("Crew\n\nFor those who sail with us.\n\nSails\n\nJib: A bow sail.\n")

    assert (problem.value, problem.fatal) == ("For those who sail with us.", False)


def test_sentence_like_heading_among_titles_is_doubted():
    names = by_name("Storm Jib: A small sail.\n\n" * 5 + "Some good ways with a jib: to furl it.\n")

    assert codes_of(names["Some good ways with a jib"]) == ["unsure_entry"]


@pytest.mark.parametrize(
    "text",
    [
        "Dear Sir,\n\nI have three questions: when, where and how?\n\nPlace: Vienna\n\nYours\n",
        "Ann: did you see the draft?\nBob: yes, half of it.\nAnn: what do you think?\nBob: it is too long.\n",
        "The Town\n\nThe town was founded by monks. They built a wall.\n\nIn 1402 the wall fell.\n",
        "- **Bowline:** A knot with a loop.\n",
        "kaizen, quality\n\nWork that gets better.\n\nkanban, supply\n\nA card.\n",
        "",
    ],
)
def test_other_texts_do_not_look_like_it(text):
    assert sectioned.likeness(lines_of(text)) == 0


def test_only_headings_are_refused():
    with pytest.raises(UnreadableFile):
        read("Knots\n\nSails\n\nRigging\n")


# --- Headings --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heading", "name", "aliases"),
    [
        ("Very High Frequency (VHF)", "Very high frequency", [("VHF", "acronym")]),
        ("VHF (Very High Frequency)", "VHF", [("Very High Frequency", "full_form")]),
        ("Electrocardiogram (ECG)", "Electrocardiogram", [("ECG", "acronym")]),
        ("Liquidated Damages (LDs)", "Liquidated damages", [("LDs", "acronym")]),
        ("Atrial Fibrillation (AF or AFib)", "Atrial fibrillation", [("AF", "acronym"), ("AFib", "acronym")]),
        ("SOS Call (Save Our Souls)", "SOS call", [("Save our souls", "full_form")]),
        ("Man Overboard (MOB) Drill", "Man overboard drill", [("MOB drill", "abbreviation")]),
        ("Great Cabin (Great Saloon)", "Great cabin", [("Great saloon", "synonym")]),
        ("Genoa (also Lapper)", "Genoa", [("Lapper", "synonym")]),
        ("Half Deck (formerly Cuddy)", "Half deck", [("Cuddy", "former_name")]),
        ("Gybe (also called Wear)", "Gybe", [("Wear", "synonym")]),
        ("Half Deck (HD; formerly Cuddy)", "Half deck", [("HD", "acronym"), ("Cuddy", "former_name")]),
        ("Genoa (or Lapper, also Reacher)", "Genoa", [("Lapper", "synonym"), ("Reacher", "synonym")]),
    ],
)
def test_other_names_in_parentheses_are_aliases(heading, name, aliases):
    record = entry(heading)

    assert record.name == name
    assert [(alias.text, alias.kind) for alias in record.aliases] == aliases
    assert record.confidence >= 0.8


def test_parenthesis_that_the_text_calls_a_name_is_an_alias():
    record = entry("Spinnaker (Kite)", "A light sail, also called kite, for soft winds.")

    assert [(alias.text, alias.kind) for alias in record.aliases] == [("Kite", "synonym")]
    assert record.confidence >= 0.8


@pytest.mark.parametrize(
    ("heading", "text"),
    [
        ("Knot (usually of Hemp)", ""),
        ("Sail (e.g. Jib, Genoa)", ""),
        ("Beta Blocker (Metoprolol)", "A drug such as metoprolol that slows the heart."),
        ("Consideration (noun)", ""),
        ("Sheet(s)", ""),
        ("Watches (before and after noon)", ""),
        ("AIS (radio system)", ""),
    ],
)
def test_examples_and_remarks_in_parentheses_are_no_aliases(heading, text):
    record = entry(heading, text or "A thing of the sea.")

    assert (record.aliases, record.keywords) == (None, ())
    assert record.heading == heading
    assert "(" not in record.name


def test_field_in_parentheses_is_the_qualifier():
    record = entry("Sheet (in Sailing Races)")

    assert (record.name, record.qualifier, record.aliases) == ("Sheet", "sailing races", None)


@pytest.mark.parametrize("inside", ["Kite", "kite", "red sail", "TrimCo", "XYZ", "Jib, Genoa"])
def test_parenthesis_that_nothing_explains_is_flagged(inside):
    record = entry(f"Spinnaker ({inside})")

    assert record.confidence < 0.8
    assert "unsure_parenthesis" in codes_of(record)


# --- Spelling --------------------------------------------------------------------------------------


def test_capitals_follow_the_sentences_of_the_document():
    names = by_name(
        "Beaufort Scale: A scale of wind.\n\nLow Beaufort Wind: A wind of little force.\n\n"
        "Gale: A wind of eight on the scale of Beaufort or more.\n\nVHF Radio: A radio for the sea.\n"
    )

    assert list(names) == ["Beaufort scale", "Low Beaufort wind", "Gale", "VHF radio"]


def test_single_letters_keep_their_capital():
    assert entry("Vitamin K Deficiency").name == "Vitamin K deficiency"


@pytest.mark.parametrize(("heading", "name"), [("LEDs Lantern", "LED lantern"), ("AI-Pilots", "AI pilots")])
def test_acronym_before_a_noun_is_singular_and_stands_apart(heading, name):
    record = entry(heading)

    assert (record.name, codes_of(record)) == (name, ["unsure_spelling"])


def test_plural_acronym_before_a_small_word_stays():
    assert entry("LEDs on Buoys").name == "LEDs on buoys"


def test_people_keep_their_capitals():
    assert entry("Wide Monte Carlo Search").name == "Wide Monte Carlo search"


def test_name_of_a_law_or_a_scale_keeps_its_capitals_and_is_flagged():
    record = entry("Douglas Sea Scale (DSS)")

    assert (record.name, codes_of(record)) == ("Douglas Sea Scale", ["unsure_capitals"])


def test_hyphen_that_the_document_writes_is_added_and_flagged():
    record = by_name("Fore Deck Hatch: A hatch on the deck.\n\nLocker: A box below the fore-deck bench.\n")

    assert codes_of(record["Fore-deck hatch"]) == ["unsure_spelling"]


def test_small_name_with_the_letters_of_its_expansion_is_put_in_capitals_and_flagged():
    record = entry("vhf (Very High Frequency)")

    assert (record.name, codes_of(record)) == ("VHF", ["unsure_capitals"])


# --- Hostile texts ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "a" * 2_000_000,
        "Keel: " + "fin " * 500_000,
        "<http://a> " * 180_000 + "<",
        "a. Source " * 200_000,
        "Keel" + " (A" * 600_000 + ": x",
    ],
    ids=["letters", "definition", "links", "sources", "parentheses"],
)
def test_two_megabytes_on_one_line_take_no_time(text):
    assert sectioned.likeness(lines_of(text)) == 0
    assert not records_of(text)


def test_text_too_long_is_refused_with_its_line():
    (problem,) = read_shape("Keel: " + "fin " * 60_000)

    assert (problem.line, problem.column, problem.value) == (1, "definition", "Keel")


@pytest.mark.parametrize("data", [b"", b"\n\n \n", b"Keel: A fin\x00 of lead.\n"])
def test_nothing_and_nul_are_refused(data):
    assert documents.looks_like(data) == 0
    with pytest.raises(UnreadableFile):
        list(documents.read(data))


_PIECES = st.sampled_from([
    "Term", "ABC", "of the", " is a ", ": ", "(", ")", "()", "?", "- ", "\n", "\n\n", "Source: ",
    "<http://a.b>", "**", "\\(", "\\)", "$", "1. ", "# ", "Figure 1", ". ", ", ", "é", "ß", "İ",
    "\u200b", "What is ",
])  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(_PIECES, max_size=30).map("".join))
def test_any_text_gives_records_with_names_or_problems(text):
    for record in records_of(text):
        assert record.name.strip()
        assert 0 <= record.confidence <= 1
        assert text.split("\n")[record.line - 1].find(record.heading[:1]) >= 0
