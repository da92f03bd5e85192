"""What a reader may type beside words: phrases, beginnings, what narrows, and what is not wanted."""

import pytest
from builders import make_term, make_user
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terms import search, workflow

pytestmark = pytest.mark.django_db

EVERYTHING = {"Batch normalization", "Layer normalization", "Normal batch", "Dropout", "-ilities"}


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """Terms that differ in everything a query can be narrowed by, made once for all tests here."""
    with django_db_blocker.unblock(), transaction.atomic():
        _make_world()
        yield
        transaction.set_rollback(True)


def _make_world():
    people = {"by": make_user("Editors"), "reviewer": make_user("Reviewers")}
    german = {"text": "Stapelnormierung", "kind": "translation", "language": "de"}
    deep, both = ["Deep learning"], ["Deep learning", "Training"]
    make_term("Batch normalization", tags=both, aliases=[german], definition="It scales.", **people)
    make_term("Layer normalization", tags=deep, definition="It scales by layer.", **people)
    make_term("Normal batch", definition="A batch of normalization layers.", **people)
    make_term("Dropout", tags=["Training"], definition="It drops units.", **people)
    make_term("-ilities", definition="Qualities of a system.", **people)
    old = make_term("Batch renormalization", tags=deep, definition="It scales.", **people)
    workflow.deprecate(term_id=old.pk, reason="Nobody uses it.", by=make_user("Chief editors"))


def found(text, **chosen):
    """The names of what has all that is asked for."""
    result = search.search(text, **chosen)
    return {hit.term.name for hit in result.hits} if result.how == "all" else set()


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ('"batch normalization"', {"Batch normalization"}),
        ('"normalization batch"', set()),
        ('"batch of normalization"', {"Normal batch"}),
        ('"batch normalizations"', set()),
        ("“batch normalization”", {"Batch normalization"}),
        ('"scales by" layer', {"Layer normalization"}),
        ("norm* batch", {"Batch normalization", "Normal batch"}),
        ("norm batch", set()),
        ("tag:deep-learning", {"Batch normalization", "Layer normalization"}),
        ('tag:"deep learning"', {"Batch normalization", "Layer normalization"}),
        ('TAG:"Deep Learning" tag:training', {"Batch normalization"}),
        ("tag:deep-learning layer", {"Layer normalization"}),
        ("letter:b normalization", {"Batch normalization"}),
        ("letter:B letter:l", {"Batch normalization", "Layer normalization"}),
        ("language:de", {"Batch normalization"}),
        ("status:deprecated", {"Batch renormalization"}),
        ("status:published normalization", {"Batch normalization", "Layer normalization", "Normal batch"}),
        ("normalization -layer", {"Batch normalization"}),
        ('normalization -"scales by"', {"Batch normalization", "Normal batch"}),
        ("tag:training -tag:deep-learning", {"Dropout"}),
        ("normalization -letter:b -letter:n", {"Layer normalization"}),
    ],
)
def test_syntax_narrows(world, asked, expected):
    assert found(asked) == expected


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("-ilities", {"-ilities"}),
        ("-dropout", {"Dropout"}),
        ("- dropout", {"Dropout"}),
        ('"dropout', {"Dropout"}),
        ("dropout:", {"Dropout"}),
        ("tag: dropout", set()),
        ("status:strange dropout", set()),
        ("drop-out", {"Dropout"}),
    ],
)
def test_what_is_no_syntax_is_plain_words(world, asked, expected):
    assert found(asked) == expected


def test_a_query_that_is_a_name_finds_it_whatever_signs_it_has():
    make_term("tag:blue", definition="How it is written.")
    make_term('"Quoted"', definition="A word.")
    make_term("Blue", tags=["blue"], definition="A colour.")

    assert found("tag:blue") == {"tag:blue"}
    assert found('"quoted"') == {'"Quoted"'}
    assert found("tag:blue colour") == {"Blue"}


def test_what_is_chosen_beside_the_text_narrows_as_the_syntax_does(world):
    assert found("normalization", tags=["deep-learning", "training"]) == found(
        "normalization tag:deep-learning tag:training"
    )
    assert found("normalization", letter="l") == found("normalization letter:l") == {"Layer normalization"}
    assert found("scales", language="de") == found("scales language:de") == {"Batch normalization"}
    assert (
        found("scales", status="deprecated") == found("scales status:deprecated") == {"Batch renormalization"}
    )
    assert found("scales", status="strange") == set()


def test_deprecated_terms_are_found_by_name_within_what_is_narrowed(world):
    assert found("batch renormalization tag:deep-learning") == {"Batch renormalization"}
    assert found("batch renormalization tag:training") == set()
    assert search.search("batch renormalization tag:deep-learning").total == 1


def test_a_phrase_does_not_reach_from_one_name_into_the_next():
    make_term("Alpha beta", aliases=[{"text": "gamma delta"}, {"text": "epsilon zeta"}], tags=["eta"])

    assert found('"gamma delta"') == {"Alpha beta"}
    assert found('"beta gamma"') == found('"delta epsilon"') == found('"zeta eta"') == set()


def test_facets_count_the_hits_of_the_whole_query(world):
    result = search.search("normalization", with_facets=True, limit=1)

    facets = {
        facet.key: [(value.value, value.label, value.count) for value in facet.values]
        for facet in result.facets
    }
    assert result.total == 3
    assert facets == {
        "tag": [("deep-learning", "Deep learning", 2), ("training", "Training", 1)],
        "letter": [("b", "B", 1), ("l", "L", 1), ("n", "N", 1)],
        "status": [("published", "Published", 3)],
        "language": [("de", "de", 1)],
    }


def test_status_facet_offers_deprecated_terms_that_are_not_among_the_hits(world):
    result = search.search("scales", with_facets=True)

    (status,) = [facet for facet in result.facets if facet.key == "status"]
    assert result.total == 2
    assert [(value.value, value.count) for value in status.values] == [("published", 2), ("deprecated", 1)]
    letters = next(facet for facet in result.facets if facet.key == "letter")
    assert sum(value.count for value in letters.values) == 2


def test_facets_are_not_counted_unasked_or_of_nothing(world):
    assert search.search("normalization").facets == []
    assert search.search("xylophone", with_facets=True).facets == []


def test_every_value_of_a_facet_narrows_to_as_many_hits_as_it_says(world):
    for facet in search.search("scales", with_facets=True).facets:
        for value in facet.values:
            chosen = {"tags": [value.value]} if facet.key == "tag" else {facet.key: value.value}
            assert search.search("scales", **chosen).total == value.count, (facet.key, value)


SIGNS = ['"', "-", "*", ":", "(", ")", "'", "\\", "%s", "&", "|", "!", "<->", "^", "{name}", " ", "\0"]
WORDS = [
    "tag:",
    "letter:",
    "language:",
    "status:deprecated",
    "NOT",
    "NEAR",
    "batch",
    "normal",
    "日本",
    "é",
    "$x$",
]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=st.lists(st.sampled_from(SIGNS + WORDS), max_size=12).map("".join))
def test_no_query_is_an_error(world, asked):
    result = search.search(asked, with_facets=True, tags=[asked], letter=asked, language=asked)
    assert result.total == 0

    result = search.search(asked, limit=3)
    assert len(result.hits) <= 3
    assert len(result.hits) <= result.total <= len(EVERYTHING) + 1
