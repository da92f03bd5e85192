"""What lies on somebody's desk: kept, taken up again, thrown away, forgotten in time."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from urllib.parse import urlencode

import pytest
from builders import make_draft, make_term, make_user, propose_change
from django.core.management import call_command
from django.utils import timezone

from terms import sheets
from terms.errors import InvalidContent, NotAllowed
from terms.models import Presence, Suggestion, UnsentText

SHEET = "a-sheet-of-paper"


def typed(**fields: str) -> str:
    return urlencode(fields)


def names_of(rows: list) -> list[str]:
    return [person.get_username() for person, _ in rows]


# --- Texts ---------------------------------------------------------------------------------------


def test_what_was_typed_is_taken_up_as_it_was(editor):
    term = make_term("Dropout")
    words = typed(name="Dropout", definition="Two\r\nlines, ünd 多.")

    sheets.keep(by=editor, sheet=SHEET, typed=words, term_id=term.pk, based_on=1)

    text = sheets.take_up(editor, SHEET)
    assert (text.typed, text.term, text.based_on) == (words, term, 1)


def test_a_sheet_holds_what_was_typed_last(editor):
    first = sheets.keep(by=editor, sheet=SHEET, typed=typed(name="One"))

    second = sheets.keep(by=editor, sheet=SHEET, typed=typed(name="Two"))

    assert second.pk == first.pk
    assert sheets.take_up(editor, SHEET).typed == "name=Two"
    assert second.kept_at > first.kept_at


def test_two_sheets_of_one_term_do_not_write_over_each_other(editor):
    term = make_term()
    for sheet in ("first-sheet", "second-sheet"):
        sheets.keep(by=editor, sheet=sheet, typed=typed(name=sheet), term_id=term.pk)

    assert [text.sheet for text in sheets.lying(editor)] == ["second-sheet", "first-sheet"]


def test_sheets_are_ones_own(editor, reviewer):
    sheets.keep(by=editor, sheet=SHEET, typed=typed(name="Mine"))
    sheets.keep(by=reviewer, sheet=SHEET, typed=typed(name="Yours"))

    sheets.throw_away(reviewer, SHEET)

    assert sheets.take_up(reviewer, SHEET) is None
    assert sheets.take_up(editor, SHEET).typed == "name=Mine"


def test_what_lies_on_a_desk_is_listed_by_name(editor):
    term = make_term("Kernel", qualifier="statistics")
    sheets.keep(by=editor, sheet="sheet-of-a-term", typed=typed(name="Core"), term_id=term.pk)
    sheets.keep(by=editor, sheet="sheet-of-a-new-one", typed=typed(name=" Weight decay "))
    sheets.keep(by=editor, sheet="sheet-without-a-name", typed=typed(definition="Text."))

    lying = sheets.lying(editor)

    assert [(text.name, text.term) for text in lying] == [
        ("A term without a name yet", None),
        ("Weight decay", None),
        ("Kernel (statistics)", term),
    ]


def test_the_list_asks_no_more_for_more_texts(editor, django_assert_num_queries):
    for number in range(12):
        sheets.keep(by=editor, sheet=f"sheet-{number:03}", typed="name=x", term_id=make_term(f"T{number}").pk)

    with django_assert_num_queries(1):
        assert len([text.name for text in sheets.lying(editor)]) == 12


def test_the_list_reads_no_whole_text(editor, django_assert_num_queries):
    sheets.keep(by=editor, sheet=SHEET, typed=typed(name="Weight decay", definition="Long " * 20_000))

    with django_assert_num_queries(1) as captured:
        [lying] = sheets.lying(editor)

    assert lying.name == "Weight decay"
    assert "SUBSTR" in captured[0]["sql"].upper()


def test_a_text_that_is_too_long_is_refused_with_its_size(editor):
    sheets.keep(by=editor, sheet=SHEET, typed="name=short")

    with pytest.raises(InvalidContent, match=r"1,000,012 bytes are too much, 1,000,000 are allowed"):
        sheets.keep(by=editor, sheet=SHEET, typed=typed(definition="é" * 500_000 + "x"))

    assert sheets.take_up(editor, SHEET).typed == "name=short"


def test_a_long_text_counts_by_what_was_typed_not_by_how_it_is_written_in_an_address(editor):
    words = typed(definition="多" * 300_000)

    sheets.keep(by=editor, sheet=SHEET, typed=words)

    assert len(words) > sheets.LARGEST_TEXT
    assert sheets.take_up(editor, SHEET).typed == words


def test_of_too_many_sheets_the_oldest_goes(editor):
    for number in range(sheets.MOST_SHEETS):
        sheets.keep(by=editor, sheet=f"sheet-{number:03}", typed="name=x")
    sheets.keep(by=editor, sheet="sheet-000", typed="name=again")

    sheets.keep(by=editor, sheet="sheet-new", typed="name=x")

    lying = [text.sheet for text in sheets.lying(editor)]
    assert len(lying) == sheets.MOST_SHEETS
    assert lying[:2] == ["sheet-new", "sheet-000"]
    assert "sheet-001" not in lying


@pytest.mark.parametrize("sheet", ["", "short", "x" * 41, "with space in it", "nul\0nul\0nul"])
def test_a_sheet_needs_a_name_of_its_own(editor, sheet):
    with pytest.raises(InvalidContent, match="no name of its own"):
        sheets.keep(by=editor, sheet=sheet, typed="name=x")


@pytest.mark.parametrize("sheet", ["", "nul\0nul\0nul"])
def test_no_database_is_asked_for_what_is_no_sheet(editor, sheet, django_assert_num_queries):
    with django_assert_num_queries(0):
        taken_up = sheets.take_up(editor, sheet)
        sheets.throw_away(editor, sheet)

    assert taken_up is None


def test_fresh_sheets_have_names_that_nobody_has():
    names = {sheets.fresh_sheet() for _ in range(100)}

    assert len(names) == 100
    assert all(sheets.is_sheet(name) for name in names)


def test_who_may_not_propose_keeps_nothing(db):
    with pytest.raises(NotAllowed, match="no right to propose"):
        sheets.keep(by=make_user(), sheet=SHEET, typed="name=x")

    assert not UnsentText.objects.exists()


# --- Presence ------------------------------------------------------------------------------------


def test_others_at_a_term_are_those_seen_in_the_last_ten_minutes(editor, reviewer, chief):
    term, other = make_term("Dropout"), make_term("Kernel")
    now = timezone.now()
    sheets.arrive(editor, term.pk)
    sheets.arrive(reviewer, term.pk)
    sheets.arrive(chief, other.pk)

    assert names_of(sheets.others_at(term.pk, editor, now)) == [reviewer.get_username()]
    assert sheets.others_at(term.pk, editor, now + timedelta(minutes=11)) == []


def test_who_comes_back_is_seen_anew(editor, reviewer):
    term = make_term()
    sheets.arrive(reviewer, term.pk)
    Presence.objects.update(seen_at=timezone.now() - timedelta(hours=1))

    sheets.arrive(reviewer, term.pk)

    assert names_of(sheets.others_at(term.pk, editor, timezone.now())) == [reviewer.get_username()]
    assert Presence.objects.count() == 1


def test_who_leaves_is_gone(editor, reviewer):
    term = make_term()
    sheets.arrive(reviewer, term.pk)

    sheets.leave(reviewer, term.pk)

    assert sheets.others_at(term.pk, editor, timezone.now()) == []


# --- Tidying up ----------------------------------------------------------------------------------


def make_suggestion(sent_at):
    revision = propose_change(make_term(f"Term {sent_at:%d%H}"), definition="Better.")
    return Suggestion.objects.create(revision=revision, sender_digest="0" * 64, sent_at=sent_at)


def test_tidying_forgets_what_lay_too_long_and_nothing_else(editor, reviewer):
    now, term = timezone.now(), make_draft().term
    for sheet, days in (("old-sheet", 31), ("young-sheet", 29)):
        sheets.keep(by=editor, sheet=sheet, typed="name=x")
        UnsentText.objects.filter(sheet=sheet).update(kept_at=now - timedelta(days=days))
    for person, hours in ((editor, 25), (reviewer, 23)):
        sheets.arrive(person, term.pk)
        Presence.objects.filter(user=person).update(seen_at=now - timedelta(hours=hours))
    old, young = make_suggestion(now - timedelta(hours=25)), make_suggestion(now - timedelta(hours=23))

    tidied = sheets.tidy(now)

    assert tidied == sheets.Tidied(texts=1, presences=1, digests=1)
    assert [text.sheet for text in sheets.lying(editor)] == ["young-sheet"]
    assert [presence.user for presence in Presence.objects.all()] == [reviewer]
    digests = {suggestion.pk: suggestion.sender_digest for suggestion in Suggestion.objects.all()}
    assert digests == {old.pk: "", young.pk: "0" * 64}


def test_the_command_tells_how_much_it_forgot(editor):
    sheets.keep(by=editor, sheet=SHEET, typed="name=x")
    UnsentText.objects.update(kept_at=timezone.now() - timedelta(days=31))
    said = StringIO()

    call_command("tidy_desk", stdout=said)
    call_command("tidy_desk", stdout=said)

    assert said.getvalue().splitlines() == [
        "Forgotten: 1 unsent texts, 0 presences, 0 traces of senders, 0 imports, 0 answers.",
        "Forgotten: 0 unsent texts, 0 presences, 0 traces of senders, 0 imports, 0 answers.",
    ]
