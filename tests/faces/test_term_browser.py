"""The page of a term in a real browser: previews by pointer, keys and touch, copying, paper, no scripts."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from browser import chromium, complaints_of
from builders import make_term

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LOSS = "What training makes small."
DESCENT = "A method that goes downhill step by step."
CARD = "#preview"
CODE = "for step in range(10):\n    descend()\n"


@pytest.fixture
def page_address(live_server, editor, reviewer):
    publish = partial(make_term, by=editor, reviewer=reviewer)
    loss = publish("Loss", short_definition=LOSS)
    publish("Gradient descent", short_definition=DESCENT, aliases=["Descent"])
    publish(
        "Training",
        short_definition="Making a model.",
        definition=f"The loss shrinks by descent.\n\n```\n{CODE}```\n\n{'More text. ' * 60}",
        sources=[{"title": "A source", "url": "https://example.org/source"}],
        relations=[{"kind": "related", "target": loss.public_id}],
    )
    return f"{live_server.url}/terms/training/"


class Reader:
    """A reader with a pointer, keys, and an eye on the card."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.loss = page.locator(".prose .term-link", has_text="loss")
        self.descent = page.locator(".prose .term-link", has_text="descent")
        self.card = page.locator(CARD)

    def sees(self, words: str) -> None:
        """Wait until the card shows these words."""
        self.page.locator(CARD, has_text=words).wait_for(state="visible")

    def sees_nothing(self) -> None:
        self.card.wait_for(state="hidden")

    def goes_away(self) -> None:
        self.page.mouse.move(2, 2)


def in_chromium(do: Callable[[Reader], None], address: str, **options: Any) -> None:
    """Let a reader open the page and do something there, of which the browser complains nowhere."""
    with chromium() as browser:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        complaints, page = complaints_of(context), context.new_page()
        page.goto(address)
        do(Reader(page))
        assert complaints == []


# --- Previews ------------------------------------------------------------------------------------


def test_a_pointer_on_a_link_shows_how_the_term_begins_and_takes_it_away_again(page_address):
    def do(reader):
        reader.loss.hover()
        reader.sees(LOSS)
        assert reader.card.locator("b").inner_text() == "Loss"
        # One description, not two: the title is gone while the card says it.
        assert reader.loss.get_attribute("title") is None
        assert reader.loss.get_attribute("aria-describedby") == reader.card.get_attribute("id")
        reader.goes_away()
        reader.sees_nothing()
        assert reader.loss.get_attribute("title") == LOSS
        assert reader.loss.get_attribute("aria-describedby") is None

        reader.descent.hover()
        reader.sees(DESCENT)
        assert reader.card.locator("b").inner_text() == "Gradient descent"

    in_chromium(do, page_address)


def test_the_card_stays_while_the_pointer_is_on_it_and_nobody_leaves(page_address):
    def do(reader):
        reader.page.clock.install()
        reader.loss.hover()
        reader.page.clock.run_for(1_000)
        reader.sees(LOSS)
        reader.card.hover()
        reader.page.clock.run_for(60_000)
        assert reader.card.is_visible()
        reader.loss.hover()
        reader.page.clock.run_for(60_000)
        assert reader.card.is_visible()
        reader.goes_away()
        reader.page.clock.run_for(1_000)
        assert not reader.card.is_visible()

    in_chromium(do, page_address)


def test_escape_puts_the_card_away_without_moving_and_leaving_makes_it_new(page_address):
    def do(reader):
        reader.page.clock.install()
        reader.loss.hover()
        reader.page.clock.run_for(1_000)
        reader.sees(LOSS)
        reader.page.keyboard.press("Escape")
        assert not reader.card.is_visible()
        box = reader.loss.bounding_box()
        reader.page.mouse.move(box["x"] + 3, box["y"] + 3)
        reader.page.clock.run_for(10_000)
        assert not reader.card.is_visible()
        assert reader.loss.get_attribute("title") is None

        reader.goes_away()
        reader.page.clock.run_for(1_000)
        assert reader.loss.get_attribute("title") == LOSS
        reader.loss.hover()
        reader.page.clock.run_for(1_000)
        assert reader.card.is_visible()

    in_chromium(do, page_address)


def test_the_focus_shows_the_card_at_once_and_takes_it_along(page_address):
    def do(reader):
        reader.page.clock.install()
        reader.loss.focus()
        reader.page.keyboard.press("Shift+Tab")
        assert not reader.card.is_visible()
        reader.page.keyboard.press("Tab")
        assert LOSS in reader.card.inner_text()
        reader.page.clock.run_for(60_000)
        assert reader.card.is_visible()
        reader.page.keyboard.press("Tab")
        assert DESCENT in reader.card.inner_text()
        reader.page.keyboard.press("Escape")
        assert not reader.card.is_visible()
        assert reader.page.evaluate("document.activeElement.textContent") == "descent"
        reader.page.keyboard.press("Tab")
        assert not reader.card.is_visible()

    in_chromium(do, page_address)


@pytest.mark.ci
def test_what_has_the_focus_is_shown_again_when_the_pointer_goes(page_address):
    def do(reader):
        reader.loss.focus()
        for key in ("Shift+Tab", "Tab"):  # by keys, not by a script
            reader.page.keyboard.press(key)
        reader.sees(LOSS)
        reader.descent.hover()
        reader.sees(DESCENT)
        assert reader.loss.get_attribute("title") == LOSS
        reader.goes_away()
        reader.sees(LOSS)

    in_chromium(do, page_address)


@pytest.mark.ci
def test_related_terms_show_it_too(page_address):
    def do(reader):
        reader.page.locator("[aria-labelledby=related] a", has_text="Loss").hover()
        reader.sees(LOSS)

    in_chromium(do, page_address)


def test_a_tap_follows_the_link_and_shows_no_card(page_address):
    def do(reader):
        reader.page.evaluate(
            "document.addEventListener('click', event => event.preventDefault(), { once: true })"
        )
        reader.page.clock.install()
        reader.loss.tap()
        reader.page.clock.run_for(2_000)
        assert not reader.card.is_visible()
        assert reader.loss.get_attribute("title") == LOSS
        reader.loss.tap()
        reader.page.wait_for_url("**/terms/loss/")

    in_chromium(do, page_address, has_touch=True, is_mobile=True, viewport={"width": 390, "height": 800})


INSIDE = """() => {
  const card = document.getElementById("preview").getBoundingClientRect();
  const root = document.documentElement;
  const link = document.querySelector("[aria-describedby=preview]").getBoundingClientRect();
  return {
    fits: card.left >= 0 && card.right <= root.clientWidth && card.top >= 0 && card.bottom <= innerHeight,
    covers: card.top < link.bottom && card.bottom > link.top,
    isAbove: card.bottom <= link.top,
    isWide: root.scrollWidth > root.clientWidth,
  };
}"""


@pytest.mark.parametrize(
    ("width", "direction"),
    [(320, "ltr"), *(pytest.param(*case, marks=pytest.mark.ci) for case in [(320, "rtl"), (1280, "ltr")])],
)
def test_the_card_is_inside_the_window_and_beside_its_link(page_address, width, direction):
    def do(reader):
        reader.page.evaluate("direction => (document.documentElement.dir = direction)", direction)
        for place, is_above in (("start", False), ("end", True)):
            reader.descent.evaluate("(link, place) => link.scrollIntoView({ block: place })", place)
            reader.descent.hover()
            reader.sees(DESCENT)
            assert reader.page.evaluate(INSIDE) == {
                "fits": True,
                "covers": False,
                "isAbove": is_above,
                "isWide": False,
            }
            reader.goes_away()
            reader.sees_nothing()

    in_chromium(do, page_address, viewport={"width": width, "height": 320})


SHIFTS = """() => new Promise(tell => {
  const shifts = [];
  new PerformanceObserver(list => shifts.push(...list.getEntries().map(entry => entry.value)))
    .observe({ type: "layout-shift", buffered: true });
  requestAnimationFrame(() => requestAnimationFrame(() => tell(shifts)));
})"""


def test_nothing_on_the_page_moves_for_cards_and_buttons(page_address):
    def do(reader):
        reader.loss.hover()
        reader.sees(LOSS)
        reader.descent.hover()
        reader.sees(DESCENT)
        assert reader.page.evaluate(SHIFTS) == []

    in_chromium(do, page_address)


def test_without_scripts_a_link_has_its_title_and_what_is_cited_can_be_selected(page_address):
    def do(reader):
        assert reader.loss.get_attribute("title") == LOSS
        assert reader.page.locator("button.copy").count() == 0
        reader.page.get_by_text("Cite this entry").click()
        cited = reader.page.locator("[data-copy=BibTeX]")
        cited.click()
        assert reader.page.evaluate("getSelection().toString()").startswith("@misc{term-")

    # What the browser is asked here, it is asked by the test: the page has no script.
    in_chromium(do, page_address, java_script_enabled=False)


# --- Copying -------------------------------------------------------------------------------------


def test_buttons_copy_code_links_and_citations_and_say_so(page_address):
    def do(reader):
        page = reader.page
        page.get_by_role("button", name="Copy the permanent link").click()
        assert re.fullmatch(r"http://[^/]+/t/\w+/", clipboard(page))
        assert page.get_by_role("status").filter(has_text="Copied").count() == 1

        page.locator(".prose pre").hover()
        page.get_by_role("button", name="Copy code").click()
        assert clipboard(page) == CODE

        page.get_by_text("Cite this entry").click()
        for label, begins in (("Text", "“Training”"), ("Markdown", "[Training]("), ("HTML", "<a href=")):
            page.get_by_role("button", name=f"Copy {label}").click()
            assert clipboard(page).startswith(begins)
        page.get_by_role("button", name="Copy BibTeX").press("Enter")
        assert clipboard(page).endswith("/}\n}")

    in_chromium(do, page_address, permissions=["clipboard-read", "clipboard-write"])


def clipboard(page: Any) -> str:
    return page.evaluate("navigator.clipboard.readText()")


@pytest.mark.ci
def test_copying_works_where_a_page_comes_without_https(page_address):
    def do(reader):
        page = reader.page
        page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
        page.reload()
        page.evaluate(
            "document.addEventListener('copy', event => {"
            " setTimeout(() => (window.given = event.clipboardData.getData('text/plain'))); })"
        )
        page.get_by_role("button", name="Copy the permanent link").click()
        page.locator(".copy", has_text="Copied").wait_for()

        # Where nothing can be copied by a script, the text is selected for the reader.
        page.evaluate("document.execCommand = () => false")
        page.get_by_text("Cite this entry").click()
        page.get_by_role("button", name="Copy Markdown").click()
        page.get_by_role("status").filter(has_text="Selected").wait_for(state="attached")
        assert page.evaluate("getSelection().toString()").startswith("[Training](")

    in_chromium(do, page_address)


@pytest.mark.ci
def test_only_what_scrolls_is_a_stop_for_the_keyboard(page_address):
    def do(reader):
        code = reader.page.locator(".prose pre")
        assert code.evaluate("box => box.tabIndex") == -1
        reader.page.set_viewport_size({"width": 200, "height": 800})
        reader.page.wait_for_function("document.querySelector('.prose pre').tabIndex === 0")

    in_chromium(do, page_address)


# --- Paper ---------------------------------------------------------------------------------------


def test_on_paper_stand_the_text_and_its_addresses_and_nothing_to_press(page_address):
    def do(reader):
        page = reader.page
        page.emulate_media(media="print")
        for words in ("Making a model.", "The loss shrinks", "A source", "Permanent link"):
            assert page.get_by_text(words).first.is_visible(), words
        for nothing in (
            ".masthead nav",
            ".search",
            ".foot",
            ".neighbours",
            ".cite",
            ".copy",
            ".take-part",
            ".crumbs",
        ):
            assert not page.locator(nothing).first.is_visible(), nothing
        after = "link => getComputedStyle(link, '::after').content"
        assert "https://example.org/source" in page.locator(".sources a").evaluate(after)
        assert page.pdf(format="A4").startswith(b"%PDF-")

    in_chromium(do, page_address)
