"""How often each public page asks the database: so often and no more, with ten terms as with forty."""

import pytest
from builders import make_term, make_user
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from test_routes import PUBLIC, make_public_world

pytestmark = pytest.mark.django_db

# The most that any sample address of a route may take when it is asked for the second time: what is
# counted once in each state of the glossary is known then.
MOST_QUERIES = {
    "home": 4,
    "term_list": 4,
    "term_letter": 4,
    "term_detail": 8,
    "term_twin": 10,
    "term_feed": 5,
    "tag_feed": 5,
    "changes_feed": 5,
    "daily_feed": 18,
    "random_term": 2,
    "sitemap": 4,
    "sitemap_part": 4,
    "robots": 1,
    "llms": 4,
    "llms_full": 9,
    "tree": 4,
    "tree_branch": 4,
    "term_history": 5,
    "term_compare": 5,
    "term_version": 4,
    "permanent": 0,
    "tag_list": 1,
    "tag_detail": 3,
    "search": 17,
    "opensearch": 1,
    "opensearch_suggestions": 4,
    "changes": 3,
    "about": 2,
    "downloads": 4,
    "download": 2,
    "accent_css": 0,
    "api:root": 1,
    "api:term-list": 3,
    "api:term-detail": 2,
    "api:version-detail": 2,
    "api:revision-list": 3,
    "api:revision-detail": 0,
    "api:search": 9,
    "api:suggest": 4,
    "api:tag-list": 3,
    "api:tag-detail": 2,
    "api:letter-list": 2,
    "api:export-list": 0,
    "api:export": 2,
    "api:openapi": 1,
    "api:docs": 1,
}


def add_terms(numbers, world):
    editor, reviewer = make_user("Editors"), make_user("Reviewers")
    for number in numbers:
        make_term(
            f"Dx{number}",
            by=editor,
            reviewer=reviewer,
            definition="Text with Dropout.",
            tags=["Training", "Open"],
            aliases=[f"Dy{number}"],
            relations=[{"kind": "related" if number % 2 else "broader", "target": world["dropout"]}],
            notes=[{"kind": "usage", "text": "Use it well."}],
        )


def counted(world):
    """Return how many queries each public page takes; one that is not found is looked for in many ways."""
    client = Client()
    counts = {}
    for name, paths in PUBLIC.items():
        for path in (path.format(**world) for path in paths if "{draft}" not in path):
            client.get(path)
            with CaptureQueriesContext(connection) as captured:
                answer = client.get(path)
            if answer.status_code == 200:
                counts[name, path] = len(captured)
    return counts


def test_every_public_route_says_how_many_queries_it_may_take():
    assert set(MOST_QUERIES) == set(PUBLIC)


def test_pages_take_few_queries_and_no_more_with_more_rows():
    world = make_public_world()
    add_terms(range(10), world)
    few = counted(world)
    add_terms(range(10, 40), world)
    many = counted(world)

    assert {where: (few[where], many[where]) for where in few if many[where] > few[where]} == {}
    most = {name: max((count for (of, _), count in many.items() if of == name), default=0) for name in PUBLIC}
    assert {name: count for name, count in most.items() if count > MOST_QUERIES[name]} == {}
