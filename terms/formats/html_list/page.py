"""A page as a tree, and small work on pieces of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from urllib.parse import urljoin

from lxml import etree, html
from lxml.html import HtmlElement

from ...errors import UnreadableFile
from ..decoding import decode

# Stand for a line break in a name and for a link in a text while these are made; no page may hold them.
BREAK, OPEN, CLOSE = "\ue000", "\ue001", "\ue002"
_OURS = re.compile("[\ue000-\ue002]")

_MOST_TAGS = 1_000_000
_DROPPED = "dropped"
_NAMED_ENCODING = re.compile(
    rb"(?:<meta[^>]{0,200}?charset|<\?xml[^>]{0,100}?encoding)\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE
)
_ENCODINGS = re.compile(
    r"(?:iso-?8859-\d+|latin-?\d|windows-125\d|cp125\d|koi8-[ru]|shift[_-]jis|euc-(?:jp|kr)|gb\w{2,7}|"
    r"big5|mac-?roman|macintosh)",
    re.IGNORECASE,
)
# What pages call Latin-1 is Windows-1252 (WHATWG, Encoding Standard).
_LATIN_1 = frozenset({"iso-8859-1", "iso8859-1", "latin1", "latin-1"})
_FURNITURE = (
    "audio", "button", "embed", "form", "iframe", "nav", "noscript", "object", "script", "style", "svg",
    "template", "video",
)  # fmt: skip
_PERMALINK_CLASSES = frozenset({"headerlink", "permalink", "anchor-link", "anchorjs-link", "heading-link"})
_PERMALINK_TEXTS = frozenset({"¶", "#", "§", "🔗", "∞"})


def page_of(data: bytes) -> HtmlElement:
    """Return the page without scripts, menus and the links that generators put behind headings.

    Raises UnreadableFile when it is empty, no text, or nested and large beyond any glossary.
    """
    text = _OURS.sub("", _text(data))
    if text.count("<") > _MOST_TAGS:
        raise UnreadableFile(f"The page has more than {_MOST_TAGS:,} tags. Split it.")
    parser = html.HTMLParser(
        encoding="utf-8", no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        page = html.document_fromstring(text.encode(), parser=parser)
    except etree.ParserError as error:
        raise UnreadableFile("The page is empty.") from error
    for problem in parser.error_log:
        if problem.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT:
            raise UnreadableFile(
                f"Line {problem.line}: tags are nested too deeply, or a text is too long, for any glossary."
            )
    drop([*page.iter(*_FURNITURE), *filter(_is_permalink, page.iter("a"))], page)
    _close_terms_and_senses(page)
    return page


def _close_terms_and_senses(page: HtmlElement) -> None:
    """Put side by side what libxml2 nests: `<dt>` and `<dd>` need no end (HTML Standard, 13.1.2.4)."""
    for element in list(page.iter("dt", "dd")):
        around = next(element.iterancestors("dl", "dt", "dd"), None)
        if around is not None and around.tag != "dl":
            around.addnext(element)


def _text(data: bytes) -> str:
    """Return the text of a page: by the encoding that it names, else as any text."""
    named = _NAMED_ENCODING.search(data[:4096])
    name = named[1].decode("ascii", errors="replace").lower() if named else ""
    if _ENCODINGS.fullmatch(name):
        try:
            text = data.decode("cp1252" if name in _LATIN_1 else name)
        except (UnicodeDecodeError, LookupError):
            return decode(data)
        if "\x00" not in text:
            return text
    return decode(data)


def _is_permalink(link: HtmlElement) -> bool:
    is_sign = (link.get("href") or "").startswith("#") and said(link) in _PERMALINK_TEXTS
    return is_sign or bool(_PERMALINK_CLASSES & classes(link))


def classes(element: HtmlElement) -> set[str]:
    return set((element.get("class") or "").lower().split())


def said(element: HtmlElement) -> str:
    """Return what an element says, on one line."""
    return " ".join(str(element.text_content()).split())


def drop(elements: Iterable[HtmlElement], page: HtmlElement) -> None:
    """Take elements out of a page, not the text behind them."""
    # One by one, lxml would copy the text before each of them again and again.
    for element in elements:
        element.tag = _DROPPED
    etree.strip_elements(page, _DROPPED, with_tail=False)


def unwrap(elements: Iterable[HtmlElement], page: HtmlElement) -> None:
    """Take elements out of a page, but not what is in them."""
    for element in elements:
        element.tag = _DROPPED
    etree.strip_tags(page, _DROPPED)


def replace_by_text(element: HtmlElement, text: str) -> None:
    """Put a text in the place of all that is in an element, which itself says no more than that."""
    element.clear(keep_tail=True)
    element.text, element.tag = text, "span"


def replace(element: HtmlElement, other: HtmlElement) -> None:
    """Put another element in the place of one, before the text that follows it."""
    other.tail = element.tail
    parent = element.getparent()
    if parent is not None:
        parent.replace(element, other)


def inner_html(element: HtmlElement) -> str:
    children = "".join(html.tostring(child, encoding="unicode") for child in element)
    return escape(element.text or "", quote=False) + children


@dataclass(frozen=True)
class Site:
    """Where a page stands, if it says so: then its links lead somewhere."""

    address: str

    @classmethod
    def of(cls, page: HtmlElement) -> Site:
        """Return what `<base>` or the canonical link tell."""
        bases = [element.get("href") or "" for element in page.iter("base")]
        canonical = [link.get("href") or "" for link in page.iter("link") if link.get("rel") == "canonical"]
        return cls(next(filter(is_web_address, [*bases, *canonical]), "").partition("#")[0])

    def address_of(self, target: str) -> str:
        """Return where a link leads; "" if that cannot be told, or is no address that a text may have."""
        try:
            full = urljoin(self.address, target.strip()) if self.address else target.strip()
        except ValueError:
            return ""
        return full if is_web_address(full) or full.lower().startswith("mailto:") else ""


def is_web_address(text: str) -> bool:
    return bool(re.fullmatch(r"https?://[^\s<>]+", text, re.IGNORECASE))
