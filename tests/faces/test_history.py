"""History on every side: the log and its doors, any two texts compared, a term as it was."""

from __future__ import annotations

import csv
import io
import json
import re
import tracemalloc
from datetime import datetime, timedelta
from html import unescape
from io import StringIO

import pytest
from builders import bring_in, make_draft, make_term, make_user, propose_change
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from terms import log, tokens, workflow
from terms.doors import note_the_door
from terms.models import ApiToken, Event, Revision, Term

pytestmark = pytest.mark.django_db

LOG = "/admin/terms/event/"
TERMS = "/admin/terms/term/"
SECRET = "xyzzy"


def client_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text_of(response) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return content.decode()


def words_of(response) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", "", text_of(response))).split())


def publish(term: Term, **content) -> Term:
    term.refresh_from_db()
    change = propose_change(term, **content)
    return workflow.approve(revision_id=change.pk, by=make_user("Reviewers"))


def decided(revision: Revision, at: str) -> None:
    Revision.objects.filter(pk=revision.pk).update(decided_at=datetime.fromisoformat(at))


def compare_page(term: Term) -> str:
    return reverse("admin:terms_term_compare", args=[term.pk])


@pytest.fixture
def dropout():
    """Version 1 of 10 January 2026, version 2 of 10 February."""
    term = make_term(definition="Units are left out.", short_definition="Leaving out.")
    publish(term, definition="Units are dropped at random.")
    for month, revision in enumerate(term.revisions.order_by("number"), start=1):
        decided(revision, f"2026-{month:02}-10T12:00:00+00:00")
    return Term.objects.get(pk=term.pk)


# --- Doors ---------------------------------------------------------------------------------------


def doors_of(term: Term) -> set[str]:
    return set(Event.objects.filter(term=term).values_list("door", flat=True))


def test_what_is_done_on_the_desk_came_through_the_desk(chief):
    term = make_draft().term

    client_of(chief).post(f"{TERMS}{term.pk}/discard_draft/", {"reason": "Twice."})

    assert Event.objects.get(kind=Event.Kind.DISCARDED).door == Event.Door.DESK


def test_what_a_program_does_came_through_the_api(editor):
    _, secret = tokens.issue_token(owner=editor, name="A program", scopes=[ApiToken.Scope.PROPOSE], days=1)

    Client().post(
        "/api/v1/terms/",
        {"name": "Dropout", "definition": "Text."},
        content_type="application/json",
        headers={"Authorization": f"Bearer {secret}"},
    )

    assert doors_of(Term.objects.get()) == {Event.Door.API}


@pytest.mark.parametrize(
    ("address", "door"),
    [("/", "site"), ("/account/", "site"), ("/admin/", "desk"), ("/administration/", "site"),
     ("/api/v1/", "api"), ("/apiary/", "site")],
)  # fmt: skip
def test_each_address_has_its_door(editor, address, door, rf):
    note_the_door(lambda request: log.record(Event.Kind.TAG_DESCRIBED, by=editor))(rf.get(address))

    assert Event.objects.get().door == door
    assert log.record(Event.Kind.TAG_DESCRIBED, by=editor).door == Event.Door.COMMAND


def test_what_a_file_brings_came_by_import_wherever_it_was_read(editor):
    with log.through(Event.Door.DESK):
        bring_in(b"term,definition\nDropout,Text.\n", by=editor)

    assert doors_of(Term.objects.get()) == {Event.Door.IMPORT}


def test_what_a_command_does_came_by_command(tmp_path):
    file = tmp_path / "terms.csv"
    file.write_text("term,definition\nKernel,Text.\n")
    term = make_term()

    call_command("import_terms", str(file), stdout=StringIO())

    assert doors_of(term) == {Event.Door.COMMAND}
    assert doors_of(Term.objects.get(name="Kernel")) == {Event.Door.IMPORT}


# --- The log -------------------------------------------------------------------------------------


def test_the_log_says_in_words_what_was_done_and_through_which_door(editor):
    with log.through(Event.Door.API):
        make_draft(by=editor)

    page = text_of(client_of(editor).get(LOG))

    row = re.search(r"<tr[^>]*><td class=\"field-when.*?</tr>", page, re.DOTALL)[0]
    assert "Created" in row
    assert '<td class="field-through">API</td>' in row
    assert "term.created" not in re.sub(r'href="[^"]*"', "", page)


def test_the_log_is_filtered_by_kind_person_and_door(editor, reviewer):
    with log.through(Event.Door.API):
        make_term("Through the api", by=editor, reviewer=reviewer)
    make_term("By command", by=reviewer, reviewer=make_user("Reviewers"))
    desk = client_of(editor)

    def names(query: str) -> set[str]:
        rows = re.findall(r'field-term_link"?[^>]*>(?:<a[^>]*>)?([^<]*)', text_of(desk.get(f"{LOG}?{query}")))
        return set(rows)

    assert names("door=api") == {"Through the api"}
    assert names("door=command") == {"By command"}
    assert names(f"by={editor.pk}") == {"Through the api"}
    assert names("kind=term.published&door=command") == {"By command"}
    assert names("kind=term.removed") == set()
    assert names("kind=%00") == names("door=nonsense") == names("by=x") == {"Through the api", "By command"}


def test_the_log_offers_its_export_with_the_filters_that_are_set(editor):
    make_draft(by=editor)

    page = unescape(text_of(client_of(editor).get(f"{LOG}?door=command&q=drop&p=1")))

    for name in ("csv", "jsonl"):
        assert f'href="{LOG}export/?door=command&q=drop&format={name}"' in page


def exported(user, query: str = "") -> list[dict[str, str]]:
    return list(
        csv.DictReader(io.StringIO(text_of(client_of(user).get(f"{LOG}export/?{query}")), newline=""))
    )


def test_the_log_is_exported_as_a_table(editor, reviewer):
    with log.through(Event.Door.DESK):
        term = make_term("Kernel", qualifier="GPU", by=editor, reviewer=reviewer)
    event = Event.objects.get(kind=Event.Kind.PUBLISHED)

    response = client_of(editor).get(f"{LOG}export/?format=csv")
    last = exported(editor)[-1]

    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert re.fullmatch(r'attachment; filename="log-\d{4}-\d\d-\d\d\.csv"', response["Content-Disposition"])
    assert "no-store" in response["Cache-Control"]
    assert last == {
        "at": last["at"],
        "by": reviewer.username,
        "kind": "term.published",
        "door": "desk",
        "term": term.public_id,
        "name": "Kernel",
        "qualifier": "GPU",
        "revision": "1",
        "shown_to_readers": "yes",
        "note": "",
    }
    assert last["at"].endswith("+00:00")
    assert abs(datetime.fromisoformat(last["at"]) - event.at) < timedelta(milliseconds=2)


def test_an_export_has_the_rows_of_the_list_and_no_others(editor, reviewer):
    make_term("Dropout", by=editor, reviewer=reviewer)
    make_term("Kernel", by=editor, reviewer=reviewer)

    kinds = [row["kind"] for row in exported(reviewer, "q=kernel&o=2&p=1&format=csv")]

    assert kinds == ["term.created", "revision.proposed", "term.published"]
    assert {row["name"] for row in exported(reviewer, f"by={editor.pk}")} == {"Dropout", "Kernel"}
    assert len(exported(reviewer, "kind=term.published")) == 2
    assert exported(reviewer, "door=api") == []


HOSTILE_NOTES = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "two\nlines",
    'say "x", y',
    "one\u2028line",
    "'=1",
]


@pytest.mark.parametrize("note", HOSTILE_NOTES)
def test_no_note_becomes_a_formula_or_a_line_of_its_own(editor, note):
    log.record(Event.Kind.TAG_DESCRIBED, by=editor, note=note)

    [row] = exported(editor)
    [line] = text_of(client_of(editor).get(f"{LOG}export/?format=jsonl")).splitlines()

    assert row["note"][0] not in "=+-@\t\r"
    assert row["note"].removeprefix("'") == note.removeprefix("'") or row["note"] == f"'{note}"
    assert json.loads(line)["note"] == note


def test_an_unknown_form_of_export_is_no_page(editor):
    assert client_of(editor).get(f"{LOG}export/?format=xml").status_code == 404


@pytest.mark.parametrize(
    "query",
    ["foo=bar", "at__year=abc", "at__year=2026&at__month=13", "at__year=9999&at__month=12&at__day=31"],
)
def test_an_export_of_what_the_log_does_not_have_is_refused_with_a_sentence(editor, query):
    answer = client_of(editor).get(f"{LOG}export/?{query}")
    page = client_of(editor).get(f"{LOG}?{query}")

    assert answer.status_code == 400
    assert "Set the filters on its page" in answer.content.decode()
    assert (page.status_code, page.headers["Location"]) == (302, f"{LOG}?e=1")


@pytest.mark.parametrize("role", ["", "Contributors"])
def test_who_may_not_see_the_log_may_not_export_it(role):
    user = make_user(role, **({} if role else {"is_staff": True}))

    response = client_of(user).get(f"{LOG}export/")

    assert response.status_code in {302, 403}
    assert not response.streaming


@pytest.mark.ci
def test_a_large_log_is_sent_in_few_queries_and_little_memory(editor):
    def fill(count: int) -> None:
        Event.objects.bulk_create(
            [Event(kind=Event.Kind.SAVED, by=editor, by_name="e", note="x" * 200) for _ in range(count)]
        )

    desk = client_of(editor)

    def export() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as queries:
            tracemalloc.start()
            lines = sum(part.count(b"\n") for part in desk.get(f"{LOG}export/").streaming_content)
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
        assert lines == Event.objects.count() + 1
        return len(queries), peak

    fill(5_000)
    queries, memory = export()
    fill(15_000)
    more_queries, more_memory = export()

    assert more_queries == queries
    assert more_memory < 1.5 * memory + 1_000_000


# --- Any two revisions, on the desk --------------------------------------------------------------


def test_any_two_revisions_are_compared_in_all_fields(editor, dropout):
    publish(dropout, name="Unit dropout", tags=["Training"])

    page = text_of(client_of(editor).get(f"{compare_page(dropout)}?from=1&to=3"))

    assert "What leads from revision 1 to revision 3" in page
    for label in ("Name", "Definition", "Tags"):
        assert f"<dt>{label}</dt>" in page
    assert '<del><span class="visually-hidden">[taken out: </span>left' in page
    assert "<p>Units are left out.</p>" in page
    assert "<p>Units are dropped at random.</p>" in page


def test_a_comparison_begins_with_the_last_two_and_leads_on(editor, dropout):
    publish(dropout, definition="Third.")
    desk = client_of(editor)

    last = unescape(text_of(desk.get(compare_page(dropout))))
    first = unescape(text_of(desk.get(f"{compare_page(dropout)}?to=2")))

    assert "from revision 2 to revision 3" in last
    assert 'href="?from=1&to=2" rel="prev"' in last
    assert 'href="?from=3&to=2">Swap' in last
    assert 'rel="next"' not in last
    assert "from revision 1 to revision 2" in first
    assert 'href="?from=2&to=3" rel="next"' in first


def test_a_text_compared_with_itself_does_not_differ(editor):
    page = text_of(client_of(editor).get(compare_page(make_draft().term)))

    assert "Nothing differs." in page


@pytest.mark.parametrize("query", ["from=1&to=99", "from=x&to=2", "from=%00&to=-1", "from=99999999999&to=1"])
def test_a_number_that_is_not_there_is_answered_with_a_sentence_and_a_choice(editor, dropout, query):
    response = client_of(editor).get(f"{compare_page(dropout)}?{query}")

    assert response.status_code == 404
    assert "“Dropout” has no revision “" in text_of(response)
    assert '<select id="compare-from"' in text_of(response)


def test_revisions_are_chosen_in_the_history_without_a_script(editor, dropout):
    page = text_of(client_of(editor).get(f"{TERMS}{dropout.pk}/change/"))

    assert f'<form method="get" action="{compare_page(dropout)}">' in page
    assert '<input type="radio" name="from" value="1" checked>' in page
    assert '<input type="radio" name="to" value="2" checked>' in page


def test_the_log_tells_the_words_of_the_author_from_the_approval(editor, reviewer):
    change = propose_change(
        make_term(by=editor, reviewer=reviewer), by=editor, comment="Shorter.", definition="New."
    )
    workflow.approve(revision_id=change.pk, by=reviewer, comment="Good.")
    desk = client_of(editor)

    pages = [
        text_of(desk.get("/admin/")),
        text_of(desk.get("/admin/terms/event/")),
        text_of(desk.get(f"{TERMS}{change.term_id}/change/")),
    ]

    for page in pages:
        assert f"{reviewer} (written by {editor})" in page
    for page in pages[1:]:
        assert "Edit summary: Shorter." in page


def test_the_history_says_who_approved_and_through_which_door_a_text_came(editor, reviewer):
    with log.through(Event.Door.API):
        term = make_term(by=editor, reviewer=reviewer)

    page = text_of(client_of(editor).get(f"{TERMS}{term.pk}/change/"))

    row = re.search(r'<th scope="row">.*?</tr>', page[page.index('id="history"') :], re.DOTALL)[0]
    assert re.search(rf"<td>{reviewer.username}, <time [^>]*>\d{{4}}-\d\d-\d\d \d\d:\d\d</time></td>", row)
    assert "<td>API</td>" in row


def test_a_long_history_comes_in_pages(editor, reviewer):
    draft = make_draft(by=editor)
    for number in range(1, 105):
        workflow.save_draft(
            term_id=draft.term_id, based_on=number, content={"definition": f"Text {number}."}, by=editor
        )
    desk, address = client_of(editor), f"{TERMS}{draft.term_id}/change/"

    first, second = (text_of(desk.get(f"{address}?history={page}")) for page in (1, 2))

    def numbers(page: str) -> list[int]:
        return [int(n) for n in re.findall(r'<th scope="row"><a href="[^"]*">(\d+)</a>', page)]

    assert numbers(first) == list(range(105, 5, -1))
    assert numbers(second) == [5, 4, 3, 2, 1]
    assert 'href="?history=2#history" rel="next"' in first
    assert "<td>Command</td>" in second


def test_comparing_is_for_the_staff(contributor, dropout):
    assert client_of(contributor).get(compare_page(dropout)).status_code == 302
    assert Client().get(compare_page(dropout)).status_code == 302


def test_a_comparison_asks_no_more_for_a_longer_history(editor, dropout):
    desk, address = client_of(editor), f"{compare_page(dropout)}?from=1&to=2"

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert desk.get(address).status_code == 200
        return len(captured)

    few = queries()
    for number in range(5):
        propose_change(dropout, definition=f"Text {number}.")

    assert queries() == few


@pytest.mark.parametrize("who", ["staff", "readers"])
def test_a_comparison_offers_the_latest_and_those_that_are_asked_for(editor, dropout, monkeypatch, who):
    monkeypatch.setattr("terms.admin.history._REVISIONS_OFFERED", 2)
    monkeypatch.setattr("terms.views.term._VERSIONS_OFFERED", 2)
    for number in range(3):
        publish(dropout, definition=f"Text {number}.")
    address = compare_page(dropout) if who == "staff" else f"{dropout.get_absolute_url()}compare/"

    page = text_of(client_of(editor).get(f"{address}?from=1&to=2"))

    last = Term.objects.get(pk=dropout.pk).version
    offered = re.findall(r'<option value="(\d+)"', page)
    assert offered == 2 * [str(last), str(last - 1), "2", "1"]
    assert "The latest 2" in page


# --- Any two versions, for readers ---------------------------------------------------------------


def test_readers_compare_published_versions(client, dropout):
    publish(dropout, definition="Third.")

    response = client.get("/terms/dropout/compare/?from=1&to=2")
    page = text_of(response)

    assert "<del>left</del>" in page
    assert "<ins>dropped</ins>" in page
    assert 'href="?from=2&amp;to=3" rel="next"' in page
    assert response["X-Robots-Tag"] == "noindex"
    assert '<meta name="robots" content="noindex, follow">' in page
    assert "public" in response["Cache-Control"]
    again = client.get("/terms/dropout/compare/?from=1&to=2", headers={"If-None-Match": response["ETag"]})
    other = client.get("/terms/dropout/compare/?from=2&to=1", headers={"If-None-Match": response["ETag"]})
    assert (again.status_code, other.status_code) == (304, 200)


def test_readers_find_the_comparison_in_the_history_and_in_old_versions(client, dropout):
    history = text_of(client.get("/terms/dropout/history/"))
    old = unescape(text_of(client.get("/terms/dropout/v/1/")))

    assert '<form method="get" action="/terms/dropout/compare/">' in history
    assert '<input type="radio" name="from" value="1" checked>' in history
    assert '<input type="radio" name="to" value="2" checked>' in history
    assert 'href="/terms/dropout/compare/?from=1&to=2"' in old


def test_a_single_version_offers_no_comparison(client):
    make_term()

    assert "Compare" not in text_of(client.get("/terms/dropout/history/"))
    assert "Nothing that readers see differs." in text_of(client.get("/terms/dropout/compare/"))


def test_a_comparison_for_readers_has_nothing_that_was_never_public(client):
    gone = make_term("Gone", definition="Text.")
    term = make_term(definition="First.")
    publish(
        term,
        definition="Second.",
        aliases=[{"text": f"{SECRET} hidden", "kind": "hidden"}],
        notes=[{"kind": "editorial", "text": f"{SECRET} private"}],
        relations=[{"kind": "related", "target": gone.public_id}],
        review_by="2031-05-01",
    )
    make_draft(SECRET)
    term.refresh_from_db()
    propose_change(term, definition=SECRET)
    workflow.remove(term_id=gone.pk, by=make_user("Chief editors"), reason=SECRET)

    pages = [text_of(client.get(f"/terms/dropout/compare/?{query}")) for query in ("", "from=2&to=1", "to=3")]

    for page in pages:
        assert SECRET not in page
        assert gone.public_id not in page
        assert "2031" not in page


@pytest.mark.parametrize("query", ["from=1&to=9", "from=x", "from=%00&to=1", "from=0&to=99999999999"])
def test_a_version_that_is_not_there_is_answered_with_a_sentence(client, dropout, query):
    response = client.get(f"/terms/dropout/compare/?{query}")

    assert response.status_code == 404
    assert "There is no published version “" in text_of(response)


def test_a_comparison_at_a_former_address_leads_to_the_present_one(client, dropout):
    publish(dropout, name="Unit dropout")

    response = client.get("/terms/dropout/compare/?from=1&to=2")

    assert (response.status_code, response["Location"]) == (301, "/terms/unit-dropout/compare/?from=1&to=2")


# --- A term as it was ----------------------------------------------------------------------------


def test_the_page_shows_a_term_as_it_was_on_a_day(client, dropout):
    response = client.get("/terms/dropout/?as_of=2026-02-09")
    words = words_of(response)

    assert "As it was on 9 February 2026. Readers saw version 1 then" in words
    assert "version 2 is current" in words
    assert "Units are left out." in words
    assert "at random" not in words
    assert response["X-Robots-Tag"] == "noindex"
    assert f'<link rel="canonical" href="http://testserver{dropout.get_absolute_url()}">' in text_of(response)


def test_the_present_text_says_that_it_was_the_same_then(client, dropout):
    words = words_of(client.get("/terms/dropout/?as_of=2026-02-10T12:00:00Z"))

    assert "Readers saw version 2 then, of 10 February 2026; it is still the current one" in words


def test_a_term_as_it_is_today_is_asked_anew_after_a_publication(client, dropout):
    address = f"/terms/dropout/?as_of={timezone.localdate()}"
    first = client.get(address)
    unchanged = client.get(address, headers={"If-None-Match": first["ETag"]})

    publish(dropout, definition="Third.")
    changed = client.get(address, headers={"If-None-Match": first["ETag"]})

    assert (unchanged.status_code, changed.status_code) == (304, 200)
    assert "Third." in words_of(changed)


def test_the_page_says_why_there_was_no_text(client, dropout, chief):
    workflow.remove(term_id=dropout.pk, by=chief, reason="A mistake.")
    workflow.restore(term_id=dropout.pk, by=chief)
    for month, revision in enumerate(dropout.revisions.order_by("number"), start=1):
        decided(revision, f"2026-{month:02}-10T12:00:00+00:00")
    tomorrow = timezone.localdate() + timedelta(days=1)
    expected = [
        ("2026-01-01", 404, "There was no published text of this term yet on 1 January 2026."),
        ("2026-03-15", 410, "On 15 March 2026 this term was off the site"),
        ("May", 400, "Write a day such as 2026-05-01, or a moment such as 2026-05-01T12:00:00Z."),
        (tomorrow.isoformat(), 400, "is no day or moment of the past"),
        ("", 400, "“” is no day"),
    ]

    for asked, status, sentence in expected:
        response = client.get("/terms/dropout/", {"as_of": asked})
        assert response.status_code == status, asked
        assert sentence in words_of(response)
        assert response["Cache-Control"] == "no-store"
    assert "A mistake." not in words_of(client.get("/terms/dropout/?as_of=2026-03-15"))


def test_a_removed_term_shows_nothing_of_its_past(client, dropout, chief):
    workflow.remove(term_id=dropout.pk, by=chief, reason="Outside.")

    response = client.get("/terms/dropout/?as_of=2026-02-01")

    assert response.status_code == 410
    assert "left out" not in text_of(response)


def test_a_former_address_keeps_the_day_that_was_asked_for(client, dropout):
    publish(dropout, name="Unit dropout")

    response = client.get("/terms/dropout/?as_of=2026-02-01")

    assert (response.status_code, response["Location"]) == (301, "/terms/unit-dropout/?as_of=2026-02-01")


def test_the_api_answers_with_the_version_of_a_day(client, dropout):
    address = f"/api/v1/terms/{dropout.public_id}/"

    response = client.get(f"{address}?as_of=2026-02-09")
    version = client.get(f"{address}versions/1/")

    assert response.json() == version.json()
    assert response["ETag"] == version["ETag"] != client.get(address)["ETag"]
    again = client.get(f"{address}?as_of=2026-02-09", headers={"If-None-Match": response["ETag"]})
    assert again.status_code == 304


def test_the_api_says_why_there_was_no_text(client, dropout, chief):
    workflow.remove(term_id=dropout.pk, by=chief, reason="A mistake.")
    workflow.restore(term_id=dropout.pk, by=chief)
    for month, revision in enumerate(dropout.revisions.order_by("number"), start=1):
        decided(revision, f"2026-{month:02}-10T12:00:00+00:00")

    answers = {}
    for asked in ("2026-01-01", "2026-03-15", "May"):
        response = client.get(f"/api/v1/terms/{dropout.public_id}/", {"as_of": asked})
        problem = response.json()
        assert response["Content-Type"] == "application/problem+json"
        answers[response.status_code] = (problem["code"], problem["detail"])
        fields = [error["field"] for error in problem["errors"]]
        assert fields == (["as_of"] if response.status_code == 400 else [])

    assert answers == {
        404: ("not_found", "There was no published text of this term yet on 1 January 2026."),
        410: ("gone", "On 15 March 2026 this term was off the site: it had been removed."),
        400: (
            "invalid",
            "“May” is no day or moment of the past. Write a day such as 2026-05-01, or a moment "
            "such as 2026-05-01T12:00:00Z.",
        ),
    }


def test_the_api_tells_nobody_of_a_draft_by_its_past(client, editor):
    draft = make_draft(by=editor)
    address = f"/api/v1/terms/{draft.term.public_id}/?as_of=2026-01-01"

    for reader, expected in ((client, "There is nothing here."), (client_of(editor), "no published text")):
        response = reader.get(address)
        assert response.status_code == 404
        assert expected in response.json()["detail"]


def test_the_api_keeps_the_moment_when_it_sends_on(client, dropout):
    response = client.get("/api/v1/terms/dropout/?as_of=2026-02-01T12:00:00%2B01:00")

    assert response.status_code == 301
    assert client.get(response["Location"]).json()["version"] == 1


# --- Texts that are due for review ---------------------------------------------------------------


def test_readers_are_told_that_a_review_is_overdue_from_the_next_day_on(client):
    today = timezone.localdate()
    for name, day in (
        ("Overdue", today - timedelta(days=1)),
        ("Today", today),
        ("Later", today + timedelta(1)),
    ):
        make_term(name, review_by=day.isoformat())
    make_term("Never")

    told = {name: words_of(client.get(f"/terms/{name}/")) for name in ("overdue", "today", "later", "never")}

    day = today - timedelta(days=1)
    assert f"This text was due for review on {day.day} {day:%B %Y}." in told["overdue"]
    assert not [name for name in ("today", "later", "never") if "due for review" in told[name]]


def test_a_page_that_was_kept_is_asked_for_again_on_the_next_day(client, monkeypatch):
    make_term(review_by=timezone.localdate().isoformat())
    kept = client.get("/terms/dropout/")

    tomorrow = timezone.localdate() + timedelta(days=1)
    monkeypatch.setattr(timezone, "localdate", lambda *args: tomorrow)
    response = client.get("/terms/dropout/", headers={"If-None-Match": kept["ETag"]})

    assert response.status_code == 200
    assert "was due for review" in words_of(response)


def test_the_list_of_terms_is_filtered_by_review(editor):
    today = timezone.localdate()
    for name, days in (("Overdue", -1), ("Today", 0), ("Soon", 30), ("Later", 31)):
        make_term(name, review_by=(today + timedelta(days=days)).isoformat())
    make_term("Never")
    make_draft("Draft", review_by=(today - timedelta(days=1)).isoformat())
    desk = client_of(editor)

    def names(review: str) -> set[str]:
        page = text_of(desk.get(f"{TERMS}?review={review}"))
        known = ("Overdue", "Today", "Soon", "Later", "Never", "Draft")
        return {name for name in known if f">{name}</a></th>" in page}

    assert names("overdue") == {"Overdue"}
    assert names("soon") == {"Today", "Soon"}
    assert names("later") == {"Later"}
    assert names("never") == {"Never"}
    assert names("nonsense") == {"Overdue", "Today", "Soon", "Later", "Never", "Draft"}


# --- Back again ----------------------------------------------------------------------------------


def filled(page: str) -> dict[str, str]:
    """Return what a browser would send of the form for the text of a term."""
    form = re.search(r'<form class="content-form".*?</form>', page, re.DOTALL)[0]
    sent = {}
    for tag in re.findall(r"<input[^>]*>", form):
        attrs = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if attrs["type"] != "checkbox":
            sent[attrs["name"]] = unescape(attrs.get("value", ""))
        elif " checked" in tag:
            sent[attrs["name"]] = "on"
    for name, words in re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>\n?(.*?)</textarea>', form, re.DOTALL):
        sent[name] = unescape(words)
    for name, words in re.findall(r'<textarea name="([^"]+)"[^>]*>\n?(.*?)</textarea>', form, re.DOTALL):
        sent[name] = unescape(words)
    for name, options in re.findall(r'<select[^>]*name="([^"]+)".*?>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options) or re.search(r'value="([^"]*)"', options)
        sent[name] = chosen[1]
    return sent


def test_a_removed_term_is_found_on_the_desk_and_restored(chief, editor, dropout):
    workflow.remove(term_id=dropout.pk, by=chief, reason="A mistake.")
    restore = f"{TERMS}{dropout.pk}/restore/"

    for query in ("q=dropout", "status__exact=removed"):
        assert ">Dropout</a></th>" in text_of(client_of(editor).get(f"{TERMS}?{query}"))
    assert restore in text_of(client_of(chief).get(f"{TERMS}{dropout.pk}/change/"))
    assert restore not in text_of(client_of(editor).get(f"{TERMS}{dropout.pk}/change/"))
    client_of(chief).post(restore, {"comment": "No mistake."})

    assert Client().get("/terms/dropout/").status_code == 200


def test_a_term_is_restored_although_what_it_was_related_to_is_gone(chief):
    gone = make_term("Gone")
    term = make_term(
        relations=[{"kind": "related", "target": gone.public_id}], aliases=["DO"], tags=["Training"]
    )
    workflow.remove(term_id=term.pk, by=chief, reason="A mistake.")
    workflow.remove(term_id=gone.pk, by=chief, reason="Outside.")

    client_of(chief).post(f"{TERMS}{term.pk}/restore/", {"comment": ""})

    term.refresh_from_db()
    assert term.status == Term.Status.PUBLISHED
    assert term.document["related"] == []
    assert [alias["text"] for alias in term.document["aliases"]] == ["DO"]
    assert term.document["tags"] == ["training"]
    assert Client().get("/terms/dropout/").status_code == 200


def test_going_back_to_the_text_that_is_there_is_refused_with_a_sentence(editor, dropout):
    publish(dropout, definition="Units are left out.")
    desk, address = client_of(editor), f"{TERMS}{dropout.pk}/change/"

    sheet = filled(text_of(desk.get(f"{address}?text_of=1")))
    answer = desk.post(address, sheet | {"_propose": "1"})

    assert sheet["comment"] == "Text of revision 1 again."
    assert answer.status_code == 422
    assert "Nothing was changed against revision 3." in words_of(answer)
    assert not dropout.revisions.filter(state="proposed").exists()


def test_going_back_goes_through_review_and_keeps_everything_in_between(editor, reviewer, dropout):
    desk, address = client_of(editor), f"{TERMS}{dropout.pk}/change/"

    sheet = filled(text_of(desk.get(f"{address}?text_of=1")))
    desk.post(address, sheet | {"_propose": "1"})
    proposal = dropout.revisions.get(state="proposed")
    before = Client().get("/terms/dropout/")
    workflow.approve(revision_id=proposal.pk, by=reviewer)

    assert "at random" in words_of(before)
    assert "Units are left out." in words_of(Client().get("/terms/dropout/"))
    assert [revision.version for revision in dropout.revisions.order_by("number")] == [1, 2, 3]


def test_the_permanent_address_keeps_the_moment(db):
    term = make_term()

    response = Client().get(f"/t/{term.public_id}/?as_of=2026-05-01")

    assert response.headers["Location"] == f"{term.get_absolute_url()}?as_of=2026-05-01"
