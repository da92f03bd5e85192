"""A piece of a page to Markdown: structure and links, no pictures, nothing that leads nowhere."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lxml import html
from lxml.html import HtmlElement

from ..markdown_text import term_link
from ..prose import from_html
from ..record import Flag
from .lists import entries_of
from .page import CLOSE, OPEN, Site, inner_html, replace, replace_by_text, said, unwrap

_PLACE = re.compile(f"{OPEN}(\\d+){CLOSE}")
_EMPHASIS = frozenset({"em", "i", "strong", "b", "span"})


@dataclass
class Lost:
    """Counts what of a text could not be kept as it was."""

    links: int = 0
    images: int = 0

    def flags(self) -> Iterator[Flag]:
        if self.links:
            yield Flag("relative_links", f"Links within their site only are plain text now: {self.links}.")
        if self.images:
            yield Flag("images_left_out", f"Images are links or plain text now: {self.images}.")


def markdown_of(
    element: HtmlElement, site: Site, lost: Lost, name_linked: Callable[[HtmlElement], str]
) -> str:
    """Return the Markdown of what is in an element.

    `name_linked` tells the name of the term that a link leads to, "" if to none.
    """
    body = copy.deepcopy(element)
    _make_plain_lists(body)
    for image in list(body.iter("img")):
        _replace_image(image, site, lost)
    unwrap([link for link in body.iter("a") if next(link.iterdescendants("a"), None) is not None], body)
    links: list[str] = []
    useless = []
    for link in list(body.iter("a")):
        name = name_linked(link)
        if name and said(link):
            links.append(term_link(name, said(link)))
            replace_by_text(_with_its_emphasis(link), f"{OPEN}{len(links) - 1}{CLOSE}")
        elif not _leads_somewhere(link, site, lost):
            useless.append(link)
    unwrap(useless, body)
    return _PLACE.sub(lambda place: links[int(place[1])], from_html(inner_html(body)))


def _with_its_emphasis(link: HtmlElement) -> HtmlElement:
    """Return the link, or what only puts it in italics or bold, as DocBook does with all terms."""
    around = link.getparent()
    while around is not None and around.tag in _EMPHASIS and said(around) == said(link):
        link, around = around, around.getparent()
    return link


def _make_plain_lists(body: HtmlElement) -> None:
    """Turn the definition lists inside a text, which Markdown has none of, into plain lists."""
    for nested in reversed(list(body.iter("dl"))):
        plain = html.Element("ul")
        for entry in entries_of(nested):
            point = html.Element("li")
            names = html.Element("strong")
            names.text = ", ".join(map(said, entry.terms))
            names.tail = ": " if entry.senses else None
            point.append(names)
            for sense in entry.senses:
                sense.tag, sense.tail = "span", " "
                point.append(sense)
            plain.append(point)
        replace(nested, plain)


def _replace_image(image: HtmlElement, site: Site, lost: Lost) -> None:
    text = " ".join((image.get("alt") or "").split())
    address = site.address_of(image.get("src") or "")
    lost.images += 1
    if not address or next(image.iterancestors("a"), None) is not None:
        replace_by_text(image, text)
        return
    link = html.Element("a", href=address)
    link.text = text or "Image"
    replace(image, link)


def _leads_somewhere(link: HtmlElement, site: Site, lost: Lost) -> bool:
    """Give a link its full address; count those within the site, which lead nowhere from elsewhere."""
    target = (link.get("href") or "").strip()
    address = "" if target.startswith("#") else site.address_of(target)
    if address and said(link):
        link.set("href", address)
        return True
    lost.links += bool(target) and not target.startswith("#")
    return False
