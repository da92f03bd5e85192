"""Search in a real browser: by typing, by keys alone, without scripts, with the network in the way."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import pytest
from browser import chromium, complaints_of
from builders import make_term
from test_desk_browser import Hands, Place, look_at, showing

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SUGGEST = "**/api/v1/suggest*"


@pytest.fixture
def publish(editor, reviewer):
    return partial(make_term, by=editor, reviewer=reviewer)


@pytest.fixture
def names(publish):
    publish("Attention head", short_definition="One of several.")
    publish("Attention mask", aliases=[{"text": "Attendance list", "kind": "synonym"}])
    publish("Résumé")


class Reader:
    """A reader with a box to type into."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.box = page.locator("#q")
        self.options = page.locator("[role=option]")

    def type(self, text: str) -> None:
        """Type into the box, and wait for the names that begin so."""
        self.box.focus()
        # All at once: on a busy machine the names for the first letters come before the last ones are typed.
        self.page.keyboard.insert_text(text)
        self.options.first.wait_for()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    @property
    def chosen(self) -> str:
        """The name of the option that the box says is chosen."""
        chosen = self.page.locator("[role=option][aria-selected=true]")
        pointed_at = self.box.get_attribute("aria-activedescendant")
        if not chosen.count():
            assert pointed_at is None
            return ""
        assert pointed_at == chosen.get_attribute("id")
        return chosen.locator("b").inner_text()

    @property
    def is_open(self) -> bool:
        is_open = self.box.get_attribute("aria-expanded") == "true"
        assert self.page.locator("[role=listbox]").is_visible() is is_open
        return is_open


def in_chromium(do: Callable[[Reader], None], address: str, expected: str = "", **options: Any) -> list[str]:
    """Let a reader open a page and do something there; return the hosts that were asked.

    The browser complains of nothing, but for what has the expected words in it.
    """
    asked: list[str] = []
    with chromium() as browser:
        context = browser.new_context(**options)
        complaints, page = complaints_of(context), context.new_page()
        page.on("request", lambda request: asked.append(urlsplit(request.url).netloc))
        page.goto(address)
        do(Reader(page))
        assert [one for one in complaints if not expected or expected not in one] == []
        assert context.cookies() == []
    return asked


def test_names_are_suggested_while_typing_and_lead_to_their_terms(live_server, names):
    def do(reader):
        reader.press("/")
        reader.type("atten")
        assert reader.is_open
        assert reader.options.first.inner_html() == (
            '<b dir="auto"><mark>Atten</mark>tion head</b><small>One of several.</small>'
        )
        assert reader.page.locator("[role=status]").inner_text().startswith("2 suggestions")
        reader.options.first.click()
        reader.page.wait_for_url("**/terms/attention-head/")

    asked = in_chromium(do, live_server.url)

    assert set(asked) == {urlsplit(live_server.url).netloc}


def test_what_is_typed_is_marked_and_another_name_says_what_it_leads_to(live_server, names):
    def do(reader):
        reader.type("RESU")
        assert reader.options.first.locator("mark").inner_text() == "Résu"
        reader.box.fill("")
        reader.type("attenda")
        assert reader.options.first.inner_text().split("\n")[0] == "Attendance list"
        assert "see Attention mask." in reader.options.first.inner_text()

    in_chromium(do, f"{live_server.url}/tags/")


def test_the_list_is_led_by_keys(live_server, names):
    def do(reader):
        reader.type("attention")
        assert reader.chosen == ""
        reader.press("ArrowDown")
        assert reader.chosen == "Attention head"
        reader.press("ArrowDown")
        assert reader.chosen == "Attention mask"
        reader.press("ArrowDown")
        assert reader.chosen == "Attention head"
        reader.press("ArrowUp")
        assert reader.chosen == "Attention mask"
        reader.press("Home")
        assert reader.chosen == ""
        assert reader.box.evaluate("box => box.selectionStart") == 0
        reader.press("ArrowDown", "End")
        assert reader.chosen == ""
        assert reader.box.evaluate("box => box.selectionStart") == len("attention")

        reader.press("Escape")
        assert not reader.is_open
        assert reader.box.input_value() == "attention"
        reader.press("Alt+ArrowDown")
        assert reader.is_open
        assert reader.chosen == ""
        reader.press("Alt+ArrowUp")
        assert not reader.is_open
        reader.press("Escape")
        assert reader.box.input_value() == ""

    in_chromium(do, f"{live_server.url}/a-z/")


def test_tab_goes_on_to_the_button_however_long_the_list_is(live_server, publish):
    for number in range(10):
        publish(f"Attention {number}", short_definition="One of several heads that look at a text. " * 3)

    def do(reader):
        reader.type("attention")
        assert reader.page.locator("[role=listbox]").evaluate("list => list.scrollHeight > list.clientHeight")
        reader.press("Tab")
        assert reader.page.evaluate("document.activeElement.innerText") == "Search"

    in_chromium(do, live_server.url)


def test_enter_goes_to_the_choice_and_searches_without_one(live_server, names):
    def do(reader):
        reader.type("attention")
        reader.press("Enter")
        reader.page.wait_for_url("**/search?q=attention")
        reader.box.fill("")
        reader.type("attention m")
        reader.press("ArrowDown", "Enter")
        reader.page.wait_for_url("**/terms/attention-mask/")

    in_chromium(do, f"{live_server.url}/tags/")


def test_with_keys_alone_one_searches_narrows_and_reads(live_server, publish):
    publish("Layer norm", tags=["Training"])
    publish("Layer", tags=["Open"], definition="A layer.")
    publish("Two layers", tags=["Training"])

    def do(reader):
        hands = Hands(reader.page)
        reader.press("/")
        reader.page.keyboard.type("layer")
        reader.press("Enter")
        reader.page.wait_for_url("**/search?q=layer")
        hands.go_to(".facet-tag a")
        hands.follow()
        reader.page.wait_for_url("**/search?q=layer&tag=training")
        assert reader.page.get_by_role("heading", name="2 results for “layer”").is_visible()
        hands.go_to(".chips a")
        hands.follow()
        reader.page.wait_for_url("**/search?q=layer")
        hands.go_to(".answer a")
        hands.follow()
        reader.page.wait_for_url("**/terms/layer/")
        assert hands.lost == []

    in_chromium(do, live_server.url, viewport={"width": 1280, "height": 900})


def test_without_scripts_one_searches_narrows_and_reads(live_server, publish):
    publish("Layer norm", tags=["Training"])
    publish("Layer", tags=["Open"])

    def do(reader):
        reader.page.fill("#q", "layer")
        reader.page.keyboard.press("Enter")
        reader.page.wait_for_url("**/search?q=layer")
        assert not reader.page.locator(".facet-tag").is_visible()
        reader.page.get_by_text("Narrow these results").click()
        reader.page.locator(".facet-tag").get_by_role("link", name="Training").click()
        reader.page.wait_for_url("**/search?q=layer&tag=training")
        reader.page.locator(".results").get_by_role("link", name="Layer norm").click()
        reader.page.wait_for_url("**/terms/layer-norm/")

    in_chromium(do, live_server.url, java_script_enabled=False, viewport={"width": 390, "height": 800})


@pytest.mark.ci
def test_what_is_still_being_composed_is_not_asked(live_server, names):
    def do(reader):
        asked = []
        reader.page.clock.install()
        reader.page.route(SUGGEST, lambda route: (asked.append(route.request.url), route.continue_()))
        reader.box.focus()
        keyboard = reader.page.context.new_cdp_session(reader.page)
        keyboard.send("Input.imeSetComposition", {"text": "att", "selectionStart": 3, "selectionEnd": 3})
        reader.page.wait_for_function("document.getElementById('q').value === 'att'")
        reader.page.clock.run_for(1000)
        keyboard.send("Input.insertText", {"text": "attention"})
        reader.page.clock.run_for(1000)
        reader.options.first.wait_for()
        assert [urlsplit(url).query for url in asked] == ["q=attention"]

    in_chromium(do, f"{live_server.url}/tags/")


@pytest.mark.ci
def test_an_answer_that_comes_late_is_dropped(live_server, names):
    def do(reader):
        held = []

        def answer(route):
            if route.request.url.endswith("q=r"):
                held.append(route)
            else:
                route.continue_()

        reader.page.route(SUGGEST, answer)
        reader.box.focus()
        with reader.page.expect_request(SUGGEST):
            reader.page.keyboard.type("r")
        reader.press("Backspace")
        reader.type("attention")
        held[0].fulfill(json={"suggestions": [{"text": "Late", "name": "Late", "url": "/late/"}]})
        reader.press("ArrowDown")
        assert reader.options.locator("b").all_inner_texts() == ["Attention head", "Attention mask"]

    in_chromium(do, f"{live_server.url}/tags/")


@pytest.mark.ci
def test_without_an_answer_the_box_stays_a_plain_box(live_server, names):
    def do(reader):
        reader.page.route(SUGGEST, lambda route: route.fulfill(status=503, body="busy"))
        reader.box.focus()
        with reader.page.expect_response(SUGGEST):
            reader.page.keyboard.type("attention")
        reader.press("ArrowDown")
        assert not reader.is_open
        reader.press("Enter")
        reader.page.wait_for_url("**/search?q=attention")

    in_chromium(do, f"{live_server.url}/tags/", expected="503")


@pytest.mark.ci
@pytest.mark.parametrize("address", ["/search", "/tags/"])
def test_suggestions_fit_a_small_phone(live_server, names, address):
    def do(reader):
        reader.type("attention")
        box = reader.page.locator("[role=listbox]").bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 320
        assert reader.page.evaluate("document.documentElement.scrollWidth") <= 320
        assert reader.page.locator("#q").count() == 1

    in_chromium(do, live_server.url + address, viewport={"width": 320, "height": 600})


def typed(text: str) -> Callable[[Any], None]:
    def do(page: Any) -> None:
        Reader(page).type(text)

    return do


@pytest.mark.ci
def test_no_state_of_the_search_is_closed_to_anybody_or_too_wide_or_complains(live_server, publish):
    for number in range(23):
        publish(f"Layer {number}", tags=[f"Tag {number}", "Training"])
    publish("Layer", short_definition="A layer, no more.", aliases=[{"text": "Schicht", "language": "de"}])
    wide = "/search?q=layer&tag=training&status=published&deprecated=1"
    places = {
        "how to search": Place("", "/search", showing(".search-help dl")),
        "an answer": Place("", "/search?q=layer", showing(".answer")),
        "filters": Place("", wide, showing(".chips")),
        "a correction": Place("", "/search?q=layr", showing(".said-first strong")),
        "some of the words": Place("", "/search?q=layer+zebra", showing(".said-first")),
        "nothing": Place("", f"/search?q={'z' * 200}", showing(".empty")),
        "a bad filter": Place("", "/search?q=layer&status=draft", showing("[role=alert]")),
        "beyond the last page": Place("", "/search?q=layer&page=9", showing(".empty")),
        "suggestions": Place("", "/tags/", showing("[role=option]", typed("layer"))),
        "no page": Place("", "/terms/layr/", showing("#near")),
    }

    with chromium() as browser:
        assert look_at(browser, live_server, places, {"": ""}) == []
