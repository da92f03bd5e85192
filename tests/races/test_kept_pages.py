"""Readers and editors at once, in real threads on the real database: the front never gives away a draft,
a mixture of two states, or a page that was over for a second."""

from __future__ import annotations

import re
import threading

import pytest
from builders import make_draft, make_term, make_user, propose_change
from django.core.handlers.wsgi import WSGIHandler
from django.db import OperationalError, connection, transaction
from django.test import RequestFactory
from test_two_editors import at_once, refusals

from glossary_site.front import BELIEVED, STILL_BELIEVED, Front
from terms import publishing, tagging, workflow
from terms.models import Tag, Term

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _chief_editors_approve_what_they_write(settings):
    settings.SELF_REVIEW = True


PUBLICATIONS = 3
READERS = 2
ROUNDS = pytest.mark.parametrize(
    "round_number",
    [
        0,
        *(pytest.param(n, marks=pytest.mark.ci) for n in range(1, 5)),
        *(pytest.param(n, marks=pytest.mark.deep) for n in range(5, 30)),
    ],
)


class Clock:
    """A time that stands still while something is written, and then goes on as fast as readers read."""

    def __init__(self):
        self.now = 0.0
        self._read = threading.Semaphore(0)

    def __call__(self):
        return self.now

    def was_read(self):
        self._read.release()

    def let_pass(self, seconds):
        """Go on in small steps, with a few answers to readers in each of them."""
        until = self.now + seconds
        while self.now < until:
            self.now += 0.07
            while self._read.acquire(blocking=False):
                pass
            for _ in range(2 * READERS):
                self._read.acquire(timeout=30)


def ask(front, path, **headers):
    """Return status and text."""
    request = RequestFactory(headers={"host": "testserver", **headers}).get(path)
    status = []
    body = front(request.environ, lambda said, *rest: status.append(int(said.split()[0])))
    text = b"".join(body).decode()
    if hasattr(body, "close"):
        body.close()
    return status[0], text


def in_another_thread(act):
    [outcome] = at_once(act)
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


# --- One state -----------------------------------------------------------------------------------


def short_definition():
    return Term.objects.values_list("short_definition", flat=True).get()


def say(term, text, *, by=None):
    by = by or make_user("Chief editors")
    revision = propose_change(Term.objects.get(pk=term.pk), by=by, short_definition=text)
    workflow.approve(revision_id=revision.pk, by=by)


def test_two_queries_see_two_states():
    """The race itself, to know that the tests below would see it."""
    term = make_term(short_definition="Old.")
    before = publishing.content_version()

    in_another_thread(lambda: say(term, "New."))

    assert (publishing.content_version() > before, short_definition()) == (True, "New.")


def test_all_queries_inside_one_state_see_that_one():
    term = make_term(short_definition="Old.")

    with publishing.one_state() as version:
        in_another_thread(lambda: say(term, "New."))

        assert (short_definition(), publishing.content_version()) == ("Old.", version)
        with publishing.one_state() as same:
            assert same == version
    assert (short_definition(), publishing.content_version() > version) == ("New.", True)


def test_one_state_holds_up_no_writer_and_leaves_the_connection_as_it_was():
    term = make_term()
    with pytest.raises(ZeroDivisionError), publishing.one_state():
        raise ZeroDivisionError

    with publishing.one_state():
        in_another_thread(lambda: say(term, "Written meanwhile."))
    say(term, "Written after.")

    assert short_definition() == "Written after."
    assert not connection.in_atomic_block


def test_one_state_is_for_reading_only():
    make_term()

    with pytest.raises(Exception, match=r"read-only transaction|locked"), publishing.one_state():
        in_another_thread(publishing.raise_content_version)
        publishing.raise_content_version()


def test_a_page_that_was_overtaken_is_of_the_state_that_it_began_with():
    """Somebody publishes between the queries of a page."""
    term, editor = make_term(tags=["Training"], short_definition="State 0."), make_user("Chief editors")
    tagging.describe(tag_id=Tag.objects.get().pk, name="Training", description="State 0.", by=editor)
    overtaken = []

    def publish_once(execute, sql, *rest):
        result = execute(sql, *rest)
        if "terms_tag" in sql and not overtaken:
            overtaken.append(sql)
            in_another_thread(lambda: both_say(term, "State 1.", by=editor))
        return result

    with connection.execute_wrapper(publish_once):
        _, text = ask(WSGIHandler(), "/tags/training/")

    assert overtaken
    assert set(states_in(text)) == {"0"}
    assert set(states_in(ask(WSGIHandler(), "/tags/training/")[1])) == {"1"}


def both_say(term, text, *, by):
    """Describe the tag and change the term in one transaction."""
    with transaction.atomic():
        publishing.raise_content_version()
        tagging.describe(tag_id=Tag.objects.get().pk, name="Training", description=text, by=by)
        say(term, text, by=by)


def states_in(text):
    return re.findall(r"State (\d+)\.", text)


# --- The front -----------------------------------------------------------------------------------


@ROUNDS
def test_readers_among_editors_who_publish(round_number):
    """What readers see is never mixed, never goes back, and never older than a second."""
    editor, clock = make_user("Chief editors"), Clock()
    term = make_term(tags=["Training"], short_definition="State 0.")
    tagging.describe(tag_id=Tag.objects.get().pk, name="Training", description="State 0.", by=editor)
    front = Front(WSGIHandler(), room=1_000_000, clock=clock)
    published_at = [clock()]
    is_over = threading.Event()

    def publish():
        try:
            for number in range(1, PUBLICATIONS + 1):
                both_say(term, f"State {number}.", by=editor)
                published_at.append(clock())
                clock.let_pass(1.65)
        finally:
            is_over.set()

    def read():
        seen = []
        while not is_over.is_set():
            asked_at = clock()
            due = sum(at <= asked_at - 1 for at in list(published_at)) - 1
            status, text = ask(front, "/tags/training/")
            seen.append((status, due, states_in(text)))
            clock.was_read()
        return seen

    publishing_ended, *all_seen = at_once(publish, *[read] * READERS)

    assert refusals([publishing_ended, *all_seen]) == []
    for seen in all_seen:
        for status, due, states in seen:
            assert status == 200
            assert len(states) > 1
            assert len(set(states)) == 1, "a mixture of two states"
            assert int(states[0]) >= due, "older than a second"
    assert set(states_in(ask(front, "/tags/training/")[1])) == {str(PUBLICATIONS)}


@ROUNDS
def test_readers_among_editors_who_deprecate_remove_and_restore(round_number):
    """A draft is never seen, and what was taken away is gone a second later."""
    chief, clock = make_user("Chief editors"), Clock()
    term = make_term(definition="What everybody may read.")
    make_draft("Kept secret", definition="Nobody may read this.", tags=["Secret"])
    propose_change(term, definition="Nobody may read this.")
    front = Front(WSGIHandler(), room=1_000_000, clock=clock)
    # What it came to look like, and the times at which each of that was written.
    begun, done_at = ["published"], [clock()]
    is_over = threading.Event()

    def turn(status, act, **words):
        begun.append(status)
        act(term_id=term.pk, by=chief, **words)
        done_at.append(clock())
        clock.let_pass(1.65)

    def edit():
        try:
            turn("deprecated", workflow.deprecate, reason="Out of use.")
            turn("published", workflow.reinstate)
            turn("removed", workflow.remove, reason="Nobody says it.")
            turn("published", workflow.restore)
        finally:
            is_over.set()

    def read():
        seen = []
        while not is_over.is_set():
            due = sum(at <= clock() - 1 for at in list(done_at)) - 1
            pages = [ask(front, path) for path in ("/terms/dropout/", "/a-z/", "/terms/kept-secret/")]
            seen.append((begun[max(0, due) :], pages))
            clock.was_read()
        return seen

    editing_ended, *all_seen = at_once(edit, *[read] * READERS)

    assert refusals([editing_ended, *all_seen]) == []
    for possible, pages in (one for seen in all_seen for one in seen):
        assert all("Nobody may read this." not in text and "Kept secret" not in text for _, text in pages)
        assert looks_like(*pages[0]) in possible


def looks_like(status, text):
    if status == 410:
        return "removed"
    assert status == 200
    assert "What everybody may read." in text
    return "deprecated" if "Out of use." in text else "published"


@ROUNDS
def test_an_editor_sees_at_once_what_was_published(round_number):
    front = Front(WSGIHandler(), room=1_000_000, clock=lambda: 100.0)
    term, editor = make_term(short_definition="State 0."), make_user("Chief editors")
    is_over = threading.Event()

    def publish_and_look():
        try:
            for number in range(1, PUBLICATIONS + 1):
                say(term, f"State {number}.", by=editor)
                _, text = ask(front, "/terms/dropout/", cookie="sessionid=of-an-editor")
                assert str(number) in states_in(text)
        finally:
            is_over.set()

    def read():
        while not is_over.is_set():
            assert ask(front, "/terms/dropout/", cache_control="no-cache")[0] == 200

    assert refusals(at_once(publish_and_look, read, read)) == []


def test_while_one_reader_looks_up_the_version_the_others_go_on_for_less_than_a_second():
    now, asked, looks, goes_on = [0.0], [], threading.Event(), threading.Event()

    def application(environ, start_response):
        asked.append(environ["PATH_INFO"])
        return WSGIHandler()(environ, start_response)

    front = Front(application, room=1_000_000, clock=lambda: now[0])
    make_term()
    ask(front, "/")

    def slowly(execute, sql, *rest):
        looks.set()
        goes_on.wait(timeout=30)
        return execute(sql, *rest)

    def look():
        with connection.execute_wrapper(slowly):
            return ask(front, "/")

    now[0] = BELIEVED
    slow = threading.Thread(target=lambda: at_once(look))
    slow.start()
    looks.wait(timeout=30)
    try:
        ask(front, "/")
        assert asked == ["/"]
        now[0] = BELIEVED + STILL_BELIEVED
        ask(front, "/")
        assert asked == ["/", "/"]
    finally:
        goes_on.set()
        slow.join(timeout=30)


def test_a_database_that_comes_back_is_asked_again():
    make_term()
    now = [0.0]
    front = Front(WSGIHandler(), room=1_000_000, clock=lambda: now[0])
    before = ask(front, "/terms/dropout/")

    def fail(*asked):
        raise OperationalError("gone")

    with connection.execute_wrapper(fail):
        now[0] += BELIEVED
        assert ask(front, "/terms/dropout/")[0] == 500
    connection.close()
    now[0] += BELIEVED

    assert ask(front, "/terms/dropout/") == before
