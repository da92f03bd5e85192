"""The glossary is looked through for look-alikes, and what people said of a pair stands."""

from __future__ import annotations

import pytest
from builders import make_draft, make_term, make_user, propose_change
from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from terms import duplicates, judging, workflow
from terms.duplicates import background, scanning
from terms.errors import NotAllowed
from terms.models import DuplicatePair, ScanState

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor():
    return make_user("Editors")


def the_pair():
    return DuplicatePair.objects.get()


def ids_of(pairs):
    return {(pair.first_id, pair.second_id) for pair in pairs}


def ledger():
    """Everything that a look leaves, but for when each pair was found."""
    columns = ("first", "second", "score", "reasons", "methods", "suggestion", "verdict", "reopened")
    return sorted(DuplicatePair.objects.values_list(*columns), key=lambda row: row[:2])


def save_draft(term, by, **content):
    number = term.revisions.order_by("-number")[0].number
    return workflow.save_draft(term_id=term.pk, based_on=number, content=content, by=by)


@pytest.fixture
def worker(settings):
    """Work waits for a worker, as in earnest; the fixture is one that does what is due."""
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    return lambda: call_command("db_worker", batch=True, interval=0, verbosity=0, reload=False)


# --- Finding -------------------------------------------------------------------------------------


def test_two_drafts_of_one_name_are_a_pair_with_reasons(editor):
    one, other = make_draft("Dropout", by=editor).term, make_draft("Dropout", by=editor).term

    report = duplicates.scan()

    pair = the_pair()
    assert (pair.first, pair.second) == (one, other)
    assert pair.suggestion == "merge"
    assert pair.reasons
    assert (report.terms, report.found, report.new, report.is_full) == (2, 1, 1, True)


def test_drafts_and_public_terms_are_compared(editor):
    public = make_term("Retrieval-augmented generation", aliases=["RAG"])
    draft = make_draft("RAG", by=editor).term

    duplicates.scan()

    assert ids_of(DuplicatePair.objects.all()) == {(public.pk, draft.pk)}


def test_hidden_names_are_compared(editor):
    public = make_term("Dropout", aliases=[{"text": "Drop-in", "kind": "hidden"}])
    draft = make_draft("Drop-in", by=editor).term

    duplicates.scan()

    assert ids_of(DuplicatePair.objects.all()) == {(public.pk, draft.pk)}


def test_what_was_rejected_or_removed_is_not_compared(editor):
    make_draft("Dropout", by=editor)
    rejected = workflow.propose(content={"name": "Dropout", "definition": "Text."}, by=editor)
    workflow.reject(revision_id=rejected.pk, by=make_user("Reviewers"), reason="There is one.")
    removed = make_term("Drop-out", aliases=["Dropout"])
    workflow.remove(term_id=removed.pk, by=make_user("Chief editors"), reason="Wrong.")

    report = duplicates.scan()

    assert not DuplicatePair.objects.exists()
    assert report.terms == 1


def test_looking_twice_changes_nothing(editor):
    make_draft("Dropout", by=editor), make_draft("Dropout", by=editor)
    duplicates.scan()
    before = list(DuplicatePair.objects.values())

    report = duplicates.scan()

    assert list(DuplicatePair.objects.values()) == before
    assert (report.new, report.changed, report.gone, report.reopened) == (0, 0, 0, 0)


def test_an_open_pair_that_is_alike_no_more_goes(editor):
    term = make_draft("Dropout", by=editor).term
    make_draft("Dropout", by=editor)
    duplicates.scan()
    save_draft(term, editor, name="Quantum annealing", definition="Something else altogether.")

    report = duplicates.scan()

    assert not DuplicatePair.objects.exists()
    assert report.gone == 1


def test_looking_takes_as_many_queries_for_many_terms_as_for_few(editor):
    def queries():
        duplicates.scan()
        with CaptureQueriesContext(connection) as captured:
            duplicates.scan()
        return len(captured)

    for _ in range(3):
        make_draft("Dropout", by=editor, aliases=["Nodes left out"], sources=[{"title": "A paper"}])
    before = queries()
    for _ in range(9):
        make_draft("Dropout", by=editor, aliases=["Nodes left out"], sources=[{"title": "A paper"}])

    assert queries() == before


def test_more_terms_than_are_read_at_once_are_all_compared(editor, monkeypatch):
    monkeypatch.setattr("terms.duplicates.reading._AT_ONCE", 2)
    terms = [make_draft(name, by=editor).term for name in ("Dropout", "Kernel", "Pod", "Lemma", "Dropout")]

    duplicates.scan()

    assert ids_of(DuplicatePair.objects.all()) == {(terms[0].pk, terms[4].pk)}


# --- Only what changed ---------------------------------------------------------------------------


def test_a_look_at_some_terms_leaves_what_a_look_at_all_would(editor):
    names = ["Dropout", "Dropout", "Kernel", "Kernel", "Pod", "RAG", "Retrieval-augmented generation"]
    terms = [make_draft(name, by=editor).term for name in names]
    duplicates.scan()
    save_draft(terms[0], editor, name="Quantum annealing", definition="Something else altogether.")
    save_draft(terms[4], editor, name="Kernels", aliases=["RAG"])

    duplicates.scan(term_ids=[terms[0].pk, terms[4].pk])

    incremental = ledger()
    DuplicatePair.objects.all().delete()
    duplicates.scan()
    assert incremental == ledger()


def test_a_look_at_what_changed_finds_what_changed(editor):
    term = make_draft("Pod", by=editor).term
    make_draft("Dropout", by=editor)
    duplicates.scan()
    save_draft(term, editor, name="Dropout")
    made = make_draft("Dropout", by=editor).term

    assert duplicates.state().changed == 2
    report = duplicates.scan_changed()

    assert DuplicatePair.objects.count() == 3
    assert not report.is_full
    assert duplicates.state().changed == 0
    assert ids_of(duplicates.pairs(editor, term=made.pk)) <= ids_of(DuplicatePair.objects.all())


def test_a_published_change_counts_as_one_and_a_proposed_one_does_not(editor):
    term = make_term("Dropout")
    make_draft("Drop-in", by=editor)
    duplicates.scan()

    proposal = propose_change(term, aliases=["Drop-in"])
    after_proposing = duplicates.state().changed
    workflow.approve(revision_id=proposal.pk, by=make_user("Reviewers"))

    assert (after_proposing, duplicates.state().changed) == (0, 1)
    duplicates.scan_changed()
    assert DuplicatePair.objects.count() == 1


def test_the_first_look_at_what_changed_looks_at_everything(editor):
    make_draft("Dropout", by=editor), make_draft("Dropout", by=editor)

    report = duplicates.scan_changed()

    assert report.is_full
    assert DuplicatePair.objects.count() == 1


def test_a_look_at_nothing_finds_nothing_and_takes_nothing_out(editor):
    make_draft("Dropout", by=editor), make_draft("Dropout", by=editor)
    duplicates.scan()

    report = duplicates.scan(term_ids=[])

    assert (report.terms, report.found, report.gone) == (0, 0, 0)
    assert DuplicatePair.objects.count() == 1


def test_a_look_at_some_terms_does_not_say_that_the_rest_was_looked_at(editor):
    term = make_draft("Dropout", by=editor).term
    duplicates.scan()
    make_draft("Dropout", by=editor)

    duplicates.scan(term_ids=[term.pk])

    assert duplicates.state().changed == 1


def test_what_changes_while_a_look_is_taken_is_left_for_the_next(editor, monkeypatch):
    term = make_draft("Dropout", by=editor).term
    make_draft("Dropout", by=editor)
    find_pairs = scanning.find_pairs

    def slow(read, *, among):
        found = find_pairs(read, among=among)
        save_draft(term, editor, name="Quantum annealing", definition="Something else altogether.")
        return found

    monkeypatch.setattr(scanning, "find_pairs", slow)
    duplicates.scan()
    monkeypatch.undo()

    assert not DuplicatePair.objects.exists()
    assert duplicates.state().changed == 1
    duplicates.scan_changed()
    assert not DuplicatePair.objects.exists()


def test_an_older_look_takes_nothing_back_that_a_newer_one_found(editor, monkeypatch):
    term = make_draft("Pod", by=editor).term
    make_draft("Dropout", by=editor)
    find_pairs = scanning.find_pairs

    def overtaken(read, *, among):
        found = find_pairs(read, among=among)
        monkeypatch.undo()
        save_draft(term, editor, name="Dropout")
        duplicates.scan()
        return found

    monkeypatch.setattr(scanning, "find_pairs", overtaken)
    duplicates.scan()

    assert DuplicatePair.objects.count() == 1
    assert duplicates.state().changed == 0


def test_a_look_that_fails_leaves_everything_and_says_that_it_is_over(editor, monkeypatch):
    make_draft("Dropout", by=editor), make_draft("Dropout", by=editor)
    duplicates.scan()
    before = list(DuplicatePair.objects.values())

    def fails(read, *, among):
        raise MemoryError

    monkeypatch.setattr(scanning, "find_pairs", fails)
    with pytest.raises(MemoryError):
        duplicates.scan()

    assert list(DuplicatePair.objects.values()) == before
    assert not duplicates.state().is_running


# --- Verdicts stand ------------------------------------------------------------------------------


@pytest.mark.parametrize("verdict", ["different", "related", "later"])
def test_a_verdict_stands_at_the_next_look(verdict, editor):
    make_draft("Dropout", by=editor), make_draft("Dropout", by=editor)
    duplicates.scan()
    judging.judge(pair_id=the_pair().pk, verdict=verdict, by=editor, because="Two things.")

    duplicates.scan()

    assert the_pair().verdict == verdict


@pytest.mark.parametrize("verdict", ["different", "related"])
def test_a_verdict_stands_when_the_text_changes(verdict, editor):
    term = make_draft("Dropout", by=editor).term
    make_draft("Dropout", by=editor)
    duplicates.scan()
    judging.judge(pair_id=the_pair().pk, verdict=verdict, by=editor, because="Two things.")
    save_draft(term, editor, definition="Other words.", qualifier="training")

    duplicates.scan()

    assert the_pair().verdict == verdict


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Dropouts"},
        {"aliases": ["Node dropout"]},
        {"aliases": [{"text": "Droppout", "kind": "hidden"}]},
    ],
)
def test_a_pair_is_open_again_when_a_name_changes_and_says_so(change, editor):
    term = make_draft("Dropout", by=editor).term
    make_draft("Dropout", by=editor, aliases=["Dropouts"])
    duplicates.scan()
    judging.judge(pair_id=the_pair().pk, verdict="different", by=editor, because="Homographs.")
    save_draft(term, editor, **change)

    report = duplicates.scan_changed()

    pair = the_pair()
    assert report.reopened == 1
    assert (pair.verdict, pair.judged_by, pair.because) == ("open", None, "")
    assert "Was judged different" in pair.reasons[-1]
    assert "Homographs." in pair.reasons[-1]
    assert editor.get_username() in pair.reasons[-1]


def test_a_pair_that_is_open_again_goes_on_saying_so_until_it_is_judged(editor):
    term = make_draft("Dropout", by=editor).term
    make_draft("Dropout", by=editor)
    duplicates.scan()
    judging.judge(pair_id=the_pair().pk, verdict="different", by=editor, because="Homographs.")
    save_draft(term, editor, aliases=["Node dropout"])
    duplicates.scan_changed()

    duplicates.scan()
    again = the_pair()
    judging.judge(pair_id=again.pk, verdict="later", by=editor)

    assert again.reasons[-1] == again.reopened != ""
    assert the_pair().reopened == ""
    assert again.reopened not in the_pair().reasons


def test_a_verdict_on_a_pair_that_is_alike_no_more_is_kept(editor):
    term = make_draft("Dropout", by=editor).term
    make_draft("Dropout", by=editor)
    duplicates.scan()
    judging.judge(pair_id=the_pair().pk, verdict="different", by=editor, because="Homographs.")
    save_draft(term, editor, name="Quantum annealing", definition="Something else altogether.")

    duplicates.scan()

    assert the_pair().verdict == "different"


def test_a_merged_pair_is_left_as_it_is(editor):
    make_draft("Dropout", by=editor), make_draft("Dropout", by=editor)
    duplicates.scan()
    DuplicatePair.objects.update(verdict="merged", judged_by=editor, judged_at=timezone.now())
    before = list(DuplicatePair.objects.values())

    duplicates.scan()

    assert list(DuplicatePair.objects.values()) == before


# --- The lists -----------------------------------------------------------------------------------


def test_pairs_are_for_those_who_see_drafts(editor):
    make_draft("Dropout", by=editor), make_draft("Dropout", by=editor)
    duplicates.scan()

    assert duplicates.pairs(editor).count() == duplicates.counts(editor).open == 1
    for other in (AnonymousUser(), make_user("Contributors")):
        assert not duplicates.pairs(other, verdict=None).exists()
        assert duplicates.counts(other) == duplicates.Counts(0, 0, 0, 0)


def test_a_pair_of_which_a_term_is_gone_is_not_shown(editor):
    draft = make_draft("Dropout", by=editor).term
    make_draft("Dropout", by=editor)
    duplicates.scan()
    workflow.discard_draft(term_id=draft.pk, by=editor, reason="Double.")

    assert not duplicates.pairs(editor).exists()
    assert duplicates.counts(editor).open == 0


def test_a_discarded_draft_that_is_restored_is_shown_again(editor):
    draft = make_draft("Dropout", by=editor).term
    make_draft("Dropout", by=editor)
    duplicates.scan()
    workflow.discard_draft(term_id=draft.pk, by=editor, reason="Double.")
    workflow.restore(term_id=draft.pk, by=make_user("Chief editors"))

    assert duplicates.pairs(editor).count() == 1


def test_pairs_are_narrowed_by_what_is_asked(editor):
    make_draft("Dropout", by=editor, tags=["Training"], aliases=["Node dropout"])
    make_draft("Dropout", by=editor)
    gpu, statistics = make_term("Kernel", qualifier="GPU"), make_term("Kernel", qualifier="statistics")
    duplicates.scan()
    DuplicatePair.objects.update(score=0.9, methods=" same-name typo ", suggestion="merge")
    DuplicatePair.objects.update_or_create(
        {"score": 0.4, "methods": " same-names ", "suggestion": "relate"}, first=gpu, second=statistics
    )

    def found(**asked):
        return [pair.first.name for pair in duplicates.pairs(editor, **asked)]

    assert found() == ["Dropout", "Kernel"]
    assert found(suggestion="merge") == found(tag="training") == found(method="same-name") == ["Dropout"]
    assert found(name="NODE drop") == found(minimum=0.5) == ["Dropout"]
    assert found(only_public=True) == found(suggestion="relate") == ["Kernel"]
    assert found(term=gpu.pk) == ["Kernel"]
    assert found(verdict="later") == found(name="nothing like it") == found(method="typ") == []
    assert found(verdict=("open", "later")) == found(verdict=None) == ["Dropout", "Kernel"]


def test_reading_the_list_takes_one_query(editor):
    for _ in range(4):
        make_draft("Dropout", by=editor)
    duplicates.scan()
    editor.has_perm("terms.view_drafts")

    with CaptureQueriesContext(connection) as captured:
        shown = [(str(pair.first), str(pair.second), pair.judged_by) for pair in duplicates.pairs(editor)]

    assert len(shown) == 6
    assert len(captured) == 1


def test_terms_that_hang_together_are_one_group_the_best_evidence_first(editor):
    dropouts = [make_draft("Dropout", by=editor).term for _ in range(3)]
    kernels = [make_draft("Kernel", by=editor).term for _ in range(2)]
    duplicates.scan()
    DuplicatePair.objects.filter(first__in=kernels).update(score=0.99)
    DuplicatePair.objects.filter(first__in=dropouts).update(score=0.8)
    DuplicatePair.objects.filter(first=dropouts[0], second=dropouts[2]).update(score=0.9)

    groups = duplicates.clusters(duplicates.pairs(editor))

    assert [len(group.terms) for group in groups] == [2, 3]
    assert set(groups[1].terms) == set(dropouts)
    assert groups[1].terms[-1] == dropouts[1]
    assert [pair.score for pair in groups[1].pairs] == [0.9, 0.8, 0.8]
    assert groups[1].score == 0.9


def test_a_long_chain_is_one_group(editor):
    terms = [make_draft(f"Word {number}", by=editor).term for number in range(12)]
    order = [*range(11, 5, -1), *range(6)]
    for number in order[:-1]:
        first, second = sorted((terms[number], terms[(number + 1) % 12]), key=lambda term: term.pk)
        DuplicatePair.objects.create(first=first, second=second, score=0.5)

    [group] = duplicates.clusters(duplicates.pairs(editor))

    assert len(group.terms) == 12
    assert duplicates.clusters([]) == []


# --- When it is looked ---------------------------------------------------------------------------


def test_an_editor_lets_a_small_glossary_be_looked_through_at_once(editor):
    make_draft("Dropout", by=editor), make_draft("Dropout", by=editor)

    report = duplicates.look_again(by=editor)

    assert report.new == 1
    assert duplicates.state().looked_at is not None
    assert not duplicates.state().is_waiting


def test_others_may_not(editor):
    with pytest.raises(NotAllowed, match="no right"):
        duplicates.look_again(by=make_user("Contributors"))
    with pytest.raises(NotAllowed, match="no right"):
        duplicates.look_again(by=AnonymousUser())


@pytest.mark.django_db(transaction=True)
def test_a_big_one_is_for_the_worker_who_is_asked_once(editor, worker, monkeypatch):
    monkeypatch.setattr(background, "MOST_AT_ONCE", 1)
    make_draft("Dropout", by=editor), make_draft("Dropout", by=editor)

    reports = [duplicates.look_again(by=editor) for _ in range(3)]

    assert reports == [None, None, None]
    assert duplicates.state().is_waiting
    assert DBTaskResult.objects.count() == 1
    worker()
    assert DuplicatePair.objects.count() == 1
    assert not duplicates.state().is_waiting


@pytest.mark.django_db(transaction=True)
def test_a_change_asks_the_worker_once_after_it_is_through(editor, worker):
    for name in ("Dropout", "Dropout", "Pod"):
        make_draft(name, by=editor)
        duplicates.look_again_soon()

    assert DBTaskResult.objects.count() == 1
    worker()
    assert DuplicatePair.objects.count() == 1
    duplicates.look_again_soon()
    assert DBTaskResult.objects.count() == 2


def test_what_was_asked_for_and_lost_is_asked_for_again(editor, worker):
    ScanState.objects.create(pk=1, due_at=timezone.now() - background._LOST_AFTER * 2)

    assert duplicates.state().is_silent
    background._ask_for_changed()

    assert DBTaskResult.objects.count() == 1
    assert not duplicates.state().is_silent


def test_a_glossary_that_takes_long_is_not_looked_through_after_every_word(editor, worker):
    duplicates.scan()
    ScanState.objects.update(seconds=20)
    now = timezone.now()

    background._ask_for_changed()

    assert (DBTaskResult.objects.get().run_after - now).total_seconds() >= 180
    assert not duplicates.state().is_silent


@pytest.mark.parametrize(("seconds", "is_full"), [(0.5, True), (60.0, False)])
def test_the_worker_looks_at_everything_where_that_is_short(editor, seconds, is_full):
    make_draft("Dropout", by=editor)
    duplicates.scan()
    looked_at = duplicates.state().full_at
    ScanState.objects.update(seconds=seconds)
    make_draft("Dropout", by=editor)

    background.look.call(False)

    assert DuplicatePair.objects.count() == 1
    assert (duplicates.state().full_at > looked_at) == is_full


def test_asking_how_things_stand_writes_nothing():
    state = duplicates.state()

    assert (state.looked_at, state.changed, state.is_waiting, state.is_silent) == (None, 0, False, False)
    assert not ScanState.objects.exists()
