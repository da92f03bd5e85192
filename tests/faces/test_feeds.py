"""Feeds: what changed, and the terms of the days, valid and the same as on the pages."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from builders import make_draft, make_term, make_user, merge, propose_change, undo
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from lxml import etree
from machine_readable import valid_feed

from terms import publishing, workflow
from terms.models import Tag, Term
from terms.views import daily, feeds

pytestmark = pytest.mark.django_db

HOSTILE = "A <b>&amp; ]]> \"'\u202e x"


def feed_of(path, **headers):
    response = Client().get(path, **headers)
    assert response.status_code == 200, path
    assert response.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    return valid_feed(response.content)


def titles_of(path):
    return [entry["title"] for entry in feed_of(path)["entries"]]


def change(term, comment="A change.", **content):
    revision = propose_change(Term.objects.get(pk=term.pk), comment=comment, **content)
    return workflow.approve(revision_id=revision.pk, by=make_user("Reviewers"))


# --- What a feed tells ---------------------------------------------------------------------------


def test_the_feed_tells_what_is_new_changed_and_deprecated_newest_first():
    term = make_term("Dropout", short_definition="Units are left out.", tags=["Training"])
    change(term, comment="Shorter.", definition="Units are left out at random.")
    workflow.deprecate(term_id=term.pk, by=make_user("Reviewers"), reason="Out of use.")

    feed = feed_of("/changes.atom")

    assert feed["title"] == "Changes – Termbook"
    assert feed["author"] == "Termbook"
    assert feed["language"] == "en-us"
    assert feed["links"] == {
        "alternate": "http://testserver/changes/",
        "self": "http://testserver/changes.atom",
    }
    deprecated, changed, new = feed["entries"]
    assert [entry["title"] for entry in feed["entries"]] == [
        "Deprecated: Dropout",
        "Changed: Dropout",
        "New: Dropout",
    ]
    assert {entry["link"] for entry in feed["entries"]} == {"http://testserver/terms/dropout/"}
    assert {str(entry["tags"]) for entry in feed["entries"]} == {"{'training': 'Training'}"}
    assert deprecated["summary"] == "Out of use.\nUnits are left out."
    assert changed["summary"] == "Shorter.\nUnits are left out."
    assert (new["summary"], new["content"]) == (
        "Units are left out.",
        "<p>Units are left out at random.</p>\n",
    )
    assert feed["updated"] == deprecated["updated"]


def test_the_feed_holds_what_the_page_of_changes_shows():
    kept, absorbed, removed = make_term("Kept"), make_term("Absorbed"), make_term("Removed")
    operation = merge(kept, absorbed)
    undo(operation)
    merge(kept, absorbed)
    chief = make_user("Chief editors")
    workflow.remove(term_id=removed.pk, by=chief, reason="Never meant to be here.")
    workflow.restore(term_id=removed.pk, by=chief)

    days = Client().get("/changes/").context["days"]

    shown = [(change["term"].full_name, change["label"]) for day in days for change in day["changes"]]
    told = [tuple(reversed(title.split(": ", 1))) for title in titles_of("/changes.atom")]
    assert told == shown
    assert ("Removed", "Restored") in told
    assert ("Absorbed", "Merged") in told


def test_a_merged_term_leads_to_the_one_that_it_is_now():
    kept, absorbed = make_term("Kept", short_definition="What stays."), make_term("Absorbed")
    merge(kept, absorbed)

    [entry] = [one for one in feed_of("/changes.atom")["entries"] if one["title"] == "Merged: Absorbed"]

    assert entry["link"] == "http://testserver/terms/kept/"
    assert entry["summary"].startswith("Merged into Kept.")


def test_a_removed_term_and_a_draft_are_in_no_feed():
    make_draft("Xyzzy", tags=["Training"])
    term = make_term("Dropout", tags=["Training"])
    make_term("Adam", tags=["Training"])
    workflow.remove(term_id=term.pk, by=make_user("Chief editors"), reason="No.")

    assert titles_of("/changes.atom") == ["New: Adam"]
    assert titles_of("/tags/training.atom") == ["New: Adam"]
    assert Client().get("/terms/dropout.atom").status_code == 410
    assert Client().get("/terms/xyzzy.atom").status_code == 404
    assert "Dropout" not in str(feed_of("/term-of-the-day.atom"))


def test_the_feed_is_narrowed_as_the_page_is():
    term, _ = make_term("Dropout", tags=["Training"]), make_term("Adam", tags=["Optimizers"])
    change(term, definition="Another.")

    assert titles_of("/changes.atom?kind=changed") == ["Changed: Dropout"]
    assert titles_of("/changes.atom?tag=optimizers") == ["New: Adam"]
    narrowed = feed_of("/changes.atom?kind=published&tag=training")
    assert [entry["title"] for entry in narrowed["entries"]] == ["New: Dropout"]
    assert narrowed["title"] == "Changes in Training – Termbook"
    assert narrowed["links"]["alternate"] == "http://testserver/changes/?kind=published&tag=training"
    assert narrowed["links"]["self"] == "http://testserver/changes.atom?kind=published&tag=training"


@pytest.mark.parametrize(
    "path",
    [
        "/changes.atom?kind=nonsense",
        "/changes.atom?tag=nonsense",
        "/changes.atom?tag=%00",
        "/changes.atom?page=2",
        "/changes.atom?page=x",
        "/tags/nonsense.atom",
        "/tags/%00.atom",
        "/terms/nonsense.atom",
    ],
)
def test_what_is_not_there_has_no_feed(path):
    make_term("Dropout")

    assert Client().get(path).status_code in {400, 404}


def test_a_tag_and_a_term_have_feeds_of_their_own():
    make_term("Dropout", tags=["Training"], short_definition="Units are left out.")
    make_term("Adam", tags=["Training", "Optimizers"])
    Tag.objects.filter(slug="training").update(description="How models learn.")

    tag, term = feed_of("/tags/training.atom"), feed_of("/terms/dropout.atom")

    assert (tag["title"], tag["subtitle"]) == ("Training – Termbook", "How models learn.")
    assert tag["links"]["alternate"] == "http://testserver/tags/training/"
    assert [entry["title"] for entry in tag["entries"]] == ["New: Adam", "New: Dropout"]
    assert (term["title"], term["subtitle"]) == ("Dropout – Termbook", "Units are left out.")
    assert [entry["title"] for entry in term["entries"]] == ["New: Dropout"]


def test_older_names_of_a_term_lead_to_its_feed():
    term = make_term("Drop out", aliases=["DO"])
    change(term, name="Dropout")
    merge(term, make_term("Unit removal"))
    client = Client()

    for slug in ("drop-out", "do", "unit-removal", "DROPOUT"):
        response = client.get(f"/terms/{slug}.atom")
        assert (response.status_code, response.headers["Location"]) == (301, "/terms/dropout.atom"), slug


# --- Names for ever ------------------------------------------------------------------------------


def test_an_entry_keeps_its_id_when_the_term_is_renamed_merged_or_moved(settings):
    term = make_term("Drop out")
    [before] = feed_of("/changes.atom")["entries"]

    change(term, name="Dropout")

    *_, after = feed_of("/changes.atom")["entries"]
    assert after["id"] == before["id"]
    assert after["title"] == "New: Dropout"
    assert re.fullmatch(rf"tag:testserver,[\d-]+:{term.public_id}/published/[\d.]+", after["id"])
    assert feed_of("/terms/dropout.atom")["id"] == f"tag:testserver,2026:feeds/terms/{term.public_id}"


def test_a_feed_is_named_after_the_site_and_not_after_the_door(settings):
    make_term("Dropout", tags=["Training"])
    settings.SITE_URL = "https://glossary.example"
    settings.ALLOWED_HOSTS = ["*"]

    feed = feed_of("/tags/training.atom", headers={"host": "inside.example:8000"})

    assert feed["id"] == "tag:glossary.example,2026:feeds/tags/training"
    assert feed["links"]["self"] == "https://glossary.example/tags/training.atom"
    assert feed["entries"][0]["id"].startswith("tag:glossary.example,")
    assert feed["entries"][0]["link"] == "https://glossary.example/terms/dropout/"


# --- Texts ---------------------------------------------------------------------------------------


def test_hostile_texts_stay_texts(settings):
    settings.SITE_NAME = f"{HOSTILE} \x00\x0b site"
    settings.LICENSE_URL = "https://example.org/licence?a=1&b=2"
    term = make_term("<script>alert(1)</script>", short_definition=HOSTILE, tags=["<i>Tag</i>"])
    change(term, comment=HOSTILE, definition='[x](/about/) `href="/y"` <script>alert(1)</script> $x<1$')

    feed = feed_of("/changes.atom")

    changed, new = feed["entries"]
    assert feed["title"] == f"Changes – {HOSTILE}  site"
    assert feed["links"]["license"] == "https://example.org/licence?a=1&b=2"
    assert new["title"] == "New: <script>alert(1)</script>"
    assert changed["summary"] == f"{HOSTILE}\n{HOSTILE}"
    assert list(new["tags"].values()) == ["<i>Tag</i>"]
    assert "<script" not in new["content"]
    assert 'href="/y"' in new["content"].replace("&quot;", '"')
    assert "<math" in new["content"]


def test_signs_that_xml_cannot_write_break_no_feed():
    term = make_term("Dropout", tags=["Training"])
    unwritable = "\x01\x0b\x1f\ufffe\uffff"
    Term.objects.filter(pk=term.pk).update(
        name=f"Drop{unwritable}out", short_definition=unwritable, definition_html=f"<p>{unwritable}</p>"
    )
    Tag.objects.update(name=f"Train{unwritable}ing", description=unwritable)

    for path in ("/changes.atom", "/tags/training.atom", "/terms/dropout.atom", "/term-of-the-day.atom"):
        [entry] = feed_of(path)["entries"]
        assert entry["title"].endswith("Dropout")
        assert entry["tags"] == {"training": "Training"}


def test_addresses_in_a_content_hold_wherever_it_is_read():
    make_term("Adam")
    make_term(
        "Dropout", definition="After Adam, [[Adam]], [here](/about/#x) and [there](https://example.org/)."
    )

    [entry, _] = feed_of("/changes.atom")["entries"]

    assert 'href="http://testserver/terms/adam/"' in entry["content"]
    assert 'href="https://example.org/"' in entry["content"]


def test_a_very_long_text_is_left_to_the_page(monkeypatch):
    monkeypatch.setattr(feeds, "_LONGEST_CONTENT", 100)
    make_term("Dropout", definition="Long. " * 50, short_definition="Short.")

    [entry] = feed_of("/changes.atom")["entries"]

    assert (entry["content"], entry["summary"]) == ("", "Short.")


def test_authors_are_named_only_where_the_site_names_them(settings):
    reviewer = make_user("Reviewers", username="ada")
    make_term("Dropout", reviewer=reviewer)
    assert feed_of("/changes.atom")["entries"][0]["author"] == ""

    settings.SHOW_AUTHORS = True

    assert feed_of("/changes.atom")["entries"][0]["author"] == "ada"


# --- Pages, and asking again ---------------------------------------------------------------------


def test_a_long_feed_comes_in_pages_that_lead_to_one_another(monkeypatch):
    monkeypatch.setattr(feeds, "ENTRIES_PER_PAGE", 2)
    for name in ("A1", "B1", "C1", "D1", "E1"):
        make_term(name, tags=["Letters"])

    path, seen, links = "/changes.atom?tag=letters", [], []
    while path:
        feed = feed_of(path)
        seen += [entry["title"] for entry in feed["entries"]]
        links.append(feed["links"])
        path = feed["links"].get("next", "").removeprefix("http://testserver")

    start = "http://testserver/changes.atom?tag=letters"
    assert seen == ["New: E1", "New: D1", "New: C1", "New: B1", "New: A1"]
    assert links[1] == {
        "alternate": "http://testserver/changes/?tag=letters",
        "self": f"{start}&page=2",
        "first": start,
        "previous": start,
        "next": f"{start}&page=3",
        "last": f"{start}&page=3",
    }
    assert [set(some) & {"previous", "next"} for some in links] == [
        {"next"},
        {"previous", "next"},
        {"previous"},
    ]


def test_an_empty_feed_is_a_feed():
    assert feed_of("/changes.atom")["updated"] == datetime(1970, 1, 1, tzinfo=UTC)
    assert feed_of("/term-of-the-day.atom")["entries"] == []

    make_term("Dropout")

    feed = feed_of("/changes.atom?kind=deprecated")
    assert feed["entries"] == []
    assert feed["updated"].replace(microsecond=0) == publishing.last_change().replace(microsecond=0)


PATHS = ["/changes.atom", "/tags/training.atom", "/terms/dropout.atom", "/term-of-the-day.atom"]


@pytest.mark.parametrize("path", PATHS)
def test_who_has_the_feed_is_told_so(path):
    make_term("Dropout", tags=["Training"])
    client = Client()
    first = client.get(path)
    tag, date = first.headers["ETag"], first.headers["Last-Modified"]

    for headers in ({"if-none-match": tag}, {"if-modified-since": date}):
        again = client.get(path, headers=headers)
        assert (again.status_code, again.content) == (304, b"")

    # A tag says more than a date.
    both = client.get(path, headers={"if-none-match": '"other"', "if-modified-since": date})
    assert both.status_code == 200


def test_who_has_an_old_feed_gets_the_new_one():
    make_term("Dropout")
    client = Client()
    tag = client.get("/changes.atom").headers["ETag"]
    yesterday = "Sat, 01 Jan 2000 00:00:00 GMT"

    make_term("Adam")

    for headers in ({"if-none-match": tag}, {"if-modified-since": yesterday}):
        assert b"Adam" in client.get("/changes.atom", headers=headers).content


def test_a_draft_changes_no_date_of_a_feed():
    make_term("Dropout")
    client = Client()
    before = client.get("/changes.atom")

    make_draft("Xyzzy")

    assert dict(client.get("/changes.atom").headers) == dict(before.headers)


# --- The terms of the days -----------------------------------------------------------------------


def backdate(days):
    Term.objects.update(published_at=timezone.now() - timedelta(days=days))


def test_the_feed_brings_the_terms_of_two_weeks_and_today_that_of_the_first_page():
    for number in range(6):
        make_term(f"Term {number}", short_definition=f"Short {number}.")
    backdate(30)

    feed = feed_of("/term-of-the-day.atom")

    today = timezone.localdate()
    days = [today - timedelta(days=ago) for ago in range(14)]
    assert [entry["updated"].date() for entry in feed["entries"]] == days
    assert [entry["title"] for entry in feed["entries"]] == [daily.term_of_the_day(day).name for day in days]
    assert len({entry["title"] for entry in feed["entries"]}) > 1
    assert feed["entries"][0]["title"] in Client().get("/").content.decode()
    assert feed["entries"][0]["content"]


def test_what_is_published_today_is_of_no_day_before():
    make_term("Term 0")
    backdate(30)
    for number in range(1, 5):
        make_term(f"Term {number}")

    before = feed_of("/term-of-the-day.atom")["entries"][1:]

    assert {entry["title"] for entry in before} <= {"Term 0"}


def test_a_young_glossary_has_a_term_for_each_day_that_it_was_there():
    make_term("Dropout")
    Term.objects.update(published_at=timezone.now() - timedelta(days=2))

    assert titles_of("/term-of-the-day.atom") == ["Dropout"] * 3


def test_a_deprecated_term_is_of_no_day():
    term = make_term("Dropout")
    workflow.deprecate(term_id=term.pk, by=make_user("Reviewers"), reason="Out of use.")
    backdate(30)

    assert titles_of("/term-of-the-day.atom") == []


# --- Ways to the feeds ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "feed"),
    [
        ("/", "/changes.atom"),
        ("/", "/term-of-the-day.atom"),
        ("/changes/?kind=published", "/changes.atom?kind=published"),
        ("/tags/training/", "/tags/training.atom"),
        ("/terms/dropout/", "/terms/dropout.atom"),
        ("/terms/dropout/history/", "/terms/dropout.atom"),
    ],
)
def test_pages_lead_to_their_feeds(page, feed):
    make_term("Dropout", tags=["Training"])

    html = Client().get(page).content.decode()

    links = re.findall(
        r'<link rel="alternate" type="application/atom\+xml" title="[^"]+" href="([^"]+)">', html
    )
    assert feed in links
    feed_of(feed)


@pytest.mark.parametrize("page", ["/changes/", "/tags/training/", "/terms/dropout/history/"])
def test_a_reader_sees_that_there_is_a_feed(page):
    make_term("Dropout", tags=["Training"])

    assert re.search(r'<a href="[^"]+\.atom"[^>]*>Feed', Client().get(page).content.decode())


# --- The checks themselves -----------------------------------------------------------------------


def broken(data, old, new):
    assert data.count(old), old
    return data.replace(old, new)


BREAKS = {
    "no title": (b"<title>Changes \xe2\x80\x93 Termbook</title>", b""),
    "no date": (b"",),
    "a date without a zone": (b"+00:00</updated>", b"</updated>"),
    "an unknown element": (b"<author>", b"<pubDate>now</pubDate><author>"),
    "a relative id": (b"<id>tag:", b"<id>"),
    "an address with a blank": (b"/terms/adam/", b"/terms/a dam/"),
    "an unknown kind of text": (b'<content type="html">', b'<content type="markdown">'),
    "an author without a name": (b"<name>Termbook</name>", b"<name></name>"),
    "no author": (b"<author><name>Termbook</name><uri>http://testserver/</uri></author>", b""),
    "a language that is none": (b'xml:lang="en-us"', b'xml:lang="in English"'),
    "a relative address in a content": (b"&lt;p&gt;What Adam", b'&lt;a href="/x"&gt;&lt;p&gt;What Adam'),
    "two pages of a kind": (b'rel="self"', b'rel="alternate"'),
    "a category without a term": (b'term="training"', b'sort="training"'),
    "the same id twice": (b"",),
}


@pytest.mark.parametrize("what", BREAKS)
def test_a_broken_feed_is_refused(what):
    make_term("Adam", tags=["Training"])
    data = Client().get("/changes.atom").content
    if what == "no date":
        data = re.sub(rb"<updated>[^<]*</updated>", b"", data, count=1)
    elif what == "the same id twice":
        entry = data[data.index(b"<entry>") : data.index(b"</feed>")]
        data = data.replace(b"</feed>", entry + b"</feed>")
    else:
        data = broken(data, *BREAKS[what])

    with pytest.raises((AssertionError, etree.XMLSyntaxError)):
        valid_feed(data)


def test_a_feed_in_the_wrong_order_is_refused():
    make_term("Adam")
    make_term("Dropout")
    data = Client().get("/changes.atom").content
    start, middle, end = data.index(b"<entry>"), data.rindex(b"<entry>"), data.index(b"</feed>")

    with pytest.raises(AssertionError, match="not in order"):
        valid_feed(data[:start] + data[middle:end] + data[start:middle] + data[end:])


@pytest.mark.ci
def test_every_feed_of_the_starter_glossary_is_valid():
    call_command("loaddata", "groups", "starter", verbosity=0)

    pages = ["/changes.atom", "/term-of-the-day.atom"]
    pages += [f"/tags/{slug}.atom" for slug in Tag.objects.of_public_terms().values_list("slug", flat=True)]
    pages += [f"/terms/{slug}.atom" for slug in Term.objects.published().values_list("slug", flat=True)[:60]]
    seen = []
    while pages:
        feed = feed_of(pages.pop())
        seen.append(feed["id"])
        if "next" in feed["links"]:
            pages.append(feed["links"]["next"].removeprefix("http://testserver"))

    assert len(seen) > 80
