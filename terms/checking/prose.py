"""What of a rendered text is prose: its paragraphs, list items, cells and headings, one by one.

Code, formulas, addresses and raised or lowered signs are not prose; `GAP` stands where they were.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser

GAP = "\ufffc"


@dataclass
class Passage:
    """One block of a text; a paragraph stands by itself, not in a list, a table or a quotation."""

    is_paragraph: bool = False
    text: str = ""


def passages(html: str) -> list[Passage]:
    """Return the blocks of HTML from `markup.to_html`, in order, footnotes left out."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return list(_tidied(reader.found))


_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s<>]*[^\s<>.,;:!?)\]]|\S+@\S+\.\w+", re.IGNORECASE)


def _tidied(found: list[Passage]) -> Iterator[Passage]:
    for passage in found:
        text = " ".join(_ADDRESS.sub(GAP, passage.text).split())
        if text:
            yield Passage(passage.is_paragraph, text)


class _Reader(HTMLParser):
    """Collects the text of each block; relies on HTML as the gate leaves it, every element closed."""

    _BLOCKS = frozenset(["p", "li", "td", "th", "h3", "h4", "h5", "h6"])
    _SURROUNDINGS = frozenset(["blockquote", "ul", "ol", "table"])
    _NOT_PROSE = frozenset(["code", "pre", "math", "sub", "sup", "kbd"])

    def __init__(self) -> None:
        super().__init__()
        self.found = [Passage()]
        self._around = 0
        self._skipped = 0
        self._in_footnotes = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        kinds = dict(attrs).get("class") or ""
        self._in_footnotes |= kinds == "footnotes"
        if tag in self._NOT_PROSE:
            self._leave_gap(is_block=tag == "pre" or dict(attrs).get("display") == "block", mark=kinds)
            self._skipped += 1
        elif tag == "br":
            self.handle_data(" ")
        elif tag in self._BLOCKS:
            self._begin(is_paragraph=tag == "p" and not self._around)
        self._around += tag in self._SURROUNDINGS

    def handle_endtag(self, tag: str) -> None:
        self._skipped -= tag in self._NOT_PROSE
        self._around -= tag in self._SURROUNDINGS

    def handle_data(self, data: str) -> None:
        if not self._skipped and not self._in_footnotes:
            self.found[-1].text += data

    def _leave_gap(self, *, is_block: bool, mark: str) -> None:
        """Code and displayed formulas are blocks of their own; a footnote's number leaves no gap."""
        if is_block:
            around = self.found[-1]
            self._begin(is_paragraph=False)
            self.handle_data(GAP)
            self._begin(is_paragraph=around.is_paragraph)
        elif mark != "footnote-ref":
            self.handle_data(GAP)

    def _begin(self, *, is_paragraph: bool) -> None:
        if not self._skipped and not self._in_footnotes:
            self.found.append(Passage(is_paragraph))
