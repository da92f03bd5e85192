"""People, and what a machine without PostgreSQL or a browser cannot run."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from threading import BoundedSemaphore

import pytest
from builders import make_user
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.core.management import call_command
from django.core.signals import setting_changed
from django.db import connection
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from terms import linking, wanted, web

# How fast a machine makes its examples is no claim of ours; speed lives in the benchmark.
hypothesis_settings.register_profile("termbook", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("termbook")


def pytest_configure():
    # Hashing a password well takes a third of a second; the suite makes thousands of accounts.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # Static files as they lie in the source: the suite needs no collectstatic.
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    # What a worker does in earnest is done at once.
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
    setting_changed.send(None, setting="TASKS", value=settings.TASKS, enter=True)
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        # A file, as in earnest: threads that share a database in memory do not lock each other out.
        database.setdefault("TEST", {})["NAME"] = Path(
            tempfile.gettempdir(), f"termbook-test-{os.getpid()}.sqlite3"
        )


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """The roles are there from the beginning: nearly every test has people in it."""
    with django_db_blocker.unblock():
        call_command("loaddata", "groups", verbosity=0)


@pytest.fixture(autouse=True)
def _names_are_read_anew(monkeypatch):
    """A rolled back test leaves its content version to the next one; tables kept for it go too."""
    monkeypatch.setattr(linking, "_kept", linking._Kept())


@pytest.fixture(autouse=True)
def _nothing_waits_to_be_written(monkeypatch):
    """What was looked for in vain waits in memory; it belongs to one test."""
    monkeypatch.setattr(wanted, "_waiting", wanted._Waiting())


@pytest.fixture(autouse=True)
def _tries_are_counted_anew():
    """What is counted in memory belongs to one test."""
    cache.clear()


@pytest.fixture(autouse=True)
def _many_downloads_at_once(monkeypatch):
    """The test client holds an answer until the next one is there."""
    monkeypatch.setattr(web, "_one_download", BoundedSemaphore(100))


@pytest.fixture
def contributor(db):
    return make_user("Contributors")


@pytest.fixture
def editor(db):
    return make_user("Editors")


@pytest.fixture
def reviewer(db):
    return make_user("Reviewers")


@pytest.fixture
def chief(db):
    return make_user("Chief editors")


@pytest.fixture
def superuser(db):
    return make_user(username="root-user", is_superuser=True, is_staff=True)


@pytest.fixture
def empty_the_database(db):
    """Return what takes every row away, accounts and all."""

    def empty():
        # PostgreSQL takes no rows away of which something is still to be checked.
        connection.check_constraints()
        call_command("flush", interactive=False, verbosity=0)

    yield empty
    # What is rolled back now has other numbers than the flush gave out.
    ContentType.objects.clear_cache()
