"""The list of wanted terms in a browser: worked through by keyboard, open to everybody, never too wide."""

import pytest
from browser import chromium, desk_of, session_of
from builders import make_draft, make_term, make_user
from test_desk_browser import Place, look_at

from terms import wanted
from terms.models import WantedTerm

pytestmark = [pytest.mark.browser, pytest.mark.ci, pytest.mark.django_db(transaction=True)]

LIST = "/admin/terms/wantedterm/"
LONG = "Pneumonoultramicroscopicsilicovolcanoconiosis"


@pytest.fixture
def editor_session(editor):
    for _ in range(2):
        for text in ("Gated delta nets", "Hydra FFN", "Muon", f"{LONG} net", "Noise"):
            wanted.note_failure(text)
        wanted.flush()
    make_term("Gated delta net")
    make_draft("Muon")
    wanted.dismiss([WantedTerm.objects.get(text="Noise").pk], by=editor)
    return session_of(editor)


NAME_OF_FOCUS = "document.activeElement.getAttribute('aria-label') || document.activeElement.textContent"


def tab_to(page, name):
    """Press Tab until what has the focus is called so."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate(NAME_OF_FOCUS) == name:
            return
    raise AssertionError(f"Tab leads to nothing that is called {name}.")


@pytest.mark.parametrize("with_scripts", [True, False], ids=["scripts", "no scripts"])
def test_the_list_is_worked_through_by_keyboard_alone(live_server, editor_session, with_scripts):
    with chromium() as browser:
        page = desk_of(browser, live_server, editor_session, java_script_enabled=with_scripts).new_page()
        page.goto(live_server.url + LIST)

        tab_to(page, f"Choose “{LONG} net”")
        page.keyboard.press("Space")
        # Enter on a tick sends the form: nothing is decided, and what is ticked stays so.
        with page.expect_navigation():
            page.keyboard.press("Enter")
        tab_to(page, "Not wanted")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        said = page.locator(".messagelist").text_content()
        tab_to(page, "Make a draft of “Hydra FFN”")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        heading = page.locator("h1").text_content()

    assert "One name is not wanted." in said
    assert "Hydra FFN" in heading
    assert {row.text for row in wanted.dismissed()} == {"Noise", f"{LONG} net"}
    assert {row.text for row in wanted.being_written()} == {"Hydra FFN", "Muon"}


def test_no_list_of_wanted_terms_is_closed_or_too_wide_or_complains(live_server, editor_session):
    places = {
        "wanted": Place("editor", LIST),
        "being written": Place("editor", f"{LIST}?show=written"),
        "not wanted": Place("editor", f"{LIST}?show=dismissed"),
        "nothing found": Place("editor", f"{LIST}?name=zebra"),
        "home": Place("editor", "/admin/"),
        "nothing wanted": Place("chief", f"{LIST}?show=written&name=x"),
    }
    sessions = {"editor": editor_session, "chief": session_of(make_user("Chief editors"))}

    with chromium() as browser:
        wrong = look_at(browser, live_server, places, sessions)

    assert "\n".join(wrong) == ""
