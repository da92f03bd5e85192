"""Texts of RDF, which are plain or HTML, to ours, which are Markdown, and back."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import NamedTuple

from ..markdown_text import parser, plain_inline
from ..prose import escaped, from_html, is_html
from ..record import LONGEST_SHORT_DEFINITION
from ..sentences import first_sentence
from .graph import Literal, tidy_language
from .vocabulary import HTML, MARKDOWN, XML_LITERAL

_LONGEST_ADDRESS = 1000
_LONGEST_LEAD = 5000
_CONTROL_SIGNS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_NO_SIGNS = re.compile("[\ud800-\udfff\ufffe\uffff]")
_LINE_END = re.compile(r"\r\n?")
_PARAGRAPH_END = re.compile(r"\n[ \t]*\n")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_WEB_ADDRESS = re.compile(
    r"https?://(?:[^\s/?#@]+@)?(?:localhost|[^\s/?#:]+\.[^\s/?#:]{2,}|\[[0-9A-Fa-f:.]+\])(?::\d+)?(?:[/?#]\S*)?"
)
_LANGUAGE_IN_HTML = re.compile(
    r"\s*<[a-z]+\b[^<>]*?\s(?:xml:)?lang\s*=\s*[\"']([A-Za-z-]{2,35})[\"']", re.IGNORECASE
)


class Text(NamedTuple):
    """A text as Markdown; `plain` is the same without marks, None if the marks say something.

    `place` is its number in our own files, where it has one.
    """

    markdown: str
    plain: str | None
    language: str
    place: int = 0

    @property
    def sentence(self) -> str:
        """The text if it is one plain sentence that fits as a short definition, else empty."""
        line = " ".join((self.plain or "").split())
        is_one = len(line) <= LONGEST_SHORT_DEFINITION and first_sentence(line) == line
        return line if is_one and not _PARAGRAPH_END.search((self.plain or "").strip()) else ""


def tidy(text: str) -> str:
    """Return a text with `\\n` as its line ends and without signs that XML forbids."""
    return _NO_SIGNS.sub("\ufffd", _CONTROL_SIGNS.sub("", _LINE_END.sub("\n", text)))


def one_line(text: str) -> str:
    """Return a tidy text with single blanks between its words."""
    return " ".join(tidy(text).split())


def read(value: Literal, *, guess: bool = False) -> Text:
    """Return the text of a literal: as Markdown if it says so, from HTML, else plain.

    A guess is that a plain text may be HTML that its writer forgot to call so.
    """
    text = tidy(value.text)
    if value.datatype == MARKDOWN:
        return Text(text, unmarked(text), "")
    text = text.strip()
    if value.datatype in (HTML, XML_LITERAL):
        language = _LANGUAGE_IN_HTML.match(text)
        markdown = from_html(text)
        return Text(markdown, unmarked(markdown), tidy_language(language[1]) if language else "")
    if guess and is_html(text):
        markdown = from_html(text)
        return Text(markdown, unmarked(markdown), value.language)
    return Text(escaped(text), text, value.language)


def as_line(value: Literal) -> str:
    """Return what a literal says, as one plain line."""
    return one_line(plain(read(value).markdown) if value.datatype in (HTML, XML_LITERAL) else value.text)


def unmarked(markdown: str) -> str | None:
    """Return the plain text that is `markdown` when escaped, None when the marks in it say something."""
    plain = _ESCAPED.sub(r"\1", markdown)
    return plain if escaped(plain) == markdown else None


def plain(markdown: str) -> str:
    """Return what a Markdown text says without its marks, block by block."""
    blocks = []
    for token in parser().parse(markdown):
        if token.type == "inline":
            blocks.append(plain_inline(token.content))
        elif token.type in ("fence", "code_block"):
            blocks.append(token.content.rstrip())
    return "\n\n".join(block for block in blocks if block)


def is_web_address(text: str) -> bool:
    """Say whether a text is an address that a source can have."""
    return len(text) <= _LONGEST_ADDRESS and bool(_WEB_ADDRESS.fullmatch(text))


def lead(markdown: str) -> str:
    """Return what the first paragraph of a Markdown text says, as one plain line; empty without one."""
    for before, token in pairwise(parser().parse(tidy(markdown)[:_LONGEST_LEAD])):
        if before.type == "paragraph_open" and token.type == "inline":
            return one_line(plain_inline(token.content))
    return ""
