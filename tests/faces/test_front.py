"""The front: what is kept for everybody, who goes past it, and that nothing is kept too long."""

from __future__ import annotations

import gzip
import http.client
import os
import socket
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import newsroom
import pytest
from builders import make_draft, make_term, make_user, propose_change
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import OperationalError, close_old_connections, connection
from django.test import RequestFactory
from django.utils import timezone
from pages import client_of

from glossary_site import front
from glossary_site.front import BELIEVED, STILL_BELIEVED, Front, put_before
from terms import (
    discussion,
    exporting,
    importing,
    people,
    planning,
    publishing,
    review_links,
    search,
    sheets,
    tagging,
    tokens,
    workflow,
)
from terms.models import Tag
from terms.views import pages

ROOT = Path(__file__).resolve().parents[2]
ENOUGH = 1_000_000


@pytest.fixture(autouse=True)
def _the_connection_of_the_test_stays_open(monkeypatch):
    """What Django's test client sees to: outside of a test a transaction that is open was forgotten."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    monkeypatch.setattr(front, "close_old_connections", lambda: None)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


class Answer:
    """What came back: status, headers by name in small letters, body."""

    def __init__(self, front, path, method="GET", **headers):
        request = RequestFactory(headers={"host": "testserver"}).generic(method, path, headers=headers)
        body = front(request.environ, self._begin)
        self.body = b"".join(body)
        if hasattr(body, "close"):
            body.close()

    def _begin(self, status, headers, exc_info=None):
        self.status = int(status.split()[0])
        self.headers = {name.lower(): value for name, value in headers}
        assert len(self.headers) == len(headers)

    @property
    def text(self):
        is_packed = self.headers.get("content-encoding") == "gzip"
        return (gzip.decompress(self.body) if is_packed else self.body).decode()


class Site:
    """A front before an application that counts how often it is asked, and a clock that stands still."""

    def __init__(self, application, room=ENOUGH):
        self.asked = 0
        self.now = 100.0
        self._application = application
        self.front = Front(self._count, room=room, clock=lambda: self.now)

    def _count(self, environ, start_response):
        self.asked += 1
        return self._application(environ, start_response)

    def ask(self, path="/", method="GET", **headers):
        return Answer(self.front, path, method, **headers)

    def is_asked_by(self, path="/", method="GET", **headers):
        """Say whether the application was needed for this answer."""
        before = self.asked
        self.ask(path, method, **headers)
        return self.asked > before

    def wait(self, seconds=BELIEVED):
        self.now += seconds


@pytest.fixture
def site(db):
    return Site(WSGIHandler())


class Body(list):
    """The body of an answer as Django has it."""

    streaming = False


def application_of(*headers, body=b"x" * 300, status="200 OK", streaming=False, is_kept=True):
    """Return an application whose every answer is this one."""
    usual = {
        "Content-Type": "text/plain",
        "Content-Length": str(len(body)),
        "ETag": '"tag"',
        "Cache-Control": "public, max-age=0",
    }

    def application(environ, start_response):
        if is_kept:
            environ[publishing.MADE_FROM] = (publishing.content_version(), timezone.localdate())
        answer = Body([body])
        answer.streaming = streaming
        start_response(status, list((usual | dict(headers)).items()))
        return answer

    return application


def change(term, **content):
    revision = propose_change(term, **content)
    return workflow.approve(revision_id=revision.pk, by=make_user("Reviewers"))


def cookie_of(client):
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


# --- What is kept --------------------------------------------------------------------------------


def test_the_second_reader_is_answered_without_django(site, django_assert_num_queries):
    make_term()
    first = site.ask("/terms/dropout/")

    with django_assert_num_queries(0):
        second = site.ask("/terms/dropout/")

    assert site.asked == 1
    assert "What Dropout is." in second.text
    assert (second.status, second.headers, second.body) == (first.status, first.headers, first.body)


PAGES = ["/", "/a-z/", "/a-z/d/", "/tags/", "/tags/training/", "/changes/", "/about/", "/download/"] + [
    f"/terms/dropout/{rest}" for rest in ("", "history/", "compare/", "v/1/")
]


def test_every_public_page_is_kept_as_django_makes_it_and_sets_no_cookie(site):
    change(make_term(tags=["Training"]), short_definition="Leaving units out.")
    accent = f"/accent.css?v={pages.accent_version()}"
    for path in [*PAGES, "/search?q=dropout", accent, "/api/v1/terms/", "/api/v1/suggest?q=drop"]:
        plain = Answer(WSGIHandler(), path)

        kept = site.ask(path)

        assert (path, site.is_asked_by(path)) == (path, False)
        assert kept.body == plain.body
        assert kept.headers.get("etag") == plain.headers.get("etag")
        assert path.startswith("/api/") or kept.headers["vary"] == "Accept-Encoding"
        assert "set-cookie" not in kept.headers


def test_another_query_or_host_or_scheme_is_another_page(site):
    site.ask("/a-z/")

    assert site.is_asked_by("/a-z/?page=1")
    assert site.is_asked_by("/a-z/", host="localhost")
    assert not site.is_asked_by("/a-z/")


def test_the_scheme_that_the_proxy_tells_makes_another_page(db, settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    site = Site(WSGIHandler())
    plain = site.ask("/", x_forwarded_proto="http")

    secure = site.ask("/", x_forwarded_proto="https")

    assert site.asked == 2
    assert secure.headers["etag"] != plain.headers["etag"]


@pytest.mark.parametrize("path", ["/terms/xyzzy/", "/account/login/", "/suggest/", "/download/csv"])
def test_what_no_view_gives_to_everybody_is_not_kept(site, path):
    make_term()
    site.ask(path)

    assert site.is_asked_by(path)


def test_an_answer_that_is_whole_and_for_everybody_is_kept(db):
    site = Site(application_of(body=b"x" * 999_999), room=2_000_000)
    site.ask()

    assert not site.is_asked_by()


@pytest.mark.parametrize(
    "answer",
    [
        {"is_kept": False},
        {"status": "404 Not Found"},
        {"streaming": True},
        {"body": b"x" * 1_000_000},
        {"headers": [("Set-Cookie", "a=b")]},
        {"headers": [("Cache-Control", "private")]},
        {"headers": [("Cache-Control", "public, no-store")]},
        {"headers": [("Cache-Control", "max-age=60")]},
        {"headers": [("Vary", "*")]},
        {"headers": [("Content-Encoding", "br")]},
    ],
    ids=lambda answer: str(answer)[:40],
)
def test_what_is_not_whole_or_not_for_everybody_is_not_kept_whatever_the_view_says(db, answer):
    headers = answer.pop("headers", [])
    site = Site(application_of(*headers, **answer), room=2_000_000)

    first = site.ask()

    assert site.is_asked_by()
    assert dict(headers).items() <= {name.title(): value for name, value in first.headers.items()}.items()
    assert first.body == answer.get("body", b"x" * 300)


def test_what_was_not_asked_for_longest_goes_first_when_there_is_no_room(db):
    site = Site(application_of(body=b"x" * 96_000), room=250_000)
    site.ask("/one")
    site.ask("/two")
    site.ask("/one")

    site.ask("/three")

    assert not site.is_asked_by("/one")
    assert not site.is_asked_by("/three")
    assert site.is_asked_by("/two")


def test_the_packed_form_takes_room_too(db):
    body = bytes(range(256)) * 100
    site = Site(application_of(body=body), room=2 * (len(body) + 4_000))
    site.ask("/one")
    site.ask("/two")

    site.ask("/two", accept_encoding="gzip")

    assert site.is_asked_by("/one")


def test_where_nothing_may_be_kept_there_is_no_front(settings):
    application, settings.PAGE_CACHE_MB = application_of(), 0

    assert put_before(application) is application


def test_an_answer_that_varies_is_kept_once_for_each_value(db):
    def application(environ, start_response):
        kind = environ.get("HTTP_ACCEPT", "")
        return application_of(("Vary", "Accept, Cookie"), body=kind.encode() * 10)(environ, start_response)

    site = Site(application)
    for accept in ("text/html", "application/json"):
        site.ask(accept=accept)
    site.ask()

    again = [site.ask(accept="text/html"), site.ask(accept="application/json"), site.ask()]

    assert site.asked == 3
    assert [answer.body for answer in again] == [b"text/html" * 10, b"application/json" * 10, b""]


# --- How it is answered --------------------------------------------------------------------------


def test_head_has_the_headers_of_get_and_no_body(site):
    first, get, then = site.ask(method="HEAD"), site.ask(), site.ask(method="HEAD")

    assert site.asked == 1
    assert first.body == then.body == b""
    assert first.headers == get.headers == then.headers
    assert get.headers["content-length"] == str(len(get.body))


def test_head_of_what_is_not_kept_has_no_body_either(site):
    make_term()

    head = site.ask("/download/csv", "HEAD")

    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-type"].startswith("text/csv")
    assert site.ask("/download/csv").status == 200


@pytest.mark.parametrize("tags", ["{tag}", 'W/"other", {tag}', "*", "{strong}"])
def test_who_has_the_page_gets_304(site, tags):
    page = site.ask()
    tag = page.headers["etag"]
    asked = tags.format(tag=tag, strong=tag.removeprefix("W/"))

    answer = site.ask(if_none_match=asked)

    assert (site.asked, answer.status, answer.body) == (1, 304, b"")
    assert answer.headers == {name: page.headers[name] for name in ("etag", "cache-control", "vary")}


@pytest.mark.parametrize("tags", ['W/"other"', "nonsense", ""])
def test_who_has_another_page_gets_this_one(site, tags):
    page = site.ask()

    answer = site.ask(if_none_match=tags)

    assert (site.asked, answer.status, answer.body) == (1, 200, page.body)


def test_who_has_a_page_that_is_not_kept_here_gets_the_same_304_from_django(site):
    page = site.ask()
    other = Site(WSGIHandler())

    answer = other.ask(if_none_match=page.headers["etag"])

    assert (other.asked, answer.status) == (1, 304)
    assert {name: answer.headers[name] for name in ("etag", "cache-control", "vary")} == {
        name: page.headers[name] for name in ("etag", "cache-control", "vary")
    }


_DATE = "Sun, 22 Nov 2026 05:00:00 GMT"


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"if_modified_since": _DATE}, 304),
        ({"if_modified_since": "Sun, 22 Nov 2026 04:00:00 GMT"}, 200),
        ({"if_modified_since": "Thu, 31 Dec 2026 00:00:00 GMT"}, 304),
        ({"if_modified_since": "nonsense"}, 200),
        ({"if_modified_since": ""}, 200),
        # A tag says more than a date.
        ({"if_modified_since": _DATE, "if_none_match": '"other"'}, 200),
        ({"if_modified_since": "nonsense", "if_none_match": '"tag"'}, 304),
    ],
)
def test_who_has_the_page_of_this_date_gets_304(db, asked, status):
    site = Site(application_of(("Last-Modified", _DATE)))
    site.ask()

    answer = site.ask(**asked)

    assert (site.asked, answer.status) == (1, status)


def test_a_page_without_a_date_is_not_known_by_one(db):
    site = Site(application_of())
    site.ask()

    assert site.ask(if_modified_since=_DATE).status == 200


def test_a_feed_is_asked_again_by_tag_and_by_date(site):
    make_term(tags=["Training"])
    feed = site.ask("/changes.atom")

    by_tag = site.ask("/changes.atom", if_none_match=feed.headers["etag"])
    by_date = site.ask("/changes.atom", if_modified_since=feed.headers["last-modified"])

    assert (site.asked, by_tag.status, by_date.status, by_date.body) == (1, 304, 304, b"")


@pytest.mark.parametrize(
    ("accepted", "is_packed"),
    [
        ("gzip", True),
        ("br, GZIP;q=0.5, *;q=0", True),
        ("*", True),
        ("deflate, x-gzip", True),
        ("gzip;q=0", False),
        ("gzip;q=0, *", False),
        ("gzip;q=0.4, identity;q=0.8", False),
        ("br", False),
        ("", False),
    ],
)
def test_gzip_is_sent_to_those_who_take_it(site, accepted, is_packed):
    plain = site.ask()

    answer = site.ask(accept_encoding=accepted)

    assert site.asked == 1
    assert (answer.headers.get("content-encoding") == "gzip") is is_packed
    assert answer.text == plain.text
    assert answer.headers["content-length"] == str(len(answer.body))
    assert "Accept-Encoding" in answer.headers["vary"]


def test_a_strong_tag_is_weak_on_the_packed_form_and_known_from_both(db):
    site = Site(application_of())

    packed = site.ask(accept_encoding="gzip")

    assert packed.headers["etag"] == 'W/"tag"'
    assert site.ask().headers["etag"] == '"tag"'
    assert site.ask(if_none_match='W/"tag"').status == 304
    assert site.ask(if_none_match='"tag"', accept_encoding="gzip").status == 304


def test_what_cannot_be_made_smaller_is_sent_as_it_is(db):
    site = Site(application_of(body=b"short"))

    assert site.ask(accept_encoding="gzip").body == b"short"
    assert "content-encoding" not in site.ask(accept_encoding="gzip").headers


def test_what_is_not_kept_is_still_packed_by_django(site):
    answer = site.ask("/account/login/", accept_encoding="gzip")

    assert answer.headers["content-encoding"] == "gzip"
    assert "Log in" in answer.text


# --- Who goes past it ----------------------------------------------------------------------------

PAST = [
    {"cookie": "sessionid=made-up"},
    {"cookie": "theme=dark; sessionid=made-up"},
    {"cookie": "messages=made-up"},
    {"range": "bytes=0-10"},
    {"if_match": "*"},
    {"cache_control": "no-cache"},
    {"cache_control": "max-age=0, No-Cache"},
    {"pragma": "no-cache"},
]


@pytest.mark.parametrize("headers", PAST, ids=str)
def test_django_is_asked_for_whom_a_kept_page_is_not_meant(site, headers):
    site.ask()

    assert site.is_asked_by(**headers)
    assert site.is_asked_by(**headers)


@pytest.mark.parametrize(
    "headers", [{"cookie": "theme=dark"}, {"cache_control": "max-age=0"}, {"accept": "*/*"}], ids=str
)
def test_what_says_nothing_of_the_reader_is_no_reason_to_ask_django(site, headers):
    site.ask()

    assert not site.is_asked_by(**headers)


def test_a_page_made_with_a_session_cookie_is_not_kept_be_it_valid_or_not(site):
    site.ask(cookie="sessionid=made-up")

    assert site.is_asked_by()


def test_a_view_that_is_asked_with_credentials_may_say_what_it_likes(rf):
    request = rf.get("/", headers={"authorization": "Bearer x"})

    publishing.keep_until_changed(request)

    assert publishing.MADE_FROM not in request.META


def test_a_post_is_neither_answered_nor_kept(site):
    site.ask()

    assert site.ask(method="POST").status in {403, 405}
    assert site.ask().status == 200


def test_who_reloads_by_force_has_it_made_anew_for_everybody(db):
    bodies = iter([b"one", b"two"])

    def application(environ, start_response):
        return application_of(body=next(bodies))(environ, start_response)

    site = Site(application)
    site.ask()

    forced = site.ask(cache_control="no-cache")

    assert (forced.body, site.ask().body) == (b"two", b"two")


def test_an_editor_among_readers_gets_an_own_page_and_leaves_none(site, editor):
    term = make_term()
    editors_own = {"cookie": cookie_of(client_of(editor))}

    pages = [site.ask("/terms/dropout/", **headers) for headers in ({}, editors_own, {}, editors_own)]

    assert site.asked == 3
    assert pages[0].body == pages[2].body
    change(term, definition="Another text.")
    assert "Another text." in site.ask("/terms/dropout/", **editors_own).text
    account = site.ask("/account/", **editors_own)
    assert account.status == 200
    assert "no-store" in account.headers["cache-control"]
    assert site.ask("/account/").status == 302


# --- How long it is kept -------------------------------------------------------------------------


def test_a_publication_is_seen_by_the_next_reader_within_a_second(site):
    term = make_term()
    site.ask("/terms/dropout/")
    change(term, definition="Another text.")

    site.wait()

    assert BELIEVED + STILL_BELIEVED < 1
    assert "Another text." in site.ask("/terms/dropout/").text


def test_while_nothing_is_published_a_look_at_the_version_is_all_that_is_asked(
    site, django_assert_num_queries
):
    make_term()
    make_draft("Other")
    site.ask("/terms/dropout/")
    site.wait()

    with django_assert_num_queries(1):
        site.ask("/terms/dropout/")
        site.ask("/terms/dropout/")

    assert site.asked == 1


def test_a_page_of_a_state_that_is_not_known_yet_is_not_kept_as_one_of_the_old_state(site):
    term = make_term()
    old = site.ask("/terms/dropout/")
    change(term, definition="Another text.")

    new = site.ask("/a-z/d/")

    assert new.status == 200
    assert site.ask("/terms/dropout/").body != old.body


def test_an_answer_that_is_overtaken_while_it_is_made_is_not_kept(db):
    def application(environ, start_response):
        version = str(publishing.content_version())
        answer = application_of(body=version.encode())(environ, start_response)
        if environ["PATH_INFO"] == "/slow" and site.asked == 1:
            publishing.raise_content_version()
            site.wait()
            site.ask("/meanwhile")
        return answer

    site = Site(application)

    first, second = site.ask("/slow"), site.ask("/slow")

    assert (first.body, second.body) == (b"0", str(publishing.content_version()).encode())
    assert first.body != second.body


def test_removed_and_restored_terms_are_gone_and_back(site, chief):
    term = make_term()
    site.ask("/terms/dropout/")

    workflow.remove(term_id=term.pk, by=chief, reason="Nobody says it.")
    site.wait()
    assert site.ask("/terms/dropout/").status == 410
    workflow.restore(term_id=term.pk, by=chief)
    site.wait()
    assert site.ask("/terms/dropout/").status == 200


def test_a_new_day_is_another_state(site, monkeypatch):
    site.ask()
    site.wait()
    assert not site.is_asked_by()
    tomorrow = timezone.localdate() + timedelta(days=1)

    monkeypatch.setattr(timezone, "localdate", lambda *given: tomorrow)
    site.wait()

    assert site.is_asked_by()
    assert not site.is_asked_by()


def test_a_database_that_does_not_answer_leaves_the_word_to_django(db):
    site = Site(application_of(is_kept=False))
    is_down = True

    def fail(execute, sql, *rest):
        if is_down:
            raise OperationalError("gone")
        return execute(sql, *rest)

    with connection.execute_wrapper(fail):
        assert site.is_asked_by()
        is_down = False
        site.wait()
        assert site.ask().status == 200


# --- What changes a page -------------------------------------------------------------------------

PUBLIC = [
    *("/", "/a-z/", "/a-z/d/", "/tags/", "/tags/training/", "/tags/networks/", "/changes/", "/about/"),
    *("/download/", "/search?q=dropout", "/search?q=refused", "/terms/old-word/", "/terms/removed-word/"),
    *(
        f"/terms/dropout/{rest}"
        for rest in ("", "history/", "compare/", "compare/?from=1&to=3", "v/1/", "v/2/")
    ),
    *("/terms/broken/", "/terms/imported/", "/terms/drop-out/", "/terms/cleo-s-word/"),
    *("/api/v1/", "/api/v1/terms/", "/api/v1/terms/{id}/", "/api/v1/search?q=dropout", "/api/v1/tags/"),
    *("/api/v1/suggest?q=d", "/api/v1/letters/", "/api/v1/tags/training/", "/api/v1/terms/?tag=networks"),
    *("/api/v1/terms/{id}/revisions/", "/api/v1/terms/{id}/versions/1/"),
]


def looks(world):
    """Return what everybody gets at each of these addresses."""
    answers = {path: Answer(WSGIHandler(), path.format(id=world.term.public_id)) for path in PUBLIC}
    return {path: (answer.status, answer.body) for path, answer in answers.items()}


def write_what_is_not_public(world):
    """Do what people do all day without publishing anything."""
    who, term = world.who, world.term
    draft = make_draft("Another draft", by=who.editor, tags=["Training", "New tag"], aliases=["Drop-out"])
    workflow.save_draft(term_id=draft.term_id, based_on=1, content={"definition": "Dropout."}, by=who.editor)
    wish = propose_change(term, by=who.editor, tags=["New tag"], review_by="2020-01-01")
    workflow.assign(revision_id=wish.pk, by=who.chief, to=who.reviewer)
    said = discussion.comment(revision_id=wish.pk, by=who.chief, text="Why?")
    discussion.resolve(thread_id=said.pk, by=who.editor)
    link = review_links.issue(revision_id=wish.pk, expert="Grace Hopper", days=5, by=who.editor)
    review_links.advise(link_id=link.pk, advice="approve", text="Well said.")
    planning.cancel(plan_id=world.plan.pk, by=who.chief)
    workflow.request_changes(revision_id=wish.pk, by=who.reviewer, reason="Say why.")
    workflow.resubmit(revision_id=wish.pk, by=who.editor, answer="I did.")
    workflow.withdraw(revision_id=wish.pk, by=who.editor)
    workflow.reject(
        revision_id=propose_change(term, by=who.editor, name="Else").pk, by=who.reviewer, reason="No."
    )
    workflow.suggest(content={"name": "New", "definition": "Text."}, sender=workflow.Sender(digest="a" * 64))
    workflow.discard_draft(term_id=draft.term_id, by=who.editor)
    sheets.keep(by=who.chief, sheet="another-sheet", typed="name=x", term_id=term.pk)
    sheets.arrive(who.chief, term.pk)
    batch = importing.prepare(
        [importing.GivenFile("w.csv", b"term,definition\nFresh,Text.\n")], by=who.editor
    )
    importing.carry_out(batch, importing.token(batch, who.editor), by=who.editor)
    tokens.issue_token(owner=who.editor, name="mine", scopes=["read"], days=1)
    people.describe_oneself(
        by=who.reviewer, name="Ruth Reviewer", email="r@example.org", password="secret-words-9"
    )
    people.deactivate(user_id=who.contributor.pk, by=who.chief)
    people.invite(email="two@example.org", name="Two", roles=["Editors"], by=who.chief)


def test_what_raises_no_version_changes_no_page_that_is_kept(db, settings):
    settings.SHOW_AUTHORS = True
    world = newsroom.fill()
    before, version = looks(world), publishing.content_version()

    write_what_is_not_public(world)

    assert publishing.content_version() == version
    after = looks(world)
    assert [path for path in PUBLIC if after[path] != before[path]] == []
    assert [path for path, (status, _) in before.items() if status == 200] != []


def test_a_tag_with_another_description_is_a_new_state(site, editor):
    make_term(tags=["Training"])
    site.ask("/tags/training/")

    tagging.describe(tag_id=Tag.objects.get().pk, name="Learning", description="How models learn.", by=editor)
    site.wait()

    assert "How models learn." in site.ask("/tags/training/").text


def test_a_new_name_of_an_author_is_a_new_state(site, settings):
    settings.SHOW_AUTHORS = True
    author = make_user("Editors", first_name="Ed", last_name="Itor")
    make_term(by=author)
    assert "Ed Itor" in site.ask("/terms/dropout/history/").text

    people.describe_oneself(by=author, name="Edith Thor", email="")
    site.wait()

    assert "Edith Thor" in site.ask("/terms/dropout/history/").text


def test_an_index_that_was_made_anew_is_a_new_state(db):
    make_term()
    version = publishing.content_version()

    search.rebuild()

    assert publishing.content_version() > version


# --- With a server -------------------------------------------------------------------------------


@pytest.fixture
def served(tmp_path):
    """Serve a starter glossary as `make run` does, with two workers; give its port and its commands."""
    environment = {**os.environ, "TERMBOOK_DATA": str(tmp_path), "TERMBOOK_DATABASE_URL": ""}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    def manage(*words):
        command = [sys.executable, "manage.py", *words]
        return subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)  # noqa: S603 - our own program

    manage("migrate", "-v0")
    manage("prepare_site", "--address", f"http://127.0.0.1:{port}/")
    command = [
        str(Path(sys.executable).with_name("granian")),
        *("--interface", "wsgi", "--port", str(port), "--workers", "2", "--blocking-threads", "2"),
        *("--no-ws", "--log-level", "warning", "glossary_site.wsgi:application"),
    ]
    with subprocess.Popen(command, cwd=ROOT, env=environment) as server:  # noqa: S603 - our own program
        try:
            yield port, manage
        finally:
            server.terminate()


def fetch(port, path, method="GET", **headers):
    """Ask until the server is there; return status, headers, body."""
    until = time.monotonic() + 60
    while True:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            line.request(method, path, headers={n.replace("_", "-"): value for n, value in headers.items()})
            answer = line.getresponse()
            return answer.status, answer.headers, answer.read()
        except ConnectionError:
            if time.monotonic() > until:
                raise
        finally:
            line.close()


@pytest.mark.ci
def test_served_by_two_workers(served):
    port, manage = served
    page = "/terms/attention-mask/"

    answers = [fetch(port, page) for _ in range(12)]
    _, headers, body = answers[0]
    head = fetch(port, page, "HEAD")
    packed = fetch(port, page, accept_encoding="gzip")
    known = fetch(port, page, if_none_match=headers["ETag"])

    assert {answer[0] for answer in answers} == {200}
    assert {answer[2] for answer in answers} == {body}
    assert {answer[1]["ETag"] for answer in answers} == {headers["ETag"]}
    assert head[2] == b""
    assert head[1]["Content-Length"] == headers["Content-Length"] == str(len(body))
    assert gzip.decompress(packed[2]) == body
    assert (known[0], known[2], known[1]["ETag"]) == (304, b"", headers["ETag"])

    manage("shell", "-c", _PUBLISH)
    changed_at = time.monotonic()
    while time.monotonic() < changed_at + 1:
        fetch(port, page)

    assert all(b"Said anew." in fetch(port, page)[2] for _ in range(12))


_PUBLISH = """
from django.contrib.auth import get_user_model
from terms import workflow
from terms.models import Term
people = get_user_model().objects
term = Term.objects.get(slug="attention-mask")
revision = workflow.propose(
    term_id=term.pk, based_on=term.live_revision.number, content={"short_definition": "Said anew."},
    comment="A change.", by=people.get(username="editor"),
)
workflow.approve(revision_id=revision.pk, by=people.get(username="reviewer"))
"""


# --- Forms of a term -----------------------------------------------------------------------------


def test_each_form_of_a_term_is_kept_for_itself(site):
    make_term()

    for ending in exporting.TWINS:
        first = site.ask(f"/terms/dropout.{ending}")
        assert not site.is_asked_by(f"/terms/dropout.{ending}")
        again = site.ask(f"/terms/dropout.{ending}", accept="text/html")
        assert again.headers["content-type"] == exporting.TWINS[ending].content_type
        assert again.body == first.body


def test_two_readers_of_the_permanent_address_get_what_each_of_them_accepts(site):
    address = f"/t/{make_term().public_id}/"
    forms = {"text/html": "/terms/dropout/", "text/turtle": "/terms/dropout.ttl", "image/png": None}

    for accept, location in [*forms.items(), *forms.items()]:
        answer = site.ask(address, accept=accept)
        assert answer.headers.get("location") == location
        assert answer.status == (303 if location else 406)
        assert "Accept" in answer.headers["vary"].split(", ")
