"""A merge, a split and what takes them back happen as a whole or not at all, whatever write fails."""

from datetime import timedelta

import pytest
from builders import make_draft, make_term, propose_change
from django.utils import timezone
from faults import fail_after_every_write

from terms import judging, merging, planning, workflow
from terms.models import DuplicatePair, Term

# Each write of a rich case fails once: long, and the same on both databases.
pytestmark = [pytest.mark.django_db, pytest.mark.once]


def related(other, kind="related"):
    return {"kind": kind, "target": other.public_id}


@pytest.fixture
def kept():
    return make_term("Dropout", definition="Leaving units out.", aliases=["DO"], tags=["Training"])


@pytest.fixture
def absorbed(kept, editor, reviewer, chief):
    """A term with everything around it that a merge moves."""
    noise = make_term("Noise")
    term = make_term(
        "Dilution",
        aliases=["Drop-out"],
        tags=["Noise"],
        relations=[related(kept), related(noise, "broader")],
        sources=["A paper"],
        notes=[{"kind": "usage", "text": "Of layers."}],
        external_ids=[{"scheme": "wikidata", "value": "Q1"}],
    )
    layer = make_term("Layer", relations=[related(term)])
    propose_change(layer, by=editor, definition="A row of units.")
    make_draft("Drop path", by=editor, relations=[related(term, "broader")])
    waiting = propose_change(term, by=editor, definition="Better.")
    due_at = timezone.now() + timedelta(days=1)
    planning.plan_publication(revision_id=waiting.pk, due_at=due_at, by=reviewer)
    earlier = make_term("Thinning")
    merge_into(term, earlier, by=chief)()
    first, second = sorted((kept, term), key=lambda one: one.pk)
    DuplicatePair.objects.create(first=first, second=second, score=0.9)
    return Term.objects.get(pk=term.pk)


def merge_into(kept, *absorbed, by, **content):
    wish = {"kept_id": kept.pk, "absorbed_ids": [term.pk for term in absorbed], "content": content}
    token = merging.preview(**wish, by=by).token
    return lambda: merging.merge(**wish, token=token, by=by)


def undo_of(operation, by):
    token = merging.undo_preview(operation.pk, by=by).token
    return lambda: merging.undo(operation.pk, token=token, by=by)


@pytest.mark.ci
def test_a_merge_and_its_undo_happen_as_a_whole(kept, absorbed, chief):
    operation = fail_after_every_write(merge_into(kept, absorbed, by=chief, name="Dilution"), at_least=40)
    assert Term.objects.get(pk=absorbed.pk).merged_into == kept

    fail_after_every_write(undo_of(operation, chief), at_least=40)

    assert Term.objects.get(pk=absorbed.pk).status == "published"


def test_a_merge_of_drafts_and_its_undo_happen_as_a_whole(editor, chief):
    one, other = (make_draft(name, by=editor, tags=[name]).term for name in ("Dropout", "Dilution"))

    operation = fail_after_every_write(merge_into(one, other, by=chief), at_least=8)
    assert Term.objects.get(pk=other.pk).merged_into == one
    fail_after_every_write(undo_of(operation, chief), at_least=6)

    assert Term.objects.get(pk=other.pk).status == "draft"


def test_a_split_and_its_undo_happen_as_a_whole(absorbed, chief):
    wish = {
        "term_id": absorbed.pk,
        "stays": {"qualifier": "physics", "aliases": [], "relations": []},
        "part": {
            "name": "Thinning out",
            "definition": absorbed.definition,
            "relations": absorbed.live_revision.content["relations"][:1],
            "tags": ["Noise"],
        },
        "address": "both",
        "moves": [{"source": Term.objects.get(name="Layer").public_id, "kind": "related"}],
    }
    token = merging.split_preview(**wish, by=chief).token

    operation = fail_after_every_write(lambda: merging.split(**wish, token=token, by=chief), at_least=15)
    part = operation.split.part
    assert part.status == "published"
    fail_after_every_write(undo_of(operation, chief), at_least=15)

    assert Term.objects.get(pk=part.pk).merged_into == absorbed


@pytest.mark.ci
def test_a_proposed_merge_is_proposed_and_agreed_to_as_a_whole(kept, absorbed, editor, chief):
    content = {"definition": "Words that nobody has read."}
    wish = {"kept": kept.public_id, "absorbed": [absorbed.public_id], "content": content}
    ids = {"kept_id": kept.pk, "absorbed_ids": [absorbed.pk]}
    token = merging.preview(**ids, content=content, by=editor).token

    proposal = fail_after_every_write(
        lambda: merging.propose("merge", wish, token=token, by=editor), at_least=3
    )
    fail_after_every_write(lambda: merging.approve_proposal(proposal.pk, by=chief), at_least=40)

    assert Term.objects.get(pk=kept.pk).definition == "Words that nobody has read."


def test_a_proposed_merge_is_turned_down_as_a_whole(kept, absorbed, editor, reviewer):
    wish = {"kept": kept.public_id, "absorbed": [absorbed.public_id], "content": {}}
    token = merging.preview(kept_id=kept.pk, absorbed_ids=[absorbed.pk], by=editor).token
    proposal = merging.propose("merge", wish, token=token, by=editor)

    rejected = fail_after_every_write(
        lambda: merging.reject_proposal(proposal.pk, by=reviewer, reason="They are two."),
        at_least=2,
    )

    assert rejected.state == "rejected"


def test_a_verdict_is_given_as_a_whole(kept, absorbed, editor):
    pair = DuplicatePair.objects.get()

    fail_after_every_write(
        lambda: judging.judge(pair_id=pair.pk, verdict="different", by=editor, because="Not of layers."),
        at_least=2,
    )

    assert DuplicatePair.objects.get().verdict == "different"


def test_a_relation_that_was_offered_is_recorded_as_a_whole(kept, editor):
    other = make_term("Noise")
    first, second = sorted((kept, other), key=lambda one: one.pk)
    pair = DuplicatePair.objects.create(first=first, second=second, score=0.5, suggestion="relate")

    fail_after_every_write(lambda: judging.relate(pair_id=pair.pk, kind="related", by=editor), at_least=3)

    assert DuplicatePair.objects.get().verdict == "related"
    assert workflow.newest_open(first) or workflow.newest_open(second)
