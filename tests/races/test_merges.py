"""Merges beside everything else at the same moment: as if one had come after the other, and no text lost."""

from __future__ import annotations

import pytest
from builders import make_term, make_user, merge, propose_change
from test_two_editors import ROUNDS, at_once, refusals

from terms import importing, merging, revisions, workflow
from terms.errors import InvalidContent, StaleEdit, StalePreview, TermbookError, WrongState
from terms.importing import GivenFile, Options
from terms.models import Event, Merge, Operation, Relation, Revision, Term

pytestmark = pytest.mark.django_db(transaction=True)


def fresh(term):
    return Term.objects.get(pk=term.pk)


def related(other):
    return {"kind": "related", "target": other.public_id}


def merging_of(kept, *absorbed, by=None):
    """Return what carries out a merge that was looked at a moment ago."""
    by = by or make_user("Chief editors")
    wish = {"kept_id": kept.pk, "absorbed_ids": [term.pk for term in absorbed]}
    token = merging.preview(**wish, by=by).token
    return lambda: merging.merge(**wish, content={}, token=token, by=by)


def undoing_of(operation):
    by = make_user("Chief editors")
    token = merging.undo_preview(operation.pk, by=by).token
    return lambda: merging.undo(operation.pk, token=token, by=by)


def assert_the_glossary_is_whole():
    """What holds after each of two steps, in whatever order, holds after both."""
    merged = dict(Term.objects.filter(status="merged").values_list("pk", "merged_into"))
    assert not merged.keys() & set(merged.values())
    assert set(Merge.objects.filter(is_undone=False).values_list("absorbed", flat=True)) == merged.keys()
    assert not Relation.objects.filter(
        source__status__in=Term.PUBLIC_STATUSES, target__status="merged"
    ).exists()
    for term in Term.objects.published():
        assert revisions.snapshot(term) == term.live_revision.content
        went_live = term.revisions.filter(version__isnull=False).values_list("version", flat=True)
        assert sorted(went_live) == list(range(1, term.version + 1))
    for term in Term.objects.filter(status="merged"):
        assert not term.revisions.filter(state__in=Revision.OPEN_STATES).exists()


def the_refusal(outcomes, *kinds):
    """Return the place of the one that was refused; everything else went well."""
    [refusal] = refusals(outcomes)
    assert isinstance(refusal, kinds), repr(refusal)
    return outcomes.index(refusal)


@ROUNDS
def test_two_merges_share_the_term_that_goes(round_number):
    shared, one, other = make_term("Shared"), make_term("One"), make_term("Other")

    outcomes = at_once(merging_of(one, shared), merging_of(other, shared))

    loser = the_refusal(outcomes, StalePreview, WrongState)
    assert fresh(shared).merged_into == (other, one)[loser]
    assert Operation.objects.count() == 1
    assert_the_glossary_is_whole()


@ROUNDS
def test_two_merges_share_the_term_that_stays(round_number):
    shared, one, other = make_term("Shared"), make_term("One"), make_term("Other")

    outcomes = at_once(merging_of(shared, one), merging_of(shared, other))

    loser = the_refusal(outcomes, StalePreview)
    assert fresh((one, other)[loser]).status == "published"
    assert fresh((other, one)[loser]).merged_into == shared
    assert_the_glossary_is_whole()


@ROUNDS
def test_each_of_two_terms_absorbs_the_other(round_number):
    one, other = make_term("One"), make_term("Other")

    outcomes = at_once(merging_of(one, other), merging_of(other, one))

    loser = the_refusal(outcomes, StalePreview, WrongState)
    assert fresh((one, other)[loser]).merged_into == (other, one)[loser]
    assert_the_glossary_is_whole()


@ROUNDS
def test_two_links_of_one_chain(round_number):
    one, middle, last = make_term("One"), make_term("Middle"), make_term("Last")

    outcomes = at_once(merging_of(middle, one), merging_of(last, middle))

    the_refusal(outcomes, StalePreview, WrongState)
    assert_the_glossary_is_whole()


@ROUNDS
def test_two_merges_of_neighbours(round_number):
    """They lock each other's neighbours: without an order they would wait for each other for ever."""
    one, other = make_term("One"), make_term("Other")
    left = make_term("Left", relations=[related(one), related(other)])
    right = make_term("Right", relations=[related(one), related(other), related(left)])

    outcomes = at_once(
        merging_of(make_term("First"), one), merging_of(make_term("Second"), other), merging_of(left, right)
    )

    assert len(refusals(outcomes)) <= 2
    assert all(isinstance(refusal, StalePreview) for refusal in refusals(outcomes))
    assert_the_glossary_is_whole()


@ROUNDS
@pytest.mark.parametrize("side", ["kept", "absorbed"])
def test_merge_against_an_edit(side, round_number):
    terms = {"kept": make_term("Dropout"), "absorbed": make_term("Dilution")}
    editor = make_user("Editors")

    outcomes = at_once(
        merging_of(*terms.values()),
        lambda: propose_change(terms[side], by=editor, definition="From the editor."),
    )

    assert len(refusals(outcomes)) <= 1
    written = terms[side].revisions.filter(author=editor)
    if isinstance(outcomes[0], TermbookError):
        assert isinstance(outcomes[0], StalePreview)
        assert written.get().state == "proposed"
        assert fresh(terms["absorbed"]).status == "published"
    else:
        assert isinstance(outcomes[1], StaleEdit | WrongState)
        assert fresh(terms["absorbed"]).merged_into == terms["kept"]
    assert_the_glossary_is_whole()


@ROUNDS
@pytest.mark.parametrize("side", ["kept", "absorbed"])
def test_merge_against_an_approval(side, round_number):
    terms = {"kept": make_term("Dropout"), "absorbed": make_term("Dilution")}
    proposal = propose_change(terms[side], definition="Approved.")
    reviewer = make_user("Reviewers")

    outcomes = at_once(
        merging_of(*terms.values()), lambda: workflow.approve(revision_id=proposal.pk, by=reviewer)
    )

    if the_refusal(outcomes, StaleEdit, WrongState) == 0:
        assert fresh(terms[side]).definition == "Approved."
        assert fresh(terms["absorbed"]).status == "published"
    else:
        assert Revision.objects.get(pk=proposal.pk).state in {"proposed", "closed"}
        assert fresh(terms["absorbed"]).merged_into == terms["kept"]
    assert_the_glossary_is_whole()


@ROUNDS
def test_merge_against_the_approval_of_a_neighbour(round_number):
    kept, absorbed, layer = make_term("Dropout"), make_term("Dilution"), make_term("Layer")
    proposal = propose_change(layer, definition="Approved.", relations=[related(absorbed)])
    reviewer = make_user("Reviewers")

    outcomes = at_once(
        merging_of(kept, absorbed), lambda: workflow.approve(revision_id=proposal.pk, by=reviewer)
    )

    if the_refusal(outcomes, StaleEdit, WrongState, InvalidContent) == 1:
        newest = workflow.newest_open(layer)
        assert (newest.content["definition"], newest.content["relations"]) == ("Approved.", [related(kept)])
    assert_the_glossary_is_whole()


@ROUNDS
def test_merge_against_a_new_text_that_names_what_goes(round_number):
    kept, absorbed, layer = make_term("Dropout"), make_term("Dilution"), make_term("Layer")
    editor, reviewer = make_user("Editors"), make_user("Reviewers")

    outcomes = at_once(
        merging_of(kept, absorbed),
        lambda: propose_change(layer, by=editor, relations=[related(absorbed)]),
    )

    assert not isinstance(outcomes[1], Exception)
    newest = workflow.newest_open(layer)
    if not refusals(outcomes) and newest.content["relations"] == [related(absorbed)]:
        # Written in the same moment: nothing that leads nowhere goes live, and it is corrected as usual.
        with pytest.raises(InvalidContent, match="was merged into “Dropout”"):
            workflow.approve(revision_id=newest.pk, by=reviewer)
        newest = workflow.propose(
            term_id=layer.pk, based_on=newest.number, content={"definition": "x"}, by=editor
        )
        assert newest.content["relations"] == [related(kept)]
    assert_the_glossary_is_whole()


@ROUNDS
@pytest.mark.parametrize("side", ["kept", "absorbed"])
@pytest.mark.parametrize("how", ["deprecate", "remove"])
def test_merge_against_a_decision_on_the_whole_term(how, side, round_number):
    terms = {"kept": make_term("Dropout"), "absorbed": make_term("Dilution")}
    chief = make_user("Chief editors")
    act = getattr(workflow, how)

    outcomes = at_once(
        merging_of(*terms.values()), lambda: act(term_id=terms[side].pk, by=chief, reason="Old.")
    )

    if refusals(outcomes):
        the_refusal(outcomes, StalePreview, WrongState)
    else:  # the kept one was decided on as it came out of the merge
        assert side == "kept"
        assert fresh(terms["kept"]).status in {"deprecated", "removed"}
        assert fresh(terms["absorbed"]).merged_into == terms["kept"]
    assert_the_glossary_is_whole()


@ROUNDS
def test_merge_against_the_undo_of_an_earlier_one(round_number):
    kept, absorbed, third = make_term("Dropout"), make_term("Dilution"), make_term("Thinning")
    earlier = merge(kept, absorbed)

    outcomes = at_once(merging_of(third, fresh(kept)), undoing_of(earlier))

    loser = the_refusal(outcomes, StalePreview, WrongState)
    assert fresh(absorbed).status == ("published", "merged")[loser]
    assert fresh(kept).status == ("published", "merged")[loser]
    assert_the_glossary_is_whole()


@ROUNDS
def test_two_undo_one_merge(round_number):
    kept, absorbed = make_term("Dropout"), make_term("Dilution")
    operation = merge(kept, absorbed)

    outcomes = at_once(undoing_of(operation), undoing_of(operation))

    the_refusal(outcomes, WrongState, StalePreview)
    assert fresh(absorbed).status == "published"
    assert Event.objects.filter(kind=Event.Kind.MERGE_UNDONE, term=absorbed).count() == 1
    assert_the_glossary_is_whole()


@ROUNDS
def test_undo_against_an_edit(round_number):
    kept, absorbed = make_term("Dropout"), make_term("Dilution")
    operation = merge(kept, absorbed)
    proposal = propose_change(fresh(kept), short_definition="Since the merge.")
    reviewer = make_user("Reviewers")

    outcomes = at_once(undoing_of(operation), lambda: workflow.approve(revision_id=proposal.pk, by=reviewer))

    if the_refusal(outcomes, StaleEdit) == 0:
        assert fresh(kept).short_definition == "Since the merge."
    else:
        assert Revision.objects.get(pk=proposal.pk).state == "proposed"
    assert_the_glossary_is_whole()


@ROUNDS
def test_two_merges_of_one_term_are_undone_at_once(round_number):
    kept, absorbed, third = make_term("Dropout"), make_term("Dilution"), make_term("Thinning")
    operations = [merge(kept, absorbed), merge(fresh(kept), third)]

    outcomes = at_once(*map(undoing_of, operations))

    loser = the_refusal(outcomes, StalePreview)
    assert fresh((absorbed, third)[loser]).merged_into == kept
    assert fresh((third, absorbed)[loser]).status == "published"
    assert_the_glossary_is_whole()


@ROUNDS
def test_merge_against_an_import(round_number):
    kept, absorbed = make_term("Dropout"), make_term("Dilution", definition="First.")
    importer = make_user("Editors")
    file = GivenFile("terms.csv", b"name,definition\nDilution,From the file.\nNoise,New.\n")
    batch = importing.prepare([file], by=importer, options=Options())
    token = importing.token(batch, importer)

    outcomes = at_once(merging_of(kept, absorbed), lambda: importing.carry_out(batch, token, by=importer))

    for refusal in refusals(outcomes):
        assert isinstance(refusal, StalePreview | WrongState), repr(refusal)
    assert len(refusals(outcomes)) <= 1
    wish = absorbed.revisions.filter(content__definition="From the file.").first()
    if fresh(absorbed).status == "merged":
        assert wish is None or wish.state == "closed"
    else:
        assert wish.state == "proposed"
    assert_the_glossary_is_whole()


@ROUNDS
def test_split_against_merge(round_number):
    term, other = make_term("Dropout", aliases=["Thinning"]), make_term("Dilution")
    chief = make_user("Chief editors")
    wish = {
        "term_id": term.pk,
        "stays": {"aliases": []},
        "part": {"name": "Thinning", "definition": term.definition},
    }
    token = merging.split_preview(**wish, by=chief).token

    outcomes = at_once(merging_of(other, term), lambda: merging.split(**wish, token=token, by=chief))

    if the_refusal(outcomes, StalePreview, WrongState) == 0:
        assert outcomes[1].split.part.status == "published"
    else:
        assert fresh(term).merged_into == other
    assert_the_glossary_is_whole()


@ROUNDS
def test_two_agree_to_one_proposed_merge(round_number):
    kept, absorbed = make_term("Dropout"), make_term("Dilution")
    editor = make_user("Editors")
    token = merging.preview(kept_id=kept.pk, absorbed_ids=[absorbed.pk], by=editor).token
    wish = {"kept": kept.public_id, "absorbed": [absorbed.public_id], "content": {}}
    proposal = merging.propose("merge", wish, token=token, by=editor)
    chiefs = [make_user("Chief editors") for _ in range(2)]

    outcomes = at_once(*(lambda by=by: merging.approve_proposal(proposal.pk, by=by) for by in chiefs))

    the_refusal(outcomes, WrongState, StalePreview)
    assert Operation.objects.count() == 1
    assert_the_glossary_is_whole()
