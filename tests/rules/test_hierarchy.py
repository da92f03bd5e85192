"""The hierarchy: under each broader term, never round in circles, only what readers see, in any size."""

from __future__ import annotations

import pytest
from builders import make_draft, make_term, propose_change
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from terms import hierarchy, publishing, workflow
from terms.hierarchy import MOST_LEVELS, MOST_LINES, Hierarchy
from terms.models import Relation, Term


def known():
    """Return the hierarchy as it is in the rows now."""
    hierarchy.read.cache_clear()
    return hierarchy.read(publishing.content_version())


def as_names(lines):
    """Return lines as nested maps of names."""
    names = dict(Term.objects.values_list("pk", "name"))

    def nested(lines):
        return {names[line.term] + ("!" if line.is_circle else ""): nested(line.below) for line in lines}

    return nested(lines)


def grown():
    tree = known()
    return as_names(tree.grow(tree.entries))


def put_under(narrower, broader):
    """Write the row by hand, as no publication would where it makes a circle."""
    Relation.objects.create(source=narrower, target=broader, kind=Relation.Kind.BROADER)


@pytest.fixture
def publish(editor, reviewer):
    def publish(name, *broader, **content):
        relations = [{"kind": "broader", "target": term.public_id} for term in broader]
        return make_term(name, by=editor, reviewer=reviewer, relations=relations, **content)

    return publish


# --- The rows ------------------------------------------------------------------------------------


def test_terms_stand_under_their_broader_terms_in_the_order_of_names(publish):
    regularization, search = publish("Regularization"), publish("Beam search methods")
    dropout = publish("Dropout", regularization)
    for name, broader in [
        ("Weight decay", regularization),
        ("Monte Carlo dropout", dropout),
        ("Beam", search),
        ("Early stopping", regularization),
    ]:
        publish(name, broader)
    publish("Alone")

    assert list(grown()) == ["Beam search methods", "Regularization"]
    assert grown()["Regularization"] == {
        "Dropout": {"Monte Carlo dropout": {}},
        "Early stopping": {},
        "Weight decay": {},
    }
    assert list(grown()["Regularization"]) == ["Dropout", "Early stopping", "Weight decay"]
    assert len(known()) == 7


def test_a_term_stands_under_each_of_its_broader_terms(publish):
    optimizer, averaging = publish("Optimizer"), publish("Averaging")
    adam = publish("Adam", optimizer, averaging)
    publish("AdamW", adam)

    assert grown() == {"Averaging": {"Adam": {"AdamW": {}}}, "Optimizer": {"Adam": {"AdamW": {}}}}
    assert known().ways_up(adam.pk, most=5) == [[averaging.pk], [optimizer.pk]]


def test_only_published_terms_stand_in_it(publish, reviewer):
    broad = publish("Broad")
    publish("Shown", broad)
    gone, dated = publish("Removed", broad), publish("Deprecated", broad)
    publish("Under the deprecated", dated)
    workflow.deprecate(term_id=dated.pk, by=reviewer, reason="Out of use.")
    make_draft("Draft", relations=[{"kind": "broader", "target": broad.public_id}])
    propose_change(publish("Proposal"), relations=[{"kind": "broader", "target": broad.public_id}])
    Term.objects.filter(pk=gone.pk).update(status=Term.Status.REMOVED)

    assert grown() == {"Broad": {"Shown": {}}}


def test_other_relations_make_no_hierarchy(publish):
    first = publish("First")
    make_term("Second", relations=[{"kind": "related", "target": first.public_id}])

    assert grown() == {}
    assert first.pk not in known()


def test_it_is_read_with_one_question_and_once_for_each_version(publish):
    publish("Dropout", publish("Regularization"))
    hierarchy.read.cache_clear()

    with CaptureQueriesContext(connection) as captured:
        first = hierarchy.read(7)
        again = hierarchy.read(7)
        first.grow(first.entries)

    assert len(captured) == 1
    assert again is first
    publish("Early stopping", Term.objects.get(name="Regularization"))
    assert len(hierarchy.read(8)) == 3


# --- Circles -------------------------------------------------------------------------------------


def test_a_circle_below_a_top_ends_where_it_meets_itself(publish):
    top, one, two = publish("Top"), publish("One"), publish("Two")
    for narrower, broader in [(one, top), (two, one), (one, two)]:
        put_under(narrower, broader)

    assert grown() == {"Top": {"One": {"Two": {"One!": {}}}}}
    assert known().ways_up(two.pk, most=5) == [[top.pk, one.pk]]


def test_terms_that_only_stand_in_a_circle_have_a_way_in(publish):
    one, two, under = publish("B one"), publish("B two"), publish("A under it")
    for narrower, broader in [(one, two), (two, one), (under, one)]:
        put_under(narrower, broader)

    assert grown() == {"B one": {"A under it": {}, "B two": {"B one!": {}}}}


def test_a_branch_does_not_show_its_own_term_again(publish):
    one, two = publish("One"), publish("Two")
    put_under(one, two)
    put_under(two, one)

    tree = known()
    assert as_names(tree.grow(tree.narrower(one.pk), under=one.pk)) == {"Two": {"One!": {}}}


# --- Any size ------------------------------------------------------------------------------------


def lines_of(lines):
    return [line for top in lines for line in (top, *lines_of(top.below))]


def depth(lines):
    return 1 + max(depth(line.below) for line in lines) if lines else 0


def test_what_has_room_is_shown_whole():
    tree = Hierarchy((number, number // 3) for number in range(1, MOST_LINES))

    assert len(lines_of(tree.grow(tree.entries))) == MOST_LINES


def test_what_has_no_room_is_shown_by_whole_levels():
    tree = Hierarchy((number, number // 3 + 1) for number in range(3, 5_000))

    lines = lines_of(tree.grow(tree.entries))
    opened = {line.narrower > 0 and not line.below for line in lines if depth([line]) == 1}
    assert MOST_LINES // 4 < len(lines) <= MOST_LINES
    assert opened == {True}


def test_a_branch_of_thousands_stays_closed_beside_others_that_open():
    tree = Hierarchy([(number, 1) for number in range(10, 5_010)] + [(3, 2), (4, 2)])

    broad, small = tree.grow(tree.entries)
    assert (broad.narrower, broad.below) == (5_000, [])
    assert [line.term for line in small.below] == [3, 4]


def test_a_chain_of_ten_thousand_ends_where_a_page_does():
    tree = Hierarchy((number + 1, number) for number in range(10_000))

    assert depth(tree.grow(tree.entries)) == MOST_LEVELS
    [way] = tree.ways_up(10_000, most=3)
    assert len(way) == 30
    assert way[-1] == 9_999
    assert tree.has_broader(way[0])


def test_ways_that_double_at_each_level_are_neither_all_shown_nor_all_walked():
    doubles = [
        (10 * (level + 1) + one, 10 * level + other)
        for level in range(60)
        for one in (0, 1)
        for other in (0, 1)
    ]

    tree = Hierarchy(doubles)

    assert len(lines_of(tree.grow(tree.entries))) <= MOST_LINES
    assert len(tree.ways_up(600, most=5)) == 5


@given(
    st.lists(
        st.tuples(st.integers(1, 12), st.integers(1, 12)).filter(lambda pair: pair[0] != pair[1]), max_size=40
    )
)
def test_every_term_is_reached_whatever_the_rows_say(pairs):
    tree = Hierarchy(sorted(set(pairs), key=lambda pair: pair[::-1]))

    lines = lines_of(tree.grow(tree.entries))

    assert len(lines) <= MOST_LINES
    for line in lines:
        assert not line.below or len(line.below) == line.narrower
        assert line.is_circle == (line.term in [above.term for above in line.way_up()])
    closed = [line for line in lines if line.narrower and not line.below and not line.is_circle]
    if not closed:
        assert {line.term for line in lines} == {term for pair in pairs for term in pair}
    for term in range(1, 13):
        for way in tree.ways_up(term, most=4):
            assert len(set(way)) == len(way)
            assert term not in way
