"""Pages that are made while somebody publishes: their links are those of the state that they read."""

from __future__ import annotations

import pytest
from builders import make_term, make_user, propose_change
from django.utils.safestring import SafeString
from test_two_editors import at_once

from terms import linking, publishing, workflow
from terms.models import Term

pytestmark = pytest.mark.django_db(transaction=True)

NAMES = ["Adam", "Bagging", "Cutout", "Dropout", "Ensemble"]
TEXT = SafeString(f"<p>{', '.join(NAMES)}.</p>")


@pytest.mark.parametrize(
    "round_number", [0, 1, *(pytest.param(n, marks=pytest.mark.deep) for n in range(2, 20))]
)
def test_a_page_never_has_links_of_another_version_than_its_text(round_number):
    term = make_term(NAMES[0])
    editor, reviewer = make_user("Editors"), make_user("Reviewers")
    is_over = []

    def rename():
        try:
            for name in NAMES[1:]:
                revision = propose_change(Term.objects.get(pk=term.pk), by=editor, name=name)
                workflow.approve(revision_id=revision.pk, by=reviewer)
        finally:
            is_over.append(True)

    def read():
        seen = []
        while not is_over:
            with publishing.one_state() as version:
                name = Term.objects.get(pk=term.pk).name
                seen.append((version, name, linking.link_html(TEXT, skip=[])))
        return seen

    failure, *pages = at_once(rename, read, read)

    assert failure is None
    for _, name, html in (page for seen in pages for page in seen):
        assert html.count("<a ") == 1
        assert f">{name}</a>" in html
    assert linking.lookup().get("ensemble") is not None


@pytest.mark.parametrize("publications", [1, 12])
def test_a_late_reader_gets_the_names_of_the_state_that_it_reads(publications):
    """Also when so much was published meanwhile that its table is not kept any more."""
    make_term("Adam")
    editor, reviewer = make_user("Editors"), make_user("Reviewers")

    def publish_more():
        for number in range(publications):
            make_term(f"Term {number}", by=editor, reviewer=reviewer)
            linking.lookup()

    with publishing.one_state():
        Term.objects.count()
        at_once(publish_more)
        late = linking.lookup()

    assert late.get("adam") is not None
    assert late.get("term 0") is None
    assert linking.lookup().get("term 0") is not None
