"""An import that is prepared: shown, corrected, left out in parts, planned again, carried out once."""

from datetime import timedelta

import pytest
from builders import make_draft, make_term, make_user, propose_change
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from faults import Outage, _FailsAfter

from terms import importing, workflow
from terms.errors import InvalidContent, NotAllowed, WrongState
from terms.importing import AS_NEW, CHANGED, GivenFile, Options, background, carrying_out, running
from terms.models import Event, ImportBatch, ImportedRecord, ImportRow, Relation, Revision, Term

pytestmark = pytest.mark.django_db

TEXT = "name,definition,tags,aliases\nDropout,Leaves units out.,Training,DO|acronym\nAdam,An optimizer.,,\n"


def prepare(text=TEXT, by=None, file_name="terms.csv", **options):
    file = GivenFile(file_name, text.encode())
    return importing.prepare([file], by=by or make_user("Editors"), options=Options(**options))


def row_of(batch, name):
    return importing.rows(batch).get(record__name=name)


def carry_out(batch, by):
    batch.refresh_from_db()
    return importing.carry_out(batch, importing.token(batch, by), by=by)


def many(count, start=0):
    return "name,definition\n" + "".join(f"Term {n},Text {n}.\n" for n in range(start, start + count))


# --- Shown ---------------------------------------------------------------------------------------


def test_what_is_prepared_waits_and_nothing_of_it_is_in_the_glossary(editor):
    batch = prepare(by=editor)

    assert (batch.state, batch.by, batch.format) == ("prepared", editor, "csv")
    assert batch.counts == {"create": 2, "update": 0, "unchanged": 0, "conflict": 0, "invalid": 0}
    assert [row.record["name"] for row in importing.rows(batch)] == ["Dropout", "Adam"]
    assert (Term.objects.count(), ImportedRecord.objects.count(), Event.objects.count()) == (0, 0, 0)


def test_rows_are_shown_by_what_will_become_of_them_and_by_what_is_to_be_looked_at(editor):
    make_term("Adam", definition="An optimizer.")
    make_term("Dropouts")
    batch = prepare(by=editor)

    assert [row.record["name"] for row in importing.rows(batch, action="unchanged")] == ["Adam"]
    assert [row.record["name"] for row in importing.rows(batch, only_flagged=True)] == ["Dropout"]


def test_the_difference_of_a_change_is_told_row_by_row(editor):
    make_term("Adam", definition="Old.", tags=["optimizers"])
    batch = prepare(by=editor)

    told = importing.differences(importing.rows(batch), by=editor)

    row = row_of(batch, "Adam")
    assert list(told) == [row.pk]
    assert [(one.field, one.before, one.after) for one in told[row.pk]] == [
        ("definition", "Old.", "An optimizer.")
    ]


def test_what_is_wrong_with_single_cells_is_kept_with_the_batch(editor):
    batch = prepare("name,definition,colour\nDropout,Text.,red\n", by=editor)

    [problem] = batch.problems
    assert (problem["line"], problem["column"]) == (1, "colour")


# --- Corrected -----------------------------------------------------------------------------------


def test_a_row_can_be_corrected_and_is_planned_at_once(editor):
    term = make_term("Dropout", definition="Leaves units out.")
    batch = prepare("name,definition\nDroput,Leaves units out.\n", by=editor)
    row = row_of(batch, "Droput")
    assert (row.action, row.is_corrected) == ("create", False)

    row = importing.correct(
        row, {"name": "Dropout", "aliases": ["DO", {"text": "Droput", "kind": "misspelling"}]}, by=editor
    )

    assert (row.action, row.term_id, row.changed, row.is_corrected) == ("update", term.pk, ["aliases"], True)
    batch.refresh_from_db()
    assert batch.counts["update"] == 1
    carry_out(batch, editor)
    proposal = Revision.objects.get(term=term, state="proposed")
    assert [alias["text"] for alias in proposal.content["aliases"]] == ["DO", "Droput"]
    assert ImportedRecord.objects.get().given["name"] == "Droput"


def test_a_correction_is_what_comes_in_and_the_file_is_what_is_compared_next_time(editor):
    text = "name,definition\nDropout,Leavs units out.\n"
    batch = prepare(text, by=editor)
    importing.correct(row_of(batch, "Dropout"), {"definition": "Leaves units out."}, by=editor)
    carry_out(batch, editor)

    again = prepare(text, by=editor)

    assert Term.objects.get().definition == "Leaves units out."
    assert again.counts["unchanged"] == 1


def test_a_correction_is_taken_back_by_the_words_of_the_file(editor):
    batch = prepare(by=editor)
    row = importing.correct(row_of(batch, "Dropout"), {"name": "Drop-out", "tags": ["x"]}, by=editor)

    row = importing.correct(row, {"name": "Dropout"}, by=editor)

    assert row.corrections == {"tags": ["x"]}
    assert importing.item_of(row).record.name == "Dropout"


def test_a_person_says_which_term_is_meant_or_that_it_is_a_new_one(editor):
    term = make_term("Dropout", aliases=["Dilution"], definition="Old.")
    batch = prepare("name,definition\nDilution,Text.\n", by=editor)
    row = row_of(batch, "Dilution")
    assert row.action == "conflict"

    row = importing.correct(row, {"term": "Dropout"}, by=editor)
    assert (row.action, row.term_id, row.changed) == ("update", term.pk, ["definition"])
    row = importing.correct(row, {"term": AS_NEW}, by=editor)
    assert (row.action, row.term_id) == ("create", None)
    row = importing.correct(row, {"term": ""}, by=editor)
    assert (row.action, row.corrections) == ("conflict", {})


def test_a_record_that_is_said_to_be_a_term_gives_it_its_name_as_another_one(editor):
    term = make_term("Dropout", aliases=["DO"], definition="Old.")
    text = "name,definition,aliases\nUnit omission,Text.,UO\n"
    batch = prepare(text, by=editor)

    row = importing.correct(row_of(batch, "Unit omission"), {"term": term.public_id}, by=editor)
    carry_out(batch, editor)

    assert row.changed == ["definition", "aliases"]
    content = Revision.objects.get(term=term, state="proposed").content
    assert content["name"] == "Dropout"
    assert [alias["text"] for alias in content["aliases"]] == ["DO", "Unit omission", "UO"]
    assert prepare(text, by=editor).counts["unchanged"] == 1


def test_two_rows_are_not_about_one_term(editor):
    make_term("Dropout")
    batch = prepare("name,definition\nDropout,One.\nAdam,Two.\n", by=editor)

    row = importing.correct(row_of(batch, "Adam"), {"term": "Dropout"}, by=editor)

    assert row.action == "conflict"
    assert "about “Dropout” already" in row.because


def test_an_unreadable_row_can_be_filled_in_by_hand(editor):
    text = "name,definition\n,No name.\n"
    batch = prepare(text, by=editor)
    row = batch.rows.get()
    assert row.action == "invalid"

    row = importing.correct(row, {"name": "Found", "definition": "By hand."}, by=editor)
    carry_out(batch, editor)

    assert (row.action, Term.objects.get().definition) == ("create", "By hand.")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"colour": "red"}, "cannot be corrected"),
        ({"name": 3}, "Give a text"),
        ({"name": "a\x00b"}, "control characters"),
        ({"tags": "one, two"}, "Give a list"),
        ({"aliases": [{"kind": "synonym"}]}, "is no name"),
        ({"aliases": [{"text": "A", "kind": "nonsense"}]}, "is not one of"),
        ({"term": "Nobody knows"}, "There is no term"),
    ],
)
def test_what_is_no_correction_is_refused(changes, says, editor):
    batch = prepare(by=editor)

    with pytest.raises(InvalidContent, match=says):
        importing.correct(row_of(batch, "Dropout"), changes, by=editor)

    assert row_of(batch, "Dropout").corrections == {}


def test_a_correction_that_makes_no_sense_is_an_invalid_row(editor):
    batch = prepare(by=editor)

    row = importing.correct(row_of(batch, "Dropout"), {"short_definition": "x" * 200}, by=editor)

    assert row.action == "invalid"
    assert "too many" in row.because


# --- Left out, planned again ---------------------------------------------------------------------


def test_rows_that_are_left_out_do_not_come_in_unless_they_are_taken_in_again(editor):
    batch = prepare(by=editor)

    assert importing.leave_out(importing.rows(batch), by=editor) == 2
    assert importing.take_in([row_of(batch, "Adam")], by=editor) == 1
    batch.refresh_from_db()
    assert batch.counts["left_out"] == 1
    carry_out(batch, editor)

    assert Term.objects.get().name == "Adam"


def test_planned_again_a_batch_is_compared_with_the_glossary_of_now(editor):
    batch = prepare(by=editor)
    importing.correct(row_of(batch, "Adam"), {"definition": "Another one."}, by=editor)
    importing.leave_out([row_of(batch, "Dropout")], by=editor)
    term = make_term("Adam", definition="Old.")
    before = importing.token(batch, editor)

    batch = importing.plan_again(batch, by=editor)

    row = row_of(batch, "Adam")
    assert (row.action, row.term_id, row.is_corrected) == ("update", term.pk, True)
    assert row_of(batch, "Dropout").is_left_out
    assert importing.token(batch, editor) != before
    carry_out(batch, editor)
    assert Revision.objects.get(term=term, state="proposed").content["definition"] == "Another one."


def test_it_can_be_planned_again_with_other_options(editor, chief):
    term = make_term("Dropout", definition="Text.", short_definition="Short.")
    batch = prepare("name,definition,short_definition\nDropout,Text.,\n", by=chief)
    assert batch.counts["unchanged"] == 1

    batch = importing.plan_again(batch, by=chief, options=Options(clear_empty=True))

    assert row_of(batch, "Dropout").changed == ["short_definition"]
    with pytest.raises(NotAllowed):
        importing.plan_again(batch, by=editor, options=Options(publish=True))
    carry_out(batch, chief)
    assert Revision.objects.get(term=term, state="proposed").content["short_definition"] == ""


# --- As shown ------------------------------------------------------------------------------------


def test_a_correction_makes_the_token_stale(editor):
    batch = prepare(by=editor)
    token = importing.token(batch, editor)
    importing.leave_out([row_of(batch, "Adam")], by=editor)

    with pytest.raises(WrongState, match="not what the preview showed"):
        importing.carry_out(batch, token, by=editor)

    assert Term.objects.count() == 0


def test_a_token_is_for_one_person_and_one_batch(editor):
    batch, other = prepare(by=editor), prepare(by=editor)

    for token in (importing.token(batch, make_user("Editors")), importing.token(other, editor), "x"):
        with pytest.raises(WrongState, match="not what the preview showed"):
            importing.carry_out(batch, token, by=editor)


@pytest.mark.parametrize("name", ["Adam", "Dropout"])
def test_a_glossary_that_moved_since_is_looked_at_again(name, editor):
    term = make_term("Adam", definition="Old.")
    batch = prepare(by=editor)
    if name == "Adam":
        propose_change(term, definition="By a colleague.")
    else:
        make_draft("Dropout")

    with pytest.raises(WrongState, match=f"has changed since this was planned: “{name}”"):
        importing.carry_out(batch, importing.token(batch, editor), by=editor)

    assert ImportBatch.objects.get().state == "prepared"
    batch = importing.plan_again(batch, by=editor)
    assert carry_out(batch, editor).state == "finished"


def test_what_else_happens_in_the_glossary_makes_nothing_stale(editor):
    batch = prepare(by=editor)
    make_term("Something else")

    assert carry_out(batch, editor).outcomes == {"created": 2}


def test_a_row_whose_term_moved_while_others_came_in_fails(editor, monkeypatch):
    monkeypatch.setattr(running, "AT_ONCE", 1)
    term = make_term("Adam", definition="Old.")
    batch = prepare(by=editor)

    def work_on(done, total):
        if done == 1:
            workflow.approve(
                revision_id=propose_change(term, definition="New.").pk, by=make_user("Reviewers")
            )

    batch = importing.carry_out(batch, importing.token(batch, editor), by=editor, progress=work_on)

    assert batch.outcomes == {"created": 1, "failed": 1}
    assert row_of(batch, "Adam").message == CHANGED
    assert Term.objects.get(pk=term.pk).definition == "New."


def test_what_is_done_is_not_done_again(editor):
    batch = prepare(by=editor)
    token = importing.token(batch, editor)
    importing.carry_out(batch, token, by=editor)

    with pytest.raises(WrongState, match="is finished already"):
        importing.carry_out(batch, token, by=editor)
    with pytest.raises(WrongState, match="is finished already"):
        importing.correct(row_of(batch, "Adam"), {"name": "Other"}, by=editor)

    assert Term.objects.count() == 2


def test_where_nothing_is_to_do_nothing_is_done(editor):
    make_term("Adam", definition="An optimizer.")
    batch = prepare("name,definition\nAdam,An optimizer.\n", by=editor)

    with pytest.raises(WrongState, match="nothing to import"):
        importing.carry_out(batch, importing.token(batch, editor), by=editor)


# --- Stopped and gone on with --------------------------------------------------------------------


def test_a_killed_import_goes_on_where_it_was(editor, monkeypatch):
    monkeypatch.setattr(running, "AT_ONCE", 2)
    batch = prepare(many(6), by=editor)

    def stop_later(done, total):
        if done >= 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        importing.carry_out(batch, importing.token(batch, editor), by=editor, progress=stop_later)
    batch.refresh_from_db()
    assert (batch.state, batch.done, batch.total) == ("cancelled", 4, 6)
    assert Term.objects.count() == ImportedRecord.objects.count() == 4

    batch = importing.go_on(batch, by=editor)

    assert (batch.state, batch.done, batch.outcomes) == ("finished", 6, {"created": 6})
    assert Term.objects.count() == ImportedRecord.objects.count() == 6


def test_a_run_that_is_silent_for_minutes_was_killed(editor):
    batch = prepare(many(3), by=editor)
    token = importing.token(batch, editor)
    carrying_out.begin(batch, token, by=editor)  # and then the lights went out
    with pytest.raises(WrongState, match="is running already"):
        importing.carry_out(batch, token, by=editor)
    with pytest.raises(WrongState, match="nothing to go on with"):
        importing.go_on(batch, by=editor)

    ImportBatch.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=3))
    batch.refresh_from_db()
    assert importing.is_silent(batch)
    batch = importing.go_on(batch, by=editor)

    assert (batch.state, Term.objects.count()) == ("finished", 3)


def test_an_import_is_cancelled_between_hundreds_and_can_go_on(editor, monkeypatch):
    monkeypatch.setattr(running, "AT_ONCE", 2)
    batch = prepare(many(6), by=editor)
    other = make_user("Editors")

    def cancel(done, total):
        if done == 2:
            importing.cancel(batch, by=other)

    batch = importing.carry_out(batch, importing.token(batch, editor), by=editor, progress=cancel)

    assert (batch.state, Term.objects.count()) == ("cancelled", 2)
    assert other.username in batch.message
    assert Event.objects.get(kind=Event.Kind.IMPORT_CANCELLED).by == other
    assert importing.go_on(batch, by=editor).outcomes == {"created": 6}
    with pytest.raises(WrongState, match="nothing to stop"):
        importing.cancel(batch, by=other)


def test_names_of_rows_that_came_in_before_a_stop_do_not_disturb_those_after_it(editor, monkeypatch):
    monkeypatch.setattr(running, "AT_ONCE", 1)
    text = "name,definition,aliases\nKernel,One.,Core\nKernel,Two.,\nCore,Three.,\nKernel,Four.,\n"
    batch = prepare(text, by=editor)
    seen = []

    def stop(done, total):
        seen.append(done)
        if len(seen) in {1, 2, 3}:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        importing.carry_out(batch, importing.token(batch, editor), by=editor, progress=stop)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            importing.go_on(batch, by=editor, progress=stop)

    assert importing.go_on(batch, by=editor).outcomes == {"created": 4}


FAULTY = (
    "name,definition,tags,aliases,related,status\n"
    "Dropout,New text.,New tag,DO|acronym,Adam,\n"
    "Adam,An optimizer.,,,Dropout,published\n"
    "Draft,Changed.,,,,\n"
    "Lion,Text.,Big cats,,Nowhere,published\n"
)


@pytest.mark.ci
def test_after_an_outage_at_any_write_nothing_is_halved_and_the_rest_can_be_done(chief, monkeypatch):
    monkeypatch.setattr(running, "AT_ONCE", 2)
    make_term("Dropout", definition="Old.")
    make_draft("Draft", definition="Old.")
    importing.importer()
    number, finished = 0, False
    while not finished:
        number += 1
        with transaction.atomic():
            finished = is_whole_after_an_outage(number, chief)
            transaction.set_rollback(True)

    assert number > 40


def is_whole_after_an_outage(number, chief):
    """Fail after the write of this number, look, and go on; say whether there were so many writes at all."""
    batch = prepare(FAULTY, by=chief, publish=True)
    fails = _FailsAfter(number)
    try:
        with connection.execute_wrapper(fails):
            importing.carry_out(batch, importing.token(batch, chief), by=chief)
    except Outage:
        batch.refresh_from_db()
        assert_whole(batch, fails.statement)
        if batch.state == "prepared":
            importing.carry_out(batch, importing.token(batch, chief), by=chief)
        else:
            importing.go_on(batch, by=chief)
    batch.refresh_from_db()
    assert_whole(batch, fails.statement)
    assert (batch.state, batch.outcomes) == ("finished", {"published": 4})
    assert set(Relation.objects.values_list("source__name", "target__name")) == {
        ("Dropout", "Adam"),
        ("Adam", "Dropout"),
    }
    assert ImportedRecord.objects.filter(batch=batch).count() == 4
    assert Event.objects.filter(kind=Event.Kind.IMPORTED).count() == 1
    return not fails.statement


def assert_whole(batch, statement):
    """Each row either has all that came of it, or nothing."""
    done = ImportRow.objects.filter(batch=batch, outcome__in=ImportRow.DONE)
    assert set(done.values_list("term", flat=True)) == set(
        ImportedRecord.objects.filter(batch=batch).values_list("term", flat=True)
    ), statement
    for row in done.select_related("revision", "term"):
        is_live = row.outcome == "published"
        assert (row.revision.state == "approved") == (row.term.live_revision_id == row.revision_id) == is_live
        assert row.revision.events.exists(), statement
        assert not is_live or row.term.index_entries.exists(), statement
    if "finished" not in batch.state:
        untouched = batch.rows.filter(outcome="")
        assert (
            not Revision.objects.filter(comment__startswith="Import of")
            .exclude(pk__in=done.values("revision"))
            .exists()
        ), (statement, list(untouched))


# --- At once or in the background ----------------------------------------------------------------


def test_few_rows_are_done_at_once_and_many_by_the_worker(editor, monkeypatch):
    monkeypatch.setattr(background, "MOST_AT_ONCE", 2)
    asked = []
    monkeypatch.setattr(
        background,
        "run_in_background",
        type("Task", (), {"enqueue": staticmethod(lambda *a: asked.append(a))}),
    )
    few, more = prepare(many(2), by=editor), prepare(many(3, start=10), by=editor)

    few = importing.start(few, importing.token(few, editor), by=editor)
    more = importing.start(more, importing.token(more, editor), by=editor)

    assert (few.state, more.state, asked) == ("finished", "running", [(more.pk, editor.pk)])
    assert not importing.is_silent(more)


def test_the_worker_does_what_is_left_as_the_person_who_started_it(editor, monkeypatch):
    monkeypatch.setattr(background, "MOST_AT_ONCE", 1)
    batch = prepare(many(3), by=editor)

    batch = importing.start(batch, importing.token(batch, editor), by=editor)

    assert (batch.state, batch.outcomes) == ("finished", {"created": 3})
    assert set(Event.objects.values_list("by", "door")) == {(editor.pk, "import")}


def test_what_was_stopped_goes_on_in_the_same_way(editor):
    batch = prepare(many(2), by=editor)
    carrying_out.begin(batch, importing.token(batch, editor), by=editor)
    importing.cancel(batch, by=editor)

    assert importing.go_on_later(batch, by=editor).state == "finished"


# --- Forgotten -----------------------------------------------------------------------------------


def test_a_batch_that_is_not_wanted_is_forgotten(editor):
    batch = prepare(by=editor)
    done = carry_out(prepare(many(1), by=editor), editor)

    importing.forget(batch, by=editor)

    assert not ImportRow.objects.filter(batch=batch).exists()
    with pytest.raises(WrongState, match="stays, as what happened"):
        importing.forget(done, by=editor)


def test_what_nobody_carried_out_is_forgotten_after_thirty_days(editor):
    old, new = prepare(by=editor), prepare(by=editor)
    done = carry_out(prepare(many(1), by=editor), editor)
    long_ago = timezone.now() - timedelta(days=31)
    ImportBatch.objects.filter(pk__in=[old.pk, done.pk]).update(at=long_ago)
    DBTaskResult.objects.create(
        args_kwargs={}, task_path="x", backend_name="default", status="SUCCESSFUL", finished_at=long_ago
    )

    assert importing.tidy(timezone.now()) == 1

    assert set(ImportBatch.objects.values_list("pk", flat=True)) == {new.pk, done.pk}
    assert not DBTaskResult.objects.exists()


def test_a_file_that_was_not_read_to_its_end_cannot_be_carried_out(editor, monkeypatch):
    def outage(*args, **kwargs):
        raise Outage

    monkeypatch.setattr(importing.batches, "_counts", outage)
    with pytest.raises(Outage):
        prepare(by=editor)
    batch = ImportBatch.objects.get()

    with pytest.raises(WrongState, match="is refused as a whole"):
        importing.carry_out(batch, importing.token(batch, editor), by=editor)
    with pytest.raises(WrongState, match="not read to their end"):
        importing.plan_again(batch, by=editor)
    importing.forget(batch, by=editor)


# --- Rights and impossible states ----------------------------------------------------------------


def test_only_editors_handle_a_batch(editor, contributor):
    batch = prepare(by=editor)
    row = row_of(batch, "Adam")
    for act in (
        lambda by: importing.correct(row, {"name": "X"}, by=by),
        lambda by: importing.leave_out([row], by=by),
        lambda by: importing.take_in([row], by=by),
        lambda by: importing.plan_again(batch, by=by),
        lambda by: importing.carry_out(batch, importing.token(batch, by), by=by),
        lambda by: importing.go_on(batch, by=by),
        lambda by: importing.cancel(batch, by=by),
        lambda by: importing.forget(batch, by=by),
        lambda by: importing.undo_preview(batch, by=by),
    ):
        with pytest.raises(NotAllowed):
            act(contributor)


def test_nobody_carries_out_for_publication_without_the_right(editor, chief):
    batch = prepare(by=chief, publish=True)

    with pytest.raises(NotAllowed, match="no right to publish"):
        importing.carry_out(batch, importing.token(batch, editor), by=editor)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda batch: ImportBatch.objects.update(state="sleeping"),
        lambda batch: ImportBatch.objects.update(state="running"),
        lambda batch: ImportBatch.objects.update(state="undone"),
        lambda batch: ImportBatch.objects.update(done=1, total=0),
        lambda batch: batch.rows.update(action="perhaps"),
        lambda batch: batch.rows.update(outcome="created"),
        lambda batch: batch.rows.update(outcome="failed"),
        lambda batch: batch.rows.update(outcome="failed", message="No.", is_left_out=True),
        lambda batch: batch.rows.update(outcome="failed", message="No.", action="unchanged"),
        lambda batch: batch.rows.update(position=0),
    ],
)
def test_a_batch_cannot_be_in_a_state_that_makes_no_sense(wrong, editor):
    batch = prepare(by=editor)

    with pytest.raises(IntegrityError), transaction.atomic():
        wrong(batch)
