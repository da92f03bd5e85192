"""One person in two tabs, or two requests of one page at once: nobody gets an error for typing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from builders import make_term
from django.db import connection

from terms import sheets
from terms.models import Presence, UnsentText


def at_once(actions):
    """Run all of them at the same moment, each with a connection of its own; return what they raised."""
    barrier = Barrier(len(actions))

    def run(action):
        try:
            barrier.wait()
            action()
        except Exception as error:  # noqa: BLE001 - whatever it is, the test shows it
            return error
        finally:
            connection.close()
        return None

    with ThreadPoolExecutor(len(actions)) as pool:
        return [error for error in pool.map(run, actions) if error is not None]


@pytest.mark.django_db(transaction=True)
def test_a_sheet_that_is_kept_twice_at_once_is_one_sheet(editor):
    for number in range(10):
        sheet, words = f"sheet-{number:03}", ["name=one", "name=two", "name=three"]

        errors = at_once(
            [
                lambda typed=typed, sheet=sheet: sheets.keep(by=editor, sheet=sheet, typed=typed)
                for typed in words
            ]
        )

        assert errors == []
        assert UnsentText.objects.get(by=editor, sheet=sheet).typed in words


@pytest.mark.django_db(transaction=True)
def test_who_opens_a_term_in_three_tabs_at_once_is_there_once(editor):
    for number in range(10):
        term = make_term(f"Term {number}")

        errors = at_once([lambda pk=term.pk: sheets.arrive(editor, pk)] * 3)

        assert errors == []
        assert Presence.objects.filter(term=term).count() == 1
