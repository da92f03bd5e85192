"""The drawing of neighbours: every name inside the frame, none over another, the same each time."""

import itertools
import re
from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from terms import graphs
from terms.graphs import Neighbour, draw

LETTERS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=300)
SIDES = st.sampled_from(["above", "beside", "below"])


def around(**names):
    """Return neighbours: `around(above=["Regularization"], beside=["Batch normalization"])`."""
    return [Neighbour(name, f"/{name}/", side) for side, some in names.items() for name in some]


def boxes(drawing):
    return [label.box for label in (drawing.middle, *drawing.labels)]


def overlap(one, other):
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def assert_drawn_well(drawing):
    for left, top, right, bottom in boxes(drawing):
        assert 0 <= left <= right <= drawing.width
        assert 0 <= top < bottom <= drawing.height
    assert not [pair for pair in itertools.combinations(boxes(drawing), 2) if overlap(*pair)]


# --- Where names stand ---------------------------------------------------------------------------


def test_broader_names_stand_above_narrower_ones_below_and_the_rest_between():
    drawing = draw("Dropout", around(above=["A"], beside=["B", "C"], below=["D"]))

    above, left, right, below = drawing.labels
    assert above.top < drawing.middle.top < left.top == right.top < below.top
    assert (above.x, below.x) == (160, 160)
    assert left.x < 160 < right.x
    assert_drawn_well(drawing)


def test_names_go_from_left_to_right_and_mirrored_from_right_to_left():
    neighbours = around(beside=["A", "B", "C"])

    usual, mirrored = draw("M", neighbours), draw("M", neighbours, mirrored=True)

    assert [label.x < 160 for label in usual.labels] == [True, False, True]
    assert [label.x for label in mirrored.labels] == [320 - label.x for label in usual.labels]
    assert [label.top for label in mirrored.labels] == [label.top for label in usual.labels]


def test_of_three_broader_names_the_odd_one_ends_the_stem():
    drawing = draw("M", around(above=["A", "B", "C"]))

    first, second, third = drawing.labels
    assert third.x == 160
    assert third.top < first.top == second.top < drawing.middle.top


def test_each_name_has_one_dot_and_lines_that_end_there():
    drawing = draw("M", around(above=["A"], beside=["B", "C"], below=["D", "E"]))

    dots = re.findall(r"M(\d+) (\d+)h0", drawing.dots)
    assert len(dots) == 5
    assert drawing.beside.count("H") == 2
    assert drawing.kin.count("H") == 2
    for x, y in dots:
        assert f"H{x}" in drawing.kin + drawing.beside or f"V{y}" in drawing.kin


def test_ties_are_bows_between_two_dots():
    neighbours = around(beside=["A", "B", "C", "D"])

    drawing = draw("M", neighbours, {(0, 2), (0, 1), (1, 2)})

    dots = [match.groups() for match in re.finditer(r"M(\d+ \d+)h0", drawing.dots)]
    bows = re.findall(r"M(\d+ \d+)[QC][\d ]+? (\d+ \d+)(?=M|$)", drawing.ties)
    ends = {frozenset(bow) for bow in bows}
    assert ends == {frozenset(dots[one] + dots[other]) for one, other in [(0, 2), (0, 1), (1, 2)]}


def test_lines_stay_between_the_columns_of_names():
    neighbours = around(above=["A", "B"], beside=["C", "D", "E"], below=["F", "G", "H"])

    drawing = draw("M", neighbours, set(itertools.combinations(range(8), 2)))

    across = re.sub(r"V\d+", "", drawing.kin + drawing.beside + drawing.ties)
    found = re.findall(r"[MQC ](\d+) \d+", across)
    assert found
    assert all(138 <= int(x) <= 182 for x in found)


# --- How names are set ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("Adam", ("Adam",)),
        ("Reinforcement learning from human feedback", ("Reinforcement", "learning from hum…")),
        ("Parameter-efficient fine-tuning", ("Parameter-efficient", "fine-tuning")),
        ("Mini-batch gradient descent", ("Mini-batch", "gradient descent")),
        ("Client/server architecture", ("Client/server", "architecture")),
        ("機械学習における正則化手法の理論", ("機械学習における正則", "化手法の理論")),
    ],
)
def test_a_long_name_takes_two_lines_and_no_more(name, lines):
    drawing = draw("M", around(beside=[name, "B"]))

    assert drawing.labels[0].lines == lines
    assert drawing.labels[0].is_cut == lines[-1].endswith("…")
    assert drawing.labels[0].name == name


def test_the_middle_and_the_ends_of_the_stem_have_the_whole_width():
    name = "Reinforcement learning from human feedback"

    drawing = draw(name, around(above=[name], below=[name]))

    assert [label.lines for label in drawing.labels] == [(name,), (name,)]
    assert drawing.middle.lines == ("Reinforcement learning", "from human feedback")


def test_marks_stay_with_their_letters():
    drawing = draw("M", around(beside=["e\u0301" * 60, "B"]))

    first, second = drawing.labels[0].lines
    assert first.endswith("e\u0301")
    assert second.endswith("e\u0301…")


def test_a_name_that_ends_with_an_ellipsis_is_not_taken_for_cut():
    assert not draw("M", around(beside=["And so on…", "B"])).labels[0].is_cut


# --- Whatever stands in it -----------------------------------------------------------------------


@given(
    LETTERS,
    st.lists(st.tuples(LETTERS, SIDES), max_size=14),
    st.sets(st.tuples(st.integers(0, 13), st.integers(0, 13)), max_size=20),
    st.booleans(),
)
@example("W" * 300, [("W" * 300, side) for side in ("above", "beside", "below") * 4], {(0, 11)}, False)
@example(" ", [("\u0301", "beside"), ("\u200b", "above")], set(), True)
def test_no_name_leaves_the_frame_or_covers_another(middle, named, ties, mirrored):
    order = {"above": 0, "beside": 1, "below": 2}
    named = sorted(named, key=lambda one: order[one[1]])
    neighbours = [Neighbour(name, f"/{place}/", side) for place, (name, side) in enumerate(named)]
    ties = {pair for pair in ties if max(pair) < len(named) and pair[0] < pair[1]}

    drawing = draw(middle, neighbours, ties, mirrored=mirrored)

    assert_drawn_well(drawing)
    assert drawing == draw(middle, neighbours, set(ties), mirrored=mirrored)
    assert [label.address for label in drawing.labels] == [one.address for one in neighbours]
    assert Counter(drawing.dots)["M"] == len(neighbours)


def test_a_width_is_that_of_the_broadest_face():
    assert graphs.width_of("Dropout", 13) < graphs.width_of("DROPOUT", 13) < graphs.width_of("WWWWWWW", 13)
    assert graphs.width_of("学習", 13) == 26
    assert graphs.width_of("", 13) == 0
