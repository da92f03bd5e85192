"""People, and what a machine without PostgreSQL or a browser cannot run."""

from __future__ import annotations

import pytest
from builders import make_user


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
