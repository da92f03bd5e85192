"""The home of the desk: what waits for whom, what is counted, and that it asks no more for more."""

import re
from datetime import timedelta

import pytest
from builders import make_draft, make_term, make_user, propose_change
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pages import client_of

from terms import discussion, planning, sheets, workflow
from terms.admin import dashboard
from terms.models import Event, ImportBatch, ImportedRecord, Revision, Term

HOME = "/admin/"
TERMS = "/admin/terms/term/"
LONG = "A sentence that is long enough not to be a stub. " * 4


def home_of(user):
    return client_of(user).get(HOME).content.decode()


def make_proposal(name="Loss", by=None, days=0, **content):
    revision = workflow.propose(
        content={"name": name, "definition": LONG, **content}, by=by or make_user("Editors")
    )
    return aged(revision, days)


def aged(revision, days):
    """Make a text older; no rule does, so a test of ages writes past the guard of history."""
    revision.created_at = timezone.now() - timedelta(days=days)
    rows = Revision.objects.filter(pk=revision.pk)
    super(type(rows).__mro__[1], rows).update(created_at=revision.created_at)
    return revision


def names(rows):
    return [row.text.name for row in rows]


def overview(user):
    # Rights are kept with an account once they were asked for.
    return dashboard.overview(type(user).objects.get(pk=user.pk))


# --- Who sees what -------------------------------------------------------------------------------


def test_staff_without_the_right_to_drafts_see_no_numbers_and_no_names(db):
    make_proposal("Secret word")

    page = home_of(make_user(is_staff=True))

    assert "Your account has no part in editing" in page
    assert "Secret word" not in page
    assert 'class="chart"' not in page


@pytest.mark.parametrize(
    ("role", "waiting"), [("Editors", []), ("Reviewers", ["Loss"]), ("Chief editors", ["Loss"])]
)
def test_proposals_wait_for_those_who_may_decide(db, role, waiting):
    make_proposal("Loss")

    assert names(overview(make_user(role))["waiting"]) == waiting


def test_an_editor_reads_how_much_waits_for_a_reviewer_and_for_how_long(editor):
    make_proposal("Loss", days=3)
    make_proposal("Bias", days=1)

    page = home_of(editor)

    assert "<strong>2 texts</strong> wait for a reviewer, the oldest for 3\xa0days." in page
    assert "Waits for you" not in page


def test_an_empty_glossary_says_how_to_begin(chief, editor):
    pages = [home_of(chief), home_of(editor)]

    assert all("The glossary is empty." in page for page in pages)
    assert all("Write the first term" in page for page in pages)
    assert [("Invite somebody" in page) for page in pages] == [True, False]


# --- Waiting for me ------------------------------------------------------------------------------


def test_the_oldest_waits_first_with_its_age(reviewer):
    make_proposal("Young", days=2)
    make_proposal("Old", days=9)

    page = home_of(reviewer)

    assert names(overview(reviewer)["waiting"]) == ["Old", "Young"]
    assert "<strong>2 texts</strong> wait for you, the oldest for 1\xa0week." in page
    assert ">2\xa0days</time>" in page


def test_what_is_assigned_to_me_stands_before_what_is_older(reviewer, chief):
    make_proposal("Old", days=9)
    mine = make_proposal("Mine", days=1)
    others = make_proposal("Theirs", days=2)
    workflow.assign(revision_id=mine.pk, by=chief, to=reviewer)
    workflow.assign(revision_id=others.pk, by=chief, to=chief)

    page = home_of(reviewer)

    assert names(overview(reviewer)["waiting"]) == ["Mine", "Old", "Theirs"]
    assert page.count("assigned to you") == 1
    assert f"assigned to {chief}" in page
    assert overview(reviewer)["waiting_count"].number == 3


def test_overdue_begins_the_day_after_the_due_day(reviewer, chief):
    today = timezone.localdate()
    for name, due_on in (("Late", today - timedelta(days=1)), ("Today", today)):
        revision = make_proposal(name)
        workflow.assign(revision_id=revision.pk, by=chief, to=reviewer)
        Revision.objects.filter(pk=revision.pk).update(due_on=due_on)

    rows = overview(reviewer)["waiting"]

    assert [(row.text.name, row.is_overdue) for row in rows] == [("Late", True), ("Today", False)]
    assert home_of(reviewer).count("overdue since") == 1


def test_an_editor_sees_what_was_assigned_to_them(editor, chief):
    revision = make_proposal("Loss")
    workflow.assign(revision_id=revision.pk, by=chief, to=editor)

    assert names(overview(editor)["waiting"]) == ["Loss"]


def test_nobody_waits_for_ones_own_decision_on_ones_own_words(reviewer):
    make_proposal("Mine", by=reviewer)
    corrected = make_proposal("Ours", by=reviewer)
    workflow.propose(
        term_id=corrected.term_id,
        based_on=corrected.number,
        content={"definition": f"{LONG} A comma more."},
        by=make_user("Editors"),
    )

    found = overview(reviewer)

    assert corrected.superseded_by.state == "proposed"
    assert found["waiting"] == []
    assert found["waiting_count"].number == 0
    assert found["for_others_count"].number == 2
    assert names(overview(make_user("Reviewers"))["waiting"]) == ["Mine", "Ours"]


def test_where_self_review_is_allowed_ones_own_words_wait_too(reviewer, settings):
    settings.SELF_REVIEW = True
    make_proposal("Mine", by=reviewer)

    assert names(overview(reviewer)["waiting"]) == ["Mine"]


def test_a_reader_is_named_as_one(reviewer):
    sender = workflow.Sender(name="Ada", email="", digest="x")
    workflow.suggest(content={"name": "Grokking", "definition": LONG}, sender=sender)

    assert "new term by Ada (a reader)" in re.sub(r"\s+", " ", home_of(reviewer))


def test_lists_are_short_and_say_how_many_there_are(reviewer):
    author = make_user("Editors")
    for number in range(10):
        make_proposal(f"Word {number}", by=author)

    found = overview(reviewer)

    assert (len(found["waiting"]), found["waiting_count"].number) == (8, 10)
    assert 'Waits for you <span class="count">10</span>' in home_of(reviewer)


def test_a_tally_stops_where_nobody_counts_any_more():
    assert [str(dashboard.Tally(number)) for number in (0, 1000, 1001)] == ["0", "1,000", "over 1,000"]


# --- What came back, and questions ---------------------------------------------------------------


def test_changes_asked_for_come_back_with_the_words_of_the_reviewer(editor, reviewer):
    revision = make_proposal("Loss", by=editor)
    workflow.request_changes(revision_id=revision.pk, by=reviewer, reason="Name a source.")

    [row] = overview(editor)["sent_back"]

    assert (row.text.name, row.is_rejected, row.words) == ("Loss", False, "Name a source.")
    assert "1 came back to you." in home_of(editor)
    assert overview(editor)["questions"] == []
    assert overview(make_user("Editors"))["sent_back"] == []


def test_what_was_asked_for_before_a_text_was_brought_up_to_date_is_still_told(editor, reviewer):
    term = make_term("Loss", short_definition="Short.")
    revision = propose_change(term, by=editor, definition="Longer.")
    workflow.request_changes(revision_id=revision.pk, by=reviewer, reason="Name a source.")
    other = propose_change(term, short_definition="Shorter.")
    workflow.approve(revision_id=other.pk, by=reviewer)
    newer = workflow.bring_up_to_date(revision_id=revision.pk, by=editor)

    [row] = overview(editor)["sent_back"]

    assert (row.text.pk, row.words) == (newer.pk, "Name a source.")


def test_a_question_waits_until_it_is_answered(editor, reviewer):
    revision = make_proposal("Loss", by=editor)
    head = discussion.comment(revision_id=revision.pk, by=reviewer, text="Of what?", field="definition")

    [asked] = overview(editor)["questions"]
    page = home_of(editor)
    discussion.comment(revision_id=revision.pk, by=editor, text="Of a model.", thread_id=head.pk)
    answered = overview(editor)["questions"]
    discussion.comment(revision_id=revision.pk, by=reviewer, text="Which?", thread_id=head.pk)
    [again] = overview(editor)["questions"]
    discussion.resolve(thread_id=head.pk, by=reviewer)

    assert (asked.text, asked.name) == ("Of what?", "Loss")
    assert "Of what?" in page
    assert answered == []
    assert again.text == "Which?"
    assert overview(editor)["questions"] == []


def test_a_question_on_an_older_text_of_the_line_still_waits(editor, reviewer):
    revision = make_proposal("Loss", by=editor)
    discussion.comment(revision_id=revision.pk, by=reviewer, text="Of what?")
    workflow.propose(
        term_id=revision.term_id, based_on=revision.number, content={"definition": f"{LONG} More."}, by=editor
    )

    assert [comment.text for comment in overview(editor)["questions"]] == ["Of what?"]


def test_what_was_typed_and_not_sent_lies_on_the_home(editor):
    make_term()
    sheets.keep(by=editor, sheet=sheets.fresh_sheet(), typed="name=Cosine+schedule")

    assert "You typed something for “Cosine schedule”" in home_of(editor)
    assert "Cosine schedule" not in home_of(make_user("Editors"))


def test_own_open_texts_are_proposals_first_and_then_drafts(editor):
    make_draft("Draft", by=editor)
    make_proposal("Proposal", by=editor)
    make_draft("Of somebody else")

    found = overview(editor)

    assert [text.name for text in found["own"]] == ["Proposal", "Draft"]
    assert found["own_count"].number == 2


def test_what_is_planned_stands_in_the_order_of_its_days(chief):
    now = timezone.now()
    for name, days in (("Later", 9), ("Sooner", 2)):
        term = make_term(name)
        planning.plan_deprecation(
            term_id=term.pk, due_at=now + timedelta(days=days), reason="Out of use.", by=chief
        )
    cancelled = make_term("Never")
    plan = planning.plan_deprecation(
        term_id=cancelled.pk, due_at=now + timedelta(days=1), reason="Out of use.", by=chief
    )
    planning.cancel(plan_id=plan.pk, by=chief)

    found = overview(chief)

    assert [plan.term.name for plan in found["plans"]] == ["Sooner", "Later"]
    assert found["plans_count"].number == 2
    assert f"deprecate, planned by {chief}" in home_of(chief)


# --- The stock -----------------------------------------------------------------------------------


def whole(name, **content):
    given = {
        "definition": LONG,
        "short_definition": "A sentence.",
        "tags": ["training"],
        "sources": [{"title": "A book"}],
    }
    return make_term(name, **(given | content))


def looks(user):
    return {address: count for address, _, count in overview(user)["looks"]}


def test_a_whole_text_gives_no_reason_to_look_at_it(chief):
    whole("Whole")

    assert looks(chief) == {}
    assert "None: every text has its definitions, tags and sources." in home_of(chief)


@pytest.mark.parametrize(
    ("address", "missing"),
    [
        ("look=stub", {"definition": "Too short."}),
        ("look=no_short", {"short_definition": ""}),
        ("look=no_tag", {"tags": []}),
        ("look=no_source", {"sources": []}),
        ("look=broken", {"definition": f"{LONG} A formula $\\frac{{1}}$."}),
    ],
)
def test_each_reason_is_counted_and_its_list_holds_exactly_these(chief, address, missing):
    whole("Whole")
    lacking = whole("Lacking", **missing)
    workflow.remove(term_id=whole("Gone", **missing).pk, by=chief, reason="Twice.", based_on=1)

    counted = looks(chief)
    listed = client_of(chief).get(f"{TERMS}?{address}").context["cl"].queryset

    assert counted == {address: 1}
    assert list(listed) == [lacking]


def test_what_an_import_flagged_is_counted_once_a_term(chief):
    term = whole("Flagged")
    for number in range(2):
        batch = ImportBatch.objects.create(file_name="words.txt", digest=str(number), format="csv", by=chief)
        flags = [{"code": "cut", "message": "Cut off."}]
        ImportedRecord.objects.create(batch=batch, term=term, ref="1", line=1, flags=flags)

    listed = client_of(chief).get(f"{TERMS}?look=imported").context["cl"].queryset

    assert looks(chief) == {"look=imported": 1}
    assert list(listed) == [term]


def test_a_text_is_due_the_day_after_its_day(chief):
    today = timezone.localdate()
    whole("Today", review_by=today.isoformat())
    late = whole("Late", review_by=(today - timedelta(days=1)).isoformat())

    listed = client_of(chief).get(f"{TERMS}?review=overdue").context["cl"].queryset

    assert looks(chief) == {"review=overdue": 1}
    assert list(listed) == [late]


def test_names_of_several_terms_are_shown_with_how_many(chief):
    whole("Kernel", qualifier="GPU computing")
    whole("Kernel", qualifier="statistics")
    first, second = whole("Dropout"), make_draft("dropout").term
    make_draft("Bias")
    workflow.remove(term_id=whole("Bias").pk, by=chief, reason="Twice.", based_on=1)
    for name in ("Dropout", "Bias"):
        refused = workflow.propose(content={"name": name, "definition": "No."}, by=make_user("Editors"))
        workflow.reject(revision_id=refused.pk, by=chief, reason="There is one.")

    found = overview(chief)
    listed = client_of(chief).get(f"{TERMS}?look=namesakes&q=dropout").context["cl"].queryset

    assert [(group["name_key"], group["count"]) for group in found["namesakes"]] == [("dropout", 2)]
    assert found["namesakes_count"].number == 1
    assert set(listed) == {first, second}


def test_the_stock_is_counted_by_state(chief):
    whole("One")
    make_draft("Two")
    make_draft("Three")

    found = overview(chief)
    counted = {value: count for value, _, count in found["stock"]}

    assert counted == {"draft": 2, "published": 1, "deprecated": 0, "merged": 0, "removed": 0}
    assert "<h2>1 public term, 2 drafts</h2>" in home_of(chief)


# --- Reviews a week ------------------------------------------------------------------------------


def decided(kind, *, days=0, waited=0, door="desk"):
    at = timezone.now() - timedelta(days=days)
    revision = aged(make_draft(f"Word {Term.objects.count()}"), days + waited)
    return Event.objects.create(
        kind=kind, at=at, by=None, by_name="x", term=revision.term, revision=revision, door=door
    )


def test_decisions_are_counted_by_week_and_kind(chief):
    decided("term.published")
    decided("term.changed")
    decided("revision.rejected", days=14)
    decided("revision.changes_requested", days=14)
    decided("term.deprecated")
    decided("term.published", days=200)
    decided("term.published", door="")

    weeks = overview(chief)["weeks"]

    assert len(weeks) == 12
    assert weeks[-1].decided == {"approved": 2, "asked": 0, "rejected": 0}
    assert weeks[-3].decided == {"approved": 0, "asked": 1, "rejected": 1}
    assert sum(week.total for week in weeks) == 4
    assert [week.is_open for week in weeks] == [False] * 11 + [True]
    assert {week.begins.weekday() for week in weeks} == {0}


def test_the_heading_says_how_many_were_decided_and_how_long_they_waited(chief):
    for waited in (1, 2, 9):
        decided("term.published", days=3, waited=waited)
    decided("revision.changes_requested", days=3, waited=2)
    decided("term.published", days=40, waited=90)

    page = home_of(chief)

    assert "<h2>4 reviews in four weeks, median wait 2\xa0days</h2>" in page
    assert page.count('class="chart"') == 2


def test_without_decisions_there_are_words_and_no_empty_chart(chief):
    make_draft()

    page = home_of(chief)

    assert "<h2>No reviews in four weeks</h2>" in page
    assert "What reviewers decide stands here, week by week." in page
    assert page.count('class="chart"') == 1


def test_what_happened_names_the_door_where_it_is_not_the_desk(chief):
    decided("term.changed", door="api")
    decided("term.changed", door="desk")

    page = home_of(chief)

    assert '<span class="door">API</span>' in page
    assert '<span class="door">Desk</span>' not in page


# --- How much it asks ----------------------------------------------------------------------------


def test_the_home_asks_no_more_for_more_of_everything(chief):
    author = make_user("Reviewers")

    def fill(start):
        for number in range(start, start + 3):
            revision = make_proposal(f"Word {number}", by=author)
            workflow.assign(revision_id=revision.pk, by=author, to=chief)
            discussion.comment(revision_id=revision.pk, by=chief, text="Of what?")
            back = make_proposal(f"Back {number}", by=chief)
            discussion.comment(revision_id=back.pk, by=author, text="Of what?")
            workflow.request_changes(revision_id=back.pk, by=author, reason="Name a source.")
            rejected = make_proposal(f"No {number}", by=chief)
            workflow.reject(revision_id=rejected.pk, by=author, reason="Twice.")
            propose_change(make_term(f"Term {number}"), by=author, definition="More.")
            longer = make_proposal(f"Line {number}", by=chief)
            for step in range(start):
                longer = workflow.propose(
                    term_id=longer.term_id,
                    based_on=longer.number,
                    content={"definition": f"{LONG} {step}"},
                    by=author if step % 2 else chief,
                )
            make_draft(f"Word {number}")
            planning.plan_deprecation(
                term_id=make_term(f"Old {number}").pk,
                due_at=timezone.now() + timedelta(days=3),
                reason="Out of use.",
                by=chief,
            )
            sheets.keep(by=chief, sheet=sheets.fresh_sheet(), typed="name=Typed")

    def count():
        with CaptureQueriesContext(connection) as queries:
            client_of(chief).get(HOME)
        return len(queries)

    fill(1)
    few = count()
    fill(4)

    assert count() == few


def test_looking_at_the_home_writes_nothing(chief):
    make_proposal()
    client = client_of(chief)
    client.get(HOME)

    with CaptureQueriesContext(connection) as queries:
        client.get(HOME)

    written = [query["sql"] for query in queries if not query["sql"].startswith("SELECT")]
    assert written == []
