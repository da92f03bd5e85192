"""Every page of readers as it is for those who see, hear or hold it differently: axe finds nothing grave,
by day and by night, on a desk and on a phone, from left to right and from right to left.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import reading_room
from browser import chromium
from django.test import Client, override_settings
from test_desk_browser import AXE, Hands

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# The size of targets is in WCAG 2.2 AA, and not yet among what axe looks for unasked.
FIND = """async (only) => {
  document.getAnimations().forEach((animation) => animation.finish());
  // What scripts do when the window has another width, they do after a frame.
  for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame);
  const { violations } = await axe.run(document, {
    resultTypes: ["violations"],
    preload: false,
    rules: { "target-size": { enabled: true } },
    ...(only && { runOnly: { type: "rule", values: only }, rules: {} }),
  });
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id} at ${target.join(" ")}: ${failureSummary}`));
}"""
DESK, PHONE = 1280, 390
COLORS = ["color-contrast", "link-in-text-block"]
# How wide and how light it is. What is not said of colors is the same by day and by night.
LOOKS = [(DESK, "light", None), (DESK, "dark", COLORS), (PHONE, "light", None), (PHONE, "dark", COLORS)]


def findings(page: Any, name: str, looks: list = LOOKS) -> list[str]:
    """Return what axe finds grave on the page that is open."""
    page.evaluate(AXE)
    wrong = []
    for width, scheme, rules in looks:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        wrong += [f"{name}, {scheme}, {width} px: {found}" for found in page.evaluate(FIND, rules)]
    return wrong


def look_through(address: str, pages: dict[str, str], looks: list = LOOKS) -> str:
    """Open all pages in one browser; return what is wrong, a line each."""
    wrong = []
    with chromium() as browser:
        page = browser.new_context(viewport={"width": DESK, "height": 900}).new_page()
        for name, where in pages.items():
            page.goto(address + where)
            wrong += findings(page, name, looks)
    return "\n".join(wrong)


def test_the_pages_that_most_people_see_are_closed_to_nobody(live_server):
    pages = reading_room.addresses_in(reading_room.fill())
    first = ("home", "long letter", "term with table and code", "answer", "no term")

    wrong = look_through(live_server.url, {name: pages[name] for name in first}, LOOKS[1:3])

    assert wrong == ""


@pytest.mark.ci
def test_no_page_is_closed_to_anybody(live_server):
    pages = reading_room.addresses_in(reading_room.fill())

    assert look_through(live_server.url, pages) == ""


@pytest.mark.ci
def test_no_page_is_closed_to_those_who_read_from_right_to_left(live_server):
    pages = reading_room.addresses_in(reading_room.fill())

    with override_settings(LANGUAGE_CODE="ar"):
        assert 'dir="rtl"' in Client().get("/").content.decode()
        assert look_through(live_server.url, pages, LOOKS[2:3]) == ""


# --- What opens on a page ------------------------------------------------------------------------


@dataclass(frozen=True)
class Opened:
    """Something that a page shows only when it is asked for: where, how it is opened, what is seen then."""

    address: str
    act: Callable[[Any], None]
    shown: str
    widths: tuple[int, ...] = (DESK, PHONE)


def press(wanted: str) -> Callable[[Any], None]:
    return lambda page: page.locator(wanted).first.click()


def point_at(wanted: str) -> Callable[[Any], None]:
    return lambda page: page.locator(wanted).first.hover()


def focus(wanted: str) -> Callable[[Any], None]:
    """Go on with Tab until the focus is there, as only keys show what keys are to show."""
    return lambda page: Hands(page).go_to(wanted)


OPENED = {
    "suggestions": Opened("/tags/", lambda page: page.locator("#q").type("layer"), "[role=option]"),
    "filters": Opened("/search?q=layer", press(".facets summary"), ".facet-tag a", (PHONE,)),
    "how to search": Opened("/search?q=zzz", press(".search-help summary"), ".search-help dl"),
    "some downloads": Opened("/download/", press("main summary"), "details.narrow[open] label"),
    "menu": Opened("/tags/", press("[popovertarget=menu]"), "#menu:popover-open", (PHONE,)),
    "preview": Opened("/terms/dropout/", point_at(".prose a[data-term]"), "#preview"),
    "preview by keys": Opened("/terms/dropout/", focus(".prose a[data-term]"), "#preview"),
    "cite": Opened("/terms/dropout/", press(".cite summary"), ".cite pre"),
    "copied": Opened("/terms/attention-mask/", press(".prose .copy"), ".copy:has-text('Copied')"),
    "tree folded": Opened("/tree/", press("[data-fold]"), ".tree [aria-expanded=false]"),
    "tree by keys": Opened("/tree/", focus(".tree [role=treeitem]"), ".tree :focus"),
}


@pytest.mark.ci
def test_what_opens_on_a_page_is_closed_to_nobody(live_server):
    reading_room.fill()
    wrong = []

    with chromium() as browser:
        for name, opened in OPENED.items():
            for width in opened.widths:
                context = browser.new_context(viewport={"width": width, "height": 900})
                page = context.new_page()
                page.goto(live_server.url + opened.address)
                opened.act(page)
                page.locator(opened.shown).first.wait_for(timeout=5_000)
                wrong += findings(page, name, [(width, "light", None), (width, "dark", COLORS)])
                context.close()

    assert "\n".join(wrong) == ""
