"""Whatever changes what readers see, or who waits for whom, happens as a whole or not at all."""

from datetime import timedelta

import pytest
from builders import make_draft, make_term, make_user, propose_change
from django.db import connection, transaction
from django.utils import timezone
from faults import Outage, fail_after_every_write

from terms import discussion, planning, workflow
from terms.models import Event, PlannedChange, Revision, Tag, Term

pytestmark = pytest.mark.django_db


@pytest.fixture
def term():
    return make_term(
        "Drop out", definition="Leave out units.", tags=["Training"], aliases=["DO"], sources=["A paper"]
    )


def test_a_rule_that_writes_outside_of_a_transaction_is_found_out():
    def writes_twice():
        Tag.objects.create(name="One", slug="one")
        Tag.objects.create(name="Two", slug="two")

    with pytest.raises(AssertionError, match="no transaction around write 1"):
        fail_after_every_write(writes_twice, at_least=2)


def test_a_rule_of_two_transactions_is_found_out():
    def writes_twice():
        for name in ("one", "two"):
            with transaction.atomic():
                Tag.objects.create(name=name, slug=name)

    with pytest.raises(AssertionError, match="left behind after write 2"):
        fail_after_every_write(writes_twice, at_least=2)


def test_a_rule_that_swallows_failures_is_found_out():
    def hears_nothing():
        try:
            with transaction.atomic():
                Tag.objects.create(name="One", slug="one")
        except Outage:
            pass

    with pytest.raises(AssertionError, match="nobody heard of the failure"):
        fail_after_every_write(hears_nothing, at_least=1)


def test_a_new_term_is_published_as_a_whole(term, reviewer):
    proposal = workflow.propose(
        content={
            "name": "Dropconnect",
            "definition": "Leave out weights.",
            "tags": ["Training", "Regularization"],
            "aliases": ["DC"],
            "relations": [{"kind": "related", "target": term.public_id}],
        },
        by=make_user("Editors"),
    )

    published = fail_after_every_write(
        lambda: workflow.approve(revision_id=proposal.pk, by=reviewer), at_least=8
    )

    assert (published.status, published.version) == ("published", 1)


def test_a_change_with_another_name_and_relations_is_published_as_a_whole(term, reviewer):
    other = make_term("Loss")
    proposal = propose_change(
        term,
        name="Dropout",
        definition="Leave out units at random.",
        aliases=["DO", "Drop out"],
        tags=["Regularization"],
        relations=[{"kind": "broader", "target": other.public_id}],
        sources=["Another paper"],
    )

    published = fail_after_every_write(
        lambda: workflow.approve(revision_id=proposal.pk, by=reviewer), at_least=12
    )

    assert (published.slug, published.former_slugs.get().slug) == ("dropout", "drop-out")


def test_a_proposed_deprecation_is_published_as_a_whole(term, reviewer):
    other = make_term("Loss")
    proposal = propose_change(
        term,
        status="deprecated",
        deprecation_reason="Out of use.",
        relations=[{"kind": "replaced_by", "target": other.public_id}],
    )

    published = fail_after_every_write(
        lambda: workflow.approve(revision_id=proposal.pk, by=reviewer), at_least=8
    )

    assert published.status == "deprecated"


def test_a_term_is_deprecated_and_reinstated_as_a_whole(term, reviewer):
    make_term("Loss")

    fail_after_every_write(
        lambda: workflow.deprecate(term_id=term.pk, by=reviewer, reason="Old.", successors=["Loss"]),
        at_least=8,
    )
    again = fail_after_every_write(lambda: workflow.reinstate(term_id=term.pk, by=reviewer), at_least=8)

    assert (again.status, again.version) == ("published", 3)


def test_a_status_is_set_back_as_a_whole(term, reviewer):
    workflow.deprecate(term_id=term.pk, by=reviewer, reason="Old.")

    again = fail_after_every_write(
        lambda: workflow.set_back(term_id=term.pk, by=reviewer, before=1, after=2), at_least=6
    )

    assert again.status == "published"


def test_a_term_is_removed_and_restored_as_a_whole(term, chief):
    make_term("Loss", relations=[{"kind": "related", "target": term.public_id}])

    fail_after_every_write(lambda: workflow.remove(term_id=term.pk, by=chief, reason="Wrong."), at_least=6)
    restored = fail_after_every_write(lambda: workflow.restore(term_id=term.pk, by=chief), at_least=6)

    assert (restored.status, restored.version) == ("published", 2)


def test_a_draft_is_put_away_and_restored_as_a_whole(chief):
    draft = make_draft()

    fail_after_every_write(lambda: workflow.discard_draft(term_id=draft.term_id, by=chief), at_least=2)
    restored = fail_after_every_write(lambda: workflow.restore(term_id=draft.term_id, by=chief), at_least=2)

    assert restored.status == "draft"


def test_a_text_is_proposed_and_corrected_as_a_whole(term, editor):
    proposal = fail_after_every_write(
        lambda: propose_change(term, by=editor, definition="Better.", tags=["A new tag"]), at_least=3
    )
    corrected = fail_after_every_write(
        lambda: workflow.propose(
            term_id=term.pk, based_on=proposal.number, content={"definition": "Best."}, by=editor
        ),
        at_least=3,
    )

    assert corrected.supersedes == proposal


def test_a_text_is_brought_up_to_date_as_a_whole(term, editor, reviewer):
    proposal = propose_change(term, by=editor, short_definition="Leaves out units.")
    workflow.approve(revision_id=propose_change(term, tags=["Regularization"]).pk, by=reviewer)

    newer = fail_after_every_write(
        lambda: workflow.bring_up_to_date(revision_id=proposal.pk, by=editor), at_least=3
    )

    assert (newer.supersedes, newer.content["tags"]) == (proposal, ["regularization"])


def test_changes_are_asked_for_and_answered_as_a_whole(term, editor, reviewer):
    proposal = propose_change(term, by=editor, definition="Better.")

    fail_after_every_write(
        lambda: workflow.request_changes(revision_id=proposal.pk, by=reviewer, reason="Say why."), at_least=3
    )
    answered = fail_after_every_write(
        lambda: workflow.resubmit(revision_id=proposal.pk, by=editor, answer="Because."), at_least=3
    )

    assert answered.state == "proposed"
    assert len(discussion.threads([proposal])[0].answers) == 1


def test_a_proposal_is_rejected_as_a_whole(term, editor, reviewer):
    proposal = propose_change(term, by=editor, definition="Worse.")

    rejected = fail_after_every_write(
        lambda: workflow.reject(revision_id=proposal.pk, by=reviewer, reason="Worse."), at_least=2
    )

    assert rejected.state == "rejected"


def test_a_suggestion_of_a_reader_is_taken_in_as_a_whole(term):
    sender = workflow.Sender(name="Ada", email="ada@example.org", digest="place")

    of_a_change = fail_after_every_write(
        lambda: workflow.suggest(
            content={"definition": "Leave out units at random."}, sender=sender, term_id=term.pk, version=1
        ),
        at_least=3,
    )
    of_a_term = fail_after_every_write(
        lambda: workflow.suggest(content={"name": "Loss", "definition": "A cost."}, sender=sender), at_least=4
    )

    assert of_a_change.revision.term == term
    assert of_a_term.revision.term.status == "draft"


def carried_out(due_at):
    """Carry out what is due; an outage, which stops no other plan, comes out here."""
    carried = planning.carry_out_due(due_at)
    if carried.broken:
        raise Outage
    return carried.settled


def test_a_plan_is_carried_out_as_a_whole(term, editor, reviewer):
    proposal = propose_change(term, by=editor, definition="Better.")
    due_at = timezone.now() + timedelta(days=1)
    fail_after_every_write(
        lambda: planning.plan_publication(revision_id=proposal.pk, due_at=due_at, by=reviewer), at_least=2
    )

    [plan] = fail_after_every_write(lambda: carried_out(due_at), at_least=8)

    assert (plan.state, Term.objects.get(pk=term.pk).definition) == ("done", "Better.")


def test_a_plan_that_fails_is_settled_as_a_whole(term, editor, reviewer):
    proposal = propose_change(term, by=editor, definition="Better.")
    due_at = timezone.now() + timedelta(days=1)
    planning.plan_publication(revision_id=proposal.pk, due_at=due_at, by=reviewer)
    workflow.withdraw(revision_id=proposal.pk, by=editor)

    [plan] = fail_after_every_write(lambda: carried_out(due_at), at_least=2)

    assert plan.state == PlannedChange.State.FAILED
    assert Event.objects.filter(kind=Event.Kind.PLAN_FAILED).count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_outage_in_earnest_leaves_a_publication_undone():
    """The same without a transaction around it, at the last write before the commit."""
    reviewer, term = make_user("Reviewers"), make_term()
    proposal = propose_change(term, definition="Better.")

    def ends_at_the_log(execute, sql, *rest):
        if sql.startswith("INSERT") and "terms_event" in sql:
            raise Outage(sql)
        return execute(sql, *rest)

    with pytest.raises(Outage), connection.execute_wrapper(ends_at_the_log):
        workflow.approve(revision_id=proposal.pk, by=reviewer)

    fresh = Term.objects.get(pk=term.pk)
    assert (fresh.version, fresh.definition) == (1, "What Dropout is.")
    assert Revision.objects.get(pk=proposal.pk).state == "proposed"
