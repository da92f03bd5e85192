"""Readers who send at the same moment: the limit counts all of them, and answers and editors wait."""

from __future__ import annotations

import pytest
from builders import make_term, make_user
from test_two_editors import ROUNDS, at_once, refusals

from terms import workflow
from terms.errors import TooMany, WrongState
from terms.models import Revision, Suggestion

pytestmark = pytest.mark.django_db(transaction=True)

PLACE = workflow.Sender(digest="a" * 64)


def suggest(name):
    return workflow.suggest(content={"name": name, "definition": "Text."}, sender=PLACE)


@ROUNDS
def test_the_limit_holds_when_all_are_sent_at_once(round_number, settings):
    settings.SUGGESTIONS_PER_HOUR = 2

    outcomes = at_once(*(lambda n=n: suggest(f"Word {n}") for n in range(4)))

    assert [type(refusal) for refusal in refusals(outcomes)] == [TooMany, TooMany]
    assert Suggestion.objects.count() == 2


@ROUNDS
def test_two_readers_change_one_term(round_number):
    term = make_term()

    outcomes = at_once(
        *(
            lambda n=n: workflow.suggest(
                content={"definition": f"{n}."}, sender=PLACE, term_id=term.pk, version=1
            )
            for n in range(3)
        )
    )

    assert refusals(outcomes) == []
    assert sorted(Revision.objects.filter(term=term).values_list("number", flat=True)) == [1, 2, 3, 4]


@ROUNDS
def test_taking_back_against_approval(round_number):
    suggestion, reviewer = suggest("Dropout"), make_user("Reviewers")

    outcomes = at_once(
        lambda: workflow.withdraw_suggestion(suggestion_id=suggestion.pk),
        lambda: workflow.approve(revision_id=suggestion.revision_id, by=reviewer),
    )

    [refusal] = refusals(outcomes)
    assert isinstance(refusal, WrongState)
    term = Revision.objects.get(pk=suggestion.revision_id).term
    assert term.version == (0 if outcomes[0] is not refusal else 1)
