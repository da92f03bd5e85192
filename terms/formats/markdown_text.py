"""Pieces of Markdown as they stand in files: code told apart, links to terms, what a text says plainly.

Only for reading files: how Markdown becomes a page is the business of `markup`.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ..text import initials, name_key, slug_for, words
from .documents.parentheses import tell_parenthesis
from .record import AliasRecord, Flag

_MAY_HOLD_CODE_BLOCKS = re.compile(r"```|~~~|^(?: {4}|\t)", re.MULTILINE)
_CODE_SPAN = r"(?P<code>(?<!`)(?P<ticks>`{1,20})(?!`)[^`].{0,4000}?(?<!`)(?P=ticks)(?!`))"
_CODE_SPANS = re.compile(_CODE_SPAN, re.DOTALL)
# A link with its text and its target, which may be a shortcode.
LINK = re.compile(
    r"(?<![!\\\[])\[(?P<text>(?:[^\[\]\\\n]|\\.|\n(?!\s*\n)){1,300})\]"
    r"\(\s*(?P<target>\{\{[<%][^{}]{1,200}[%>]\}\}|<[^<>\n]{0,500}>|[^\s()<>]{0,500})"
    r"(?:\s+(?:\"[^\"]{0,200}\"|'[^']{0,200}'))?\s*\)"
)
_NOT_IN_A_LINK = re.compile(r"[\[\]|\n]")
_MAY_BE_MARKED = re.compile(r"[\\`*_\[\]<>&!~]")
_LINE_END = re.compile(r"\r\n?")


@lru_cache(maxsize=1)
def parser() -> MarkdownIt:
    """Return the parser for CommonMark with tables; it keeps nothing between texts."""
    return MarkdownIt("commonmark", {"maxNesting": 20}).enable("table")


@lru_cache(maxsize=1)
def block_parser() -> MarkdownIt:
    """Return the parser that tells blocks apart and leaves what is in them as it stands."""
    return MarkdownIt("commonmark", {"maxNesting": 20}).enable("table").disable("inline")


def with_plain_line_ends(text: str) -> str:
    """Return the text with `\\n` at the end of every line, as the functions here expect it."""
    return _LINE_END.sub("\n", text)


def pieces(markdown: str) -> Iterator[tuple[str, bool]]:
    """Yield the text in pieces, each with whether it is code (blocks and spans); joined they are the text."""
    for block, is_code in _blocks(markdown):
        if is_code or "`" not in block:
            yield block, is_code
            continue
        at = 0
        for span in _CODE_SPANS.finditer(block):
            yield block[at : span.start()], False
            yield span[0], True
            at = span.end()
        yield block[at:], False


def code_ranges(markdown: str) -> list[tuple[int, int]]:
    """Return where code begins and ends, in order."""
    ranges, at = [], 0
    for piece, is_code in pieces(markdown):
        if is_code:
            ranges.append((at, at + len(piece)))
        at += len(piece)
    return ranges


def is_within(ranges: list[tuple[int, int]], place: int) -> bool:
    """Say whether a place lies in one of these ranges, which stand in order."""
    before = bisect_right(ranges, (place, sys.maxsize)) - 1
    return before >= 0 and place < ranges[before][1]


def substituted(markdown: str, pattern: re.Pattern[str], replace: Callable[[re.Match[str]], str]) -> str:
    """Return the text with every match outside of code replaced."""
    return "".join(
        piece if is_code else pattern.sub(replace, piece) for piece, is_code in pieces(markdown) if piece
    )


def _blocks(markdown: str) -> Iterator[tuple[str, bool]]:
    if not _MAY_HOLD_CODE_BLOCKS.search(markdown):
        yield markdown, False
        return
    lines = markdown.split("\n")
    lines = [f"{line}\n" for line in lines[:-1]] + lines[-1:]
    at = 0
    for token in block_parser().parse("".join(lines)):
        if token.type in ("fence", "code_block") and token.map and token.map[0] >= at:
            yield "".join(lines[at : token.map[0]]), False
            yield "".join(lines[token.map[0] : token.map[1]]), True
            at = token.map[1]
    yield "".join(lines[at:]), False


@lru_cache(maxsize=2_000)
def plain_inline(markdown: str) -> str:
    """Return what a line of Markdown says without its marks; links and images say their text."""
    if not _MAY_BE_MARKED.search(markdown):
        return " ".join(markdown.split())
    tokens = parser().parseInline(markdown)
    return " ".join(_said(tokens[0].children or []).split()) if tokens else ""


def _said(tokens: list[Token]) -> str:
    said = {"softbreak": " ", "hardbreak": " "}
    return "".join(
        token.content
        if token.type in ("text", "code_inline", "image", "text_special")
        else said.get(token.type, "")
        for token in tokens
    )


_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//|#|$", re.IGNORECASE)


def leads_elsewhere(target: str) -> bool:
    """Say whether the target of a link is no path within the site it came from."""
    return bool(_ELSEWHERE.match(target))


def relative_links(markdown: str) -> Iterator[Flag]:
    """Yield a flag if links lead within the site that the text came from, which is not ours."""
    targets = [
        link["target"].strip("<>")
        for piece, is_code in pieces(markdown)
        if not is_code
        for link in LINK.finditer(piece)
    ]
    relative = [target for target in targets if not leads_elsewhere(target) and "{{" not in target]
    if relative:
        listed = ", ".join(f"“{target:.80}”" for target in dict.fromkeys(relative))
        message = f"Links lead within the site it came from; give the address: {listed:.300}."
        yield Flag("relative_link", message)


# --- Links to terms ------------------------------------------------------------------------------


def term_link(name: str, shown: str = "") -> str:
    """Return the forced link to the term of this name, showing this plain text.

    A name that cannot stand in such a link gives the text alone.
    """
    shown = " ".join((shown or name).split())
    if not name.strip() or _NOT_IN_A_LINK.search(name) or len(name) > 300 or len(shown) > 300:
        return shown
    shown = re.sub(r"[\[\]]", "", shown)
    return f"[[{shown}]]" if name_key(shown) == name_key(name) else f"[[{name}|{shown}]]"


class AddressBook:
    """The names of terms by what the files of one collection call them: file name, id, title."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def enter(self, reference: str, name: str) -> None:
        """Remember the name; what was entered first under the same reference stays."""
        if reference.strip():
            self._names.setdefault(slug_for(reference), name)

    def find(self, reference: str) -> str | None:
        """Return the name of the term with this address, id or title, however its capitals are."""
        return self._names.get(slug_for(reference)) if reference.strip() else None

    def name_for(self, reference: str) -> str:
        """Return the name, or what the reference says if it is not known."""
        return self.find(reference) or re.sub(r"[-_]+", " ", reference).strip() or reference


# --- Names -----------------------------------------------------------------------------

_PARENTHESIS = re.compile(r"([^()]{2,180}?)\s*\(([^()]{2,100})\)")
_SURE_ENOUGH = 0.9
_ACRONYM = re.compile(r"(?=.*[A-Z].*[A-Z0-9])[A-Za-z][A-Za-z0-9&/.-]{1,9}")


@dataclass(frozen=True)
class Names:
    """A name and the acronym or full form that stood behind it in parentheses."""

    name: str
    aliases: tuple[AliasRecord, ...] = ()


def names_in(title: str, text: str = "") -> Names:
    """Tell name and other name of a title apart: “Pod Disruption Budget (PDB)”, “cgroup (control group)”.

    A parenthesis that is not surely another name of what the text below speaks of stays part of the name.
    """
    whole = " ".join(title.split())
    match = _PARENTHESIS.fullmatch(whole)
    if match and is_acronym(match[2], match[1]):
        return Names(match[1], (AliasRecord(match[2], "acronym"),))
    if match and is_acronym(match[1], match[2]):
        return Names(match[1], (AliasRecord(match[2], "full_form"),))
    told = tell_parenthesis(match[1], match[2], text) if match else None
    if match and told and told.role == "names" and told.certainty >= _SURE_ENOUGH:
        return Names(match[1], tuple(AliasRecord(other.text, other.kind) for other in told.names))
    return Names(whole)


def is_acronym(short: str, name: str) -> bool:
    """Say whether a word with capitals is made of the letters of the name, beginning with its first.

    So is one of just the capitals of the name: “XML” of “eXtensible Markup Language”.
    """
    if not _ACRONYM.fullmatch(short.strip()) or len(words(name)) < 2:
        return False
    if short.strip() == "".join(sign for sign in name if sign.isupper()):
        return True
    letters = [sign for sign in short.lower().removesuffix("s") if sign.isalnum()]
    if letters[:1] != list(initials(name)[:1]):
        return False
    rest = iter("".join(words(name)))
    return all(any(letter == other for other in rest) for letter in letters)


def other_names(name: str, titles: Iterable[str], short_definition: str = "") -> tuple[AliasRecord, ...]:
    """Return the aliases that stand beside a name, each once, and what an acronym is defined to stand for.

    A definition that only spells the name out (“API”: “Application programming interface”) is its full form.
    """
    found = {name_key(title): AliasRecord(title, _kind_of(title, name)) for title in titles if title.strip()}
    full_form = short_definition.strip().rstrip(".")
    if is_acronym(name, full_form) and len(words(full_form)) <= 2 * len(name):
        found.setdefault(name_key(full_form), AliasRecord(full_form, "full_form"))
    found.pop(name_key(name), None)
    return tuple(found.values())


def _kind_of(title: str, name: str) -> str:
    return "acronym" if is_acronym(title, name) else "synonym"
