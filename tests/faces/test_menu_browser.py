"""The menu on a phone: it opens over the page, with a keyboard, with a finger, and without scripts."""

from __future__ import annotations

import pytest
from browser import chromium, complaints_of
from builders import make_term

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def reader(live_server):
    """A reader of the site, at the page of a term."""
    make_term("Dropout", tags=["Training"])
    with chromium() as browser:

        def start(**options):
            context = browser.new_context(viewport=PHONE, **options)
            page = context.new_page()
            page.complaints = complaints_of(context)
            page.goto(f"{live_server.url}/terms/dropout/")
            return page

        yield start


def is_open(page):
    return page.locator("#menu").is_visible()


def focused(page):
    return page.evaluate("document.activeElement.textContent.trim()")


def test_the_menu_opens_with_the_keyboard_and_escape_leads_back(reader):
    page = reader()
    assert not is_open(page)

    page.get_by_role("button", name="Menu").focus()
    page.keyboard.press("Enter")

    assert is_open(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert focused(page) == "A–Z"
    page.keyboard.press("Escape")
    assert not is_open(page)
    assert focused(page) == "Menu"
    assert page.complaints == []


def test_a_press_beside_the_menu_closes_it_and_so_does_its_button(reader):
    page = reader()

    page.get_by_role("button", name="Menu").click()
    page.mouse.click(200, 800)
    assert not is_open(page)

    page.get_by_role("button", name="Menu").click()
    page.get_by_role("button", name="Close").click()
    assert not is_open(page)


def test_the_menu_needs_no_script(reader):
    page = reader(java_script_enabled=False)

    page.get_by_role("button", name="Menu").click()
    page.get_by_role("link", name="Tags", exact=True).click()

    assert page.url.endswith("/tags/")
    assert page.locator("h1").inner_text() == "Tags"


def test_a_phone_shows_the_search_box_and_links_that_a_finger_hits(reader):
    page = reader()
    box = page.locator("#q").bounding_box()
    assert box["y"] + box["height"] < 130

    page.get_by_role("button", name="Menu").click()

    boxes = [one.bounding_box() for one in page.locator("#menu a, .menu-button:visible").all()]
    assert len(boxes) >= 6
    assert all(box["height"] >= 44 for box in boxes), boxes


def test_on_a_wide_page_the_menu_stands_in_the_masthead(reader):
    page = reader()
    page.get_by_role("button", name="Menu").click()

    # The phone is turned while the menu is open.
    page.set_viewport_size({"width": 1280, "height": 800})
    page.keyboard.press("Escape")

    assert page.get_by_role("link", name="Tags", exact=True).bounding_box()["y"] < 80
    assert not page.get_by_role("button", name="Menu").is_visible()


@pytest.mark.ci
def test_text_spaced_by_the_reader_is_not_cut_off(reader, live_server):
    """WCAG 1.4.12: nothing is lost with wider lines, letters, words and paragraphs."""
    page = reader(bypass_csp=True)
    spacing = (
        "* { line-height: 1.5 !important; letter-spacing: 0.12em !important; "
        "word-spacing: 0.16em !important } p { margin-block-end: 2em !important }"
    )
    cut_off = """() => [...document.querySelectorAll("a, button, p, h1, h2, dt, dd, li, summary")]
        .filter((one) => one.checkVisibility() && !one.closest(".visually-hidden, .skip-link"))
        .filter((one) => getComputedStyle(one).overflow === "hidden")
        .filter((one) => one.scrollHeight > one.clientHeight + 1)
        .map((one) => one.textContent.trim())"""

    for address in ("/", "/a-z/", "/tags/", "/tags/training/", "/changes/", "/about/", "/nothing/"):
        page.goto(live_server.url + address)
        page.add_style_tag(content=spacing)

        assert page.evaluate(cut_off) == [], address
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], address
