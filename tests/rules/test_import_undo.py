"""Taking an import back: as far as nobody worked on its terms since, row by row, once."""

import pytest
from builders import bring_in, make_draft, make_term, make_user, propose_change

from terms import importing, workflow
from terms.errors import NotAllowed, WrongState
from terms.importing import GivenFile, Options, undoing
from terms.models import Event, ImportedRecord, Revision, Term

pytestmark = pytest.mark.django_db


def take(text, by, **options):
    return bring_in(text.encode(), by=by, **options)


def undo(batch, by):
    preview = importing.undo_preview(batch, by=by)
    return importing.undo(batch, preview.token, by=by)


def told(batch, by):
    return [(row.outcome, row.sentence) for row in importing.undo_preview(batch, by=by).rows]


def test_new_drafts_are_put_away_and_the_same_file_makes_new_ones(editor):
    text = "name,definition\nDropout,Text.\nAdam,Text.\n"
    batch = take(text, editor)
    preview = importing.undo_preview(batch, by=editor)
    assert (preview.count, [row.outcome for row in preview.rows]) == (2, ["put away", "put away"])

    batch = importing.undo(batch, preview.token, by=editor)

    assert (batch.state, batch.operation.undone_by) == ("undone", editor)
    assert set(batch.rows.values_list("outcome", flat=True)) == {"undone"}
    assert set(Term.objects.values_list("status", flat=True)) == {"removed"}
    assert not ImportedRecord.objects.exists()
    event = Event.objects.get(kind=Event.Kind.IMPORT_UNDONE)
    assert (event.by, event.door, event.note[:9]) == (editor, "import", "2 undone.")
    assert take(text, editor).outcomes == {"created": 2}


def test_what_somebody_worked_on_since_stays_and_is_told(editor, reviewer):
    text = "name,definition\nSaved,Text.\nProposed,Text.\nPublished,Text.\nPut away,Text.\nUntouched,Text.\n"
    batch = take(text, editor)
    ids = dict(Term.objects.values_list("name", "pk"))
    helper = make_user("Editors")
    workflow.save_draft(term_id=ids["Saved"], based_on=1, content={"definition": "More."}, by=helper)
    for name in ("Proposed", "Published"):
        workflow.propose(term_id=ids[name], based_on=1, content={}, by=editor, comment="Good.")
    published = Revision.objects.get(term=ids["Published"])
    workflow.approve(revision_id=published.pk, by=reviewer)
    workflow.discard_draft(term_id=ids["Put away"], by=helper)

    sentences = told(batch, editor)
    batch = undo(batch, editor)

    assert [outcome for outcome, _ in sentences] == ["stays"] * 4 + ["put away"]
    assert "worked on since" in sentences[0][1]
    assert "proposed since" in sentences[1][1]
    assert "approved by now" in sentences[2][1]
    assert "removed already" in sentences[3][1]
    assert dict(Term.objects.values_list("name", "status")) == {
        "Saved": "draft",
        "Proposed": "draft",
        "Published": "published",
        "Put away": "removed",
        "Untouched": "removed",
    }
    messages = list(batch.rows.order_by("position").values_list("message", flat=True))
    assert messages == [sentence for _, sentence in sentences]


def test_a_proposal_that_waits_is_withdrawn_by_its_author_and_rejected_by_a_reviewer(editor, reviewer):
    one, other = make_term("One", definition="Old."), make_term("Other", definition="Old.")
    first = take("name,definition\nOne,New.\n", editor)
    second = take("name,definition\nOther,New.\n", editor)

    undo(first, editor)
    undo(second, reviewer)

    states = [Revision.objects.get(term=term, number=2).state for term in (one, other)]
    assert states == ["withdrawn", "rejected"]
    assert Term.objects.get(pk=one.pk).definition == "Old."


def test_a_draft_of_somebody_else_is_written_anew_as_it_was(editor):
    draft = make_draft("Dropout", definition="By hand.", tags=["training"])
    batch = take("name,definition,tags\nDropout,From the file.,Other\n", editor)

    undo(batch, editor)

    term = Term.objects.get(pk=draft.term_id)
    assert (term.definition, [tag.slug for tag in term.tags.all()]) == ("By hand.", ["training"])
    assert term.revisions.order_by("-number").first().number == 3


def test_a_proposal_that_a_file_corrected_waits_again_as_it_was(editor, contributor):
    proposal = workflow.propose(content={"name": "Dropout", "definition": "Mine."}, by=contributor)
    batch = take("name,definition\nDropout,From the file.\n", editor)

    undo(batch, editor)

    newest = proposal.term.revisions.order_by("-number").first()
    assert (newest.state, newest.content["definition"]) == ("proposed", "Mine.")


def test_what_was_published_with_an_import_goes_off_the_site_and_reads_as_before(chief):
    old = make_term("Adam", definition="Old.")
    batch = take("name,definition\nDropout,Text.\nAdam,New.\n", chief, publish=True)

    batch = undo(batch, chief)

    assert set(batch.rows.values_list("outcome", flat=True)) == {"undone"}
    assert Term.objects.get(name="Dropout").status == "removed"
    adam = Term.objects.get(pk=old.pk)
    assert (adam.definition, adam.version) == ("Old.", 3)
    assert adam.live_revision.author.username == "importer"


def test_what_was_published_anew_since_stays(chief, reviewer):
    batch = take("name,definition\nDropout,Text.\n", chief, publish=True)
    term = Term.objects.get()
    workflow.approve(revision_id=propose_change(term, definition="Better.").pk, by=reviewer)

    [(outcome, sentence)] = told(batch, chief)

    assert (outcome, sentence) == ("stays", "“Dropout” was worked on since; it stays.")
    with pytest.raises(WrongState, match="Nothing of this import is left"):
        undo(batch, chief)


def test_who_may_not_take_a_term_off_the_site_leaves_it_there(chief, reviewer):
    batch = take("name,definition\nDropout,Text.\n", chief, publish=True)

    [(outcome, sentence)] = told(batch, reviewer)

    assert outcome == "stays"
    assert "no right" in sentence


def test_an_import_is_undone_once_by_who_made_it_or_a_reviewer_and_as_shown(editor, reviewer):
    batch = take("name,definition\nDropout,Text.\nAdam,Text.\n", editor)
    with pytest.raises(NotAllowed, match="only whoever brought this in"):
        importing.undo_preview(batch, by=make_user("Editors"))
    assert not importing.may_undo(batch, make_user("Editors"))
    preview = importing.undo_preview(batch, by=reviewer)
    with pytest.raises(WrongState, match="not what the preview showed"):
        importing.undo(batch, preview.token, by=editor)
    workflow.discard_draft(term_id=Term.objects.get(name="Adam").pk, by=editor)
    with pytest.raises(WrongState, match="not what the preview showed"):
        importing.undo(batch, preview.token, by=reviewer)

    batch = undo(batch, reviewer)

    with pytest.raises(WrongState, match=r"was undone on .* already"):
        undo(batch, editor)
    assert Event.objects.filter(kind=Event.Kind.IMPORT_UNDONE).count() == 1


def test_what_waits_or_was_refused_cannot_be_undone(editor):
    batch = importing.prepare([GivenFile("t.csv", b"name,definition\nA,b\n")], by=editor, options=Options())

    with pytest.raises(WrongState, match="nothing to undo"):
        importing.undo_preview(batch, by=editor)


def test_an_undo_that_is_killed_goes_on(editor, monkeypatch):
    monkeypatch.setattr(undoing, "_AT_ONCE", 1)
    batch = take("name,definition\nDropout,Text.\nAdam,Text.\nLion,Text.\n", editor)

    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        importing.undo(batch, importing.undo_preview(batch, by=editor).token, by=editor, progress=stop)
    assert sorted(batch.rows.values_list("outcome", flat=True)) == ["created", "created", "undone"]
    batch.refresh_from_db()

    assert undo(batch, editor).state == "undone"
    assert set(Term.objects.values_list("status", flat=True)) == {"removed"}


def test_what_was_cancelled_half_way_can_be_undone(editor, monkeypatch):
    monkeypatch.setattr(importing.running, "AT_ONCE", 1)
    batch = importing.prepare([GivenFile("t.csv", b"name,definition\nOne,Text.\nTwo,Text.\n")], by=editor)

    def cancel(done, total):
        importing.cancel(batch, by=editor)

    importing.carry_out(batch, importing.token(batch, editor), by=editor, progress=cancel)
    batch.refresh_from_db()
    batch = undo(batch, editor)

    assert (batch.state, Term.objects.get().status) == ("undone", "removed")
    assert sorted(batch.rows.values_list("outcome", flat=True)) == ["", "undone"]
