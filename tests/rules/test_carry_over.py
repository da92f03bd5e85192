"""Two people changed the same term: what stands afterwards, and where a person has to compare."""

import pytest
from builders import make_term, make_user
from hypothesis import example, given
from hypothesis import strategies as st

from terms import revisions
from terms.revisions import carry_over, collisions


def content(**fields):
    return {**revisions.EMPTY, "name": "Dropout", **fields}


def carried(field, base, current, local):
    """Return what becomes of one field, and the places where both sides changed it."""
    sides = [content(**{field: value}) for value in (base, current, local)]
    merged, fields = carry_over(*sides)
    places = [(place.base, place.current, place.local) for place in collisions(*sides)]
    assert fields == ([field] if places else [])
    return merged[field], places


# --- A text --------------------------------------------------------------------------------------

PARAGRAPHS = "Dropout drops units.\n\nIt was proposed in 2012."
SENTENCES = "Dropout drops units. It slows training down. It was proposed in 2012."
TABLE = "| rate | use |\n|---|---|\n| 0.1 | text |\n| 0.5 | images |\n| 0.9 | never |"


@pytest.mark.parametrize(
    ("base", "current", "local", "merged", "places"),
    [
        pytest.param(
            PARAGRAPHS,
            "Dropout silences neurons.\n\nIt was proposed in 2012.",
            "Dropout drops units.\n\nHinton proposed it.",
            "Dropout silences neurons.\n\nHinton proposed it.",
            [],
            id="different paragraphs",
        ),
        pytest.param(
            SENTENCES,
            "Dropout drops units. It slows training down. Hinton proposed it in 2012.",
            "Dropout drops random units. It slows training down. It was proposed in 2012.",
            "Dropout drops random units. It slows training down. Hinton proposed it in 2012.",
            [],
            id="same paragraph, different sentences",
        ),
        pytest.param(
            SENTENCES,
            "Dropout drops neurons. It slows training down. It was proposed in 2014.",
            "Dropout drops outputs. It slows training down. It was proposed in 2012.",
            "Dropout drops outputs. It slows training down. It was proposed in 2014.",
            [("units.", "neurons.", "outputs.")],
            id="same word",
        ),
        pytest.param(
            SENTENCES,
            "Dropout silences units. It slows training down. It was proposed in 2012.",
            "Dropout drops neurons. It slows training down. It was proposed in 2012.",
            "Dropout drops neurons. It slows training down. It was proposed in 2012.",
            [("drops units.", "silences units.", "drops neurons.")],
            id="adjacent words",
        ),
        pytest.param(
            SENTENCES,
            "Dropout drops units. It was proposed in 2012.",
            "Dropout drops units. It slows every training down. It was proposed in 2012.",
            "Dropout drops units. It slows every training down. It was proposed in 2012.",
            [("slows training down. It", "", "slows every training down. It")],
            id="one deletes what the other edits",
        ),
        pytest.param(
            "Dropout drops units.",
            "Dropout drops units. See also noise.",
            "Dropout drops units. It is random.",
            "Dropout drops units. It is random.",
            [(".", ". See also noise.", ". It is random.")],
            id="both add at the end",
        ),
        pytest.param(
            "Each unit stays with $p = 0.5$ in a layer. Then it is scaled.",
            "Each unit stays with $p = 0.8$ in a layer. Then it is scaled.",
            "Each unit stays with $p = 0.5$ in a layer. Later it is scaled.",
            "Each unit stays with $p = 0.8$ in a layer. Later it is scaled.",
            [],
            id="formula on one side, the sentence beside it on the other",
        ),
        pytest.param(
            TABLE,
            TABLE.replace("text", "speech").replace("never", "seldom"),
            TABLE.replace("0.1", "0.2"),
            TABLE.replace("0.1", "0.2").replace("never", "seldom"),
            [("| 0.1 | text |", "| 0.1 | speech |", "| 0.2 | text |")],
            id="table row",
        ),
        pytest.param(
            SENTENCES,
            "Dropout drops neurons. It slows training down. It was proposed in 2012.",
            "Dropout drops neurons. It slows training down. Hinton proposed it in 2012.",
            "Dropout drops neurons. It slows training down. Hinton proposed it in 2012.",
            [],
            id="identical change",
        ),
    ],
)
@pytest.mark.parametrize("field", ["definition", "deprecation_reason"])
def test_changes_of_both_sides_are_kept_unless_they_touch_the_same_words(
    field, base, current, local, merged, places
):
    assert carried(field, base, current, local) == (merged, places)


@pytest.mark.parametrize(
    ("base", "current", "local"),
    [
        ("$$a + b + c$$", "$$x + b + c$$", "$$a + b + z$$"),
        ("$a + b + c$", "$x + b + c$", "$a + b + z$"),
        (r"\(a + b + c\)", r"\(x + b + c\)", r"\(a + b + z\)"),
        ("`a b c`", "`x b c`", "`a b z`"),
        ("``a ` b c``", "``x ` b c``", "``a ` b z``"),
        ("```\na\n\nb\n\nc\n```", "```\nx\n\nb\n\nc\n```", "```\na\n\nb\n\nz\n```"),
        ("~~~ py\na b c", "~~~ py\nx b c", "~~~ py\na b z"),
        ("[[a b|c]]", "[[x b|c]]", "[[a b|z]]"),
        ("[a b c](/d)", "[x b c](/d)", "[a b c](/z)"),
        ("[a b c](/d_(e))", "[x b c](/d_(e))", "[a b c](/d_(z))"),
        ("[a b\nc][d]", "[x b\nc][d]", "[a b\nz][d]"),
        ("![a b c](d.png)", "![x b c](d.png)", "![a b z](d.png)"),
        ("https://a.example/b/c", "https://x.example/b/c", "https://a.example/b/z"),
        (
            "a | b | c\n--|--|--\nd | e | f",
            "a | b | c\n--|--|--\nx | e | f",
            "a | b | c\n--|--|--\nd | e | z",
        ),
        ("https://a.example/?b=c&d=e", "https://x.example/?b=c&d=e", "https://a.example/?b=c&d=z"),
        ("<a+b+c@d.example>", "<x+b+c@d.example>", "<a+b+c@z.example>"),
        ("[^a+b+c]", "[^x+b+c]", "[^a+b+z]"),
        ("state-of-the-art", "x-of-the-art", "state-of-the-z"),
        ("1.2.3", "9.2.3", "1.2.9"),
        ("हिन्दी", "सिन्दी", "हिन्दू"),
    ],
)
def test_formulas_code_links_and_rows_are_never_half_merged(base, current, local):
    sides = [
        f"Before it. {part}" if "\n" not in part else f"Before.\n\n{part}" for part in (base, current, local)
    ]

    merged, places = carried("definition", *sides)

    assert merged == sides[2]
    assert len(places) == 1


@pytest.mark.parametrize(
    ("base", "current", "local", "merged"),
    [
        ("- one\n- two\n- three", "- ONE\n- two\n- three", "- one\n- TWO\n- three", "- ONE\n- TWO\n- three"),
        ("1. one\n2. two", "1. ONE\n2. two", "1. one\n2. TWO", "1. ONE\n2. TWO"),
        ("one\n\ntwo", "ONE\n\ntwo", "one\n\nTWO", "ONE\n\nTWO"),
        ("one two three", "ONE two three", "one two THREE", "ONE two THREE"),
        ("one, two; three", "one – two; three", "one, two, three", "one – two, three"),
        ("one $x$ three", "ONE $x$ three", "one $x$ THREE", "ONE $x$ THREE"),
        ("costs $5 or so or 10$", "is $5 or so or 10$", "costs $5 or so or 20$", "is $5 or so or 20$"),
    ],
)
def test_a_word_a_list_item_and_a_blank_line_keep_changes_apart(base, current, local, merged):
    assert carried("definition", base, current, local) == (merged, [])
    assert carried("definition", base, local, current) == (merged, [])


@pytest.mark.parametrize("between", [" ", ", ", "\n", " – ", "。", "**"])
def test_a_sign_does_not_keep_changes_apart(between):
    base, current, local = f"one{between}two", f"ONE{between}two", f"one{between}TWO"

    assert carried("definition", base, current, local) == (local, [(base, current, local)])


def test_two_additions_that_are_too_long_together_collide():
    base = "The middle stays as it is."
    current, local = "a" * 100 + " " + base, base + " " + "b" * 100

    assert carried("short_definition", base, current, local) == (local, [(base, current, local)])
    assert len(carried("definition", base, current, local)[0]) > 200


def test_names_and_addresses_are_never_mixed():
    for field in ("name", "qualifier", "slug"):
        sides = "one two three", "ONE two three", "one two THREE"

        assert carried(field, *sides) == (sides[2], [sides])


# --- Lists ---------------------------------------------------------------------------------------


def alias(text, **more):
    return {"text": text, "kind": "synonym", "status": "admitted", "language": "", "note": "", **more}


def source(title, **more):
    return {"title": title, "url": "", "locator": "", **more}


def note(text):
    return {"kind": "usage", "text": text}


def related(target, kind="related"):
    return {"kind": kind, "target": target}


def identifier(value, mapping="exact"):
    return {"scheme": "wikidata", "value": value, "mapping": mapping}


def test_items_that_either_side_added_stay_and_those_that_either_side_removed_go():
    for field, make in (
        ("aliases", alias),
        ("tags", str),
        ("relations", related),
        ("sources", source),
        ("external_ids", identifier),
    ):
        base, current, local = ([make(sign) for sign in signs] for signs in ("abc", "xab", "bcyz"))

        merged, places = carried(field, base, current, local)

        assert merged == [make(sign) for sign in "xbyz"]
        assert places == []


@pytest.mark.parametrize(
    ("field", "base", "current", "local"),
    [
        ("aliases", alias("Drop-out"), alias("drop‐out", status="deprecated"), alias("DROP-OUT")),
        ("sources", source("A", url="https://a.example"), source("B", url="https://a.example"),
         source("C", url="https://a.example")),
        ("sources", source("A"), source("A", locator="p. 1"), source("A", locator="p. 2")),
        ("notes", note("Old."), note("Theirs."), note("Mine.")),
        ("external_ids", identifier("Q1"), identifier("Q1", "close"), identifier("Q1", "broad")),
    ],
)  # fmt: skip
def test_an_item_that_both_changed_reads_as_its_author_wants(field, base, current, local):
    merged, places = carried(field, [base], [current], [local])

    assert merged == [local]
    assert len(places) == 1


def test_an_item_that_one_changed_and_the_other_removed_is_left_to_the_author():
    old, new, extra = alias("Drop-out"), alias("Drop-out", status="deprecated"), alias("DO")

    removed, of_removed = carried("aliases", [old], [new, extra], [])
    changed, of_changed = carried("aliases", [old], [extra], [new])

    assert (removed, of_removed) == ([extra], [("Drop-out (synonym)", "Drop-out (synonym, deprecated)", "")])
    assert (changed, of_changed) == (
        [extra, new],
        [("Drop-out (synonym)", "", "Drop-out (synonym, deprecated)")],
    )


def test_a_note_rewritten_on_one_side_stands_beside_what_the_other_added():
    base, current = [note("One."), note("Two.")], [note("1."), note("Two.")]
    local = [note("One."), note("Two."), note("Three.")]

    assert carried("notes", base, current, local) == ([note("1."), note("Two."), note("Three.")], [])
    assert carried("notes", base, local, current) == ([note("1."), note("Two."), note("Three.")], [])


def test_a_note_that_moved_is_not_taken_for_the_one_that_stands_in_its_place():
    base, current = ([note(sign) for sign in signs] for signs in ("abcd", "xcda"))

    merged, _ = carried("notes", base, current, [*base, note("e")])

    assert merged == [note(sign) for sign in "xcdae"]


def test_two_places_in_one_source_are_two_items():
    book = [source("A", locator="p. 1"), source("A", locator="p. 2")]

    merged, places = carried("sources", book, [*book, source("B")], [*book, source("C")])

    assert merged == [*book, source("B"), source("C")]
    assert places == []


def test_more_items_than_a_list_may_have_collide():
    base = [f"t{number}" for number in range(400)]
    current, local = [*base, *(f"c{n}" for n in range(100))], [*base, *(f"l{n}" for n in range(100))]

    merged, places = carried("tags", base, current, local)

    assert merged == local
    assert len(places) == 1


@pytest.mark.django_db
def test_what_comes_out_is_a_content_that_the_rules_accept():
    layer, loss = make_term("Layer").public_id, make_term("Loss").public_id
    base = content(definition="One two three.", aliases=[alias("A")], tags=["a"], notes=[note("Old.")])
    current = {
        **base,
        "definition": "ONE two three.",
        "aliases": [alias("A"), alias("New name"), alias("c‐d")],
        "tags": ["a", "b"],
        "relations": [related(layer)],
        "external_ids": [identifier("Q1"), identifier("Q2")],
    }
    local = {
        **base,
        "definition": "One two THREE.",
        "aliases": [alias("A"), alias("new name"), alias("C-D"), alias("E")],
        "tags": ["a", "c"],
        "relations": [related(layer), related(loss, "broader")],
        "external_ids": [identifier("Q2", "close"), identifier("Q3")],
    }

    merged, fields = carry_over(base, current, local)
    cleaned = revisions.clean(merged, by=make_user(), make_tags=False)

    assert cleaned == merged
    assert fields == ["aliases", "external_ids"]
    assert [item["text"] for item in merged["aliases"]] == ["A", "new name", "C-D", "E"]


# --- Status --------------------------------------------------------------------------------------

LIVE = {"status": "published", "deprecation_reason": ""}
OUT = {"status": "deprecated", "deprecation_reason": "Out of use."}
WRONG = {"status": "deprecated", "deprecation_reason": "Simply wrong."}


@pytest.mark.parametrize(
    ("base", "current", "local", "stands", "fields"),
    [
        (LIVE, OUT, LIVE, OUT, []),
        (OUT, LIVE, OUT, LIVE, []),
        (LIVE, LIVE, OUT, OUT, []),
        (OUT, OUT, LIVE, LIVE, []),
        (LIVE, OUT, OUT, OUT, []),
        (OUT, LIVE, LIVE, LIVE, []),
        (OUT, OUT, WRONG, WRONG, []),
        (OUT, WRONG, OUT, WRONG, []),
        (LIVE, OUT, WRONG, WRONG, ["deprecation_reason"]),
        (OUT, WRONG, LIVE, LIVE, ["deprecation_reason"]),
        (OUT, LIVE, WRONG, LIVE, ["deprecation_reason"]),
    ],
)
def test_a_status_and_its_reason_come_from_the_same_side(base, current, local, stands, fields):
    merged, collided = carry_over(content(**base), content(**current), content(**local))

    assert {key: merged[key] for key in LIVE} == stands
    assert collided == fields


# --- Whatever people write -----------------------------------------------------------------------

WORDS = st.sampled_from(
    [
        "a",
        "b",
        "c",
        "the",
        "é",
        "学",
        "$x$",
        "$",
        "`",
        "`c d`",
        "[[l]]",
        "[",
        "|",
        "```",
        "\\",
        "**",
        ".",
        ",",
    ]
)
SPACES = st.sampled_from([" ", " ", " ", "\n", "\n\n", "\n- ", "\n| a | b |\n|---|---|\n", ""])
TEXTS = st.one_of(
    st.lists(st.tuples(SPACES, WORDS), max_size=25).map(lambda parts: "".join(map("".join, parts))),
    st.text(st.characters(exclude_categories=()), max_size=40),
)
CONTENTS = st.builds(
    content,
    name=TEXTS,
    definition=TEXTS,
    short_definition=TEXTS,
    status=st.sampled_from(["published", "deprecated"]),
    deprecation_reason=TEXTS,
    aliases=st.lists(st.builds(alias, TEXTS, status=st.sampled_from(["admitted", "deprecated"])), max_size=5),
    tags=st.lists(st.sampled_from("abcd"), max_size=5),
    relations=st.lists(
        st.builds(related, st.sampled_from("xy"), st.sampled_from(["related", "broader"])),
        max_size=4,
    ),
    sources=st.lists(st.builds(source, st.sampled_from("ab"), locator=st.sampled_from("12")), max_size=5),
    notes=st.lists(st.builds(note, st.sampled_from("abcd")), max_size=5),
    external_ids=st.lists(
        st.builds(identifier, st.sampled_from("12"), st.sampled_from(["exact", "close"])), max_size=4
    ),
    links_itself=st.booleans(),
)


@given(CONTENTS, CONTENTS)
def test_where_only_one_side_changed_anything_its_text_stands(before, after):
    assert carry_over(before, before, after) == (after, [])
    assert carry_over(before, after, before) == (after, [])
    assert carry_over(before, after, after) == (after, [])


@given(CONTENTS, CONTENTS, CONTENTS)
def test_whatever_three_texts_say_each_collision_is_shown(base, current, local):
    merged, fields = carry_over(base, current, local)

    assert set(merged) == set(revisions.FIELDS)
    assert set(fields) == {place.field for place in collisions(base, current, local)}


@given(TEXTS, TEXTS, TEXTS)
def test_without_a_collision_it_does_not_matter_who_came_first(base, current, local):
    one = carried("definition", base, current, local)
    other = carried("definition", base, local, current)

    assert bool(one[1]) == bool(other[1])
    assert one == other or one[1]


PLACES = st.sets(st.integers(0, 30), max_size=6)


@given(PLACES, PLACES, PLACES, PLACES)
@example({3}, set(), {3}, set())
def test_no_word_is_lost_that_only_one_side_added_or_changed(their_adds, their_edits, our_adds, our_edits):
    words = [f"word{number}" for number in range(31)]

    def changed(side, adds, edits):
        parts = []
        for number, word in enumerate(words):
            parts += [f"{side}-added-{number}"] * (number in adds)
            parts.append(f"{side}-for-{number}" if number in edits else word)
        return " ".join(parts)

    base, current, local = (
        " ".join(words),
        changed("current", their_adds, their_edits),
        changed("local", our_adds, our_edits),
    )
    merged, places = carried("definition", base, current, local)

    lost = set(current.split()) - set(merged.split()) - set(words)
    assert lost <= {word for place in places for word in place[1].split()}
    assert set(local.split()) - set(words) <= set(merged.split())
    if not places:
        for number in range(31):
            assert (words[number] in merged.split()) == (number not in their_edits | our_edits)


@given(TEXTS, TEXTS, TEXTS)
def test_the_merged_text_is_made_of_what_the_three_say(base, current, local):
    merged, _ = carried("definition", base, current, local)

    assert set(merged) <= set(base) | set(current) | set(local)


def test_two_books_of_the_same_few_words_count_as_changed_altogether():
    words = [f"w{number}" for number in range(150)]
    base = " ".join(words[number % 150] for number in range(40_000))
    current, local = (" ".join(words[number * step % 150] for number in range(40_000)) for step in (7, 11))

    merged, places = carried("definition", f"First. {base}", f"First. {current}", f"First. {local}")

    assert merged == f"First. {local}"
    assert len(places) == 1
