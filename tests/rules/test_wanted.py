"""What readers looked for in vain: counted without a trace of them, and turned into drafts."""

import sqlite3
import threading
from contextlib import contextmanager
from datetime import timedelta

import pytest
from builders import make_draft, make_term, make_user
from django.db import connection
from django.utils import timezone

from terms import wanted, workflow
from terms.errors import NotAllowed, WrongState
from terms.models import Revision, Term, WantedTerm

pytestmark = pytest.mark.django_db
in_earnest = pytest.mark.django_db(transaction=True)


def ask(*texts, times=1):
    for _ in range(times):
        for text in texts:
            wanted.note_failure(text)
        assert wanted.flush()


def kept():
    """What is kept, whether it is shown or not."""
    return dict(WantedTerm.objects.values_list("text", "count"))


def shown():
    return [row.text for row in wanted.wanted()]


def asked(text="Hydra FFN", times=2):
    ask(text, times=times)
    return WantedTerm.objects.get(text=text)


# --- Counting ------------------------------------------------------------------------------------


def test_what_is_wanted_most_comes_first():
    ask("Hydra FFN", times=2)
    ask("Gated delta net", times=3)

    assert [(row.text, row.count) for row in wanted.wanted()] == [("Gated delta net", 3), ("Hydra FFN", 2)]


def test_what_was_asked_once_is_shown_to_nobody():
    ask("Hydra FFN")

    assert kept() == {"Hydra FFN": 1}
    assert shown() == []


def test_the_same_words_spelt_otherwise_are_one():
    ask("Hydra-FFN")
    ask("  hydra   ffn ")
    ask("HYDRÁ FFN")

    assert kept() == {"Hydra-FFN": 3}


def test_a_page_that_is_loaded_again_asks_once():
    for _ in range(5):
        wanted.note_failure("Hydra FFN")
    wanted.flush()

    assert kept() == {"Hydra FFN": 1}


def test_noting_asks_the_database_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        wanted.note_failure("Hydra FFN")

    assert kept() == {}


def test_the_days_of_the_first_and_the_last_asking_are_kept():
    ask("Hydra FFN")
    last_month = timezone.localdate() - timedelta(days=30)
    WantedTerm.objects.update(first_on=last_month, last_on=last_month)

    ask("Hydra FFN")

    row = WantedTerm.objects.get()
    assert (row.first_on, row.last_on) == (last_month, timezone.localdate())


@pytest.mark.parametrize(
    "text",
    [
        "ada@example.org",
        "mail to Ada ＠ example",
        "https://example.org/a?token=b",
        "www.example.org",
        "intranet.example/secret",
        "+49 170 1234567",
        "patient 123456",
        "card 1234-5678-9012",
        "Ａkte １２３４５６",
        "a question of somebody who tells more than nine words",
        "x" * 81,
        "",
        "x",
        "?!",
        "42",
        'dropout "as I said"',
        "dropout -regularization",
        "tag:optimizers lion",
        "null\0byte",
        "two\u202edirections",
    ],
)
def test_what_may_be_personal_or_is_no_name_is_dropped(text):
    ask(text, times=2)

    assert kept() == {}


@pytest.mark.parametrize(
    "name", ["k-NN", "C++", "L∞ attacks", "GPT-4 Turbo", "RFC 9110", "Überanpassung", "注意力", "top-p/top-k"]
)
def test_names_of_many_kinds_are_kept(name):
    ask(name, times=2)

    assert shown() == [name]


def test_no_more_are_kept_than_there_is_room_for(monkeypatch):
    monkeypatch.setattr(wanted, "ROWS_AT_MOST", 3)
    ask("Asked twice", times=2)
    ask("Oldest of one")
    WantedTerm.objects.filter(text="Oldest of one").update(last_on=timezone.localdate() - timedelta(days=3))

    ask("Newer one")
    ask("Newest one")

    assert kept() == {"Asked twice": 2, "Newer one": 1, "Newest one": 1}


def test_a_stranger_who_types_at_random_fills_no_memory():
    for number in range(1000):
        wanted.note_failure(f"nonsense{number}")
    wanted.flush()

    assert 20 <= WantedTerm.objects.count() <= 200


def test_what_nobody_asks_for_any_more_is_forgotten():
    ask("Hydra FFN", "Gated delta net", times=2)
    long_ago = timezone.localdate() - timedelta(days=181)
    WantedTerm.objects.filter(text="Hydra FFN").update(last_on=long_ago)

    ask("Something else")

    assert kept() == {"Gated delta net": 2, "Something else": 1}


# --- Written in passing --------------------------------------------------------------------------


def writers():
    return [thread for thread in threading.enumerate() if thread.name == "wanted-terms"]


def wait_for_the_writer():
    for thread in writers():
        thread.join(timeout=30)


@in_earnest
def test_twenty_names_are_written_without_a_request_to_do_so():
    for number in range(19):
        wanted.note_failure(f"Nineteen {number} of them")
    wanted.write_if_due()
    wait_for_the_writer()
    assert kept() == {}

    wanted.note_failure("The twentieth")
    wanted.write_if_due()
    wait_for_the_writer()

    assert len(kept()) == 20


@in_earnest
def test_one_name_is_written_after_a_while(monkeypatch):
    wanted.note_failure("Hydra FFN")
    monkeypatch.setattr(wanted, "_WRITTEN_AFTER", 0)

    wanted.write_if_due()
    wait_for_the_writer()

    assert kept() == {"Hydra FFN": 1}


@in_earnest
def test_threads_that_note_and_write_at_once_lose_and_double_nothing():
    start = threading.Barrier(8)

    def note(first):
        start.wait(timeout=30)
        for number in range(first, first + 20):
            wanted.note_failure(f"name {number}")
            wanted.write_if_due()

    threads = [threading.Thread(target=note, args=(first,)) for first in range(0, 160, 20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    wait_for_the_writer()
    wanted.flush()

    assert kept() == {f"name {number}": 1 for number in range(160)}


@contextmanager
def locked_by_another():
    """Let somebody else hold what a writer needs."""
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        other = sqlite3.connect(settings["NAME"], isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
    else:
        other = connection.copy()
        other.connect()
        other.set_autocommit(False)
        other.cursor().execute("LOCK TABLE terms_wantedterm IN EXCLUSIVE MODE")
    try:
        yield
    finally:
        other.rollback()
        other.close()


@in_earnest
def test_a_locked_database_holds_no_reader_up():
    for number in range(20):
        wanted.note_failure(f"name {number}")

    with locked_by_another():
        wanted.write_if_due()
        waiting = writers()
        assert kept() == {}

    # It waited in a thread of its own, and wrote when it could.
    assert len(waiting) == 1
    wait_for_the_writer()
    assert len(kept()) == 20


def wait_no_longer():
    limit = "PRAGMA busy_timeout = 0" if connection.vendor == "sqlite" else "SET lock_timeout = 100"
    connection.cursor().execute(limit)


@in_earnest
def test_what_a_locked_database_does_not_take_is_kept_for_later():
    wanted.note_failure("Hydra FFN")
    wait_no_longer()

    with locked_by_another():
        assert not wanted.flush()

    wanted.note_failure("Gated delta net")
    assert wanted.flush()
    assert kept() == {"Hydra FFN": 1, "Gated delta net": 1}
    connection.close()


# --- What is wanted ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        {"name": "Hydra FFN"},
        {"name": "Hydra", "aliases": ["hydra-ffn"]},
        {"name": "Hydra", "aliases": [{"text": "Hydra FFN", "kind": "hidden"}]},
    ],
    ids=["name", "alias", "hidden alias"],
)
def test_what_has_an_entry_by_now_is_wanted_no_more(content):
    asked("Hydra FFN")

    make_term(**content)

    assert shown() == []


def test_the_later_words_of_a_name_are_no_name():
    asked("delta net")

    make_term("Gated delta net")

    assert shown() == ["delta net"]


def test_what_is_removed_is_wanted_again():
    asked("Hydra FFN")
    term = make_term("Hydra FFN")

    workflow.remove(term_id=term.pk, by=make_user("Chief editors"), reason="By mistake.")

    assert shown() == ["Hydra FFN"]


def test_what_has_a_draft_is_being_written():
    asked("Hydra FFN")
    draft = make_draft("Hydra-FFN")

    [row] = wanted.being_written()
    assert shown() == []
    assert wanted.drafts([row]) == {row.key: draft.term}


# --- Drafts --------------------------------------------------------------------------------------


def test_a_draft_is_made_with_the_name_and_why(editor):
    row = asked("Hydra FFN", times=3)

    term = wanted.make_draft(row.pk, by=editor)

    [revision] = term.revisions.all()
    assert (term.name, term.status, revision.state) == ("Hydra FFN", "draft", "draft")
    assert (revision.author, revision.comment) == (editor, "Readers looked for it 3 times.")


def test_the_second_editor_gets_the_draft_that_is_there(editor, reviewer):
    row = asked()

    assert wanted.make_draft(row.pk, by=editor) == wanted.make_draft(row.pk, by=reviewer)
    assert Revision.objects.count() == 1


@in_earnest
def test_two_editors_who_press_at_once_make_one_draft():
    row, editors = asked(), [make_user("Editors"), make_user("Editors")]
    start, made = threading.Barrier(2), []

    def press(by):
        try:
            start.wait(timeout=30)
            made.append(wanted.make_draft(row.pk, by=by))
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=(by,)) for by in editors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert made == [Term.objects.get()] * 2


def test_no_draft_is_made_of_what_has_an_entry(editor):
    row = asked("Hydra FFN")
    make_term("Hydra FFN")

    with pytest.raises(WrongState, match="“Hydra FFN” has an entry by now"):
        wanted.make_draft(row.pk, by=editor)


def test_no_draft_is_made_of_what_is_forgotten(editor):
    number = asked().pk
    WantedTerm.objects.all().delete()

    with pytest.raises(WrongState, match="not in the list any more"):
        wanted.make_draft(number, by=editor)


# --- Not wanted ----------------------------------------------------------------------------------


def test_what_is_dismissed_is_shown_no_more_however_often_it_is_asked_for(editor):
    row = asked("Hydra FFN")

    assert wanted.dismiss([row.pk], by=editor) == 1
    ask("Hydra FFN")

    [row] = wanted.dismissed()
    assert shown() == []
    assert (row.count, row.dismissed_by) == (3, editor)
    assert row.dismissed_at is not None


def test_the_first_who_dismisses_is_remembered(editor, reviewer):
    row = asked()
    wanted.dismiss([row.pk], by=editor)

    assert wanted.dismiss([row.pk], by=reviewer) == 0
    assert wanted.dismissed().get().dismissed_by == editor


def test_a_dismissal_is_taken_back(editor, reviewer):
    row = asked("Hydra FFN")
    wanted.dismiss([row.pk], by=editor)

    assert wanted.take_back([row.pk], by=reviewer) == 1
    assert shown() == ["Hydra FFN"]
    assert wanted.take_back([row.pk], by=reviewer) == 0


@pytest.mark.parametrize("role", ["", "Contributors"])
def test_who_may_not_edit_decides_nothing(role):
    row, somebody = asked(), make_user(role)

    for deed in (wanted.dismiss, wanted.take_back):
        with pytest.raises(NotAllowed, match="no right to decide"):
            deed([row.pk], by=somebody)
    with pytest.raises(NotAllowed, match="no right to decide"):
        wanted.make_draft(row.pk, by=somebody)

    assert not Term.objects.exists()


@pytest.mark.parametrize("role", ["Editors", "Reviewers", "Chief editors"])
def test_editors_and_above_decide(role):
    row, somebody = asked(), make_user(role)

    assert wanted.dismiss([row.pk], by=somebody) == 1
    assert wanted.take_back([row.pk], by=somebody) == 1
    assert wanted.make_draft(row.pk, by=somebody).name == row.text
