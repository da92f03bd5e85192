"""How often the term that a reader means stands first, on the starter glossary.

The cases are written from the texts of the terms, not from what the search finds. `main` is there to
learn from; `holdout` is only counted, so that nobody fits the search to it. Each floor lies a little
below what is reached, on SQLite and on PostgreSQL alike. Whoever makes the search better raises it.
"""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import transaction

from terms import search, text
from terms.models import Term

pytestmark = pytest.mark.django_db

SAMPLE = json.loads((Path(__file__).resolve().parents[1] / "samples" / "relevance.json").read_text("utf-8"))
# Kinds in which the reader types a name or an alias of the term as it stands there.
AS_WRITTEN = {"exact", "abbreviation", "alias"}


@dataclass(frozen=True)
class Answer:
    """What a reader typed, which terms would be right, and where the first of them stood (none: 0)."""

    kind: str
    query: str
    expected: list[str]
    place: int

    def __str__(self) -> str:
        return f"{self.kind}: {self.query!r} -> {' or '.join(self.expected)}, at {self.place or 'no place'}"


@dataclass(frozen=True, repr=False)
class Answers:
    """The answers to all cases of a section. What pytest shows of it names none of them."""

    answers: list[Answer]

    def share_within(self, places: int) -> float:
        return sum(1 <= answer.place <= places for answer in self.answers) / len(self.answers)

    def worse_than(self, places: int) -> str:
        """Return the cases whose right term is not within so many places, for a message."""
        return listed(answer for answer in self.answers if not 1 <= answer.place <= places)


def listed(answers: Iterable[Answer]) -> str:
    return "\n".join(["", *sorted(map(str, answers))])


def asked(case) -> Answer:
    hits = search.search(case["query"], limit=10).hits
    places = [place for place, hit in enumerate(hits, start=1) if hit.term.slug in case["expected"]]
    return Answer(case["kind"], case["query"], case["expected"], min(places, default=0))


@pytest.fixture(scope="module")
def starter(django_db_setup, django_db_blocker):
    """The whole glossary in the database, loaded once for all tests here and taken back afterwards."""
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("loaddata", "groups", "starter", verbosity=0)
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def main(starter):
    return Answers([asked(case) for case in SAMPLE["main"]])


@pytest.fixture(scope="module")
def holdout(starter):
    return Answers([asked(case) for case in SAMPLE["holdout"]])


# --- The sample itself ---------------------------------------------------------------------------


def test_the_sample_has_enough_cases_of_many_kinds():
    kinds = Counter(case["kind"] for case in SAMPLE["main"])
    held_out = Counter(case["kind"] for case in SAMPLE["holdout"])

    assert kinds.total() >= 160
    assert held_out.total() >= 80
    assert set(kinds) == set(held_out)
    assert len(kinds) >= 16
    assert min(kinds["typo"], kinds["idea"]) >= 20
    assert min(kinds["abbreviation"], kinds["inflection"], kinds["order"]) >= 10


def test_no_query_is_asked_twice():
    queries = Counter(case["query"] for section in SAMPLE.values() for case in section)

    assert [query for query, times in queries.items() if times > 1] == []


def test_every_expected_term_is_in_the_glossary(starter):
    expected = {slug for section in SAMPLE.values() for case in section for slug in case["expected"]}

    assert expected - set(Term.objects.published().values_list("slug", flat=True)) == set()


def test_what_somebody_remembers_of_an_idea_is_not_the_name_of_the_term(starter):
    """Not one of these queries has a whole name of its term in it."""
    names = {term.slug: term.name for term in Term.objects.published()}
    ideas = [case for section in SAMPLE.values() for case in section if case["kind"] == "idea"]

    given_away = [
        case["query"]
        for case in ideas
        if any(set(text.words(names[slug])) <= set(text.words(case["query"])) for slug in case["expected"])
    ]
    assert given_away == []


# --- What readers find ---------------------------------------------------------------------------


def test_the_right_term_is_first_in_97_of_100_searches(main):
    assert main.share_within(1) >= 0.97, main.worse_than(1)


def test_the_right_term_is_within_three_in_99_of_100_searches(main):
    assert main.share_within(3) >= 0.99, main.worse_than(3)


def test_cases_nobody_looked_at_do_about_as_well(holdout):
    assert holdout.share_within(1) >= 0.96
    assert holdout.share_within(3) >= 0.98


def test_a_name_typed_as_it_stands_is_always_first(main):
    written = [answer for answer in main.answers if answer.kind in AS_WRITTEN]

    assert listed(answer for answer in written if answer.place != 1) == ""
