"""What programs read of the site, held against the specification of its form.

Each function takes bytes or text, fails with a sentence about what is wrong, and returns what a
reader of that form would have understood.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from lxml import etree

SCHEMAS = Path(__file__).resolve().parent / "schemas"
ATOM = "{http://www.w3.org/2005/Atom}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def valid_xml(data: bytes, schema: str) -> Any:
    """Return the root of a document that keeps the schema (RELAX NG) of this name."""
    root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))
    relaxng = _schema(schema)
    assert relaxng.validate(root), f"{schema}: {relaxng.error_log.last_error}"
    return root


@cache
def _schema(name: str) -> etree.RelaxNG:
    return etree.RelaxNG(etree.parse(SCHEMAS / f"{name}.rng"))


# --- Atom ----------------------------------------------------------------------------------------


def valid_feed(data: bytes) -> dict[str, Any]:
    """Return a feed that keeps RFC 4287, with the rules that its schema cannot say, and RFC 5005."""
    root = valid_xml(data, "atom")
    entries = root.findall(f"{ATOM}entry")
    for element in (root, *entries):
        _check_links(element)
    ids = [entry.findtext(f"{ATOM}id") for entry in entries]
    assert len(set(ids)) == len(ids), "Two entries have the same id."
    assert root.findtext(f"{ATOM}id") not in ids, "An entry has the id of its feed."
    has_author = root.find(f"{ATOM}author") is not None
    assert has_author or all(entry.find(f"{ATOM}author") is not None for entry in entries), "No author."
    moments = [datetime.fromisoformat(entry.findtext(f"{ATOM}updated")) for entry in entries]
    assert moments == sorted(moments, reverse=True), "The entries are not in order."
    updated = datetime.fromisoformat(root.findtext(f"{ATOM}updated"))
    assert all(moment <= updated for moment in moments), "An entry is newer than its feed."
    return {
        "title": root.findtext(f"{ATOM}title"),
        "id": root.findtext(f"{ATOM}id"),
        "updated": updated,
        "language": root.get("{http://www.w3.org/XML/1998/namespace}lang"),
        "subtitle": root.findtext(f"{ATOM}subtitle"),
        "author": root.findtext(f"{ATOM}author/{ATOM}name"),
        "links": _links(root),
        "entries": [_entry(entry) for entry in entries],
    }


def _entry(entry: Any) -> dict[str, Any]:
    content = entry.find(f"{ATOM}content")
    html = content.text if content is not None and content.get("type") == "html" else ""
    assert not _relative_addresses(html), "A content has an address that leads nowhere in a reader."
    return {
        "id": entry.findtext(f"{ATOM}id"),
        "title": entry.findtext(f"{ATOM}title"),
        "updated": datetime.fromisoformat(entry.findtext(f"{ATOM}updated")),
        "link": _links(entry)["alternate"],
        "summary": entry.findtext(f"{ATOM}summary") or "",
        "content": html,
        "author": entry.findtext(f"{ATOM}author/{ATOM}name") or "",
        "tags": {tag.get("term"): tag.get("label") for tag in entry.findall(f"{ATOM}category")},
    }


def _check_links(element: Any) -> None:
    links = element.findall(f"{ATOM}link")
    alternates = [
        (link.get("type"), link.get("hreflang")) for link in links if _relation(link) == "alternate"
    ]
    assert len(set(alternates)) == len(alternates), "Two links of a kind say the same."
    for relation in ("self", "first", "previous", "next", "last"):
        assert sum(_relation(link) == relation for link in links) <= 1, f"Several links are {relation}."
    has_content = element.tag == f"{ATOM}feed" or element.find(f"{ATOM}content") is not None
    assert alternates or has_content, "An entry has neither a content nor a page."


def _links(element: Any) -> dict[str, str]:
    return {_relation(link): link.get("href") for link in element.findall(f"{ATOM}link")}


def _relation(link: Any) -> str:
    return link.get("rel") or "alternate"


class _Addresses(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in {"href", "src"}]


def _relative_addresses(html: str) -> list[str]:
    parser = _Addresses()
    parser.feed(html)
    return [address for address in parser.found if not re.match(r"[a-z]+:", address)]


# --- Site maps -----------------------------------------------------------------------------------


def valid_sitemap(data: bytes, *, host: str) -> dict[str, str]:
    """Return the addresses of a site map, or of the parts of one, with their times of change."""
    assert len(data) <= 52_428_800, "A site map has more than 50 MB."
    root = valid_xml(data, "sitemap")
    locations = [one.findtext(f"{SITEMAP}loc") for one in root]
    assert len(locations) <= 50_000, "A site map has more than 50,000 addresses."
    assert len(set(locations)) == len(locations), "An address is there twice."
    assert all(one.startswith(f"{host}/") for one in locations), "An address is of another site."
    return {one.findtext(f"{SITEMAP}loc"): one.findtext(f"{SITEMAP}lastmod") or "" for one in root}


# --- llms.txt ------------------------------------------------------------------------------------

# As the reader of llmstxt.org takes a file apart.
_LINK = re.compile(r"-\s*\[(?P<title>[^\]]+)\]\((?P<url>[^)\s]+)\)(?::\s*(?P<note>\S.*))?")


def valid_llms_txt(text: str) -> dict[str, Any]:
    """Return title, summary and sections of a file that keeps the format of llmstxt.org."""
    head, *sections = re.split(r"^## ", text, flags=re.MULTILINE)
    title, *blocks = head.strip().split("\n\n")
    assert re.fullmatch(r"# \S.*", title), f"“{title:.60}” is no title."
    assert not re.search(r"^#", "\n".join(blocks), re.MULTILINE), "There is a heading before the sections."
    summary = blocks[0].removeprefix("> ") if blocks and blocks[0].startswith("> ") else ""
    assert "\n" not in summary, "The summary has several lines."
    found = dict(_section(section) for section in sections)
    assert len(found) == len(sections), "Two sections are called the same."
    assert "Optional" not in list(found)[:-1], "What is optional comes last."
    return {"title": title[2:], "summary": summary, "text": blocks[bool(summary) :], "sections": found}


def _section(section: str) -> tuple[str, list[dict[str, str]]]:
    name, _, rest = section.partition("\n")
    lines = [line for line in rest.split("\n") if line.strip()]
    links = [(line, _LINK.fullmatch(line)) for line in lines]
    wrong = [line for line, link in links if link is None]
    assert name.strip(), "A section has no name."
    assert not wrong, f"“{wrong[0]:.80}” is no link."
    return name.strip(), [
        {key: value or "" for key, value in link.groupdict().items()} for _, link in links if link is not None
    ]
