"""The list of look-alikes in a real browser: worked through by mouse and by keys, with and without scripts,
and what its pages are like for those who see, hear or hold them differently.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import newsroom
import pytest
from browser import chromium, complaints_of, desk_of, session_of
from builders import make_draft, make_term, make_user
from test_desk_browser import Hands, Place, look_at, press, showing

from terms import duplicates, judging
from terms.models import DuplicatePair

pytestmark = [pytest.mark.browser, pytest.mark.ci, pytest.mark.django_db(transaction=True)]

LIST = "/admin/terms/duplicatepair/"
NAMES = ("Keel", "Rib", "Mast", "Boom")


def namesakes(*names: str) -> None:
    for name in names:
        make_term(name, short_definition=f"A {name} at sea.")
        make_draft(name, short_definition=f"The {name} of a boat.")
    duplicates.scan()


def verdicts() -> dict[str, str]:
    return dict(DuplicatePair.objects.values_list("first__name", "verdict"))


@pytest.mark.parametrize(
    "has_script",
    [True, pytest.param(False, marks=pytest.mark.ci)],
    ids=["with scripts", "without scripts"],
)
def test_pairs_are_worked_through_and_a_verdict_is_taken_back(live_server, has_script):
    namesakes(*NAMES)
    session = session_of(make_user("Editors"))

    with chromium() as browser:
        desk = desk_of(browser, live_server, session, java_script_enabled=has_script)
        complaints, page = complaints_of(desk), desk.new_page()
        page.goto(f"{live_server.url}/admin/")
        page.get_by_role("link", name="Pairs that may be one term").click()
        order = page.locator(".pair-entry .pair-name").evaluate_all("all => all.map(one => one.innerText)")

        page.locator(".pair-entry").first.locator("summary", has_text="Different …").click()
        page.locator(".pair-entry").first.get_by_role("button", name="Same word in another subject.").click()
        page.get_by_role("button", name="Undo this verdict").wait_for()
        place = page.url.partition("#")[2]
        focused = page.locator(":target").locator(".pair-name").first.inner_text()
        page.get_by_role("button", name="Undo this verdict").click()
        page.locator(f"text=A {order[0].split()[0]} at sea.").wait_for()

        for choice in page.get_by_role("checkbox").all()[:2]:
            choice.check()
        page.locator("#chosen-pairs").get_by_role("button", name="Later").click()
        page.get_by_text("2 pairs: later.").wait_for()
        page.get_by_role("link", name="Later").first.click()
        waiting = page.locator(".pair-entry").count()

    assert complaints == []
    assert place.startswith("pair-")
    assert focused.split()[0] != order[0].split()[0]
    assert waiting == 2
    assert sorted(verdicts().values()) == ["later", "later", "open", "open"]


def test_the_list_is_worked_through_with_keys_alone(live_server):
    namesakes(*NAMES)
    session = session_of(make_user("Editors"))

    with chromium() as browser:
        desk = desk_of(browser, live_server, session)
        complaints, page = complaints_of(desk), desk.new_page()
        hands = Hands(page)
        page.goto(f"{live_server.url}{LIST}")
        hands.press("j", "j", "k", "d")
        hands.follow("1")
        second = page.evaluate("document.activeElement.closest('.pair-entry').id")
        hands.follow("l")
        hands.press("d")
        hands.go_to(".pair-entry.here [name=because]", "Shift+Tab")
        page.keyboard.type("One is of a bird.")
        hands.follow()
        hands.follow("u")
        hands.press("x", "?")
        is_explained = page.evaluate("document.querySelector('details.keys').open")
        ticked = page.get_by_role("checkbox", checked=True).count()
        hands.press("k", "k", "k", "d", "Escape")
        is_closed = page.locator(".pair-deed[open]").count() == 0
        with page.expect_navigation():
            page.keyboard.press("o")
        is_whole = page.locator(".pair-whole").count() == 1

    assert complaints == []
    assert hands.lost == []
    assert second.startswith("pair-")
    assert (is_explained, ticked, is_closed, is_whole) == (True, 1, True, True)
    assert sorted(verdicts().values()) == ["different", "later", "open", "open"]


def test_the_list_is_worked_through_with_tab_alone_where_there_is_no_script(live_server):
    namesakes("Keel", "Rib")
    session = session_of(make_user("Editors"))

    with chromium() as browser:
        page = desk_of(browser, live_server, session, java_script_enabled=False).new_page()
        hands = Hands(page)
        page.goto(f"{live_server.url}{LIST}")
        hands.go_to(".pair-entry [data-different] summary")
        hands.press("Enter")
        hands.go_to(".pair-entry [name=because]")
        page.keyboard.type("One is of a bird.")
        hands.follow()
        hands.go_to(".pair-entry [name=_later]")
        hands.follow()

    assert hands.lost == []
    assert sorted(verdicts().values()) == ["different", "later"]


def test_the_chosen_of_a_group_go_to_the_workbench(live_server):
    term = make_term("Keel")
    drafts = [make_draft("Keel").term for _ in range(3)]
    duplicates.scan()
    session = session_of(make_user("Chief editors"))

    with chromium() as browser:
        page = desk_of(browser, live_server, session).new_page()
        page.goto(f"{live_server.url}{LIST}")
        page.get_by_role("checkbox", name="Merge “Keel” with the others").last.uncheck()
        with page.expect_request("**/admin/terms/term/merge/**") as sent:
            page.get_by_role("button", name="Merge the ticked").click()
        address = sent.value.url

    left_out = [one.public_id for one in drafts if one.public_id not in address]
    assert f"kept={term.public_id}" in address
    assert len(left_out) == 1


# --- Every page ----------------------------------------------------------------------------------


def fill(room: Any) -> None:
    """Make pairs and groups of every kind, and verdicts on some."""
    by = room.who.editor
    long = newsroom.LONG
    for name in ("Keel", "Rib", long, f"{long}es"):
        make_draft(name, by=by, aliases=["k" * 80, "Kiel"], tags=["Hull parts", long], definition="$x$ " * 90)
        make_draft(name, by=by, short_definition="A timber " * 15)
    for _ in range(3):
        make_draft("Mast", by=by)
    duplicates.scan()
    first, second, third, fourth, *_ = DuplicatePair.objects.order_by("-score", "pk")
    judging.judge(pair_id=first.pk, verdict="different", because="w" * 90, by=by)
    judging.judge(pair_id=second.pk, verdict="related", by=by)
    judging.judge(pair_id=third.pk, verdict="later", by=by)
    DuplicatePair.objects.filter(pk=fourth.pk).update(suggestion="relate", score=0.3)


def open_all(page: Any) -> None:
    """Open everything on a page that can be opened."""
    page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true; })")


def say_of_the_first(verdict: str) -> Callable[[Any], None]:
    """Press the first button for a verdict; that of `_different` wants a reason."""

    def do(page: Any) -> None:
        with page.expect_navigation():
            page.locator(f".pair-deeds [name={verdict}]").first.click()

    return do


def duplicate_places(room: Any) -> dict[str, Place]:
    pair = DuplicatePair.objects.filter(verdict="open").first()
    assert pair is not None
    refusal = "[role=alert]"
    return {
        "to judge": Place("editor", LIST),
        "to judge, open": Place("editor", LIST, open_all),
        "to judge, refused": Place(
            "editor", LIST, showing(refusal, open_all, say_of_the_first("_different"))
        ),
        "to judge, judged": Place("editor", LIST, showing(".take-back", say_of_the_first("_later"))),
        "perhaps related": Place("editor", f"{LIST}?show=related"),
        "later": Place("editor", f"{LIST}?show=later", open_all),
        "judged": Place("editor", f"{LIST}?show=judged"),
        "nothing fits": Place("editor", f"{LIST}?name=zzz"),
        "a pair": Place("editor", f"{LIST}{pair.pk}/change/", open_all),
        "verdicts as a file": Place("editor", f"{LIST}verdicts/"),
        "verdicts, refused": Place(
            "editor", f"{LIST}verdicts/", showing(refusal, press("Take the verdicts in"))
        ),
        "a term that looks like another": Place("chief", f"/admin/terms/term/{pair.first_id}/change/"),
        "home": Place("chief", "/admin/"),
    }


@pytest.mark.ci
def test_no_page_of_duplicates_is_closed_to_anybody_or_too_wide_or_complains(live_server, db):
    room = newsroom.fill()
    fill(room)
    places = duplicate_places(room)
    sessions = {name: session_of(person) for name, person in vars(room.who).items() if name != "root"}

    with chromium() as browser:
        wrong = look_at(browser, live_server, places, sessions)

    assert "\n".join(wrong) == ""


def test_the_list_before_anybody_looked_is_open_to_everybody(live_server, db):
    sessions = {"chief": session_of(make_user("Chief editors"))}

    with chromium() as browser:
        wrong = look_at(browser, live_server, {"never looked": Place("chief", LIST)}, sessions)

    assert "\n".join(wrong) == ""
