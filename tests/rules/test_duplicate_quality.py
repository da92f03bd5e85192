"""How many of the duplicates that a person sees are found, and how much else is proposed.

The floors lie a little below what is reached. Whoever makes the finder better raises them.
"""

import pytest
from labelled_pairs import LABELS, measure, read_sample, sections

from terms import text
from terms.models import Alias

SECTIONS = ["main", "holdout"]
EVERY_ONE = 10_000


@pytest.fixture(scope="module")
def main():
    return measure(read_sample("main"))


@pytest.fixture(scope="module")
def holdout():
    return measure(read_sample("holdout"))


@pytest.fixture(params=SECTIONS)
def either(request):
    return request.getfixturevalue(request.param)


# --- The sample itself ---------------------------------------------------------------------------


def test_the_sample_has_enough_pairs_of_each_label():
    labels = [pair["label"] for section in sections().values() for pair in section["pairs"]]
    held_out = sections()["holdout"]["pairs"]

    assert set(labels) == set(LABELS)
    assert len(labels) >= 300
    assert len(held_out) >= 80
    assert all(labels.count(label) >= 80 for label in LABELS)


def test_no_two_terms_of_the_sample_have_the_same_id():
    ids = [term["id"] for section in sections().values() for term in section["terms"]]

    assert [one for one in ids if ids.count(one) > 1] == []


@pytest.mark.parametrize("name", SECTIONS)
def test_pairs_name_two_terms_of_their_section_once(name):
    section = sections()[name]
    ids = {term["id"] for term in section["terms"]}
    pairs = [frozenset((pair["a"], pair["b"])) for pair in section["pairs"]]

    assert [pair for pair in pairs if len(pair) != 2 or not pair <= ids] == []
    assert [set(pair) for pair in pairs if pairs.count(pair) > 1] == []


@pytest.mark.parametrize("name", SECTIONS)
def test_every_term_of_the_sample_is_in_a_pair_and_could_be_stored(name):
    section = sections()[name]
    paired = {end for pair in section["pairs"] for end in (pair["a"], pair["b"])}
    kinds = [
        alias["kind"]
        for term in section["terms"]
        for alias in term.get("aliases", [])
        if not isinstance(alias, str)
    ]

    assert {term["id"] for term in section["terms"]} == paired
    assert set(kinds) <= set(Alias.Kind.values)
    assert all(text.name_key(term["name"]) for term in section["terms"])
    assert all(len(term.get("short_definition", "")) <= 160 for term in section["terms"])


@pytest.mark.parametrize("name", SECTIONS)
def test_no_pair_is_both_the_same_and_something_else(name):
    labelled = read_sample(name)
    numbers = {term["id"]: number for number, term in enumerate(sections()[name]["terms"], start=1)}
    others = {
        tuple(sorted((numbers[pair["a"]], numbers[pair["b"]])))
        for pair in sections()[name]["pairs"]
        if pair["label"] != "same"
    }

    assert [labelled.told(pair) for pair in labelled.same & (others | labelled.related)] == []
    assert labelled.hard <= labelled.same - labelled.sharing


# --- The finder ----------------------------------------------------------------------------------


def test_every_duplicate_that_shares_a_name_or_alias_is_proposed(either):
    missed = either.missed(EVERY_ONE, either.labelled.sharing)

    assert not missed, either.told(missed)


def test_duplicates_stand_among_the_first_proposals(main):
    easy = main.labelled.same - main.labelled.hard

    assert main.recall(150) >= 0.9, main.told(main.missed(150))
    assert main.recall(150, easy) >= 0.93, main.told(main.missed(150, easy))


def test_the_first_proposals_are_right(main):
    assert main.precision(10) == 1, main.told(main.wrong(10))
    assert main.precision(50) >= 0.9, main.told(main.wrong(50))
    assert main.precision(100) >= 0.9, main.told(main.wrong(100))


def test_what_is_only_related_is_not_among_the_first_proposals(main):
    assert len(main.traps(50)) <= 1, main.told(main.traps(50))
    assert len(main.traps(150)) <= 4, main.told(main.traps(150))


def test_pairs_that_were_held_out_are_found_as_well(holdout):
    assert holdout.recall(50) >= 0.75, holdout.told(holdout.missed(50))
    assert holdout.precision(30) >= 0.8, holdout.told(holdout.wrong(30))
    assert len(holdout.traps(30)) <= 1, holdout.told(holdout.traps(30))
