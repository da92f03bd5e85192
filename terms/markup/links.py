"""Links to terms: which names a text links by force, and links made in HTML from the gate."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape, unescape
from itertools import accumulate
from typing import Protocol

from django.utils.safestring import SafeString, mark_safe

from .parsing import all_tokens, markdown_parser
from .signs import set_of, without_foreign_signs


@dataclass(frozen=True)
class Target:
    """Where the name of another term leads to.

    `title` is its short definition. Where `spelling` is given, running text is linked only when
    it is spelt just so: the acronym *IT* is not the word *it*. A name `only_by_force` is linked
    where it stands in double brackets, never in running text.
    """

    url: str
    title: str
    public_id: str
    spelling: str = ""
    only_by_force: bool = False


class Lookup(Protocol):
    """The names that can be linked, by key; `longest` is the most words any of them has."""

    longest: int

    def get(self, key: str, /) -> Target | None:
        """Return where the name with this key leads, or None."""


def linked_names(markdown: str) -> list[str]:
    """Return the names that the text links by force (`[[Name]]`), each once, in order."""
    tokens = markdown_parser().parse(without_foreign_signs(markdown), {})
    return list(dict.fromkeys(token.meta["name"] for token in all_tokens(tokens) if token.type == "term_ref"))


def link_terms(
    html: SafeString,
    lookup: Lookup,
    *,
    key: Callable[[str], str],
    skip: Collection[str] = (),
    automatic: bool = True,
    mark_unknown: bool = False,
) -> SafeString:
    """Make links of the names of other terms in HTML that `to_html` made.

    Forced names are linked wherever they stand, if they can be resolved. With `automatic` the first
    occurrence of each other name is linked too: longest match, whole words, never inside links,
    code, headings or formulas. Targets whose public id is in `skip` (the term itself) stay text.
    With `mark_unknown` a forced name that leads nowhere says so, to those who can put it right.

    `key` makes the key of a name; it must work piecewise, as `text.name_key` does: the key of
    several words is their keys with what stands between them, white space as one blank. Words
    are counted as `text.words` counts them. Scripts without blanks between words are linked only
    by force. Linking what is linked already changes nothing.
    """
    linked = _Linker(lookup, key, skip, automatic, mark_unknown).run(html)
    return mark_safe(linked)  # noqa: S308 - safe HTML, and links whose every part is escaped


_PIECE = re.compile(
    r'<span class="term-ref" data-name="(?P<name>[^"]*)">(?P<shown>[^<]*)</span>'
    r'|<(?P<close>/?)(?P<tag>[a-z][a-z0-9]*)(?:[^>"]++|"[^"]*+")*+>'
    r"|(?P<text>[^<]+)|<"
)
_LINKED_ALREADY = re.compile(r'<a class="term-link" [^<]*?data-term="([^"]*)"')
_NOT_RUNNING_TEXT = set_of("a code h1 h2 h3 h4 h5 h6 kbd math pre")
# A word may carry combining marks; every other sign stands for itself.
_TOKEN = re.compile(r"(?P<blank>\s*)(?P<sign>(?P<word>[^\W_]+(?:[\u0300-\u036f]+[^\W_]*)*)|\S)")


class _Linker:
    """Walks through the pieces of one HTML text and remembers what is linked already."""

    def __init__(
        self,
        lookup: Lookup,
        key: Callable[[str], str],
        skip: Collection[str],
        automatic: bool,
        mark_unknown: bool,
    ) -> None:
        self.lookup = lookup
        self.key = lru_cache(maxsize=None)(key)
        self.skip = frozenset(skip)
        self.automatic = automatic
        self.mark_unknown = mark_unknown
        self.linked: set[str] = set()

    def run(self, html: str) -> str:
        self.linked.update(unescape(public_id) for public_id in _LINKED_ALREADY.findall(html))
        pieces = list(_PIECE.finditer(html))
        for piece in pieces:
            if piece["name"] is not None and (target := self._forced(piece["name"])):
                self.linked.add(target.public_id)
        return "".join(self._pieces(pieces))

    def _pieces(self, pieces: Sequence[re.Match[str]]) -> Iterator[str]:
        closed_to_links = 0
        for piece in pieces:
            if piece["tag"] in _NOT_RUNNING_TEXT:
                closed_to_links += -1 if piece["close"] else 1
            if piece["name"] is not None:
                target = self._forced(piece["name"])
                yield _link(target, piece["shown"]) if target else self._unlinked(piece)
            elif piece["text"] and self.automatic and not closed_to_links:
                yield self._running_text(piece["text"])
            else:
                yield piece[0]

    def _forced(self, name: str) -> Target | None:
        target = self.lookup.get(self.key(unescape(name)))
        return None if target is None or target.public_id in self.skip else target

    def _unlinked(self, piece: re.Match[str]) -> str:
        is_unknown = self.lookup.get(self.key(unescape(piece["name"]))) is None
        return _unknown(piece["shown"]) if self.mark_unknown and is_unknown else piece["shown"]

    def _running_text(self, raw: str) -> str:
        text = unescape(raw)
        parts: list[str] = []
        done = 0
        for start, end, target in self._names_in(text):
            if target.public_id in self.linked or target.public_id in self.skip:
                continue
            self.linked.add(target.public_id)
            parts += [
                escape(text[done:start], quote=False),
                _link(target, escape(text[start:end], quote=False)),
            ]
            done = end
        return "".join(parts) + escape(text[done:], quote=False) if parts else raw

    def _names_in(self, text: str) -> Iterator[tuple[int, int, Target]]:
        """Yield the names in the text, longest first, none inside another."""
        tokens = list(_TOKEN.finditer(text))
        keys = [self.key(token["sign"]) for token in tokens]
        glued = [f" {key}" if token["blank"] else key for token, key in zip(tokens, keys, strict=True)]
        stops = self._stops(tokens, text)
        at = 0
        while at < len(tokens):
            runs = accumulate(glued[at + 1 : stops[at]], initial=keys[at])
            start = tokens[at].start("sign")
            found = None
            for last, run in enumerate(runs, at):
                target = self.lookup.get(run)
                if target and _may_be_linked(target, text, start, tokens[last].end()):
                    found = (last, target)
            if found:
                at, target = found
                yield start, tokens[at].end(), target
            at += 1

    def _stops(self, tokens: Sequence[re.Match[str]], text: str) -> list[int]:
        """Return for each token where a name that begins with it ends at the latest."""
        longest = self.lookup.longest
        words = [
            at
            for at, token in enumerate(tokens)
            if token["word"] and not _follows_apostrophe(text, token.start("sign"))
        ]
        words += [len(tokens)] * (longest + 1)
        stops = []
        passed = 0
        for at in range(len(tokens)):
            # Signs between words are few in any name; a line of dashes is not one.
            stops.append(min(words[passed + longest], at + 4 * longest))
            passed += words[passed] == at
        return stops


def _may_be_linked(target: Target, text: str, start: int, end: int) -> bool:
    if target.only_by_force or target.spelling not in ("", text[start:end]):
        return False
    return _may_begin(text, start, end) and _may_end(text, end)


def _follows_apostrophe(text: str, start: int) -> bool:
    return start > 1 and text[start - 1] in "'’" and _is_part_of_word(text[start - 2])


def _may_begin(text: str, start: int, end: int) -> bool:
    """A name does not begin inside a word, nor after its hyphen: *training* is not in *pre-training*."""
    if start == 0:
        return True
    before = text[start - 1]
    if before in "-‐‑":
        return start == 1 or not _is_part_of_word(text[start - 2])
    # What is left of “it's” and “don't” is no name, the noun of “l'attention” may be one.
    if _follows_apostrophe(text, start):
        return end - start > 2
    return not _is_part_of_word(before)


def _may_end(text: str, end: int) -> bool:
    """A name does not end inside a word, nor before a sign that makes it another name: C, C++, C#."""
    after = text[end : end + 1]
    if not after:
        return True
    if after in ".,":
        return not (text[end - 1].isdigit() and text[end + 1 : end + 2].isdigit())
    return after not in "+#" and not _is_part_of_word(after)


def _is_part_of_word(sign: str) -> bool:
    return sign.isalnum() or sign == "_" or unicodedata.category(sign)[0] == "M"


def _unknown(shown: str) -> str:
    return f'<span class="unknown-term" title="No link: no single public term has this name.">{shown}</span>'


def _link(target: Target, shown: str) -> str:
    title = f' title="{escape(target.title)}"' if target.title else ""
    return (
        f'<a class="term-link" href="{escape(target.url)}"{title} '
        f'data-term="{escape(target.public_id)}">{shown}</a>'
    )
