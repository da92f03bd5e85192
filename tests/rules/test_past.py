"""What readers saw at a moment: versions say it, and revisions that took the term off the site."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from builders import bring_in, make_draft, make_term, make_user, merge, propose_change
from django.utils import timezone

from terms import past, workflow
from terms.models import Revision, Term

pytestmark = pytest.mark.django_db


def decided(revision, at: str) -> None:
    Revision.objects.filter(pk=revision.pk).update(decided_at=datetime.fromisoformat(at))


def seen(term: Term, asked: str) -> int | None:
    return past.seen_at(term, past.moment(asked)).version


@pytest.fixture
def term(chief):
    """Published on 10 January, changed on 10 February, removed on 10 March, restored on 10 April 2026."""
    term = make_term(definition="First.")
    change = propose_change(term, definition="Second.")
    workflow.approve(revision_id=change.pk, by=chief)
    workflow.remove(term_id=term.pk, by=chief, reason="A mistake.")
    workflow.restore(term_id=term.pk, by=chief)
    for month, revision in enumerate(term.revisions.order_by("number"), start=1):
        decided(revision, f"2026-{month:02}-10T12:00:00+00:00")
    return Term.objects.get(pk=term.pk)


# --- Which text ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "version"),
    [("2026-01-10", 1), ("2026-02-09", 1), ("2026-02-10", 2), ("2026-03-09", 2), ("2026-04-10", 3)],
)
def test_a_day_shows_the_text_at_its_end(term, asked, version):
    assert seen(term, asked) == version


def test_a_moment_is_exact_in_whatever_zone_it_is_written(term):
    assert seen(term, "2026-02-10T11:59:59Z") == 1
    assert seen(term, "2026-02-10T12:00:00Z") == 2
    assert seen(term, "2026-02-10T13:30:00+02:00") == 1
    assert seen(term, "2026-02-10T14:30:00 02:00") == 2  # a plus sign that an address did not escape


def test_a_day_ends_in_the_zone_of_the_site(term, settings):
    decided(term.revisions.get(version=2), "2026-02-10T23:30:00+00:00")
    settings.TIME_ZONE = "UTC"
    in_london = seen(term, "2026-02-10")

    with timezone.override("Europe/Berlin"):
        in_berlin = seen(term, "2026-02-10")

    assert (in_london, in_berlin) == (2, 1)


def test_a_moment_without_a_zone_is_that_of_the_site():
    with timezone.override("Europe/Berlin"):
        assert past.moment("2026-02-10T12:00").at == datetime(2026, 2, 10, 11, tzinfo=UTC)


def test_before_the_first_publication_there_is_no_text(term):
    with pytest.raises(past.NotYetThere, match="no published text of this term yet on 9 January 2026"):
        seen(term, "2026-01-09")


def test_while_it_was_removed_there_is_no_text(term):
    for asked in ("2026-03-10", "2026-04-09"):
        with pytest.raises(past.RemovedThen, match="was off the site: it had been removed"):
            seen(term, asked)


def test_a_deprecation_is_a_version_of_its_own(term, reviewer):
    workflow.deprecate(term_id=term.pk, by=reviewer, reason="Out of use.")

    today = past.seen_at(term, past.moment(timezone.localdate().isoformat()))

    assert (today.version, today.content["status"]) == (4, "deprecated")
    assert seen(term, "2026-04-10") == 3


def test_no_draft_or_proposal_was_ever_seen(term):
    make_draft("Another")
    propose_change(term, definition="A wish.")

    assert past.seen_at(term, past.moment("2026-05-01")).content["definition"] == "Second."


# --- Which moment --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "asked",
    ["", "yesterday", "2026-13-01", "2026-02-30", "20260501", "2026-5-1", "2026-W18-5", "²026-05-01",
     "0001-01-01", "9999-12-31", "2026-05-01 12:00", "2026-05-01T25:00", "2026-05-01T12:00+99:00",
     "0001-01-01T00:00:00+14:00", "\0"],
)  # fmt: skip
def test_what_is_no_moment_is_refused_with_the_right_form(asked):
    with pytest.raises(past.NoMoment, match="Write a day such as 2026-05-01") as refusal:
        past.moment(asked)

    assert set(refusal.value.problems) == {"as_of"}
    assert "\0" not in refusal.value.message


def test_what_is_yet_to_come_is_refused_and_today_is_not():
    tomorrow = timezone.localdate() + timedelta(days=1)
    soon = timezone.now() + timedelta(hours=1)

    for asked in (tomorrow.isoformat(), soon.isoformat()):
        with pytest.raises(past.NoMoment, match="is no day or moment of the past"):
            past.moment(asked)
    today = timezone.localdate()
    assert timezone.localdate(past.moment(today.isoformat()).at) == today


# --- Texts that are due for review ---------------------------------------------------------------


def test_public_texts_whose_day_is_past_are_due_for_review_the_longest_overdue_first(chief):
    make_term("Second", review_by="2026-05-02")
    make_term("First", review_by="2026-04-01")
    make_term("On the day", review_by="2026-05-10")
    make_term("Without a day")
    make_draft("Draft", review_by="2026-04-01")
    gone = make_term("Gone", review_by="2026-04-01")
    workflow.remove(term_id=gone.pk, by=chief, reason="Outside.")
    old = make_term("Old", review_by="2026-05-09")
    workflow.deprecate(term_id=old.pk, by=make_user("Reviewers"), reason="Out of use.")

    due = Term.objects.due_for_review(date(2026, 5, 10))

    assert [term.name for term in due] == ["First", "Second", "Old"]


# --- How the present text came to be -------------------------------------------------------------


def test_a_text_that_somebody_else_approved_was_read_by_a_second_person(editor, reviewer):
    reviewer.first_name, reviewer.last_name = "Jane", "Roe"
    reviewer.save()

    publication = past.last_publication(make_term(by=editor, reviewer=reviewer))

    assert publication.reading is past.Reading.BY_ANOTHER
    assert (publication.author, publication.reviewer) == (editor.username, "Jane Roe")
    assert publication.at <= timezone.now()


def test_who_approves_a_text_that_they_wrote_on_is_no_second_person(reviewer, settings):
    settings.SELF_REVIEW = True
    own = make_term("Own", by=reviewer, reviewer=reviewer)
    first = workflow.propose(content={"name": "Shared", "definition": "Text."}, by=reviewer)
    corrected = workflow.propose(
        term_id=first.term_id,
        based_on=first.number,
        content={"definition": "Better."},
        by=make_user("Editors"),
    )
    shared = workflow.approve(revision_id=corrected.pk, by=reviewer)

    readings = {past.last_publication(term).reading for term in (own, shared)}

    assert readings == {past.Reading.BY_ITS_AUTHOR}


def test_what_an_import_published_was_not_read_until_somebody_approves_a_change(chief, reviewer):
    bring_in(b"term,definition\nDropout,Text.\n", by=chief, publish=True)
    term = Term.objects.get(name="Dropout")
    imported = past.last_publication(term).reading

    changed = workflow.approve(revision_id=propose_change(term, definition="Other.").pk, by=reviewer)

    assert imported is past.Reading.IMPORTED
    assert past.last_publication(changed).reading is past.Reading.BY_ANOTHER


def test_who_deprecates_or_merges_decides_and_reads_nothing(chief):
    old = workflow.deprecate(term_id=make_term("Old").pk, by=chief, reason="Not said any more.")
    kept, absorbed = make_term("Kept"), make_term("Absorbed")
    merge(kept, absorbed, by=chief)
    kept.refresh_from_db()

    readings = {past.last_publication(term).reading for term in (old, kept)}

    assert readings == {past.Reading.DECIDED}


def test_a_draft_came_to_be_nowhere():
    assert past.last_publication(make_draft().term) is None


def test_authors_are_those_of_published_texts_each_once_the_first_first(editor):
    other, third = make_user("Editors", first_name="Ada", last_name="Byron"), make_user("Editors")
    term = make_term(by=editor)
    for author, words in ((other, "Second."), (editor, "Third.")):
        term.refresh_from_db()
        change = propose_change(term, by=author, definition=words)
        workflow.approve(revision_id=change.pk, by=make_user("Reviewers"))
    term.refresh_from_db()
    propose_change(term, by=third, definition="Never approved.")

    assert past.authors(term) == [editor.username, "Ada Byron"]
