"""Writing a term in a real browser: what is typed survives, and the page follows the text."""

from __future__ import annotations

import pytest
from browser import chromium, complaints_of, desk_of, session_of
from builders import make_term, make_user
from django.conf import settings
from test_admin import TERMS, term_page

from terms.models import Presence, Revision, UnsentText

pytestmark = [pytest.mark.browser, pytest.mark.ci, pytest.mark.django_db(transaction=True)]

KEPT = "Kept at "


def kept(page) -> None:
    page.locator("[data-kept]", has_text=KEPT).wait_for()


def log_in(page, live_server, person_name: str) -> None:
    page.goto(f"{live_server.url}/admin/login/?next=/admin/")
    page.fill("[name=username]", person_name)
    page.fill("[name=password]", "secret-words-9")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{live_server.url}/admin/")


def test_what_is_typed_is_kept_and_comes_back_after_the_page_was_closed(live_server, editor):
    session = session_of(editor)

    with chromium() as running:
        desk = desk_of(running, live_server, session)
        page = desk.new_page()
        page.goto(f"{live_server.url}{TERMS}add/")
        page.fill("#id_name", "Dropout")
        page.locator("#id_definition").press_sequentially("An hour's work.")
        kept(page)
        # The last words go while the page is being left.
        page.locator("#id_definition").press_sequentially(" And the last words.")
        page.close(run_before_unload=True)

        page = desk.new_page()
        page.goto(f"{live_server.url}{TERMS}add/")
        page.get_by_role("link", name="Go on with it").click()
        typed = page.input_value("#id_definition")
        page.get_by_role("button", name="Propose").click()
        page.get_by_text("“Dropout” is proposed.").wait_for()

    assert typed == "An hour's work. And the last words."
    assert Revision.objects.get().content["definition"] == "An hour's work. And the last words."
    assert not UnsentText.objects.exists()


def test_logged_out_while_typing_one_logs_in_in_another_tab_and_goes_on(live_server, editor):
    term, name, session = make_term("Dropout"), editor.get_username(), session_of(editor)

    with chromium() as running:
        desk = desk_of(running, live_server, session)
        page = desk.new_page()
        page.goto(live_server.url + term_page(term))
        desk.clear_cookies(name=settings.SESSION_COOKIE_NAME)
        page.fill("#id_definition", "Typed while logged out.")
        page.get_by_role("alert").get_by_text("Not kept: you are logged out.").wait_for()

        other = desk.new_page()
        log_in(other, live_server, name)
        other.close()
        page.bring_to_front()
        page.locator("#id_definition").press_sequentially(" And on.")
        kept(page)
        is_silent = page.locator("[data-not-kept]").is_hidden()
        page.fill("#id_comment", "Why.")
        page.get_by_role("button", name="Propose").click()
        page.get_by_text("“Dropout” is proposed.").wait_for()

    assert is_silent
    assert "Typed while logged out." in term.revisions.get(state="proposed").content["definition"]


def test_without_a_script_a_form_sent_when_logged_out_is_sent_again(live_server, editor):
    term, name, session = make_term("Dropout"), editor.get_username(), session_of(editor)

    with chromium() as running:
        desk = desk_of(running, live_server, session, java_script_enabled=False)
        page = desk.new_page()
        page.goto(live_server.url + term_page(term))
        page.fill("#id_definition", "Two\nlines, typed.")
        desk.clear_cookies(name=settings.SESSION_COOKIE_NAME)
        page.get_by_role("button", name="Propose").click()
        page.get_by_role("heading", name="You are logged out").wait_for()
        with desk.expect_page() as opened:
            page.get_by_role("link", name="log in in another tab").click()
        log_in(opened.value, live_server, name)
        page.get_by_role("button", name="Send again").click()
        # Logging in made a new token, so that the page comes once more, for somebody who is logged in.
        page.get_by_text("You are logged in.").wait_for()
        page.get_by_role("button", name="Send again").click()
        page.get_by_text("“Dropout” is proposed.").wait_for()

    assert term.revisions.get(state="proposed").content["definition"] == "Two\nlines, typed."


def test_preview_hints_and_counter_follow_what_is_typed(live_server, editor):
    make_term("Dropout", short_definition="Leaving units out.")
    session = session_of(editor)

    with chromium() as running:
        desk = desk_of(running, live_server, session)
        complaints = complaints_of(desk)
        page = desk.new_page()
        page.goto(f"{live_server.url}{TERMS}add/")
        page.fill("#id_name", "Drop-out")
        page.fill("#id_definition", "A formula: $x^2$.")
        page.fill("#id_short_definition", "x" * 161)
        page.locator("#preview math").wait_for()
        hint = page.locator(".hints li").inner_text()
        counter = page.locator(".counter").inner_text()
        is_over = "is-over" in page.locator(".counter").get_attribute("class")
        said = page.locator("[data-said]").inner_text()

    assert hint.startswith("Dropout Published differs only in a plural or a hyphen")
    assert (counter.strip(), is_over) == ("161 of 160", True)
    assert "1 with a name like this" in said
    assert complaints == []


def test_a_second_person_at_the_form_is_seen(live_server, editor):
    term, ada = make_term("Dropout"), make_user("Editors", first_name="Ada", last_name="Lovelace")
    sessions = session_of(editor), session_of(ada)

    with chromium() as running:
        page, other = (desk_of(running, live_server, session).new_page() for session in sessions)
        page.goto(live_server.url + term_page(term))
        alone = page.locator("[data-presence]").inner_text()
        other.goto(live_server.url + term_page(term))
        page.locator("#id_definition").press_sequentially(" More.")
        page.locator("[data-presence]", has_text="Open at the same time: Ada Lovelace").wait_for()

    assert alone == ""
    assert Presence.objects.count() == 2


def test_keys_show_the_preview_and_save_the_draft(live_server, editor):
    session = session_of(editor)

    with chromium() as running:
        page = desk_of(running, live_server, session).new_page()
        page.goto(f"{live_server.url}{TERMS}add/")
        are_announced = page.get_by_text(
            "Ctrl or ⌘ with Enter shows the preview, with S saves the draft"
        ).is_visible()
        page.fill("#id_name", "Dropout")
        page.fill("#id_definition", "Units are *left out*.")
        page.keyboard.press("Control+Enter")
        page.wait_for_url("**/add/#preview")
        preview = page.locator("#preview em").inner_text()
        page.locator("#id_definition").press_sequentially(" More.")
        page.keyboard.press("Control+s")
        page.get_by_text("The draft of “Dropout” is saved.").wait_for()

    assert are_announced
    assert preview == "left out"
    assert Revision.objects.get().state == "draft"
    assert not UnsentText.objects.exists()


def test_without_a_script_everything_is_sent(live_server, editor):
    make_term("Dropout")
    session = session_of(editor)

    with chromium() as running:
        page = desk_of(running, live_server, session, java_script_enabled=False).new_page()
        page.goto(f"{live_server.url}{TERMS}add/")
        page.fill("#id_name", "Drop-out")
        page.fill("#id_definition", "A formula: $x^2$.")
        page.get_by_role("button", name="Preview").click()
        page.wait_for_url("**/add/#preview")
        has_formula = page.locator("#preview math").count() == 1
        has_hint = page.get_by_text("Is one of these meant?").is_visible()
        page.get_by_role("button", name="Propose").click()
        page.get_by_text("“Drop-out” is proposed.").wait_for()

    assert has_formula
    assert has_hint
    assert Revision.objects.filter(state="proposed").count() == 1
    assert not UnsentText.objects.exists()


@pytest.mark.parametrize("width", [320, 1280])
def test_the_form_is_no_wider_than_the_window(live_server, editor, width):
    term = make_term(
        "Pneumonoultramicroscopicsilicovolcanoconiosis",
        definition=f"{'w' * 200}\n\n$${' + '.join(f'x_{{{n}}}' for n in range(60))}$$",
        aliases=["a" * 80],
        sources=[{"title": "t" * 90, "url": f"https://example.org/{'w' * 90}"}],
        relations=[],
        notes=[{"kind": "usage", "text": "note"}],
    )
    session = session_of(editor)

    with chromium() as running:
        page = desk_of(running, live_server, session, viewport={"width": width, "height": 800}).new_page()
        page.goto(live_server.url + term_page(term))
        found = page.evaluate("document.documentElement.scrollWidth")

    assert found <= width
