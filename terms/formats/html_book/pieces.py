"""What all parts of the book write alike: plain texts, languages, links and anchors."""

from __future__ import annotations

import re
from html import escape
from urllib.parse import quote

from ..languages import direction

_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def shown(text: str | None) -> str:
    """Return a plain text as HTML."""
    return escape(_UNPRINTABLE.sub("\ufffd", text or ""))


def name_in(language: str, name: str) -> str:
    """Return a name as HTML; `language` is empty where it is that of the page."""
    marks = f' lang="{shown(language)}" dir="{direction(language)}"' if language else ""
    return f"<bdi{marks}>{shown(name)}</bdi>"


def web_link(address: str, title: str = "", *, relation: str = "") -> str:
    """Return a link to a page of the web; the words alone where the address is none of those."""
    said = shown(title or address)
    if not re.match(r"(?i)https?://", address):
        return said
    rel = f' rel="{relation}"' if relation else ""
    return f'<a href="{shown(address)}"{rel}>{said}</a>'


def place_of(id: str) -> str:
    """Return the anchor of a term."""
    return f"t-{quote(id, safe='', errors='replace')}"


def address_in_book(id: str) -> str:
    return f"#{quote(place_of(id))}"
