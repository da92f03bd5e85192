"""A glossary that was kept before names had an order by language goes on with one."""

import pytest
from builders import make_term
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from terms import search, wanted
from terms.models import IndexEntry, Term, WantedTerm

pytestmark = [pytest.mark.ci, pytest.mark.django_db(transaction=True)]

BEFORE, BETWEEN = [("terms", "0015_slips_by_bytes")], [("terms", "0017_slugs_of_wanted_terms")]


def migrate(place):
    executor = MigrationExecutor(connection)
    executor.migrate(place)


@pytest.fixture
def there_and_back():
    yield lambda: (migrate(BEFORE), migrate(BETWEEN))
    call_command("migrate", verbosity=0)


def test_lines_stay_in_order_and_are_put_in_that_of_the_language(settings, there_and_back):
    for name in ("Zebra", "Ångström", "Apa"):
        make_term(name, aliases=[{"text": f"{name} fr", "language": "fr"}])
    wanted.note_failure("Ödla")
    assert wanted.flush()
    settings.LANGUAGE_CODE = "sv"

    there_and_back()

    listed = IndexEntry.objects.filter(is_hidden=False, is_alias=False)
    assert list(listed.values_list("text", flat=True)) == ["Ångström", "Apa", "Zebra"]
    assert WantedTerm.objects.get().slug == "odla"

    search.rebuild()

    assert list(listed.values_list("text", flat=True)) == ["Apa", "Zebra", "Ångström"]
    assert list(Term.objects.values_list("letter", flat=True)) == ["a", "z", "å"]
    assert set(IndexEntry.objects.filter(is_alias=True).values_list("language", flat=True)) == {"fr"}
