"""The desk in a real browser: the whole way of a suggestion, the queue by keyboard, and what every page
is like for those who see, hear or hold it differently.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import newsroom
import pytest
from browser import chromium, complaints_of, desk_of, session_of
from builders import make_term, make_user, propose_change
from django.test import override_settings
from django.urls import reverse

from terms import forms, notices, review_links
from terms.models import Revision

axe = pytest.importorskip("axe_playwright_python")

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _nobody_is_too_fast(monkeypatch):
    """A test types faster than people do."""
    monkeypatch.setattr(forms, "_FASTEST", timedelta(0))


# --- The whole way -------------------------------------------------------------------------------


def log_in(page, address, name):
    """Log in at the one door, where whoever wants to the desk is sent."""
    page.goto(f"{address}/admin/")
    page.wait_for_url("**/account/login/**")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill("secret-words-9")
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{address}/admin/")


def waiting_text(page, address):
    """Open the text that stands on the home of the desk."""
    page.goto(f"{address}/admin/")
    page.locator(".newsroom-now").get_by_role("link", name="Dropout").first.click()


def write(page, definition, summary):
    """Change the text that is open in the form, and propose it."""
    page.get_by_role("link", name="Correct this text").click()
    page.locator("#id_definition").fill(definition)
    page.locator("#id_comment").fill(summary)
    page.get_by_role("button", name="Propose").click()
    page.get_by_text("“Dropout” is proposed.").wait_for()


@pytest.mark.ci
@pytest.mark.parametrize("has_script", [True, False], ids=["with scripts", "without scripts"])
def test_a_suggestion_goes_the_whole_way_to_the_readers(live_server, mailoutbox, has_script):
    term = make_term("Dropout", definition="Units are left in.")
    editor = make_user("Editors", first_name="Ed", last_name="Itor", email="ed@example.org")
    reviewer = make_user("Reviewers", first_name="Ruth", last_name="Weaver", email="ruth@example.org")
    names, address = (editor.get_username(), reviewer.get_username()), live_server.url

    with chromium() as browser:
        contexts = [browser.new_context(java_script_enabled=has_script) for _ in range(3)]
        complaints = [complaints_of(context) for context in contexts]
        reader, at_editors, at_reviewers = (context.new_page() for context in contexts)

        reader.goto(f"{address}/terms/dropout/")
        reader.get_by_role("link", name="Suggest a change").click()
        reader.get_by_label("What is wrong").fill("They are left out, not in.")
        reader.locator("#id_definition").fill("Units are left out.")
        reader.get_by_label("Your name").fill("Rea Der")
        reader.get_by_label("Your e-mail").fill("rea@example.org")
        reader.get_by_role("button", name="Send to the editors").click()
        reader.get_by_role("heading", name="Waiting for the editors").wait_for()
        secret_page = reader.url

        log_in(at_editors, address, names[0])
        at_editors.get_by_role("link", name="Review", exact=True).click()
        at_editors.locator("#result_list").get_by_role("link", name="Dropout").click()
        at_editors.get_by_text("Rea Der (without account)").wait_for()
        write(at_editors, "Units are left out at random.", "At random, too.")
        reader.goto(secret_page)
        reader.get_by_role("heading", name="An editor is working with it").wait_for()

        log_in(at_reviewers, address, names[1])
        waiting_text(at_reviewers, address)
        at_reviewers.locator("#id_remark").fill("Say of what: a layer, or a network?")
        at_reviewers.get_by_role("button", name="Ask for changes").click()
        at_reviewers.get_by_text("“Dropout” waits for its author again").wait_for()

        at_editors.goto(f"{address}/admin/")
        at_editors.locator(".sent-back").get_by_text("Say of what: a layer, or a network?").wait_for()
        notice_of_editor = at_editors.locator("#user-tools").get_by_role("link", name="Notices").inner_text()
        waiting_text(at_editors, address)
        write(at_editors, "Units of a layer are left out at random.", "Of a layer.")

        waiting_text(at_reviewers, address)
        at_reviewers.locator("ins", has_text="of a layer").wait_for()
        at_reviewers.get_by_role("button", name="Approve", exact=True).click()
        at_reviewers.get_by_text("“Dropout” is published as version 2.").wait_for()

        reader.goto(secret_page)
        reader.get_by_role("heading", name="Published").wait_for()
        reader.locator(".standing").get_by_role("link", name="Dropout").click()
        reader.get_by_text("Units of a layer are left out at random.").wait_for()
        at_editors.goto(f"{address}/account/notifications/")
        heard = at_editors.locator(".notices").inner_text()

    subjects = {mail.to[0]: mail.subject for mail in mailoutbox}
    term.refresh_from_db()
    assert complaints == [[], [], []]
    assert (term.version, term.definition) == (2, "Units of a layer are left out at random.")
    assert "1 unread" in " ".join(notice_of_editor.split())
    assert "Say of what: a layer, or a network?" in heard
    assert subjects.keys() == {"ed@example.org", "rea@example.org"}
    assert notices.shown_to(reviewer).count() == 3
    assert notices.unread_count(reviewer) == 0  # all of it is decided by now


# --- The queue by keyboard -----------------------------------------------------------------------

FOCUS = """() => {
  const here = document.activeElement;
  const { outlineStyle, outlineWidth } = getComputedStyle(here);
  const { width, height } = here.getBoundingClientRect();
  const isSeen = outlineStyle !== "none" && parseFloat(outlineWidth) > 0 && width > 1 && height > 1;
  return here === document.body ? "nothing" : isSeen ? "" : here.outerHTML.slice(0, 200);
}"""


class Hands:
    """Somebody who has only a keyboard, and notes where they could not see where they are."""

    def __init__(self, page: Any):
        self.page, self.lost = page, []

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.note_focus()

    def note_focus(self) -> None:
        unseen = self.page.evaluate(FOCUS)
        if unseen:
            self.lost.append(f"{self.page.url}: {unseen}")

    def go_to(self, wanted: str, key: str = "Tab") -> None:
        """Go on with Tab until the focus is there; a page has fewer stops than that."""
        for _ in range(120):
            self.press(key)
            if self.page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
                return
        raise AssertionError(f"{wanted} is nowhere to be reached on {self.page.url}")

    def follow(self, key: str = "Enter") -> None:
        """Press a key that leads to another page."""
        with self.page.expect_navigation():
            self.page.keyboard.press(key)


def waiting(count: int) -> list[int]:
    """Make texts that wait, oldest first."""
    editor = make_user("Editors")
    return [
        propose_change(make_term(f"Word {letter}"), by=editor, definition="Other words.").pk
        for letter in "ABCDEFGH"[:count]
    ]


def states(ids: list[int]) -> list[str]:
    return [Revision.objects.get(pk=pk).state for pk in ids]


def approve_two_in_bulk(hands: Hands) -> str:
    """Approve what is ticked, from a row of the queue on; return what the page says then."""
    hands.go_to("select[name=action]", "Shift+Tab")
    hands.page.keyboard.type("Appr")
    hands.go_to("button[name=index], .actions [type=submit]")
    hands.follow()
    hands.go_to("button[name=_approve]")
    hands.follow()
    return hands.page.locator("h1").inner_text()


def test_the_queue_is_worked_off_by_keys(live_server):
    ids = waiting(5)
    session = session_of(make_user("Reviewers"))

    with chromium() as browser:
        desk = desk_of(browser, live_server, session)
        complaints = complaints_of(desk)
        page = desk.new_page()
        hands = Hands(page)
        page.goto(f"{live_server.url}/admin/")
        hands.go_to(".desk-nav a[href*=revision]")
        hands.follow()
        hands.press("j", "j", "k", "x", "x")
        opened = page.evaluate("document.activeElement.textContent")
        hands.follow("o")
        hands.press("a")
        hands.follow()
        after_approval = page.url
        said = page.locator(".messagelist").inner_text()
        hands.press("r")
        page.keyboard.type("Nobody says it like this.")
        hands.go_to("button[name=_reject]")
        hands.follow()
        after_rejection = page.url
        hands.follow("u")
        hands.press("j", "x", "j", "x")
        outcome = approve_two_in_bulk(hands)

    assert opened.startswith("Word A")
    assert "“Word A” is published as version 2." in said
    assert after_approval.endswith(f"/admin/terms/revision/{ids[1]}/change/")
    assert after_rejection.endswith(f"/admin/terms/revision/{ids[2]}/change/")
    assert outcome == "2 approved, 0 not"
    assert states(ids) == ["approved", "rejected", "approved", "approved", "proposed"]
    assert hands.lost == []
    assert complaints == []


def test_the_queue_is_worked_off_with_tab_alone_where_there_is_no_script(live_server):
    ids = waiting(5)
    session = session_of(make_user("Reviewers"))

    with chromium() as browser:
        page = desk_of(browser, live_server, session, java_script_enabled=False).new_page()
        hands = Hands(page)
        page.goto(f"{live_server.url}/admin/")
        hands.go_to(".desk-nav a[href*=revision]")
        hands.follow()
        hands.go_to("#result_list tbody th a")
        hands.follow()
        hands.go_to("button[name=_approve]")
        hands.follow()
        hands.go_to("#id_remark")
        page.keyboard.type("Nobody says it like this.")
        hands.go_to("button[name=_reject]")
        hands.follow()
        after_rejection = page.url
        hands.go_to(".breadcrumbs a[href*=revision]")
        hands.follow()
        for _ in range(2):
            hands.go_to("#result_list tbody [type=checkbox]")
            hands.press("Space")
        outcome = approve_two_in_bulk(hands)

    assert after_rejection.endswith(f"/admin/terms/revision/{ids[2]}/change/")
    assert outcome == "2 approved, 0 not"
    assert states(ids) == ["approved", "rejected", "approved", "approved", "proposed"]
    assert hands.lost == []


# --- Every page ----------------------------------------------------------------------------------


def stay(page: Any) -> None:
    """Do nothing on a page but look at it."""


@dataclass(frozen=True)
class Place:
    """A page: who looks at it, where it is, what they do there first, and how the site is set up."""

    who: str
    address: str
    first: Callable[[Any], None] = stay
    site: dict[str, Any] = field(default_factory=dict)


def press(button: str, /, **typed: str) -> Callable[[Any], None]:
    """Fill in fields by their names, press a button by its name or its words, and wait for what comes."""

    def do(page: Any) -> None:
        main = page.locator("main")
        for name, text in typed.items():
            main.locator(f"[name='{name}']").first.fill(text)
        has_name = main.locator(f"button[name='{button}']").last
        with page.expect_navigation():
            (has_name if button.startswith("_") else main.get_by_role("button", name=button)).click()

    return do


def choose_all_and(action: str) -> Callable[[Any], None]:
    """Tick every row of a list and carry out an action on them."""

    def do(page: Any) -> None:
        page.locator("#action-toggle").check()
        page.select_option("[name=action]", action)
        with page.expect_navigation():
            page.locator(".actions button[type=submit]").click()

    return do


def approve_all(page: Any) -> None:
    """Approve every row of the queue that can be."""
    choose_all_and("approve_chosen")(page)
    with page.expect_navigation():
        page.locator("[name=_approve]").click()


def showing(wanted: str, *steps: Callable[[Any], None]) -> Callable[[Any], None]:
    """Take steps, one after the other, that lead to a page on which there is what is wanted."""

    def do(page: Any) -> None:
        for step in steps:
            step(page)
        page.locator(wanted).first.wait_for()

    return do


REFUSAL = "[role=alert], .errorlist, .errornote, [aria-invalid=true]"


def readers_places(room) -> dict[str, Place]:
    """The pages of people without an account, and of contributors."""
    status = {
        name: reverse("suggestion_status", args=[one.status_token])
        for name, one in zip(("waiting", "asked", "refused"), room.suggestions, strict=True)
    }
    expert, over = (
        reverse("expert_review", args=[review_links.token_of(one)]) for one in (room.link, room.closed)
    )
    return {
        "a term": Place("", "/terms/dropout/"),
        "its versions compared": Place("", "/terms/dropout/compare/?from=1&to=3"),
        "its history": Place("", "/terms/dropout/history/"),
        "login": Place("", "/account/login/"),
        "login, wrong": Place(
            "",
            "/account/login/",
            showing(REFUSAL, press("Log in", username="nobody", password="wrong-words-1")),
        ),
        "password forgotten": Place("", "/account/password/forgotten/"),
        "password forgotten, sent": Place("", "/account/password/forgotten/?sent=1"),
        "invitation": Place("", room.invited.path),
        "invitation, wrong": Place(
            "", room.invited.path, showing(REFUSAL, press("Set the password", password="a", again="b"))
        ),
        "link is over": Place("", "/account/invitation/MQ/made-up/"),
        "suggest a change": Place("", "/terms/dropout/suggest/"),
        "suggest a change, wrong": Place(
            "", "/terms/dropout/suggest/", showing(REFUSAL, press("Send to the editors", email="no"))
        ),
        "propose a term": Place("", "/suggest/"),
        "propose a term, wrong": Place(
            "", "/suggest/", showing(REFUSAL, press("Send to the editors", name="Q", email="no"))
        ),
        "propose a term, look-alikes": Place(
            "", "/suggest/", showing(".look-alikes", press("Send to the editors", name="Drop-outs"))
        ),
        "suggest, closed": Place("", "/suggest/", site={"SUGGESTIONS_PER_HOUR": 0}),
        **{f"status, {name}": Place("", address) for name, address in status.items()},
        "expert": Place("", expert),
        "expert, closed": Place("", over),
        "own details": Place("contributor", "/account/details/"),
        "own proposals": Place("contributor", "/account/"),
        "own proposal": Place("contributor", f"/account/proposals/{room.cleos.pk}/"),
        "rework": Place("contributor", f"/account/proposals/{room.cleos.pk}/edit/"),
        "notifications of a contributor": Place("contributor", "/account/notifications/"),
        "choices of a contributor": Place("contributor", "/account/notifications/choices/"),
        "password of a contributor": Place("contributor", "/account/password/"),
        "suggest as a contributor": Place("contributor", "/terms/dropout/suggest/"),
    }


def review_places(room) -> dict[str, Place]:
    """The home of the desk, the queue, and the page of a proposal in every state."""
    queue = "/admin/terms/revision/"

    def text(revision, who="reviewer", first=stay) -> Place:
        return Place(who, f"{queue}{revision.pk}/change/", first)

    return {
        "dashboard of a reviewer": Place("reviewer", "/admin/"),
        "dashboard of an editor": Place("editor", "/admin/"),
        "dashboard of a chief": Place("chief", "/admin/"),
        "all lists": Place("chief", "/admin/terms/"),
        "queue": Place("reviewer", queue),
        "queue of everything": Place("reviewer", f"{queue}?state=all"),
        "queue, nothing found": Place("reviewer", f"{queue}?q=zzz"),
        "proposal": text(room.plain),
        "proposal, own": text(room.plain, "editor"),
        "proposal, wrong": text(room.plain, first=showing(REFUSAL, press("_reject", remark=""))),
        "proposal behind, no collision": text(room.smooth),
        "proposal behind, with collision": text(room.collides),
        "proposal discussed": text(room.talked),
        "proposal discussed, by its author": text(room.talked, "editor"),
        "proposal approved": text(room.moved),
        "proposal rejected": text(room.refused),
        "proposal rejected before": text(room.again),
        "proposal sent back": text(room.asked, "editor"),
        "proposal of a reader": text(room.waiting.revision),
        "draft": text(room.broken),
        "bulk approval": Place("chief", queue, showing(".outcomes", choose_all_and("approve_chosen"))),
        "bulk approval, carried out": Place("chief", queue, approve_all),
    }


def writing_places(room) -> dict[str, Place]:
    """The terms: the list, the form, the history, decisions, bulk changes."""
    terms = "/admin/terms/term/"
    one = f"{terms}{room.term.pk}/"
    fill = press("_preview", name="Drop-outs", definition=newsroom.RICH)
    bulk_form = choose_all_and("change_chosen")
    to_preview = press("_preview", add_tags="Sums", reason="Old.")
    return {
        "terms": Place("chief", terms),
        "terms, filtered": Place("chief", f"{terms}?status__exact=draft&q=b"),
        "new term": Place("editor", f"{terms}add/"),
        "new term, preview": Place("editor", f"{terms}add/", fill),
        "new term, wrong": Place(
            "editor", f"{terms}add/", showing(REFUSAL, press("_propose", name="", definition="$\\frac{$"))
        ),
        "new term, kept": Place("chief", f"{terms}add/"),
        "kept text": Place("chief", f"{terms}add/?kept=a-sheet-of-adas"),
        "term": Place("chief", f"{one}change/"),
        "term, behind": Place("editor", f"{terms}{room.other.pk}/change/?revision={room.collides.number}"),
        "term, conflict": Place(
            "editor",
            f"{terms}{room.other.pk}/change/?revision={room.collides.number}",
            showing(".conflict", press("_propose", definition="See Dropout or never.", comment="Why.")),
        ),
        "term, text again": Place("chief", f"{one}change/?text_of=1"),
        "term, merged or removed": Place("chief", f"{terms}{room.removed.pk}/change/"),
        "revisions compared": Place("editor", f"{one}compare/?from=1&to={room.talked.number}"),
        "nothing to compare": Place("editor", f"{one}compare/?from=77"),
        **{
            decision: Place("chief", f"{terms}{pk}/{decision}/")
            for decision, pk in {
                "deprecate": room.term.pk,
                "reinstate": room.old.pk,
                "remove": room.term.pk,
                "restore": room.removed.pk,
                "discard_draft": room.broken.term_id,
            }.items()
        },
        "deprecate, wrong": Place(
            "chief", f"{one}deprecate/", showing(REFUSAL, press("Deprecate", reason="", successors="Nobody"))
        ),
        "restore, impossible": Place("chief", f"{one}restore/"),
        "bulk form": Place("chief", terms, bulk_form),
        "bulk form, wrong": Place("chief", terms, showing(REFUSAL, bulk_form, press("_preview"))),
        "bulk preview": Place("chief", terms, showing(".bulk-wanted", bulk_form, to_preview)),
        "bulk result": Place(
            "chief", terms, showing(".messagelist", bulk_form, to_preview, press("_carry_out"))
        ),
        "bulk undo": Place("chief", f"/admin/terms/operation/{room.operation.pk}/undo/"),
        "bulk undone": Place("chief", f"/admin/terms/operation/{room.operation.pk}/undo/", press("Undo")),
        "operations": Place("chief", "/admin/terms/operation/"),
        "operation": Place("chief", f"/admin/terms/operation/{room.operation.pk}/change/"),
        "plans": Place("chief", "/admin/terms/plannedchange/"),
        "plan": Place("chief", f"/admin/terms/plannedchange/{room.plan.pk}/change/"),
    }


def house_places(room) -> dict[str, Place]:
    """Everything else: log, imports, tags, tokens, people, one's account, the accounts of Django."""
    django = "/admin/auth/"
    return {
        "log": Place("chief", "/admin/terms/event/"),
        "line of the log": Place("chief", f"/admin/terms/event/{room.event.pk}/change/"),
        "imports": Place("chief", "/admin/terms/importbatch/"),
        "import": Place("chief", f"/admin/terms/importbatch/{room.batch.pk}/change/"),
        "tags": Place("chief", "/admin/terms/tag/"),
        "tag": Place("chief", f"/admin/terms/tag/{room.tag.pk}/change/"),
        "tag, wrong": Place(
            "chief", f"/admin/terms/tag/{room.tag.pk}/change/", showing(REFUSAL, press("Save", name=""))
        ),
        "tokens": Place("chief", "/admin/terms/apitoken/"),
        "new token": Place("chief", "/admin/terms/apitoken/add/"),
        "token, wrong": Place(
            "chief", "/admin/terms/apitoken/add/", showing(REFUSAL, press("Issue the token", name=""))
        ),
        "people": Place("chief", "/admin/people/"),
        "person": Place("chief", f"/admin/people/{room.who.editor.pk}/"),
        "person, invited": Place("chief", f"/admin/people/{room.invited.user.pk}/"),
        "invite": Place("chief", "/admin/people/invite/"),
        "invite, wrong": Place(
            "chief", "/admin/people/invite/", showing(REFUSAL, press("Invite", email="no", name=""))
        ),
        "roles": Place("editor", "/admin/roles/"),
        "notifications": Place("editor", "/account/notifications/"),
        "choices": Place("reviewer", "/account/notifications/choices/"),
        "own proposals of an editor": Place("editor", "/account/"),
        "password": Place("editor", "/account/password/"),
        "password, wrong": Place(
            "editor",
            "/account/password/",
            showing(
                REFUSAL, press("Change the password", old_password="x", new_password1="a", new_password2="b")
            ),
        ),
        "no such page": Place("editor", "/admin/terms/term/999/change/"),
        "not allowed": Place("editor", "/admin/people/"),
        "Django: password": Place("root", "/admin/password_change/"),
        "Django: users": Place("root", f"{django}user/"),
        "Django: new user": Place("root", f"{django}user/add/"),
        "Django: user": Place("root", f"{django}user/{room.who.editor.pk}/change/"),
        "Django: history": Place("root", f"{django}user/{room.who.editor.pk}/history/"),
        "Django: password of a user": Place("root", f"{django}user/{room.who.editor.pk}/password/"),
        "Django: groups": Place("root", f"{django}group/"),
        "Django: group": Place("root", f"{django}group/{room.who.editor.groups.first().pk}/change/"),
    }


def nobodys_places() -> dict[str, Place]:
    """A desk on which nothing was ever done."""
    lists = (
        *("term", "revision", "event", "importbatch", "tag", "apitoken"),
        *("operation", "plannedchange", "wantedterm"),
    )
    return {
        "first dashboard": Place("chief", "/admin/"),
        **{f"no {name}": Place("chief", f"/admin/terms/{name}/") for name in lists},
        "no notices": Place("chief", "/account/notifications/"),
        "no proposals": Place("chief", "/account/"),
    }


AXE = (Path(axe.__file__).parent / "axe.min.js").read_text("utf-8")
# Django's own signs for its boxes with two columns have a name and no role; scripts that have both go on.
FIND = """async (rules) => {
  document.getAnimations().forEach((animation) => animation.finish());
  const only = rules && { runOnly: { type: "rule", values: rules } };
  const { violations } = await axe.run(
    { exclude: [".help-tooltip"] },
    { resultTypes: ["violations"], preload: false, ...only },
  );
  const isGrave = ({ impact }) => impact === "serious" || impact === "critical";
  return violations.filter(isGrave).flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} at ${target.join(" ")}: ${failureSummary}`),
  );
}"""
# How wide and how light it is. What is not said of colors is the same by day and by night.
LOOKS = [(1280, "light", None), (1280, "dark", ["color-contrast"]), (390, "dark", None)]


def look_at(browser, live_server, places: dict[str, Place], sessions: dict[str, str]) -> list[str]:
    """Return everything that is wrong with these pages, by day and by night, on a desk and on a phone."""
    wrong = []
    for who, session in sessions.items():
        context = desk_of(browser, live_server, session, viewport={"width": 1280, "height": 900})
        complaints, page = complaints_of(context), context.new_page()
        for name, place in places.items():
            if place.who != who:
                continue
            with override_settings(**place.site):
                page.goto(live_server.url + place.address)
                place.first(page)
            # What axe itself tries and our policy forbids is not the fault of a page.
            wrong += [f"{name}: {complaint}" for complaint in complaints]
            page.evaluate(AXE)
            for width, scheme, rules in LOOKS:
                page.set_viewport_size({"width": width, "height": 900})
                page.emulate_media(color_scheme=scheme)
                wrong += [f"{name}, {scheme}, {width} px: {found}" for found in page.evaluate(FIND, rules)]
                needed = page.evaluate("document.documentElement.scrollWidth")
                if needed > width:
                    wrong.append(f"{name} is {needed} px wide in a window of {width} px")
            complaints.clear()
        context.close()
    return wrong


@pytest.mark.ci
@pytest.mark.parametrize("places_of", [readers_places, review_places, writing_places, house_places])
def test_no_page_is_closed_to_anybody_or_too_wide_or_complains(live_server, db, places_of):
    room = newsroom.fill()
    places = places_of(room)
    sessions = {"": ""} | {name: session_of(person) for name, person in vars(room.who).items()}

    with chromium() as browser:
        wrong = look_at(browser, live_server, places, sessions)

    assert "\n".join(wrong) == ""


@pytest.mark.ci
def test_no_page_without_anything_on_it_is_closed_or_too_wide_or_complains(live_server, db):
    sessions = {"chief": session_of(make_user("Chief editors"))}

    with chromium() as browser:
        wrong = look_at(browser, live_server, nobodys_places(), sessions)

    assert "\n".join(wrong) == ""
