"""Texts of other systems to our two: a plain short definition and a Markdown definition."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import nh3
from markdownify import MarkdownConverter

from .record import LONGEST_DEFINITION, LONGEST_SHORT_DEFINITION
from .sentences import first_sentence

_MARKUP = re.compile(r"[`*<>\\$]|~~|\[\[|\]\(|\^\[|__|(?<!\w)_|_(?!\w)|&#?\w+;|^\s*(?:#|[-+] |\d+[.)] )")
_PARAGRAPH_END = re.compile(r"\n[ \t]*\n")


def placed(text: str) -> tuple[str | None, str | None]:
    """Return a text as (short definition, definition): the first if it is one plain sentence that fits.

    Otherwise it is a definition as it stands; a text of nothing but blanks is an empty definition.
    """
    line = " ".join(text.split())
    is_sentence = first_sentence(line) == line and not _PARAGRAPH_END.search(text.strip())
    if line and len(line) <= LONGEST_SHORT_DEFINITION and is_sentence and not _MARKUP.search(text):
        return line, None
    return None, text.strip("\n").rstrip()


# --- Plain text ----------------------------------------------------------------------------------

_SIGN_OF_MARKDOWN = re.compile(
    r"[\\`*\]$]|~(?=~)"
    r"|(?<![^\W_])_|_(?![^\W_])"
    r"|<(?=[A-Za-z/!?])"
    r"|&(?=#?\w+;)"
    r"|^(?P<indent>[ \t]*)(?:(?P<mark>[#>+=-])|(?P<number>\d{1,9})(?P<dot>[.)])(?=[ \t]|$))",
    re.MULTILINE,
)


def escaped(text: str) -> str:
    """Return a plain text as Markdown that is read as just this text.

    Of brackets only the closing ones are escaped: `\\[` would begin a formula.
    """
    return _SIGN_OF_MARKDOWN.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    if match["mark"]:
        return f"{match['indent']}\\{match['mark']}"
    if match["number"]:
        return f"{match['indent']}{match['number']}\\{match['dot']}"
    return f"\\{match[0]}"


# --- HTML ----------------------------------------------------------------------------------------

_TAGS_OF_TEXTS = (
    "p|div|ul|ol|li|dl|dt|dd|table|tr|td|th|thead|tbody|h[1-6]|blockquote|pre|"
    "a|b|i|em|strong|code|span|cite|tt|var|q|u|abbr"
)
_OPENING = re.compile(rf"<({_TAGS_OF_TEXTS})(?:\s[^<>]{{0,2000}})?>", re.IGNORECASE)
_CLOSING = re.compile(rf"</({_TAGS_OF_TEXTS})\s{{0,10}}>", re.IGNORECASE)
_CODE = re.compile(r"(`{1,3})[^`]+\1")

_KEPT_TAGS = {
    *("p", "br", "hr", "div", "blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6"),
    *("ul", "ol", "li", "dl", "dt", "dd", "table", "thead", "tbody", "tr", "th", "td"),
    *("a", "b", "i", "em", "strong", "code", "sub", "sup", "kbd"),
}
_MOST_HTML = 2 * LONGEST_DEFINITION
_DEEPEST = 200
_MOST_TAGS = 20_000
# Those that HTML closes by itself do not nest.
_NESTING_TAG = re.compile(
    r"<(/?)(?!/?(?:p|li|dt|dd|tr|td|th|br|hr|img|thead|tbody|input|meta|link|wbr|col|source)\b)[a-z]", re.I
)
_TAG = re.compile(r"<[^<>]*>")
_BLANK_LINES = re.compile(r"\n{3,}")


def is_html(text: str) -> bool:
    """Say whether a text is written in HTML: it opens and closes a tag, outside of code.

    `<sub>`, `<sup>` and `<kbd>` do not count; they belong to our Markdown.
    """
    if "</" not in text:
        return False
    prose = _CODE.sub("", text)
    closed = {tag.lower() for tag in _CLOSING.findall(prose)}
    return any(tag.lower() in closed for tag in _OPENING.findall(prose))


def from_html(html: str) -> str:
    """Return the Markdown of a piece of HTML: its structure and links, no scripts, pictures or styles."""
    if len(html) > _MOST_HTML or html.count("<") > _MOST_TAGS or _is_nested_without_end(html):
        return escaped(unescape(_TAG.sub("", html))).strip()
    clean = nh3.clean(html, tags=_KEPT_TAGS, attributes={"a": {"href", "class"}}, link_rel=None)
    converter = _Converter(heading_style="ATX", bullets="-", sub_symbol="<sub>", sup_symbol="<sup>")
    return _BLANK_LINES.sub("\n\n", converter.convert(clean)).strip()


def _is_nested_without_end(html: str) -> bool:
    """Say whether tags are nested deeper than anybody writes: cleaning takes the square of their depth."""
    depth = 0
    for closing in _NESTING_TAG.findall(html):
        depth = max(0, depth - 1) if closing else depth + 1
        if depth > _DEEPEST:
            return True
    return False


class _Converter(MarkdownConverter):
    """Leaves out the links that generators put behind headings (¶) and those that lead nowhere else."""

    def escape(self, text: str, parent_tags: Any) -> str:
        return escaped(text)

    def convert_td(self, el: Any, text: str, parent_tags: Any) -> str:
        return super().convert_td(el, text.replace("|", "\\|"), parent_tags)  # type: ignore[misc]

    def convert_th(self, el: Any, text: str, parent_tags: Any) -> str:
        return super().convert_th(el, text.replace("|", "\\|"), parent_tags)  # type: ignore[misc]

    def convert_a(self, el: Any, text: str, parent_tags: Any) -> str:
        if "headerlink" in el.get("class", ()):
            return ""
        if el.get("href", "#").startswith("#"):
            return text
        return super().convert_a(el, text, parent_tags)  # type: ignore[misc]
