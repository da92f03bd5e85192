"""Imports beside everything else that happens: nothing doubled, nothing halved, nobody's text lost."""

from __future__ import annotations

import pytest
from builders import make_draft, make_term, make_user, propose_change
from test_two_editors import ROUNDS, at_once, refusals

from terms import importing, workflow
from terms.errors import StaleEdit, WrongState
from terms.importing import CHANGED, GivenFile, Options, carrying_out, running
from terms.models import Event, ImportBatch, ImportedRecord, ImportRow, Revision, Term

pytestmark = pytest.mark.django_db(transaction=True)

WORDS = "name,definition,tags\n" + "".join(f"Term {n},Text {n}.,New tag\n" for n in range(6))


@pytest.fixture(autouse=True)
def _small_steps(monkeypatch):
    """Many transactions for a few rows."""
    monkeypatch.setattr(running, "AT_ONCE", 2)


def prepare(text=WORDS, by=None, **options):
    by = by or make_user("Editors")
    batch = importing.prepare([GivenFile("terms.csv", text.encode())], by=by, options=Options(**options))
    return batch, importing.token(batch, by), by


def outcomes_of(batch):
    return set(batch.rows.values_list("outcome", flat=True))


def assert_nothing_is_doubled(count):
    assert Term.objects.filter(name__startswith="Term ").exclude(status="removed").count() == count
    assert ImportedRecord.objects.count() == count
    assert Revision.objects.count() == count


@ROUNDS
def test_a_file_is_imported_while_an_editor_writes(round_number):
    term = make_term("Dropout", definition="First.")
    editor = make_user("Editors")
    batch, token, importer = prepare("name,definition\nDropout,From the file.\n")

    outcomes = at_once(
        lambda: importing.carry_out(batch, token, by=importer),
        lambda: propose_change(term, by=editor, definition="From the editor."),
    )

    wishes = {revision.content["definition"] for revision in term.revisions.filter(state="proposed")}
    if refusals(outcomes):  # the glossary had moved when it began
        assert isinstance(outcomes[0], WrongState)
        assert wishes == {"From the editor."}
    else:
        assert wishes == {"From the file.", "From the editor."}
    assert Term.objects.get(pk=term.pk).definition == "First."


@ROUNDS
def test_a_file_changes_what_is_published_anew_at_once(round_number):
    term = make_term("Dropout", definition="First.")
    proposal = propose_change(term, definition="Second.")
    reviewer = make_user("Reviewers")
    batch, token, importer = prepare("name,definition\nDropout,From the file.\n")

    outcomes = at_once(
        lambda: importing.carry_out(batch, token, by=importer),
        lambda: workflow.approve(revision_id=proposal.pk, by=reviewer),
    )

    assert not isinstance(outcomes[1], Exception)
    assert Term.objects.get(pk=term.pk).definition == "Second."
    row = batch.rows.get()
    if isinstance(outcomes[0], WrongState):
        assert row.outcome == ""
    else:
        assert (row.outcome, row.message) in {("failed", CHANGED), ("proposed", "")}


@ROUNDS
def test_a_file_and_an_editor_write_on_one_draft(round_number):
    draft = make_draft("Dropout", definition="First.")
    batch, token, importer = prepare("name,definition\nDropout,From the file.\n")

    outcomes = at_once(
        lambda: importing.carry_out(batch, token, by=importer),
        lambda: workflow.save_draft(
            term_id=draft.term_id, based_on=1, content={"definition": "Mine."}, by=draft.author
        ),
    )

    term, row = Term.objects.get(), batch.rows.get()
    if isinstance(outcomes[1], StaleEdit):
        assert outcomes[1].conflict["local"]["definition"] == "Mine."
        assert (row.outcome, term.definition) == ("saved", "From the file.")
    else:
        assert term.definition == "Mine."
        assert isinstance(outcomes[0], WrongState) or (row.outcome, row.message) == ("failed", CHANGED)


@ROUNDS
def test_one_file_is_imported_twice_at_once(round_number):
    one, other = prepare(), prepare()

    outcomes = at_once(
        *(lambda batch=batch, token=token, by=by: importing.carry_out(batch, token, by=by)
          for batch, token, by in (one, other))
    )  # fmt: skip

    assert all(isinstance(refusal, WrongState) for refusal in refusals(outcomes))
    assert_nothing_is_doubled(6)
    done = ImportRow.objects.filter(outcome="created").count()
    failed = ImportRow.objects.filter(outcome="failed", message=CHANGED).count()
    assert (done, failed) in {(6, 6), (6, 0)}


@ROUNDS
def test_one_preview_is_carried_out_twice_at_once(round_number):
    batch, token, by = prepare()

    outcomes = at_once(*[lambda: importing.carry_out(batch, token, by=by)] * 2)

    [refusal] = refusals(outcomes)
    assert isinstance(refusal, WrongState)
    assert_nothing_is_doubled(6)
    assert outcomes_of(batch) == {"created"}
    assert Event.objects.filter(kind=Event.Kind.IMPORTED).count() == 1


@ROUNDS
def test_two_people_go_on_with_what_was_stopped(round_number):
    batch, token, by = prepare()
    carrying_out.begin(batch, token, by=by)
    importing.cancel(batch, by=by)

    outcomes = at_once(*[lambda: importing.go_on(batch, by=by)] * 2)

    assert all(isinstance(refusal, WrongState) for refusal in refusals(outcomes))
    assert_nothing_is_doubled(6)
    assert ImportBatch.objects.get().state == "finished"


@ROUNDS
def test_an_import_is_cancelled_while_it_runs(round_number):
    batch, token, by = prepare()

    at_once(
        lambda: importing.carry_out(batch, token, by=by),
        lambda: importing.cancel(batch, by=make_user("Editors")),
    )

    batch.refresh_from_db()
    count = ImportRow.objects.filter(outcome="created").count()
    assert (batch.state, count) == ("finished", 6) or (batch.state == "cancelled" and count % 2 == 0)
    assert_nothing_is_doubled(count)


@ROUNDS
def test_a_row_is_corrected_while_the_import_begins(round_number):
    batch, token, by = prepare()
    row = batch.rows.get(position=5)

    outcomes = at_once(
        lambda: importing.carry_out(batch, token, by=by),
        lambda: importing.correct(row, {"definition": "Corrected."}, by=by),
    )

    [refusal] = refusals(outcomes)
    assert isinstance(refusal, WrongState)
    texts = set(Term.objects.values_list("definition", flat=True))
    assert texts == (set() if outcomes[0] is refusal else {f"Text {n}." for n in range(6)})


@ROUNDS
def test_an_import_is_published_while_a_name_of_it_is_published_by_hand(round_number):
    chief, reviewer = make_user("Chief editors"), make_user("Reviewers")
    mine = workflow.propose(content={"name": "Term 3", "definition": "Mine."}, by=make_user("Editors"))
    text = WORDS.replace("Term 3,", '"Term  3",')
    batch = importing.prepare([GivenFile("t.csv", text.encode())], by=chief, options=Options(publish=True))
    importing.correct(batch.rows.get(position=3), {"term": importing.AS_NEW}, by=chief)
    batch.refresh_from_db()
    token = importing.token(batch, chief)

    outcomes = at_once(
        lambda: importing.carry_out(batch, token, by=chief),
        lambda: workflow.approve(revision_id=mine.pk, by=reviewer),
    )

    public = Term.objects.published()
    assert public.filter(name_key="term 3").count() == 1
    assert public.count() == (1 if isinstance(outcomes[0], WrongState) else 6)


@ROUNDS
def test_an_import_is_undone_while_somebody_writes_on_a_term_of_it(round_number):
    batch, token, by = prepare()
    batch = importing.carry_out(batch, token, by=by)
    term = Term.objects.get(name="Term 5")
    preview = importing.undo_preview(batch, by=by)
    helper = make_user("Editors")

    outcomes = at_once(
        lambda: importing.undo(batch, preview.token, by=by),
        lambda: workflow.save_draft(term_id=term.pk, based_on=1, content={"definition": "Mine."}, by=helper),
    )

    term.refresh_from_db()
    if isinstance(outcomes[1], WrongState):
        assert term.status == "removed"
    else:
        assert (term.status, term.definition) == ("draft", "Mine.")
    if isinstance(outcomes[0], WrongState):  # it was written before the undo looked
        assert Term.objects.filter(status="removed").count() == 0
    else:
        assert Term.objects.filter(status="removed").count() == 6 - (term.status == "draft")


@ROUNDS
def test_an_import_is_undone_by_two_at_once(round_number):
    batch, token, by = prepare()
    batch = importing.carry_out(batch, token, by=by)
    preview = importing.undo_preview(batch, by=by)

    outcomes = at_once(*[lambda: importing.undo(batch, preview.token, by=by)] * 2)

    assert all(isinstance(refusal, WrongState) for refusal in refusals(outcomes))
    assert outcomes_of(batch) == {"undone"}
    assert Event.objects.filter(kind=Event.Kind.DISCARDED).count() == 6
    assert Event.objects.filter(kind=Event.Kind.IMPORT_UNDONE).count() == 1
