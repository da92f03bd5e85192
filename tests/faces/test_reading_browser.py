"""A reader's way through the glossary: with scripts and without, by keys alone, in the dark, on paper."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import reading_room
from browser import chromium, complaints_of
from test_desk_browser import Hands

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DESK = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}


def in_chromium(do: Callable[[Any], None], address: str, **options: Any) -> None:
    """Let a reader open a page and do something there, of which the browser complains nowhere."""
    with chromium() as browser:
        context = browser.new_context(**options)
        complaints, page = complaints_of(context), context.new_page()
        page.goto(address)
        do(page)
        assert complaints == []
        assert context.cookies() == []


@pytest.fixture
def room(transactional_db) -> dict[str, str]:
    return reading_room.addresses_in(reading_room.fill())


# --- The tour ------------------------------------------------------------------------------------


def follow(page: Any, name: str, heading: str, within: str = "main") -> None:
    """Follow a link by its name; the page that it leads to has the heading."""
    with page.expect_navigation():
        page.locator(within).get_by_role("link", name=name, exact=True).first.click()
    assert page.locator("h1").inner_text().strip() == heading


def open_menu(page: Any) -> None:
    button = page.get_by_role("button", name="Menu")
    if button.is_visible():
        button.click()


def tour(page: Any) -> None:
    """Go from the first page to a term and back, over every kind of page on the way."""
    page.locator(".letters").get_by_role("link").filter(has_text="D").first.click()
    page.wait_for_url("**/a-z/d/")
    follow(page, "Dropout", "Dropout")
    follow(page, "Layers", "Layers")
    follow(page, "Layer", "Layer")

    page.locator("#q").fill("drop")
    page.locator("#q").press("Enter")
    page.wait_for_url("**/search?q=drop")
    follow(page, "Dropout", "Dropout")

    page.locator("a[href$='/history/']").first.click()
    page.wait_for_url("**/terms/dropout/history/")
    assert page.locator("h1").inner_text() == "History of Dropout"
    page.get_by_role("button", name="Compare").first.click()
    page.wait_for_url("**/terms/dropout/compare/**")
    assert page.locator("ins").first.is_visible()
    follow(page, "Dropout", "Dropout")

    open_menu(page)
    page.locator("header").get_by_role("link", name="Changes").click()
    page.wait_for_url("**/changes/")
    follow(page, "Old word", "Old word")
    follow(page, "Regularization", "Regularization")
    open_menu(page)
    page.locator("header").get_by_role("link", name="Tree").click()
    page.wait_for_url("**/tree/")
    page.locator(".tree a[href='/terms/regularization/']").click()
    page.wait_for_url("**/terms/regularization/")
    page.go_back()
    page.wait_for_url("**/tree/")
    page.locator(".masthead-name").click()
    page.locator(".letters").wait_for()


@pytest.mark.parametrize(
    "window, has_script",
    [
        pytest.param(DESK, True, id="desk, with scripts"),
        pytest.param(PHONE, False, id="phone, without scripts"),
        pytest.param(DESK, False, id="desk, without scripts", marks=pytest.mark.ci),
        pytest.param(PHONE, True, id="phone, with scripts", marks=pytest.mark.ci),
    ],
)
def test_a_reader_goes_all_the_way_round(live_server, room, window, has_script):
    in_chromium(tour, live_server.url, viewport=window, java_script_enabled=has_script)


# --- The dark, and paper -------------------------------------------------------------------------

# How light a color is, 0 to 1: of the page, and of what is written on it.
LIGHTNESS = """() => {
  const light = (color) => {
    const [r, g, b] = color.match(/[\\d.]+/g).map((part) => parseFloat(part) / 255);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const seen = (node, property) => light(getComputedStyle(node)[property]);
  const roots = [document.documentElement, document.body];
  const ground = roots.map((node) => getComputedStyle(node).backgroundColor)
    .filter((color) => !color.startsWith("rgba(0, 0, 0, 0")).at(-1);
  return [light(ground), seen(document.querySelector("main"), "color")];
}"""


def test_the_dark_is_dark(live_server, room):
    names = ("home", "term with table and code", "results", "no term")

    def do(page):
        wrong = {}
        for name in names:
            page.goto(live_server.url + room[name])
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                ground, ink = page.evaluate(LIGHTNESS)
                is_right = ground < 0.15 and ink > 0.7 if scheme == "dark" else ground > 0.9 and ink < 0.25
                if not is_right:
                    wrong[name, scheme] = ground, ink
        assert wrong == {}

    in_chromium(do, f"{live_server.url}/tags/", viewport=DESK)


# What is of no use on paper, and what is.
OFF_PAPER = ("header nav", "[role=search], form", ".foot ul", "main button", ".skip-link")


def test_paper_has_the_text_and_nothing_to_press(live_server, room):
    def do(page):
        page.emulate_media(media="print", color_scheme="dark")
        for name in ("term", "long letter", "tag"):
            page.goto(live_server.url + room[name])
            for wanted in OFF_PAPER:
                shown = [one for one in page.locator(wanted).all() if one.is_visible()]
                assert shown == [], (name, wanted)
            assert page.locator("h1").is_visible()
            assert page.locator("main").inner_text()
            ground, ink = page.evaluate(LIGHTNESS)
            assert ground > 0.95, name
            assert ink < 0.2, name

    in_chromium(do, f"{live_server.url}/tags/", viewport=DESK)


# --- By keys alone -------------------------------------------------------------------------------

# Where the focus is: past the end of a page it goes out of the window, or back to the beginning.
PART = """() => {
  const here = document.activeElement;
  if (here === document.body) return "";
  return (here.closest("main") || here.closest("header, footer") || here).tagName;
}"""
SKIP = "A"


def walk(page: Any, most: int = 400) -> tuple[list[str], list[str]]:
    """Press Tab until the focus leaves the page; return the parts it came through, and where it was lost."""
    hands, parts = Hands(page), []
    for _ in range(most):
        page.keyboard.press("Tab")
        part = page.evaluate(PART)
        if not part or (part == SKIP and SKIP in parts):
            return parts, hands.lost
        # The button in a field for a date is the browser's, and so is the ring around it.
        if not page.evaluate("document.activeElement.matches('[type=date]:not(:focus-visible)')"):
            hands.note_focus()
        if parts[-1:] != [part]:
            parts.append(part)
    raise AssertionError(f"Tab never leaves {page.url}")


def expect_walks(live_server: Any, pages: dict[str, str], window: dict[str, int]) -> None:
    def do(page):
        wrong = {}
        for name, address in pages.items():
            page.goto(live_server.url + address)
            parts, lost = walk(page)
            # The way to the content first, then from top to bottom; some pages are for reading only.
            if lost or parts not in ([SKIP, "HEADER", "MAIN", "FOOTER"], [SKIP, "HEADER", "FOOTER"]):
                wrong[name] = parts, lost
        assert wrong == {}

    in_chromium(do, f"{live_server.url}/tags/", viewport=window)


def test_the_focus_is_seen_and_goes_from_top_to_bottom(live_server, room):
    names = ("term with maths", "answer")

    expect_walks(live_server, {name: room[name] for name in names}, DESK)


@pytest.mark.ci
@pytest.mark.parametrize("window", [DESK, PHONE], ids=["desk", "phone"])
def test_no_focus_is_lost_on_any_page(live_server, room, window):
    # Pages with a form for the editors set a cookie; the reference has hundreds of stops.
    left_out = {"suggest a change", "propose a term", "status of a suggestion", "reference for programs"}
    names = room.keys() - left_out

    expect_walks(live_server, {name: room[name] for name in names}, window)


def test_the_first_key_leads_to_the_content(live_server, room):
    def do(page):
        hands = Hands(page)
        hands.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("!!document.activeElement.closest('main')")
        assert hands.lost == []

    in_chromium(do, live_server.url + room["term"], viewport=DESK)


def test_a_term_is_found_and_read_by_keys_alone(live_server, room):
    def do(page):
        hands = Hands(page)
        hands.go_to(".letters a[href='/a-z/d/']")
        hands.follow()
        hands.go_to("main a[href='/terms/dropout/']")
        hands.follow()
        hands.go_to("main a[href='/tags/layers/']")
        hands.follow()
        hands.go_to("main a[href='/terms/layer/']")
        hands.follow()
        assert page.locator("h1").inner_text() == "Layer"
        assert hands.lost == []

    in_chromium(do, live_server.url, viewport=DESK)


def test_the_menu_of_a_phone_is_led_by_keys(live_server, room):
    def do(page):
        hands, menu = Hands(page), page.locator("#menu")
        assert not menu.is_visible()
        hands.go_to("[popovertarget=menu]")
        hands.press("Enter")
        assert menu.is_visible()
        page.keyboard.press("Escape")
        assert not menu.is_visible()
        assert page.evaluate("document.activeElement.matches('[popovertarget=menu]')")
        hands.press("Enter")
        hands.go_to("#menu a[href='/tags/']")
        hands.follow()
        assert page.locator("h1").inner_text() == "Tags"
        assert hands.lost == []

    in_chromium(do, live_server.url, viewport=PHONE)
