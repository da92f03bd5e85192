"""What a page costs whoever opens it: bytes, questions to others, patience, the width of a small phone."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
import reading_room
from browser import chromium, complaints_of
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client

from terms.models import Term

MOST_OF_A_TERM = 60_000
MOST_OF_SCRIPTS = 10_000


# --- Bytes ---------------------------------------------------------------------------------------


def packed(content: bytes) -> int:
    return len(gzip.compress(content, 6))


def files_of(page: str) -> set[str]:
    """Return the addresses that a page loads by itself: styles, scripts, pictures."""
    loaded = re.findall(r'<(?:script|img|source|iframe)\b[^>]*?\ssrc="([^"]+)"', page)
    linked = re.findall(r"<link\b[^>]*>", page)
    styles = [
        link for link in linked if re.search(r'\srel="(?:stylesheet|icon|preload|modulepreload)"', link)
    ]
    return set(loaded) | {re.search(r'\shref="([^"]+)"', link)[1] for link in styles}


def content_of(client: Client, address: str) -> bytes:
    """Return a file as it lies in the source, or what the site answers."""
    name = address.removeprefix("/static/")
    if name == address:
        return client.get(address).content
    with open(finders.find(name), "rb") as file:
        return file.read()


@pytest.mark.django_db
def test_all_scripts_of_readers_together_are_small():
    client, scripts = Client(), set()
    for address in reading_room.addresses_in(reading_room.fill()).values():
        page = client.get(address).content.decode()
        scripts |= {file for file in files_of(page) if file.endswith(".js")}

    sizes = {file: packed(content_of(client, file)) for file in scripts}

    assert sizes
    assert sum(sizes.values()) < MOST_OF_SCRIPTS, sizes


def heaviest(addresses: Iterable[str]) -> tuple[int, str]:
    """Return what weighs most of these pages, with all that it loads but letters."""
    client, weights = Client(), {}
    for address in addresses:
        page = client.get(address).content
        files = {file for file in files_of(page.decode()) if not file.endswith(".woff2")}
        assert len(files) >= 4
        weights[address] = packed(page) + sum(packed(content_of(client, file)) for file in files)
    return max((weight, address) for address, weight in weights.items())


@pytest.mark.django_db
def test_no_page_of_a_term_is_heavy():
    pages = reading_room.fill()["term_detail"]

    assert heaviest(pages.values()) < (MOST_OF_A_TERM, "")


@pytest.mark.ci
@pytest.mark.django_db
def test_no_term_of_the_starter_glossary_is_heavy():
    call_command("loaddata", "starter", verbosity=0)

    assert heaviest(term.get_absolute_url() for term in Term.objects.published()) < (MOST_OF_A_TERM, "")


# --- In a browser --------------------------------------------------------------------------------

WATCH = """
  window.shifts = [];
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => entry.hadRecentInput ||
    shifts.push(`${entry.value.toFixed(4)} by ${entry.sources.map(({ node }) =>
      node && (node.outerHTML || node.textContent).slice(0, 80)).join(", ")}`),
  )).observe({ type: "layout-shift", buffered: true });
"""
# Two frames and a quiet moment: what scripts do once the page stands is done, and drawn.
SETTLED = """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() =>
  requestIdleCallback(() => requestAnimationFrame(() => setTimeout(() => done(window.shifts)))))))"""


@contextmanager
def visitor(live_server: Any, **options: Any) -> Iterator[tuple[Any, list[str], set[str]]]:
    """Return a page of a reader, what the browser complains of, and the hosts that are asked."""
    with chromium() as browser:
        context = browser.new_context(**options)
        complaints, page, hosts = complaints_of(context), context.new_page(), set()
        page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
        yield page, complaints, hosts


def expect_light_steps(live_server: Any, pages: dict[str, str], slowness: int) -> None:
    """Open pages on a slow phone: nothing moves, nothing is complained of, nobody else is asked."""
    moved = {}
    with visitor(live_server, viewport={"width": 390, "height": 844}) as (page, complaints, hosts):
        processor = page.context.new_cdp_session(page)
        processor.send("Emulation.setCPUThrottlingRate", {"rate": slowness})
        page.add_init_script(WATCH)
        for name, address in pages.items():
            page.goto(live_server.url + address)
            if shifts := page.evaluate(SETTLED):
                moved[name] = shifts
        cookies = page.context.cookies()

    assert moved == {}
    assert complaints == []
    assert cookies == []
    assert hosts == {urlsplit(live_server.url).netloc}


FIRST = ("home", "term with maths", "term with table and code", "results", "long letter", "tree")
# Whoever writes to the editors gets a cookie against forged forms, and is told so.
WITH_COOKIE = {"suggest a change", "propose a term", "status of a suggestion"}


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_pages_stand_still_and_ask_nobody_else(live_server):
    pages = reading_room.addresses_in(reading_room.fill())

    expect_light_steps(live_server, {name: pages[name] for name in FIRST}, slowness=4)


@pytest.mark.ci
@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_no_page_moves_or_complains_or_asks_others(live_server):
    pages = reading_room.addresses_in(reading_room.fill())

    expect_light_steps(live_server, {name: pages[name] for name in pages.keys() - WITH_COOKIE}, slowness=2)


@pytest.mark.ci
@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_page_weighs_as_much_in_a_browser_as_was_counted(live_server):
    reading_room.fill()
    sizes = {}

    with visitor(live_server) as (page, _, _):
        page.on("requestfinished", lambda request: sizes.update({request.url: request.sizes()}))
        page.goto(f"{live_server.url}/terms/attention-mask/", wait_until="networkidle")

    counted = files_of(Client().get("/terms/attention-mask/").content.decode())
    # The italic comes when a text needs it.
    asked = {urlsplit(url).path for url in sizes if not url.endswith("serif-italic.woff2")}
    assert asked - {urlsplit(file).path for file in counted} == {"/terms/attention-mask/"}
    assert all(size["responseBodySize"] for size in sizes.values())


# --- Width ---------------------------------------------------------------------------------------

# WCAG 1.4.12: somebody's own spacing must lose nothing.
SPACED = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
    word-spacing: 0.16em !important; } p { margin-block-end: 2em !important; }`);
  document.adoptedStyleSheets = [sheet];
}"""
# What reaches beyond the window and stands in nothing that scrolls or hides.
TOO_WIDE = """() => {
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth <= clientWidth) return "";
  const isHeld = ({ parentElement: up }) => up && up !== document.body &&
    (getComputedStyle(up).overflowX !== "visible" || isHeld(up));
  const wide = [...document.body.querySelectorAll("*")].filter((node) => {
    const { left, right } = node.getBoundingClientRect();
    return (right > clientWidth + 1 || left < -1) && !isHeld(node);
  });
  return `${scrollWidth} px: ${wide.slice(-2).map((node) => node.outerHTML.slice(0, 120)).join(" ")}`;
}"""
# What is cut off because a box did not grow with its text.
CUT_OFF = """() => {
  document.querySelectorAll(".visually-hidden, .skip-link").forEach((node) => node.remove());
  return [...document.body.querySelectorAll("*")].filter((node) => {
    const { overflowX, overflowY } = getComputedStyle(node);
    const hides = (overflow) => ["hidden", "clip"].includes(overflow);
    // Less than that is the room around letters.
    const isCut = (hides(overflowX) && node.scrollWidth > node.clientWidth + 4) ||
      (hides(overflowY) && node.scrollHeight > node.clientHeight + 4);
    // A box of a pixel is for those who hear it; a field scrolls by itself.
    return isCut && node.clientWidth > 1 && node.checkVisibility() && !node.matches("input, textarea");
  }).map((node) => `cut off: ${node.outerHTML.slice(0, 120)}`);
}"""


def too_wide(page: Any, live_server: Any, pages: dict[str, str], widths: dict[str, str]) -> list[str]:
    """Open pages in windows of several widths; return what reaches beyond them, or is cut off in the last."""
    wrong = []
    for name, address in pages.items():
        page.goto(live_server.url + address)
        for width, prepare in widths.items():
            page.set_viewport_size({"width": int(width.split()[0]), "height": 800})
            if prepare:
                page.evaluate(prepare)
            found = page.evaluate(TOO_WIDE)
            wrong += [f"{name}, {width}: {found}"] if found else []
        wrong += [f"{name}: {one}" for one in page.evaluate(CUT_OFF)]
    return wrong


@pytest.mark.ci
@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_no_page_is_wider_than_a_phone_however_it_is_spaced(live_server):
    pages = reading_room.addresses_in(reading_room.fill())

    with visitor(live_server) as (page, _, _):
        widths = {"390 px": "", "320 px": "", "1280 px, spaced": SPACED, "320 px, spaced": SPACED}
        wrong = too_wide(page, live_server, pages, widths)

    assert "\n".join(wrong) == ""


@pytest.mark.ci
@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_no_page_is_too_wide_for_letters_of_twice_the_size(live_server):
    pages = reading_room.addresses_in(reading_room.fill())

    # As somebody sets it in the browser: what is measured in letters grows, and the breakpoints move.
    with chromium("--blink-settings=defaultFontSize=32,defaultFixedFontSize=26") as browser:
        page = browser.new_page()
        page.goto(live_server.url)
        assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "32px"
        widths = {"1280 px": "", "640 px": ""}
        wrong = too_wide(page, live_server, pages, widths)

    assert "\n".join(wrong) == ""
