"""Headings of a long text as places to go to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape, unescape

from django.utils.safestring import SafeString, mark_safe

from .. import text
from .linear import to_linear

_HEADING = re.compile(r"<(?P<tag>h[3-6])>(?P<inside>.*?)</(?P=tag)>", re.DOTALL)
_FORMULA = re.compile(r"<math.*?<annotation[^<>]*>(?P<source>[^<]*)</annotation>.*?</math>", re.DOTALL)
_TAG = re.compile(r"<[^<>]*>")


@dataclass(frozen=True)
class Heading:
    """A heading of a text: what it says, how deep it stands (1 is the highest), and its anchor."""

    text: str
    depth: int
    anchor: str


def with_anchors(html: SafeString) -> tuple[SafeString, list[Heading]]:
    """Give the headings of HTML that `to_html` made an anchor each; return them too.

    An anchor is made of the words of its heading, so that it stays when other headings come and go.
    It begins with `in-`, which no other anchor on a page does.
    """
    if "<h3>" not in html:
        return html, []
    headings: list[Heading] = []
    anchors = _Anchors()

    def anchored(match: re.Match[str]) -> str:
        said = _said(match["inside"])
        anchor = anchors.new(said)
        headings.append(Heading(said, int(match["tag"][1]) - 2, anchor))
        return f'<{match["tag"]} id="{escape(anchor)}">{match["inside"]}</{match["tag"]}>'

    linked = _HEADING.sub(anchored, html)
    return mark_safe(linked), headings  # noqa: S308 - safe HTML, and an anchor that is escaped


def _said(html: str) -> str:
    in_line = _FORMULA.sub(lambda formula: escape(to_linear(unescape(formula["source"]))), html)
    return " ".join(unescape(_TAG.sub("", in_line)).split())


class _Anchors:
    """The anchors of one text; of equal headings the second gets a number."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        # Where to go on counting: a text can consist of one heading a thousand times.
        self._next: dict[str, int] = {}

    def new(self, said: str) -> str:
        first = anchor = f"in-{text.slug_for(said)}"
        while anchor in self._taken:
            self._next[first] = self._next.get(first, 1) + 1
            anchor = f"{first}-{self._next[first]}"
        self._taken.add(anchor)
        return anchor
