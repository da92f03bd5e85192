"""The content version, and what is counted once for each."""

import pytest
from builders import make_term

from terms import publishing
from terms.models import SiteState, Term
from terms.search import letters

pytestmark = pytest.mark.django_db


def test_what_is_counted_is_counted_once_in_each_state():
    asked = []

    def count():
        asked.append(publishing.content_version())
        return Term.objects.published().count()

    counts = [publishing.counted("terms", count), publishing.counted("terms", count)]
    make_term()
    counts.append(publishing.counted("terms", count))

    assert counts == [0, 0, 1]
    assert len(asked) == len(set(asked)) == 2


def test_nothing_counted_is_a_count_too():
    asked = []

    for _ in range(2):
        assert publishing.counted("nothing", lambda: asked.append(1) or 0) == 0

    assert len(asked) == 1


def test_a_version_does_not_come_again_when_a_backup_was_put_back():
    make_term("Dropout")
    in_the_backup = publishing.content_version()
    make_term("Kernel")
    seen = [in_the_backup, publishing.content_version()]

    SiteState.objects.update(content_version=in_the_backup)
    Term.objects.filter(name="Kernel").update(status="removed")
    make_term("Loss")

    assert publishing.content_version() not in seen


def test_the_version_rises_when_the_clock_was_set_back():
    far_ahead = publishing.content_version() + 10**15
    SiteState.objects.update_or_create(pk=1, defaults={"content_version": far_ahead})

    publishing.raise_content_version()

    assert publishing.content_version() == far_ahead + 1


def test_letters_of_a_backup_that_was_put_back_are_counted_anew():
    make_term("Dropout")
    in_the_backup = publishing.content_version()
    make_term("Kernel")
    assert count_of("k") == 1

    SiteState.objects.update(content_version=in_the_backup)
    Term.objects.get(name="Kernel").index_entries.all().delete()
    make_term("Loss")

    assert (count_of("k"), count_of("l")) == (0, 1)


def count_of(key):
    return next(letter.count for letter in letters() if letter.key == key)
