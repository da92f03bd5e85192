"""Looks over the glossary and verdicts, at the same time as others and as edits and merges."""

from __future__ import annotations

import pytest
from builders import make_draft, make_term, make_user
from test_two_editors import ROUNDS, at_once, refusals

from terms import duplicates, judging, merging, workflow
from terms.errors import TermbookError, WrongState
from terms.models import DuplicatePair, Event, Relation

pytestmark = pytest.mark.django_db(transaction=True)


def drafts(by, *names):
    return [make_draft(name, by=by).term for name in names or ("Dropout", "Dropout")]


def the_pair():
    return DuplicatePair.objects.get()


def failures(outcomes):
    """Return what went wrong in another way than by a refusal."""
    return [one for one in refusals(outcomes) if not isinstance(one, TermbookError)]


@ROUNDS
def test_of_two_who_judge_at_once_the_second_hears_what_the_first_said(round_number):
    editors = make_user("Editors"), make_user("Editors")
    drafts(editors[0])
    duplicates.scan()
    pair = the_pair()

    outcomes = at_once(
        lambda: judging.judge(pair_id=pair.pk, verdict="different", by=editors[0], because="Two things."),
        lambda: judging.judge(pair_id=pair.pk, verdict="related", by=editors[1]),
    )

    [refused] = refusals(outcomes)
    assert isinstance(refused, WrongState)
    assert str(the_pair().judged_by) in refused.message
    assert Event.objects.filter(kind="pair.judged").count() == 1
    assert Relation.objects.exists() == (the_pair().verdict == "related")


@ROUNDS
def test_two_looks_at_once_leave_what_one_would(round_number):
    editor = make_user("Editors")
    drafts(editor, "Dropout", "Dropout", "Kernel", "Kernel", "Pod")

    outcomes = at_once(duplicates.scan, duplicates.scan_changed, duplicates.scan)

    assert refusals(outcomes) == []
    assert DuplicatePair.objects.count() == 2
    assert not duplicates.state().is_running


@ROUNDS
def test_no_verdict_is_lost_to_a_look(round_number):
    editor = make_user("Editors")
    drafts(editor, "Dropout", "Dropout", "Dropout")
    duplicates.scan()
    pairs = list(DuplicatePair.objects.values_list("pk", flat=True))
    DuplicatePair.objects.update(score=0.1)

    outcomes = at_once(
        duplicates.scan,
        lambda: judging.judge_many(pair_ids=pairs, verdict="different", by=editor, because="Two things."),
        duplicates.scan,
    )

    assert refusals(outcomes) == []
    assert set(DuplicatePair.objects.values_list("verdict", "because")) == {("different", "Two things.")}


@ROUNDS
def test_a_look_at_the_same_time_as_an_edit_is_right_after_the_next_look(round_number):
    editor = make_user("Editors")
    one, _ = drafts(editor)
    wish = {"name": "Quantum annealing", "definition": "Something else altogether."}

    outcomes = at_once(
        duplicates.scan,
        lambda: workflow.save_draft(term_id=one.pk, based_on=1, content=wish, by=editor),
        lambda: drafts(editor, "Quantum annealing", "Dropout"),
    )
    duplicates.scan_changed()

    assert refusals(outcomes) == []
    pairs = {(pair.first.name, pair.second.name) for pair in duplicates.pairs(editor)}
    assert pairs == {("Dropout", "Dropout"), ("Quantum annealing", "Quantum annealing")}


@ROUNDS
def test_a_look_a_verdict_and_a_merge_at_once_wait_for_nobody_for_ever(round_number):
    editor, chief = make_user("Editors"), make_user("Chief editors")
    one, other = make_term("Dropout"), make_term("Drop-out", aliases=["Dropout layer"])
    draft = make_draft("Dropout layer", by=editor).term
    duplicates.scan()
    pairs = list(DuplicatePair.objects.order_by("-pk").values_list("pk", flat=True))
    shown = merging.preview(kept_id=one.pk, absorbed_ids=[other.pk, draft.pk], by=chief)

    outcomes = at_once(
        lambda: merging.merge(
            kept_id=one.pk,
            absorbed_ids=[other.pk, draft.pk],
            content=shown.content,
            token=shown.token,
            by=chief,
        ),
        lambda: judging.judge_many(pair_ids=pairs, verdict="related", by=editor),
        duplicates.scan,
    )

    assert failures(outcomes) == []
    duplicates.scan()
    if not isinstance(outcomes[0], Exception):
        assert not duplicates.pairs(editor).exists()
        assert set(DuplicatePair.objects.values_list("verdict", flat=True)) <= {"merged"}


@ROUNDS
def test_verdicts_brought_in_while_the_glossary_is_looked_through_are_kept(round_number):
    editor = make_user("Editors")
    drafts(editor, "Dropout", "Dropout", "Dropout")
    duplicates.scan()
    pairs = list(DuplicatePair.objects.values_list("pk", flat=True))
    judging.judge_many(pair_ids=pairs, verdict="different", by=editor, because="Two things.")
    file = "".join(judging.as_json_lines(judging.export_verdicts(editor))).encode()
    DuplicatePair.objects.all().delete()

    outcomes = at_once(duplicates.scan, lambda: judging.import_verdicts(file, by=editor), duplicates.scan)

    assert refusals(outcomes) == []
    assert set(DuplicatePair.objects.values_list("verdict", flat=True)) == {"different"}
