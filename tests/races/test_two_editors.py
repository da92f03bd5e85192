"""Two people at once, in real threads on the real database: one wins, nobody's text is lost."""

from __future__ import annotations

import threading

import pytest
from builders import make_draft, make_term, make_user, propose_change
from django.conf import settings
from django.db import connection, transaction

from terms import revisions, workflow
from terms.errors import InvalidContent, NameTaken, StaleEdit, TermbookError, WrongState
from terms.models import Event, Revision, Tag, Term

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*calls):
    """Start all calls at the same moment, each in a thread of its own; return results or refusals."""
    barrier = threading.Barrier(len(calls))
    outcomes = [None] * len(calls)

    def run(place, call):
        try:
            barrier.wait(timeout=30)
            outcomes[place] = call()
        except TermbookError as refusal:
            outcomes[place] = refusal
        except Exception as failure:  # noqa: BLE001 - any other failure is what these tests look for
            outcomes[place] = failure
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return outcomes


def refusals(outcomes):
    return [outcome for outcome in outcomes if isinstance(outcome, Exception)]


ROUNDS = pytest.mark.parametrize(
    "round_number",
    [*range(5), *(pytest.param(n, marks=pytest.mark.deep) for n in range(5, 50))],
)


@pytest.mark.skipif(
    settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"), reason="SQLite has one writer"
)
def test_without_the_lock_an_update_is_lost():
    """The race itself, to know that the tests below would see it."""
    term = make_term()
    version = term.version
    both_have_read = threading.Barrier(2)

    def raise_version():
        with transaction.atomic():
            seen = Term.objects.get(pk=term.pk)
            both_have_read.wait(timeout=30)
            seen.version += 1
            seen.save(update_fields=["version"])

    assert refusals(at_once(raise_version, raise_version)) == []
    assert Term.objects.get(pk=term.pk).version == version + 1


@ROUNDS
def test_two_editors_correct_one_draft(round_number):
    draft = make_draft()
    one, other = make_user("Editors"), make_user("Editors")

    def save(by, text):
        return lambda: workflow.save_draft(
            term_id=draft.term_id, based_on=1, content={"definition": text}, by=by
        )

    outcomes = at_once(save(one, "One."), save(other, "Other."))

    [refusal] = refusals(outcomes)
    assert isinstance(refusal, StaleEdit)
    kept = {refusal.conflict["local"]["definition"], refusal.conflict["current"]["definition"]}
    assert kept == {"One.", "Other."}
    assert Revision.objects.filter(term=draft.term_id).count() == 2


@ROUNDS
def test_two_reviewers_approve_one_proposal(round_number):
    term = make_term()
    revision = propose_change(term, definition="New.")
    reviewers = [make_user("Reviewers") for _ in range(2)]

    outcomes = at_once(*(lambda by=by: workflow.approve(revision_id=revision.pk, by=by) for by in reviewers))

    [refusal] = refusals(outcomes)
    assert isinstance(refusal, WrongState)
    term.refresh_from_db()
    assert (term.version, term.definition) == (2, "New.")
    assert Event.objects.filter(term=term, kind="term.changed").count() == 1


@ROUNDS
def test_two_proposals_of_one_term_are_approved(round_number):
    term = make_term()
    proposals = [propose_change(term, definition=text) for text in ("One.", "Other.")]
    by = make_user("Reviewers")

    outcomes = at_once(*(lambda r=r: workflow.approve(revision_id=r.pk, by=by) for r in proposals))

    [refusal] = refusals(outcomes)
    assert isinstance(refusal, StaleEdit)
    term.refresh_from_db()
    assert revisions.snapshot(term) == term.live_revision.content
    assert term.version == 2


@ROUNDS
def test_two_drafts_of_one_name_are_approved(round_number):
    author, by = make_user("Editors"), make_user("Reviewers")
    proposals = [
        workflow.propose(content={"name": name, "definition": "x"}, by=author)
        for name in ("Dropout", "dropout")
    ]

    outcomes = at_once(*(lambda r=r: workflow.approve(revision_id=r.pk, by=by) for r in proposals))

    [refusal] = refusals(outcomes)
    assert isinstance(refusal, NameTaken)
    assert Term.objects.published().count() == 1


@ROUNDS
def test_approval_against_a_correction(round_number):
    author, by = make_user("Editors"), make_user("Reviewers")
    proposal = workflow.propose(content={"name": "Dropout", "definition": "Read."}, by=author)

    outcomes = at_once(
        lambda: workflow.approve(revision_id=proposal.pk, by=by),
        lambda: workflow.propose(
            term_id=proposal.term_id, based_on=1, content={"definition": "Later."}, by=author
        ),
    )

    # Either order is possible; in none is anything live that nobody read.
    term = Term.objects.get(pk=proposal.term_id)
    assert term.revisions.get(number=2).state == "proposed"
    if isinstance(outcomes[0], Term):
        assert refusals(outcomes) == []
        assert (term.status, term.definition) == ("published", "Read.")
    else:
        assert isinstance(outcomes[0], WrongState)
        assert (term.status, term.definition) == ("draft", "Later.")


@ROUNDS
def test_a_circle_does_not_close_from_both_ends(round_number):
    one, other = make_term("One"), make_term("Other")
    by = make_user("Reviewers")
    closing = [
        propose_change(a, relations=[{"kind": "broader", "target": b.public_id}])
        for a, b in ((one, other), (other, one))
    ]

    outcomes = at_once(*(lambda r=r: workflow.approve(revision_id=r.pk, by=by) for r in closing))

    [refusal] = refusals(outcomes)
    assert isinstance(refusal, InvalidContent)


@ROUNDS
def test_one_new_tag_is_made_once(round_number):
    authors = [make_user("Editors") for _ in range(3)]

    outcomes = at_once(
        *(
            lambda by=by, n=n: workflow.create_draft(content={"name": f"T{n}", "tags": ["Fresh"]}, by=by)
            for n, by in enumerate(authors)
        )
    )

    assert refusals(outcomes) == []
    assert Tag.objects.filter(slug="fresh").count() == 1


@ROUNDS
def test_edit_against_removal(round_number):
    term = make_term()
    chief, editor = make_user("Chief editors"), make_user("Editors")

    outcomes = at_once(
        lambda: workflow.remove(term_id=term.pk, by=chief, reason="Wrong."),
        lambda: propose_change(term, by=editor, definition="New."),
    )

    assert not isinstance(outcomes[0], Exception)
    assert isinstance(outcomes[1], Revision | WrongState)
    assert Term.objects.get(pk=term.pk).status == "removed"
